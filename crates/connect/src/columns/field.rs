//! The fields that an import can hold, and which kind of import holds which.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Costs,
    Leads,
    Deals,
    Payments,
    /// Days that another tool counted.
    History,
}

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Local day of the ad account.
    Day,
    /// Of a row about several days, which is only read where it is the same one.
    LastDay,
    Platform,
    Account,
    Campaign,
    CampaignId,
    AdGroup,
    AdGroupId,
    Ad,
    AdId,
    Keyword,
    Source,
    Medium,
    Impressions,
    Clicks,
    Conversions,
    ConversionValue,
    Cost,
    /// VAT amount, not a rate.
    Vat,
    /// Yes or no, for the cost of its row.
    VatIncluded,
    Currency,
    ExternalId,
    /// When it happened.
    At,
    Name,
    Phone,
    Email,
    Message,
    /// Our visit number.
    Visit,
    ClickId,
    Status,
    Form,
    Page,
    Title,
    Amount,
    CostOfGoods,
    CreatedAt,
    PaidAt,
    LeadExternalId,
    /// The shop's own id of the customer.
    Customer,
    /// Who is responsible, by whatever the file names them.
    Responsible,
    DealExternalId,
    #[serde(rename = "kind")]
    PaymentKind,
    Visitors,
    Visits,
    PageViews,
    Bounces,
    /// Of visits.
    BounceRate,
    /// How long visits lasted, added up.
    VisitSeconds,
    /// How long a visit lasted.
    AverageSeconds,
    Events,
    /// Both in one cell: `google / cpc`.
    SourceMedium,
    Referrer,
    Host,
    LandingPage,
    ExitPage,
    Country,
    Device,
    Browser,
    System,
    Event,
}

/// No field or kind has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of an import's kind or field")]
pub struct FieldError(pub String);

impl Kind {
    pub const ALL: [Self; 5] = [
        Self::Costs,
        Self::Leads,
        Self::Deals,
        Self::Payments,
        Self::History,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Costs => "costs",
            Self::Leads => "leads",
            Self::Deals => "deals",
            Self::Payments => "payments",
            Self::History => "history",
        }
    }

    /// All fields of the kind, in the order they are offered.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Costs => COST_FIELDS,
            Self::Leads => LEAD_FIELDS,
            Self::Deals => DEAL_FIELDS,
            Self::Payments => PAYMENT_FIELDS,
            Self::History => HISTORY_FIELDS,
        }
    }

    /// The fields without which nothing can be imported.
    #[must_use]
    pub fn required(self) -> &'static [Field] {
        match self {
            Self::Costs => &[Field::Day, Field::Cost],
            Self::Leads => &[],
            Self::Deals => &[Field::Amount, Field::CreatedAt],
            Self::Payments => &[Field::DealExternalId, Field::At, Field::Amount],
            Self::History => &[Field::Day],
        }
    }
}

impl FromStr for Kind {
    type Err = FieldError;

    fn from_str(name: &str) -> Result<Self, FieldError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| FieldError(name.to_owned()))
    }
}

impl Field {
    /// The name in the API and in options.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.names().0
    }

    /// The title in English.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Day => ("day", "Day"),
            Self::LastDay => ("last_day", "Last day"),
            Self::Platform => ("platform", "Platform"),
            Self::Account => ("account", "Account"),
            Self::Campaign => ("campaign", "Campaign"),
            Self::CampaignId => ("campaign_id", "Campaign id"),
            Self::AdGroup => ("ad_group", "Ad group"),
            Self::AdGroupId => ("ad_group_id", "Ad group id"),
            Self::Ad => ("ad", "Ad"),
            Self::AdId => ("ad_id", "Ad id"),
            Self::Keyword => ("keyword", "Keyword"),
            Self::Source => ("source", "Source"),
            Self::Medium => ("medium", "Medium"),
            Self::Impressions => ("impressions", "Impressions"),
            Self::Clicks => ("clicks", "Clicks"),
            Self::Conversions => ("conversions", "Conversions"),
            Self::ConversionValue => ("conversion_value", "Conversion value"),
            Self::Cost => ("cost", "Cost"),
            Self::Vat => ("vat", "VAT"),
            Self::VatIncluded => ("vat_included", "VAT included"),
            Self::Currency => ("currency", "Currency"),
            Self::ExternalId => ("external_id", "Id"),
            Self::At => ("at", "Date and time"),
            Self::Name => ("name", "Name"),
            Self::Phone => ("phone", "Phone"),
            Self::Email => ("email", "E-mail"),
            Self::Message => ("message", "Message"),
            Self::Visit => ("visit", "Visit number"),
            Self::ClickId => ("click_id", "Click id"),
            Self::Status => ("status", "Status"),
            Self::Form => ("form", "Form"),
            Self::Page => ("page", "Page"),
            Self::Title => ("title", "Title"),
            Self::Amount => ("amount", "Amount"),
            Self::CostOfGoods => ("cost_of_goods", "Cost of goods"),
            Self::CreatedAt => ("created_at", "Created"),
            Self::PaidAt => ("paid_at", "Paid"),
            Self::LeadExternalId => ("lead_external_id", "Lead id"),
            Self::Customer => ("customer", "Customer id"),
            Self::Responsible => ("responsible", "Responsible person"),
            Self::DealExternalId => ("deal_external_id", "Deal id"),
            Self::PaymentKind => ("kind", "Kind of payment"),
            Self::Visitors => ("visitors", "Visitors"),
            Self::Visits => ("visits", "Visits"),
            Self::PageViews => ("page_views", "Page views"),
            Self::Bounces => ("bounces", "Bounces"),
            Self::BounceRate => ("bounce_rate", "Bounce rate"),
            Self::VisitSeconds => ("visit_seconds", "Seconds of visits"),
            Self::AverageSeconds => ("average_seconds", "Seconds per visit"),
            Self::Events => ("events", "Events"),
            Self::SourceMedium => ("source_medium", "Source / medium"),
            Self::Referrer => ("referrer", "Referrer"),
            Self::Host => ("host", "Host"),
            Self::LandingPage => ("landing_page", "Landing page"),
            Self::ExitPage => ("exit_page", "Exit page"),
            Self::Country => ("country", "Country"),
            Self::Device => ("device", "Device"),
            Self::Browser => ("browser", "Browser"),
            Self::System => ("os", "Operating system"),
            Self::Event => ("event", "Event"),
        }
    }
}

impl FromStr for Field {
    type Err = FieldError;

    fn from_str(key: &str) -> Result<Self, FieldError> {
        Kind::ALL
            .into_iter()
            .flat_map(Kind::fields)
            .copied()
            .find(|field| field.key() == key)
            .ok_or_else(|| FieldError(key.to_owned()))
    }
}

const COST_FIELDS: &[Field] = &[
    Field::Day,
    Field::LastDay,
    Field::Platform,
    Field::Account,
    Field::Campaign,
    Field::CampaignId,
    Field::AdGroup,
    Field::AdGroupId,
    Field::Ad,
    Field::AdId,
    Field::Keyword,
    Field::Source,
    Field::Medium,
    Field::Impressions,
    Field::Clicks,
    Field::Cost,
    Field::Vat,
    Field::VatIncluded,
    Field::Currency,
    Field::Conversions,
    Field::ConversionValue,
];

const LEAD_FIELDS: &[Field] = &[
    Field::ExternalId,
    Field::At,
    Field::Name,
    Field::Phone,
    Field::Email,
    Field::Message,
    Field::Visit,
    Field::ClickId,
    Field::Status,
    Field::Responsible,
    Field::Form,
    Field::Page,
    Field::Source,
    Field::Medium,
    Field::Campaign,
    Field::AdGroup,
    Field::Ad,
    Field::Keyword,
];

const DEAL_FIELDS: &[Field] = &[
    Field::ExternalId,
    Field::Title,
    Field::Status,
    Field::Amount,
    Field::CostOfGoods,
    Field::Currency,
    Field::CreatedAt,
    Field::PaidAt,
    Field::Visit,
    Field::LeadExternalId,
    Field::Customer,
    Field::Name,
    Field::Phone,
    Field::Email,
    Field::Responsible,
    Field::Source,
    Field::Medium,
    Field::Campaign,
];

const PAYMENT_FIELDS: &[Field] = &[
    Field::ExternalId,
    Field::DealExternalId,
    Field::At,
    Field::Amount,
    Field::Currency,
    Field::PaymentKind,
];

const HISTORY_FIELDS: &[Field] = &[
    Field::Day,
    Field::Visitors,
    Field::Visits,
    Field::PageViews,
    Field::Bounces,
    Field::BounceRate,
    Field::VisitSeconds,
    Field::AverageSeconds,
    Field::Events,
    Field::Source,
    Field::Medium,
    Field::SourceMedium,
    Field::Campaign,
    Field::Ad,
    Field::Keyword,
    Field::Referrer,
    Field::Host,
    Field::Page,
    Field::LandingPage,
    Field::ExitPage,
    Field::Country,
    Field::Device,
    Field::Browser,
    Field::System,
    Field::Event,
];
