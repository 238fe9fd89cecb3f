//! Several nodes on one store and one warehouse: a job is done once, a fact is loaded once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::{
    App, AppError, EraseOrder, Handed, Held, Job, LEASE_BEAT, LEASE_STILL, Loader, ManualCostInput,
    Provenance, Source, provenance,
};
use base::{
    Agent, Country, Fact, Hit, HitId, HitKind, Page, Traffic, UnixMillis, VisitId, VisitorId,
};
use journal::{Handover, Journal, JournalOptions, Position};
use store::leases::under;
use store::nodes::{adopt_node, list_nodes};

use crate::support::{START_MS, TestApp};

/// So many looks as a node needs to see that another one is silent.
async fn wait_it_out(app: &App, job: Job) {
    let looks = LEASE_STILL.as_millis() / LEASE_BEAT.as_millis();
    for _ in 0..=looks {
        app.tend_lease(job, LEASE_BEAT).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_one_nodes_until_it_falls_silent() {
    let test = TestApp::start().await;
    let (first, second) = (test.neighbour("a").await, test.neighbour("b").await);
    first.tend_lease(Job::Work, Duration::ZERO).await.unwrap();
    let Held::Fenced(fence) = first.work_lease().held() else {
        panic!("nobody held it");
    };
    for _ in 0..20 {
        second.tend_lease(Job::Work, LEASE_BEAT).await.unwrap();
        first.tend_lease(Job::Work, LEASE_BEAT).await.unwrap();
    }
    assert_eq!(second.work_lease().held(), Held::No, "the first one lives");
    // A look that came late says nothing of the time between: the store may have been away.
    for _ in 0..2 {
        let long = Duration::from_secs(3_600);
        second.tend_lease(Job::Work, long).await.unwrap();
    }
    assert_eq!(second.work_lease().held(), Held::No);
    wait_it_out(&second, Job::Work).await;
    assert_eq!(second.work_lease().held(), Held::Fenced(fence + 1));
    first.tend_lease(Job::Work, LEASE_BEAT).await.unwrap();
    assert_eq!(first.work_lease().held(), Held::No, "it was taken over");
    second.give_leases_back().await.unwrap();
    first.tend_lease(Job::Work, LEASE_BEAT).await.unwrap();
    let back = first.work_lease().held();
    assert!(
        matches!(back, Held::Fenced(_)) || !test.is_on_server(),
        "{back:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_starts_again_goes_on_at_once_and_its_earlier_work_is_refused() {
    let test = TestApp::start().await;
    let (before, other) = (test.neighbour("a").await, test.neighbour("b").await);
    before.tend_lease(Job::Work, Duration::ZERO).await.unwrap();
    let earlier = before.work_lease().claim_of(before.work_lease().held());
    drop(before);
    let again = test.neighbour("a").await;
    again.tend_lease(Job::Work, Duration::ZERO).await.unwrap();
    assert!(matches!(again.work_lease().held(), Held::Fenced(_)));
    other.tend_lease(Job::Work, Duration::ZERO).await.unwrap();
    assert_eq!(other.work_lease().held(), Held::No);

    test.app
        .create_manual_cost(&test.owner, &billboard())
        .await
        .unwrap();
    let waiting = again.outbox_depth().await.unwrap();
    assert!(waiting > 0);
    // The facts are in its journal a second time then, and loaded once; the outbox stays whole.
    let late = under(earlier.unwrap(), test.app.relay_outbox()).await;
    assert!(matches!(late, Err(AppError::Internal { .. })), "{late:?}");
    assert_eq!(again.outbox_depth().await.unwrap(), waiting);
    let now = again.work_lease().claim_of(again.work_lease().held());
    let relayed = under(now.unwrap(), test.app.relay_outbox()).await.unwrap();
    assert_eq!(i64::try_from(relayed).unwrap(), waiting);
    test.settle().await;
    assert_eq!(
        test.ask("select count(*), sum(cost_micros) from costs"),
        ["10|1000000000"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_changes_the_others_read() {
    let test = TestApp::start().await;
    if !test.is_on_server() {
        return;
    }
    let node = test.neighbour("a").await;
    node.follow_others().await.unwrap();
    let before = node.routing().borrow().links.len();
    let link = app::LinkInput {
        name: "sale".to_owned(),
        slug: Some("sale".to_owned()),
        target: "https://shop.example/sale".to_owned(),
        ..app::LinkInput::default()
    };
    test.app.create_link(&test.owner, &link).await.unwrap();
    assert_eq!(node.routing().borrow().links.len(), before);
    node.follow_others().await.unwrap();
    assert_eq!(node.routing().borrow().links.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_one_folders_and_a_stopped_node_says_where_its_journal_ends() {
    let test = TestApp::start().await;
    if !test.is_on_server() {
        return;
    }
    let (node, other) = (test.neighbour("a").await, test.neighbour("b").await);
    node.note_this_node().await.unwrap();
    other.note_this_node().await.unwrap();
    let twin = test.neighbour_of("a", "another folder").await;
    let refused = twin.note_this_node().await;
    assert!(matches!(
        refused,
        Err(AppError::Conflict {
            code: "node_name_taken",
            ..
        })
    ));
    node.journal().append(&[1]).unwrap().await.unwrap();
    node.note_stop().await.unwrap();
    let end = node.journal().status().durable;
    let known = other.journals_of_others().await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].name.as_str(), known[0].stopped), ("a", Some(end)));
    other.give_up_node("a").await.unwrap();
    assert!(other.journals_of_others().await.unwrap().is_empty());
}

/// The journal of another node, as it comes over a wire that breaks now and then.
struct Wire {
    journal: Arc<Journal>,
    run: u128,
    known: Option<u128>,
    /// Every piece is cut into so many bytes; small ones show what a border does.
    piece_bytes: usize,
    faults: Arc<Mutex<u32>>,
}

impl Source for Wire {
    fn read(
        &mut self,
        from: Option<Position>,
        end: Option<Position>,
        _: usize,
    ) -> anyhow::Result<Handed> {
        let mut faults = self.faults.lock().unwrap();
        *faults += 1;
        let piece = self.journal.hand_over(from, end, self.piece_bytes)?;
        let mut bytes = piece.to_bytes();
        if faults.is_multiple_of(3) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        let piece = Handover::from_bytes(&bytes);
        let piece = piece.ok_or_else(|| anyhow::anyhow!("the piece is not whole"))?;
        Ok(Handed::from_elsewhere(
            piece,
            self.run,
            &mut self.known,
            None,
        ))
    }
}

/// A node that only collects.
pub(crate) struct Collector {
    name: &'static str,
    pub(crate) journal: Arc<Journal>,
    run: u128,
}

impl Collector {
    pub(crate) fn open(test: &TestApp, name: &'static str, run: u128) -> Self {
        let journal = Journal::open(JournalOptions::new(test.folder().join(name))).unwrap();
        Self {
            name,
            journal: Arc::new(journal),
            run,
        }
    }

    pub(crate) async fn collect(&self, test: &TestApp, numbers: std::ops::Range<u64>) {
        self.collect_at(test, numbers, UnixMillis(START_MS)).await;
    }

    pub(crate) async fn collect_at(
        &self,
        test: &TestApp,
        numbers: std::ops::Range<u64>,
        at: UnixMillis,
    ) {
        for number in numbers {
            let Fact::Hit(mut hit) = click(test, number) else {
                unreachable!("a click is a hit");
            };
            hit.at = at;
            let entry = Fact::Hit(hit).encode().unwrap();
            self.journal.append(&entry).unwrap().await.unwrap();
        }
    }

    fn loader(&self, test: &TestApp, faults: &Arc<Mutex<u32>>) -> Loader {
        let wire = Wire {
            journal: Arc::clone(&self.journal),
            run: self.run,
            known: None,
            piece_bytes: 400,
            faults: Arc::clone(faults),
        };
        let known = (Arc::clone(test.app.labels()), Arc::clone(test.app.erased()));
        let warehouse = Arc::clone(test.app.warehouse());
        Loader::from_source(Box::new(wire), warehouse, known, self.name)
    }
}

/// Steps until everything is loaded, over faults.
fn load_all(loader: &mut Loader) {
    for _ in 0..500 {
        if loader.step().is_ok_and(|step| step.caught_up) {
            return;
        }
    }
    panic!("it never caught up");
}

fn counts(test: &TestApp) -> Vec<String> {
    test.ask("select count(*), count(distinct visitor) from hits")
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_several_journals_are_loaded_once_whoever_dies_between() {
    let test = TestApp::start().await;
    let faults = Arc::new(Mutex::new(0));
    let (c1, c2) = (
        Collector::open(&test, "c1", 1),
        Collector::open(&test, "c2", 2),
    );
    c1.collect(&test, 0..40).await;
    c2.collect(&test, 1_000..1_030).await;
    // The node that loads dies after a few steps, and another one goes on, several times.
    for _ in 0..4 {
        let mut loaders = [c1.loader(&test, &faults), c2.loader(&test, &faults)];
        for step in 0..6 {
            // An answer that broke is asked for again.
            let _ = loaders[step % 2].step();
        }
    }
    // A collector is killed and starts again: what it had acknowledged is there, in its place.
    let mut running = c1.loader(&test, &faults);
    let _ = running.step();
    c1.journal.close();
    drop(running);
    drop(c1);
    let c1 = Collector::open(&test, "c1", 3);
    c1.collect(&test, 40..60).await;
    load_all(&mut c1.loader(&test, &faults));
    load_all(&mut c2.loader(&test, &faults));
    assert_eq!(counts(&test), ["90|90"]);
    // The own journal has positions of its own.
    let own = click(&test, 5_000).encode().unwrap();
    test.app.journal().append(&own).unwrap().await.unwrap();
    test.settle().await;
    assert_eq!(counts(&test), ["91|91"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loader_that_was_away_goes_on_where_another_has_come_to() {
    let test = TestApp::start().await;
    let faults = Arc::new(Mutex::new(0));
    let c1 = Collector::open(&test, "c1", 1);
    c1.collect(&test, 0..10).await;
    let mut first = c1.loader(&test, &faults);
    load_all(&mut first);
    c1.collect(&test, 10..20).await;
    load_all(&mut c1.loader(&test, &faults));
    // It still means to go on where it was; the warehouse takes no batch twice.
    load_all(&mut first);
    first.ask_again();
    load_all(&mut first);
    assert_eq!(counts(&test), ["20|20"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_is_known_by_what_stands_in_it_and_not_by_its_length() {
    let test = TestApp::start().await;
    let faults = Arc::new(Mutex::new(0));
    let nodes = ["c1", "c2"].map(|name| Collector::open(&test, name, 1));
    let [c1, c2] = &nodes;
    // Both are as long, and are loaded to where the first stops for a while.
    let busy = async |one: &Collector, second: i64, numbers: std::ops::Range<u64>| {
        for number in numbers {
            let passed = second * 1_000 + i64::try_from(number).unwrap();
            let at = UnixMillis(START_MS).plus_ms(passed);
            one.collect_at(&test, number..number + 1, at).await;
        }
    };
    busy(c1, 0, 0..30).await;
    busy(c2, 1, 0..30).await;
    load_all(&mut c1.loader(&test, &faults));
    let loaded = c1.journal.status().durable;
    busy(c1, 0, 30..50).await;
    busy(c2, 1, 30..50).await;
    load_all(&mut c2.loader(&test, &faults));
    let look = |one: &Collector, at| provenance(&one.journal, test.app.warehouse(), at).unwrap();
    assert_eq!(look(c1, loaded), Provenance::Same);
    assert_eq!(look(c2, loaded), Provenance::LoadedAsAnother);
    let between = Position {
        offset: loaded.offset - 1,
        ..loaded
    };
    assert_eq!(look(c1, between), Provenance::NoSuchPlace);
    let strange = Collector::open(&test, "c3", 1);
    busy(&strange, 2, 0..50).await;
    assert_eq!(look(&strange, loaded), Provenance::NeverLoaded);
    let nothing = Position::default();
    assert_eq!(
        look(&strange, nothing),
        Provenance::Same,
        "nothing is loaded"
    );
    // A segment that ends where the loader has come to is whole.
    c1.journal.roll().unwrap().await.unwrap();
    load_all(&mut c1.loader(&test, &faults));
    assert_eq!(look(c1, c1.journal.status().durable), Provenance::Same);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_name_is_anothers_takes_nothing_in_until_it_is_its_own_again() {
    let test = TestApp::start().await;
    if !test.is_on_server() {
        return;
    }
    let node = test.neighbour("a").await;
    node.note_this_node().await.unwrap();
    let take = async || node.journal().append(&[1]).unwrap().await;
    take().await.unwrap();
    let mut connection = test.app.store().read().await.unwrap();
    let before = list_nodes(&mut connection).await.unwrap().remove(0);
    drop(connection);
    let mut tx = test.app.store().begin().await.unwrap();
    assert!(
        adopt_node(&mut tx, &before, "another folder")
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert!(!node.is_refused(), "it does not know yet");
    let refused = node.note_this_node().await;
    assert!(matches!(refused, Err(AppError::Conflict { .. })));
    assert!(node.is_refused());
    assert!(take().await.is_err());
    // Room on the disk does not make up for it.
    node.guard_disk();
    assert!(node.is_refused());
}

pub(crate) fn click(test: &TestApp, number: u64) -> Fact {
    let traffic = Traffic::direct();
    Fact::Hit(Box::new(Hit {
        // Ids of our own are not looked up again: only positions keep them from counting twice.
        id: HitId::Stamped(u16::try_from(number % 60_000).unwrap()),
        workspace: test.owner.workspace,
        kind: HitKind::Click,
        at: UnixMillis(START_MS),
        delay_ms: 0,
        seq: 0,
        site: None,
        link: None,
        visitor: VisitorId(number),
        visit: VisitId(number),
        visit_age_ms: 0,
        visits: 1,
        bounces: 1,
        traffic: traffic.key(test.owner.workspace),
        touch: None,
        page: Page::default(),
        name: String::new(),
        properties: Vec::new(),
        agent: Agent::default(),
        country: Country::UNKNOWN,
        bot: None,
        engaged_ms: 0,
        scroll_percent: 0,
        revenue: None,
        click_ids: Vec::new(),
    }))
}

fn billboard() -> ManualCostInput {
    ManualCostInput {
        name: "Billboard".to_owned(),
        source: "billboard".to_owned(),
        medium: "offline".to_owned(),
        campaign: "Autumn".to_owned(),
        from: "2026-11-01".to_owned(),
        to: "2026-11-10".to_owned(),
        amount: "1000".to_owned(),
        currency: None,
        per: "once".to_owned(),
        mark_up_percent: "0".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_erase_takes_a_visitor_out_of_another_nodes_journal() {
    let test = TestApp::start().await;
    let c1 = Collector::open(&test, "c1", 1);
    c1.collect(&test, 0..10).await;
    c1.journal.roll().unwrap().await.unwrap();
    let order = EraseOrder {
        workspace: test.owner.workspace.0,
        until_ms: START_MS + 1,
        under: vec![(3, 77, 78)],
        uploads: Vec::new(),
        segments: None,
    };
    let replacing = order.replacing();
    let blank = || {
        c1.journal
            .blank(|entry| replacing.replacement(entry), |_, _| {})
    };
    assert_eq!(blank().unwrap(), 1);
    assert_eq!(blank().unwrap(), 0, "doing it again finds none");
    load_all(&mut c1.loader(&test, &Arc::default()));
    let visitors = "select visitor from hits where visitor in (3, 77) order by visitor";
    assert_eq!(test.ask(visitors), ["77"]);
    let earlier = EraseOrder {
        until_ms: START_MS - 1,
        under: vec![(4, 79, 80)],
        ..order.clone()
    };
    let earlier = earlier.replacing();
    let later = c1
        .journal
        .blank(|entry| earlier.replacement(entry), |_, _| {});
    assert_eq!(later.unwrap(), 0, "what came later is not meant");
}
