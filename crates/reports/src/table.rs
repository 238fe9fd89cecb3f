//! Laying groups out as the table that is answered: order, pages, gaps, comparison, labels.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use base::{DayRange, UnixMillis};

use crate::asked::Asked;
use crate::catalogue::{
    Dimension, DimensionKind, HIERARCHY, Source, Words, lead_status_name, platform_name,
};
use crate::compute::{self, Sums};
use crate::context::ReportContext;
use crate::error::{Error, Result};
use crate::execute::{ChannelName, Groups, step_text};
use crate::interval::interval;
use crate::renamed::former_names;
use crate::report::{Cell, Column, ColumnKind, DimensionValue, Note, Period, Report, ReportRow};
use crate::request::OrderDirection;
use crate::resolve::{OrderBy, Resolved};

/// Values of the dimensions of a row; `None` is unknown.
type Key = Vec<Option<String>>;

/// Sums by key and by the index of the step.
struct Grid {
    cells: HashMap<(usize, Key), Sums>,
    /// Sums over all steps.
    series: HashMap<Key, Sums>,
    totals: Option<Sums>,
}

/// Rows with steps, gaps filled.
const FILLED_ROWS_MAX: usize = 200_000;

const UNKNOWN: Words = Words::new("Unknown", "Неизвестно", "Nieznane");

pub(crate) fn lay_out(
    resolved: &Resolved,
    context: &ReportContext,
    groups: &Groups,
    compared: Option<&Groups>,
    channels: &HashMap<String, ChannelName>,
) -> Result<Report> {
    let steps = resolved.steps(resolved.range);
    let grid = Grid::of(resolved, groups, steps.as_deref());
    let before = match (resolved.compare, compared) {
        (Some(range), Some(groups)) => {
            Some(Grid::of(resolved, groups, resolved.steps(range).as_deref()))
        }
        _ => None,
    };
    let keys = ranked_keys(resolved, &grid, before.as_ref());
    let page = page_of(resolved, &keys);
    let step_count = steps.as_ref().map_or(1, Vec::len);
    if page.len().saturating_mul(step_count) > FILLED_ROWS_MAX {
        let detail = "too many rows for these steps; use wider steps or a smaller limit";
        return Err(Error::invalid("bucket", "report_too_large", detail));
    }
    let mut rows = Vec::with_capacity(page.len() * step_count);
    for index in 0..step_count {
        for key in &page {
            let mut dimensions = Vec::with_capacity(key.len() + 1);
            if let Some(step) = steps.as_ref().and_then(|steps| steps.get(index)) {
                dimensions.push(plain(step_text(resolved, *step)?));
            }
            let source = source_of(resolved, key);
            for (known, value) in resolved.dimensions.iter().zip(key.iter()) {
                let mut told = label(resolved, context, channels, known, value.as_ref());
                if let Some(value) = value {
                    told.formerly = former_names(resolved, context, known.key, value, source);
                }
                dimensions.push(told);
            }
            let place = (index, (*key).clone());
            let cells = cells(
                resolved,
                grid.cells.get(&place),
                before.as_ref().map(|before| before.cells.get(&place)),
            );
            rows.push(ReportRow { dimensions, cells });
        }
    }
    let totals = grid.totals.as_ref().map(|totals| {
        let before = before.as_ref().map(|before| before.totals.as_ref());
        cells(resolved, Some(totals), before)
    });
    Ok(report(
        resolved,
        context,
        columns(resolved),
        rows,
        totals,
        keys.len() * step_count,
    ))
}

/// The rows with what stands around them.
pub(crate) fn report(
    resolved: &Resolved,
    context: &ReportContext,
    columns: Vec<Column>,
    rows: Vec<ReportRow>,
    totals: Option<Vec<Cell>>,
    rows_total: usize,
) -> Report {
    Report {
        columns,
        rows,
        totals,
        rows_total,
        period: period(resolved, resolved.range, context.now),
        compare: resolved.compare.map(|range| {
            let until = resolved.cut.map_or(context.now, |cut| cut.until);
            period(resolved, range, until)
        }),
        currency: context.currency.to_string(),
        date_basis: resolved.date_basis.key().to_owned(),
        attribution: resolved.attribution.name().to_owned(),
        as_known_on: resolved.as_known_on.map(UnixMillis::rfc3339),
        vat: resolved.vat,
        generated_at: context.now.rfc3339(),
        elapsed_ms: 0,
        notes: notes(resolved),
        history: None,
    }
}

impl Grid {
    fn of(resolved: &Resolved, groups: &Groups, steps: Option<&[i64]>) -> Self {
        let index_of = |step: Option<i64>| match (steps, step) {
            (Some(steps), Some(step)) => steps.binary_search(&step).ok(),
            _ => Some(0),
        };
        let mut cells = HashMap::new();
        let mut series: HashMap<Key, Sums> = HashMap::new();
        for group in &groups.rows {
            let sums = series
                .entry(group.dimensions.clone())
                .or_insert_with(|| resolved.no_sums());
            sums.add_all(&group.sums);
            if steps.is_none() {
                sums.set_distinct(&group.sums);
            }
            if let Some(index) = index_of(group.step) {
                cells.insert((index, group.dimensions.clone()), group.sums.clone());
            }
        }
        for group in &groups.series {
            if let Some(sums) = series.get_mut(&group.dimensions) {
                sums.set_distinct(&group.sums);
            }
        }
        Self {
            cells,
            series,
            totals: groups.totals.clone(),
        }
    }
}

/// All keys in order: the unknown first dimension last, ties by the keys themselves.
fn ranked_keys(resolved: &Resolved, grid: &Grid, before: Option<&Grid>) -> Vec<Key> {
    if resolved.dimensions.is_empty() {
        return vec![Vec::new()];
    }
    let both = grid
        .series
        .keys()
        .chain(before.into_iter().flat_map(|grid| grid.series.keys()));
    let keys: BTreeSet<&Key> = both.collect();
    let nothing = resolved.no_sums();
    let order = match resolved.order.is_empty() {
        true => vec![(OrderBy::Metric(0), OrderDirection::Desc)],
        false => resolved.order.clone(),
    };
    let mut ranked: Vec<(Vec<(u8, i128)>, &Key)> = keys
        .into_iter()
        .map(|key| {
            let sums = grid.series.get(key).unwrap_or(&nothing);
            let numbers = order.iter().map(|(by, _)| match by {
                OrderBy::Metric(index) => compute::sort_key(&resolved.metrics[*index].number(sums)),
                OrderBy::Dimension(_) => (0, 0),
            });
            (numbers.collect(), key)
        })
        .collect();
    ranked.sort_by(|left, right| compare_rows(&order, left, right));
    ranked.into_iter().map(|(_, key)| key.clone()).collect()
}

fn compare_rows(
    order: &[(OrderBy, OrderDirection)],
    (left, left_key): &(Vec<(u8, i128)>, &Key),
    (right, right_key): &(Vec<(u8, i128)>, &Key),
) -> Ordering {
    let is_unknown = |key: &Key| key.first().is_some_and(Option::is_none);
    let mut result = is_unknown(left_key).cmp(&is_unknown(right_key));
    for (index, (by, direction)) in order.iter().enumerate() {
        let turned = |ordering: Ordering| match direction {
            OrderDirection::Asc => ordering,
            OrderDirection::Desc => ordering.reverse(),
        };
        result = result.then_with(|| match by {
            OrderBy::Metric(_) => {
                let ((left_missing, left), (right_missing, right)) = (left[index], right[index]);
                left_missing
                    .cmp(&right_missing)
                    .then(turned(left.cmp(&right)))
            }
            OrderBy::Dimension(dimension) => {
                let (left, right) = (&left_key[*dimension], &right_key[*dimension]);
                left.is_none()
                    .cmp(&right.is_none())
                    .then(turned(left.cmp(right)))
            }
        });
    }
    result.then_with(|| by_text(left_key, right_key))
}

/// The unique tie-break: unknown values after known ones.
fn by_text(left: &Key, right: &Key) -> Ordering {
    let missing = |key: &Key| key.iter().map(Option::is_none).collect::<Vec<_>>();
    missing(left)
        .cmp(&missing(right))
        .then_with(|| left.cmp(right))
}

/// The page that is asked for. The row where everything is unknown is on every page, so that
/// nobody takes the known rows for the whole.
fn page_of<'a>(resolved: &Resolved, keys: &'a [Key]) -> Vec<&'a Key> {
    let is_unknown = |key: &&Key| !key.is_empty() && key.iter().all(Option::is_none);
    let known = keys.iter().filter(|key| !is_unknown(key));
    let page = known.skip(resolved.offset).take(resolved.limit);
    page.chain(keys.iter().filter(is_unknown)).collect()
}

/// `before` is absent without comparison; its inner value where that period has no such row.
pub(crate) fn cells(
    resolved: &Resolved,
    now: Option<&Sums>,
    before: Option<Option<&Sums>>,
) -> Vec<Cell> {
    let nothing = resolved.no_sums();
    let now = now.unwrap_or(&nothing);
    let cell = |metric: &Asked| {
        let (shown, current) = (metric.shown(), metric.number(now));
        let cell = match before {
            None => compute::cell(shown, &current, resolved.currency),
            Some(before) => {
                let previous = metric.number(before.unwrap_or(&nothing));
                compute::compared(shown, &current, &previous, resolved.currency)
            }
        };
        Cell {
            interval: match metric {
                Asked::Known(metric) => interval(metric, now),
                Asked::Custom(_) => None,
            },
            ..cell
        }
    };
    resolved.metrics.iter().map(cell).collect()
}

/// The source that a row is about, where it tells one.
fn source_of<'a>(resolved: &Resolved, key: &'a Key) -> Option<&'a str> {
    let mut dimensions = resolved.dimensions.iter();
    let at = dimensions.position(|dimension| dimension.key == "source")?;
    key.get(at)?.as_deref()
}

fn plain(value: String) -> DimensionValue {
    DimensionValue {
        label: value.clone(),
        value: Some(value),
        colour: None,
        expandable: None,
        formerly: Vec::new(),
    }
}

fn label(
    resolved: &Resolved,
    context: &ReportContext,
    channels: &HashMap<String, ChannelName>,
    dimension: &Dimension,
    value: Option<&String>,
) -> DimensionValue {
    let Some(known) = value else {
        let label = UNKNOWN.get(resolved.language).to_owned();
        return DimensionValue {
            value: None,
            label,
            colour: None,
            expandable: None,
            formerly: Vec::new(),
        };
    };
    let is_channel = matches!(
        dimension.kind,
        DimensionKind::Channel | DimensionKind::Subchannel
    );
    let channel = channels.get(known).filter(|_| is_channel);
    let name = context
        .names
        .get(dimension.key)
        .and_then(|names| names.get(known));
    let word = match dimension.kind {
        DimensionKind::Platform => platform_name(known),
        DimensionKind::LeadStatus => lead_status_name(known),
        _ => None,
    };
    let word = word.map(|word| word.get(resolved.language).to_owned());
    let level = HIERARCHY.iter().position(|key| *key == dimension.key);
    DimensionValue {
        value: Some(known.clone()),
        label: channel
            .map(|channel| &channel.name)
            .or(name)
            .cloned()
            .or(word)
            .unwrap_or_else(|| known.clone()),
        colour: channel.and_then(|channel| channel.colour),
        expandable: level.map(|level| level + 1 < HIERARCHY.len()),
        formerly: Vec::new(),
    }
}

fn columns(resolved: &Resolved) -> Vec<Column> {
    let language = resolved.language;
    let step = resolved.bucket.map(|_| Column {
        key: "bucket".to_owned(),
        kind: ColumnKind::Bucket,
        title: Words::new("Date", "Дата", "Data").get(language).to_owned(),
        unit: None,
        direction: None,
        digits: None,
        formula: None,
        definition: String::new(),
        estimate: false,
    });
    let dimensions = resolved.dimensions.iter().map(|dimension| Column {
        key: dimension.key.to_owned(),
        kind: ColumnKind::Dimension,
        title: dimension.title.get(language).to_owned(),
        unit: None,
        direction: None,
        digits: None,
        formula: None,
        definition: dimension.definition.get(language).to_owned(),
        estimate: false,
    });
    step.into_iter()
        .chain(dimensions)
        .chain(metric_columns(resolved))
        .collect()
}

pub(crate) fn metric_columns(resolved: &Resolved) -> impl Iterator<Item = Column> {
    let language = resolved.language;
    resolved.metrics.iter().map(move |metric| Column {
        key: metric.key(),
        kind: ColumnKind::Metric,
        title: metric.title(language),
        unit: Some(metric.shown().unit),
        direction: Some(metric.shown().direction),
        digits: Some(metric.digits(resolved.currency)),
        formula: Some(metric.formula(language)),
        definition: metric.definition(language),
        estimate: false,
    })
}

fn period(resolved: &Resolved, range: DayRange, complete: UnixMillis) -> Period {
    let (_, until) = resolved.time_zone.span_of(range);
    Period {
        from: range.first.to_string(),
        to: range.last.to_string(),
        time_zone: resolved.time_zone.name().to_owned(),
        complete_until: until.min(complete).rfc3339(),
    }
}

fn notes(resolved: &Resolved) -> Vec<Note> {
    let has_costs = resolved
        .measures()
        .iter()
        .any(|measure| measure.source() == Source::Costs);
    let filtered = resolved.filters.iter().map(|filter| filter.dimension);
    let unsplit = resolved
        .dimensions
        .iter()
        .copied()
        .chain(filtered)
        .find(|dimension| match dimension.kind {
            DimensionKind::Page
            | DimensionKind::LandingPage
            | DimensionKind::ExitPage
            | DimensionKind::Named(_)
            | DimensionKind::Property
            | DimensionKind::PropertyNames
            | DimensionKind::SearchTerm
            | DimensionKind::Visitor(_)
            | DimensionKind::Site
            | DimensionKind::Link
            | DimensionKind::LeadStatus => true,
            DimensionKind::Channel
            | DimensionKind::Subchannel
            | DimensionKind::Label(_)
            | DimensionKind::Raw(_)
            | DimensionKind::Platform => false,
        });
    let language = resolved.language;
    let mut notes = Vec::new();
    if let (true, Some(dimension)) = (has_costs, unsplit) {
        let detail = Words::new(
            "Costs are not known by this dimension and stand in the unknown row",
            "Расходы по этому измерению неизвестны и стоят в строке «Неизвестно»",
            "Koszty nie są znane według tego wymiaru i stoją w wierszu „Nieznane”",
        );
        let detail = format!(
            "{}: {}",
            dimension.title.get(language),
            detail.get(language)
        );
        notes.push(Note {
            code: "costs_not_split",
            detail,
        });
    }
    if has_costs && resolved.bucket == Some(crate::request::BucketSize::Hour) {
        let detail = Words::new(
            "Costs are known by day and stand in the day's first hour",
            "Расходы известны по дням и стоят в первом часе дня",
            "Koszty są znane według dni i stoją w pierwszej godzinie dnia",
        );
        let detail = detail.get(language).to_owned();
        notes.push(Note {
            code: "costs_have_no_hour",
            detail,
        });
    }
    notes
}
