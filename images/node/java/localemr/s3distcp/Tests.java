package localemr.s3distcp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;

/** Tests of what is decided without a cluster; run when the image is built, which fails with them. */
final class Tests {
    private static final String SRC = "s3://bucket/in";

    public static void main(String[] args) {
        copiesKeepTheirPlaces();
        codecsChangeTheEnding();
        groupsAreNamedByTheirParentheses();
        partsOfAGroupAreNumbered();
        appendingFillsTheLastFileFirst();
        outputsAreNumberedFromTheIndex();
        namesAreTakenAsTheyAre();
        senselessOptionsAreRefused();
        System.out.println("s3-dist-cp: tests passed");
    }

    private static void copiesKeepTheirPlaces() {
        equal(List.of("a.log", "x/b.gz"), names("", "a.log", "x/b.gz"));
        equal(List.of("a.log"), names("--srcPattern=.*[.]log", "a.log", "x/b.gz"));
        equal(List.of(), names("--srcPattern=log", "a.log"));
    }

    private static void codecsChangeTheEnding() {
        equal(List.of("a.log.gz", "b.gz"), names("--outputCodec=gz", "a.log", "b.snappy"));
        equal(List.of("a.log", "b"), names("--outputCodec=none", "a.log.gz", "b.snappy"));
        equal(List.of("a.gzip", "b.gzip"), names("--outputCodec=gzip", "a.gz", "b.lzo"));
        equal(List.of("a.lzo"), names("--outputCodec=lzo", "a.gzip"));
        equal(List.of("a.lzop"), names("--outputCodec=LZOP", "a"));
        equal(List.of("a.log", "b.gz"), names("--outputCodec=keep", "a.log", "b.gz"));
    }

    private static void groupsAreNamedByTheirParentheses() {
        String groupBy = "--groupBy=.*/web[.]([0-9-]+)[.].*(x|y)";
        equal(List.of("01x", "02x", "02y"), names(groupBy, "web.01.ax", "web.01.bx", "web.02.y", "web.02.x", "other"));
        equal(List.of("01.gz"), names("--groupBy=.*/([0-9]+)[.].*", "01.a.gz", "01.b.gz"));
        equal(List.of("d/01"), names("--groupBy=.*/([0-9]+)[.].*", "d/01.a", "e/01.b"));
        equal(List.of("01.gzip"), names("--groupBy=.*/([0-9]+)[.].* --outputCodec=gzip", "01.a", "01.b"));
        String kinds = "--groupBy=.*/(web)-.*|.*/(app)/(srv[0-9])?-?.*";
        equal(List.of("app/nullappnull", "app/nullappsrv1", "webnullnull"), names(kinds, "app/srv1-0", "app/x", "web-1", "z"));
        String nested = "--groupBy=.*/((?<letter>[a-zé])[0-9])?[.](?:a|b)(.*)";
        equal(List.of("nullnull-", "x1x+", "é2é"), names(nested, "x1.a+", ".b-", "é2.a", "é2.b"));
    }

    private static void partsOfAGroupAreNumbered() {
        List<Output> parts = plan("--groupBy=.*/(a).*([.]log) --targetSize=2", Map.of(), "a1.log", "a2.log", "a3.log", "a4.log", "a5.log");
        equal(List.of("a.log0", "a.log1", "a.log2"), parts.stream().map(Output::name).toList());
        equal(List.of(2, 2, 1), parts.stream().map(part -> part.sources().size()).toList());
        parts = plan("--groupBy=.*/(a).* --targetSize=2 --outputCodec=gz", Map.of(), "a1", "a2", "a3");
        equal(List.of("a0.gz", "a1.gz"), parts.stream().map(Output::name).toList());
    }

    private static void appendingFillsTheLastFileFirst() {
        String options = "--appendToLastFile --targetSize=2 --groupBy=.*/(a).*";
        equal(List.of("a1+", "a2"), marked(options, Map.of("a0", 2L << 20, "a1", 1L << 20), "a1", "a2"));
        equal(List.of("a1"), marked(options, Map.of("a0", 2L << 20), "a1"));
        equal(List.of("a+"), marked(options, Map.of("a", 5L), "a1"));
        equal(List.of("a"), marked(options, Map.of(), "a1"));
        equal(List.of("a1+"), marked("--appendToLastFile", Map.of("a1", 5L), "a1"));
        equal(List.of("a1"), marked("", Map.of("a1", 5L), "a1"));
    }

    private static void outputsAreNumberedFromTheIndex() {
        equal(List.of("0-a", "x/1-b"), names("--numberFiles", "a", "x/b"));
        equal(List.of("7-a"), names("--numberFiles --startingIndex=7", "a"));
    }

    private static void namesAreTakenAsTheyAre() {
        for (String odd : List.of("a b+c%20é#?.log", "12:30.log", "x/12:30.log", "[1]{2}*", "k=v/a=1")) {
            equal(List.of(odd), names("--srcPattern=.*", odd));
            for (String folder : List.of("s3://bucket/", "s3://bucket/in put%2F", "hdfs://m:8020/d")) {
                String expected = folder + (folder.endsWith("/") ? "" : "/") + odd;
                equal(expected, Files.child(new Path(folder), odd).toString());
                equal(expected, new Path(Files.child(new Path(folder), odd).toString()).toString());
            }
        }
    }

    private static void senselessOptionsAreRefused() {
        for (String wrong : List.of("--groupBy=.*", "--outputCodec=zip", "--targetSize=many",
                "--unknown", "--storageClass=GLACIER", "--copyFromManifest", "--srcPattern")) {
            try {
                options(wrong);
            } catch (IllegalArgumentException expected) {
                continue;
            }
            throw new AssertionError(wrong + " was accepted");
        }
        equal(false, options("--requirePreviousManifest false").requiresPreviousManifest());
        equal(true, options("--requirePreviousManifest --numberFiles").requiresPreviousManifest());
    }

    private static Options options(String words) {
        List<String> args = new ArrayList<>(List.of("--src", SRC, "--dest", "hdfs:///out"));
        args.addAll(List.of(words.split(" ")).stream().filter(word -> !word.isEmpty()).toList());
        return new Options(args);
    }

    private static List<Output> plan(String words, Map<String, Long> existing, String... files) {
        List<Source> sources = new ArrayList<>();
        for (String file : files) {
            sources.add(new Source(SRC + "/" + file, file, SRC, 1 << 20));
        }
        return new Plan(options(words), name -> existing.getOrDefault(name, -1L)).outputs(sources);
    }

    private static List<String> names(String words, String... files) {
        return plan(words, Map.of(), files).stream().map(Output::name).toList();
    }

    private static List<String> marked(String words, Map<String, Long> existing, String... files) {
        return plan(words, existing, files).stream()
                .map(output -> output.name() + (output.append() ? "+" : ""))
                .collect(Collectors.toList());
    }

    private static void equal(Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new AssertionError("expected " + expected + ", found " + found);
        }
    }
}
