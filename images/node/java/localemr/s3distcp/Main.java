package localemr.s3distcp;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.conf.Configured;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.mapred.JobClient;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.lib.input.TextInputFormat;
import org.apache.hadoop.mapreduce.lib.output.NullOutputFormat;
import org.apache.hadoop.util.Tool;
import org.apache.hadoop.util.ToolRunner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** s3-dist-cp: lists and plans here, copies in the map tasks of a MapReduce job, then tidies up here. */
public final class Main extends Configured implements Tool {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    /** Copying tasks for each node when no number is requested (mapreduce.job.maps, mapreduce.job.reduces). */
    private static final int TASKS_PER_NODE = 4;

    public static void main(String[] args) throws Exception {
        System.exit(ToolRunner.run(new Configuration(), new Main(), args));
    }

    @Override
    public int run(String[] args) throws Exception {
        Options options = new Options(List.of(args));
        if (options.has("help")) {
            System.out.println(Options.help());
            return 0;
        }
        configure(getConf(), options);
        Files files = new Files(getConf());
        Path destination = files.qualified(options.text("dest"));
        List<Source> before = previous(options, files);
        List<Output> outputs = plan(options, files, destination, before);
        if (!outputs.isEmpty() && !copy(options, files, destination, outputs)) {
            return 1;
        }
        if (options.text("outputManifest") != null) {
            List<Source> entries = new ArrayList<>(options.has("copyFromManifest") ? List.of() : before);
            outputs.forEach(output -> entries.add(entry(files, destination, output)));
            files.writeManifest(Files.child(destination, options.text("outputManifest")), entries);
        }
        if (options.has("deleteOnSuccess")) {
            files.delete(outputs.stream().flatMap(output -> output.sources().stream()).toList());
        }
        return 0;
    }

    /** Options that are settings of S3A; docs/nodes.md names those without effect. */
    static void configure(Configuration conf, Options options) {
        if (options.text("storageClass") != null) {
            conf.set("fs.s3a.create.storage.class", options.text("storageClass").toLowerCase());
        }
        if (options.text("multipartUploadChunkSize") != null) {
            conf.set("fs.s3a.multipart.size", options.number("multipartUploadChunkSize", 0) + "M");
        }
        if (options.has("disableMultipartUpload")) {
            conf.setBoolean("fs.s3a.multipart.uploads.enabled", false);
        }
        String endpoint = options.text("s3Endpoint");
        if (endpoint != null && !endpoint.contains("amazonaws.com")) {
            conf.set("fs.s3a.endpoint", endpoint);
        }
        if (options.text("outputCodec") != null && Codec.of(options.text("outputCodec")) != null) {
            conf.set(CopyMapper.CODEC, options.text("outputCodec"));
        }
    }

    private static List<Source> previous(Options options, Files files) throws IOException {
        String manifest = options.text("previousManifest");
        if (manifest == null) {
            return List.of();
        }
        try {
            return files.readManifest(files.qualified(manifest));
        } catch (FileNotFoundException error) {
            if (options.requiresPreviousManifest()) {
                throw new FileNotFoundException("The previous manifest " + manifest + " does not exist");
            }
            return List.of();
        }
    }

    /** @throws FileNotFoundException when nothing matches: a job that copies nothing is most likely a mistake */
    private static List<Output> plan(Options options, Files files, Path destination, List<Source> before)
            throws IOException {
        List<Source> found = options.has("copyFromManifest") ? before : list(options, files);
        Plan plan = new Plan(options, name -> files.size(Files.child(destination, name)));
        Set<String> done = before.stream().map(Source::baseName).collect(Collectors.toSet());
        List<Source> fresh = options.has("copyFromManifest")
                ? found
                : found.stream().filter(source -> !done.contains(source.baseName())).toList();
        List<Output> outputs = plan.outputs(fresh);
        LOG.info("{} files found, {} of them new, {} files to write", found.size(), fresh.size(), outputs.size());
        if (outputs.isEmpty() && (fresh.size() == found.size())) {
            throw new FileNotFoundException("No files to copy: nothing at " + options.text("src") + " matches");
        }
        return outputs;
    }

    private static List<Source> list(Options options, Files files) throws IOException {
        Path root = files.qualified(options.text("src"));
        if (options.text("srcPrefixesFile") == null) {
            return files.list(root, root);
        }
        List<Source> found = new ArrayList<>();
        for (String prefix : files.lines(files.qualified(options.text("srcPrefixesFile")))) {
            found.addAll(files.list(files.qualified(prefix), root));
        }
        return found;
    }

    private static Source entry(Files files, Path destination, Output output) {
        Path path = Files.child(destination, output.name());
        return new Source(path.toString(), output.name(), destination.toString(), files.size(path));
    }

    private boolean copy(Options options, Files files, Path destination, List<Output> outputs) throws Exception {
        Path work = files.qualified("/tmp/s3-dist-cp-" + UUID.randomUUID());
        try {
            writeTasks(files, new Path(work, "files"), outputs, tasks(outputs.size()));
            Configuration conf = new Configuration(getConf());
            conf.set(CopyMapper.DESTINATION, destination.toString());
            conf.setBoolean("mapreduce.map.speculative", false); // two tasks must not write one file
            conf.setInt("mapreduce.job.reduces", 0);
            Job job = Job.getInstance(conf, "s3-dist-cp: " + options.text("src") + " -> " + destination);
            job.setJarByClass(Main.class);
            job.setMapperClass(CopyMapper.class);
            job.setInputFormatClass(TextInputFormat.class);
            TextInputFormat.addInputPath(job, new Path(work, "files"));
            job.setOutputFormatClass(NullOutputFormat.class);
            job.setMapOutputKeyClass(NullWritable.class);
            job.setMapOutputValueClass(NullWritable.class);
            return job.waitForCompletion(true);
        } finally {
            files.system(work).delete(work, true);
        }
    }

    /** The requested number, of maps or, as with Amazon's, of reduces; at most the number of files to write. */
    private int tasks(int outputs) throws IOException {
        int requested = 0;
        for (String property : List.of("mapreduce.job.maps", "mapreduce.job.reduces")) {
            String[] from = getConf().getPropertySources(property);
            if (from != null && from[from.length - 1].contains("command line")) {
                requested = Math.max(requested, getConf().getInt(property, 0));
            }
        }
        if (requested == 0) {
            try (JobClient client = new JobClient(new JobConf(getConf()))) {
                requested = TASKS_PER_NODE * client.getClusterStatus().getTaskTrackers();
            }
        }
        return Math.max(Math.min(requested, outputs), 1);
    }

    /** One file a task, with about as many bytes to copy in each. */
    private static void writeTasks(Files files, Path folder, List<Output> outputs, int tasks) throws IOException {
        List<Task> all = new ArrayList<>();
        for (int number = 0; number < tasks; number++) {
            Path path = new Path(folder, String.format("%06d", number));
            all.add(new Task(files.system(path).create(path)));
        }
        PriorityQueue<Task> least = new PriorityQueue<>(Comparator.comparingLong(task -> task.weight));
        least.addAll(all);
        for (Output output : outputs.stream().sorted(Comparator.comparingLong(Output::bytes).reversed()).toList()) {
            Task task = least.poll();
            task.out.write(Files.JSON.writeValueAsBytes(output));
            task.out.write('\n');
            task.weight += output.bytes() + 1;
            least.add(task);
        }
        for (Task task : all) {
            task.out.close();
        }
    }

    private static final class Task {
        final FSDataOutputStream out;
        long weight;

        Task(FSDataOutputStream out) {
            this.out = out;
        }
    }
}
