//! The world's clock: the real one shifted, or one that stands still.

use chrono::{DateTime, Datelike as _, Duration, SecondsFormat, SubsecRound as _, Timelike as _, Utc};

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
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Returns a time in the form of HTTP's headers: <https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats>
pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.get(time.month0() as usize).copied().unwrap_or_default();
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{}, {:02} {month} {} {hour:02}:{minute:02}:{second:02} GMT", time.weekday(), time.day(), time.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_the_time_in_the_form_of_http() {
        let time = DateTime::from_timestamp(784_111_777, 0).unwrap();
        assert_eq!(http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
