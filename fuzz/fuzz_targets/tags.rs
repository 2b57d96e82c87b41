//! Names of git and GitHub, tags and their templates: read, written, and read again.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use rollback_action::domain::git::{Branch, RepoName, Sha, Tag};
use rollback_action::domain::person::Login;
use rollback_action::domain::restore::RepoPath;
use rollback_action::domain::version::{TagTemplate, Version};

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let [name, template, version] = rollback_action_fuzz::parts(&text);
    again::<Branch>(name);
    again::<RepoName>(name);
    again::<Sha>(name);
    again::<Login>(name);
    again::<RepoPath>(name);
    if let Ok(path) = name.parse::<RepoPath>() {
        assert!(path.as_str().split('/').all(|part| !part.is_empty() && part != "." && part != ".."), "{path}");
        assert!(path.covers(path.as_str()));
    }
    let tag = again::<Tag>(name);
    if let Some((template, version)) = tag.as_ref().and_then(TagTemplate::of) {
        assert_eq!(template.tag(&version).as_ref().ok(), tag.as_ref());
    }
    let (Some(template), Ok(version)) = (again::<TagTemplate>(template), version.parse::<Version>()) else { return };
    if let Some(tag) = &tag {
        let _ = template.read(tag);
    }
    if let Ok(tag) = template.tag(&version) {
        let read = template.read(&tag).unwrap_or_else(|| panic!("{tag} is not read by {template}"));
        assert_eq!(read.as_str(), version.as_str(), "{tag} by {template}");
    }
});

/// What was read says itself as it was read.
fn again<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(text: &str) -> Option<T> {
    let read: T = text.parse().ok()?;
    let said = read.to_string();
    assert_eq!(said.parse::<T>().ok().as_ref(), Some(&read));
    assert!(!said.is_empty() && !said.contains(|c: char| c.is_control()), "{said:?}");
    Some(read)
}
