//! HTTP on top of a world.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming as RequestBody, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use crate::faults::Fault;
use crate::handle;
use crate::reply::Reply;
use crate::request::Incoming;
use crate::world::World;

/// A world that is being served; dropping it ends the server and its connections.
#[derive(Debug)]
pub struct Served {
    /// Where it listens; port 0 of nowhere when it is a unix socket.
    pub address: SocketAddr,
    /// The world, to set up and to look at.
    pub world: Arc<Mutex<World>>,
    task: JoinHandle<()>,
    socket: Option<PathBuf>,
}

impl Served {
    /// Returns the address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Locks the world, also after a route panicked.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(socket) = &self.socket {
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// Serves a world at an address; port 0 takes a free one.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(world: World, address: SocketAddr) -> std::io::Result<Served> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let world = Arc::new(Mutex::new(world));
    let (shared, base): (_, Arc<str>) = (Arc::clone(&world), format!("http://{address}").into());
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            // A small answer must not wait for the acknowledgement of the one before.
            let _ = stream.set_nodelay(true);
            connections.spawn(connection(TokioIo::new(stream), Arc::clone(&shared), Arc::clone(&base)));
            while connections.try_join_next().is_some() {}
        }
    });
    Ok(Served { address, world, task, socket: None })
}

/// Serves a world on a unix socket, which `gh` can be told to use.
///
/// # Errors
/// When the socket cannot be made.
#[cfg(unix)]
pub async fn serve_unix(world: World, path: &Path) -> std::io::Result<Served> {
    let listener = UnixListener::bind(path)?;
    let world = Arc::new(Mutex::new(world));
    let (shared, base): (_, Arc<str>) = (Arc::clone(&world), "http://localhost".into());
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(connection(TokioIo::new(stream), Arc::clone(&shared), Arc::clone(&base)));
            while connections.try_join_next().is_some() {}
        }
    });
    Ok(Served { address: SocketAddr::from(([0, 0, 0, 0], 0)), world, task, socket: Some(path.to_owned()) })
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn connection<S>(stream: S, world: Arc<Mutex<World>>, base: Arc<str>)
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    let service = service_fn(move |request| respond(request, Arc::clone(&world), Arc::clone(&base)));
    // Ends with an error when the client goes away or a fault cut the connection; both are wanted.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await;
}

/// The connection ends here, without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection was cut by a fault")
    }
}

impl std::error::Error for Cut {}

async fn respond(request: Request<RequestBody>, world: Arc<Mutex<World>>, base: Arc<str>) -> Result<Response<Answer>, Cut> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes().to_vec();
    let incoming = Incoming::new(&parts, body);
    let (mut call, fault, number, latency) = {
        let mut world = lock(&world);
        let begun = handle::begin(&mut world, &incoming, &base);
        (begun.call, begun.fault, begun.number, world.latency)
    };
    let pause = latency + if let Some(Fault::Delay(delay)) = &fault { *delay } else { Duration::ZERO };
    if !pause.is_zero() {
        wait(pause).await;
    }
    if fault == Some(Fault::CloseBefore) {
        handle::cut(&mut lock(&world), number);
        return Err(Cut);
    }
    let reply = handle::finish(&mut lock(&world), &incoming, &mut call, fault.as_ref(), number);
    match fault {
        Some(Fault::CloseAfter) => Err(Cut),
        Some(Fault::Truncate(length)) => Ok(response(reply, Some((length, End::Cut)))),
        Some(Fault::Stall(Some(length))) => Ok(response(reply, Some((length, End::Stalled)))),
        Some(Fault::Stall(None)) => std::future::pending().await,
        _ => Ok(response(reply, None)),
    }
}

#[expect(clippy::disallowed_methods, reason = "a server that is to be slow has to wait")]
async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}

fn response(reply: Reply, ends_after: Option<(usize, End)>) -> Response<Answer> {
    let bytes = handle::bytes(&reply);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let promised = bytes.len() as u64;
    let answer = match ends_after {
        Some((length, end)) if length < bytes.len() => Answer { promised, bytes: Some(bytes.slice(..length)), end },
        _ => Answer { promised, bytes: Some(bytes), end: End::Whole },
    };
    response.body(answer).unwrap_or_else(|_| Response::new(Answer { promised: 0, bytes: None, end: End::Cut }))
}

/// A body that may end too early, or never.
struct Answer {
    bytes: Option<Bytes>,
    promised: u64,
    end: End,
}

/// How a body ends.
#[derive(Clone, Copy)]
enum End {
    /// After all that was promised.
    Whole,
    /// With the connection.
    Cut,
    /// Never; the connection goes when the client does.
    Stalled,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match (self.bytes.take(), self.end) {
            (Some(bytes), _) if !bytes.is_empty() => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            (_, End::Whole) => Poll::Ready(None),
            (_, End::Cut) => Poll::Ready(Some(Err(Cut))),
            (_, End::Stalled) => Poll::Pending,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
