//! Rulesets: what branches and tags refuse.

/// What a ruleset is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Branches.
    Branch,
    /// Tags.
    Tag,
}

/// One rule: <https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// No new refs.
    Creation,
    /// No changes to refs.
    Update,
    /// No deleted refs.
    Deletion,
    /// No force pushes.
    NonFastForward,
    /// Commits must be signed.
    RequiredSignatures,
    /// Changes come by pull request only, with this many approvals.
    PullRequest {
        /// How many.
        approvals: u64,
    },
    /// These checks must have passed.
    RequiredStatusChecks(Vec<String>),
    /// Merging goes through the queue.
    MergeQueue,
    /// Any other, by GitHub's word, with its parameters: shown, and not enforced.
    Other(&'static str, serde_json::Value),
}

impl Rule {
    /// Returns GitHub's own word for the rule.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Update => "update",
            Self::Deletion => "deletion",
            Self::NonFastForward => "non_fast_forward",
            Self::RequiredSignatures => "required_signatures",
            Self::PullRequest { .. } => "pull_request",
            Self::RequiredStatusChecks(_) => "required_status_checks",
            Self::MergeQueue => "merge_queue",
            Self::Other(name, _) => name,
        }
    }
}

/// One ruleset.
#[derive(Debug, Clone)]
pub struct Ruleset {
    /// The id.
    pub id: u64,
    /// The name.
    pub name: String,
    /// Branches or tags.
    pub target: Target,
    /// Patterns of short ref names, where `*` stands for anything; `~DEFAULT_BRANCH` and `~ALL` as on GitHub.
    pub include: Vec<String>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Logins that the rules do not hold for.
    pub bypass: Vec<String>,
}
