//! The edge against a server on this machine that answers from a script.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::super::address::Address;
use super::super::read::{Protocol, read};
use super::*;

/// Answers one connection per entry, in order, and returns the requests' heads.
struct Server {
    url: String,
    heads: JoinHandle<Vec<String>>,
}

impl Server {
    fn answering(replies: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let own = url.clone();
        let heads = std::thread::spawn(move || {
            let one = |reply: String| {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
                stream.write_all(reply.replace("SELF", &own).as_bytes()).unwrap();
                head.join("\n").to_lowercase()
            };
            replies.into_iter().map(one).collect()
        });
        Self { url, heads }
    }

    fn heads(self) -> Vec<String> {
        self.heads.join().unwrap()
    }
}

fn page(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn client(limits: Limits) -> Client {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(
            rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
        )
        .https_or_http()
        .enable_http1();
    Client { inner: hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector.build()), limits }
}

fn get(url: &str, limits: Limits, authorization: Option<&str>) -> Result<Fetched, HttpError> {
    let request = Request { url: url.to_owned(), accept: "text/plain" };
    block_on(client(limits).get(&request, authorization))
}

#[test]
fn a_page_is_read_with_what_was_asked_for() {
    let server = Server::answering(vec![page("hello")]);
    let fetched = get(&format!("{}/simple/", server.url), Limits::default(), Some("Bearer abc")).unwrap();
    assert_eq!((fetched.status, fetched.body.as_ref()), (200, b"hello".as_slice()));
    let heads = server.heads();
    assert!(heads[0].starts_with("get /simple/ http/1.1"), "{heads:?}");
    assert!(heads[0].contains("accept: text/plain") && heads[0].contains("authorization: bearer abc"), "{heads:?}");
}

#[test]
fn a_redirect_is_followed_but_credentials_stay_with_their_host() {
    let other = Server::answering(vec![page("there")]);
    let server = Server::answering(vec![redirect("/next"), redirect(&format!("{}/x", other.url))]);
    let fetched = get(&server.url, Limits::default(), Some("Bearer abc")).unwrap();
    assert_eq!(fetched.body.as_ref(), b"there");
    assert!(server.heads().iter().all(|head| head.contains("authorization: bearer abc")));
    assert!(!other.heads()[0].contains("authorization"));
}

#[test]
fn endless_redirects_stop() {
    let server = Server::answering(vec![redirect("SELF/again"); 3]);
    let url = server.url.clone();
    let error = get(&url, Limits { redirects: 2, ..Limits::default() }, None).unwrap_err();
    assert_eq!(error.to_string(), format!("`{url}` redirected more than 2 times"));
    assert_eq!(server.heads().len(), 3);
}

#[test]
fn an_answer_over_the_limit_is_refused() {
    let server = Server::answering(vec![page(&"x".repeat(101))]);
    let url = server.url.clone();
    let error = get(&url, Limits { body: 100, ..Limits::default() }, None).unwrap_err();
    assert_eq!(error.to_string(), format!("`{url}` answered with more than 100 bytes"));
    drop(server);
}

#[test]
fn a_silent_server_is_given_up_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = get(&url, Limits { deadline: Duration::from_millis(50), ..Limits::default() }, None).unwrap_err();
    assert!(matches!(error, HttpError::Deadline { .. }), "{error}");
}

#[test]
fn nobody_there_is_an_error_that_names_the_address() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = get(&format!("http://{free}/x"), Limits::default(), None).unwrap_err();
    assert_eq!(error.to_string(), format!("`http://{free}/x` could not be reached"));
}

#[test]
fn https_never_leads_to_http() {
    let at: Uri = "https://index.test/simple/".parse().unwrap();
    let response = |to: &str| {
        let empty = Full::default().map_err(|never| match never {}).boxed_unsync();
        Response::builder().status(301).header(LOCATION, to).body(empty).unwrap()
    };
    assert_eq!(
        redirected(&at, &response("http://index.test/simple/")).unwrap_err().to_string(),
        "`https://index.test/simple/` cannot be asked: it redirects from `https` to an address without"
    );
    assert_eq!(redirected(&at, &response("/x")).unwrap(), Some("https://index.test/x".parse().unwrap()));
    assert!(redirected(&at, &response("//evil.test/x")).is_err() && redirected(&at, &response("x")).is_err());
}

#[test]
fn an_index_is_read_from_end_to_end() {
    let body = "{\"vers\":\"0.0.12\"}\n{\"vers\":\"0.1.0\",\"yanked\":true}\n";
    let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
    let broken = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
    let server = Server::answering(vec![page(body), missing, broken, page("<nope>")]);
    let address = Address::parse(&server.url, "here").unwrap();
    let ask = || block_on(read(&client(Limits::default()), Protocol::Crates, &address, "core"));
    assert_eq!(ask().unwrap().unwrap().published.len(), 2);
    assert_eq!(ask().unwrap(), None);
    assert_eq!(ask().unwrap_err().to_string(), format!("`{address}/co/re/core` answered with status 500"));
    assert!(ask().unwrap_err().to_string().contains("the index's answer is not a crate's file of a sparse index: line 1"));
    assert!(server.heads()[0].starts_with("get /co/re/core "));
}
