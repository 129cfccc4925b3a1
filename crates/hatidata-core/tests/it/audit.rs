//! Every operation leaves a record; a change's record is in the change's own transaction.

use crate::{Place, run};

fn records(place: &Place, condition: &str) -> Vec<Vec<String>> {
    let mut session = place.session("auditor");
    // Records of reads and failures are written in groups.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let sql = format!(
        "SELECT operation, outcome, agent_id, tables, row_count FROM _hatidata_audit WHERE {condition} ORDER BY started_at"
    );
    run(&mut session, &sql).unwrap()
}

#[test]
fn reads_changes_failures_and_operations_are_recorded() {
    let place = Place::open();
    let mut session = place.session("agent-7");
    run(&mut session, "CREATE TABLE t (a INTEGER)").unwrap();
    run(&mut session, "INSERT INTO t VALUES (1), (2)").unwrap();
    run(&mut session, "SELECT * FROM t").unwrap();
    run(&mut session, "SELECT * FROM nosuch").unwrap_err();
    run(&mut session, "SELECT branch_create('b')").unwrap();
    let all = records(&place, "agent_id = 'agent-7'");
    let short: Vec<String> = all.iter().map(|row| row.join(" ")).collect();
    assert_eq!(
        short,
        [
            "query.run ok agent-7 t! 0",
            "query.run ok agent-7 t! 2",
            "query.run ok agent-7 t 2",
            "query.run error agent-7 nosuch 0",
            "branch.create ok agent-7  0",
        ]
    );
}

#[test]
fn a_changes_record_commits_and_rolls_back_with_it() {
    let place = Place::open();
    let mut session = place.session("a");
    run(&mut session, "CREATE TABLE t (a INTEGER)").unwrap();
    run(&mut session, "BEGIN; INSERT INTO t VALUES (1); ROLLBACK").unwrap();
    run(&mut session, "BEGIN; INSERT INTO t VALUES (2); COMMIT").unwrap();
    let of =
        |outcome: &str| records(&place, &format!("statement LIKE 'INSERT INTO t VALUES%' AND outcome = '{outcome}'"));
    assert_eq!((of("ok").len(), of("rolled_back").len()), (1, 1));
    assert_eq!(run(&mut session, "SELECT a FROM t").unwrap(), [["2"]]);
}

#[test]
fn a_record_is_there_after_the_file_is_opened_again() {
    let place = Place::open();
    let mut session = place.session("a");
    run(&mut session, "CREATE TABLE t (a INTEGER)").unwrap();
    run(&mut session, "SELECT 42").unwrap();
    drop(session);
    let (folder, file) = {
        let file = place.file();
        let Place { platform, folder } = place;
        platform.shut_down();
        drop(platform);
        (folder, file)
    };
    let platform = hatidata_core::Platform::open(Some(&file), &Default::default()).unwrap();
    let place = Place { platform, folder };
    assert_eq!(records(&place, "statement = 'SELECT 42'").len(), 1);
}
