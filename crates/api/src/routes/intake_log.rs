//! The ingest log: what came in at each door, minute by minute, and what became of it.

use app::{IntakeOwner, IntakeQuery, IntakeSpan, IntakeSums, IntakeView};
use axum::extract::State;
use base::{SiteId, UnixMillis};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Query;
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{self, IntakeDoor};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_intake_log))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct IntakeParameters {
    /// RFC 3339, such as `2026-11-01T12:00:00Z`.
    from: String,
    /// RFC 3339; not included.
    until: String,
    /// How long a span is. Minutes are kept for 14 days, hours for 400.
    #[param(value_type = words::IntakeSpan)]
    per: String,
    /// Only what came for this site.
    site: Option<i64>,
    /// Only what came in here.
    #[param(value_type = Option<IntakeDoor>)]
    door: Option<String>,
}

/// What came in and what became of it: `in` is `stored` and everything that was dropped.
#[derive(Debug, Serialize, ToSchema)]
struct IntakeLogBody {
    #[schema(value_type = words::IntakeSpan)]
    per: &'static str,
    total: IntakeCounts,
    /// Each span in which something came, in the order of time.
    spans: Vec<IntakeSpanBody>,
    doors: Vec<IntakeDoorBody>,
    sites: Vec<IntakeSiteBody>,
    /// Times in which counts may be missing, because a process ended without a word. It never
    /// counts more than there is.
    gaps: Vec<IntakeGapBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeCounts {
    /// Events and clicks, each of a batch; a request that cannot be read is one.
    r#in: i64,
    stored: i64,
    dropped: i64,
    /// Why, the most frequent first.
    reasons: Vec<IntakeReason>,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeReason {
    #[schema(example = "unknown_site")]
    reason: String,
    count: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeSpanBody {
    /// When it begins.
    at: String,
    #[serde(flatten)]
    counts: IntakeCounts,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeDoorBody {
    #[schema(value_type = IntakeDoor)]
    door: String,
    #[serde(flatten)]
    counts: IntakeCounts,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeSiteBody {
    /// `null` for what is of no site.
    #[schema(required)]
    site: Option<i64>,
    /// No site, link or key said whose it is. The first workspace of a server is told of it.
    is_nobodys: bool,
    #[serde(flatten)]
    counts: IntakeCounts,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeGapBody {
    /// Empty in workspaces but the first, which is that of whoever runs the server.
    node: String,
    /// When its counts were written the last time.
    from: String,
    /// When counting began again.
    until: String,
}

/// What came in at each door, minute by minute or hour by hour, and what became of it.
#[utoipa::path(get, path = "/intake", params(IntakeParameters), responses(
    (status = 200, body = IntakeLogBody), (status = "default", body = Problem)))]
async fn show_intake_log(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(asked): Query<IntakeParameters>,
) -> ApiResult<axum::Json<IntakeLogBody>> {
    let per = match asked.per.as_str() {
        "minute" => IntakeSpan::Minute,
        "hour" => IntakeSpan::Hour,
        _ => return Err(unknown_word("per", words::IntakeSpan::ALL)),
    };
    if let Some(door) = &asked.door
        && !IntakeDoor::ALL.contains(&door.as_str())
    {
        return Err(unknown_word("door", IntakeDoor::ALL));
    }
    let query = IntakeQuery {
        from: moment("from", &asked.from)?,
        until: moment("until", &asked.until)?,
        per,
        site: asked.site.map(SiteId),
        door: asked.door,
    };
    let found = state.app.intake_log(&actor, &query).await?;
    let per = match per {
        IntakeSpan::Minute => "minute",
        IntakeSpan::Hour => "hour",
    };
    Ok(axum::Json(shape(per, found)))
}

fn moment(field: &'static str, text: &str) -> Result<UnixMillis, Problem> {
    UnixMillis::parse_rfc3339(text).ok_or_else(|| {
        let detail = format!("{field} is no RFC 3339 time, such as 2026-11-01T12:00:00Z");
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail).on_field(field)
    })
}

fn unknown_word(field: &'static str, words: &[&str]) -> Problem {
    let detail = format!("{field} is one of {}", words.join(", "));
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail).on_field(field)
}

fn shape(per: &'static str, view: IntakeView) -> IntakeLogBody {
    IntakeLogBody {
        per,
        total: counts(view.total),
        spans: view
            .spans
            .into_iter()
            .map(|(at, sums)| IntakeSpanBody {
                at: at.rfc3339(),
                counts: counts(sums),
            })
            .collect(),
        doors: view
            .doors
            .into_iter()
            .map(|(door, sums)| IntakeDoorBody {
                door,
                counts: counts(sums),
            })
            .collect(),
        sites: view
            .owners
            .into_iter()
            .map(|(owner, sums)| IntakeSiteBody {
                site: match owner {
                    IntakeOwner::Site(site) => Some(site.0),
                    IntakeOwner::Workspace | IntakeOwner::Nobody => None,
                },
                is_nobodys: owner == IntakeOwner::Nobody,
                counts: counts(sums),
            })
            .collect(),
        gaps: view
            .gaps
            .into_iter()
            .map(|gap| IntakeGapBody {
                node: gap.node,
                from: gap.from.rfc3339(),
                until: gap.until.rfc3339(),
            })
            .collect(),
    }
}

fn counts(sums: IntakeSums) -> IntakeCounts {
    IntakeCounts {
        r#in: sums.came,
        stored: sums.stored,
        dropped: sums.dropped.iter().map(|(_, count)| count).sum(),
        reasons: sums
            .dropped
            .into_iter()
            .map(|(reason, count)| IntakeReason { reason, count })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_of_the_hot_path_has_its_word() {
        let doors = collect::IntakeDoor::ALL.iter().map(|door| door.name());
        assert_eq!(doors.collect::<Vec<_>>(), IntakeDoor::ALL);
    }
}
