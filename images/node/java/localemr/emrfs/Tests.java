package localemr.emrfs;

import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.AbstractFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.s3a.S3AFileSystem;

/** Tests of EMRFS's names against the node's own Hadoop. Any failure ends the build. */
public final class Tests {
    private Tests() {}

    public static void main(String[] args) throws Exception {
        Configuration conf = new Configuration();
        conf.set("fs.s3.impl", "com.amazon.ws.emr.hadoop.fs.EmrFileSystem");
        check(S3AFileSystem.class.isAssignableFrom(FileSystem.getFileSystemClass("s3", conf)), "EMRFS is S3A");
        conf.set("fs.AbstractFileSystem.s3.impl", "org.apache.hadoop.fs.s3.EMRFSDelegate");
        conf.set("fs.s3a.endpoint", "http://127.0.0.1:1");
        conf.set("fs.s3a.endpoint.region", "us-east-1");
        conf.set("fs.s3a.access.key", "none");
        conf.set("fs.s3a.secret.key", "none");
        AbstractFileSystem made = AbstractFileSystem.createFileSystem(URI.create("s3://bucket/"), conf);
        check(made.getUri().toString().startsWith("s3://bucket"), "FileContext's, too: " + made.getUri());
        System.out.println("EMRFS: tests passed");
        System.exit(0);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
