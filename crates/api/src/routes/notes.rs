//! What the owner should look at.

use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::Severity;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_notes))
}

/// Something that needs attention; `code` and `params` make the sentence in each language.
#[derive(Debug, Serialize, ToSchema)]
struct Note {
    code: &'static str,
    /// `info`, `warning` or `error`.
    #[schema(value_type = Severity)]
    severity: &'static str,
    #[schema(value_type = BTreeMap<String, String>)]
    params: Map<String, Value>,
    action: NoteAction,
}

#[derive(Debug, Serialize, ToSchema)]
struct NoteAction {
    /// The screen that helps.
    screen: &'static str,
    /// What the screen shows, as the query of its address; empty for the screen as it is.
    #[schema(example = "filter=campaign:is:Sunglasses")]
    query: String,
}

/// What needs attention in the workspace.
#[utoipa::path(get, path = "/notes", responses(
    (status = 200, body = List<Note>), (status = "default", body = Problem)))]
async fn list_notes(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Note>>> {
    let notes = state.app.notes(&actor).await?;
    let shape = |note: app::Note| Note {
        code: note.code,
        severity: note.severity.name(),
        params: note
            .params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect(),
        action: NoteAction {
            screen: note.screen,
            query: note.query,
        },
    };
    Ok(axum::Json(List::whole(
        notes.into_iter().map(shape).collect(),
    )))
}
