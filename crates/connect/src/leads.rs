//! Leads from a form service, a CRM or a spreadsheet.

use base::{Traffic, UnixMillis, VisitId};
use domain::contact::{Email, Phone};
use domain::lead::LeadStatus;
use domain::source::channel_of_tags;

use crate::columns::{Field, Kind, Mapping};
use crate::plan::{RecordOptions, RecordPlan, shortened, wrong};
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
        plan.file.check_shape(row)?;
        let text = |field| plan.file.owned(row, field);
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
            status: self.status(row)?,
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

    fn status(&self, row: &TableRow) -> Result<LeadStatus, RowError> {
        let text = self.0.file.text(row, Field::Status);
        if text.is_empty() {
            return Ok(LeadStatus::New);
        }
        guess_status(text).ok_or_else(|| {
            let detail = format!("{} is not a lead status", shortened(text));
            wrong(row, Field::Status, RowErrorCode::UnknownStatus, detail)
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

fn guess_status(text: &str) -> Option<LeadStatus> {
    let lower = text.trim().to_lowercase();
    lower.parse().ok().or_else(|| {
        Some(match lower.as_str() {
            "новый" | "новая" | "новая заявка" | "nowy" | "nowe" | "open" => {
                LeadStatus::New
            }
            "в работе" | "в обработке" | "w toku" | "in progress" | "contacted" => {
                LeadStatus::Working
            }
            "квалифицирован" | "целевой" | "zakwalifikowany" | "accepted" | "mql" | "sql" => {
                LeadStatus::Qualified
            }
            "не целевой" | "нецелевой" | "отказ" | "odrzucony" | "rejected" | "lost" => {
                LeadStatus::Disqualified
            }
            "сделка" | "конвертирован" | "продажа" | "sprzedaż" | "won" | "customer" => {
                LeadStatus::Converted
            }
            "спам" => LeadStatus::Spam,
            "дубль" | "duplikat" => LeadStatus::Duplicate,
            _ => return None,
        })
    })
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
        05.11.2026;Ян;9161234569;;;горячий;\n\
        06.11.2026;Ира;9161234570;;;;12\n\
        07.11.2026;Юра;9161234571\n";

    fn read_all(text: &str) -> Vec<Result<LeadRow, RowError>> {
        let mut table = Table::open(text.as_bytes()).unwrap();
        let sample = table.sample(10).unwrap();
        let options = RecordOptions {
            date_order: None,
            columns: Default::default(),
            currency: "RUB".parse().unwrap(),
            time_zone: "Europe/Moscow".into(),
            default_country: "RU".into(),
            source_label: "call centre".into(),
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
        let errors: Vec<_> = rows[2..]
            .iter()
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
                (7, "unknown_status"),
                (8, "bad_visit"),
                (9, "too_few_cells"),
            ]
        );
    }
}
