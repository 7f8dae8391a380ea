package org.apache.hadoop.io.compress;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hadoop.io.compress.zlib.BuiltInGzipCompressor;
import org.apache.hadoop.io.compress.zlib.BuiltInGzipDecompressor;

/** Files that end in .gz, by Java's zlib. In place of Hadoop 3.3's class, which without libhadoop has no compressor. */
public class GzipCodec extends DefaultCodec {
    @Override
    public CompressionOutputStream createOutputStream(OutputStream out) throws IOException {
        return Util.createOutputStreamWithCodecPool(this, conf, out);
    }

    @Override
    public CompressionOutputStream createOutputStream(OutputStream out, Compressor compressor) throws IOException {
        return new CompressorStream(out, compressor == null ? createCompressor() : compressor, bufferSize());
    }

    @Override
    public Compressor createCompressor() {
        return new BuiltInGzipCompressor(conf);
    }

    @Override
    public Class<? extends Compressor> getCompressorType() {
        return BuiltInGzipCompressor.class;
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in) throws IOException {
        return Util.createInputStreamWithCodecPool(this, conf, in);
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in, Decompressor decompressor) throws IOException {
        return new DecompressorStream(in, decompressor == null ? createDecompressor() : decompressor, bufferSize());
    }

    @Override
    public Decompressor createDecompressor() {
        return new BuiltInGzipDecompressor();
    }

    @Override
    public Class<? extends Decompressor> getDecompressorType() {
        return BuiltInGzipDecompressor.class;
    }

    @Override
    public DirectDecompressor createDirectDecompressor() {
        return null;
    }

    @Override
    public String getDefaultExtension() {
        return ".gz";
    }

    private int bufferSize() {
        return conf.getInt("io.file.buffer.size", 4096);
    }
}
