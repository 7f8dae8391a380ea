package org.apache.hadoop.util;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.Deflater;
import net.jpountz.lz4.LZ4Factory;
import org.apache.hadoop.io.compress.ZStandardCodec;
import org.xerial.snappy.Snappy;

/**
 * {@code hadoop checknative [-a]}: which codecs run as native code, and in which library. In place of Hadoop's class of this
 * name, which looks only into libhadoop, of which there is none.
 *
 * <p>Ends with 1 when a codec's library cannot be loaded; with {@code -a} also when anything else on the list is missing.
 */
public final class NativeLibraryChecker {
    private static final String NOT_HERE = null;

    private NativeLibraryChecker() {}

    public static void main(String[] args) {
        boolean all = args.length == 1 && args[0].equals("-a");
        if (args.length > 0 && !all) {
            System.err.println("checknative [-a]\n  -a  all libraries of the list are required, not only those of codecs");
            ExitUtil.terminate(args.length == 1 && args[0].equals("-h") ? 0 : 1);
        }
        Map<String, String> codecs = codecs();
        System.out.println("Native library checking:");
        print("hadoop", NOT_HERE);
        codecs.forEach(NativeLibraryChecker::print);
        print("bzip2", NOT_HERE);
        print("openssl", NOT_HERE);
        print("ISA-L", NOT_HERE);
        print("PMDK", NOT_HERE);
        ExitUtil.terminate(all || codecs.containsValue(NOT_HERE) ? 1 : 0);
    }

    private static Map<String, String> codecs() {
        Map<String, String> found = new LinkedHashMap<>();
        found.put("zlib", loaded(NativeLibraryChecker::zlib));
        found.put("zstd", loaded(ZStandardCodec::getLibraryName));
        found.put("snappy", loaded(() -> "snappy-java (" + Snappy.getNativeLibraryVersion() + ")"));
        found.put("lz4", loaded(() -> LZ4Factory.nativeInstance().toString()));
        return found;
    }

    private static String zlib() {
        new Deflater().end();
        return "java.util.zip (Java " + System.getProperty("java.version") + ")";
    }

    private static String loaded(Callable<String> name) {
        try {
            return name.call();
        } catch (Exception | LinkageError error) {
            return NOT_HERE;
        }
    }

    private static void print(String name, String library) {
        System.out.printf("%-8s %b %s%n", name + ":", library != null, library == null ? "" : library);
    }
}
