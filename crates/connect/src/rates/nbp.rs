//! Tables A and B of the NBP: `archiwum_tab_a_2026.csv`, and JSON of its interface.

use serde::Deserialize;

use super::{Bank, FILE_RATES_MAX, Gathered, RatesFile, RatesFileError, Told};

const PARTS_MAX: usize = 6 * FILE_RATES_MAX;

/// An answer of the interface: several tables or one, or one currency over several days.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Tables(Vec<Table>),
    Table(Table),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    table: String,
    #[serde(default)]
    effective_date: String,
    #[serde(default)]
    code: String,
    rates: Vec<Rate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    effective_date: Option<String>,
    #[serde(default)]
    mid: Option<String>,
}

/// Titles are `1USD` or `100HUF`: units and currency. Lines that name the currencies again have no
/// day in front.
pub(super) fn read_table(
    titles: &[String],
    rows: impl Iterator<Item = (u64, Vec<String>)>,
) -> Result<RatesFile, RatesFileError> {
    let columns: Vec<Option<(&str, &str)>> = titles.iter().map(|title| column(title)).collect();
    if columns.iter().all(Option::is_none) {
        return Err(RatesFileError::UnknownBank);
    }
    let mut found = Gathered::new(Bank::Nbp);
    for (row, cells) in rows {
        let day = cells.first().map_or("", String::as_str);
        if !day.starts_with(|letter: char| letter.is_ascii_digit()) {
            continue;
        }
        for (column, units) in columns.iter().zip(&cells) {
            let Some((nominal, currency)) = *column else {
                continue;
            };
            found.add(&Told {
                row,
                day,
                currency,
                units,
                nominal,
            })?;
        }
    }
    found.file()
}

fn column(title: &str) -> Option<(&str, &str)> {
    let digits = title.bytes().take_while(u8::is_ascii_digit).count();
    let (nominal, currency) = title.split_at(digits);
    let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    (digits > 0 && is_code).then_some((nominal, currency))
}

/// Reads what the interface answers with `format=json`: rates there are for one unit.
pub(super) fn read_json(text: &str) -> Result<RatesFile, RatesFileError> {
    if !text.contains("\"rates\"") {
        return Err(RatesFileError::UnknownBank);
    }
    // It is held whole while it is read; a rate has three or four parts.
    let parts = text
        .bytes()
        .filter(|byte| matches!(byte, b',' | b'{' | b'['));
    if parts.count() > PARTS_MAX {
        return Err(RatesFileError::TooMany);
    }
    let tables = match serde_json::from_str(&with_texts(text)) {
        Ok(Answer::Tables(tables)) => tables,
        Ok(Answer::Table(table)) => vec![table],
        Err(error) => return Err(RatesFileError::Damaged(error.to_string())),
    };
    let mut found = Gathered::new(Bank::Nbp);
    let mut row = 0;
    for table in &tables {
        require_middle(&table.table)?;
        for rate in &table.rates {
            row += 1;
            found.add(&Told {
                row,
                day: rate
                    .effective_date
                    .as_ref()
                    .unwrap_or(&table.effective_date),
                currency: rate.code.as_ref().unwrap_or(&table.code),
                units: rate.mid.as_deref().unwrap_or_default(),
                nominal: "",
            })?;
        }
    }
    found.file()
}

pub(super) fn require_middle(table: &str) -> Result<(), RatesFileError> {
    match table.trim() {
        "" | "A" | "B" | "a" | "b" => Ok(()),
        other => Err(RatesFileError::NotMiddle(other.chars().take(8).collect())),
    }
}

/// The same JSON with every number in quotes: a rate is read as it is written and never becomes a
/// floating-point number on its way.
fn with_texts(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 4);
    let (mut in_text, mut escaped, mut in_number) = (false, false, false);
    for letter in json.chars() {
        let is_part = letter.is_ascii_digit() || matches!(letter, '+' | '-' | '.' | 'e' | 'E');
        let starts = letter.is_ascii_digit() || letter == '-';
        if !in_text && in_number != (is_part && (in_number || starts)) {
            in_number = !in_number;
            out.push('"');
        }
        if letter == '"' && !escaped {
            in_text = !in_text;
        }
        escaped = in_text && letter == '\\' && !escaped;
        out.push(letter);
    }
    out
}
