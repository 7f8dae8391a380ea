package localemr.s3distcp;

import java.util.Map;

/**
 * How a file is compressed, known by the end of its name.
 *
 * @param suffix the end of the name, empty for a file that is not compressed
 * @param className Hadoop's codec, null for none
 */
record Codec(String suffix, String className) {
    static final Codec NONE = new Codec("", null);
    private static final String GZIP = "org.apache.hadoop.io.compress.GzipCodec";
    private static final String LZOP = "com.hadoop.compression.lzo.LzopCodec";
    private static final Map<String, String> OUTPUTS = Map.of(
            "gz", GZIP, "gzip", GZIP, "lzo", LZOP, "lzop", LZOP, "snappy", "org.apache.hadoop.io.compress.SnappyCodec");

    /**
     * The value of --outputCodec; null when files keep their own compression. The ending is the value itself, for gzip too
     * (snowplow's issues 2679 and 3415; Amazon's documentation has .gz for both).
     */
    static Codec of(String name) {
        if (name == null || name.equalsIgnoreCase("keep")) {
            return null;
        }
        String chosen = name.toLowerCase();
        if (chosen.equals("none")) {
            return NONE;
        }
        if (!OUTPUTS.containsKey(chosen)) {
            throw new IllegalArgumentException(
                    "--outputCodec " + name + ": not one of gzip gz lzo lzop snappy none keep");
        }
        return new Codec("." + chosen, OUTPUTS.get(chosen));
    }

    /** By the name of a file. */
    static Codec ofFile(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1);
        if (ending.length() == name.length()) {
            return NONE;
        }
        String its = ending.equals("bz2") ? "org.apache.hadoop.io.compress.BZip2Codec" : OUTPUTS.get(ending);
        return its == null ? NONE : new Codec("." + ending, its);
    }

    /** The name of a file without the ending that names its compression. */
    static String strip(String name) {
        return name.substring(0, name.length() - ofFile(name).suffix.length());
    }

    /** Whether a file may be several others one after the other. */
    boolean joins() {
        return !LZOP.equals(className);
    }

    /** Whether both compress in the same way. */
    boolean same(Codec other) {
        return String.valueOf(className).equals(String.valueOf(other.className));
    }
}
