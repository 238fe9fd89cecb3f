//! A store that a restore brings to a server. The database carries a mark until everything that
//! belongs to it is in its place: till then nothing opens it, and another restore takes it over.

use crate::meta::{delete_meta, find_meta, put_meta};
use crate::moving::{MovedTable, TABLES, copy, count_begun, count_held};
use crate::statement::Statement;
use crate::{Connection, Store, StoreError};

/// In the `meta` of a database that is being restored, with what tells one restore from another.
const MARK: &str = "being_restored";

/// A store that was brought to a server, and is not to be opened yet.
#[derive(Debug)]
pub struct Restoring {
    server: Store,
    token: Vec<u8>,
}

/// Refuses a database that holds a store, before anything is written. One that an interrupted
/// restore has left is none.
///
/// # Errors
/// [`StoreError::Refused`] in words, also when the server cannot be used.
pub async fn require_restorable(url: &str) -> Result<(), StoreError> {
    let server = Store::migrated(url).await?;
    let mut connection = server.read().await?;
    let held = count_begun(&mut connection).await?;
    let is_free = held == 0 || is_marked(&mut connection).await?;
    drop(connection);
    let place = server.place();
    server.close().await;
    match is_free {
        true => Ok(()),
        false => Err(not_empty(&place)),
    }
}

/// Brings everything from a file to a server in one transaction, in the place of what an
/// interrupted restore has left there. `token` is this restore's alone.
///
/// # Errors
/// [`StoreError::Refused`] where there is anything else; the server is as it was then.
pub async fn restore_to(
    url: &str,
    file: &Store,
    token: &[u8],
    mut progress: impl FnMut(&MovedTable),
) -> Result<Restoring, StoreError> {
    let server = Store::open_unfinished(url).await?;
    let mut source = file.begin().await?;
    let mut target = server.begin().await?;
    if count_held(&mut target).await? > 0 {
        if !is_marked(&mut target).await? {
            return Err(not_empty(&server.place()));
        }
        let empty = format!("truncate {}", TABLES.join(", "));
        Statement::made(empty).execute(&mut target).await?;
    }
    copy(&mut source, &mut target, &mut progress).await?;
    put_meta(&mut target, MARK, token).await?;
    target.commit().await?;
    Ok(Restoring {
        server,
        token: token.to_owned(),
    })
}

impl Restoring {
    /// Whether the database is still this restore's.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when another restore has taken it over meanwhile.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.check_within(&mut self.server.read().await?).await
    }

    async fn check_within(&self, connection: &mut Connection) -> Result<(), StoreError> {
        if find_meta(connection, MARK).await?.as_ref() == Some(&self.token) {
            return Ok(());
        }
        let place = self.server.place();
        let reason = "another restore has taken the database over";
        Err(StoreError::refused(&place, reason))
    }

    /// Lets the database be opened.
    ///
    /// # Errors
    /// As [`Restoring::check`].
    pub async fn finish(self) -> Result<(), StoreError> {
        let mut tx = self.server.begin().await?;
        self.check_within(&mut tx).await?;
        delete_meta(&mut tx, MARK).await?;
        tx.commit().await?;
        self.server.close().await;
        Ok(())
    }
}

/// Whether a restore into the database was not finished.
pub(crate) async fn is_marked(connection: &mut Connection) -> Result<bool, StoreError> {
    Ok(find_meta(connection, MARK).await?.is_some())
}

fn not_empty(place: &str) -> StoreError {
    let reason = "the database holds a store already, and an empty one is needed";
    StoreError::refused(place, reason)
}
