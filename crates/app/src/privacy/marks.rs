//! What the program knows an erased person by: digests that nobody can undo without its key, and
//! pseudonyms made with the same key.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use base::{Fact, Pseudonym, UnixMillis, VisitorId, WorkspaceId};
use store::ErasureId;
use store::erasures::ErasedMark;
use zeroize::Zeroizing;

/// How much of a digest is kept: no two people ever have the same, and less room than a name.
const DIGEST_BYTES: usize = 16;

pub(crate) type Digest = [u8; DIGEST_BYTES];

/// The key of digests and pseudonyms. It is sealed in the store, under the master key.
pub(crate) struct MarkKey(Zeroizing<[u8; 32]>);

/// What a mark is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum MarkKind {
    Phone,
    Email,
    Visitor,
}

impl MarkKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Visitor => "visitor",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Phone, Self::Email, Self::Visitor];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

impl MarkKey {
    /// Who a visitor is once the days have passed for which facts say who somebody was.
    pub(super) fn pseudonym_by_time(
        &self,
        workspace: WorkspaceId,
        visitor: VisitorId,
    ) -> Pseudonym {
        self.pseudonym(workspace, BY_TIME, visitor)
    }

    pub(crate) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Keyed BLAKE3, which is a MAC, of parts that cannot run into each other.
    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    pub(crate) fn digest(&self, workspace: WorkspaceId, kind: MarkKind, value: &str) -> Digest {
        let mac = self.mac(&["mark", &workspace.to_string(), kind.name(), value]);
        std::array::from_fn(|at| mac[at])
    }

    pub(crate) fn digest_of_visitor(&self, workspace: WorkspaceId, visitor: VisitorId) -> Digest {
        self.digest(workspace, MarkKind::Visitor, &visitor.0.to_string())
    }

    /// What stands in the place of a sender's own id of an erased record. The same id sent again
    /// finds the record, and the id itself is gone.
    pub(crate) fn hidden_id(&self, workspace: WorkspaceId, id: &str) -> String {
        let mac = self.mac(&["id", &workspace.to_string(), id]);
        let hex: String = mac[..DIGEST_BYTES]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{HIDDEN_ID}{hex}")
    }

    /// Another one for each erasure: who comes again after one is not tied to what was before.
    pub(crate) fn pseudonym(
        &self,
        workspace: WorkspaceId,
        erasure: ErasureId,
        visitor: VisitorId,
    ) -> Pseudonym {
        let (workspace, erasure) = (workspace.to_string(), erasure.0.to_string());
        let mac = self.mac(&["pseudonym", &workspace, &erasure, &visitor.0.to_string()]);
        let number = |from: usize| u64::from_le_bytes(std::array::from_fn(|at| mac[from + at]));
        Pseudonym::new(number(0), number(8))
    }

    /// The same for the same key, and says nothing of it.
    pub(crate) fn check_value(&self) -> String {
        self.hidden_id(WorkspaceId(0), "check")
    }
}

/// How ids of senders begin that were hidden.
pub(crate) const HIDDEN_ID: &str = "erased-";

/// An erasure that something is under, and until when.
#[derive(Debug, Clone, Copy)]
struct Under {
    erasure: ErasureId,
    until: UnixMillis,
}

type Marks = HashMap<(WorkspaceId, MarkKind, Digest), Vec<Under>>;

/// Whose facts nobody may be told from any more, by workspace: what was recorded until then.
pub(crate) type Expired = HashMap<WorkspaceId, UnixMillis>;

/// In the place of an erasure's number where nobody asked: days had passed.
const BY_TIME: ErasureId = ErasureId(0);

#[derive(Default)]
struct Known {
    marks: Marks,
    expired: Expired,
}

/// Everybody who was erased. Facts on their way to the warehouse and rows of files are looked up
/// here, so that neither a journal nor a file brings anybody back.
///
/// Whoever looks has the list as it was then, and never waits for whoever publishes another.
#[derive(Default)]
pub struct Erased {
    key: OnceLock<MarkKey>,
    known: RwLock<Arc<Known>>,
    /// Held while what was looked up is on its way to the warehouse.
    loads: RwLock<()>,
}

impl Erased {
    pub(crate) fn set_key(&self, key: MarkKey) {
        // The key of a store never changes, so that it does not matter who was first.
        let _ = self.key.set(key);
    }

    pub(crate) fn key(&self) -> Option<&MarkKey> {
        self.key.get()
    }

    /// Makes these marks hold, at once for whoever looks from now on. Waits until the load that
    /// had looked before has reached the warehouse.
    pub(crate) fn publish(&self, marks: &[ErasedMark], expired: Expired) {
        let mut all = Marks::new();
        for mark in marks {
            let kind = MarkKind::from_name(&mark.kind);
            let digest = Digest::try_from(mark.digest.as_slice());
            if let (Some(kind), Ok(digest)) = (kind, digest) {
                let under = Under {
                    erasure: mark.erasure_id,
                    until: mark.until_ms,
                };
                let key = (mark.workspace_id, kind, digest);
                all.entry(key).or_default().push(under);
            }
        }
        for under in all.values_mut() {
            under.sort_by_key(|under| (under.until, under.erasure));
        }
        let known = Known {
            marks: all,
            expired,
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        drop(self.loads.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// The list as it is now.
    pub(crate) fn look(&self) -> Look<'_> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Look {
            key: self.key.get(),
            known: Arc::clone(&known),
        }
    }

    /// The list for a load: until the guard is dropped, nobody who becomes erased is taken for
    /// somebody whose facts have all been loaded.
    pub(crate) fn look_to_load(&self) -> (RwLockReadGuard<'_, ()>, Look<'_>) {
        // Before the look, so that whoever publishes behind it waits.
        let load = self.loads.read().unwrap_or_else(PoisonError::into_inner);
        (load, self.look())
    }
}

/// The list as it was at one moment.
pub(crate) struct Look<'a> {
    key: Option<&'a MarkKey>,
    known: Arc<Known>,
}

impl Look<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.known.marks.is_empty() && self.known.expired.is_empty()
    }

    pub(crate) fn key(&self) -> Option<&MarkKey> {
        self.key
    }

    /// Who takes the place of whose fact it is, if that is somebody erased.
    fn pseudonym(&self, fact: &Fact) -> Option<Pseudonym> {
        self.meant(fact).map(|(_, whom)| whom)
    }

    /// The same, with up to when facts of theirs go.
    pub(super) fn meant(&self, fact: &Fact) -> Option<(UnixMillis, Pseudonym)> {
        if self.is_empty() {
            return None;
        }
        let (key, visitor, workspace) = (self.key?, fact.visitor()?, fact.workspace());
        let digest = key.digest_of_visitor(workspace, visitor);
        let marks = self
            .known
            .marks
            .get(&(workspace, MarkKind::Visitor, digest));
        let mut under = marks.into_iter().flatten();
        if let Some(under) = under.find(|under| fact.recorded() <= under.until) {
            let whom = key.pseudonym(workspace, under.erasure, visitor);
            return Some((under.until, whom));
        }
        let until = *self.known.expired.get(&workspace)?;
        let is_expired = fact.recorded() <= until && !fact.is_nobodys();
        is_expired.then(|| (until, key.pseudonym_by_time(workspace, visitor)))
    }

    /// Whether the workspace keeps who somebody was for a number of days.
    pub(crate) fn has_formers(&self, workspace: WorkspaceId) -> bool {
        let until = self.known.expired.get(&workspace);
        self.key.is_some() && until.is_some_and(|until| until.0 != i64::MIN)
    }

    /// Under whom a visitor's touches are that are older than the workspace keeps who somebody was.
    /// Whoever was erased on request is not tied to what was before.
    pub(crate) fn former(&self, workspace: WorkspaceId, visitor: VisitorId) -> Option<VisitorId> {
        let key = self.key.filter(|_| self.has_formers(workspace))?;
        Some(key.pseudonym(workspace, BY_TIME, visitor).visitor())
    }

    /// The fact, of nobody in particular where it is an erased person's.
    pub(crate) fn spare(&self, fact: Fact) -> Fact {
        match self.pseudonym(&fact) {
            Some(pseudonym) => fact.under(pseudonym),
            None => fact,
        }
    }

    /// What the journal keeps in the place of an erased person's entry.
    pub(crate) fn replacement(&self, entry: &[u8]) -> Option<Vec<u8>> {
        if self.is_empty() {
            return None;
        }
        let fact = Fact::decode(entry).ok()?;
        let pseudonym = self.pseudonym(&fact)?;
        fact.under(pseudonym).encode_within(entry.len()).ok()
    }

    /// Whether a contact is an erased person's, as far as it was said until then.
    pub(crate) fn is_erased(
        &self,
        workspace: WorkspaceId,
        kind: MarkKind,
        value: &str,
        said_at: Option<UnixMillis>,
    ) -> bool {
        let Some(key) = self.key.filter(|_| !self.is_empty()) else {
            return false;
        };
        let digest = key.digest(workspace, kind, value);
        let under = self.known.marks.get(&(workspace, kind, digest));
        let latest = under.and_then(|under| under.last());
        latest.is_some_and(|under| said_at.is_none_or(|at| at <= under.until))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn nobody_who_looks_waits_for_a_load_and_whoever_publishes_does() {
        let erased = Erased::default();
        erased.set_key(MarkKey::new(Zeroizing::new([7; 32])));
        let mark = ErasedMark {
            workspace_id: WorkspaceId(1),
            kind: MarkKind::Phone.name().to_owned(),
            digest: vec![1; DIGEST_BYTES],
            erasure_id: ErasureId(1),
            until_ms: UnixMillis(5),
        };
        thread::scope(|scope| {
            let (load, before) = erased.look_to_load();
            let publisher = scope.spawn(|| erased.publish(&[mark], Expired::new()));
            while erased.look().is_empty() {
                thread::yield_now();
            }
            assert!(!publisher.is_finished(), "a load is under way");
            assert!(before.is_empty(), "what was looked up stays as it was");
            drop(load);
        });
        assert!(!erased.look().is_empty());
    }
}
