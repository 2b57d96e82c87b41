//! The ways a rollback can be numbered.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::domain::git::BadName;
use crate::domain::version::Version;

/// Which version the rollback is asked to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strategy {
    /// Whatever reaches people where the package is published.
    Auto,
    /// The next free patch of the good line.
    Patch,
    /// The next free patch above the bad release.
    Forward,
    /// The next breaking version above the bad release.
    ForwardBreaking,
    /// Patch and forward: two releases of the same content.
    Both,
    /// Nothing new; `latest` goes back to the good release.
    Retag,
    /// Exactly this one.
    Explicit(Version),
}

impl FromStr for Strategy {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        Ok(match text {
            "auto" => Self::Auto,
            "patch" => Self::Patch,
            "forward" => Self::Forward,
            "forward-breaking" => Self::ForwardBreaking,
            "both" => Self::Both,
            "retag" => Self::Retag,
            _ if text.starts_with(|c: char| c.is_ascii_digit()) => Self::Explicit(text.parse()?),
            _ => {
                let why = "write `auto`, `patch`, `forward`, `forward-breaking`, `both`, `retag` or a version";
                return Err(BadName::new(text, "version strategy", why));
            }
        })
    }
}

impl Serialize for Strategy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Patch => f.write_str("patch"),
            Self::Forward => f.write_str("forward"),
            Self::ForwardBreaking => f.write_str("forward-breaking"),
            Self::Both => f.write_str("both"),
            Self::Retag => f.write_str("retag"),
            Self::Explicit(version) => version.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_is_read_back_from_its_own_text() {
        for text in ["auto", "patch", "forward", "forward-breaking", "both", "retag", "0.0.14", "2026.11.02"] {
            assert_eq!(text.parse::<Strategy>().map(|strategy| strategy.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn another_word_is_refused_with_the_words_there_are() {
        assert_eq!(
            "minor".parse::<Strategy>().unwrap_err().to_string(),
            "`minor` is not a version strategy: write `auto`, `patch`, `forward`, `forward-breaking`, `both`, `retag` or a version"
        );
    }
}
