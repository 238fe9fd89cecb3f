//! What an import may be told of its file, as the document describes it.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use crate::words::{DateOrder, DealGroup, HistoryTool, KeepEarlier, MatchBy, VatInFile};

/// What the user decides about a file; what is absent is suggested from the file itself.
/// Only described: each kind of import reads the options that it knows and refuses the rest.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "fields stand for the options of all kinds in the document"
)]
pub(super) struct ImportOptions {
    /// The field of each column by its index from zero; `null` leaves the column out.
    columns: BTreeMap<String, Option<String>>,
    /// Costs: the traffic source that the spend belongs to.
    #[schema(nullable = false)]
    source: Option<String>,
    #[schema(nullable = false)]
    medium: Option<String>,
    #[schema(nullable = false)]
    platform: Option<String>,
    /// Of amounts without a currency of their own.
    #[schema(nullable = false)]
    currency: Option<String>,
    /// Of dates such as 3/4/2026, where the file itself does not tell.
    #[schema(value_type = Option<DateOrder>, required = false)]
    date_order: Option<String>,
    #[schema(value_type = VatInFile, required = false)]
    vat: Option<String>,
    /// Added to every cost, such as an agency's fee.
    #[schema(nullable = false)]
    mark_up_percent: Option<String>,
    #[schema(value_type = MatchBy, required = false)]
    r#match: Option<String>,
    /// Costs: campaigns of the file that are another one in reports.
    #[schema(nullable = false)]
    campaigns: Option<BTreeMap<String, String>>,
    /// Whether amounts are millionths.
    #[schema(nullable = false)]
    micros: Option<bool>,
    /// Costs: earlier amounts of the file's days and accounts that stay though the file does not
    /// say them: those of rejected rows, all, or none.
    #[schema(value_type = KeepEarlier, required = false)]
    keep_earlier: Option<String>,
    /// Leads, deals, payments: the zone of times without one.
    #[schema(nullable = false)]
    time_zone: Option<String>,
    /// Of phone numbers without a country code.
    #[schema(nullable = false)]
    default_country: Option<String>,
    #[schema(nullable = false)]
    source_label: Option<String>,
    /// Deals: what statuses stand for that nobody has mapped yet; a mapped one stays as it is.
    #[schema(value_type = BTreeMap<String, DealGroup>, required = false)]
    status_groups: Option<BTreeMap<String, String>>,
    /// Of a workbook: the name of the sheet that is read.
    #[schema(nullable = false)]
    sheet: Option<String>,
    /// History: the site that the days are of.
    #[schema(nullable = false)]
    site: Option<i64>,
    /// History: who counted.
    #[schema(value_type = HistoryTool, required = false)]
    tool: Option<String>,
}
