package org.apache.hadoop.hive.dynamodb;

import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.dynamodb.DynamoDBUtil;
import org.apache.hadoop.hive.serde2.SerDeException;
import org.apache.hadoop.hive.serde2.typeinfo.ListTypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.MapTypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.StructTypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfo;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Values of attributes to values of Hive (as its standard Java objects) and back. */
final class Values {
    private static final Type VALUE = AttributeValue.class;

    private Values() {}

    /**
     * A value of Hive from an attribute. Null where the item lacks it, it is NULL, or of another kind. Throws SerDeException for
     * a number that a bigint cannot have.
     */
    static Object read(AttributeValue value, Kind kind, TypeInfo type) throws SerDeException {
        if (value == null || Boolean.TRUE.equals(value.nul())) return null;
        switch (kind) {
            case S: return value.s();
            case N: return value.n() == null ? null : number(value.n(), type);
            case B: return value.b() == null ? null : value.b().asByteArray();
            case BOOL: return value.bool();
            case L: return value.hasL() ? readList(value.l(), ((ListTypeInfo) type).getListElementTypeInfo()) : null;
            case M: return value.hasM() ? readMap(value.m(), type) : null;
            case SS: return value.hasSs() ? new ArrayList<Object>(value.ss()) : null;
            case NS: return value.hasNs() ? numbers(value.ns(), ((ListTypeInfo) type).getListElementTypeInfo()) : null;
            case BS: return value.hasBs() ? value.bs().stream().map(SdkBytes::asByteArray).collect(Collectors.toList()) : null;
            default: throw new IllegalStateException("no value of an attribute: " + kind);
        }
    }

    private static List<Object> readList(List<AttributeValue> values, TypeInfo type) throws SerDeException {
        List<Object> found = new ArrayList<>(values.size());
        for (AttributeValue each : values) found.add(read(each, Kind.of(type), type));
        return found;
    }

    private static Object readMap(Map<String, AttributeValue> values, TypeInfo type) throws SerDeException {
        if (type instanceof StructTypeInfo) return readStruct(values, (StructTypeInfo) type);
        TypeInfo element = ((MapTypeInfo) type).getMapValueTypeInfo();
        Map<String, Object> found = new LinkedHashMap<>();
        for (Map.Entry<String, AttributeValue> each : values.entrySet()) {
            found.put(each.getKey(), read(each.getValue(), Kind.of(element), element));
        }
        return found;
    }

    /** Hive has names of fields in small letters, DynamoDB in any. */
    private static List<Object> readStruct(Map<String, AttributeValue> values, StructTypeInfo type) throws SerDeException {
        List<Object> found = new ArrayList<>();
        for (String name : type.getAllStructFieldNames()) {
            AttributeValue value = values.get(name);
            for (Map.Entry<String, AttributeValue> each : values.entrySet()) {
                if (value == null && each.getKey().equalsIgnoreCase(name)) value = each.getValue();
            }
            TypeInfo field = type.getStructFieldTypeInfo(name);
            found.add(read(value, Kind.of(field), field));
        }
        return found;
    }

    private static List<Object> numbers(List<String> values, TypeInfo type) throws SerDeException {
        List<Object> found = new ArrayList<>(values.size());
        for (String each : values) found.add(number(each, type));
        return found;
    }

    private static Object number(String text, TypeInfo type) throws SerDeException {
        if (type.getTypeName().equals("double")) return Double.valueOf(text);
        try {
            return new BigDecimal(text).longValueExact();
        } catch (ArithmeticException error) {
            throw new SerDeException("The number " + text + " is no bigint; map the column as double", error);
        }
    }

    /** An attribute from a value of Hive. Null: it is left out. Throws SerDeException for NULL within a collection. */
    static AttributeValue write(Object value, Kind kind, TypeInfo type, boolean nulls) throws SerDeException {
        if (value == null) return nulls ? AttributeValue.builder().nul(true).build() : null;
        AttributeValue.Builder made = AttributeValue.builder();
        switch (kind) {
            case S: return made.s((String) value).build();
            case N: return made.n(plain(value)).build();
            case B: return made.b(SdkBytes.fromByteArray((byte[]) value)).build();
            case BOOL: return made.bool((Boolean) value).build();
            case L: return made.l(writeList((List<?>) value, ((ListTypeInfo) type).getListElementTypeInfo(), nulls)).build();
            case M: return made.m(writeMap(value, type, nulls)).build();
            case SS: return made.ss(texts((List<?>) value)).build();
            case NS: return made.ns(texts((List<?>) value)).build();
            case BS: return made.bs(bytes((List<?>) value)).build();
            default: throw new IllegalStateException("no value of an attribute: " + kind);
        }
    }

    private static List<AttributeValue> writeList(List<?> values, TypeInfo type, boolean nulls) throws SerDeException {
        List<AttributeValue> made = new ArrayList<>(values.size());
        for (Object each : values) made.add(within(write(each, Kind.of(type), type, nulls), "list", values));
        return made;
    }

    private static Map<String, AttributeValue> writeMap(Object value, TypeInfo type, boolean nulls) throws SerDeException {
        Map<String, AttributeValue> made = new LinkedHashMap<>();
        if (type instanceof StructTypeInfo) {
            StructTypeInfo struct = (StructTypeInfo) type;
            List<?> fields = (List<?>) value;
            for (int i = 0; i < fields.size(); i++) {
                TypeInfo field = struct.getAllStructFieldTypeInfos().get(i);
                AttributeValue attribute = within(write(fields.get(i), Kind.of(field), field, nulls), "struct", value);
                made.put(struct.getAllStructFieldNames().get(i), attribute);
            }
            return made;
        }
        TypeInfo element = ((MapTypeInfo) type).getMapValueTypeInfo();
        for (Map.Entry<?, ?> each : ((Map<?, ?>) value).entrySet()) {
            AttributeValue attribute = write(each.getValue(), Kind.of(element), element, nulls);
            made.put((String) each.getKey(), within(attribute, "map", value));
        }
        return made;
    }

    private static List<String> texts(List<?> values) throws SerDeException {
        List<String> made = new ArrayList<>(values.size());
        for (Object each : values) {
            Object value = within(each, "list", values);
            made.add(value instanceof String ? (String) value : plain(value));
        }
        return made;
    }

    private static List<SdkBytes> bytes(List<?> values) throws SerDeException {
        List<SdkBytes> made = new ArrayList<>(values.size());
        for (Object each : values) made.add(SdkBytes.fromByteArray((byte[]) within(each, "list", values)));
        return made;
    }

    private static <T> T within(T value, String what, Object all) throws SerDeException {
        if (value == null) throw new SerDeException("Null element found in " + what + ": " + all);
        return value;
    }

    /** A number as DynamoDB reads it. */
    static String plain(Object number) {
        return number.toString();
    }

    /** An item as a column of type map has it: JSON of each attribute by its name. */
    static Map<String, String> readItem(Map<String, AttributeValue> item) {
        Map<String, String> found = new LinkedHashMap<>();
        item.forEach((name, value) -> found.put(name, DynamoDBUtil.getGson().toJson(value, VALUE)));
        return found;
    }

    /** The attributes of such a column. Throws SerDeException for a text that is no attribute. */
    static Map<String, AttributeValue> writeItem(Map<?, ?> column) throws SerDeException {
        if (column == null || column.isEmpty()) throw new SerDeException("Hive data cannot be null.");
        Map<String, AttributeValue> made = new LinkedHashMap<>();
        for (Map.Entry<?, ?> each : column.entrySet()) {
            made.put((String) each.getKey(), attribute((String) each.getValue()));
        }
        return made;
    }

    private static AttributeValue attribute(String text) throws SerDeException {
        try {
            AttributeValue value = DynamoDBUtil.getGson().fromJson(text, VALUE);
            if (value != null && value.type() != AttributeValue.Type.UNKNOWN_TO_SDK_VERSION) return value;
        } catch (RuntimeException error) {
            throw new SerDeException("Invalid attribute of an item: " + text, error);
        }
        throw new SerDeException("Invalid attribute of an item: " + text);
    }
}
