package localemr.s3distcp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.LongWritable;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.mapreduce.Mapper;
import org.apache.hadoop.util.ReflectionUtils;

/** A copying task: each line of its input is an {@link Output} to write. May be tried again. */
public final class CopyMapper extends Mapper<LongWritable, Text, NullWritable, NullWritable> {
    static final String DESTINATION = "localemr.s3distcp.destination";
    static final String CODEC = "localemr.s3distcp.codec";

    /** Counters of the job, in the group s3-dist-cp. */
    private enum Counter { FILES_COPIED, FILES_WRITTEN, BYTES_COPIED }

    private Files files;

    @Override
    protected void setup(Context context) {
        files = new Files(context.getConfiguration());
    }

    @Override
    protected void map(LongWritable offset, Text line, Context context) throws IOException {
        Output output = Files.JSON.readValue(line.toString(), Output.class);
        Path target = Files.child(new Path(context.getConfiguration().getRaw(DESTINATION)), output.name());
        context.setStatus("writing " + target);
        FileSystem system = files.system(target);
        // An object appears whole when it is closed; elsewhere a file is written beside its place and then moved.
        if (system.hasPathCapability(target, CommonPathCapabilities.ABORTABLE_STREAM)) {
            write(output, target, target, context);
        } else {
            Path beside = Files.child(target.getParent(), "." + target.getName() + "." + UUID.randomUUID());
            try {
                write(output, target, beside, context);
                replace(system, beside, target);
            } finally {
                system.delete(beside, false);
            }
        }
        count(context, Counter.FILES_WRITTEN, 1);
    }

    private static void count(Context context, Counter counter, long number) {
        context.getCounter("s3-dist-cp", counter.name()).increment(number);
    }

    private static void replace(FileSystem system, Path from, Path to) throws IOException {
        system.delete(to, false);
        if (!system.rename(from, to)) {
            throw new IOException("cannot move " + from + " to " + to);
        }
    }

    private void write(Output output, Path target, Path where, Context context) throws IOException {
        Codec codec = codec(output, context);
        FSDataOutputStream raw = files.system(where).create(where, true);
        try {
            if (output.append()) {
                copy(files.system(target).open(target), raw, context);
            }
            // Bytes that are compressed alike can follow each other as they are; the others go through one compressor.
            boolean joined = codec.joins() || output.sources().size() == 1;
            OutputStream packing = null;
            for (Source source : output.sources()) {
                Path path = new Path(source.path());
                InputStream in = files.system(path).open(path);
                Codec its = Codec.ofFile(path.getName());
                if (its.same(codec) && joined) {
                    packing = finish(packing);
                    copy(in, raw, context);
                } else {
                    packing = packing == null ? pack(codec, raw, context) : packing;
                    copy(unpack(its, in, context), packing, context);
                }
                count(context, Counter.FILES_COPIED, 1);
            }
            finish(packing);
        } catch (IOException | RuntimeException error) {
            if (raw.hasCapability(CommonPathCapabilities.ABORTABLE_STREAM)) {
                raw.abort();
            }
            raw.close();
            throw error;
        }
        raw.close();
    }

    /** The codec that was requested, else the compression of the first source. */
    private static Codec codec(Output output, Context context) {
        Codec requested = Codec.of(context.getConfiguration().get(CODEC));
        return requested != null ? requested : Codec.ofFile(output.sources().get(0).path());
    }

    private static void copy(InputStream in, OutputStream out, Context context) throws IOException {
        try (in) {
            byte[] buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
                count(context, Counter.BYTES_COPIED, count);
                context.progress();
            }
        }
    }

    private static OutputStream pack(Codec codec, FSDataOutputStream raw, Context context) throws IOException {
        OutputStream unclosed = new java.io.FilterOutputStream(raw) {
            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                out.write(bytes, from, count);
            }

            @Override
            public void close() throws IOException {
                out.flush(); // others may still write
            }
        };
        return codec.className() == null ? unclosed : instance(codec, context).createOutputStream(unclosed);
    }

    private static OutputStream finish(OutputStream packing) throws IOException {
        if (packing != null) {
            packing.close();
        }
        return null;
    }

    private static InputStream unpack(Codec codec, InputStream in, Context context) throws IOException {
        return codec.className() == null ? in : instance(codec, context).createInputStream(in);
    }

    private static CompressionCodec instance(Codec codec, Context context) {
        try {
            Class<?> found = context.getConfiguration().getClassByName(codec.className());
            return (CompressionCodec) ReflectionUtils.newInstance(found, context.getConfiguration());
        } catch (ClassNotFoundException error) {
            throw new IllegalStateException(error);
        }
    }
}
