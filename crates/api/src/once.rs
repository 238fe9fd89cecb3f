//! `Idempotency-Key`: a write that is sent twice is done once and answered twice.

use app::Turn;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::LengthLimitError;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};

use crate::body::late_body;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::rights::BASE;
use crate::state::ApiState;

/// Largest request that takes a key, and largest answer that is kept to be repeated.
const KEPT_BYTES_MAX: usize = 2 << 20;
pub(crate) const KEY_HEADER: &str = "idempotency-key";
const JSON: &str = "application/json";
const REPLAYED_HEADER: &str = "idempotent-replayed";

/// What is kept of the answer to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Whole,
    /// The answer holds a secret, which must not be lying about.
    IdAlone,
}

/// The writes that are done once for a key. Any other POST reads, or may be done twice.
const WRITES: &[(&str, Kept)] = &[
    ("/annotations", Kept::Whole),
    ("/api-keys", Kept::IdAlone),
    ("/api-keys/{id}/signing-secret", Kept::IdAlone),
    ("/channel-rules/versions/{version}/restore", Kept::Whole),
    ("/channels", Kept::Whole),
    ("/conversion-targets", Kept::Whole),
    ("/conversion-targets/{id}/batches", Kept::Whole),
    ("/custom-metrics", Kept::Whole),
    ("/deals", Kept::Whole),
    ("/erasures", Kept::Whole),
    ("/goal-alerts", Kept::Whole),
    ("/goals", Kept::Whole),
    ("/import-mappings", Kept::Whole),
    ("/import-sources", Kept::Whole),
    ("/import-sources/{id}/read", Kept::Whole),
    ("/imports", Kept::Whole),
    ("/imports/{id}/cancel", Kept::Whole),
    ("/imports/{id}/undo", Kept::Whole),
    ("/invitations", Kept::IdAlone),
    ("/leads", Kept::Whole),
    ("/links", Kept::Whole),
    ("/manual-costs", Kept::Whole),
    ("/payments", Kept::Whole),
    ("/person-requests", Kept::Whole),
    ("/report-schedules", Kept::Whole),
    ("/report-schedules/{id}/leave", Kept::Whole),
    ("/report-schedules/{id}/test", Kept::Whole),
    ("/saved-views", Kept::Whole),
    ("/segments", Kept::Whole),
    ("/service-accounts", Kept::Whole),
    ("/share-links", Kept::IdAlone),
    ("/sites", Kept::Whole),
    ("/teams", Kept::Whole),
    ("/webhooks", Kept::IdAlone),
    ("/webhooks/{id}/deliveries/{delivery}/replay", Kept::Whole),
    ("/webhooks/{id}/secret", Kept::IdAlone),
    ("/webhooks/{id}/test", Kept::Whole),
    ("/workspaces", Kept::Whole),
];

/// What a repeated write is told when its first answer was not kept.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct AnswerLost {
    /// What the write made, where it made a record: ask for it by this id.
    id: Option<i64>,
    /// Always true: the work was done once, and its answer cannot be told again.
    answer_lost: bool,
}

/// Does a write with a key once.
pub(crate) async fn keep(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = request
        .headers()
        .get(KEY_HEADER)
        .and_then(|key| key.to_str().ok());
    let (Some(key), Some(kept)) = (key.map(str::to_owned), kept(&request)) else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    // Who may not write is told so by the handler.
    let Ok(Caller(actor)) = Caller::from_request_parts(&mut parts, &state).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = to_bytes(body, KEPT_BYTES_MAX).await.map_err(refused_body)?;
    let mut identity = format!("{} {}\n", parts.method, parts.uri).into_bytes();
    identity.extend_from_slice(&body);
    let ticket = match state.app.claim_request(&actor, &key, &identity).await? {
        Turn::Work(ticket) => ticket,
        Turn::Answered { status, body } => return Ok(replay(status, body)),
        Turn::Unanswered { made } => return Ok(answer_lost(made)),
    };
    let work = next.run(Request::from_parts(parts, Body::from(body)));
    let response = ticket.within(work).await;
    let status = response.status();
    if !status.is_success() || kept == Kept::IdAlone {
        // Another try was carried out meanwhile: what it made is what was asked for.
        let done = state.app.forget_request(ticket).await?;
        return Ok(match done {
            Some(work) if status == StatusCode::CONFLICT => answer_lost(work.made),
            _ => response,
        });
    }
    let (parts, body) = response.into_parts();
    // The answer was made in memory and the work is done: whatever its size, it is given.
    let body = to_bytes(body, usize::MAX).await.map_err(|_| {
        let detail = "the work is done, but its answer was lost: send the request again";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    })?;
    if body.len() > KEPT_BYTES_MAX {
        // A repeated request is told that the work was done, and what was made.
        state.app.forget_request(ticket).await?;
    } else {
        state
            .app
            .remember_answer(ticket, status.as_u16(), &body)
            .await?;
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn refused_body(error: axum::Error) -> Problem {
    if !error.into_inner().is::<LengthLimitError>() {
        return late_body();
    }
    let detail = "the body is too large for an Idempotency-Key";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}

/// Says in the document which writes take a key.
pub(crate) fn describe(document: &mut OpenApi) {
    for (path, _) in WRITES {
        let item = document.paths.paths.get_mut(&format!("{BASE}{path}"));
        let Some(operation) = item.and_then(|item| item.post.as_mut()) else {
            continue;
        };
        let detail = "Any text of your own: the same request again with the same key within a \
            day is done once.";
        let mut parameter = Parameter::new("Idempotency-Key");
        parameter.parameter_in = ParameterIn::Header;
        parameter.required = Required::False;
        parameter.description = Some(detail.to_owned());
        parameter.schema = Some(ObjectBuilder::new().schema_type(Type::String).into());
        let parameters = operation.parameters.get_or_insert_default();
        parameters.push(parameter);
        describe_lost(operation);
    }
}

/// A lost answer is a 200, beside the answer that usually has this status, if any.
fn describe_lost(operation: &mut Operation) {
    let lost = RefOr::Ref(Ref::from_schema_name("AnswerLost"));
    let responses = &mut operation.responses.responses;
    let usual = match responses.get_mut("200") {
        Some(RefOr::T(response)) => response.content.get_mut(JSON),
        _ => None,
    };
    if let Some(content) = usual {
        let usual = content.schema.take();
        let either = OneOfBuilder::new().item(lost);
        content.schema = Some(usual.into_iter().fold(either, OneOfBuilder::item).into());
    } else {
        let content = ContentBuilder::new().schema(Some(lost)).build();
        let response = ResponseBuilder::new()
            .description("Done before, with this key; the answer was not kept.")
            .content(JSON, content);
        responses.insert("200".to_owned(), response.build().into());
    }
}

/// Whether an answer repeats an earlier one.
pub(crate) fn is_replay(response: &Response) -> bool {
    response.headers().contains_key(REPLAYED_HEADER)
}

fn kept(request: &Request) -> Option<Kept> {
    let route = request.extensions().get::<MatchedPath>()?;
    let path = route.as_str().strip_prefix(BASE)?;
    let mut writes = WRITES.iter();
    let (_, kept) = writes.find(|(known, _)| *known == path)?;
    (request.method() == Method::POST).then_some(*kept)
}

/// What was made is told by its id alone: the record may have changed since.
fn answer_lost(made: Option<i64>) -> Response {
    let lost = AnswerLost {
        id: made,
        answer_lost: true,
    };
    replay(200, serde_json::to_vec(&lost).unwrap_or_default())
}

fn replay(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    headers.insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// POSTs that take no key, and why.
    const DONE_ANEW: &[(&str, &str)] = &[
        ("/backups", "is one back-up, however often it is asked for"),
        ("/channel-rules/preview", "reads"),
        ("/events", "tells its events apart by their own ids"),
        (
            "/exchange-rates/convert",
            "names the version of the rates, and what is converted stays so",
        ),
        ("/conversion-targets/{id}/preview", "reads"),
        ("/exchange-rates/convert/preview", "reads"),
        ("/exchange-rates/read", "reads"),
        (
            "/imports/preview",
            "is a file, which is told apart by its content",
        ),
        (
            "/email-verifications/redeem",
            "has no actor, and a link that works once",
        ),
        ("/invitations/preview", "reads"),
        ("/invitations/redeem", "has a link that works once"),
        ("/invitations/{id}/send", "is to send another mail"),
        ("/me/email", "is a mail that waits only once"),
        ("/me/passkeys", "takes what was begun once"),
        ("/me/passkeys/challenge", "begins anew"),
        ("/me/password", "is the same a second time"),
        ("/me/provider-links", "takes what was begun once"),
        ("/me/provider-links/challenge", "begins anew"),
        ("/me/second-factor", "holds a secret that nothing keeps"),
        ("/me/second-factor/confirm", "takes a code once"),
        ("/me/second-factor/off", "takes a code once"),
        ("/me/second-factor/recovery-codes", "takes a code once"),
        (
            "/password-resets",
            "has no actor, and a mail that waits only once",
        ),
        (
            "/password-resets/redeem",
            "has no actor, and a link that works once",
        ),
        ("/privacy/export", "reads"),
        ("/privacy/person", "reads"),
        ("/privacy/retention/preview", "reads"),
        ("/reports/export", "reads"),
        ("/reports/query", "reads"),
        ("/custom-metrics/check", "reads"),
        ("/custom-metrics/preview", "reads"),
        ("/goals/query", "reads"),
        ("/visits/query", "reads"),
        ("/reports/rows", "reads"),
        ("/sessions", "has no actor yet"),
        ("/sessions/passkey", "has no actor yet"),
        ("/sessions/passkey/challenge", "has no actor yet"),
        ("/sessions/proof", "takes a code once"),
        ("/sessions/proof/challenge", "begins anew"),
        ("/sessions/proof/provider", "begins anew"),
        ("/sessions/provider", "has no actor yet"),
        ("/sessions/provider/challenge", "has no actor yet"),
        ("/setup", "has no actor yet"),
        ("/share-links/open", "reads"),
    ];

    #[test]
    fn every_documented_post_is_done_once_or_said_to_be_done_anew() {
        let document: serde_json::Value = serde_json::from_str(&crate::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let posts = paths.iter().filter(|(_, item)| item.get("post").is_some());
        let documented: BTreeSet<&str> = posts
            .map(|(path, _)| path.strip_prefix(BASE).unwrap())
            .collect();
        let once = WRITES.iter().map(|(path, _)| *path);
        let anew = DONE_ANEW.iter().map(|(path, _)| *path);
        let known: BTreeSet<&str> = once.chain(anew).collect();
        assert_eq!(known, documented);
        assert_eq!(known.len(), WRITES.len() + DONE_ANEW.len());
    }
}
