//! What is said on the incident where comments answer the gates: the plan with the lines to comment, and replies.

use chrono::{DateTime, Utc};

use super::escape::{code, link, text};
use super::facts;
use super::plan_markdown::plan_markdown;
use super::table::{clip, document};
use crate::domain::gate::{Ask, Gate, Stage};
use crate::domain::person::Login;
use crate::gate::{Approval, Decision, Reason, kept_line};
use crate::plan::{Plan, embedded};
use crate::words::{count, join, moment};

/// GitHub refuses longer comments: 65,536 characters.
const LONGEST: usize = 65_000;
/// The largest plan takes two thirds of it.
const LONGEST_HEAD: usize = 16_000;

/// Returns the comment in which a run asks for answers to the gates from a stage on: the plan for people, what to comment,
/// and the plan itself. It is never edited: an edited one does not count.
/// `line` is its first, [`Asking::line`](crate::gate::Asking::line).
pub fn asking_comment(plan: &Plan, line: &str, from: Stage, now: DateTime<Utc>) -> String {
    let head = clip(document(&[line.to_owned(), how(plan, from)]), LONGEST_HEAD);
    let foot = embedded(plan);
    let most = LONGEST.saturating_sub(head.len() + foot.len() + 8);
    document(&[head, clip(plan_markdown(plan, now), most), foot])
}

fn how(plan: &Plan, from: Stage) -> String {
    let mut lines = String::new();
    for gate in plan.gates_from(from).take(40) {
        for ask in gate.approvals.iter().take(8) {
            let roles: Vec<String> = ask.roles.iter().take(5).map(|role| facts::role(plan, role)).collect();
            let later = match gate.stage {
                Stage::Execute => "",
                Stage::Finish => ", after the merge",
                Stage::Close => ", before this issue is closed",
                Stage::ReRelease => ", before the work is released again",
            };
            let (question, who, line) = (text(&gate.question, 200), text(&join(&roles, "or"), 200), code(&line(plan, gate, ask), 300));
            lines.extend([format!("- {question}: {who}{later}\n  {line}\n")]);
        }
    }
    let merged = match from {
        Stage::Execute => "",
        Stage::Finish | Stage::Close | Stage::ReRelease => match plan.retag {
            true => "What comes next takes approvals of its own, by the policy as it is now. ",
            false => "What comes after the merge takes approvals of its own, by the policy as it is now. ",
        },
    };
    format!(
        "{merged}**Read the plan below, then comment the lines you answer for**, one or several in a comment, nothing before them:\n\n{lines}\n\
         {} in the place of {} stops the plan; say why after it. A comment that is edited does not count: write a new one.",
        code("/reject", 20),
        code("/approve", 20)
    )
}

/// Returns what somebody comments to approve one part of a gate.
pub(super) fn line(plan: &Plan, gate: &Gate, ask: &Ask) -> String {
    format!("/approve {} {}", gate.answer_name(ask), plan.id().short())
}

/// Returns the first line of the reply to a comment.
pub fn answered_line(comment: u64) -> String {
    format!("<!-- rollback-action:answered:{comment} -->")
}

/// Returns the reply to a comment that does not count, or not all of it.
pub fn refused_comment(line: &str, login: &Login, refused: &[Reason]) -> String {
    document(&[line.to_owned(), format!("{}, this does not count yet:", text(login.as_str(), 100)), reasons(refused)])
}

/// Returns the comment that keeps a rejection on record.
pub fn rejected_comment(plan: &Plan, line: &str, rejected: &[Reason]) -> String {
    let head = format!("**Plan {} was rejected**; nothing more of it is carried out.", code(plan.id().short(), 12));
    document(&[line.to_owned(), head, reasons(rejected)])
}

fn reasons(reasons: &[Reason]) -> String {
    reasons.iter().take(20).map(|reason| format!("- {}\n", text(&reason.to_string(), 800))).collect()
}

/// Returns the comment that keeps the plan of a rollback that no pull request holds. `finish` reads it there.
pub fn plan_comment(plan: &Plan) -> String {
    let head = format!("**Plan {}** is on the default branch; kept here for what comes after.", code(plan.id().short(), 12));
    document(&[head, embedded(plan)])
}

/// Returns the comment that keeps a plan which publishes nothing new, once it is carried out: it has no pull request that would.
pub fn kept_comment(plan: &Plan) -> String {
    let (bad, good) = (code(&facts::bad_names(plan), 600), code(&facts::good_names(plan), 600));
    let head = format!(
        "**Plan {} is carried out**: {bad} carries the warning, and people are told to use {good}. Nothing new is published, and no code \
         changed. This comment keeps the plan for what comes later; an edited one does not count.",
        code(plan.id().short(), 12)
    );
    document(&[kept_line(plan), head, embedded(plan)])
}

/// Returns the first line of the comment that keeps the approvals of a re-release.
pub fn again_line(plan: &Plan, run: u64) -> String {
    format!("<!-- rollback-action:again:{}:{run} -->", plan.id().short())
}

/// Returns the comment that keeps the approvals of a re-release, given in the gates of a run.
pub fn again_comment(plan: &Plan, run: u64, approvals: &[Approval]) -> String {
    let page = link("one run", &format!("{}/actions/runs/{run}", plan.url));
    let bad = code(plan.bad.tag.as_str(), 255);
    let head = format!("**What {bad} was rolled back for may be released again**, by the approvals of {page}, while they count:");
    let question = |gate: &str| plan.gates.iter().find(|found| found.id == gate).map_or(gate, |found| found.question.as_str()).to_owned();
    let line = |approval: &Approval| {
        let by = approval.by.as_ref().map_or("an administrator's bypass".to_owned(), ToString::to_string);
        let before = approval.before.map(|at| format!(" before {}", moment(at))).unwrap_or_default();
        let said = if approval.comment.trim().is_empty() { String::new() } else { format!(": {}", text(&approval.comment, 300)) };
        format!("- {}: approved by {}{before}{said}\n", text(&question(&approval.gate), 200), text(&by, 100))
    };
    document(&[again_line(plan, run), head, approvals.iter().take(40).map(line).collect()])
}

/// Returns the summary of a run that a comment started.
pub fn answer_markdown(plan: &Plan, approved: &[String], problems: &[String], decision: &Decision) -> String {
    let id = code(plan.id().short(), 12);
    let head = match decision {
        Decision::Rejected(_) => format!("**Plan {id} was rejected**"),
        Decision::Approved(_) => format!("**Plan {id} has every approval**"),
        Decision::Waiting(reasons) => format!("**Plan {id} waits: {} missing**", count(reasons.len() as u64, "answer")),
    };
    let counted: String = approved.iter().map(|name| format!("- {} counts\n", code(name, 200))).collect();
    let said: String = problems.iter().take(20).map(|problem| format!("- {}\n", text(problem, 800))).collect();
    let missing = match decision {
        Decision::Waiting(missing) => reasons(missing),
        Decision::Approved(_) | Decision::Rejected(_) => String::new(),
    };
    document(&[head, counted, said, missing])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{check_markdown, hostile_plan, some_cases};
    use super::*;
    use crate::domain::gate::Holder;
    use crate::gate::Asking;
    use crate::plan::example::{example_plan, hours_after_release};
    use crate::plan::plan_in;

    #[test]
    fn a_run_asks_with_the_very_lines_to_comment() {
        let mut plan = example_plan();
        plan.rules.by = Holder::Comments;
        let body = asking_comment(&plan, &Asking::first(7).line(), Stage::Execute, hours_after_release(13));
        let asked = body.split("\n## ").next().unwrap();
        insta::assert_snapshot!(asked, @r"
        <!-- rollback-action:asked:7 -->

        **Read the plan below, then comment the lines you answer for**, one or several in a comment, nothing before them:

        - Critical issue confirmed (not user error or configuration): technical-lead (lead-login)
          `/approve critical-issue-confirmed 3dba399a16af`
        - Scope assessment completed (affects more than 5 % of users): product-owner (owner-login)
          `/approve scope-assessed 3dba399a16af`
        - Hotfix attempts failed or deemed too risky: technical-lead (lead-login)
          `/approve hotfix-ruled-out 3dba399a16af`
        - Stakeholder approval obtained (Technical Lead and Product Owner): technical-lead (lead-login)
          `/approve stakeholder-approval/technical-lead 3dba399a16af`
        - Stakeholder approval obtained (Technical Lead and Product Owner): product-owner (owner-login)
          `/approve stakeholder-approval/product-owner 3dba399a16af`
        - Communication plan ready for users: product-owner (owner-login)
          `/approve communication-ready 3dba399a16af`
        - Rollback team assembled and ready: technical-lead (lead-login)
          `/approve team-assembled 3dba399a16af`

        `/reject` in the place of `/approve` stops the plan; say why after it. A comment that is edited does not count: write a new one.
        ");
        assert_eq!(Plan::from_document(&plan_in(&body).unwrap()).unwrap(), plan);
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn any_plan_is_asked_in_a_comment_that_fits_and_is_read_back(plan in hostile_plan()) {
            let body = asking_comment(&plan, &Asking::first(7).line(), Stage::Execute, hours_after_release(13));
            prop_assert!(body.len() <= LONGEST);
            prop_assert!(body.starts_with(&Asking::first(7).line()));
            prop_assert_eq!(plan_in(&body), Some(plan.to_document()));
            check_markdown(&body)?;
        }
    }
}
