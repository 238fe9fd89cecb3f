//! A few senders side by side, each keeping the order of what it is given.
//!
//! What belongs together, such as a person's events, goes down one lane; so it arrives in order
//! although several requests are under way.

use bytes::Bytes;
use http::{Method, header};
use serde::Deserialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use crate::client::{Call, Caller, Client};
use crate::error::SimulateError;
use crate::lead::Mark;

/// Requests under way at once.
pub(crate) const LANES: u64 = 4;
/// Requests that wait for a lane while the next are being written.
const WAITING_MAX: usize = 2;

/// One request for the key's owner.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// A batch whose answer has a result for each item.
    Batch { path: &'static str, body: Bytes },
    /// A lead; its id is wanted where the desk will mark it.
    Lead {
        body: Bytes,
        external_id: String,
        mark: Option<Mark>,
    },
    /// The desk's word about a lead.
    Mark { id: i64, mark: Mark },
}

/// What the server said to all the parcels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) rejected: u64,
    pub(crate) first_rejection: Option<String>,
    pub(crate) marked: Vec<(i64, Mark)>,
}

/// The open lanes.
pub(crate) struct Lanes {
    senders: Vec<Sender<Parcel>>,
    workers: JoinSet<Result<Tally, SimulateError>>,
}

impl Lanes {
    pub(crate) fn open(client: &Client) -> Self {
        let mut workers = JoinSet::new();
        let open = |_| {
            let (sender, parcels) = channel(WAITING_MAX);
            workers.spawn(work(client.clone(), parcels));
            sender
        };
        let senders = (0..LANES).map(open).collect();
        Self { senders, workers }
    }

    /// Hands a parcel over, as soon as its lane has room.
    ///
    /// `false` when the lane has failed; closing tells why.
    pub(crate) async fn put(&self, lane: u64, parcel: Parcel) -> bool {
        let index = usize::try_from(lane % LANES).unwrap_or_default();
        match self.senders.get(index) {
            Some(sender) => sender.send(parcel).await.is_ok(),
            None => false,
        }
    }

    /// Waits until everything is sent.
    pub(crate) async fn close(mut self) -> Result<Tally, SimulateError> {
        self.senders.clear();
        let mut all = Tally::default();
        while let Some(finished) = self.workers.join_next().await {
            all.add(finished??);
        }
        Ok(all)
    }
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
        self.first_rejection = self.first_rejection.take().or(other.first_rejection);
        self.marked.extend(other.marked);
    }

    fn count(&mut self, item: &Item) {
        match item.status.as_str() {
            "rejected" => {
                self.rejected += 1;
                self.first_rejection.get_or_insert_with(|| item.reason());
            }
            "duplicate" => self.duplicates += 1,
            _ => self.accepted += 1,
        }
    }
}

/// The answer to a batch.
#[derive(Debug, Deserialize)]
struct Items {
    items: Vec<Item>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item {
    /// `stored`, `duplicate` or `rejected` of an event; deals say `result` and have other words.
    #[serde(alias = "result")]
    status: String,
    code: String,
    detail: String,
    error: serde_json::Value,
}

impl Item {
    fn reason(&self) -> String {
        match (&self.error, self.code.as_str()) {
            (serde_json::Value::Null, "") => "no reason given".to_owned(),
            (serde_json::Value::Null, code) => format!("{code}: {}", self.detail),
            (error, _) => error.to_string(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct LeadMade {
    id: i64,
    #[serde(default)]
    duplicate_of: Option<i64>,
}

async fn work(client: Client, mut parcels: Receiver<Parcel>) -> Result<Tally, SimulateError> {
    let mut tally = Tally::default();
    while let Some(parcel) = parcels.recv().await {
        match parcel {
            Parcel::Batch { path, body } => {
                let call = Call::send(Method::POST, Caller::Key, path, "application/json", body);
                let answer: Items = client.ask(call).await?;
                answer.items.iter().for_each(|item| tally.count(item));
            }
            Parcel::Lead {
                body,
                external_id,
                mark,
            } => {
                post_lead(&client, body, external_id, mark, &mut tally).await?;
            }
            Parcel::Mark { id, mark } => {
                mark_lead(&client, id, mark).await?;
                tally.accepted += 1;
            }
        }
    }
    Ok(tally)
}

async fn post_lead(
    client: &Client,
    body: Bytes,
    external_id: String,
    mark: Option<Mark>,
    tally: &mut Tally,
) -> Result<(), SimulateError> {
    const PATH: &str = "/api/v1/leads";
    let call = Call::send(Method::POST, Caller::Key, PATH, "application/json", body).with(
        http::HeaderName::from_static("idempotency-key"),
        external_id,
    );
    let answer = client.call(call).await?;
    if answer.status.is_client_error() && !is_about_the_caller(answer.status) {
        tally.rejected += 1;
        tally
            .first_rejection
            .get_or_insert_with(|| answer.refusal().to_string());
        return Ok(());
    }
    if !answer.status.is_success() {
        return Err(answer.refusal());
    }
    let made: LeadMade = answer.json()?;
    match made.duplicate_of {
        Some(_) => tally.duplicates += 1,
        None => tally.accepted += 1,
    }
    tally.marked.extend(mark.map(|mark| (made.id, mark)));
    Ok(())
}

/// Such a refusal would meet every other lead too.
fn is_about_the_caller(status: http::StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 403 | 404 | 405)
}

/// Reads the lead's version, then writes the status.
async fn mark_lead(client: &Client, id: i64, mark: Mark) -> Result<(), SimulateError> {
    let path = format!("/api/v1/leads/{id}");
    let lead = client.expect(Call::get(Caller::Key, &*path)).await?;
    let tag = lead
        .headers
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok())
        .unwrap_or("*");
    let body = serde_json::json!({ "status": mark });
    let call = Call::json(Method::PATCH, Caller::Key, path, &body).with(header::IF_MATCH, tag);
    client.expect(call).await.map(drop)
}
