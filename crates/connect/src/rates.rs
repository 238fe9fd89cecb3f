//! Exchange rates in the files of central banks: the European (ECB), the Polish (NBP) and the
//! Russian one (CBR), of a day or of years.
//!
//! A file is told by what stands in it, not by its name. Rates stay the decimals that they are
//! written as, each for so many units as its bank quotes the currency for.

mod cbr;
mod ecb;
mod nbp;
mod xml;

use std::fmt;

use base::{Currency, Day};
use domain::cost::Rate;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1250};

use crate::dates::{DateOrder, parse_day};
use crate::table::{TableError, unpacked};

/// Largest file, as it is sent.
pub const RATES_FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest file, after unpacking.
const TEXT_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most rates of a file; all that the ECB has ever published are half as many.
pub const FILE_RATES_MAX: usize = 600_000;
/// Longest line of a table; the ECB's have a few hundred letters.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// Wrong rates that are named; all are counted.
pub const FAULTS_NAMED_MAX: usize = 100;
/// Letters of a cell in a message.
const SHOWN_CHARS_MAX: usize = 40;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bank {
    Ecb,
    Nbp,
    Cbr,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatesFile {
    pub bank: Bank,
    pub rates: Vec<QuotedRate>,
    /// Rates that cannot be read: the first [`FAULTS_NAMED_MAX`].
    pub faults: Vec<RateFault>,
    pub faults_total: u64,
}

/// One rate as its bank quotes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedRate {
    pub day: Day,
    pub from: Currency,
    pub to: Currency,
    /// Units of `to` for `nominal` units of `from`, with a point.
    pub units: String,
    pub nominal: i64,
}

/// Why a rate cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateFault {
    /// The line of a table; of XML and JSON the rate's number in the file. Both begin at 1.
    pub row: u64,
    /// `date`, `currency`, `nominal` or `rate`.
    pub field: &'static str,
    /// Stable, in `snake_case`.
    pub code: &'static str,
    pub detail: String,
}

/// Why no rates can be read.
#[derive(Debug, thiserror::Error)]
pub enum RatesFileError {
    #[error(transparent)]
    Packed(#[from] TableError),
    #[error("the file is none that the ECB, the NBP or the CBR publishes its rates in")]
    UnknownBank,
    #[error("the file is damaged or cut off: {0}")]
    Damaged(String),
    #[error("table {0} says at what a bank buys and sells; rates are those of tables A and B")]
    NotMiddle(String),
    #[error("the file has more than {FILE_RATES_MAX} rates")]
    TooMany,
}

impl Bank {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ecb => "ecb",
            Self::Nbp => "nbp",
            Self::Cbr => "cbr",
        }
    }

    /// The currency that all its rates lead to or from.
    fn own(self) -> &'static str {
        match self {
            Self::Ecb => "EUR",
            Self::Nbp => "PLN",
            Self::Cbr => "RUB",
        }
    }
}

/// Reads a file, packed or not.
///
/// # Errors
/// When it is no bank's, damaged, or beyond a limit. A rate that is wrong is a fault of the file.
pub fn read(bytes: &[u8]) -> Result<RatesFile, RatesFileError> {
    let bytes = unpacked(bytes, TEXT_BYTES_MAX)?;
    let text = decoded(&bytes);
    match text.trim_start().chars().next() {
        Some('<') => xml::read(&text),
        Some('[' | '{') => nbp::read_json(&text),
        _ => read_table(&text),
    }
}

fn read_table(text: &str) -> Result<RatesFile, RatesFileError> {
    if text.lines().any(|line| line.len() > LINE_BYTES_MAX) {
        return Err(RatesFileError::UnknownBank);
    }
    let mut lines = (1..).zip(text.lines());
    let header = lines.by_ref().find(|(_, line)| !line.trim().is_empty());
    let (_, header) = header.ok_or(TableError::Empty)?;
    let counted = |mark: char| header.matches(mark).count();
    let marks = [',', ';', '\t'].into_iter();
    let delimiter = marks.max_by_key(|mark| counted(*mark)).unwrap_or(',');
    let cells = |line: &str| -> Vec<String> {
        let cells = line.split(delimiter);
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let titles = cells(header);
    let rows = lines.map(|(row, line)| (row, cells(line)));
    match titles.first().map(|title| title.to_lowercase()).as_deref() {
        Some("date") => ecb::read_table(&titles, rows),
        Some("data" | "dane") => nbp::read_table(&titles, rows),
        _ => Err(RatesFileError::UnknownBank),
    }
}

/// XML says how it is written; what else is no UTF-8 is Polish.
fn decoded(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(256)];
    let declared = declared(&String::from_utf8_lossy(head));
    let usual = match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) => WINDOWS_1250,
    };
    declared.unwrap_or(usual).decode(bytes).0.into_owned()
}

fn declared(head: &str) -> Option<&'static Encoding> {
    let declaration = head
        .trim_start()
        .strip_prefix("<?xml")?
        .split("?>")
        .next()?;
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|mark| matches!(mark, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    Encoding::for_label(label.as_bytes())
}

/// Gathers what a file says, rate by rate.
struct Gathered(RatesFile);

/// A rate in the words of its file.
#[derive(Debug, Default)]
struct Told<'a> {
    row: u64,
    day: &'a str,
    currency: &'a str,
    units: &'a str,
    nominal: &'a str,
}

impl Gathered {
    fn new(bank: Bank) -> Self {
        Self(RatesFile {
            bank,
            rates: Vec::new(),
            faults: Vec::new(),
            faults_total: 0,
        })
    }

    /// What is not quoted on a day is passed over; what cannot be read is a fault.
    fn add(&mut self, told: &Told<'_>) -> Result<(), RatesFileError> {
        if is_absent(told.units) {
            return Ok(());
        }
        if self.0.rates.len() >= FILE_RATES_MAX {
            return Err(RatesFileError::TooMany);
        }
        match quoted(self.0.bank, told) {
            Ok(rate) => self.0.rates.push(rate),
            Err((field, code, text)) => self.fault(told.row, field, code, text),
        }
        Ok(())
    }

    fn fault(&mut self, row: u64, field: &'static str, code: &'static str, text: &str) {
        self.0.faults_total += 1;
        if self.0.faults.len() < FAULTS_NAMED_MAX {
            let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
            let detail = format!("{shown:?} is no {} of a rate", Name(field));
            self.0.faults.push(RateFault {
                row,
                field,
                code,
                detail,
            });
        }
    }

    /// A file without a single rate is none.
    fn file(self) -> Result<RatesFile, RatesFileError> {
        match self.0.rates.is_empty() && self.0.faults.is_empty() {
            true => Err(TableError::Empty.into()),
            false => Ok(self.0),
        }
    }
}

/// The ECB quotes its own currency in others, the others quote others in their own.
fn quoted<'a>(bank: Bank, told: &Told<'a>) -> Result<QuotedRate, Wrong<'a>> {
    // No bank writes slashes: a spreadsheet does, and nobody knows what of it is the month.
    let day = Some(told.day).filter(|day| !day.contains('/'));
    let day = day.and_then(|day| parse_day(day, DateOrder::DayFirst));
    let day = day.ok_or(("date", "bad_date", told.day))?;
    let wrong = ("currency", "bad_currency", told.currency);
    let other: Currency = told.currency.parse().map_err(|_| wrong)?;
    let own: Currency = bank.own().parse().map_err(|_| wrong)?;
    if own == other {
        return Err(("currency", "same_currency", told.currency));
    }
    let nominal = match told.nominal {
        "" => 1,
        text => text
            .parse()
            .map_err(|_| ("nominal", "out_of_range", told.nominal))?,
    };
    Rate::quoted("1", nominal).map_err(|_| ("nominal", "out_of_range", told.nominal))?;
    Rate::quoted(told.units, nominal).map_err(|_| ("rate", "not_above_zero", told.units))?;
    let (from, to) = match bank {
        Bank::Ecb => (own, other),
        Bank::Nbp | Bank::Cbr => (other, own),
    };
    Ok(QuotedRate {
        day,
        from,
        to,
        units: told.units.trim().replace(',', "."),
        nominal,
    })
}

/// Field, code and the text that is wrong.
type Wrong<'a> = (&'static str, &'static str, &'a str);

/// How banks write that there is no rate.
fn is_absent(cell: &str) -> bool {
    matches!(cell.trim(), "" | "N/A" | "-")
}

struct Name(&'static str);

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            "rate" => "value",
            "nominal" => "number of units",
            field => field,
        })
    }
}

#[cfg(test)]
mod tests;
