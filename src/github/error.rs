//! What can go wrong with GitHub, told apart by what a caller does about it.

use std::fmt;

use chrono::{DateTime, Utc};

/// A request that gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection could be made; nothing was sent.
    #[error("cannot reach GitHub at `{address}`: {why}")]
    Unreachable {
        /// The API's address.
        address: String,
        /// The cause, e.g. `connection refused`.
        why: String,
    },
    /// A write was sent and its answer lost: it may or may not have happened.
    #[error("the answer to {method} `{path}` was lost ({why}); it may have been done")]
    OutcomeUnknown {
        /// The HTTP method.
        method: String,
        /// The path.
        path: String,
        /// What broke.
        why: String,
    },
    /// GitHub said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// GitHub answered, but not in the form it documents.
    #[error("GitHub answered {method} `{path}` in a form that is not understood: {why}{}", doubt(method, path))]
    Malformed {
        /// The HTTP method.
        method: String,
        /// The path.
        path: String,
        /// Where the form differs.
        why: String,
    },
    /// The address or token cannot be used at all.
    #[error("{0}")]
    Setup(String),
}

/// GitHub's refusal of one request.
#[derive(Debug)]
pub struct Refusal {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// GitHub's own words, with control characters made visible, at most 300 characters.
    pub message: String,
    /// What it means.
    pub why: Why,
    /// When a used up limit is there again, where GitHub says so.
    pub resets: Option<DateTime<Utc>>,
}

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The token is missing, wrong or expired.
    BadToken,
    /// The token lacks a permission, as `x-accepted-github-permissions` names it (`contents=write`), where it does.
    MissingPermission(Option<String>),
    /// The commit's workflow files differ from the default branch's, which the Actions token may not bring about.
    WorkflowRule,
    /// The repository does not allow Actions to open pull requests.
    BotsMayNotOpenPulls,
    /// A limit on requests, too long to wait for.
    RateLimited,
    /// Missing, or hidden from this token.
    NotFound,
    /// A ruleset or branch protection.
    RuleViolation,
    /// The repository is archived.
    Archived,
    /// The repository has no commit on a default branch.
    Empty,
    /// 409 or 422: the request does not fit the state, e.g. the ref exists already.
    Conflict,
    /// 5xx after every retry.
    ServerError,
    /// Anything else.
    Other,
}

impl Error {
    /// Returns what a refusal means, or `None` for the other failures.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Refused(refusal) => Some(&refusal.why),
            Self::Unreachable { .. } | Self::OutcomeUnknown { .. } | Self::Malformed { .. } | Self::Setup(_) => None,
        }
    }

    /// Returns the error and what helps as one sentence, for where there is room for no more.
    pub fn with_hint(&self) -> String {
        self.hint().map_or_else(|| self.to_string(), |hint| format!("{self}; {hint}"))
    }

    /// Tells whether this is GitHub's 404.
    pub fn is_not_found(&self) -> bool {
        self.why() == Some(&Why::NotFound)
    }

    /// Returns what a person can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreachable { .. } => "check the address (`--api-url`, `GITHUB_API_URL`), the network and https://www.githubstatus.com; nothing was changed by this request".into(),
            Self::OutcomeUnknown { .. } => "run the same command again: it looks first and does only what is missing".into(),
            Self::Malformed { .. } => "is this address GitHub's API? a proxy's login page looks like this".into(),
            Self::Setup(_) => return None,
            Self::Refused(refusal) => return refusal.hint(),
        };
        Some(hint)
    }
}

impl Refusal {
    fn hint(&self) -> Option<String> {
        let hint = match &self.why {
            Why::BadToken => "the token is wrong or has expired; in a workflow pass `token: ${{ github.token }}`, elsewhere set `GITHUB_TOKEN`".into(),
            Why::MissingPermission(Some(needed)) => format!("add {} under the job's `permissions:`", permissions_lines(needed)),
            Why::MissingPermission(None) => "the token lacks a permission for this; see the permissions table in the README".into(),
            Why::WorkflowRule => "the Actions token may not create refs whose `.github/workflows` differ from the default branch; run again, or use a GitHub App token with `workflows: write`".into(),
            Why::BotsMayNotOpenPulls => "allow it under Settings → Actions → General → Workflow permissions, or open the pull request yourself".into(),
            Why::RateLimited => match self.resets {
                Some(at) => format!("GitHub's request limit is used up until {}, too long to wait for; run again then", crate::words::moment(at)),
                None => "GitHub's request limit is used up for longer than is worth waiting for; run again in an hour".into(),
            },
            Why::Empty => "push a first commit".into(),
            Why::NotFound => "it does not exist, or is private and the token has no access to it".into(),
            Why::RuleViolation => "a ruleset or branch protection forbids it; let the token's app bypass that rule, or do this step by hand".into(),
            Why::Archived => "unarchive the repository under Settings first".into(),
            Why::ServerError => "GitHub has trouble (https://www.githubstatus.com); run the same command again later".into(),
            Why::Conflict | Why::Other => return None,
        };
        Some(hint)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, status, message, why, .. } = self;
        // A server error may come from a proxy in front of a server that did its work.
        let doubt = if *why == Why::ServerError { doubt(method, path) } else { "" };
        write!(f, "GitHub refused {method} `{path}` with {status}: {message}{doubt}")
    }
}

/// Says of a write that it may have happened all the same; GraphQL is used for reading only.
fn doubt(method: &str, path: &str) -> &'static str {
    if method == "GET" || path.starts_with("/graphql") { "" } else { "; it may have been done" }
}

/// Turns `pull_requests=write; issues=write` into `pull-requests: write`: the first alternative, as workflows write it.
fn permissions_lines(header: &str) -> String {
    let first = header.split(';').next().unwrap_or_default();
    let lines = first.split(',').map(|grant| format!("`{}`", grant.trim().replace('=', ": ").replace('_', "-")));
    lines.collect::<Vec<_>>().join(" and ")
}

/// Reads a refusal out of an answer's status, headers and body.
pub(super) fn refusal(method: &str, path: &str, status: u16, header: impl Fn(&str) -> Option<String>, body: &[u8]) -> Refusal {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let text = |value: &serde_json::Value, key: &str| value.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let mut message = json.as_ref().and_then(|json| text(json, "message")).unwrap_or_else(|| "no message (not GitHub's usual JSON)".into());
    let errors = json.as_ref().and_then(|json| json.get("errors")?.as_array().cloned()).unwrap_or_default();
    for error in errors.iter().take(3) {
        let detail = error.as_str().map(str::to_owned).or_else(|| text(error, "message")).or_else(|| text(error, "code"));
        message.extend(detail.map(|detail| format!("; {detail}")));
    }
    let why = why(status, &message, header("x-accepted-github-permissions"), header("x-ratelimit-remaining").as_deref() == Some("0"));
    let message = message.escape_debug().take(300).collect::<String>().replace("\\'", "'").replace("\\\"", "\"");
    let resets = header("x-ratelimit-reset").and_then(|at| DateTime::from_timestamp(at.parse().ok()?, 0));
    Refusal { method: method.to_owned(), path: path.to_owned(), status, message, why, resets }
}

fn why(status: u16, message: &str, accepted: Option<String>, exhausted: bool) -> Why {
    let says = |words: &str| message.to_ascii_lowercase().contains(words);
    match status {
        401 => Why::BadToken,
        403 | 429 if exhausted || status == 429 || says("rate limit") => Why::RateLimited,
        403 if says("archived") => Why::Archived,
        _ if says("not permitted to create or approve pull requests") => Why::BotsMayNotOpenPulls,
        _ if says("repository rule violations") || says("protected branch") => Why::RuleViolation,
        403 | 404 if accepted.as_deref().is_some_and(|header| header.contains("workflows=write")) => Why::WorkflowRule,
        403 => Why::MissingPermission(accepted.filter(|header| !header.is_empty())),
        404 => Why::NotFound,
        409 | 422 => Why::Conflict,
        500..=599 => Why::ServerError,
        _ => Why::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, headers: &[(&str, &str)], body: &str, wanted: Why) -> Refusal {
        let header = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let refusal = refusal("POST", "/repos/o/r/git/refs", status, header, body.as_bytes());
        assert_eq!(refusal.why, wanted);
        refusal
    }

    #[test]
    fn the_kinds_of_403_are_told_apart() {
        let integration = r#"{"message":"Resource not accessible by integration"}"#;
        let workflows = [("x-accepted-github-permissions", "contents=write; contents=write,workflows=write")];
        check(403, &workflows, integration, Why::WorkflowRule);
        let missing = check(
            403,
            &[("x-accepted-github-permissions", "contents=write")],
            integration,
            Why::MissingPermission(Some("contents=write".into())),
        );
        assert_eq!(missing.hint().unwrap(), "add `contents: write` under the job's `permissions:`");
        check(403, &[], integration, Why::MissingPermission(None));
        check(403, &[("x-ratelimit-remaining", "0")], r#"{"message":"API rate limit exceeded"}"#, Why::RateLimited);
        check(403, &[], r#"{"message":"You have exceeded a secondary rate limit"}"#, Why::RateLimited);
        check(403, &[], r#"{"message":"GitHub Actions is not permitted to create or approve pull requests."}"#, Why::BotsMayNotOpenPulls);
        check(403, &[], r#"{"message":"Repository was archived so is read-only."}"#, Why::Archived);
        check(
            422,
            &[],
            r#"{"message":"Repository rule violations found\n\nCannot create ref due to creations being restricted."}"#,
            Why::RuleViolation,
        );
    }

    #[test]
    fn a_web_page_in_place_of_json_is_named_and_hostile_text_is_tamed() {
        let refusal = check(502, &[], "<html>bad gateway</html>", Why::ServerError);
        assert_eq!(
            refusal.to_string(),
            "GitHub refused POST `/repos/o/r/git/refs` with 502: no message (not GitHub's usual JSON); it may have been done"
        );
        let refusal = check(422, &[], "{\"message\":\"x\\n::add-mask::y\",\"errors\":[{\"message\":\"it's\"}]}", Why::Conflict);
        assert_eq!(refusal.message, "x\\n::add-mask::y; it's");
    }
}
