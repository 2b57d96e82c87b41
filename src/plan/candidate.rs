//! The ways to number a rollback, as a plan keeps them for its readers.

use serde::{Deserialize, Serialize};

use crate::domain::version::Version;
use crate::versions::Choice;

/// One way to number the rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The strategy's name.
    pub strategy: String,
    /// What it would release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// What it means for users; for an impossible one, why.
    pub verdict: String,
    /// Whether it was chosen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen: bool,
}

/// Returns the candidates of a choice.
pub(super) fn candidates(choice: &Choice) -> Vec<Candidate> {
    let of = |candidate: &crate::versions::Candidate| Candidate {
        strategy: candidate.strategy.to_string(),
        versions: candidate.versions.clone(),
        verdict: candidate.verdict.clone(),
        chosen: candidate.strategy == choice.strategy,
    };
    choice.candidates.iter().map(of).collect()
}
