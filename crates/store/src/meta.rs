//! Small values of the installation: its id, the salts of cookieless visitors.

use crate::statement::Statement;
use crate::{Connection, StoreError, Tx};

/// Key of the salts of cookieless visitors. They are destroyed after two days, so that no copy has
/// them.
pub const SALTS_KEY: &str = "cookieless_salts";

pub async fn find_meta(
    connection: &mut Connection,
    key: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    Statement::new(include_str!("queries/meta/find_meta.sql"))
        .bind(key)
        .find_value(connection)
        .await
}

pub async fn put_meta(tx: &mut Tx, key: &str, value: &[u8]) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/meta/put_meta.sql"))
        .bind(key)
        .bind(value)
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps the value that is there, or stores this one; what is stored then.
pub async fn init_meta(tx: &mut Tx, key: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
    Statement::new(include_str!("queries/meta/init_meta.sql"))
        .bind(key)
        .bind(value)
        .value(tx)
        .await
}

pub async fn delete_meta(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/meta/delete_meta.sql"))
        .bind(key)
        .execute(tx)
        .await?;
    Ok(())
}
