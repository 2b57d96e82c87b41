//! Reads what a package registry has published, in the registry's own protocol.
//! Knows no registry's host name: the address comes from the policy or from the ecosystem's own client.

use chrono::{DateTime, Utc};

use crate::domain::version::Version;

/// One version as an index shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The version.
    pub version: Version,
    /// Whether it is yanked or deprecated, so that resolvers avoid it.
    pub withdrawn: bool,
    /// When its first file was uploaded, where the index says so.
    pub uploaded: Option<DateTime<Utc>>,
}

/// Everything an index says of one package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// Every version it knows, lowest first.
    pub published: Vec<Published>,
    /// What its moving pointer (`latest`) names; `None` where it has none.
    pub latest: Option<Version>,
    /// Versions that are no version to us, as written; resolvers skip them too.
    pub unreadable: Vec<String>,
}
