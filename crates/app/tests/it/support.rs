//! A program of its own for each test: real store, journal and warehouse, seeded surroundings.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use app::{
    Actor, App, Company, CostMemory, DiskLimits, Elsewhere, Keyring, Loader, Mailer, MasterKey,
    NobodyElse, Origin, Outbound, Parts, SetUp, Settings, Surroundings, ThisNode, Who,
    WorkspaceInput, WorkspacePatch,
};
use base::UnixMillis;
use journal::{FsDisk, Gate, GatedDisk, Journal, JournalOptions};
use store::Store;
use tempfile::TempDir;
use warehouse::{Limits, Warehouse};

/// 2026-11-20T12:00:00Z.
pub(crate) const START_MS: i64 = 1_795_176_000_000;
const SEGMENT_BYTES: u64 = 4 << 20;

/// A clock that moves a little at every look, and a counter instead of chance.
pub(crate) struct Seeded {
    now_ms: AtomicI64,
    seed: AtomicU64,
    free_mb: AtomicU64,
}

/// One running program with a signed-in owner.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) owner: Actor,
    pub(crate) seeded: Arc<Seeded>,
    folder: TempDir,
}

impl Seeded {
    /// Moves the clock.
    pub(crate) fn pass_days(&self, days: i64) {
        self.now_ms
            .fetch_add(days * 24 * 60 * 60 * 1000, Ordering::Relaxed);
    }

    /// Sets how much room the disk has left.
    pub(crate) fn leave_mb(&self, free_mb: u64) {
        self.free_mb.store(free_mb, Ordering::Relaxed);
    }
}

impl Surroundings for Seeded {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now_ms.fetch_add(1, Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // A linear congruential step; its upper bits are mixed well enough for tokens.
            let step = |seed: u64| {
                Some(
                    seed.wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888),
                )
            };
            let seed = self
                .seed
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
            *byte = seed.unwrap_or_default().to_be_bytes()[0];
        }
    }

    fn free_bytes(&self, _: &Path) -> Option<u64> {
        Some(self.free_mb.load(Ordering::Relaxed) << 20)
    }
}

impl TestApp {
    /// An empty program whose workspace keeps zlotys in Warsaw, net of 23 % VAT.
    pub(crate) async fn start() -> Self {
        Self::start_with(CostMemory::default()).await
    }

    /// The same with room for so many costs.
    pub(crate) async fn start_with(cost_memory: CostMemory) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seeded = Arc::new(Seeded {
            now_ms: AtomicI64::new(START_MS),
            seed: AtomicU64::new(7),
            free_mb: AtomicU64::new(100_000),
        });
        let store = Store::open_template(folder.path()).await.unwrap();
        let app = open(
            folder.path(),
            store,
            key(),
            Arc::clone(&seeded),
            (cost_memory, ThisNode::alone("test"), Arc::new(NobodyElse)),
        )
        .await;
        let signed_in = app.set_up(set_up(), &Origin::default()).await.unwrap();
        let who = Who::Person {
            user: signed_in.user.id,
            name: signed_in.user.name,
            role: app::Role::Owner,
            sight: app::Sight::default(),
            session: None,
        };
        let owner = Actor {
            workspace: signed_in.workspaces[0].workspace.id,
            who,
        };
        Self {
            app,
            owner,
            seeded,
            folder,
        }
    }

    /// The same data opened by a new process, as after a crash.
    pub(crate) async fn restart(self) -> Self {
        self.restart_with(key()).await
    }

    /// The same, with something done to the files in between.
    pub(crate) async fn restart_after(self, between: impl FnOnce()) -> Self {
        self.close_and(key(), between).await
    }

    /// The same with another key to the secrets.
    pub(crate) async fn restart_with(self, key: MasterKey) -> Self {
        self.close_and(key, || {}).await
    }

    /// Opens the same data again and gives the words that it is refused with, and the folder.
    pub(crate) async fn refused_restart(self) -> (String, TempDir) {
        let Self {
            app,
            seeded,
            folder,
            ..
        } = self;
        app.store().close().await;
        app.journal().close();
        let cost_memory = app.settings().cost_memory;
        drop(app);
        let store = Store::open_again(folder.path()).await.unwrap();
        let opened = try_open(
            folder.path(),
            store,
            key(),
            seeded,
            (cost_memory, ThisNode::alone("test"), Arc::new(NobodyElse)),
        )
        .await;
        let refused = opened.err().unwrap();
        (format!("{:#}", anyhow::Error::from(refused)), folder)
    }

    async fn close_and(self, key: MasterKey, between: impl FnOnce()) -> Self {
        let Self {
            app,
            owner,
            seeded,
            folder,
        } = self;
        let cost_memory = app.settings().cost_memory;
        app.store().close().await;
        app.journal().close();
        drop(app);
        between();
        let store = Store::open_again(folder.path()).await.unwrap();
        let seeds = Arc::clone(&seeded);
        let node = ThisNode::alone("test");
        let app = open(
            folder.path(),
            store,
            key,
            seeds,
            (cost_memory, node, Arc::new(NobodyElse)),
        )
        .await;
        Self {
            app,
            owner,
            seeded,
            folder,
        }
    }

    /// Another node on the same store, with a data folder of its own.
    pub(crate) async fn neighbour(&self, name: &str) -> App {
        self.neighbour_of(name, name).await
    }

    /// The same with a folder of another name than the node's.
    pub(crate) async fn neighbour_of(&self, name: &str, folder: &str) -> App {
        self.neighbour_beside(name, folder, Arc::new(NobodyElse))
            .await
    }

    /// The same, which reaches others.
    pub(crate) async fn neighbour_beside(
        &self,
        name: &str,
        folder: &str,
        elsewhere: Arc<dyn Elsewhere>,
    ) -> App {
        let place = self.folder().join(folder);
        std::fs::create_dir_all(&place).unwrap();
        let store = Store::open_again(self.folder()).await.unwrap();
        let node = ThisNode {
            folder: folder.to_owned(),
            company: Company::Shared,
            ..ThisNode::alone(name)
        };
        let memory = (CostMemory::default(), node, elsewhere);
        open(&place, store, key(), Arc::clone(&self.seeded), memory).await
    }

    /// Whether the store is on a server, which alone has several nodes.
    pub(crate) fn is_on_server(&self) -> bool {
        self.app.store().engine() == store::Engine::Postgres
    }

    /// What was mailed since the last look, as files hold it.
    pub(crate) fn mails(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.mail()) else {
            return Vec::new();
        };
        let taken = folder.map(|file| {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            text
        });
        taken.collect()
    }

    /// Puts a file where the folder of mail is to be, or takes it away.
    pub(crate) fn break_mail(&self, is_broken: bool) {
        if is_broken {
            let _ = std::fs::remove_dir_all(self.mail());
            std::fs::write(self.mail(), "").unwrap();
        } else {
            std::fs::remove_file(self.mail()).unwrap();
        }
    }

    fn mail(&self) -> std::path::PathBuf {
        self.folder.path().join("mail")
    }

    /// Amounts hold VAT of 8 % from now on, instead of 23 % on top.
    pub(crate) async fn change_vat(&self) {
        let workspace = self.app.workspace(&self.owner).await.unwrap();
        let patch = WorkspacePatch {
            vat_mode: Some("gross".to_owned()),
            vat_rate_percent: Some("8".to_owned()),
            ..WorkspacePatch::default()
        };
        let changed = self
            .app
            .update_workspace(&self.owner, workspace.version, patch);
        changed.await.unwrap();
    }

    /// Relays what waits and loads it; returns how many facts were relayed.
    pub(crate) async fn settle(&self) -> usize {
        let relayed = self.app.relay_outbox().await.unwrap();
        let (journal, warehouse) = (
            Arc::clone(self.app.journal()),
            Arc::clone(self.app.warehouse()),
        );
        let labels = Arc::clone(self.app.labels());
        let erased = Arc::clone(self.app.erased());
        tokio::task::spawn_blocking(move || {
            let mut loader = Loader::new(journal, warehouse, (labels, erased), "test");
            loader.catch_up(|_| {}).unwrap();
        })
        .await
        .unwrap();
        relayed
    }

    /// Rows of a question to the warehouse, cells joined by bars.
    pub(crate) fn ask(&self, sql: &str) -> Vec<String> {
        let table = self
            .app
            .warehouse()
            .query(sql, &[], Limits::default())
            .unwrap();
        let shown = |row: &Vec<warehouse::Value>| {
            let cells = row.iter().map(|cell| cell.display().unwrap_or_default());
            cells.collect::<Vec<_>>().join("|")
        };
        table.rows.iter().map(shown).collect()
    }

    /// Where a test may put files of its own.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The key that every test's secrets are sealed with.
pub(crate) fn key() -> MasterKey {
    MasterKey::parse(&"5e".repeat(32)).unwrap()
}

async fn open(
    folder: &Path,
    store: Store,
    key: MasterKey,
    seeded: Arc<Seeded>,
    as_what: (CostMemory, ThisNode, Arc<dyn Elsewhere>),
) -> App {
    let opened = try_open(folder, store, key, seeded, as_what).await;
    opened.unwrap()
}

async fn try_open(
    folder: &Path,
    store: Store,
    key: MasterKey,
    seeded: Arc<Seeded>,
    (cost_memory, node, elsewhere): (CostMemory, ThisNode, Arc<dyn Elsewhere>),
) -> Result<App, app::AppError> {
    let warehouse = Warehouse::open_in(folder).unwrap();
    let gate = Gate::default();
    let journal_options = JournalOptions {
        segment_bytes: SEGMENT_BYTES,
        ..JournalOptions::new(folder.join("journal"))
    };
    let disk = GatedDisk::new(Arc::new(FsDisk), gate.clone());
    let journal = Journal::open_on(Arc::new(disk), journal_options).unwrap();
    let settings = Settings {
        import_folder: Some(folder.join("files")),
        base_url: "https://tl.example".to_owned(),
        session_days: 30,
        attempts_max: 10,
        share_days_max: 90,
        proof_s: 600,
        queries_at_once: 2,
        query_timeout_s: 30,
        uploads: folder.join("uploads"),
        data: folder.to_owned(),
        disk: DiskLimits {
            low_mb: 1_024,
            floor_mb: 256,
        },
        lead_request_days: 30,
        mail_folder_days: 30,
        cost_memory,
    };
    let keyring = Keyring::open(&store, key).await.unwrap();
    App::start(Parts {
        keyring,
        store,
        warehouse: Arc::new(warehouse),
        journal: Arc::new(journal),
        surroundings: seeded,
        mailer: Mailer::folder(folder.join("mail"), "Throughline <tl@tl.example>").unwrap(),
        // Peers of tests listen on this machine.
        outbound: Outbound::new(vec!["127.0.0.0/8".parse().unwrap()]),
        settings,
        provider: None,
        gate,
        clear_copies: Arc::new(|| Ok(0)),
        node,
        elsewhere,
    })
    .await
}

fn set_up() -> SetUp {
    SetUp {
        email: "owner@shop.example".to_owned(),
        password: "correct horse battery".to_owned(),
        name: "Olga".to_owned(),
        language: "en".to_owned(),
        workspace: WorkspaceInput {
            name: "Optics".to_owned(),
            time_zone: "Europe/Warsaw".to_owned(),
            currency: "PLN".to_owned(),
            week_start: "monday".to_owned(),
            vat_mode: "net".to_owned(),
            vat_rate_percent: "23".to_owned(),
        },
    }
}
