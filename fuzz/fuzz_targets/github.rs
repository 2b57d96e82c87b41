//! What GitHub answers, through the whole client: any status, any `Link`, any bytes to any question. It ends with an
//! answer or an error, and asks no more than it must.
#![no_main]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libfuzzer_sys::fuzz_target;
use rollback_action::github::{Address, Ask, Client, Error, Inspector, Pace, Reader, Token, Waits, read_environments};

/// More requests than any answer may bring about.
const MOST: usize = 1500;

/// A server on this machine that gives every request the same answer.
struct Server {
    address: String,
    answer: Mutex<Vec<u8>>,
    requests: AtomicUsize,
}

fn server() -> &'static Arc<Server> {
    static SERVER: OnceLock<Arc<Server>> = OnceLock::new();
    SERVER.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(Server { address, answer: Mutex::default(), requests: AtomicUsize::new(0) });
        let shared = Arc::clone(&server);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = Arc::clone(&shared);
                std::thread::spawn(move || serve(&server, stream));
            }
        });
        server
    })
}

fn serve(server: &Server, mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 2 {
            let lower = line.to_ascii_lowercase();
            length = lower.strip_prefix("content-length:").and_then(|text| text.trim().parse().ok()).unwrap_or(length);
            line.clear();
        }
        if line.is_empty() {
            return None;
        }
        reader.by_ref().take(length).read_to_end(&mut Vec::new()).ok()?;
        server.requests.fetch_add(1, Ordering::Relaxed);
        let answer = server.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        stream.write_all(&answer).ok()?;
    }
}

fuzz_target!(|data: &[u8]| {
    let [Some((which, rest)), ..] = [data.split_first()] else { return };
    let Some((status, rest)) = rest.split_first() else { return };
    let status = [200, 200, 200, 200, 201, 204, 301, 304, 400, 401, 403, 404, 409, 410, 422, 429, 451, 500, 502][usize::from(*status) % 19];
    let (link, body) = rest.iter().position(|byte| *byte == b'\n').map_or((&b""[..], rest), |at| (&rest[..at], &rest[at + 1..]));
    let link: String = link.iter().map(|byte| char::from(*byte)).filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    let body: &[u8] = if status == 204 { &[] } else { body };
    let head = format!("HTTP/1.1 {status} X\r\ndate: Mon, 23 Nov 2026 08:00:00 GMT\r\nlink: {link}\r\nlocation: /elsewhere\r\n");
    let server = server();
    let head = format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    *server.answer.lock().unwrap_or_else(PoisonError::into_inner) = [head.as_bytes(), body].concat();
    server.requests.store(0, Ordering::Relaxed);
    runtime(|runtime, client| {
        if let Err(error) = runtime.block_on(ask(*which, client)) {
            let said = format!("{} {:?}", error.with_hint(), error.why());
            assert!(!said.contains("s3cret-t0ken") && said.len() < 8000, "{said}");
        }
    });
    let requests = server.requests.load(Ordering::Relaxed);
    assert!(requests <= MOST, "{requests} requests");
});

/// One runtime and one client for all inputs.
fn runtime(act: impl FnOnce(&tokio::runtime::Runtime, &Client)) {
    thread_local! {
        static MADE: (tokio::runtime::Runtime, Client) = {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let client = runtime.block_on(async {
                let address = Address::new(&server().address).unwrap();
                Client::paced(address, Token::new("s3cret-t0ken"), "acme/entity-core".parse().unwrap(), Arc::new(|_: &str| {}), Pace { waits: Waits::Immediate, ..Pace::REAL })
            });
            (runtime, client.unwrap())
        };
    }
    MADE.with(|(runtime, client)| act(runtime, client));
}

async fn ask(which: u8, client: &Client) -> Result<(), Error> {
    let reader = Reader::new(client.clone());
    let inspector = Inspector::new(client.clone());
    let tag = "v0.1.0".parse().unwrap();
    let sha = "1".repeat(40).parse().unwrap();
    let branch = "main".parse().unwrap();
    let login = "lead-login".parse().unwrap();
    match which % 30 {
        0 => drop(reader.repository().await?),
        1 => drop(reader.objects(&[Ask::Commit("HEAD".into()), Ask::Tree("HEAD:".into()), Ask::Blob("HEAD:a".into())]).await?),
        2 => drop(reader.releases(1).await?),
        3 => drop(reader.release_of(&tag).await?),
        4 => drop(reader.latest().await?),
        5 => drop(reader.tags_starting("v").await?),
        6 => drop(reader.is_ancestor("v0.0.12", &sha).await?),
        7 => drop(reader.compare("v0.0.12", &sha).await?),
        8 => drop(reader.pulls_from(&branch).await?),
        9 => drop(reader.environments().await?),
        10 => drop(reader.branch_patterns("rollback-scope-assessed").await?),
        11 => drop(reader.is_protected(&branch).await?),
        12 => drop(reader.run(1).await?),
        13 => drop(reader.pull_commits(1).await?),
        14 => drop(reader.reviews(1).await?),
        15 => drop(reader.jobs(1).await?),
        16 => drop(reader.jobs_of_all_attempts(1).await?),
        17 => drop(reader.is_dispatched("publish.yml", &tag, &sha).await?),
        18 => drop(reader.reviewed_by(1).await?),
        19 => drop(reader.issues_labelled("rollback").await?),
        20 => drop(reader.issue(1).await?),
        21 => drop(read_environments(&reader, &["rollback-scope-assessed"]).await?),
        22 => drop(inspector.settings().await?),
        23 => drop(inspector.standing(&login).await?),
        24 => drop(inspector.team_members("core").await?),
        25 => drop(inspector.branch_rules(&branch).await?),
        26 => drop(inspector.tag_rulesets().await?),
        27 => drop(inspector.workflows().await?),
        28 => drop(inspector.labels().await?),
        _ => drop(inspector.actions_settings().await?),
    }
    Ok(())
}
