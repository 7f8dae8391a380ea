package localemr.hive;

import org.apache.hadoop.hive.ql.exec.tez.TezSessionState;

/**
 * Replaces the check whether a query may use its session on Tez. Hive's command line opens one in the background
 * as it starts; Hive 3.1 throws it away, and starts another, for a query that comes before it is open.
 */
public final class Sessions {
    private Sessions() {}

    /** Whether the session is open; one that is being opened is waited for. */
    public static boolean isOpen(TezSessionState session) {
        return session.isOpen() || (session.isOpening() && session.getSession() != null && session.isOpen());
    }
}
