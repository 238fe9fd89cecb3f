//! API keys: shown once, stored as a digest, scoped.

use base::UnixMillis;
use serde_json::json;
use store::api_keys::{self, ApiKey, NewApiKey};
use store::{
    ApiKeyId, Connection, Page, PageRequest, ServiceAccountId, Store, Tx, service_accounts,
};

use crate::audit::Act;
use crate::people::check_name;
use crate::service_accounts::program;
use crate::sign_in::digest;
use crate::{Actor, App, AppError, Permission, Scope, Who, surroundings};

/// Every key begins with this, so that leaked ones can be searched for.
const PREFIX: &str = "tl_";
const SHOWN_CHARS: usize = 8;
const LIFE_DAYS_MAX: u32 = 3_650;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

mod signed;

pub use signed::Signer;

impl App {
    /// Makes a key, for some days or for good, of the workspace or of a program. The secret is
    /// given only here.
    ///
    /// # Errors
    /// When the name is empty, a scope unknown, its life none of 1 to 3650 days, or the workspace
    /// has no such service account.
    pub async fn create_api_key(
        &self,
        actor: &Actor,
        name: &str,
        scopes: &[String],
        life_days: Option<u32>,
        account: Option<ServiceAccountId>,
    ) -> Result<(ApiKey, String), AppError> {
        actor.require(Permission::ManageKeys)?;
        let name = checked(name, scopes, life_days)?;
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let now = self.now();
        let secret = format!(
            "{PREFIX}{}",
            surroundings::secret(self.inner.surroundings.as_ref())
        );
        let key = NewApiKey {
            workspace_id: actor.workspace,
            name,
            prefix: secret.chars().take(SHOWN_CHARS).collect(),
            key_hash: digest(&secret).to_vec(),
            scopes: scopes.clone(),
            created_at: now,
            expires_at: life_days.map(|days| now.plus_ms(i64::from(days) * DAY_MS)),
            service_account_id: account,
        };
        let mut tx = self.inner.store.begin_work().await?;
        if let Some(account) = account {
            require_live(&mut tx, actor, account).await?;
        }
        let id = api_keys::insert_api_key(&mut tx, &key).await?;
        self.note(
            &mut tx,
            actor,
            Act::ApiKeyCreated,
            id,
            json!({
                "name": &key.name,
                "scopes": scopes,
                "expires_at": key.expires_at,
                "service_account": account.map(|account| account.0),
            }),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.refresh_routing().await?;
        let made = ApiKey {
            id,
            workspace_id: key.workspace_id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            created_at: key.created_at,
            last_used_at: None,
            expires_at: key.expires_at,
            service_account_id: key.service_account_id,
        };
        Ok((made, secret))
    }

    /// Keys in use, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_api_keys(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<ApiKey>, AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut connection = self.inner.store.read().await?;
        Ok(api_keys::list_api_keys(&mut connection, actor.workspace, page).await?)
    }

    /// # Errors
    /// When the workspace has no such key in use.
    pub async fn revoke_api_key(&self, actor: &Actor, id: ApiKeyId) -> Result<(), AppError> {
        actor.require(Permission::ManageKeys)?;
        let mut tx = self.inner.store.begin().await?;
        api_keys::revoke_api_key(&mut tx, actor.workspace, id, self.now()).await?;
        self.forget_secret(&mut tx, signed::place(actor.workspace, id))
            .await?;
        self.note(&mut tx, actor, Act::ApiKeyRevoked, id, json!({}))
            .await?;
        tx.commit().await?;
        self.refresh_routing().await
    }

    /// As [`note_key_uses`], of this node.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_key_uses(&self, uses: &[([u8; 32], UnixMillis)]) -> Result<(), AppError> {
        note_key_uses(&self.inner.store, uses).await
    }

    /// The actor of an API key's secret.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when no key in use has this secret.
    pub async fn actor_of_key(&self, secret: &str) -> Result<Actor, AppError> {
        let mut connection = self.inner.store.read().await?;
        let key = api_keys::find_api_key(&mut connection, &digest(secret), self.now())
            .await?
            .ok_or(AppError::Unauthenticated)?;
        self.actor_of_live_key(connection, key).await
    }

    /// What a key may do, which was looked up just now.
    async fn actor_of_live_key(
        &self,
        mut connection: Connection,
        key: ApiKey,
    ) -> Result<Actor, AppError> {
        let (name, program) = match key.service_account_id {
            Some(id) => {
                let (program, called) = program(&mut connection, key.workspace_id, id).await?;
                (format!("{called} · {}", key.name), Some(program))
            }
            None => (key.name.clone(), None),
        };
        drop(connection);
        let minute = 60_000;
        if key
            .last_used_at
            .is_none_or(|used| self.now().since_ms(used) > minute)
        {
            let mut tx = self.inner.store.begin().await?;
            api_keys::touch_api_key(&mut tx, key.workspace_id, key.id, self.now()).await?;
            tx.commit().await?;
        }
        let scopes = key
            .scopes
            .iter()
            .filter_map(|scope| Scope::from_name(scope))
            .collect();
        Ok(Actor {
            workspace: key.workspace_id,
            who: Who::Key {
                id: key.id,
                name,
                called: key.name,
                scopes,
                program,
            },
        })
    }
}

/// Notes when keys were used last that a node took events with.
///
/// # Errors
/// When the store fails.
pub async fn note_key_uses(store: &Store, uses: &[([u8; 32], UnixMillis)]) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    api_keys::touch_api_keys(&mut tx, uses).await?;
    Ok(tx.commit().await?)
}

/// The name of a key that may be made.
///
/// # Errors
/// When the name is empty, a scope unknown, or its life none of 1 to 3650 days.
fn checked(name: &str, scopes: &[String], life_days: Option<u32>) -> Result<String, AppError> {
    let name = check_name("name", name)?;
    if name.is_empty() {
        return Err(AppError::invalid(
            "name",
            "required",
            "say what the key is for",
        ));
    }
    if scopes.is_empty() {
        return Err(AppError::invalid(
            "scopes",
            "required",
            "choose what the key may do",
        ));
    }
    if let Some(wrong) = scopes
        .iter()
        .find(|scope| Scope::from_name(scope).is_none())
    {
        let detail = format!("{wrong:?} is not a scope");
        return Err(AppError::invalid("scopes", "not_allowed", detail));
    }
    if life_days.is_some_and(|days| !(1..=LIFE_DAYS_MAX).contains(&days)) {
        let detail = format!("a key lives for 1 to {LIFE_DAYS_MAX} days, or for good");
        return Err(AppError::invalid("expires_in_days", "out_of_range", detail));
    }
    Ok(name)
}

/// # Errors
/// When the workspace has no such program, or it is switched off.
async fn require_live(
    tx: &mut Tx,
    actor: &Actor,
    account: ServiceAccountId,
) -> Result<(), AppError> {
    let account = service_accounts::load_service_account(tx, actor.workspace, account).await?;
    match account.details.disabled_at {
        None => Ok(()),
        Some(_) => Err(AppError::Conflict {
            code: "service_account_disabled",
            field: Some("service_account_id".to_owned()),
            detail: "the service account is switched off: switch it on first".to_owned(),
        }),
    }
}
