//! Environments, the gates of deployments.

use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// What the world holds of them.
#[derive(Debug, Clone, Default)]
pub struct Environments {}

/// Answers the routes of this family.
pub(crate) fn route(_world: &mut World, _call: &Call) -> Option<Reply> {
    None
}
