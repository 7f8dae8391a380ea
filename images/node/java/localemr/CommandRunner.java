package localemr;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * command-runner.jar for scripts that call it themselves: {@code hadoop jar …/command-runner.jar COMMAND ARGUMENT …}.
 * Executes its arguments without a shell; the program is looked up on PATH and in EMR's folder of helpers.
 */
public final class CommandRunner {
    private static final String HELPERS = "/usr/share/aws/emr/command-runner/bin";

    public static void main(String[] args) throws InterruptedException {
        if (args.length == 0) {
            System.err.println("command-runner.jar needs arguments: the command to run");
            System.exit(1);
        }
        List<String> command = new ArrayList<>(List.of("env", "PATH=" + System.getenv("PATH") + ":" + HELPERS));
        command.addAll(List.of(args));
        try {
            System.exit(new ProcessBuilder(command).inheritIO().start().waitFor());
        } catch (IOException error) {
            System.err.println("command-runner.jar: " + error.getMessage());
            System.exit(126);
        }
    }
}
