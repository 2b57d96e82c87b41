//! Routes that are not GitHub's own, for steering the world from outside.

use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// Answers the routes of this family.
pub(crate) fn route(_world: &mut World, _call: &Call) -> Option<Reply> {
    None
}
