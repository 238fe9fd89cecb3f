//! Costs that no platform reports: entered by hand, spread over days, changed by differences.

use std::collections::{BTreeMap, BTreeSet};

use base::{
    BasisPoints, Currency, Day, DayRange, Money, Traffic, WorkspaceId, parse_decimal_micros,
};
use domain::cost::{
    CostAccount, CostKey, CostMeasures, CostTerms, ManualCost as Spread, SpreadPer, price, spread,
};
use domain::source::{VALUE_BYTES_MAX, canonical_source, channel_of_tags, clean};
use serde_json::json;
use store::imports::{self, ImportProgress, ImportResult, NewImport};
use store::manual_costs::{self, ManualCost, ManualCostDetails};
use store::{ManualCostId, Page, PageRequest, Tx, workspaces};

use super::overlay::{Change, Declared, Phase, declare};
use super::said::{Said, Saying};
use super::within::{load, require_channel};
use crate::audit::{Act, changes};
use crate::error::Step as _;
use crate::people::{NAME_CHARS_MAX, check_name, one_of};
use crate::rates::{RateTable, vat_terms};
use crate::sight::channels_within;
use crate::{Actor, App, AppError, Permission};

/// Platform of manual costs, and kind of the imports that stand for their changes.
pub(crate) const MANUAL: &str = "manual";
/// A mark-up of a thousand percent.
const MARK_UP_BP_MAX: i64 = 100_000;

/// What the owner says of a cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualCostInput {
    pub name: String,
    pub source: String,
    pub medium: String,
    pub campaign: String,
    /// `YYYY-MM-DD`.
    pub from: String,
    /// Included.
    pub to: String,
    /// In decimal; with VAT where the workspace's amounts came in with VAT when the cost was made.
    pub amount: String,
    /// The workspace's when absent.
    pub currency: Option<String>,
    /// `day`, `month` or `once`.
    pub per: String,
    /// In percent, at most two decimals.
    pub mark_up_percent: String,
}

/// What changes about a cost; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManualCostPatch {
    pub name: Option<String>,
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub per: Option<String>,
    pub mark_up_percent: Option<String>,
}

/// What the changes of a cost speak for, also where it has no amount.
struct Scope {
    days: DayRange,
    accounts: BTreeSet<CostAccount>,
}

impl App {
    /// Books a cost.
    ///
    /// # Errors
    /// When a field is wrong, or a day has no rate for the currency.
    pub async fn create_manual_cost(
        &self,
        actor: &Actor,
        input: &ManualCostInput,
    ) -> Result<ManualCost, AppError> {
        actor.require(Permission::WriteCosts)?;
        let mut tx = self.inner.store.begin_work().await?;
        let details = checked(&mut tx, actor, input).await?;
        require_channel(&mut tx, actor, &details).await?;
        let now = self.now();
        let id = manual_costs::insert_manual_cost(&mut tx, actor.workspace, now, &details).await?;
        self.book(&mut tx, actor, id, None, Some(&details)).await?;
        let cost = manual_costs::load_manual_cost(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::ManualCostCreated,
            id,
            json!({"name": &details.name}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.wake_relay();
        Ok(cost)
    }

    /// Those in use.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_manual_costs(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<ManualCost>, AppError> {
        actor.require(Permission::SeeCosts)?;
        let mut connection = self.inner.store.read().await?;
        let within = channels_within(&mut connection, actor).await?;
        let (workspace, within) = (actor.workspace, within.as_deref());
        Ok(manual_costs::list_manual_costs(&mut connection, workspace, within, page).await?)
    }

    /// # Errors
    /// When the workspace has no such cost.
    pub async fn manual_cost(
        &self,
        actor: &Actor,
        id: ManualCostId,
    ) -> Result<ManualCost, AppError> {
        actor.require(Permission::SeeCosts)?;
        let mut connection = self.inner.store.read().await?;
        load(&mut connection, actor, id).await
    }

    /// Changes the cost as it was read at `version`; only the differences are booked.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_manual_cost(
        &self,
        actor: &Actor,
        id: ManualCostId,
        version: i64,
        patch: ManualCostPatch,
    ) -> Result<ManualCost, AppError> {
        actor.require(Permission::WriteCosts)?;
        let mut tx = self.inner.store.begin().await?;
        let current = load(&mut tx, actor, id).await?;
        let mut details = checked(&mut tx, actor, &patched(&current.details, patch)).await?;
        require_channel(&mut tx, actor, &details).await?;
        details.vat_mode.clone_from(&current.details.vat_mode);
        details.vat_rate_bp = current.details.vat_rate_bp;
        manual_costs::update_manual_cost(&mut tx, actor.workspace, id, version, &details).await?;
        let renamed = ManualCostDetails {
            name: details.name.clone(),
            ..current.details.clone()
        };
        // Rates may have been corrected since: what did not change stays as it was booked.
        if details != renamed {
            self.book(&mut tx, actor, id, Some(&current.details), Some(&details))
                .await?;
        }
        self.note(
            &mut tx,
            actor,
            Act::ManualCostChanged,
            id,
            changes(&current.details, &details),
        )
        .await?;
        let cost = manual_costs::load_manual_cost(&mut tx, actor.workspace, id).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(cost)
    }

    /// Takes the cost back: what was booked for it is booked the other way.
    ///
    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn archive_manual_cost(
        &self,
        actor: &Actor,
        id: ManualCostId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::WriteCosts)?;
        let mut tx = self.inner.store.begin().await?;
        let current = load(&mut tx, actor, id).await?;
        let now = self.now();
        manual_costs::archive_manual_cost(&mut tx, actor.workspace, id, version, now).await?;
        self.book(&mut tx, actor, id, Some(&current.details), None)
            .await?;
        self.note(
            &mut tx,
            actor,
            Act::ManualCostDeleted,
            id,
            json!({"name": &current.details.name}),
        )
        .await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }

    /// Declares the days of the old and the new details anew, as an import of its own.
    async fn book(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: ManualCostId,
        old: Option<&ManualCostDetails>,
        new: Option<&ManualCostDetails>,
    ) -> Result<(), AppError> {
        let sides = [old, new].into_iter().flatten();
        let Some(scope) = sides.map(|details| scope(id, details)).reduce(joined) else {
            return Ok(());
        };
        let amounts = match new {
            Some(details) => amounts(tx, actor, id, details).await?,
            None => BTreeMap::new(),
        };
        let now = self.now();
        let title = new
            .or(old)
            .map(|details| details.name.clone())
            .unwrap_or_default();
        let import = NewImport {
            kind: MANUAL.to_owned(),
            file_name: title,
            content_hash: Vec::new(),
            options: json!({ "manual_cost": id.0 }),
            author_id: actor.user(),
            created_at: now,
        };
        let import = imports::insert_import(tx, actor.workspace, &import).await?;
        let total = amounts
            .values()
            .fold(0_i64, |sum, value| sum.saturating_add(value.cost_micros));
        let currency = workspaces::load_workspace(tx, actor.workspace)
            .await?
            .details
            .currency;
        let result = ImportResult {
            first_day: Some(scope.days.first),
            last_day: Some(scope.days.last),
            amount_micros: Some(total),
            currency: Some(currency),
            effects: None,
        };
        let change = Change {
            workspace: actor.workspace,
            import,
            phase: Phase::Made,
            now,
        };
        let booked = amounts.len();
        let said = said(actor.workspace, &scope, amounts).step("say what a cost is")?;
        let progress = progress(booked, &declare(tx, change, said).await?);
        imports::save_import_progress(tx, actor.workspace, import, &progress).await?;
        imports::finish_import(tx, actor.workspace, import, "done", None, now, &result).await?;
        Ok(())
    }
}

/// A booked day is a row: new or changed where it is not what was booked for it before.
fn progress(booked: usize, declared: &Declared) -> ImportProgress {
    let booked = i64::try_from(booked).unwrap_or(i64::MAX);
    let mut progress = ImportProgress {
        rows_total: booked,
        rows_done: booked,
        rows_accepted: booked,
        rows_rejected: 0,
        rows_new: declared.rows_new,
        rows_changed: declared.rows_changed,
        rows_unchanged: 0,
        rows_kept: 0,
    };
    progress.leave_unchanged();
    progress
}

/// The whole truth about the scope; its days are few enough to be held.
fn said(
    workspace: WorkspaceId,
    scope: &Scope,
    amounts: BTreeMap<CostKey, CostMeasures>,
) -> std::io::Result<Said> {
    let mut saying = Saying::in_memory(workspace);
    for account in &scope.accounts {
        saying.speak_for(account);
    }
    for (key, measures) in amounts {
        saying.add(key, measures);
    }
    saying.all_of(scope.days)
}

/// What the owner would have said to make the cost as it is to be.
fn patched(current: &ManualCostDetails, patch: ManualCostPatch) -> ManualCostInput {
    let amount = || Money::new(current.amount_micros, current.currency).decimal();
    ManualCostInput {
        name: patch.name.unwrap_or_else(|| current.name.clone()),
        source: patch.source.unwrap_or_else(|| current.source.clone()),
        medium: patch.medium.unwrap_or_else(|| current.medium.clone()),
        campaign: patch.campaign.unwrap_or_else(|| current.campaign.clone()),
        from: patch.from.unwrap_or_else(|| current.first_day.to_string()),
        to: patch.to.unwrap_or_else(|| current.last_day.to_string()),
        amount: patch.amount.unwrap_or_else(amount),
        currency: patch
            .currency
            .or_else(|| Some(current.currency.to_string())),
        per: patch.per.unwrap_or_else(|| current.per.clone()),
        mark_up_percent: patch
            .mark_up_percent
            .unwrap_or_else(|| current.mark_up_bp.percent()),
    }
}

fn account(id: ManualCostId, details: &ManualCostDetails) -> CostAccount {
    CostAccount {
        platform: MANUAL.to_owned(),
        source: details.source.clone(),
        account: id.0.to_string(),
    }
}

fn scope(id: ManualCostId, details: &ManualCostDetails) -> Scope {
    Scope {
        days: DayRange {
            first: details.first_day,
            last: details.last_day,
        },
        accounts: BTreeSet::from([account(id, details)]),
    }
}

fn joined(mut one: Scope, other: Scope) -> Scope {
    one.days.first = one.days.first.min(other.days.first);
    one.days.last = one.days.last.max(other.days.last);
    one.accounts.extend(other.accounts);
    one
}

async fn amounts(
    tx: &mut Tx,
    actor: &Actor,
    id: ManualCostId,
    details: &ManualCostDetails,
) -> Result<BTreeMap<CostKey, CostMeasures>, AppError> {
    let workspace = workspaces::load_workspace(tx, actor.workspace)
        .await?
        .details;
    let rates = RateTable::load(tx, actor.workspace).await?;
    let vat = vat_terms(&details.vat_mode, details.vat_rate_bp);
    let cost = Spread {
        days: DayRange {
            first: details.first_day,
            last: details.last_day,
        },
        amount: Money::new(details.amount_micros, details.currency),
        per: per(&details.per),
    };
    let days =
        spread(&cost).map_err(|error| AppError::invalid("to", "too_long", error.to_string()))?;
    let mut amounts = BTreeMap::new();
    for (day, original) in days {
        let rate = rates
            .on(details.currency, workspace.currency, day)
            .ok_or_else(|| {
                let (from, to) = (details.currency, workspace.currency);
                let detail = format!("there is no exchange rate from {from} to {to} for {day}");
                AppError::invalid("currency", "missing_rate", detail)
            })?;
        let currency = workspace.currency;
        let terms = CostTerms {
            currency,
            rate,
            vat,
            mark_up: details.mark_up_bp,
        };
        let priced = price(original, terms)
            .map_err(|error| AppError::invalid("amount", "too_large", error.to_string()))?;
        let key = CostKey {
            account: account(id, details),
            day,
            traffic: traffic(details),
            original_currency: details.currency,
        };
        let measures = CostMeasures {
            cost_micros: priced.net.micros,
            vat_micros: priced.vat.micros,
            original_micros: original.micros,
            ..CostMeasures::default()
        };
        amounts.insert(key, measures);
    }
    Ok(amounts)
}

fn traffic(details: &ManualCostDetails) -> Traffic {
    let channel = channel_of_tags(&details.source, &details.medium, &details.campaign);
    Traffic {
        source: details.source.clone(),
        medium: details.medium.clone(),
        campaign: details.campaign.clone(),
        default_channel: channel.to_owned(),
        ..Traffic::default()
    }
}

/// The store allows no other words.
fn per(text: &str) -> SpreadPer {
    match text {
        "day" => SpreadPer::Day,
        "month" => SpreadPer::Month,
        _ => SpreadPer::Once,
    }
}

async fn checked(
    tx: &mut Tx,
    actor: &Actor,
    input: &ManualCostInput,
) -> Result<ManualCostDetails, AppError> {
    let tidy = |text: &str| clean(text.into(), VALUE_BYTES_MAX).into_owned();
    let source = canonical_source(&tidy(&input.source)).into_owned();
    if source.is_empty() {
        let detail = "say which source the cost is for";
        return Err(AppError::invalid("channel_source", "required", detail));
    }
    let days = DayRange::new(day("from", &input.from)?, day("to", &input.to)?)
        .ok_or_else(|| AppError::invalid("to", "before_from", "the end is before the start"))?;
    one_of("per", &input.per, &["day", "month", "once"])?;
    let workspace = workspaces::load_workspace(tx, actor.workspace).await?;
    let workspace = workspace.details;
    let currency = match &input.currency {
        Some(code) => code
            .parse::<Currency>()
            .map_err(|error| AppError::invalid("currency", "bad_currency", error.to_string()))?,
        None => workspace.currency,
    };
    let amount_micros = parse_decimal_micros(&input.amount)
        .map_err(|error| AppError::invalid("amount", "not_an_amount", error.to_string()))?;
    if amount_micros < 0 {
        let detail = "use an amount of zero or more; to take a cost back, change or delete it";
        return Err(AppError::invalid("amount", "out_of_range", detail));
    }
    let campaign = tidy(&input.campaign);
    Ok(ManualCostDetails {
        name: match check_name("name", &input.name)? {
            name if name.is_empty() => usual_name(&source, &campaign),
            name => name,
        },
        source,
        medium: tidy(&input.medium),
        campaign,
        channel_id: None,
        first_day: days.first,
        last_day: days.last,
        amount_micros,
        currency,
        per: input.per.clone(),
        mark_up_bp: mark_up(&input.mark_up_percent)?,
        vat_mode: workspace.vat_mode,
        vat_rate_bp: workspace.vat_rate_bp,
    })
}

/// Of a cost that nobody has named.
fn usual_name(source: &str, campaign: &str) -> String {
    let named = [source, campaign]
        .into_iter()
        .filter(|part| !part.is_empty());
    let name = named.collect::<Vec<_>>().join(" · ");
    name.chars().take(NAME_CHARS_MAX).collect()
}

fn day(field: &'static str, text: &str) -> Result<Day, AppError> {
    text.parse()
        .map_err(|_| AppError::invalid(field, "bad_date", format!("{text:?} is not a date")))
}

fn mark_up(text: &str) -> Result<BasisPoints, AppError> {
    let points = BasisPoints::from_percent(text).ok();
    points
        .filter(|points| (0..=MARK_UP_BP_MAX).contains(&points.0))
        .ok_or_else(|| {
            let detail = "a percentage from 0 to 1000 with at most two decimals";
            AppError::invalid("mark_up_percent", "not_a_percentage", detail)
        })
}
