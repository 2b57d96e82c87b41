//! PyPI's protocol: the simple index as JSON (PEP 691), or as HTML (PEP 503) where an index knows no JSON.
//! The legacy JSON interface is not used: mirrors and private indexes do not have it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::index::{BadAnswer, Gathering, Index, Request, below, segment};

const EXPECTED: &str = "a simple index page (PEP 691 or PEP 503)";

/// Returns what to ask; `index` is the address that pip knows as `index-url`.
pub fn request(index: &str, package: &str) -> Request {
    Request {
        url: below(index, &format!("{}/", segment(&normalized(package)))),
        accept: "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1",
    }
}

/// Reads the answer, JSON or HTML.
///
/// # Errors
/// When it is neither.
pub fn parse(body: &[u8], package: &str) -> Result<Index, BadAnswer> {
    let text = std::str::from_utf8(body).map_err(|_| BadAnswer::new(EXPECTED, "it is not UTF-8"))?;
    match text.trim_start_matches('\u{feff}').trim_start().chars().next() {
        Some('{') => json(text.trim_start_matches('\u{feff}'), package),
        Some('<') => html(text, package),
        Some(_) => Err(BadAnswer::new(EXPECTED, format!("it starts with `{}`", text.trim_start().chars().take(20).collect::<String>()))),
        None => Err(BadAnswer::new(EXPECTED, "it is empty")),
    }
}

/// The name as PEP 503 wants it: lower case, runs of `-`, `_` and `.` as one `-`.
fn normalized(package: &str) -> String {
    let lower = package.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    files: Vec<File>,
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    filename: String,
    /// `true`, `false`, or the reason; old servers leave it out.
    #[serde(default)]
    yanked: Value,
    #[serde(default)]
    upload_time: Option<String>,
}

fn json(text: &str, package: &str) -> Result<Index, BadAnswer> {
    let page: Page = serde_json::from_str(text).map_err(|error| BadAnswer::new(EXPECTED, error.to_string()))?;
    let mut gathering = Gathering::default();
    for file in &page.files {
        let yanked = match &file.yanked {
            Value::Bool(yanked) => *yanked,
            Value::String(_) => true,
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
        };
        add(&mut gathering, &file.filename, package, yanked, file.upload_time.as_deref().and_then(time))?;
    }
    // A version without a file was deleted: nobody gets it, and its number is used up.
    for version in &page.versions {
        gathering.add(version, true, None)?;
    }
    Ok(gathering.into_index(None))
}

/// Reads the links of an HTML page. PEP 503 promises nothing but anchors with the file's name as text.
fn html(text: &str, package: &str) -> Result<Index, BadAnswer> {
    if !text.to_ascii_lowercase().contains("<html") && !text.contains("<a ") {
        return Err(BadAnswer::new(EXPECTED, "it has no links"));
    }
    let mut gathering = Gathering::default();
    for anchor in text.split("<a").skip(1) {
        let Some((attributes, rest)) = anchor.split_once('>') else { continue };
        if !attributes.starts_with(char::is_whitespace) {
            continue;
        }
        let name = rest.split('<').next().unwrap_or_default().trim();
        add(&mut gathering, &name.replace("&amp;", "&").replace("&#43;", "+"), package, attributes.contains("data-yanked"), None)?;
    }
    Ok(gathering.into_index(None))
}

fn add(gathering: &mut Gathering, file: &str, package: &str, yanked: bool, uploaded: Option<DateTime<Utc>>) -> Result<(), BadAnswer> {
    match version_of(file, package) {
        Some(version) => {
            gathering.add(&version, yanked, uploaded)?;
            gathering.file(&version, file);
            Ok(())
        }
        None => {
            gathering.unreadable(file);
            Ok(())
        }
    }
}

/// The version in a file's name: the second part of a wheel's or egg's, what follows the package's name in a source archive's.
fn version_of(file: &str, package: &str) -> Option<String> {
    let (wheel, egg) = (file.strip_suffix(".whl"), file.strip_suffix(".egg"));
    if let Some(stem) = wheel.or(egg) {
        return stem.split('-').nth(1).map(|version| version.replace('_', "-"));
    }
    let stem = [".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"].iter().find_map(|end| file.strip_suffix(end))?;
    let wanted = normalized(package);
    let cut = stem.match_indices('-').find(|(at, _)| stem.get(..*at).is_some_and(|name| normalized(name) == wanted))?;
    stem.get(cut.0 + 1..).map(str::to_owned)
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(index: &Index) -> Vec<String> {
        index.published.iter().map(|one| format!("{}{}", one.version, if one.withdrawn { "!" } else { "" })).collect()
    }

    #[test]
    fn the_request_names_the_package_as_pep_503_wants_it() {
        let request = request("https://index.test/simple/", "Entity_Core.x");
        assert_eq!(request.url, "https://index.test/simple/entity-core-x/");
        assert!(request.accept.starts_with("application/vnd.pypi.simple.v1+json"));
    }

    #[test]
    fn a_version_is_withdrawn_only_when_all_its_files_are() {
        let page = r#"{"meta":{"api-version":"1.4"},"name":"entity-core","versions":["0.0.9","0.0.12","0.1.0","0.2.0"],"files":[
            {"filename":"entity_core-0.0.12-py3-none-any.whl","yanked":false,"upload-time":"2026-11-01T10:00:00.5Z"},
            {"filename":"entity-core-0.0.12.tar.gz","upload-time":"2026-11-01T09:00:00Z"},
            {"filename":"entity_core-0.1.0-py3-none-any.whl","yanked":"broken imports"},
            {"filename":"entity_core-0.1.0.tar.gz","yanked":true},
            {"filename":"entity_core-0.2.0-py3-none-any.whl","yanked":true},
            {"filename":"entity_core-0.2.0.tar.gz","yanked":false}]}"#;
        let index = parse(page.as_bytes(), "entity-core").unwrap();
        assert_eq!(shown(&index), ["0.0.9!", "0.0.12", "0.1.0!", "0.2.0"]);
        assert_eq!(index.published[1].uploaded.map(|time| time.to_rfc3339()).as_deref(), Some("2026-11-01T09:00:00+00:00"));
        assert_eq!(index.published[1].file.as_deref(), Some("entity_core-0.0.12-py3-none-any.whl"));
        assert_eq!(index.latest, None);
    }

    #[test]
    fn an_old_servers_json_without_versions_and_yanks_is_read() {
        let page = br#"{"meta":{"api-version":"1.0"},"name":"x","files":[{"filename":"x-1.0rc1.tar.gz","url":"x","hashes":{}}]}"#;
        assert_eq!(shown(&parse(page, "x").unwrap()), ["1.0rc1"]);
    }

    #[test]
    fn an_html_page_is_read_as_well() {
        let page = br#"<!DOCTYPE html><html><body>
            <a href="../x/entity_core-0.0.12-py3-none-any.whl#sha256=ab" data-requires-python="&gt;=3.9">entity_core-0.0.12-py3-none-any.whl</a><br/>
            <a data-yanked="" href="x">entity.core-0.1.0.tar.gz</a>
            <abbr>x</abbr><a href="y">README</a></body></html>"#;
        let index = parse(page, "entity-core").unwrap();
        assert_eq!(shown(&index), ["0.0.12", "0.1.0!"]);
        assert_eq!(index.unreadable, ["README"]);
    }

    #[test]
    fn versions_are_found_in_every_kind_of_file_name() {
        for (file, version) in [
            ("entity_core-1.0-py3-none-any.whl", "1.0"),
            ("entity_core-1.0-1-py3-none-any.whl", "1.0"),
            ("entity-core-1.0.post1.tar.gz", "1.0.post1"),
            ("Entity_Core-1.0.zip", "1.0"),
            ("entity.core-2026.11.1.tar.bz2", "2026.11.1"),
            ("entity_core-1.0-py2.7.egg", "1.0"),
        ] {
            assert_eq!(version_of(file, "entity-core").as_deref(), Some(version), "{file}");
        }
        for file in ["other-1.0.tar.gz", "entity-core.tar.gz", "entity-core-1.0.exe"] {
            assert_eq!(version_of(file, "entity-core"), None, "{file}");
        }
    }

    #[test]
    fn garbage_is_refused_with_a_sentence() {
        let why = |body: &[u8]| parse(body, "x").unwrap_err().to_string();
        assert_eq!(why(b""), "the index's answer is not a simple index page (PEP 691 or PEP 503): it is empty");
        assert_eq!(why(b"\xff"), "the index's answer is not a simple index page (PEP 691 or PEP 503): it is not UTF-8");
        assert_eq!(why(b"nope"), "the index's answer is not a simple index page (PEP 691 or PEP 503): it starts with `nope`");
        assert_eq!(why(b"<xml/>"), "the index's answer is not a simple index page (PEP 691 or PEP 503): it has no links");
        assert!(why(b"{\"files\": 3}").contains("invalid type"));
    }
}
