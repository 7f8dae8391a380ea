package org.apache.hadoop.hive.dynamodb;

import java.util.Locale;
import org.apache.hadoop.hive.serde2.typeinfo.ListTypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.MapTypeInfo;
import org.apache.hadoop.hive.serde2.typeinfo.TypeInfo;

/**
 * The types of DynamoDB's attributes by their abbreviations, and ITEM: a column that has the whole item. Source of what fits
 * what: the table of types in EMR's documentation of the connector.
 */
enum Kind {
    S, N, B, BOOL, L, M, NS, SS, BS, ITEM;

    private static final String WHOLE = "map<string,string>";

    /** The kind of an abbreviation in dynamodb.type.mapping. Throws IllegalArgumentException for another word. */
    static Kind named(String abbreviation) {
        return valueOf(abbreviation.trim().toUpperCase(Locale.ROOT));
    }

    /** The kind that a column of this type has without a mapping. Throws IllegalArgumentException where there is none. */
    static Kind ofColumn(TypeInfo type) {
        return type.getTypeName().equals(WHOLE) ? ITEM : of(type);
    }

    /** The kind of a value of this type within a column. Throws IllegalArgumentException where there is none. */
    static Kind of(TypeInfo type) {
        switch (type.getCategory()) {
            case LIST:
                of(((ListTypeInfo) type).getListElementTypeInfo());
                return L;
            case MAP:
                if (!((MapTypeInfo) type).getMapKeyTypeInfo().getTypeName().equals("string")) throw unsupported(type);
                of(((MapTypeInfo) type).getMapValueTypeInfo());
                return M;
            case STRUCT:
                return M;
            default:
                return ofPrimitive(type);
        }
    }

    private static Kind ofPrimitive(TypeInfo type) {
        switch (type.getTypeName()) {
            case "string": return S;
            case "bigint": case "double": return N;
            case "binary": return B;
            case "boolean": return BOOL;
            default: throw unsupported(type);
        }
    }

    private static IllegalArgumentException unsupported(TypeInfo type) {
        return new IllegalArgumentException("The hive type " + type.getTypeName() + " is not supported in DynamoDB");
    }

    /** Whether a column of this type may be mapped to this kind. */
    boolean fits(TypeInfo type) {
        switch (this) {
            case ITEM: return type.getTypeName().equals(WHOLE);
            case NS: return type.getTypeName().equals("array<bigint>") || type.getTypeName().equals("array<double>");
            case SS: return type.getTypeName().equals("array<string>");
            case BS: return type.getTypeName().equals("array<binary>");
            default: return hasUsual(type);
        }
    }

    private boolean hasUsual(TypeInfo type) {
        try {
            return of(type) == this;
        } catch (IllegalArgumentException unsupported) {
            return false;
        }
    }
}
