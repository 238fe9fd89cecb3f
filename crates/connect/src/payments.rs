//! Payments and refunds of deals.

use base::{Money, UnixMillis};

use crate::columns::{Field, Kind, Mapping};
use crate::plan::{RecordOptions, RecordPlan, shortened, wrong};
use crate::table::{Layout, TableRow};
use crate::{PlanError, RowError, RowErrorCode};

/// One row of a payment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    pub row: u64,
    /// Where the file has none: the deal's id, the moment and the amount, which tell payments of a
    /// deal apart and are the same when the file comes again.
    pub external_id: String,
    pub deal_external_id: String,
    pub at: UnixMillis,
    /// Never negative; the kind gives the sign.
    pub amount: Money,
    pub kind: PaymentRowKind,
}

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentRowKind {
    Payment,
    Refund,
    Chargeback,
}

/// How the rows of one payment file are read.
#[derive(Debug, Clone)]
pub struct PaymentPlan(RecordPlan);

impl PaymentRowKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Chargeback => "chargeback",
        }
    }
}

impl PaymentPlan {
    /// # Errors
    /// When deal, moment or amount have no column, or the options name a column or a zone that
    /// does not exist.
    pub fn new(
        layout: &Layout,
        options: &RecordOptions,
        sample: &[TableRow],
    ) -> Result<Self, PlanError> {
        RecordPlan::new(Kind::Payments, layout, options, sample).map(Self)
    }

    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.0.file.mapping
    }

    /// # Errors
    /// When the row is no payment, with the field that is wrong.
    pub fn read(&self, row: &TableRow) -> Result<PaymentRow, RowError> {
        let plan = &self.0;
        plan.file.check_cells(row)?;
        let deal_external_id = plan.file.required(row, Field::DealExternalId)?;
        let at = plan.required_moment(row, Field::At)?;
        let signed = plan.required_money(row, Field::Amount)?;
        let kind = self.kind(row, signed)?;
        let micros = signed.micros.checked_abs().ok_or_else(|| {
            let detail = "the amount is too large".to_owned();
            wrong(row, Field::Amount, RowErrorCode::BadNumber, detail)
        })?;
        let named = plan.file.optional(row, Field::ExternalId)?;
        let made_up = || format!("{deal_external_id}-{}-{}", at.0, signed.decimal());
        Ok(PaymentRow {
            row: row.row,
            external_id: named.unwrap_or_else(made_up),
            deal_external_id,
            at,
            amount: Money { micros, ..signed },
            kind,
        })
    }

    /// Without a word for it the sign decides.
    fn kind(&self, row: &TableRow, amount: Money) -> Result<PaymentRowKind, RowError> {
        let text = self.0.file.text(row, Field::PaymentKind);
        let by_sign = || {
            if amount.micros < 0 {
                PaymentRowKind::Refund
            } else {
                PaymentRowKind::Payment
            }
        };
        match text.to_lowercase().as_str() {
            "" => Ok(by_sign()),
            "payment" | "paid" | "charge" | "sale" | "оплата" | "платёж" | "платеж" | "wpłata"
            | "płatność" => Ok(PaymentRowKind::Payment),
            "refund" | "return" | "возврат" | "zwrot" => Ok(PaymentRowKind::Refund),
            "chargeback" | "чарджбэк" | "obciążenie zwrotne" => {
                Ok(PaymentRowKind::Chargeback)
            }
            _ => {
                let detail = format!("{} is neither payment nor refund", shortened(text));
                Err(wrong(
                    row,
                    Field::PaymentKind,
                    RowErrorCode::BadKind,
                    detail,
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    #[test]
    fn the_word_or_the_sign_tells_a_refund() {
        let file = "Payment id,Order,Date,Amount,Currency,Type\n\
            p1,A-1,2026-11-01,100,EUR,payment\n\
            ,A-1,2026-11-02,-40.5,,\n\
            p3,A-1,2026-11-03,10,,Возврат\n\
            p4,A-1,2026-11-03,10,,gift\n\
            p5,A-1,2026-11-03,10,gold,\n\
            p6,,2026-11-03,10,,\n";
        let mut table = Table::open(file.as_bytes()).unwrap();
        let sample = table.sample(10).unwrap();
        let options = RecordOptions {
            date_order: None,
            status_groups: Default::default(),
            columns: Default::default(),
            currency: "PLN".parse().unwrap(),
            time_zone: "UTC".into(),
            default_country: String::new(),
            source_label: String::new(),
            sheet: None,
            site: None,
            tool: None,
        };
        let plan = PaymentPlan::new(table.layout(), &options, &sample).unwrap();
        let rows: Vec<_> = table.map(|row| plan.read(&row.unwrap())).collect();
        let shown = |at: usize| {
            let row = rows[at].as_ref().unwrap();
            (
                row.external_id.as_str(),
                row.amount.to_string(),
                row.kind.name(),
            )
        };
        assert_eq!(shown(0), ("p1", "100.00 EUR".to_owned(), "payment"));
        assert_eq!(
            shown(1),
            ("A-1-1793577600000--40.50", "40.50 PLN".to_owned(), "refund")
        );
        assert_eq!(shown(2), ("p3", "10.00 PLN".to_owned(), "refund"));
        let code = |at: usize| rows[at].as_ref().unwrap_err().code;
        assert_eq!(code(3), RowErrorCode::BadKind);
        assert_eq!(code(4), RowErrorCode::BadCurrency);
        assert_eq!(code(5), RowErrorCode::MissingValue);
    }
}
