package localemr.s3distcp;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The command line of s3-dist-cp: Amazon's options, as {@code --name value} or {@code --name=value}. */
final class Options {
    private static final Set<String> VALUES = Set.of(
            "src", "dest", "srcPattern", "groupBy", "targetSize", "outputCodec", "startingIndex", "outputManifest",
            "previousManifest", "srcPrefixesFile", "multipartUploadChunkSize", "s3Endpoint", "storageClass", "encryptionKey");
    private static final Set<String> FLAGS = Set.of(
            "help", "appendToLastFile", "deleteOnSuccess", "numberFiles", "copyFromManifest", "requirePreviousManifest",
            "disableMultipartUpload", "s3ServerSideEncryption");
    private static final Set<String> STORAGE_CLASSES = Set.of("STANDARD", "REDUCED_REDUNDANCY");
    static final long MIB = 1L << 20;

    private final Map<String, String> given = new HashMap<>();

    /** @throws IllegalArgumentException for what is no option, or a value that makes no sense */
    Options(List<String> args) {
        for (int at = 0; at < args.size(); at++) {
            String[] word = args.get(at).split("=", 2);
            String name = word[0].startsWith("--") ? word[0].substring(2) : "";
            boolean flag = FLAGS.contains(name);
            if (!flag && !VALUES.contains(name)) {
                throw new IllegalArgumentException("Unknown option: " + args.get(at));
            }
            boolean follows = at + 1 < args.size() && (!flag || args.get(at + 1).matches("true|false"));
            if (word.length == 1 && !flag && !follows) {
                throw new IllegalArgumentException("Option --" + name + " needs a value");
            }
            given.put(name, word.length == 2 ? word[1] : follows ? args.get(++at) : "true");
        }
        check();
    }

    private void check() {
        if (has("help")) {
            return;
        }
        for (String name : List.of("src", "dest")) {
            if (text(name) == null) {
                throw new IllegalArgumentException("Option --" + name + " is required");
            }
        }
        Pattern groupBy = pattern("groupBy");
        if (groupBy != null && groupBy.matcher("").groupCount() == 0) {
            throw new IllegalArgumentException("--groupBy needs parentheses that tell how files are grouped: " + groupBy);
        }
        if (has("copyFromManifest") && text("previousManifest") == null) {
            throw new IllegalArgumentException("--copyFromManifest needs --previousManifest");
        }
        String storageClass = text("storageClass");
        if (storageClass != null && !STORAGE_CLASSES.contains(storageClass)) {
            throw new IllegalArgumentException("--storageClass must be one of " + STORAGE_CLASSES + ": " + storageClass);
        }
        pattern("srcPattern");
        Codec.of(text("outputCodec"));
        number("targetSize", 0);
        number("startingIndex", 0);
        number("multipartUploadChunkSize", 0);
    }

    /** The value of an option, null when it was not given. */
    String text(String name) {
        return given.get(name);
    }

    /** Whether a flag was given, and not as false. */
    boolean has(String name) {
        return given.containsKey(name) && !"false".equals(given.get(name));
    }

    /** EMR: a previous manifest that is named must exist, unless this is false. */
    boolean requiresPreviousManifest() {
        return !"false".equals(given.get("requirePreviousManifest"));
    }

    /** A number, not negative. */
    long number(String name, long otherwise) {
        String value = given.get(name);
        try {
            long number = value == null ? otherwise : Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException error) {
            // refused below, like a negative one
        }
        throw new IllegalArgumentException("--" + name + " must be a number, 0 or more: " + value);
    }

    /** A regular expression, null when it was not given. */
    Pattern pattern(String name) {
        String value = given.get(name);
        return value == null ? null : Pattern.compile(value);
    }

    static String help() {
        return "s3-dist-cp --src LOCATION --dest LOCATION [OPTION …]\n  with a value: --"
                + String.join(" --", VALUES.stream().sorted().toList())
                + "\n  flags:        --" + String.join(" --", FLAGS.stream().sorted().toList());
    }
}
