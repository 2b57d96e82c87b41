//! npm's protocol: the full packument. The abbreviated one leaves out `time`, and with it what was unpublished.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::index::{BadAnswer, Gathering, Index, Request, below, segment};

const EXPECTED: &str = "an npm packument";

/// Returns what to ask; `registry` is the address that npm knows as `registry`.
pub fn request(registry: &str, package: &str) -> Request {
    Request { url: below(registry, &segment(package)), accept: "application/json" }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Packument {
    #[serde(default)]
    dist_tags: BTreeMap<String, String>,
    /// Missing where the whole package was unpublished.
    versions: Option<BTreeMap<String, Entry>>,
    /// It keeps unpublished versions.
    #[serde(default)]
    time: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Entry {
    /// The message; an empty one takes the deprecation back.
    #[serde(default)]
    deprecated: Value,
}

/// Reads the answer.
///
/// # Errors
/// When it is no packument.
pub fn parse(body: &[u8]) -> Result<Index, BadAnswer> {
    let packument: Packument = serde_json::from_slice(body).map_err(|error| BadAnswer::new(EXPECTED, error.to_string()))?;
    let mut gathering = Gathering::default();
    let versions = match packument.versions {
        Some(versions) => versions,
        None if packument.time.contains_key("unpublished") => BTreeMap::new(),
        None => return Err(BadAnswer::new(EXPECTED, "missing field `versions`")),
    };
    for (version, entry) in &versions {
        let deprecated = match &entry.deprecated {
            Value::Bool(deprecated) => *deprecated,
            Value::String(message) => !message.is_empty(),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
        };
        gathering.add(version, deprecated, packument.time.get(version).and_then(time))?;
    }
    let dates = ["created", "modified", "unpublished"];
    for (version, at) in packument.time.iter().filter(|(version, _)| !dates.contains(&version.as_str())) {
        if !versions.contains_key(version) {
            gathering.add(version, true, time(at))?;
        }
    }
    let latest = packument.dist_tags.get("latest").and_then(|latest| latest.parse().ok());
    Ok(gathering.into_index(latest))
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scoped_name_is_one_part_of_the_path() {
        assert_eq!(request("https://npm.test", "@acme/core").url, "https://npm.test/@acme%2Fcore");
        assert_eq!(request("https://npm.test/team/", "core").url, "https://npm.test/team/core");
    }

    fn shown(index: &Index) -> Vec<String> {
        index.published.iter().map(|one| format!("{}{}", one.version, if one.withdrawn { "!" } else { "" })).collect()
    }

    #[test]
    fn the_packument_that_keeps_unpublished_versions_is_asked_for() {
        assert_eq!(request("https://npm.test", "core").accept, "application/json");
        let gone = br#"{"name":"x","time":{"created":"2026-01-01T00:00:00.000Z","0.0.9":"2026-01-02T00:00:00.000Z",
            "unpublished":{"time":"2026-01-03T00:00:00.000Z","versions":["0.0.9"]}}}"#;
        assert_eq!(shown(&parse(gone).unwrap()), ["0.0.9!"]);
    }

    #[test]
    fn versions_deprecations_and_latest_are_read() {
        let body = br#"{"name":"x","modified":"2026-11-23T00:00:00Z","dist-tags":{"latest":"0.1.0","next":"0.2.0-rc.1"},
            "versions":{"0.0.12":{"deprecated":""},"0.1.0":{"deprecated":"bad release"},"0.2.0-rc.1":{}},
            "time":{"created":"2026-01-01T00:00:00.000Z","0.0.9":"2026-01-02T00:00:00.000Z","0.0.12":"2026-01-03T00:00:00.000Z"}}"#;
        let index = parse(body).unwrap();
        assert_eq!(shown(&index), ["0.0.9!", "0.0.12", "0.1.0!", "0.2.0-rc.1"]);
        assert_eq!(index.latest, Some("0.1.0".parse().unwrap()));
        assert_eq!(index.published[1].uploaded.map(|time| time.to_rfc3339()).as_deref(), Some("2026-01-03T00:00:00+00:00"));
    }

    #[test]
    fn what_is_no_packument_is_refused_with_a_sentence() {
        let why = |body: &[u8]| parse(body).unwrap_err().to_string();
        assert_eq!(why(b"{}"), "the index's answer is not an npm packument: missing field `versions`");
        assert_eq!(why(b"<html>"), "the index's answer is not an npm packument: expected value at line 1 column 1");
    }
}
