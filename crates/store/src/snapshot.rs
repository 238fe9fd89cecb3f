//! The store of a server as it is at one moment, copied to a file while work on it goes on.

use std::path::Path;

use crate::connection::Inner;
use crate::meta::{SALTS_KEY, delete_meta};
use crate::moving::{MovedTable, TABLES, describe, read_file, read_server};
use crate::postgres::Server;
use crate::statement::Statement;
use crate::{Connection, Store, StoreError, Tx, migrate};

/// One moment of a server's store. Until [`Snapshot::release_writers`] nobody else writes there.
#[derive(Debug)]
pub struct Snapshot {
    connection: Connection,
    server: Server,
}

impl Snapshot {
    /// Waits for the transaction under way, lets no other begin, and looks at what there is then.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the server cannot be used or its schema is of another version;
    /// nothing is migrated.
    pub async fn take(url: &str) -> Result<Self, StoreError> {
        let server = Server::connect(url).await?;
        let mut session = server.snapshot().await?;
        if !migrate::is_current(&mut session).await? {
            return Err(StoreError::refused(
                server.name(),
                "its tables are of another version of the program; a server of this version \
                 upgrades them at its start",
            ));
        }
        Ok(Self {
            connection: Connection::of(Inner::Postgres(session)),
            server,
        })
    }

    /// Work goes on; the moment stays.
    pub async fn release_writers(&mut self) -> Result<(), StoreError> {
        let release = include_str!("queries/maintain/release_writers.pg.sql");
        self.connection.fetch(Statement::new(release)).await?;
        Ok(())
    }

    /// For reading what there was.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Writes all of it to `target`, a new file, and reads it back. The salts of cookieless
    /// visitors are left out, as by [`crate::maintain::back_up`].
    ///
    /// # Errors
    /// [`StoreError::NotMoved`] names the first table that differs. What was written of a copy that
    /// failed is of no use.
    pub async fn copy_to(mut self, target: &Path) -> Result<Vec<MovedTable>, StoreError> {
        let file = Store::made(target).await?;
        let mut tx = file.begin().await?;
        Statement::new(include_str!("queries/moving/defer_references.sql"))
            .execute(&mut tx)
            .await?;
        let mut copied = Vec::new();
        for name in TABLES {
            let table = describe(&mut tx, name).await?;
            let read = read_server(&mut self.connection, Some(&mut tx), &table).await?;
            if read != read_file(&mut tx, None, &table).await? {
                return Err(StoreError::NotMoved { table: name });
            }
            copied.push(read);
        }
        self.go_on_counting(&mut tx).await?;
        delete_meta(&mut tx, SALTS_KEY).await?;
        tx.commit().await?;
        file.close().await;
        drop(self.connection);
        self.server.close().await;
        Ok(copied)
    }

    /// No id that the server ever gave out is given out again.
    async fn go_on_counting(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let counting: Vec<String> =
            Statement::new(include_str!("queries/moving/list_counting.sql"))
                .values(tx)
                .await?;
        for name in counting {
            let last: i64 = Statement::new(include_str!("queries/moving/find_last_id.pg.sql"))
                .bind(&name)
                .value(&mut self.connection)
                .await?;
            Statement::new(include_str!("queries/moving/forget_last_id.sql"))
                .bind(&name)
                .execute(tx)
                .await?;
            if last > 0 {
                Statement::new(include_str!("queries/moving/put_last_id.sql"))
                    .bind(&name)
                    .bind(&last)
                    .execute(tx)
                    .await?;
            }
        }
        Ok(())
    }
}
