//! Nodes: the processes that work on this store, each with a data folder of its own.

use base::UnixMillis;

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    /// What a node says of itself.
    pub struct NewNode {
        pub name: String,
        /// The id of its data folder.
        pub folder: String,
        /// Separated by commas.
        pub roles: String,
        pub address: String,
        pub version: String,
        pub seen_at: UnixMillis,
    }
}

record! {
    pub struct Node {
        pub name: String,
        pub folder: String,
        pub roles: String,
        pub address: String,
        pub version: String,
        pub seen_at: UnixMillis,
        /// Where its journal ended when it stopped.
        pub stopped_segment: Option<i64>,
        pub stopped_offset: Option<i64>,
        /// Since when nobody waits for it any more.
        pub gone_at: Option<UnixMillis>,
        /// Whether its journal may hold people who were erased.
        pub is_unswept: bool,
    }
}

record! {
    /// How often something that nodes keep in memory was changed.
    pub struct Revision {
        pub name: String,
        pub value: i64,
    }
}

/// Notes that a node runs. False where its name belongs to another data folder.
pub async fn note_node(tx: &mut Tx, node: &NewNode) -> Result<bool, StoreError> {
    let noted = Statement::new(include_str!("queries/nodes/note_node.sql"))
        .bind(node)
        .execute(tx)
        .await?;
    Ok(noted > 0)
}

/// Notes that a node has stopped, and where its journal ended.
pub async fn note_stop(
    tx: &mut Tx,
    (name, folder): (&str, &str),
    now: UnixMillis,
    (segment, offset): (i64, i64),
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/nodes/note_stop.sql"))
        .bind(name)
        .bind(folder)
        .bind(&now)
        .bind(&segment)
        .bind(&offset)
        .execute(tx)
        .await?;
    Ok(())
}

/// By name.
pub async fn list_nodes(connection: &mut Connection) -> Result<Vec<Node>, StoreError> {
    Statement::new(include_str!("queries/nodes/list_nodes.sql"))
        .all(connection)
        .await
}

/// Nobody waits for the node any more. False where there is no such node.
pub async fn give_up_node(tx: &mut Tx, name: &str, now: UnixMillis) -> Result<bool, StoreError> {
    let given_up = Statement::new(include_str!("queries/nodes/give_up_node.sql"))
        .bind(name)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(given_up > 0)
}

/// Makes another data folder the node's, as it was looked at before; its journal is to be swept.
/// False where it is another's by now, or the node has said meanwhile that it lives.
pub async fn adopt_node(tx: &mut Tx, before: &Node, folder: &str) -> Result<bool, StoreError> {
    let adopted = Statement::new(include_str!("queries/nodes/adopt_node.sql"))
        .bind(&before.name)
        .bind(folder)
        .bind(&before.folder)
        .bind(&before.seen_at)
        .execute(tx)
        .await?;
    Ok(adopted > 0)
}

/// Everybody who was erased is out of the journal of this folder.
pub async fn note_swept(tx: &mut Tx, (name, folder): (&str, &str)) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/nodes/note_swept.sql"))
        .bind(name)
        .bind(folder)
        .execute(tx)
        .await?;
    Ok(())
}

/// What nodes keep in memory, with how often it was changed. For a server: a file has one process.
pub async fn list_revisions(connection: &mut Connection) -> Result<Vec<Revision>, StoreError> {
    Statement::new(include_str!("queries/nodes/list_revisions.pg.sql"))
        .all(connection)
        .await
}
