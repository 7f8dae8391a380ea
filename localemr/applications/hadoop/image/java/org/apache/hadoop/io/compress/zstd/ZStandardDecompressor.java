package org.apache.hadoop.io.compress.zstd;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.hadoop.io.compress.Decompressor;
import org.apache.hadoop.io.compress.DirectDecompressor;

/**
 * Hadoop's decompressor for Zstandard, by the library in zstd-jni. Hadoop's own class of this name requires libhadoop, which
 * no registry has. Frames may follow each other; windows are at most 128 MiB (zstd --long), as there.
 */
public class ZStandardDecompressor implements Decompressor {
    private static final int RECOMMENDED = 1 << 17; // the size of Zstandard's blocks

    private static final String TOO_LARGE = "the window of a frame is larger than 128 MiB, the limit of Hadoop's codec;"
            + " compress the file with zstd --long=27 or less";

    private final ZstdDecompressCtx context = new ZstdDecompressCtx();
    private final ByteBuffer packed;
    private final ByteBuffer plain;
    private byte[] bytes = new byte[0];
    private int from;
    private int left;
    private boolean frameEnded;

    public ZStandardDecompressor() {
        this(RECOMMENDED);
    }

    /** @param bufferSize bytes of each of two buffers outside the heap */
    public ZStandardDecompressor(int bufferSize) {
        packed = ByteBuffer.allocateDirect(bufferSize);
        plain = ByteBuffer.allocateDirect(bufferSize);
        reset();
    }

    public static boolean isNativeCodeLoaded() {
        return true;
    }

    public static int getRecommendedBufferSize() {
        return RECOMMENDED;
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
        int count = Math.min(left, packed.remaining());
        packed.put(bytes, from, count);
        from += count;
        left -= count;
    }

    @Override
    public boolean needsInput() {
        return !plain.hasRemaining() && getRemaining() == 0;
    }

    @Override
    public void setDictionary(byte[] dictionary, int offset, int length) {
        throw new UnsupportedOperationException("dictionaries are not supported");
    }

    @Override
    public boolean needsDictionary() {
        return false;
    }

    /** Whether a frame has ended and nothing follows it in the input so far. */
    @Override
    public boolean finished() {
        return frameEnded && !plain.hasRemaining() && getRemaining() == 0;
    }

    @Override
    public int decompress(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (!plain.hasRemaining() && !finished()) {
            fill();
            plain.clear();
            packed.flip();
            try {
                decompress(packed, plain);
            } finally {
                packed.compact();
                plain.flip();
            }
        }
        int count = Math.min(length, plain.remaining());
        plain.get(target, offset, count);
        return count;
    }

    /** From one buffer outside the heap to another, as far as input and space permit. */
    void decompress(ByteBuffer source, ByteBuffer target) throws IOException {
        try {
            frameEnded = context.decompressDirectByteBufferStream(target, source);
        } catch (ZstdException error) {
            boolean tooLarge = error.getErrorCode() == Zstd.errFrameParameterWindowTooLarge();
            throw new IOException("Zstandard: " + (tooLarge ? TOO_LARGE : error.getMessage()), error);
        }
    }

    /** Bytes of the input that are not decompressed yet. */
    @Override
    public int getRemaining() {
        return packed.position() + left;
    }

    @Override
    public void reset() {
        context.reset();
        packed.clear();
        plain.clear().limit(0);
        left = 0;
        frameEnded = false;
    }

    @Override
    public void end() {
        context.close();
    }

    /** The same between buffers outside the heap, without copies. */
    public static class ZStandardDirectDecompressor extends ZStandardDecompressor implements DirectDecompressor {
        private boolean inputEnded = true;

        public ZStandardDirectDecompressor(int bufferSize) {
            super(bufferSize);
        }

        @Override
        public void decompress(ByteBuffer source, ByteBuffer target) throws IOException {
            super.decompress(source, target);
            inputEnded = !source.hasRemaining();
        }

        @Override
        public boolean finished() {
            return inputEnded && super.finished();
        }

        @Override
        public void reset() {
            super.reset();
            inputEnded = true;
        }

        @Override
        public int decompress(byte[] target, int offset, int length) {
            throw new UnsupportedOperationException("a direct decompressor takes buffers outside the heap");
        }
    }
}
