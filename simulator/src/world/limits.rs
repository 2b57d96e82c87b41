//! Rate limits.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use crate::call::{Call, Identity};

/// GitHub's limits, per token: <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests per hour of a person's or an App's token, the primary limit.
    pub per_hour: u64,
    /// Requests per hour of all the workflow tokens of the repository together.
    pub per_hour_of_actions: u64,
    /// Requests per hour without a token.
    pub per_hour_of_anonymous: u64,
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
        Self {
            per_hour: 5000,
            per_hour_of_actions: 1000,
            per_hour_of_anonymous: 60,
            content_per_minute: None,
            retry_after: 60,
            used: BTreeMap::new(),
            content: Vec::new(),
        }
    }
}

impl Limits {
    /// Returns how many requests an hour the caller has.
    pub fn allowed(&self, identity: &Identity) -> u64 {
        match identity {
            Identity::Anonymous => self.per_hour_of_anonymous.min(self.per_hour),
            Identity::Actions(_) => self.per_hour_of_actions.min(self.per_hour),
            Identity::App(..) | Identity::User(_) => self.per_hour,
        }
    }

    /// Returns the running hour of the caller; the workflow tokens of a repository share one.
    pub fn window(&mut self, call: &Call, now: DateTime<Utc>) -> &mut Window {
        let token = match &call.identity {
            Identity::Actions(_) => "GITHUB_TOKEN",
            Identity::Anonymous | Identity::App(..) | Identity::User(_) => call.token.as_deref().unwrap_or_default(),
        };
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
