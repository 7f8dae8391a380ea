package com.amazon.emr.committer;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.parquet.hadoop.ParquetOutputCommitter;

/**
 * EMR's committer by the name that configurations give it (spark.sql.parquet.output.committer.class): Parquet's own. EMR's
 * saves the renaming of objects; what is in the output's folder afterwards is the same.
 */
public class EmrOptimizedSparkSqlParquetOutputCommitter extends ParquetOutputCommitter {
    public EmrOptimizedSparkSqlParquetOutputCommitter(Path output, TaskAttemptContext context) throws IOException {
        super(output, context);
    }
}
