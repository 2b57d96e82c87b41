//! The findings as people and programs read them, the worst first.

use std::fmt::Write as _;

use serde_json::json;

use super::finding::{Finding, Verdict};
use crate::report::{escape, terminal};
use crate::words::count;

/// The hidden line by which doctor's own issue is found again.
pub const ISSUE_MARKER: &str = "<!-- rollback-action:doctor -->";
/// The label of doctor's own issue.
pub const ISSUE_LABEL: &str = "rollback-doctor";
/// The longest sentence that is shown.
const LONGEST: usize = 600;
/// The longest command that is shown.
const LONGEST_COMMAND: usize = 2000;

/// Returns the worst verdict.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).min().unwrap_or(Verdict::Ok)
}

fn of(findings: &[Finding], verdict: Verdict) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.verdict == verdict).collect()
}

/// Returns one line that says how it stands.
fn headline(findings: &[Finding]) -> String {
    let number = |verdict: Verdict| of(findings, verdict).len() as u64;
    let (fails, unknown, notes, ok) = (number(Verdict::WillFail), number(Verdict::Unknown), number(Verdict::Note), number(Verdict::Ok));
    let mut parts = Vec::new();
    if fails > 0 {
        parts.push(format!("{} would stop a rollback", count(fails, "thing")));
    } else {
        parts.push("nothing known would stop a rollback".into());
    }
    if unknown > 0 {
        parts.push(format!("{} cannot be known with this token", count(unknown, "thing")));
    }
    if notes > 0 {
        parts.push(format!("{notes} to know"));
    }
    parts.push(format!("{ok} ok"));
    parts.join(", ")
}

/// Returns the findings for a terminal.
pub fn text(repository: &str, findings: &[Finding]) -> String {
    let mut text = format!("{repository}: {}\n\n", headline(findings));
    for finding in findings {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  {:<16}  {}", finding.verdict.words(), terminal(&finding.sentence, LONGEST));
        if let Some(remedy) = finding.remedy.as_ref().filter(|_| finding.verdict != Verdict::Ok) {
            let _ = writeln!(text, "  {:<16}  → {}", "", terminal(remedy, LONGEST));
        }
        for command in &finding.commands {
            let _ = writeln!(text, "  {:<16}    {}", "", terminal(command, LONGEST_COMMAND));
        }
    }
    text
}

/// Returns the findings as JSON.
pub fn json(repository: &str, findings: &[Finding]) -> String {
    let document = json!({"repository": repository, "worst": worst(findings), "findings": findings});
    format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// Returns the findings for a job summary.
pub fn markdown(repository: &str, findings: &[Finding]) -> String {
    let mut text = format!("## Would a rollback of {} work?\n\n{}\n", escape::code(repository, 200), headline(findings));
    let _ = write!(text, "{}", troubles(findings));
    let holds = of(findings, Verdict::Ok);
    if !holds.is_empty() {
        let _ = write!(text, "\n<details><summary>{} ok</summary>\n\n", holds.len());
        for finding in holds {
            let _ = writeln!(text, "- {}", escape::text(&finding.sentence, LONGEST));
        }
        text.push_str("\n</details>\n");
    }
    text
}

fn troubles(findings: &[Finding]) -> String {
    let mut text = String::new();
    for (verdict, title) in
        [(Verdict::WillFail, "Will fail"), (Verdict::Unknown, "Cannot be known with this token"), (Verdict::Note, "To know")]
    {
        let found = of(findings, verdict);
        if found.is_empty() {
            continue;
        }
        let _ = write!(text, "\n### {title}\n\n");
        for finding in found {
            let _ = writeln!(text, "- {}", escape::text(&finding.sentence, LONGEST));
            if let Some(remedy) = &finding.remedy {
                let _ = writeln!(text, "  - {}", escape::text(remedy, LONGEST));
            }
            for command in &finding.commands {
                let _ = writeln!(text, "  - {}", escape::code(command, LONGEST_COMMAND));
            }
        }
    }
    text
}

/// Returns the title of doctor's own issue.
pub fn issue_title() -> &'static str {
    "A rollback would not work"
}

/// Returns the description of doctor's own issue. It has no time in it, so that nothing changes while nothing changes.
pub fn issue_body(findings: &[Finding]) -> String {
    let known: Vec<Finding> = findings.iter().filter(|finding| finding.verdict == Verdict::WillFail).cloned().collect();
    let state = match known.is_empty() {
        true => "Everything that was wrong is mended; this issue can be closed.\n".to_owned(),
        false => format!(
            "If a release had to be rolled back now, {} would stop it. Mend them while it is quiet.\n",
            count(known.len() as u64, "thing")
        ),
    };
    let end = "\nThis page is kept by the scheduled `rollback-action doctor`; it is refreshed, never posted twice, and closed by people.";
    format!("{ISSUE_MARKER}\n{state}{}{end}\n", troubles(&known))
}
