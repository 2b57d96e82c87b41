//! Cargo's protocol: the sparse index, one JSON object per line.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::index::{BadAnswer, Gathering, Index, Request, below, segment};

const EXPECTED: &str = "a crate's file of a sparse index";

/// Returns what to ask; `index` is the address that Cargo knows, with or without `sparse+`.
pub fn request(index: &str, package: &str) -> Request {
    let name = package.to_ascii_lowercase();
    Request { url: below(index.strip_prefix("sparse+").unwrap_or(index), &path(&name)), accept: "text/plain, */*;q=0.5" }
}

#[derive(Deserialize)]
struct Line {
    vers: String,
    #[serde(default)]
    yanked: bool,
    #[serde(default)]
    pubtime: Option<DateTime<Utc>>,
}

/// Reads the answer.
///
/// # Errors
/// When a line is not what an index has.
pub fn parse(body: &[u8]) -> Result<Index, BadAnswer> {
    let text = std::str::from_utf8(body).map_err(|_| BadAnswer::new(EXPECTED, "it is not UTF-8"))?;
    let mut gathering = Gathering::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(|error| BadAnswer::new(EXPECTED, format!("line {}: {error}", at + 1)))?;
        gathering.add(&line.vers, line.yanked, line.pubtime)?;
    }
    Ok(gathering.into_index(None))
}

/// `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcd`.
fn path(name: &str) -> String {
    let front = |from: usize, to: usize| segment(name.get(from..to).unwrap_or_default());
    let whole = segment(name);
    match name.len() {
        0..=2 => format!("{}/{whole}", name.len()),
        3 => format!("3/{}/{whole}", front(0, 1)),
        _ => format!("{}/{}/{whole}", front(0, 2), front(2, 4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_cargos() {
        for (name, path) in [("a", "1/a"), ("ab", "2/ab"), ("abc", "3/a/abc"), ("Entity-Core", "en/ti/entity-core")] {
            assert_eq!(request("sparse+https://crates.test/index/", name).url, format!("https://crates.test/index/{path}"));
        }
    }

    #[test]
    fn versions_and_yanks_are_read() {
        let body = b"{\"name\":\"x\",\"vers\":\"0.1.0\",\"deps\":[],\"cksum\":\"\",\"features\":{},\"yanked\":true,\"pubtime\":\"2026-11-01T00:00:00Z\"}\n\n{\"name\":\"x\",\"vers\":\"0.0.12\"}\n";
        let index = parse(body).unwrap();
        let shown: Vec<(&str, bool)> = index.published.iter().map(|one| (one.version.as_str(), one.withdrawn)).collect();
        assert_eq!(shown, [("0.0.12", false), ("0.1.0", true)]);
        assert!(index.published[1].uploaded.is_some());
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(
            parse(b"{\"vers\":\"1.0.0\"}\n{\"vers\":1}\n").unwrap_err().to_string(),
            "the index's answer is not a crate's file of a sparse index: line 2: invalid type: integer `1`, expected a string at line 1 column 9"
        );
    }
}
