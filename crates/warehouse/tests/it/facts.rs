//! Facts for the tests, and a warehouse of their own.

use base::{
    Agent, CostFact, Country, Currency, Day, Device, Fact, FactId, FiledHit, HistoryAbout,
    HistoryCounts, HistoryRow, HistoryTool, Hit, HitId, HitKind, ImportId, LeadId, LeadState,
    Outcome, OutcomeKind, Page, SiteId, Traffic, UnixMillis, VisitId, VisitorId, Withdrawal,
    WorkspaceId,
};
use warehouse::{Batch, Label, Limits, Table, Value, Warehouse, testing};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(1);

/// A warehouse in a folder that goes away with it.
pub(crate) struct House {
    pub(crate) warehouse: Warehouse,
    pub(crate) folder: tempfile::TempDir,
}

/// The statement in the words of the engine that the tests work on.
pub(crate) fn by_engine<'s>(in_file: &'s str, on_server: &'s str) -> &'s str {
    match testing::server() {
        None => in_file,
        Some(_) => on_server,
    }
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let warehouse = Warehouse::open_in(folder.path()).unwrap();
        Self { warehouse, folder }
    }

    /// In a file whatever the tests work on, for what only a file keeps.
    pub(crate) fn in_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let warehouse = Warehouse::open_file_in(folder.path()).unwrap();
        Self { warehouse, folder }
    }

    /// The same warehouse in a new process.
    pub(crate) fn reopened(self) -> Self {
        let Self { warehouse, folder } = self;
        drop(warehouse);
        let warehouse = Warehouse::open_in(folder.path()).unwrap();
        Self { warehouse, folder }
    }

    pub(crate) fn load(&self, facts: Vec<Fact>) -> warehouse::Loaded {
        self.warehouse
            .load(
                &Batch {
                    facts,
                    ..Batch::default()
                },
                &label,
            )
            .unwrap()
    }

    pub(crate) fn query(&self, sql: &str) -> Table {
        self.warehouse.query(sql, &[], Limits::default()).unwrap()
    }

    /// The numbers of the first row.
    pub(crate) fn numbers(&self, sql: &str) -> Vec<i128> {
        self.query(sql).rows[0]
            .iter()
            .map(|value| value.int().unwrap_or(-1))
            .collect()
    }

    /// All rows as text.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let show = |value: &Value| value.display().unwrap_or_else(|| "null".to_owned());
        let rows = self.query(sql).rows;
        rows.iter()
            .map(|row| row.iter().map(show).collect::<Vec<_>>().join(" "))
            .collect()
    }
}

pub(crate) fn label(_: WorkspaceId, traffic: &Traffic) -> Label {
    Label {
        source: traffic.source.clone(),
        version: 1,
        ..Label::default()
    }
}

pub(crate) fn traffic(source: &str) -> Traffic {
    if source.is_empty() {
        return Traffic::direct();
    }
    Traffic {
        source: source.to_owned(),
        ..Traffic::default()
    }
}

pub(crate) fn mark(id: u128) -> u16 {
    u16::try_from(id).unwrap()
}

/// A page view without touch.
pub(crate) fn hit(id: u128, visitor: u64, at: i64) -> Hit {
    Hit {
        id: HitId::Stamped(mark(id)),
        workspace: WORKSPACE,
        kind: HitKind::PageView,
        at: UnixMillis(at),
        delay_ms: 0,
        seq: 0,
        site: None,
        link: None,
        visitor: VisitorId(visitor),
        visit: VisitId(visitor.wrapping_mul(1000)),
        visit_age_ms: 0,
        visits: 0,
        bounces: 0,
        traffic: Traffic::direct().key(WORKSPACE),
        touch: None,
        page: Page {
            host: "shop.example".into(),
            path: "/".into(),
            title: String::new(),
        },
        name: String::new(),
        properties: Vec::new(),
        agent: Agent {
            device: Device::Phone,
            browser: "Firefox".into(),
            os: "Android".into(),
        },
        country: Country::from_code("PL"),
        bot: None,
        engaged_ms: 0,
        scroll_percent: 0,
        revenue: None,
        click_ids: Vec::new(),
    }
}

/// A page view that opens a visit by a touch from the source.
pub(crate) fn landing(id: u128, visitor: u64, at: i64, source: &str) -> Hit {
    let traffic = traffic(source);
    Hit {
        visits: 1,
        bounces: 1,
        traffic: traffic.key(WORKSPACE),
        touch: Some(Box::new(traffic)),
        ..hit(id, visitor, at)
    }
}

pub(crate) fn outcome(id: u128, visitor: Option<u64>, at: i64) -> Outcome {
    Outcome {
        id: FactId(id),
        workspace: WORKSPACE,
        kind: OutcomeKind::Lead,
        at: UnixMillis(at),
        recorded: UnixMillis(at),
        created: UnixMillis(at),
        lead: None,
        deal: None,
        visitor: visitor.map(VisitorId),
        visit: None,
        declared: None,
        leads: 1,
        qualified: 0,
        deals: 0,
        sales: 0,
        customers: 0,
        revenue_micros: 0,
        vat_micros: 0,
        refunds_micros: 0,
        cost_of_goods_micros: 0,
    }
}

pub(crate) fn of_hit(hit: Hit) -> Fact {
    Fact::Hit(Box::new(hit))
}

/// A hit that a file tells, under an id that its line always has.
pub(crate) fn filed(import: i64, line: u128, hit: Hit) -> Fact {
    let import = ImportId(import);
    let id = HitId::Sender(FactId(line));
    Fact::FiledHit(Box::new(FiledHit {
        import,
        hit: Hit { id, ..hit },
    }))
}

/// What another tool counted of a source on a day.
pub(crate) fn history(id: u128, import: i64) -> Fact {
    Fact::History(Box::new(HistoryRow {
        id: FactId(id),
        workspace: WORKSPACE,
        import: ImportId(import),
        site: SiteId(4),
        day: Day(19_000),
        recorded: UnixMillis(1),
        tool: HistoryTool::Plausible,
        about: HistoryAbout::Traffic(Box::new(traffic("ads"))),
        counts: HistoryCounts {
            visits: Some(5),
            bounces: None,
            ..HistoryCounts::default()
        },
    }))
}

pub(crate) fn withdrawal(import: i64) -> Fact {
    Fact::Withdrawal(Box::new(Withdrawal {
        id: FactId(u128::MAX),
        workspace: WORKSPACE,
        import: ImportId(import),
        recorded: UnixMillis(9_000_000),
    }))
}

pub(crate) fn of_outcome(outcome: Outcome) -> Fact {
    Fact::Outcome(Box::new(outcome))
}

pub(crate) fn cost(id: u128) -> Fact {
    Fact::Cost(Box::new(CostFact {
        id: FactId(id),
        workspace: WORKSPACE,
        day: Day(20_000),
        recorded: UnixMillis(1),
        import: ImportId(1),
        platform: "manual".into(),
        traffic: traffic("ads"),
        channel: None,
        impressions: 5,
        clicks: 2,
        cost_micros: -7,
        vat_micros: 1,
        original_micros: -7,
        original_currency: "EUR".parse::<Currency>().unwrap(),
    }))
}

pub(crate) fn state(id: u128) -> Fact {
    Fact::LeadState(Box::new(LeadState {
        id: FactId(id),
        workspace: WORKSPACE,
        lead: LeadId(1),
        version: 1,
        recorded: UnixMillis(1),
        status: "new".into(),
    }))
}
