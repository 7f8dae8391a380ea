package com.hadoop.mapreduce;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.lib.input.TextInputFormat;

/**
 * Lines of .lzo files, by hadoop-lzo's name. Other files, such as indexes, are left out where
 * {@code lzo.text.input.format.ignore.nonlzo} (true) is set. A file is read by one task, with an index too.
 */
public class LzoTextInputFormat extends TextInputFormat {
    @Override
    protected List<FileStatus> listStatus(JobContext job) throws IOException {
        List<FileStatus> files = super.listStatus(job);
        boolean others = job.getConfiguration().getBoolean("lzo.text.input.format.ignore.nonlzo", true);
        files.removeIf(file -> leftOut(file.getPath().getName(), others));
        return files;
    }

    private static boolean leftOut(String name, boolean others) {
        return name.endsWith(".lzo.index") || others && !name.endsWith(".lzo");
    }
}
