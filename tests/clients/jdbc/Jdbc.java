import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PGInterval;
import org.postgresql.util.PGobject;

/**
 * The PostgreSQL driver of Java against a running server: {@code java -cp postgresql.jar Jdbc.java HOST PORT}. Every method that
 * takes a connection is a test with a connection of its own; each prints one line. Run by test_jdbc.py.
 */
public final class Jdbc {
    private static String server;

    private static Connection connect(String database, String options) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://" + server + "/" + database + "?user=agent" + options);
    }

    public static void main(String[] args) throws Exception {
        server = args[0] + ":" + args[1];
        for (Method method : Jdbc.class.getDeclaredMethods()) {
            if (!Arrays.equals(method.getParameterTypes(), new Class<?>[] {Connection.class})) continue;
            String error = null;
            try (Connection connection = connect("hatidata", "")) {
                method.invoke(null, connection);
            } catch (InvocationTargetException failed) {
                StackTraceElement[] trace = failed.getCause().getStackTrace();
                String place = Arrays.stream(trace).filter(e -> e.getClassName().equals("Jdbc") && e.getMethodName().equals(method.getName())).findFirst().map(Object::toString).orElse("");
                error = failed.getCause() + " at " + place;
            } catch (SQLException failed) {
                error = failed.toString();
            }
            System.out.println((error == null ? "ok " : "not ok ") + method.getName() + (error == null ? "" : ": " + error.replace("\n", " | ")));
        }
    }

    // -- tests ---------------------------------------------------------------------------------------------

    static void driver_knows_what_it_talks_to(Connection c) throws SQLException {
        DatabaseMetaData about = c.getMetaData();
        equal("PostgreSQL", about.getDatabaseProductName());
        equal(15, about.getDatabaseMajorVersion());
        equal("hatidata", c.getCatalog());
        equal("main", c.getSchema());
        equal(true, c.isValid(5));
        equal("agent", about.getUserName());
    }

    static void values_and_nulls_go_both_ways(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(b BOOLEAN, i2 SMALLINT, i INTEGER, l BIGINT, f REAL, d DOUBLE, n DECIMAL(20,4), s VARCHAR, raw BLOB, day DATE, clock TIME, ts TIMESTAMP, tz TIMESTAMPTZ, u UUID, a INTEGER[], words TEXT[])");
        UUID uuid = UUID.fromString("f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        LocalDateTime moment = LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999999000);
        byte[] raw = {0, 1, (byte) 255};
        try (PreparedStatement insert = c.prepareStatement("INSERT INTO " + t + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setBoolean(1, true);
            insert.setShort(2, Short.MIN_VALUE);
            insert.setInt(3, Integer.MAX_VALUE);
            insert.setLong(4, Long.MIN_VALUE);
            insert.setFloat(5, 1.5f);
            insert.setDouble(6, 0.1);
            insert.setBigDecimal(7, new BigDecimal("-1234567890123456.7891"));
            insert.setString(8, "it's 100% \\ \"grün\" \uD83E\uDD86");
            insert.setBytes(9, raw);
            insert.setObject(10, LocalDate.of(1969, 7, 20));
            insert.setObject(11, LocalTime.of(23, 59, 59));
            insert.setObject(12, moment);
            insert.setObject(13, OffsetDateTime.of(2024, 2, 29, 12, 0, 0, 0, ZoneOffset.ofHours(5)));
            insert.setObject(14, uuid);
            insert.setArray(15, c.createArrayOf("int4", new Integer[] {1, null, 3}));
            insert.setArray(16, c.createArrayOf("text", new String[] {"a", "", null, "NULL", "q\"u", "b\\s"}));
            equal(1, insert.executeUpdate());
            int[] kinds = {Types.BOOLEAN, Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.REAL, Types.DOUBLE, Types.NUMERIC, Types.VARCHAR, Types.BINARY, Types.DATE, Types.TIME, Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE, Types.OTHER, Types.ARRAY, Types.ARRAY};
            for (int at = 0; at < kinds.length; at++) insert.setNull(at + 1, kinds[at]);
            equal(1, insert.executeUpdate());
        }
        try (ResultSet rows = c.createStatement().executeQuery("SELECT * FROM " + t + " ORDER BY i")) {
            rows.next();
            equal(true, rows.getBoolean(1));
            equal(Short.MIN_VALUE, rows.getShort(2));
            equal(Integer.MAX_VALUE, rows.getInt(3));
            equal(Long.MIN_VALUE, rows.getLong(4));
            equal(1.5f, rows.getFloat(5));
            equal(0.1, rows.getDouble(6));
            equal(new BigDecimal("-1234567890123456.7891"), rows.getBigDecimal(7));
            equal("it's 100% \\ \"grün\" \uD83E\uDD86", rows.getString(8));
            equal(true, Arrays.equals(raw, rows.getBytes(9)));
            equal(LocalDate.of(1969, 7, 20), rows.getObject(10, LocalDate.class));
            equal(LocalTime.of(23, 59, 59), rows.getObject(11, LocalTime.class));
            equal(moment, rows.getObject(12, LocalDateTime.class));
            equal(OffsetDateTime.of(2024, 2, 29, 7, 0, 0, 0, ZoneOffset.UTC), rows.getObject(13, OffsetDateTime.class).withOffsetSameInstant(ZoneOffset.UTC));
            equal(uuid, rows.getObject(14));
            equal(Arrays.asList(1, null, 3), Arrays.asList((Object[]) rows.getArray(15).getArray()));
            equal(Arrays.asList("a", "", null, "NULL", "q\"u", "b\\s"), Arrays.asList((Object[]) rows.getArray(16).getArray()));
            rows.next();
            for (int at = 1; at <= 16; at++) equal(null, rows.getObject(at));
        }
    }

    static void classes_of_values_follow_their_types(Connection c) throws SQLException {
        try (ResultSet rows = c.createStatement().executeQuery("SELECT 1, 1::BIGINT, 1.5::DOUBLE, 1.5::DECIMAL(4,2), 'x', true, DATE '2024-01-01', TIMESTAMP '2024-01-01', '{\"a\": 1}'::JSON, [1,2], INTERVAL '1 month 2 days'")) {
            rows.next();
            Class<?>[] classes = {Integer.class, Long.class, Double.class, BigDecimal.class, String.class, Boolean.class, java.sql.Date.class, java.sql.Timestamp.class, PGobject.class, Array.class, PGInterval.class};
            for (int at = 0; at < classes.length; at++) equal(true, classes[at].isInstance(rows.getObject(at + 1)));
            equal("{\"a\": 1}", ((PGobject) rows.getObject(9)).getValue());
            equal(1, ((PGInterval) rows.getObject(11)).getMonths());
        }
    }

    static void result_describes_its_columns(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(id INTEGER PRIMARY KEY, price DECIMAL(10,2), name VARCHAR)");
        try (ResultSet rows = c.createStatement().executeQuery("SELECT id, price AS \"Price\", name, id + 1 AS next FROM " + t)) {
            ResultSetMetaData about = rows.getMetaData();
            equal(4, about.getColumnCount());
            equal("Price", about.getColumnLabel(2));
            equal(List.of("int4", "numeric", "text", "int4"), List.of(about.getColumnTypeName(1), about.getColumnTypeName(2), about.getColumnTypeName(3), about.getColumnTypeName(4)));
            equal(List.of(10, 2), List.of(about.getPrecision(2), about.getScale(2)));
            equal(Types.INTEGER, about.getColumnType(1));
        }
    }

    static void fifth_execution_is_binary_and_equal(Connection c) throws SQLException {
        // From the fifth on the driver uses a named statement and asks for binary results.
        String sql = "SELECT ?::INTEGER, ?::BIGINT, ?::DOUBLE, ?::TEXT, DATE '2024-02-29', TIMESTAMP '2024-02-29 01:02:03.456', 12.50::DECIMAL(10,2), [1,2]::BIGINT[], '\\x00\\xFF'::BLOB, true, ?::UUID";
        UUID uuid = new UUID(1, 2);
        List<String> seen = new ArrayList<>();
        try (PreparedStatement select = c.prepareStatement(sql)) {
            for (int n = 0; n < 8; n++) {
                select.setInt(1, 7);
                select.setLong(2, -8);
                select.setDouble(3, 0.1);
                select.setString(4, "ü");
                select.setObject(5, uuid);
                try (ResultSet rows = select.executeQuery()) {
                    rows.next();
                    Object[] longs = (Object[]) rows.getArray(8).getArray();
                    seen.add(List.of(rows.getInt(1), rows.getLong(2), rows.getDouble(3), rows.getString(4), rows.getDate(5), rows.getTimestamp(6), rows.getBigDecimal(7), List.of(longs), rows.getBytes(9).length, rows.getBoolean(10), rows.getObject(11)).toString());
                }
            }
        }
        equal(8, seen.size());
        equal("[7, -8, 0.1, ü, 2024-02-29, 2024-02-29 01:02:03.456, 12.50, [1, 2], 2, true, " + uuid + "]", seen.get(0));
        equal(1, new TreeSet<>(seen).size());
    }

    static void statement_prepared_on_the_server_survives_a_changed_table(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(a INTEGER)", "INSERT INTO " + t + " VALUES (1)");
        try (PreparedStatement select = c.prepareStatement("SELECT a FROM " + t + " WHERE a = ?")) {
            for (int n = 0; n < 10; n++) {
                if (n == 7) run(c, "ALTER TABLE " + t + " ADD COLUMN b INTEGER");
                select.setInt(1, 1);
                equal("[[1]]", rows(select.executeQuery()).toString());
            }
        }
    }

    static void parameters_describe_themselves(Connection c) throws SQLException {
        try (PreparedStatement select = c.prepareStatement("SELECT ?::INTEGER, ?::TEXT, ?::DECIMAL(10,2)")) {
            equal(3, select.getParameterMetaData().getParameterCount());
            equal("int4", select.getParameterMetaData().getParameterTypeName(1));
            equal("numeric", select.getParameterMetaData().getParameterTypeName(3));
        }
    }

    static void batch_is_sent_at_once(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(id INTEGER PRIMARY KEY, s TEXT)");
        try (PreparedStatement insert = c.prepareStatement("INSERT INTO " + t + " VALUES (?, ?)")) {
            for (int n = 0; n < 1000; n++) {
                insert.setInt(1, n);
                insert.setString(2, n % 2 == 0 ? "s" + n : null);
                insert.addBatch();
            }
            equal(1000, Arrays.stream(insert.executeBatch()).sum());
            for (int id : new int[] {2000, 1, 2001}) {
                insert.setInt(1, id);
                insert.setString(2, "x");
                insert.addBatch();
            }
            try {
                insert.executeBatch();
                throw new AssertionError("a key that exists was inserted");
            } catch (BatchUpdateException failed) {
                equal("23505", failed.getSQLState());
            }
        }
        equal("[[1000, 500]]", rows(c, "SELECT count(*), count(s) FROM " + t).toString());
    }

    static void batch_rewritten_into_long_inserts(Connection unused) throws SQLException {
        String t = unique();
        try (Connection c = connect("hatidata", "&reWriteBatchedInserts=true")) {
            run(c, "CREATE TABLE " + t + "(id INTEGER, s TEXT)");
            try (PreparedStatement insert = c.prepareStatement("INSERT INTO " + t + " VALUES (?, ?)")) {
                for (int n = 0; n < 500; n++) {
                    insert.setInt(1, n);
                    insert.setString(2, "s" + n);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            equal("[[500, 124750]]", rows(c, "SELECT count(*), sum(id)::BIGINT FROM " + t).toString());
        }
    }

    static void batch_of_different_statements(Connection c) throws SQLException {
        String t = unique();
        try (Statement batch = c.createStatement()) {
            batch.addBatch("CREATE TABLE " + t + "(a INTEGER)");
            batch.addBatch("INSERT INTO " + t + " VALUES (1), (2)");
            batch.addBatch("UPDATE " + t + " SET a = 3");
            equal("[0, 2, 2]", Arrays.toString(batch.executeBatch()));
        }
    }

    static void generated_keys_are_returned(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(id BIGSERIAL PRIMARY KEY, s TEXT)");
        try (PreparedStatement insert = c.prepareStatement("INSERT INTO " + t + "(s) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
            insert.setString(1, "a");
            insert.executeUpdate();
            ResultSet keys = insert.getGeneratedKeys();
            keys.next();
            equal(1L, keys.getLong("id"));
        }
        try (PreparedStatement insert = c.prepareStatement("INSERT INTO " + t + "(s) VALUES (?)", new String[] {"id"})) {
            for (String s : List.of("b", "c")) {
                insert.setString(1, s);
                insert.addBatch();
            }
            insert.executeBatch();
            equal("[[2], [3]]", rows(insert.getGeneratedKeys()).toString());
        }
    }

    static void identity_columns_give_keys(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(id INTEGER GENERATED BY DEFAULT AS IDENTITY (START WITH 10) PRIMARY KEY, s TEXT)");
        try (Statement insert = c.createStatement()) {
            insert.executeUpdate("INSERT INTO " + t + "(s) VALUES ('a'), ('b')", new String[] {"id"});
            equal("[[10], [11]]", rows(insert.getGeneratedKeys()).toString());
        }
    }

    static void rows_are_fetched_in_parts(Connection c) throws SQLException {
        c.setAutoCommit(false); // without a transaction the driver reads all rows at once
        try (Statement select = c.createStatement()) {
            select.setFetchSize(100);
            try (ResultSet rows = select.executeQuery("SELECT range FROM range(12345)")) {
                long expected = 0;
                while (rows.next()) equal(expected++, rows.getLong(1));
                equal(12345L, expected);
            }
            try (ResultSet rows = select.executeQuery("SELECT range FROM range(100000000000)")) {
                for (long n = 0; n < 1000; n++) {
                    rows.next();
                    equal(n, rows.getLong(1));
                }
            }
        }
        c.commit();
        equal("[[1]]", rows(c, "SELECT 1").toString());
    }

    static void max_rows_and_scrolling(Connection c) throws SQLException {
        try (Statement select = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
            select.setMaxRows(5);
            ResultSet rows = select.executeQuery("SELECT range FROM range(100)");
            rows.last();
            equal(5, rows.getRow());
            rows.absolute(2);
            equal(1, rows.getInt(1));
        }
    }

    static void transactions_are_kept_or_undone(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(a INTEGER PRIMARY KEY)");
        c.setAutoCommit(false);
        run(c, "INSERT INTO " + t + " VALUES (1)");
        c.commit();
        run(c, "INSERT INTO " + t + " VALUES (2)");
        fails("23505", c, "INSERT INTO " + t + " VALUES (1)");
        fails("25P02", c, "SELECT 1");
        c.rollback();
        c.setAutoCommit(true);
        equal("[[1]]", rows(c, "SELECT a FROM " + t).toString());
    }

    static void isolation_and_read_only_can_be_asked_for(Connection c) throws SQLException {
        for (int level : new int[] {Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE}) {
            c.setTransactionIsolation(level);
            equal("[[1]]", rows(c, "SELECT 1").toString());
        }
        c.setReadOnly(true);
        c.setAutoCommit(false);
        fails("25006", c, "CREATE TABLE " + unique() + "(a INTEGER)");
        c.rollback();
    }

    static void savepoint_without_changes_behind_it_is_released(Connection c) throws SQLException {
        c.setAutoCommit(false);
        c.releaseSavepoint(c.setSavepoint());
        equal("[[1]]", rows(c, "SELECT 1").toString());
        c.commit();
    }

    static void errors_have_state_position_and_hint(Connection c) throws SQLException {
        try {
            rows(c, "SELECT nosuch FROM (SELECT 1 AS a) AS t");
            throw new AssertionError("no error");
        } catch (org.postgresql.util.PSQLException error) {
            equal("42703", error.getSQLState());
            equal(8, error.getServerErrorMessage().getPosition());
            equal(true, error.getServerErrorMessage().getHint() != null);
        }
        fails("42P01", c, "SELECT * FROM nosuch");
        fails("42601", c, "SELEC 1");
        fails("22P02", c, "SELECT 'x'::INTEGER");
        equal("[[1]]", rows(c, "SELECT 1").toString());
    }

    static void warnings_are_collected(Connection c) throws SQLException {
        try (Statement statement = c.createStatement()) {
            statement.execute("COMMIT");
            equal("25P01", statement.getWarnings().getSQLState());
        }
    }

    static void statement_is_cancelled_by_its_timeout(Connection c) throws SQLException {
        try (Statement slow = c.createStatement()) {
            slow.setQueryTimeout(1);
            slow.executeQuery("SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3");
            throw new AssertionError("it ended");
        } catch (SQLException error) {
            equal("57014", error.getSQLState());
        }
        equal("[[1]]", rows(c, "SELECT 1").toString());
    }

    static void several_results_of_one_statement(Connection c) throws SQLException {
        try (Statement statement = c.createStatement()) {
            equal(true, statement.execute("SELECT 1; SELECT 'b'"));
            equal("[[1]]", rows(statement.getResultSet()).toString());
            equal(true, statement.getMoreResults());
            equal("[[b]]", rows(statement.getResultSet()).toString());
        }
    }

    static void escapes_of_jdbc(Connection c) throws SQLException {
        equal("[[2024-02-29, ABC, 3]]", rows(c, "SELECT {d '2024-02-29'}, {fn ucase('abc')}, {fn length('abc')}").toString());
    }

    static void copy_manager_loads_and_unloads(Connection c) throws Exception {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(id INTEGER, s TEXT, n DECIMAL(10,2))");
        CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
        equal(3L, copy.copyIn("COPY " + t + " FROM STDIN", new StringReader("1\ta\t1.50\n2\t\\N\t\\N\n3\tt\\tab\t0\n")));
        equal(2L, copy.copyIn("COPY " + t + "(id, s) FROM STDIN WITH (FORMAT csv, HEADER)", new StringReader("id,s\n4,\"x,y\"\n5,\n")));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        equal(5L, copy.copyOut("COPY (SELECT * FROM " + t + " ORDER BY id) TO STDOUT WITH (FORMAT csv)", out));
        equal("1,a,1.50\n2,,\n3,t\tab,0.00\n4,\"x,y\",\n5,,\n", out.toString(StandardCharsets.UTF_8));
        try {
            copy.copyIn("COPY " + t + "(id) FROM STDIN", new StringReader("6\nseven\n"));
            throw new AssertionError("a word went into an integer column");
        } catch (SQLException error) {
            equal("22P02", error.getSQLState());
        }
        equal("[[5]]", rows(c, "SELECT count(*) FROM " + t).toString());
    }

    static void notifications_arrive(Connection c) throws SQLException {
        String channel = unique();
        run(c, "LISTEN " + channel);
        try (Connection other = connect("hatidata", "")) {
            run(other, "NOTIFY " + channel + ", 'hello'");
        }
        var heard = c.unwrap(PGConnection.class).getNotifications(5000);
        equal("hello", heard[0].getParameter());
    }

    static void schemas_catalogs_and_types_are_listed(Connection c) throws SQLException {
        DatabaseMetaData about = c.getMetaData();
        String schema = unique("shop");
        run(c, "CREATE SCHEMA " + schema);
        List<List<Object>> schemas = rows(about.getSchemas());
        equal(true, schemas.stream().anyMatch(row -> row.get(0).equals("main")));
        equal(true, schemas.stream().anyMatch(row -> row.get(0).equals(schema)));
        equal(false, schemas.stream().anyMatch(row -> row.get(0).toString().startsWith("_hatidata")));
        equal(List.of(List.of("hatidata")), rows(about.getCatalogs()));
        Map<String, Integer> types = new LinkedHashMap<>();
        try (ResultSet rows = about.getTypeInfo()) {
            while (rows.next()) types.put(rows.getString("TYPE_NAME"), rows.getInt("DATA_TYPE"));
        }
        equal(List.of(Types.INTEGER, Types.BIGINT, Types.VARCHAR, Types.TIMESTAMP, Types.NUMERIC), List.of(types.get("int4"), types.get("int8"), types.get("text"), types.get("timestamp"), types.get("numeric")));
        equal(true, rows(about.getTableTypes()).contains(List.of("TABLE")));
    }

    static void tables_and_views_are_listed(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(a INTEGER)", "CREATE VIEW " + t + "_v AS SELECT * FROM " + t);
        List<String> found = new ArrayList<>();
        try (ResultSet rows = c.getMetaData().getTables(null, "main", t + "%", new String[] {"TABLE", "VIEW"})) {
            while (rows.next()) found.add(rows.getString("TABLE_SCHEM") + "." + rows.getString("TABLE_NAME") + " " + rows.getString("TABLE_TYPE"));
        }
        equal(List.of("main." + t + " TABLE", "main." + t + "_v VIEW"), found);
        equal(List.of(), rows(c.getMetaData().getTables(null, null, "_hatidata%", null)));
    }

    static void columns_are_listed(Connection c) throws SQLException {
        String t = unique();
        run(c, "CREATE TABLE " + t + "(id SERIAL PRIMARY KEY, name VARCHAR NOT NULL, price DECIMAL(10,2) DEFAULT 1.5, tags TEXT[], moment TIMESTAMPTZ)");
        List<List<Object>> found = new ArrayList<>();
        try (ResultSet rows = c.getMetaData().getColumns(null, "main", t, "%")) {
            while (rows.next()) found.add(Arrays.asList(rows.getString("COLUMN_NAME"), rows.getString("TYPE_NAME"), rows.getInt("DATA_TYPE"), rows.getInt("ORDINAL_POSITION"), rows.getString("IS_NULLABLE"), rows.getString("IS_AUTOINCREMENT")));
        }
        equal(List.of(
                Arrays.asList("id", "serial", Types.INTEGER, 1, "NO", "YES"),
                Arrays.asList("name", "text", Types.VARCHAR, 2, "NO", "NO"),
                Arrays.asList("price", "numeric", Types.NUMERIC, 3, "YES", "NO"),
                Arrays.asList("tags", "_text", Types.ARRAY, 4, "YES", "NO"),
                Arrays.asList("moment", "timestamptz", Types.TIMESTAMP, 5, "YES", "NO")), found);
        try (ResultSet rows = c.getMetaData().getColumns(null, "main", t, "price")) {
            rows.next();
            equal(List.of(10, 2), List.of(rows.getInt("COLUMN_SIZE"), rows.getInt("DECIMAL_DIGITS")));
            equal(true, rows.getString("COLUMN_DEF").contains("1.5"));
        }
    }

    static void keys_and_indexes_are_listed(Connection c) throws SQLException {
        String parent = unique("parent"), child = unique("child");
        run(c, "CREATE TABLE " + parent + "(a INTEGER, b INTEGER, PRIMARY KEY (b, a))",
                "CREATE TABLE " + child + "(id INTEGER PRIMARY KEY, x INTEGER, y INTEGER, name TEXT UNIQUE, FOREIGN KEY (x, y) REFERENCES " + parent + "(b, a))",
                "CREATE INDEX " + child + "_y ON " + child + "(y)");
        DatabaseMetaData about = c.getMetaData();
        Map<String, Integer> key = new LinkedHashMap<>();
        try (ResultSet rows = about.getPrimaryKeys(null, "main", parent)) {
            while (rows.next()) key.put(rows.getString("COLUMN_NAME"), rows.getInt("KEY_SEQ"));
        }
        equal(Map.of("b", 1, "a", 2), key);
        for (ResultSet rows : List.of(about.getImportedKeys(null, "main", child), about.getExportedKeys(null, "main", parent), about.getCrossReference(null, "main", parent, null, "main", child))) {
            List<String> found = new ArrayList<>();
            while (rows.next()) found.add(rows.getString("FKTABLE_NAME") + "." + rows.getString("FKCOLUMN_NAME") + "→" + rows.getString("PKTABLE_NAME") + "." + rows.getString("PKCOLUMN_NAME") + " " + rows.getInt("KEY_SEQ"));
            equal(List.of(child + ".x→" + parent + ".b 1", child + ".y→" + parent + ".a 2"), found);
        }
        List<String> indexes = new ArrayList<>();
        try (ResultSet rows = about.getIndexInfo(null, "main", child, false, false)) {
            while (rows.next()) indexes.add(rows.getString("COLUMN_NAME") + (rows.getBoolean("NON_UNIQUE") ? "" : " unique"));
        }
        equal(List.of("id unique", "name unique", "y"), indexes.stream().sorted().toList());
        try (ResultSet rows = about.getBestRowIdentifier(null, "main", child, DatabaseMetaData.bestRowSession, false)) {
            rows.next();
            equal("id", rows.getString("COLUMN_NAME"));
        }
    }

    static void the_rest_of_the_metadata_calls_run(Connection c) throws SQLException {
        DatabaseMetaData about = c.getMetaData();
        rows(about.getFunctions(null, null, "%"));
        rows(about.getProcedures(null, null, "%"));
        rows(about.getTablePrivileges(null, "main", "%"));
        rows(about.getColumnPrivileges(null, "main", "nosuch", "%"));
        rows(about.getUDTs(null, null, "%", null));
        rows(about.getClientInfoProperties());
        equal(true, about.getSQLKeywords() != null);
        equal(true, about.getMaxColumnNameLength() >= 63);
    }

    static void branch_shows_its_own_tables(Connection c) throws SQLException {
        String t = unique(), name = unique("what-if");
        run(c, "CREATE TABLE " + t + "(a INTEGER)", "SELECT branch_create('" + name + "')");
        try (Connection branch = connect("hatidata%2F" + name, "")) {
            run(branch, "ALTER TABLE " + t + " ADD COLUMN b TEXT", "CREATE TABLE " + t + "_new(a INTEGER)");
            equal(2, rows(branch.getMetaData().getColumns(null, null, t, "%")).size());
            equal(2, rows(branch.getMetaData().getTables(null, null, t + "%", null)).size());
        }
        equal(1, rows(c.getMetaData().getColumns(null, null, t, "%")).size());
        equal(1, rows(c.getMetaData().getTables(null, null, t + "%", null)).size());
    }

    // -- helpers -------------------------------------------------------------------------------------------

    private static String unique() {
        return unique("t");
    }

    private static String unique(String prefix) {
        return prefix + "_" + UUID.randomUUID().toString().replace("-", "").substring(0, 10);
    }

    private static void run(Connection c, String... statements) throws SQLException {
        for (String sql : statements) {
            try (Statement statement = c.createStatement()) {
                statement.execute(sql);
            }
        }
    }

    private static List<List<Object>> rows(Connection c, String sql) throws SQLException {
        try (Statement statement = c.createStatement()) {
            return rows(statement.executeQuery(sql));
        }
    }

    private static List<List<Object>> rows(ResultSet result) throws SQLException {
        List<List<Object>> all = new ArrayList<>();
        int width = result.getMetaData().getColumnCount();
        while (result.next()) {
            List<Object> row = new ArrayList<>();
            for (int at = 1; at <= width; at++) row.add(result.getObject(at));
            all.add(row);
        }
        result.close();
        return all;
    }

    private static void fails(String state, Connection c, String sql) {
        try {
            run(c, sql);
        } catch (SQLException error) {
            equal(state, error.getSQLState());
            return;
        }
        throw new AssertionError("no error: " + sql);
    }

    private static void equal(Object expected, Object got) {
        if (!java.util.Objects.equals(expected, got)) throw new AssertionError("expected " + expected + ", got " + got);
    }
}
