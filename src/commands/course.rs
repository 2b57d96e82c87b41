//! How far a rollback is on its way: which stage is open, and which plan holds it.

use chrono::{DateTime, Utc};

use super::delivered::{carried_out, delivered};
use super::evidence::policy;
use super::merged::{Merged, read, retagged, unreadable};
use super::{Ended, Exit};
use crate::apply::Standing;
use crate::domain::gate::Stage;
use crate::domain::release::Release;
use crate::gate::as_in_force;
use crate::github::{Error, Pull, PullState, Reader};
use crate::plan::Plan;

/// Where a rollback is, as its gates see it.
pub(super) struct Course {
    /// The plan that people approved, or are asked to.
    pub(super) own: Plan,
    /// The same with the gates that hold what comes next.
    pub(super) in_force: Plan,
    /// The stage that is open; `None` while the pull request is people's.
    pub(super) stage: Option<Stage>,
}

impl Course {
    /// Returns the stage that is open, and since when.
    pub(super) fn stage(plan: &Plan, standing: &Standing, released: Option<&Release>) -> (Option<Stage>, Option<DateTime<Utc>>) {
        if plan.retag {
            return (Some(if standing.is_retagged(plan) { Stage::Close } else { Stage::Execute }), None);
        }
        let acted = standing.branch.is_some() || !standing.pulls.is_empty();
        match (released, merged(standing)) {
            (Some(released), _) => (Some(Stage::Close), released.published_at),
            (None, Some((_, at))) => (Some(Stage::Finish), Some(at)),
            (None, None) if acted => (None, None),
            (None, None) => (Some(Stage::Execute), None),
        }
    }

    /// Reads it, of a plan as it was made or as it is in force.
    pub(super) async fn of(given: &Plan, standing: &Standing, released: Option<&Release>, reader: &Reader) -> Result<Self, Box<Ended>> {
        let (stage, _) = Self::stage(given, standing, released);
        let plain = Self { own: given.clone(), in_force: given.clone(), stage };
        if given.retag && stage == Some(Stage::Close) {
            let kept = retagged(given.bad.tag.as_str(), reader).await?.filter(|kept| is_same_rollback(kept.plan(), given));
            return match (kept, policy(reader).await.1) {
                (Some(kept), _) => Ok(Self { own: kept.plan().clone(), in_force: kept.in_force(), stage }),
                (None, Ok(policy)) => Ok(Self { in_force: as_in_force(given, &policy), ..plain }),
                (None, Err(why)) => Err(unreadable(why)),
            };
        }
        let merged = match merged(standing) {
            Some((pull, _)) => read(pull.clone(), &given.branch, None, reader).await,
            None if given.is_direct() && standing.pulls.is_empty() => forwarded(given, reader).await,
            None => return Ok(plain),
        };
        match merged {
            Ok(merged) if is_same_rollback(merged.plan(), given) => {
                Ok(Self { own: merged.plan().clone(), in_force: merged.in_force(), stage: stage.max(Some(Stage::Finish)) })
            }
            Err(ended) if ended.exit == Exit::Failed => Err(ended),
            // The pull request is of another plan, or lost its own: what was given is all there is.
            Ok(_) | Err(_) => Ok(plain),
        }
    }
}

/// The same where the default branch was moved: by this plan, or by the one of which it has later gates.
async fn forwarded(given: &Plan, reader: &Reader) -> Result<Merged, Box<Ended>> {
    match carried_out(given.clone(), reader).await {
        Err(ended) if ended.exit != Exit::Failed => delivered(&given.branch, None, reader).await,
        found => found,
    }
}

/// Returns the rollback's own release; one that publishes nothing new has none.
pub(super) async fn released(plan: &Plan, reader: &Reader) -> Result<Option<Release>, Error> {
    match plan.retag {
        true => Ok(None),
        false => reader.release_of(&plan.tag).await,
    }
}

fn merged(standing: &Standing) -> Option<(&Pull, DateTime<Utc>)> {
    standing.pulls.iter().find_map(|pull| match pull.state {
        PullState::Merged(_, at) => Some((pull, at)),
        PullState::Open | PullState::Closed => None,
    })
}

/// Tells whether two plans differ by their gates, people and rules at most.
pub(super) fn is_same_rollback(one: &Plan, other: &Plan) -> bool {
    let Plan { gates, roles, rules, .. } = other.clone();
    (Plan { gates, roles, rules, ..one.clone() }).id() == other.id()
}
