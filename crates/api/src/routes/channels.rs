//! The channel tree and its rules.

use std::collections::HashMap;

use app::rules::{ChannelRule, Condition, ConditionField, ConditionOp};
use app::{ChannelInput, ChannelPatch, RulesPreview, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::ChannelId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{ChannelKind, RuleField, RuleOp};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_channels, create_channel))
        .routes(routes!(update_channel, archive_channel))
        .routes(routes!(show_channel_rules, publish_channel_rules))
        .routes(routes!(preview_channel_rules))
        .routes(routes!(list_channel_rule_versions))
        .routes(routes!(restore_channel_rules))
}

/// A node of the channel tree.
#[derive(Debug, Serialize, ToSchema)]
struct Channel {
    id: i64,
    #[schema(required)]
    parent_id: Option<i64>,
    name: String,
    #[schema(value_type = ChannelKind)]
    kind: String,
    /// A place in the palette: 0 to 9 are its colours, 10 to 19 the same ones as rings.
    colour: i64,
    position: i64,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct ChannelBody {
    parent_id: Option<i64>,
    name: String,
    #[schema(value_type = ChannelKind)]
    kind: String,
    #[serde(default)]
    colour: i64,
    #[serde(default)]
    position: i64,
}

/// What changes about a channel; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelPatchBody {
    /// `null` moves the channel to the first level.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    parent_id: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = ChannelKind, required = false)]
    kind: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    colour: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    position: Option<i64>,
}

/// Rules in force; the first that matches decides.
#[derive(Debug, Serialize, ToSchema)]
struct Rules {
    version: i64,
    etag: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct RulesBody {
    rules: Vec<Rule>,
    #[serde(default)]
    note: String,
}

/// All conditions must hold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Rule {
    channel_id: i64,
    #[serde(default)]
    name: String,
    conditions: Vec<RuleCondition>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct RuleCondition {
    /// `source`, `medium`, `campaign`, `ad_group`, `ad`, `keyword`, `click_id`, `referrer` or
    /// `default_channel`.
    #[schema(value_type = RuleField)]
    field: ConditionField,
    /// `is`, `is_not`, `contains`, `starts_with`, `matches` or `is_empty`.
    #[schema(value_type = RuleOp)]
    op: ConditionOp,
    #[serde(default)]
    value: String,
}

/// What rules would change.
#[derive(Debug, Serialize, ToSchema)]
struct Preview {
    /// Sources that move to another channel.
    changed: usize,
    /// Visits that move with them.
    changed_visits: i64,
    /// Sources that no rule matches.
    unmatched: usize,
    unmatched_visits: i64,
    examples: Vec<Example>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Example {
    source: String,
    medium: String,
    campaign: String,
    #[schema(required)]
    from: Option<String>,
    #[schema(required)]
    to: Option<String>,
    visits: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct RulesVersion {
    version: i64,
    created_at: String,
    #[schema(required)]
    author: Option<String>,
    rules_count: usize,
    note: String,
}

/// The channels of the workspace.
#[utoipa::path(get, path = "/channels", responses(
    (status = 200, body = List<Channel>), (status = "default", body = Problem)))]
async fn list_channels(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Channel>>> {
    let channels = state.app.list_channels(&actor).await?;
    Ok(axum::Json(List::whole(
        channels.into_iter().map(shape).collect(),
    )))
}

/// Add a channel.
#[utoipa::path(post, path = "/channels", request_body = ChannelBody, responses(
    (status = 201, body = Channel), (status = "default", body = Problem)))]
async fn create_channel(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ChannelBody>,
) -> ApiResult<Response> {
    let channel = state.app.create_channel(&actor, &body.into()).await?;
    Ok((StatusCode::CREATED, versioned(channel)).into_response())
}

/// Change a channel.
#[utoipa::path(patch, path = "/channels/{id}", request_body = ChannelPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Channel), (status = "default", body = Problem)))]
async fn update_channel(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ChannelPatchBody>,
) -> ApiResult<Response> {
    let channel = state
        .app
        .update_channel(&actor, ChannelId(id), version, body.into())
        .await?;
    Ok(versioned(channel).into_response())
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChannelRemoval {
    /// Channel that takes over the rules of the one that goes; needed where it has some.
    rules_to: Option<i64>,
}

/// Take a channel out of the tree; a 409 with the code `has_rules` where rules still fill it.
#[utoipa::path(delete, path = "/channels/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header), ChannelRemoval), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn archive_channel(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Query(removal): Query<ChannelRemoval>,
) -> ApiResult<StatusCode> {
    let rules_to = removal.rules_to.map(ChannelId);
    state
        .app
        .archive_channel(&actor, ChannelId(id), version, rules_to)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The rules in force.
#[utoipa::path(get, path = "/channel-rules", responses(
    (status = 200, body = Rules), (status = "default", body = Problem)))]
async fn show_channel_rules(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<Response> {
    rules_in_force(&state, &actor).await
}

/// Put new rules in force; history is labelled by them.
#[utoipa::path(put, path = "/channel-rules", request_body = RulesBody,
    params(("If-Match" = String, Header)), responses(
    (status = 200, body = Rules), (status = "default", body = Problem)))]
async fn publish_channel_rules(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Json(body): Json<RulesBody>,
) -> ApiResult<Response> {
    let rules = rules_of(body.rules);
    state
        .app
        .publish_channel_rules(&actor, version, &rules, &body.note)
        .await?;
    rules_in_force(&state, &actor).await
}

/// What rules would change, without changing it.
#[utoipa::path(post, path = "/channel-rules/preview", request_body = RulesBody, responses(
    (status = 200, body = Preview), (status = "default", body = Problem)))]
async fn preview_channel_rules(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<RulesBody>,
) -> ApiResult<axum::Json<Preview>> {
    let preview = state
        .app
        .preview_channel_rules(&actor, &rules_of(body.rules))
        .await?;
    let names = state.app.list_channels(&actor).await?;
    Ok(axum::Json(preview_shape(preview, names)))
}

/// Every set of rules that was in force, newest first.
#[utoipa::path(get, path = "/channel-rules/versions", params(PageQuery), responses(
    (status = 200, body = List<RulesVersion>), (status = "default", body = Problem)))]
async fn list_channel_rule_versions(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<RulesVersion>>> {
    let page = page.request()?;
    let versions = state.app.channel_rule_versions(&actor, page).await?;
    let people = state.app.list_users(&actor).await?;
    let names: HashMap<i64, String> = people
        .into_iter()
        .map(|user| (user.id.0, user.name))
        .collect();
    let shape = |rules: rows::ChannelRules| RulesVersion {
        version: rules.version,
        created_at: rules.created_at.rfc3339(),
        author: rules.author_id.and_then(|id| names.get(&id.0).cloned()),
        rules_count: rules.rules.as_array().map_or(0, Vec::len),
        note: rules.note,
    };
    Ok(axum::Json(List::of(versions, shape)))
}

/// Put an old set of rules in force again.
#[utoipa::path(post, path = "/channel-rules/versions/{version}/restore",
    params(("version" = i64, Path)), responses(
    (status = 200, body = Rules), (status = "default", body = Problem)))]
async fn restore_channel_rules(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(version): Path<i64>,
) -> ApiResult<Response> {
    state.app.restore_channel_rules(&actor, version).await?;
    rules_in_force(&state, &actor).await
}

async fn rules_in_force(state: &ApiState, actor: &app::Actor) -> ApiResult<Response> {
    let (version, rules) = state.app.channel_rules(actor).await?;
    let rules = rules.into_iter().map(rule_shape).collect();
    let body = Rules {
        version,
        etag: tag(version),
        rules,
    };
    Ok(Versioned { version, body }.into_response())
}

fn preview_shape(preview: RulesPreview, channels: Vec<rows::Channel>) -> Preview {
    let names: HashMap<ChannelId, String> = channels
        .into_iter()
        .map(|channel| (channel.id, channel.details.name))
        .collect();
    let name = |id: Option<ChannelId>| id.and_then(|id| names.get(&id).cloned());
    let examples = preview
        .examples
        .into_iter()
        .map(|example| Example {
            source: example.traffic.source,
            medium: example.traffic.medium,
            campaign: example.traffic.campaign,
            from: name(example.from),
            to: name(example.to),
            visits: example.visits,
        })
        .collect();
    Preview {
        changed: preview.changed,
        changed_visits: preview.changed_visits,
        unmatched: preview.unmatched,
        unmatched_visits: preview.unmatched_visits,
        examples,
    }
}

fn versioned(channel: rows::Channel) -> Versioned<Channel> {
    Versioned {
        version: channel.version,
        body: shape(channel),
    }
}

fn shape(channel: rows::Channel) -> Channel {
    let details = channel.details;
    Channel {
        id: channel.id.0,
        parent_id: details.parent_id.map(|id| id.0),
        name: details.name,
        kind: details.kind,
        colour: details.colour,
        position: details.position,
        etag: tag(channel.version),
    }
}

fn rule_shape(rule: ChannelRule) -> Rule {
    let conditions = rule
        .conditions
        .into_iter()
        .map(|one| RuleCondition {
            field: one.field,
            op: one.op,
            value: one.value,
        })
        .collect();
    Rule {
        channel_id: rule.channel.0,
        name: rule.name,
        conditions,
    }
}

fn rules_of(rules: Vec<Rule>) -> Vec<ChannelRule> {
    let condition = |one: RuleCondition| Condition {
        field: one.field,
        op: one.op,
        value: one.value,
    };
    rules
        .into_iter()
        .map(|rule| ChannelRule {
            channel: ChannelId(rule.channel_id),
            name: rule.name,
            conditions: rule.conditions.into_iter().map(condition).collect(),
        })
        .collect()
}

impl From<ChannelBody> for ChannelInput {
    fn from(body: ChannelBody) -> Self {
        Self {
            parent: body.parent_id.map(ChannelId),
            name: body.name,
            kind: body.kind,
            colour: body.colour,
            position: body.position,
        }
    }
}

impl From<ChannelPatchBody> for ChannelPatch {
    fn from(body: ChannelPatchBody) -> Self {
        Self {
            parent: body.parent_id.map(|parent| parent.map(ChannelId)),
            name: body.name,
            kind: body.kind,
            colour: body.colour,
            position: body.position,
        }
    }
}
