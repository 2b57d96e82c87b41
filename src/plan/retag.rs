//! A rollback that publishes nothing new: the marks on GitHub go back to the good release, and no code is touched.

use super::propose::{Stop, Way, content};
use super::{Content, Plan, Request, Snapshot, Step, is_warned};
use crate::domain::git::Tag;
use crate::words::join;

/// Returns the content of a plan that proposes none: the default branch as it is.
pub(super) fn as_it_is(snapshot: &Snapshot) -> Content {
    let tree = &snapshot.head.tree;
    Content {
        tree: tree.clone(),
        base: tree.clone(),
        put: Vec::new(),
        remove: Vec::new(),
        edits: Vec::new(),
        places: Vec::new(),
        place_count: 0,
    }
}

/// Says so where every mark is as the plan would set it.
pub(super) fn nothing_to_do(snapshot: &Snapshot, plan: &Plan) -> Option<String> {
    let is_marked = |tag: &Tag| snapshot.of_bad(tag).1.is_some_and(is_warned);
    let is_done = |step: &Step| match step {
        Step::Banner { tag, .. } => is_marked(tag),
        Step::NoOp { .. } => true,
        _ => false,
    };
    plan.steps.iter().all(is_done).then(|| {
        let bad = |tag: &Tag| {
            let what = if is_marked(tag) { "carries the warning" } else { "has no release to put a warning on" };
            format!("{tag} {what}")
        };
        let bad = join(&plan.all_bad().map(|one| bad(&one.tag)).collect::<Vec<_>>(), "and");
        let latest = snapshot.latest.as_ref().map_or_else(String::new, |latest| format!(", and {} is Latest", latest.tag));
        let by_hand = match plan.manual.is_empty() {
            true => String::new(),
            false => format!("; what is left is done by hand: {}", plan.manual.join("; ")),
        };
        format!("on GitHub nothing is left to do: {bad}{latest}{by_hand}")
    })
}

/// Adds what stays bad, and who makes that good. Another strategy may follow this one.
pub(super) fn say_what_stays(request: &Request, snapshot: &Snapshot, ways: &[Way<'_>], plan: &mut Plan) {
    let (bad, branch) = (&plan.bad.tag, &plan.basis.default_branch);
    plan.warnings.extend(snapshot.notes.iter().cloned());
    if snapshot.bad_release.is_none() {
        plan.warnings.push(format!("{bad} is a tag without a GitHub release: there are no notes to put a banner on"));
    }
    if matches!(content(request, snapshot, ways), Err(Stop::Nothing(_))) {
        return;
    }
    let place = match snapshot.bad_is_on_the_branch {
        true => branch.to_string(),
        false => format!("the branch that {bad} was released from"),
    };
    plan.warnings.push(format!("no code changes: {place} still holds what {bad} brought, and the next release from it brings that again"));
    plan.manual.push(format!(
        "before the next release, take out of {place} what made {bad} bad: merge a fix, or start a new run with the strategy `patch` or `forward`, which may follow this plan"
    ));
}
