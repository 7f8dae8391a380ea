package localemr.s3distcp;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** What is where: listings, manifests (gzip'ed, one JSON document a line) and other small files. */
final class Files {
    static final ObjectMapper JSON = new ObjectMapper();
    private final Configuration conf;

    Files(Configuration conf) {
        this.conf = conf;
    }

    FileSystem system(Path path) throws IOException {
        return path.getFileSystem(conf);
    }

    /** The path with the scheme and host that it has by default. */
    Path qualified(String location) throws IOException {
        Path path = new Path(location);
        return system(path).makeQualified(path);
    }

    /** What is in a folder by that name, which may have a colon: a path of its own must not. */
    static Path child(Path folder, String name) {
        return new Path(folder + "/" + name);
    }

    /** Size in bytes, -1 when there is no such file. */
    long size(Path path) {
        try {
            FileStatus status = system(path).getFileStatus(path);
            return status.isFile() ? status.getLen() : -1;
        } catch (FileNotFoundException error) {
            return -1;
        } catch (IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    /** All files below a place, or the one that it is; their base names start from {@code root}. */
    List<Source> list(Path place, Path root) throws IOException {
        List<Source> found = new ArrayList<>();
        RemoteIterator<LocatedFileStatus> files = system(place).listFiles(place, true);
        while (files.hasNext()) {
            LocatedFileStatus file = files.next();
            found.add(new Source(file.getPath().toString(), below(root, file.getPath()), root.toString(), file.getLen()));
        }
        return found;
    }

    private static String below(Path root, Path file) {
        if (file.equals(root)) {
            return file.getName();
        }
        String folder = root.toString().endsWith("/") ? root.toString() : root + "/";
        return file.toString().startsWith(folder) ? file.toString().substring(folder.length()) : file.getName();
    }

    /** Lines of a text file that are not empty. */
    List<String> lines(Path path) throws IOException {
        try (BufferedReader in = reader(system(path).open(path))) {
            return in.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        }
    }

    List<Source> readManifest(Path path) throws IOException {
        List<Source> entries = new ArrayList<>();
        try (BufferedReader in = reader(new GZIPInputStream(system(path).open(path)))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.isBlank()) {
                    entries.add(JSON.readValue(line, Source.class));
                }
            }
        }
        return entries;
    }

    void writeManifest(Path path, List<Source> entries) throws IOException {
        try (Writer out = new OutputStreamWriter(
                new GZIPOutputStream(system(path).create(path, true)), StandardCharsets.UTF_8)) {
            for (Source entry : entries) {
                out.write(JSON.writeValueAsString(entry) + "\n");
            }
        }
    }

    /** In bulk: deleting one by one, S3A would put a marker where the last file of a folder was. */
    void delete(List<Source> sources) throws IOException {
        Map<Path, List<Path>> byRoot = new HashMap<>();
        for (Source source : sources) {
            Path path = new Path(source.path());
            byRoot.computeIfAbsent(new Path(path.toUri().resolve("/")), root -> new ArrayList<>()).add(path);
        }
        for (Map.Entry<Path, List<Path>> entry : byRoot.entrySet()) {
            Deletion.delete(system(entry.getKey()), entry.getKey(), entry.getValue());
        }
    }

    private static BufferedReader reader(java.io.InputStream in) {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }
}
