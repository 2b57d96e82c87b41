//! Reader → [`Snapshot`]: everything a plan needs, in few round trips whatever the size of the repository.
//!
//! 1. the repository, the policy, the bad tag, the releases, the environments;
//! 2. the good release's tree and manifests, what lies between, the tags nearby;
//! 3. and further, only where a manifest names another file: a workspace's members, a dynamic version.

mod indexes;
mod lines;
mod trees;

use std::collections::BTreeMap;
use std::mem::take;

use chrono::Utc;
use futures_util::future::{join, try_join_all, try_join5};

use crate::config::{self, Package, Policy, Problems, Registry};
use crate::domain::git::{Branch, Sha, Tag};
use crate::domain::release::{Publication, Release};
use crate::gather::Gather as _;
use crate::github::{Ask, Error, Object, Pull, Reader, Repository, RepositoryFacts, Why};
use crate::manifest;
use crate::plan::{
    CommitFacts, Good, Line, NoScope, OtherLine, Refused, Request, Snapshot, lines, manifest_search, narrowed, policy_digest,
};
use crate::registry::Index;
use crate::registry::address::Configuration;
use crate::words::{list, nearest};
use indexes::{Indexes, indexes};
use lines::{Reached, Second, possible, second};

/// Where the policy lies on the default branch.
pub const POLICY_PATH: &str = ".github/rollback.yml";
/// The most rounds of manifests naming further files.
const ROUNDS: usize = 4;

/// Reads the index of each package that has a known address: what was read, and what could not be, in sentences.
pub async fn read_indexes(packages: &[Package], clients: &Configuration) -> (BTreeMap<(Registry, String), Index>, Vec<String>) {
    let Indexes { read, notes, .. } = indexes(packages, clients).await;
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
    /// A package was asked for that the policy does not have.
    Unknown(Vec<Refused>),
}

impl From<NoScope> for NotObserved {
    fn from(no: NoScope) -> Self {
        match no {
            NoScope::Unknown(why) => Self::Unknown(why),
            NoScope::Refused(why) => Self::Refused(why),
        }
    }
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
    /// The policy, for what goes back.
    policy: Policy,
    policy_digest: String,
    /// What goes back, the line that the rollback is named after first.
    lines: Vec<Line>,
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
    let mut wanted = Vec::new();
    for line in first.lines.clone() {
        wanted.push(match &first.named {
            Some(_) => Vec::new(),
            None => possible(reader, &line, &mut first).await?,
        });
    }
    let Second { mut reached, bad_is_on_the_branch, mut trees, environments, indexes } = second(reader, &first, &wanted, clients).await?;
    if first.policy.marker_tag {
        trees.with_workflows();
    }
    let search = manifest_search(&first.lines, reader.repository_name().name());
    for _ in 0..ROUNDS {
        let found = manifest::find(&search, &trees.files);
        if !trees.read(reader, &first.policy.restore, &found.wants).await? {
            break;
        }
    }
    let bad: Vec<Sha> =
        std::iter::once(&first.bad).chain(first.also_bad.iter().map(|(_, commit, _)| commit)).map(|commit| commit.sha.clone()).collect();
    let rising = manifest::rising(&manifest::find(&search, &trees.files));
    trees.read_newer(reader, &rising, &bad).await?;
    let tags = reached.iter_mut().flat_map(|reached| take(&mut reached.tags.all)).distinct();
    let older_tags = reached.iter_mut().flat_map(|reached| take(&mut reached.tags.older)).distinct();
    let mut ends = first.lines.into_iter().zip(reached);
    let Some((line, Reached { good, good_is_ancestor, since_good, .. })) = ends.next() else {
        return Err(NotObserved::Refused(vec![Refused::new("no bad release is named", "name it with `--bad`")]));
    };
    let drafts_are_seen = first.repository.may_push || first.releases.iter().any(|release| release.publication == Publication::Draft);
    Ok(Snapshot {
        now: first.facts.now.unwrap_or_else(Utc::now),
        repository: reader.repository_name().clone(),
        url: first.repository.url.clone(),
        private: first.facts.private,
        archived: first.repository.archived,
        policy: first.policy,
        policy_digest: first.policy_digest,
        default_branch: first.facts.default_branch,
        head: first.head,
        bad: first.bad,
        bad_release: first.bad_release,
        also_bad: first.also_bad,
        line,
        others: ends
            .map(|(line, Reached { good, good_is_ancestor, since_good, .. })| OtherLine { line, good, good_is_ancestor, since_good })
            .collect(),
        good,
        good_is_ancestor,
        bad_is_on_the_branch,
        latest: first.latest,
        releases: first.releases,
        tags,
        older_tags,
        drafts_are_seen,
        since_good,
        good_forest: trees.good,
        head_forest: trees.head,
        files: trees.files,
        workflows: trees.workflows,
        published: indexes.read,
        notes: indexes.notes.into_iter().chain(indexes.unread).collect(),
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
    let branches = std::iter::once(&request.bad).chain(&request.also_bad).map(|tag| format!("rollback/{tag}").parse());
    let branches: Vec<Branch> = branches
        .collect::<Result<_, _>>()
        .map_err(|error: crate::domain::git::BadName| NotObserved::Refused(vec![Refused::new(error.to_string(), "")]))?;
    // Each of several bad releases may be in a rollback of its own already.
    let pulls = try_join_all(branches.iter().map(|branch| reader.pulls_from(branch)));
    let repository = reader.repository();
    let reads = try_join5(reader.objects(&asks), reader.releases(1), reader.release_of(&request.bad), pulls, reader.latest());
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
    let tags: Vec<Tag> = std::iter::once(&request.bad).chain(&request.also_bad).cloned().collect();
    let lines = lines(&policy, &request.packages, &tags)?;
    if let (Some(named), true) = (&request.good, lines.len() > 1) {
        let why = format!("`--good {named}` names one release, and {} packages go back", lines.len());
        return Err(NotObserved::Refused(vec![Refused::new(why, "leave `--good` out, or roll back one package in each run")]));
    }
    let policy = narrowed(&policy, &request.packages, &lines);
    Ok(First {
        facts,
        repository,
        policy,
        policy_digest,
        lines,
        head,
        bad,
        bad_release,
        also_bad,
        named,
        releases,
        pages,
        pulls: pulls.concat(),
        latest,
    })
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
