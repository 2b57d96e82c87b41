//! Reads one package from one index: the request, the edge, the answer.

use crate::config::Registry;

use super::address::Address;
use super::http::{Client, Fetched, HttpError};
use super::index::{BadAnswer, Index};
use super::{crates, npm, pypi};

/// The protocols that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// The simple index, PEP 691 and PEP 503.
    Pypi,
    /// The packument.
    Npm,
    /// The sparse index.
    Crates,
}

impl Protocol {
    /// Returns what a registry speaks; `None` where nothing is read, and tags alone must do.
    pub fn of(registry: Registry) -> Option<Self> {
        match registry {
            Registry::Pypi => Some(Self::Pypi),
            Registry::Npm => Some(Self::Npm),
            Registry::Crates => Some(Self::Crates),
            Registry::Oci
            | Registry::Maven
            | Registry::Nuget
            | Registry::Rubygems
            | Registry::Go
            | Registry::Hex
            | Registry::Packagist
            | Registry::Helm
            | Registry::GithubReleases => None,
        }
    }
}

/// Why an index could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It gave no answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It answered, but not with the page.
    #[error("`{url}` answered with status {status}")]
    Status {
        /// The address asked.
        url: String,
        /// Its answer.
        status: u16,
    },
    /// It answered with something else.
    #[error("`{url}`: {source}")]
    Answer {
        /// The address asked.
        url: String,
        /// What is wrong with it.
        source: BadAnswer,
    },
}

/// Reads everything that the index says of a package; `None` when it does not know it.
///
/// # Errors
/// When the index gives no answer, or none that its protocol allows.
pub async fn read(client: &Client, protocol: Protocol, address: &Address, package: &str) -> Result<Option<Index>, ReadError> {
    let request = match protocol {
        Protocol::Pypi => pypi::request(address.url(), package),
        Protocol::Npm => npm::request(address.url(), package),
        Protocol::Crates => crates::request(address.url(), package),
    };
    let Fetched { status, body } = client.get(&request, address.authorization().as_deref()).await?;
    let url = request.url;
    match status {
        200 => parse(protocol, &body, package).map(Some).map_err(|source| ReadError::Answer { url, source }),
        404 | 410 => Ok(None),
        // Sparse indexes answer 451 for a crate that was taken down.
        451 if protocol == Protocol::Crates => Ok(None),
        status => Err(ReadError::Status { url, status }),
    }
}

fn parse(protocol: Protocol, body: &[u8], package: &str) -> Result<Index, BadAnswer> {
    match protocol {
        Protocol::Pypi => pypi::parse(body, package),
        Protocol::Npm => npm::parse(body),
        Protocol::Crates => crates::parse(body),
    }
}
