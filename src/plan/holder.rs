//! What holds the gates of a repository: found out by what GitHub let it have, never guessed from its name or owner. And
//! which gates of a plan hold a stage.

use super::Plan;
use crate::domain::gate::{Ask, Gate, Holder, Stage};
use crate::github::Environment;

/// Returns what holds the gates.
///
/// A public repository can always have required reviewers, a private one by its owner's plan, which no Actions token is
/// shown (<https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments>). So a private
/// one has them when one of its environments has the rule: GitHub refuses to make it elsewhere. What cannot be read is
/// taken for environments, which then count as open.
pub fn holder(wanted: Option<Holder>, private: bool, environments: Result<&[Environment], &str>) -> Holder {
    let has_rule = |all: &[Environment]| all.iter().any(|environment| environment.protection.reviewers.is_some());
    match (wanted, private, environments) {
        (Some(holder), _, _) => holder,
        (None, true, Ok(all)) if !has_rule(all) => Holder::Comments,
        (None, _, _) => Holder::Environments,
    }
}

/// Tells whether what holds the gates is certain. Where a private repository has no environment with the rule, GitHub may
/// let it have one or not, and nobody asked yet.
pub fn settled(wanted: Option<Holder>, private: bool, environments: Result<&[Environment], &str>) -> bool {
    let has_rule = |all: &[Environment]| all.iter().any(|environment| environment.protection.reviewers.is_some());
    wanted.is_some() || !private || environments.is_ok_and(has_rule)
}

impl Plan {
    /// Returns the gates that hold a stage or a later one. Where nothing new is published, `finish` has nothing to wait for.
    pub fn gates_from(&self, stage: Stage) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(move |gate| gate.stage >= stage && !(self.retag && gate.stage == Stage::Finish))
    }

    /// Returns the gates that hold a stage.
    pub fn gates_of(&self, stage: Stage) -> impl Iterator<Item = &Gate> {
        self.gates_from(stage).filter(move |gate| gate.stage == stage)
    }

    /// Returns the approvals that a stage takes, each with its gate.
    pub fn asks(&self, stage: Stage) -> impl Iterator<Item = (&Gate, &Ask)> {
        self.gates_of(stage).flat_map(Gate::asks)
    }

    /// Returns the environments of the gates that must be passed before a stage.
    pub fn environments(&self, stage: Stage) -> Vec<&str> {
        self.asks(stage).map(|(_, ask)| ask.environment.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::{Protection, ReviewerRule};

    #[test]
    fn a_private_repository_without_a_single_reviewer_rule_is_answered_by_comments() {
        let environment = |reviewers| Environment { name: "any".into(), protection: Protection { reviewers, ..Protection::default() } };
        let (open, closed) = ([environment(None)], [environment(None), environment(Some(ReviewerRule::default()))]);
        use Holder::{Comments, Environments};
        for (wanted, private, found, expected) in [
            (None, false, Ok(&open[..]), Environments),
            (None, true, Ok(&open[..]), Comments),
            (None, true, Ok(&[][..]), Comments),
            (None, true, Ok(&closed[..]), Environments),
            (None, true, Err("503"), Environments),
            (Some(Comments), false, Ok(&closed[..]), Comments),
            (Some(Environments), true, Ok(&open[..]), Environments),
        ] {
            assert_eq!(holder(wanted, private, found), expected, "{wanted:?} {private}");
            let certain = wanted.is_some() || !private || found.is_ok_and(|found| found.len() == 2);
            assert_eq!(settled(wanted, private, found), certain, "{wanted:?} {private}");
        }
    }
}
