package org.apache.hadoop.io.compress.zlib;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.Compressor;
import org.apache.hadoop.io.compress.Decompressor;
import org.apache.hadoop.io.compress.DirectDecompressor;

/**
 * Java's zlib, which is native code, for Hadoop. In place of Hadoop 3.3's class, by whose answer sequence files refuse gzip
 * without libhadoop.
 */
public class ZlibFactory {
    private static final String LEVEL = "zlib.compress.level";
    private static final String STRATEGY = "zlib.compress.strategy";

    public static void loadNativeZLib() {}

    public static boolean isNativeZlibLoaded(Configuration conf) {
        return true;
    }

    public static String getLibraryName() {
        return "java.util.zip";
    }

    public static Class<? extends Compressor> getZlibCompressorType(Configuration conf) {
        return BuiltInZlibDeflater.class;
    }

    public static Compressor getZlibCompressor(Configuration conf) {
        return new BuiltInZlibDeflater(getCompressionLevel(conf).compressionLevel());
    }

    public static Class<? extends Decompressor> getZlibDecompressorType(Configuration conf) {
        return BuiltInZlibInflater.class;
    }

    public static Decompressor getZlibDecompressor(Configuration conf) {
        return new BuiltInZlibInflater();
    }

    /** @return null: there is none without libhadoop */
    public static DirectDecompressor getZlibDirectDecompressor(Configuration conf) {
        return null;
    }

    public static void setCompressionStrategy(Configuration conf, ZlibCompressor.CompressionStrategy strategy) {
        conf.setEnum(STRATEGY, strategy);
    }

    public static ZlibCompressor.CompressionStrategy getCompressionStrategy(Configuration conf) {
        return conf.getEnum(STRATEGY, ZlibCompressor.CompressionStrategy.DEFAULT_STRATEGY);
    }

    public static void setCompressionLevel(Configuration conf, ZlibCompressor.CompressionLevel level) {
        conf.setEnum(LEVEL, level);
    }

    public static ZlibCompressor.CompressionLevel getCompressionLevel(Configuration conf) {
        return conf.getEnum(LEVEL, ZlibCompressor.CompressionLevel.DEFAULT_COMPRESSION);
    }
}
