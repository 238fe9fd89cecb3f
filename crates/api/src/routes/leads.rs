//! Leads: the door for servers, the list and the card.

use app::rows;
use app::{AppError, FieldError, LeadInput, LeadQuery, LeadView, RawLead, Received};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::LeadId;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{self, Json, Path, Query};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{LeadStatus, LinkMethod};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_leads, create_lead))
        .routes(routes!(show_lead, update_lead))
}

/// A request of a possible customer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Lead {
    id: i64,
    at: String,
    name: String,
    phone: String,
    email: String,
    message: String,
    #[schema(example = "new")]
    #[schema(value_type = LeadStatus)]
    status: String,
    /// What the file it came from calls its status, where that is no word we know.
    #[schema(required)]
    status_word: Option<String>,
    form: String,
    page: String,
    #[schema(required)]
    visit: Option<String>,
    /// `visit_number`, `click_id`, `contact`, `declared` or `unknown`; `waiting` while the visit
    /// of its number is not known, for two days at most.
    #[schema(value_type = LinkMethod)]
    link_method: String,
    #[schema(required)]
    duplicate_of: Option<i64>,
    #[schema(required)]
    channel: Option<String>,
    #[schema(required)]
    source: Option<String>,
    #[schema(required)]
    campaign: Option<String>,
    deals: i64,
    /// Net of VAT.
    revenue: String,
    currency: String,
    /// The member who is responsible for it.
    #[schema(required)]
    assignee_id: Option<i64>,
    /// What they are called, where they are a member still.
    #[schema(required)]
    assignee: Option<String>,
    /// As the CRM that it came from names whoever is responsible; empty where it names nobody.
    responsible: String,
    etag: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct LeadBody {
    /// Your own id: sending it again gives the same answer.
    external_id: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    message: Option<String>,
    /// The visit number from the page script.
    visit: Option<String>,
    /// Our own click id or a platform's, such as a gclid.
    click_id: Option<String>,
    /// The same as `click_id`, where that is empty.
    gclid: Option<String>,
    /// The same as `click_id`, where that is empty.
    yclid: Option<String>,
    visitor: Option<String>,
    form: Option<String>,
    page: Option<String>,
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
    /// The same as `source`, where that is empty.
    utm_source: Option<String>,
    /// The same as `medium`, where that is empty.
    utm_medium: Option<String>,
    /// The same as `campaign`, where that is empty.
    utm_campaign: Option<String>,
    /// When it came in; now when absent.
    at: Option<String>,
    consent: Option<bool>,
    /// Anything else that was asked. What stands beside the names above is refused.
    #[schema(value_type = Option<Object>)]
    fields: Option<Map<String, Value>>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Map<String, Value>,
}

/// What became of a lead that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LeadAnswer {
    id: i64,
    #[schema(required)]
    visit: Option<String>,
    #[schema(value_type = LinkMethod)]
    link_method: &'static str,
    /// The earlier lead that this one repeats.
    #[schema(required)]
    duplicate_of: Option<i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct LeadPatch {
    /// `null` takes your own last word on it back, as if it had not been said.
    #[schema(example = "qualified", value_type = Option<LeadStatus>, required)]
    #[serde(deserialize_with = "Option::deserialize")]
    status: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LeadFilter {
    status: Option<String>,
    /// A channel's number, or `unknown`.
    channel: Option<String>,
    /// Who is responsible: a member's number, `me`, or `nobody`.
    assignee: Option<String>,
    /// Part of a name, number, address or message.
    q: Option<String>,
    /// First day.
    from: Option<String>,
    /// Last day.
    to: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Leads, newest first.
#[utoipa::path(get, path = "/leads", params(LeadFilter), responses(
    (status = 200, body = List<Lead>), (status = "default", body = Problem)))]
async fn list_leads(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(filter): Query<LeadFilter>,
) -> ApiResult<axum::Json<List<Lead>>> {
    let page = page(filter.cursor.as_deref(), filter.limit.as_deref())?;
    let query = LeadQuery {
        status: filter.status.filter(|text| !text.is_empty()),
        channel: filter.channel.filter(|text| !text.is_empty()),
        assignee: filter.assignee,
        text: filter.q,
        from: day("from", filter.from.as_deref())?,
        to: day("to", filter.to.as_deref())?,
    };
    let leads = state
        .app
        .list_leads(&actor, &query, page.request()?)
        .await?;
    Ok(axum::Json(List::of(leads, shape)))
}

/// Send a lead.
#[utoipa::path(post, path = "/leads", request_body = LeadBody, responses(
    (status = 201, body = LeadAnswer), (status = "default", body = Problem)))]
async fn create_lead(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Response> {
    let raw = RawLead {
        door: "api",
        body: body.to_vec(),
        headers: kept(&headers),
    };
    let received = state.app.receive_lead(&actor, raw, read_json).await?;
    Ok((StatusCode::CREATED, axum::Json(answer(&received))).into_response())
}

/// One lead.
#[utoipa::path(get, path = "/leads/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Lead), (status = "default", body = Problem)))]
async fn show_lead(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let view = state.app.lead(&actor, LeadId(id)).await?;
    Ok(Versioned {
        version: view.lead.version,
        body: shape(view),
    }
    .into_response())
}

/// Change a lead's status, or take your last word on it back.
#[utoipa::path(patch, path = "/leads/{id}", request_body = LeadPatch,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Lead), (status = "default", body = Problem)))]
async fn update_lead(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(patch): Json<LeadPatch>,
) -> ApiResult<Response> {
    let id = LeadId(id);
    match &patch.status {
        Some(status) => {
            let change = state.app.change_lead_status(&actor, id, version, status);
            change.await?;
        }
        None => {
            let back = state.app.take_back_lead_status(&actor, id, version);
            back.await?;
        }
    }
    let view = state.app.lead(&actor, id).await?;
    Ok(Versioned {
        version: view.lead.version,
        body: shape(view),
    }
    .into_response())
}

/// Reads the JSON of a lead.
pub(super) fn read_json(body: &[u8]) -> Result<LeadInput, AppError> {
    let body = body_of(body)?;
    // A name with a slip of the pen would lose the lead its visit, and nobody would see it.
    let wrong = |name: &String| FieldError {
        field: name.clone().into(),
        row: None,
        code: "unknown_field",
        detail: format!("there is no field {name:?}; what was asked besides goes into `fields`"),
    };
    let wrong: Vec<FieldError> = body.unknown.keys().map(wrong).collect();
    if wrong.is_empty() {
        Ok(body.into())
    } else {
        Err(AppError::Invalid(wrong))
    }
}

/// Reads the JSON that a script made of a form: whatever the form asked besides is kept, but for
/// the names that are the form's own.
pub(super) fn read_form_json(body: &[u8], own: &[&str]) -> Result<LeadInput, AppError> {
    let mut body = body_of(body)?;
    let mut unknown = std::mem::take(&mut body.unknown);
    unknown.retain(|name, _| !own.contains(&name.as_str()));
    body.fields.get_or_insert_default().extend(unknown);
    Ok(body.into())
}

fn body_of(body: &[u8]) -> Result<LeadBody, AppError> {
    body::read(body).map_err(|wrong| {
        let field = wrong.field.unwrap_or_else(|| "body".to_owned());
        AppError::invalid(field, "bad_json", wrong.detail)
    })
}

pub(super) fn answer(received: &Received) -> LeadAnswer {
    LeadAnswer {
        id: received.id.0,
        visit: received.visit.map(|visit| visit.to_string()),
        link_method: received.link_method.name(),
        duplicate_of: received.duplicate_of.map(|lead| lead.0),
    }
}

/// The headers that tell how a request was made.
pub(super) fn kept(headers: &HeaderMap) -> Map<String, Value> {
    let names = [
        header::CONTENT_TYPE,
        header::USER_AGENT,
        header::ORIGIN,
        header::REFERER,
    ];
    let pairs = names.iter().filter_map(|name| {
        let text = headers.get(name)?.to_str().ok()?;
        Some((name.to_string(), Value::String(text.to_owned())))
    });
    pairs.collect()
}

/// A local day of a query.
pub(super) fn day(field: &str, text: Option<&str>) -> Result<Option<base::Day>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        let detail = format!("{field} is not a date such as 2026-11-22");
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail).on_field(field)
    })
}

/// The page of a list with filters; a flattened number does not read back from a query.
pub(super) fn page(cursor: Option<&str>, limit: Option<&str>) -> Result<PageQuery, Problem> {
    let limit = limit
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .transpose();
    let limit = limit.map_err(|_| {
        let detail = "limit is not a number of rows";
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail).on_field("limit")
    })?;
    let cursor = cursor
        .filter(|text| !text.is_empty())
        .map(ToOwned::to_owned);
    Ok(PageQuery { cursor, limit })
}

pub(super) fn shape(view: LeadView) -> Lead {
    let LeadView {
        lead,
        label,
        deals,
        revenue_micros,
        currency,
        assignee,
    } = view;
    let status = lead.status().to_owned();
    let status_word = lead.status_word().map(str::to_owned);
    let rows::Lead {
        id,
        details,
        version,
        ..
    } = lead;
    Lead {
        id: id.0,
        status_word,
        at: details.at.rfc3339(),
        name: details.name,
        phone: details.phone_e164.unwrap_or(details.phone),
        email: details.email,
        message: details.message,
        status,
        form: details.form,
        page: details.page,
        visit: details.visit_id.map(|visit| visit.to_string()),
        link_method: details.link_method,
        duplicate_of: details.duplicate_of.map(|lead| lead.0),
        channel: label.channel,
        source: label.source,
        campaign: label.campaign,
        deals,
        revenue: base::Money::new(revenue_micros, currency)
            .rounded()
            .decimal(),
        currency: currency.to_string(),
        assignee_id: details.assignee_id.map(|user| user.0),
        assignee,
        responsible: details.responsible,
        etag: tag(version),
    }
}

impl From<LeadBody> for LeadInput {
    fn from(body: LeadBody) -> Self {
        let mut fields = body.fields.unwrap_or_default();
        if let Some(consent) = body.consent {
            fields.insert("consent".to_owned(), Value::Bool(consent));
        }
        let first = |given: [Option<String>; 3]| {
            let mut given = given.into_iter().flatten();
            given
                .find(|text| !text.trim().is_empty())
                .unwrap_or_default()
        };
        Self {
            external_id: body.external_id.unwrap_or_default(),
            name: body.name.unwrap_or_default(),
            phone: body.phone.unwrap_or_default(),
            email: body.email.unwrap_or_default(),
            message: body.message.unwrap_or_default(),
            form: body.form.unwrap_or_default(),
            page: body.page.unwrap_or_default(),
            visit: body.visit.unwrap_or_default(),
            click_id: first([body.click_id, body.gclid, body.yclid]),
            visitor: body.visitor.unwrap_or_default(),
            source: first([body.source, body.utm_source, None]),
            medium: first([body.medium, body.utm_medium, None]),
            campaign: first([body.campaign, body.utm_campaign, None]),
            at: body.at.unwrap_or_default(),
            fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_names_its_click_and_its_source_by_any_of_their_names() {
        let body = br#"{"gclid": "Cj0", "yclid": "9", "utm_source": "vk", "utm_medium": "cpc",
            "campaign": "spring", "utm_campaign": "autumn"}"#;
        let input = read_json(body).unwrap();
        let found = (input.click_id, input.source, input.medium, input.campaign);
        let wanted = ["Cj0", "vk", "cpc", "spring"].map(str::to_owned);
        assert_eq!(<[String; 4]>::from(found), wanted);
        assert!(input.fields.is_empty());
    }

    #[test]
    fn every_field_that_a_lead_does_not_have_is_refused_by_name() {
        let refused = read_json(br#"{"visist": "1", "phone": "1", "size": 5}"#);
        let Err(AppError::Invalid(errors)) = refused else {
            panic!("accepted")
        };
        let found: Vec<_> = errors
            .iter()
            .map(|error| (&*error.field, error.code))
            .collect();
        assert_eq!(
            found,
            [("size", "unknown_field"), ("visist", "unknown_field")]
        );
    }

    #[test]
    fn what_a_form_asked_besides_is_kept_when_a_script_sends_it() {
        let body = br#"{"phone": "1", "size": "M", "redirect": "/", "fields": {"colour": 7}}"#;
        let input = read_form_json(body, &["redirect"]).unwrap();
        let kept: Vec<_> = input.fields.keys().map(String::as_str).collect();
        assert_eq!(kept, ["colour", "size"]);
    }
}
