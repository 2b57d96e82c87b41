//! How a project makes a tag of a version: `v{version}`, `entity-core@{version}`, `release/{version}`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::git::{BadName, Tag};
use super::version::Version;

/// How a project makes a tag of a version: what stands before and after it, e.g. `v` and nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TagTemplate {
    /// What stands before the version.
    pub prefix: String,
    /// What stands after it.
    pub suffix: String,
}

impl TagTemplate {
    /// Reads a tag such as `v1.2.3`, `pkg-v1.2.3`, `pkg@1.2.3` or `release/1.2.3`: the template and the version in it.
    ///
    /// Takes the first place where everything up to the end is a version, so digits in a name (`py3-lib-v1.0.0`) do no harm; a name
    /// that ends in a version of its own (`lib-3.11.0-pkg-1.0.0`) needs the policy's template.
    pub fn of(tag: &Tag) -> Option<(Self, Version)> {
        let text = tag.as_str();
        text.char_indices().filter(|(at, c)| c.is_ascii_digit() && starts_a_number(text, *at)).find_map(|(at, _)| {
            let version = text.get(at..)?.parse().ok()?;
            Some((Self { prefix: text.get(..at)?.to_owned(), suffix: String::new() }, version))
        })
    }

    /// Returns what every tag of this template starts with, with or without the `v`.
    pub fn stem(&self) -> &str {
        self.prefix.strip_suffix('v').unwrap_or(&self.prefix)
    }

    /// Returns the version in a tag of this template. Projects change their mind about the `v` (2.0.0, v2.1.0, 2.2.0), so it may be
    /// there or not.
    pub fn read(&self, tag: &Tag) -> Option<Version> {
        let rest = tag.as_str().strip_prefix(self.stem())?;
        rest.strip_prefix('v').unwrap_or(rest).strip_suffix(&self.suffix)?.parse().ok()
    }

    /// Returns this template as a tag of it is really made, with or without the `v`, and the version in it.
    pub fn as_in(&self, tag: &Tag) -> Option<(Self, Version)> {
        let version = self.read(tag)?;
        let rest = tag.as_str().strip_suffix(&self.suffix)?.strip_suffix(version.as_str())?;
        Some((Self { prefix: rest.to_owned(), suffix: self.suffix.clone() }, version))
    }

    /// Returns the tag for a version.
    ///
    /// # Errors
    /// When the template and the version make no valid tag.
    pub fn tag(&self, version: &Version) -> Result<Tag, BadName> {
        format!("{}{version}{}", self.prefix, self.suffix).parse()
    }
}

impl FromStr for TagTemplate {
    type Err = BadName;

    /// Reads the policy's text, e.g. `entity-core-v{version}`. As in a tag's name, `refs/tags/` may stand before it and is left out.
    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = |why: String| BadName::new(text, "tag template", why);
        let name = text.strip_prefix(Tag::FOLDER).unwrap_or(text);
        let Some((prefix, suffix)) = name.split_once("{version}") else {
            return Err(bad("it has no `{version}`; write e.g. `v{version}`".into()));
        };
        if suffix.contains("{version}") {
            return Err(bad("it has `{version}` twice".into()));
        }
        if prefix.ends_with(|c: char| c.is_ascii_digit() || c == '.') {
            return Err(bad("a digit or dot right before `{version}` would be read as part of the version".into()));
        }
        if suffix.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '+') {
            return Err(bad("a letter, digit, dot or `+` right after `{version}` would be read as part of the version".into()));
        }
        if prefix.starts_with(Tag::FOLDER) {
            return Err(bad(format!("its tags' own name would start with `{}`", Tag::FOLDER)));
        }
        let template = Self { prefix: prefix.to_owned(), suffix: suffix.to_owned() };
        format!("{prefix}0.0.1{suffix}").parse::<Tag>().map_err(|error| bad(format!("its tags would be invalid: {error}")))?;
        Ok(template)
    }
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{version}}{}", self.prefix, self.suffix)
    }
}

fn starts_a_number(text: &str, at: usize) -> bool {
    !text.get(..at).is_some_and(|front| front.ends_with(|c: char| c.is_ascii_digit() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_gives_its_template_and_version_and_they_give_it_back() {
        for (tag, prefix, version) in [
            ("v1.2.3", "v", "1.2.3"),
            ("1.2.3", "", "1.2.3"),
            ("pkg-v1.2.3", "pkg-v", "1.2.3"),
            ("pkg@1.2.3", "pkg@", "1.2.3"),
            ("@scope/pkg@1.2.3", "@scope/pkg@", "1.2.3"),
            ("release/1.2.3", "release/", "1.2.3"),
            ("pkg-1.2.3", "pkg-", "1.2.3"),
            ("v1.2.3-rc.1", "v", "1.2.3-rc.1"),
            ("v2026.11.01", "v", "2026.11.01"),
            ("py3-lib-v1.0.0", "py3-lib-v", "1.0.0"),
            ("python-3.11-pkg-1.0.0", "python-3.11-pkg-", "1.0.0"),
            ("utf8-1.0", "utf8-", "1.0"),
            ("v1.2.3.4", "v", "1.2.3.4"),
            ("v1.0.0+build.5", "v", "1.0.0+build.5"),
        ] {
            let tag: Tag = tag.parse().unwrap();
            let (template, read) = TagTemplate::of(&tag).unwrap_or_else(|| panic!("nothing in {tag}"));
            assert_eq!((template.prefix.as_str(), read.as_str()), (prefix, version));
            assert_eq!(template.tag(&read).as_ref(), Ok(&tag));
            assert_eq!(template.read(&tag), Some(read));
        }
    }

    #[test]
    fn a_tag_without_a_version_gives_nothing() {
        for tag in ["nightly", "v1", "release", "sha256-abc", "20261123"] {
            assert_eq!(TagTemplate::of(&tag.parse().unwrap()), None, "{tag}");
        }
    }

    #[test]
    fn another_packages_tags_are_not_read() {
        let template: TagTemplate = "core-v{version}".parse().unwrap();
        assert_eq!(template.read(&"entity-core-v1.0.0".parse().unwrap()), None);
        assert_eq!(template.read(&"core-v1.0.0".parse().unwrap()).map(String::from).as_deref(), Some("1.0.0"));
    }

    #[test]
    fn a_tag_says_whether_its_template_has_a_v() {
        let template: TagTemplate = "lib-2-{version}-final".parse().unwrap();
        for (tag, wanted) in [("lib-2-1.0.0-final", "lib-2-{version}-final"), ("lib-2-v1.0.0-final", "lib-2-v{version}-final")] {
            let (found, version) = template.as_in(&tag.parse().unwrap()).unwrap();
            assert_eq!((found.to_string().as_str(), version.as_str()), (wanted, "1.0.0"));
        }
        assert_eq!(template.as_in(&"lib-3-1.0.0-final".parse().unwrap()), None);
    }

    #[test]
    fn the_policys_templates_are_read_and_written() {
        for text in ["v{version}", "{version}", "entity-core-v{version}", "@acme/core@{version}", "release/{version}", "r{version}-final"] {
            assert_eq!(text.parse::<TagTemplate>().map(|template| template.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn the_folder_of_tags_is_no_part_of_a_template() {
        let template: TagTemplate = "refs/tags/@acme/core@{version}".parse().unwrap();
        assert_eq!(template.to_string(), "@acme/core@{version}");
        assert_eq!(template.read(&"refs/tags/@acme/core@0.2.0".parse().unwrap()).map(String::from).as_deref(), Some("0.2.0"));
    }

    #[test]
    fn a_template_that_cannot_work_is_refused_with_the_reason() {
        let why = |text: &str| text.parse::<TagTemplate>().unwrap_err().to_string();
        assert_eq!(why("v"), "`v` is not a tag template: it has no `{version}`; write e.g. `v{version}`");
        assert_eq!(why("{version}-{version}"), "`{version}-{version}` is not a tag template: it has `{version}` twice");
        assert_eq!(
            why("v2.{version}"),
            "`v2.{version}` is not a tag template: a digit or dot right before `{version}` would be read as part of the version"
        );
        assert_eq!(
            why("v{version}rc"),
            "`v{version}rc` is not a tag template: a letter, digit, dot or `+` right after `{version}` would be read as part of the version"
        );
        assert_eq!(
            why("a b{version}"),
            "`a b{version}` is not a tag template: its tags would be invalid: `a b0.0.1` is not a tag: git allows no ` ` in it"
        );
        assert_eq!(
            why("refs/tags/refs/tags/v{version}"),
            "`refs/tags/refs/tags/v{version}` is not a tag template: its tags' own name would start with `refs/tags/`"
        );
    }
}
