package org.apache.hadoop.hive.dynamodb;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.dynamodb.DynamoDBItemWritable;
import org.apache.hadoop.dynamodb.filter.DynamoDBQueryFilter;
import org.apache.hadoop.dynamodb.preader.DynamoDBRecordReaderContext;
import org.apache.hadoop.dynamodb.read.AbstractDynamoDBInputFormat;
import org.apache.hadoop.dynamodb.read.DefaultDynamoDBRecordReader;
import org.apache.hadoop.dynamodb.split.DynamoDBSplit;
import org.apache.hadoop.dynamodb.split.DynamoDBSplitGenerator;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.mapred.FileInputFormat;
import org.apache.hadoop.mapred.InputSplit;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.RecordReader;
import org.apache.hadoop.mapred.Reporter;

/** Reads a table for Hive: a query where the condition names a key, a scan in segments otherwise. */
public class HiveDynamoDBInputFormat extends AbstractDynamoDBInputFormat<Text, DynamoDBItemWritable> {
    @Override
    public RecordReader<Text, DynamoDBItemWritable> getRecordReader(InputSplit split, JobConf job, Reporter reporter)
            throws IOException {
        reporter.progress();
        ((DynamoDBSplit) split).setDynamoDBFilterPushdown(filter(job));
        DynamoDBRecordReaderContext context = buildDynamoDBRecordReaderContext(split, job, reporter);
        context.setAttributes(Columns.of(job).requested());
        return new DefaultDynamoDBRecordReader(context);
    }

    /** A query has one segment. */
    @Override
    protected int getNumSegments(int reads, int writes, long bytes, JobConf job) throws IOException {
        return isQuery(job) ? 1 : super.getNumSegments(reads, writes, bytes, job);
    }

    @Override
    protected int getNumMappers(int reads, JobConf job) throws IOException {
        return isQuery(job) ? 1 : super.getNumMappers(reads, job);
    }

    private static boolean isQuery(JobConf job) {
        return !filter(job).getKeyConditions().isEmpty();
    }

    private static DynamoDBQueryFilter filter(JobConf job) {
        return new Predicates(Columns.of(job)).filter(job);
    }

    @Override
    protected DynamoDBSplitGenerator getSplitGenerator() {
        return new DynamoDBSplitGenerator() {
            @Override
            protected Path getInputPath(JobConf job) {
                return FileInputFormat.getInputPaths(job)[0];
            }

            @Override
            protected DynamoDBSplit createDynamoDBSplit(
                    Path path, long items, int id, List<Integer> segments, int total, long length) {
                return new HiveDynamoDBSplit(path, items, id, segments, total, length);
            }
        };
    }
}
