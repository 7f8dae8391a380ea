package localemr.s3distcp;

import java.util.List;

/**
 * A file to write, and a line of the job's input.
 *
 * @param name its place below the destination
 * @param sources the files whose contents it gets, in this order
 * @param append whether its present contents come first
 */
record Output(String name, List<Source> sources, boolean append) {
    long bytes() {
        return sources.stream().mapToLong(Source::size).sum();
    }
}
