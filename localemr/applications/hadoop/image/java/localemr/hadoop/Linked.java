package localemr.hadoop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * Links each class that is named on standard input (java/lang/String), in the image build: {@code Linked}.
 *
 * <p>Java 17 archives classes of old file formats (before 50) as they are and links them when they are used; for a few of
 * them it then ends with a segmentation fault. An archive for which this succeeds has none of those. The last line
 * of its output names the class that failed.
 */
public final class Linked {
    private Linked() {}

    public static void main(String[] args) throws IOException {
        try (var names = new BufferedReader(new InputStreamReader(System.in))) {
            for (String name = names.readLine(); name != null; name = names.readLine()) {
                System.out.println(name);
                link(name.replace('/', '.'));
            }
        }
    }

    private static void link(String name) {
        try {
            Class.forName(name, false, Linked.class.getClassLoader()).getDeclaredMethods();
        } catch (ClassNotFoundException | LinkageError notHere) {
            // Another loader's, or one whose libraries are optional.
            return;
        }
    }
}
