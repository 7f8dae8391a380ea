package localemr.spark;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.conf.HiveConf.ConfVars;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hadoop.hive.metastore.api.InvalidObjectException;
import org.apache.hadoop.hive.metastore.api.MetaException;
import org.apache.hadoop.hive.metastore.api.SerDeInfo;
import org.apache.hadoop.hive.metastore.api.StorageDescriptor;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.hadoop.mapreduce.OutputCommitter;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;

/** Tests of what the image build adds to Spark's jars; run against these. Any failure ends the build. */
public final class Tests {
    private static final String GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory";

    private Tests() {}

    public static void main(String[] args) throws Exception {
        catalogs();
        tables();
        client();
        committers();
        System.out.println("Spark: tests passed");
    }

    private static void catalogs() {
        HiveConf conf = new HiveConf();
        conf.set("hive.metastore.uris", "thrift://own:9083");
        conf.set("hive.metastore.client.factory.class", "org.example.Factory");
        check(Catalogs.getVar(conf, ConfVars.METASTOREURIS).equals("thrift://own:9083"), "with another's factory nothing changes");
        conf.set("hive.metastore.client.factory.class", GLUE);
        check(Catalogs.getVar(conf, ConfVars.METASTOREURIS).equals("thrift://127.0.0.53:19083"), "Glue's is the shared catalog");
        check(Catalogs.getVar(conf, ConfVars.METASTOREWAREHOUSE).equals(conf.get("hive.metastore.warehouse.dir")), "others stay");
    }

    /** Tables of the shared catalog that were made without what Glue's client requires. */
    private static void tables() throws Exception {
        HiveConf conf = new HiveConf();
        conf.set("hive.metastore.uris", "thrift://own:9083");
        Table table = new Table();
        table.setTableName("t");
        table.setTableType("EXTERNAL_TABLE");
        table.setParameters(new java.util.HashMap<>());
        table.setSd(new StorageDescriptor());
        check(Catalogs.readable(table, conf) == table, "the cluster's own metastore decides itself");
        conf.set("hive.metastore.uris", "thrift://catalog:9083");
        refused(table, conf, "StorageDescriptor#InputFormat cannot be null for table: t (Service: null; Status Code: 0; "
                + "Error Code: null; Request ID: null; Proxy: null)");
        table.getSd().setInputFormat("a.B");
        refused(table, conf, "StorageDescriptor#OutputFormat cannot be null");
        table.getSd().setOutputFormat("a.B");
        refused(table, conf, "StorageDescriptor#SerdeInfo#SerializationLibrary cannot be null");
        table.getSd().setSerdeInfo(new SerDeInfo("s", "a.B", new java.util.HashMap<>()));
        check(Catalogs.readable(table, conf) == table, "a whole table");
        table.setSd(new StorageDescriptor());
        table.getParameters().put("storage_handler", "a.B");
        check(Catalogs.readable(table, conf) == table, "a table of a storage handler");
        table.setParameters(null);
        refused(table, conf, "StorageDescriptor#InputFormat cannot be null");
        table.setTableType("VIRTUAL_VIEW");
        check(Catalogs.readable(table, conf) == table, "a view");
        Class.forName("org.apache.hadoop.hive.metastore.HiveMetaStoreClient"); // Java accepts what it was made into
    }

    private static void refused(Table table, HiveConf conf, String words) throws Exception {
        try {
            Catalogs.readable(table, conf);
        } catch (InvalidObjectException refusal) {
            check(refusal.getMessage().startsWith(words), refusal.getMessage());
            return;
        }
        throw new AssertionError("read, without " + words);
    }

    /** The client itself connects there. */
    private static void client() throws Exception {
        try (ServerSocket catalog = new ServerSocket(19083, 1, InetAddress.getByName("127.0.0.53"))) {
            CompletableFuture<Boolean> connected = CompletableFuture.supplyAsync(() -> {
                try {
                    catalog.accept().close();
                    return true;
                } catch (java.io.IOException error) {
                    throw new IllegalStateException(error);
                }
            });
            HiveConf conf = new HiveConf();
            conf.set("hive.metastore.client.factory.class", GLUE);
            conf.set("hive.metastore.connect.retries", "1");
            try {
                new HiveMetaStoreClient(conf).close();
            } catch (MetaException closed) {
                // Nothing answers behind the port.
            }
            check(connected.get(30, TimeUnit.SECONDS), "the client uses the shared catalog");
        }
    }

    private static void committers() throws Exception {
        TaskAttemptContext task = new TaskAttemptContextImpl(new Configuration(), new TaskAttemptID());
        for (String name : new String[] {"EmrOptimizedSparkSqlParquetOutputCommitter", "EmrOptimizedParquetOutputCommitter"}) {
            Class<?> found = Class.forName("com.amazon.emr.committer." + name);
            Object made = found.getConstructor(Path.class, TaskAttemptContext.class).newInstance(new Path("/tmp/out"), task);
            check(made instanceof OutputCommitter, name);
        }
        Class<?> protocol = Class.forName("org.apache.spark.sql.execution.datasources.SQLEmrOptimizedCommitProtocol");
        Object made = protocol.getConstructor(String.class, String.class, boolean.class).newInstance("job", "/tmp/out", true);
        check(made instanceof org.apache.spark.internal.io.FileCommitProtocol, "the commit protocol");
        Object extensions = Class.forName("com.amazonaws.emr.spark.EmrSparkSessionExtensions").getConstructor().newInstance();
        check(extensions instanceof scala.Function1, "the extensions");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
