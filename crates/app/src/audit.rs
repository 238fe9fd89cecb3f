//! The audit log: every write of a person, an API key or a command, and every look at personal
//! data. An entry commits together with what it tells of.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base::{Day, UserId, WorkspaceId};
use serde_json::{Value, json};
use store::audit::{self, AuditDetails, AuditFilter, Chain};
use store::{ApiKeyId, Page, PageRequest, Tx};

use crate::members::memberships;
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission, Who};

mod act;
mod anchor;

pub use act::Act;
pub use anchor::Anchor;
pub(crate) use anchor::OldEntries;
pub use store::audit::{AuditEntry, changes};

/// Entries read at a time when all of them are.
const CHUNK: u32 = 1_000;

tokio::task_local! {
    static SOURCE: Source;
}

/// Where the request under way came from, and whether the log tells of it.
#[derive(Clone)]
struct Source {
    network: String,
    is_noted: Arc<AtomicBool>,
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub person: Option<UserId>,
    /// The name of an [`Act`].
    pub act: Option<String>,
    pub key: Option<ApiKeyId>,
    /// Local days of the workspace, both included.
    pub from: Option<Day>,
    pub to: Option<Day>,
}

/// What a walk along a workspace's chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub workspace: WorkspaceId,
    pub entries: u64,
    /// The first entry that is not the one that was written there.
    pub broken_at: Option<i64>,
    /// The head of an earlier walk is not in the chain any more.
    pub misses_head: bool,
    /// It is missed because the log begins behind it by now.
    pub is_head_older: bool,
    /// The log begins behind it; what is older was let go of.
    pub begins_behind: Option<Anchor>,
    /// Kept elsewhere, it shows later that nothing was cut off and made anew.
    pub head: Head,
}

/// The last entry of a chain, written `12:9f0a…`: its number and its seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub seal: String,
}

impl Verdict {
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.broken_at.is_none() && !self.misses_head
    }
}

impl Head {
    fn of(chain: &Chain) -> Self {
        Self {
            seq: chain.seq,
            seal: hexadecimal(&chain.seal),
        }
    }
}

impl Display for Head {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.seq, self.seal)
    }
}

impl FromStr for Head {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, AppError> {
        let parts = text.trim().split_once(':');
        let head = parts.and_then(|(seq, seal)| {
            let seq = seq.parse().ok()?;
            let seal = seal.to_lowercase();
            Some(Self { seq, seal })
        });
        head.ok_or_else(|| {
            let detail = format!("{text:?} is not a number and a seal such as 12:9f0a…");
            AppError::invalid("head", "not_allowed", detail)
        })
    }
}

/// A seal as people read it.
#[must_use]
pub fn hexadecimal(seal: &[u8]) -> String {
    seal.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs the work of a request from a network. Also tells whether the log has got an entry of it.
pub async fn within<F: Future>(network: String, work: F) -> (F::Output, bool) {
    let is_noted = Arc::new(AtomicBool::new(false));
    let source = Source {
        network,
        is_noted: Arc::clone(&is_noted),
    };
    let output = SOURCE.scope(source, work).await;
    (output, is_noted.load(Ordering::Acquire))
}

impl App {
    /// Entries, newest first.
    ///
    /// # Errors
    /// When the actor may not read the log or the store fails.
    pub async fn audit_log(
        &self,
        actor: &Actor,
        query: &AuditQuery,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, AppError> {
        actor.require(Permission::ReadAudit)?;
        let mut connection = self.inner.store.read().await?;
        let zone = load_zone(&mut connection, actor.workspace).await?;
        let filter = AuditFilter {
            person: query.person,
            act: query.act.clone().filter(|act| !act.is_empty()),
            key: query.key,
            from: query.from.map(|day| zone.start_of(day)),
            until: query.to.map(|day| zone.start_of(day.plus_days(1))),
        };
        Ok(audit::list_audit_entries(&mut connection, actor.workspace, &filter, page).await?)
    }

    /// Notes that the log leaves the house as a file.
    ///
    /// # Errors
    /// When the actor may not read the log or the store fails.
    pub async fn note_audit_export(&self, actor: &Actor) -> Result<(), AppError> {
        actor.require(Permission::ReadAudit)?;
        let mut tx = self.inner.store.begin().await?;
        self.note(&mut tx, actor, Act::AuditExported, "", json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// The entries behind one, in the order in which they were sealed; empty at the end.
    ///
    /// # Errors
    /// When the actor may not read the log or the store fails.
    pub async fn audit_log_after(
        &self,
        actor: &Actor,
        seq: i64,
    ) -> Result<Vec<AuditEntry>, AppError> {
        actor.require(Permission::ReadAudit)?;
        let mut connection = self.inner.store.read().await?;
        let found =
            audit::list_audit_entries_after(&mut connection, actor.workspace, seq, CHUNK).await?;
        Ok(found)
    }

    /// Walks along the chain of the workspace's entries; an earlier walk's head should be in it.
    ///
    /// # Errors
    /// When the actor may not read the log or the store fails.
    pub async fn verify_audit_log(
        &self,
        actor: &Actor,
        expected: Option<&Head>,
    ) -> Result<Verdict, AppError> {
        loop {
            let mut connection = self.inner.store.read().await?;
            let anchor = Anchor::read(&mut connection, actor.workspace).await?;
            drop(connection);
            let verdict = self.walk(actor, anchor.clone(), expected).await?;
            let mut connection = self.inner.store.read().await?;
            // What was let go of meanwhile looks like a break.
            let is_still = Anchor::read(&mut connection, actor.workspace).await? == anchor;
            if is_still || verdict.broken_at.is_none() {
                return Ok(verdict);
            }
        }
    }

    async fn walk(
        &self,
        actor: &Actor,
        anchor: Option<Anchor>,
        expected: Option<&Head>,
    ) -> Result<Verdict, AppError> {
        let begun = anchor.as_ref().map(|anchor| anchor.chain(actor.workspace));
        let mut chain = begun.unwrap_or_else(|| Chain::start(actor.workspace));
        let mut verdict = Verdict {
            workspace: actor.workspace,
            entries: 0,
            broken_at: None,
            head: Head::of(&chain),
            misses_head: expected.is_some_and(|head| *head != Head::of(&chain)),
            // Nothing is left that it could be compared with.
            is_head_older: expected.is_some_and(|head| head.seq < chain.seq),
            begins_behind: anchor,
        };
        let mut untold = verdict.begins_behind.clone();
        loop {
            let entries = self.audit_log_after(actor, chain.seq).await?;
            if entries.is_empty() {
                verdict.head = Head::of(&chain);
                if let Some(untold) = untold {
                    verdict.broken_at = Some(untold.head().seq + 1);
                }
                return Ok(verdict);
            }
            for entry in &entries {
                verdict.entries += 1;
                if untold.as_ref().is_some_and(|gone| gone.is_told_by(entry)) {
                    untold = None;
                }
                if !chain.follow(entry) && verdict.broken_at.is_none() {
                    verdict.broken_at = Some(entry.seq);
                }
                if expected == Some(&Head::of(&chain)) {
                    verdict.misses_head = false;
                }
            }
        }
    }

    /// Writes an entry of what a transaction does, where the actor still may do it.
    ///
    /// # Errors
    /// When the actor was shut out meanwhile, or the store fails.
    pub(crate) async fn note(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        act: Act,
        object: impl Display,
        details: Value,
    ) -> Result<(), AppError> {
        self.require_standing(tx, actor).await?;
        self.note_done(tx, actor, act, object, details).await
    }

    /// The same where the actor's standing was looked at before it was changed.
    pub(crate) async fn note_done(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        act: Act,
        object: impl Display,
        details: Value,
    ) -> Result<(), AppError> {
        let said = self.said(&actor.who, act, object.to_string(), &details);
        Ok(audit::append_audit_entry(tx, actor.workspace, &said).await?)
    }

    /// Writes an entry of a look at contacts, for whoever sees them.
    pub(crate) async fn note_look(
        &self,
        actor: &Actor,
        act: Act,
        object: impl Display,
        details: Value,
    ) -> Result<(), AppError> {
        if !actor.may(Permission::SeeContacts) {
            return Ok(());
        }
        self.note_any_look(actor, act, object, details).await
    }

    /// Writes an entry of a look at personal data. The program itself looks at it all the time.
    pub(crate) async fn note_any_look(
        &self,
        actor: &Actor,
        act: Act,
        object: impl Display,
        details: Value,
    ) -> Result<(), AppError> {
        if actor.who == Who::System {
            return Ok(());
        }
        let mut tx = self.inner.store.begin().await?;
        self.note(&mut tx, actor, act, object, details).await?;
        Ok(tx.commit().await?)
    }

    /// Writes an entry of what somebody did to their own account, in each of their workspaces.
    pub(crate) async fn note_person(
        &self,
        tx: &mut Tx,
        user: UserId,
        name: &str,
        act: Act,
        details: Value,
    ) -> Result<(), AppError> {
        mark_noted();
        for membership in memberships(tx, user).await? {
            let who = Who::Person {
                user,
                name: name.to_owned(),
                role: membership.role,
                sight: crate::Sight::default(),
                session: None,
            };
            let said = self.said(&who, act, String::new(), &details);
            audit::append_audit_entry(tx, membership.workspace.id, &said).await?;
        }
        Ok(())
    }

    fn said(&self, who: &Who, act: Act, object: String, details: &Value) -> AuditDetails {
        mark_noted();
        let (kind, id, name) = match who {
            Who::Person { user, name, .. } => ("person", Some(user.0), name.as_str()),
            Who::Key {
                program: Some(program),
                name,
                ..
            } => ("service_account", Some(program.id.0), name.as_str()),
            Who::Key { id, name, .. } => ("key", Some(id.0), name.as_str()),
            Who::System => ("system", None, ""),
        };
        let key = match who {
            Who::Key { id, called, .. } => Some((*id, called.clone())),
            Who::Person { .. } | Who::System => None,
        };
        let (key_id, key_name) = key.unzip();
        let network = SOURCE.try_with(|source| source.network.clone());
        AuditDetails {
            at: self.now(),
            actor_kind: kind.to_owned(),
            actor_id: id,
            actor_name: name.to_owned(),
            network: network.unwrap_or_default(),
            act: act.name().to_owned(),
            object,
            details: details.to_string(),
            key_id,
            key_name,
        }
    }
}

/// The request under way has changed nothing.
pub(crate) fn note_nothing() {
    mark_noted();
}

/// The request under way needs no further entry.
fn mark_noted() {
    // Commands and jobs have no request.
    let _ = SOURCE.try_with(|source| source.is_noted.store(true, Ordering::Release));
}
