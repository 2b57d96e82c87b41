//! What differs between two texts, as a unified difference with three lines around each change.

use std::fmt::Write as _;

/// Lines shown around a change.
const AROUND: usize = 3;
/// Longer texts are not compared line by line.
const LONGEST: usize = 4000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Same(&'t str),
    Old(&'t str),
    New(&'t str),
}

/// Returns the difference from `old` to `new`, empty where there is none.
pub fn difference(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut text = format!("--- {path}\n+++ {path} as `init` would write it\n");
    if before.len().max(after.len()) > LONGEST {
        text.push_str("(too long to compare)\n");
        return text;
    }
    let lines = compared(&before, &after);
    if lines.iter().all(|line| matches!(line, Line::Same(_))) {
        text.push_str("(only line ends differ)\n");
        return text;
    }
    let (mut old_line, mut new_line) = (1, 1);
    let mut at = 0;
    while at < lines.len() {
        let Some(next) = lines.iter().skip(at).position(|line| !matches!(line, Line::Same(_))).map(|skip| at + skip) else { break };
        let start = next.saturating_sub(AROUND).max(at);
        let end = hunk_end(&lines, next);
        let skipped = start - at;
        (old_line, new_line) = (old_line + skipped, new_line + skipped);
        let hunk = lines.get(start..end).unwrap_or_default();
        let count = |wanted: fn(&Line<'_>) -> bool| hunk.iter().filter(|line| wanted(line)).count();
        let (olds, news) = (count(|line| !matches!(line, Line::New(_))), count(|line| !matches!(line, Line::Old(_))));
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "@@ -{old_line},{olds} +{new_line},{news} @@");
        for line in hunk {
            let _ = match line {
                Line::Same(line) => writeln!(text, " {line}"),
                Line::Old(line) => writeln!(text, "-{line}"),
                Line::New(line) => writeln!(text, "+{line}"),
            };
        }
        (old_line, new_line) = (old_line + olds, new_line + news);
        at = end;
    }
    text
}

/// A hunk ends where twice the context is the same, or at the end.
fn hunk_end(lines: &[Line<'_>], from: usize) -> usize {
    let mut last = from;
    for (at, line) in lines.iter().enumerate().skip(from) {
        if !matches!(line, Line::Same(_)) {
            last = at;
        } else if at > last + 2 * AROUND {
            break;
        }
    }
    (last + 1 + AROUND).min(lines.len())
}

/// The longest common subsequence, by a table.
fn compared<'t>(before: &[&'t str], after: &[&'t str]) -> Vec<Line<'t>> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) = (before.get(start..).unwrap_or_default(), after.get(start..).unwrap_or_default());
    let wide = new.len() + 1;
    let mut table = vec![0u32; (old.len() + 1) * wide];
    let get = |table: &[u32], i: usize, j: usize| table.get(i * wide + j).copied().unwrap_or(0);
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let longest = match old.get(i) == new.get(j) {
                true => get(&table, i + 1, j + 1) + 1,
                false => get(&table, i + 1, j).max(get(&table, i, j + 1)),
            };
            if let Some(cell) = table.get_mut(i * wide + j) {
                *cell = longest;
            }
        }
    }
    let mut lines: Vec<Line<'t>> = before.iter().take(start).map(|line| Line::Same(line)).collect();
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                lines.push(Line::Same(a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), Some(_)) if get(&table, i + 1, j) >= get(&table, i, j + 1) => {
                lines.push(Line::Old(a));
                i += 1;
            }
            (_, Some(b)) => {
                lines.push(Line::New(b));
                j += 1;
            }
            (Some(a), None) => {
                lines.push(Line::Old(a));
                i += 1;
            }
            (None, None) => return lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_text_has_no_difference() {
        assert_eq!(difference("a", "x\n", "x\n"), "");
    }

    #[test]
    fn changes_are_shown_with_what_is_around_them() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\n";
        insta::assert_snapshot!(difference("x.yml", old, new), @"
        --- x.yml
        +++ x.yml as `init` would write it
        @@ -2,7 +2,7 @@
         b
         c
         d
        -e
        +E
         f
         g
         h
        @@ -12,3 +12,4 @@
         l
         m
         n
        +o
        ");
    }

    #[test]
    fn texts_that_differ_in_line_ends_only_say_so() {
        assert!(difference("a", "x\r\n", "x\n").contains("only line ends differ"));
    }

    proptest! {
        #[test]
        fn taking_one_side_of_the_comparison_gives_that_text(old in "[ab\n]{0,20}", new in "[ab\n]{0,20}") {
            let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
            let lines = compared(&before, &after);
            let olds: Vec<&str> = lines.iter().filter_map(|line| match line { Line::Same(l) | Line::Old(l) => Some(*l), Line::New(_) => None }).collect();
            let news: Vec<&str> = lines.iter().filter_map(|line| match line { Line::Same(l) | Line::New(l) => Some(*l), Line::Old(_) => None }).collect();
            prop_assert_eq!(olds, before);
            prop_assert_eq!(news, after);
        }
    }
}
