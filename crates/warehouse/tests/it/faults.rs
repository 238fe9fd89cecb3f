//! Batches on a server without transactions: whatever breaks, nothing is lost and nothing doubled.

use base::{Fact, FactId, Hit, HitId, WorkspaceId};
use warehouse::{Batch, Error, Position, Warehouse, testing};

use crate::facts::{
    House, cost, filed, history, label, landing, of_hit, of_outcome, outcome, state, withdrawal,
};
use crate::proxy::{Fault, Proxy};

/// The same facts in a workspace of their own, in two batches.
fn batches(workspace: i64) -> [Vec<Fact>; 2] {
    let number = u128::try_from(workspace).unwrap();
    let id = |id: u128| (number << 64) | id;
    let here = |fact: Fact| in_workspace(fact, WorkspaceId(workspace));
    let sent = |id_lo: u128, at: i64| {
        of_hit(Hit {
            id: HitId::Sender(FactId(id(id_lo))),
            ..landing(1, 5, at, "shop")
        })
    };
    let first = vec![
        of_hit(landing(1, 1, 1_000, "ads")),
        sent(7, 3_500),
        of_outcome(outcome(id(1), Some(1), 2_000)),
        of_outcome(outcome(id(2), Some(2), 2_500)),
        cost(id(1)),
        filed(
            number_of_import(workspace),
            id(9),
            landing(1, 1, 400, "log"),
        ),
    ];
    let second = vec![
        // Earlier than an outcome of the first batch, which is credited again.
        of_hit(landing(2, 2, 500, "mail")),
        of_hit(landing(3, 3, 3_000, "ads")),
        sent(7, 3_500),
        sent(8, 3_600),
        of_outcome(outcome(id(3), Some(3), 4_000)),
        of_outcome(outcome(id(1), Some(1), 2_000)),
        cost(id(1)),
        cost(id(2)),
        state(id(1)),
        history(id(1), 9),
        withdrawal(number_of_import(workspace)),
    ];
    [first, second].map(|facts| facts.into_iter().map(here).collect())
}

fn number_of_import(workspace: i64) -> i64 {
    1_000 + workspace
}

fn in_workspace(mut fact: Fact, workspace: WorkspaceId) -> Fact {
    match &mut fact {
        Fact::Hit(hit) => {
            hit.workspace = workspace;
            if let Some(touch) = &hit.touch {
                hit.traffic = touch.key(workspace);
            }
        }
        Fact::Outcome(outcome) => outcome.workspace = workspace,
        Fact::Cost(cost) | Fact::UnclickedCost(cost) => cost.workspace = workspace,
        Fact::SaidCost(said) => said.cost.workspace = workspace,
        Fact::LeadState(state) => state.workspace = workspace,
        Fact::FiledHit(filed) => {
            filed.hit.workspace = workspace;
            if let Some(touch) = &filed.hit.touch {
                filed.hit.traffic = touch.key(workspace);
            }
        }
        Fact::History(row) => row.workspace = workspace,
        Fact::Withdrawal(withdrawal) => withdrawal.workspace = workspace,
    }
    fact
}

/// What the tables hold of a workspace, without what differs between workspaces.
fn contents(warehouse: &Warehouse, workspace: i64) -> Vec<String> {
    [
        "select count(*), sum(at_ms), sum(id_lo) from hits where workspace = $1",
        "select count(*), sum(id_lo) from repeatable_hits where id_hi = $1",
        "select count(*), sum(at_ms), sum(visits), sum(opening) from visits where workspace = $1",
        "select count(*), sum(at_ms) from touches where workspace = $1",
        "select count(*), sum(at_ms), sum(id_lo) from outcomes where workspace = $1",
        "select model, id_lo, t.source, touch_at_ms, count(*), sum(leads)
         from credited as c left join traffic as t
         on t.workspace = c.workspace and t.traffic = c.traffic
         where c.workspace = $1 group by all order by all",
        "select count(*), sum(id_lo), sum(cost_micros) from costs where workspace = $1",
        "select count(*), sum(id_lo) from lead_states where workspace = $1",
        "select count(*), sum(id_lo), sum(visits) from history where workspace = $1",
        "select source, count(*) from traffic where workspace = $1 group by all order by all",
        "select source, count(*) from labels where workspace = $1 group by all order by all",
        "select sum(page_views), sum(visits), sum(bounces) from hits_daily where workspace = $1",
    ]
    .iter()
    .map(|sql| {
        let parameters = [warehouse::Parameter::Int(workspace)];
        let table = warehouse
            .query(*sql, &parameters, warehouse::Limits::default())
            .unwrap();
        format!("{:?}", table.rows)
    })
    .collect()
}

fn batch(workspace: i64, number: u64) -> Batch {
    let facts = batches(workspace)[usize::try_from(number).unwrap()].clone();
    let position = Some(Position {
        node: format!("n{workspace}"),
        segment: number + 1,
        offset: 0,
    });
    Batch {
        facts,
        position,
        ..Batch::default()
    }
}

/// Loads what the warehouse says it has not, as the loader does. An error is for the caller.
fn go_on(warehouse: &Warehouse, workspace: i64) -> Result<(), Error> {
    loop {
        let position = warehouse.position(&format!("n{workspace}"))?;
        let next = position.map_or(0, |position| position.segment);
        if next == 2 {
            return Ok(());
        }
        warehouse.load(&batch(workspace, next), &label)?;
    }
}

/// A database behind a connection that breaks.
struct Broken {
    proxy: Proxy,
    house: House,
    url: String,
}

impl Broken {
    /// `None` where the tests work on files.
    fn new() -> Option<Self> {
        let server = testing::server()?;
        let house = House::new();
        let address = std::fs::read_to_string(house.folder.path().join("warehouse.url")).unwrap();
        let proxy = Proxy::before(&server);
        let url = proxy.through(&address);
        Some(Self { proxy, house, url })
    }

    fn open(&self) -> Result<Warehouse, Error> {
        Warehouse::open_server(&self.url)
    }

    /// How many changes the second batch takes, and what is stored then.
    fn undisturbed(&self) -> (usize, Vec<String>) {
        let warehouse = self.open().unwrap();
        warehouse.load(&batch(1, 0), &label).unwrap();
        self.proxy.plan(None);
        go_on(&warehouse, 1).unwrap();
        (self.proxy.seen(), contents(&warehouse, 1))
    }

    /// A writer that has loaded the first batch of a workspace when the fault is planned.
    fn before(&self, workspace: i64, fault: Fault) -> Warehouse {
        let warehouse = self.open().unwrap();
        warehouse.load(&batch(workspace, 0), &label).unwrap();
        self.proxy.plan(Some(fault));
        let error = go_on(&warehouse, workspace).unwrap_err();
        assert!(matches!(error, Error::Server { .. }), "{error}");
        warehouse
    }
}

/// A workspace for each place where something breaks.
fn places(changes: usize) -> impl Iterator<Item = (usize, i64)> {
    assert!(changes > 12, "{changes}");
    (0..changes).map(|after| (after, i64::try_from(100 + after).unwrap()))
}

#[test]
fn what_the_server_did_unheard_is_not_done_again() {
    let Some(broken) = Broken::new() else { return };
    let (changes, expected) = broken.undisturbed();
    for (after, workspace) in places(changes) {
        let warehouse = broken.before(workspace, Fault::Unheard { after });
        go_on(&warehouse, workspace).unwrap();
        assert_eq!(contents(&warehouse, workspace), expected, "change {after}");
    }
}

/// The writer is killed before its change arrives; in between another one takes over.
#[test]
fn a_writer_that_is_killed_at_any_change_leaves_no_trace_that_counts_not_even_late() {
    let Some(broken) = Broken::new() else { return };
    let (changes, expected) = broken.undisturbed();
    for (after, workspace) in places(changes) {
        broken.before(workspace, Fault::HeldBack { after });
        // The new writer reaches the server by another way.
        let again = Warehouse::open_in(broken.house.folder.path()).unwrap();
        assert!(broken.proxy.let_go());
        go_on(&again, workspace).unwrap();
        assert_eq!(contents(&again, workspace), expected, "change {after}");
        broken.proxy.plan(None);
    }
}

#[test]
fn putting_in_order_that_breaks_is_taken_up_again() {
    let Some(broken) = Broken::new() else { return };
    let (changes, expected) = broken.undisturbed();
    for (after, workspace) in places(changes).step_by(4) {
        broken.before(workspace, Fault::Killed { after });
        // The schema's check and the claim come first.
        broken.proxy.plan(Some(Fault::Killed { after: 3 + after }));
        let opened = broken.open();
        broken.proxy.plan(None);
        assert!(opened.is_err() || after > 4, "change {after}");
        let again = broken.open().unwrap();
        go_on(&again, workspace).unwrap();
        assert_eq!(contents(&again, workspace), expected, "change {after}");
    }
}

#[test]
fn who_opens_last_writes_and_the_other_is_told_so() {
    let Some(broken) = Broken::new() else { return };
    let old = broken.open().unwrap();
    go_on(&old, 1).unwrap();
    let new = broken.open().unwrap();
    for _ in 0..2 {
        let error = old.load(&batch(2, 0), &label).unwrap_err();
        assert!(matches!(error, Error::Fenced), "{error}");
    }
    go_on(&new, 2).unwrap();
    assert_eq!(contents(&new, 1), contents(&new, 2));
}

#[test]
fn a_wipe_that_is_killed_is_finished_before_anything_else() {
    let Some(broken) = Broken::new() else { return };
    let (_, expected) = broken.undisturbed();
    for after in [1, 4, 12, 18] {
        let warehouse = broken.open().unwrap();
        broken.proxy.plan(Some(Fault::Killed { after }));
        warehouse.wipe().unwrap_err();
        broken.proxy.plan(None);
        let again = broken.open().unwrap();
        assert_eq!(again.stats().unwrap().hits, 0, "change {after}");
        assert_eq!(again.position("n1").unwrap(), None);
        go_on(&again, 1).unwrap();
        assert_eq!(contents(&again, 1), expected, "change {after}");
    }
}
