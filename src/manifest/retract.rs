//! The line with which a Go module takes versions back. It counts only in the `go.mod` of a version above them, so it
//! has to be in the rollback's own content.

use super::edit::{EditedPlace, FileEdit, SpanEdit};

/// Returns the edit that retracts versions at the end of a `go.mod`; `None` where it names them already.
pub fn retraction(path: &str, text: &str, versions: &[&str], reason: &str) -> Option<FileEdit> {
    let named = |version: &&&str| text.split(|c: char| c.is_whitespace() || "[],".contains(c)).any(|word| word == format!("v{version}"));
    let new: Vec<&str> = versions.iter().filter(|version| !named(version)).copied().collect();
    if new.is_empty() {
        return None;
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let because: String = reason.chars().filter(|c| !c.is_control()).take(120).collect();
    let comment = if because.is_empty() { "rolled back".to_owned() } else { format!("rolled back: {because}") };
    let lines: String = new.iter().map(|version| format!("retract v{version} // {comment}{newline}")).collect();
    let before = if text.is_empty() || text.ends_with('\n') { newline.to_owned() } else { newline.repeat(2) };
    let line = text.lines().count() + 2;
    let places = new.iter().zip(line..).map(|(version, line)| EditedPlace {
        line,
        locator: "retract".into(),
        old: String::new(),
        new: format!("v{version}"),
    });
    let at = text.len()..text.len();
    // One span holds all lines, and one place stands for it.
    Some(FileEdit { path: path.to_owned(), spans: vec![SpanEdit { at, new: before + &lines }], places: places.take(1).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retracted(text: &str, versions: &[&str]) -> Option<String> {
        retraction("go.mod", text, versions, "broken\nimports").map(|edit| edit.apply(text).unwrap())
    }

    #[test]
    fn versions_are_taken_back_at_the_end_of_the_file() {
        assert_eq!(
            retracted("module acme.example/core\n\ngo 1.22\n", &["0.1.0", "0.1.1"]).as_deref(),
            Some(
                "module acme.example/core\n\ngo 1.22\n\nretract v0.1.0 // rolled back: broken imports\nretract v0.1.1 // rolled back: broken imports\n"
            )
        );
        assert_eq!(
            retracted("module acme.example/core\r\ngo 1.22", &["0.1.0"]).as_deref(),
            Some("module acme.example/core\r\ngo 1.22\r\n\r\nretract v0.1.0 // rolled back: broken imports\r\n")
        );
    }

    #[test]
    fn what_is_retracted_already_is_not_retracted_again() {
        assert_eq!(retracted("module a.example/b\nretract v0.1.0\n", &["0.1.0"]), None);
        let range = retracted("module a.example/b\nretract [v0.1.0, v0.1.2]\n", &["0.1.0", "0.1.1"]).unwrap();
        assert!(range.ends_with("\n\nretract v0.1.1 // rolled back: broken imports\n"), "{range}");
    }
}
