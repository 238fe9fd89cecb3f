//! Words everyone shares: typed ids, money, ratios, time and the fact record.
//!
//! This crate knows no I/O, no async, no SQL and no HTTP.

mod fact;
mod id;
mod money;
mod ratio;
mod repeats;
mod time;
mod traffic;

pub use fact::{
    Agent, BotReason, ClickIdKind, CostFact, Country, Device, Fact, FactFormatError, Hit, HitKind,
    LeadState, Outcome, OutcomeKind, Page,
};
pub use id::{
    ChannelId, DealId, FactId, IdError, ImportId, LeadId, LinkId, PaymentId, SiteId, TrafficKey,
    UserId, VisitId, VisitorId, WorkspaceId,
};
pub use money::{
    BasisPoints, Currency, MICROS_PER_UNIT, Money, MoneyError, allocate, parse_decimal_micros,
};
pub use ratio::Ratio;
pub use repeats::Repeats;
pub use time::{Day, DayRange, TimeZone, TimeZoneError, UnixMillis};
pub use traffic::Traffic;
