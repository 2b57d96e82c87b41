//! What people read where somebody went past missing approvals: loud, and first.

use super::escape::{code, text};
use crate::gate::BrokenGlass;
use crate::words::{count, join};

/// The commit's trailer.
const TRAILER: &str = "Rollback-Break-Glass: ";
/// How many of the missing gates are named.
const NAMED: usize = 12;

/// Returns the alert for the top of a page.
pub(super) fn alert(glass: &BrokenGlass) -> String {
    format!(
        "> [!CAUTION]\n> **Break glass: {} went past {}.** Their reason: {}\n> Missing: {}. Have them reviewed after the fact.",
        code(glass.by.as_str(), 100),
        count(glass.missing.len() as u64, "missing approval"),
        text(&glass.reason.split_whitespace().collect::<Vec<_>>().join(" "), 600),
        missing(glass, |name| code(name, 120)),
    )
}

/// Returns the task that stays until the missing approvals are made up for.
pub fn task(glass: &BrokenGlass) -> String {
    format!(
        "have what was missing reviewed after the fact: {}. {} went past it with the reason: {}",
        missing(glass, |name| format!("`{name}`")),
        glass.by,
        glass.reason.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

/// Returns the trailer of the rollback commit, which carries it on when the run is gone.
pub(super) fn trailer(glass: &BrokenGlass) -> String {
    format!("{TRAILER}{}\n", glass.by)
}

/// Returns who the trailer of a rollback commit says broke the glass.
pub fn broken_glass_in(message: &str) -> Option<String> {
    let trailers = message.trim_end().rsplit("\n\n").next()?;
    trailers.lines().find_map(|line| line.strip_prefix(TRAILER)).map(|by| by.trim().to_owned())
}

fn missing(glass: &BrokenGlass, name: impl Fn(&str) -> String) -> String {
    let mut names: Vec<String> = Vec::new();
    for reason in &glass.missing {
        let named = if reason.environment.is_empty() { "enough different people".to_owned() } else { name(&reason.environment) };
        if !names.contains(&named) {
            names.push(named);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    names.extend((more > 0).then(|| count(more as u64, "other")));
    join(&names, "and")
}
