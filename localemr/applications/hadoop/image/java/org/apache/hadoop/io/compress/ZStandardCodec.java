package org.apache.hadoop.io.compress;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hadoop.conf.Configurable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.zstd.ZStandardCompressor;
import org.apache.hadoop.io.compress.zstd.ZStandardDecompressor;

/**
 * Zstandard, files that end in .zst, by zstd-jni. In place of Hadoop's class of this name, which works with libhadoop alone. The
 * settings are its own: {@code io.compression.codec.zstd.level} (3) and {@code io.compression.codec.zstd.buffersize} (bytes;
 * 0 is Zstandard's own size).
 */
public class ZStandardCodec implements Configurable, CompressionCodec, DirectDecompressionCodec {
    private Configuration conf;

    @Override
    public void setConf(Configuration given) {
        conf = given;
    }

    @Override
    public Configuration getConf() {
        return conf;
    }

    public static void checkNativeCodeLoaded() {
        getLibraryName();
    }

    public static boolean isNativeCodeLoaded() {
        return ZStandardCompressor.isNativeCodeLoaded() && ZStandardDecompressor.isNativeCodeLoaded();
    }

    public static String getLibraryName() {
        return ZStandardCompressor.getLibraryName();
    }

    public static int getCompressionLevel(Configuration conf) {
        return conf.getInt("io.compression.codec.zstd.level", 3);
    }

    public static int getCompressionBufferSize(Configuration conf) {
        int size = bufferSize(conf);
        return size == 0 ? ZStandardCompressor.getRecommendedBufferSize() : size;
    }

    public static int getDecompressionBufferSize(Configuration conf) {
        int size = bufferSize(conf);
        return size == 0 ? ZStandardDecompressor.getRecommendedBufferSize() : size;
    }

    private static int bufferSize(Configuration conf) {
        return conf.getInt("io.compression.codec.zstd.buffersize", 0);
    }

    @Override
    public CompressionOutputStream createOutputStream(OutputStream out) throws IOException {
        return Util.createOutputStreamWithCodecPool(this, conf, out);
    }

    @Override
    public CompressionOutputStream createOutputStream(OutputStream out, Compressor compressor) throws IOException {
        return new CompressorStream(out, compressor, getCompressionBufferSize(conf));
    }

    @Override
    public Class<? extends Compressor> getCompressorType() {
        return ZStandardCompressor.class;
    }

    @Override
    public Compressor createCompressor() {
        return new ZStandardCompressor(getCompressionLevel(conf), getCompressionBufferSize(conf));
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in) throws IOException {
        return Util.createInputStreamWithCodecPool(this, conf, in);
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in, Decompressor decompressor) throws IOException {
        return new DecompressorStream(in, decompressor, getDecompressionBufferSize(conf));
    }

    @Override
    public Class<? extends Decompressor> getDecompressorType() {
        return ZStandardDecompressor.class;
    }

    @Override
    public Decompressor createDecompressor() {
        return new ZStandardDecompressor(getDecompressionBufferSize(conf));
    }

    @Override
    public DirectDecompressor createDirectDecompressor() {
        return new ZStandardDecompressor.ZStandardDirectDecompressor(getDecompressionBufferSize(conf));
    }

    @Override
    public String getDefaultExtension() {
        return ".zst";
    }
}
