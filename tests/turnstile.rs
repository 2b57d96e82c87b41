//! Several clients of one simulator, let through request by request in the order a schedule says.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

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
    passed: usize,
}

impl Turnstile {
    /// Returns a turnstile for so many clients.
    pub(crate) fn new(upstream: SocketAddr, clients: usize, mut order: Vec<usize>) -> Arc<Self> {
        order.reverse();
        let state = State { order, busy: false, gone: vec![false; clients], passed: 0 };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), upstream })
    }

    /// Opens a door for one client and returns its address.
    pub(crate) fn door(self: &Arc<Self>, client: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let turnstile = Arc::clone(self);
        // The thread ends with the process; a test has few of them.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let turnstile = Arc::clone(&turnstile);
                std::thread::spawn(move || {
                    let _ = turnstile.serve(client, stream);
                });
            }
        });
        url
    }

    /// Says that a client is done; its turns are skipped.
    pub(crate) fn leave(&self, client: usize) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).gone[client] = true;
        self.changed.notify_all();
    }

    /// Returns how many requests passed.
    pub(crate) fn passed(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).passed
    }

    fn enter(&self, client: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner).busy = false;
        self.changed.notify_all();
    }

    fn serve(&self, client: usize, mut down: TcpStream) -> std::io::Result<()> {
        let _ = down.set_nodelay(true);
        let mut up = TcpStream::connect(self.upstream)?;
        up.set_nodelay(true)?;
        let (mut requests, mut answers) = (BufReader::new(down.try_clone()?), BufReader::new(up.try_clone()?));
        while let Some(request) = message(&mut requests)? {
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
