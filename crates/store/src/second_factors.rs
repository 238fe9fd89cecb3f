//! Second factors: what people prove themselves with besides their password.

use base::{UnixMillis, UserId, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct SecondFactor {
        pub user_id: UserId,
        pub created_at: UnixMillis,
        /// Since when it is asked for; `None` while it is being set up.
        pub confirmed_at: Option<UnixMillis>,
        /// The time step of the last code that was taken.
        pub last_step: i64,
    }
}

record! {
    pub struct RecoveryCode {
        pub user_id: UserId,
        /// Hash of the code; the code itself is never stored.
        pub code_hash: Vec<u8>,
    }
}

/// Begins the set-up of a person's second factor, in the place of one that was begun before.
pub async fn begin_second_factor(
    tx: &mut Tx,
    user: UserId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/second_factors/begin_second_factor.sql"
    ))
    .bind(&user)
    .bind(&now)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn find_second_factor(
    connection: &mut Connection,
    user: UserId,
) -> Result<Option<SecondFactor>, StoreError> {
    Statement::new(include_str!(
        "queries/second_factors/find_second_factor.sql"
    ))
    .bind(&user)
    .find(connection)
    .await
}

/// From now on the second factor is asked for.
pub async fn confirm_second_factor(
    tx: &mut Tx,
    user: UserId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/second_factors/confirm_second_factor.sql"
    ))
    .bind(&user)
    .bind(&now)
    .execute_on(tx, "second factor", user)
    .await
}

/// Codes of this time step and those before it are used up.
pub async fn set_last_step(tx: &mut Tx, user: UserId, step: i64) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/second_factors/set_last_step.sql"))
        .bind(&user)
        .bind(&step)
        .execute_on(tx, "second factor", user)
        .await
}

/// The authenticator is gone; the recovery codes stay.
pub async fn delete_second_factor(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/second_factors/delete_second_factor.sql"
    ))
    .bind(&user)
    .execute(tx)
    .await?;
    Ok(())
}

/// Puts these codes in the place of those before them.
pub async fn put_recovery_codes(
    tx: &mut Tx,
    user: UserId,
    codes: &[RecoveryCode],
) -> Result<(), StoreError> {
    delete_recovery_codes(tx, user).await?;
    Statement::for_rows(
        include_str!("queries/second_factors/insert_recovery_codes.sql"),
        codes,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the code was one of the person's; it is none any more.
pub async fn use_recovery_code(tx: &mut Tx, code: &RecoveryCode) -> Result<bool, StoreError> {
    let used = Statement::new(include_str!("queries/second_factors/use_recovery_code.sql"))
        .bind(code)
        .execute(tx)
        .await?;
    Ok(used > 0)
}

/// How many recovery codes the person has left.
pub async fn count_recovery_codes(
    connection: &mut Connection,
    user: UserId,
) -> Result<i64, StoreError> {
    Statement::new(include_str!(
        "queries/second_factors/count_recovery_codes.sql"
    ))
    .bind(&user)
    .value(connection)
    .await
}

/// The members of a workspace who have a second factor, an authenticator or a passkey.
pub async fn list_proven_members(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<UserId>, StoreError> {
    Statement::new(include_str!(
        "queries/second_factors/list_proven_members.sql"
    ))
    .bind(&workspace)
    .values(connection)
    .await
}

pub async fn delete_recovery_codes(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/second_factors/delete_recovery_codes.sql"
    ))
    .bind(&user)
    .execute(tx)
    .await?;
    Ok(())
}
