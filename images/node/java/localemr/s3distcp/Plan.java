package localemr.s3distcp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which files are written from which: pure, but for {@code existing}. */
final class Plan {
    private final Options options;
    private final Codec codec;
    private final ToLongFunction<String> existing;

    /** @param existing size of a file below the destination, -1 when there is none */
    Plan(Options options, ToLongFunction<String> existing) {
        this.options = options;
        this.codec = Codec.of(options.text("outputCodec"));
        this.existing = existing;
    }

    /** The outputs in the order of their names; sources that --srcPattern or --groupBy leave out are in none of them. */
    List<Output> outputs(List<Source> sources) {
        Pattern selected = options.pattern("srcPattern");
        List<Source> chosen = sources.stream()
                .filter(source -> selected == null || selected.matcher(source.path()).matches())
                .sorted(Comparator.comparing(Source::path))
                .toList();
        List<Output> outputs = options.pattern("groupBy") == null ? oneEach(chosen) : grouped(chosen);
        outputs.sort(Comparator.comparing(Output::name));
        return options.has("numberFiles") ? numbered(outputs) : outputs;
    }

    private List<Output> oneEach(List<Source> sources) {
        List<Output> outputs = new ArrayList<>();
        for (Source source : sources) {
            String name = codec == null ? source.baseName() : Codec.strip(source.baseName()) + codec.suffix();
            outputs.add(new Output(name, List.of(source), options.has("appendToLastFile") && existing.applyAsLong(name) >= 0));
        }
        return outputs;
    }

    /**
     * A group is what the parentheses of --groupBy match, one after the other; those that took no part in the match are the word
     * null (snowplow's issue 3940). It is written beside its first file.
     */
    private List<Output> grouped(List<Source> sources) {
        Map<String, List<Source>> groups = new TreeMap<>();
        Pattern groupBy = options.pattern("groupBy");
        for (Source source : sources) {
            Matcher matcher = groupBy.matcher(source.path());
            if (matcher.matches()) {
                StringBuilder name = new StringBuilder();
                for (int number = 1; number <= matcher.groupCount(); number++) {
                    name.append(matcher.group(number));
                }
                groups.computeIfAbsent(name.toString(), key -> new ArrayList<>()).add(source);
            }
        }
        List<Output> outputs = new ArrayList<>();
        groups.forEach((name, members) -> outputs.addAll(parts(name, members)));
        return outputs;
    }

    /** The files of a group: one, or with --targetSize as many as it takes; their names then end in numbers. */
    private List<Output> parts(String group, List<Source> members) {
        String first = members.get(0).baseName();
        String prefix = first.substring(0, first.lastIndexOf('/') + 1) + Codec.strip(group);
        String suffix = codec == null ? Codec.ofFile(first).suffix() : codec.suffix();
        long target = options.number("targetSize", 0) * Options.MIB;
        Present last = options.has("appendToLastFile") ? last(prefix, suffix) : null;
        boolean grows = last != null && (target == 0 || last.size < target);
        int number = last == null ? 0 : last.number + 1;
        List<List<Source>> parts = split(members, target, grows ? last.size : 0);
        List<Output> outputs = new ArrayList<>();
        for (List<Source> part : parts) {
            if (grows) {
                outputs.add(new Output(last.name, part, true));
            } else {
                boolean alone = last == null && parts.size() == 1;
                outputs.add(new Output(prefix + (alone ? "" : number++) + suffix, part, false));
            }
            grows = false;
        }
        return outputs;
    }

    /** Files one after the other until a part has the target's size; the first one has some bytes already. */
    private static List<List<Source>> split(List<Source> members, long target, long present) {
        List<List<Source>> parts = new ArrayList<>(List.of(new ArrayList<>()));
        long size = present;
        for (Source source : members) {
            if (target > 0 && size >= target) {
                parts.add(new ArrayList<>());
                size = 0;
            }
            parts.get(parts.size() - 1).add(source);
            size += source.size();
        }
        return parts;
    }

    /** A file of a group that was there before; its number is -1 when its name has none. */
    private record Present(String name, int number, long size) {}

    private Present last(String prefix, String suffix) {
        String name = prefix + suffix;
        Present last = existing.applyAsLong(name) < 0 ? null : new Present(name, -1, existing.applyAsLong(name));
        for (int number = 0; existing.applyAsLong(name = prefix + number + suffix) >= 0; number++) {
            last = new Present(name, number, existing.applyAsLong(name));
        }
        return last;
    }

    private List<Output> numbered(List<Output> outputs) {
        List<Output> numbered = new ArrayList<>();
        long number = options.number("startingIndex", 0);
        for (Output output : outputs) {
            int slash = output.name().lastIndexOf('/') + 1;
            String name = output.name().substring(0, slash) + number++ + "-" + output.name().substring(slash);
            numbered.add(new Output(name, output.sources(), output.append()));
        }
        return numbered;
    }
}
