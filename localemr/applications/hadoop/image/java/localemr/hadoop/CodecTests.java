package localemr.hadoop;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.IntWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.compress.CodecPool;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.io.compress.Compressor;
import org.apache.hadoop.io.compress.Decompressor;
import org.apache.hadoop.io.compress.DirectDecompressor;
import org.apache.hadoop.io.compress.ZStandardCodec;

/** Tests of the codecs, as MapReduce, sequence files and text files use them. */
final class CodecTests {
    private static final List<String> SUFFIXES =
            List.of(".gz", ".deflate", ".bz2", ".zst", ".snappy", ".lz4", ".lzo_deflate", ".lzo");
    /** What commands write such that another file of theirs may follow. */
    private static final List<String> CONCATENATED = List.of(".gz", ".bz2", ".zst");
    private static final Configuration CONF = new Configuration();

    private CodecTests() {}

    static void run() throws Exception {
        CompressionCodecFactory factory = new CompressionCodecFactory(CONF);
        for (String suffix : SUFFIXES) {
            CompressionCodec codec = factory.getCodec(new Path("file" + suffix));
            check(codec != null, "a codec for " + suffix);
            for (int size : new int[] {0, 1, 300, 70_000, 400_000}) {
                byte[] text = text(size);
                check(Arrays.equals(text, unpacked(codec, packed(codec, text))), suffix + " of " + size + " bytes");
                byte[] noise = noise(size);
                check(Arrays.equals(noise, unpacked(codec, packed(codec, noise))), suffix + " of noise, " + size + " bytes");
            }
            byte[] text = text(200_000);
            check(Arrays.equals(text, pooled(codec, text)), suffix + " with pooled compressors");
            if (!suffix.equals(".lzo")) { // it has a header, as hadoop-lzo's
                sequenceFiles(codec);
            }
            if (CONCATENATED.contains(suffix)) {
                byte[] twice = joined(packed(codec, text), packed(codec, text));
                check(Arrays.equals(joined(text, text), unpacked(codec, twice)), suffix + ", one after the other");
            }
        }
        levels();
        direct();
        damaged(factory.getCodec(new Path("file.zst")));
        windows(factory.getCodec(new Path("file.zst")));
    }

    private static byte[] packed(CompressionCodec codec, byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = codec.createOutputStream(packed)) {
            out.write(bytes, 0, bytes.length / 3);
            out.write(bytes, bytes.length / 3, bytes.length - bytes.length / 3);
        }
        return packed.toByteArray();
    }

    private static byte[] unpacked(CompressionCodec codec, byte[] bytes) throws IOException {
        try (InputStream in = codec.createInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        }
    }

    /** As tasks of MapReduce do it: a compressor is taken from a pool, reset and put back, three times. */
    private static byte[] pooled(CompressionCodec codec, byte[] bytes) throws IOException {
        byte[] found = null;
        for (int time = 0; time < 3; time++) {
            Compressor compressor = CodecPool.getCompressor(codec, CONF);
            if (compressor != null) {
                compressor.reset();
            }
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (OutputStream out = codec.createOutputStream(packed, compressor)) {
                out.write(bytes);
            }
            CodecPool.returnCompressor(compressor);
            Decompressor decompressor = CodecPool.getDecompressor(codec);
            if (decompressor != null) {
                decompressor.reset();
            }
            try (InputStream in = codec.createInputStream(new ByteArrayInputStream(packed.toByteArray()), decompressor)) {
                found = in.readAllBytes();
            }
            CodecPool.returnDecompressor(decompressor);
        }
        return found;
    }

    private static void sequenceFiles(CompressionCodec codec) throws IOException {
        java.nio.file.Path file = Files.createTempFile("codec", ".seq");
        for (SequenceFile.CompressionType type : SequenceFile.CompressionType.values()) {
            Path path = new Path(file.toUri());
            try (SequenceFile.Writer writer = SequenceFile.createWriter(CONF, SequenceFile.Writer.file(path),
                    SequenceFile.Writer.keyClass(IntWritable.class), SequenceFile.Writer.valueClass(BytesWritable.class),
                    SequenceFile.Writer.compression(type, codec))) {
                for (int number = 0; number < 300; number++) {
                    writer.append(new IntWritable(number), new BytesWritable(text(number * 40)));
                }
            }
            IntWritable key = new IntWritable();
            BytesWritable value = new BytesWritable();
            int count = 0;
            try (SequenceFile.Reader reader = new SequenceFile.Reader(CONF, SequenceFile.Reader.file(path))) {
                while (reader.next(key, value)) {
                    check(Arrays.equals(text(count * 40), value.copyBytes()), codec + " in a sequence file by " + type);
                    count++;
                }
            }
            check(count == 300, codec + ": all records of a sequence file by " + type);
        }
        Files.delete(file);
    }

    private static void levels() throws IOException {
        byte[] text = text(1_000_000);
        int[] sizes = new int[2];
        for (int at = 0; at < 2; at++) {
            Configuration conf = new Configuration();
            conf.setInt("io.compression.codec.zstd.level", at == 0 ? 1 : 19);
            ZStandardCodec codec = new ZStandardCodec();
            codec.setConf(conf);
            byte[] packed = packed(codec, text);
            check(Arrays.equals(text, unpacked(codec, packed)), "zstd of level " + conf.get("io.compression.codec.zstd.level"));
            sizes[at] = packed.length;
        }
        check(sizes[1] < sizes[0], "a higher level makes smaller files: " + Arrays.toString(sizes));
    }

    private static void direct() throws IOException {
        ZStandardCodec codec = new ZStandardCodec();
        codec.setConf(CONF);
        byte[] text = text(50_000);
        byte[] packed = packed(codec, text);
        ByteBuffer source = ByteBuffer.allocateDirect(packed.length).put(packed).flip();
        ByteBuffer target = ByteBuffer.allocateDirect(text.length);
        DirectDecompressor decompressor = codec.createDirectDecompressor();
        decompressor.decompress(source, target);
        byte[] found = new byte[target.flip().remaining()];
        target.get(found);
        check(Arrays.equals(text, found), "zstd between direct buffers");
    }

    private static void damaged(CompressionCodec codec) throws IOException {
        byte[] packed = packed(codec, noise(100_000));
        for (byte[] wrong : List.of(Arrays.copyOf(packed, packed.length / 2), joined(packed, new byte[] {1, 2, 3, 4, 5}))) {
            try {
                unpacked(codec, wrong);
            } catch (IOException expected) {
                continue;
            }
            throw new AssertionError("a damaged file was read");
        }
    }

    /** Frames of one block with the letter x, as zstd --long writes them from a pipe: it does not know their size. */
    private static void windows(CompressionCodec codec) throws IOException {
        byte[] frame = {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD, 0, 0, 1 << 3 | 1, 0, 0, 'x'};
        frame[5] = (byte) (27 - 10 << 3);
        check(new String(unpacked(codec, frame), java.nio.charset.StandardCharsets.US_ASCII).equals("x"), "a window of 128 MiB");
        for (int log : new int[] {28, 31}) {
            frame[5] = (byte) (log - 10 << 3);
            try {
                unpacked(codec, frame);
            } catch (IOException expected) {
                check(expected.getMessage().contains("128 MiB"), "a large window's message: " + expected.getMessage());
                continue;
            }
            throw new AssertionError("a window of 2^" + log + " bytes was read");
        }
    }

    private static byte[] text(int size) {
        Random random = new Random(size);
        StringBuilder text = new StringBuilder();
        while (text.length() < size) {
            text.append("line ").append(random.nextInt(1000)).append('\n');
        }
        return Arrays.copyOf(text.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII), size);
    }

    private static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
