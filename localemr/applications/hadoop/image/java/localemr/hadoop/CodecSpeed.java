package localemr.hadoop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/** How long a codec takes for a file, in seconds, a first time and warmed up: {@code CodecSpeed FILE SUFFIX} (.gz). */
public final class CodecSpeed {
    private CodecSpeed() {}

    public static void main(String[] args) throws IOException {
        Configuration conf = new Configuration();
        conf.setInt("io.file.buffer.size", 65536); // as on a cluster
        CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(new org.apache.hadoop.fs.Path("x" + args[1]));
        Path plain = Path.of(args[0]);
        Path packed = Files.createTempFile("packed", args[1]);
        for (int round = 0; round < 2; round++) {
            long start = System.nanoTime();
            try (InputStream in = Files.newInputStream(plain);
                    OutputStream out = codec.createOutputStream(Files.newOutputStream(packed))) {
                copy(in, out);
            }
            long written = System.nanoTime();
            try (InputStream in = codec.createInputStream(Files.newInputStream(packed))) {
                copy(in, OutputStream.nullOutputStream());
            }
            long read = System.nanoTime();
            System.out.printf("{\"packed\": %.3f, \"unpacked\": %.3f}%n", (written - start) / 1e9, (read - written) / 1e9);
        }
        Files.delete(packed);
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[1 << 16];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
        }
    }
}
