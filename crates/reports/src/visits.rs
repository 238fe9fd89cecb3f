//! Visits one by one, newest first, with what was done in each and what came of it.

mod request;

use std::collections::{BTreeSet, HashMap};

use base::{UnixMillis, VisitId, VisitorId};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::{Limits, Parameter, Value, Warehouse};

use crate::asking::Asking;
use crate::context::ReportContext;
use crate::error::Result;
use crate::plan::{Builder, Grain, Join, Part, Stretch, conditions, dialect, from};
use crate::resolve::{Bots, resolve};
use crate::visits::request::{cursor_of, query_of};

pub use request::{VisitsOf, VisitsRequest};

/// A page of visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Visits {
    pub items: Vec<Visit>,
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// One visit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Visit {
    pub visit: String,
    pub visitor: String,
    pub at: String,
    #[schema(required)]
    pub site: Option<String>,
    #[schema(required)]
    pub channel: Option<String>,
    #[schema(required)]
    pub source: Option<String>,
    #[schema(required)]
    pub campaign: Option<String>,
    /// The page it began with.
    #[schema(required)]
    pub page: Option<String>,
    #[schema(required)]
    pub country: Option<String>,
    #[schema(required)]
    pub device: Option<String>,
    #[schema(required)]
    pub browser: Option<String>,
    #[schema(required)]
    pub os: Option<String>,
    /// Why it is taken for a machine's.
    #[schema(required)]
    pub bot: Option<String>,
    pub page_views: u64,
    /// Custom events, forms, outbound clicks and downloads.
    pub events: u64,
    /// From its first hit to its last.
    pub duration_s: u64,
    /// Time that pages were in view.
    pub engaged_s: u64,
    /// What came of it; nothing for whoever does not see all leads and deals.
    #[schema(required)]
    pub became: Option<VisitBecame>,
}

/// What came of a visit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct VisitBecame {
    pub leads: i64,
    pub deals: i64,
    pub sales: i64,
}

/// Whether it is told what came of visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcomes {
    Told,
    Withheld,
}

/// A hit further than this from the beginning of its visit is not counted.
const VISIT_MS_MAX: i64 = 24 * 3_600_000;
const SECOND_MS: i128 = 1_000;

/// Lists a page of visits.
///
/// # Errors
/// `Error::Invalid` when the question is wrong, `Error::Warehouse` when the warehouse fails.
pub fn visits(
    warehouse: &Warehouse,
    request: &VisitsRequest,
    outcomes: Outcomes,
    context: &ReportContext,
    limits: Limits,
) -> Result<Visits> {
    let asking = Asking::begin(warehouse, context, limits);
    let mut resolved = resolve(&query_of(request), context)?;
    resolved.bots = match request.of {
        VisitsOf::People => Bots::LeftOut,
        VisitsOf::Machines => Bots::Only,
    };
    let whole = Stretch::whole(resolved.range);
    let dialect = dialect::of(warehouse);
    let mut builder = Builder::new(&resolved, context, whole, Grain::Rows, dialect);
    let sql = page_sql(&mut builder, request)?;
    let page = asking.query(&sql, &builder.parameters)?.rows;
    let limit = request.limit();
    let next_cursor = page
        .get(limit.saturating_sub(1))
        .filter(|_| page.len() > limit)
        .and_then(|row| cursor_of(row));
    let page = &page[..limit.min(page.len())];
    let mut items: Vec<Visit> = page.iter().map(|row| visit_of(row, context)).collect();
    let about = About::of(page);
    if let Some(about) = about {
        let sql = include_str!("queries/visit_hits.sql");
        let hits = about.ask(&asking, sql, context)?;
        let became = match outcomes {
            Outcomes::Told => {
                let sql = include_str!("queries/visit_outcomes.sql");
                Some(about.ask(&asking, sql, context)?)
            }
            Outcomes::Withheld => None,
        };
        for (item, row) in items.iter_mut().zip(page) {
            let Some(visit) = number(row, 1) else {
                continue;
            };
            add_hits(item, hits.get(&visit).map_or(&[], Vec::as_slice));
            item.became = became.as_ref().map(|became| {
                let row = became.get(&visit).map_or(&[][..], Vec::as_slice);
                let count = |column| i64::try_from(number(row, column).unwrap_or_default());
                VisitBecame {
                    leads: count(1).unwrap_or_default(),
                    deals: count(2).unwrap_or_default(),
                    sales: count(3).unwrap_or_default(),
                }
            });
        }
    }
    Ok(Visits { items, next_cursor })
}

/// The visits of a page, for asking more about them.
struct About {
    visits: String,
    /// Facts are laid by visitor, so that what others did is not looked at.
    visitors: String,
    from: UnixMillis,
    until: UnixMillis,
}

impl About {
    fn of(page: &[Vec<Value>]) -> Option<Self> {
        let moments = page.iter().filter_map(|row| number(row, 0));
        let moments: Vec<i64> = moments.filter_map(|at| i64::try_from(at).ok()).collect();
        let listed = |column| {
            let numbers = page.iter().filter_map(|row| number(row, column));
            let numbers: BTreeSet<String> = numbers.map(|number| number.to_string()).collect();
            Vec::from_iter(numbers).join(", ")
        };
        Some(Self {
            visits: listed(1),
            visitors: listed(2),
            from: UnixMillis(*moments.iter().min()?),
            until: UnixMillis(*moments.iter().max()?).plus_ms(VISIT_MS_MAX),
        })
    }

    /// The rows of a statement by the visit in their first column.
    fn ask(
        &self,
        asking: &Asking<'_>,
        sql: &str,
        context: &ReportContext,
    ) -> Result<HashMap<i128, Vec<Value>>> {
        let sql = sql
            .replace(":workspace", &context.workspace.to_string())
            .replace(":from", &self.from.0.to_string())
            .replace(":until", &self.until.0.to_string())
            .replace(":visitors", &self.visitors)
            .replace(":visits", &self.visits);
        let none: [Parameter; 0] = [];
        let rows = asking.query(&sql, &none)?.rows;
        let keyed = rows
            .into_iter()
            .filter_map(|row| Some((number(&row, 0)?, row)));
        Ok(keyed.collect())
    }
}

fn page_sql(builder: &mut Builder<'_>, request: &VisitsRequest) -> Result<String> {
    let part = Part::Visits;
    let time = part.time(builder.resolved.date_basis);
    let mut joins = BTreeSet::from([Join::Labels]);
    let mut conditions = conditions(builder, part, &time, &mut joins);
    conditions.push("f.opening = 1".to_owned());
    if let Some([at, visit]) = request.after()? {
        conditions.push(format!(
            "(f.at_ms < {at} or (f.at_ms = {at} and f.visit < {visit}))"
        ));
    }
    Ok(format!(
        "select f.at_ms, f.visit, f.visitor, f.site, f.page_host || f.page_path, f.country, \
         f.device, f.browser, f.os, f.bot, l.channel, l.source, l.campaign\nfrom {}\nwhere {}\n\
         order by f.at_ms desc, f.visit desc\nlimit {}",
        from(builder, part, &joins),
        conditions.join(" and "),
        request.limit() + 1,
    ))
}

fn visit_of(row: &[Value], context: &ReportContext) -> Visit {
    let text = |column: usize| {
        let value = row.get(column).and_then(Value::display);
        value.filter(|text| !text.is_empty())
    };
    let named = |key: &str, id: Option<String>| {
        let names = context.names.get(key);
        id.map(|id| {
            names
                .and_then(|names| names.get(&id))
                .cloned()
                .unwrap_or(id)
        })
    };
    let key = |column| number(row, column).and_then(|key| u64::try_from(key).ok());
    let at = number(row, 0).and_then(|at| i64::try_from(at).ok());
    Visit {
        visit: VisitId(key(1).unwrap_or_default()).to_string(),
        visitor: VisitorId(key(2).unwrap_or_default()).to_string(),
        at: UnixMillis(at.unwrap_or_default()).rfc3339(),
        site: named("site", text(3)),
        page: text(4),
        country: text(5),
        device: text(6),
        browser: text(7),
        os: text(8),
        bot: text(9),
        channel: named("channel", text(10)),
        source: text(11),
        campaign: text(12),
        ..Visit::default()
    }
}

fn add_hits(visit: &mut Visit, row: &[Value]) {
    let count = |column| {
        let number = number(row, column).unwrap_or_default();
        u64::try_from(number).unwrap_or_default()
    };
    let seconds = |column| {
        let ms = number(row, column).unwrap_or_default();
        u64::try_from(ms / SECOND_MS).unwrap_or_default()
    };
    visit.page_views = count(1);
    visit.events = count(2);
    visit.duration_s = seconds(3);
    visit.engaged_s = seconds(4);
}

fn number(row: &[Value], column: usize) -> Option<i128> {
    row.get(column)?.int()
}
