//! What is wrong with a policy file: every problem with its place, its line of text and a remedy.

use std::fmt::{self, Write as _};

use crate::gather::Gather as _;

/// The most problems that are printed; the rest is counted.
const MOST: usize = 50;
/// The most problems that are kept, so that no file can make this one large.
const MOST_KEPT: usize = 1000;
/// The most characters of a line that a frame shows.
const FRAME: usize = 110;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named to the parser.
    pub origin: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, as a lowercase sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    frame: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, line, column, message, hint, frame } = self;
        write!(f, "{origin}:{line}:{column}: {message}{frame}")?;
        match hint {
            Some(hint) => write!(f, "\n  hint: {}", hint.replace('\n', "\n        ")),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a file, in the order of the file. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Returns the problem of a file of which so many bytes are UTF-8, and no more.
    pub(super) fn of_no_text(bytes: &[u8], valid: usize, origin: &str) -> Self {
        let before = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default()).into_owned();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let problem = Problem {
            origin: origin.to_owned(),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            message: "this is not UTF-8 text".into(),
            hint: Some("save the file as UTF-8".into()),
            frame: String::new(),
        };
        Self(vec![problem])
    }

    /// Returns the problems, in the order of the file.
    pub fn list(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().take(MOST).enumerate() {
            let between = if at == 0 { "" } else { "\n\n" };
            write!(f, "{between}{problem}")?;
        }
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => {
                let least = if self.0.len() < MOST_KEPT { "" } else { "at least " };
                write!(f, "\n\nand {least}{}", count(more, "more problem"))
            }
        }
    }
}

impl std::error::Error for Problems {}

/// A place in the text: where something starts, and how many characters of its line it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// In characters; at least 1 is shown.
    pub(super) width: usize,
}

impl Span {
    /// The first character of the file.
    pub(super) const TOP: Self = Self { line: 1, column: 1, width: 1 };
}

/// Collects what is found on the way; nothing stops at the first.
#[derive(Debug, Default)]
pub(super) struct Findings {
    problems: Vec<Finding>,
    notes: Vec<Finding>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    at: Span,
    message: String,
    hint: Option<String>,
    frame: Frame,
}

/// Whether the line of the file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Frame {
    Shown,
    Hidden,
}

impl Findings {
    /// Records a problem that needs no remedy beyond its own words.
    pub(super) fn problem(&mut self, at: Span, message: impl Into<String>) {
        self.keep(Finding { at, message: message.into(), hint: None, frame: Frame::Shown });
    }

    /// Records a problem and its remedy.
    pub(super) fn hinted(&mut self, at: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.keep(Finding { at, message: message.into(), hint: Some(hint.into()), frame: Frame::Shown });
    }

    /// Records a problem whose line may hold a secret and is not shown.
    pub(super) fn private(&mut self, at: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.keep(Finding { at, message: message.into(), hint: Some(hint.into()), frame: Frame::Hidden });
    }

    fn keep(&mut self, finding: Finding) {
        if self.problems.len() < MOST_KEPT {
            self.problems.push(finding);
        }
    }

    /// Records something that is allowed and probably not meant.
    pub(super) fn note(&mut self, at: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.notes.push(Finding { at, message: message.into(), hint: Some(hint.into()), frame: Frame::Shown });
    }

    /// Returns the problems, or `None` when there are none, and the notes, each with its line of `text`.
    pub(super) fn finish(self, origin: &str, text: &str) -> (Option<Problems>, Vec<Problem>) {
        let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        let render = |findings: Vec<Finding>| -> Vec<Problem> {
            let findings = findings.into_iter().distinct();
            let line_of = |at: Span| lines.get(at.line.saturating_sub(1)).copied().unwrap_or("");
            // Another problem on the line must not show what one of them hides.
            let hidden: Vec<usize> =
                findings.iter().filter(|finding| finding.frame == Frame::Hidden).map(|finding| finding.at.line).collect();
            let problem = |Finding { at, message, hint, frame: _ }: Finding| {
                let frame = if hidden.contains(&at.line) { String::new() } else { frame(line_of(at), at) };
                Problem { origin: origin.to_owned(), line: at.line, column: at.column, message, hint, frame }
            };
            findings.into_iter().map(problem).collect()
        };
        let problems = (!self.problems.is_empty()).then(|| Problems(render(self.problems)));
        (problems, render(self.notes))
    }
}

/// Returns the line with a caret below the place; nothing for an empty line.
fn frame(line: &str, at: Span) -> String {
    if line.trim().is_empty() {
        return String::new();
    }
    let start = at.column.saturating_sub(1);
    let skip = if start < FRAME - 20 { 0 } else { start - 20 };
    let visible = |c: char| if c.is_control() || is_invisible(c) { '\u{FFFD}' } else { c };
    let shown: String = line.chars().skip(skip).take(FRAME).map(|c| if c == '\t' { ' ' } else { visible(c) }).collect();
    let room = shown.chars().count().saturating_sub(start - skip);
    let carets = "^".repeat(at.width.clamp(1, room.max(1)));
    let margin = " ".repeat(at.line.to_string().len());
    let mut frame = format!("\n {margin} |\n {} | {}", at.line, shown.trim_end());
    // Writing to a `String` cannot fail.
    let _ = write!(frame, "\n {margin} | {}{carets}", " ".repeat(start - skip));
    frame
}

/// Tells whether a character changes how text looks without being seen, as look-alike attacks use.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns text of the file as a message may show it: in backticks, on one line, bounded.
pub(super) fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(60).flat_map(show_char).collect();
    if text.chars().nth(60).is_some() {
        cut.push('…');
    }
    format!("`{cut}`")
}

fn show_char(c: char) -> Vec<char> {
    match c {
        '`' => vec!['\''],
        _ if c.is_control() || is_invisible(c) => c.escape_default().collect(),
        _ => vec![c],
    }
}

/// Returns `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    join(words, "and")
}

/// Returns `a`, `a or b`, `a, b or c`.
pub(super) fn choice(words: &[String]) -> String {
    join(words, "or")
}

fn join(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Returns `1 person`, `2 persons`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns the known word that was probably meant.
pub(super) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase().replace('_', "-");
    let allowed = (lower.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed || (lower.len() > 3 && candidate.contains(&lower)))
        .min()
        .map(|(_, candidate)| candidate)
}
