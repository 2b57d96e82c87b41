//! When a request is sent again, and after how long. The only place that decides this.

use std::time::Duration;

/// Whether sending a request twice does the same as sending it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Reads, and writes that are content-addressed or set a value: safe to send again after any failure.
    Safe,
    /// Writes that would do their work twice: sent again only when GitHub surely did not act on them.
    Unsafe,
}

/// How much time the client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The longest one attempt may take, from connecting to the last byte.
    pub deadline: Duration,
    /// Whether waits take their time.
    pub waits: Waits,
}

/// Whether waits take their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// They take as long as they say.
    Real,
    /// They are said and take no time, for a simulated GitHub: nothing there needs it to recover.
    Immediate,
}

impl Pace {
    /// A minute for an attempt, and real waits.
    pub const REAL: Self = Self { deadline: Duration::from_secs(60), waits: Waits::Real };
}

/// How one attempt ended, as far as the decision needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The connection was never made, so nothing was sent.
    NotConnected,
    /// The request may have arrived; the answer did not.
    AnswerLost,
    /// An answer of this status. `wait` is what its headers ask for, in seconds.
    Answered {
        /// The HTTP status.
        status: u16,
        /// Whether it is a rate limit (403 or 429 that says so).
        limited: bool,
        /// Seconds to wait by `retry-after` or until `x-ratelimit-reset`.
        wait: Option<u64>,
    },
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Hand the answer or the failure on.
    Stop,
    /// Wait this long, then send it again.
    Again(Duration),
}

/// At most this many attempts for failures; a rate limit has its own bound.
pub(super) const MAX_ATTEMPTS: u32 = 5;
/// The longest wait for a rate limit, in seconds. A token's hour-long limit is worth waiting for once, no longer.
pub(super) const MAX_WAIT: u64 = 900;

/// Decides after an attempt, the `tried`-th (from 1). `jitter` is a number below 1000 from the caller.
pub(super) fn next(repeat: Repeat, attempt: Attempt, tried: u32, jitter: u64) -> Next {
    if tried >= MAX_ATTEMPTS {
        return Next::Stop;
    }
    let backoff = Next::Again(Duration::from_millis((250 << tried.min(6)) + jitter % 250));
    match attempt {
        Attempt::NotConnected => backoff,
        Attempt::AnswerLost if repeat == Repeat::Safe => backoff,
        Attempt::AnswerLost => Next::Stop,
        // GitHub did not act on a limited request, so even a write is sent again. Without a hint its documentation
        // asks for at least a minute: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
        Attempt::Answered { limited: true, wait, .. } => match wait.unwrap_or(60 << (tried - 1)) {
            wait if wait > MAX_WAIT => Next::Stop,
            wait => Next::Again(Duration::from_millis(wait * 1000 + jitter)),
        },
        Attempt::Answered { status: 500..=599, .. } if repeat == Repeat::Safe => backoff,
        Attempt::Answered { .. } => Next::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(repeat: Repeat, attempt: Attempt) -> bool {
        next(repeat, attempt, 1, 0) != Next::Stop
    }

    fn status(status: u16) -> Attempt {
        Attempt::Answered { status, limited: false, wait: None }
    }

    #[test]
    fn a_write_that_may_have_arrived_is_never_sent_twice() {
        assert!(!again(Repeat::Unsafe, Attempt::AnswerLost));
        assert!(!again(Repeat::Unsafe, status(502)));
        assert!(again(Repeat::Unsafe, Attempt::NotConnected));
    }

    #[test]
    fn reads_are_sent_again_on_lost_answers_and_server_errors_only() {
        assert!(again(Repeat::Safe, Attempt::AnswerLost) && again(Repeat::Safe, status(500)) && again(Repeat::Safe, status(503)));
        for code in [200, 301, 401, 403, 404, 409, 422] {
            assert!(!again(Repeat::Safe, status(code)), "{code}");
        }
    }

    #[test]
    fn a_rate_limit_is_waited_for_as_long_as_github_says_but_not_for_ever() {
        let limited = |wait| Attempt::Answered { status: 403, limited: true, wait };
        assert_eq!(next(Repeat::Unsafe, limited(Some(7)), 1, 0), Next::Again(Duration::from_secs(7)));
        assert_eq!(next(Repeat::Unsafe, limited(None), 1, 0), Next::Again(Duration::from_secs(60)));
        assert_eq!(next(Repeat::Safe, limited(Some(MAX_WAIT + 1)), 1, 0), Next::Stop);
    }

    #[test]
    fn nothing_is_tried_for_ever() {
        assert_eq!(next(Repeat::Safe, Attempt::NotConnected, MAX_ATTEMPTS, 0), Next::Stop);
    }
}
