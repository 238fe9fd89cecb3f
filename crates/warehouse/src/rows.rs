//! Facts laid out as rows of the warehouse's tables.

use base::{
    CostFact, Fact, FactId, HistoryRow, Hit, HitId, ImportId, Outcome, Traffic, TrafficKey,
    WorkspaceId,
};

use crate::batch::Label;
use crate::columns::{Columns, Place};
use crate::credit::{Attribution, Credit, UNKNOWN_TRAFFIC};

/// The dimensions of the hit that opened a visit, which every row of the visit repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VisitStart {
    pub(crate) traffic: TrafficKey,
    pub(crate) site: Option<i64>,
    pub(crate) link: Option<i64>,
    pub(crate) page_host: String,
    pub(crate) page_path: String,
    pub(crate) device: String,
    pub(crate) browser: String,
    pub(crate) os: String,
    pub(crate) country: String,
    pub(crate) bot: String,
}

/// A hit with the import that brought it, if one did.
#[derive(Clone, Copy)]
pub(crate) struct Brought<'a> {
    pub(crate) hit: &'a Hit,
    pub(crate) import: Option<ImportId>,
}

/// Whether a row is the one of its visit that others join with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    Yes,
    No,
}

/// The upper and lower half of a fact's id.
pub(crate) fn halves(id: FactId) -> (u64, u64) {
    let low = u64::try_from(id.0 & u128::from(u64::MAX)).unwrap_or_default();
    let high = u64::try_from(id.0 >> 64).unwrap_or_default();
    (high, low)
}

pub(crate) fn hits() -> Columns {
    Columns::new("hits", Place::Stored, "iuutiiiiiuuiuttttttttttiiitti")
}

pub(crate) fn push_hit(rows: &mut Columns, Brought { hit, import }: Brought<'_>) {
    let (id_hi, id_lo) = match hit.id {
        HitId::Sender(id) | HitId::Browser(id) => halves(id),
        HitId::Stamped(mark) => (0, u64::from(mark)),
    };
    rows.int(hit.workspace.0)
        .key(id_hi)
        .key(id_lo)
        .text(hit.kind.name())
        .int(hit.at.0)
        .int(hit.delay_ms)
        .int(i64::from(hit.seq))
        .int_or_null(hit.site.map(|site| site.0))
        .int_or_null(hit.link.map(|link| link.0))
        .key(hit.visitor.0)
        .key(hit.visit.0)
        .int(hit.visit_age_ms)
        .key(hit.traffic.0)
        .text(&hit.page.host)
        .text(&hit.page.path)
        .text(&hit.page.title)
        .text(&hit.name)
        .text(&pairs_json(
            hit.properties
                .iter()
                .map(|(key, value)| (key.as_str(), value)),
        ))
        .text(hit.agent.device.name())
        .text(&hit.agent.browser)
        .text(&hit.agent.os)
        .text(hit.country.code())
        .text(hit.bot.map_or("", base::BotReason::name))
        .int(i64::from(hit.engaged_ms))
        .int(i64::from(hit.scroll_percent))
        .int_or_null(hit.revenue.map(|money| money.micros))
        .text(
            hit.revenue
                .as_ref()
                .map_or("", |money| money.currency.code()),
        )
        .text(&pairs_json(
            hit.click_ids
                .iter()
                .map(|(kind, value)| (kind.name(), value)),
        ))
        .int_or_null(import.map(|import| import.0));
}

pub(crate) fn repeatable_hits() -> Columns {
    Columns::new("repeatable_hits", Place::Stored, "uui")
}

pub(crate) fn visits() -> Columns {
    Columns::new("visits", Place::Stored, "iuuiuiitttttttiiiii")
}

impl VisitStart {
    pub(crate) fn of(hit: &Hit) -> Self {
        Self {
            traffic: hit.traffic,
            site: hit.site.map(|site| site.0),
            link: hit.link.map(|link| link.0),
            page_host: hit.page.host.clone(),
            page_path: hit.page.path.clone(),
            device: hit.agent.device.name().to_owned(),
            browser: hit.agent.browser.clone(),
            os: hit.agent.os.clone(),
            country: hit.country.code().to_owned(),
            bot: hit.bot.map_or("", base::BotReason::name).to_owned(),
        }
    }
}

pub(crate) fn push_visit(
    rows: &mut Columns,
    Brought { hit, import }: Brought<'_>,
    start: &VisitStart,
    opening: Opening,
) {
    rows.int(hit.workspace.0)
        .key(hit.visit.0)
        .key(hit.visitor.0)
        .int(hit.visit_at().0)
        .key(start.traffic.0)
        .int_or_null(start.site)
        .int_or_null(start.link)
        .text(&start.page_host)
        .text(&start.page_path)
        .text(&start.device)
        .text(&start.browser)
        .text(&start.os)
        .text(&start.country)
        .text(&start.bot)
        .int(i64::from(hit.visits))
        .int(i64::from(hit.bounces))
        .int(i64::from(opening == Opening::Yes))
        .int(hit.delay_ms + hit.visit_age_ms)
        .int_or_null(import.map(|import| import.0));
}

pub(crate) fn touches() -> Columns {
    Columns::new("touches", Place::Stored, "iuiiuiii")
}

pub(crate) fn push_touch(
    rows: &mut Columns,
    Brought { hit, import }: Brought<'_>,
    traffic: &Traffic,
) {
    rows.int(hit.workspace.0)
        .key(hit.visitor.0)
        .int(hit.at.0)
        .int(i64::from(hit.seq))
        .key(traffic.key(hit.workspace).0)
        .int(i64::from(traffic.is_direct()))
        .int(hit.delay_ms)
        .int_or_null(import.map(|import| import.0));
}

pub(crate) fn outcomes() -> Columns {
    Columns::new("outcomes", Place::Stored, "iuutiiiiiuuuiiiiiiiii")
}

/// The key of the source that was given by hand, if any.
pub(crate) fn declared_key(outcome: &Outcome) -> Option<TrafficKey> {
    outcome
        .declared
        .as_ref()
        .map(|traffic| traffic.key(outcome.workspace))
}

pub(crate) fn push_outcome(rows: &mut Columns, outcome: &Outcome) {
    let (id_hi, id_lo) = halves(outcome.id);
    rows.int(outcome.workspace.0)
        .key(id_hi)
        .key(id_lo)
        .text(outcome.kind.name())
        .int(outcome.at.0)
        .int(outcome.recorded.0)
        .int(outcome.created.0)
        .int_or_null(outcome.lead.map(|lead| lead.0))
        .int_or_null(outcome.deal.map(|deal| deal.0))
        .key(outcome.visitor.map_or(0, |visitor| visitor.0))
        .key(outcome.visit.map_or(0, |visit| visit.0))
        .key(declared_key(outcome).unwrap_or(UNKNOWN_TRAFFIC).0)
        .int(i64::from(outcome.leads))
        .int(i64::from(outcome.qualified))
        .int(i64::from(outcome.deals))
        .int(i64::from(outcome.sales))
        .int(i64::from(outcome.customers))
        .int(outcome.revenue_micros)
        .int(outcome.vat_micros)
        .int(outcome.refunds_micros)
        .int(outcome.cost_of_goods_micros);
}

pub(crate) fn staged_credits() -> Columns {
    Columns::new("staged_credits", Place::Staged, "uutuii")
}

pub(crate) fn push_credit(
    rows: &mut Columns,
    (id_hi, id_lo): (u64, u64),
    model: Attribution,
    credit: Credit,
) {
    rows.key(id_hi)
        .key(id_lo)
        .text(model.name())
        .key(credit.traffic.0)
        .int(credit.touch_at.0)
        .int(credit.share_micros);
}

pub(crate) fn costs() -> Columns {
    Columns::new("costs", Place::Stored, "iuuiiituiiiiiitii")
}

/// A cost, and what its platform tells of it.
pub(crate) fn push_cost(rows: &mut Columns, cost: &CostFact, fact: &Fact) {
    let (id_hi, id_lo) = halves(cost.id);
    let (conversions_micros, value_micros) = fact.said_conversions();
    rows.int(cost.workspace.0)
        .key(id_hi)
        .key(id_lo)
        .int(i64::from(cost.day.0))
        .int(cost.recorded.0)
        .int(cost.import.0)
        .text(&cost.platform)
        .key(cost.traffic.key(cost.workspace).0)
        .int_or_null(cost.channel.map(|channel| channel.0))
        .int(cost.impressions)
        .int_or_null(fact.told_clicks())
        .int(cost.cost_micros)
        .int(cost.vat_micros)
        .int(cost.original_micros)
        .text(cost.original_currency.code())
        .int(conversions_micros)
        .int(value_micros);
}

pub(crate) fn history() -> Columns {
    Columns::new("history", Place::Stored, "iuuiiiittutiiiiii")
}

pub(crate) fn push_history(rows: &mut Columns, row: &HistoryRow) {
    let (id_hi, id_lo) = halves(row.id);
    let traffic = row.about.traffic();
    rows.int(row.workspace.0)
        .key(id_hi)
        .key(id_lo)
        .int(i64::from(row.day.0))
        .int(row.recorded.0)
        .int(row.import.0)
        .int(row.site.0)
        .text(row.tool.name())
        .text(row.about.split())
        .key(traffic.map_or(0, |traffic| traffic.key(row.workspace).0))
        .text(row.about.value())
        .int_or_null(row.counts.visitors)
        .int_or_null(row.counts.visits)
        .int_or_null(row.counts.page_views)
        .int_or_null(row.counts.bounces)
        .int_or_null(row.counts.lasted_ms)
        .int_or_null(row.counts.events);
}

pub(crate) fn traffic() -> Columns {
    Columns::new("traffic", Place::Stored, "iuttttttttt")
}

pub(crate) fn push_traffic(rows: &mut Columns, workspace: WorkspaceId, tuple: &Traffic) {
    rows.int(workspace.0)
        .key(tuple.key(workspace).0)
        .text(&tuple.source)
        .text(&tuple.medium)
        .text(&tuple.campaign)
        .text(&tuple.ad_group)
        .text(&tuple.ad)
        .text(&tuple.keyword)
        .text(tuple.click_id.map_or("", base::ClickIdKind::name))
        .text(&tuple.referrer)
        .text(&tuple.default_channel);
}

pub(crate) fn staged_labels() -> Columns {
    Columns::new("staged_labels", Place::Staged, "iuiittttti")
}

pub(crate) fn push_label(
    rows: &mut Columns,
    workspace: WorkspaceId,
    traffic: TrafficKey,
    label: &Label,
) {
    // The channel is the top of the path; the subchannel its end, where that is another node.
    let top = label.channel_path.first().map(|channel| channel.0);
    let leaf = label
        .channel_path
        .get(1..)
        .and_then(|rest| rest.last())
        .map(|channel| channel.0);
    rows.int(workspace.0)
        .key(traffic.0)
        .int_or_null(top)
        .int_or_null(leaf)
        .text(&label.source)
        .text(&label.campaign)
        .text(&label.ad_group)
        .text(&label.ad)
        .text(&label.keyword)
        .int(label.version);
}

/// Pairs as a JSON list of lists, which keeps order and repeated keys; empty for none.
fn pairs_json<'a>(pairs: impl Iterator<Item = (&'a str, &'a String)>) -> String {
    let pairs: Vec<(&str, &String)> = pairs.collect();
    if pairs.is_empty() {
        return String::new();
    }
    serde_json::to_string(&pairs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_of_an_id_make_it_whole() {
        let id = FactId((7 << 64) | 9);
        assert_eq!(halves(id), (7, 9));
    }
}
