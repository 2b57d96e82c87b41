//! Git's names: shas, tags, branches, repositories. Parsed once at the edge, valid ever after.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not what it was taken for, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}: {why}")]
pub struct BadName {
    text: String,
    what: &'static str,
    why: String,
}

impl BadName {
    /// Returns the error; `text` is shown with control characters made visible and cut at 80 characters.
    pub fn new(text: &str, what: &'static str, why: impl Into<String>) -> Self {
        let text = text.escape_debug().take(80).collect();
        Self { text, what, why: why.into() }
    }
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let check: fn(&str) -> Result<String, BadName> = $check;
                check(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_newtype!(
    /// A full object name: 40 lower-case hexadecimal digits.
    Sha,
    |text| {
        if text.len() == 40 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            Ok(text.to_owned())
        } else {
            Err(BadName::new(text, "commit sha", "a sha is 40 lower-case hexadecimal digits"))
        }
    }
);

text_newtype!(
    /// A tag's name, without `refs/tags/`. Never empty, never starts with `-`, valid for git.
    Tag,
    |text| check_ref(short_name(text, Tag::FOLDER, "tag")?, "tag")
);

text_newtype!(
    /// A branch's name, without `refs/heads/`. Never empty, never starts with `-`, valid for git.
    Branch,
    |text| check_ref(short_name(text, "refs/heads/", "branch")?, "branch")
);

text_newtype!(
    /// A repository as `owner/name`, lower-cased: GitHub compares both without case.
    RepoName,
    |text| {
        let part = |p: &str| !p.is_empty() && p != "." && p != ".." && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        match text.split_once('/') {
            Some((owner, name)) if part(owner) && part(name) => Ok(text.to_ascii_lowercase()),
            _ => Err(BadName::new(text, "repository", "write it as `owner/name`")),
        }
    }
);

impl Sha {
    /// Returns the first seven digits, as git shows them.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl Tag {
    /// The folder of git's refs that tags are in.
    pub const FOLDER: &str = "refs/tags/";
}

impl RepoName {
    /// Returns the part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// Returns the part after the slash.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

/// Returns a ref's name without the folder it is in. git allows the folder's own name once more below it; such a name would
/// be read back as another one.
fn short_name<'a>(text: &'a str, folder: &str, what: &'static str) -> Result<&'a str, BadName> {
    match text.strip_prefix(folder).unwrap_or(text) {
        name if name.starts_with(folder) => Err(BadName::new(text, what, format!("its own name starts with `{folder}`"))),
        name => Ok(name),
    }
}

/// The rules of git-check-ref-format(1), and no leading `-`, which a command line would read as an option.
fn check_ref(text: &str, what: &'static str) -> Result<String, BadName> {
    let bad = |why: &str| Err(BadName::new(text, what, why));
    if text.is_empty() {
        return bad("it is empty");
    }
    if text.len() > 255 {
        return bad("it is longer than 255 bytes");
    }
    if text.starts_with('-') {
        return bad("it starts with `-`");
    }
    if let Some(c) = text.chars().find(|c| c.is_control() || " ~^:?*[\\".contains(*c)) {
        return bad(&format!("git allows no `{}` in it", c.escape_debug()));
    }
    if text.contains("..") || text.contains("@{") || text.contains("//") || text == "@" {
        return bad("git allows no `..`, `@{` or `//` in it");
    }
    if text.starts_with('/') || text.ends_with('/') || text.ends_with('.') {
        return bad("it may not start with `/` or end with `/` or `.`");
    }
    if text.split('/').any(|part| part.starts_with('.') || part.ends_with(".lock")) {
        return bad("no part of it may start with `.` or end with `.lock`");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_git_takes_are_kept_as_they_are() {
        for text in ["v0.1.0", "release/2.0", "pkg@1.2.3", "v1.0.0-rc.1", "entity-core-v0.0.12", "ünïcode"] {
            assert_eq!(text.parse::<Tag>().map(String::from).as_deref(), Ok(text));
        }
        assert_eq!("refs/tags/v1".parse::<Tag>().map(String::from).as_deref(), Ok("v1"));
        assert_eq!("refs/heads/main".parse::<Branch>().map(String::from).as_deref(), Ok("main"));
        assert_eq!("refs/heads/v1".parse::<Tag>().map(String::from).as_deref(), Ok("refs/heads/v1"));
    }

    #[test]
    fn names_that_could_do_harm_are_refused() {
        for text in
            ["", "-f", "a b", "a..b", "a~1", "a^", "a:b", "x\n::warning::y", "a/.b", "a.lock", "a/", "/a", "@", "a@{1}", "a\\b", "a*"]
        {
            assert!(text.parse::<Tag>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_name_that_would_be_read_back_as_another_is_refused() {
        let error = "refs/tags/refs/tags/v1".parse::<Tag>().unwrap_err().to_string();
        assert_eq!(error, "`refs/tags/refs/tags/v1` is not a tag: its own name starts with `refs/tags/`");
        assert!("refs/heads/refs/heads/main".parse::<Branch>().is_err());
    }

    #[test]
    fn a_repository_is_owner_slash_name_without_case() {
        assert_eq!("Acme/Entity-Core".parse::<RepoName>().map(String::from).as_deref(), Ok("acme/entity-core"));
        for text in ["acme", "acme/", "/x", "a/b/c", "a/..", "a/b c"] {
            assert!(text.parse::<RepoName>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn an_error_shows_control_characters_as_text() {
        let error = "x\n::add-mask::y".parse::<Tag>().unwrap_err().to_string();
        assert_eq!(error, "`x\\n::add-mask::y` is not a tag: git allows no `\\n` in it");
    }
}
