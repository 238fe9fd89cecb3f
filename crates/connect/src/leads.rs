//! Leads from a form service, a CRM or a spreadsheet.

mod status_words;

use self::status_words::status_of;
use base::{Traffic, UnixMillis, VisitId};
use domain::contact::{Email, Phone};
use domain::lead::LeadStatus;
use domain::source::channel_of_tags;

use crate::columns::{Field, Kind, Mapping};
use crate::plan::{RecordOptions, RecordPlan};
use crate::table::{Layout, TableRow};
use crate::{PlanError, RowError, RowErrorCode};

/// One row of a lead file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadRow {
    pub row: u64,
    pub external_id: Option<String>,
    /// `None` where the row does not say; the moment of the import stands in.
    pub at: Option<UnixMillis>,
    pub name: String,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
    pub message: String,
    pub visit: Option<VisitId>,
    pub click_id: Option<String>,
    pub status: LeadStatus,
    /// What the file calls the status, where that is none that is known.
    pub status_word: Option<String>,
    /// Whoever is responsible, as the file names them; empty where it names nobody.
    pub responsible: String,
    pub form: String,
    pub page: String,
    /// The source that the row or the user named; `None` without any.
    pub declared: Option<Traffic>,
}

/// How the rows of one lead file are read.
#[derive(Debug, Clone)]
pub struct LeadPlan(RecordPlan);

impl LeadPlan {
    /// # Errors
    /// When the options name a column or a zone that does not exist.
    pub fn new(
        layout: &Layout,
        options: &RecordOptions,
        sample: &[TableRow],
    ) -> Result<Self, PlanError> {
        RecordPlan::new(Kind::Leads, layout, options, sample).map(Self)
    }

    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.0.file.mapping
    }

    /// # Errors
    /// When the row is no lead, with the field that is wrong.
    pub fn read(&self, row: &TableRow) -> Result<LeadRow, RowError> {
        let plan = &self.0;
        plan.file.check_cells(row)?;
        let text = |field| plan.file.owned(row, field);
        let (status, status_word) = self.status(row)?;
        let (phone, email) = plan.contacts(row)?;
        let lead = LeadRow {
            row: row.row,
            external_id: plan.file.optional(row, Field::ExternalId)?,
            at: plan.moment(row, Field::At)?,
            name: text(Field::Name)?,
            phone,
            email,
            message: text(Field::Message)?,
            visit: plan.visit(row)?,
            click_id: plan.file.optional(row, Field::ClickId)?,
            status,
            status_word,
            responsible: text(Field::Responsible)?,
            form: text(Field::Form)?,
            page: text(Field::Page)?,
            declared: declared(plan, row)?,
        };
        let is_known = lead.external_id.is_some()
            || lead.phone.is_some()
            || lead.email.is_some()
            || lead.visit.is_some()
            || lead.click_id.is_some();
        if !is_known {
            let detail = "the row has no id, phone, e-mail, visit or click id".to_owned();
            let code = RowErrorCode::Anonymous;
            return Err(RowError {
                row: row.row,
                field: None,
                code,
                detail,
            });
        }
        Ok(lead)
    }

    /// A lead is not lost for its status: what is not known is new, with the word beside it.
    fn status(&self, row: &TableRow) -> Result<(LeadStatus, Option<String>), RowError> {
        let word = self.0.file.optional(row, Field::Status)?;
        Ok(match word {
            None => (LeadStatus::New, None),
            Some(word) => match status_of(&word) {
                Some(status) => (status, None),
                None => (LeadStatus::New, Some(word)),
            },
        })
    }
}

/// The traffic that a row declares, with the user's label where it names no source.
pub(crate) fn declared(plan: &RecordPlan, row: &TableRow) -> Result<Option<Traffic>, RowError> {
    let text = |field| plan.file.owned(row, field);
    let traffic = Traffic {
        source: plan.source(row)?,
        medium: text(Field::Medium)?,
        campaign: text(Field::Campaign)?,
        ad_group: text(Field::AdGroup)?,
        ad: text(Field::Ad)?,
        keyword: text(Field::Keyword)?,
        ..Traffic::default()
    };
    if traffic.is_direct() {
        return Ok(None);
    }
    let channel = channel_of_tags(&traffic.source, &traffic.medium, &traffic.campaign);
    Ok(Some(Traffic {
        default_channel: channel.to_owned(),
        ..traffic
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    const FILE: &str = "\u{feff}Дата;Имя;Телефон;E-mail;Источник;Статус;Визит\n\
        01.11.2026 10:30;Анна;8 (916) 123-45-67;;Яндекс;Новая;\n\
        02.11.2026;Пётр;нет;petr@example.com;;в работе;\n\
        03.11.2026;Никто;;;;;\n\
        32.11.2026;Ольга;9161234568;;;;\n\
        04.11.2026;Олег;123;;;;\n\
        05.11.2026;Ян;9161234569;;;ждёт лета;\n\
        06.11.2026;Ира;9161234570;;;;12\n\
        07.11.2026;Юра;9161234571\n";

    fn read_all(text: &str) -> Vec<Result<LeadRow, RowError>> {
        let mut table = Table::open(text.as_bytes()).unwrap();
        let sample = table.sample(10).unwrap();
        let options = RecordOptions {
            date_order: None,
            status_groups: Default::default(),
            columns: Default::default(),
            currency: "RUB".parse().unwrap(),
            time_zone: "Europe/Moscow".into(),
            default_country: "RU".into(),
            source_label: "call centre".into(),
            sheet: None,
            site: None,
            tool: None,
        };
        let plan = LeadPlan::new(table.layout(), &options, &sample).unwrap();
        table.map(|row| plan.read(&row.unwrap())).collect()
    }

    #[test]
    fn good_rows_are_leads_and_bad_rows_say_why() {
        let rows = read_all(FILE);
        let first = rows[0].as_ref().unwrap();
        assert_eq!(first.phone.as_ref().unwrap().as_str(), "+79161234567");
        assert_eq!(first.at.unwrap().rfc3339(), "2026-11-01T07:30:00.000Z");
        assert_eq!(first.name, "Анна");
        assert_eq!((first.row, first.status), (2, LeadStatus::New));
        let second = rows[1].as_ref().unwrap();
        assert_eq!(
            (second.phone.is_none(), second.status),
            (true, LeadStatus::Working)
        );
        assert_eq!(second.declared.as_ref().unwrap().source, "call centre");
        let worded = rows[5].as_ref().unwrap();
        assert_eq!(worded.status, LeadStatus::New);
        assert_eq!(worded.status_word.as_deref(), Some("ждёт лета"));
        let errors: Vec<_> = rows[2..]
            .iter()
            .filter(|row| row.is_err())
            .map(|row| {
                row.as_ref()
                    .map_err(|error| (error.row, error.code.name()))
                    .unwrap_err()
            })
            .collect();
        assert_eq!(
            errors,
            [
                (4, "anonymous"),
                (5, "bad_date"),
                (6, "bad_phone"),
                (8, "bad_visit"),
                (9, "too_few_cells"),
            ]
        );
    }
}
