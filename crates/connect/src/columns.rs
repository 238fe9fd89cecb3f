//! What the columns of a table mean: fields, the titles they go by, and whose report it is.

mod field;
mod format;
mod past_titles;
mod sums;
mod titles;

use std::collections::BTreeMap;

use base::{ImportId, plain_cell};

use crate::PlanError;
use crate::table::TableRow;

pub use field::{Field, Kind};
pub use format::Format;
pub(crate) use format::is_direct_service;
pub(crate) use sums::Sums;

/// How sure a column's meaning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A title that may mean other things too, such as `id`.
    Weak,
    /// The title is known after its unit was left out: `Cost (PLN)`.
    Likely,
    /// The title is known.
    Sure,
    /// The title is that of a tag which visits carry, so costs meet them by it.
    Tag,
    /// The user said so.
    Chosen,
}

/// Which column holds which field; a field is in one column at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    kind: Kind,
    width: usize,
    columns: BTreeMap<Field, (usize, Confidence)>,
}

impl Mapping {
    /// Recognises the columns by their titles.
    #[must_use]
    pub fn recognise(kind: Kind, header: &[String]) -> Self {
        let mut columns: BTreeMap<Field, (usize, Confidence)> = BTreeMap::new();
        for (index, title) in header.iter().enumerate() {
            let Some((field, confidence)) = titles::meaning(kind, title) else {
                continue;
            };
            if field == Field::Platform && format::is_placement(title, header) {
                continue;
            }
            let better = columns
                .get(&field)
                .is_none_or(|(_, known)| *known < confidence);
            if better {
                columns.insert(field, (index, confidence));
            }
        }
        Self {
            kind,
            width: header.len(),
            columns,
        }
    }

    /// Replaces what was recognised by what the user chose; `None` leaves a column out.
    ///
    /// # Errors
    /// When a column does not exist or the field belongs to another kind of import.
    pub fn choose(&mut self, chosen: &BTreeMap<usize, Option<Field>>) -> Result<(), PlanError> {
        for (index, field) in chosen {
            if *index >= self.width {
                return Err(PlanError::NoSuchColumn(*index));
            }
            self.columns.retain(|_, (column, _)| column != index);
            if let Some(field) = field {
                if !self.kind.fields().contains(field) {
                    return Err(PlanError::NoSuchField(field.key()));
                }
                self.columns.insert(*field, (*index, Confidence::Chosen));
            }
        }
        Ok(())
    }

    /// Moves a column to another field.
    pub(crate) fn rename(&mut self, from: Field, to: Field) {
        if let Some(column) = self.columns.remove(&from) {
            self.columns.entry(to).or_insert(column);
        }
    }

    /// The column of a field, counted from zero, and how sure it is.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<(usize, Confidence)> {
        self.columns.get(&field).copied()
    }

    /// The field of a column, counted from zero.
    #[must_use]
    pub fn field(&self, index: usize) -> Option<(Field, Confidence)> {
        let found = self
            .columns
            .iter()
            .find(|(_, (column, _))| *column == index);
        found.map(|(field, (_, confidence))| (*field, *confidence))
    }

    /// # Errors
    /// When a required field has no column.
    pub fn check(&self) -> Result<(), PlanError> {
        let missing = self
            .kind
            .required()
            .iter()
            .find(|field| !self.columns.contains_key(field));
        missing.map_or(Ok(()), |field| Err(PlanError::MissingColumn(*field)))
    }

    /// How many columns the header has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The trimmed text of a field; empty where there is no column or only a dash for "nothing".
    #[must_use]
    pub fn text<'a>(&self, row: &'a TableRow, field: Field) -> &'a str {
        let cell = self
            .columns
            .get(&field)
            .and_then(|(index, _)| row.cells.get(*index));
        match cell.map_or("", |cell| plain_cell(cell.trim())) {
            "--" | "-" | "\u{2013}" | "\u{2014}" | "(not set)" | "null" | "NULL"
            // What amoCRM writes for a day that is not there yet.
            | "не закрыта" | "not closed" => "",
            text => text,
        }
    }
}

/// Begin and end the title of the column that tells why an import left its rows out, by language.
const MENDING_TITLES: [(&str, &str, &str); 3] = [
    ("en", "Left out by import", "because"),
    ("ru", "Не принято загрузкой", "потому что"),
    ("pl", "Pominięto w imporcie", "ponieważ"),
];

/// The title of the column that tells why this import left rows out.
#[must_use]
pub fn mending_title(import: ImportId, language: &str) -> String {
    let known = MENDING_TITLES.iter().find(|(of, ..)| *of == language);
    let (_, begin, end) = known.unwrap_or(&MENDING_TITLES[0]);
    format!("{begin} {import} {end}")
}

/// The import whose rows are mended by a file with this header.
#[must_use]
pub fn mended_import(header: &[String]) -> Option<ImportId> {
    let begins = MENDING_TITLES.iter().map(|(_, begin, _)| *begin);
    let mut named = header
        .iter()
        .filter_map(|title| begins.clone().find_map(|begin| title.strip_prefix(begin)));
    let number = named.next()?.split_whitespace().next()?;
    number.parse().ok().map(ImportId)
}

/// Whether any kind of import knows the title; headers are found by this.
#[must_use]
pub fn is_known_title(title: &str) -> bool {
    Kind::ALL
        .into_iter()
        .any(|kind| titles::meaning(kind, title).is_some())
}

/// Letters and digits alone, in lower case: `Campaign ID`, `campaign_id` and `CampaignId` are one.
fn canonical(title: &str) -> String {
    let letters = title.chars().filter(|letter| letter.is_alphanumeric());
    letters
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ё' { 'е' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_costs(title: &str, want: Option<(Field, Confidence)>) {
        let mapping = Mapping::recognise(Kind::Costs, &[title.to_owned()]);
        assert_eq!(mapping.field(0), want, "{title}");
    }

    #[test]
    fn a_column_of_reasons_names_its_import_and_means_nothing_else() {
        for language in ["en", "ru", "pl"] {
            let title = mending_title(ImportId(12), language);
            assert_eq!(
                mended_import(&["Day".into(), title.clone()]),
                Some(ImportId(12)),
                "{title}"
            );
            for kind in Kind::ALL {
                let mapping = Mapping::recognise(kind, std::slice::from_ref(&title));
                assert_eq!(mapping.field(0), None, "{title}");
            }
        }
        assert_eq!(
            mended_import(&["Left out by import x because".into()]),
            None
        );
    }

    #[test]
    fn titles_are_known_in_three_languages() {
        for title in [
            "Day",
            "date",
            "День",
            "Дата",
            "Dzień",
            "DATA",
            "segments.date",
        ] {
            check_costs(title, Some((Field::Day, Confidence::Sure)));
        }
        for title in [
            "Cost",
            "Расход",
            "Koszt",
            "Spend",
            "Стоимость",
            "Amount_Spent",
        ] {
            check_costs(title, Some((Field::Cost, Confidence::Sure)));
        }
        for title in ["Cost (PLN)", "Расход (руб.)", "Koszt, zł"] {
            check_costs(title, Some((Field::Cost, Confidence::Likely)));
        }
        check_costs("CampaignId", Some((Field::CampaignId, Confidence::Sure)));
        check_costs("№ Кампании", Some((Field::CampaignId, Confidence::Sure)));
        check_costs("Grupa reklam", Some((Field::AdGroup, Confidence::Sure)));
        check_costs("Quality score", None);
    }

    #[test]
    fn the_surer_of_two_columns_wins() {
        let header = ["Cost (USD)", "Cost", "Cost (EUR)"].map(str::to_owned);
        let mapping = Mapping::recognise(Kind::Costs, &header);
        assert_eq!(mapping.column(Field::Cost), Some((1, Confidence::Sure)));
        assert_eq!(mapping.field(0), None);
    }

    #[test]
    fn the_users_choice_wins() {
        let header = ["Day", "Cost", "Fee"].map(str::to_owned);
        let mut mapping = Mapping::recognise(Kind::Costs, &header);
        let chosen = BTreeMap::from([(1, None), (2, Some(Field::Cost))]);
        mapping.choose(&chosen).unwrap();
        assert_eq!(mapping.column(Field::Cost), Some((2, Confidence::Chosen)));
        assert_eq!(mapping.field(1), None);
        assert_eq!(mapping.check(), Ok(()));
        let missing = BTreeMap::from([(2, None)]);
        mapping.choose(&missing).unwrap();
        assert_eq!(mapping.check(), Err(PlanError::MissingColumn(Field::Cost)));
        let beyond = BTreeMap::from([(9, None)]);
        assert_eq!(mapping.choose(&beyond), Err(PlanError::NoSuchColumn(9)));
        let foreign = BTreeMap::from([(0, Some(Field::Phone))]);
        assert_eq!(
            mapping.choose(&foreign),
            Err(PlanError::NoSuchField("phone"))
        );
    }

    #[test]
    fn every_field_has_titles_and_reads_back() {
        for kind in Kind::ALL {
            for field in kind.fields() {
                assert!(
                    titles::meaning(kind, field.key()).is_some(),
                    "{kind:?} {field:?}"
                );
                assert_eq!(field.key().parse(), Ok(*field));
            }
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }
}
