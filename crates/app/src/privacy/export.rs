//! Everything that is held of a person, as one document that they can be given.

use std::collections::BTreeMap;

use base::{DealId, LeadId, VisitorId, WorkspaceId};
use serde_json::{Map, Value, json};
use store::leads::{self, Lead};
use store::{Connection, Told, conversions, erasures, payments};
use warehouse::{Parameter, Table};

use super::found::Found;
use crate::{App, AppError};

/// Names of what is stored as milliseconds since 1970.
const MOMENTS: [&str; 9] = [
    "click_at",
    "at",
    "recorded_at",
    "sold_at",
    "archived_at",
    "created_at",
    "paid_at",
    "received_at",
    "at_ms",
];

/// Columns of `hits_of_visitor.sql`.
const HIT_COLUMNS: [&str; 14] = [
    "at_ms",
    "kind",
    "page_host",
    "page_path",
    "page_title",
    "name",
    "properties",
    "device",
    "browser",
    "os",
    "country",
    "click_ids",
    "engaged_ms",
    "scroll_percent",
];

impl App {
    /// The records of a person and what their browsers did.
    pub(super) async fn document(
        &self,
        workspace: WorkspaceId,
        found: &Found,
    ) -> Result<Value, AppError> {
        let mut connection = self.inner.store.read().await?;
        let leads: Vec<Lead> = found.chosen().cloned().collect();
        let ids: Vec<LeadId> = leads.iter().map(|lead| lead.id).collect();
        let deal_ids: Vec<DealId> = found.deals.iter().map(|deal| deal.id).collect();
        let history = leads::list_status_changes(&mut connection, workspace, &ids).await?;
        let paid = payments::list_payments_of_deals(&mut connection, workspace, &deal_ids).await?;
        let identities =
            erasures::list_identities(&mut connection, workspace, &[], &found.persons).await?;
        let requests = requests(&mut connection, workspace, found, &ids).await?;
        let told = conversions::list_conversion_rows_of_records;
        let told = told(&mut connection, workspace, &ids, &deal_ids).await?;
        drop(connection);
        let mut visits = Vec::new();
        for visitor in &found.known.visitors {
            let hits = self.hits_of(workspace, *visitor).await?;
            visits.push(json!({"visitor": visitor.to_string(), "hits": hits}));
        }
        Ok(json!({
            "made_at": self.now().rfc3339(),
            "known_by": {
                "phones": found.known.phones,
                "emails": found.known.emails,
                "visitors": found.known.visitors.iter().map(ToString::to_string)
                    .collect::<Vec<_>>(),
            },
            "identities": list(&identities),
            "leads": list(&leads),
            "lead_history": list(&history),
            "deals": list(&found.deals),
            "payments": list(&paid),
            "requests": requests,
            "told_to_platforms": list(&told),
            "visits": visits,
        }))
    }

    async fn hits_of(
        &self,
        workspace: WorkspaceId,
        visitor: VisitorId,
    ) -> Result<Vec<Value>, AppError> {
        let parameters = vec![Parameter::Int(workspace.0), Parameter::Key(visitor.0)];
        let sql = include_str!("../queries/hits_of_visitor.sql");
        let table = self.read_table_whole(sql, parameters).await?;
        Ok(objects(&table))
    }

    /// How many facts of what visitors did there are.
    pub(super) async fn count_hits(
        &self,
        workspace: WorkspaceId,
        visitors: impl Iterator<Item = VisitorId>,
    ) -> Result<u64, AppError> {
        let mut hits = 0;
        for visitor in visitors {
            let parameters = vec![Parameter::Int(workspace.0), Parameter::Key(visitor.0)];
            let sql = "select count(*) from hits where workspace = $1 and visitor = $2";
            let table = self.read_table(sql, parameters).await?;
            let row = table.rows.first();
            let count = row.and_then(|row| row.first()?.int());
            hits += count
                .and_then(|count| u64::try_from(count).ok())
                .unwrap_or_default();
        }
        Ok(hits)
    }
}

async fn requests(
    connection: &mut Connection,
    workspace: WorkspaceId,
    found: &Found,
    leads: &[LeadId],
) -> Result<Vec<Value>, AppError> {
    let all = erasures::list_requests(connection, workspace, leads).await?;
    let own = all
        .into_iter()
        .filter(|request| found.requests.contains(&request.id));
    let shown = own.map(|request| {
        json!({
            "door": request.door,
            "received_at": request.received_at.rfc3339(),
            "headers": request.headers,
            "body": String::from_utf8_lossy(&request.body),
        })
    });
    Ok(shown.collect())
}

/// Records field by field, so that a field that is added to one is in the document too.
fn list<T: Told>(records: &[T]) -> Vec<Value> {
    let told = records.iter().map(|record| {
        let mut fields = Vec::new();
        record.tell("record", &mut fields);
        let fields = fields.into_iter().map(|(name, value)| {
            let value = moment(name, &value).unwrap_or(value);
            (name.to_owned(), value)
        });
        Value::Object(fields.collect::<Map<_, _>>())
    });
    told.collect()
}

fn objects(table: &Table) -> Vec<Value> {
    let rows = table.rows.iter().map(|row| {
        let cells = HIT_COLUMNS.into_iter().zip(row).map(|(name, cell)| {
            let text = cell.display().unwrap_or_default();
            let number = text.parse::<i64>().ok().map(|number| json!(number));
            let shown = number.and_then(|number| moment(name, &number));
            (name.to_owned(), shown.unwrap_or_else(|| json!(text)))
        });
        Value::Object(cells.collect::<BTreeMap<_, _>>().into_iter().collect())
    });
    rows.collect()
}

fn moment(name: &str, value: &Value) -> Option<Value> {
    let millis = value.as_i64().filter(|_| MOMENTS.contains(&name))?;
    Some(json!(base::UnixMillis(millis).rfc3339()))
}
