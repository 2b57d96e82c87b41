//! Reader → [`Snapshot`]: everything a plan needs, in few round trips whatever the size of the repository.
//!
//! 1. the repository, the policy, the bad tag, the releases, the environments;
//! 2. the good release's tree and manifests, what lies between, the tags nearby;
//! 3. and further, only where a manifest names another file: a workspace's members, a dynamic version.

mod indexes;
mod trees;

use chrono::Utc;
use std::collections::BTreeMap;

use futures_util::future::{join, join_all, try_join, try_join5};

use crate::config::{self, Package, Policy, Problems, Registry};
use crate::domain::git::{Branch, Sha, Tag};
use crate::domain::release::Release;
use crate::github::{Ask, Environment, Error, Object, Pull, Reader, Repository, RepositoryFacts, Why, read_environments};
use crate::manifest;
use crate::plan::{CommitFacts, Good, Refused, Request, Snapshot, candidates, manifest_search, policy_digest};
use crate::registry::Index;
use crate::registry::address::Configuration;
use crate::words::{list, nearest};
use indexes::{Indexes, indexes};
use trees::Trees;

/// Where the policy lies on the default branch.
pub const POLICY_PATH: &str = ".github/rollback.yml";
/// How many candidates are asked at once whether they are ancestors of the bad release.
const CANDIDATES: usize = 5;
/// The most rounds of manifests naming further files.
const ROUNDS: usize = 4;

/// Reads the index of each package that has a known address: what was read, and what could not be, in sentences.
pub async fn read_indexes(packages: &[Package], clients: &Configuration) -> (BTreeMap<(Registry, String), Index>, Vec<String>) {
    let Indexes { read, notes } = indexes(packages, clients).await;
    (read, notes)
}

/// Why there is no snapshot.
#[derive(Debug)]
pub enum NotObserved {
    /// GitHub refused or could not be reached.
    Github(Error),
    /// The policy has problems.
    Policy(Problems),
    /// What was asked for is not there.
    Refused(Vec<Refused>),
}

impl From<Error> for NotObserved {
    fn from(error: Error) -> Self {
        Self::Github(error)
    }
}

/// A policy given by hand in place of the repository's own.
#[derive(Debug, Clone)]
pub struct LocalPolicy {
    /// Where it was read, for messages.
    pub origin: String,
    /// Its text.
    pub text: String,
}

/// The first round.
struct First {
    facts: RepositoryFacts,
    repository: Repository,
    policy: Policy,
    policy_digest: String,
    head: CommitFacts,
    bad: CommitFacts,
    bad_release: Option<Release>,
    also_bad: Vec<(Tag, CommitFacts, Option<Release>)>,
    named: Option<Good>,
    releases: Vec<Release>,
    pages: u32,
    pulls: Vec<Pull>,
    latest: Option<Release>,
}

/// Reads the snapshot for a request.
///
/// # Errors
/// See [`NotObserved`].
pub async fn snapshot(
    reader: &Reader,
    request: &Request,
    local: Option<&LocalPolicy>,
    clients: &Configuration,
) -> Result<Snapshot, NotObserved> {
    let mut first = first(reader, request, local).await?;
    let wanted = match &first.named {
        Some(_) => Vec::new(),
        None => possible(reader, request, &mut first).await?,
    };
    let Second { good, good_is_ancestor, bad_is_on_the_branch, mut trees, since_good, tags, environments, indexes } =
        second(reader, request, &first, &wanted, clients).await?;
    let search = manifest_search(&first.policy, reader.repository_name().name());
    for _ in 0..ROUNDS {
        let found = manifest::find(&search, &trees.files);
        if !trees.read(reader, &first.policy.restore, &found.wants).await? {
            break;
        }
    }
    Ok(Snapshot {
        now: first.facts.now.unwrap_or_else(Utc::now),
        repository: reader.repository_name().clone(),
        url: first.repository.url.clone(),
        archived: first.repository.archived,
        policy: first.policy,
        policy_digest: first.policy_digest,
        default_branch: first.facts.default_branch,
        head: first.head,
        bad: first.bad,
        bad_release: first.bad_release,
        also_bad: first.also_bad,
        good,
        good_is_ancestor,
        bad_is_on_the_branch,
        latest: first.latest,
        releases: first.releases,
        tags,
        since_good,
        good_forest: trees.good,
        head_forest: trees.head,
        files: trees.files,
        published: indexes.read,
        notes: indexes.notes,
        pulls: first.pulls,
        environments,
    })
}

async fn first(reader: &Reader, request: &Request, local: Option<&LocalPolicy>) -> Result<First, NotObserved> {
    let named: Option<Tag> = match &request.good {
        Some(text) => Some(text.parse().map_err(|_: crate::domain::git::BadName| {
            let why = format!("`{}` cannot be the name of a ref (`--good`)", text.escape_debug());
            NotObserved::Refused(vec![Refused::new(why, "name a tag, a branch or a full sha")])
        })?),
        None => None,
    };
    let mut asks = vec![
        Ask::Commit("HEAD^{commit}".into()),
        Ask::Commit(format!("refs/tags/{}^{{commit}}", request.bad)),
        Ask::Blob(format!("HEAD:{POLICY_PATH}")),
    ];
    for tag in &request.also_bad {
        asks.push(Ask::Commit(format!("refs/tags/{tag}^{{commit}}")));
    }
    if let Some(named) = &named {
        asks.extend([format!("refs/tags/{named}^{{commit}}"), format!("{named}^{{commit}}")].map(Ask::Commit));
    }
    let branch: Branch = format!("rollback/{}", request.bad)
        .parse()
        .map_err(|error: crate::domain::git::BadName| NotObserved::Refused(vec![Refused::new(error.to_string(), "")]))?;
    let repository = reader.repository();
    let reads =
        try_join5(reader.objects(&asks), reader.releases(1), reader.release_of(&request.bad), reader.pulls_from(&branch), reader.latest());
    let (repository, reads) = join(repository, reads).await;
    // The repository's own refusal names the cause best: a wrong token, a private repository.
    let repository = repository?;
    let ((facts, objects), (releases, pages), bad_release, pulls, latest) = reads.map_err(|error| match error.why() {
        Some(Why::Empty) => {
            let why = format!("`{}` has no commits, so there is nothing to roll back", reader.repository_name());
            NotObserved::Refused(vec![Refused::new(why, "check `--repository`")])
        }
        Some(_) | None => NotObserved::Github(error),
    })?;
    let mut objects = objects.into_iter();
    let head = objects.next().and_then(commit);
    let bad = objects.next().and_then(commit);
    let policy = objects.next();
    let Some(bad) = bad else { return Err(unknown_tag(reader, &request.bad, &releases).await) };
    let head = head.ok_or_else(|| NotObserved::Refused(vec![Refused::new("the default branch has no commit", "")]))?;
    let mut also_bad = Vec::new();
    for tag in &request.also_bad {
        let Some(commit) = objects.next().and_then(commit) else { return Err(unknown_tag(reader, tag, &releases).await) };
        let release = releases.iter().find(|release| release.tag == *tag).cloned();
        also_bad.push((tag.clone(), commit, release));
    }
    let named = match named {
        Some(named) => Some(named_good(&named, objects.by_ref().collect(), &releases).ok_or_else(|| unknown_good(&named, &releases))?),
        None => None,
    };
    let (policy, policy_digest) = policy_of(local, policy)?;
    Ok(First { facts, repository, policy, policy_digest, head, bad, bad_release, also_bad, named, releases, pages, pulls, latest })
}

fn commit(object: Object) -> Option<CommitFacts> {
    match object {
        Object::Commit { sha, tree, committed, .. } => Some(CommitFacts { sha, tree, committed }),
        Object::Missing | Object::Tree { .. } | Object::Blob { .. } => None,
    }
}

fn policy_of(local: Option<&LocalPolicy>, remote: Option<Object>) -> Result<(Policy, String), NotObserved> {
    let (origin, text) = match (local, remote) {
        (Some(local), _) => (local.origin.clone(), local.text.clone()),
        (None, Some(Object::Blob { text: Some(text), .. })) => (POLICY_PATH.to_owned(), text),
        (None, Some(Object::Blob { text: None, .. })) => {
            return Err(NotObserved::Refused(vec![Refused::new(
                format!("`{POLICY_PATH}` on the default branch is not UTF-8 text"),
                "save it as UTF-8",
            )]));
        }
        (None, _) => {
            let hint =
                format!("write one with `rollback-action init`, or give one with `--config`; the smallest is:\n{}", config::minimal());
            return Err(NotObserved::Refused(vec![Refused::new(
                format!("there is no policy: `{POLICY_PATH}` is not on the default branch"),
                hint,
            )]));
        }
    };
    let policy = config::parse(&text, &origin).map_err(NotObserved::Policy)?;
    Ok((policy, policy_digest(&text)))
}

async fn unknown_tag(reader: &Reader, tag: &Tag, releases: &[Release]) -> NotObserved {
    let prefix: String = tag.as_str().chars().take_while(|c| !c.is_ascii_digit()).collect();
    let tags = reader.tags_starting(&prefix).await.unwrap_or_default();
    let names = tags.iter().map(Tag::as_str).chain(releases.iter().map(|release| release.tag.as_str()));
    let near = nearest(tag.as_str(), names);
    let hint = match near.is_empty() {
        true => "tags are case-sensitive, and need their `v` where they have one".into(),
        false => format!("did you mean {}?", list(&near, "or")),
    };
    NotObserved::Refused(vec![Refused::new(format!("`{}` has no tag `{}`", reader.repository_name(), tag), hint)])
}

fn named_good(named: &Tag, found: Vec<Object>, releases: &[Release]) -> Option<Good> {
    let commit = found.into_iter().find_map(commit)?;
    let release = releases.iter().find(|release| release.tag == *named).cloned();
    Some(Good { reference: named.to_string(), commit, release })
}

fn unknown_good(named: &Tag, releases: &[Release]) -> NotObserved {
    let near = nearest(named.as_str(), releases.iter().map(|release| release.tag.as_str()));
    let hint = if near.is_empty() { "name a tag, a branch or a full sha".into() } else { format!("did you mean {}?", list(&near, "or")) };
    NotObserved::Refused(vec![Refused::new(format!("there is no ref `{named}` to return to (`--good`)"), hint)])
}

/// Returns the tags that could be the last known good release, best first; reads the older releases only where the
/// newest hundred hold none.
async fn possible(reader: &Reader, request: &Request, first: &mut First) -> Result<Vec<Tag>, NotObserved> {
    let known = |releases: &[Release]| {
        candidates(&request.bad, releases)
            .iter()
            .filter(|(release, _)| !request.also_bad.contains(&release.tag))
            .map(|(release, _)| release.tag.clone())
            .take(CANDIDATES)
            .collect::<Vec<_>>()
    };
    let with_bad = |first: &First| {
        let mut all = first.releases.clone();
        all.extend(first.bad_release.clone().filter(|bad| !first.releases.iter().any(|release| release.id == bad.id)));
        all
    };
    let mut found = known(&with_bad(first));
    if found.is_empty() && first.pages > 1 {
        for page in join_all((2..=first.pages).map(|page| reader.releases(page))).await {
            first.releases.extend(page?.0);
        }
        found = known(&with_bad(first));
    }
    if found.is_empty() {
        let why = match first.releases.len() {
            0 => format!("`{}` has no releases", reader.repository_name()),
            _ => format!(
                "no published release before {} could be the last known good one (drafts, prereleases and releases rolled back before do not count)",
                request.bad
            ),
        };
        return Err(NotObserved::Refused(vec![Refused::new(why, "name the release or tag to return to with `--good`")]));
    }
    Ok(found)
}

/// The second round.
struct Second {
    good: Good,
    good_is_ancestor: bool,
    bad_is_on_the_branch: bool,
    trees: Trees,
    since_good: crate::github::Comparison,
    tags: Vec<Tag>,
    environments: Result<Vec<Environment>, String>,
    indexes: Indexes,
}

async fn second(
    reader: &Reader,
    request: &Request,
    first: &First,
    possible: &[Tag],
    clients: &Configuration,
) -> Result<Second, NotObserved> {
    let reference = match (&first.named, possible.first()) {
        (Some(good), _) => good.commit.sha.to_string(),
        (None, Some(tag)) => format!("refs/tags/{tag}"),
        (None, None) => return Err(NotObserved::Refused(vec![Refused::new("there is no release to return to", "name one with `--good`")])),
    };
    let search = manifest_search(&first.policy, reader.repository_name().name());
    let mut trees = Trees::new(&reference, &first.head.sha);
    let wants = manifest::initial_wants(&search);
    let commit = [Ask::Commit(format!("{reference}^{{commit}}"))];
    let plain = first
        .named
        .as_ref()
        .map_or_else(|| possible.first().map(ToString::to_string).unwrap_or_default(), |good| good.commit.sha.to_string());
    let bases: Vec<String> = if first.named.is_some() { vec![plain.clone()] } else { possible.iter().map(ToString::to_string).collect() };
    let (bad, head) = (first.bad.sha.to_string(), &first.head.sha);
    let ancestors = async {
        let good = join_all(bases.iter().map(|base| reader.is_ancestor(base, &first.bad.sha)));
        Ok::<_, Error>(join(good, reader.is_ancestor(&bad, head)).await)
    };
    let good = async {
        match &first.named {
            Some(good) => Ok(Some(good.commit.clone())),
            None => reader.objects(&commit).await.map(|(_, objects)| objects.into_iter().find_map(self::commit)),
        }
    };
    let names: Vec<&str> = first.policy.gates.iter().flat_map(|gate| gate.approvals.iter().map(|ask| ask.environment.as_str())).collect();
    let environments = async { Ok::<_, Error>(read_environments(reader, &names).await.map_err(|error| error.with_hint())) };
    let (indexes, observed) = join(indexes(&first.policy.packages, clients), async {
        let reads = try_join5(good, reader.compare(&plain, &first.head.sha), nearby_tags(reader, request, &plain), ancestors, environments);
        try_join(trees.read(reader, &first.policy.restore, &wants), reads).await.map(|(_, reads)| reads)
    })
    .await;
    let (good, since_good, tags, (ancestors, bad_is_on_the_branch), environments) = observed?;
    let ancestors = ancestors.into_iter().collect::<Result<Vec<bool>, _>>()?;
    // A better one further down the list is read anew; the usual case needs no such round.
    if first.named.is_none()
        && ancestors.first() == Some(&false)
        && let Some(better) = ancestors.iter().position(|is| *is)
    {
        let again = possible.get(better..).unwrap_or_default();
        return Box::pin(second(reader, request, first, again, clients)).await;
    }
    let good = good.ok_or_else(|| {
        NotObserved::Refused(vec![Refused::new(
            format!("the release `{plain}` has no tag of that name any more"),
            "name another with `--good`",
        )])
    })?;
    trees.settle(&good.sha);
    let good = match &first.named {
        Some(named) => named.clone(),
        None => Good {
            reference: plain.clone(),
            commit: good,
            release: first.releases.iter().find(|release| release.tag.as_str() == plain).cloned(),
        },
    };
    let bad_is_on_the_branch = bad_is_on_the_branch?;
    Ok(Second {
        good,
        good_is_ancestor: ancestors.first() == Some(&true),
        bad_is_on_the_branch,
        trees,
        since_good,
        tags,
        environments,
        indexes,
    })
}

/// Reads the tags on the lines of the good and the bad release: the numbers that could be taken.
async fn nearby_tags(reader: &Reader, request: &Request, good: &str) -> Result<Vec<Tag>, Error> {
    let line = |tag: &str| tag.rsplit_once('.').map(|(line, _)| format!("{line}."));
    let is_sha = good.parse::<Sha>().is_ok();
    let mut lines: Vec<String> = [line(request.bad.as_str()), line(good).filter(|_| !is_sha)].into_iter().flatten().collect();
    lines.dedup();
    let mut tags = Vec::new();
    for found in join_all(lines.iter().map(|line| reader.tags_starting(line))).await {
        tags.append(&mut found?);
    }
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}
