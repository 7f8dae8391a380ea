package com.hadoop.mapred;

import java.io.IOException;
import java.util.Arrays;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.TextInputFormat;

/**
 * Lines of .lzo files for Hive's tables, by hadoop-lzo's name. Other files, such as indexes, are left out where
 * {@code lzo.text.input.format.ignore.nonlzo} (true) is set. A file is read by one task, with an index too.
 */
public class DeprecatedLzoTextInputFormat extends TextInputFormat {
    @Override
    protected FileStatus[] listStatus(JobConf conf) throws IOException {
        boolean others = conf.getBoolean("lzo.text.input.format.ignore.nonlzo", true);
        return Arrays.stream(super.listStatus(conf))
                .filter(file -> !leftOut(file.getPath().getName(), others))
                .toArray(FileStatus[]::new);
    }

    private static boolean leftOut(String name, boolean others) {
        return name.endsWith(".lzo.index") || others && !name.endsWith(".lzo");
    }
}
