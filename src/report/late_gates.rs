//! The gates of a stage after the merge, for those who answer them, and the incident's last words.

use super::escape::{code, text};
use super::facts;
use super::table::clip;
use super::terminal::terminal;
use crate::domain::gate::{Ask, Gate, Holder, Stage};
use crate::gate::{Approval, Reason};
use crate::gather::Gather as _;
use crate::plan::Plan;
use crate::words::{capitalized, count, join};

/// Stands on the page of an incident that was closed by command.
pub const CLOSED_MARKER: &str = "<!-- rollback-action:closed -->";
/// The longest head of a closed page, in bytes: pages are kept this far below GitHub's limit.
const MOST: usize = 500;
/// How many gates are listed.
const GATES: usize = 40;

/// Returns what a stage is called where people read of it.
fn called(stage: Stage) -> &'static str {
    match stage {
        Stage::Execute => "the rollback is carried out",
        Stage::Finish => "the rollback is tagged and released",
        Stage::Close => "the incident is closed",
        Stage::ReRelease => "the work is released again",
    }
}

/// Returns the gates of a stage for a terminal.
pub fn gates_text(plan: &Plan, stage: Stage) -> String {
    let (id, what) = (plan.id(), called(stage));
    let line = |gate: &&Gate| {
        let place = |ask: &Ask| match plan.rules.by {
            Holder::Environments => format!("in {}", ask.environment),
            Holder::Comments => "by a comment".into(),
        };
        let asks: Vec<String> = gate.approvals.iter().map(|ask| format!("{} {}", join(&ask.roles, "or"), place(ask))).collect();
        format!("  {}: {}\n", terminal(&gate.question, 200), terminal(&join(&asks, "and"), 300))
    };
    match facts::gates_of(plan, stage).as_slice() {
        [] => format!("the policy asks for no approval before {what}; plan {}\n", id.short()),
        gates => format!("before {what}, for plan {}:\n{}", id.short(), gates.iter().take(GATES).map(line).collect::<String>()),
    }
}

/// Returns the gates of a stage for the job summary.
pub fn gates_markdown(plan: &Plan, stage: Stage) -> String {
    let (id, what) = (plan.id(), called(stage));
    let line = |gate: &&Gate| {
        let evidence = if gate.evidence.is_empty() { String::new() } else { format!(" (look at: {})", text(&gate.evidence, 300)) };
        let place = |ask: &Ask| match plan.rules.by {
            Holder::Environments => format!("in {}", code(&ask.environment, 255)),
            Holder::Comments => "by a comment".into(),
        };
        let asks: Vec<String> = gate.approvals.iter().map(|ask| format!("{} {}", text(&join(&ask.roles, "or"), 200), place(ask))).collect();
        format!("- {}{evidence}: {}\n", text(&gate.question, 300), join(&asks, "and"))
    };
    let of = format!("the rollback of {}, plan {}", code(plan.bad.tag.as_str(), 255), code(id.short(), 12));
    match facts::gates_of(plan, stage).as_slice() {
        [] => format!("The policy asks for no approval before {what} ({of}).\n"),
        gates => format!("**Before {what}** ({of})\n\n{}", gates.iter().take(GATES).map(line).collect::<String>()),
    }
}

/// Returns what a stage waits for by comments, for a terminal; nothing where it waits for none.
pub fn missing_text(stage: Stage, missing: &[Reason]) -> String {
    let line = |reason: &Reason| format!("  {}\n", terminal(&reason.to_string(), 500));
    match missing {
        [] => String::new(),
        missing => format!("{}\n{}", waits(stage, missing), missing.iter().take(GATES).map(line).collect::<String>()),
    }
}

/// Returns the same for the job summary.
pub fn missing_markdown(stage: Stage, missing: &[Reason]) -> String {
    let line = |reason: &Reason| format!("- {}\n", text(&reason.to_string(), 500));
    match missing {
        [] => String::new(),
        missing => format!(
            "**{}**\n\n{}",
            text(&capitalized(&waits(stage, missing)), 300),
            missing.iter().take(GATES).map(line).collect::<String>()
        ),
    }
}

fn waits(stage: Stage, missing: &[Reason]) -> String {
    let then = match stage {
        Stage::Execute => "the last of them starts `execute`, and there is nothing to press",
        Stage::Finish => "the last of them starts `finish`, and there is nothing to press",
        Stage::Close => "the last of them starts `close`, and there is nothing to press",
        Stage::ReRelease => "once they are given, `guard` lets the release go out",
    };
    format!("waiting for {} by comments on the incident; {then}", count(missing.len() as u64, "answer"))
}

/// Returns the page of an incident that is closed: who closed and approved it, what was left and why, then the page as it
/// was.
pub fn closed_page(page: &str, by: Option<&str>, approvals: &[Approval], left: &[String], why: Option<&str>) -> String {
    let by = by.map(|by| format!(" by {}", code(by, 40))).unwrap_or_default();
    let people = approvals.iter().filter_map(|approval| Some(approval.by.as_ref()?.to_string())).distinct();
    let approved = if people.is_empty() { String::new() } else { format!("\nApproved by {}.", text(&join(&people, "and"), 150)) };
    let left = match why {
        Some(why) if !left.is_empty() => format!("\nLeft undone: {}, because {}", count(left.len() as u64, "task"), text(why, 200)),
        Some(_) | None => String::new(),
    };
    // The page has room for this much more.
    format!("{}\n\n{}", clip(format!("{CLOSED_MARKER}\n**Closed{by}.**{approved}{left}"), MOST), page.trim_start())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{self, approvals, check_markdown, hostile_plan, some_cases};
    use super::*;
    use crate::plan::example::example_plan;

    fn late(mut plan: Plan) -> Plan {
        plan.gates.iter_mut().filter(|gate| gate.id == "stakeholder-approval").for_each(|gate| gate.stage = Stage::Finish);
        plan
    }

    #[test]
    fn the_gates_of_a_stage_are_listed_with_who_answers_where() {
        let plan = late(example_plan());
        let shown = [gates_text(&plan, Stage::Finish), gates_markdown(&plan, Stage::Finish), gates_markdown(&plan, Stage::Close)];
        insta::assert_snapshot!(shown.concat(), @"
        before the rollback is tagged and released, for plan 18ce27f208fa:
          Stakeholder approval obtained (Technical Lead and Product Owner): technical-lead in rollback-stakeholder-approval-technical-lead and product-owner in rollback-stakeholder-approval-product-owner
        **Before the rollback is tagged and released** (the rollback of `v0.1.0`, plan `18ce27f208fa`)

        - Stakeholder approval obtained (Technical Lead and Product Owner) (look at: the plan on this page): technical-lead in `rollback-stakeholder-approval-technical-lead` and product-owner in `rollback-stakeholder-approval-product-owner`
        The policy asks for no approval before the incident is closed (the rollback of `v0.1.0`, plan `18ce27f208fa`).
        ");
    }

    #[test]
    fn what_a_stage_waits_for_says_who_comments_and_that_nothing_is_to_be_pressed() {
        let missing = [Reason { environment: "scope-assessed".into(), text: "it waits for `product-owner`".into() }];
        insta::assert_snapshot!(missing_text(Stage::Finish, &missing) + &missing_markdown(Stage::ReRelease, &missing), @"
        waiting for 1 answer by comments on the incident; the last of them starts `finish`, and there is nothing to press
          gate `scope-assessed`: it waits for `product-owner`
        **Waiting for 1 answer by comments on the incident; once they are given, `guard` lets the release go out**

        - gate `scope-assessed`: it waits for `product-owner`
        ");
        assert_eq!(missing_text(Stage::Close, &[]) + &missing_markdown(Stage::Close, &[]), "");
    }

    #[test]
    fn a_closed_page_begins_with_who_closed_it_and_why_something_is_left() {
        let (approvals, left) = (approvals("seen"), ["withdraw it".to_owned()]);
        insta::assert_snapshot!(closed_page("The page.", Some("lead-login"), &approvals, &left, Some("the mirror keeps it")), @"
        <!-- rollback-action:closed -->
        **Closed by `lead-login`.**
        Approved by lead-login and owner-login.
        Left undone: 1 task, because the mirror keeps it

        The page.
        ");
        assert_eq!(closed_page("The page.", None, &[], &[], None), format!("{CLOSED_MARKER}\n**Closed.**\n\nThe page."));
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn no_text_changes_the_shape(plan in hostile_plan(), why in hostile::text()) {
            check_markdown(&gates_markdown(&late(plan), Stage::Finish))?;
            check_markdown(&missing_markdown(Stage::Finish, &[Reason { environment: why.clone(), text: why.clone() }]))?;
            let page = closed_page("The page.", Some(&why), &[], std::slice::from_ref(&why), Some(&why));
            prop_assert!(page.len() <= MOST + 20, "{}", page.len());
            check_markdown(&page)?;
        }
    }
}
