package org.apache.hadoop.hive.dynamodb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.dynamodb.DynamoDBConstants;
import org.apache.hadoop.hive.serde.serdeConstants;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfoUtils;

/** A table's columns with what they are in DynamoDB: attributes, kinds, and how NULL is written. */
final class Columns {
    static final String NAMES = "localemr.dynamodb.columns";
    static final String TYPES = "localemr.dynamodb.column.types";

    final List<String> names;
    final List<TypeInfo> types;
    final List<Kind> kinds = new ArrayList<>();
    /** Attribute by column. A column that has the whole item is not in it. */
    final Map<String, String> attributes;
    /** Whether NULL is written as an attribute of the type NULL, rather than left out. */
    final boolean nulls;

    private Columns(String names, String types, String attributes, String kinds, String nulls) {
        this.names = names.isEmpty() ? List.of() : Arrays.asList(names.split(","));
        this.types = TypeInfoUtils.getTypeInfosFromTypeString(types);
        this.attributes = pairs(attributes);
        this.nulls = Boolean.parseBoolean(nulls);
        Map<String, String> mapped = pairs(kinds);
        for (int i = 0; i < this.names.size(); i++) {
            String kind = mapped.get(this.names.get(i).toLowerCase(Locale.ROOT));
            this.kinds.add(kind == null ? Kind.ofColumn(this.types.get(i)) : Kind.named(kind));
        }
    }

    /** The columns of a table's properties, as serializers get them. */
    static Columns of(Properties table) {
        return new Columns(
            table.getProperty(serdeConstants.LIST_COLUMNS, ""),
            table.getProperty(serdeConstants.LIST_COLUMN_TYPES, ""),
            table.getProperty(DynamoDBConstants.DYNAMODB_COLUMN_MAPPING),
            table.getProperty(DynamoDBConstants.DYNAMODB_TYPE_MAPPING),
            table.getProperty(DynamoDBConstants.DYNAMODB_NULL_SERIALIZATION));
    }

    /** The columns of a job's properties (see DynamoDBStorageHandler.configureTableJobProperties). */
    static Columns of(Configuration job) {
        return new Columns(
            job.get(NAMES, ""),
            job.get(TYPES, ""),
            job.get(DynamoDBConstants.DYNAMODB_COLUMN_MAPPING),
            job.get(DynamoDBConstants.DYNAMODB_TYPE_MAPPING),
            job.get(DynamoDBConstants.DYNAMODB_NULL_SERIALIZATION));
    }

    /** The attribute of a column. Null: there is none. */
    String attribute(String column) {
        return attributes.get(column.toLowerCase(Locale.ROOT));
    }

    /** The attributes that a reader requests. Null: all of each item. */
    List<String> requested() {
        return kinds.contains(Kind.ITEM) || attributes.isEmpty() ? null : List.copyOf(attributes.values());
    }

    /** `column:attribute` or `column:kind`, separated by commas. Columns are in small letters. */
    static Map<String, String> pairs(String text) {
        Map<String, String> found = new LinkedHashMap<>();
        if (text == null || text.isBlank()) return found;
        for (String pair : text.split(",")) {
            String[] parts = pair.split(":", 2);
            if (parts.length < 2) throw new IllegalArgumentException("Invalid mapping: " + pair.trim());
            found.put(parts[0].trim().toLowerCase(Locale.ROOT), parts[1].trim());
        }
        return found;
    }
}
