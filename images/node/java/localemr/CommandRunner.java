package localemr;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * command-runner.jar for scripts that call it themselves: {@code hadoop jar …/command-runner.jar COMMAND ARGUMENT …}.
 * Executes its arguments, except for empty ones, without a shell; the program is looked up on PATH and in EMR's folder of helpers.
 */
public final class CommandRunner {
    private static final String HELPERS = "/usr/share/aws/emr/command-runner/bin";

    public static void main(String[] args) throws InterruptedException {
        List<String> words = Stream.of(args).filter(word -> !word.isEmpty()).toList();
        if (words.isEmpty()) {
            System.err.println("command-runner.jar needs arguments: the command to run");
            System.exit(1);
        }
        List<String> command = new ArrayList<>(List.of("env", "PATH=" + System.getenv("PATH") + ":" + HELPERS));
        command.addAll(words);
        try {
            System.exit(new ProcessBuilder(command).inheritIO().start().waitFor());
        } catch (IOException error) {
            System.err.println("command-runner.jar: " + error.getMessage());
            System.exit(126);
        }
    }
}
