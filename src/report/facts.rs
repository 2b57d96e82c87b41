//! The facts of a plan as sentences, the same wherever they are read. They hold text from outside and no markup: each
//! document escapes what it takes from here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::Order;
use crate::domain::gate::{Gate, Holder, Stage};
use crate::domain::git::{Sha, Tag};
use crate::domain::person::Role;
use crate::gather::Gather as _;
use crate::plan::{Plan, Side, Step};
use crate::words::{count, duration, first_of, join};

/// The last column of who gets what; `None` where nothing is withdrawn, so that it would only repeat the one before.
pub(super) fn withdrawal(plan: &Plan) -> Option<String> {
    let differs = plan.who_gets_what.iter().any(|row| row.after_withdrawal != row.after_release);
    let versions: Vec<String> = plan.all_bad().map(|bad| bad.version.to_string()).collect();
    differs.then(|| format!("after withdrawing {}", first_of(&versions, 4, 0)))
}

/// What the second column of who gets what follows.
pub(super) fn after_head(plan: &Plan) -> &'static str {
    if plan.retag { "with latest moved" } else { "after the release" }
}

/// `0.0.13: the next free patch`.
pub(super) fn version(plan: &Plan) -> String {
    format!("{}: {}", new_names(plan), plan.version_why)
}

/// Returns the name people know the good release by: its tag, or a short sha.
pub(super) fn good_name(plan: &Plan) -> String {
    match plan.good.reference.parse::<Sha>() {
        Ok(sha) => sha.short().to_owned(),
        Err(_) => plan.good.reference.strip_prefix("refs/tags/").unwrap_or(&plan.good.reference).to_owned(),
    }
}

pub(super) fn title(plan: &Plan) -> String {
    if plan.retag {
        return format!("Rollback of {} to {}, with nothing new published", bad_names(plan), good_names(plan));
    }
    format!("Rollback of {} to the content of {}, as {}", bad_names(plan), good_names(plan), new_names(plan))
}

/// The good releases' names, one for each package that goes back.
pub(super) fn good_names(plan: &Plan) -> String {
    join(&good_list(plan), "and")
}

/// The same, each by itself.
pub(super) fn good_list(plan: &Plan) -> Vec<String> {
    std::iter::once(good_name(plan)).chain(plan.others.iter().map(|other| other.good.reference.clone())).collect()
}

/// The paths that come back from the main good release, where only some do.
pub(super) fn restored(plan: &Plan) -> Vec<String> {
    mix(plan).restored.unwrap_or_default().into_iter().filter(|path| *plan.good_of(path) == plan.basis.good).collect()
}

/// `0.1.1`, `0.1.1 and 0.0.13` for two releases, the tags for several packages.
pub(super) fn new_names(plan: &Plan) -> String {
    if plan.retag {
        return "nothing new".into();
    }
    join(&new_list(plan), "and")
}

/// The new tags.
pub(super) fn new_tags(plan: &Plan) -> String {
    join(&plan.new_tags().iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), "and")
}

/// The new versions or tags, each by itself.
pub(super) fn new_list(plan: &Plan) -> Vec<String> {
    match plan.others.is_empty() {
        true => {
            let second = plan.second.iter().map(|second| second.version.to_string());
            std::iter::once(plan.version.to_string()).chain(second).collect()
        }
        false => plan.new_tags().iter().map(ToString::to_string).collect(),
    }
}

/// `v0.1.0`, or `v0.1.1 and v0.1.0`.
pub(super) fn bad_names(plan: &Plan) -> String {
    join(&plan.all_bad().map(|bad| bad.tag.to_string()).collect::<Vec<_>>(), "and")
}

/// `Import failures: nobody can import it (critical: more than 10 % of users)`.
pub(super) fn why(plan: &Plan) -> String {
    let issue = match plan.reason.trim().trim_end_matches('.') {
        "" => plan.trigger.description.clone(),
        reason => format!("{}: {reason}", plan.trigger.description),
    };
    match &plan.trigger.threshold {
        Some(threshold) => format!("{issue} (critical: {threshold})"),
        None => issue,
    }
}

pub(super) fn window(plan: &Plan, now: DateTime<Utc>) -> String {
    let position = plan.window.window.position(plan.bad.published_at, now);
    let (action, who) = (&position.phase.action, &position.phase.responsible);
    match position.left {
        Some(left) => {
            format!("{} after release. {action}: {who} decides, {} left", duration(position.age), duration(left))
        }
        None => {
            format!("over, {} after release: {action} ({who}). It was planned in time", duration(position.age))
        }
    }
}

/// What the proposed tree is made of.
pub(super) struct Mix {
    /// `None` for the good release as a whole.
    pub(super) restored: Option<Vec<String>>,
    /// Paths that stay as on the default branch.
    pub(super) kept: Vec<String>,
    /// Paths that go away.
    pub(super) removed: Vec<String>,
    /// Files whose version is rewritten.
    pub(super) files: usize,
}

/// A whole rollback takes paths from the default branch only; one of parts takes paths from the good release only.
pub(super) fn mix(plan: &Plan) -> Mix {
    let content = &plan.content;
    let from = |side: Side| content.put.iter().filter(move |put| put.side == side).map(|put| put.path.to_string());
    let files: BTreeSet<_> = content.edits.iter().flat_map(|group| group.at.keys()).gather();
    let parts = content.put.iter().any(|put| put.side == Side::Good)
        || (content.put.is_empty() && !content.remove.is_empty() && content.edits.iter().all(|group| group.side == Side::Head));
    let removed = content.remove.iter().map(ToString::to_string).collect();
    match parts {
        true => Mix { restored: Some(from(Side::Good).collect()), kept: from(Side::Head).collect(), removed, files: files.len() },
        false => {
            let mut kept: BTreeSet<String> = from(Side::Head).gather();
            kept.insert(crate::plan::ALWAYS_KEPT.into());
            Mix { restored: None, kept: kept.into_iter().collect(), removed, files: files.len() }
        }
    }
}

pub(super) fn content(plan: &Plan) -> String {
    if plan.retag {
        return format!("none is proposed: {} stays as it is", plan.basis.default_branch);
    }
    let (mix, good, branch) = (mix(plan), good_name(plan), &plan.basis.default_branch);
    let mut parts = Vec::new();
    if let Some(restored) = &mix.restored {
        let from_good = |path: &&String| *plan.good_of(path) == plan.basis.good;
        let main: Vec<&String> = restored.iter().filter(from_good).collect();
        if !main.is_empty() {
            parts.push(format!("{} as in {good}", first_of(&main, 5, 0)));
        }
        for other in &plan.others {
            let own = restored.iter().filter(|path| other.paths.iter().any(|root| root.covers(path)));
            parts.push(format!("{} as in {}", first_of(&own.collect::<Vec<_>>(), 5, 0), other.good.reference));
        }
    }
    if !mix.kept.is_empty() {
        let verb = if mix.kept.len() == 1 { "stays" } else { "stay" };
        let still = if mix.restored.is_some() { "" } else { &format!(" as on {branch}") };
        parts.push(format!("{} {verb}{still}", first_of(&mix.kept, 5, 0)));
    }
    if !mix.removed.is_empty() {
        parts.push(format!("{} removed", first_of(&mix.removed, 5, 0)));
    }
    parts.push(match (mix.files, plan.content.place_count) {
        (0, 0) => "no file states the version".into(),
        (files, _) => format!("version in {}", count(files as u64, "file")),
    });
    let base = if mix.restored.is_some() { format!("{branch} as it is") } else { format!("{good} exactly") };
    format!("{base}, except: {}", parts.join(", "))
}

pub(super) fn removes(plan: &Plan) -> String {
    if plan.retag {
        return "nothing".into();
    }
    let removes = &plan.removes;
    let least = if removes.more_files { "at least " } else { "" };
    let files = format!("{least}{} (+{} -{})", count(removes.files as u64, "file"), removes.additions, removes.deletions);
    // Of paths alone it is not known which commits changed them.
    if mix(plan).restored.is_some() {
        return format!("{files}, of what {} changed", count(removes.commits, "commit"));
    }
    let mut parts = vec![count(removes.commits, "commit")];
    if removes.pull_count > 0 {
        parts.push(count(removes.pull_count as u64, "pull request"));
    }
    parts.push(files);
    parts.join(", ")
}

/// What no rollback of files undoes.
pub(super) fn stays(plan: &Plan) -> Vec<String> {
    match plan.irreversible.as_slice() {
        [] => vec!["databases and data are as they are; nothing is declared irreversible".into()],
        declared => declared.iter().map(|text| format!("{text} (declared irreversible, not undone)")).collect(),
    }
}

/// The gates that hold a stage.
pub(super) fn gates_of(plan: &Plan, stage: Stage) -> Vec<&Gate> {
    plan.gates_of(stage).collect()
}

pub(super) fn gates(plan: &Plan) -> String {
    let gates = gates_of(plan, Stage::Execute);
    let approvals = gates.iter().map(|gate| gate.approvals.len()).sum::<usize>() as u64;
    let people = match plan.rules.minimum_people {
        0 | 1 => "1 person".to_owned(),
        several => format!("{several} people"),
    };
    let requester = match (&plan.requester, plan.rules.requester_may_approve) {
        (Some(login), false) => format!("; {login} asked and may not approve"),
        (None, false) => "; whoever asked may not approve".into(),
        (_, true) => String::new(),
    };
    let order = match plan.rules.order {
        Order::AllAtOnce => "",
        Order::InOrder => ", one after another",
    };
    let later = plan.gates_from(Stage::Finish).count();
    let when = if plan.retag { "later" } else { "after the merge" };
    let later = if later == 0 { String::new() } else { format!("; {later} more {when}") };
    format!("{}{order}, by {} from at least {people}{requester}{later}", gates.len(), count(approvals, "approval"))
}

/// How many approvals each role gives before anything happens, most first: `technical-lead (lead-login): 4`.
pub(super) fn answerers(plan: &Plan) -> Vec<String> {
    let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
    for ask in gates_of(plan, Stage::Execute).iter().flat_map(|gate| &gate.approvals) {
        for role in &ask.roles {
            *roles.entry(role).or_default() += 1;
        }
    }
    let mut roles: Vec<_> = roles.into_iter().collect();
    roles.sort_unstable_by_key(|(name, approvals)| (std::cmp::Reverse(*approvals), *name));
    roles.iter().map(|(name, approvals)| format!("{}: {approvals}", role(plan, name))).collect()
}

/// `technical-lead (lead-login, team leads)`.
pub(super) fn role(plan: &Plan, name: &str) -> String {
    match plan.roles.get(name).map(people) {
        Some(people) if !people.is_empty() => format!("{name} ({people})"),
        Some(_) | None => name.to_owned(),
    }
}

fn people(role: &Role) -> String {
    let users = role.users.iter().map(ToString::to_string);
    let teams = role.teams.iter().map(|team| format!("team {team}"));
    first_of(&users.chain(teams).collect::<Vec<_>>(), 4, 0)
}

/// The people who are asked to merge.
pub(super) fn mergers(plan: &Plan) -> String {
    let roles: Vec<String> = plan.reviewers.iter().map(|name| role(plan, name)).collect();
    match roles.is_empty() {
        true => "a maintainer".into(),
        false => join(&roles, "or"),
    }
}

/// Each step in a few words.
pub(super) fn step_list(steps: &[Step]) -> Vec<String> {
    steps.iter().map(step).collect()
}

pub(super) fn steps(steps: &[Step]) -> String {
    step_list(steps).join(", ")
}

fn step(step: &Step) -> String {
    match step {
        Step::Commit { .. } => "commit".into(),
        Step::Branch { branch } => format!("branch {branch}"),
        Step::MarkerTag { tag } => format!("marker tag {tag}"),
        Step::PullRequest { .. } => "pull request".into(),
        Step::Forward { branch } => format!("{branch} moved forward to it"),
        Step::Banner { tag, .. } => format!("banner on {tag}"),
        Step::Latest { tag, .. } => format!("Latest to {tag}"),
        Step::Tag { tag } => format!("tag {tag}"),
        Step::TagBeside { tag, .. } => format!("tag {tag} on the same content"),
        Step::Release { .. } => "release".into(),
        Step::ReleaseBeside { tag } => format!("release {tag}"),
        Step::Dispatch { workflow, .. } => format!("start {workflow}"),
        Step::NoOp { what, why } => format!("no {what} ({why})"),
    }
}

/// No merge starts what comes after a direct delivery, so somebody presses the button.
pub(super) fn starts_finish(plan: &Plan) -> String {
    let it = if plan.new_tags().len() == 1 { "releases it" } else { "releases them" };
    format!(
        "{} starts the workflow that finishes a rollback, with the bad release {}; it tags {} and {it}",
        mergers(plan),
        plan.bad.tag,
        new_tags(plan)
    )
}

pub(super) fn after(plan: &Plan) -> String {
    let merge = if plan.is_direct() { "" } else { "merge, " };
    let by_hand = match plan.manual.len() {
        0 => String::new(),
        tasks => format!(", {} by hand", count(tasks as u64, "task")),
    };
    if plan.retag {
        return format!("nothing to merge or release{by_hand}");
    }
    format!("{merge}{}{by_hand}", steps(&plan.finish))
}

/// What happens next once there is a plan, and who makes it happen.
pub(super) fn next_after_plan(plan: &Plan) -> String {
    match answerers(plan).as_slice() {
        [] => "the policy has no gate before execute; add one, nothing runs without".into(),
        roles => {
            let place = match plan.rules.by {
                Holder::Environments => "on the run's page",
                Holder::Comments => "by a comment on the incident",
            };
            format!("each gate waits for its approval {place}. Who answers how many: {}", join(roles, "and"))
        }
    }
}

/// What becomes of commits that reached the default branch after the plan. On a rollback that was rebuilt on top of them
/// they lie below it, so its tree takes them out; otherwise Git merges the two.
pub(super) fn became_of_later(plan: &Plan, commits: u64, rebuilt: bool) -> String {
    let branch = &plan.basis.default_branch;
    let what = format!("{} reached {branch} after the plan was made", count(commits, "commit"));
    match rebuilt {
        false => {
            format!("{what}: not in the approved content; Git merges them as it merges any two branches, so look at them before you merge")
        }
        true => format!(
            "{what}: the rollback was rebuilt on top of them, so merging it takes their changes out too, except in the paths that stay"
        ),
    }
}

/// The page of a tag's release.
pub(super) fn release_page(plan: &Plan, tag: &Tag) -> String {
    format!("{}/releases/tag/{}", plan.url, segment(tag.as_str()))
}

/// A name inside an address; its slashes stay, as GitHub's own links have them.
pub(super) fn segment(name: &str) -> String {
    const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(name, &KEPT).to_string()
}

/// The issue of the incident: its number and its page.
pub(super) fn incident(plan: &Plan) -> Option<(u64, String)> {
    plan.incident.or(plan.opened_incident).map(|number| (number, format!("{}/issues/{number}", plan.url)))
}
