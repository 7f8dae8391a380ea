package localemr.hive;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

/**
 * How a metastore's client waits before a retry, which Hive counts in whole seconds: not longer than until a
 * metastore listens. {@link Patch} puts a call of this in the place of the client's own sleep.
 */
public final class Patience {
    private static final int LOOK_EVERY = 50;
    private static final int ANSWER_WITHIN = 1000;

    private Patience() {}

    /**
     * Sleeps for so many milliseconds, or until one of the metastores (thrift://HOST:PORT) begins to listen. For one
     * that listens and could not be used the whole time passes.
     */
    public static void sleep(long milliseconds, URI[] metastores) throws InterruptedException {
        long end = System.nanoTime() + milliseconds * 1_000_000;
        boolean listened = listens(metastores);
        for (long left = milliseconds; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            Thread.sleep(Math.min(left, LOOK_EVERY));
            if (!listened && listens(metastores)) {
                return;
            }
        }
    }

    private static boolean listens(URI[] metastores) {
        for (URI each : metastores) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(each.getHost(), each.getPort()), ANSWER_WITHIN);
                return true;
            } catch (IOException noListener) {
                continue;
            }
        }
        return false;
    }
}
