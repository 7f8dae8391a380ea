package org.apache.hadoop.hive.dynamodb;

import java.io.IOException;
import java.util.Properties;
import org.apache.hadoop.dynamodb.DynamoDBItemWritable;
import org.apache.hadoop.dynamodb.write.AbstractDynamoDBOutputFormat;
import org.apache.hadoop.dynamodb.write.DefaultDynamoDBRecordWriter;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.ql.exec.FileSinkOperator;
import org.apache.hadoop.hive.ql.io.HiveOutputFormat;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.RecordWriter;
import org.apache.hadoop.mapred.Reporter;
import org.apache.hadoop.util.Progressable;

/** Writes items for Hive: each replaces the one with its key. */
public class HiveDynamoDBOutputFormat extends AbstractDynamoDBOutputFormat<Text, DynamoDBItemWritable>
        implements HiveOutputFormat<Text, DynamoDBItemWritable> {
    @Override
    public RecordWriter<Text, DynamoDBItemWritable> getRecordWriter(
            FileSystem ignored, JobConf job, String name, Progressable progress) throws IOException {
        return new DefaultDynamoDBRecordWriter(job, progress);
    }

    @Override
    public FileSinkOperator.RecordWriter getHiveRecordWriter(
            JobConf job, Path path, Class<? extends Writable> type, boolean compressed, Properties table, Progressable progress)
            throws IOException {
        DefaultDynamoDBRecordWriter writer = new DefaultDynamoDBRecordWriter(job, progress);
        return new FileSinkOperator.RecordWriter() {
            @Override
            public void write(Writable item) throws IOException {
                writer.write(null, (DynamoDBItemWritable) item);
            }

            @Override
            public void close(boolean abort) throws IOException {
                writer.close(Reporter.NULL);
            }
        };
    }
}
