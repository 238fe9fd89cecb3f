//! Ad costs from Google Ads, Yandex Direct or any table with a day and a cost.

mod entry;
mod keyword;
mod micros;

use std::collections::BTreeMap;

use base::{BasisPoints, Currency, Day, DayRange, Money, parse_decimal_micros};
use domain::cost::{KeepEarlier, VatTerms};
use domain::source::canonical_source;
use serde::{Deserialize, Serialize};

use crate::columns::{Field, Format, Kind, Mapping, Sums};
use crate::dates::{DateOrder, parse_days};
use crate::numbers::{parse_count, parse_whole};
use crate::plan::{Chosen, FilePlan, shortened, titled_currency, wrong};
use crate::table::{Layout, TableRow};
use crate::{PlanError, RowError, RowErrorCode};
use keyword::plain_keyword;

/// What the user decided about a cost file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostOptions {
    /// Source of rows that name none.
    #[serde(default)]
    pub source: String,
    /// Medium of rows that name none.
    #[serde(default)]
    pub medium: String,
    /// Platform of rows that name none.
    #[serde(default)]
    pub platform: String,
    /// Of costs whose row names none.
    pub currency: Currency,
    /// Of dates such as `3/4/2026`; the file tells where it is absent.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    pub vat: CostVat,
    /// In percent, at most two decimals.
    #[serde(default = "no_mark_up")]
    pub mark_up_percent: String,
    /// Whether visits are tagged with the platform's names or ids.
    #[serde(rename = "match", default)]
    pub match_by: MatchBy,
    /// Overrules what was recognised; `null` leaves a column out.
    #[serde(default)]
    pub columns: BTreeMap<usize, Option<Field>>,
    /// Campaigns of the file that are another one in reports: by name, or by number where the costs
    /// are matched by it.
    #[serde(default)]
    pub campaigns: BTreeMap<String, String>,
    /// Costs are in millionths of the currency's unit.
    #[serde(default)]
    pub micros: bool,
    /// Earlier amounts of the file's days and accounts that stay.
    #[serde(default)]
    pub keep_earlier: KeepEarlier,
    /// Of a workbook: the sheet that is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// Whether the costs of a file hold VAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostVat {
    Included,
    Excluded,
}

/// What campaign, ad group and ad are matched to visits by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchBy {
    #[default]
    Name,
    Id,
}

/// One row of a cost file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    pub row: u64,
    pub day: Day,
    pub platform: String,
    pub account: String,
    pub campaign: String,
    pub campaign_id: String,
    /// What the file calls the campaign, before it was given another one.
    pub file_campaign: String,
    pub ad_group: String,
    pub ad_group_id: String,
    pub ad: String,
    pub ad_id: String,
    pub keyword: String,
    pub source: String,
    pub medium: String,
    pub impressions: i64,
    /// `None` where the file has no column for them.
    pub clicks: Option<i64>,
    /// As in the file: with or without VAT, without the mark-up.
    pub cost: Money,
    /// Where the file has a column of its own for it.
    pub vat: Option<Money>,
    /// Whether the cost holds VAT, where the row says so itself.
    pub vat_included: Option<bool>,
    /// That the platform counts to itself, in millionths: it shares some out among ads.
    pub conversions_micros: i64,
    /// Of them, as in the file.
    pub conversion_value: Option<Money>,
}

/// What can be told of a row whose amounts could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnreadCost {
    pub day: Option<Day>,
    pub currency: Option<Currency>,
    /// The row without day and amounts; `None` where its names cannot be read either.
    pub named: Option<Box<CostRow>>,
    /// Whether its names are known to be missing: it may be about any campaign of its account.
    pub is_nameless: bool,
}

/// How the rows of one cost file are read.
#[derive(Debug, Clone)]
pub struct CostPlan {
    file: FilePlan,
    options: CostOptions,
    /// Nothing where the file is no platform's report, by its titles or by its user.
    sums: Sums,
    /// Where the cost is.
    value_is_in_micros: bool,
}

/// A mark-up that is no percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a percentage from 0 to 1000 with at most two decimals")]
pub struct PercentError(pub String);

/// Options that fit the file, for the user to correct.
#[must_use]
pub fn suggest(layout: &Layout, sample: &[TableRow], currency: Currency) -> CostOptions {
    let format = Format::of(layout);
    let mapping = Mapping::recognise(Kind::Costs, &layout.header);
    CostOptions {
        source: format.source().to_owned(),
        medium: "cpc".to_owned(),
        platform: format.platform().to_owned(),
        currency: titled_currency(layout, &mapping, Field::Cost, currency).unwrap_or(currency),
        date_order: None,
        // Direct reports with VAT unless it is asked not to; all others bill without.
        vat: if format == Format::YandexDirect {
            CostVat::Included
        } else {
            CostVat::Excluded
        },
        mark_up_percent: no_mark_up(),
        match_by: MatchBy::Name,
        columns: BTreeMap::new(),
        campaigns: BTreeMap::new(),
        micros: micros::are_likely(layout, &mapping, sample),
        keep_earlier: KeepEarlier::default(),
        sheet: layout.sheet.clone(),
    }
}

impl CostOptions {
    /// The mark-up as a rate.
    ///
    /// # Errors
    /// When it is no percentage.
    pub fn mark_up(&self) -> Result<BasisPoints, PercentError> {
        let wrong = || PercentError(self.mark_up_percent.clone());
        let micros = parse_decimal_micros(&self.mark_up_percent).map_err(|_| wrong())?;
        let fits = (0..=1_000_000_000).contains(&micros) && micros % 10_000 == 0;
        if fits {
            Ok(BasisPoints(micros / 10_000))
        } else {
            Err(wrong())
        }
    }

    /// The same without what only holds for the platform's own report.
    #[must_use]
    pub fn of_no_platform(self) -> Self {
        Self {
            platform: String::new(),
            vat: CostVat::Excluded,
            ..self
        }
    }

    /// The VAT terms of a row with the workspace's rate.
    #[must_use]
    pub fn vat_terms(&self, row: &CostRow, rate: BasisPoints) -> VatTerms {
        let said = row.vat_included.map(|included| match included {
            true => CostVat::Included,
            false => CostVat::Excluded,
        });
        match said.unwrap_or(self.vat) {
            CostVat::Included => VatTerms::Included(rate),
            CostVat::Excluded => VatTerms::Excluded(rate),
        }
    }
}

impl MatchBy {
    /// The wanted one of name and id, or the other one where it is missing.
    fn pick<'a>(self, name: &'a str, id: &'a str) -> &'a str {
        let (wanted, other) = match self {
            Self::Name => (name, id),
            Self::Id => (id, name),
        };
        if wanted.is_empty() { other } else { wanted }
    }
}

impl CostPlan {
    /// `sample` are the first rows of the file; they show how its dates are written.
    ///
    /// # Errors
    /// When day or cost have no column, or the options name a column that does not exist.
    pub fn new(
        layout: &Layout,
        options: CostOptions,
        sample: &[TableRow],
    ) -> Result<Self, PlanError> {
        let chosen = Chosen {
            columns: &options.columns,
            currency: options.currency,
            date_order: options.date_order,
        };
        let file = FilePlan::new(Kind::Costs, layout, chosen, sample)?;
        let sums = match options.platform.is_empty() {
            true => Sums::default(),
            false => Sums::chosen(layout, &file.mapping),
        };
        Ok(Self {
            value_is_in_micros: micros::value_has_them(layout, &file.mapping),
            file,
            options,
            sums,
        })
    }

    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.file.mapping
    }

    #[must_use]
    pub fn options(&self) -> &CostOptions {
        &self.options
    }

    /// # Errors
    /// When the row cannot be counted, with the field that is wrong.
    pub fn read(&self, row: &TableRow) -> Result<CostRow, RowError> {
        self.file.check_cells(row)?;
        let currency = self.currency(row)?;
        let day = self.day(row)?;
        if self.sums.names_nothing(&row.cells) {
            let detail = "it names no ad: it may be a sum, or stand below merged cells".to_owned();
            return Err(wrong(row, Field::Campaign, RowErrorCode::Nameless, detail));
        }
        Ok(CostRow {
            day,
            impressions: self.count(row, Field::Impressions)?,
            clicks: self.clicks(row)?,
            cost: Money::new(self.amount(row, Field::Cost)?.unwrap_or_default(), currency),
            vat: self
                .amount(row, Field::Vat)?
                .map(|micros| Money::new(micros, currency)),
            vat_included: self.vat_included(row)?,
            conversions_micros: self.file.micros(row, Field::Conversions)?.unwrap_or(0),
            conversion_value: self.value(row)?.map(|micros| Money::new(micros, currency)),
            ..self.named(row)?
        })
    }

    /// What a row that was refused is about, as far as it can be told.
    #[must_use]
    pub fn unread(&self, row: &TableRow) -> UnreadCost {
        if self.file.check_shape(row).is_err() {
            return UnreadCost::default();
        }
        UnreadCost {
            day: self.day(row).ok(),
            currency: self.currency(row).ok(),
            named: self.named(row).ok().map(Box::new),
            is_nameless: self.sums.names_nothing(&row.cells),
        }
    }

    /// The texts of a row, without day and amounts.
    fn named(&self, row: &TableRow) -> Result<CostRow, RowError> {
        let text = |field| self.file.owned(row, field);
        let or_else = |field, otherwise: &str| {
            text(field).map(|found| match found.is_empty() {
                true => otherwise.trim().to_owned(),
                false => found,
            })
        };
        let source = or_else(Field::Source, &self.options.source)?;
        let (mut campaign, mut campaign_id) = (text(Field::Campaign)?, text(Field::CampaignId)?);
        let match_by = self.options.match_by;
        let file_campaign = match_by.pick(&campaign, &campaign_id).to_owned();
        if let Some(tracked) = self.options.campaigns.get(&file_campaign) {
            campaign.clone_from(tracked);
            if match_by == MatchBy::Id {
                campaign_id.clone_from(tracked);
            }
        }
        Ok(CostRow {
            row: row.row,
            day: Day(0),
            platform: or_else(Field::Platform, &self.options.platform)?,
            account: text(Field::Account)?,
            campaign,
            campaign_id,
            file_campaign,
            ad_group: text(Field::AdGroup)?,
            ad_group_id: text(Field::AdGroupId)?,
            ad: text(Field::Ad)?,
            ad_id: text(Field::AdId)?,
            keyword: plain_keyword(&text(Field::Keyword)?),
            source: canonical_source(&source).into_owned(),
            medium: or_else(Field::Medium, &self.options.medium)?,
            impressions: 0,
            clicks: None,
            cost: Money::new(0, self.options.currency),
            vat: None,
            vat_included: None,
            conversions_micros: 0,
            conversion_value: None,
        })
    }

    fn currency(&self, row: &TableRow) -> Result<Currency, RowError> {
        let amounts = [Field::Cost, Field::Vat, Field::ConversionValue];
        let titled = |field| self.file.titled.get(&field);
        let (cost, worth) = (titled(Field::Cost), titled(Field::ConversionValue));
        if let (Some(cost), Some(worth)) = (cost, worth.filter(|worth| cost != Some(worth))) {
            let detail = format!("its title says {worth}, and that of the cost {cost}");
            let field = Field::ConversionValue;
            return Err(wrong(row, field, RowErrorCode::BadCurrency, detail));
        }
        self.file.currency(row, &amounts, self.options.currency)
    }

    fn day(&self, row: &TableRow) -> Result<Day, RowError> {
        let days = |field| {
            let text = self.file.required(row, field)?;
            parse_days(&text, self.file.dates).ok_or_else(|| {
                let detail = format!("{} is not a date", shortened(&text));
                wrong(row, field, RowErrorCode::BadDate, detail)
            })
        };
        let DayRange { first, mut last } = days(Field::Day)?;
        if !self.file.text(row, Field::LastDay).is_empty() {
            last = days(Field::LastDay)?.last;
        }
        if first != last {
            let detail = format!(
                "the row is about {first} to {last} together; have the report broken down by day"
            );
            return Err(wrong(row, Field::Day, RowErrorCode::LongPeriod, detail));
        }
        Ok(first)
    }

    fn vat_included(&self, row: &TableRow) -> Result<Option<bool>, RowError> {
        let text = self.file.text(row, Field::VatIncluded);
        match text.to_lowercase().as_str() {
            "" => Ok(None),
            "true" | "yes" | "y" | "1" | "included" | "да" | "включен" | "tak" => {
                Ok(Some(true))
            }
            "false" | "no" | "n" | "0" | "excluded" | "нет" | "не включен" | "nie" => {
                Ok(Some(false))
            }
            _ => {
                let detail = format!("{} is neither yes nor no", shortened(text));
                let (field, code) = (Field::VatIncluded, RowErrorCode::BadFlag);
                Err(wrong(row, field, code, detail))
            }
        }
    }

    /// A dash or nothing is zero: platforms write it where an ad was not shown.
    fn clicks(&self, row: &TableRow) -> Result<Option<i64>, RowError> {
        match self.mapping().column(Field::Clicks) {
            Some(_) => self.count(row, Field::Clicks).map(Some),
            None => Ok(None),
        }
    }

    fn count(&self, row: &TableRow, field: Field) -> Result<i64, RowError> {
        let text = self.file.text(row, field);
        if text.is_empty() {
            return Ok(0);
        }
        parse_count(text, self.file.decimal).ok_or_else(|| {
            let detail = format!("{} is not a whole number", shortened(text));
            wrong(row, field, RowErrorCode::BadNumber, detail)
        })
    }

    /// The worth of conversions: Google's cost in micro-units stands beside a value in units.
    fn value(&self, row: &TableRow) -> Result<Option<i64>, RowError> {
        let field = Field::ConversionValue;
        match self.options.micros && self.value_is_in_micros {
            true => self.micro_units(row, field),
            false => self.file.micros(row, field),
        }
    }

    fn amount(&self, row: &TableRow, field: Field) -> Result<Option<i64>, RowError> {
        match self.options.micros {
            true => self.micro_units(row, field),
            false => self.file.micros(row, field),
        }
    }

    fn micro_units(&self, row: &TableRow, field: Field) -> Result<Option<i64>, RowError> {
        let text = self.file.text(row, field);
        if text.is_empty() {
            return Ok(None);
        }
        parse_whole(text, self.file.decimal)
            .map(Some)
            .ok_or_else(|| {
                let detail = format!("{} is not a whole number of micro-units", shortened(text));
                wrong(row, field, RowErrorCode::BadNumber, detail)
            })
    }
}

fn no_mark_up() -> String {
    "0".to_owned()
}

#[cfg(test)]
mod tests;
