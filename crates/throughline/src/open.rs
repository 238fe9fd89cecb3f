//! Opening the data folder: journal, store, warehouse, and the app on top of them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::{App, Company, CostMemory, Loader, Mailer, Outbound, Parts, Settings, ThisNode};
use journal::{Disk, FsDisk, Gate, GatedDisk, Journal, JournalError, JournalOptions};
use store::nodes::list_nodes;
use store::{Engine, Store};
use warehouse::Warehouse;

use crate::backups;
use crate::config::{Config, MailUrl, StoreUrl, WarehouseUrl};
use crate::intake::networks;
use crate::master_key;
use crate::nodes::identify;
use crate::nodes::inside::Token;
use crate::nodes::peer::Others;
use crate::surroundings::Machine;
use crate::watch::disk::TimedDisk;

pub(crate) mod held;

use held::{Held, Holder};

/// Share of the configured memory that the engine may use; the rest is for staging.
const WAREHOUSE_MEMORY_PERCENT: u64 = 80;

/// Where things lie in a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store.sqlite")
    }

    pub(crate) fn warehouse(&self) -> PathBuf {
        self.root.join("warehouse.duckdb")
    }

    pub(crate) fn spill(&self) -> PathBuf {
        self.root.join("spill")
    }

    /// What back-ups keep beside the data: nothing that one has to hold.
    pub(crate) fn backup(&self) -> PathBuf {
        self.root.join("backup")
    }

    /// The list of who was erased.
    pub(crate) fn erasures(&self) -> PathBuf {
        self.root.join(backups::ERASURES)
    }

    pub(crate) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// The key to the store's secrets, where no setting says another place.
    pub(crate) fn secrets_key(&self) -> PathBuf {
        self.root.join("secrets.key")
    }

    fn mail(&self) -> PathBuf {
        self.root.join("mail")
    }
}

/// Opens everything that a command works on.
///
/// # Errors
/// When another process holds the folder, or something in it cannot be opened.
pub(crate) async fn open(config: &Config) -> anyhow::Result<App> {
    open_on(config, Arc::new(FsDisk), Holder::Command).await
}

/// Opens everything that a server works on, which listens already.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_as_server(config: &Config, address: SocketAddr) -> anyhow::Result<App> {
    let disk = TimedDisk::new(Arc::new(FsDisk));
    open_on(config, Arc::new(disk), Holder::Server(address)).await
}

/// Opens a data folder that is there, for a command that works on what it holds.
///
/// # Errors
/// When the folder holds no data, or as [`open`].
pub(crate) async fn open_existing(config: &Config) -> anyhow::Result<App> {
    let layout = Layout::new(&config.data.folder);
    if !layout.journal().try_exists().unwrap_or(true) {
        bail!(
            "there is no data in {}: name another folder with --data, or begin with \
             `throughline serve`",
            layout.root.display()
        );
    }
    open(config).await
}

/// As [`open`], with the journal on another disk.
async fn open_on(config: &Config, disk: Arc<dyn Disk>, holder: Holder) -> anyhow::Result<App> {
    let layout = Layout::new(&config.data.folder);
    if layout.root.join(backup::UNFINISHED).try_exists()? {
        bail!(
            "{} holds a restore that was interrupted: remove the folder and restore again; with \
             the store on a server the restore takes its database over",
            layout.root.display()
        );
    }
    for folder in [layout.root.clone(), layout.spill(), layout.uploads()] {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("failed to make the folder {}", folder.display()))?;
    }
    let gate = Gate::default();
    let disk = GatedDisk::new(disk, gate.clone());
    let journal = open_journal(config, &layout, Arc::new(disk), &holder)?;
    let mut node = identify(config, &layout.journal(), &journal)?;
    let store = open_store(config, &layout).await?;
    if holder == Holder::Command && !has_others(&store, &node).await? {
        node.company = Company::Alone;
    }
    let warehouse = open_warehouse(config, &layout, (&holder, node.company)).await?;
    let parts = Parts {
        keyring: master_key::open(config, &layout, &store).await?,
        store,
        warehouse: Arc::new(warehouse),
        journal: Arc::new(journal),
        surroundings: Arc::new(Machine),
        mailer: mailer(config, &layout)?,
        outbound: Outbound::new(networks(&config.outbound.allow).context("outbound.allow")?),
        settings: settings(config, &layout),
        provider: config.provider.settings().await.context("[provider]")?,
        gate,
        clear_copies: {
            let config = config.clone();
            Arc::new(move || backups::clear_copies(&config))
        },
        node,
        elsewhere: Arc::new(Others::new(Token::of(config).await?)),
    };
    Ok(App::start(parts).await?)
}

/// Opens the warehouse's file and nothing that would change it; the journal is held meanwhile, so
/// that nobody else opens the folder.
///
/// # Errors
/// When another process holds the folder, or there is no such file.
pub(crate) fn open_facts_alone(config: &Config) -> anyhow::Result<(Journal, Warehouse)> {
    let layout = Layout::new(&config.data.folder);
    if config.warehouse.url != WarehouseUrl::Duckdb || !layout.warehouse().is_file() {
        bail!("there is no warehouse in {} to move", layout.root.display());
    }
    let journal = open_journal(config, &layout, Arc::new(FsDisk), &Holder::Command)?;
    Ok((journal, open_warehouse_file(config, &layout)?))
}

/// # Errors
/// When another process holds the folder, or it cannot be read.
pub(crate) fn open_journal(
    config: &Config,
    layout: &Layout,
    disk: Arc<dyn Disk>,
    holder: &Holder,
) -> anyhow::Result<Journal> {
    let options = JournalOptions {
        folder: layout.journal(),
        format: base::FACT_FORMAT,
        segment_bytes: config.journal.segment_mb.max(1) << 20,
        gather_max: Duration::from_micros(config.journal.gather_us),
        holder: holder.to_text(std::process::id()),
    };
    match Journal::open_on(disk, options) {
        Err(JournalError::Held { holder, .. }) => bail!(Held::new(layout.root.clone(), &holder)),
        opened => Ok(opened?),
    }
}

fn mailer(config: &Config, layout: &Layout) -> anyhow::Result<Mailer> {
    let from = &config.mail.from;
    let mailer = match &config.mail.url {
        MailUrl::Folder => Mailer::folder(layout.mail(), from),
        MailUrl::Smtp(url) => Mailer::smtp(url, from),
    };
    mailer.context("a setting in [mail] is wrong")
}

/// # Errors
/// When the file cannot be opened, or the server cannot be used.
pub(crate) async fn open_store(config: &Config, layout: &Layout) -> anyhow::Result<Store> {
    let opened = match &config.store.url {
        StoreUrl::Sqlite => {
            backups::before_upgrade(config, layout).await?;
            Store::open(&layout.store()).await
        }
        StoreUrl::Postgres(url) => Store::open_postgres(url).await,
    };
    opened.context("failed to open the store")
}

/// A loader that continues where the warehouse has come to.
pub(crate) fn loader(app: &App) -> Loader {
    let (journal, warehouse) = (Arc::clone(app.journal()), Arc::clone(app.warehouse()));
    let known = (Arc::clone(app.labels()), Arc::clone(app.erased()));
    Loader::new(journal, warehouse, known, &app.this_node().name)
}

/// Whether other nodes work on the store. Where they do, a command leaves the warehouse to them.
async fn has_others(store: &Store, this: &ThisNode) -> anyhow::Result<bool> {
    if store.engine() == Engine::Sqlite {
        return Ok(false);
    }
    let all = list_nodes(&mut store.read().await?).await?;
    let mut others = all.iter().filter(|node| node.name != this.name);
    Ok(others.any(|node| node.gone_at.is_none()))
}

/// A server takes clicks in whether or not its warehouse is there; a command needs it now.
async fn open_warehouse(
    config: &Config,
    layout: &Layout,
    (holder, company): (&Holder, Company),
) -> anyhow::Result<Warehouse> {
    match &config.warehouse.url {
        WarehouseUrl::Duckdb => open_warehouse_file(config, layout),
        WarehouseUrl::ClickHouse(url) => {
            let url = url.clone();
            let open = match (holder, company) {
                (_, Company::Shared) => Warehouse::open_server_following,
                (Holder::Server(_), Company::Alone) => Warehouse::open_server_later,
                (Holder::Command, Company::Alone) => Warehouse::open_server,
            };
            let opened = tokio::task::spawn_blocking(move || open(&url)).await?;
            opened.context("failed to open the warehouse")
        }
    }
}

pub(crate) fn open_warehouse_file(config: &Config, layout: &Layout) -> anyhow::Result<Warehouse> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = if config.warehouse.threads == 0 {
        cores
    } else {
        config.warehouse.threads
    };
    let memory = config.warehouse.memory_mb * WAREHOUSE_MEMORY_PERCENT / 100;
    let options = warehouse::Options {
        path: layout.warehouse(),
        threads: u16::try_from(threads).unwrap_or(u16::MAX),
        memory_limit_mib: u32::try_from(memory).unwrap_or(u32::MAX),
        temporary_folder: layout.spill(),
    };
    let mut refused = None;
    let opened = Warehouse::open_behind(&options, |version| {
        let copied = backups::before_upgrade_of_facts(config, layout, version);
        copied.map_err(|error| refused = Some(error)).is_ok()
    });
    match refused {
        Some(refused) => Err(refused),
        None => Ok(opened?),
    }
}

fn settings(config: &Config, layout: &Layout) -> Settings {
    Settings {
        base_url: config.server.base_url.trim_end_matches('/').to_owned(),
        session_days: config.sign_in.session_days,
        attempts_max: config.sign_in.attempts_max,
        share_days_max: config.sharing.days_max,
        proof_s: config.sign_in.proof_s,
        queries_at_once: config.warehouse.queries_at_once,
        query_timeout_s: config.warehouse.query_timeout_s,
        uploads: layout.uploads(),
        import_folder: Some(&config.imports.folder)
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from),
        data: layout.root.clone(),
        disk: config.disk_limits(),
        lead_request_days: config.data.lead_request_days,
        mail_folder_days: config.mail.folder_days,
        cost_memory: CostMemory::default(),
    }
}

#[cfg(test)]
mod tests;
