//! The repository's own settings.

use chrono::{DateTime, Utc};

/// The plan of the owner's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// GitHub Free.
    Free,
    /// GitHub Pro.
    Pro,
    /// GitHub Team.
    Team,
    /// GitHub Enterprise Cloud.
    Enterprise,
}

impl Plan {
    /// Returns GitHub's own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Team => "team",
            Self::Enterprise => "enterprise",
        }
    }
}

/// The settings of the world's repository.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Its id.
    pub id: u64,
    /// The owner's login.
    pub owner: String,
    /// The owner's id.
    pub owner_id: u64,
    /// Whether the owner is an organisation.
    pub owner_is_organization: bool,
    /// Its name.
    pub name: String,
    /// `owner/name` of addresses it had before; requests to them are redirected.
    pub former_names: Vec<String>,
    /// The default branch.
    pub default_branch: String,
    /// Whether it is private.
    pub private: bool,
    /// Whether it is read-only.
    pub archived: bool,
    /// The owner's plan.
    pub plan: Plan,
    /// "Allow GitHub Actions to create and approve pull requests"; off by default on GitHub.
    pub allow_bots_to_open_prs: bool,
    /// Whether merge commits are allowed.
    pub allow_merge_commit: bool,
    /// Whether squash merging is allowed.
    pub allow_squash_merge: bool,
    /// Whether rebase merging is allowed.
    pub allow_rebase_merge: bool,
    /// Whether auto-merge can be switched on.
    pub allow_auto_merge: bool,
    /// Whether a merged branch is deleted.
    pub delete_branch_on_merge: bool,
    /// Whether releases become immutable when they are published.
    pub immutable_releases: bool,
    /// Whether the repository has issues.
    pub has_issues: bool,
    /// The description.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Repository {
    /// Returns a public repository of an organisation with GitHub's defaults, except that bots may open pull requests.
    pub fn new(owner: &str, name: &str, default_branch: &str) -> Self {
        Self {
            id: 501,
            owner: owner.to_owned(),
            owner_id: 502,
            owner_is_organization: true,
            name: name.to_owned(),
            former_names: Vec::new(),
            default_branch: default_branch.to_owned(),
            private: false,
            archived: false,
            plan: Plan::Team,
            allow_bots_to_open_prs: true,
            allow_merge_commit: true,
            allow_squash_merge: true,
            allow_rebase_merge: true,
            allow_auto_merge: false,
            delete_branch_on_merge: false,
            immutable_releases: false,
            has_issues: true,
            description: None,
            created_at: DateTime::UNIX_EPOCH + chrono::Duration::days(18_262),
        }
    }

    /// Returns `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Returns the default branch as a full ref name.
    pub fn default_ref(&self) -> String {
        format!("refs/heads/{}", self.default_branch)
    }
}
