//! Drafts the plan, or gives every reason why there is none.

use sha2::{Digest as _, Sha256};

use super::number::{Numbered, number};
use super::propose::{Stop, content};
use super::{
    Bad, Basis, CommitFacts, Content, GoodRelease, LARGEST_PLAN, Plan, PlannedWindow, Request, Rules, Snapshot, Step, holder, removes,
};
use crate::config::{Delivery, Policy};
use crate::domain::git::{Branch, Sha, Tag};
use crate::domain::release::{Publication, Release};
use crate::domain::trigger::Trigger;
use crate::domain::version::{TagTemplate, Version};
use crate::github::PullState;
use crate::manifest::{self, Search};
use crate::words::{count, duration, list, nearest};

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drafted {
    /// A plan.
    Plan(Box<Plan>),
    /// The content is the good release's already.
    NothingToDo(String),
    /// No plan, for all of these reasons.
    Refused(Vec<Refused>),
}

/// One reason against a rollback.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// The thing and the place.
    pub why: String,
    /// The remedy.
    pub hint: String,
}

impl Refused {
    /// Returns a reason.
    pub fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { why: why.into(), hint: hint.into() }
    }
}

/// Returns what to look for in the tree.
pub fn manifest_search(policy: &Policy, repository: &str) -> Search {
    Search::new(&policy.packages, repository)
}

/// Drafts the plan.
pub fn draft(request: &Request, snapshot: &Snapshot) -> Drafted {
    let policy = &snapshot.policy;
    let mut refused = Vec::new();
    let trigger = match find_trigger(&request.trigger, policy) {
        Ok(trigger) => Some(trigger),
        Err(why) => {
            refused.push(why);
            None
        }
    };
    refused.extend(window_over(snapshot));
    refused.extend(already_open(request, snapshot));
    if snapshot.archived {
        refused.push(Refused::new(format!("`{}` is archived, hence read-only", snapshot.repository), "unarchive it under Settings first"));
    }
    let versions = match versions(request, snapshot) {
        Ok(versions) => Some(versions),
        Err(why) => {
            refused.push(why);
            None
        }
    };
    let numbered = versions.and_then(|(bad, good)| {
        let strategy = request.strategy.as_deref().unwrap_or(&policy.strategy);
        match number(snapshot, &bad, &also_bad_versions(snapshot), &good, strategy) {
            Ok(numbered) => Some((bad, good, numbered)),
            Err(reasons) => {
                refused.extend(reasons);
                None
            }
        }
    });
    let (Some(trigger), Some((bad, good, numbered))) = (trigger, numbered) else { return Drafted::Refused(refused) };
    let (content, notes) = match content(request, snapshot, &bad, &good, &numbered.version) {
        Ok(found) => found,
        Err(Stop::Refused(reasons)) => {
            refused.extend(reasons);
            return Drafted::Refused(refused);
        }
        Err(Stop::Nothing(why)) if refused.is_empty() => return Drafted::NothingToDo(why),
        Err(Stop::Nothing(_)) => return Drafted::Refused(refused),
    };
    if !refused.is_empty() {
        return Drafted::Refused(refused);
    }
    let numbered = Numbered { warnings: numbered.warnings.into_iter().chain(notes).collect(), ..numbered };
    assemble(request, snapshot, trigger, (bad, good), numbered, content)
}

fn find_trigger(id: &str, policy: &Policy) -> Result<Trigger, Refused> {
    if let Some(trigger) = policy.triggers.iter().find(|trigger| trigger.id == id) {
        return Ok(trigger.clone());
    }
    let ids: Vec<&str> = policy.triggers.iter().map(|trigger| trigger.id.as_str()).collect();
    let critical = format!("critical triggers are {}", list(&ids, "and"));
    match policy.non_critical.iter().find(|(class, _)| class == id) {
        Some((_, description)) => Err(Refused::new(
            format!("`{id}` ({description}) is not a reason to roll back"),
            format!("help the users affected, or release a fix; {critical}"),
        )),
        None => {
            let near = nearest(id, ids.iter().copied());
            let hint = if near.is_empty() { critical } else { format!("did you mean {}? {critical}", list(&near, "or")) };
            Err(Refused::new(format!("the policy has no trigger `{}`", id.escape_debug()), hint))
        }
    }
}

fn published(snapshot: &Snapshot) -> chrono::DateTime<chrono::Utc> {
    let release = snapshot.bad_release.as_ref().and_then(|release| release.published_at);
    release.or(snapshot.bad.committed).unwrap_or(snapshot.now)
}

fn window_over(snapshot: &Snapshot) -> Option<Refused> {
    let window = &snapshot.policy.window;
    let position = window.position(published(snapshot), snapshot.now);
    position.left.is_none().then(|| {
        let why = format!("the rollback window is over: the release is {} old, the window is {} h", duration(position.age), window.hours());
        Refused::new(
            why,
            format!(
                "{} ({}): release a hotfix with the procedure's option 3, or lengthen `window` in the policy",
                window.after.action, window.after.responsible
            ),
        )
    })
}

fn already_open(request: &Request, snapshot: &Snapshot) -> Option<Refused> {
    let open = snapshot.pulls.iter().find(|pull| pull.state == PullState::Open)?;
    let hint = format!("see {}; merge it, or close it and delete its branch to plan anew", open.url);
    Some(Refused::new(format!("a rollback of {} is already open: pull request #{}", request.bad, open.number), hint))
}

fn versions(request: &Request, snapshot: &Snapshot) -> Result<(Version, Version), Refused> {
    let read = |tag: &Tag| TagTemplate::of(tag).map(|(_, version)| version);
    let bad = read(&request.bad).ok_or_else(|| {
        Refused::new(format!("the tag `{}` holds no version", request.bad), "a release's tag must hold one, like `v1.2.3`")
    })?;
    let reference = &snapshot.good.reference;
    let good = reference.parse().ok().and_then(|tag: Tag| read(&tag)).or_else(|| stated_version(snapshot));
    let good = good.ok_or_else(|| {
        Refused::new(format!("`{reference}` holds no version, and no file there states one"), "name a release's tag with `--good`")
    })?;
    if good >= bad {
        return Err(Refused::new(
            format!("the bad release {bad} is not newer than the good one {good}"),
            "check `--bad` and `--good`; a rollback goes to an older release",
        ));
    }
    Ok((bad, good))
}

fn also_bad_versions(snapshot: &Snapshot) -> Vec<Version> {
    snapshot.also_bad.iter().filter_map(|(tag, ..)| Some(TagTemplate::of(tag)?.1)).collect()
}

/// The version that the files of a ref state which is no release's tag.
fn stated_version(snapshot: &Snapshot) -> Option<Version> {
    let search = manifest_search(&snapshot.policy, snapshot.repository.name());
    let found = manifest::find(&search, &snapshot.files);
    found.places.iter().find(|place| place.what == manifest::What::OwnVersion)?.value.parse().ok()
}

fn assemble(
    request: &Request,
    snapshot: &Snapshot,
    trigger: Trigger,
    (bad, good): (Version, Version),
    numbered: Numbered,
    content: Content,
) -> Drafted {
    let policy = &snapshot.policy;
    let fail = |error: crate::domain::git::BadName| Drafted::Refused(vec![Refused::new(error.to_string(), "")]);
    let tag = match numbered.template.tag(&numbered.version) {
        Ok(tag) => tag,
        Err(error) => return fail(error),
    };
    let branch: Branch = match format!("rollback/{}", request.bad).parse() {
        Ok(branch) => branch,
        Err(error) => return fail(error),
    };
    let published_at = published(snapshot);
    let position = policy.window.position(published_at, snapshot.now);
    let workflows = workflows(snapshot);
    let mut plan = Plan {
        format: 1,
        repository: snapshot.repository.clone(),
        url: snapshot.url.clone(),
        bad: Bad { tag: request.bad.clone(), version: bad, release: snapshot.bad_release.as_ref().map(|release| release.id), published_at },
        also_bad: snapshot.also_bad.iter().filter_map(also_bad).collect(),
        good: GoodRelease {
            reference: snapshot.good.reference.clone(),
            version: good,
            release: snapshot.good.release.as_ref().map(|release| release.id),
        },
        version: numbered.version,
        tag,
        version_why: numbered.why,
        reason: request.reason.clone(),
        trigger,
        incident: request.incident,
        requester: request.requester.clone(),
        basis: Basis {
            default_branch: snapshot.default_branch.clone(),
            head: snapshot.head.sha.clone(),
            workflows,
            bad: snapshot.bad.sha.clone(),
            also_bad: snapshot.also_bad.iter().map(|(_, commit, _)| commit.sha.clone()).collect(),
            good: snapshot.good.commit.sha.clone(),
            policy: snapshot.policy_digest.clone(),
        },
        window: PlannedWindow {
            window: policy.window.clone(),
            phase: position.phase.action.clone(),
            responsible: position.phase.responsible.clone(),
            closes_at: published_at + chrono::TimeDelta::hours(i64::from(policy.window.hours())),
        },
        content,
        removes: removes(&snapshot.since_good, &policy.restore),
        irreversible: irreversible(snapshot),
        gates: policy.gates.clone(),
        roles: policy.roles.clone(),
        rules: Rules {
            by: holder(policy.approvals.by, snapshot.private, snapshot.environments.as_deref().map_err(String::as_str)),
            ..Rules::of(policy)
        },
        steps: Vec::new(),
        finish: Vec::new(),
        branch,
        labels: policy.labels.clone(),
        reviewers: policy.reviewers.clone(),
        who_gets_what: numbered.rows,
        headline: numbered.headline,
        manual: numbered.manual,
        warnings: numbered.warnings,
    };
    plan.warnings.extend(warnings(snapshot, &plan));
    plan.steps = steps(policy, snapshot, &plan);
    plan.finish = finish(policy, &plan);
    let size = plan.to_document().len();
    if size > LARGEST_PLAN {
        let why = format!(
            "the plan is {size} bytes, more than the {LARGEST_PLAN} that travel between jobs; it edits {} places",
            plan.content.place_count
        );
        return Drafted::Refused(vec![Refused::new(why, "roll back fewer packages at once: name them under `packages` in the policy")]);
    }
    Drafted::Plan(Box::new(plan))
}

fn also_bad((tag, commit, release): &(Tag, CommitFacts, Option<Release>)) -> Option<Bad> {
    let published = release.as_ref().and_then(|release| release.published_at).or(commit.committed);
    Some(Bad {
        tag: tag.clone(),
        version: TagTemplate::of(tag)?.1,
        release: release.as_ref().map(|release| release.id),
        published_at: published?,
    })
}

fn workflows(snapshot: &Snapshot) -> Option<Sha> {
    let directory = snapshot.head_forest.directory(super::content::ALWAYS_KEPT)?;
    directory.iter().find(|entry| entry.name == b"workflows").map(|entry| entry.sha.clone())
}

/// A release may declare in its notes what cannot be undone: a line that starts with `irreversible:`.
fn irreversible(snapshot: &Snapshot) -> Vec<String> {
    let notes = snapshot.bad_release.iter().flat_map(|release| release.body.lines());
    let declared = notes.filter_map(|line| {
        let line = line.trim_start_matches(['-', '*', ' ', '>']).trim_start_matches("**");
        let (key, text) = line.split_once(':')?;
        key.trim_end_matches('*')
            .eq_ignore_ascii_case("irreversible")
            .then(|| text.trim().trim_start_matches("**").trim().chars().filter(|c| !c.is_control()).take(300).collect::<String>())
    });
    snapshot.policy.irreversible.iter().cloned().chain(declared.take(10)).filter(|text| !text.is_empty()).collect()
}

fn warnings(snapshot: &Snapshot, plan: &Plan) -> Vec<String> {
    let mut warnings = snapshot.notes.clone();
    if snapshot.bad_release.is_none() {
        warnings.push(format!(
            "{} is a tag without a GitHub release: there are no notes to put a banner on, and the window counts from its commit",
            plan.bad.tag
        ));
    }
    if !snapshot.bad_is_on_the_branch {
        warnings.push(format!(
            "{0} is not in the history of {1}: it was released from another branch, and {1} loses what it has besides ({2}); \
             to change only part of it, name `restore.paths` in the policy",
            plan.bad.tag,
            plan.basis.default_branch,
            count(plan.removes.commits, "commit")
        ));
    }
    if let Some(newer) = newer_on_the_line(snapshot, plan) {
        warnings.push(format!(
            "{newer} is newer than {} on the same line, and what it changed goes away too; `--good {newer}` returns to it instead",
            plan.good.reference
        ));
    }
    if !snapshot.good_is_ancestor {
        warnings.push(format!(
            "{} is not an ancestor of {}: it lies on another branch, so more may go away than the release brought",
            plan.good.reference, plan.bad.tag
        ));
    }
    if snapshot.policy.marker_tag && marker_is_release_like(snapshot) {
        warnings.push(format!(
            "the marker tag {} looks like a release's tag: a workflow that runs on such tags would take it for one",
            marker(plan)
        ));
    }
    for pull in snapshot.pulls.iter().filter(|pull| pull.state == PullState::Closed) {
        warnings.push(format!("an earlier rollback pull request #{} was closed without merging", pull.number));
    }
    warnings
}

/// The good release may have been passed by on its own line, by fixes that are on no ancestor of the bad one.
fn newer_on_the_line(snapshot: &Snapshot, plan: &Plan) -> Option<Tag> {
    let line = |version: &Version| version.to_string().rsplit_once('.').map(|(line, _)| line.to_owned());
    let same = |version: &Version| *version > plan.good.version && line(version) == line(&plan.good.version);
    let found = super::candidates(&plan.bad.tag, &snapshot.releases).into_iter().find(|(_, version)| same(version));
    found.map(|(release, _)| release.tag.clone())
}

/// Any tag filter that takes `v0.0.13` also takes `v0.0.13-rollback`, unless it ends in a digit class.
fn marker_is_release_like(snapshot: &Snapshot) -> bool {
    snapshot.head_forest.directory(".github/workflows").is_none_or(|entries| !entries.is_empty())
}

fn marker(plan: &Plan) -> String {
    format!("{}-rollback", plan.tag)
}

fn steps(policy: &Policy, snapshot: &Snapshot, plan: &Plan) -> Vec<Step> {
    let base = plan.basis.default_branch.clone();
    let mut steps = vec![
        Step::Commit { tree: plan.content.tree.clone(), parent: plan.basis.head.clone() },
        Step::Branch { branch: plan.branch.clone() },
    ];
    if policy.marker_tag
        && let Ok(tag) = marker(plan).parse()
    {
        steps.push(Step::MarkerTag { tag });
    }
    steps.push(match policy.delivery {
        Delivery::PullRequest => Step::PullRequest {
            title: format!("Roll back {} to the content of {}, as {}", plan.bad.tag, plan.good.reference, plan.version),
            base,
        },
        Delivery::Direct => Step::Forward { branch: base },
    });
    steps.push(banner(&plan.bad.tag, snapshot.bad_release.as_ref()));
    steps.extend(snapshot.also_bad.iter().map(|(tag, _, release)| banner(tag, release.as_ref())));
    steps.push(match &snapshot.good.release {
        Some(release) if release.publication == Publication::Full => Step::Latest { release: release.id, tag: release.tag.clone() },
        Some(_) | None => {
            Step::NoOp { what: "change of Latest".into(), why: format!("{} is not a published release", plan.good.reference) }
        }
    });
    steps
}

fn banner(tag: &Tag, release: Option<&Release>) -> Step {
    match release {
        Some(release) if release.publication != Publication::Draft => Step::Banner { release: release.id, tag: tag.clone() },
        Some(_) => Step::NoOp { what: format!("banner on {tag}"), why: "it is a draft, so nobody sees it".into() },
        None => Step::NoOp { what: format!("banner on {tag}"), why: "it has no GitHub release".into() },
    }
}

fn finish(policy: &Policy, plan: &Plan) -> Vec<Step> {
    let mut steps = vec![Step::Tag { tag: plan.tag.clone() }, Step::Release { tag: plan.tag.clone() }];
    steps.extend(policy.release_workflow.clone().map(|workflow| Step::Dispatch { workflow, tag: plan.tag.clone() }));
    steps
}

/// Returns the digest of a policy's text.
pub fn policy_digest(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
