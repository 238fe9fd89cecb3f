//! Webhooks: other programs' addresses, and the messages on their way there.

use base::{UnixMillis, WorkspaceId};

use crate::row::OneRow;
use crate::statement::{Statement, insert_rows, record};
use crate::{
    Connection, DeliveryId, Keyset, Page, PageRequest, StoreError, Tx, WebhookId, met_version,
};

record! {
    pub struct NewWebhook {
        pub workspace_id: WorkspaceId,
        pub url: String,
        /// The kinds of events it is told.
        pub topics: Vec<String>,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct Webhook {
        pub id: WebhookId,
        pub workspace_id: WorkspaceId,
        pub url: String,
        pub topics: Vec<String>,
        pub created_at: UnixMillis,
        pub disabled_at: Option<UnixMillis>,
        /// Why it is off: `person`, `gone`, `failing`; empty while it is on.
        pub disabled_for: String,
        /// Since when nothing has been taken.
        pub failing_since: Option<UnixMillis>,
        /// When the secret was last replaced.
        pub rotated_at: Option<UnixMillis>,
        pub version: i64,
    }
}

record! {
    /// What of a webhook changes.
    pub struct WebhookDetails {
        pub url: String,
        pub topics: Vec<String>,
        pub disabled_at: Option<UnixMillis>,
        pub disabled_for: String,
        pub failing_since: Option<UnixMillis>,
        pub rotated_at: Option<UnixMillis>,
    }
}

record! {
    pub struct NewDelivery {
        pub webhook_id: WebhookId,
        /// Told to the receiver: the same message has the same name at every try.
        pub message: String,
        pub topic: String,
        /// The body that is sent.
        pub payload: String,
        pub created_at: UnixMillis,
        /// When it is tried first.
        pub due_at: UnixMillis,
    }
}

record! {
    pub struct Delivery {
        pub id: DeliveryId,
        pub workspace_id: WorkspaceId,
        pub webhook_id: WebhookId,
        pub message: String,
        pub topic: String,
        pub payload: String,
        pub created_at: UnixMillis,
        /// `None` when it was taken or given up.
        pub due_at: Option<UnixMillis>,
        pub attempts: i64,
        /// Of the last answer.
        pub status: Option<i64>,
        pub failure: String,
        pub delivered_at: Option<UnixMillis>,
    }
}

record! {
    /// What came of a try.
    pub struct Outcome {
        pub due_at: Option<UnixMillis>,
        pub status: Option<i64>,
        pub failure: String,
        pub delivered_at: Option<UnixMillis>,
    }
}

record! {
    /// A webhook with something due.
    pub struct DueWebhook {
        pub workspace_id: WorkspaceId,
        pub id: WebhookId,
    }
}

pub async fn insert_webhook(tx: &mut Tx, webhook: &NewWebhook) -> Result<WebhookId, StoreError> {
    Statement::new(include_str!("queries/webhooks/insert_webhook.sql"))
        .bind(webhook)
        .value(tx)
        .await
}

pub async fn load_webhook(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: WebhookId,
) -> Result<Webhook, StoreError> {
    let sql = include_str!("queries/webhooks/load_webhook.sql");
    OneRow("webhook", workspace, id).load(connection, sql).await
}

/// Newest first.
pub async fn list_webhooks(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<Webhook>, StoreError> {
    Statement::new(include_str!("queries/webhooks/list_webhooks.sql"))
        .bind(&workspace)
        .page(connection, page, |one: &Webhook| Keyset {
            at: one.created_at,
            id: one.id.0,
        })
        .await
}

/// Those that are on.
pub async fn list_webhooks_in_use(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Webhook>, StoreError> {
    Statement::new(include_str!("queries/webhooks/list_webhooks_in_use.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_webhook(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: WebhookId,
    version: i64,
    details: &WebhookDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/webhooks/update_webhook.sql");
    OneRow("webhook", workspace, id)
        .update(tx, sql, version, details)
        .await
}

/// Its messages go with it. [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn delete_webhook(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: WebhookId,
    version: i64,
) -> Result<(), StoreError> {
    let deleted = Statement::new(include_str!("queries/webhooks/delete_webhook.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .execute(tx)
        .await?;
    met_version(deleted, "webhook", id, version)
}

/// Says since when nothing has been taken, or that all is well.
pub async fn note_failing(
    tx: &mut Tx,
    id: WebhookId,
    since: Option<UnixMillis>,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/webhooks/note_failing.sql"))
        .bind(&id)
        .bind(&since)
        .execute(tx)
        .await?;
    Ok(())
}

/// Switches a webhook off by itself.
pub async fn disable_webhook(
    tx: &mut Tx,
    id: WebhookId,
    now: UnixMillis,
    why: &str,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/webhooks/disable_webhook.sql"))
        .bind(&id)
        .bind(&now)
        .bind(why)
        .execute(tx)
        .await?;
    Ok(())
}

/// Queues messages.
pub async fn put_deliveries(
    tx: &mut Tx,
    workspace: WorkspaceId,
    deliveries: &[NewDelivery],
) -> Result<(), StoreError> {
    let sql = include_str!("queries/webhooks/put_deliveries.sql");
    insert_rows(tx, sql, &workspace, deliveries).await
}

/// Webhooks of the whole installation that have something due and are on.
pub async fn list_due_webhooks(
    connection: &mut Connection,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<DueWebhook>, StoreError> {
    Statement::new(include_str!("queries/webhooks/list_due_webhooks.sql"))
        .bind(&now)
        .bind(&limit)
        .all(connection)
        .await
}

/// How many messages of a topic a webhook was given since a moment.
pub async fn count_deliveries_since(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: WebhookId,
    topic: &str,
    since: UnixMillis,
) -> Result<i64, StoreError> {
    Statement::new(include_str!("queries/webhooks/count_deliveries_since.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(topic)
        .bind(&since)
        .value(connection)
        .await
}

/// The first messages of a webhook that are due.
pub async fn list_due_deliveries(
    connection: &mut Connection,
    id: WebhookId,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    Statement::new(include_str!("queries/webhooks/list_due_deliveries.sql"))
        .bind(&id)
        .bind(&now)
        .bind(&limit)
        .all(connection)
        .await
}

/// Counts a try that begins now; should it come to nothing, the next one is due at `due_at`.
/// False where somebody else began one meanwhile.
pub async fn claim_delivery(
    tx: &mut Tx,
    delivery: &Delivery,
    due_at: UnixMillis,
) -> Result<bool, StoreError> {
    let claimed = Statement::new(include_str!("queries/webhooks/claim_delivery.sql"))
        .bind(&delivery.id)
        .bind(&delivery.attempts)
        .bind(&due_at)
        .execute(tx)
        .await?;
    Ok(claimed > 0)
}

/// Says what came of a try.
pub async fn finish_delivery(
    tx: &mut Tx,
    id: DeliveryId,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/webhooks/finish_delivery.sql"))
        .bind(&id)
        .bind(outcome)
        .execute(tx)
        .await?;
    Ok(())
}

/// Messages of a webhook, newest first.
pub async fn list_deliveries(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: WebhookId,
    page: PageRequest,
) -> Result<Page<Delivery>, StoreError> {
    Statement::new(include_str!("queries/webhooks/list_deliveries.sql"))
        .bind(&workspace)
        .bind(&id)
        .page(connection, page, |one: &Delivery| Keyset {
            at: one.created_at,
            id: one.id.0,
        })
        .await
}

pub async fn load_delivery(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: DeliveryId,
) -> Result<Delivery, StoreError> {
    let sql = include_str!("queries/webhooks/load_delivery.sql");
    OneRow("delivery", workspace, id)
        .load(connection, sql)
        .await
}

/// Sends a message once more, with all its tries before it.
pub async fn replay_delivery(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DeliveryId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/webhooks/replay_delivery.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .execute_on(tx, "delivery", id)
        .await
}

/// Removes what was made at or before `since`, what waits for a webhook that is off too; the number
/// removed.
pub async fn purge_deliveries(tx: &mut Tx, since: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/webhooks/purge_deliveries.sql"))
        .bind(&since)
        .execute(tx)
        .await
}
