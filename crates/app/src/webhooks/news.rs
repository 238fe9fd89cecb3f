//! What webhooks are told: written in the transaction of the event, so that a message goes out
//! exactly for what was committed.

use base::{LeadId, UnixMillis, WorkspaceId};
use serde_json::json;
use store::leads::Lead;
use store::webhooks::{self, NewDelivery};
use store::{Tx, WebhookId};

use crate::AppError;
use crate::outbox::derived_id;

pub(crate) const LEAD_CREATED: &str = "lead.created";
pub(crate) const LEAD_STATUS_CHANGED: &str = "lead.status_changed";
/// Sent only when somebody asks for it.
pub(super) const TEST: &str = "webhook.test";

/// Something that other programs may want to know. No contact is in it: who may see contacts asks
/// for the record.
#[derive(Debug, Clone)]
pub(crate) struct News {
    topic: &'static str,
    lead: LeadId,
    version: i64,
    status: String,
    previous_status: Option<String>,
    created_at: UnixMillis,
}

impl News {
    /// A lead came in.
    pub(crate) fn of_new(lead: &Lead) -> Self {
        Self {
            topic: LEAD_CREATED,
            lead: lead.id,
            version: lead.version,
            status: lead.status().to_owned(),
            previous_status: None,
            created_at: lead.details.at,
        }
    }

    /// Somebody said something else of a lead.
    pub(crate) fn of_status(lead: &Lead, previous: &str) -> Self {
        Self {
            topic: LEAD_STATUS_CHANGED,
            previous_status: Some(previous.to_owned()),
            ..Self::of_new(lead)
        }
    }

    fn message(&self, workspace: WorkspaceId) -> String {
        let parts = [workspace.0, self.lead.0, self.version].map(|part| part.to_string());
        let id = derived_id(&["webhook", self.topic, &parts[0], &parts[1], &parts[2]]);
        message_of(id.0)
    }

    fn payload(&self, now: UnixMillis) -> String {
        let lead = json!({
            "id": self.lead.0,
            "status": self.status,
            "previous_status": self.previous_status,
            "created_at": self.created_at.rfc3339(),
        });
        body(self.topic, now, &json!({ "lead": lead }))
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
fn body(topic: &str, now: UnixMillis, data: &serde_json::Value) -> String {
    json!({"type": topic, "timestamp": now.rfc3339(), "data": data}).to_string()
}
