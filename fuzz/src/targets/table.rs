//! An uploaded file of any bytes: its table, the platform it is from, and its rows as each kind.

use std::collections::BTreeMap;
use std::io::{self, Read};

use connect::columns::Format;
use connect::costs::{CostPlan, suggest};
use connect::deals::DealPlan;
use connect::leads::LeadPlan;
use connect::payments::PaymentPlan;
use connect::plan::RecordOptions;
use connect::table::{Table, TableRow, preview};
use domain::contact::{Email, Phone};

const SAMPLE_ROWS: usize = 20;

pub(crate) fn run(bytes: &[u8]) {
    let rows = all_rows(bytes);
    assert_eq!(
        all_rows(OneByOne(bytes)),
        rows,
        "however it comes, it is the same table"
    );
    let Some(rows) = rows else { return };
    let seen = preview(Table::open(bytes).unwrap(), SAMPLE_ROWS).unwrap();
    assert_eq!(seen.rows_total, u64::try_from(rows.len()).unwrap());
    let shown = rows.len().min(SAMPLE_ROWS);
    assert_eq!(seen.rows, rows[..shown]);
    let numbers = rows.iter().map(|row| row.row);
    assert!(numbers.is_sorted(), "rows are numbered from the top");
    let _ = Format::of(&seen.layout);
    let options = options();
    let suggested = suggest(&seen.layout, &seen.rows, options.currency);
    if let Ok(plan) = CostPlan::new(&seen.layout, suggested, &seen.rows) {
        let costs = rows.iter().filter_map(|row| plan.read(row).ok());
        for cost in costs {
            assert!(cost.impressions >= 0 && cost.clicks.is_none_or(|clicks| clicks >= 0));
        }
    }
    if let Ok(plan) = LeadPlan::new(&seen.layout, &options, &seen.rows) {
        for lead in rows.iter().filter_map(|row| plan.read(row).ok()) {
            check_contacts(lead.phone.as_ref(), lead.email.as_ref());
        }
    }
    if let Ok(mut plan) = DealPlan::new(&seen.layout, &options, &seen.rows) {
        for deal in rows.iter().filter_map(|row| plan.read(row).ok()) {
            assert!(!deal.external_id.is_empty(), "a deal can be named");
            check_contacts(deal.phone.as_ref(), deal.email.as_ref());
        }
    }
    if let Ok(plan) = PaymentPlan::new(&seen.layout, &options, &seen.rows) {
        let payments = rows.iter().filter_map(|row| plan.read(row).ok());
        payments.for_each(|payment| assert!(payment.amount.micros >= 0));
    }
}

/// A contact is kept in one spelling: reading what is kept changes nothing.
fn check_contacts(phone: Option<&Phone>, email: Option<&Email>) {
    if let Some(phone) = phone {
        let again = Phone::parse(phone.as_str(), base::Country(*b"US"));
        assert_eq!(again.as_ref(), Ok(phone), "E.164 needs no country");
    }
    if let Some(email) = email {
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(email));
    }
}

/// `None` where there is no table, or none to its end.
fn all_rows(reader: impl Read) -> Option<Vec<TableRow>> {
    Table::open(reader).ok()?.collect::<Result<_, _>>().ok()
}

/// A file that comes a byte at a time.
struct OneByOne<'a>(&'a [u8]);

impl Read for OneByOne<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(1);
        self.0.read(&mut buffer[..count])
    }
}

fn options() -> RecordOptions {
    RecordOptions {
        columns: BTreeMap::new(),
        currency: "EUR".parse().unwrap(),
        date_order: None,
        status_groups: BTreeMap::new(),
        time_zone: "Europe/Warsaw".into(),
        default_country: "pl".into(),
        source_label: String::new(),
        sheet: None,
        site: None,
        tool: None,
    }
}
