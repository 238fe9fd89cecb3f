//! Keys that sign what they send, by Standard Webhooks: their secret never travels.

use connect::webhook::{Received, SECRET_BYTES, SignatureError, secret_text, verify};
use serde_json::json;
use store::ApiKeyId;
use store::api_keys::{self, ApiKey};
use zeroize::Zeroizing;

use crate::audit::Act;
use crate::secrets::Place;
use crate::surroundings::random;
use crate::{Actor, App, AppError, Permission};

impl App {
    /// Gives a key a secret to sign with, in the place of the one before. It is given only here.
    ///
    /// # Errors
    /// When the workspace has no such key in use.
    pub async fn create_signing_secret(
        &self,
        actor: &Actor,
        id: ApiKeyId,
    ) -> Result<String, AppError> {
        actor.require(Permission::ManageKeys)?;
        let secret = random::<SECRET_BYTES>(self.inner.surroundings.as_ref());
        let mut tx = self.inner.store.begin_work().await?;
        if !api_keys::is_key_live(&mut tx, actor.workspace, id, self.now()).await? {
            return Err(AppError::NotFound { what: "api key" });
        }
        self.put_secret(&mut tx, place(actor.workspace, id), &secret)
            .await?;
        self.note(&mut tx, actor, Act::ApiKeySigns, id, json!({}))
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(secret_text(&secret))
    }

    /// The key that is said to have signed a message, before its body is there.
    ///
    /// # Errors
    /// [`AppError::BadSignature`] when there is no such key in use, or it has no secret to sign
    /// with: strangers are not told which.
    pub async fn signer(&self, id: ApiKeyId) -> Result<Signer, AppError> {
        let unknown = || AppError::BadSignature(SignatureError::Signature);
        let mut connection = self.inner.store.read().await?;
        let key = api_keys::find_live_key(&mut connection, id, self.now())
            .await?
            .ok_or_else(unknown)?;
        let secret = self
            .open_secret(&mut connection, place(key.workspace_id, id))
            .await?
            .ok_or_else(unknown)?;
        Ok(Signer { key, secret })
    }

    /// The actor of the key that signed a message.
    ///
    /// # Errors
    /// [`AppError::BadSignature`] when the signature is not of the message, or not of now.
    pub async fn actor_of_signature(
        &self,
        signer: Signer,
        message: &Received<'_>,
    ) -> Result<Actor, AppError> {
        verify(message, &signer.secret, self.now()).map_err(AppError::BadSignature)?;
        let connection = self.inner.store.read().await?;
        self.actor_of_live_key(connection, signer.key).await
    }
}

/// A key in use, with its secret to sign with.
pub struct Signer {
    key: ApiKey,
    secret: Zeroizing<Vec<u8>>,
}

/// Where the secret of a key's signatures is kept.
pub(super) fn place(workspace: base::WorkspaceId, id: ApiKeyId) -> Place<'static> {
    Place {
        table: "api_keys",
        field: "signing_secret",
        row: id.0,
        workspace: Some(workspace),
    }
}
