//! Several clients of one simulator, let through request by request in the order a schedule says.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Whose request may pass.
pub(crate) struct Turnstile {
    state: Mutex<State>,
    changed: Condvar,
    upstream: SocketAddr,
}

struct State {
    /// Who goes next, from the end; when it is empty, whoever comes.
    order: Vec<usize>,
    /// One request is being answered.
    busy: bool,
    /// Clients that will ask no more.
    gone: Vec<bool>,
    /// Where each client comes in.
    doors: Vec<(usize, SocketAddr)>,
    passed: usize,
    closes_after: Option<usize>,
}

impl Turnstile {
    /// Returns a turnstile for so many clients.
    pub(crate) fn new(upstream: SocketAddr, clients: usize, mut order: Vec<usize>) -> Arc<Self> {
        order.reverse();
        let state = State { order, busy: false, gone: vec![false; clients], doors: Vec::new(), passed: 0, closes_after: None };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), upstream })
    }

    /// Opens a door for one client and returns its address.
    pub(crate) fn door(self: &Arc<Self>, client: usize) -> String {
        self.door_at(client, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// The same at an address.
    pub(crate) fn door_at(self: &Arc<Self>, client: usize, address: SocketAddr) -> String {
        let listener = TcpListener::bind(address).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let turnstile = Arc::clone(self);
        lock(&self.state).doors.push((client, listener.local_addr().unwrap()));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if lock(&turnstile.state).gone[client] {
                    return;
                }
                let turnstile = Arc::clone(&turnstile);
                std::thread::spawn(move || {
                    let _ = turnstile.serve(client, stream);
                });
            }
        });
        url
    }

    /// Says that a client is done; its turns are skipped and its door is closed.
    pub(crate) fn leave(&self, client: usize) {
        lock(&self.state).gone[client] = true;
        self.changed.notify_all();
        // A last visit lets the thread at the door see it.
        for (_, door) in lock(&self.state).doors.iter().filter(|(of, _)| *of == client) {
            drop(TcpStream::connect(door));
        }
    }

    /// Refuses connections once so many requests passed, and ends those there are.
    pub(crate) fn closes_after(&self, requests: u64) {
        lock(&self.state).closes_after = Some(usize::try_from(requests).unwrap());
    }

    /// Closes the doors, where it is time; nobody listens there any more.
    fn is_closed(&self) -> bool {
        let state = lock(&self.state);
        if state.closes_after.is_none_or(|requests| state.passed < requests) {
            return false;
        }
        let doors = state.doors.clone();
        drop(state);
        for (client, _) in doors {
            self.leave(client);
        }
        true
    }

    /// Returns how many requests passed.
    pub(crate) fn passed(&self) -> usize {
        lock(&self.state).passed
    }

    fn enter(&self, client: usize) {
        let mut state = lock(&self.state);
        loop {
            while state.order.last().is_some_and(|next| state.gone[*next]) {
                state.order.pop();
            }
            if !state.busy && state.order.last().is_none_or(|next| *next == client) {
                state.order.pop();
                state.busy = true;
                state.passed += 1;
                return;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn exit(&self) {
        lock(&self.state).busy = false;
        self.changed.notify_all();
    }

    fn serve(&self, client: usize, mut down: TcpStream) -> std::io::Result<()> {
        let _ = down.set_nodelay(true);
        let mut up = TcpStream::connect(self.upstream)?;
        up.set_nodelay(true)?;
        let (mut requests, mut answers) = (BufReader::new(down.try_clone()?), BufReader::new(up.try_clone()?));
        while let Some(request) = message(&mut requests)? {
            if self.is_closed() {
                break;
            }
            self.enter(client);
            let answered = up.write_all(&request).and_then(|()| message(&mut answers));
            self.exit();
            match answered? {
                Some(answer) => down.write_all(&answer)?,
                None => break,
            }
        }
        Ok(())
    }
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one HTTP/1.1 message whose length is told.
fn message(from: &mut impl std::io::BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let start = head.len();
        if from.read_until(b'\n', &mut head)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&head[start..]).to_ascii_lowercase();
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    head.append(&mut body);
    Ok(Some(head))
}
