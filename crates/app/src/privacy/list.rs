//! The erasure list: who was erased, outside the store too, so that a back-up that is put back
//! forgets again whoever was erased since it was made.
//!
//! It holds numbers of records and digests, and no personal data.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use base::{UnixMillis, VisitorId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::erasures::{self, ErasedMark, Erasure, ErasureWork};
use store::{ErasureId, workspaces};
use tokio::fs;
use warehouse::Parameter;
use zeroize::Zeroizing;

use super::marks::{MarkKey, MarkKind};
use super::subject::Subject;
use super::work::ErasureStep;
use crate::audit::hexadecimal;
use crate::error::Step as _;
use crate::{App, AppError, Place, surroundings};

/// Below the data folder.
const FILE: &str = "erasures.json";
const STEP: &str = "keep the erasure list";

/// The key of marks among the secrets.
const KEY_PLACE: Place<'static> = Place {
    table: "erasures",
    field: "mark_key",
    row: 0,
    workspace: None,
};

#[derive(Debug, Default, Serialize, Deserialize)]
struct List {
    /// Of the key that the digests were made with.
    check: String,
    erasures: Vec<Listed>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Listed {
    id: i64,
    workspace: i64,
    until_ms: i64,
    #[serde(default)]
    leads: Vec<i64>,
    #[serde(default)]
    deals: Vec<i64>,
    #[serde(default)]
    marks: Vec<(String, String)>,
}

impl App {
    pub(super) fn mark_key(&self) -> Result<&MarkKey, AppError> {
        let key = self
            .inner
            .erased
            .key()
            .ok_or_else(|| anyhow::anyhow!("no key"));
        key.step("find the key of erased people")
    }

    /// Reads who was erased, and erases again whom the list beside the store knows and the store
    /// does not: it was put back from a back-up. Call it before facts are loaded.
    pub(crate) async fn catch_up_erasures(&self) -> Result<(), AppError> {
        self.open_mark_key().await?;
        let mut connection = self.inner.store.read().await?;
        let known = erasures::list_all_erasures(&mut connection).await?;
        let known: BTreeSet<i64> = known.into_iter().map(|erasure| erasure.id.0).collect();
        drop(connection);
        for listed in self.read_erasure_list().await?.erasures {
            if !known.contains(&listed.id) {
                tracing::warn!(
                    erasure = listed.id,
                    "erases again what a back-up has put back"
                );
                self.replay(&listed).await?;
            }
        }
        self.publish_erased().await
    }

    async fn open_mark_key(&self) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let mut found = self.open_secret(&mut connection, KEY_PLACE).await?;
        drop(connection);
        if found.is_none() {
            let mut tx = self.inner.store.begin().await?;
            // Another process that starts just now may have made it.
            found = self.open_secret(&mut tx, KEY_PLACE).await?;
            if found.is_none() {
                let key = surroundings::random::<32>(self.inner.surroundings.as_ref());
                self.put_secret(&mut tx, KEY_PLACE, &key).await?;
                tx.commit().await?;
                found = Some(Zeroizing::new(key.to_vec()));
            }
        }
        let key = found.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        let key = key.ok_or_else(|| anyhow::anyhow!("it has not 32 bytes"));
        let key = Zeroizing::new(key.step("open the key of erased people")?);
        self.inner.erased.set_key(MarkKey::new(key));
        Ok(())
    }

    /// Makes what the store says of erased people hold for facts and files.
    pub(super) async fn publish_erased(&self) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let marks = erasures::list_marks(&mut connection).await?;
        drop(connection);
        let erased = std::sync::Arc::clone(&self.inner.erased);
        // A load that has begun is waited for.
        let publish = tokio::task::spawn_blocking(move || erased.publish(&marks));
        publish.await.step("publish who was erased")
    }

    fn erasure_list(&self) -> PathBuf {
        self.inner.settings.data.join(FILE)
    }

    async fn read_erasure_list(&self) -> Result<List, AppError> {
        let bytes = match fs::read(self.erasure_list()).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(List::default()),
            read => read.step(STEP)?,
        };
        let list: List = serde_json::from_slice(&bytes).step(STEP)?;
        if list.check != self.mark_key()?.check_value() {
            // Ids of another installation's records say nothing of this one's.
            tracing::error!("the erasure list was made with another key, and is left alone");
            return Ok(List::default());
        }
        Ok(list)
    }

    /// Writes the whole list, in place of the one before.
    pub(super) async fn write_erasure_list(&self) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = erasures::list_all_erasures(&mut connection).await?;
        let records = erasures::list_records(&mut connection).await?;
        let marks = erasures::list_marks(&mut connection).await?;
        drop(connection);
        let of = |erasure: &Erasure, kind: &str| -> Vec<i64> {
            let own = records.iter();
            let own = own.filter(|record| record.erasure_id == erasure.id && record.kind == kind);
            own.map(|record| record.record_id).collect()
        };
        let listed = all.iter().map(|erasure| Listed {
            id: erasure.id.0,
            workspace: erasure.workspace_id.0,
            until_ms: erasure.work.until_ms.map_or(0, |until| until.0),
            leads: of(erasure, "lead"),
            deals: of(erasure, "deal"),
            marks: marks
                .iter()
                .filter(|mark| mark.erasure_id == erasure.id)
                .map(|mark| (mark.kind.clone(), hexadecimal(&mark.digest)))
                .collect(),
        });
        let list = List {
            check: self.mark_key()?.check_value(),
            erasures: listed.collect(),
        };
        let bytes = serde_json::to_vec_pretty(&list).step(STEP)?;
        let (path, draft) = (
            self.erasure_list(),
            self.erasure_list().with_extension("draft"),
        );
        let write = move || -> io::Result<()> {
            std::fs::write(&draft, bytes)?;
            std::fs::File::open(&draft)?.sync_all()?;
            std::fs::rename(&draft, &path)?;
            match path.parent() {
                Some(folder) => std::fs::File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        tokio::task::spawn_blocking(write)
            .await
            .step(STEP)?
            .step(STEP)
    }

    async fn replay(&self, listed: &Listed) -> Result<(), AppError> {
        let (id, workspace) = (ErasureId(listed.id), WorkspaceId(listed.workspace));
        let until = UnixMillis(listed.until_ms);
        let subject = Subject {
            leads: listed.leads.clone(),
            deals: listed.deals.clone(),
            ..Subject::default()
        };
        let marks: Vec<ErasedMark> = listed
            .marks
            .iter()
            .map(|(kind, digest)| ErasedMark {
                workspace_id: workspace,
                kind: kind.clone(),
                digest: bytes_of(digest),
                erasure_id: id,
                until_ms: until,
            })
            .collect();
        let mut tx = self.inner.store.begin().await?;
        let all = workspaces::list_workspaces(&mut tx).await?;
        if all.iter().all(|known| known.id != workspace) {
            // The workspace is younger than the back-up, and so is all that was erased in it.
            return Ok(());
        }
        let work = ErasureWork {
            step: ErasureStep::Records.name().to_owned(),
            until_ms: Some(until),
            subject: subject.written(),
            counts: json!({}),
        };
        erasures::replay_erasure(&mut tx, (id, workspace), self.now(), &work).await?;
        erasures::put_marks(&mut tx, &marks).await?;
        tx.commit().await?;
        self.inner.erasures.notify_one();
        Ok(())
    }

    /// Visitors in the warehouse that only a mark tells of, which is so after a back-up was put
    /// back.
    pub(super) async fn visitors_of_marks(
        &self,
        erasure: &Erasure,
    ) -> Result<Vec<VisitorId>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let marks = erasures::list_marks(&mut connection).await?;
        drop(connection);
        let visitor = MarkKind::Visitor.name();
        let digests: BTreeSet<Vec<u8>> = marks
            .into_iter()
            .filter(|mark| mark.erasure_id == erasure.id && mark.kind == visitor)
            .map(|mark| mark.digest)
            .collect();
        let named = super::subject::Work::read(&erasure.work.subject)?.visitors;
        let key = self.mark_key()?;
        let workspace = erasure.workspace_id;
        let digest = |visitor: VisitorId| key.digest_of_visitor(workspace, visitor).to_vec();
        let named: BTreeSet<Vec<u8>> = named.into_iter().map(digest).collect();
        if digests.is_subset(&named) {
            return Ok(Vec::new());
        }
        let parameters = vec![Parameter::Int(workspace.0)];
        let sql = include_str!("../queries/all_visitors.sql");
        let table = self.read_table_whole(sql, parameters).await?;
        let visitors = table.rows.iter().filter_map(|row| {
            let id = row.first()?.int()?;
            u64::try_from(id).ok().map(VisitorId)
        });
        Ok(visitors
            .filter(|visitor| digests.contains(&digest(*visitor)))
            .collect())
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let bytes = digits.filter_map(|pair| std::str::from_utf8(pair).ok());
    bytes
        .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}
