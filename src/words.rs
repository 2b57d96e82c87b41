//! Plurals, lists, truncation: the small grammar of every message.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// Returns `1 commit` or `12 commits`.
pub fn count(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// Returns `a`, `a or b`, `a, b or c`, each in backticks.
pub fn list<T: AsRef<str>>(items: &[T], word: &str) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("`{}`", item.as_ref())).collect();
    match quoted.split_last() {
        None => "nobody".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// Returns `a`, `a or b`, `a, b or c`, without quotes; nothing for nothing.
pub fn join<T: AsRef<str>>(items: &[T], word: &str) -> String {
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.as_ref().to_owned(),
        Some((last, rest)) => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", rest.join(", "), last.as_ref())
        }
    }
}

/// Returns the first few items, and `and 3 more` where there are more.
pub fn first_of<T: AsRef<str>>(items: &[T], most: usize, more: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(AsRef::as_ref).collect();
    match items.len() + more - shown.len() {
        0 => join(&shown, "and"),
        left => format!("{} and {left} more", shown.join(", ")),
    }
}

/// Returns the text with its first letter in upper case.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        None => String::new(),
        Some(first) => first.to_uppercase().chain(chars).collect(),
    }
}

/// Returns the text cut at a number of characters, with `…` where something is missing.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(std::iter::once('…')).collect(),
    }
}

/// Returns how long something took: `0.07 s`.
pub fn seconds(time: std::time::Duration) -> String {
    let hundredths = time.as_millis() / 10;
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}

/// Returns a time as people read it, to the minute: `2026-11-20 09:05 UTC`.
pub fn moment(at: DateTime<Utc>) -> String {
    let written = written(at);
    format!("{} {} UTC", written.get(..10).unwrap_or(&written), written.get(11..16).unwrap_or_default())
}

/// Returns a day: `2026-11-20`.
pub fn day(at: DateTime<Utc>) -> String {
    written(at).get(..10).unwrap_or_default().to_owned()
}

/// Returns a time as programs read it: `2026-11-20T09:05:00Z`. With `format` chrono would bring its whole language of dates,
/// a four-hundredth of the program.
pub fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Returns `13 h 20 min`, `45 min` or `3 d 4 h`.
pub fn duration(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) if days < 3 => format!("{} h {} min", days * 24 + hours, minutes % 60),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// Returns the names nearest to a wanted one, best first, at most three.
pub fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut scored: Vec<(f64, &str)> =
        names.map(|name| (strsim::jaro_winkler(wanted, name), name)).filter(|(score, _)| *score > 0.75).collect();
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_for_people_and_for_programs() {
        let at = DateTime::from_timestamp(1_795_424_709, 250_000_000).unwrap();
        assert_eq!((moment(at), day(at), written(at)), ("2026-11-23 09:05 UTC".into(), "2026-11-23".into(), "2026-11-23T09:05:09Z".into()));
        assert_eq!(
            (seconds(std::time::Duration::from_millis(12_079)), seconds(std::time::Duration::ZERO)),
            ("12.07 s".into(), "0.00 s".into())
        );
    }

    #[test]
    fn lists_counts_and_durations_read_as_sentences() {
        assert_eq!((count(1, "commit"), count(0, "file")), ("1 commit".into(), "0 files".into()));
        assert_eq!(list(&["a"], "or"), "`a`");
        assert_eq!(list(&["a", "b", "c"], "and"), "`a`, `b` and `c`");
        assert_eq!((join(&["a", "b", "c"], "and"), join::<&str>(&[], "and")), ("a, b and c".into(), String::new()));
        assert_eq!((first_of(&["a", "b", "c"], 2, 0), first_of(&["a"], 2, 4)), ("a, b and 1 more".into(), "a and 4 more".into()));
        assert_eq!((capitalized("über"), capitalized("")), ("Über".into(), String::new()));
        assert_eq!(duration(TimeDelta::minutes(800)), "13 h 20 min");
        assert_eq!(duration(TimeDelta::minutes(2080)), "34 h 40 min");
        assert_eq!(duration(TimeDelta::minutes(45)), "45 min");
        assert_eq!(duration(TimeDelta::days(5)), "5 d 0 h");
        assert_eq!((cut("abc", 3), cut("abcd", 3)), ("abc".into(), "ab…".into()));
    }

    #[test]
    fn the_nearest_names_are_suggested() {
        assert_eq!(nearest("v0.1", ["v0.1.0", "v0.0.12", "zzz"].into_iter()), ["v0.1.0", "v0.0.12"]);
    }
}
