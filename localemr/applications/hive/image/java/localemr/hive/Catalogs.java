package localemr.hive;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;

/**
 * Where the metastore's client finds its metastore. A job chooses Glue's catalog by the client factory that EMR's Hive
 * knows, wherever it sets the property: then it is the shared catalog, through a port of this instance that leads there.
 * {@link Patch} puts a call of this in the place of the client's own reading of settings.
 */
public final class Catalogs {
    private static final String FACTORY = "hive.metastore.client.factory.class";
    private static final String GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory";
    private static final String SHARED = "thrift://127.0.0.53:19083";

    private Catalogs() {}

    /** The value of a setting. */
    public static String getVar(Configuration conf, MetastoreConf.ConfVars variable) {
        boolean shared = variable == MetastoreConf.ConfVars.THRIFT_URIS && GLUE.equals(conf.getTrimmed(FACTORY));
        return shared ? SHARED : MetastoreConf.getVar(conf, variable);
    }
}
