//! What a run did, step by step, and what is next.

use chrono::{DateTime, Utc};

use super::escape::{cell, code, link, text};
use super::table::{clip, document, list, table};
use super::terminal::{WIDTH, at_most, defused, terminal, wrap};
use super::{facts, job, next, timeline};
use crate::journal::{Entry, Journal, Outcome};
use crate::plan::Plan;
use crate::words::capitalized;

/// A step's summary may have 1 MiB; nobody reads that.
const LONGEST: usize = 200_000;
/// Where the second column begins.
const INDENT: usize = 12;

/// How an entry ended, in one word, and what there is to say about it.
struct Said {
    word: &'static str,
    more: Vec<String>,
    url: Option<String>,
}

fn said(outcome: &Outcome) -> Said {
    let plain = |word, more| Said { word, more, url: None };
    match outcome {
        Outcome::Done { url } => Said { word: "done", more: Vec::new(), url: url.clone() },
        Outcome::Already => plain("already", vec!["found done; this step wrote nothing".into()]),
        Outcome::NoOp { why } => plain("nothing", vec![why.clone()]),
        Outcome::Manual { task } => plain("by hand", vec![task.clone()]),
        Outcome::Failed { why, hint } => {
            let hint = hint.iter().map(|hint| format!("hint: {hint}"));
            plain("failed", std::iter::once(why.clone()).chain(hint).collect())
        }
    }
}

fn title(plan: &Plan, journal: &Journal) -> String {
    let stage = match journal.stage.as_str() {
        "finish" => "after the merge",
        _ => "up to the pull request",
    };
    let ended = match (journal.has_failures(), journal.has_manual_tasks()) {
        (true, _) => "not complete",
        (false, true) => "done but for what a person must do",
        (false, false) => "done",
    };
    if plan.retag {
        return format!("{}: {ended}", facts::title(plan));
    }
    format!("Rollback of {} to the content of {}, {stage}: {ended}", plan.bad.tag, facts::good_name(plan))
}

/// What became of the default branch since the plan, and of the approved tree.
fn notes(plan: &Plan, journal: &Journal) -> Vec<String> {
    let between = journal.came_between.len() as u64;
    let between = (between > 0).then(|| facts::became_of_later(plan, between, journal.rebuilt.is_some()));
    between.into_iter().chain(journal.rebuilt.clone()).collect()
}

/// Returns the journal for a terminal.
pub fn journal_text(plan: &Plan, journal: &Journal) -> String {
    let mut lines = wrap(&terminal(&title(plan, journal), 600), WIDTH);
    lines.push(String::new());
    for entry in &journal.entries {
        let said = said(&entry.outcome);
        lines.extend(row(said.word, &entry.what));
        for more in said.more.iter().chain(&said.url) {
            lines.extend(row("", more));
        }
    }
    for note in notes(plan, journal) {
        lines.extend(row("note", &note));
    }
    lines.push(String::new());
    lines.extend(row("next", &next::after_run(plan, journal)));
    lines.extend(row("again", next::AGAIN));
    let lines: Vec<String> = lines.iter().map(|line| defused(line.trim_end())).collect();
    lines.join("\n") + "\n"
}

fn row(label: &str, text: &str) -> Vec<String> {
    // An address is not broken, so that a terminal still opens it.
    let text = terminal(text, 1500);
    let lines = if text.starts_with("https://") { vec![text] } else { at_most(wrap(&text, WIDTH - INDENT), 8) };
    let indented = lines.iter().enumerate().map(|(at, line)| {
        let label = if at == 0 { label } else { "" };
        format!("  {label:<wide$}{line}", wide = INDENT - 2)
    });
    indented.collect()
}

/// Returns the journal for the job summary.
pub fn journal_markdown(plan: &Plan, journal: &Journal, now: DateTime<Utc>) -> String {
    let rows: Vec<Vec<String>> = journal.entries.iter().take(200).map(markdown_row).collect();
    let notes: Vec<String> = notes(plan, journal).iter().map(|note| text(note, 600)).collect();
    let between: Vec<String> = journal.came_between.iter().take(30).map(|line| text(line, 120)).collect();
    let between = match between.is_empty() {
        true => String::new(),
        false => format!("What came in since the plan:\n\n{}", list(&between, journal.came_between.len())),
    };
    let parts = [
        format!("## {}", text(&title(plan, journal), 600)),
        format!("**Next:** {}.", text(&next::after_run(plan, journal), 1500)),
        job::facts_table(plan, now),
        table(&["step", "how it ended", ""], &rows),
        list(&notes, notes.len()),
        between,
        timeline::timeline(plan, now),
        job::gates(plan),
        format!("{}.", capitalized(next::AGAIN)),
        format!("Plan {}.", code(&journal.plan, 64)),
    ];
    clip(document(&parts), LONGEST)
}

fn markdown_row(entry: &Entry) -> Vec<String> {
    let said = said(&entry.outcome);
    let word = match entry.outcome {
        Outcome::Failed { .. } | Outcome::Manual { .. } => format!("**{}**", said.word),
        Outcome::Done { .. } | Outcome::Already | Outcome::NoOp { .. } => said.word.to_owned(),
    };
    let more = said.more.iter().map(|more| cell(more, 800)).chain(said.url.map(|url| link("see it", &url)));
    vec![cell(&entry.what, 400), word, more.collect::<Vec<_>>().join("<br>")]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{self, check_markdown, example_pull, some_cases};
    use super::*;
    use crate::github::PullState;
    use crate::plan::example::{example_plan, hours_after_release};

    fn entries(text: &str) -> Vec<Entry> {
        let step = |at: usize, outcome| Entry::of(&example_plan().steps[at], outcome);
        vec![
            step(0, Outcome::Done { url: None }),
            step(1, Outcome::Already),
            step(2, Outcome::Done { url: Some("https://github.example/acme/entity-core/pull/88".into()) }),
            Entry::new("labels", Outcome::NoOp { why: format!("no label {text}") }),
        ]
    }

    fn journal(stage: &str, entries: Vec<Entry>) -> Journal {
        Journal { entries, pull: Some(example_pull(PullState::Open)), ..Journal::new(&example_plan(), stage) }
    }

    #[test]
    fn a_run_that_went_well_ends_with_who_merges() {
        insta::assert_snapshot!(journal_text(&example_plan(), &journal("execute", entries("rollback"))), @r#"
        Rollback of v0.1.0 to the content of v0.0.12, up to the pull request: done

          done      commit tree 4444444 on 1111111
          already   branch rollback/v0.1.0
                    found done; this step wrote nothing
          done      pull request to main
                    https://github.example/acme/entity-core/pull/88
          nothing   labels
                    no label rollback

          next      release-manager (manager-login) reviews and merges pull request #88;
                    then `finish` tags it v0.0.13 and releases it
          again     running it again is safe at any time: it finds what is done, leaves
                    it, and tries the rest
        "#);
    }

    #[test]
    fn a_run_that_failed_half_way_says_what_was_done_and_what_helps() {
        let mut entries = entries("rollback");
        entries.push(Entry::new(
            "banner on v0.1.0",
            Outcome::Failed { why: "GitHub answered 403".into(), hint: Some("add `contents: write` under `permissions:`".into()) },
        ));
        let mut journal = journal("execute", entries);
        journal.came_between = vec!["5d6e7f8 Fix a typo (#44)".into()];
        insta::assert_snapshot!(journal_markdown(&example_plan(), &journal, hours_after_release(14)), @r#"
        ## Rollback of v0.1.0 to the content of v0.0.12, up to the pull request: not complete

        **Next:** a maintainer mends what stopped "banner on v0.1.0" (add `contents: write` under `permissions:`), then runs the failed job again.

        |  |  |
        | --- | --- |
        | **why** | Import failures: 14 % of users cannot import entity.plugins.gpt_oss (critical: more than 10 % of users) |
        | **incident** | [#87](https://github.example/acme/entity-core/issues/87) |
        | **window** | 14 h 20 min after release. Decision point for rollback: Technical Lead decides, 33 h 40 min left |
        | **content** | v0.0.12 exactly, except: .github and CHANGELOG.md stay as on main, version in 2 files |
        | **removes** | 12 commits, 5 pull requests, 84 files (+310 -2904) |
        | **stays** | migrations 0041 and 0042 (declared irreversible, not undone) |
        | **version** | 0.0.13: the next free patch of 0.0 |

        | step | how it ended |  |
        | --- | --- | --- |
        | commit tree `4444444` on `1111111` | done |  |
        | branch rollback/v0.1.0 | already | found done; this step wrote nothing |
        | pull request to main | done | [see it](https://github.example/acme/entity-core/pull/88) |
        | labels | nothing | no label rollback |
        | banner on v0.1.0 | **failed** | GitHub answered 403<br>hint: add `contents: write` under `permissions:` |

        - 1 commit reached main after the plan was made: not in the approved content; Git merges them as it merges any two branches, so look at them before you merge

        What came in since the plan:

        - `5d6e7f8` Fix a typo (`#44`)

        ```mermaid
        timeline
            title v0.1.0 was released 14 h 20 min ago
            section Past
                0 to 2 h : Monitor deployment metrics : DevOps Team
                2 to 8 h : Assess user reports : Support Team
            section Now
                8 to 24 h : Decision point for rollback : Technical Lead
            section Ahead
                24 to 48 h : Final rollback window : Release Manager
                after 48 h : Post-mortem, hotfix only : Engineering Team
        ```

        <details><summary>Gates: 6, by 7 approvals from at least 2 people; on-call asked and may not approve</summary>

        | the question | what to have seen | who may answer | environment |
        | --- | --- | --- | --- |
        | Critical issue confirmed (not user error or configuration) | a reproduction, or reports that agree | technical-lead (lead-login) | `rollback-critical-issue-confirmed` |
        | Scope assessment completed (affects more than 5 % of users) | how many users are affected, and how that was counted | product-owner (owner-login) | `rollback-scope-assessed` |
        | Hotfix attempts failed or deemed too risky | what was tried, or why not | technical-lead (lead-login) | `rollback-hotfix-ruled-out` |
        | Stakeholder approval obtained (Technical Lead and Product Owner) | the plan on this page | technical-lead (lead-login) **and** product-owner (owner-login) | `rollback-stakeholder-approval-technical-lead`, `rollback-stakeholder-approval-product-owner` |
        | Communication plan ready for users | the notices that will be sent | product-owner (owner-login) | `rollback-communication-ready` |
        | Rollback team assembled and ready | who does what in the next hours | technical-lead (lead-login) | `rollback-team-assembled` |

        </details>

        Running it again is safe at any time: it finds what is done, leaves it, and tries the rest.

        Plan `4000eca860b030aa9121d2c2f61f6ae015e780501088dec8a42d031b012e0c86`.
        "#);
    }

    #[test]
    fn after_the_release_the_tasks_by_hand_are_next() {
        let entries = example_plan().finish.iter().map(|step| Entry::of(step, Outcome::Done { url: None })).collect();
        insta::assert_snapshot!(journal_text(&example_plan(), &journal("finish", entries)), @r#"
        Rollback of v0.1.0 to the content of v0.0.12, after the merge: done

          done      tag v0.0.13
          done      release v0.0.13 as Latest

          next      release-manager (manager-login) does by hand: withdraw entity-core
                    0.1.0 on PyPI, after the rollback is published: yank it on the
                    project's page
          again     running it again is safe at any time: it finds what is done, leaves
                    it, and tries the rest
        "#);
    }

    #[test]
    fn a_run_that_found_nothing_to_do_still_says_what_is_next() {
        let mut journal = journal("finish", Vec::new());
        journal.pull = None;
        assert!(journal_text(&example_plan(), &journal).contains("next"));
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn no_text_commands_the_runner_or_changes_the_shape(what in hostile::text(), why in hostile::text(), hint in prop::option::of(hostile::text())) {
            let mut entries = entries(&why);
            entries.push(Entry::new(what.clone(), Outcome::Failed { why: why.clone(), hint }));
            entries.push(Entry::new(what, Outcome::Manual { task: why.clone() }));
            let mut journal = journal("execute", entries);
            journal.came_between = vec![why.clone()];
            journal.rebuilt = Some(why);
            for line in journal_text(&example_plan(), &journal).lines() {
                prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            check_markdown(&journal_markdown(&example_plan(), &journal, hours_after_release(14)))?;
        }
    }
}
