//! What must hold before any approval is looked at: the run is on the default branch, and the plan's gates are the
//! policy's own. Nobody can go past these.

use super::{Evidence, Reason};
use crate::domain::gate::{Holder, Stage};
use crate::plan::{Plan, Rules, holder};

/// Returns what makes every approval of this run worthless.
pub(super) fn problems(plan: &Plan, stage: Stage, evidence: &Evidence) -> Vec<Reason> {
    let mut problems = Vec::new();
    problems.extend(other_branch(plan, stage, evidence));
    if !plan.gates.iter().any(|gate| gate.stage == Stage::Execute && !gate.approvals.is_empty()) {
        problems.push(Reason::of_all("the plan has no gate before execute, so nobody would approve it; keep at least one in the policy"));
    }
    problems.extend(other_policy(plan, stage, evidence));
    problems
}

/// A run on another branch may run another workflow.
fn other_branch(plan: &Plan, stage: Stage, evidence: &Evidence) -> Option<Reason> {
    let default = &plan.basis.default_branch;
    let run = &evidence.run;
    let text = if run.reference != format!("refs/heads/{default}") {
        format!("this run is on `{}`; start it on the default branch `{default}`", run.reference.escape_debug())
    } else {
        match run.branch.as_deref() {
            Some(branch) if branch == default.as_str() => return None,
            // The run of a merged pull request is on the branch it was merged into, and on record for the one it came from:
            // https://docs.github.com/actions/reference/workflows-and-actions/contexts#github-context
            Some(branch) if stage == Stage::Finish && run.event == "pull_request" && branch == plan.branch.as_str() => return None,
            Some(branch) => {
                format!("GitHub has this run on record for `{}`; start it on the default branch `{default}`", branch.escape_debug())
            }
            None => format!("GitHub does not say which branch this run is on; start it on the default branch `{default}`"),
        }
    };
    Some(Reason::of_all(text))
}

/// A plan is only as good as its gates, so they are compared with the policy as it stands now: a plan made by hand,
/// with another policy, or before the policy was changed, is not approved by gates that nobody asks for any more.
fn other_policy(plan: &Plan, stage: Stage, evidence: &Evidence) -> Option<Reason> {
    let remedy = "start a new run to plan by the policy as it is now";
    let text = match &evidence.policy {
        Err(why) => format!("the policy could not be read again ({why}), so the plan's gates cannot be compared with it; run this again"),
        Ok(policy) if policy.gates != plan.gates => {
            format!("the plan's gates are not those of the policy on `{}`; {remedy}", plan.basis.default_branch)
        }
        Ok(policy) if (Rules { by: plan.rules.by, ..Rules::of(policy) }) != plan.rules => {
            format!("the plan counts approvals by other rules than the policy on `{}`; {remedy}", plan.basis.default_branch)
        }
        Ok(policy) => {
            if let (Err(why), None, Holder::Comments, true) = (&evidence.environments, policy.approvals.by, plan.rules.by, evidence.private)
            {
                let why =
                    format!("the environments could not be read ({why}), so whether they hold the gates by now is unknown; run this again");
                return Some(Reason::of_all(why));
            }
            let now = holder(policy.approvals.by, evidence.private, evidence.environments.as_deref().map_err(String::as_str));
            if now == plan.rules.by {
                return None;
            }
            let word = |holder| match holder {
                Holder::Environments => "environments",
                Holder::Comments => "comments",
            };
            let remedy = match stage {
                Stage::Execute => remedy.to_owned(),
                // What is planned and merged is planned no more; its gates are those of the policy that says what holds them.
                Stage::Finish | Stage::Close | Stage::ReRelease => format!(
                    "write `approvals: {{ by: {} }}` into the policy on `{}`, then start the workflow of this stage again, which asks there",
                    word(now),
                    plan.basis.default_branch
                ),
            };
            format!("the plan's gates are answered by {}, and here they are held by {} now; {remedy}", word(plan.rules.by), word(now))
        }
    };
    Some(Reason::of_all(text))
}
