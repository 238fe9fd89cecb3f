//! Erasing again whom the list knows and the store does not: it was put back from a back-up.

use std::collections::BTreeSet;

use base::{UnixMillis, VisitorId, WorkspaceId};
use serde_json::json;
use store::erasures::{self, ErasedMark, Erasure, ErasureWork};
use store::{Connection, ErasureId, workspaces};
use tokio::fs;
use warehouse::Parameter;
use zeroize::Zeroizing;

use super::list::{KEY_PLACE, List, Listed, bytes_of};
use super::marks::{MarkKey, MarkKind};
use super::retention::expired;
use super::subject::{Subject, Work};
use super::work::ErasureStep;
use crate::error::Step as _;
use crate::{App, AppError, surroundings};

impl App {
    /// Reads who was erased, and erases again whom the list beside the store knows and the store
    /// does not. Call it before facts are loaded.
    ///
    /// # Errors
    /// When the list is another installation's: nobody knows then who is to be erased.
    pub(crate) async fn catch_up_erasures(&self) -> Result<(), AppError> {
        let list = self.read_erasure_list().await?;
        self.open_mark_key(list.as_ref()).await?;
        let own = match list {
            Some(list) => Some(self.own_list(list).await?),
            None => None,
        };
        if let Some(list) = own {
            let mut connection = self.inner.store.read().await?;
            let known = erasures::list_all_erasures(&mut connection).await?;
            let known: BTreeSet<(i64, i64)> = known
                .into_iter()
                .map(|erasure| (erasure.id.0, erasure.workspace_id.0))
                .collect();
            drop(connection);
            let is_new = |one: &&Listed| !known.contains(&(one.id, one.workspace));
            for listed in list.erasures.iter().filter(is_new) {
                tracing::warn!(
                    erasure = listed.id,
                    "erases again what a back-up has put back"
                );
                self.replay(listed).await?;
            }
            let is_of_other_key = !list.is_of(self.mark_key()?);
            if is_of_other_key {
                // Carried out, and kept under another name.
                let gone = fs::remove_file(self.erasure_list()).await;
                gone.step("keep the erasure list")?;
            }
            if self.listed_key(&list).is_none() || is_of_other_key {
                let change = |own: &mut List| own.away.extend(&list.away);
                self.change_erasure_list(change).await?;
            }
        }
        self.publish_erased().await?;
        self.blank_returned_segments().await?;
        Ok(())
    }

    /// Takes people who were erased while a segment of the journal was away out of it, once it is
    /// back. Returns how many entries that were.
    ///
    /// # Errors
    /// When the list or the journal cannot be read or written.
    pub async fn blank_returned_segments(&self) -> Result<u64, AppError> {
        let _turn = self.inner.erasure_turn.lock().await;
        let Some(list) = self.read_erasure_list().await? else {
            return Ok(0);
        };
        let away: BTreeSet<u64> = self
            .inner
            .journal
            .away()
            .step("list segments")?
            .into_iter()
            .collect();
        let back: BTreeSet<u64> = list.away.difference(&away).copied().collect();
        if back.is_empty() {
            return Ok(0);
        }
        let blanked = self.blank_segments(Some(back.clone())).await?;
        self.change_erasure_list(|list| list.away.retain(|number| !back.contains(number)))
            .await?;
        tracing::info!(
            segments = back.len(),
            "took erased people out of segments that are back"
        );
        Ok(blanked)
    }

    /// The key that marks are made with. A store from before there was one, or one that has erased
    /// nobody, takes the list's.
    async fn open_mark_key(&self, list: Option<&List>) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let stored = self.stored_mark_key(&mut connection).await?;
        let all = erasures::list_all_erasures(&mut connection).await?;
        drop(connection);
        let listed = list.filter(|_| all.is_empty());
        let listed = listed.and_then(|list| self.listed_key(list));
        let wanted = match (stored, listed) {
            (Some(stored), None) => return self.use_mark_key(stored),
            (Some(stored), Some(listed)) if stored == listed => return self.use_mark_key(stored),
            (_, wanted) => wanted,
        };
        let mut tx = self.inner.store.begin().await?;
        // Another process that starts just now may have made it.
        let made = self.stored_mark_key(&mut tx).await?;
        let key = match (wanted, made) {
            (Some(wanted), _) => wanted,
            (None, Some(made)) => return self.use_mark_key(made),
            (None, None) => {
                let key = surroundings::random::<32>(self.inner.surroundings.as_ref());
                Zeroizing::new(key)
            }
        };
        self.put_secret(&mut tx, KEY_PLACE, key.as_slice()).await?;
        tx.commit().await?;
        self.use_mark_key(key)
    }

    async fn stored_mark_key(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<Zeroizing<[u8; 32]>>, AppError> {
        let stored = self.open_secret(connection, KEY_PLACE).await?;
        let key = stored.map(|bytes| <[u8; 32]>::try_from(bytes.as_slice()));
        let key = key.transpose().step("open the key of erased people")?;
        Ok(key.map(Zeroizing::new))
    }

    fn use_mark_key(&self, key: Zeroizing<[u8; 32]>) -> Result<(), AppError> {
        self.inner.erased.set_key(MarkKey::new(key));
        Ok(())
    }

    /// A list that was made with another key: of this installation, its records are erased again by
    /// their numbers, and the file is kept under another name.
    async fn own_list(&self, mut list: List) -> Result<List, AppError> {
        if list.is_of(self.mark_key()?) {
            return Ok(list);
        }
        let installation = self.installation().await?;
        if list.installation.is_empty() || list.installation != installation {
            let why = anyhow::anyhow!("{}", self.words_on_other_list(&list));
            return Err(why).step("carry out the erasure list");
        }
        let digits = list.check.chars().filter(char::is_ascii_alphanumeric);
        let name: String = digits.rev().take(8).collect();
        let aside = self.erasure_list().with_extension(format!("{name}.json"));
        let mut marks = 0;
        for listed in &mut list.erasures {
            marks += listed.marks.len();
            listed.marks.clear();
        }
        tracing::error!(
            kept = %aside.display(),
            erasures = list.erasures.len(),
            marks,
            "the erasure list was made with another key: leads and deals are erased again by their \
             numbers, and what was known by digests alone is not"
        );
        fs::copy(self.erasure_list(), aside)
            .await
            .step("keep the erasure list")?;
        Ok(list)
    }

    /// Makes what the store says of erased people hold for facts and files.
    pub(crate) async fn publish_erased(&self) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let marks = erasures::list_marks(&mut connection).await?;
        let expired = expired(&mut connection).await?;
        drop(connection);
        let erased = std::sync::Arc::clone(&self.inner.erased);
        // A load that has begun is waited for.
        let publish = tokio::task::spawn_blocking(move || erased.publish(&marks, expired));
        publish.await.step("publish who was erased")
    }

    async fn replay(&self, listed: &Listed) -> Result<(), AppError> {
        let (id, workspace) = (ErasureId(listed.id), WorkspaceId(listed.workspace));
        let until = UnixMillis(listed.until_ms);
        let subject = Subject {
            leads: listed.leads.iter().copied().collect(),
            deals: listed.deals.iter().copied().collect(),
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
        let named = Work::read(&erasure.work.subject)?.visitors;
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
