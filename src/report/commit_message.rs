//! The rollback commit's message: the procedure's four points, the critical issue, the approvers, and trailers for
//! programs. Text from outside is folded and its further lines are indented, so that none can pass for a trailer.

use std::collections::BTreeSet;

use super::escape::{plain, visible};
use super::facts;
use super::terminal::wrap;
use crate::gate::{Approval, ApprovedPlan};
use crate::gather::Gather as _;
use crate::plan::{PLAN_TRAILER, Plan, Second};
use crate::words::{count, cut, join};

/// The longest first line, in characters.
const TITLE: usize = 72;

/// Returns the rollback commit's message.
pub fn commit_message(approved: &ApprovedPlan) -> String {
    let message = message(approved.plan(), approved.approvals());
    match approved.broken_glass() {
        Some(glass) => message + &super::break_glass::trailer(glass),
        None => message,
    }
}

/// Returns the message of the commit that gives the rollback's content a second number.
pub fn second_message(plan: &Plan, second: &Second) -> String {
    let title = plain(&cut(&format!("Release the content of {} as {} too", facts::good_name(plan), second.version), TITLE), TITLE);
    let text = format!(
        "The same content as {}, under the number {}, for those who stay on that line. Approved with the same plan.",
        plan.tag, second.version
    );
    format!("{title}\n\n{}\n\n{PLAN_TRAILER}{}\n", folded("", &plain(&text, 600)), plan.id())
}

fn message(plan: &Plan, approvals: &[Approval]) -> String {
    let points: Vec<String> = points(plan).iter().map(|point| folded("- ", point)).collect();
    let issue = match facts::incident(plan) {
        Some((number, _)) => format!("Critical issue: {} (#{number})", plain(&facts::why(plan), 600)),
        None => format!("Critical issue: {}", plain(&facts::why(plan), 600)),
    };
    let approved = folded("", &format!("Rollback approved by: {}", approvers(approvals)));
    [title(plan), points.join("\n"), format!("{}\n{approved}", folded("", &issue)), trailers(plan, approvals)].join("\n\n") + "\n"
}

/// The title, or a shorter form where names are long.
fn title(plan: &Plan) -> String {
    let (good, new) = (facts::good_name(plan), facts::new_names(plan));
    let forms = [
        format!("Roll back {} to the content of {good}, as {new}", plan.bad.tag),
        format!("Roll back {} to {good}, as {new}", plan.bad.tag),
        format!("Roll back {}", plan.bad.tag),
    ];
    // Several packages do not fit a line each with where it goes: the first is named, the trailers have all.
    let forms = match plan.others.len() as u64 {
        0 => forms.to_vec(),
        others => vec![format!("Roll back {} and {}", plan.bad.tag, count(others, "other package")), format!("Roll back {}", plan.bad.tag)],
    };
    let fits = forms.iter().find(|form| form.chars().count() <= TITLE);
    plain(&cut(fits.or(forms.last()).map_or("", String::as_str), TITLE), TITLE).chars().take(TITLE).collect()
}

fn points(plan: &Plan) -> Vec<String> {
    let good = plain(&facts::good_names(plan), 100);
    vec![
        format!("Restore {}", plain(&facts::content(plan), 600)),
        format!("Remove what came after it: {}", facts::removes(plan)),
        format!("Return to the interfaces and behaviour of {good}, which users had before"),
        format!("Version bumped to {} for clarity", facts::new_names(plan)),
    ]
}

/// Wraps at 72; further lines are indented, which no trailer is.
fn folded(mark: &str, text: &str) -> String {
    let lines = wrap(text, TITLE - 2);
    let lines = lines.iter().enumerate().map(|(at, line)| if at == 0 { format!("{mark}{line}") } else { format!("  {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

fn approvers(approvals: &[Approval]) -> String {
    let people: BTreeSet<_> = approvals.iter().filter_map(|approval| approval.by.as_ref()).gather();
    let mut people: Vec<String> = people.iter().map(ToString::to_string).collect();
    let bypassed = approvals.iter().filter(|approval| approval.by.is_none()).count() as u64;
    if bypassed > 0 {
        people.push(format!("an administrator's bypass of {}", count(bypassed, "gate")));
    }
    match people.is_empty() {
        true => "see the pull request".into(),
        false => join(&people, "and"),
    }
}

/// The tags stand in them as they are: programs read them.
fn trailers(plan: &Plan, approvals: &[Approval]) -> String {
    let one_word = |text: &str| visible(text, 255).replace(' ', "");
    let mut lines = vec![
        format!("Rollback-Bad: {} {}", one_word(plan.bad.tag.as_str()), plan.basis.bad),
        format!("Rollback-Good: {} {}", one_word(&facts::good_name(plan)), plan.basis.good),
    ];
    for ((other, good), bad) in
        plan.others.iter().zip(&plan.basis.also_good).filter_map(|(other, good)| Some(((other, good), other.bad.first()?)))
    {
        let sha = plan.also_bad.iter().zip(&plan.basis.also_bad).find(|(known, _)| known.tag == *bad).map(|(_, sha)| sha.as_str());
        lines.push(format!("Rollback-Bad: {} {}", one_word(bad.as_str()), sha.unwrap_or_default()));
        lines.push(format!("Rollback-Good: {} {good}", one_word(&other.good.reference)));
    }
    lines.extend(approvals.iter().map(|approval| {
        let by = approval.by.as_ref().map_or_else(|| "administrator bypass".to_owned(), ToString::to_string);
        format!("Rollback-Approved-By: {by} ({})", one_word(&approval.environment))
    }));
    lines.push(format!("{PLAN_TRAILER}{}", plan.id()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{approvals, hostile_plan, some_cases, text};
    use super::*;
    use crate::plan::example::{example_plan, minimal_plan};

    #[test]
    fn the_message_has_the_procedures_points_and_its_trailers() {
        insta::assert_snapshot!(message(&example_plan(), &approvals("ready when you are")), @r#"
        Roll back v0.1.0 to the content of v0.0.12, as 0.0.13

        - Restore v0.0.12 exactly, except: .github and CHANGELOG.md stay as on
          main, version in 2 files
        - Remove what came after it: 12 commits, 5 pull requests, 84 files (+310
          -2904)
        - Return to the interfaces and behaviour of v0.0.12, which users had
          before
        - Version bumped to 0.0.13 for clarity

        Critical issue: Import failures: 14 % of users cannot import
          entity.plugins.gpt_oss (critical: more than 10 % of users) (#87)
        Rollback approved by: lead-login and owner-login

        Rollback-Bad: v0.1.0 2222222222222222222222222222222222222222
        Rollback-Good: v0.0.12 3333333333333333333333333333333333333333
        Rollback-Approved-By: lead-login (rollback-critical-issue-confirmed)
        Rollback-Approved-By: owner-login (rollback-scope-assessed)
        Rollback-Approved-By: lead-login (rollback-hotfix-ruled-out)
        Rollback-Approved-By: lead-login (rollback-stakeholder-approval-technical-lead)
        Rollback-Approved-By: owner-login (rollback-stakeholder-approval-product-owner)
        Rollback-Approved-By: owner-login (rollback-communication-ready)
        Rollback-Approved-By: lead-login (rollback-team-assembled)
        Rollback-Plan: 4000eca860b030aa9121d2c2f61f6ae015e780501088dec8a42d031b012e0c86
        "#);
    }

    #[test]
    fn a_plan_with_little_in_it_has_the_same_shape() {
        insta::assert_snapshot!(message(&minimal_plan(), &[]), @r#"
        Roll back v0.1.0 to the content of v0.0.12, as 0.0.13

        - Restore v0.0.12 exactly, except: .github stays as on main, no file
          states the version
        - Remove what came after it: 0 commits, 0 files (+0 -0)
        - Return to the interfaces and behaviour of v0.0.12, which users had
          before
        - Version bumped to 0.0.13 for clarity

        Critical issue: Import failures (critical: more than 10 % of users)
        Rollback approved by: see the pull request

        Rollback-Bad: v0.1.0 2222222222222222222222222222222222222222
        Rollback-Good: v0.0.12 3333333333333333333333333333333333333333
        Rollback-Plan: 9f96eb138ece8a3746c3122348ba209dce3e0eaa003fc3d1a6b42a385d51cef1
        "#);
    }

    #[test]
    fn long_names_give_a_shorter_title() {
        let mut plan = example_plan();
        plan.bad.tag = "entity-core-the-second-v0.1.0".parse().unwrap();
        plan.good.reference = "entity-core-the-second-v0.0.12".into();
        assert_eq!(title(&plan), "Roll back entity-core-the-second-v0.1.0");
        plan.bad.tag = "x".repeat(200).parse().unwrap();
        assert_eq!(title(&plan).chars().count(), TITLE);
    }

    proptest! {
        #![proptest_config(some_cases())]

        #[test]
        fn no_text_forges_a_trailer_mentions_or_closes(plan in hostile_plan(), comment in text()) {
            let message = message(&plan, &approvals(&comment));
            let plans: Vec<_> = message.lines().filter_map(|line| line.strip_prefix("Rollback-Plan: ")).collect();
            prop_assert_eq!(plans.concat(), plan.id().to_string());
            prop_assert_eq!(crate::plan::plan_id_in(&message), Some(plan.id().to_string()));
            let last = message.trim_end().rsplit("\n\n").next().unwrap();
            prop_assert!(last.lines().all(|line| line.starts_with("Rollback-")), "{last}");
            let trailers = message.lines().filter(|line| line.starts_with("Rollback-")).count();
            prop_assert_eq!(trailers, last.lines().count());
            let first = message.lines().next().unwrap();
            prop_assert!(first.chars().count() <= TITLE);
            let prose = message.strip_suffix(last).unwrap_or(message.trim_end().strip_suffix(last).unwrap());
            for (at, _) in prose.match_indices("@every") {
                prop_assert!(prose[..at].ends_with(char::is_alphanumeric), "{prose}");
            }
            prop_assert!(!prose.contains("#666"), "{prose}");
        }
    }
}
