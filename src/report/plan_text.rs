//! The plan on one screen of a terminal: the product's face. The worst first, no jargon of ours.

use chrono::{DateTime, Utc};

use super::facts;
use super::terminal::{WIDEST, WIDTH, at_most, columns, defused, terminal, width, wrap};
use crate::plan::{Candidate, Plan};

/// The most lines a screen holds.
const SCREEN: usize = 45;
/// Where the second column begins.
const INDENT: usize = 12;

/// How much is shown: every text is kept to `lines`, every list to `items`.
#[derive(Clone, Copy)]
struct Room {
    lines: usize,
    items: usize,
}

/// Returns the plan on one screen of a terminal.
pub fn plan_text(plan: &Plan, now: DateTime<Utc>) -> String {
    let rooms = [(4, 10), (3, 6), (2, 4), (2, 2), (1, 2), (1, 1)].map(|(lines, items)| Room { lines, items });
    let shown = rooms.iter().map(|room| screen(plan, now, *room));
    let fitting = shown.reduce(|best, next| if best.len() <= SCREEN { best } else { next }).unwrap_or_default();
    let lines: Vec<String> = fitting.iter().map(|line| defused(line.trim_end())).collect();
    lines.join("\n") + "\n"
}

fn screen(plan: &Plan, now: DateTime<Utc>, room: Room) -> Vec<String> {
    let mut lines = title(plan);
    let incident = plan.incident.map(|number| format!("incident #{number}"));
    lines.push(String::new());
    lines.extend(row("why", &facts::why(plan), incident.as_deref(), room));
    lines.extend(row("window", &facts::window(plan, now), None, room));
    lines.extend(row("version", &facts::version(plan), None, room));
    lines.extend(rows("instead", &other_ways(plan), Room { lines: 1, ..room }));
    lines.extend(row("content", &facts::content(plan), None, room));
    lines.extend(row("removes", &facts::removes(plan), None, room));
    lines.extend(rows("stays", &facts::stays(plan), room));
    lines.push(String::new());
    lines.extend(consumers(plan, room));
    if !plan.manual.is_empty() || !plan.warnings.is_empty() {
        lines.extend(rows("warning", &plan.warnings, room));
        lines.extend(rows("by hand", &plan.manual, room));
        lines.push(String::new());
    }
    lines.extend(row("gates", &facts::gates(plan), None, room));
    lines.extend(row("", &answerers(plan), None, room));
    lines.extend(row("steps", &facts::steps(&plan.steps), None, room));
    lines.extend(row("after", &facts::after(plan), None, room));
    lines
}

/// One line for each other way to number it.
fn other_ways(plan: &Plan) -> Vec<String> {
    let way = |candidate: &Candidate| {
        let numbers = candidate.versions.iter().map(ToString::to_string).collect::<Vec<_>>();
        let name = std::iter::once(candidate.strategy.clone()).chain(numbers).collect::<Vec<_>>().join(" ");
        format!("{name}: {}", candidate.verdict)
    };
    plan.candidates.iter().filter(|candidate| !candidate.chosen).map(way).collect()
}

/// The approvers are who has to be woken up.
fn answerers(plan: &Plan) -> String {
    facts::answerers(plan).join(", ")
}

fn title(plan: &Plan) -> Vec<String> {
    let id = format!("plan {}", plan.id().short());
    let title = wrap(&terminal(&facts::title(plan), 400), WIDTH);
    with_note(title, &id, 0)
}

/// Puts a note at the right of the first line, or where it does not fit, on a line of its own.
fn with_note(mut lines: Vec<String>, note: &str, indent: usize) -> Vec<String> {
    match lines.first_mut() {
        Some(first) if width(first) + 2 + width(note) <= WIDTH => {
            let gap = WIDTH - width(first) - width(note);
            first.push_str(&" ".repeat(gap));
            first.push_str(note);
        }
        Some(_) | None => lines.push(format!("{}{note}", " ".repeat(indent))),
    }
    lines
}

fn row(label: &str, text: &str, note: Option<&str>, room: Room) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let wrapped = at_most(wrap(&terminal(text, 2000), WIDTH - INDENT), room.lines);
    let indented = wrapped.iter().enumerate().map(|(at, line)| {
        let label = if at == 0 { label } else { "" };
        format!("  {label:<wide$}{line}", wide = INDENT - 2)
    });
    match note {
        Some(note) => with_note(indented.collect(), note, INDENT),
        None => indented.collect(),
    }
}

fn rows(label: &str, texts: &[String], room: Room) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, text) in texts.iter().take(room.items).enumerate() {
        lines.extend(row(if at == 0 { label } else { "" }, text, None, room));
    }
    lines.extend(more(texts.len(), room));
    lines
}

fn more(all: usize, room: Room) -> Option<String> {
    (all > room.items).then(|| format!("{}and {} more, in the summary", " ".repeat(INDENT), all - room.items))
}

fn consumers(plan: &Plan, room: Room) -> Vec<String> {
    if plan.who_gets_what.is_empty() && plan.headline.is_empty() {
        return Vec::new();
    }
    let withdrawal = facts::withdrawal(plan);
    let head = ["who gets what", "now", facts::after_head(plan)].map(str::to_owned).into_iter().chain(withdrawal.clone());
    let mut table: Vec<Vec<String>> = vec![head.collect()];
    for row in plan.who_gets_what.iter().filter(|row| !row.long).take(room.items) {
        let last = withdrawal.as_ref().map(|_| &row.after_withdrawal);
        let cells = [&row.consumer, &row.now, &row.after_release].into_iter().chain(last);
        table.push(cells.map(|cell| terminal(cell, 80)).collect());
    }
    let mut lines = Vec::new();
    if !plan.who_gets_what.is_empty() {
        lines.extend(columns(&table, WIDEST - 2).into_iter().map(|line| format!("  {line}")));
        let shown = table.len() - 1;
        let left = plan.who_gets_what.len() - shown;
        lines.extend((left > 0).then(|| format!("{}and {left} more, in the summary", " ".repeat(INDENT))));
    }
    for sentence in plan.headline.iter().take(room.items) {
        let wrapped = at_most(wrap(&terminal(sentence, 1000), WIDTH - 2), room.lines);
        lines.extend(wrapped.into_iter().map(|line| format!("  {line}")));
    }
    lines.push(String::new());
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{hostile_plan, some_cases};
    use super::*;
    use crate::plan::example::{example_plan, hours_after_release, minimal_plan};

    #[test]
    fn the_procedures_own_example_fits_one_screen() {
        insta::assert_snapshot!(plan_text(&example_plan(), hours_after_release(13)), @r#"
        Rollback of v0.1.0 to the content of v0.0.12, as 0.0.13        plan 4000eca860b0

          why       Import failures: 14 % of users cannot import entity.plugins.gpt_oss
                    (critical: more than 10 % of users)
                    incident #87
          window    13 h 20 min after release. Decision point for rollback: Technical
                    Lead decides, 34 h 40 min left
          version   0.0.13: the next free patch of 0.0
          content   v0.0.12 exactly, except: .github and CHANGELOG.md stay as on main,
                    version in 2 files
          removes   12 commits, 5 pull requests, 84 files (+310 -2904)
          stays     migrations 0041 and 0042 (declared irreversible, not undone)

          who gets what            now    after the release  after withdrawing 0.1.0
          pip install entity-core  0.1.0  0.1.0              0.0.13
          entity-core~=0.0         0.1.0  0.1.0              0.0.13
          entity-core==0.1.0       0.1.0  0.1.0              0.1.0, with a warning
          Until a person yanks 0.1.0 on PyPI, new installs still get it.

          warning   v0.0.12 is not an ancestor of v0.1.0: more may go away than the
                    release brought
          by hand   withdraw entity-core 0.1.0 on PyPI, after the rollback is published:
                    yank it on the project's page

          gates     6, by 7 approvals from at least 2 people; on-call asked and may not
                    approve
                    technical-lead (lead-login): 4, product-owner (owner-login): 3
          steps     commit, branch rollback/v0.1.0, pull request, banner on v0.1.0,
                    Latest to v0.0.12
          after     merge, tag v0.0.13, release, 1 task by hand
        "#);
    }

    #[test]
    fn a_plan_with_little_in_it_says_so() {
        insta::assert_snapshot!(plan_text(&minimal_plan(), hours_after_release(50)), @r#"
        Rollback of v0.1.0 to the content of v0.0.12, as 0.0.13        plan 9f96eb138ece

          why       Import failures (critical: more than 10 % of users)
          window    over, 50 h 20 min after release: Post-mortem, hotfix only
                    (Engineering Team). It was planned in time
          version   0.0.13: the next free patch of 0.0
          content   v0.0.12 exactly, except: .github stays as on main, no file states
                    the version
          removes   0 commits, 0 files (+0 -0)
          stays     databases and data are as they are; nothing is declared irreversible

          gates     1, by 1 approval from at least 2 people; whoever asked may not
                    approve
                    owner: 1
          steps     commit, branch rollback/v0.1.0, pull request
          after     merge, tag v0.0.13, release
        "#);
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn any_text_stays_on_one_screen_and_commands_nobody(plan in hostile_plan(), hours in -3i64..200) {
            let text = plan_text(&plan, hours_after_release(hours));
            prop_assert!(text.lines().count() <= SCREEN, "{} lines", text.lines().count());
            for line in text.lines() {
                prop_assert!(width(line) <= WIDEST, "{line}");
                prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
