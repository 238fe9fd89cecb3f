//! Where a workspace's log begins: what is older was let go of, and a later entry says so with the
//! seal of the last that went, so that nobody shortens the chain in silence.

use base::{UnixMillis, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::audit::{self, AuditEntry, Chain};
use store::{Connection, Tx, meta};

use super::{Act, Head, hexadecimal};
use crate::error::Step as _;
use crate::{App, AppError};

/// Entries that go in one transaction.
const ENTRIES: i64 = 2_000;
const STEP: &str = "read where the audit log begins";
/// In the details of the entry that says so.
const UNTIL: &str = "audit_until";

/// The last entry that was let go of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    seq: i64,
    seal: Vec<u8>,
    at_ms: i64,
}

/// Entries that may go.
pub(crate) struct OldEntries {
    pub(crate) until: Anchor,
    pub(crate) count: u64,
    pub(crate) oldest: Option<UnixMillis>,
}

impl Anchor {
    fn of(entry: AuditEntry) -> Self {
        Self {
            seq: entry.seq,
            seal: entry.seal,
            at_ms: entry.said.at.0,
        }
    }

    pub(crate) async fn read(
        connection: &mut Connection,
        workspace: WorkspaceId,
    ) -> Result<Option<Self>, AppError> {
        let found = meta::find_meta(connection, &key(workspace)).await?;
        let read = |text: Vec<u8>| serde_json::from_slice(&text);
        found.map(read).transpose().step(STEP)
    }

    /// The log begins behind it from now on.
    pub(crate) async fn put(&self, tx: &mut Tx, workspace: WorkspaceId) -> Result<(), AppError> {
        let text = serde_json::to_vec(self).step(STEP)?;
        Ok(meta::put_meta(tx, &key(workspace), &text).await?)
    }

    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            seal: hexadecimal(&self.seal),
        }
    }

    /// When the last entry that went was written.
    #[must_use]
    pub fn at(&self) -> UnixMillis {
        UnixMillis(self.at_ms)
    }

    pub(super) fn chain(&self, workspace: WorkspaceId) -> Chain {
        Chain::behind(workspace, self.seq, self.seal.clone())
    }

    /// Whether an entry says that what is up to here went.
    pub(super) fn is_told_by(&self, entry: &AuditEntry) -> bool {
        let details: Value = serde_json::from_str(&entry.said.details).unwrap_or_default();
        entry.said.act == Act::RetentionApplied.name() && details[UNTIL] == self.told()
    }

    /// As the log tells it.
    pub(crate) fn tell(&self, details: &mut Value) {
        details[UNTIL] = self.told();
    }

    fn told(&self) -> Value {
        json!(format!("{} of {}", self.head(), self.at().rfc3339()))
    }
}

impl OldEntries {
    /// Those from until a moment, if there are any.
    pub(crate) async fn find(
        connection: &mut Connection,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<Option<Self>, AppError> {
        let found = audit::find_old_audit_entry(connection, workspace, until).await?;
        let before = Anchor::read(connection, workspace).await?;
        let gone = before.map_or(0, |before| before.seq);
        let Some(last) = found.filter(|last| last.seq > gone) else {
            return Ok(None);
        };
        let first = audit::list_audit_entries_after(connection, workspace, gone, 1).await?;
        Ok(Some(Self {
            count: u64::try_from(last.seq - gone).unwrap_or_default(),
            until: Anchor::of(last),
            oldest: first.first().map(|first| first.said.at),
        }))
    }
}

impl App {
    /// Takes out the entries that the log does not begin with any more.
    pub(crate) async fn drop_old_audit_entries(
        &self,
        workspace: WorkspaceId,
    ) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let anchor = Anchor::read(&mut connection, workspace).await?;
        drop(connection);
        let Some(anchor) = anchor else {
            return Ok(());
        };
        loop {
            let mut tx = self.inner.store.begin().await?;
            let gone = audit::delete_audit_entries(&mut tx, workspace, anchor.seq, ENTRIES).await?;
            tx.commit().await?;
            if gone == 0 {
                return Ok(());
            }
        }
    }
}

fn key(workspace: WorkspaceId) -> String {
    format!("audit_anchor:{workspace}")
}
