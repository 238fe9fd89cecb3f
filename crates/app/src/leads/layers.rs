//! What an import says of a lead, field by field.

use base::{Traffic, TrafficKey, VisitId, VisitorId};
use connect::columns::Kind;
use domain::layer::Bearing;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::leads::LeadDetails;

use super::check::Draft;
use crate::AppError;
use crate::error::Step as _;
use crate::imports::{LayerField, LayerFields};

/// Leads among the kinds of records that have layers.
pub(super) const LEAD_LAYERS: (Kind, LayerFields) = (Kind::Leads, fields);
const STEP: &str = "read a layer of a lead";

/// Where a lead came from: one thing, though it has several columns.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Origin {
    visit: Option<VisitId>,
    visitor: Option<VisitorId>,
    /// As text: JSON's numbers are too narrow for it.
    click: Option<String>,
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
    let origin = Origin {
        method: "unknown".to_owned(),
        ..Origin::default()
    };
    vec![
        firm("at", Value::Null),
        firm("name", json!("")),
        firm("phone", json!(("", Value::Null))),
        firm("email", json!(("", Value::Null))),
        firm("message", json!("")),
        firm("fields", json!({})),
        firm("form", json!("")),
        firm("page", json!("")),
        firm("status", json!("new")),
        firm("responsible", json!("")),
        firm("assignee", Value::Null),
        derived("origin", json!(origin)),
        derived("person", Value::Null),
        derived("duplicate_of", Value::Null),
    ]
}

/// All fields of a lead.
pub(super) fn values(details: &LeadDetails) -> Vec<(&'static str, Value)> {
    let origin = Origin {
        visit: details.visit_id,
        visitor: details.visitor_id,
        click: details.click_id.map(|click| click.to_string()),
        method: details.link_method.clone(),
        declared: details.declared.clone(),
        traffic: details.traffic_key,
    };
    vec![
        ("at", json!(details.at)),
        ("name", json!(details.name)),
        ("phone", json!((&details.phone, &details.phone_e164))),
        ("email", json!((&details.email, &details.email_norm))),
        ("message", json!(details.message)),
        ("fields", details.fields.clone()),
        ("form", json!(details.form)),
        ("page", json!(details.page)),
        ("status", json!(details.status)),
        ("responsible", json!(details.responsible)),
        ("assignee", json!(details.assignee_id)),
        ("origin", json!(origin)),
        ("person", json!(details.person_id)),
        ("duplicate_of", json!(details.duplicate_of)),
    ]
}

/// What the layer of a new lead says: all but who is responsible, where the file names nobody, so
/// that handing the lead on is no change of what the file said.
pub(super) fn created(draft: &Draft, details: &LeadDetails) -> Vec<(&'static str, Value)> {
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
    before: &LeadDetails,
    after: &LeadDetails,
) -> Vec<(&'static str, Value, Value)> {
    let pairs = values(before).into_iter().zip(values(after));
    pairs
        .filter(|((name, old), (_, new))| match *name {
            "at" => draft.is_dated,
            "name" => !draft.name.is_empty(),
            "phone" => !draft.phone_text.is_empty(),
            "email" => !draft.email_text.is_empty(),
            "message" => !draft.message.is_empty(),
            "fields" => !draft.fields.is_empty(),
            "form" => !draft.form.is_empty(),
            "page" => !draft.page.is_empty(),
            "status" => draft.status != domain::lead::LeadStatus::New,
            "responsible" => !draft.responsible.is_empty(),
            "assignee" => draft.assignee.is_some(),
            _ => old != new,
        })
        .map(|((name, old), (_, new))| (name, old, new))
        .collect()
}

/// Gives a field a value that it had.
pub(super) fn restore(details: &mut LeadDetails, name: &str, value: Value) -> Result<(), AppError> {
    match name {
        "at" => details.at = serde_json::from_value(value).step(STEP)?,
        "name" => details.name = serde_json::from_value(value).step(STEP)?,
        "phone" => {
            (details.phone, details.phone_e164) = serde_json::from_value(value).step(STEP)?;
        }
        "email" => {
            (details.email, details.email_norm) = serde_json::from_value(value).step(STEP)?;
        }
        "status" => details.status = serde_json::from_value(value).step(STEP)?,
        "responsible" => details.responsible = serde_json::from_value(value).step(STEP)?,
        "assignee" => details.assignee_id = serde_json::from_value(value).step(STEP)?,
        "message" => details.message = serde_json::from_value(value).step(STEP)?,
        "fields" => details.fields = value,
        "form" => details.form = serde_json::from_value(value).step(STEP)?,
        "page" => details.page = serde_json::from_value(value).step(STEP)?,
        "person" => details.person_id = serde_json::from_value(value).step(STEP)?,
        "duplicate_of" => details.duplicate_of = serde_json::from_value(value).step(STEP)?,
        "origin" => {
            let origin: Origin = serde_json::from_value(value).step(STEP)?;
            details.visit_id = origin.visit;
            details.visitor_id = origin.visitor;
            let click = origin.click.map(|click| click.parse()).transpose();
            details.click_id = click.step(STEP)?;
            details.link_method = origin.method;
            details.declared = origin.declared;
            details.traffic_key = origin.traffic;
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use base::{FactId, LeadId, UnixMillis};
    use store::PersonId;

    use super::*;

    fn blank() -> LeadDetails {
        LeadDetails {
            external_id: None,
            at: UnixMillis(0),
            recorded_at: UnixMillis(0),
            name: String::new(),
            phone: String::new(),
            phone_e164: None,
            email: String::new(),
            email_norm: None,
            message: String::new(),
            fields: json!({}),
            form: String::new(),
            page: String::new(),
            visit_id: None,
            visitor_id: None,
            click_id: None,
            link_method: "unknown".to_owned(),
            declared: None,
            traffic_key: None,
            status: "new".to_owned(),
            duplicate_of: None,
            person_id: None,
            request_id: None,
            import_id: None,
            assignee_id: None,
            responsible: String::new(),
        }
    }

    fn filled() -> LeadDetails {
        LeadDetails {
            at: UnixMillis(1),
            name: "Anna".to_owned(),
            phone: "501 234 567".to_owned(),
            phone_e164: Some("+48501234567".to_owned()),
            email: "Anna@mail.example".to_owned(),
            email_norm: Some("anna@mail.example".to_owned()),
            message: "Call me".to_owned(),
            fields: json!({ "size": "M" }),
            form: "order".to_owned(),
            page: "/".to_owned(),
            visit_id: Some(VisitId(u64::MAX)),
            visitor_id: Some(VisitorId(u64::MAX)),
            click_id: Some(FactId(u128::MAX)),
            link_method: "click".to_owned(),
            declared: Some(Traffic::default()),
            traffic_key: Some(TrafficKey(u64::MAX)),
            status: "qualified".to_owned(),
            duplicate_of: Some(LeadId(1)),
            person_id: Some(PersonId(2)),
            assignee_id: Some(base::UserId(3)),
            responsible: "oleg@shop.example".to_owned(),
            ..blank()
        }
    }

    #[test]
    fn every_field_comes_back_also_with_the_widest_ids() {
        for (mut from, to) in [(blank(), filled()), (filled(), blank())] {
            for (name, value) in values(&to) {
                restore(&mut from, name, value).unwrap();
            }
            assert_eq!(from, to);
        }
    }
}
