//! The HTTP service under octocrab: base address, headers, a total deadline and the retry rules.
//!
//! octocrab's own retry sends a POST up to four times on a server error and has no deadline, so it is switched off and
//! this service takes its place. It is also the seam where a request becomes exactly one line of a trace.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use octocrab::OctoBody;

use super::client::{Address, Waiting};
use super::retry::{Attempt, MAX_ATTEMPTS, Next, Pace, Repeat, Waits, next};
use super::token::Token;
use crate::tls;

/// The largest answer taken. Trees of huge directories and comparisons stay well below.
const LARGEST: usize = 64 << 20;
/// How close together failures count as one.
const TOGETHER: Duration = Duration::from_millis(500);
/// Redirects of renamed repositories followed for one request.
const REDIRECTS: u32 = 3;

/// A request that gave no answer at all.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Broken {
    /// Nothing was sent.
    #[error("{0}")]
    NotConnected(String),
    /// It may have arrived.
    #[error("{0}")]
    AnswerLost(String),
}

/// The service. Cheap to clone.
#[derive(Clone)]
pub(super) struct Transport(Arc<Inner>);

struct Inner {
    hyper: Hyper<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Address,
    token: Option<Token>,
    waiting: Waiting,
    /// What was said last, and when: requests that are sent together fail together, and are told of once.
    said: Mutex<Option<(String, u32, Instant)>>,
    pace: Pace,
}

impl Transport {
    /// Returns a service for this address. Must be called within a tokio runtime.
    pub(super) fn new(address: Address, token: Option<Token>, waiting: Waiting, pace: Pace) -> Result<Self, String> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(Duration::from_secs(10)));
        tcp.set_nodelay(true);
        let builder = HttpsConnectorBuilder::new();
        // Loading the certificates of the system takes a few milliseconds; a plain address needs none.
        let builder = if address.is_plain() {
            builder.with_tls_config(empty_tls()?)
        } else {
            builder
                .with_provider_and_native_roots(tls::provider())
                .map_err(|error| format!("cannot load the system's certificates: {error}"))?
        };
        let connector = builder.https_or_http().enable_http1().wrap_connector(tcp);
        let hyper = Hyper::builder(TokioExecutor::new()).build(connector);
        Ok(Self(Arc::new(Inner { hyper, address, token, waiting, said: Mutex::new(None), pace })))
    }
}

fn empty_tls() -> Result<rustls::ClientConfig, String> {
    let builder = rustls::ClientConfig::builder_with_provider(tls::provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

impl tower::Service<Request<OctoBody>> for Transport {
    type Response = Response<Full<Bytes>>;
    type Error = Broken;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Broken>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<OctoBody>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(|error| Broken::NotConnected(error.to_string()))?.to_bytes();
            inner.send(parts, body).await.map(|response| response.map(Full::new))
        })
    }
}

impl Inner {
    async fn send(&self, parts: http::request::Parts, body: Bytes) -> Result<Response<Bytes>, Broken> {
        let repeat = parts.extensions.get::<Repeat>().copied().unwrap_or(Repeat::Unsafe);
        let mut uri = self.address.absolute(&parts.uri).map_err(Broken::NotConnected)?;
        let (mut tried, mut redirects) = (0, 0);
        loop {
            tried += 1;
            let ended = self.attempt(&parts, &uri, body.clone()).await;
            if let Ok(response) = &ended
                && let Some(target) = redirect(response, &uri)
                && redirects < REDIRECTS
            {
                (uri, redirects, tried) = (target, redirects + 1, 0);
                continue;
            }
            match next(repeat, attempt_of(&ended), tried, jitter(tried)) {
                Next::Stop => return ended,
                Next::Again(wait) => {
                    self.announce(&parts, &cause(&ended), wait, tried);
                    pause(self.pace.waits, wait).await;
                }
            }
        }
    }

    fn announce(&self, parts: &http::request::Parts, cause: &str, wait: Duration, tried: u32) {
        let now = Instant::now();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let again = said.as_ref().is_some_and(|(last, attempt, at)| last == cause && *attempt == tried && now - *at < TOGETHER);
        if !again {
            *said = Some((cause.to_owned(), tried, now));
            let seconds = wait.as_millis().div_ceil(1000);
            let what = format!("{} {}", parts.method, parts.uri.path());
            (self.waiting)(&format!("{cause} for {what}; trying again in {seconds} s (attempt {tried} of {MAX_ATTEMPTS})"));
        }
    }

    async fn attempt(&self, parts: &http::request::Parts, uri: &Uri, body: Bytes) -> Result<Response<Bytes>, Broken> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = self.headers(&parts.headers, uri);
        let lost = |why: String| Broken::AnswerLost(why);
        let whole = async {
            let response = self.hyper.request(request).await.map_err(|error| match error.is_connect() {
                true => Broken::NotConnected(root_cause(&error)),
                false => lost(root_cause(&error)),
            })?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LARGEST).collect().await.map_err(|error| lost(root_cause(error.as_ref())))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        let deadline = self.pace.deadline;
        tokio::time::timeout(deadline, whole).await.unwrap_or_else(|_| Err(lost(format!("no answer within {} s", deadline.as_secs_f64()))))
    }

    /// The token goes to the API's own host only, wherever a redirect points.
    fn headers(&self, asked: &HeaderMap, uri: &Uri) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for name in [header::CONTENT_TYPE, header::ACCEPT] {
            headers.extend(asked.get(&name).map(|value| (name, value.clone())));
        }
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/vnd.github+json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("rollback-action/", env!("CARGO_PKG_VERSION"))));
        headers.insert("x-github-api-version", HeaderValue::from_static("2022-11-28"));
        if self.address.is_own(uri) {
            headers.extend(self.token.as_ref().and_then(Token::header).map(|value| (header::AUTHORIZATION, value)));
        }
        headers
    }
}

/// The one place that sleeps: every wait of the client is a decision of [`next`].
#[expect(clippy::disallowed_methods, reason = "this is the one place where the client waits")]
async fn pause(waits: Waits, wait: Duration) {
    match waits {
        Waits::Real => tokio::time::sleep(wait).await,
        Waits::Immediate => tokio::task::yield_now().await,
    }
}

/// Spreads the retries of several clients that failed at the same moment.
fn jitter(tried: u32) -> u64 {
    u64::from(std::process::id().wrapping_mul(2_654_435_761).rotate_left(tried) % 1000)
}

fn attempt_of(ended: &Result<Response<Bytes>, Broken>) -> Attempt {
    match ended {
        Err(Broken::NotConnected(_)) => Attempt::NotConnected,
        Err(Broken::AnswerLost(_)) => Attempt::AnswerLost,
        Ok(response) => {
            let number = |name: &str| response.headers().get(name)?.to_str().ok()?.parse::<u64>().ok();
            let refused = matches!(response.status().as_u16(), 403 | 429);
            let exhausted = number("x-ratelimit-remaining") == Some(0);
            let says = || String::from_utf8_lossy(response.body()).to_ascii_lowercase().contains("rate limit");
            let limited = refused && (response.status() == 429 || number("retry-after").is_some() || exhausted || says());
            let reset = number("x-ratelimit-reset").filter(|_| exhausted).map(|at| at.saturating_sub(server_time(response)));
            Attempt::Answered { status: response.status().as_u16(), limited, wait: number("retry-after").or(reset) }
        }
    }
}

/// The server's own clock, so that a runner's wrong clock cannot lengthen a wait.
fn server_time<B>(response: &Response<B>) -> u64 {
    let date = response.headers().get(header::DATE).and_then(|date| chrono::DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
    date.map_or(0, |date| date.timestamp().unsigned_abs())
}

/// A renamed repository answers with a redirect; only 307 and 308 may carry a write along.
fn redirect(response: &Response<Bytes>, from: &Uri) -> Option<Uri> {
    if !matches!(response.status().as_u16(), 301 | 302 | 307 | 308) {
        return None;
    }
    let target: Uri = response.headers().get(header::LOCATION)?.to_str().ok()?.parse().ok()?;
    match target.authority() {
        None => Uri::builder()
            .scheme(from.scheme()?.clone())
            .authority(from.authority()?.clone())
            .path_and_query(target.path_and_query()?.clone())
            .build()
            .ok(),
        Some(host) if Some(host) == from.authority() => Some(target),
        Some(_) => None,
    }
}

fn cause(ended: &Result<Response<Bytes>, Broken>) -> String {
    match ended {
        Err(broken) => broken.to_string(),
        Ok(response) => match attempt_of(ended) {
            Attempt::Answered { limited: true, .. } => "GitHub's rate limit".into(),
            _ => format!("GitHub answered {}", response.status().as_u16()),
        },
    }
}

fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
