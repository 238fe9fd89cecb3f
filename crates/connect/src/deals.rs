//! Deals and orders from a shop, a CRM or a spreadsheet.

use std::collections::{HashMap, HashSet};

use base::{Money, Traffic, UnixMillis, VisitId};
use domain::contact::{Email, Phone};

use crate::columns::{Confidence, Field, Kind, Mapping};
use crate::leads::declared;
use crate::plan::{RecordOptions, RecordPlan};
use crate::table::{Layout, TableRow};
use crate::{PlanError, RowError, RowErrorCode};

/// Status of the rows of a file without a status column: a plain list of orders is a list of sales.
pub const DEAL_STATUS_DEFAULT: &str = "paid";

/// One row of a deal file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealRow {
    pub row: u64,
    /// The shop's own id. Where the file has none it is made of the customer, the day and a count,
    /// so that the same file again means the same deals.
    pub external_id: String,
    pub title: String,
    pub status: String,
    pub amount: Money,
    pub cost_of_goods: Option<Money>,
    pub created: UnixMillis,
    pub paid: Option<UnixMillis>,
    pub visit: Option<VisitId>,
    pub lead_external_id: Option<String>,
    /// The shop's own id of the customer.
    pub customer: Option<String>,
    pub name: String,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
    /// Whoever is responsible, as the file names them; empty where it names nobody.
    pub responsible: String,
    /// The source that the row or the user named; `None` without any.
    pub declared: Option<Traffic>,
}

/// How the rows of one deal file are read.
#[derive(Debug, Clone)]
pub struct DealPlan {
    plan: RecordPlan,
    /// How many deals without an id a customer had on a day so far.
    unnamed: HashMap<String, u32>,
}

impl DealPlan {
    /// # Errors
    /// When amount or creation have no column, or the options name a column or a zone that does
    /// not exist.
    pub fn new(
        layout: &Layout,
        options: &RecordOptions,
        sample: &[TableRow],
    ) -> Result<Self, PlanError> {
        let mut plan = RecordPlan::new(Kind::Deals, layout, options, sample)?;
        if weak_id_repeats(&plan.file.mapping, sample) {
            // A customer may have many orders; an order has one id.
            plan.file.mapping.rename(Field::ExternalId, Field::Customer);
        }
        Ok(Self {
            plan,
            unnamed: HashMap::new(),
        })
    }

    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.plan.file.mapping
    }

    /// Rows have to be read in the order of the file, which ids that are made up depend on.
    ///
    /// # Errors
    /// When the row is no deal, with the field that is wrong.
    pub fn read(&mut self, row: &TableRow) -> Result<DealRow, RowError> {
        let plan = &self.plan;
        plan.file.check_cells(row)?;
        let text = |field| plan.file.owned(row, field);
        let optional = |field| plan.file.optional(row, field);
        let (phone, email) = plan.contacts(row)?;
        let has_status = plan.file.mapping.column(Field::Status).is_some();
        let status = if has_status {
            plan.file.required(row, Field::Status)?
        } else {
            DEAL_STATUS_DEFAULT.to_owned()
        };
        let has_id = plan.file.mapping.column(Field::ExternalId).is_some();
        let named = if has_id {
            plan.file.required(row, Field::ExternalId)?
        } else {
            String::new()
        };
        let mut deal = DealRow {
            row: row.row,
            external_id: named,
            title: text(Field::Title)?,
            status,
            amount: plan.required_money(row, Field::Amount)?,
            cost_of_goods: plan.money(row, Field::CostOfGoods)?,
            created: plan.required_moment(row, Field::CreatedAt)?,
            paid: plan.moment(row, Field::PaidAt)?,
            visit: plan.visit(row)?,
            lead_external_id: optional(Field::LeadExternalId)?,
            customer: optional(Field::Customer)?,
            name: text(Field::Name)?,
            phone,
            email,
            responsible: text(Field::Responsible)?,
            declared: declared(plan, row)?,
        };
        if !has_id {
            deal.external_id = self.made_up_id(&deal)?;
        }
        Ok(deal)
    }

    fn made_up_id(&mut self, deal: &DealRow) -> Result<String, RowError> {
        let customer = deal.customer.as_deref();
        let contact = customer
            .or(deal.phone.as_ref().map(Phone::as_str))
            .or(deal.email.as_ref().map(Email::as_str));
        let Some(contact) = contact else {
            let detail = "the row has no id, and no customer to make one from".to_owned();
            let code = RowErrorCode::Anonymous;
            return Err(RowError {
                row: deal.row,
                field: None,
                code,
                detail,
            });
        };
        let stem = format!("{contact}-{}", self.plan.zone.day_of(deal.created));
        let count = self.unnamed.entry(stem.clone()).or_insert(0);
        *count = count.saturating_add(1);
        Ok(format!("{stem}-{count}"))
    }
}

/// A column called plainly `id` that holds a value twice is not the id of the deals.
fn weak_id_repeats(mapping: &Mapping, sample: &[TableRow]) -> bool {
    let is_weak = |(_, confidence)| confidence == Confidence::Weak;
    if !mapping.column(Field::ExternalId).is_some_and(is_weak) {
        return false;
    }
    let mut seen = HashSet::new();
    let mut ids = sample
        .iter()
        .map(|row| mapping.text(row, Field::ExternalId));
    ids.any(|id| !id.is_empty() && !seen.insert(id))
}

#[cfg(test)]
mod crm;
#[cfg(test)]
mod fields;

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use super::*;
    use crate::table::Table;

    fn options(currency: &str) -> RecordOptions {
        RecordOptions {
            date_order: None,
            status_groups: Default::default(),
            columns: Default::default(),
            currency: currency.parse().unwrap(),
            time_zone: "UTC".into(),
            default_country: "PL".into(),
            source_label: String::new(),
            sheet: None,
            site: None,
            tool: None,
        }
    }

    fn read_all(text: &str) -> Vec<Result<DealRow, RowError>> {
        let mut table = Table::open(text.as_bytes()).unwrap();
        let sample = table.sample(10).unwrap();
        let mut plan = DealPlan::new(table.layout(), &options("PLN"), &sample).unwrap();
        table.map(|row| plan.read(&row.unwrap())).collect()
    }

    #[test]
    fn a_shops_orders_are_deals() {
        let rows = read_all(
            "Nr zamówienia;Status;Kwota (PLN);Koszt zakupu;Data zamówienia;Data płatności;Telefon\n\
             A-1;Opłacone;1 234,50;500;01.11.2026 12:00;02.11.2026;512 345 678\n\
             A-2;Anulowane;99,00;;03.11.2026;;\n\
             ;Nowe;1;;03.11.2026;;\n\
             A-3;Nowe;dużo;;03.11.2026;;\n\
             Razem;;1333,50;;;;\n",
        );
        let first = rows[0].as_ref().unwrap();
        assert_eq!(
            (first.external_id.as_str(), first.status.as_str()),
            ("A-1", "Opłacone")
        );
        assert_eq!(first.amount.decimal(), "1234.50");
        assert_eq!(first.cost_of_goods.unwrap().decimal(), "500.00");
        assert_eq!(first.paid.unwrap().rfc3339(), "2026-11-02T00:00:00.000Z");
        assert_eq!(first.phone.as_ref().unwrap().as_str(), "+48512345678");
        assert!(rows[1].as_ref().unwrap().paid.is_none());
        let error = |at: usize| {
            rows[at]
                .as_ref()
                .map_err(|e| (e.code, e.field))
                .unwrap_err()
        };
        assert_eq!(
            error(2),
            (RowErrorCode::MissingValue, Some(Field::ExternalId))
        );
        assert_eq!(error(3), (RowErrorCode::BadNumber, Some(Field::Amount)));
        assert_eq!(rows.len(), 4);
    }

    #[test]
    fn orders_without_ids_are_named_by_customer_day_and_count() {
        let file = "customer_id,date,amount\n7,2026-11-01,10\n7,2026-11-01,20\n8,2026-11-01,5\n";
        let ids = |rows: Vec<Result<DealRow, RowError>>| -> Vec<String> {
            rows.into_iter()
                .map(|row| row.unwrap().external_id)
                .collect()
        };
        let first = ids(read_all(file));
        assert_eq!(
            first,
            ["7-2026-11-01-1", "7-2026-11-01-2", "8-2026-11-01-1"]
        );
        assert_eq!(ids(read_all(file)), first);
    }

    #[test]
    fn an_order_without_anybody_is_refused() {
        let rows = read_all("date,amount\n2026-11-01,10\n");
        assert_eq!(rows[0].as_ref().unwrap_err().code, RowErrorCode::Anonymous);
    }

    #[test]
    fn real_orders_of_customers_are_deals() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/data/orders/cdnow_sample_transactions.csv");
        let Ok(file) = File::open(&path) else {
            println!("skipped: the sample orders are not beside this working copy");
            return;
        };
        let mut table = Table::open(file).unwrap();
        let sample = table.sample(crate::plan::PLAN_SAMPLE_ROWS).unwrap();
        let mut plan = DealPlan::new(table.layout(), &options("USD"), &sample).unwrap();
        let rows: Vec<DealRow> = table.map(|row| plan.read(&row.unwrap()).unwrap()).collect();
        assert_eq!(rows.len(), 6_919);
        let customers: HashSet<_> = rows
            .iter()
            .map(|row| row.customer.clone().unwrap())
            .collect();
        assert_eq!(customers.len(), 2_357);
        let ids: HashSet<_> = rows.iter().map(|row| row.external_id.as_str()).collect();
        assert_eq!(ids.len(), rows.len());
        assert_eq!(rows[0].amount.decimal(), "29.33");
        assert_eq!(rows[0].created.rfc3339(), "1997-01-01T00:00:00.000Z");
        assert_eq!(rows[0].status, DEAL_STATUS_DEFAULT);
    }
}
