//! What webhooks are told: written in the transaction of the event, so that a message goes out
//! exactly for what was committed.

use base::{Money, PaymentId, UnixMillis, WorkspaceId};
use serde_json::{Value, json};
use store::deals::Deal;
use store::leads::Lead;
use store::payments::PaymentDetails;
use store::webhooks::{self, NewDelivery};
use store::{GoalAlertId, GoalLookId, ReportScheduleId, Tx, WebhookId};

use crate::AppError;
use crate::outbox::derived_id;

pub(crate) const LEAD_CREATED: &str = "lead.created";
pub(crate) const LEAD_STATUS_CHANGED: &str = "lead.status_changed";
pub(crate) const DEAL_CREATED: &str = "deal.created";
pub(crate) const DEAL_STATUS_CHANGED: &str = "deal.status_changed";
pub(crate) const PAYMENT_CREATED: &str = "payment.created";
/// A saved view that is sent by schedule.
pub(crate) const REPORT_READY: &str = "report.ready";
/// A goal that is watched is beyond its bound.
pub(crate) const GOAL_ALERT: &str = "goal.alert";
/// Sent only when somebody asks for it.
pub(super) const TEST: &str = "webhook.test";

/// Something that other programs may want to know. No contact is in it: who may see contacts asks
/// for the record.
#[derive(Debug, Clone)]
pub(crate) struct News {
    topic: &'static str,
    /// The record and its version: the same news is the same message.
    about: (i64, i64),
    data: Value,
}

impl News {
    /// A lead came in.
    pub(crate) fn of_new(lead: &Lead) -> Self {
        Self::of_lead(LEAD_CREATED, lead, None)
    }

    /// Somebody said something else of a lead.
    pub(crate) fn of_status(lead: &Lead, previous: &str) -> Self {
        Self::of_lead(LEAD_STATUS_CHANGED, lead, Some(previous))
    }

    fn of_lead(topic: &'static str, lead: &Lead, previous: Option<&str>) -> Self {
        let told = json!({
            "id": lead.id.0,
            "status": lead.status(),
            "previous_status": previous,
            "created_at": lead.details.at.rfc3339(),
        });
        Self {
            topic,
            about: (lead.id.0, lead.version),
            data: json!({ "lead": told }),
        }
    }

    /// A deal was made, or its status is another than `previous`.
    pub(crate) fn of_deal(deal: &Deal, previous: Option<&str>) -> Self {
        let details = &deal.details;
        let amount = Money::new(details.amount_micros, details.currency);
        let told = json!({
            "id": deal.id.0,
            "status": details.status,
            "previous_status": previous,
            "amount": amount.decimal(),
            "currency": details.currency.code(),
            "created_at": details.created_at.rfc3339(),
            "paid_at": details.paid_at.map(UnixMillis::rfc3339),
            "lead_id": details.lead_id.map(|lead| lead.0),
        });
        Self {
            topic: match previous {
                None => DEAL_CREATED,
                Some(_) => DEAL_STATUS_CHANGED,
            },
            about: (deal.id.0, deal.version),
            data: json!({ "deal": told }),
        }
    }

    /// Money came in for a deal, or went back.
    pub(crate) fn of_payment(id: PaymentId, details: &PaymentDetails) -> Self {
        let amount = Money::new(details.amount_micros, details.currency);
        let told = json!({
            "id": id.0,
            "deal_id": details.deal_id.0,
            "kind": details.kind,
            "amount": amount.decimal(),
            "currency": details.currency.code(),
            "at": details.at.rfc3339(),
        });
        Self {
            topic: PAYMENT_CREATED,
            about: (id.0, 1),
            data: json!({ "payment": told }),
        }
    }

    /// A turn of a scheduled report: `data` is what it shows.
    pub(crate) fn of_report(
        schedule: ReportScheduleId,
        planned_at: UnixMillis,
        data: Value,
    ) -> Self {
        Self {
            topic: REPORT_READY,
            about: (schedule.0, planned_at.0),
            data,
        }
    }

    /// A look at a watched goal: `data` is what was seen.
    pub(crate) fn of_goal_alert(alert: GoalAlertId, look: GoalLookId, data: Value) -> Self {
        Self {
            topic: GOAL_ALERT,
            about: (alert.0, look.0),
            data,
        }
    }

    fn message(&self, workspace: WorkspaceId) -> String {
        let parts = [workspace.0, self.about.0, self.about.1].map(|part| part.to_string());
        let id = derived_id(&["webhook", self.topic, &parts[0], &parts[1], &parts[2]]);
        message_of(id.0)
    }

    fn payload(&self, now: UnixMillis) -> String {
        body(self.topic, now, &self.data)
    }
}

/// Queues news for every webhook of the workspace that wants it.
pub(crate) async fn tell(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    news: &[News],
) -> Result<(), AppError> {
    if news.is_empty() {
        return Ok(());
    }
    let webhooks = webhooks::list_webhooks_in_use(tx, workspace).await?;
    let mut deliveries = Vec::new();
    for one in news {
        let wanting = webhooks
            .iter()
            .filter(|webhook| webhook.topics.iter().any(|topic| topic == one.topic));
        deliveries.extend(wanting.map(|webhook| NewDelivery {
            webhook_id: webhook.id,
            message: one.message(workspace),
            topic: one.topic.to_owned(),
            payload: one.payload(now),
            created_at: now,
            due_at: now,
        }));
    }
    Ok(webhooks::put_deliveries(tx, workspace, &deliveries).await?)
}

/// A message that shows whether the other side takes messages.
pub(super) fn test_message(id: WebhookId, random: u128, now: UnixMillis) -> NewDelivery {
    NewDelivery {
        webhook_id: id,
        message: message_of(random),
        topic: TEST.to_owned(),
        payload: body(TEST, now, &json!({})),
        created_at: now,
        due_at: now,
    }
}

fn message_of(number: u128) -> String {
    format!("msg_{number:032x}")
}

/// The body of a message, by the Standard Webhooks specification.
fn body(topic: &str, now: UnixMillis, data: &Value) -> String {
    json!({"type": topic, "timestamp": now.rfc3339(), "data": data}).to_string()
}
