package org.apache.hadoop.hive.dynamodb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.dynamodb.DynamoDBItemWritable;
import org.apache.hadoop.hive.serde2.AbstractSerDe;
import org.apache.hadoop.hive.serde2.SerDeException;
import org.apache.hadoop.hive.serde2.SerDeStats;
import org.apache.hadoop.hive.serde2.objectinspector.ObjectInspector;
import org.apache.hadoop.hive.serde2.objectinspector.ObjectInspectorFactory;
import org.apache.hadoop.hive.serde2.objectinspector.ObjectInspectorUtils;
import org.apache.hadoop.hive.serde2.objectinspector.StructField;
import org.apache.hadoop.hive.serde2.objectinspector.StructObjectInspector;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfoUtils;
import org.apache.hadoop.io.Writable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Rows of Hive to items of DynamoDB and back. */
public class DynamoDBSerDe extends AbstractSerDe {
    private Columns columns;
    private ObjectInspector inspector;

    @Override
    public void initialize(Configuration conf, Properties table) throws SerDeException {
        try {
            columns = Columns.of(table);
        } catch (IllegalArgumentException error) {
            throw new SerDeException(error.getMessage(), error);
        }
        inspector = ObjectInspectorFactory.getStandardStructObjectInspector(
            columns.names,
            columns.types.stream().map(TypeInfoUtils::getStandardJavaObjectInspectorFromTypeInfo).collect(Collectors.toList()));
    }

    @Override
    public Object deserialize(Writable record) throws SerDeException {
        Map<String, AttributeValue> item = ((DynamoDBItemWritable) record).getItem();
        List<Object> row = new ArrayList<>(columns.names.size());
        for (int i = 0; i < columns.names.size(); i++) {
            Kind kind = columns.kinds.get(i);
            row.add(kind == Kind.ITEM
                ? Values.readItem(item)
                : Values.read(item.get(columns.attribute(columns.names.get(i))), kind, columns.types.get(i)));
        }
        return row;
    }

    /** Attributes of columns of their own count more than those of a column with the whole item. */
    @Override
    public Writable serialize(Object row, ObjectInspector rowInspector) throws SerDeException {
        StructObjectInspector struct = (StructObjectInspector) rowInspector;
        List<? extends StructField> fields = struct.getAllStructFieldRefs();
        if (fields.size() != columns.names.size()) {
            throw new SerDeException("Number of data objects do not match number of columns. Data: " + row);
        }
        Map<String, AttributeValue> item = new HashMap<>();
        for (int i = 0; i < fields.size(); i++) {
            StructField field = fields.get(i);
            Object value = ObjectInspectorUtils.copyToStandardJavaObject(
                struct.getStructFieldData(row, field), field.getFieldObjectInspector());
            if (columns.kinds.get(i) == Kind.ITEM) {
                Values.writeItem((Map<?, ?>) value).forEach((name, attribute) -> {
                    if (!columns.attributes.containsValue(name)) item.put(name, attribute);
                });
                continue;
            }
            AttributeValue attribute = Values.write(value, columns.kinds.get(i), columns.types.get(i), columns.nulls);
            if (attribute != null) item.put(columns.attribute(columns.names.get(i)), attribute);
        }
        return new DynamoDBItemWritable(item);
    }

    /** The table's columns. */
    Columns columns() {
        return columns;
    }

    @Override
    public ObjectInspector getObjectInspector() {
        return inspector;
    }

    @Override
    public Class<? extends Writable> getSerializedClass() {
        return DynamoDBItemWritable.class;
    }

    @Override
    public SerDeStats getSerDeStats() {
        return null;
    }
}
