//! The program's parts, put together: what every use case works with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex};

use base::{UnixMillis, WorkspaceId};
use connect::mail::Mailer;
use connect::outbound::Outbound;
use journal::{Gate, Journal};
use store::{ErasureId, Store, workspaces};
use tokio::sync::{Semaphore, watch};
use warehouse::Warehouse;

use crate::backups::Backups;
use crate::elsewhere::Elsewhere;
use crate::error::Step as _;
use crate::health::DiskLimits;
use crate::labels::Labels;
use crate::nodes::{Nodes, ThisNode};
use crate::once::UnderWay;
use crate::privacy::Erased;
use crate::providers::{Provider, ProviderSettings};
use crate::reach::{Keeper, Reach};
use crate::routing::Routing;
use crate::share_links::Looks;
use crate::{AppError, CostMemory, Keyring, Surroundings};

/// Short questions of the doors that run at the same time.
const LOOKUPS_AT_ONCE: usize = 2;

/// Limits and policies that the configuration sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address that people use, without a slash at the end.
    pub base_url: String,
    /// Days after which an unused session ends.
    pub session_days: i64,
    /// Failed sign-ins within the window before the door is closed.
    pub attempts_max: u32,
    /// Days that a share link works at most; zero where nobody shares.
    pub share_days_max: u32,
    /// Seconds for which a person who has proved that it is them is not asked again.
    pub proof_s: i64,
    /// Queries that run at the same time.
    pub queries_at_once: usize,
    /// A query that runs longer is stopped.
    pub query_timeout_s: u64,
    /// Folder for uploaded files.
    pub uploads: std::path::PathBuf,
    /// Folder whose files may be imported regularly; `None` where that is not opened.
    pub import_folder: Option<std::path::PathBuf>,
    /// Folder that everything is kept in; its disk is watched.
    pub data: std::path::PathBuf,
    pub disk: DiskLimits,
    /// Days that requests of leads are kept as they came in; zero for ever.
    pub lead_request_days: u32,
    /// Days that mails in the folder are kept; 0 for ever.
    pub mail_folder_days: u32,
    pub cost_memory: CostMemory,
}

/// The parts that the binary opened.
pub struct Parts {
    pub store: Store,
    pub warehouse: Arc<Warehouse>,
    pub journal: Arc<Journal>,
    pub surroundings: Arc<dyn Surroundings>,
    pub mailer: Mailer,
    /// Sends to addresses that people type in.
    pub outbound: Outbound,
    /// The key to the store's secrets.
    pub keyring: Keyring,
    pub settings: Settings,
    /// Signs people in beside their passwords.
    pub provider: Option<ProviderSettings>,
    /// Stops the journal while the disk's reserve is reached.
    pub gate: Gate,
    pub clear_copies: ClearCopies,
    /// Which of several nodes this is.
    pub node: ThisNode,
    /// Reaches the others.
    pub elsewhere: Arc<dyn Elsewhere>,
}

/// Takes copies of the databases out of the data folder in which whoever is erased still is, and
/// says how many there were. Blocks.
pub type ClearCopies = Arc<dyn Fn() -> std::io::Result<u64> + Send + Sync>;

/// All use cases are methods of this.
#[derive(Clone)]
pub struct App {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) warehouse: Arc<Warehouse>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) labels: Arc<Labels>,
    pub(crate) surroundings: Arc<dyn Surroundings>,
    pub(crate) mailer: Mailer,
    pub(crate) outbound: Outbound,
    pub(crate) keyring: Keyring,
    pub(crate) settings: Settings,
    pub(crate) provider: Option<Provider>,
    pub(crate) gate: Gate,
    pub(crate) clear_copies: ClearCopies,
    /// The last try to load facts failed.
    pub(crate) loading_fails: AtomicBool,
    /// Every fact that was durable at this time is loaded, in milliseconds.
    pub(crate) loaded_until: AtomicI64,
    /// Slots of reports and of what people look at.
    pub(crate) queries: Arc<Semaphore>,
    /// Slots of the doors, which never wait for a report.
    pub(crate) lookups: Arc<Semaphore>,
    /// What strangers are shown by share links.
    pub(crate) looks: Looks,
    /// The only slot of what is sent by schedule, which nobody waits for.
    pub(crate) letters: Arc<Semaphore>,
    /// Which of store and warehouse answer.
    pub(crate) reach: Reach,
    /// Held while the set-up is read and published, so that an older one never comes last.
    pub(crate) set_up: tokio::sync::Mutex<()>,
    /// The same for what the warehouse is told of it, by whoever may have to wait for a server.
    pub(crate) publishing: Arc<tokio::sync::Mutex<()>>,
    pub(crate) routing: watch::Sender<Arc<Routing>>,
    /// The one that the hot path answers by.
    pub(crate) served: watch::Sender<Arc<Routing>>,
    /// Woken when the outbox has something for the relay.
    pub(crate) outbox: tokio::sync::Notify,
    /// Woken when mail is waiting.
    pub(crate) mails: tokio::sync::Notify,
    /// Woken when there may be something for webhooks.
    pub(crate) webhooks: tokio::sync::Notify,
    /// Woken when an import is waiting.
    pub(crate) imports: tokio::sync::Notify,
    /// Woken when somebody wants a source to be read.
    pub(crate) sources: tokio::sync::Notify,
    /// Held by the import that is running.
    pub(crate) import_turn: tokio::sync::Mutex<()>,
    /// Requests with a key that are being worked on.
    pub(crate) under_way: UnderWay,
    /// How back-ups stand.
    pub(crate) backups: Backups,
    /// Who was erased.
    pub(crate) erased: Arc<Erased>,
    /// Woken when somebody waits to be erased.
    pub(crate) erasures: tokio::sync::Notify,
    /// Held by the erasure that is being worked on.
    pub(crate) erasure_turn: tokio::sync::Mutex<()>,
    /// Those that could not go on, and are tried again later.
    pub(crate) erasures_put_off: Mutex<BTreeSet<ErasureId>>,
    /// This node and what is known of the others.
    pub(crate) nodes: Nodes,
    pub(crate) elsewhere: Arc<dyn Elsewhere>,
    /// How often what this node keeps in memory had been changed when it was read.
    pub(crate) revisions: tokio::sync::Mutex<BTreeMap<String, i64>>,
}

impl App {
    /// Puts the parts together and reads what the hot path and the labels need.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn start(parts: Parts) -> Result<Self, AppError> {
        let queries = Arc::new(Semaphore::new(parts.settings.queries_at_once.max(1)));
        let app = Self {
            inner: Arc::new(Inner {
                store: parts.store,
                warehouse: parts.warehouse,
                journal: parts.journal,
                labels: Arc::new(Labels::default()),
                surroundings: parts.surroundings,
                mailer: parts.mailer,
                outbound: parts.outbound,
                keyring: parts.keyring,
                settings: parts.settings,
                provider: parts.provider.map(Provider::new),
                gate: parts.gate,
                clear_copies: parts.clear_copies,
                loading_fails: AtomicBool::new(false),
                loaded_until: AtomicI64::new(i64::MAX),
                queries,
                lookups: Arc::new(Semaphore::new(LOOKUPS_AT_ONCE)),
                looks: Looks::default(),
                letters: Arc::new(Semaphore::new(1)),
                reach: Reach::default(),
                set_up: tokio::sync::Mutex::new(()),
                publishing: Arc::new(tokio::sync::Mutex::new(())),
                routing: watch::Sender::default(),
                served: watch::Sender::default(),
                outbox: tokio::sync::Notify::new(),
                mails: tokio::sync::Notify::new(),
                webhooks: tokio::sync::Notify::new(),
                imports: tokio::sync::Notify::new(),
                sources: tokio::sync::Notify::new(),
                import_turn: tokio::sync::Mutex::new(()),
                under_way: UnderWay::default(),
                backups: Backups::default(),
                erased: Arc::default(),
                erasures: tokio::sync::Notify::new(),
                erasure_turn: tokio::sync::Mutex::new(()),
                erasures_put_off: Mutex::default(),
                nodes: Nodes::new(parts.node),
                elsewhere: parts.elsewhere,
                revisions: tokio::sync::Mutex::default(),
            }),
        };
        app.catch_up_erasures().await?;
        app.look_at_warehouse().await;
        app.catch_up_leads().await?;
        app.refresh_labels().await?;
        app.refresh_routing().await?;
        Ok(app)
    }

    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.inner.surroundings.now()
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.inner.journal
    }

    #[must_use]
    pub fn warehouse(&self) -> &Arc<Warehouse> {
        &self.inner.warehouse
    }

    #[must_use]
    pub fn labels(&self) -> &Arc<Labels> {
        &self.inner.labels
    }

    /// What the hot path routes by; a new value comes with every change of the set-up. Who keeps
    /// it open tells [`App::set_served`] of each, as a change is answered only then.
    #[must_use]
    pub fn routing(&self) -> watch::Receiver<Arc<Routing>> {
        self.inner.routing.subscribe()
    }

    /// From now on this node's hot path answers by `routing`.
    pub fn set_served(&self, routing: Arc<Routing>) {
        self.inner.served.send_replace(routing);
    }

    /// Runs a question on the warehouse, on a blocking thread; at most so many at a time. Nobody
    /// waits any more once the warehouse is found to be away.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Warehouse) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.ask_in(&self.inner.queries, question).await
    }

    /// As [`App::ask`], for what a door needs before it can answer.
    pub(crate) async fn ask_at_door<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Warehouse) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.ask_in(&self.inner.lookups, question).await
    }

    pub(crate) async fn ask_in<T: Send + 'static>(
        &self,
        slots: &Arc<Semaphore>,
        question: impl FnOnce(&Warehouse) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let work = async {
            let slot = Arc::clone(slots).acquire_owned().await;
            let slot = slot.step("wait for a query slot")?;
            let warehouse = Arc::clone(&self.inner.warehouse);
            // The slot is held as long as the engine works, also when nobody waits any more.
            let work = move || {
                let _slot = slot;
                question(&warehouse)
            };
            tokio::task::spawn_blocking(work).await.step("run a query")
        };
        self.unless_away(Keeper::Warehouse, work).await?
    }

    /// The workspace that a command means: the given one, or the first.
    ///
    /// # Errors
    /// When there is none.
    pub async fn workspace_ids(&self) -> Result<Vec<WorkspaceId>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        Ok(all.into_iter().map(|workspace| workspace.id).collect())
    }

    /// The wanted workspace, or the first.
    ///
    /// # Errors
    /// When there is none such.
    pub async fn workspace_or_first(
        &self,
        wanted: Option<WorkspaceId>,
    ) -> Result<WorkspaceId, AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        match wanted {
            Some(id) => all
                .iter()
                .find(|workspace| workspace.id == id)
                .map(|found| found.id),
            None => all.first().map(|found| found.id),
        }
        .ok_or(AppError::NotFound { what: "workspace" })
    }
}
