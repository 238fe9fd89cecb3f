//! The erasure list: who was erased, outside the store too, so that a back-up that is put back
//! forgets again whoever was erased since it was made.
//!
//! It holds numbers of records and digests, and no personal data. What it says is never taken out
//! of it, and a list of another installation is never written over.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use store::erasures::{self, Erasure};
use store::workspaces;
use tokio::fs;
use zeroize::Zeroizing;

use super::marks::MarkKey;
use crate::audit::hexadecimal;
use crate::error::Step as _;
use crate::secrets::Sealed;
use crate::{App, AppError, Place};

/// Below the data folder.
pub(super) const FILE: &str = "erasures.json";
const STEP: &str = "keep the erasure list";

/// The key of marks among the secrets.
pub(super) const KEY_PLACE: Place<'static> = Place {
    table: "erasures",
    field: "mark_key",
    row: 0,
    workspace: None,
};

/// What the file says.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct List {
    /// Of the key that the digests were made with.
    pub(super) check: String,
    /// That key, sealed under the master key: a back-up may be from before it was made.
    #[serde(default)]
    key: Option<SealedKey>,
    /// Whose records the numbers are of.
    #[serde(default)]
    pub(super) installation: String,
    /// Segments of the journal that were moved away when somebody was erased: they are written
    /// anew when they are back.
    #[serde(default)]
    pub(super) away: BTreeSet<u64>,
    pub(super) erasures: Vec<Listed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SealedKey {
    wrapped: String,
    sealed: String,
}

/// An erasure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) id: i64,
    pub(super) workspace: i64,
    pub(super) until_ms: i64,
    #[serde(default)]
    pub(super) leads: BTreeSet<i64>,
    #[serde(default)]
    pub(super) deals: BTreeSet<i64>,
    #[serde(default)]
    pub(super) marks: BTreeSet<(String, String)>,
}

impl List {
    /// Whether its digests were made with the key.
    pub(super) fn is_of(&self, key: &MarkKey) -> bool {
        self.check == key.check_value()
    }

    /// Adds erasures; of one that is known, what is not known yet.
    fn add(&mut self, more: Vec<Listed>) {
        let all = std::mem::take(&mut self.erasures).into_iter().chain(more);
        let mut known: BTreeMap<(i64, i64), Listed> = BTreeMap::new();
        for listed in all {
            let one = known.entry((listed.id, listed.workspace)).or_default();
            (one.id, one.workspace) = (listed.id, listed.workspace);
            one.until_ms = one.until_ms.max(listed.until_ms);
            one.leads.extend(listed.leads);
            one.deals.extend(listed.deals);
            one.marks.extend(listed.marks);
        }
        self.erasures = known.into_values().collect();
    }
}

/// One list that says what all of them say; the first is the newest. A list of another key or of
/// another installation cannot be united with it and is left out; answers how many were.
///
/// # Errors
/// When one of them cannot be read.
pub fn united_erasure_lists(lists: &[Vec<u8>]) -> Result<(Vec<u8>, usize), AppError> {
    let read = |bytes: &Vec<u8>| serde_json::from_slice::<List>(bytes).step(STEP);
    let mut lists = lists.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    lists.reverse();
    let Some(mut all) = lists.pop() else {
        return Ok((Vec::new(), 0));
    };
    let mut left_out = 0;
    for list in lists {
        let is_same = |one: &str, other: &str| one == other || one.is_empty() || other.is_empty();
        if !is_same(&all.check, &list.check) || !is_same(&all.installation, &list.installation) {
            left_out += 1;
            continue;
        }
        all.away.extend(&list.away);
        all.add(list.erasures);
    }
    let bytes = serde_json::to_vec_pretty(&all).step(STEP)?;
    Ok((bytes, left_out))
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

    pub(super) fn erasure_list(&self) -> PathBuf {
        self.inner.settings.data.join(FILE)
    }

    /// What the file says; nothing where there is none, or nobody in it.
    pub(super) async fn read_erasure_list(&self) -> Result<Option<List>, AppError> {
        let bytes = match fs::read(self.erasure_list()).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.step(STEP)?,
        };
        let list: List = serde_json::from_slice(&bytes).step(STEP)?;
        Ok((!list.erasures.is_empty()).then_some(list))
    }

    /// The key that a list was made with, where this installation can open it.
    pub(super) fn listed_key(&self, list: &List) -> Option<Zeroizing<[u8; 32]>> {
        let sealed = list.key.as_ref()?;
        let sealed = Sealed {
            wrapped_key: bytes_of(&sealed.wrapped),
            value: bytes_of(&sealed.sealed),
        };
        let opened = self.inner.keyring.open_sealed(KEY_PLACE, &sealed).ok()?;
        let key = <[u8; 32]>::try_from(opened.as_slice()).ok()?;
        Some(Zeroizing::new(key))
    }

    /// Tells this installation's records from those of another one.
    pub(super) async fn installation(&self) -> Result<String, AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        Ok(all.first().map_or_else(String::new, |first| {
            let told = format!("installation {} {}", first.id, first.created_at.0);
            hexadecimal(&blake3::hash(told.as_bytes()).as_bytes()[..16])
        }))
    }

    /// Adds to the list what the store says.
    pub(super) async fn write_erasure_list(&self) -> Result<(), AppError> {
        self.change_erasure_list(|_| {}).await
    }

    /// The same with another change.
    pub(super) async fn change_erasure_list(
        &self,
        change: impl FnOnce(&mut List),
    ) -> Result<(), AppError> {
        let check = self.mark_key()?.check_value();
        let mut list = self.read_erasure_list().await?.unwrap_or_default();
        if !list.check.is_empty() && list.check != check {
            let why = anyhow::anyhow!("{}", self.words_on_other_list(&list));
            return Err(why).step(STEP);
        }
        list.check = check;
        list.installation = self.installation().await?;
        if self.listed_key(&list).is_none() {
            list.key = Some(self.sealed_mark_key()?);
        }
        list.add(self.stored_erasures().await?);
        change(&mut list);
        self.put_erasure_list(list).await
    }

    pub(super) fn words_on_other_list(&self, list: &List) -> String {
        format!(
            "{} is the erasure list of another installation: its {} erasures cannot be carried \
             out here, and it is not written over. Put this installation's own list in its place, \
             or move it away",
            self.erasure_list().display(),
            list.erasures.len()
        )
    }

    fn sealed_mark_key(&self) -> Result<SealedKey, AppError> {
        let (keyring, surroundings) = (&self.inner.keyring, self.inner.surroundings.as_ref());
        let sealed = keyring.seal(KEY_PLACE, self.mark_key()?.bytes(), surroundings);
        let sealed = sealed.step("seal the key of erased people")?;
        Ok(SealedKey {
            wrapped: hexadecimal(&sealed.wrapped_key),
            sealed: hexadecimal(&sealed.value),
        })
    }

    async fn stored_erasures(&self) -> Result<Vec<Listed>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = erasures::list_all_erasures(&mut connection).await?;
        let records = erasures::list_records(&mut connection).await?;
        let marks = erasures::list_marks(&mut connection).await?;
        let of = |erasure: &Erasure, kind: &str| -> BTreeSet<i64> {
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
        Ok(listed.collect())
    }

    async fn put_erasure_list(&self, list: List) -> Result<(), AppError> {
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
}

pub(super) fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let bytes = digits.filter_map(|pair| std::str::from_utf8(pair).ok());
    bytes
        .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: i64, workspace: i64, leads: &[i64]) -> Listed {
        Listed {
            id,
            workspace,
            leads: leads.iter().copied().collect(),
            ..Listed::default()
        }
    }

    #[test]
    fn nothing_that_was_listed_is_lost_to_what_a_store_knows() {
        let mut list = List {
            erasures: vec![listed(1, 1, &[7, 8]), listed(2, 1, &[9]), listed(3, 5, &[])],
            ..List::default()
        };
        // The store was put back: it has erasure 1 without a lead that is younger, and not 2 yet.
        list.add(vec![
            listed(1, 1, &[7]),
            listed(2, 1, &[]),
            listed(4, 1, &[10]),
        ]);
        let expected = [
            listed(1, 1, &[7, 8]),
            listed(2, 1, &[9]),
            listed(3, 5, &[]),
            listed(4, 1, &[10]),
        ];
        assert_eq!(list.erasures, expected);
    }
    #[test]
    fn lists_of_one_installation_are_united_and_others_left_out() {
        let list = |check: &str, erasures: &[Listed]| List {
            check: check.to_owned(),
            erasures: erasures.to_vec(),
            ..List::default()
        };
        let lists = [
            list("ours", &[listed(1, 1, &[7])]),
            list("ours", &[listed(1, 1, &[8]), listed(2, 1, &[9])]),
            list("theirs", &[listed(3, 1, &[10])]),
        ];
        let lists = lists.map(|list| serde_json::to_vec(&list).unwrap());
        let (united, left_out) = united_erasure_lists(&lists).unwrap();
        let united: List = serde_json::from_slice(&united).unwrap();
        assert_eq!(united.erasures, [listed(1, 1, &[7, 8]), listed(2, 1, &[9])]);
        assert_eq!(left_out, 1);
    }
}
