//! Reader → [`Facts`], in few rounds of reads at once. What cannot be read is a fact too.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{TimeDelta, Utc};
use futures_util::future::{join, join_all, join3, join4, join5};

use super::facts::{Drill, Facts, Known, Line, PolicyFacts, Unread};
use super::ours::ours;
use super::workflow_file::WorkflowFile;
use crate::config::{self, Policy};
use crate::domain::git::{Branch, Tag};
use crate::domain::person::Login;
use crate::domain::release::{Publication, Release};
use crate::domain::tree::TreeEntry;
use crate::domain::version::TagTemplate;
use crate::gather::Gather as _;
use crate::github::{Ask, Environment, Error, Inspector, Object, PullState, Reader, Why, read_environments};
use crate::observe::{LocalPolicy, NotObserved, POLICY_PATH, snapshot};
use crate::plan::{Drafted, Request, Snapshot, draft};
use crate::registry::address::Configuration;

/// Where workflow files lie.
const WORKFLOWS: &str = ".github/workflows";
/// What a rollback leaves as it is on the default branch.
const KEPT: &str = ".github";
/// How many workflow files are read.
const MOST_FILES: usize = 100;
/// How many lines of releases are planned.
const MOST_LINES: usize = 10;

/// What `doctor` is given beside the repository.
#[derive(Debug, Clone, Default)]
pub struct Given<'g> {
    /// A policy in place of the repository's own.
    pub policy: Option<&'g LocalPolicy>,
    /// What the ecosystems' clients are configured with.
    pub clients: Option<&'g Configuration>,
}

/// Looks at everything.
///
/// # Errors
/// When the repository itself cannot be read: a wrong token, no access, no network.
pub async fn look(reader: &Reader, inspector: &Inspector, given: Given<'_>) -> Result<Facts, Error> {
    let settings = inspector.settings().await?;
    let asks = [Ask::Blob(format!("HEAD:{POLICY_PATH}")), Ask::Tree(format!("HEAD:{WORKFLOWS}"))];
    let (objects, releases, environments, (workflows, actions), (labels, tag_rulesets, protected)) = join5(
        reader.objects(&asks),
        reader.releases(1),
        reader.environments(),
        join(inspector.workflows(), inspector.actions_settings()),
        join3(inspector.labels(), inspector.tag_rulesets(), reader.is_protected(&settings.default_branch)),
    )
    .await;
    let (policy_object, directory) = match objects {
        Ok((_, objects)) => {
            let mut objects = objects.into_iter();
            (Ok(objects.next()), Ok(objects.next()))
        }
        Err(error) if error.why() == Some(&Why::Conflict) => (Ok(None), Ok(None)),
        Err(error) => {
            let unread = Unread::from(error);
            (Err(unread.clone()), Err(unread))
        }
    };
    let policy = policy(given.policy, policy_object);
    let releases: Known<Vec<Release>> = releases.map(|(releases, _)| releases).map_err(Unread::from);
    let valid = match &policy {
        PolicyFacts::Valid(policy, _) => Some(policy.as_ref()),
        PolicyFacts::Invalid(_) | PolicyFacts::Missing(_) | PolicyFacts::Unread(_) => None,
    };
    let environments = environments.map_err(Unread::from);
    let newest = newest(releases.as_deref().unwrap_or_default(), valid);
    let rollback = newest.first().and_then(|newest| format!("rollback/{}", newest.tag).parse().ok());
    let rollback: Branch = rollback.unwrap_or_else(|| settings.default_branch.clone());
    let ((environments, people, teams), files, (default_rules, rollback_rules, branches), drills) = join4(
        join3(patterns(reader, valid, environments.clone()), people(inspector, valid, environments), teams(inspector, valid)),
        workflow_files(reader, directory),
        join3(inspector.branch_rules(&settings.default_branch), inspector.branch_rules(&rollback), inspector.branches_starting("rollback")),
        join_all(newest.iter().map(|newest| drill(reader, valid, newest, &given))),
    )
    .await;
    let workflows = workflows.map_err(Unread::from);
    let last_runs = last_runs(inspector, files.as_deref().unwrap_or_default(), workflows.as_deref().unwrap_or_default()).await;
    Ok(Facts {
        now: settings.now.unwrap_or_else(Utc::now),
        repository: reader.repository_name().clone(),
        settings,
        policy,
        environments,
        people,
        teams,
        workflow_files: files,
        workflows,
        last_runs,
        actions: actions.map_err(Unread::from),
        default_is_protected: protected.map_err(Unread::from),
        default_rules: default_rules.map_err(Unread::from),
        rollback_rules: rollback_rules.map_err(Unread::from),
        rollback_branches: branches.map_err(Unread::from),
        tag_rulesets: tag_rulesets.map_err(Unread::from),
        labels: labels.map_err(Unread::from),
        releases,
        lines: newest.into_iter().zip(drills).map(|(newest, drill)| Line { newest, drill }).collect(),
    })
}

fn policy(local: Option<&LocalPolicy>, remote: Known<Option<Object>>) -> PolicyFacts {
    let (origin, text) = match (local, remote) {
        (Some(local), _) => (local.origin.clone(), local.text.clone()),
        (None, Err(unread)) => return PolicyFacts::Unread(unread),
        (None, Ok(Some(Object::Blob { text: Some(text), .. }))) => (POLICY_PATH.to_owned(), text),
        (None, Ok(Some(Object::Blob { text: None, .. }))) => return PolicyFacts::Missing(format!("`{POLICY_PATH}` is not UTF-8 text")),
        (None, Ok(_)) => return PolicyFacts::Missing(format!("there is no policy: `{POLICY_PATH}` is not on the default branch")),
    };
    let review = config::review(&text, &origin);
    match review.policy {
        Ok(policy) => PolicyFacts::Valid(Box::new(policy), review.notes.iter().map(said).collect()),
        Err(problems) => PolicyFacts::Invalid(problems.list().iter().map(said).collect()),
    }
}

/// A problem on one line, without its picture of the place.
fn said(problem: &config::Problem) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!(" ({})", hint.split_whitespace().collect::<Vec<_>>().join(" ")));
    format!("{}:{}:{}: {}{}", problem.origin, problem.line, problem.column, problem.message, hint.unwrap_or_default())
}

/// The newest release by publication of each line of tags, the newest of all first. Lines are told apart as the policy's
/// packages do, or where it has several and does not say how, by what stands before the version.
fn newest(releases: &[Release], policy: Option<&Policy>) -> Vec<Release> {
    let named: Vec<TagTemplate> =
        policy.iter().flat_map(|policy| &policy.packages).filter_map(|package| package.tag.as_deref()?.parse().ok()).collect();
    let several = policy.is_some_and(|policy| policy.packages.len() > 1);
    let line = |tag: &Tag| match named.iter().find(|template| template.read(tag).is_some()) {
        Some(template) => Some(template.prefix.trim_end_matches('v').to_owned()),
        None if named.is_empty() && several => TagTemplate::of(tag).map(|(template, _)| template.prefix.trim_end_matches('v').to_owned()),
        None => None,
    };
    let full = releases.iter().filter(|release| release.publication == Publication::Full).enumerate();
    let full: BTreeMap<_, &Release> = full.map(|(n, release)| ((std::cmp::Reverse(release.published_at), n), release)).gather();
    let mut lines = BTreeSet::new();
    // The newest of all counts whatever it is called: that it fits no template is a finding.
    let first = |(at, release): &(usize, &Release)| line(&release.tag).map_or(*at == 0, |line| lines.insert(line));
    full.into_values().enumerate().filter(first).map(|(_, release)| release.clone()).take(MOST_LINES).collect()
}

/// Tells whether there is more to read about the branches an environment takes.
fn limits_branches(environment: &Environment) -> bool {
    environment.protection.branches.is_some() || environment.protection.protected_branches_only
}

/// Reads the branch patterns of the gates' environments.
async fn patterns(reader: &Reader, policy: Option<&Policy>, environments: Known<Vec<Environment>>) -> Known<Vec<Environment>> {
    let names: Vec<&str> =
        policy.iter().flat_map(|policy| &policy.gates).flat_map(|gate| &gate.approvals).map(|ask| ask.environment.as_str()).gather();
    let known = environments?;
    let custom: Vec<&str> = names
        .into_iter()
        .filter(|name| known.iter().any(|known| known.name.eq_ignore_ascii_case(name) && limits_branches(known)))
        .collect();
    match custom.is_empty() {
        true => Ok(known),
        false => read_environments(reader, &custom).await.map_err(Unread::from),
    }
}

async fn people(
    inspector: &Inspector,
    policy: Option<&Policy>,
    environments: Known<Vec<Environment>>,
) -> BTreeMap<Login, Known<crate::github::Standing>> {
    let Some(policy) = policy else { return BTreeMap::new() };
    let gates: BTreeSet<&str> = policy.gates.iter().flat_map(|gate| &gate.approvals).map(|ask| ask.environment.as_str()).gather();
    let environments = environments.unwrap_or_default();
    let reviewers = environments
        .iter()
        .filter(|environment| gates.iter().any(|gate| gate.eq_ignore_ascii_case(&environment.name)))
        .filter_map(|environment| environment.protection.reviewers.as_ref())
        .flat_map(|rule| &rule.users);
    let logins: BTreeSet<&Login> = policy.roles.values().flat_map(|role| &role.users).chain(reviewers).gather();
    let standings = join_all(logins.iter().map(|login| inspector.standing(login))).await;
    logins.into_iter().cloned().zip(standings.into_iter().map(|standing| standing.map_err(Unread::from))).gather()
}

async fn teams(inspector: &Inspector, policy: Option<&Policy>) -> BTreeMap<String, Known<Vec<Login>>> {
    let slugs: BTreeSet<&String> = policy.iter().flat_map(|policy| policy.roles.values()).flat_map(|role| &role.teams).gather();
    let members = join_all(slugs.iter().map(|slug| inspector.team_members(slug))).await;
    slugs.into_iter().cloned().zip(members.into_iter().map(|members| members.map_err(Unread::from))).gather()
}

async fn workflow_files(reader: &Reader, directory: Known<Option<Object>>) -> Known<Vec<WorkflowFile>> {
    let entries = match directory? {
        Some(Object::Tree { entries, .. }) => entries,
        Some(Object::Missing | Object::Commit { .. } | Object::Blob { .. }) | None => Vec::new(),
    };
    let is_yaml = |name: &String| name.ends_with(".yml") || name.ends_with(".yaml");
    let names: Vec<String> =
        entries.into_iter().filter_map(|entry| String::from_utf8(entry.name).ok()).filter(is_yaml).take(MOST_FILES).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let paths: Vec<String> = names.iter().map(|name| format!("{WORKFLOWS}/{name}")).collect();
    let asks: Vec<Ask> = paths.iter().map(|path| Ask::Blob(format!("HEAD:{path}"))).collect();
    let (_, objects) = reader.objects(&asks).await?;
    let read = |(path, object): (&String, Object)| match object {
        Object::Blob { text: Some(text), .. } => Some(WorkflowFile::read(path, &text)),
        Object::Blob { text: None, .. } => Some(WorkflowFile { path: path.clone(), content: Err("it is not UTF-8 text".into()) }),
        Object::Missing | Object::Commit { .. } | Object::Tree { .. } => None,
    };
    Ok(paths.iter().zip(objects).filter_map(read).collect())
}

async fn last_runs(
    inspector: &Inspector,
    files: &[WorkflowFile],
    workflows: &[crate::github::Workflow],
) -> BTreeMap<String, Known<Option<chrono::DateTime<Utc>>>> {
    let scheduled: Vec<(String, u64)> = files
        .iter()
        .filter(|file| ours(file, files).is_some() && file.says().is_some_and(|says| !says.crons.is_empty()))
        .filter_map(|file| Some((file.path.clone(), workflows.iter().find(|workflow| workflow.path == file.path)?.id)))
        .collect();
    let runs = join_all(scheduled.iter().map(|(_, id)| inspector.last_scheduled_run(*id))).await;
    scheduled.into_iter().map(|(path, _)| path).zip(runs.into_iter().map(|run| run.map_err(Unread::from))).gather()
}

/// Plans a rollback of a line's newest release, as if it had just been published and no rollback were open.
async fn drill(reader: &Reader, policy: Option<&Policy>, newest: &Release, given: &Given<'_>) -> Drill {
    let Some(policy) = policy else { return Drill::NotTried };
    let Some(trigger) = policy.triggers.first() else { return Drill::NotTried };
    let request = request(&newest.tag, &trigger.id);
    let none = Configuration::default();
    let mut seen = match snapshot(reader, &request, given.policy, given.clients.unwrap_or(&none)).await {
        Ok(seen) => seen,
        Err(NotObserved::Github(error)) => return Drill::Unread(error.into()),
        Err(NotObserved::Refused(refused) | NotObserved::Unknown(refused)) => return Drill::Refused(refused),
        // The policy is reported for itself.
        Err(NotObserved::Policy(_)) => return Drill::NotTried,
    };
    let open = seen.pulls.iter().find(|pull| pull.state == PullState::Open).map(|pull| pull.number);
    seen.pulls.clear();
    if let Some(published) = newest.published_at {
        seen.now = published + TimeDelta::hours(1);
    }
    match draft(&request, &seen) {
        Drafted::Plan(plan) => Drill::Planned { plan, drifted: drifted(reader, &seen).await, open },
        Drafted::NothingToDo(why) => Drill::Nothing(why),
        Drafted::Refused(refused) => Drill::Refused(refused),
    }
}

fn request(tag: &Tag, trigger: &str) -> Request {
    Request {
        bad: tag.clone(),
        also_bad: Vec::new(),
        good: None,
        reason: "a look whether a rollback would work".into(),
        trigger: trigger.to_owned(),
        incident: None,
        requester: None,
        strategy: None,
        packages: Vec::new(),
    }
}

/// Returns what below `.github` is other in the good release than on the default branch; `None` where that cannot be read.
async fn drifted(reader: &Reader, seen: &Snapshot) -> Option<Vec<String>> {
    let asks = [&seen.good.commit.sha, &seen.head.sha].map(|commit| Ask::Tree(format!("{commit}:{KEPT}")));
    let (_, objects) = reader.objects(&asks).await.ok()?;
    let mut sides = objects.into_iter().map(|object| match object {
        Object::Tree { entries, .. } => entries,
        Object::Missing | Object::Commit { .. } | Object::Blob { .. } => Vec::new(),
    });
    let (good, now) = (sides.next()?, sides.next()?);
    let only = |one: &[TreeEntry], other: &[TreeEntry]| -> Vec<String> {
        let changed = one.iter().filter(|entry| !other.contains(entry));
        changed.map(|entry| format!("{KEPT}/{}", String::from_utf8_lossy(&entry.name))).collect()
    };
    let both: BTreeSet<String> = only(&good, &now).into_iter().chain(only(&now, &good)).gather();
    Some(both.into_iter().collect())
}
