//! The door for HTML forms of a site: `POST /f/{site_key}`, without a key.

mod fields;
mod refusal;

use std::net::SocketAddr;

use app::{AppError, FormSite, LEAD_REQUEST_BYTES_MAX, LeadInput, RawLead};
use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base::{VisitId, VisitorId};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use self::fields::BodyKind;
use super::leads::{answer, kept, read_form_json, read_json};
use crate::body::Path;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

/// A field that people do not see: whoever fills it in is a machine.
pub(crate) const TRAP_FIELD: &str = "throughline_url";
const VISIT_FIELD: &str = "throughline_visit";
const VISITOR_FIELD: &str = "throughline_visitor";
const REDIRECT_FIELD: &str = "redirect";
const VISIT_COOKIE: &str = "tl_visit";
const TRAPPED: &str = "trapped";
/// Where a kept request remembers the visit of its cookie.
const KEPT_VISIT: &str = "visit";

pub(crate) fn form_router() -> Router<ApiState> {
    Router::new()
        .route("/f/{site_key}", post(receive_form).options(allow_form))
        .layer(DefaultBodyLimit::max(LEAD_REQUEST_BYTES_MAX))
}

/// Takes a form in, then sends the visitor back, or answers JSON to a script. Refusals too may be
/// read by the site's own pages; a visitor reads them in plain words.
async fn receive_form(
    State(state): State<ApiState>,
    Path(site_key): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let refused = |problem: Problem| refusal::answer(problem, &headers);
    let site = match site_of(&state, &site_key, &headers) {
        Ok(site) => site,
        Err(problem) => return refused(problem),
    };
    let received = match (state.forms)(peer.ip(), &headers) {
        Err(seconds) => Err(too_many(seconds)),
        Ok(()) => match body {
            Ok(body) => take_form(&state, &site, &headers, &body).await,
            Err(rejection) => Err(refuse_body(&rejection)),
        },
    };
    let mut response = received.unwrap_or_else(refused);
    share(&headers, &mut response);
    response
}

fn site_of(state: &ApiState, site_key: &str, headers: &HeaderMap) -> ApiResult<FormSite> {
    let site = state.app.form_site(site_key)?;
    refuse_foreign(&site, headers)?;
    Ok(site)
}

fn too_many(seconds: u64) -> Problem {
    let retry_after_s = i64::try_from(seconds).unwrap_or(i64::MAX);
    AppError::TooManyAttempts { retry_after_s }.into()
}

async fn take_form(
    state: &ApiState,
    site: &FormSite,
    headers: &HeaderMap,
    body: &[u8],
) -> ApiResult<Response> {
    let said = text(headers, &header::CONTENT_TYPE);
    let Some(kind) = BodyKind::of(said) else {
        let said = said.unwrap_or_default();
        let detail = format!(
            "send application/x-www-form-urlencoded, multipart/form-data or JSON, not {said}"
        );
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "unsupported_media_type", detail));
    };
    let cookie = visit_cookie(headers);
    let mut noted = kept(headers);
    if let Some(visit) = cookie {
        noted.insert(KEPT_VISIT.to_owned(), visit.into());
    }
    let raw = RawLead {
        door: "form",
        body: body.to_vec(),
        headers: noted,
    };
    let read = |body: &[u8]| Ok(lenient(kind.read(body)?, cookie));
    let received = match state.app.receive_lead(&site.actor(), raw, read).await {
        Ok(received) => Some(received),
        // A machine is told the same as a person, so that it does not try another way.
        Err(AppError::Invalid(errors)) if errors.iter().any(|error| error.code == TRAPPED) => None,
        Err(error) => return Err(error.into()),
    };
    if holds(headers, &header::ACCEPT, "json") {
        let body = received.as_ref().map(answer);
        return Ok((StatusCode::CREATED, axum::Json(body)).into_response());
    }
    let wanted = value(&kind.pairs(body), REDIRECT_FIELD);
    Ok(see_other(&back(site, headers, wanted)))
}

/// Reads a kept request again, as its door did.
pub(crate) fn reread(raw: &RawLead) -> Result<LeadInput, AppError> {
    if raw.door != "form" {
        return read_json(&raw.body);
    }
    let kind = raw
        .headers
        .get(header::CONTENT_TYPE.as_str())
        .and_then(Value::as_str);
    let input = BodyKind::of(kind)
        .unwrap_or(BodyKind::Pairs)
        .read(&raw.body)?;
    let visit = raw.headers.get(KEPT_VISIT).and_then(Value::as_str);
    Ok(lenient(input, visit))
}

/// Scripts of the site's pages ask first whether they may send JSON.
async fn allow_form(
    State(state): State<ApiState>,
    Path(site_key): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    site_of(&state, &site_key, &headers)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, accept"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"),
    ];
    for (name, value) in allowed {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    share(&headers, &mut response);
    std::future::ready(Ok(response)).await
}

/// Refuses a form of another site. A browser that tells nothing is believed: some people's
/// settings hide where they are, and their requests must not be lost.
fn refuse_foreign(site: &FormSite, headers: &HeaderMap) -> Result<(), Problem> {
    let told = page_of(headers);
    if told.is_none_or(|page| site.owns(page)) {
        return Ok(());
    }
    let detail = "this form is not on a page of the site";
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        detail,
    ))
}

fn page_of(headers: &HeaderMap) -> Option<&str> {
    let told = |name| text(headers, name).filter(|text| *text != "null" && !text.is_empty());
    told(&header::ORIGIN).or_else(|| told(&header::REFERER))
}

/// Where the visitor goes on: the form's own wish if it leads to the site, else back.
fn back(site: &FormSite, headers: &HeaderMap, wanted: Option<String>) -> String {
    let referrer = text(headers, &header::REFERER).filter(|page| site.owns(page));
    let here = referrer.map_or_else(|| site.home(), ToOwned::to_owned);
    match wanted {
        Some(address) if site.owns(&address) => address,
        Some(path) if path.starts_with('/') && !path.starts_with("//") => {
            let host_end = here.find("://").map_or(0, |at| at + 3);
            let path_start = here[host_end..]
                .find('/')
                .map_or(here.len(), |at| host_end + at);
            let address = format!("{}{path}", &here[..path_start]);
            if site.owns(&address) { address } else { here }
        }
        _ => here,
    }
}

fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(&collect::legal_address(address)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The origin was checked, so its pages may read the answer.
fn share(headers: &HeaderMap, response: &mut Response) {
    if let Some(origin) = headers.get(header::ORIGIN) {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(header::VARY, HeaderValue::from_static("origin"));
    }
}

fn refuse_body(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = format!("a form has at most {LEAD_REQUEST_BYTES_MAX} bytes");
        return Problem::new(rejection.status(), "body_too_large", detail);
    }
    Problem::new(rejection.status(), "bad_body", rejection.body_text())
}

impl BodyKind<'_> {
    fn read(&self, body: &[u8]) -> Result<LeadInput, AppError> {
        match self {
            Self::Json => read_script(body),
            Self::Pairs | Self::Parts { .. } => read_form(&self.pairs(body)),
        }
    }
}

/// JSON that a script made of the form: the snippet's hidden fields are in it by their names.
fn read_script(body: &[u8]) -> Result<LeadInput, AppError> {
    let own = [TRAP_FIELD, VISIT_FIELD, VISITOR_FIELD, REDIRECT_FIELD];
    let mut input = read_form_json(body, &own)?;
    let hidden: Hidden = serde_json::from_slice(body).unwrap_or_default();
    if !matches!(&hidden.trap, Value::Null) && hidden.trap != "" {
        return Err(trapped());
    }
    for (place, text) in [
        (&mut input.visit, hidden.visit),
        (&mut input.visitor, hidden.visitor),
    ] {
        if place.is_empty() {
            *place = text;
        }
    }
    Ok(input)
}

/// The hidden fields of the form snippet.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Hidden {
    #[serde(rename = "throughline_url")]
    trap: Value,
    #[serde(rename = "throughline_visit")]
    visit: String,
    #[serde(rename = "throughline_visitor")]
    visitor: String,
}

fn trapped() -> AppError {
    AppError::invalid(TRAP_FIELD, TRAPPED, "leave this empty")
}

fn read_form(pairs: &[(String, String)]) -> Result<LeadInput, AppError> {
    let mut input = LeadInput::default();
    for (name, text) in pairs {
        let place = match name.as_str() {
            TRAP_FIELD if text.is_empty() => continue,
            TRAP_FIELD => return Err(trapped()),
            REDIRECT_FIELD => continue,
            VISIT_FIELD => &mut input.visit,
            VISITOR_FIELD => &mut input.visitor,
            "name" => &mut input.name,
            "phone" | "tel" => &mut input.phone,
            "email" => &mut input.email,
            "message" | "comment" => &mut input.message,
            "form" => &mut input.form,
            "page" => &mut input.page,
            "click_id" | "gclid" | "yclid" => &mut input.click_id,
            _ => {
                input
                    .fields
                    .insert(name.clone(), Value::String(text.clone()));
                continue;
            }
        };
        text.clone_into(place);
    }
    Ok(input)
}

/// A form was filled in by a person who cannot mend its hidden fields: wrong ones are left out.
fn lenient(mut input: LeadInput, cookie: Option<&str>) -> LeadInput {
    // Only servers with a key may date a lead or name it.
    input.at.clear();
    input.external_id.clear();
    if input.visit.parse::<VisitId>().is_err() {
        cookie.unwrap_or_default().clone_into(&mut input.visit);
    }
    if input.visitor.parse::<VisitorId>().is_err() {
        input.visitor.clear();
    }
    input
}

fn visit_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = text(headers, &header::COOKIE)?.split(';');
    let mut pairs = cookies.filter_map(|pair| pair.trim().split_once('='));
    let (_, visit) = pairs.find(|(name, _)| *name == VISIT_COOKIE)?;
    visit.parse::<VisitId>().is_ok().then_some(visit)
}

fn value(pairs: &[(String, String)], name: &str) -> Option<String> {
    let found = pairs.iter().find(|(known, _)| known == name);
    found
        .map(|(_, text)| text.clone())
        .filter(|text| !text.is_empty())
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn holds(headers: &HeaderMap, name: &header::HeaderName, word: &str) -> bool {
    text(headers, name).is_some_and(|text| text.to_ascii_lowercase().contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_field_by_field() {
        let body = b"name=%D0%90%D0%BD%D0%BD%D0%B0+K&phone=%2B48+512&size=M%&throughline_url=";
        let input = read_form(&BodyKind::Pairs.pairs(body)).unwrap();
        assert_eq!(
            (input.name.as_str(), input.phone.as_str()),
            ("Анна K", "+48 512")
        );
        assert_eq!(input.fields["size"], "M%");
    }

    #[test]
    fn whoever_fills_the_trap_is_a_machine() {
        let error = read_form(&BodyKind::Pairs.pairs(b"name=x&throughline_url=http%3A%2F%2Fspam"))
            .unwrap_err();
        assert_eq!(error.to_string(), "throughline_url: leave this empty");
    }

    #[test]
    fn a_form_is_read_again_with_the_visit_of_its_cookie() {
        let visit = VisitId(7).to_string();
        let mut headers = serde_json::Map::new();
        headers.insert(KEPT_VISIT.to_owned(), visit.as_str().into());
        let raw = RawLead {
            door: "form",
            body: b"phone=512345678".to_vec(),
            headers,
        };
        assert_eq!(reread(&raw).unwrap().visit, visit);
    }

    #[test]
    fn the_way_back_may_have_any_letters() {
        let response = see_other("https://shop.example/спасибо?q=a b#ок");
        let expected = "https://shop.example/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE?q=a%20b\
            #%D0%BE%D0%BA";
        assert_eq!(response.headers()[header::LOCATION], expected);
    }

    #[test]
    fn hidden_fields_that_are_wrong_are_left_out() {
        let visit = VisitId(7).to_string();
        let input = |visit: &str| LeadInput {
            visit: visit.to_owned(),
            ..LeadInput::default()
        };
        assert_eq!(lenient(input(&visit), None).visit, visit);
        assert_eq!(lenient(input("junk"), Some(&visit)).visit, visit);
        assert_eq!(lenient(input("junk"), None).visit, "");
    }
}
