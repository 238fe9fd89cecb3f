//! How the rows of one file are read: options, columns, number and date habits, and cell readers.

use std::collections::BTreeMap;

use base::{Country, Currency, HistoryTool, Money, SiteId, TimeZone, UnixMillis, VisitId};
use domain::contact::{Email, Phone};
use domain::deal::StatusGroup;
use serde::{Deserialize, Serialize};

use crate::columns::{Field, Kind, Mapping};
use crate::currency::parse_unit;
use crate::dates::{DateOrder, DatesSeen, parse_moment};
use crate::numbers::{DecimalMark, parse_micros, unit};
use crate::table::{Layout, NO_VALUE, TableRow};
use crate::{PlanError, RowError, RowErrorCode};

/// How many first rows decide what a file's numbers and dates look like.
pub const PLAN_SAMPLE_ROWS: usize = 1_000;
/// Longest text that is kept of a cell.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// What the user decided about an import of leads, deals, payments or another tool's days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordOptions {
    /// Overrules what was recognised; `null` leaves a column out.
    #[serde(default)]
    pub columns: BTreeMap<usize, Option<Field>>,
    /// Of amounts whose row names none.
    pub currency: Currency,
    /// Of dates such as `3/4/2026`; the file tells where it is absent.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// IANA zone of times without an offset.
    pub time_zone: String,
    /// Two letters; the country of telephone numbers without a prefix.
    #[serde(default)]
    pub default_country: String,
    /// The source of rows that name none.
    #[serde(default)]
    pub source_label: String,
    /// Of deals: what statuses stand for that nobody has mapped yet.
    #[serde(default)]
    pub status_groups: BTreeMap<String, StatusGroup>,
    /// Of a workbook: the sheet that is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Of another tool's days: the site that they are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Of another tool's days: who counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<HistoryTool>,
}

/// What the user decided about any kind of file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen<'a> {
    pub(crate) columns: &'a BTreeMap<usize, Option<Field>>,
    pub(crate) currency: Currency,
    pub(crate) date_order: Option<DateOrder>,
}

/// The habits of a file that every row reader needs.
#[derive(Debug, Clone)]
pub(crate) struct FilePlan {
    pub(crate) mapping: Mapping,
    pub(crate) decimal: DecimalMark,
    pub(crate) dates: DateOrder,
    /// By the titles of their columns.
    pub(crate) titled: BTreeMap<Field, Currency>,
}

/// The same with what the user decided about records.
#[derive(Debug, Clone)]
pub(crate) struct RecordPlan {
    pub(crate) file: FilePlan,
    pub(crate) currency: Currency,
    pub(crate) zone: TimeZone,
    pub(crate) country: Country,
    pub(crate) source_label: String,
}

impl FilePlan {
    pub(crate) fn new(
        kind: Kind,
        layout: &Layout,
        chosen: Chosen<'_>,
        sample: &[TableRow],
    ) -> Result<Self, PlanError> {
        let mut mapping = Mapping::recognise(kind, &layout.header);
        mapping.choose(chosen.columns)?;
        mapping.check()?;
        let told = || {
            let mut seen = DatesSeen::default();
            sample
                .iter()
                .for_each(|row| note_dates(&mut seen, &mapping, row));
            seen.order()
        };
        let dates = chosen.date_order.or_else(told);
        let amounts = [Field::Cost, Field::Vat, Field::ConversionValue].into_iter();
        let amounts = amounts.chain([Field::Amount, Field::CostOfGoods]);
        let titled = amounts.filter_map(|field| {
            Some((
                field,
                titled_currency(layout, &mapping, field, chosen.currency)?,
            ))
        });
        Ok(Self {
            titled: titled.collect(),
            mapping,
            decimal: layout.decimal,
            dates: dates.unwrap_or(DateOrder::DayFirst),
        })
    }

    /// Cells beyond the header may only be empty, and none may be missing: a shifted row would put
    /// clicks into costs.
    pub(crate) fn check_shape(&self, row: &TableRow) -> Result<(), RowError> {
        let width = self.mapping.width();
        let count = row.cells.len();
        let extra = row
            .cells
            .iter()
            .skip(width)
            .any(|cell| !cell.trim().is_empty());
        let (code, is_wrong) = match count < width {
            true => (RowErrorCode::TooFewCells, true),
            false => (RowErrorCode::TooManyCells, extra),
        };
        if is_wrong {
            let detail = format!("the row has {count} cells, the header {width}");
            return Err(RowError {
                row: row.row,
                field: None,
                code,
                detail,
            });
        }
        Ok(())
    }

    /// The same, and every field of the row has the value that its formula stands for.
    pub(crate) fn check_cells(&self, row: &TableRow) -> Result<(), RowError> {
        self.check_shape(row)?;
        let has_none = |(index, cell): (usize, &String)| {
            let (field, _) = self.mapping.field(index)?;
            (cell.trim() == NO_VALUE).then_some(field)
        };
        match row.cells.iter().enumerate().find_map(has_none) {
            Some(field) => Err(no_value(row, field)),
            None => Ok(()),
        }
    }

    pub(crate) fn text<'a>(&self, row: &'a TableRow, field: Field) -> &'a str {
        self.mapping.text(row, field)
    }

    /// The text, or nothing where the cell is empty; at most [`TEXT_CHARS_MAX`] long.
    pub(crate) fn owned(&self, row: &TableRow, field: Field) -> Result<String, RowError> {
        let text = self.text(row, field);
        if text.chars().count() > TEXT_CHARS_MAX {
            let detail = format!("the text is longer than {TEXT_CHARS_MAX} characters");
            return Err(wrong(row, field, RowErrorCode::TooLong, detail));
        }
        if text == NO_VALUE {
            return Err(no_value(row, field));
        }
        Ok(text.to_owned())
    }

    pub(crate) fn optional(
        &self,
        row: &TableRow,
        field: Field,
    ) -> Result<Option<String>, RowError> {
        let text = self.owned(row, field)?;
        Ok((!text.is_empty()).then_some(text))
    }

    pub(crate) fn required(&self, row: &TableRow, field: Field) -> Result<String, RowError> {
        let text = self.owned(row, field)?;
        if text.is_empty() {
            let detail = format!("the {} is empty", field.key());
            return Err(wrong(row, field, RowErrorCode::MissingValue, detail));
        }
        Ok(text)
    }

    pub(crate) fn micros(&self, row: &TableRow, field: Field) -> Result<Option<i64>, RowError> {
        let text = self.text(row, field);
        if text.is_empty() {
            return Ok(None);
        }
        let detail = || format!("{} is not an amount", shortened(text));
        parse_micros(text, self.decimal)
            .map(Some)
            .ok_or_else(|| wrong(row, field, RowErrorCode::BadNumber, detail()))
    }

    /// The currency of a row's amounts: the one in its column, or the one that stands beside an
    /// amount. Both saying different ones, or two amounts, is an error.
    pub(crate) fn currency(
        &self,
        row: &TableRow,
        amounts: &[Field],
        otherwise: Currency,
    ) -> Result<Currency, RowError> {
        let text = self.text(row, Field::Currency);
        let mut known = None;
        if !text.is_empty() {
            known = Some(parse_unit(text, otherwise).ok_or_else(|| {
                let detail = format!("{} is no currency", shortened(text));
                wrong(row, Field::Currency, RowErrorCode::BadCurrency, detail)
            })?);
        }
        for field in amounts {
            let Some(beside) = unit(self.text(row, *field)) else {
                continue;
            };
            let before = known.or_else(|| self.titled.get(field).copied());
            let refuse = |detail| wrong(row, *field, RowErrorCode::BadCurrency, detail);
            let said = parse_unit(&beside, before.unwrap_or(otherwise))
                .ok_or_else(|| refuse(format!("{} is no currency", shortened(&beside))))?;
            if let Some(before) = before.filter(|before| *before != said) {
                let beside = shortened(&beside);
                return Err(refuse(format!(
                    "the amount is in {beside}, and yet in {before}"
                )));
            }
            known = Some(said);
        }
        Ok(known.unwrap_or(otherwise))
    }
}

/// Adds the dates of a row to what is seen of them.
pub fn note_dates(seen: &mut DatesSeen, mapping: &Mapping, row: &TableRow) {
    for field in [
        Field::Day,
        Field::LastDay,
        Field::At,
        Field::CreatedAt,
        Field::PaidAt,
    ] {
        seen.note(mapping.text(row, field));
    }
}

/// The currency that the title of an amount's column says: `Cost (USD)`, `Сумма, руб.`
#[must_use]
pub fn titled_currency(
    layout: &Layout,
    mapping: &Mapping,
    field: Field,
    usual: Currency,
) -> Option<Currency> {
    let (index, _) = mapping.column(field)?;
    let (_, unit) = layout.header.get(index)?.split_once(['(', '[', ','])?;
    let unit = unit.trim_matches(|c: char| c == ')' || c == ']' || c.is_whitespace());
    match unit.to_lowercase().as_str() {
        "ндс" | "vat" | "net" | "tax" => None,
        unit => parse_unit(unit, usual),
    }
}

impl RecordPlan {
    pub(crate) fn new(
        kind: Kind,
        layout: &Layout,
        options: &RecordOptions,
        sample: &[TableRow],
    ) -> Result<Self, PlanError> {
        let chosen = Chosen {
            columns: &options.columns,
            currency: options.currency,
            date_order: options.date_order,
        };
        Ok(Self {
            file: FilePlan::new(kind, layout, chosen, sample)?,
            currency: options.currency,
            zone: options.time_zone.parse()?,
            country: Country::from_code(options.default_country.trim()),
            source_label: options.source_label.trim().to_owned(),
        })
    }

    pub(crate) fn moment(
        &self,
        row: &TableRow,
        field: Field,
    ) -> Result<Option<UnixMillis>, RowError> {
        let text = self.file.text(row, field);
        if text.is_empty() {
            return Ok(None);
        }
        parse_moment(text, self.file.dates, &self.zone)
            .map(Some)
            .ok_or_else(|| {
                let detail = format!("{} is not a date", shortened(text));
                wrong(row, field, RowErrorCode::BadDate, detail)
            })
    }

    pub(crate) fn required_moment(
        &self,
        row: &TableRow,
        field: Field,
    ) -> Result<UnixMillis, RowError> {
        self.file.required(row, field)?;
        self.moment(row, field)?.ok_or_else(|| {
            let detail = format!("the {} is empty", field.key());
            wrong(row, field, RowErrorCode::MissingValue, detail)
        })
    }

    pub(crate) fn money(&self, row: &TableRow, field: Field) -> Result<Option<Money>, RowError> {
        let amounts = [Field::Amount, Field::CostOfGoods];
        let currency = self.file.currency(row, &amounts, self.currency)?;
        Ok(self
            .file
            .micros(row, field)?
            .map(|micros| Money::new(micros, currency)))
    }

    pub(crate) fn required_money(&self, row: &TableRow, field: Field) -> Result<Money, RowError> {
        self.file.required(row, field)?;
        self.money(row, field)?.ok_or_else(|| {
            let detail = format!("the {} is empty", field.key());
            wrong(row, field, RowErrorCode::MissingValue, detail)
        })
    }

    pub(crate) fn visit(&self, row: &TableRow) -> Result<Option<VisitId>, RowError> {
        let text = self.file.text(row, Field::Visit);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            let detail = format!("{} is not a visit number", shortened(text));
            wrong(row, Field::Visit, RowErrorCode::BadVisit, detail)
        })
    }

    /// Phone and e-mail. A wrong one is an error only where the other one is missing, because one
    /// good contact is enough to join the row.
    pub(crate) fn contacts(
        &self,
        row: &TableRow,
    ) -> Result<(Option<Phone>, Option<Email>), RowError> {
        let phone_text = self.file.text(row, Field::Phone);
        let email_text = self.file.text(row, Field::Email);
        let phone = (!phone_text.is_empty()).then(|| Phone::parse(phone_text, self.country));
        let email = (!email_text.is_empty()).then(|| Email::parse(email_text));
        match (phone, email) {
            (Some(Err(error)), None | Some(Err(_))) => Err(wrong(
                row,
                Field::Phone,
                RowErrorCode::BadPhone,
                error.to_string(),
            )),
            (None, Some(Err(error))) => Err(wrong(
                row,
                Field::Email,
                RowErrorCode::BadEmail,
                error.to_string(),
            )),
            (phone, email) => Ok((phone.and_then(Result::ok), email.and_then(Result::ok))),
        }
    }

    /// The source in the row, or the one the user named for all rows.
    pub(crate) fn source(&self, row: &TableRow) -> Result<String, RowError> {
        let text = self.file.owned(row, Field::Source)?;
        let named = if text.is_empty() {
            self.source_label.as_str()
        } else {
            &text
        };
        Ok(domain::source::canonical_source(named).into_owned())
    }
}

pub(crate) fn wrong(row: &TableRow, field: Field, code: RowErrorCode, detail: String) -> RowError {
    RowError {
        row: row.row,
        field: Some(field),
        code,
        detail,
    }
}

fn no_value(row: &TableRow, field: Field) -> RowError {
    let detail = "the cell has a formula without a value; open the file in a spreadsheet, save it \
                  there and import it again";
    wrong(row, field, RowErrorCode::NoValue, detail.to_owned())
}

/// The start of a cell in quotes, for a message.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    let shown: String = text.chars().take(SHOWN_CHARS).collect();
    format!("{shown:?}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::costs::{CostPlan, suggest};
    use crate::deals::DealPlan;
    use crate::leads::LeadPlan;
    use crate::payments::PaymentPlan;
    use crate::table::Table;

    fn options() -> RecordOptions {
        RecordOptions {
            columns: BTreeMap::new(),
            currency: "EUR".parse().unwrap(),
            date_order: None,
            status_groups: Default::default(),
            time_zone: "Europe/Warsaw".into(),
            default_country: "pl".into(),
            source_label: String::new(),
            sheet: None,
            site: None,
            tool: None,
        }
    }

    /// Reads a file as every kind of import; how many rows were good does not matter.
    fn read_as_everything(bytes: &[u8]) {
        let Ok(mut table) = Table::open(bytes) else {
            return;
        };
        let sample = table.sample(PLAN_SAMPLE_ROWS).unwrap_or_default();
        let layout = table.layout().clone();
        let costs = CostPlan::new(
            &layout,
            suggest(&layout, &sample, options().currency),
            &sample,
        );
        let leads = LeadPlan::new(&layout, &options(), &sample);
        let mut deals = DealPlan::new(&layout, &options(), &sample);
        let payments = PaymentPlan::new(&layout, &options(), &sample);
        for row in table.map_while(Result::ok) {
            let _ = costs.as_ref().map(|plan| plan.read(&row));
            let _ = leads.as_ref().map(|plan| plan.read(&row));
            let _ = deals.as_mut().map(|plan| plan.read(&row));
            let _ = payments.as_ref().map(|plan| plan.read(&row));
        }
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused() {
        let table = Table::open(&b"phone\n512345678\n"[..]).unwrap();
        let wrong = RecordOptions {
            time_zone: "Mars/Olympus".into(),
            ..options()
        };
        let refused = LeadPlan::new(table.layout(), &wrong, &[]);
        assert!(matches!(refused, Err(PlanError::TimeZone(_))));
    }

    #[test]
    fn record_options_read_as_the_api_writes_them() {
        let text = r#"{"columns":{"2":"amount","3":"kind"},"currency":"EUR","time_zone":"UTC",
            "default_country":"PL","source_label":"fair"}"#;
        let read: RecordOptions = serde_json::from_str(text).unwrap();
        assert_eq!(read.columns[&3], Some(Field::PaymentKind));
        assert_eq!(read.source_label, "fair");
    }

    proptest! {
        #[test]
        fn no_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            read_as_everything(&bytes);
        }

        #[test]
        fn no_rows_below_a_good_header_panic(
            rows in prop::collection::vec("([-0-9.,:/ +a-zЯ@\"]{0,14}[;\n]){0,14}", 0..4),
        ) {
            let header = "day;cost;clicks;id;date;amount;order id;phone;email;status;visit;kind\n";
            read_as_everything(format!("{header}{}", rows.join("\n")).as_bytes());
        }
    }
}
