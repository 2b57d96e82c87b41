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
/// GitHub refuses an issue of more than 65,536 characters; so much of it is findings.
const LONGEST_ISSUE: usize = 60_000;
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
        found.iter().for_each(|finding| text.push_str(&item(finding)));
    }
    text
}

fn item(finding: &Finding) -> String {
    let mut text = format!("- {}\n", escape::text(&finding.sentence, LONGEST));
    if let Some(remedy) = &finding.remedy {
        let _ = writeln!(text, "  - {}", escape::text(remedy, LONGEST));
    }
    for command in &finding.commands {
        let _ = writeln!(text, "  - {}", escape::code(command, LONGEST_COMMAND));
    }
    text
}

/// Returns the title of doctor's own issue.
pub fn issue_title() -> &'static str {
    "A rollback would not work"
}

/// Returns the description of doctor's own issue. It has no time in it, so that nothing changes while nothing changes.
pub fn issue_body(findings: &[Finding]) -> String {
    let failing = of(findings, Verdict::WillFail);
    let mut text = format!("{ISSUE_MARKER}\n");
    match failing.as_slice() {
        [] => text.push_str("Everything that was wrong is mended; this issue can be closed.\n"),
        failing => {
            let number = count(failing.len() as u64, "thing");
            let _ = write!(text, "If a release had to be rolled back now, {number} would stop it. Mend that while it is quiet.\n\n");
        }
    }
    for (at, finding) in failing.iter().enumerate() {
        let item = item(finding);
        if text.len() + item.len() > LONGEST_ISSUE {
            let _ = writeln!(text, "- and {} more; `rollback-action doctor` names all", failing.len() - at);
            break;
        }
        text.push_str(&item);
    }
    text.push_str(
        "\nThis page is kept by the scheduled `rollback-action doctor`; it is refreshed, never posted twice, and closed by people.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Check;

    #[test]
    fn an_issue_stays_within_what_github_takes() {
        let findings: Vec<Finding> = (0..500)
            .map(|n| Finding::fails(Check::People, format!("{n} {}", "x ".repeat(200)), "mend it").with(["y".repeat(3000)]))
            .collect();
        let body = issue_body(&findings);
        assert!(body.len() < 65_536, "{}", body.len());
        assert!(body.contains(" more; `rollback-action doctor` names all"), "{body}");
    }

    #[test]
    fn a_healthy_repository_reads_as_such() {
        let findings = [Finding::ok(Check::Token, "fine")];
        assert_eq!(worst(&findings), Verdict::Ok);
        insta::assert_snapshot!(text("acme/entity-core", &findings), @r"
        acme/entity-core: nothing known would stop a rollback, 1 ok

          ok                fine
        ");
        insta::assert_snapshot!(json("acme/entity-core", &findings), @r#"
        {
          "findings": [
            {
              "check": "token",
              "sentence": "fine",
              "verdict": "ok"
            }
          ],
          "repository": "acme/entity-core",
          "worst": "ok"
        }
        "#);
    }
}
