//! The door between nodes: what a node gives to those that have the nodes' key.
//!
//! It is no part of the public interface. Pieces of the journal are read from `from` on, so `from`
//! is also how far everything before is loaded.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::{EraseOrder, LOAD_BYTES_MAX, Surroundings as _};
use bytes::Bytes;
use collect::IntakeWatch;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Body;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use journal::{Journal, Position};

use super::inside::Token;
use super::live::Newest;
use crate::surroundings::Machine;

/// Everything between nodes begins so.
pub(crate) const INSIDE: &str = "/internal/";
/// Pieces of the journal.
pub(crate) const JOURNAL: &str = "/internal/v1/journal";
/// Pieces of files that people brought here.
pub(crate) const UPLOAD: &str = "/internal/v1/upload";
/// Takes somebody out of the journal.
pub(crate) const ERASE: &str = "/internal/v1/erase";
/// The newest facts, for live screens.
pub(crate) const LIVE: &str = "/internal/v1/live";
/// The last requests of a site that is watched.
pub(crate) const WATCH: &str = "/internal/v1/watch";
/// A piece of a file.
pub(crate) const UPLOAD_PIECE_BYTES: usize = 4 << 20;
/// An order to erase names thousands of visitors at most.
const ORDER_BYTES_MAX: usize = 8 << 20;
/// An order to watch names a site.
const WATCH_BYTES_MAX: usize = 4 << 10;
/// Who answers.
pub(crate) const NODE: &str = "throughline-node";
pub(crate) const FOLDER: &str = "throughline-folder";
/// Changes with every start.
pub(crate) const RUN: &str = "throughline-run";
/// The time here, in milliseconds.
pub(crate) const NOW: &str = "throughline-now";

/// What the door gives from.
pub(crate) struct Inside {
    token: Option<Token>,
    journal: Arc<Journal>,
    newest: Arc<Newest>,
    watch: Arc<IntakeWatch>,
    uploads: PathBuf,
    name: String,
    folder: String,
    run: u128,
    /// The segment that everything before is loaded, as far as it was asked from there.
    loaded_segment: AtomicU64,
}

impl Inside {
    pub(crate) fn new(
        token: Option<Token>,
        (journal, newest, watch): (Arc<Journal>, Arc<Newest>, Arc<IntakeWatch>),
        uploads: PathBuf,
        (name, folder): (&str, &str),
    ) -> Self {
        Self {
            token,
            journal,
            newest,
            watch,
            uploads,
            name: name.to_owned(),
            folder: folder.to_owned(),
            run: u128::from_le_bytes(app::random::<16>(&Machine)),
            loaded_segment: AtomicU64::new(0),
        }
    }

    /// Everything before this was loaded by whoever asked.
    pub(crate) fn loaded(&self) -> Position {
        Position {
            segment: self.loaded_segment.load(Ordering::Relaxed),
            offset: 0,
        }
    }

    /// Answers a request whose path begins with [`INSIDE`].
    pub(crate) async fn answer<B>(self: &Arc<Self>, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let Some(token) = &self.token else {
            return said(
                StatusCode::NOT_FOUND,
                "this node has no key of nodes (node.key_file)",
            );
        };
        let carried = parts.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        if !token.is_in(carried.unwrap_or_default()) {
            return said(
                StatusCode::UNAUTHORIZED,
                "the key of the nodes is another one",
            );
        }
        let query = parts.uri.query().unwrap_or_default();
        match (&parts.method, parts.uri.path()) {
            (&Method::GET, JOURNAL) => self.hand_over(query).await,
            (&Method::GET, LIVE) => self.give_newest(query),
            (&Method::GET, UPLOAD) => self.give_upload(query).await,
            (&Method::POST, ERASE) => match Limited::new(body, ORDER_BYTES_MAX).collect().await {
                Ok(whole) => self.erase(&whole.to_bytes()).await,
                Err(error) => said(StatusCode::BAD_REQUEST, &error.to_string()),
            },
            (&Method::POST, WATCH) => match Limited::new(body, WATCH_BYTES_MAX).collect().await {
                Ok(whole) => self.watch(&whole.to_bytes()),
                Err(error) => said(StatusCode::BAD_REQUEST, &error.to_string()),
            },
            _ => said(StatusCode::NOT_FOUND, "nodes give nothing else"),
        }
    }

    fn give_newest(&self, query: &str) -> Response<Full<Bytes>> {
        let Ok(since) = query.strip_prefix("from=").map(position_of).transpose() else {
            return said(StatusCode::BAD_REQUEST, "from is no position");
        };
        let bytes = self.newest.since(since).to_bytes();
        Response::new(Full::new(Bytes::from(bytes)))
    }

    fn watch(&self, body: &[u8]) -> Response<Full<Bytes>> {
        let Ok(order) = serde_json::from_slice(body) else {
            return said(StatusCode::BAD_REQUEST, "this is no order to watch");
        };
        match serde_json::to_vec(&self.watch.answer(&order, Machine.now())) {
            Ok(answer) => Response::new(Full::new(Bytes::from(answer))),
            Err(error) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }

    /// A piece of the file, from a byte on; nothing behind its end.
    async fn give_upload(&self, query: &str) -> Response<Full<Bytes>> {
        let asked = query
            .strip_prefix("name=")
            .and_then(|rest| rest.split_once("&from="));
        let Some((name, Ok(from))) = asked.map(|(name, from)| (name, from.parse::<u64>())) else {
            return said(StatusCode::BAD_REQUEST, "an upload has a name and a place");
        };
        let Some(path) = self.upload(name) else {
            return said(StatusCode::BAD_REQUEST, "this is no name of an upload");
        };
        let read = move || -> std::io::Result<Vec<u8>> {
            let file = File::open(path)?;
            let mut piece = vec![0; UPLOAD_PIECE_BYTES];
            let mut filled = 0;
            while filled < piece.len() {
                let at = from + u64::try_from(filled).unwrap_or(u64::MAX);
                match file.read_at(&mut piece[filled..], at)? {
                    0 => break,
                    count => filled += count,
                }
            }
            piece.truncate(filled);
            Ok(piece)
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(piece)) => Response::new(Full::new(Bytes::from(piece))),
            Ok(Err(error)) if error.kind() == ErrorKind::NotFound => {
                said(StatusCode::NOT_FOUND, "there is no such upload here")
            }
            Ok(Err(error)) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
            Err(error) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }

    /// Names are made by the program: nothing leads out of the folder.
    fn upload(&self, name: &str) -> Option<PathBuf> {
        is_file_name(name).then(|| self.uploads.join(name))
    }

    /// Takes visitors out of the journal, and files out of the uploads. Doing it again finds none.
    async fn erase(self: &Arc<Self>, body: &[u8]) -> Response<Full<Bytes>> {
        let Ok(order) = serde_json::from_slice::<EraseOrder>(body) else {
            return said(StatusCode::BAD_REQUEST, "this is no order to erase");
        };
        let this = Arc::clone(self);
        let erase = async move {
            if order.reaches(this.journal.status().durable.segment) {
                this.journal.roll()?.await?;
            }
            let blank = move || {
                for path in order.uploads.iter().filter_map(|name| this.upload(name)) {
                    match std::fs::remove_file(path) {
                        Err(error) if error.kind() != ErrorKind::NotFound => {
                            return Err(error.into());
                        }
                        _ => {}
                    }
                }
                let replacing = order.replacing();
                let blanked = this.journal.blank_some(
                    |segment| order.reaches(segment),
                    |entry| replacing.replacement(entry),
                    |_, _| {},
                )?;
                anyhow::Ok(blanked)
            };
            tokio::task::spawn_blocking(blank).await?
        };
        match erase.await {
            Ok(blanked) => said(StatusCode::OK, &blanked.to_string()),
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "an erasure failed; it comes again"
                );
                said(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}"))
            }
        }
    }

    async fn hand_over(self: &Arc<Self>, query: &str) -> Response<Full<Bytes>> {
        let Ok(from) = query.strip_prefix("from=").map(position_of).transpose() else {
            return said(StatusCode::BAD_REQUEST, "from is no position");
        };
        // Before the journal is looked at: all that was durable by then is in the answer.
        let now = Machine.now();
        let journal = Arc::clone(&self.journal);
        let read = tokio::task::spawn_blocking(move || {
            journal
                .hand_over(from, None, LOAD_BYTES_MAX)
                .map(|piece| (piece.durable, piece.to_bytes()))
        });
        let (durable, bytes) = match read.await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => {
                let told = format!("{:#}", anyhow::Error::from(error));
                tracing::error!(error = told, "a piece of the journal cannot be handed over");
                return said(StatusCode::INTERNAL_SERVER_ERROR, &told);
            }
            Err(error) => return said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        };
        // Whoever asks from behind the end has loaded a journal that was longer than this one.
        if let Some(from) = from.filter(|from| *from <= durable) {
            self.loaded_segment
                .fetch_max(from.segment, Ordering::Relaxed);
        }
        let mut response = Response::new(Full::new(Bytes::from(bytes)));
        let headers = response.headers_mut();
        let octets = HeaderValue::from_static("application/octet-stream");
        headers.insert(CONTENT_TYPE, octets);
        for (name, value) in [
            (NODE, self.name.clone()),
            (FOLDER, self.folder.clone()),
            (RUN, self.run.to_string()),
            (NOW, now.0.to_string()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain)
}

/// `segment:offset`.
pub(crate) fn position_of(text: &str) -> Result<Position, std::num::ParseIntError> {
    let (segment, offset) = text.split_once(':').unwrap_or((text, ""));
    Ok(Position {
        segment: segment.parse()?,
        offset: offset.parse()?,
    })
}

fn said(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("{text}\n"))));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_uploads_lead_out_of_no_folder() {
        assert!(is_file_name("k3j4h5k6") && is_file_name("a-b_c.fetched"));
        for wrong in [
            "",
            ".",
            "..",
            "../store.sqlite",
            "a/b",
            "/etc/passwd",
            "a%2fb",
            "a\0b",
        ] {
            assert!(!is_file_name(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_position_is_read_back_and_nothing_else_is_one() {
        let at = position_of("3:4096").unwrap();
        assert_eq!((at.segment, at.offset), (3, 4_096));
        for wrong in ["", "3", "3:", ":1", "3:-1", "3:4:5", "x:1"] {
            assert!(position_of(wrong).is_err(), "{wrong}");
        }
    }
}
