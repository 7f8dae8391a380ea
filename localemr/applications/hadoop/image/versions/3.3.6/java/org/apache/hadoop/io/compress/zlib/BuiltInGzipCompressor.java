package org.apache.hadoop.io.compress.zlib;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.Compressor;

/** Compresses one member of a gzip file (RFC 1952) by Java's zlib. Hadoop has a class of this name from 3.4 on. */
public class BuiltInGzipCompressor implements Compressor {
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, 0};

    private final CRC32 checksum = new CRC32();
    private Deflater deflater;
    private ByteBuffer frame;
    private boolean trailing;

    public BuiltInGzipCompressor(Configuration conf) {
        reinit(conf);
    }

    @Override
    public void reinit(Configuration conf) {
        if (conf == null) {
            return;
        }
        if (deflater != null) {
            deflater.end();
        }
        deflater = new Deflater(ZlibFactory.getCompressionLevel(conf).compressionLevel(), true);
        deflater.setStrategy(ZlibFactory.getCompressionStrategy(conf).compressionStrategy());
        reset();
    }

    @Override
    public void setInput(byte[] bytes, int offset, int length) {
        deflater.setInput(bytes, offset, length);
        checksum.update(bytes, offset, length);
    }

    @Override
    public void setDictionary(byte[] dictionary, int offset, int length) {
        throw new UnsupportedOperationException("gzip has no dictionaries");
    }

    @Override
    public boolean needsInput() {
        return deflater.needsInput();
    }

    @Override
    public void finish() {
        deflater.finish();
    }

    @Override
    public boolean finished() {
        return trailing && !frame.hasRemaining();
    }

    @Override
    public int compress(byte[] target, int offset, int length) {
        int count = framed(target, offset, length);
        count += deflater.deflate(target, offset + count, length - count);
        if (deflater.finished() && !trailing) {
            trailing = true;
            frame = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            frame.putInt((int) checksum.getValue()).putInt((int) deflater.getBytesRead()).flip();
            count += framed(target, offset + count, length - count);
        }
        return count;
    }

    /** Writes what is left of the header or the trailer. */
    private int framed(byte[] target, int offset, int length) {
        int count = Math.min(length, frame.remaining());
        frame.get(target, offset, count);
        return count;
    }

    @Override
    public long getBytesRead() {
        return deflater.getBytesRead();
    }

    @Override
    public long getBytesWritten() {
        return deflater.getBytesWritten();
    }

    @Override
    public void reset() {
        deflater.reset();
        checksum.reset();
        frame = ByteBuffer.wrap(HEADER.clone());
        trailing = false;
    }

    @Override
    public void end() {
        deflater.end();
    }
}
