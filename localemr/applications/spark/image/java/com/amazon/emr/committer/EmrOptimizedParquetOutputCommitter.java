package com.amazon.emr.committer;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.TaskAttemptContext;

/** Another name of EMR's committer. */
public class EmrOptimizedParquetOutputCommitter extends EmrOptimizedSparkSqlParquetOutputCommitter {
    public EmrOptimizedParquetOutputCommitter(Path output, TaskAttemptContext context) throws IOException {
        super(output, context);
    }
}
