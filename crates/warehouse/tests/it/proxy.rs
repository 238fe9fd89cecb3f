//! A connection to the tests' server that breaks when it is told to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use warehouse::testing;

/// What becomes of the request that comes after so many others. Only those that change something
/// count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It and all later ones never arrive: whoever sent them was killed.
    Killed { after: usize },
    /// The server does it, but nobody hears of it.
    Unheard { after: usize },
    /// Whoever sent it is killed, and it arrives when it is let go.
    HeldBack { after: usize },
}

#[derive(Default)]
struct Plan {
    fault: Option<Fault>,
    seen: usize,
    held: Option<Vec<u8>>,
}

/// Listens between a warehouse and its server.
pub(crate) struct Proxy {
    host: String,
    plan: Arc<Mutex<Plan>>,
    server: String,
}

impl Proxy {
    pub(crate) fn before(server: &str) -> Self {
        let server = testing::first_host(server).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let (known, to) = (Arc::clone(&plan), server.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (plan, server) = (Arc::clone(&known), to.clone());
                thread::spawn(move || pass_on(client, &plan, &server));
            }
        });
        Self { host, plan, server }
    }

    /// The address with this in the place of the server, or of a cluster's first one.
    pub(crate) fn through(&self, address: &str) -> String {
        address.replacen(&self.server, &self.host, 1)
    }

    /// Lets so many requests through from now on, then does this.
    pub(crate) fn plan(&self, fault: Option<Fault>) {
        *self.plan.lock().unwrap() = Plan {
            fault,
            ..Plan::default()
        };
    }

    /// Requests that change something since the plan was made.
    pub(crate) fn seen(&self) -> usize {
        self.plan.lock().unwrap().seen
    }

    /// Lets the request arrive that was held back. Gives whether there was one.
    pub(crate) fn let_go(&self) -> bool {
        let held = self.plan.lock().unwrap().held.take();
        held.is_some_and(|request| {
            ask(&self.server, &request);
            true
        })
    }
}

fn pass_on(mut client: TcpStream, plan: &Mutex<Plan>, server: &str) {
    let Some(request) = read_request(&mut client) else {
        return;
    };
    let changes = !String::from_utf8_lossy(&request).contains("readonly=");
    let fault = {
        let mut plan = plan.lock().unwrap();
        let at = plan.seen;
        plan.seen += usize::from(changes);
        match plan.fault {
            // Looks are not counted, but whoever was killed does not look either.
            Some(Fault::Killed { after } | Fault::HeldBack { after }) if !changes && at > after => {
                return;
            }
            _ if !changes => None,
            Some(Fault::Killed { after }) if at >= after => return,
            Some(Fault::HeldBack { after }) if at >= after => {
                if at == after {
                    plan.held = Some(request);
                }
                return;
            }
            fault => fault.filter(|fault| *fault == Fault::Unheard { after: at }),
        }
    };
    let answer = ask(server, &request);
    if fault.is_none() {
        // Whoever was killed does not listen any more.
        let _ = client.write_all(&answer);
    }
}

/// The request as it came, with the wish that the connection ends with the answer.
fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 64 << 10];
    loop {
        let count = client.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1)?;
        let length: usize = length.split("\r\n").next()?.parse().ok()?;
        if bytes.len() == end + 4 + length {
            let (head, body) = bytes.split_at(end);
            return Some([head, b"\r\nConnection: close", body].concat());
        }
    }
}

fn ask(server: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
