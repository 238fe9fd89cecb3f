//! A warehouse with facts, and questions asked as JSON.

use std::collections::BTreeMap;

use base::{
    Agent, ChannelId, CostFact, Country, Day, Device, Fact, FactId, Hit, HitId, HitKind, ImportId,
    Outcome, OutcomeKind, Page, TimeZone, Traffic, UnixMillis, VisitId, VisitorId, WorkspaceId,
};
use reports::{Clock, Language, Query, Report, ReportContext, WeekStart, run};
use serde_json::Value;
use warehouse::{Batch, ChannelRow, Label, Limits, NewLabel, Warehouse, testing};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(1);
pub(crate) const DAY_MS: i64 = 86_400_000;
pub(crate) const UNIT: i64 = 1_000_000;

pub(crate) struct World {
    pub(crate) warehouse: Warehouse,
    pub(crate) context: ReportContext,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let warehouse = Warehouse::open_in(folder.path()).unwrap();
        Self::in_warehouse(warehouse, folder)
    }

    /// In a file whatever the tests work on.
    pub(crate) fn in_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let warehouse = Warehouse::open_file_in(folder.path()).unwrap();
        Self::in_warehouse(warehouse, folder)
    }

    /// What the file of another world holds, moved to the tests' server, and nothing besides.
    pub(crate) fn moved(file: &Self, server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = testing::address(server, folder.path()).unwrap();
        let moved = file.warehouse.move_to_server(&url, 37, &mut |_| {});
        moved.unwrap();
        Self {
            warehouse: Warehouse::open_server(&url).unwrap(),
            context: file.context.clone(),
            _folder: folder,
        }
    }

    fn in_warehouse(warehouse: Warehouse, folder: tempfile::TempDir) -> Self {
        let channel = |id: i64, parent: Option<i64>, name: &str| ChannelRow {
            id: ChannelId(id),
            parent: parent.map(ChannelId),
            name: name.into(),
            colour: 3,
            position: id,
        };
        let tree = [
            channel(1, None, "Paid"),
            channel(2, None, "Mail"),
            channel(3, None, "Offline"),
            channel(11, Some(1), "Search"),
            channel(31, Some(3), "Radio"),
        ];
        warehouse.publish_channels(WORKSPACE, &tree).unwrap();
        let zone = "Europe/Warsaw".parse().unwrap();
        warehouse.set_time_zone(WORKSPACE, &zone).unwrap();
        let context = ReportContext {
            workspace: WORKSPACE,
            time_zone: "Europe/Warsaw".parse::<TimeZone>().unwrap(),
            currency: "PLN".parse().unwrap(),
            week_start: WeekStart::Monday,
            now: at("2026-06-01T00:00:00Z"),
            clock: Clock::standing(at("2026-06-01T00:00:00Z")),
            language: Language::En,
            channels: None,
            names: BTreeMap::new(),
            custom: Vec::new(),
            renamed: Vec::new(),
        };
        Self {
            warehouse,
            context,
            _folder: folder,
        }
    }

    pub(crate) fn load(&self, facts: Vec<Fact>) {
        self.warehouse
            .load(
                &Batch {
                    facts,
                    ..Batch::default()
                },
                &label,
            )
            .unwrap();
    }

    /// Puts other rules in force for a while, and the first ones again.
    pub(crate) fn rename_for_a_while(&self) {
        let dictionary = self.warehouse.traffic(WORKSPACE).unwrap();
        for moment in [at(RENAMED), at(RENAMED_BACK)] {
            let labels = dictionary.iter().map(|row| NewLabel {
                key: row.key,
                label: label_at(&row.traffic, Some(moment)),
            });
            let labels: Vec<NewLabel> = labels.collect();
            self.warehouse.relabel(WORKSPACE, &labels, moment).unwrap();
        }
    }

    pub(crate) fn ask(&self, question: Value) -> Report {
        let query: Query = serde_json::from_value(question).unwrap();
        run(&self.warehouse, &query, &self.context, Limits::default()).unwrap()
    }

    /// Rows as `dimension … | value …` with a dash for what is missing.
    pub(crate) fn lines(&self, question: Value) -> Vec<String> {
        lines(&self.ask(question))
    }
}

pub(crate) fn lines(report: &Report) -> Vec<String> {
    let dash = || "-".to_owned();
    let text = |row: &reports::ReportRow| {
        let dimensions = row
            .dimensions
            .iter()
            .map(|d| d.value.clone().unwrap_or_else(dash));
        let cells = row
            .cells
            .iter()
            .map(|cell| cell.value.clone().unwrap_or_else(dash));
        let (left, right): (Vec<_>, Vec<_>) = (dimensions.collect(), cells.collect());
        format!("{} | {}", left.join(" "), right.join(" "))
    };
    report.rows.iter().map(text).collect()
}

pub(crate) fn label(_: WorkspaceId, traffic: &Traffic) -> Label {
    let path: &[i64] = match traffic.source.as_str() {
        "google" => &[1, 11],
        "mail" => &[2],
        _ => &[],
    };
    Label {
        channel_path: path.iter().map(|id| ChannelId(*id)).collect(),
        source: traffic.source.clone(),
        campaign: traffic.campaign.to_lowercase(),
        ad_group: traffic.ad_group.clone(),
        ad: traffic.ad.clone(),
        keyword: traffic.keyword.clone(),
        version: 1,
    }
}

/// What traffic was called by rules that were in force from `RENAMED` until `RENAMED_BACK`.
pub(crate) fn other_label(workspace: WorkspaceId, traffic: &Traffic) -> Label {
    let path: &[i64] = match traffic.source.as_str() {
        "google" => &[2],
        "news" => &[1, 11],
        _ => &[],
    };
    Label {
        channel_path: path.iter().map(|id| ChannelId(*id)).collect(),
        campaign: "a".to_owned(),
        version: 2,
        ..label(workspace, traffic)
    }
}

pub(crate) const RENAMED: &str = "2026-03-30T12:00:00Z";
pub(crate) const RENAMED_BACK: &str = "2026-04-05T00:00:00Z";

/// The label that was in force at a moment.
pub(crate) fn label_at(traffic: &Traffic, moment: Option<UnixMillis>) -> Label {
    let renamed = at(RENAMED)..at(RENAMED_BACK);
    match moment {
        Some(moment) if renamed.contains(&moment) => other_label(WORKSPACE, traffic),
        _ => label(WORKSPACE, traffic),
    }
}

pub(crate) fn at(text: &str) -> UnixMillis {
    UnixMillis::parse_rfc3339(text).unwrap()
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn traffic(source: &str, campaign: &str) -> Traffic {
    if source.is_empty() {
        return Traffic::direct();
    }
    Traffic {
        source: source.into(),
        medium: "cpc".into(),
        campaign: campaign.into(),
        default_channel: "paid_search".into(),
        ..Traffic::default()
    }
}

/// A hit that opens a visit by a touch.
pub(crate) fn landing(
    id: u128,
    kind: HitKind,
    visitor: u64,
    at: UnixMillis,
    tuple: &Traffic,
) -> Hit {
    Hit {
        id: HitId::Stamped(u16::try_from(id).unwrap()),
        workspace: WORKSPACE,
        kind,
        at,
        delay_ms: 0,
        seq: 0,
        site: None,
        link: None,
        visitor: VisitorId(visitor),
        visit: VisitId(u64::try_from(id).unwrap()),
        visit_age_ms: 0,
        visits: 1,
        bounces: 1,
        traffic: tuple.key(WORKSPACE),
        touch: Some(Box::new(tuple.clone())),
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

pub(crate) fn lead(id: u128, visitor: Option<u64>, at: UnixMillis) -> Outcome {
    Outcome {
        id: FactId(id),
        workspace: WORKSPACE,
        kind: OutcomeKind::Lead,
        at,
        recorded: at,
        created: at,
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

/// A cost in whole units with reported clicks.
pub(crate) fn cost(id: u128, day: Day, tuple: &Traffic, clicks: i64, units: i64) -> CostFact {
    CostFact {
        id: FactId(id),
        workspace: WORKSPACE,
        day,
        recorded: UnixMillis(i64::from(day.0 + 1) * DAY_MS),
        import: ImportId(1),
        platform: "google_ads".into(),
        traffic: tuple.clone(),
        channel: None,
        impressions: clicks * 10,
        clicks,
        cost_micros: units * UNIT,
        vat_micros: units * UNIT / 5,
        original_micros: units * UNIT,
        original_currency: "PLN".parse().unwrap(),
    }
}

pub(crate) fn of_hit(hit: Hit) -> Fact {
    Fact::Hit(Box::new(hit))
}

pub(crate) fn of_outcome(outcome: Outcome) -> Fact {
    Fact::Outcome(Box::new(outcome))
}

pub(crate) fn of_cost(cost: CostFact) -> Fact {
    Fact::Cost(Box::new(cost))
}
