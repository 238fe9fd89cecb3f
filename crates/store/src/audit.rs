//! The audit log: who did what and when. Each entry is sealed together with the one before it, so
//! that an entry that was changed, taken out or put in shows.

use base::{UnixMillis, UserId, WorkspaceId};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::statement::{Joined, Statement, Told, record};
use crate::{ApiKeyId, Connection, Keyset, Page, PageRequest, StoreError, Tx};

/// Longest text that an entry tells of a change; what is longer is cut.
const TOLD_CHARS_MAX: usize = 500;
/// What the first entry is sealed with.
const START: [u8; 32] = [0; 32];

record! {
    /// What an entry says.
    pub struct AuditDetails {
        pub at: UnixMillis,
        /// `person`, `key`, `service_account` or `system`.
        pub actor_kind: String,
        pub actor_id: Option<i64>,
        pub actor_name: String,
        /// The network that the request came from; empty for commands.
        pub network: String,
        pub act: String,
        /// The id of what it is about; empty where that is the workspace or who acted.
        pub object: String,
        /// A JSON object: what changed, from what to what, or how many.
        pub details: String,
        /// The API key that it was done with, where it was one.
        pub key_id: Option<ApiKeyId>,
        /// What the key was called.
        pub key_name: Option<String>,
    }
}

record! {
    pub struct AuditEntry {
        /// Counted from one in each workspace.
        pub seq: i64,
        pub said: AuditDetails,
        /// SHA-256 over the seal of the entry before, the workspace, `seq` and what is said.
        pub seal: Vec<u8>,
    }
}

record! {
    struct Head {
        seq: i64,
        seal: Vec<u8>,
    }
}

/// Which entries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A person's entries alone.
    pub person: Option<UserId>,
    pub act: Option<String>,
    /// What was done with a key alone, whoever's it is.
    pub key: Option<ApiKeyId>,
    pub from: Option<UnixMillis>,
    /// The first moment after the period.
    pub until: Option<UnixMillis>,
}

/// Writes an entry behind the last of its workspace.
pub async fn append_audit_entry(
    tx: &mut Tx,
    workspace: WorkspaceId,
    said: &AuditDetails,
) -> Result<(), StoreError> {
    let head = Statement::new(include_str!("queries/audit/find_audit_head.sql"))
        .bind(&workspace)
        .find(tx)
        .await?;
    let head: Head = head.unwrap_or(Head {
        seq: 0,
        seal: START.to_vec(),
    });
    let mut entry = AuditEntry {
        seq: head.seq + 1,
        said: said.clone(),
        seal: Vec::new(),
    };
    entry.seal = seal(&head.seal, workspace, &entry);
    Statement::new(include_str!("queries/audit/append_audit_entry.sql"))
        .bind(&Joined(&workspace, &entry))
        .execute(tx)
        .await?;
    Ok(())
}

/// Entries, newest first.
pub async fn list_audit_entries(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: &AuditFilter,
    page: PageRequest,
) -> Result<Page<AuditEntry>, StoreError> {
    Statement::new(include_str!("queries/audit/list_audit_entries.sql"))
        .bind(&workspace)
        .bind(&filter.from.unwrap_or(UnixMillis(i64::MIN)))
        .bind(&filter.until.unwrap_or(UnixMillis(i64::MAX)))
        .bind(&filter.person)
        .bind(&filter.act)
        .bind(&filter.key)
        .page(connection, page, |entry: &AuditEntry| Keyset {
            at: entry.said.at,
            id: entry.seq,
        })
        .await
}

/// The entries behind one, in the order in which they were sealed.
pub async fn list_audit_entries_after(
    connection: &mut Connection,
    workspace: WorkspaceId,
    seq: i64,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    Statement::new(include_str!("queries/audit/list_audit_entries_after.sql"))
        .bind(&workspace)
        .bind(&seq)
        .bind(&i64::from(limit))
        .all(connection)
        .await
}

/// The last of the entries that are from until a moment; one always stays behind it.
pub async fn find_old_audit_entry(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: UnixMillis,
) -> Result<Option<AuditEntry>, StoreError> {
    Statement::new(include_str!("queries/audit/find_old_audit_entry.sql"))
        .bind(&workspace)
        .bind(&until)
        .find(connection)
        .await
}

/// Takes out entries up to a number, the first ones; how many.
pub async fn delete_audit_entries(
    tx: &mut Tx,
    workspace: WorkspaceId,
    until_seq: i64,
    limit: i64,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/audit/delete_audit_entries.sql"))
        .bind(&workspace)
        .bind(&until_seq)
        .bind(&limit)
        .execute(tx)
        .await
}

/// A walk along the chain, entry by entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    workspace: WorkspaceId,
    pub seq: i64,
    pub seal: Vec<u8>,
}

impl Chain {
    #[must_use]
    pub fn start(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            seq: 0,
            seal: START.to_vec(),
        }
    }

    /// From behind an entry on that is not there any more.
    #[must_use]
    pub fn behind(workspace: WorkspaceId, seq: i64, seal: Vec<u8>) -> Self {
        Self {
            workspace,
            seq,
            seal,
        }
    }

    /// Goes on to the next entry; false when it is not the one that was written there.
    pub fn follow(&mut self, entry: &AuditEntry) -> bool {
        let is_next = entry.seq == self.seq + 1;
        let is_sealed = entry.seal == seal(&self.seal, self.workspace, entry);
        self.seq = entry.seq;
        self.seal.clone_from(&entry.seal);
        is_next && is_sealed
    }
}

/// What differs between two states of a record: `{"field": [before, after]}`.
pub fn changes<T: Told>(before: &T, after: &T) -> Json {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    before.tell("", &mut old);
    after.tell("", &mut new);
    let pairs = old.into_iter().zip(new);
    let differing = pairs.filter(|((_, old), (_, new))| old != new);
    let told: Map<String, Json> = differing
        .map(|((name, old), (_, new))| (name.to_owned(), json!([shown(old), shown(new)])))
        .collect();
    Json::Object(told)
}

/// Every text is preceded by its length, so that no two entries are sealed alike. An entry without
/// a key is sealed as it was before keys were kept.
fn seal(before: &[u8], workspace: WorkspaceId, entry: &AuditEntry) -> Vec<u8> {
    let said = &entry.said;
    let mut hash = Sha256::new();
    hash.update(before);
    for number in [workspace.0, entry.seq, said.at.0] {
        hash.update(number.to_be_bytes());
    }
    let id = said.actor_id.map(|id| id.to_string()).unwrap_or_default();
    let key = said.key_id.map(|key| key.to_string());
    let has_key = key.is_some() || said.key_name.is_some();
    let of_key: [&str; 2] = [
        key.as_deref().unwrap_or_default(),
        said.key_name.as_deref().unwrap_or_default(),
    ];
    let texts: [&str; 7] = [
        &said.actor_kind,
        &id,
        &said.actor_name,
        &said.network,
        &said.act,
        &said.object,
        &said.details,
    ];
    let of_key = has_key.then_some(of_key).into_iter().flatten();
    for text in texts.into_iter().chain(of_key) {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().to_vec()
}

/// A long text is cut.
fn shown(value: Json) -> Json {
    match value {
        Json::String(text) => text.chars().take(TOLD_CHARS_MAX).collect::<String>().into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: i64, details: &str) -> AuditEntry {
        AuditEntry {
            seq,
            said: AuditDetails {
                at: UnixMillis(seq),
                actor_kind: "person".to_owned(),
                actor_id: Some(1),
                actor_name: "Anna".to_owned(),
                network: "203.0.113.0/24".to_owned(),
                act: "link.created".to_owned(),
                object: seq.to_string(),
                details: details.to_owned(),
                key_id: None,
                key_name: None,
            },
            seal: Vec::new(),
        }
    }

    fn sealed(entries: &mut [AuditEntry]) {
        let mut before = START.to_vec();
        for entry in entries {
            entry.seal = seal(&before, WorkspaceId(1), entry);
            before.clone_from(&entry.seal);
        }
    }

    fn first_broken(entries: &[AuditEntry]) -> Option<i64> {
        let mut chain = Chain::start(WorkspaceId(1));
        let mut walked = entries.iter();
        walked
            .find(|entry| !chain.follow(entry))
            .map(|entry| entry.seq)
    }

    #[test]
    fn a_chain_shows_what_was_changed_taken_out_or_put_in() {
        let mut entries: Vec<_> = (1..=4).map(|seq| entry(seq, "{}")).collect();
        sealed(&mut entries);
        assert_eq!(first_broken(&entries), None);
        let mut changed = entries.clone();
        changed[1].said.actor_name = "Boris".to_owned();
        assert_eq!(first_broken(&changed), Some(2));
        let mut shorter = entries.clone();
        shorter.remove(2);
        assert_eq!(first_broken(&shorter), Some(4));
        let mut longer = entries.clone();
        longer.insert(2, entry(3, "{}"));
        assert_eq!(first_broken(&longer), Some(3));
    }

    #[test]
    fn a_key_that_is_put_into_an_entry_or_taken_out_shows() {
        let mut entries: Vec<_> = (1..=3).map(|seq| entry(seq, "{}")).collect();
        entries[1].said.key_id = Some(ApiKeyId(7));
        entries[1].said.key_name = Some("nightly".to_owned());
        sealed(&mut entries);
        assert_eq!(first_broken(&entries), None);
        let mut other = entries.clone();
        other[1].said.key_id = Some(ApiKeyId(8));
        assert_eq!(first_broken(&other), Some(2));
        let mut gone = entries.clone();
        (gone[1].said.key_id, gone[1].said.key_name) = (None, None);
        assert_eq!(first_broken(&gone), Some(2));
        let mut put = entries;
        put[2].said.key_name = Some(String::new());
        assert_eq!(first_broken(&put), Some(3));
    }

    /// Kept from before entries named keys: the seal of a first entry of workspace 1.
    #[test]
    fn what_was_sealed_before_keys_were_kept_is_whole() {
        let before = "09bcb6feb286385d6ca7322fe58e05f46be7a54795b49170f7f2a04bc1bbbf6d";
        let sealed = seal(&START, WorkspaceId(1), &entry(1, "{}"));
        let shown: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(shown, before);
    }

    #[test]
    fn letters_do_not_move_from_one_text_to_the_next() {
        let (mut one, mut other) = (entry(1, "b"), entry(1, ""));
        one.said.object = "a".to_owned();
        other.said.object = "ab".to_owned();
        assert_ne!(
            seal(&START, WorkspaceId(1), &one),
            seal(&START, WorkspaceId(1), &other)
        );
    }

    #[test]
    fn changes_name_the_fields_that_differ() {
        let (before, mut after) = (entry(1, "").said, entry(1, "").said);
        after.actor_id = None;
        after.object = "x".repeat(600);
        let told = changes(&before, &after);
        assert_eq!(
            told.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["actor_id", "object"]
        );
        assert_eq!(told["actor_id"], json!([1, null]));
        assert_eq!(told["object"][1].as_str().unwrap().len(), TOLD_CHARS_MAX);
    }
}
