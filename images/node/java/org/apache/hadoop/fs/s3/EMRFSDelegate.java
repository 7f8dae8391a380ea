package org.apache.hadoop.fs.s3;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.s3a.S3A;

/** EMRFS for FileContext, by the name that configurations pin (fs.AbstractFileSystem.s3.impl): S3A's. */
public class EMRFSDelegate extends S3A {
    public EMRFSDelegate(URI uri, Configuration conf) throws IOException, URISyntaxException {
        super(uri, conf);
    }
}
