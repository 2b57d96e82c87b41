//! What the tests count, for the table of `docs/reliability.md`.

use std::io::Write as _;
use std::path::Path;

/// Adds to a figure: what was tried, of which kind, how often. Where the caller names no directory it goes nowhere.
#[expect(clippy::disallowed_methods, reason = "the test run is told where by its caller")]
pub(crate) fn figure(what: &str, kind: &str, count: usize) {
    let Ok(directory) = std::env::var("ROLLBACK_TEST_FIGURES") else { return };
    let path = Path::new(&directory).join(format!("tests-{}.tsv", std::process::id()));
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    // One write, so that the lines of tests that run at once stay whole.
    file.write_all(format!("{what}\t{kind}\t{count}\n").as_bytes()).unwrap();
}

/// The same, of the kind that the running test is.
pub(crate) fn figure_of_test(what: &str, count: usize) {
    let thread = std::thread::current();
    figure(what, thread.name().unwrap_or_default(), count);
}
