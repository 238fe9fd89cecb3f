//! The warehouse as the rest of the house sees it, whichever engine keeps the rows.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use base::{TimeZone, UnixMillis, WorkspaceId};

use crate::engine::{Memory, Reading, Writing};
use crate::error::{Error, Result};
use crate::query::{Limits, Parameter, Sql, Table};
use crate::rollup::Zones;
use crate::turnstile::Turnstile;
use crate::{click_house, duck_db};

/// How to open a warehouse in a file.
#[derive(Debug, Clone)]
pub struct Options {
    pub path: PathBuf,
    /// Worker threads of the engine; at least one.
    pub threads: u16,
    pub memory_limit_mib: u32,
    /// Where queries that do not fit into memory spill to.
    pub temporary_folder: PathBuf,
}

/// The facts of all workspaces.
///
/// Calls block; an async caller runs them on a blocking thread and limits how many run at once.
/// Writes are serialised, reads run beside them.
pub struct Warehouse {
    writer: Mutex<Writer>,
    pub(crate) reader: Box<dyn Reading>,
    /// As the writer has them, for those who plan a query.
    zones: RwLock<Zones>,
    standing: Mutex<Standing>,
    claims: Claims,
    kind: EngineKind,
    /// Who asks, and who lets nobody ask.
    pub(crate) turnstile: Turnstile,
}

/// Whose words a statement has to be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    DuckDb,
    ClickHouse,
}

/// The engine's writing half with what is kept in mind between loads.
pub(crate) struct Writer {
    pub(crate) engine: Box<dyn Writing>,
    pub(crate) memory: Memory,
    state: State,
}

/// What the last write has left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sound,
    /// It failed, and an engine without transactions may have stored it or a part of it: what is
    /// remembered is read again before the next write, which also puts that in order.
    Unsure,
    /// Another process writes now.
    Fenced,
}

/// Whether this process may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Writes,
    /// A write failed, so that another node may write by now: who writes has to be found out before
    /// this one takes over again.
    Lapsed,
    /// Another node of the installation writes, until this one takes over.
    Follows,
}

/// When the writing is taken over from whoever had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claims {
    /// After every write that failed: nobody else means to write.
    ByItself,
    /// When [`Warehouse::take_over`] says so: a node that claimed by itself could take the writing
    /// away from one that has the turn.
    WhenTold,
}

/// An engine's two halves.
type Engine = (EngineKind, Box<dyn Writing>, Box<dyn Reading>);

/// What becomes of a server that does not answer when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    Refused,
    Awaited,
}

impl Warehouse {
    /// Opens or creates the file and brings its schema up to date.
    ///
    /// # Errors
    /// When another process holds the file, it is no warehouse, it was written by a newer
    /// program, or a migration fails.
    pub fn open(options: &Options) -> Result<Self> {
        Self::open_behind(options, |_| true)
    }

    /// As [`Warehouse::open`]; before the tables of an earlier version are changed, `may_upgrade`
    /// is asked with that version, while nobody has the file open and all of it is in the file.
    ///
    /// # Errors
    /// As there, and when it may not be upgraded.
    pub fn open_behind(options: &Options, may_upgrade: impl FnOnce(u32) -> bool) -> Result<Self> {
        let (writing, reading) = duck_db::open(options, may_upgrade)?;
        let (writing, reading): (Box<dyn Writing>, Box<dyn Reading>) =
            (Box::new(writing), Box::new(reading));
        Self::on((EngineKind::DuckDb, writing, reading), Away::Refused)
    }

    /// Opens or makes a database of a ClickHouse server, given as
    /// `http(s)://user:password@host:port/database`, and brings its schema up to date.
    ///
    /// Whoever opens it last writes: what an earlier process still sends is refused.
    ///
    /// # Errors
    /// When the address is wrong, the server does not answer or refuses, or the schema was made by
    /// a newer program.
    pub fn open_server(url: &str) -> Result<Self> {
        Self::on(server(url)?, Away::Refused)
    }

    /// As [`Warehouse::open_server`], but a server that is away may come later: until a write has
    /// reached it, questions are answered by an error that [`Error::is_away`].
    ///
    /// # Errors
    /// When the address is wrong, the server refuses, or the schema was made by a newer program.
    pub fn open_server_later(url: &str) -> Result<Self> {
        Self::on(server(url)?, Away::Awaited)
    }

    /// As [`Warehouse::open_server_later`], without writing: another node does, until
    /// [`Warehouse::take_over`].
    ///
    /// # Errors
    /// When the address is wrong.
    pub fn open_server_following(url: &str) -> Result<Self> {
        let (kind, engine, reader) = server(url)?;
        Ok(Self {
            writer: Mutex::new(Writer {
                engine,
                memory: Memory::default(),
                state: State::Unsure,
            }),
            reader,
            zones: RwLock::default(),
            standing: Mutex::new(Standing::Follows),
            claims: Claims::WhenTold,
            kind,
            turnstile: Turnstile::default(),
        })
    }

    /// From now on this process writes; what an earlier one still sends is refused. To be called by
    /// whoever has just made sure that it is this one's turn.
    ///
    /// # Errors
    /// When the server does not answer, or another process takes over meanwhile. Then this one does
    /// not write.
    pub fn take_over(&self) -> Result<()> {
        let mut writer = self.writer.lock().map_err(|_| Error::Poisoned)?;
        let remembered = match writer.engine.remembered() {
            Ok(remembered) => remembered,
            Err(error) => {
                *self.standing() = Standing::Lapsed;
                return Err(error);
            }
        };
        let mut zones = self.zones.write().map_err(|_| Error::Poisoned)?;
        zones.clone_from(&remembered.zones);
        (writer.memory, writer.state) = (remembered, State::Sound);
        *self.standing() = Standing::Writes;
        Ok(())
    }

    /// From now on another process writes. A write that is under way is not waited for: what it
    /// still sends is refused once the other one has taken over.
    pub fn stand_back(&self) {
        *self.standing() = Standing::Follows;
    }

    /// Whether a write has failed, so that this process writes no more until it takes over again.
    #[must_use]
    pub fn has_lapsed(&self) -> bool {
        *self.standing() == Standing::Lapsed
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writes(&self) -> bool {
        *self.standing() == Standing::Writes
    }

    fn on((kind, mut engine, reader): Engine, away: Away) -> Result<Self> {
        let (memory, state) = match engine.remembered() {
            Ok(memory) => (memory, State::Sound),
            Err(error) if error.is_away() && away == Away::Awaited => {
                (Memory::default(), State::Unsure)
            }
            Err(error) => return Err(error),
        };
        let zones = RwLock::new(memory.zones.clone());
        Ok(Self {
            writer: Mutex::new(Writer {
                engine,
                memory,
                state,
            }),
            reader,
            zones,
            standing: Mutex::new(Standing::Writes),
            claims: Claims::ByItself,
            kind,
            turnstile: Turnstile::default(),
        })
    }

    #[must_use]
    pub fn engine(&self) -> EngineKind {
        self.kind
    }

    /// Says within a few seconds whether questions are answered; a file always answers.
    ///
    /// # Errors
    /// When the server does not answer, or nothing was written to it yet.
    pub fn answers(&self) -> Result<()> {
        if !self.writes() {
            let mut writer = self.writer.lock().map_err(|_| Error::Poisoned)?;
            let followed = writer.engine.follow()?;
            drop(writer);
            *self.zones.write().map_err(|_| Error::Poisoned)? = followed;
        }
        self.reader.answers()
    }

    /// Runs one reading statement on what is committed.
    ///
    /// # Errors
    /// When the statement is wrong, takes longer than `limits.timeout`, or answers more than
    /// `limits.rows_max` rows.
    pub fn query<'s>(
        &self,
        sql: impl Into<Sql<'s>>,
        parameters: &[Parameter],
        limits: Limits,
    ) -> Result<Table> {
        let Sql {
            duck_db,
            click_house,
        } = sql.into();
        let text = match self.kind {
            EngineKind::DuckDb => duck_db,
            EngineKind::ClickHouse => click_house,
        };
        let _asking = self.turnstile.ask(limits.timeout)?;
        self.reader.query(text, parameters, limits)
    }

    /// Adds the pre-aggregates of closed days up and puts the hits of closed days in the order
    /// (visitor, time). Call it now and then; it does a bounded piece of work, and none where
    /// nothing has changed.
    ///
    /// # Errors
    /// When the engine fails; then nothing has changed.
    pub fn compact(&self, now: UnixMillis) -> Result<()> {
        self.write(|writer| writer.engine.compact(now))
    }

    /// Empties every table of facts, so that they can be loaded again from the journal.
    /// Published channels stay, and so do the labels of the past, which no journal holds.
    ///
    /// # Errors
    /// When the engine fails; then nothing has changed.
    pub fn wipe(&self) -> Result<()> {
        self.write(|writer| {
            writer.engine.wipe()?;
            writer.memory.known_traffic.clear();
            writer.memory.latest_created = None;
            Ok(())
        })
    }

    /// Writes everything committed into the main file, for a clean shutdown or a copy.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn checkpoint(&self) -> Result<()> {
        if !self.writes() {
            return Ok(());
        }
        self.write(|writer| writer.engine.checkpoint())
    }

    /// Names the workspace's zone. If it is another than before, the pre-aggregate is made anew
    /// from the facts; until then reports do without it.
    ///
    /// # Errors
    /// When the engine fails; then nothing has changed.
    pub fn set_time_zone(&self, workspace: WorkspaceId, zone: &TimeZone) -> Result<()> {
        self.write(|writer| {
            if writer.memory.zones.get(&workspace) == Some(zone) {
                return self.publish_zone(workspace, Some(zone.clone()));
            }
            self.publish_zone(workspace, None)?;
            let done = writer.engine.add_up_days(workspace, zone);
            match &done {
                Ok(()) => {
                    writer.memory.zones.insert(workspace, zone.clone());
                }
                // Only what is stored says in which days hits are added up now.
                Err(_) => writer.memory = writer.engine.remembered()?,
            }
            self.publish_zone(workspace, writer.memory.zones.get(&workspace).cloned())?;
            done
        })
    }

    /// The zone of the workspace's pre-aggregate; `None` while there is none to be used.
    #[must_use]
    pub fn time_zone(&self, workspace: WorkspaceId) -> Option<TimeZone> {
        self.zones.read().ok()?.get(&workspace).cloned()
    }

    fn publish_zone(&self, workspace: WorkspaceId, zone: Option<TimeZone>) -> Result<()> {
        let mut zones = self.zones.write().map_err(|_| Error::Poisoned)?;
        match zone {
            Some(zone) => zones.insert(workspace, zone),
            None => zones.remove(&workspace),
        };
        Ok(())
    }

    /// Asks what the writing half knows without writing, whoever writes.
    pub(crate) fn look<T>(&self, ask: impl FnOnce(&mut dyn Writing) -> Result<T>) -> Result<T> {
        if self.writes() {
            return self.write(|writer| ask(writer.engine.as_mut()));
        }
        let mut writer = self.writer.lock().map_err(|_| Error::Poisoned)?;
        writer.engine.follow()?;
        ask(writer.engine.as_mut())
    }

    /// Does something that writes; one at a time.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Writer) -> Result<T>) -> Result<T> {
        let mut guard = self.writer.lock().map_err(|_| Error::Poisoned)?;
        match *self.standing() {
            Standing::Writes => {}
            Standing::Lapsed => return Err(Error::Lapsed),
            Standing::Follows => return Err(Error::Follows),
        }
        let writer = &mut *guard;
        match writer.state {
            State::Sound => {}
            State::Unsure => {
                writer.memory = writer.engine.remembered()?;
                writer.state = State::Sound;
                let mut zones = self.zones.write().map_err(|_| Error::Poisoned)?;
                zones.clone_from(&writer.memory.zones);
            }
            State::Fenced => return Err(Error::Fenced),
        }
        let done = work(writer);
        match (&done, self.claims) {
            // Nothing was written.
            (Ok(_) | Err(Error::NotNext { .. }), _) => {}
            (Err(Error::Fenced), Claims::ByItself) => writer.state = State::Fenced,
            (Err(_), Claims::ByItself) => writer.state = State::Unsure,
            (Err(_), Claims::WhenTold) => {
                writer.state = State::Unsure;
                let mut standing = self.standing();
                if *standing == Standing::Writes {
                    *standing = Standing::Lapsed;
                }
            }
        }
        done
    }
}

fn server(url: &str) -> Result<Engine> {
    let (writing, reading) = click_house::server(url)?;
    let kind = EngineKind::ClickHouse;
    Ok((kind, Box::new(writing), Box::new(reading)))
}
