//! Reads. The planner is handed this and nothing else, so planning cannot write.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;

use super::client::{Answer, Client, segment, segments};
use super::error::Error;
use super::graphql::{Ask, Object, RepositoryFacts};
use super::records::{
    Comparison, Environment, Issue, Job, Pull, PullCommit, Repository, Review, Run, environment, issue, once, person, pull, release,
    release_in, review,
};
use super::wire;
use crate::domain::git::{Branch, RepoName, Sha, Tag};
use crate::domain::release::Release;
use crate::gather::Gather as _;

/// Reads from one repository.
#[derive(Clone)]
pub struct Reader {
    pub(super) client: Client,
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
            default_branch: answer.parse(&repository.default_branch)?,
            url: repository.html_url,
            may_push: repository.permissions.is_some_and(|permissions| permissions.push),
        })
    }

    /// Reads git objects; see [`Ask`].
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; a missing object is no error.
    pub async fn objects(&self, asks: &[Ask]) -> Result<(RepositoryFacts, Vec<Object>), Error> {
        self.client.read_objects(asks).await
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn blob(&self, sha: &Sha) -> Result<Vec<u8>, Error> {
        self.client.read_blob(sha).await
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

    /// Returns the releases that may be `Latest` by number, first the one that GitHub shows where nobody chose one: of those
    /// that are neither drafts nor pre-releases the one with the newest commit.
    /// <https://docs.github.com/rest/releases/releases#get-the-latest-release>
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn eligible(&self) -> Result<Vec<u64>, Error> {
        let answer = self.client.get(&self.client.path("/releases?per_page=100")).await?;
        let releases: Vec<wire::Release> = answer.read()?;
        let full = releases.iter().filter(|release| !release.draft && !release.prerelease);
        let by_commit: BTreeMap<_, u64> = full.map(|release| ((release.created_at, release.id), release.id)).gather();
        Ok(by_commit.into_values().rev().collect())
    }

    /// Returns the tags that start with `prefix`.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn tags_starting(&self, prefix: &str) -> Result<Vec<Tag>, Error> {
        let under = if prefix.is_empty() { String::new() } else { format!("/{}", segments(prefix)) };
        let mut tags = Vec::new();
        let each = |found: wire::Ref| tags.extend(found.name.parse::<Tag>());
        self.client.get_each(&self.client.path(&format!("/git/matching-refs/tags{under}")), each).await?;
        Ok(tags)
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
                .map(|found| Ok((answer.parse(&found.sha)?, line(&found.commit.message))))
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
    /// A private repository whose plan has no environments is answered with 404, which is none
    /// (<https://github.com/google/go-github/pull/2611>); a missing permission is a 403.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn environments(&self) -> Result<Vec<Environment>, Error> {
        let page = |page: u32| async move {
            let answer = self.client.get(&self.client.path(&format!("/environments?per_page=100&page={page}"))).await?;
            Ok::<_, Error>((answer.read::<wire::Environments>()?.environments, answer.last_page))
        };
        let (mut environments, last) = match page(1).await {
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            first => first?,
        };
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
        let pattern = |found: wire::BranchPattern| {
            let name = found.name.ok_or_else(|| answer.malformed("a branch policy has no `name`"))?;
            Ok(if found.kind.as_deref() == Some("tag") { format!("tag:{name}") } else { name })
        };
        policies.branch_policies.into_iter().map(pattern).collect()
    }

    /// Tells whether a branch is protected, by a rule or by a ruleset.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn is_protected(&self, branch: &Branch) -> Result<bool, Error> {
        let answer = self.client.get(&self.client.path(&format!("/branches/{}", segments(branch.as_str())))).await?;
        Ok(answer.read::<wire::Branch>()?.protected)
    }

    /// Reads a workflow run.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn run(&self, run: u64) -> Result<Run, Error> {
        let found: wire::Run = self.client.get(&self.client.path(&format!("/actions/runs/{run}"))).await?.read()?;
        Ok(Run {
            attempt: found.run_attempt.unwrap_or(1),
            event: found.event,
            branch: found.head_branch,
            actor: found.actor.and_then(person),
            triggering_actor: found.triggering_actor.and_then(person),
        })
    }

    /// Returns the commits a pull request brings or brought, oldest first; GitHub lists no more than 250.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn pull_commits(&self, number: u64) -> Result<Vec<PullCommit>, Error> {
        let page = |page: u32| async move {
            let answer = self.client.get(&self.client.path(&format!("/pulls/{number}/commits?per_page=100&page={page}"))).await?;
            let found: Vec<wire::PullCommit> = answer.read()?;
            let commit = |found: wire::PullCommit| {
                Ok(PullCommit {
                    sha: answer.parse(&found.sha)?,
                    tree: answer.parse(&found.commit.tree.sha)?,
                    parents: found.parents.iter().map(|parent| answer.parse(&parent.sha)).collect::<Result<_, Error>>()?,
                    message: found.commit.message,
                })
            };
            Ok::<_, Error>((found.into_iter().map(commit).collect::<Result<Vec<_>, Error>>()?, answer.last_page))
        };
        let (mut commits, last) = page(1).await?;
        for more in join_all((2..=last).map(page)).await {
            commits.append(&mut more?.0);
        }
        Ok(once(commits, |one, other| one.sha == other.sha))
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
        self.filtered_jobs(run, "latest").await
    }

    /// Returns a run's jobs of all attempts.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn jobs_of_all_attempts(&self, run: u64) -> Result<Vec<Job>, Error> {
        self.filtered_jobs(run, "all").await
    }

    async fn filtered_jobs(&self, run: u64, filter: &str) -> Result<Vec<Job>, Error> {
        let page = |page: u32| async move {
            let answer =
                self.client.get(&self.client.path(&format!("/actions/runs/{run}/jobs?filter={filter}&per_page=100&page={page}"))).await?;
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
        // Two jobs have two pages.
        Ok(once(jobs.into_iter().map(job), |one, other| one.url.is_some() && one == other))
    }

    /// Tells whether a workflow was started by hand or by a dispatch on a tag of this commit.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn is_dispatched(&self, workflow: &str, tag: &Tag, commit: &Sha) -> Result<bool, Error> {
        let path = format!("/actions/workflows/{}/runs?event=workflow_dispatch&head_sha={commit}&per_page=100", segment(workflow));
        let runs: wire::Runs = self.client.get(&self.client.path(&path)).await?.read()?;
        Ok(runs.workflow_runs.iter().any(|run| run.head_branch.as_deref() == Some(tag.as_str())))
    }

    /// Returns the runs that were started by hand on a branch, and in which something happened since a time, newest first;
    /// no more than a hundred are looked at. A run ends after 35 days at the latest:
    /// <https://docs.github.com/actions/reference/limits>.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn runs_by_hand(&self, branch: &Branch, since: DateTime<Utc>) -> Result<Vec<u64>, Error> {
        let (branch, earliest) = (segment(branch.as_str()), crate::words::written(since - TimeDelta::days(35)));
        let path = format!("/actions/runs?event=workflow_dispatch&branch={branch}&created=%3E%3D{earliest}&per_page=100");
        let runs: wire::Runs = self.client.get(&self.client.path(&path)).await?.read()?;
        Ok(runs.workflow_runs.iter().filter(|run| run.updated_at.is_none_or(|at| at >= since)).map(|run| run.id).collect())
    }

    /// Returns who has reviewed a pull request.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn reviewed_by(&self, number: u64) -> Result<Vec<String>, Error> {
        let answer = self.client.get(&self.client.path(&format!("/pulls/{number}/reviews?per_page=100"))).await?;
        let reviews: Vec<wire::PullReview> = answer.read()?;
        Ok(reviews.into_iter().filter_map(|review| Some(review.user?.login)).collect())
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
    let named = |environment: &&mut Environment| names.iter().any(|name| environment.name.eq_ignore_ascii_case(name));
    let mut by_protection: Vec<&mut Environment> =
        environments.iter_mut().filter(named).filter(|environment| environment.protection.protected_branches_only).collect();
    if !by_protection.is_empty() {
        let protected = async { reader.is_protected(&reader.repository().await?.default_branch).await }.await.ok();
        by_protection.iter_mut().for_each(|environment| environment.protection.default_branch_protected = protected);
    }
    Ok(environments)
}

pub(super) fn missing_is_none(answer: Result<Answer, Error>) -> Result<Option<Answer>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_ancestor(comparison: &wire::Comparison) -> bool {
    matches!(comparison.status.as_str(), "ahead" | "identical")
}
