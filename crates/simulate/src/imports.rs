//! Files through the import door, and bills typed in by hand.

use std::time::Duration;

use base::{Day, DayRange};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Call, Caller, Client};
use crate::cost::{CostFile, ManualBill, Per};
use crate::cost_file::Upload;
use crate::error::SimulateError;
use crate::multipart::Form;
use crate::plan::Plan;
use crate::setup::as_owner;

/// Days that one file covers: an owner exports a quarter at a time.
const FILE_DAYS: i32 = 92;
const POLL_MS: u64 = 150;
/// Ten minutes.
const POLLS_MAX: u32 = 4_000;

/// How an import ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Import {
    id: i64,
    state: String,
    pub(crate) rows_accepted: u64,
    pub(crate) rows_rejected: u64,
    error: Value,
}

#[derive(Debug, Deserialize)]
struct Preview {
    upload_id: Value,
}

/// What an uploaded file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    Costs(CostFile),
    Deals,
}

impl Contents {
    fn kind(self) -> &'static str {
        match self {
            Self::Costs(_) => "costs",
            Self::Deals => "deals",
        }
    }

    fn options(self) -> Value {
        match self {
            Self::Costs(file) => {
                let [source, medium, platform] = file.tags();
                json!({
                    "source": source,
                    "medium": medium,
                    "platform": platform,
                    "currency": "RUB",
                    "vat": "excluded",
                    "mark_up_percent": "0",
                    "match": "name",
                    "columns": {},
                    "micros": false,
                })
            }
            Self::Deals => json!({
                "columns": {},
                "currency": "RUB",
                "time_zone": "Europe/Moscow",
                "default_country": "RU",
                "source_label": "",
            }),
        }
    }
}

/// Uploads, looks at the preview, imports, and waits for the end.
pub(crate) async fn import(
    client: &Client,
    contents: Contents,
    upload: &Upload,
) -> Result<Import, SimulateError> {
    let (kind, options) = (contents.kind(), contents.options());
    let (content_type, body) = Form::default()
        .field("kind", kind)
        .field("options", &options.to_string())
        .file("file", &upload.name, upload.content_type, &upload.bytes)
        .end();
    let path = "/api/v1/imports/preview";
    let call = Call::send(Method::POST, Caller::Owner, path, &content_type, body);
    let preview: Preview = client.ask(call).await?;
    let order = json!({ "upload_id": preview.upload_id, "kind": kind, "options": options });
    let mut import: Import = client.ask(as_owner("/api/v1/imports", &order)).await?;
    let mut polls = 0;
    while matches!(import.state.as_str(), "queued" | "running") && polls < POLLS_MAX {
        tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
        let path = format!("/api/v1/imports/{}", import.id);
        import = client.ask(Call::get(Caller::Owner, path)).await?;
        polls += 1;
    }
    if import.state == "done" {
        Ok(import)
    } else {
        let (file, state) = (upload.name.clone(), import.state);
        Err(SimulateError::Import {
            file,
            state,
            detail: import.error.to_string(),
        })
    }
}

/// Types in a bill that comes on paper.
pub(crate) async fn bill(
    client: &Client,
    plan: &Plan,
    bill: &ManualBill,
) -> Result<(), SimulateError> {
    let body = json!({
        "name": bill.name,
        "channel_source": bill.source,
        "medium": bill.medium,
        "campaign": bill.campaign,
        "from": plan.range().first.to_string(),
        "to": plan.billed_until().to_string(),
        "amount": bill.amount.decimal(),
        "currency": bill.amount.currency.to_string(),
        "per": match bill.per {
            Per::Day => "day",
            Per::Month => "month",
        },
        "mark_up_percent": "0",
    });
    client
        .expect(as_owner("/api/v1/manual-costs", &body))
        .await
        .map(drop)
}

/// The range cut into what one file covers.
pub(crate) fn quarters(range: DayRange) -> impl Iterator<Item = DayRange> {
    let step = usize::try_from(FILE_DAYS).unwrap_or(1);
    let starts = (range.first.0..=range.last.0).step_by(step);
    starts.map(move |first| {
        let last = (first + FILE_DAYS - 1).min(range.last.0);
        DayRange {
            first: Day(first),
            last: Day(last),
        }
    })
}
