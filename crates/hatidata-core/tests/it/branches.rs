//! Branches through the core alone: what the doors rely on.

use crate::{Place, run};

#[test]
fn two_branches_and_main_keep_their_own_rows_until_a_merge() {
    let place = Place::open();
    let mut s = place.session("a");
    run(&mut s, "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (1, 10), (2, 20)").unwrap();
    run(&mut s, "SELECT branch_create('x'); SELECT branch_create('y')").unwrap();
    run(&mut s, "SELECT branch_query('x', 'UPDATE t SET v = 11 WHERE id = 1')").unwrap();
    run(&mut s, "SELECT branch_query('y', 'DELETE FROM t WHERE id = 2')").unwrap();
    run(&mut s, "INSERT INTO t VALUES (3, 30)").unwrap();
    let rows = |s: &mut hatidata_core::Session, branch: &str| {
        run(s, &format!("SELECT branch_query('{branch}', 'SELECT id, v FROM t ORDER BY id')")).unwrap()
    };
    assert_eq!(rows(&mut s, "x"), [["1", "11"], ["2", "20"]]);
    assert_eq!(rows(&mut s, "y"), [["1", "10"]]);
    assert_eq!(run(&mut s, "SELECT id, v FROM t ORDER BY id").unwrap(), [["1", "10"], ["2", "20"], ["3", "30"]]);
    run(&mut s, "SELECT branch_merge('x')").unwrap();
    assert_eq!(rows(&mut s, "y"), [["1", "10"]]);
    run(&mut s, "SELECT branch_merge('y')").unwrap();
    assert_eq!(run(&mut s, "SELECT id, v FROM t ORDER BY id").unwrap(), [["1", "11"], ["3", "30"]]);
}

#[test]
fn a_fork_during_an_open_writer_sees_the_committed_rows() {
    let place = Place::open();
    let (mut writer, mut other) = (place.session("w"), place.session("o"));
    run(&mut writer, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)").unwrap();
    run(&mut writer, "BEGIN; UPDATE t SET a = 2").unwrap();
    run(&mut other, "SELECT branch_create('b')").unwrap();
    run(&mut writer, "COMMIT").unwrap();
    assert_eq!(run(&mut other, "SELECT branch_query('b', 'SELECT a FROM t')").unwrap(), [["1"]]);
    assert_eq!(run(&mut other, "SELECT a FROM t").unwrap(), [["2"]]);
}

#[test]
fn a_statement_that_cannot_be_followed_is_refused_in_a_branch() {
    let place = Place::open();
    let mut s = place.session("a");
    run(&mut s, "CREATE TABLE t (a INTEGER); SELECT branch_create('b'); SET hatidata_branch = 'b'").unwrap();
    for sql in [
        "SELECT * FROM query('SELECT * FROM t')",
        "SELECT * FROM query_table('t')",
        "CREATE SEQUENCE s",
        "PRAGMA table_info('t')",
    ] {
        assert_eq!(run(&mut s, sql).unwrap_err().sqlstate, "0A000", "{sql}");
    }
    for sql in ["SELECT * FROM _hatidata_branches.branches", "DROP TABLE \"_hatidata_audit\".operations"] {
        assert_eq!(run(&mut s, sql).unwrap_err().sqlstate, "42P01", "{sql}");
    }
}

#[test]
fn an_altered_schema_dropped_after_a_checkpoint_survives_a_crash() {
    let place = Place::open();
    let mut s = place.session("a");
    run(&mut s, "CREATE SCHEMA s; CREATE TABLE s.t (a INTEGER); ALTER TABLE s.t ADD COLUMN b INTEGER").unwrap();
    run(&mut s, "CREATE TABLE kept (a INTEGER); INSERT INTO kept VALUES (1)").unwrap();
    run(&mut s, "FORCE CHECKPOINT").unwrap();
    run(&mut s, "DROP SCHEMA s CASCADE").unwrap();
    // What a crash leaves behind: the file and its log as they are now.
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("hatidata.duckdb");
    std::fs::copy(place.file(), &copy).unwrap();
    std::fs::copy(place.file().with_extension("duckdb.wal"), copy.with_extension("duckdb.wal")).unwrap();
    let platform = hatidata_core::Platform::open(Some(&copy), &Default::default()).unwrap();
    let copied = Place { platform, folder };
    let mut s = copied.session("a");
    assert_eq!(run(&mut s, "SELECT a FROM kept").unwrap(), [["1"]]);
    assert_eq!(run(&mut s, "SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 's'").unwrap(), [["0"]]);
}
