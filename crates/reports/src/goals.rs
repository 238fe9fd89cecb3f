//! Goals: how many visitors reached each, how often, and what that was worth.

mod request;

use std::collections::{BTreeSet, HashMap};

use base::SiteId;
use warehouse::{Limits, Value, Warehouse};

use crate::asked::Asked;
use crate::asking::Asking;
use crate::catalogue::{self, Measure, Metric};
use crate::compute::Sums;
use crate::context::ReportContext;
use crate::error::Result;
use crate::plan::{
    Builder, Dialect, EVENTS, Grain, Part, Stretch, common_tables, conditions, dialect, from,
};
use crate::report::{Column, ColumnKind, DimensionValue, Report, ReportRow};
use crate::request::Query;
use crate::resolve::{Resolved, resolve};
use crate::table::{cells, metric_columns, report};

pub use request::GoalsRequest;

/// What a site's visitors are to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    pub id: i64,
    pub site: SiteId,
    pub name: String,
    pub rule: GoalRule,
    /// Of reaching it once without telling money, in millionths of the workspace's currency.
    pub worth_micros: Option<i64>,
}

/// What reaches a goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoalRule {
    /// An event of this name, which says this of a property where one is named.
    Event {
        name: String,
        property: Option<(String, String)>,
    },
    /// A view of the page with this path, letter case and slashes at the end aside.
    Page { path: String },
    /// A view of any page whose path begins so, letter case aside.
    PagesUnder { start: String },
}

/// Whether money is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalMoney {
    Told,
    Withheld,
}

/// A statement counts these together: any number of goals takes few statements.
const GOALS_PER_STATEMENT_MAX: usize = 25;
const COLUMNS_PER_GOAL: usize = 3;

/// Counts each goal in the period, and in the one compared with; the most visitors first.
///
/// # Errors
/// `Error::Invalid` when the question is wrong, `Error::Warehouse` when the warehouse fails.
pub fn goals(
    warehouse: &Warehouse,
    question: &Query,
    goals: &[Goal],
    money: GoalMoney,
    context: &ReportContext,
    limits: Limits,
) -> Result<Report> {
    let mut resolved = resolve(question, context)?;
    let is_told = |metric: &&'static Metric| money == GoalMoney::Told || !metric.tells_revenue();
    let told = catalogue::goal_metrics().filter(is_told);
    resolved.metrics = told.map(Asked::Known).collect();
    let ask = Ask {
        asking: Asking::begin(warehouse, context, limits),
        resolved: &resolved,
        context,
    };
    let now = ask.sums(goals, Stretch::whole(resolved.range))?;
    let before = match resolved.compare {
        Some(days) => Some(ask.sums(goals, Stretch::until(days, resolved.cut))?),
        None => None,
    };
    let mut order: Vec<usize> = (0..goals.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(now[*at].count(&[(1, Measure::EventVisitors)])));
    let rows = order.into_iter().map(|at| ReportRow {
        dimensions: vec![DimensionValue {
            value: Some(goals[at].id.to_string()),
            label: goals[at].name.clone(),
            colour: None,
            expandable: None,
            formerly: Vec::new(),
        }],
        cells: cells(
            &resolved,
            Some(&now[at]),
            before.as_ref().map(|before| before.get(at)),
        ),
    });
    let rows: Vec<ReportRow> = rows.collect();
    let columns = std::iter::once(goal_column(&resolved)).chain(metric_columns(&resolved));
    let rows_total = rows.len();
    Ok(report(
        &resolved,
        context,
        columns.collect(),
        rows,
        None,
        rows_total,
    ))
}

struct Ask<'a> {
    asking: Asking<'a>,
    resolved: &'a Resolved,
    context: &'a ReportContext,
}

impl Ask<'_> {
    /// What is counted of each goal, in their order.
    fn sums(&self, goals: &[Goal], stretch: Stretch) -> Result<Vec<Sums>> {
        if goals.is_empty() {
            return Ok(Vec::new());
        }
        let visitors = self.visitors(stretch)?;
        let mut all = Vec::with_capacity(goals.len());
        for some in goals.chunks(GOALS_PER_STATEMENT_MAX) {
            let counted = self.reached(some, stretch)?;
            let counted = counted.chunks(COLUMNS_PER_GOAL);
            for (goal, counted) in some.iter().zip(counted) {
                let mut sums = self.resolved.no_sums();
                let measures = [
                    Measure::EventVisitors,
                    Measure::Events,
                    Measure::EventRevenue,
                ];
                for (measure, value) in measures.into_iter().zip(counted) {
                    sums.add(measure, *value);
                }
                let of_site = visitors.get(&i128::from(goal.site.0));
                sums.add(Measure::Visitors, of_site.copied().unwrap_or_default());
                all.push(sums);
            }
        }
        Ok(all)
    }

    /// The visitors of whom anything is known, by site.
    fn visitors(&self, stretch: Stretch) -> Result<HashMap<i128, i128>> {
        let mut builder = self.builder(stretch);
        let visitors = builder
            .dialect
            .distinct_where("f.visitor", "f.visitor <> 0");
        let (with, tables) = tables(&mut builder);
        let sql = format!("{with}select f.site, {visitors}\n{tables}\ngroup by f.site");
        let rows = self.asking.query(&sql, &builder.parameters)?;
        let counted = rows.rows.into_iter().filter_map(|row| {
            let [site, visitors] = <[Value; 2]>::try_from(row).ok()?;
            Some((site.int()?, visitors.int()?))
        });
        Ok(counted.collect())
    }

    /// Of each goal its visitors, how often it was reached, and the money.
    fn reached(&self, goals: &[Goal], stretch: Stretch) -> Result<Vec<i128>> {
        let mut builder = self.builder(stretch);
        let (with, tables) = tables(&mut builder);
        let mut columns = Vec::with_capacity(goals.len() * COLUMNS_PER_GOAL);
        let mut rules = Vec::with_capacity(goals.len());
        for goal in goals {
            let rule = rule_sql(&mut builder, goal);
            let dialect = builder.dialect;
            let reached =
                dialect.distinct_where("f.visitor", &format!("{rule} and f.visitor <> 0"));
            let worth = worth_sql(dialect, self.context, goal);
            columns.extend([
                dialect.wide(&reached),
                dialect.wide(&dialect.count_where(&rule)),
                dialect.sum_where(&worth, &rule),
            ]);
            rules.push(rule);
        }
        let sql = format!(
            "{with}select {}\n{tables} and ({})",
            columns.join(",\n    "),
            rules.join("\n    or "),
        );
        let rows = self.asking.query(&sql, &builder.parameters)?;
        let row = rows.rows.into_iter().next().unwrap_or_default();
        Ok(row
            .into_iter()
            .map(|value| value.int().unwrap_or_default())
            .collect())
    }

    fn builder(&self, stretch: Stretch) -> Builder<'_> {
        let dialect = dialect::of(self.asking.warehouse());
        Builder::new(self.resolved, self.context, stretch, Grain::Total, dialect)
    }
}

/// The common tables, and `from` and `where` of the hits that the question is about.
fn tables(builder: &mut Builder<'_>) -> (String, String) {
    let time = Part::Hits.time(builder.resolved.date_basis);
    let mut joins = BTreeSet::new();
    let conditions = conditions(builder, Part::Hits, &time, &mut joins);
    let with = common_tables(builder, &[(Part::Hits, Vec::new())]);
    let tables = format!(
        "from {}\nwhere {}",
        from(builder, Part::Hits, &joins),
        conditions.join(" and ")
    );
    (with, tables)
}

fn rule_sql(builder: &mut Builder<'_>, goal: &Goal) -> String {
    let rule = match &goal.rule {
        GoalRule::Event { name, property } => {
            let mut rule = format!("{EVENTS} and f.name = {}", builder.bind(name));
            if let Some((property, value)) = property {
                let property = builder.bind(property);
                let said = builder.dialect.value_of_pair("f.properties", &property);
                rule.push_str(&format!(" and {said} = {}", builder.bind(value)));
            }
            rule
        }
        GoalRule::Page { path } => {
            let path = builder.bind(path);
            let is_it = builder.dialect.is_alike("f.page_path", &path);
            format!("f.kind = 'page_view' and {is_it}")
        }
        GoalRule::PagesUnder { start } => {
            let start = builder.bind(start);
            let begins = builder.dialect.starts_with("f.page_path", &start);
            format!("f.kind = 'page_view' and {begins}")
        }
    };
    format!("(f.site = {} and {rule})", goal.site)
}

/// Money of one hit. What is told in another currency is money all the same, but none of ours.
fn worth_sql(dialect: &dyn Dialect, context: &ReportContext, goal: &Goal) -> String {
    // Each branch is of one type: an engine may find none for a large literal beside a column.
    format!(
        "case when f.revenue_micros is null then {} when f.revenue_currency = '{}' \
         then {} else {} end",
        dialect.wide(&goal.worth_micros.unwrap_or_default().to_string()),
        context.currency.code(),
        dialect.wide("f.revenue_micros"),
        dialect.wide("0"),
    )
}

fn goal_column(resolved: &Resolved) -> Column {
    let title = catalogue::Words::new("Goal", "Цель", "Cel");
    Column {
        key: "goal".to_owned(),
        kind: ColumnKind::Dimension,
        title: title.get(resolved.language).to_owned(),
        unit: None,
        direction: None,
        digits: None,
        formula: None,
        definition: String::new(),
        estimate: false,
    }
}
