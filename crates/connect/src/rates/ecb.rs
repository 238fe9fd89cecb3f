//! `eurofxref.csv` and `eurofxref-hist.csv`: a line a day, a column a currency.

use super::{Bank, Gathered, RatesFile, RatesFileError, Told};

/// Reads the lines below the titles.
pub(super) fn read_table(
    titles: &[String],
    rows: impl Iterator<Item = (u64, Vec<String>)>,
) -> Result<RatesFile, RatesFileError> {
    let is_code =
        |title: &String| title.len() == 3 && title.bytes().all(|b| b.is_ascii_uppercase());
    let named = || titles.iter().skip(1).filter(|title| !title.is_empty());
    // It has quoted these two on every day; other tables have short titles too.
    let is_known = named().any(|title| matches!(title.as_str(), "USD" | "JPY"));
    if !is_known || !named().all(is_code) {
        return Err(RatesFileError::UnknownBank);
    }
    let mut found = Gathered::new(Bank::Ecb);
    for (row, cells) in rows {
        let Some(day) = cells.first().filter(|day| !day.is_empty()) else {
            continue;
        };
        for (currency, units) in titles.iter().zip(&cells).skip(1) {
            found.add(&Told {
                row,
                day,
                currency,
                units,
                nominal: "",
            })?;
        }
    }
    found.file()
}
