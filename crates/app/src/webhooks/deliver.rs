//! The worker that carries messages to webhooks.

use std::collections::BTreeSet;
use std::time::Duration;

use base::UnixMillis;
use connect::outbound::{Answer, Post};
use connect::webhook::headers;
use serde_json::json;
use store::webhooks::{self, Delivery, DueWebhook, Outcome, Webhook};
use store::{PageRequest, StoreError, Tx, WebhookId, users};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::{EARLIER_SECRET, SECRET, news, overlap_end, place, refuse_disabled};
use crate::audit::Act;
use crate::error::Step as _;
use crate::mail::{Recipient, Topic};
use crate::surroundings::random;
use crate::{Actor, App, AppError, Permission, Role};

/// Test messages of a webhook within the window: each is a request to a stranger.
const TESTS_MAX: i64 = 10;
const TESTS_WINDOW_MS: i64 = 15 * 60 * 1000;
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;
const DAY_MS: i64 = 24 * HOUR_S * 1000;
/// Pauses after the tries that came to nothing; after the last a message is given up. As the
/// Standard Webhooks specification has it.
const PAUSES_S: [i64; 9] = [
    5,
    5 * MINUTE_S,
    30 * MINUTE_S,
    2 * HOUR_S,
    5 * HOUR_S,
    10 * HOUR_S,
    14 * HOUR_S,
    20 * HOUR_S,
    24 * HOUR_S,
];
/// A webhook that takes nothing for so long is switched off.
const PATIENCE_MS: i64 = 5 * DAY_MS;
/// How long messages that were taken or given up can be looked at.
pub(super) const KEPT_MS: i64 = 14 * DAY_MS;
const WEBHOOKS_AT_ONCE: i64 = 64;
/// How often new messages are looked for while some webhook is slow.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
const MESSAGES_AT_ONCE: i64 = 20;
const FAILURE_CHARS_MAX: usize = 300;
const GONE: u16 = 410;
const NO_SECRET: &str = "there is no secret to sign with; replace it";

impl App {
    /// Waits until there is news, or somebody wants a message sent again.
    pub async fn webhooks_waiting(&self) {
        self.inner.webhooks.notified().await;
    }

    /// Sends what is due until nothing is; how many messages were taken. Webhooks do not wait for
    /// each other: news for one goes out while another is slow to answer.
    ///
    /// # Errors
    /// When the store fails; a message that is not taken is no error.
    pub async fn deliver_webhooks(&self) -> Result<usize, AppError> {
        let mut taken = 0;
        let mut busy: BTreeSet<WebhookId> = BTreeSet::new();
        let mut running = JoinSet::new();
        loop {
            let due = {
                let mut connection = self.inner.store.read().await?;
                webhooks::list_due_webhooks(&mut connection, self.now(), WEBHOOKS_AT_ONCE).await?
            };
            for webhook in due.into_iter().filter(|webhook| busy.insert(webhook.id)) {
                let app = self.clone();
                running.spawn(async move { (webhook.id, app.deliver_to(&webhook).await) });
            }
            if running.is_empty() {
                return Ok(taken);
            }
            tokio::select! {
                Some(done) = running.join_next() => {
                    let (id, sent) = done.step("deliver to a webhook")?;
                    match sent {
                        Ok(sent) => {
                            busy.remove(&id);
                            taken += sent;
                        }
                        // It stays busy, so that it is looked at again only in the next round.
                        Err(error) => {
                            let error = anyhow::Error::from(error);
                            let error = format!("{error:#}");
                            tracing::error!(webhook = id.0, error, "a webhook failed");
                        }
                    }
                }
                () = self.webhooks_waiting() => {}
                () = sleep(LOOK_PAUSE) => {}
            }
        }
    }

    /// Queues a message that says nothing, to see whether it is taken.
    ///
    /// # Errors
    /// When the workspace has no such webhook or it is switched off;
    /// [`AppError::TooManyAttempts`] when it was tested too often lately.
    pub async fn test_webhook(&self, actor: &Actor, id: WebhookId) -> Result<Delivery, AppError> {
        actor.require(Permission::ManageKeys)?;
        let workspace = actor.workspace;
        let mut tx = self.inner.store.begin_work().await?;
        refuse_disabled(&webhooks::load_webhook(&mut tx, workspace, id).await?)?;
        let since = self.now().plus_ms(-TESTS_WINDOW_MS);
        let asked = webhooks::count_deliveries_since(&mut tx, workspace, id, news::TEST, since);
        if asked.await? >= TESTS_MAX {
            let retry_after_s = TESTS_WINDOW_MS / 1000;
            return Err(AppError::TooManyAttempts { retry_after_s });
        }
        let number = u128::from_be_bytes(random::<16>(self.inner.surroundings.as_ref()));
        let message = news::test_message(id, number, self.now());
        webhooks::put_deliveries(&mut tx, workspace, std::slice::from_ref(&message)).await?;
        let newest = PageRequest::first(1);
        let queued = webhooks::list_deliveries(&mut tx, workspace, id, newest).await?;
        let queued = queued.items.into_iter().next();
        let queued = queued.ok_or(AppError::NotFound { what: "delivery" })?;
        let told = json!({"message": queued.message});
        self.note(&mut tx, actor, Act::WebhookTested, id, told)
            .await?;
        tx.set_made(queued.id.0);
        tx.commit().await?;
        self.inner.webhooks.notify_one();
        Ok(queued)
    }

    /// Sends what is due for one webhook, oldest first, until something is not taken.
    async fn deliver_to(&self, due: &DueWebhook) -> Result<usize, AppError> {
        let mut connection = self.inner.store.read().await?;
        let now = self.now();
        let messages =
            webhooks::list_due_deliveries(&mut connection, due.id, now, MESSAGES_AT_ONCE).await?;
        drop(connection);
        let mut taken = 0;
        for message in messages {
            if !self.try_delivery(&message).await? {
                break;
            }
            taken += 1;
        }
        Ok(taken)
    }

    /// One try. It is counted before anything is sent, so that a crash in between sends the message
    /// again after a pause; its receiver knows it by its id.
    async fn try_delivery(&self, message: &Delivery) -> Result<bool, AppError> {
        let next = self.next_try(message.attempts);
        let mut tx = self.inner.store.begin().await?;
        let (workspace, id) = (message.workspace_id, message.webhook_id);
        let webhook = match webhooks::load_webhook(&mut tx, workspace, id).await {
            Ok(webhook) => webhook,
            // Deleted meanwhile, and its messages with it.
            Err(StoreError::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let claimed_until = next.unwrap_or_else(|| self.now().plus_ms(DAY_MS));
        if webhook.disabled_at.is_some()
            || !webhooks::claim_delivery(&mut tx, message, claimed_until).await?
        {
            return Ok(false);
        }
        tx.commit().await?;
        let answer = match self.secrets_of(&webhook).await {
            Ok(secrets) if secrets.is_empty() => Err(NO_SECRET.to_owned()),
            Ok(secrets) => self.send(&webhook, message, &secrets).await?,
            Err(error) => Err(format!("{NO_SECRET}: {error}")),
        };
        self.settle(&webhook, message, next, &answer).await
    }

    /// What signs, the newest secret first.
    async fn secrets_of(&self, webhook: &Webhook) -> Result<Vec<Zeroizing<Vec<u8>>>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let mut secrets = Vec::new();
        let current = place(webhook, SECRET);
        secrets.extend(self.open_secret(&mut connection, current).await?);
        if overlap_end(webhook).is_some_and(|end| self.now() < end) {
            let earlier = place(webhook, EARLIER_SECRET);
            secrets.extend(self.open_secret(&mut connection, earlier).await?);
        }
        Ok(secrets)
    }

    async fn send(
        &self,
        webhook: &Webhook,
        message: &Delivery,
        secrets: &[Zeroizing<Vec<u8>>],
    ) -> Result<Result<Answer, String>, AppError> {
        let url = match self.inner.outbound.address(&webhook.url) {
            Ok(url) => url,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let secrets: Vec<&[u8]> = secrets.iter().map(|secret| secret.as_slice()).collect();
        let body = message.payload.clone().into_bytes();
        let signed = headers(&message.message, self.now(), &body, &secrets);
        let outbound = self.inner.outbound.clone();
        spawn_blocking(move || {
            let signed = signed.each_ref().map(|(name, value)| (*name, &value[..]));
            outbound
                .post(Post {
                    url: &url,
                    headers: &signed,
                    content_type: "application/json",
                    body: &body,
                })
                .map_err(|error| error.to_string())
        })
        .await
        .step("send to a webhook")
    }

    /// Writes down what came of a try, and switches off what is gone or has failed for days.
    async fn settle(
        &self,
        webhook: &Webhook,
        message: &Delivery,
        next: Option<UnixMillis>,
        answer: &Result<Answer, String>,
    ) -> Result<bool, AppError> {
        let now = self.now();
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let is_taken = status.is_some_and(|status| (200..300).contains(&status));
        let mut failure = answer.as_ref().err().cloned().unwrap_or_default();
        failure.truncate(failure.floor_char_boundary(FAILURE_CHARS_MAX));
        let asked = answer.as_ref().ok().and_then(|answer| answer.retry_after_s);
        let asked = asked.map(|seconds| now.plus_ms((i64::from(seconds) * 1000).min(DAY_MS)));
        let outcome = Outcome {
            due_at: next
                .map(|next| asked.map_or(next, |asked| asked.max(next)))
                .filter(|_| !is_taken),
            status: status.map(i64::from),
            failure,
            delivered_at: is_taken.then_some(now),
        };
        let mut tx = self.inner.store.begin().await?;
        webhooks::finish_delivery(&mut tx, message.id, &outcome).await?;
        // What was changed or deleted meanwhile begins anew: this try says nothing of it.
        let (workspace, id) = (webhook.workspace_id, webhook.id);
        let current = webhooks::load_webhook(&mut tx, workspace, id).await;
        if !current.is_ok_and(|current| current.version == webhook.version) {
            tx.commit().await?;
            return Ok(is_taken);
        }
        let failing_since = webhook.failing_since.unwrap_or(now);
        if is_taken {
            webhooks::note_failing(&mut tx, webhook.id, None).await?;
        } else {
            webhooks::note_failing(&mut tx, webhook.id, Some(failing_since)).await?;
            let why = match status {
                Some(GONE) => Some("gone"),
                _ => (now.since_ms(failing_since) > PATIENCE_MS).then_some("failing"),
            };
            if let Some(why) = why {
                self.switch_off(&mut tx, webhook, why).await?;
            }
        }
        tx.commit().await?;
        self.mail_put();
        Ok(is_taken)
    }

    /// Switches a webhook off that takes nothing, and tells those who look after it.
    async fn switch_off(&self, tx: &mut Tx, webhook: &Webhook, why: &str) -> Result<(), AppError> {
        let workspace = webhook.workspace_id;
        webhooks::disable_webhook(tx, webhook.id, self.now(), why).await?;
        let program = Actor::system(workspace);
        let told = json!({"enabled": [true, false], "why": why});
        self.note(tx, &program, Act::WebhookChanged, webhook.id, told)
            .await?;
        for member in users::list_members(tx, workspace).await? {
            let role = Role::from_name(&member.role);
            if role.is_some_and(|role| role.has(Permission::ManageKeys)) {
                let recipient = Recipient {
                    email: member.email,
                    user: Some(member.id),
                    invitation: None,
                    about: None,
                };
                self.put_mail(tx, Topic::WebhookOff, recipient).await?;
            }
        }
        Ok(())
    }

    /// When a message is tried next after so many tries; `None` when the one under way is the last.
    /// A little chance keeps messages that failed together apart.
    fn next_try(&self, tries_before: i64) -> Option<UnixMillis> {
        let place = usize::try_from(tries_before).unwrap_or_default();
        let pause_ms = PAUSES_S.get(place)? * 1000;
        let [chance] = random::<1>(self.inner.surroundings.as_ref());
        Some(
            self.now()
                .plus_ms(pause_ms + pause_ms * i64::from(chance) / 2_560),
        )
    }
}
