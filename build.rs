//! Leaves out of the released program what nothing there can use, so that a runner downloads less at the worst hour.

use std::env;
use std::path::Path;

/// Unwind tables, an eighth of the program: it aborts on a panic, so nothing unwinds, and it is stripped, so a backtrace would
/// name nothing. No stable profile setting leaves them out.
const WITHOUT_UNWIND_TABLES: &str =
    "SECTIONS { /DISCARD/ : { *(.eh_frame .eh_frame_hdr .gcc_except_table .gcc_except_table.*) } } INSERT AFTER .text;\n";

#[expect(clippy::disallowed_methods, reason = "cargo hands a build script its facts in the environment")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let of = |name: &str| env::var(name).unwrap_or_default();
    // The linker that comes with Rust for this target knows both requests; another one may not.
    let flags = of("CARGO_ENCODED_RUSTFLAGS");
    let is_linker_told = flags.split('\x1f').any(|flag| flag.trim_start_matches("-C").starts_with("link"));
    let is_own_linker = of("RUSTC_LINKER").is_empty() && !is_linker_told;
    if of("PROFILE") == "release" && of("TARGET") == "x86_64-unknown-linux-gnu" && is_own_linker {
        let script = Path::new(&of("OUT_DIR")).join("without-unwind-tables.ld");
        std::fs::write(&script, WITHOUT_UNWIND_TABLES).expect("a build script may write into its own directory");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
        // Functions of the same machine code become one.
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        // At a fixed address there is nothing to relocate: a thirtieth less to download, and less to do at every start.
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
