//! Where GitHub is and who we are there.

use crate::domain::git::RepoName;
use crate::github::{Address, Administrator, Client, Inspector, IssueWriter, Pace, Reader, Token, Waiting, Writer};
use crate::runner::Environment;

use super::{Ended, Exit, Problem};

/// The options every command that speaks to GitHub has.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Place {
    /// The repository, as `owner/name` [default: `GITHUB_REPOSITORY`]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repository: Option<String>,
    /// The API's address [default: `GITHUB_API_URL`, else GitHub's own]
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
}

/// A connection, with what it may do told apart.
#[derive(Clone)]
pub struct Connection {
    client: Client,
}

impl Connection {
    /// Connects, lazily. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When repository or address are missing or wrong.
    pub fn new(place: &Place, environment: &Environment, token: Option<Token>, waiting: Waiting) -> Result<Self, Ended> {
        Self::paced(place, environment, token, waiting, Pace::REAL)
    }

    /// The same, with a say in how much time it takes.
    ///
    /// # Errors
    /// As [`Connection::new`].
    pub fn paced(place: &Place, environment: &Environment, token: Option<Token>, waiting: Waiting, pace: Pace) -> Result<Self, Ended> {
        let usage = |error: String, hint: &str| Ended::problems(Exit::Usage, vec![Problem::new(error, Some(hint.to_owned()))]);
        let name = place.repository.as_deref().or(environment.get("GITHUB_REPOSITORY"));
        let name =
            name.ok_or_else(|| usage("no repository is named".into(), "give `--repository owner/name`, or set `GITHUB_REPOSITORY`"))?;
        let repository: RepoName = name.parse().map_err(|error: crate::domain::git::BadName| usage(error.to_string(), ""))?;
        let address = place.api_url.as_deref().or(environment.get("GITHUB_API_URL")).unwrap_or("https://api.github.com");
        let address = Address::new(address).map_err(|error| usage(error.to_string(), "see `--api-url`"))?;
        let client = Client::paced(address, token, repository, waiting, pace).map_err(|error| Ended::of_error(&error))?;
        Ok(Self { client })
    }

    /// Returns what can only read.
    pub fn reader(&self) -> Reader {
        Reader::new(self.client.clone())
    }

    /// Returns what looks at settings, people and rules, and can only read.
    pub fn inspector(&self) -> Inspector {
        Inspector::new(self.client.clone())
    }

    /// Returns what can write. Only `apply` uses it, and that asks for an approved plan.
    pub(super) fn writer(&self) -> Writer {
        Writer::new(self.client.clone())
    }

    /// Returns what can configure environments and nothing else. Only `init` uses it.
    pub(super) fn administrator(&self) -> Administrator {
        Administrator::new(self.client.clone())
    }

    /// Returns what can keep the incident and nothing else.
    pub(super) fn issue_writer(&self) -> IssueWriter {
        IssueWriter::new(self.client.clone())
    }
}
