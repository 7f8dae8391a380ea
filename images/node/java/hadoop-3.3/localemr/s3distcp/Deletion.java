package localemr.s3distcp;

import com.amazonaws.services.s3.model.DeleteObjectsRequest.KeyVersion;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.s3a.S3AFileSystem;

/** Deletes files in bulk: Hadoop 3.3 has no interface for that, but its S3A does so. */
final class Deletion {
    private static final int PAGE = 250;

    private Deletion() {}

    static void delete(FileSystem system, Path root, List<Path> paths) throws IOException {
        if (system instanceof S3AFileSystem s3) {
            for (int from = 0; from < paths.size(); from += PAGE) {
                List<Path> page = paths.subList(from, Math.min(from + PAGE, paths.size()));
                s3.removeKeys(page.stream().map(path -> new KeyVersion(s3.pathToKey(path))).toList(), false);
            }
            return;
        }
        for (Path path : paths) {
            system.delete(path, false);
        }
    }
}
