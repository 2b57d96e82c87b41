//! What is read of GitHub, in words of our own, and how it comes from GitHub's.

use chrono::{DateTime, Utc};

use super::client::Answer;
use super::error::Error;
use super::wire;
use crate::domain::git::{Branch, Sha, Tag};
use crate::domain::person::Login;
use crate::domain::release::{Publication, Release};

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
    /// Whether GitHub says that this token may push, and so shows it draft releases.
    pub may_push: bool,
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
    /// People asked to review it who have not yet.
    pub reviewers: Vec<String>,
    /// Teams asked, by slug.
    pub teams: Vec<String>,
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
    /// Whether the default branch is protected; read only where it matters, `None` where it was not.
    pub default_branch_protected: Option<bool>,
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

/// A workflow run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which attempt is its newest, from 1.
    pub attempt: u64,
    /// What started it, such as `workflow_dispatch`.
    pub event: String,
    /// The branch it is on.
    pub branch: Option<String>,
    /// Who started it first; stays the same in later attempts.
    pub actor: Option<Login>,
    /// Who started the newest attempt.
    pub triggering_actor: Option<Login>,
}

/// A commit of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullCommit {
    /// Its name.
    pub sha: Sha,
    /// Its tree.
    pub tree: Sha,
    /// Its parents.
    pub parents: Vec<Sha>,
    /// Its whole message.
    pub message: String,
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
    /// How many comments it has.
    pub comments: u64,
}

/// Pages that shift while they are read name an item twice.
pub(super) fn once<T>(items: impl IntoIterator<Item = T>, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in items {
        if !kept.iter().any(|one| same(one, &item)) {
            kept.push(item);
        }
    }
    kept
}

pub(super) fn release_in(answer: &Answer) -> Result<Release, Error> {
    release(answer.read()?).ok_or_else(|| answer.malformed("its tag is not a tag git could hold"))
}

pub(super) fn release(found: wire::Release) -> Option<Release> {
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
        reviewers: found.requested_reviewers.into_iter().map(|user| user.login).collect(),
        teams: found.requested_teams.into_iter().map(|team| team.slug).collect(),
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
        comments: found.comments.unwrap_or_default(),
    }
}

pub(super) fn environment(found: wire::Environment) -> Environment {
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
        default_branch_protected: None,
        administrators_may_bypass: found.can_admins_bypass,
    };
    Environment { name: found.name, protection }
}

pub(super) fn review(found: wire::Review) -> Review {
    let state = match found.state.as_str() {
        "approved" => ReviewState::Approved,
        "rejected" => ReviewState::Rejected,
        _ => ReviewState::Other,
    };
    let user = found.user.and_then(person);
    Review {
        environments: found.environments.into_iter().map(|environment| environment.name).collect(),
        state,
        user,
        comment: found.comment,
    }
}

/// An app's account ends in `[bot]`, except for some of GitHub's own, which only its type tells from a person's.
pub(super) fn person(found: wire::User) -> Option<Login> {
    match found.kind.as_deref() == Some("Bot") && !found.login.ends_with("[bot]") {
        true => format!("{}[bot]", found.login).parse().ok(),
        false => found.login.parse().ok(),
    }
}
