//! Passkeys: keys on people's devices that sign them in.

use base::{UnixMillis, UserId};
use serde_json::Value;

use crate::statement::{Statement, record};
use crate::{Connection, PasskeyId, StoreError, Tx, fresh_version, met_version};

record! {
    pub struct NewPasskey {
        pub user_id: UserId,
        /// What devices know the person by; the same for all passkeys of one.
        pub user_handle: String,
        /// What the device calls the key; unique.
        pub credential_id: Vec<u8>,
        pub credential: Value,
        pub name: String,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct Passkey {
        pub id: PasskeyId,
        pub user_id: UserId,
        pub user_handle: String,
        /// The public key, how often it was used, and what else its device says of it.
        pub credential: Value,
        pub name: String,
        pub created_at: UnixMillis,
        pub last_used_at: Option<UnixMillis>,
        pub version: i64,
    }
}

pub async fn insert_passkey(tx: &mut Tx, passkey: &NewPasskey) -> Result<PasskeyId, StoreError> {
    Statement::new(include_str!("queries/passkeys/insert_passkey.sql"))
        .bind(passkey)
        .value(tx)
        .await
}

/// The passkeys of a person in the order of their making.
pub async fn list_passkeys(
    connection: &mut Connection,
    user: UserId,
) -> Result<Vec<Passkey>, StoreError> {
    Statement::new(include_str!("queries/passkeys/list_passkeys.sql"))
        .bind(&user)
        .all(connection)
        .await
}

/// The passkey that a device calls so, whosever it is: this is how somebody signs in.
pub async fn find_passkey(
    connection: &mut Connection,
    credential_id: &[u8],
) -> Result<Option<Passkey>, StoreError> {
    Statement::new(include_str!("queries/passkeys/find_passkey.sql"))
        .bind(credential_id)
        .find(connection)
        .await
}

pub async fn count_passkeys(connection: &mut Connection, user: UserId) -> Result<i64, StoreError> {
    Statement::new(include_str!("queries/passkeys/count_passkeys.sql"))
        .bind(&user)
        .value(connection)
        .await
}

/// Keeps what the device said with this use. Leaves the version: whoever edits the name has not
/// seen it.
pub async fn use_passkey(
    tx: &mut Tx,
    id: PasskeyId,
    credential: &Value,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/passkeys/use_passkey.sql"))
        .bind(&id)
        .bind(credential)
        .bind(&now)
        .execute_on(tx, "passkey", id)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn rename_passkey(
    tx: &mut Tx,
    user: UserId,
    id: PasskeyId,
    version: i64,
    name: &str,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/passkeys/rename_passkey.sql"))
        .bind(&user)
        .bind(&id)
        .bind(&version)
        .bind(name)
        .find_value(tx)
        .await?;
    fresh_version(updated, "passkey", id, version)
}

/// [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn delete_passkey(
    tx: &mut Tx,
    user: UserId,
    id: PasskeyId,
    version: i64,
) -> Result<(), StoreError> {
    let deleted = Statement::new(include_str!("queries/passkeys/delete_passkey.sql"))
        .bind(&user)
        .bind(&id)
        .bind(&version)
        .execute(tx)
        .await?;
    met_version(deleted, "passkey", id, version)
}

/// Removes every passkey of a person; the number removed.
pub async fn delete_passkeys(tx: &mut Tx, user: UserId) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/passkeys/delete_passkeys.sql"))
        .bind(&user)
        .execute(tx)
        .await
}
