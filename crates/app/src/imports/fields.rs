//! Rows that could be read, as fields with plain values for a person to check.

use base::{Money, Traffic, UnixMillis};
use connect::costs::CostRow;
use connect::history::HistoryFileRow;
use connect::leads::LeadRow;

use super::plan::ParsedRow;

/// A field's name and value.
type Pair = (&'static str, String);

/// The filled fields of a row.
pub(super) fn parsed_fields(row: &ParsedRow) -> Vec<Pair> {
    let mut pairs = match row {
        ParsedRow::Cost(row) => cost_fields(row),
        ParsedRow::Lead(row) => vec![
            ("external_id", row.external_id.clone().unwrap_or_default()),
            ("at", moment(row.at)),
            ("name", row.name.clone()),
            ("phone", text(row.phone.as_ref())),
            ("email", text(row.email.as_ref())),
            ("message", row.message.clone()),
            ("visit", text(row.visit.as_ref())),
            ("click_id", row.click_id.clone().unwrap_or_default()),
            ("status", status(row)),
            ("responsible", row.responsible.clone()),
            ("form", row.form.clone()),
            ("page", row.page.clone()),
        ],
        ParsedRow::Deal(row) => vec![
            ("external_id", row.external_id.clone()),
            ("title", row.title.clone()),
            ("status", row.status.clone()),
            ("amount", row.amount.decimal()),
            ("cost_of_goods", amount(row.cost_of_goods)),
            ("currency", row.amount.currency.to_string()),
            ("created_at", row.created.rfc3339()),
            ("paid_at", moment(row.paid)),
            ("visit", text(row.visit.as_ref())),
            (
                "lead_external_id",
                row.lead_external_id.clone().unwrap_or_default(),
            ),
            ("customer", row.customer.clone().unwrap_or_default()),
            ("name", row.name.clone()),
            ("phone", text(row.phone.as_ref())),
            ("email", text(row.email.as_ref())),
            ("responsible", row.responsible.clone()),
        ],
        ParsedRow::History(row) => history_fields(row),
        ParsedRow::Payment(row) => vec![
            ("external_id", row.external_id.clone()),
            ("deal_external_id", row.deal_external_id.clone()),
            ("at", row.at.rfc3339()),
            ("amount", row.amount.decimal()),
            ("currency", row.amount.currency.to_string()),
            ("kind", row.kind.name().to_owned()),
        ],
    };
    match row {
        ParsedRow::Lead(row) => pairs.extend(declared(row.declared.as_ref())),
        ParsedRow::Deal(row) => pairs.extend(declared(row.declared.as_ref())),
        ParsedRow::History(row) => pairs.extend(declared(row.about.traffic())),
        ParsedRow::Cost(_) | ParsedRow::Payment(_) => {}
    }
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

/// What is kept of a day.
fn history_fields(row: &HistoryFileRow) -> Vec<Pair> {
    let counts = row.counts;
    let seconds = counts.lasted_ms.map(|lasted_ms| lasted_ms / 1_000);
    vec![
        ("day", row.day.to_string()),
        (row.about.split(), row.about.value().to_owned()),
        ("visitors", text(counts.visitors.as_ref())),
        ("visits", text(counts.visits.as_ref())),
        ("page_views", text(counts.page_views.as_ref())),
        ("bounces", text(counts.bounces.as_ref())),
        ("visit_seconds", text(seconds.as_ref())),
        ("events", text(counts.events.as_ref())),
    ]
}

fn cost_fields(row: &CostRow) -> Vec<Pair> {
    vec![
        ("day", row.day.to_string()),
        ("platform", row.platform.clone()),
        ("account", row.account.clone()),
        ("source", row.source.clone()),
        ("medium", row.medium.clone()),
        ("campaign", row.campaign.clone()),
        ("campaign_id", row.campaign_id.clone()),
        ("ad_group", row.ad_group.clone()),
        ("ad_group_id", row.ad_group_id.clone()),
        ("ad", row.ad.clone()),
        ("ad_id", row.ad_id.clone()),
        ("keyword", row.keyword.clone()),
        ("impressions", row.impressions.to_string()),
        ("clicks", text(row.clicks.as_ref())),
        ("cost", row.cost.decimal()),
        ("vat", amount(row.vat)),
        (
            "vat_included",
            row.vat_included
                .map_or(String::new(), |said| said.to_string()),
        ),
        ("currency", row.cost.currency.to_string()),
        ("conversions", row.said_conversions()),
        ("conversion_value", amount(row.conversion_value)),
    ]
}

/// As the file has it, where that is no word we know.
fn status(row: &LeadRow) -> String {
    let named = || row.status.name().to_owned();
    row.status_word.clone().unwrap_or_else(named)
}

fn declared(traffic: Option<&Traffic>) -> Vec<Pair> {
    let Some(traffic) = traffic else {
        return Vec::new();
    };
    vec![
        ("source", traffic.source.clone()),
        ("medium", traffic.medium.clone()),
        ("campaign", traffic.campaign.clone()),
        ("ad_group", traffic.ad_group.clone()),
        ("ad", traffic.ad.clone()),
        ("keyword", traffic.keyword.clone()),
    ]
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn moment(at: Option<UnixMillis>) -> String {
    at.map(UnixMillis::rfc3339).unwrap_or_default()
}

fn amount(money: Option<Money>) -> String {
    money.map(Money::decimal).unwrap_or_default()
}
