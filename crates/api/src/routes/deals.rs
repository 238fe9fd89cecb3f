//! Deals in batches, and their list.

use app::{DealInput, DealQuery, DealSumView, DealView, ItemOutcome, ItemResult};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::leads::{day, page};
use crate::body::{Json, Query};
use crate::caller::Caller;
use crate::etag::tag;
use crate::page::List;
use crate::problem::{ApiResult, Problem, ProblemField};
use crate::state::ApiState;
use crate::words::{BatchResult, DealGroupShown, LinkMethod};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_deals, save_deals))
        .routes(routes!(sum_deals))
}

/// A deal or order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deal {
    id: i64,
    external_id: String,
    title: String,
    status: String,
    /// `not_counted`, `in_work`, `paid`, `cancelled`, or `unmapped`.
    #[schema(value_type = DealGroupShown)]
    group: &'static str,
    amount: String,
    /// Nothing for who may not see margin.
    #[schema(required)]
    cost_of_goods: Option<String>,
    currency: String,
    created_at: String,
    #[schema(required)]
    paid_at: Option<String>,
    #[schema(required)]
    lead_id: Option<i64>,
    #[schema(required)]
    person_id: Option<i64>,
    /// The person's name, where it is known.
    #[schema(required)]
    person: Option<String>,
    #[schema(required)]
    visit: Option<String>,
    #[schema(value_type = LinkMethod)]
    link_method: String,
    /// The member who is responsible for it, or else for its lead.
    #[schema(required)]
    assignee_id: Option<i64>,
    /// What they are called, where they are a member still.
    #[schema(required)]
    assignee: Option<String>,
    /// As the CRM that it came from names whoever is responsible; empty where it names nobody.
    responsible: String,
    etag: String,
}

/// What deals of one currency come to.
#[derive(Debug, Serialize, ToSchema)]
struct DealSum {
    currency: String,
    deals: i64,
    amount: String,
    /// Nothing for who may not see margin.
    #[schema(required)]
    cost_of_goods: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct DealsBody {
    /// At most 1000.
    items: Vec<DealBody>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct DealBody {
    /// Your own id: sending it again changes the same deal.
    external_id: String,
    title: Option<String>,
    status: String,
    #[schema(example = "1200.00")]
    amount: String,
    cost_of_goods: Option<String>,
    /// The workspace's when absent.
    currency: Option<String>,
    created_at: String,
    paid_at: Option<String>,
    visit: Option<String>,
    visitor: Option<String>,
    lead_external_id: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

/// What became of the items, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchAnswer {
    pub(super) items: Vec<ItemAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemAnswer {
    external_id: String,
    /// `created`, `updated`, `unchanged` or `rejected`.
    #[schema(value_type = BatchResult)]
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ProblemField, required = false)]
    error: Option<ProblemField>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DealFilter {
    status: Option<String>,
    /// Who is responsible: a member's number, `me`, or `nobody`.
    assignee: Option<String>,
    /// Part of a title or id.
    q: Option<String>,
    /// First day.
    from: Option<String>,
    /// Last day.
    to: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// Deals, newest first.
#[utoipa::path(get, path = "/deals", params(DealFilter), responses(
    (status = 200, body = List<Deal>), (status = "default", body = Problem)))]
async fn list_deals(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(filter): Query<DealFilter>,
) -> ApiResult<axum::Json<List<Deal>>> {
    let page = page(filter.cursor.as_deref(), filter.limit.as_deref())?;
    let query = filter.query()?;
    let deals = state
        .app
        .list_deals(&actor, &query, page.request()?)
        .await?;
    Ok(axum::Json(List::of(deals, shape)))
}

/// What deals come to, by currency; of a filtered list, that of all its pages.
#[utoipa::path(get, path = "/deals/sums", params(DealFilter), responses(
    (status = 200, body = List<DealSum>), (status = "default", body = Problem)))]
async fn sum_deals(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(filter): Query<DealFilter>,
) -> ApiResult<axum::Json<List<DealSum>>> {
    let sums = state.app.deal_sums(&actor, &filter.query()?).await?;
    let shape = |sum: DealSumView| {
        let money = |micros| base::Money::new(micros, sum.currency).decimal();
        DealSum {
            currency: sum.currency.to_string(),
            deals: sum.deals,
            amount: money(sum.amount_micros),
            cost_of_goods: sum.cost_of_goods_micros.map(money),
        }
    };
    Ok(axum::Json(List::whole(
        sums.into_iter().map(shape).collect(),
    )))
}

impl DealFilter {
    fn query(&self) -> Result<DealQuery, Problem> {
        Ok(DealQuery {
            status: self.status.clone().filter(|text| !text.is_empty()),
            assignee: self.assignee.clone(),
            text: self.q.clone(),
            from: day("from", self.from.as_deref())?,
            to: day("to", self.to.as_deref())?,
        })
    }
}

/// Create or change deals.
#[utoipa::path(post, path = "/deals", request_body = DealsBody, responses(
    (status = 200, body = BatchAnswer), (status = "default", body = Problem)))]
async fn save_deals(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<DealsBody>,
) -> ApiResult<axum::Json<BatchAnswer>> {
    let items: Vec<DealInput> = body.items.into_iter().map(DealInput::from).collect();
    let outcomes = state.app.save_deals(&actor, &items).await?;
    Ok(axum::Json(BatchAnswer {
        items: outcomes.into_iter().map(item).collect(),
    }))
}

pub(super) fn item(outcome: ItemOutcome) -> ItemAnswer {
    let (result, error) = match outcome.result {
        ItemResult::Created => ("created", None),
        ItemResult::Updated => ("updated", None),
        ItemResult::Unchanged => ("unchanged", None),
        ItemResult::Rejected(error) => ("rejected", Some(error.into())),
    };
    ItemAnswer {
        external_id: outcome.external_id,
        result,
        error,
    }
}

pub(super) fn shape(view: DealView) -> Deal {
    let group = view.group.map_or("unmapped", app::StatusGroup::name);
    let details = view.deal.details;
    let money = |micros| base::Money::new(micros, details.currency).decimal();
    Deal {
        id: view.deal.id.0,
        group,
        amount: money(details.amount_micros),
        cost_of_goods: view.cost_of_goods_micros.map(money),
        currency: details.currency.to_string(),
        external_id: details.external_id,
        title: details.title,
        status: details.status,
        created_at: details.created_at.rfc3339(),
        paid_at: details.paid_at.map(base::UnixMillis::rfc3339),
        lead_id: details.lead_id.map(|lead| lead.0),
        person: view.person,
        person_id: details.person_id.map(|person| person.0),
        visit: details.visit_id.map(|visit| visit.to_string()),
        link_method: details.link_method,
        assignee_id: view.assignee.map(|user| user.0),
        assignee: view.assignee_name,
        responsible: details.responsible,
        etag: tag(view.deal.version),
    }
}

impl From<DealBody> for DealInput {
    fn from(body: DealBody) -> Self {
        Self {
            external_id: body.external_id,
            title: body.title.unwrap_or_default(),
            status: body.status,
            amount: body.amount,
            cost_of_goods: body.cost_of_goods.unwrap_or_default(),
            currency: body.currency.unwrap_or_default(),
            created_at: body.created_at,
            paid_at: body.paid_at.unwrap_or_default(),
            visit: body.visit.unwrap_or_default(),
            visitor: body.visitor.unwrap_or_default(),
            lead_external_id: body.lead_external_id.unwrap_or_default(),
            phone: body.phone.unwrap_or_default(),
            email: body.email.unwrap_or_default(),
        }
    }
}
