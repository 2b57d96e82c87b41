//! What was asked for.

use crate::domain::git::Tag;
use crate::domain::person::Login;

/// One request for a plan, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The bad release's tag.
    pub bad: Tag,
    /// Further bad releases, published after it was or before: their users are warned too. Tags.
    pub also_bad: Vec<Tag>,
    /// The ref to return to; `None` for the last known good release.
    pub good: Option<String>,
    /// Why, in the asker's words.
    pub reason: String,
    /// The trigger's id, e.g. `import-failures`.
    pub trigger: String,
    /// The issue in which this is discussed.
    pub incident: Option<u64>,
    /// Who asks; `None` outside a workflow run.
    pub requester: Option<Login>,
    /// The version strategy that overrides the policy's.
    pub strategy: Option<String>,
    /// The policy's packages that go back, by name; none where the bad tags tell.
    pub packages: Vec<String>,
}
