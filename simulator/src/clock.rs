//! The world's clock: the real one shifted, or one that stands still.

use chrono::{DateTime, Duration, SubsecRound as _, Utc};

/// What time it is in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Runs with the real clock, this far away from it.
    Offset(Duration),
    /// Stands still until it is moved.
    Frozen(DateTime<Utc>),
}

impl Clock {
    /// Returns a running clock that shows this time now.
    pub fn running_from(time: DateTime<Utc>) -> Self {
        Self::Offset(time - Utc::now())
    }

    /// Returns the time in whole seconds.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Offset(offset) => (Utc::now() + *offset).trunc_subsecs(0),
            Self::Frozen(time) => time.trunc_subsecs(0),
        }
    }

    /// Moves the clock forward, or backward by a negative duration.
    pub fn advance(&mut self, by: Duration) {
        match self {
            Self::Offset(offset) => *offset += by,
            Self::Frozen(time) => *time += by,
        }
    }
}

/// Returns a time in the form GitHub writes it.
pub fn stamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
