//! Rates as XML: `eurofxref.xml`, tables of the NBP by file and by its interface, and the CBR's
//! `XML_daily` and `XML_dynamic`. One pass; what stands around a rate is kept by name.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::nbp::require_middle;
use super::{Bank, Gathered, RatesFile, RatesFileError, Told, cbr};
use crate::table::xml::{add_text, attribute};

/// Attributes that say something of a rate.
const ATTRIBUTES: [&str; 6] = ["time", "currency", "rate", "typ", "Date", "ID"];
/// Elements in each other; more are a sign of a file that is no bank's.
const DEPTH_MAX: usize = 32;

/// What stands in elements and attributes, by their names.
type Values = BTreeMap<String, String>;

struct Walk {
    found: Gathered,
    open: Vec<String>,
    text: String,
    /// What stands above the rate that is read.
    around: Values,
    rate: Option<Values>,
    row: u64,
}

pub(super) fn read(text: &str) -> Result<RatesFile, RatesFileError> {
    let mut reader = Reader::from_str(text);
    let mut walk: Option<Walk> = None;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| RatesFileError::Damaged(error.to_string()))?;
        match (&event, &mut walk) {
            (Event::Start(tag) | Event::Empty(tag), None) => {
                let bank = bank_of(&local(tag)).ok_or(RatesFileError::UnknownBank)?;
                walk.insert(Walk::new(bank)).open(tag)?;
            }
            (Event::Start(tag), Some(walk)) => walk.open(tag)?,
            (Event::Empty(tag), Some(walk)) => {
                walk.open(tag)?;
                walk.close()?;
            }
            (Event::End(_), Some(walk)) => walk.close()?,
            (Event::Eof, Some(walk)) if !walk.open.is_empty() => {
                return Err(RatesFileError::Damaged("it ends too early".to_owned()));
            }
            (Event::Eof, _) => break,
            (other, Some(walk)) => add_text(other, &mut walk.text)
                .map_err(|_| RatesFileError::Damaged("a text in it is none".to_owned()))?,
            (_, None) => {}
        }
    }
    walk.ok_or(RatesFileError::UnknownBank)?.found.file()
}

fn bank_of(root: &str) -> Option<Bank> {
    match root {
        "Envelope" => Some(Bank::Ecb),
        "tabela_kursow"
        | "ArrayOfExchangeRatesTable"
        | "ExchangeRatesTable"
        | "ExchangeRatesSeries" => Some(Bank::Nbp),
        "ValCurs" => Some(Bank::Cbr),
        _ => None,
    }
}

fn local(tag: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(tag.local_name().as_ref()).into_owned()
}

impl Walk {
    fn new(bank: Bank) -> Self {
        Self {
            found: Gathered::new(bank),
            open: Vec::new(),
            text: String::new(),
            around: Values::new(),
            rate: None,
            row: 0,
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), RatesFileError> {
        let name = local(tag);
        let said = ATTRIBUTES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), attribute(tag, name.as_bytes())?)));
        let said: Values = said.collect();
        let is_rate = match name.as_str() {
            "Cube" => said.contains_key("currency"),
            "pozycja" | "Rate" | "Valute" | "Record" => true,
            _ => false,
        };
        if is_rate {
            self.rate = Some(said);
        } else {
            self.rate.as_mut().unwrap_or(&mut self.around).extend(said);
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(RatesFileError::UnknownBank);
        }
        self.open.push(name);
        self.text.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<(), RatesFileError> {
        let name = self.open.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text).trim().to_owned();
        match name.as_str() {
            "Cube" | "pozycja" | "Rate" | "Valute" | "Record" => match self.rate.take() {
                Some(rate) => self.add(&rate),
                None => Ok(()),
            },
            "Table" => {
                require_middle(&text)?;
                Ok(())
            }
            _ => {
                let values = self.rate.as_mut().unwrap_or(&mut self.around);
                values.insert(name, text);
                Ok(())
            }
        }
    }

    fn add(&mut self, rate: &Values) -> Result<(), RatesFileError> {
        self.row += 1;
        let around = &self.around;
        let said = |name: &str| rate.get(name).map_or("", String::as_str);
        let near = |name: &str| match rate.get(name) {
            Some(value) => value.as_str(),
            None => around.get(name).map_or("", String::as_str),
        };
        // The first of them that says something.
        let either = |one: &'static str, other: &'static str| match near(one) {
            "" => near(other),
            value => value,
        };
        let told = match self.found.0.bank {
            Bank::Ecb => Told {
                day: near("time"),
                currency: said("currency"),
                units: said("rate"),
                ..Told::default()
            },
            Bank::Nbp => {
                require_middle(near("typ"))?;
                Told {
                    day: either("data_publikacji", "EffectiveDate"),
                    currency: either("kod_waluty", "Code"),
                    units: either("kurs_sredni", "Mid"),
                    nominal: said("przelicznik"),
                    ..Told::default()
                }
            }
            // A file of one currency over time names it by the bank's own number.
            Bank::Cbr => Told {
                day: near("Date"),
                currency: match said("CharCode") {
                    "" => cbr::currency_of(near("ID")).unwrap_or_else(|| near("ID")),
                    code => code,
                },
                units: said("Value"),
                nominal: said("Nominal"),
                ..Told::default()
            },
        };
        let row = self.row;
        self.found.add(&Told { row, ..told })
    }
}
