//! The audit log: listed, verified, and as a file.

use app::audit::{AuditEntry, AuditQuery};
use app::{Actor, ApiKeyId, App};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base::UserId;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::leads::{day, page};
use crate::body::Query;
use crate::caller::Caller;
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{ActName, ActorKind};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_entries))
        .routes(routes!(export_audit_log))
        .routes(routes!(verify_audit_log))
}

/// Somebody's act.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct Entry {
    /// Counted from one in the workspace.
    seq: i64,
    at: String,
    #[schema(value_type = ActorKind)]
    actor_kind: String,
    /// Of the person or key.
    #[schema(required)]
    actor_id: Option<i64>,
    actor_name: String,
    /// The network that the request came from; empty for commands.
    network: String,
    #[schema(value_type = ActName)]
    act: String,
    /// The API key that it was done with: of the workspace, or of a service account.
    #[schema(required)]
    key_id: Option<i64>,
    /// What the key was called then.
    #[schema(required)]
    key_name: Option<String>,
    /// The id of what it is about; empty where that is the workspace or who acted.
    object: String,
    /// What changed, as `{"field": [before, after]}`, or how many rows it was about.
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    details: serde_json::Value,
    /// SHA-256, in hexadecimal, over the seal of the entry before and what this one says.
    seal: String,
}

/// What a walk along the chain of entries found.
#[derive(Debug, Serialize, ToSchema)]
struct AuditVerdict {
    entries: u64,
    /// The first entry that is not the one that was written there.
    #[schema(required)]
    broken_at: Option<i64>,
    /// Number and seal of the last entry.
    head: String,
    /// When the last entry was written of those that were let go of by age; `null` where the log
    /// goes back to its first.
    #[schema(required)]
    begins_behind: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditParameters {
    /// A person's entries alone, by the person's id.
    person: Option<String>,
    act: Option<String>,
    /// What was done with an API key alone, by the key's id, also after it was revoked.
    key: Option<String>,
    /// First day.
    from: Option<String>,
    /// Last day.
    to: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Who did what, newest first.
#[utoipa::path(get, path = "/audit", params(AuditParameters), responses(
    (status = 200, body = List<Entry>), (status = "default", body = Problem)))]
async fn list_audit_entries(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(asked): Query<AuditParameters>,
) -> ApiResult<axum::Json<List<Entry>>> {
    let page = page(asked.cursor.as_deref(), asked.limit.as_deref())?;
    let found = state
        .app
        .audit_log(&actor, &asked.query()?, page.request()?)
        .await?;
    Ok(axum::Json(List::of(found, shape)))
}

/// The whole log, oldest entry first, an object a line.
#[utoipa::path(get, path = "/audit/export", responses(
    (status = 200, content_type = "application/x-ndjson", body = String),
    (status = "default", body = Problem)))]
async fn export_audit_log(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<Response> {
    state.app.note_audit_export(&actor).await?;
    let from = (state.app.clone(), actor, 0);
    let lines = stream::try_unfold(from, |(app, actor, seq)| next_lines(app, actor, seq));
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/x-ndjson");
    headers.insert(header::CONTENT_TYPE, kind);
    let name = HeaderValue::from_static("attachment; filename=\"audit.jsonl\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Check that no entry was changed, taken out or put in.
#[utoipa::path(get, path = "/audit/verify", responses(
    (status = 200, body = AuditVerdict), (status = "default", body = Problem)))]
async fn verify_audit_log(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<AuditVerdict>> {
    let verdict = state.app.verify_audit_log(&actor, None).await?;
    Ok(axum::Json(AuditVerdict {
        entries: verdict.entries,
        broken_at: verdict.broken_at,
        head: verdict.head.to_string(),
        begins_behind: verdict.begins_behind.map(|gone| gone.at().rfc3339()),
    }))
}

impl AuditParameters {
    fn query(&self) -> Result<AuditQuery, Problem> {
        let person = number("person", self.person.as_deref())?;
        let key = number("key", self.key.as_deref())?;
        Ok(AuditQuery {
            person: person.map(UserId),
            act: self.act.clone(),
            key: key.map(ApiKeyId),
            from: day("from", self.from.as_deref())?,
            to: day("to", self.to.as_deref())?,
        })
    }
}

/// # Errors
/// When something is given that is no id.
fn number(name: &'static str, given: Option<&str>) -> Result<Option<i64>, Problem> {
    let given = given.filter(|text| !text.is_empty());
    given.map(str::parse).transpose().map_err(|_| {
        let detail = format!("{name} is not an id");
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail).on_field(name)
    })
}

type Place = (App, Actor, i64);

async fn next_lines(
    app: App,
    actor: Actor,
    seq: i64,
) -> Result<Option<(Bytes, Place)>, app::AppError> {
    let entries = app.audit_log_after(&actor, seq).await?;
    let Some(last) = entries.last() else {
        return Ok(None);
    };
    let seq = last.seq;
    let mut lines = String::new();
    for entry in entries {
        lines.push_str(&serde_json::to_string(&shape(entry)).unwrap_or_default());
        lines.push('\n');
    }
    Ok(Some((Bytes::from(lines), (app, actor, seq))))
}

fn shape(entry: AuditEntry) -> Entry {
    let said = entry.said;
    Entry {
        seq: entry.seq,
        at: said.at.rfc3339(),
        actor_kind: said.actor_kind,
        actor_id: said.actor_id,
        actor_name: said.actor_name,
        network: said.network,
        act: said.act,
        key_id: said.key_id.map(|key| key.0),
        key_name: said.key_name,
        object: said.object,
        details: serde_json::from_str(&said.details).unwrap_or_default(),
        seal: app::audit::hexadecimal(&entry.seal),
    }
}
