//! Whether a workflow would take a tag for a release: its `on:` and GitHub's filter patterns.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet>

use serde_yaml::Value;

/// Tells whether pushing this tag starts the workflow as a release's tag does. A file that cannot be read starts nothing.
///
/// A workflow that runs on any push does so only where it asks for tags itself; `on: release` needs a release, not a tag.
pub(super) fn releases_tag(workflow: &str, tag: &str) -> bool {
    let Ok(file) = serde_yaml::from_str::<Value>(workflow) else { return false };
    let Some(on) = file.get("on") else { return false };
    let asks_for_tags = workflow.contains("refs/tags") || workflow.contains("ref_type");
    let named = |event: &str| match on {
        Value::String(one) => one == event,
        Value::Sequence(many) => many.iter().any(|one| one.as_str() == Some(event)),
        Value::Mapping(_) => on.get(event).is_some(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Tagged(_) => false,
    };
    if named("create") && asks_for_tags {
        return true;
    }
    if !named("push") {
        return false;
    }
    let patterns = |key: &str| {
        let listed = on.get("push").and_then(|push| push.get(key))?;
        let all = listed.as_sequence().map_or_else(|| vec![listed.clone()], Clone::clone);
        Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())
    };
    match (patterns("tags"), patterns("tags-ignore")) {
        (Some(tags), _) => takes(&tags, tag),
        (None, Some(ignored)) => asks_for_tags && !takes(&ignored, tag),
        // With a filter for branches alone, tags start nothing.
        (None, None) => asks_for_tags && patterns("branches").is_none() && patterns("branches-ignore").is_none(),
    }
}

/// The last pattern that matches decides; one with `!` in front takes away.
fn takes(patterns: &[String], tag: &str) -> bool {
    let tag: Vec<char> = tag.chars().collect();
    patterns.iter().fold(false, |taken, pattern| match pattern.strip_prefix('!') {
        Some(pattern) => taken && !matches(&parse(pattern), &tag),
        None => taken || matches(&parse(pattern), &tag),
    })
}

/// One piece of a pattern, and how often it stands there.
#[derive(Debug, Clone)]
struct Piece {
    /// The characters it takes; `None` for any but `/`, or any at all.
    set: Set,
    /// At least so many times.
    least: usize,
    /// Whether more are taken.
    more: bool,
    /// At most once where not more.
    most: usize,
}

#[derive(Debug, Clone)]
enum Set {
    Any,
    AnyButSlash,
    These(Vec<(char, char)>),
}

impl Set {
    fn has(&self, c: char) -> bool {
        match self {
            Self::Any => true,
            Self::AnyButSlash => c != '/',
            Self::These(ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)),
        }
    }
}

/// `*`, `**`, `?` (the character before, or none), `+` (one or more of it), `[0-9a]` and `\` before any of these.
fn parse(pattern: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let once = |set: Set| Piece { set, least: 1, more: false, most: 1 };
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                let set = if chars.next_if_eq(&'*').is_some() { Set::Any } else { Set::AnyButSlash };
                pieces.push(Piece { set, least: 0, more: true, most: usize::MAX });
            }
            '?' => pieces.iter_mut().rev().take(1).for_each(|piece| piece.least = 0),
            '+' => pieces.iter_mut().rev().take(1).for_each(|piece| (piece.more, piece.most) = (true, usize::MAX)),
            '[' => {
                let inside: Vec<char> = chars.by_ref().take_while(|c| *c != ']').collect();
                let mut ranges = Vec::new();
                let mut rest = inside.as_slice();
                while let [first, ..] = rest {
                    match rest {
                        [from, '-', to, ..] => {
                            ranges.push((*from, *to));
                            rest = rest.get(3..).unwrap_or_default();
                        }
                        _ => {
                            ranges.push((*first, *first));
                            rest = rest.get(1..).unwrap_or_default();
                        }
                    }
                }
                pieces.push(once(Set::These(ranges)));
            }
            '\\' => pieces.extend(chars.next().map(|c| once(Set::These(vec![(c, c)])))),
            c => pieces.push(once(Set::These(vec![(c, c)]))),
        }
    }
    pieces
}

/// Keeps the places in the text that the pieces so far can reach, so that no pattern takes long.
fn matches(pieces: &[Piece], text: &[char]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for piece in pieces {
        let mut next = vec![false; text.len() + 1];
        for from in (0..=text.len()).filter(|at| reached[*at]) {
            let run = text[from..].iter().take_while(|c| piece.set.has(**c)).count();
            let most = if piece.more { run } else { run.min(piece.most) };
            if most >= piece.least {
                (piece.least..=most).for_each(|taken| next[from + taken] = true);
            }
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(on: &str, tag: &str, wanted: bool) {
        assert_eq!(releases_tag(&format!("on:\n{on}jobs: {{}}\n"), tag), wanted, "{on} {tag}");
    }

    #[test]
    fn a_filter_takes_the_tags_that_github_says_it_takes() {
        for (pattern, tag, wanted) in [
            ("v*", "v0.0.13-rollback", true),
            ("v[0-9]+.[0-9]+.[0-9]+", "v0.0.13", true),
            ("v[0-9]+.[0-9]+.[0-9]+", "v0.0.13-rollback", false),
            ("v[0-9]+.[0-9]+.[0-9]+*", "v0.0.13-rollback", true),
            ("*", "pkg/v1.0.1-rollback", false),
            ("**", "pkg/v1.0.1-rollback", true),
            ("v1.?.0", "v1..0", true),
            ("v1.9?.0", "v1.9.0", true),
            ("v1.9?.0", "v1.8.0", false),
            ("release-*", "v0.0.13-rollback", false),
            ("core@[12].*", "core@1.0.1-rollback", true),
        ] {
            check(&format!("  push: {{ tags: ['{pattern}'] }}\n"), tag, wanted);
        }
    }

    #[test]
    fn the_last_pattern_decides() {
        check("  push: { tags: ['v*', '!*-rollback'] }\n", "v0.0.13-rollback", false);
        check("  push: { tags: ['!*-rollback', 'v*'] }\n", "v0.0.13-rollback", true);
    }

    #[test]
    fn other_events_take_a_tag_for_a_release_only_where_they_ask_for_one() {
        let marker = "v0.0.13-rollback";
        check("  push: { branches: [main] }\n", marker, false);
        check("  push:\n  pull_request:\n", marker, false);
        check("  release: { types: [published] }\n", marker, false);
        check("  create:\n", marker, false);
        let publishes = "jobs: { publish: { if: \"startsWith(github.ref, 'refs/tags/')\" } }\n";
        assert!(releases_tag(&format!("on: push\n{publishes}"), marker));
        assert!(releases_tag(&format!("on: [push, pull_request]\n{publishes}"), marker));
        assert!(releases_tag(&format!("on: create\n{publishes}"), marker));
        assert!(!releases_tag(&format!("on: {{ push: {{ tags-ignore: ['*-rollback'] }} }}\n{publishes}"), marker));
        assert!(!releases_tag(&format!("on: {{ push: {{ branches: [main] }} }}\n{publishes}"), marker));
        assert!(!releases_tag("on: [\n", marker));
    }
}
