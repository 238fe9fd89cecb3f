//! What people ask of who keeps data about them: to be shown it, and to be forgotten. Whom it is
//! about stands in bodies, never in an address, which logs keep.

use app::rows::Erasure as ErasureRow;
use app::{ErasureId, FoundLead, PersonQuery, PersonRequestId, PersonView};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base::LeadId;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::ErasureStepName;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(find_person))
        .routes(routes!(export_person))
        .routes(routes!(list_erasures, request_erasure))
        .routes(routes!(get_erasure))
}

/// Whom it is about; one of them is enough.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct PersonBody {
    lead_id: Option<i64>,
    #[schema(example = "+48 512 345 678")]
    phone: String,
    #[schema(example = "anna@mail.example")]
    email: String,
    /// The 13 letters and digits that a browser is known by.
    visitor: String,
    /// The request that an export answers: it ends with it.
    request_id: Option<i64>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ErasureBody {
    lead_id: Option<i64>,
    phone: String,
    email: String,
    visitor: String,
    /// Those of the leads found that are meant; without it, all that do not seem to be somebody
    /// else's.
    lead_ids: Option<Vec<i64>>,
    /// The request that it answers: it ends with the erasure.
    request_id: Option<i64>,
}

/// A lead that was found.
#[derive(Debug, Serialize, ToSchema)]
struct PersonLead {
    id: i64,
    at: String,
    name: String,
    phone: String,
    email: String,
    /// It has the number or the browser in common, and seems to be somebody else's.
    is_other: bool,
}

/// What is held of a person.
#[derive(Debug, Serialize, ToSchema)]
struct Person {
    leads: Vec<PersonLead>,
    deals: u64,
    /// Requests as they came in.
    requests: u64,
    /// Rows that imports left out.
    rejected_rows: u64,
    visitors: Vec<String>,
    /// What the visitors did; `null` while the warehouse is away.
    #[schema(required)]
    hits: Option<u64>,
}

/// A request to erase somebody, and what has become of it.
#[derive(Debug, Serialize, ToSchema)]
struct Erasure {
    id: i64,
    requested_at: String,
    /// The person's id; `null` where a command asked or a back-up was put back.
    #[schema(required)]
    author_id: Option<i64>,
    #[schema(value_type = ErasureStepName)]
    step: String,
    /// What was recorded until then is erased.
    #[schema(required)]
    until: Option<String>,
    /// What was taken out and what was kept, by kind.
    #[schema(value_type = BTreeMap<String, u64>)]
    counts: serde_json::Value,
    #[schema(required)]
    finished_at: Option<String>,
    /// Why the last try failed; it is tried again.
    #[schema(required)]
    error: Option<String>,
}

/// What is held of a person.
#[utoipa::path(post, path = "/privacy/person", request_body = PersonBody, responses(
    (status = 200, body = Person), (status = "default", body = Problem)))]
async fn find_person(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<PersonBody>,
) -> ApiResult<axum::Json<Person>> {
    let found = state.app.find_person(&actor, &body.query()).await?;
    Ok(axum::Json(shape(found)))
}

/// Everything that is held of a person, as a file that they can be given.
#[utoipa::path(post, path = "/privacy/export", request_body = PersonBody, responses(
    (status = 200, content_type = "application/json", body = BTreeMap<String, serde_json::Value>),
    (status = "default", body = Problem)))]
async fn export_person(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<PersonBody>,
) -> ApiResult<Response> {
    let document = state.app.export_person(&actor, &body.query()).await?;
    let mut response = axum::Json(document).into_response();
    let name = HeaderValue::from_static("attachment; filename=\"person.json\"");
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Erase a person from everything. It is done in the background, and cannot be undone.
#[utoipa::path(post, path = "/erasures", request_body = ErasureBody, responses(
    (status = 201, body = Erasure), (status = "default", body = Problem)))]
async fn request_erasure(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ErasureBody>,
) -> ApiResult<Response> {
    let leads = body.lead_ids;
    let query = PersonBody {
        lead_id: body.lead_id,
        phone: body.phone,
        email: body.email,
        visitor: body.visitor,
        request_id: body.request_id,
    };
    let leads: Option<Vec<LeadId>> = leads.map(|ids| ids.into_iter().map(LeadId).collect());
    let id = state
        .app
        .request_erasure(&actor, &query.query(), leads.as_deref())
        .await?;
    let erasure = state.app.erasure(&actor, id).await?;
    Ok((StatusCode::CREATED, axum::Json(told(erasure))).into_response())
}

/// Requests to erase people, newest first. They say what was done, and not who it was.
#[utoipa::path(get, path = "/erasures", params(PageQuery), responses(
    (status = 200, body = List<Erasure>), (status = "default", body = Problem)))]
async fn list_erasures(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<Erasure>>> {
    let found = state.app.erasures(&actor, page.request()?).await?;
    Ok(axum::Json(List::of(found, told)))
}

/// What has become of a request to erase somebody.
#[utoipa::path(get, path = "/erasures/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Erasure), (status = "default", body = Problem)))]
async fn get_erasure(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<Erasure>> {
    let erasure = state.app.erasure(&actor, ErasureId(id)).await?;
    Ok(axum::Json(told(erasure)))
}

impl PersonBody {
    fn query(self) -> PersonQuery {
        PersonQuery {
            lead: self.lead_id.map(LeadId),
            phone: self.phone,
            email: self.email,
            visitor: self.visitor,
            answers: self.request_id.map(PersonRequestId),
        }
    }
}

fn shape(view: PersonView) -> Person {
    let lead = |found: FoundLead| {
        let details = found.lead.details;
        PersonLead {
            id: found.lead.id.0,
            at: details.at.rfc3339(),
            name: details.name,
            phone: details.phone,
            email: details.email,
            is_other: found.is_other,
        }
    };
    Person {
        leads: view.leads.into_iter().map(lead).collect(),
        deals: view.deals,
        requests: view.requests,
        rejected_rows: view.rejected_rows,
        visitors: view.visitors,
        hits: view.hits,
    }
}

fn told(erasure: ErasureRow) -> Erasure {
    Erasure {
        id: erasure.id.0,
        requested_at: erasure.requested_at.rfc3339(),
        author_id: erasure.author_id.map(|user| user.0),
        step: erasure.work.step,
        until: erasure.work.until_ms.map(base::UnixMillis::rfc3339),
        counts: erasure.work.counts,
        finished_at: erasure.finished_at.map(base::UnixMillis::rfc3339),
        error: erasure.error,
    }
}
