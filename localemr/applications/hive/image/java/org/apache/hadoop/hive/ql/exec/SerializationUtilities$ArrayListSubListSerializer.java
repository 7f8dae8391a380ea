package org.apache.hadoop.hive.ql.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.hive.com.esotericsoftware.kryo.Kryo;
import org.apache.hive.com.esotericsoftware.kryo.Serializer;
import org.apache.hive.com.esotericsoftware.kryo.io.Input;
import org.apache.hive.com.esotericsoftware.kryo.io.Output;

/**
 * How plans carry the views that {@code ArrayList.subList} gives. Hive's own class of this name writes private fields of
 * such a view, which are others since Java 9; this one writes the elements and reads a list of its own.
 */
final class SerializationUtilities$ArrayListSubListSerializer extends Serializer<List<?>> {
    public SerializationUtilities$ArrayListSubListSerializer() {}

    @Override
    public void write(Kryo kryo, Output output, List<?> list) {
        output.writeInt(list.size(), true);
        for (Object each : list) {
            kryo.writeClassAndObject(output, each);
        }
    }

    @Override
    public List<?> read(Kryo kryo, Input input, Class<List<?>> type) {
        int size = input.readInt(true);
        List<Object> list = new ArrayList<>(size);
        kryo.reference(list);
        for (int n = 0; n < size; n++) {
            list.add(kryo.readClassAndObject(input));
        }
        return list;
    }
}
