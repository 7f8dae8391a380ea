package localemr.s3distcp;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.BulkDelete;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Deletes files in bulk. */
final class Deletion {
    private Deletion() {}

    static void delete(FileSystem system, Path root, List<Path> paths) throws IOException {
        try (BulkDelete bulk = system.createBulkDelete(root)) {
            for (int from = 0; from < paths.size(); from += bulk.pageSize()) {
                int to = Math.min(from + bulk.pageSize(), paths.size());
                List<Map.Entry<Path, String>> failed = bulk.bulkDelete(paths.subList(from, to));
                if (!failed.isEmpty()) {
                    throw new IOException("cannot delete " + failed.get(0).getKey() + ": " + failed.get(0).getValue());
                }
            }
        }
    }
}
