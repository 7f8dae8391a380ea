package localemr.pig;

import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Method;
import org.apache.avro.Schema;
import org.codehaus.jackson.JsonNode;
import org.codehaus.jackson.map.ObjectMapper;

/** What Pig calls in place of methods that newer libraries do not have. Hadoop 3.3 has Avro 1.7, 3.4 has Avro 1.11. */
public final class Calls {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Calls() {}

    /** Closes a file that was read; one that cannot be closed is left. */
    public static void closeQuietly(Closeable file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException error) {
            // Nothing was written to it.
        }
    }

    /** A field of an Avro schema, with a default as Jackson 1 has it; null for none. */
    public static Schema.Field field(String name, Schema schema, String doc, JsonNode value) {
        try {
            Class<?> type = hasDefaultVal() ? Object.class : JsonNode.class;
            Object given = value == null || type == JsonNode.class ? value : JSON.treeToValue(value, Object.class);
            return Schema.Field.class
                    .getConstructor(String.class, Schema.class, String.class, type)
                    .newInstance(name, schema, doc, given);
        } catch (ReflectiveOperationException | IOException error) {
            throw new IllegalArgumentException("field " + name + " of an Avro schema", error);
        }
    }

    /** The default of a field of an Avro schema; null for none. */
    public static JsonNode defaultValue(Schema.Field field) {
        try {
            Method method = Schema.Field.class.getMethod(hasDefaultVal() ? "defaultVal" : "defaultValue");
            Object value = method.invoke(field);
            return value == null || value instanceof JsonNode ? (JsonNode) value : JSON.valueToTree(value);
        } catch (ReflectiveOperationException error) {
            throw new IllegalArgumentException("default of " + field.name() + " in an Avro schema", error);
        }
    }

    private static boolean hasDefaultVal() {
        for (Method method : Schema.Field.class.getMethods()) {
            if (method.getName().equals("defaultVal")) {
                return true;
            }
        }
        return false;
    }
}
