package localemr.spark;

import org.apache.hadoop.hive.conf.HiveConf;

/**
 * Where the metastore's client finds its metastore. A job chooses Glue's catalog by the client factory that EMR's Spark
 * knows, wherever it sets the property: then it is the shared catalog, through a port of this instance that leads there.
 * {@link Patch} puts a call of this in the place of the client's own reading of settings.
 */
public final class Catalogs {
    private static final String FACTORY = "hive.metastore.client.factory.class";
    private static final String GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory";
    private static final String SHARED = "thrift://127.0.0.53:19083";

    private Catalogs() {}

    /** The value of a setting. */
    public static String getVar(HiveConf conf, HiveConf.ConfVars variable) {
        boolean shared = variable == HiveConf.ConfVars.METASTOREURIS && GLUE.equals(conf.getTrimmed(FACTORY));
        return shared ? SHARED : conf.getVar(variable);
    }
}
