//! For how long personal data is kept, and what goes when that is over.

use std::collections::BTreeMap;

use app::{RetentionDays, RetentionPreview, RetentionView};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Json;
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{RegisterClassName, RetainedClassName, RoleName};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_retention, put_retention))
        .routes(routes!(preview_retention))
        .routes(routes!(show_register))
}

/// The register of processing: what personal data is kept, where, and for how long.
#[derive(Debug, Serialize, ToSchema)]
struct Register {
    classes: Vec<RegisterEntry>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RegisterEntry {
    #[schema(value_type = RegisterClassName)]
    class: &'static str,
    /// Tables of the store.
    tables: &'static [&'static str],
    /// Who sees it.
    #[schema(value_type = Vec<RoleName>)]
    roles: Vec<&'static str>,
    /// Days that the workspace keeps it, where it says so.
    #[schema(required)]
    days: Option<u32>,
}

/// The register of processing of the workspace, with its own periods.
#[utoipa::path(get, path = "/privacy/register", responses(
    (status = 200, body = Register), (status = "default", body = Problem)))]
async fn show_register(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<Register>> {
    let found = state.app.register(&actor).await?;
    let classes = found.into_iter().map(|one| RegisterEntry {
        class: one.key,
        tables: one.tables,
        roles: one.roles.into_iter().map(app::Role::name).collect(),
        days: one.days,
    });
    Ok(axum::Json(Register {
        classes: classes.collect(),
    }))
}

/// Days that each class of personal data is kept; `null` for ever.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct RetentionBody {
    /// Requests of leads as they came in.
    #[schema(required)]
    requests: Option<u32>,
    /// Rows that imports left out, by when the import ended.
    #[schema(required)]
    rejected_rows: Option<u32>,
    /// Names, numbers, addresses and messages of leads that became no deal.
    #[schema(required)]
    contacts: Option<u32>,
    /// Who a visitor is, and their pages, devices and click ids; at least 30.
    #[schema(required)]
    visits: Option<u32>,
    /// Entries of the audit log, the first ones; at least 90.
    #[schema(required)]
    audit_log: Option<u32>,
}

/// For how long personal data is kept.
#[derive(Debug, Serialize, ToSchema)]
struct Retention {
    etag: String,
    days: RetentionBody,
    /// For how long the installation keeps raw requests in any case.
    #[schema(required)]
    requests_at_most: Option<u32>,
    #[schema(required)]
    last: Option<RetentionRun>,
}

/// What the last night has let go of, by class.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionRun {
    at: String,
    counts: BTreeMap<String, u64>,
    /// Segments of the journal that are moved away, and hold what is too old until they are back.
    segments_away: u64,
}

/// What would go.
#[derive(Debug, Serialize, ToSchema)]
struct RetentionLoss {
    classes: Vec<RetentionClassLoss>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RetentionClassLoss {
    #[schema(value_type = RetainedClassName)]
    class: &'static str,
    /// `null` while the warehouse is away.
    #[schema(required)]
    rows: Option<u64>,
    /// Of what would go.
    #[schema(required)]
    oldest: Option<String>,
}

/// For how long personal data is kept.
#[utoipa::path(get, path = "/privacy/retention", responses(
    (status = 200, body = Retention), (status = "default", body = Problem)))]
async fn show_retention(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<Response> {
    Ok(versioned(state.app.retention(&actor).await?))
}

/// Keep personal data for so long from the next night on. What goes then does not come back.
#[utoipa::path(put, path = "/privacy/retention", request_body = RetentionBody,
    params(("If-Match" = String, Header)), responses(
    (status = 200, body = Retention), (status = "default", body = Problem)))]
async fn put_retention(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Json(body): Json<RetentionBody>,
) -> ApiResult<Response> {
    let kept = state.app.set_retention(&actor, version, body.days());
    Ok(versioned(kept.await?))
}

/// What would go if data were kept for so long, of the classes that are not kept for ever.
#[utoipa::path(post, path = "/privacy/retention/preview", request_body = RetentionBody,
    responses((status = 200, body = RetentionLoss), (status = "default", body = Problem)))]
async fn preview_retention(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<RetentionBody>,
) -> ApiResult<axum::Json<RetentionLoss>> {
    let found = state.app.preview_retention(&actor, body.days()).await?;
    let classes = found.iter().map(shape).collect();
    Ok(axum::Json(RetentionLoss { classes }))
}

impl RetentionBody {
    fn days(self) -> RetentionDays {
        RetentionDays {
            requests: self.requests,
            rejected_rows: self.rejected_rows,
            contacts: self.contacts,
            visits: self.visits,
            audit_log: self.audit_log,
        }
    }
}

fn shape(found: &RetentionPreview) -> RetentionClassLoss {
    RetentionClassLoss {
        class: found.class.name(),
        rows: found.rows,
        oldest: found.oldest.map(base::UnixMillis::rfc3339),
    }
}

fn versioned(view: RetentionView) -> Response {
    let days = view.days;
    let last = view.last.map(|run| RetentionRun {
        at: base::UnixMillis(run.at_ms).rfc3339(),
        counts: run.counts.into_iter().collect(),
        segments_away: run.segments_away,
    });
    let body = Retention {
        etag: tag(view.version),
        days: RetentionBody {
            requests: days.requests,
            rejected_rows: days.rejected_rows,
            contacts: days.contacts,
            visits: days.visits,
            audit_log: days.audit_log,
        },
        requests_at_most: view.requests_at_most,
        last,
    };
    Versioned {
        version: view.version,
        body,
    }
    .into_response()
}
