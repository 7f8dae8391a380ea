package localemr.spark;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.api.InvalidObjectException;
import org.apache.hadoop.hive.metastore.api.StorageDescriptor;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Where the metastore's client finds its metastore. A job chooses Glue's catalog by the client factory that EMR's Spark
 * knows, wherever it sets the property: then it is the shared catalog, through a port of this instance that leads there.
 * {@link Patch} puts a call of this in the place of the client's own reading of settings, and one behind its reading of a table.
 */
public final class Catalogs {
    private static final String FACTORY = "hive.metastore.client.factory.class";
    private static final String GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory";
    private static final String SHARED = "thrift://127.0.0.53:19083";
    /** With the address of clusters whose configurations choose the catalog (localemr/domain/node/shared_catalog.py). */
    private static final Set<String> SHARED_URIS = new HashSet<>(Arrays.asList(SHARED, "thrift://catalog:9083"));
    /** How the message of AWS's SDK ends where no service was called. */
    private static final String UNANSWERED = " (Service: null; Status Code: 0; Error Code: null; Request ID: null; Proxy: null)";

    private Catalogs() {}

    /** The value of a setting. */
    public static String getVar(HiveConf conf, HiveConf.ConfVars variable) {
        boolean shared = variable == HiveConf.ConfVars.METASTOREURIS && GLUE.equals(conf.getTrimmed(FACTORY));
        return shared ? SHARED : conf.getVar(variable);
    }

    /** A table as it is; one of the shared catalog that Glue's client does not read is refused in its words. */
    public static Table readable(Table table, HiveConf conf) throws InvalidObjectException {
        String missing = SHARED_URIS.contains(getVar(conf, HiveConf.ConfVars.METASTOREURIS)) ? missing(table) : null;
        if (missing != null) {
            throw new InvalidObjectException(missing + " cannot be null for table: " + table.getTableName() + UNANSWERED);
        }
        return table;
    }

    /** What Glue's client requires of tables that are neither views nor of a storage handler; null when it is there. */
    private static String missing(Table table) {
        boolean plain = "MANAGED_TABLE".equals(table.getTableType()) || "EXTERNAL_TABLE".equals(table.getTableType());
        String handler = table.getParameters() == null ? null : table.getParameters().get("storage_handler");
        StorageDescriptor storage = table.getSd();
        if (!plain || (handler != null && !handler.isEmpty()) || storage == null) {
            return null;
        }
        if (storage.getInputFormat() == null) {
            return "StorageDescriptor#InputFormat";
        }
        if (storage.getOutputFormat() == null) {
            return "StorageDescriptor#OutputFormat";
        }
        boolean library = storage.getSerdeInfo() != null && storage.getSerdeInfo().getSerializationLib() != null;
        return library ? null : "StorageDescriptor#SerdeInfo#SerializationLibrary";
    }
}
