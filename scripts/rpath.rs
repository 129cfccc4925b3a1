//! Build script shared by the crates whose binaries or tests link DuckDB: writes the real folder of the
//! library into them, so that they start from anywhere and survive a moved checkout.
#![allow(clippy::print_stdout)] // cargo reads a build script's instructions from standard output
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    println!("cargo:rerun-if-changed=../../scripts/rpath.rs");
    let Some(dir) = env::var_os("DUCKDB_LIB_DIR") else {
        return; // built from source (`bundled`) or found by the linker itself
    };
    match fs::canonicalize(&dir) {
        Ok(real) => println!("cargo:rustc-link-arg=-Wl,-rpath,{}", real.display()),
        Err(why) => {
            println!("cargo:warning=the DuckDB library is missing ({}: {why}); run scripts/fetch-duckdb", dir.display())
        }
    }
}
