//! Parts that several Markdown documents share: who gets what, the gates, what goes away, the places of the version.

use super::escape::{cell, code, code_cell, link, text};
use super::facts;
use super::table::{folded, list, table};
use crate::domain::gate::{Gate, Stage};
use crate::gate::Approval;
use crate::plan::{Candidate, Plan, Row};
use crate::words::{count, join, moment};

/// The most rows of a table, and items of a list.
const ROWS: usize = 30;
/// The most rows of who gets what, all of them folded.
const ALL_ROWS: usize = 200;

/// The version people know, as code.
pub(super) fn version(plan: &Plan) -> String {
    facts::new_list(plan).iter().map(|name| code(name, 255)).collect::<Vec<_>>().join(" and ")
}

/// The good releases, as code.
pub(super) fn goods(plan: &Plan) -> String {
    facts::good_list(plan).iter().map(|name| code(name, 255)).collect::<Vec<_>>().join(" and ")
}

/// When a reader reads who gets what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Before the rollback's release.
    Before,
    /// In that release's own notes.
    WithTheRelease,
}

/// Sentences and table of who gets which version, with the few most telling rows.
pub(super) fn consumers(plan: &Plan, told: Told) -> String {
    let sentences: Vec<String> = plan.headline.iter().take(10).map(|line| format!("{}\n", text(line, 500))).collect();
    let short: Vec<&Row> = plan.who_gets_what.iter().filter(|row| !row.long).take(ROWS).collect();
    format!("{}\n{}", sentences.join("\n"), consumer_table(plan, told, &short))
}

/// The whole table, folded, where it says more.
pub(super) fn all_consumers(plan: &Plan) -> String {
    let all: Vec<&Row> = plan.who_gets_what.iter().take(ALL_ROWS).collect();
    match all.iter().any(|row| row.long) {
        true => folded(&format!("Who gets what, all {} rows", all.len()), &consumer_table(plan, Told::Before, &all)),
        false => String::new(),
    }
}

fn consumer_table(plan: &Plan, told: Told, rows: &[&Row]) -> String {
    let withdrawal = facts::withdrawal(plan);
    let cells = |row: &&Row| {
        let last = withdrawal.as_ref().map(|_| &row.after_withdrawal);
        let gets = [&row.now, &row.after_release].into_iter().chain(last).map(|text| cell(text, 120));
        std::iter::once(code_cell(&row.consumer, 120)).chain(gets).collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let (now, after) = match told {
        Told::Before => ("now", facts::after_head(plan)),
        Told::WithTheRelease => ("before this release", "with this release"),
    };
    let last = withdrawal.map(|head| cell(&head, 120));
    let head: Vec<&str> = ["who gets what", now, after].into_iter().chain(last.as_deref()).collect();
    table(&head, &rows)
}

/// What the other ways to number the rollback would have meant, folded.
pub(super) fn other_ways(plan: &Plan) -> String {
    let of = |package: Option<&str>, candidate: &Candidate| {
        let chosen = if candidate.chosen { " (chosen)" } else { "" };
        let numbers = candidate.versions.iter().map(ToString::to_string).collect::<Vec<_>>();
        let numbers = if numbers.is_empty() { "–".to_owned() } else { cell(&join(&numbers, "and"), 120) };
        let way = format!("{}{chosen}", code_cell(&candidate.strategy, 60));
        let package = package.map(|package| format!("{}: ", cell(package, 120))).unwrap_or_default();
        vec![format!("{package}{way}"), numbers, cell(&candidate.verdict, 400)]
    };
    let main = plan.candidates.iter().map(|candidate| of(None, candidate));
    let others = plan.others.iter().flat_map(|other| other.candidates.iter().map(|candidate| of(Some(&other.package), candidate)));
    let rows: Vec<Vec<String>> = main.chain(others).take(ROWS).collect();
    folded("What other numbers would have meant", &table(&["way", "version", "what it means"], &rows))
}

/// Warnings and tasks by hand, as alerts that can be read as plain quotes.
pub(super) fn alerts(plan: &Plan) -> String {
    let quote = |kind: &str, title: &str, lines: &[String]| match lines.is_empty() {
        true => String::new(),
        false => {
            let items: String = lines.iter().take(ROWS).map(|line| format!("> - {}\n", text(line, 500))).collect();
            let more = if lines.len() > ROWS { format!("> - and {} more\n", lines.len() - ROWS) } else { String::new() };
            format!("> [!{kind}]\n> **{title}**\n>\n{items}{more}\n")
        }
    };
    quote("WARNING", "Know this first", &plan.warnings) + &quote("IMPORTANT", "A person must do this, the tool cannot", &plan.manual)
}

/// What does not come back by itself.
pub(super) fn stays(plan: &Plan) -> String {
    let stays = facts::stays(plan);
    let items: Vec<String> = stays.iter().take(ROWS).map(|line| text(line, 400)).collect();
    list(&items, stays.len())
}

/// Commits, pull requests and files that go away, folded.
pub(super) fn removed(plan: &Plan) -> String {
    let removes = &plan.removes;
    let commits: Vec<String> = removes
        .first_commits
        .iter()
        .take(ROWS)
        .map(|line| match line.split_once(' ') {
            Some((sha, title)) if sha.len() >= 7 && sha.bytes().all(|b| b.is_ascii_hexdigit()) => {
                format!("{} {}", link(sha, &format!("{}/commit/{sha}", plan.url)), text(title, 120))
            }
            Some(_) | None => text(line, 120),
        })
        .collect();
    let pulls: Vec<String> =
        removes.pulls.iter().take(ROWS).map(|number| link(&format!("#{number}"), &format!("{}/pull/{number}", plan.url))).collect();
    let files: Vec<String> = removes.first_files.iter().take(ROWS).map(|path| code(path, 200)).collect();
    let pulls = match pulls.is_empty() {
        true => String::new(),
        false => format!(
            "**{}**: {}{}\n\n",
            count(removes.pull_count as u64, "pull request"),
            pulls.join(", "),
            more(removes.pull_count, pulls.len())
        ),
    };
    let commits = match commits.is_empty() {
        true => String::new(),
        false => format!("**{}**, newest first:\n\n{}\n", count(removes.commits, "commit"), list(&commits, removes.commits as usize)),
    };
    let files = match files.is_empty() {
        true => String::new(),
        false => {
            let least = if removes.more_files { "at least " } else { "" };
            format!("**{least}{}**:\n\n{}", count(removes.files as u64, "file"), list(&files, removes.files))
        }
    };
    if removes.commits == 0 && removes.files == 0 {
        return String::new();
    }
    let all = format!("{}/compare/{}...{}", plan.url, plan.basis.good, plan.basis.head);
    let inside = format!("{pulls}{commits}{files}\n{}", link("everything since the good release", &all));
    folded(&format!("What goes away: {}", facts::removes(plan)), &inside)
}

fn more(all: usize, shown: usize) -> String {
    if all > shown { format!(" and {} more", all - shown) } else { String::new() }
}

/// The files whose version is rewritten.
pub(super) fn places(plan: &Plan) -> String {
    let rows: Vec<Vec<String>> = plan
        .content
        .places
        .iter()
        .take(ROWS)
        .map(|place| {
            vec![code_cell(&place.path, 200), code_cell(&place.locator, 120), code_cell(&place.old, 60), code_cell(&place.new, 60)]
        })
        .collect();
    let left = plan.content.place_count.saturating_sub(rows.len());
    let left = if left > 0 && !rows.is_empty() { format!("\nand {left} more\n") } else { String::new() };
    table(&["file", "place", "in the good release", "now"], &rows) + &left
}

/// The gates with their questions, and who may answer.
pub(super) fn gates(plan: &Plan) -> String {
    let row = |gate: &Gate| {
        let ask = gate.approvals.iter().map(|ask| {
            let roles: Vec<String> = ask.roles.iter().take(5).map(|role| facts::role(plan, role)).collect();
            cell(&join(&roles, "or"), 200)
        });
        let environments = gate.approvals.iter().map(|ask| code_cell(&ask.environment, 120));
        vec![
            cell(&gate.question, 200),
            cell(&gate.evidence, 200),
            ask.take(8).collect::<Vec<_>>().join(" **and** "),
            environments.take(8).collect::<Vec<_>>().join(", "),
        ]
    };
    let gates = facts::gates_of(plan, Stage::Execute);
    let rows: Vec<Vec<String>> = gates.iter().take(ROWS).map(|gate| row(gate)).collect();
    let left = gates.len().saturating_sub(ROWS);
    let left = if left > 0 { format!("\nand {left} more\n") } else { String::new() };
    table(&["the question", "what to have seen", "who may answer", "environment"], &rows) + &left
}

/// The gates with who approved, and until when that counts.
pub(super) fn approvals(plan: &Plan, approvals: &[Approval], most: usize) -> String {
    let question = |id: &str| plan.gates.iter().find(|gate| gate.id == id).map_or_else(|| id.to_owned(), |gate| gate.question.clone());
    let row = |approval: &Approval| {
        let hours = chrono::TimeDelta::hours(i64::from(plan.rules.valid_hours));
        vec![
            cell(&question(&approval.gate), 200),
            approval.by.as_ref().map_or_else(|| "an administrator's bypass".into(), |by| cell(by.as_str(), 100)),
            cell(&approval.comment, 300),
            approval.before.map_or_else(|| "–".into(), |before| moment(before + hours)),
            code_cell(&approval.environment, 120),
        ]
    };
    if approvals.is_empty() {
        return "The approvals are on record in the run that asked for them.\n".into();
    }
    let rows: Vec<Vec<String>> = approvals.iter().take(most).map(row).collect();
    let left = approvals.len().saturating_sub(most);
    let left = if left > 0 { format!("\nand {left} more\n") } else { String::new() };
    table(&["gate", "approved by", "they wrote", "valid until", "environment"], &rows) + &left
}
