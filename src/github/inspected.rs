//! What the inspector tells: settings, people, rules and workflows as our own types.

use chrono::{DateTime, Utc};

use crate::domain::git::Branch;

/// The repository's own settings, as far as the token is shown them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// GitHub's clock when it answered.
    pub now: Option<DateTime<Utc>>,
    /// Whether it is private (or internal).
    pub private: bool,
    /// Whether it is archived, hence read-only.
    pub archived: bool,
    /// Whether it has issues.
    pub has_issues: bool,
    /// The default branch.
    pub default_branch: Branch,
    /// Its page.
    pub url: String,
    /// Whether an organization owns it; only these have teams.
    pub owned_by_organization: bool,
    /// When somebody last pushed.
    pub pushed_at: Option<DateTime<Utc>>,
    /// Whether the token's person administers it; `None` where GitHub does not say.
    pub administrator: Option<bool>,
}

/// What somebody is to the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is no such account.
    NoAccount,
    /// It cannot read the repository.
    NoAccess,
    /// It reads what everybody can, and is no collaborator.
    Outsider,
    /// A collaborator with this role (`read`, `write`, `admin`, …).
    Collaborator(String),
}

/// One rule of a ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// No new refs.
    Creation,
    /// No changes of refs.
    Update,
    /// Signed commits only.
    Signatures,
    /// Changes by pull request only.
    PullRequest {
        /// Approvals it takes.
        approvals: u64,
    },
    /// These checks must have passed.
    Checks {
        /// Their names.
        names: Vec<String>,
        /// Whether they must have passed before a branch is made, too.
        on_creation: bool,
    },
    /// Merging goes through the queue.
    MergeQueue,
    /// Names must fit (or with `negate` must not fit) a pattern.
    NamePattern {
        /// `starts_with`, `ends_with`, `contains` or `regex`.
        operator: String,
        /// The pattern.
        pattern: String,
        /// Whether it must not fit.
        negate: bool,
    },
    /// Any other, by GitHub's word.
    Other(String),
}

/// A rule and the ruleset it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInForce {
    /// The rule.
    pub rule: Rule,
    /// The ruleset's number.
    pub ruleset: u64,
}

/// An active ruleset for tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRuleset {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Patterns of refs it holds for.
    pub include: Vec<String>,
    /// Patterns of refs it does not hold for.
    pub exclude: Vec<String>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Whether this token may go past it; `None` where GitHub does not say.
    pub may_bypass: Option<bool>,
}

/// One workflow as Actions knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its number.
    pub id: u64,
    /// Its file.
    pub path: String,
    /// `active`, `disabled_manually`, `disabled_inactivity`, …
    pub state: String,
    /// When Actions first saw it.
    pub created_at: Option<DateTime<Utc>>,
}

/// What the repository lets Actions do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionsSettings {
    /// Whether a workflow without `permissions` gets a token that may write.
    pub writes_by_default: bool,
    /// Whether Actions may open pull requests.
    pub may_open_pulls: bool,
}
