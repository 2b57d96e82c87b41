//! Faults that were scheduled on requests.

use std::time::Duration;

use crate::call::Call;
use crate::world::World;

/// One thing going wrong with one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answers this in place of handling the request.
    Status {
        /// The HTTP status.
        status: u16,
        /// Headers beside the usual ones.
        headers: Vec<(String, String)>,
        /// The body.
        body: serde_json::Value,
    },
    /// Handles the request after this time.
    Delay(Duration),
    /// Drops the connection without handling the request.
    CloseBefore,
    /// Handles the request, then drops the connection without an answer.
    CloseAfter,
    /// Handles the request and drops the connection after this many bytes of the body.
    Truncate(usize),
}

/// The schedule.
#[derive(Debug, Clone, Default)]
pub struct Faults {}

/// Returns the fault that befalls this request, and takes it off the schedule.
pub(crate) fn before(_world: &mut World, _call: &Call) -> Option<Fault> {
    None
}
