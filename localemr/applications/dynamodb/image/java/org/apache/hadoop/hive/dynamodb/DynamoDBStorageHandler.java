package org.apache.hadoop.hive.dynamodb;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.dynamodb.DynamoDBClient;
import org.apache.hadoop.dynamodb.DynamoDBConstants;
import org.apache.hadoop.dynamodb.DynamoDBUtil;
import org.apache.hadoop.hive.metastore.HiveMetaHook;
import org.apache.hadoop.hive.metastore.api.MetaException;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.hadoop.hive.ql.metadata.DefaultStorageHandler;
import org.apache.hadoop.hive.ql.metadata.HiveStoragePredicateHandler;
import org.apache.hadoop.hive.ql.plan.ExprNodeDesc;
import org.apache.hadoop.hive.ql.plan.ExprNodeGenericFuncDesc;
import org.apache.hadoop.hive.ql.plan.TableDesc;
import org.apache.hadoop.hive.serde.serdeConstants;
import org.apache.hadoop.hive.serde2.AbstractSerDe;
import org.apache.hadoop.hive.serde2.Deserializer;
import org.apache.hadoop.mapred.InputFormat;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapred.OutputFormat;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/**
 * Hive's external tables on DynamoDB: EMR's class by name, properties and messages, written anew over emr-dynamodb-hadoop,
 * because the published one refuses tables on demand.
 */
public class DynamoDBStorageHandler extends DefaultStorageHandler implements HiveMetaHook, HiveStoragePredicateHandler {
    /** Properties that a table may have of its own, over those of the session. */
    private static final String[] PASSED_ON = {
        DynamoDBConstants.ENDPOINT, DynamoDBConstants.REGION, DynamoDBConstants.REGION_ID,
        DynamoDBConstants.DYNAMODB_COLUMN_MAPPING, DynamoDBConstants.DYNAMODB_TYPE_MAPPING,
        DynamoDBConstants.DYNAMODB_NULL_SERIALIZATION,
        DynamoDBConstants.THROUGHPUT_READ_PERCENT, DynamoDBConstants.THROUGHPUT_WRITE_PERCENT,
        DynamoDBConstants.MAX_MAP_TASKS, DynamoDBConstants.SCAN_SEGMENTS,
    };

    @Override
    public void configureInputJobProperties(TableDesc table, Map<String, String> job) {
        configureTableJobProperties(table, job);
    }

    @Override
    public void configureOutputJobProperties(TableDesc table, Map<String, String> job) {
        configureTableJobProperties(table, job);
    }

    @Override
    public void configureTableJobProperties(TableDesc table, Map<String, String> job) {
        Properties own = table.getProperties();
        String name = own.getProperty(DynamoDBConstants.TABLE_NAME, lastPart(table.getTableName()));
        TableDescription described = describe(name, own.getProperty(DynamoDBConstants.REGION), own.getProperty(DynamoDBConstants.ENDPOINT));
        for (String each : PASSED_ON) {
            if (own.getProperty(each) != null) job.put(each, own.getProperty(each));
        }
        job.put(Columns.NAMES, own.getProperty(serdeConstants.LIST_COLUMNS, ""));
        job.put(Columns.TYPES, own.getProperty(serdeConstants.LIST_COLUMN_TYPES, ""));
        job.put(DynamoDBConstants.TABLE_NAME, name);
        job.put(DynamoDBConstants.INPUT_TABLE_NAME, name);
        job.put(DynamoDBConstants.OUTPUT_TABLE_NAME, name);
        job.put(DynamoDBConstants.DYNAMODB_TABLE_KEY_NAMES, described.keySchema().stream()
            .map(KeySchemaElement::attributeName).collect(Collectors.joining(",")));
        job.put(DynamoDBConstants.ITEM_COUNT, String.valueOf(described.itemCount()));
        job.put(DynamoDBConstants.TABLE_SIZE_BYTES, String.valueOf(described.tableSizeBytes()));
        job.put(DynamoDBConstants.AVG_ITEM_SIZE, String.valueOf(DynamoDBUtil.calculateAverageItemSize(described)));
        throughput(own, described, job);
    }

    /** Units a second: the table's property, the session's, or what DynamoDB has for the table, which is then read anew. */
    private void throughput(Properties own, TableDescription described, Map<String, String> job) {
        boolean provisioned = described.billingModeSummary() == null
            || described.billingModeSummary().billingMode() == BillingMode.PROVISIONED;
        long onDemand = DynamoDBConstants.DEFAULT_CAPACITY_FOR_ON_DEMAND;
        units(own, job, DynamoDBConstants.READ_THROUGHPUT, DynamoDBConstants.READ_THROUGHPUT_AUTOSCALING, provisioned,
            provisioned ? described.provisionedThroughput().readCapacityUnits() : onDemand);
        units(own, job, DynamoDBConstants.WRITE_THROUGHPUT, DynamoDBConstants.WRITE_THROUGHPUT_AUTOSCALING, provisioned,
            provisioned ? described.provisionedThroughput().writeCapacityUnits() : onDemand);
    }

    private void units(Properties own, Map<String, String> job, String property, String follows, boolean provisioned, long has) {
        String given = own.getProperty(property, getConf().get(property));
        job.put(property, given == null ? String.valueOf(has) : given);
        job.put(follows, String.valueOf(given == null && provisioned));
    }

    @Override
    public void configureJobConf(TableDesc table, JobConf job) {
        Map<String, String> properties = new HashMap<>();
        configureTableJobProperties(table, properties);
        properties.forEach(job::set);
    }

    /** Hive evaluates the whole condition too. */
    @Override
    public DecomposedPredicate decomposePredicate(JobConf job, Deserializer deserializer, ExprNodeDesc condition) {
        boolean wanted = job.getBoolean(DynamoDBConstants.DYNAMODB_FILTER_PUSHDOWN, true);
        if (!wanted || !(condition instanceof ExprNodeGenericFuncDesc)) return null;
        if (!new Predicates(((DynamoDBSerDe) deserializer).columns()).pushes(condition)) return null;
        DecomposedPredicate parts = new DecomposedPredicate();
        parts.pushedPredicate = (ExprNodeGenericFuncDesc) condition;
        parts.residualPredicate = (ExprNodeGenericFuncDesc) condition;
        return parts;
    }

    @Override
    public void preCreateTable(Table table) throws MetaException {
        TableCheck.external(table);
        Map<String, String> own = table.getParameters();
        String name = own.getOrDefault(DynamoDBConstants.TABLE_NAME, table.getTableName());
        TableCheck.columns(describe(name, own.get(DynamoDBConstants.REGION), own.get(DynamoDBConstants.ENDPOINT)), table);
    }

    private TableDescription describe(String name, String region, String endpoint) {
        Configuration conf = new Configuration(getConf());
        if (endpoint != null) conf.set(DynamoDBConstants.ENDPOINT, endpoint);
        DynamoDBClient client = new DynamoDBClient(conf, region);
        try {
            return client.describeTable(name);
        } finally {
            client.close();
        }
    }

    /** The name of a table without its database's. */
    private static String lastPart(String name) {
        return name == null ? null : name.substring(name.lastIndexOf('.') + 1);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends InputFormat> getInputFormatClass() {
        return HiveDynamoDBInputFormat.class;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends OutputFormat> getOutputFormatClass() {
        return HiveDynamoDBOutputFormat.class;
    }

    @Override
    public Class<? extends AbstractSerDe> getSerDeClass() {
        return DynamoDBSerDe.class;
    }

    @Override
    public HiveMetaHook getMetaHook() {
        return this;
    }

    @Override
    public void rollbackCreateTable(Table table) {}

    @Override
    public void commitCreateTable(Table table) {}

    @Override
    public void preDropTable(Table table) {}

    @Override
    public void rollbackDropTable(Table table) {}

    @Override
    public void commitDropTable(Table table, boolean deleteData) {}
}
