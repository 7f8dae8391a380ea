package localemr.s3distcp;

/**
 * A file to copy, and a line of a manifest.
 *
 * @param path where it is
 * @param baseName its place below srcDir, and below the destination
 * @param srcDir what was listed
 * @param size bytes
 */
record Source(String path, String baseName, String srcDir, long size) {}
