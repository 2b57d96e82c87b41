//! Drafts the plan, or gives every reason why there is none.

use sha2::{Digest as _, Sha256};

use super::number::Numbered;
use super::propose::{Stop, Way, content};
use super::retag;
use super::route::{Route, routes};
use super::scope::{names_of, roots};
use super::steps::{finish, steps};
use super::warnings::warnings;
use super::{
    Bad, Basis, CommitFacts, Content, GoodRelease, LARGEST_PLAN, Line, Other, Plan, PlannedWindow, Removes, Request, Rules, Second,
    Snapshot, holder, removes,
};
use crate::config::Policy;
use crate::domain::git::{BadName, Branch, Sha, Tag};
use crate::domain::release::Release;
use crate::domain::restore::Restore;
use crate::domain::trigger::Trigger;
use crate::domain::version::TagTemplate;
use crate::github::PullState;
use crate::manifest::Search;
use crate::words::{duration, list, nearest};

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

/// Returns what to look for in the tree, for all lines.
pub fn manifest_search(lines: &[Line], repository: &str) -> Search {
    let packages: Vec<_> = lines.iter().flat_map(|line| line.packages.clone()).collect();
    let beside: Vec<_> = lines.iter().flat_map(|line| line.beside.clone()).collect();
    Search::new(&packages, repository).beside(&beside)
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
    let routes = match routes(request, snapshot) {
        Ok(routes) => routes,
        Err(reasons) => {
            refused.extend(reasons);
            Vec::new()
        }
    };
    let Some(main) = routes.first() else { return Drafted::Refused(refused) };
    let ways: Vec<Way<'_>> = routes.iter().map(|route| route.way(&route.numbered.version)).collect();
    let second = main.numbered.second.as_ref();
    let both = match main.numbered.retag {
        true => Ok(((retag::as_it_is(snapshot), Vec::new()), None)),
        false => content(request, snapshot, &ways)
            .and_then(|first| Ok((first, second.map(|second| content(request, snapshot, &[main.way(second)])).transpose()?))),
    };
    let ((content, notes), other) = match both {
        Ok(found) => found,
        Err(Stop::Refused(reasons)) => {
            refused.extend(reasons);
            return Drafted::Refused(refused);
        }
        Err(Stop::Nothing(why)) if refused.is_empty() => return Drafted::NothingToDo(why),
        Err(Stop::Nothing(_)) => return Drafted::Refused(refused),
    };
    let Some(trigger) = trigger.filter(|_| refused.is_empty()) else { return Drafted::Refused(refused) };
    let contents = (content, other.map(|(other, _)| other));
    assemble(request, snapshot, trigger, &routes, contents, notes)
        .unwrap_or_else(|error| Drafted::Refused(vec![Refused::new(error.to_string(), "")]))
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

/// The oldest of what goes back decides.
fn window_over(snapshot: &Snapshot) -> Option<Refused> {
    let window = &snapshot.policy.window;
    let named = snapshot.others.iter().filter_map(|other| other.line.bad.first());
    let others = named.filter_map(|tag| {
        let (commit, release) = snapshot.of_bad(tag);
        release.and_then(|release| release.published_at).or(commit.committed)
    });
    let oldest = others.chain([published(snapshot)]).min().unwrap_or(snapshot.now);
    let position = window.position(oldest, snapshot.now);
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

fn assemble(
    request: &Request,
    snapshot: &Snapshot,
    trigger: Trigger,
    routes: &[Route<'_>],
    (content, other): (Content, Option<Content>),
    notes: Vec<String>,
) -> Result<Drafted, BadName> {
    let policy = &snapshot.policy;
    let [main, others @ ..] = routes else { return Ok(Drafted::Refused(Vec::new())) };
    let branch: Branch = format!("rollback/{}", request.bad).parse()?;
    let second = match (&main.numbered.second, other) {
        (Some(version), Some(other)) => Some(Second::of(version.clone(), main.numbered.template.tag(version)?, other, &content)),
        (Some(_), None) | (None, _) => None,
    };
    let published_at = published(snapshot);
    let position = policy.window.position(published_at, snapshot.now);
    let of_all =
        |part: fn(&Numbered) -> &Vec<String>| -> Vec<String> { routes.iter().flat_map(|route| part(&route.numbered).clone()).collect() };
    let retag = main.numbered.retag;
    let mut plan = Plan {
        format: 1,
        repository: snapshot.repository.clone(),
        url: snapshot.url.clone(),
        bad: Bad {
            tag: request.bad.clone(),
            version: main.bad.clone(),
            release: snapshot.bad_release.as_ref().map(|release| release.id),
            published_at,
        },
        also_bad: snapshot.also_bad.iter().filter_map(|bad| also_bad(bad, snapshot)).collect(),
        good: good_release(main),
        retag,
        version: main.numbered.version.clone(),
        tag: main.tag()?,
        version_why: main.numbered.why.clone(),
        candidates: main.numbered.candidates.clone(),
        second,
        others: others.iter().map(self::other).collect::<Result<_, _>>()?,
        reason: request.reason.clone(),
        trigger,
        incident: request.incident,
        opened_incident: None,
        requester: request.requester.clone(),
        basis: Basis {
            default_branch: snapshot.default_branch.clone(),
            head: snapshot.head.sha.clone(),
            workflows: workflows(snapshot),
            bad: snapshot.bad.sha.clone(),
            also_bad: snapshot.also_bad.iter().map(|(_, commit, _)| commit.sha.clone()).collect(),
            good: snapshot.good.commit.sha.clone(),
            also_good: snapshot.others.iter().map(|other| other.good.commit.sha.clone()).collect(),
            policy: snapshot.policy_digest.clone(),
        },
        window: PlannedWindow {
            window: policy.window.clone(),
            phase: position.phase.action.clone(),
            responsible: position.phase.responsible.clone(),
            closes_at: published_at + chrono::TimeDelta::hours(i64::from(policy.window.hours())),
        },
        content,
        removes: if retag { Removes::default() } else { all_removes(snapshot) },
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
        who_gets_what: routes.iter().flat_map(|route| route.numbered.rows.clone()).collect(),
        headline: of_all(|numbered| &numbered.headline),
        manual: of_all(|numbered| &numbered.manual),
        warnings: of_all(|numbered| &numbered.warnings),
    };
    plan.warnings.extend(notes);
    match retag {
        true => {
            let ways: Vec<Way<'_>> = routes.iter().map(|route| route.way(&route.numbered.version)).collect();
            retag::say_what_stays(request, snapshot, &ways, &mut plan);
        }
        false => plan.warnings.extend(warnings(snapshot, &plan)),
    }
    plan.steps = steps(policy, snapshot, &plan);
    plan.finish = finish(snapshot, &plan);
    if let Some(why) = retag::nothing_to_do(snapshot, &plan).filter(|_| retag) {
        return Ok(Drafted::NothingToDo(why));
    }
    let plan = plan.fitted();
    let size = plan.to_document().len();
    if size > LARGEST_PLAN {
        let why = format!(
            "the plan is {size} bytes, more than the {LARGEST_PLAN} that travel between jobs; it edits {} places",
            plan.content.place_count
        );
        return Ok(Drafted::Refused(vec![Refused::new(why, "roll back fewer packages at once: name them with `--package`")]));
    }
    Ok(Drafted::Plan(Box::new(plan)))
}

fn good_release(route: &Route<'_>) -> GoodRelease {
    GoodRelease {
        reference: route.to.reference.clone(),
        version: route.good.clone(),
        release: route.to.release.as_ref().map(|release| release.id),
    }
}

fn other(route: &Route<'_>) -> Result<Other, BadName> {
    let Route { line, numbered, .. } = route;
    Ok(Other {
        package: names_of(line),
        paths: roots(&line.packages),
        bad: line.bad.clone(),
        good: good_release(route),
        version: numbered.version.clone(),
        tag: route.tag()?,
        version_why: numbered.why.clone(),
        candidates: numbered.candidates.clone(),
        rows: numbered.rows.len(),
        sentences: numbered.headline.len(),
    })
}

/// What goes away on every line: files are counted for each, commits where most lie since the good release.
fn all_removes(snapshot: &Snapshot) -> Removes {
    let restore = &snapshot.policy.restore;
    if snapshot.others.is_empty() {
        return removes(&snapshot.since_good, restore);
    }
    let mine = |line: &Line| match restore {
        Restore::Only { paths, remove, keep } => {
            let own = roots(&line.packages);
            let inside = |listed: &Vec<_>| -> Vec<crate::domain::restore::RepoPath> {
                let covered = |path: &crate::domain::restore::RepoPath| own.iter().any(|root| root.covers(path.as_str()));
                listed.iter().filter(|path| covered(path)).cloned().collect()
            };
            Restore::Only { paths: inside(paths), remove: inside(remove), keep: inside(keep) }
        }
        Restore::Everything { .. } => restore.clone(),
    };
    let main = removes(&snapshot.since_good, &mine(&snapshot.line));
    let others = snapshot.others.iter().map(|other| removes(&other.since_good, &mine(&other.line)));
    others.fold(main, Removes::and)
}

fn also_bad((tag, commit, release): &(Tag, CommitFacts, Option<Release>), snapshot: &Snapshot) -> Option<Bad> {
    let lines = std::iter::once(&snapshot.line).chain(snapshot.others.iter().map(|other| &other.line));
    let version = lines.into_iter().find(|line| line.bad.contains(tag)).and_then(|line| line.version_of(tag));
    let published = release.as_ref().and_then(|release| release.published_at).or(commit.committed);
    Some(Bad {
        tag: tag.clone(),
        version: version.or_else(|| TagTemplate::of(tag).map(|(_, version)| version))?,
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

/// Returns the digest of a policy's text.
pub fn policy_digest(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
