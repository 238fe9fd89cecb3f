//! What an import says of a deal, field by field.

use base::{Currency, LeadId, Traffic, TrafficKey, UnixMillis, VisitId, VisitorId};
use connect::columns::Kind;
use domain::layer::Bearing;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::PersonId;
use store::deals::DealDetails;

use super::check::Draft;
use crate::AppError;
use crate::error::Step as _;
use crate::imports::{LayerField, LayerFields};

/// Deals among the kinds of records that have layers.
pub(crate) const DEAL_LAYERS: (Kind, LayerFields) = (Kind::Deals, fields);

/// Where a deal came from: one thing, though it has several columns.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Origin {
    lead: Option<LeadId>,
    visitor: Option<VisitorId>,
    visit: Option<VisitId>,
    method: String,
    declared: Option<Traffic>,
    traffic: Option<TrafficKey>,
}

fn fields() -> Vec<LayerField> {
    let field = |name, blank, bearing| LayerField {
        name,
        blank,
        bearing,
    };
    let firm = |name, blank| field(name, blank, Bearing::Firm);
    let derived = |name, blank| field(name, blank, Bearing::Derived);
    vec![
        firm("title", json!("")),
        firm("status", json!("")),
        firm("amount", Value::Null),
        firm("cost_of_goods", json!(0)),
        firm("created_at", Value::Null),
        firm("paid_at", Value::Null),
        firm("responsible", json!("")),
        firm("assignee", Value::Null),
        derived("origin", json!(Origin::default())),
        derived("person", Value::Null),
    ]
}

/// All fields of a deal.
pub(super) fn values(details: &DealDetails) -> Vec<(&'static str, Value)> {
    let origin = Origin {
        lead: details.lead_id,
        visitor: details.visitor_id,
        visit: details.visit_id,
        method: details.link_method.clone(),
        declared: details.declared.clone(),
        traffic: details.traffic_key,
    };
    vec![
        ("title", json!(details.title)),
        ("status", json!(details.status)),
        ("amount", json!((details.amount_micros, details.currency))),
        ("cost_of_goods", json!(details.cost_of_goods_micros)),
        ("created_at", json!(details.created_at)),
        ("paid_at", json!(details.paid_at)),
        ("responsible", json!(details.responsible)),
        ("assignee", json!(details.assignee_id)),
        ("origin", json!(origin)),
        ("person", json!(details.person_id)),
    ]
}

/// What the layer of a new deal says: all but who is responsible, where the file names nobody, so
/// that handing the deal on is no change of what the file said.
pub(super) fn created(draft: &Draft, details: &DealDetails) -> Vec<(&'static str, Value)> {
    let mut values = values(details);
    values.retain(|(name, _)| match *name {
        "responsible" => !draft.responsible.is_empty(),
        "assignee" => draft.assignee.is_some(),
        _ => true,
    });
    values
}

/// The fields that a draft says, with what they were and what they are.
pub(super) fn said(
    draft: &Draft,
    before: &DealDetails,
    after: &DealDetails,
) -> Vec<(&'static str, Value, Value)> {
    let pairs = values(before).into_iter().zip(values(after));
    pairs
        .filter(|((name, old), (_, new))| match *name {
            "status" | "amount" | "created_at" => true,
            "title" => !draft.title.is_empty(),
            "cost_of_goods" => draft.cost_of_goods_micros.is_some(),
            "responsible" => !draft.responsible.is_empty(),
            "assignee" => draft.assignee.is_some(),
            "paid_at" => draft.paid.is_some() || old != new,
            _ => old != new,
        })
        .map(|((name, old), (_, new))| (name, old, new))
        .collect()
}

/// Gives a field a value that it had.
pub(super) fn restore(details: &mut DealDetails, name: &str, value: Value) -> Result<(), AppError> {
    const STEP: &str = "read a layer of a deal";
    match name {
        "title" => details.title = serde_json::from_value(value).step(STEP)?,
        "status" => details.status = serde_json::from_value(value).step(STEP)?,
        "amount" => {
            let (micros, currency): (i64, Currency) = serde_json::from_value(value).step(STEP)?;
            (details.amount_micros, details.currency) = (micros, currency);
        }
        "cost_of_goods" => {
            details.cost_of_goods_micros = serde_json::from_value(value).step(STEP)?;
        }
        "created_at" => {
            let at: UnixMillis = serde_json::from_value(value).step(STEP)?;
            details.created_at = at;
        }
        "responsible" => details.responsible = serde_json::from_value(value).step(STEP)?,
        "assignee" => details.assignee_id = serde_json::from_value(value).step(STEP)?,
        "paid_at" => details.paid_at = serde_json::from_value(value).step(STEP)?,
        "person" => {
            let person: Option<PersonId> = serde_json::from_value(value).step(STEP)?;
            details.person_id = person;
        }
        _ => {
            let origin: Origin = serde_json::from_value(value).step(STEP)?;
            details.lead_id = origin.lead;
            details.visitor_id = origin.visitor;
            details.visit_id = origin.visit;
            details.link_method = origin.method;
            details.declared = origin.declared;
            details.traffic_key = origin.traffic;
        }
    }
    Ok(())
}
