//! GitHub's REST routes, one family per file.

use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// Answers the first family that knows the route.
pub(crate) fn route(_world: &mut World, _call: &Call) -> Option<Reply> {
    None
}
