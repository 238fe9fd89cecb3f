//! Secrets at rest: values that the store keeps sealed, and the key that opens them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use store::secrets::{self, SealedSecret};
use store::{Connection, Store, StoreError, Tx, meta, workspaces};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::audit::Act;
use crate::error::Step as _;
use crate::{Actor, App, AppError, Surroundings};

mod seal;

use seal::ID_CHARS;
pub(crate) use seal::Sealed;
pub use seal::{KeyId, MasterKey, Place, SealError};

/// In `meta`: the id of the master key, and its check value behind it.
const HELD: &str = "secrets_key";
/// What goes along with a browser has a key of its own.
const BROWSERS: &str = "throughline 2026-11 secrets: what browsers hold";
/// Values wrapped anew together.
const CHUNK: i64 = 500;

/// The master key of a store: it exists only where the store's check value says that it is.
pub struct Keyring {
    key: MasterKey,
    id: KeyId,
}

/// Why a key is not the store's.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the store's secrets are sealed with key {held}, and the key given is {given}")]
    Other { held: KeyId, given: KeyId },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Keyring {
    /// Which key the store's secrets are sealed with; `None` before the first start with one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn held(store: &Store) -> Result<Option<KeyId>, StoreError> {
        let mut connection = store.read().await?;
        held(&mut connection).await
    }

    /// Takes a key for the store, whose first key it becomes where there was none.
    ///
    /// # Errors
    /// When the store's secrets are sealed with another one.
    pub async fn open(store: &Store, key: MasterKey) -> Result<Self, KeyError> {
        let told = told(&key);
        let mut tx = store.begin().await?;
        let found = meta::init_meta(&mut tx, HELD, &told).await?;
        if !bool::from(found.ct_eq(&told)) {
            let (held, given) = (id_of(&found), key.id());
            return Err(KeyError::Other { held, given });
        }
        tx.commit().await?;
        Ok(Self { id: key.id(), key })
    }

    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Seals a value that is kept outside of the store.
    pub(crate) fn seal(
        &self,
        place: Place<'_>,
        value: &[u8],
        surroundings: &dyn Surroundings,
    ) -> Result<Sealed, SealError> {
        seal::seal(&self.key, place, value, surroundings)
    }

    /// The value; an error where another key sealed it.
    pub(crate) fn open_sealed(
        &self,
        place: Place<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        seal::open(&self.key, place, sealed)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Keyring({})", self.id)
    }
}

impl App {
    /// Seals a value and keeps it in the place of the one before it.
    ///
    /// # Errors
    /// When the store fails, or its key was changed by somebody else meanwhile.
    pub async fn put_secret(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        value: &[u8],
    ) -> Result<(), AppError> {
        let Keyring { key, id } = &self.inner.keyring;
        if held(tx).await?.as_ref() != Some(id) {
            return Err(anyhow::anyhow!("the key was changed meanwhile")).step("seal a secret");
        }
        let surroundings = self.inner.surroundings.as_ref();
        let sealed = seal::seal(key, place, value, surroundings).step("seal a secret")?;
        let secret = SealedSecret {
            workspace_id: place.workspace,
            owner: place.table.to_owned(),
            field: place.field.to_owned(),
            owner_id: place.row,
            key_id: id.0.clone(),
            wrapped_key: sealed.wrapped_key,
            sealed: sealed.value,
        };
        Ok(secrets::put_secret(tx, &secret).await?)
    }

    /// The value of a place, if there is one. It is wiped from memory when it is dropped.
    ///
    /// # Errors
    /// When the store fails or the value does not open.
    pub async fn open_secret(
        &self,
        connection: &mut Connection,
        place: Place<'_>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, AppError> {
        let Place {
            table, field, row, ..
        } = place;
        let found = secrets::find_secret(connection, table, field, row).await?;
        let open = |secret: SealedSecret| {
            let sealed = Sealed {
                wrapped_key: secret.wrapped_key,
                value: secret.sealed,
            };
            seal::open(&self.inner.keyring.key, place, &sealed).step("open a secret")
        };
        found.map(open).transpose()
    }

    /// Forgets the value of a place.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_secret(&self, tx: &mut Tx, place: Place<'_>) -> Result<(), AppError> {
        let Place {
            table, field, row, ..
        } = place;
        Ok(secrets::delete_secret(tx, table, field, row).await?)
    }

    /// Seals what a browser holds for the program, for one purpose.
    pub(crate) fn seal_for_browser(&self, bound: &str, value: &[u8]) -> Result<String, AppError> {
        let key = self.inner.keyring.key.derived(BROWSERS);
        let sealed = seal::encrypt(&key, bound, value, self.inner.surroundings.as_ref());
        Ok(URL_SAFE_NO_PAD.encode(sealed.step("seal what a browser holds")?))
    }

    /// What was sealed for a browser, where it was for this purpose and by this key.
    pub(crate) fn open_from_browser(&self, bound: &str, shown: &str) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.inner.keyring.key.derived(BROWSERS);
        let sealed = URL_SAFE_NO_PAD.decode(shown).ok()?;
        seal::decrypt(&key, bound, &sealed).ok()
    }

    /// Which key the secrets are sealed with, and how many there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn secrets_kept(&self) -> Result<(KeyId, i64), AppError> {
        let mut connection = self.inner.store.read().await?;
        let kept = secrets::count_secrets(&mut connection).await?;
        Ok((self.inner.keyring.id.clone(), kept))
    }

    /// Lets another master key wrap the keys of all values; how many there are. It happens whole or
    /// not at all, and afterwards the store takes nothing but the new key: this program has to be
    /// started with it.
    ///
    /// # Errors
    /// When the store fails or a value does not open.
    pub async fn rotate_key(&self, to: &MasterKey) -> Result<u64, AppError> {
        let Keyring { key, id } = &self.inner.keyring;
        let next = to.id();
        if next == *id {
            let detail = "it is the key that the secrets are sealed with already";
            return Err(AppError::invalid("key", "not_allowed", detail));
        }
        let surroundings = self.inner.surroundings.as_ref();
        let mut rotated = 0;
        let mut tx = self.inner.store.begin().await?;
        loop {
            let found = secrets::list_secrets_of_key(&mut tx, &id.0, CHUNK).await?;
            if found.is_empty() {
                break;
            }
            for mut secret in found {
                let place = Place {
                    table: &secret.owner,
                    field: &secret.field,
                    row: secret.owner_id,
                    workspace: secret.workspace_id,
                };
                let rewrapped = seal::rewrap(key, to, place, &secret.wrapped_key, surroundings);
                secret.wrapped_key = rewrapped.step("wrap the key of a secret anew")?;
                secret.key_id.clone_from(&next.0);
                secrets::put_secret(&mut tx, &secret).await?;
                rotated += 1;
            }
        }
        meta::put_meta(&mut tx, HELD, &told(to)).await?;
        for workspace in workspaces::list_workspaces(&mut tx).await? {
            let operator = Actor::system(workspace.id);
            let details = json!({"key": [id.0, next.0]});
            self.note(&mut tx, &operator, Act::SecretsRotated, "", details)
                .await?;
        }
        tx.commit().await?;
        Ok(rotated)
    }
}

async fn held(connection: &mut Connection) -> Result<Option<KeyId>, StoreError> {
    let found = meta::find_meta(connection, HELD).await?;
    Ok(found.map(|told| id_of(&told)))
}

/// What the store keeps of a key: which it is, and what shows that another is not it.
fn told(key: &MasterKey) -> Vec<u8> {
    let mut told = key.id().0.into_bytes();
    told.extend_from_slice(&key.check_value());
    told
}

fn id_of(told: &[u8]) -> KeyId {
    let name = told.get(..ID_CHARS).unwrap_or(told);
    KeyId(String::from_utf8_lossy(name).into_owned())
}
