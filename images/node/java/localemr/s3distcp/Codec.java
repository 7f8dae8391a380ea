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
    private static final Codec GZIP = new Codec(".gz", "org.apache.hadoop.io.compress.GzipCodec");
    private static final Codec SNAPPY = new Codec(".snappy", "org.apache.hadoop.io.compress.SnappyCodec");
    private static final Codec BZIP2 = new Codec(".bz2", "org.apache.hadoop.io.compress.BZip2Codec");
    private static final Map<String, Codec> BY_SUFFIX =
            Map.of(".gz", GZIP, ".gzip", new Codec(".gzip", GZIP.className), ".snappy", SNAPPY, ".bz2", BZIP2);

    /** The value of --outputCodec; null when files keep their own compression. */
    static Codec of(String name) {
        if (name == null) {
            return null;
        }
        return switch (name.toLowerCase()) {
            case "keep" -> null;
            case "none" -> NONE;
            case "gz", "gzip" -> GZIP;
            case "snappy" -> SNAPPY;
            case "lzo", "lzop" -> throw new IllegalArgumentException(
                    "--outputCodec " + name + ": LZO is not available here; use gz, snappy, none or keep");
            default -> throw new IllegalArgumentException("--outputCodec " + name + ": not one of gzip gz snappy none keep");
        };
    }

    /** By the name of a file. */
    static Codec ofFile(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? NONE : BY_SUFFIX.getOrDefault(name.substring(dot), NONE);
    }

    /** The name of a file without the ending that names its compression. */
    static String strip(String name) {
        return name.substring(0, name.length() - ofFile(name).suffix.length());
    }

    /** Whether both compress in the same way, so that bytes of one can follow bytes of the other. */
    boolean same(Codec other) {
        return String.valueOf(className).equals(String.valueOf(other.className));
    }
}
