package org.apache.hadoop.hive.dynamodb;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.dynamodb.DynamoDBConstants;
import org.apache.hadoop.hive.metastore.TableType;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.MetaException;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfoUtils;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;

/** What is checked of a table that Hive creates, with the connector's messages. Each throws MetaException. */
final class TableCheck {
    private TableCheck() {}

    static void external(Table table) throws MetaException {
        boolean named = "TRUE".equalsIgnoreCase(table.getParameters().get("EXTERNAL"));
        if (!named && !TableType.EXTERNAL_TABLE.toString().equalsIgnoreCase(table.getTableType())) {
            throw new MetaException("Only EXTERNAL tables are supported for DynamoDB.");
        }
    }

    static void columns(TableDescription described, Table table) throws MetaException {
        String status = described.tableStatusAsString();
        if ("CREATING".equals(status) || "DELETING".equals(status)) {
            throw new MetaException("Table " + described.tableName() + " is in state " + status);
        }
        Map<String, String> kinds = pairs(table, DynamoDBConstants.DYNAMODB_TYPE_MAPPING);
        Map<String, String> left = new LinkedHashMap<>(pairs(table, DynamoDBConstants.DYNAMODB_COLUMN_MAPPING));
        boolean whole = false;
        for (FieldSchema field : table.getSd().getCols()) {
            String name = field.getName().toLowerCase(Locale.ROOT);
            Kind kind = kind(field, kinds.get(name));
            String attribute = left.remove(name);
            if (kind == Kind.ITEM) {
                if (whole) throw new MetaException("Only one column can be mapped to item map type " + field.getType());
                whole = true;
                continue;
            }
            if (attribute == null) throw new MetaException("Could not find column mapping for column: " + name);
            if (attribute.isEmpty()) throw new MetaException("Invalid column mapping for column: " + name);
            key(described, attribute, field, kind);
        }
        if (!left.isEmpty()) {
            StringBuilder names = new StringBuilder();
            left.forEach((column, to) -> names.append(names.length() > 0 ? "," : "").append(column).append(':').append(to));
            throw new MetaException("Could not find column(s) for column mapping(s): " + names);
        }
    }

    private static Kind kind(FieldSchema field, String mapped) throws MetaException {
        TypeInfo type = TypeInfoUtils.getTypeInfoFromTypeString(field.getType());
        try {
            if (mapped == null) return Kind.ofColumn(type);
        } catch (IllegalArgumentException error) {
            throw new MetaException(error.getMessage());
        }
        Kind kind;
        try {
            kind = Kind.named(mapped);
        } catch (IllegalArgumentException error) {
            throw new MetaException("The DynamoDB type " + mapped + " is not supported");
        }
        if (!kind.fits(type)) {
            throw new MetaException("The DynamoDB type " + mapped + " does not support Hive type " + field.getType());
        }
        return kind;
    }

    private static void key(TableDescription described, String attribute, FieldSchema field, Kind kind) throws MetaException {
        for (AttributeDefinition each : described.attributeDefinitions()) {
            if (each.attributeName().equals(attribute) && !each.attributeTypeAsString().equals(kind.name())) {
                throw new MetaException("The key element " + field.getName() + " does not match type. DynamoDB Type: "
                    + each.attributeTypeAsString() + " Hive type: " + field.getType());
            }
        }
    }

    private static Map<String, String> pairs(Table table, String property) throws MetaException {
        try {
            return Columns.pairs(table.getParameters().get(property));
        } catch (IllegalArgumentException error) {
            throw new MetaException(error.getMessage() + " (" + property + ")");
        }
    }
}
