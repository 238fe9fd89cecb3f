//! Invitations into the workspace, and what their links open.

use app::{InvitationId, Invited, NewPerson, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::ChannelId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path};
use crate::caller::{Caller, CallerOrigin, Visiting};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::routes::sessions::{Me, me_of, welcome};
use crate::state::ApiState;
use crate::words::{LanguageCode, RoleName};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations, invite))
        .routes(routes!(revoke_invitation))
        .routes(routes!(send_invitation))
        .routes(routes!(preview_invitation))
        .routes(routes!(redeem_invitation))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationBody {
    email: String,
    #[schema(value_type = RoleName)]
    role: String,
    /// The channels that they are to see, those at the top of the tree; all of them when absent.
    /// A role from outside needs some.
    channels: Option<Vec<i64>>,
}

/// Somebody who was invited and has not joined yet.
#[derive(Debug, Serialize, ToSchema)]
struct Invitation {
    id: i64,
    email: String,
    #[schema(value_type = RoleName)]
    role: String,
    /// The channels that they are to see; all of them when nothing is said.
    #[schema(required)]
    channels: Option<Vec<i64>>,
    invited_at: String,
    /// The links are worth nothing from then on.
    expires_at: String,
    /// What became of the mail.
    mail: InvitationMail,
    /// Why the last try to send it came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mail_failure: Option<String>,
    /// Joins by itself; given only in the answer to inviting.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    link: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum InvitationMail {
    /// On its way.
    Waiting,
    Sent,
    /// In a folder of the server: no mail server is set.
    Kept,
    /// Given up.
    Failed,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkSecret {
    /// What stands behind the `#` of the link.
    secret: String,
}

/// What an invitation's link opens.
#[derive(Debug, Serialize, ToSchema)]
struct InvitationPreview {
    workspace: String,
    email: String,
    #[schema(value_type = RoleName)]
    role: &'static str,
    /// The channels that they will see, by name; all of them when nothing is said.
    #[schema(required)]
    channels: Option<Vec<String>>,
    /// Somebody has an account with the address: sign in, then redeem.
    has_account: bool,
}

/// Who joins. A person who is signed in sends the secret alone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Joining {
    secret: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default = "english")]
    #[schema(value_type = LanguageCode)]
    language: String,
}

fn english() -> String {
    "en".to_owned()
}

/// Who was invited and has not joined yet.
#[utoipa::path(get, path = "/invitations", responses(
    (status = 200, body = List<Invitation>), (status = "default", body = Problem)))]
async fn list_invitations(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Invitation>>> {
    let invitations = state.app.list_invitations(&actor).await?;
    let shape = |invitation| shape(&state, invitation, None);
    Ok(axum::Json(List::whole(
        invitations
            .into_iter()
            .map(shape)
            .collect::<ApiResult<_>>()?,
    )))
}

/// Invite somebody by mail.
///
/// Whoever was invited before is invited anew, with the role of now.
#[utoipa::path(post, path = "/invitations", request_body = InvitationBody, responses(
    (status = 201, body = Invitation), (status = "default", body = Problem)))]
async fn invite(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<InvitationBody>,
) -> ApiResult<(StatusCode, axum::Json<Invitation>)> {
    let ids = |ids: Vec<i64>| ids.into_iter().map(ChannelId).collect();
    let channels = body.channels.map(ids);
    let invited = state
        .app
        .invite(&actor, &body.email, &body.role, channels)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(told(&state, invited)?)))
}

/// Send an invitation again.
#[utoipa::path(post, path = "/invitations/{id}/send", params(("id" = i64, Path)), responses(
    (status = 200, body = Invitation), (status = "default", body = Problem)))]
async fn send_invitation(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<Invitation>> {
    let invited = state.app.invite_again(&actor, InvitationId(id)).await?;
    Ok(axum::Json(told(&state, invited)?))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/invitations/{id}", params(("id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn revoke_invitation(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<StatusCode> {
    state
        .app
        .revoke_invitation(&actor, InvitationId(id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation's link opens.
#[utoipa::path(post, path = "/invitations/preview", request_body = LinkSecret, responses(
    (status = 200, body = InvitationPreview), (status = "default", body = Problem)))]
async fn preview_invitation(
    State(state): State<ApiState>,
    Json(body): Json<LinkSecret>,
) -> ApiResult<axum::Json<InvitationPreview>> {
    let opened = state.app.preview_invitation(&body.secret).await?;
    Ok(axum::Json(InvitationPreview {
        workspace: opened.workspace,
        email: opened.email,
        role: opened.role.name(),
        channels: opened.channels,
        has_account: opened.has_account,
    }))
}

/// Join the workspace of an invitation: as the person who is signed in, or as a new one.
#[utoipa::path(post, path = "/invitations/redeem", request_body = Joining, responses(
    (status = 200, description = "Joined", body = Me),
    (status = 201, description = "Joined and signed in", body = Me),
    (status = "default", body = Problem)))]
async fn redeem_invitation(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    Visiting(visitor): Visiting,
    Json(body): Json<Joining>,
) -> ApiResult<Response> {
    if let Some(visitor) = visitor {
        state.app.join(&visitor, &body.secret).await?;
        return Ok(me_of(&state, &visitor).await?.into_response());
    }
    let person = NewPerson {
        name: body.name,
        password: body.password,
        language: body.language,
    };
    let joined = state.app.join_as_new(&body.secret, person, &origin).await?;
    welcome(&state, joined)
}

fn told(state: &ApiState, invited: Invited) -> ApiResult<Invitation> {
    shape(state, invited.invitation, Some(invited.link))
}

fn shape(
    state: &ApiState,
    invitation: rows::Invitation,
    link: Option<String>,
) -> ApiResult<Invitation> {
    let has_failed = !invitation.failure.is_empty();
    let mail = match (invitation.mails_due > 0, has_failed) {
        (false, true) => InvitationMail::Failed,
        _ if !state.app.mail_is_connected() => InvitationMail::Kept,
        (true, _) => InvitationMail::Waiting,
        (false, false) => InvitationMail::Sent,
    };
    let channels = app::stored_channels(invitation.channels)?;
    Ok(Invitation {
        id: invitation.id.0,
        email: invitation.email,
        role: invitation.role,
        channels: channels.map(|ids| ids.into_iter().map(|id| id.0).collect()),
        invited_at: invitation.created_at.rfc3339(),
        expires_at: invitation.expires_at.rfc3339(),
        mail,
        mail_failure: has_failed.then_some(invitation.failure),
        link,
    })
}
