//! The edge to registries: GET and nothing else, with a deadline, a limit on the answer and few redirects.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, LOCATION, USER_AGENT};
use http::uri::{Authority, Scheme};
use http::{Request as HttpRequest, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::index::Request;
use crate::tls;

type Cause = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Cause>;

const USER: &str = concat!("rollback-action/", env!("CARGO_PKG_VERSION"));

/// How much a registry may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the whole request, redirects and body included.
    pub deadline: Duration,
    /// Of the answer's body, in bytes.
    pub body: usize,
    /// Redirects followed.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(20), body: 64 << 20, redirects: 5 }
    }
}

/// A client for registries.
#[derive(Debug, Clone)]
pub struct Client {
    inner: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    limits: Limits,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The machine has no certificates to trust.
    #[error("no trusted certificates were found on this machine")]
    Certificates(#[source] std::io::Error),
    /// The address cannot be asked.
    #[error("`{url}` cannot be asked: {why}")]
    Address {
        /// The address.
        url: String,
        /// Why.
        why: String,
    },
    /// The connection failed.
    #[error("`{url}` could not be reached")]
    Connection {
        /// The address.
        url: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// It took too long.
    #[error("`{url}` did not answer within {seconds} seconds")]
    Deadline {
        /// The address.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// The answer is too large.
    #[error("`{url}` answered with more than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: usize,
    },
    /// It sends us from one address to the next.
    #[error("`{url}` redirected more than {limit} times")]
    Redirects {
        /// The address.
        url: String,
        /// The limit.
        limit: usize,
    },
}

impl Client {
    /// Returns a client that trusts the machine's certificates.
    ///
    /// # Errors
    /// When the machine has none.
    pub fn new(limits: Limits) -> Result<Self, HttpError> {
        let connector = HttpsConnectorBuilder::new().with_provider_and_native_roots(tls::provider()).map_err(HttpError::Certificates)?;
        let connector = connector.https_or_http().enable_http1();
        Ok(Self { inner: hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector.build()), limits })
    }

    /// Gets an address. Credentials go to the first host alone, never along a redirect to another.
    ///
    /// # Errors
    /// When there is no answer within the limits.
    pub async fn get(&self, request: &Request, authorization: Option<&str>) -> Result<Fetched, HttpError> {
        let url = request.url.clone();
        let seconds = self.limits.deadline.as_secs();
        let answer = tokio::time::timeout(self.limits.deadline, self.follow(request, authorization)).await;
        answer.unwrap_or(Err(HttpError::Deadline { url, seconds }))
    }

    async fn follow(&self, request: &Request, authorization: Option<&str>) -> Result<Fetched, HttpError> {
        let start: Uri = parsed(&request.url, &request.url)?;
        let mut at = start.clone();
        for _ in 0..=self.limits.redirects {
            let secret = authorization.filter(|_| origin(&at) == origin(&start));
            let response = self.send(&at, request, secret).await?;
            let Some(next) = redirected(&at, &response)? else {
                return self.body(request, response).await;
            };
            at = next;
        }
        Err(HttpError::Redirects { url: request.url.clone(), limit: self.limits.redirects })
    }

    async fn send(&self, at: &Uri, request: &Request, authorization: Option<&str>) -> Result<Response<Body>, HttpError> {
        let mut builder = HttpRequest::get(at).header(ACCEPT, request.accept).header(USER_AGENT, USER);
        if let Some(secret) = authorization {
            builder = builder.header(AUTHORIZATION, secret);
        }
        let message = builder.body(Full::default()).map_err(|error| HttpError::Address { url: at.to_string(), why: error.to_string() })?;
        let response = self.inner.request(message).await;
        let response = response.map_err(|error| HttpError::Connection { url: at.to_string(), source: Box::new(error) })?;
        Ok(response.map(|body| body.map_err(Cause::from).boxed_unsync()))
    }

    async fn body(&self, request: &Request, response: Response<Body>) -> Result<Fetched, HttpError> {
        let status = response.status().as_u16();
        let limit = self.limits.body;
        let url = request.url.clone();
        match Limited::new(response.into_body(), limit).collect().await {
            Ok(body) => Ok(Fetched { status, body: body.to_bytes() }),
            Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLarge { url, limit }),
            Err(source) => Err(HttpError::Connection { url, source }),
        }
    }
}

/// Where a redirect leads; `None` for an answer that is none.
fn redirected(at: &Uri, response: &Response<Body>) -> Result<Option<Uri>, HttpError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refused = |why: &str| HttpError::Address { url: at.to_string(), why: why.to_owned() };
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| refused("it redirects without saying where to"))?;
    let next = if location.starts_with('/') && !location.starts_with("//") {
        let (scheme, authority) = origin(at);
        let (scheme, authority) = scheme.zip(authority).ok_or_else(|| refused("it names no host"))?;
        parsed(&format!("{scheme}://{authority}{location}"), location)?
    } else {
        parsed(location, location)?
    };
    if at.scheme() == Some(&Scheme::HTTPS) && next.scheme() != Some(&Scheme::HTTPS) {
        return Err(refused("it redirects from `https` to an address without"));
    }
    Ok(Some(next))
}

fn parsed(url: &str, shown: &str) -> Result<Uri, HttpError> {
    let refused = |why: String| HttpError::Address { url: shown.escape_debug().take(200).collect(), why };
    let uri: Uri = url.split('#').next().unwrap_or_default().parse().map_err(|error: http::uri::InvalidUri| refused(error.to_string()))?;
    let known = uri.scheme() == Some(&Scheme::HTTPS) || uri.scheme() == Some(&Scheme::HTTP);
    if known && uri.authority().is_some() { Ok(uri) } else { Err(refused("it is no whole `https` address".into())) }
}

fn origin(uri: &Uri) -> (Option<&Scheme>, Option<&Authority>) {
    (uri.scheme(), uri.authority())
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
