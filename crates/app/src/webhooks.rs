//! Webhooks: other programs' addresses that are told what happens, and what became of each message.

use std::collections::BTreeSet;

use base::UnixMillis;
use connect::outbound::{Address, AddressError, origin};
use connect::webhook::{SECRET_BYTES, secret_text};
use serde_json::json;
use store::webhooks::{self, Delivery, NewWebhook, Webhook, WebhookDetails};
use store::{DeliveryId, Page, PageRequest, Tx, WebhookId};

use crate::audit::Act;
use crate::secrets::Place;
use crate::surroundings::random;
use crate::{Actor, App, AppError, Permission};

mod deliver;
mod news;

pub(crate) use news::{News, tell};

/// What a webhook may be told.
pub const TOPICS: [&str; 7] = [
    news::LEAD_CREATED,
    news::LEAD_STATUS_CHANGED,
    news::DEAL_CREATED,
    news::DEAL_STATUS_CHANGED,
    news::PAYMENT_CREATED,
    news::REPORT_READY,
    news::GOAL_ALERT,
];

const WEBHOOKS_MAX: usize = 20;
const SECRET: &str = "secret";
/// The secret before the last change, which still signs for a while.
const EARLIER_SECRET: &str = "earlier_secret";
const BY_PERSON: &str = "person";

/// What somebody wants of a webhook.
#[derive(Debug, Clone, Default)]
pub struct WebhookInput {
    pub url: String,
    pub topics: Vec<String>,
}

/// What changes about a webhook; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct WebhookPatch {
    pub url: Option<String>,
    pub topics: Option<Vec<String>>,
    pub is_enabled: Option<bool>,
}

impl App {
    /// Makes a webhook. Its secret is given only here.
    ///
    /// # Errors
    /// When the address may not be asked or a topic is unknown.
    pub async fn create_webhook(
        &self,
        actor: &Actor,
        input: &WebhookInput,
    ) -> Result<(Webhook, String), AppError> {
        actor.require(Permission::ManageKeys)?;
        let url = self.checked_address(&input.url)?.as_str().to_owned();
        let topics = checked_topics(&input.topics)?;
        let mut tx = self.inner.store.begin_work().await?;
        let (first, workspace) = (PageRequest::first(20), actor.workspace);
        let others = webhooks::list_webhooks(&mut tx, workspace, first).await?;
        if others.items.len() >= WEBHOOKS_MAX {
            return Err(AppError::Conflict {
                code: "too_many",
                field: None,
                detail: format!("a workspace has at most {WEBHOOKS_MAX} webhooks"),
            });
        }
        let webhook = NewWebhook {
            workspace_id: workspace,
            url,
            topics,
            created_at: self.now(),
        };
        let id = webhooks::insert_webhook(&mut tx, &webhook).await?;
        let secret = self.new_secret(&mut tx, actor, id).await?;
        let told = json!({"to": origin(&webhook.url), "topics": &webhook.topics});
        self.note(&mut tx, actor, Act::WebhookCreated, id, told)
            .await?;
        let made = webhooks::load_webhook(&mut tx, workspace, id).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok((made, secret))
    }

    /// Newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_webhooks(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<Webhook>, AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut connection = self.inner.store.read().await?;
        Ok(webhooks::list_webhooks(&mut connection, actor.workspace, page).await?)
    }

    /// # Errors
    /// When the workspace has no such webhook.
    pub async fn webhook(&self, actor: &Actor, id: WebhookId) -> Result<Webhook, AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut connection = self.inner.store.read().await?;
        Ok(webhooks::load_webhook(&mut connection, actor.workspace, id).await?)
    }

    /// Changes the webhook as it was read at `version`. One that is switched on again is told what
    /// waited meanwhile.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        version: i64,
        patch: &WebhookPatch,
    ) -> Result<Webhook, AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut tx = self.inner.store.begin().await?;
        let before = webhooks::load_webhook(&mut tx, actor.workspace, id).await?;
        let url = match &patch.url {
            Some(url) => self.checked_address(url)?.as_str().to_owned(),
            None => before.url.clone(),
        };
        let topics = match &patch.topics {
            Some(topics) => checked_topics(topics)?,
            None => before.topics.clone(),
        };
        let was_enabled = before.disabled_at.is_none();
        let is_enabled = patch.is_enabled.unwrap_or(was_enabled);
        let (disabled_at, disabled_for) = match (was_enabled, is_enabled) {
            (_, true) => (None, String::new()),
            (true, false) => (Some(self.now()), BY_PERSON.to_owned()),
            (false, false) => (before.disabled_at, before.disabled_for.clone()),
        };
        let is_begun_anew = url != before.url || (is_enabled && !was_enabled);
        let details = WebhookDetails {
            url,
            topics,
            disabled_at,
            disabled_for,
            failing_since: before.failing_since.filter(|_| !is_begun_anew),
            rotated_at: before.rotated_at,
        };
        webhooks::update_webhook(&mut tx, actor.workspace, id, version, &details).await?;
        let told = json!({
            "to": [origin(&before.url), origin(&details.url)],
            "address_changed": before.url != details.url,
            "topics": [before.topics, details.topics],
            "enabled": [was_enabled, is_enabled],
        });
        self.note(&mut tx, actor, Act::WebhookChanged, id, told)
            .await?;
        let after = webhooks::load_webhook(&mut tx, actor.workspace, id).await?;
        tx.commit().await?;
        self.inner.webhooks.notify_one();
        Ok(after)
    }

    /// Deletes the webhook as it was read at `version`, with its messages.
    ///
    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn delete_webhook(
        &self,
        actor: &Actor,
        id: WebhookId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut tx = self.inner.store.begin().await?;
        let before = webhooks::load_webhook(&mut tx, actor.workspace, id).await?;
        webhooks::delete_webhook(&mut tx, actor.workspace, id, version).await?;
        for field in [SECRET, EARLIER_SECRET] {
            self.forget_secret(&mut tx, place(&before, field)).await?;
        }
        let told = json!({"to": origin(&before.url)});
        self.note(&mut tx, actor, Act::WebhookDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Gives a webhook a new secret. For a day the earlier one signs beside it, so that the other
    /// side may change over without losing a message.
    ///
    /// # Errors
    /// When the workspace has no such webhook.
    pub async fn replace_webhook_secret(
        &self,
        actor: &Actor,
        id: WebhookId,
    ) -> Result<(Webhook, String), AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut tx = self.inner.store.begin_work().await?;
        let before = webhooks::load_webhook(&mut tx, actor.workspace, id).await?;
        // One that does not open any more is what people replace a secret for.
        let earlier = self.open_secret(&mut tx, place(&before, SECRET)).await;
        if let Ok(Some(secret)) = earlier {
            self.put_secret(&mut tx, place(&before, EARLIER_SECRET), &secret)
                .await?;
        }
        let secret = self.new_secret(&mut tx, actor, id).await?;
        let details = WebhookDetails {
            url: before.url,
            topics: before.topics,
            disabled_at: before.disabled_at,
            disabled_for: before.disabled_for,
            failing_since: before.failing_since,
            rotated_at: Some(self.now()),
        };
        let (workspace, version) = (actor.workspace, before.version);
        webhooks::update_webhook(&mut tx, workspace, id, version, &details).await?;
        self.note(&mut tx, actor, Act::WebhookSecretReplaced, id, json!({}))
            .await?;
        let after = webhooks::load_webhook(&mut tx, workspace, id).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok((after, secret))
    }

    /// Messages of a webhook, newest first.
    ///
    /// # Errors
    /// When the workspace has no such webhook.
    pub async fn list_deliveries(
        &self,
        actor: &Actor,
        id: WebhookId,
        page: PageRequest,
    ) -> Result<Page<Delivery>, AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut connection = self.inner.store.read().await?;
        webhooks::load_webhook(&mut connection, actor.workspace, id).await?;
        Ok(webhooks::list_deliveries(&mut connection, actor.workspace, id, page).await?)
    }

    /// Sends a message once more, now.
    ///
    /// # Errors
    /// When the webhook has no such message or is switched off.
    pub async fn replay_delivery(
        &self,
        actor: &Actor,
        id: WebhookId,
        delivery: DeliveryId,
    ) -> Result<Delivery, AppError> {
        actor.require(Permission::ManageKeys)?;
        let workspace = actor.workspace;
        let mut tx = self.inner.store.begin_work().await?;
        let webhook = webhooks::load_webhook(&mut tx, workspace, id).await?;
        refuse_disabled(&webhook)?;
        let found = webhooks::load_delivery(&mut tx, workspace, delivery).await?;
        if found.webhook_id != id {
            return Err(AppError::NotFound { what: "delivery" });
        }
        webhooks::replay_delivery(&mut tx, workspace, delivery, self.now()).await?;
        let told = json!({"message": found.message});
        self.note(&mut tx, actor, Act::WebhookMessageReplayed, id, told)
            .await?;
        let after = webhooks::load_delivery(&mut tx, workspace, delivery).await?;
        tx.set_made(delivery.0);
        tx.commit().await?;
        self.inner.webhooks.notify_one();
        Ok(after)
    }

    /// Removes messages that were taken or given up a while ago.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn purge_deliveries(&self) -> Result<(), AppError> {
        let since = self.now().plus_ms(-deliver::KEPT_MS);
        let mut tx = self.inner.store.begin().await?;
        webhooks::purge_deliveries(&mut tx, since).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) fn checked_address(&self, text: &str) -> Result<Address, AppError> {
        self.inner.outbound.address(text).map_err(|error| {
            let code = match error {
                AddressError::Private => "private_address",
                _ => "not_a_web_address",
            };
            AppError::invalid("url", code, error.to_string())
        })
    }

    /// Makes a secret, keeps it sealed, and gives it as it is told to its receiver.
    async fn new_secret(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: WebhookId,
    ) -> Result<String, AppError> {
        let secret = random::<SECRET_BYTES>(self.inner.surroundings.as_ref());
        let place = Place {
            table: "webhooks",
            field: SECRET,
            row: id.0,
            workspace: Some(actor.workspace),
        };
        self.put_secret(tx, place, &secret).await?;
        Ok(secret_text(&secret))
    }
}

fn refuse_disabled(webhook: &Webhook) -> Result<(), AppError> {
    if webhook.disabled_at.is_none() {
        return Ok(());
    }
    Err(AppError::Conflict {
        code: "webhook_disabled",
        field: None,
        detail: "the webhook is switched off; switch it on first".to_owned(),
    })
}

fn place<'a>(webhook: &Webhook, field: &'a str) -> Place<'a> {
    Place {
        table: "webhooks",
        field,
        row: webhook.id.0,
        workspace: Some(webhook.workspace_id),
    }
}

/// Until when the secret before the last change signs too.
fn overlap_end(webhook: &Webhook) -> Option<UnixMillis> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    webhook.rotated_at.map(|at| at.plus_ms(DAY_MS))
}

/// Each once, in the order of [`TOPICS`].
fn checked_topics(topics: &[String]) -> Result<Vec<String>, AppError> {
    let chosen: BTreeSet<&str> = topics.iter().map(String::as_str).collect();
    if let Some(wrong) = chosen.iter().find(|topic| !TOPICS.contains(topic)) {
        let detail = format!("{wrong:?} is no topic; there are {}", TOPICS.join(", "));
        return Err(AppError::invalid("topics", "not_allowed", detail));
    }
    if chosen.is_empty() {
        let detail = "choose what the webhook is told";
        return Err(AppError::invalid("topics", "required", detail));
    }
    let known = TOPICS.into_iter().filter(|topic| chosen.contains(topic));
    Ok(known.map(str::to_owned).collect())
}
