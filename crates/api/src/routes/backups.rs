//! Back-ups of the whole installation: how they stand, and one now.

use app::{BackupFailure, BackupMade, BackupProof, BackupStatus};
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_backups, make_backup))
}

/// How back-ups stand.
#[derive(Debug, Serialize, ToSchema)]
struct Backups {
    /// Where they go; null where none are made.
    #[schema(required)]
    place: Option<String>,
    /// Hours from one to the next.
    every_h: i64,
    /// One is being made or tested just now.
    running: bool,
    /// The newest is too old, or there is none though there should be.
    late: bool,
    #[schema(required)]
    newest: Option<Made>,
    /// The last try, where it failed.
    #[schema(required)]
    failure: Option<Failure>,
    /// The last time that one was restored for a test.
    #[schema(required)]
    proof: Option<Proof>,
}

/// A back-up that is there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Backup)]
struct Made {
    name: String,
    made_at: String,
    took_ms: i64,
    /// In the files that it holds.
    bytes: u64,
    /// What was new, as it was sent.
    sent_bytes: u64,
    /// What all back-ups take together.
    place_bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackupFailure)]
struct Failure {
    at: String,
    why: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackupProof)]
struct Proof {
    name: String,
    at: String,
    facts: u64,
    /// Reports that were asked again.
    reports: u64,
    /// What was not as it had been; empty when all was.
    faults: Vec<String>,
}

/// How back-ups of the installation stand.
#[utoipa::path(get, path = "/backups", responses(
    (status = 200, body = Backups), (status = "default", body = Problem)))]
async fn get_backups(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<Backups>> {
    let (status, late) = state.app.backup_status(&actor).await?;
    Ok(axum::Json(shape(status, late)))
}

/// Make a back-up now, beside everything else.
#[utoipa::path(post, path = "/backups", responses(
    (status = 202, body = Backups), (status = "default", body = Problem)))]
async fn make_backup(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<(StatusCode, axum::Json<Backups>)> {
    state.app.back_up_now(&actor).await?;
    let (status, late) = state.app.backup_status(&actor).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(shape(status, late))))
}

fn shape(status: BackupStatus, late: bool) -> Backups {
    Backups {
        place: status.place,
        every_h: status.every_ms / 3_600_000,
        running: status.running,
        late,
        newest: status.newest.map(|made: BackupMade| Made {
            name: made.name,
            made_at: made.made.rfc3339(),
            took_ms: made.took_ms,
            bytes: made.bytes,
            sent_bytes: made.sent_bytes,
            place_bytes: made.place_bytes,
        }),
        failure: status.failure.map(|failure: BackupFailure| Failure {
            at: failure.at.rfc3339(),
            why: failure.why,
        }),
        proof: status.proof.map(|proof: BackupProof| Proof {
            name: proof.name,
            at: proof.at.rfc3339(),
            facts: proof.facts,
            reports: proof.reports,
            faults: proof.faults,
        }),
    }
}
