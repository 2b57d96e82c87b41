//! Reads. The planner is handed this and nothing else, so planning cannot write.

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use super::client::{Answer, Client, segment, segments};
use super::error::Error;
use super::graphql::{Ask, Object, RepositoryFacts};
use super::wire;
use crate::domain::git::{Branch, RepoName, Sha, Tag};
use crate::domain::person::Login;
use crate::domain::release::{Publication, Release};

/// Reads from one repository.
#[derive(Clone)]
pub struct Reader {
    client: Client,
}

/// What GitHub says of the repository itself.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Whether it is private (or internal).
    pub private: bool,
    /// Whether it is archived, hence read-only.
    pub archived: bool,
    /// The default branch.
    pub default_branch: Branch,
    /// Its page.
    pub url: String,
}

/// How two commits relate, and what lies between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Whether the base is an ancestor of the head, or the same.
    pub base_is_ancestor: bool,
    /// Commits of the head that the base lacks: all of them counted.
    pub commits: u64,
    /// The first of these, oldest first: sha and first line.
    pub first_commits: Vec<(Sha, String)>,
    /// Changed files that were listed: path, status, added and removed lines.
    pub files: Vec<(String, String, u64, u64)>,
    /// Whether GitHub lists no more than these (it stops at 300).
    pub files_complete: bool,
}

/// Whether a pull request is open, merged or closed without merging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullState {
    /// Open.
    Open,
    /// Merged, with the commit it became on the base branch and when.
    Merged(Option<Sha>, DateTime<Utc>),
    /// Closed by somebody, not merged.
    Closed,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Open, merged or closed.
    pub state: PullState,
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// The branch it brings.
    pub head: String,
    /// That branch's newest commit.
    pub head_sha: String,
    /// The branch it goes to.
    pub base: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// An environment and what guards it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// What guards it.
    pub protection: Protection,
}

/// What guards an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Protection {
    /// The required reviewers; `None` where there is no such rule, so that anybody passes.
    pub reviewers: Option<ReviewerRule>,
    /// Branch name patterns that may use it; `None` where every branch may.
    pub branches: Option<Vec<String>>,
    /// Whether it takes protected branches only (with none protected, GitHub takes all).
    pub protected_branches_only: bool,
    /// Whether administrators may go past it; `None` where GitHub does not say.
    pub administrators_may_bypass: Option<bool>,
}

/// The required reviewers of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewerRule {
    /// People.
    pub users: Vec<Login>,
    /// Teams, by slug.
    pub teams: Vec<String>,
    /// Whether the person who started the run may not approve it.
    pub prevent_self_review: bool,
}

/// What a reviewer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Said something without deciding, or something this version does not know.
    Other,
}

/// One entry of a run's review history. GitHub gives it no time and no attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The environments it covers.
    pub environments: Vec<String>,
    /// What was decided.
    pub state: ReviewState,
    /// By whom; `None` for a deleted account.
    pub user: Option<Login>,
    /// What they wrote.
    pub comment: String,
}

/// One job of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, with the calling job's before it (`rollback / gate …`) in a reusable workflow.
    pub name: String,
    /// `queued`, `waiting`, `in_progress`, `completed`, …
    pub status: String,
    /// `success`, `failure`, …; `None` while it runs.
    pub conclusion: Option<String>,
    /// When it started, hence after its approval.
    pub started_at: Option<DateTime<Utc>>,
    /// Which attempt of the run it belongs to.
    pub attempt: Option<u64>,
    /// Its page.
    pub url: Option<String>,
}

/// An issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub open: bool,
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// Its page.
    pub url: String,
    /// Who opened it.
    pub author: Option<String>,
}

impl Reader {
    /// Returns a reader over a connection.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the repository's name.
    pub fn repository_name(&self) -> &RepoName {
        self.client.repository()
    }

    /// Reads the repository itself.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn repository(&self) -> Result<Repository, Error> {
        let answer = self.client.get(&self.client.path("")).await?;
        let repository: wire::Repository = answer.read()?;
        Ok(Repository {
            private: repository.private,
            archived: repository.archived,
            default_branch: parse(&answer, &repository.default_branch)?,
            url: repository.html_url,
        })
    }

    /// Reads git objects; see [`Ask`].
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; a missing object is no error.
    pub async fn objects(&self, asks: &[Ask]) -> Result<(RepositoryFacts, Vec<Object>), Error> {
        self.client.read_objects(asks).await
    }

    /// Reads one page of a hundred releases, newest first, and the number of the last page.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn releases(&self, page: u32) -> Result<(Vec<Release>, u32), Error> {
        let answer = self.client.get(&self.client.path(&format!("/releases?per_page=100&page={page}"))).await?;
        let releases: Vec<wire::Release> = answer.read()?;
        // A release whose tag git could not hold cannot be ours; it is left out rather than failing the rest.
        let releases = releases.into_iter().filter_map(release).collect();
        Ok((releases, answer.last_page))
    }

    /// Reads the published release of a tag.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; a missing release is `None`.
    pub async fn release_of(&self, tag: &Tag) -> Result<Option<Release>, Error> {
        let answer = self.client.get(&self.client.path(&format!("/releases/tags/{}", segments(tag.as_str())))).await;
        missing_is_none(answer)?.map(|answer| release_in(&answer)).transpose()
    }

    /// Reads the release that GitHub shows as `Latest`.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; no latest release is `None`.
    pub async fn latest(&self) -> Result<Option<Release>, Error> {
        let answer = self.client.get(&self.client.path("/releases/latest")).await;
        missing_is_none(answer)?.map(|answer| release_in(&answer)).transpose()
    }

    /// Returns the tags that start with `prefix`.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn tags_starting(&self, prefix: &str) -> Result<Vec<Tag>, Error> {
        let answer = self.client.get(&self.client.path(&format!("/git/matching-refs/tags/{}", segments(prefix)))).await?;
        let refs: Vec<wire::Ref> = answer.read()?;
        Ok(refs.into_iter().filter_map(|found| found.name.parse().ok()).collect())
    }

    /// Tells whether `base` is an ancestor of `head`, without reading what changed.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn is_ancestor(&self, base: &str, head: &Sha) -> Result<bool, Error> {
        // The second page of a comparison carries no files: https://docs.github.com/rest/commits/commits#compare-two-commits
        let answer = self.client.get(&self.client.path(&format!("/compare/{}...{head}?per_page=1&page=2", segments(base)))).await?;
        let comparison: wire::Comparison = answer.read()?;
        Ok(is_ancestor(&comparison))
    }

    /// Compares two commits: the first hundred commits and the first three hundred files of what lies between.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn compare(&self, base: &str, head: &Sha) -> Result<Comparison, Error> {
        let answer = self.client.get(&self.client.path(&format!("/compare/{}...{head}?per_page=100", segments(base)))).await?;
        let comparison: wire::Comparison = answer.read()?;
        let line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        Ok(Comparison {
            base_is_ancestor: is_ancestor(&comparison),
            commits: comparison.total_commits.max(comparison.ahead_by),
            first_commits: comparison
                .commits
                .iter()
                .map(|found| Ok((parse(&answer, &found.sha)?, line(&found.commit.message))))
                .collect::<Result<_, Error>>()?,
            files_complete: comparison.files.len() < 300,
            files: comparison.files.into_iter().map(|file| (file.filename, file.status, file.additions, file.deletions)).collect(),
        })
    }

    /// Returns the pull requests that were opened from a branch of this repository, newest first.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn pulls_from(&self, branch: &Branch) -> Result<Vec<Pull>, Error> {
        let head = segment(&format!("{}:{branch}", self.client.repository().owner()));
        let answer = self.client.get(&self.client.path(&format!("/pulls?state=all&per_page=100&head={head}"))).await?;
        let pulls: Vec<wire::Pull> = answer.read()?;
        // Servers have been seen to ignore a `head` they cannot read and list everything.
        Ok(pulls.into_iter().filter(|pull| pull.head.name == branch.as_str()).map(pull).collect())
    }

    /// Returns all environments with what guards them. Branch patterns are read by [`Reader::branch_patterns`].
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn environments(&self) -> Result<Vec<Environment>, Error> {
        let page = |page: u32| async move {
            let answer = self.client.get(&self.client.path(&format!("/environments?per_page=100&page={page}"))).await?;
            Ok::<_, Error>((answer.read::<wire::Environments>()?.environments, answer.last_page))
        };
        let (mut environments, last) = page(1).await?;
        for more in join_all((2..=last).map(page)).await {
            environments.append(&mut more?.0);
        }
        Ok(environments.into_iter().map(environment).collect())
    }

    /// Returns the branch patterns of an environment that has custom ones; tags' patterns are given as `tag:…`.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; a missing environment is an empty list.
    pub async fn branch_patterns(&self, environment: &str) -> Result<Vec<String>, Error> {
        let path = format!("/environments/{}/deployment-branch-policies?per_page=100", segment(environment));
        let Some(answer) = missing_is_none(self.client.get(&self.client.path(&path)).await)? else { return Ok(Vec::new()) };
        let policies: wire::BranchPolicies = answer.read()?;
        let pattern = |found: wire::BranchPattern| match found.kind.as_deref() {
            Some("tag") => format!("tag:{}", found.name.unwrap_or_default()),
            Some(_) | None => found.name.unwrap_or_default(),
        };
        Ok(policies.branch_policies.into_iter().map(pattern).collect())
    }

    /// Returns a run's review history.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn reviews(&self, run: u64) -> Result<Vec<Review>, Error> {
        let answer = self.client.get(&self.client.path(&format!("/actions/runs/{run}/approvals"))).await?;
        let reviews: Vec<wire::Review> = answer.read()?;
        Ok(reviews.into_iter().map(review).collect())
    }

    /// Returns a run's jobs as they stand in its newest attempt, kept successes of earlier attempts included.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn jobs(&self, run: u64) -> Result<Vec<Job>, Error> {
        let page = |page: u32| async move {
            let answer =
                self.client.get(&self.client.path(&format!("/actions/runs/{run}/jobs?filter=latest&per_page=100&page={page}"))).await?;
            Ok::<_, Error>((answer.read::<wire::Jobs>()?.jobs, answer.last_page))
        };
        let (mut jobs, last) = page(1).await?;
        for more in join_all((2..=last).map(page)).await {
            jobs.append(&mut more?.0);
        }
        let job = |job: wire::Job| Job {
            name: job.name,
            status: job.status,
            conclusion: job.conclusion,
            started_at: job.started_at,
            attempt: job.run_attempt,
            url: job.html_url,
        };
        Ok(jobs.into_iter().map(job).collect())
    }

    /// Returns issues with a label, open and closed, newest first; pull requests are left out.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn issues_labelled(&self, label: &str) -> Result<Vec<Issue>, Error> {
        let answer = self.client.get(&self.client.path(&format!("/issues?state=all&per_page=100&labels={}", segment(label)))).await?;
        let issues: Vec<wire::Issue> = answer.read()?;
        Ok(issues.into_iter().filter(|found| found.pull_request.is_none()).map(issue).collect())
    }

    /// Reads one issue.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; a missing issue is `None`.
    pub async fn issue(&self, number: u64) -> Result<Option<Issue>, Error> {
        let answer = self.client.get(&self.client.path(&format!("/issues/{number}"))).await;
        missing_is_none(answer)?.map(|answer| Ok(issue(answer.read()?))).transpose()
    }
}

/// Returns all environments, with the branch patterns of the named ones, in one round trip.
///
/// # Errors
/// When GitHub refuses or cannot be reached.
pub async fn read_environments(reader: &Reader, names: &[&str]) -> Result<Vec<Environment>, Error> {
    let patterns = join_all(names.iter().map(|name| reader.branch_patterns(name)));
    let (environments, patterns) = futures_util::future::join(reader.environments(), patterns).await;
    let mut environments = environments?;
    for (name, patterns) in names.iter().zip(patterns) {
        let named = environments.iter_mut().find(|environment| environment.name.eq_ignore_ascii_case(name));
        if let Some(branches) = named.and_then(|environment| environment.protection.branches.as_mut()) {
            *branches = patterns?;
        }
    }
    Ok(environments)
}

fn missing_is_none(answer: Result<Answer, Error>) -> Result<Option<Answer>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse<T: std::str::FromStr<Err = crate::domain::git::BadName>>(answer: &Answer, text: &str) -> Result<T, Error> {
    text.parse().map_err(|error: crate::domain::git::BadName| answer.malformed(error.to_string()))
}

fn is_ancestor(comparison: &wire::Comparison) -> bool {
    matches!(comparison.status.as_str(), "ahead" | "identical")
}

pub(super) fn release_in(answer: &Answer) -> Result<Release, Error> {
    release(answer.read()?).ok_or_else(|| answer.malformed("its tag is not a tag git could hold"))
}

fn release(found: wire::Release) -> Option<Release> {
    let tag: Tag = found.tag_name.parse().ok()?;
    let publication = match (found.draft, found.prerelease) {
        (true, _) => Publication::Draft,
        (false, true) => Publication::Prerelease,
        (false, false) => Publication::Full,
    };
    Some(Release {
        id: found.id,
        name: found.name.filter(|name| !name.is_empty()).unwrap_or_else(|| tag.to_string()),
        tag,
        body: found.body.unwrap_or_default(),
        publication,
        published_at: found.published_at,
        target: found.target_commitish,
        immutable: found.immutable.unwrap_or(false),
        url: found.html_url,
    })
}

pub(super) fn pull(found: wire::Pull) -> Pull {
    let state = match (found.state.as_str(), found.merged_at) {
        (_, Some(at)) => PullState::Merged(found.merge_commit_sha.and_then(|sha| sha.parse().ok()), at),
        ("open", None) => PullState::Open,
        (_, None) => PullState::Closed,
    };
    Pull {
        number: found.number,
        url: found.html_url,
        state,
        title: found.title,
        body: found.body.unwrap_or_default(),
        head: found.head.name,
        head_sha: found.head.sha,
        base: found.base.name,
        labels: found.labels.into_iter().map(|label| label.name).collect(),
    }
}

pub(super) fn issue(found: wire::Issue) -> Issue {
    Issue {
        number: found.number,
        open: found.state == "open",
        title: found.title,
        body: found.body.unwrap_or_default(),
        url: found.html_url,
        author: found.user.map(|user| user.login),
    }
}

fn environment(found: wire::Environment) -> Environment {
    let reviewers = found.protection_rules.iter().find(|rule| rule.kind == "required_reviewers").map(|rule| ReviewerRule {
        users: rule.reviewers.iter().filter(|r| r.kind == "User").filter_map(|r| r.reviewer.login.as_deref()?.parse().ok()).collect(),
        teams: rule.reviewers.iter().filter(|r| r.kind == "Team").filter_map(|r| r.reviewer.slug.clone()).collect(),
        prevent_self_review: rule.prevent_self_review.unwrap_or(false),
    });
    let (custom, protected) =
        found.deployment_branch_policy.map_or((false, false), |policy| (policy.custom_branch_policies, policy.protected_branches));
    let protection = Protection {
        reviewers,
        branches: custom.then(Vec::new),
        protected_branches_only: protected,
        administrators_may_bypass: found.can_admins_bypass,
    };
    Environment { name: found.name, protection }
}

fn review(found: wire::Review) -> Review {
    let state = match found.state.as_str() {
        "approved" => ReviewState::Approved,
        "rejected" => ReviewState::Rejected,
        _ => ReviewState::Other,
    };
    let user = found.user.and_then(|user| user.login.parse().ok());
    Review {
        environments: found.environments.into_iter().map(|environment| environment.name).collect(),
        state,
        user,
        comment: found.comment,
    }
}
