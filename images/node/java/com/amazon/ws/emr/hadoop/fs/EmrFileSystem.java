package com.amazon.ws.emr.hadoop.fs;

import org.apache.hadoop.fs.s3a.S3AFileSystem;

/** EMRFS by the name that configurations pin (fs.s3.impl): S3A, which serves s3:// as on EMR from 7.10 on. */
public class EmrFileSystem extends S3AFileSystem {}
