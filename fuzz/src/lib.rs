//! What the targets share: reading an input, and a plan to work on.

use std::borrow::Cow;
use std::sync::OnceLock;

use rollback_action::plan::Plan;

/// Between the parts of an input, on a line of its own.
const BETWEEN: &str = "\n%%\n";

/// Returns an input as text; bytes that are no UTF-8 become the sign for them.
pub fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Returns the first `N` parts of an input; those that are not there are empty.
pub fn parts<const N: usize>(text: &str) -> [&str; N] {
    let mut parts = text.splitn(N, BETWEEN);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Returns an input's files: `path`, line end, text, and the next after a line `%%`.
pub fn files(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(BETWEEN).map(|part| part.split_once('\n').unwrap_or((part, "")))
}

/// Returns the procedure's own example, v0.0.12 → v0.1.0 → 0.0.13.
pub fn example_plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| Plan::from_document(include_str!("../seeds/plan/example.json")).expect("the seed is a whole plan"))
}

/// Asserts that the runner would see no command in what is printed, that nothing is hidden and nothing turned around.
pub fn assert_tame(printed: &str) {
    for line in printed.lines() {
        assert!(!line.trim_start().starts_with("::"), "a command: {line:?}");
        assert!(!line.contains("##["), "a command: {line:?}");
    }
    let hidden = printed
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    assert_eq!(hidden, None, "{printed:?}");
}
