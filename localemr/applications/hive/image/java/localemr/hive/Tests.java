package localemr.hive;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.api.InvalidObjectException;
import org.apache.hadoop.hive.metastore.api.SerDeInfo;
import org.apache.hadoop.hive.metastore.api.StorageDescriptor;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf.ConfVars;
import org.apache.hadoop.hive.ql.exec.SerializationUtilities;
import org.apache.hadoop.hive.ql.exec.Utilities;

/** Tests of what the image build changes in Hive's jars; run against these. Any failure ends the build. */
public final class Tests {
    private Tests() {}

    public static void main(String[] args) throws Exception {
        loaders();
        addingJars();
        subLists();
        patience();
        catalogs();
        tables();
        System.out.println("Hive on Java 17: tests passed");
    }

    private static void loaders() {
        ClassLoader own = Tests.class.getClassLoader();
        check(!(own instanceof URLClassLoader), "a loader that Hive's casts would fail for");
        URLClassLoader wrapped = Loaders.asUrlClassLoader(own);
        check(wrapped.getParent() == own && wrapped.getURLs().length == 0, "a loader that delegates all to its parent");
        check(Loaders.asUrlClassLoader(wrapped) == wrapped, "a URLClassLoader stays what it is");
        check(Loaders.asUrlClassLoader(null) == null, "null stays null");
    }

    private static void addingJars() throws Exception {
        Path folder = Files.createTempDirectory("added");
        Files.writeString(folder.resolve("resource"), "found");
        ClassLoader own = Tests.class.getClassLoader();
        ClassLoader once = Utilities.addToClassPath(own, new String[] {folder + "/"});
        check(own.getResource("resource") == null, "the loader itself is left alone");
        check(once.getResource("resource") != null, "what was added is found");
        check(once.loadClass(Tests.class.getName()) == Tests.class, "all else comes from the loader below");
        Path more = Files.createTempDirectory("more");
        Files.writeString(more.resolve("another"), "found");
        ClassLoader twice = Utilities.addToClassPath(once, new String[] {more + "/"});
        check(twice.getResource("another") != null && twice.getResource("resource") != null, "both are found");
    }

    private static void subLists() {
        List<Object> whole = new ArrayList<>(List.of("zero", 1, new ArrayList<>(List.of("two")), 3.0));
        List<Object> view = whole.subList(1, 3);
        var holder = new ArrayList<Object>(List.of(view, "after"));
        holder.add(view);
        var bytes = new ByteArrayOutputStream();
        SerializationUtilities.serializePlan(holder, bytes);
        List<?> back = SerializationUtilities.deserializePlan(new ByteArrayInputStream(bytes.toByteArray()), ArrayList.class);
        check(back.equals(holder), "a plan with sublists is read as it was written, not as " + back);
        check(back.get(0) == back.get(2), "what was one object is one again");
    }

    private static void patience() throws Exception {
        var listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        URI uri = URI.create("thrift://localhost:" + listening.getLocalPort());
        check(slept(300, uri) >= 300, "a metastore that listens and could not be used takes the whole time");
        listening.close();
        check(slept(300, uri) >= 300, "one that does not listen is waited for");
        var starting = new Thread(() -> {
            try {
                Thread.sleep(200);
                new ServerSocket(listening.getLocalPort(), 1, InetAddress.getLoopbackAddress());
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
        starting.start();
        check(slept(60_000, URI.create("thrift://localhost:1"), uri) < 60_000, "one that begins to listen is used at once");
    }

    private static void catalogs() {
        Configuration conf = new Configuration(false);
        conf.set("hive.metastore.uris", "thrift://own:9083");
        check(Catalogs.getVar(conf, ConfVars.THRIFT_URIS).equals("thrift://own:9083"), "the cluster's own metastore");
        conf.set("hive.metastore.client.factory.class", "org.example.Factory");
        check(Catalogs.getVar(conf, ConfVars.THRIFT_URIS).equals("thrift://own:9083"), "also with another's factory");
        String glue = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory";
        conf.set("hive.metastore.client.factory.class", glue);
        check(Catalogs.getVar(conf, ConfVars.THRIFT_URIS).equals("thrift://127.0.0.53:19083"), "with Glue's the shared one");
        conf.set("hive.metastore.filter.hook", "org.example.Hook");
        check(Catalogs.getVar(conf, ConfVars.FILTER_HOOK).equals("org.example.Hook"), "other settings are what they are");
    }

    /** Tables of the shared catalog that were made without what Glue's client requires. */
    private static void tables() throws Exception {
        Configuration conf = new Configuration(false);
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

    private static void refused(Table table, Configuration conf, String words) throws Exception {
        try {
            Catalogs.readable(table, conf);
        } catch (InvalidObjectException refusal) {
            check(refusal.getMessage().startsWith(words), refusal.getMessage());
            return;
        }
        throw new AssertionError("read, without " + words);
    }

    /** Milliseconds, rounded up. */
    private static long slept(long milliseconds, URI... metastores) throws InterruptedException {
        long began = System.nanoTime();
        Patience.sleep(milliseconds, metastores);
        return (System.nanoTime() - began) / 1_000_000 + 1;
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
