//! Items gathered into requests of the size that the doors take.

use bytes::Bytes;
use serde::Serialize;

use crate::client::{Client, push_json};
use crate::error::SimulateError;
use crate::lanes::{Lanes, Parcel, Tally};

/// Most events that a request holds.
pub(crate) const EVENTS_MAX: u64 = 1_000;
/// Most deals or payments that a request holds.
const RECORDS_MAX: u64 = 500;
/// The door's own limit is 512 KiB; an item is far smaller than the difference.
const BYTES_MAX: usize = 500 * 1024;

/// Items on their way into one batch.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    body: Vec<u8>,
    pub(crate) count: u64,
}

impl Batch {
    pub(crate) fn push(&mut self, list: &str, item: &impl Serialize) -> Result<(), SimulateError> {
        if self.count == 0 {
            self.body.extend(format!("{{\"{list}\":[").as_bytes());
        } else {
            self.body.push(b',');
        }
        self.count += 1;
        push_json(&mut self.body, item)
    }

    pub(crate) fn is_full(&self, items_max: u64) -> bool {
        self.count >= items_max || self.body.len() >= BYTES_MAX
    }

    pub(crate) fn take(&mut self) -> Bytes {
        let mut body = std::mem::take(&mut self.body);
        body.extend(b"]}");
        self.count = 0;
        Bytes::from(body)
    }
}

/// Sends records in batches, spread over the lanes.
pub(crate) async fn send_records<T: Serialize>(
    client: &Client,
    path: &'static str,
    records: impl Iterator<Item = T>,
) -> Result<Tally, SimulateError> {
    let lanes = Lanes::open(client);
    let mut batch = Batch::default();
    let mut lane = 0;
    for record in records {
        batch.push("items", &record)?;
        if batch.is_full(RECORDS_MAX) {
            lane += 1;
            if !lanes
                .put(
                    lane,
                    Parcel::Batch {
                        path,
                        body: batch.take(),
                    },
                )
                .await
            {
                break;
            }
        }
    }
    if batch.count > 0 {
        lanes
            .put(
                lane + 1,
                Parcel::Batch {
                    path,
                    body: batch.take(),
                },
            )
            .await;
    }
    lanes.close().await
}
