//! A server that answers every door the player knocks at, and remembers what it was told.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// All that was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) requests: BTreeMap<String, u64>,
    pub(crate) events: Vec<Value>,
    pub(crate) largest_batch: (usize, usize),
    pub(crate) leads: Vec<Value>,
    pub(crate) deals: Vec<Value>,
    pub(crate) payments: Vec<Value>,
    pub(crate) uploads: Vec<Vec<u8>>,
    pub(crate) imports: Vec<Value>,
    pub(crate) manual_costs: Vec<Value>,
    pub(crate) statuses: Value,
    pub(crate) marks: u64,
    pub(crate) clicks: u64,
    /// Requests without the credentials that their door asks for.
    pub(crate) strangers: u64,
}

/// What the door of click links knows a browser by afterwards.
const VISITOR: &str = "tl_id=1234";

/// The stub's address and memory; it ends when dropped.
pub(crate) struct Stub {
    pub(crate) address: String,
    told: Arc<Mutex<Told>>,
    _running: JoinSet<()>,
}

/// How the stub feels about being set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Fresh,
    SetUpAlready,
    /// Forgets its key as soon as events come.
    Refusing,
    /// Asks to wait before the first batch of events, and never for long.
    Busy,
}

impl Stub {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Told::default()));
        let shared = Arc::clone(&told);
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let told = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&told), mood, request));
                connections.spawn(async move {
                    let io = TokioIo::new(stream);
                    http1::Builder::new()
                        .serve_connection(io, service)
                        .await
                        .ok();
                });
            }
        });
        Self {
            address,
            told,
            _running: running,
        }
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }
}

async fn answer(
    told: Arc<Mutex<Told>>,
    mood: Mood,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let door = path.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let mut told = told.lock().unwrap();
    let nth = told.requests.entry(format!("{method} {door}")).or_default();
    *nth += 1;
    let nth = *nth;
    if !is_allowed(method, path, &parts.headers) {
        told.strangers += 1;
    }
    if mood == Mood::Busy && path == "/api/v1/events" && nth == 1 {
        let busy = Response::builder().status(StatusCode::TOO_MANY_REQUESTS);
        return Ok(busy
            .header("Retry-After", "0")
            .body(Full::default())
            .unwrap());
    }
    if mood == Mood::Refusing && path == "/api/v1/events" {
        return Ok(reply(
            StatusCode::UNAUTHORIZED,
            &json!({ "code": "unauthenticated" }),
        ));
    }
    if mood == Mood::SetUpAlready && path == "/api/v1/setup" {
        let problem = json!({ "code": "already_set_up", "detail": "there is a user already" });
        return Ok(reply(StatusCode::CONFLICT, &problem));
    }
    Ok(match path {
        _ if path.starts_with("/c/") => {
            told.clicks += 1;
            let target = "https://optics.example/stores";
            let found = Response::builder()
                .status(StatusCode::FOUND)
                .header("Set-Cookie", format!("{VISITOR}; Path=/; HttpOnly"))
                .header("Location", target);
            found.body(Full::default()).unwrap()
        }
        "/e" => reply(StatusCode::ACCEPTED, &json!({})),
        "/api/v1/setup" => {
            let mut made = reply(StatusCode::CREATED, &json!({}));
            let cookie = "tl_session=abc; HttpOnly; SameSite=Lax".parse().unwrap();
            made.headers_mut().insert("Set-Cookie", cookie);
            made
        }
        _ => match api(&mut told, method, door, &body, nth) {
            Some((status, value)) => reply(status, &value),
            None => reply(StatusCode::NOT_FOUND, &json!({ "code": "not_found" })),
        },
    })
}

fn api(
    told: &mut Told,
    method: &str,
    door: &str,
    body: &Bytes,
    nth: u64,
) -> Option<(StatusCode, Value)> {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let batch = |list: &str| json[list].as_array().cloned().unwrap_or_default();
    let results = |items: &[Value], word: &str| {
        let items: Vec<_> = items.iter().map(|_| json!({ word: "stored" })).collect();
        json!({ "items": items })
    };
    let value = match (method, door.strip_prefix("/api/v1")?) {
        ("POST", "/sites") => json!({ "id": 4, "events_path": "/e" }),
        ("GET", "/sites/4/status") => json!({ "last_event_at": "2030-01-01T00:00:00Z" }),
        ("POST", "/api-keys") => json!({ "secret": "tl_secret" }),
        ("POST", "/links") => json!({ "id": nth }),
        ("GET", "/deal-statuses") => json!({ "etag": "\"1\"", "items": [] }),
        ("PUT", "/deal-statuses") => {
            told.statuses = json;
            json!({})
        }
        ("POST", "/events") => {
            let events = batch("events");
            told.largest_batch.0 = told.largest_batch.0.max(events.len());
            told.largest_batch.1 = told.largest_batch.1.max(body.len());
            let answer = results(&events, "status");
            told.events.extend(events);
            answer
        }
        ("POST", "/leads") => {
            let is_again = json["external_id"].as_str()?.ends_with("-again");
            told.leads.push(json);
            json!({ "id": nth, "duplicate_of": is_again.then_some(1) })
        }
        ("GET", "/leads/") => json!({ "id": 1 }),
        ("PATCH", "/leads/") => {
            told.marks += 1;
            json!({})
        }
        ("POST", "/deals") => {
            let answer = results(&batch("items"), "result");
            told.deals.extend(batch("items"));
            answer
        }
        ("POST", "/payments") => {
            let answer = results(&batch("items"), "result");
            told.payments.extend(batch("items"));
            answer
        }
        ("POST", "/imports/preview") => {
            told.uploads.push(body.to_vec());
            json!({ "upload_id": "u1" })
        }
        ("POST", "/imports") => {
            told.imports.push(json);
            // The first import is waited for once.
            let state = if nth == 1 { "running" } else { "done" };
            json!({ "id": nth, "state": state, "rows_accepted": 3 })
        }
        ("GET", "/imports/") => json!({ "id": 1, "state": "done", "rows_accepted": 3 }),
        ("POST", "/manual-costs") => {
            told.manual_costs.push(json);
            json!({ "id": nth })
        }
        _ => return None,
    };
    Some((StatusCode::OK, value))
}

/// Data comes with the key, set-up with the owner's cookie, visitors with neither.
fn is_allowed(method: &str, path: &str, headers: &HeaderMap) -> bool {
    let has = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    let by_key = has("Authorization", "Bearer tl_secret");
    let by_owner = has("Cookie", "tl_session=abc")
        && (method == "GET" || has("Sec-Fetch-Site", "same-origin"));
    match path.strip_prefix("/api/v1") {
        None if path == "/e" => has("Cookie", VISITOR),
        None | Some("/setup") => !by_key && !by_owner,
        Some("/events" | "/deals" | "/payments") => by_key,
        Some(path) if path.starts_with("/leads") => by_key,
        Some(_) => by_owner,
    }
}

fn reply(status: StatusCode, value: &Value) -> Response<Full<Bytes>> {
    let body = Full::new(Bytes::from(value.to_string()));
    let json = Response::builder()
        .status(status)
        .header("Content-Type", "application/json");
    json.body(body).unwrap()
}
