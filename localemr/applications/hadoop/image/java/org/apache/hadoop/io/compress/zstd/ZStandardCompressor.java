package org.apache.hadoop.io.compress.zstd;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.util.ZstdVersion;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.Compressor;
import org.apache.hadoop.io.compress.ZStandardCodec;

/**
 * Hadoop's compressor for Zstandard, by the library in zstd-jni. Hadoop's own class of this name requires libhadoop, which no
 * registry has. It writes one frame without a checksum, as that one does.
 */
public class ZStandardCompressor implements Compressor {
    private static final int RECOMMENDED = 1 << 17; // the size of Zstandard's blocks

    private final ZstdCompressCtx context = new ZstdCompressCtx();
    private final ByteBuffer plain;
    private final ByteBuffer packed;
    private int level;
    private byte[] bytes = new byte[0];
    private int from;
    private int left;
    private boolean finish;
    private boolean finished;
    private long read;
    private long written;

    /**
     * @param level of compression; faster and larger below 1
     * @param bufferSize bytes of each of two buffers outside the heap
     */
    public ZStandardCompressor(int level, int bufferSize) {
        this.level = level;
        plain = ByteBuffer.allocateDirect(bufferSize);
        packed = ByteBuffer.allocateDirect(bufferSize);
        reset();
    }

    public static boolean isNativeCodeLoaded() {
        return true;
    }

    public static int getRecommendedBufferSize() {
        return RECOMMENDED;
    }

    public static String getLibraryName() {
        Zstd.maxCompressionLevel(); // fails where the library cannot be loaded
        return "zstd-jni " + ZstdVersion.VERSION;
    }

    @Override
    public void reinit(Configuration conf) {
        if (conf != null) {
            level = ZStandardCodec.getCompressionLevel(conf);
            reset();
        }
    }

    @Override
    public void setInput(byte[] given, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, given.length);
        bytes = given;
        from = offset;
        left = length;
        fill();
    }

    private void fill() {
        int count = Math.min(left, plain.remaining());
        plain.put(bytes, from, count);
        from += count;
        left -= count;
        read += count;
    }

    @Override
    public void setDictionary(byte[] dictionary, int offset, int length) {
        throw new UnsupportedOperationException("dictionaries are not supported");
    }

    @Override
    public boolean needsInput() {
        if (packed.hasRemaining()) {
            return false;
        }
        fill();
        return plain.hasRemaining();
    }

    @Override
    public void finish() {
        finish = true;
    }

    @Override
    public boolean finished() {
        return finished && !packed.hasRemaining();
    }

    @Override
    public int compress(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (!packed.hasRemaining() && !finished) {
            fill();
            EndDirective end = finish && left == 0 ? EndDirective.END : EndDirective.CONTINUE;
            packed.clear();
            plain.flip();
            boolean flushed = context.compressDirectByteBufferStream(packed, plain, end);
            plain.compact();
            packed.flip();
            finished = flushed && end == EndDirective.END;
        }
        int count = Math.min(length, packed.remaining());
        packed.get(target, offset, count);
        written += count;
        return count;
    }

    @Override
    public long getBytesWritten() {
        return written;
    }

    @Override
    public long getBytesRead() {
        return read;
    }

    @Override
    public void reset() {
        context.reset();
        context.setLevel(level);
        plain.clear();
        packed.clear().limit(0);
        left = 0;
        finish = false;
        finished = false;
        read = 0;
        written = 0;
    }

    @Override
    public void end() {
        context.close();
    }
}
