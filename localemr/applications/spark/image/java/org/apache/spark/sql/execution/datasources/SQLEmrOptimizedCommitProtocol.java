package org.apache.spark.sql.execution.datasources;

/**
 * EMR's commit protocol by the name that configurations give it (spark.sql.sources.commitProtocolClass): Spark's own,
 * which is the default.
 */
public class SQLEmrOptimizedCommitProtocol extends SQLHadoopMapReduceCommitProtocol {
    private static final long serialVersionUID = 1;

    public SQLEmrOptimizedCommitProtocol(String job, String path, boolean dynamicPartitionOverwrite) {
        super(job, path, dynamicPartitionOverwrite);
    }
}
