//! The program on a disk that hangs or fails: nobody is told what did not happen.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use app::{Actor, LinkInput, Origin, SetUp, Who, WorkspaceInput};
use collect::{Request, Tally};
use hyper::{HeaderMap, Method, StatusCode};
use journal::{DiskFile, JournalError};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::*;
use crate::intake::{self, Intake};

mod clock;

/// A disk whose syncs wait until they are let go, and then succeed or fail.
#[derive(Default, Clone)]
struct HangingDisk(Arc<Hold>);

#[derive(Default)]
struct Hold {
    state: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    is_hanging: bool,
    is_failing: bool,
    waiting: usize,
}

struct HangingFile {
    file: Arc<dyn DiskFile>,
    hold: Arc<Hold>,
}

impl HangingDisk {
    fn hang(&self) {
        self.0.set(|held| held.is_hanging = true);
    }

    fn let_go(&self) {
        self.0.set(|held| held.is_hanging = false);
    }

    fn fail(&self, is_failing: bool) {
        self.0.set(|held| held.is_failing = is_failing);
    }

    /// Blocks until a sync hangs.
    fn wait_for_sync(&self) {
        let state = self.0.state.lock().unwrap();
        let waited = self.0.changed.wait_while(state, |held| held.waiting == 0);
        drop(waited.unwrap());
    }
}

impl Hold {
    fn set(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    fn sync(&self) -> std::io::Result<()> {
        self.set(|held| held.waiting += 1);
        let state = self.state.lock().unwrap();
        let mut state = self
            .changed
            .wait_while(state, |held| held.is_hanging)
            .unwrap();
        state.waiting -= 1;
        if state.is_failing {
            return Err(std::io::Error::other("input/output error"));
        }
        Ok(())
    }
}

impl Disk for HangingDisk {
    fn create_zeroed(&self, path: &Path, bytes: u64) -> std::io::Result<Arc<dyn DiskFile>> {
        let file = FsDisk.create_zeroed(path, bytes)?;
        let hold = Arc::clone(&self.0);
        Ok(Arc::new(HangingFile { file, hold }))
    }

    fn open(&self, path: &Path) -> std::io::Result<Arc<dyn DiskFile>> {
        let file = FsDisk.open(path)?;
        let hold = Arc::clone(&self.0);
        Ok(Arc::new(HangingFile { file, hold }))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        FsDisk.replace(path, bytes)
    }

    fn remove(&self, path: &Path) -> std::io::Result<()> {
        FsDisk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> std::io::Result<()> {
        FsDisk.sync_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        FsDisk.rename(from, to)
    }
}

impl DiskFile for HangingFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> std::io::Result<()> {
        self.file.write_at(bytes, offset)
    }

    fn sync(&self) -> std::io::Result<()> {
        self.hold.sync()?;
        self.file.sync()
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> std::io::Result<usize> {
        self.file.read_at(bytes, offset)
    }

    fn len(&self) -> std::io::Result<u64> {
        self.file.len()
    }
}

/// The program with one link, on a disk in the test's hands.
struct House {
    app: App,
    owner: Actor,
    intake: Arc<Intake>,
    /// Of an API key for events.
    secret: String,
    disk: HangingDisk,
    tasks: TaskTracker,
    _folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mut config, _) = crate::config::load(None, std::iter::empty()).unwrap();
        folder.path().clone_into(&mut config.data.folder);
        config.journal.segment_mb = 16;
        config.collect.per_ip_rate = 0;
        let disk = HangingDisk::default();
        let app = open_on(&config, Arc::new(disk.clone()), Holder::Command)
            .await
            .unwrap();
        let signed_in = app.set_up(set_up(), &Origin::default()).await.unwrap();
        let who = Who::Person {
            user: signed_in.user.id,
            name: signed_in.user.name,
            role: app::Role::Owner,
            sight: app::Sight::default(),
            session: None,
        };
        let workspace = signed_in.workspaces[0].workspace.id;
        let owner = Actor { workspace, who };
        app.create_link(&owner, &link()).await.unwrap();
        let scopes = ["events".to_owned()];
        let key = app
            .create_api_key(&owner, "test", &scopes, None, None)
            .await;
        let routing = app.routing().borrow().clone();
        let begun = intake::Begun {
            journal: app.journal(),
            routing: &routing,
            shares: app::Shares::default(),
            salts: app.daily_salts().await.unwrap(),
            now: app.now(),
        };
        let (intake, _) = intake::start(&begun, &config).unwrap();
        Self {
            app,
            owner,
            intake,
            secret: key.unwrap().1,
            disk,
            tasks: TaskTracker::new(),
            _folder: folder,
        }
    }

    fn click(&self) -> tokio::task::JoinHandle<StatusCode> {
        let (intake, now) = (Arc::clone(&self.intake), self.app.now());
        self.tasks.spawn(async move {
            let request = Request {
                method: &Method::GET,
                path: "/c/sale",
                query: "",
                headers: &HeaderMap::new(),
                peer: IpAddr::from([203, 0, 113, 7]),
                body: &[],
                tally: &Tally::default(),
            };
            intake.click(&request, now).await.status
        })
    }

    /// Clicks in the warehouse once everything durable is loaded.
    async fn loaded(&self) -> u64 {
        let mut loader = loader(&self.app);
        let load = tokio::task::spawn_blocking(move || loader.catch_up(|_| {}));
        load.await.unwrap().unwrap();
        self.app.warehouse().stats().unwrap().hits
    }

    async fn codes(&self) -> Vec<&'static str> {
        let notes = self.app.notes(&self.owner).await.unwrap();
        notes.iter().map(|note| note.code).collect()
    }

    /// Clicks until the disk has been proved again.
    async fn click_until_taken(&self) {
        while self.click().await.unwrap() != StatusCode::FOUND {
            tokio::task::yield_now().await;
        }
    }
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

fn link() -> LinkInput {
    LinkInput {
        slug: Some("sale".to_owned()),
        name: "Sale".to_owned(),
        target: "https://optics.example/".to_owned(),
        source: String::new(),
        medium: String::new(),
        campaign: String::new(),
        ad_group: String::new(),
        ad: String::new(),
        keyword: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_sync_keeps_a_click_waiting_and_everybody_else_served() {
    let house = House::new().await;
    house.disk.hang();
    let click = house.click();
    house.disk.wait_for_sync();
    assert!(!click.is_finished(), "answered before it was durable");
    assert_eq!(house.codes().await, [""; 0]);
    assert_eq!(house.loaded().await, 0);
    assert!(!click.is_finished(), "answered before it was durable");

    house.disk.let_go();
    assert_eq!(click.await.unwrap(), StatusCode::FOUND);
    assert_eq!(house.loaded().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_slow_sync_is_bounded_and_the_rest_is_turned_away() {
    let house = House::new().await;
    house.disk.hang();
    let first = house.click();
    house.disk.wait_for_sync();
    let entry = vec![1; 1 << 20];
    let mut waiting = Vec::new();
    let refused = loop {
        match house.app.journal().append(&entry) {
            Ok(ack) => waiting.push(ack),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, JournalError::Overloaded), "{refused:?}");
    assert!(waiting.len() <= 16, "{} MB are waiting", waiting.len());

    house.disk.let_go();
    assert_eq!(first.await.unwrap(), StatusCode::FOUND);
    for ack in waiting {
        ack.await.unwrap();
    }
    assert_eq!(house.click().await.unwrap(), StatusCode::FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_hangs_and_then_fails_is_told_to_all_and_nothing_is_there_twice() {
    let house = House::new().await;
    assert_eq!(house.click().await.unwrap(), StatusCode::FOUND);
    for _ in 0..3 {
        house.disk.hang();
        let clicks: Vec<_> = (0..20).map(|_| house.click()).collect();
        house.disk.wait_for_sync();
        house.disk.fail(true);
        house.disk.let_go();
        for click in clicks {
            assert_eq!(click.await.unwrap(), StatusCode::SERVICE_UNAVAILABLE);
        }
        assert!(house.app.journal().status().failing);
        assert_eq!(house.codes().await, ["journal_failing"]);
        assert_eq!(
            house.click().await.unwrap(),
            StatusCode::SERVICE_UNAVAILABLE
        );

        house.disk.fail(false);
        house.click_until_taken().await;
        assert_eq!(house.codes().await, [""; 0]);
    }
    assert_eq!(house.loaded().await, 4);
}
