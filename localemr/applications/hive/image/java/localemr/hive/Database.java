package localemr.hive;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Uses the metastore's database once and shuts it down, in the image build: {@code Database FOLDER}.
 *
 * <p>Derby compiles the statements behind its metadata at their first use and keeps them in the database; and one that
 * was not shut down replays its log when it is opened. Both would delay each start of a cluster.
 */
public final class Database {
    private static final String SHUT_DOWN = "08006";

    private Database() {}

    public static void main(String[] args) throws SQLException {
        String url = "jdbc:derby:;databaseName=" + args[0];
        try (Connection connection = DriverManager.getConnection(url)) {
            connection.setAutoCommit(true);
            DatabaseMetaData known = connection.getMetaData();
            use(known.getTypeInfo());
            use(known.getSchemas());
            use(known.getTables(null, "APP", "DBS", new String[] {"TABLE", "VIEW"}));
            use(known.getColumns(null, "APP", "DBS", null));
            use(known.getPrimaryKeys(null, "APP", "DBS"));
            use(known.getIndexInfo(null, "APP", "DBS", false, true));
            use(known.getImportedKeys(null, "APP", "DBS"));
            use(known.getExportedKeys(null, "APP", "DBS"));
        }
        try {
            DriverManager.getConnection(url + ";shutdown=true").close();
        } catch (SQLException shutDown) {
            if (!shutDown.getSQLState().equals(SHUT_DOWN)) {
                throw shutDown;
            }
        }
    }

    private static void use(ResultSet rows) throws SQLException {
        try (rows) {
            while (rows.next()) {}
        }
    }
}
