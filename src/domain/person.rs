//! People and roles by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::git::BadName;

/// A GitHub login. Two logins are the same without regard to case, as on GitHub.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

impl Login {
    /// Returns the login as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether this is an app's account (`name[bot]`), which is nobody's approval.
    pub fn is_bot(&self) -> bool {
        self.0.ends_with("[bot]")
    }
}

impl FromStr for Login {
    type Err = BadName;

    /// Letters, digits and single hyphens (an enterprise adds `_shortcode`), with an optional `[bot]`.
    fn from_str(text: &str) -> Result<Self, BadName> {
        let name = text.strip_suffix("[bot]").unwrap_or(text);
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if name.is_empty() || name.len() > 100 || !plain || name.starts_with('-') {
            return Err(BadName::new(text, "GitHub login", "a login is letters, digits and hyphens, without `@`"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Login {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<Login> for String {
    fn from(login: Login) -> Self {
        login.0
    }
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Login {}

impl PartialOrd for Login {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Login {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.to_ascii_lowercase().cmp(&other.0.to_ascii_lowercase())
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The people who may answer for something, as GitHub names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// People by login.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<Login>,
    /// Teams of the owning organization, by slug.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_the_same_without_case_and_look_alikes_are_refused() {
        assert_eq!("Lead-Login".parse::<Login>().unwrap(), "lead-login".parse().unwrap());
        for text in ["", "@lead", "le\u{0430}d", "a b", "-x", "x\n"] {
            assert!(text.parse::<Login>().is_err(), "{text:?} was taken");
        }
        assert!("github-actions[bot]".parse::<Login>().unwrap().is_bot());
    }
}
