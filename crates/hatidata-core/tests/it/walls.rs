//! What each crate must not be able to do, read off the dependency tree.

use std::process::Command;

fn tree(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_sql_crate_links_no_duckdb_and_depends_on_nothing() {
    let tree = tree(&["--package", "hatidata-sql"]);
    assert!(!tree.contains("duckdb"), "{tree}");
    assert!(!tree.contains("hatidata-engine") && !tree.contains("tokio"), "{tree}");
}

#[test]
fn the_engine_knows_no_other_crate_of_ours() {
    let tree = tree(&["--package", "hatidata-engine"]);
    assert!(tree.contains("libduckdb-sys"), "{tree}");
    assert!(!tree.contains("hatidata-core") && !tree.contains("hatidata-sql"), "{tree}");
}

#[test]
fn the_core_has_no_sockets_and_no_flags() {
    let tree = tree(&["--package", "hatidata-core"]);
    assert!(!tree.contains("tokio") && !tree.contains("clap"), "{tree}");
}

#[test]
fn the_server_cannot_name_the_engine() {
    let direct = tree(&["--package", "hatidata-server", "--depth", "1"]);
    assert!(direct.contains("hatidata-core"), "{direct}");
    for forbidden in ["hatidata-engine", "hatidata-sql", "duckdb"] {
        assert!(!direct.contains(forbidden), "{forbidden} in {direct}");
    }
}
