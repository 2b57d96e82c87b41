//! Where GitHub is, and one request to it with a checked answer.

use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Uri};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Error, Refusal, refusal};
use super::retry::{Pace, Repeat};
use super::token::Token;
use super::transport::{Broken, Transport};
use crate::domain::git::{BadName, RepoName};
use crate::json;

/// The most pages of a list that are read: GitHub itself ends its longest lists, those of releases, at the hundredth.
const MOST_PAGES: u32 = 1000;

/// Told whenever the client waits: one line for a person.
pub type Waiting = Arc<dyn Fn(&str) + Send + Sync>;

/// The API's address, e.g. `https://api.github.com` or `https://ghe.example/api/v3`.
#[derive(Debug, Clone)]
pub struct Address {
    uri: Uri,
}

impl Address {
    /// Takes an address. Plain `http` is taken for loopback only: a token must not cross a network unencrypted.
    ///
    /// # Errors
    /// When it is no such address, with the reason.
    pub fn new(text: &str) -> Result<Self, Error> {
        let bad = |why: &str| Error::Setup(format!("`{}` is not an API address: {why}", text.escape_debug()));
        let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| bad("write it like `https://api.github.com`"))?;
        let host = uri.host().ok_or_else(|| bad("it names no host"))?;
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.starts_with("127.");
        match uri.scheme_str() {
            Some("https") => Ok(Self { uri }),
            Some("http") if loopback => Ok(Self { uri }),
            Some("http") => Err(bad("plain `http` is for this machine only; use `https`")),
            _ => Err(bad("it must start with `https://`")),
        }
    }

    /// Tells whether it is reached without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.uri.scheme_str() == Some("http")
    }

    /// Tells whether a full address belongs to this API.
    pub(super) fn is_own(&self, uri: &Uri) -> bool {
        uri.authority() == self.uri.authority() && uri.scheme() == self.uri.scheme()
    }

    /// Returns the full address of a path that starts with `/`. GraphQL lies beside `/v3` on GitHub Enterprise Server.
    pub(super) fn absolute(&self, path: &Uri) -> Result<Uri, String> {
        let base = self.uri.path().trim_end_matches('/');
        let rest = path.path_and_query().map_or("/", |p| p.as_str());
        let base = if rest == "/graphql" { base.strip_suffix("/v3").unwrap_or(base) } else { base };
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(format!("{base}{rest}").parse().map_err(|_| format!("`{rest}` is not a path"))?);
        Uri::from_parts(parts).map_err(|error| error.to_string())
    }
}

/// One connection to GitHub for one repository. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    octocrab: octocrab::Octocrab,
    address: Address,
    repository: RepoName,
}

/// An answer of status 2xx.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The body; `Null` where there was none.
    pub(super) body: Value,
    /// GitHub's clock, from the `Date` header.
    pub(super) date: Option<DateTime<Utc>>,
    /// The number of the last page, from the `Link` header; 1 where there is one page only.
    pub(super) last_page: u32,
    /// What it answers, for messages.
    asked: (Method, String),
}

impl Client {
    /// Connects (lazily) to an API. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded.
    pub fn new(address: Address, token: Option<Token>, repository: RepoName, waiting: Waiting) -> Result<Self, Error> {
        Self::paced(address, token, repository, waiting, Pace::REAL)
    }

    /// The same, with a say in how much time it takes.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn paced(address: Address, token: Option<Token>, repository: RepoName, waiting: Waiting, pace: Pace) -> Result<Self, Error> {
        let transport = Transport::new(address.clone(), token, waiting, pace).map_err(Error::Setup)?;
        let builder = octocrab::OctocrabBuilder::new_empty().with_service(transport).with_auth(octocrab::AuthState::None);
        let Ok(octocrab) = builder.build();
        Ok(Self { octocrab, address, repository })
    }

    /// Returns the repository this client is for.
    pub fn repository(&self) -> &RepoName {
        &self.repository
    }

    /// Returns a path below the repository's own, e.g. `path("/releases")`.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.repository)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, Error> {
        self.send(Method::GET, path, None, Repeat::Safe).await
    }

    /// Gets a list that has no pages, so that it may be long, and hands on one item after another: as a value in memory,
    /// ten thousand tags take twenty times the place of their names.
    pub(super) async fn get_each<T: DeserializeOwned>(&self, path: &str, each: impl FnMut(T)) -> Result<(), Error> {
        let (_, bytes) = self.exchange(Method::GET, path, None, Repeat::Safe).await?;
        json::read_each(&bytes, each).map_err(|error| malformed(&Method::GET, path, error.to_string()))
    }

    /// Sends one request; an answer other than 2xx is an error.
    pub(super) async fn send(&self, method: Method, path: &str, body: Option<&Value>, repeat: Repeat) -> Result<Answer, Error> {
        let (headers, bytes) = self.exchange(method.clone(), path, body, repeat).await?;
        let malformed = |why: String| malformed(&method, path, why);
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))? };
        let date = text_of(&headers, "date").and_then(|date| DateTime::parse_from_rfc2822(&date).ok()).map(|date| date.to_utc());
        let last_page = text_of(&headers, "link").map_or(Ok(1), |link| last_page(&link)).map_err(malformed)?;
        Ok(Answer { body, date, last_page, asked: (method, path.to_owned()) })
    }

    async fn exchange(&self, method: Method, path: &str, body: Option<&Value>, repeat: Repeat) -> Result<(HeaderMap, Bytes), Error> {
        let builder = http::Request::builder().method(method.clone()).uri(path).extension(repeat);
        let setup = |error: octocrab::Error| Error::Setup(format!("cannot make the request {method} `{path}`: {error:#}"));
        let request = self.octocrab.build_request(builder, body).map_err(setup)?;
        let response = self.octocrab.execute(request).await.map_err(|error| self.broken(&method, path, &error))?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|error| self.broken(&method, path, &error))?.to_bytes();
        if !head.status.is_success() {
            let header = |name: &str| text_of(&head.headers, name);
            return Err(Error::Refused(Box::new(refusal(method.as_str(), path, head.status.as_u16(), header, &bytes))));
        }
        Ok((head.headers, bytes))
    }

    fn broken(&self, method: &Method, path: &str, error: &(dyn std::error::Error + 'static)) -> Error {
        // A write that is safe to repeat may have happened all the same; GraphQL is used for reading only.
        let reads = *method == Method::GET || path == "/graphql";
        let mut cause = Some(error);
        while let Some(current) = cause {
            match current.downcast_ref::<Broken>() {
                Some(Broken::AnswerLost(why)) if !reads => {
                    return Error::OutcomeUnknown { method: method.to_string(), path: path.to_owned(), why: why.clone() };
                }
                Some(broken) => return Error::Unreachable { address: self.address.uri.to_string(), why: broken.to_string() },
                None => cause = current.source(),
            }
        }
        Error::Unreachable { address: self.address.uri.to_string(), why: error.to_string() }
    }
}

impl Answer {
    /// Reads the body as a shape; a missing or mistyped field names itself.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json::read(&self.body).map_err(|error| self.malformed(error.to_string()))
    }

    /// Reads a text of the body as a name with a grammar.
    pub(super) fn parse<T: FromStr<Err = BadName>>(&self, text: &str) -> Result<T, Error> {
        text.parse().map_err(|error: BadName| self.malformed(error.to_string()))
    }

    /// Returns the error for a body that is JSON but not in its documented form.
    pub(super) fn malformed(&self, why: impl Into<String>) -> Error {
        malformed(&self.asked.0, &self.asked.1, why)
    }
}

fn malformed(method: &Method, path: &str, why: impl Into<String>) -> Error {
    Error::Malformed { method: method.to_string(), path: path.to_owned(), why: why.into() }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

impl Error {
    /// Returns the refusal, where it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Unreachable { .. } | Self::OutcomeUnknown { .. } | Self::Malformed { .. } | Self::Setup(_) => None,
        }
    }
}

/// Percent-encodes one segment of a path, `/` included.
pub(super) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%2E", ".")
        .replace("%5F", "_")
}

/// Percent-encodes a ref or file path: each segment, with the slashes kept.
pub(super) fn segments(text: &str) -> String {
    text.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Returns the number of the last page, 1 where the header names none. All pages are asked for at once, so a number that no
/// list has must not be believed.
fn last_page(link: &str) -> Result<u32, String> {
    let last = link.split(',').find(|part| part.contains("rel=\"last\""));
    let address = last.and_then(|last| last.split(['<', '>']).nth(1)).unwrap_or_default();
    match address.split(['?', '&']).find_map(|pair| pair.strip_prefix("page=")?.parse().ok()).unwrap_or(1) {
        pages @ ..=MOST_PAGES => Ok(pages),
        pages => Err(format!("it names {pages} pages, and at most {MOST_PAGES} are read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_this_machine() {
        for good in
            ["https://api.github.com", "https://ghe.example/api/v3/", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"]
        {
            assert!(Address::new(good).is_ok(), "{good}");
        }
        for bad in ["http://api.github.com", "ftp://x", "api.github.com", "", "http://10.0.0.1"] {
            assert!(Address::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn graphql_lies_beside_v3_on_enterprise_server() {
        let absolute = |base: &str, path: &str| Address::new(base).unwrap().absolute(&path.parse().unwrap()).unwrap().to_string();
        assert_eq!(absolute("https://ghe.example/api/v3", "/graphql"), "https://ghe.example/api/graphql");
        assert_eq!(absolute("https://ghe.example/api/v3", "/repos/o/r"), "https://ghe.example/api/v3/repos/o/r");
        assert_eq!(absolute("https://api.github.com", "/graphql"), "https://api.github.com/graphql");
    }

    #[test]
    fn path_segments_are_encoded() {
        assert_eq!(segment("rollback/a b#?%"), "rollback%2Fa%20b%23%3F%25");
        assert_eq!(segments("tags/release/v1.0-rc_1+x"), "tags/release/v1.0-rc_1%2Bx");
    }

    #[test]
    fn the_last_page_is_read_from_the_link_header() {
        let link = "<https://x/y?per_page=100&page=2>; rel=\"next\", <https://x/y?per_page=100&page=20>; rel=\"last\"";
        assert_eq!(last_page(link), Ok(20));
        assert_eq!(last_page("<https://x/y?page=1>; rel=\"first\""), Ok(1));
        assert_eq!(last_page("rel=\"last\""), Ok(1));
    }

    #[test]
    fn more_pages_than_any_list_has_are_not_asked_for() {
        let link = "<https://x/y?page=4294967295>; rel=\"last\"";
        assert_eq!(last_page(link), Err("it names 4294967295 pages, and at most 1000 are read".into()));
    }
}
