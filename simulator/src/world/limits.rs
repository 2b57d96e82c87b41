//! Rate limits.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

/// GitHub's limits, per token: <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests per hour, the primary limit. A `GITHUB_TOKEN` has 1,000, a person 5,000.
    pub per_hour: u64,
    /// Requests per minute that create content, the secondary limit; GitHub has 80. `None` switches it off.
    pub content_per_minute: Option<usize>,
    /// Seconds named in `retry-after` when the secondary limit is hit.
    pub retry_after: u64,
    /// Requests used in the running hour, by token.
    pub used: BTreeMap<String, Window>,
    /// When content was created lately.
    pub content: Vec<DateTime<Utc>>,
}

/// One hour of one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Requests so far.
    pub used: u64,
    /// When the hour ends.
    pub reset: DateTime<Utc>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_hour: 5000, content_per_minute: None, retry_after: 60, used: BTreeMap::new(), content: Vec::new() }
    }
}

impl Limits {
    /// Returns the running hour of a token.
    pub fn window(&mut self, token: &str, now: DateTime<Utc>) -> &mut Window {
        let window = self.used.entry(token.to_owned()).or_insert(Window { used: 0, reset: now + Duration::hours(1) });
        if window.reset <= now {
            *window = Window { used: 0, reset: now + Duration::hours(1) };
        }
        window
    }

    /// Counts one request that creates content and tells whether it is one too many.
    pub(crate) fn exceeds_content(&mut self, now: DateTime<Utc>) -> bool {
        let Some(allowed) = self.content_per_minute else {
            return false;
        };
        self.content.retain(|time| *time > now - Duration::minutes(1));
        if self.content.len() >= allowed {
            return true;
        }
        self.content.push(now);
        false
    }
}
