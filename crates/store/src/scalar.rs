//! How a typed value becomes a column and back.

use base::{
    BasisPoints, ChannelId, ClickIdKind, Currency, Day, DealId, FactId, ImportId, LeadId, LinkId,
    PaymentId, SiteId, Traffic, TrafficKey, UnixMillis, UserId, VisitId, VisitorId, WorkspaceId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::value::Raw;

const ESCAPED_NUL: &str = r"\u0000";

/// One value in one column.
pub(crate) trait Scalar: Sized {
    /// What the engines keep.
    type Raw: Raw;

    fn to_raw(&self) -> Self::Raw;

    /// `None` when the stored value does not fit.
    fn from_raw(raw: Self::Raw) -> Option<Self>;
}

macro_rules! plain {
    ($($name:ty),+) => {$(
        impl Scalar for $name {
            type Raw = $name;

            fn to_raw(&self) -> $name {
                self.clone()
            }

            fn from_raw(raw: $name) -> Option<Self> {
                Some(raw)
            }
        }
    )+};
}

macro_rules! counted {
    ($($name:ident),+ $(,)?) => {$(
        impl Scalar for $name {
            type Raw = i64;

            fn to_raw(&self) -> i64 {
                self.0
            }

            fn from_raw(raw: i64) -> Option<Self> {
                Some(Self(raw))
            }
        }
    )+};
}

/// Unsigned ids keep their bits in the signed column.
macro_rules! unsigned {
    ($($name:ident),+) => {$(
        impl Scalar for $name {
            type Raw = i64;

            fn to_raw(&self) -> i64 {
                self.0.cast_signed()
            }

            fn from_raw(raw: i64) -> Option<Self> {
                Some(Self(raw.cast_unsigned()))
            }
        }
    )+};
}

macro_rules! json {
    ($($name:ty),+) => {$(
        impl Scalar for $name {
            type Raw = String;

            fn to_raw(&self) -> String {
                to_json(self)
            }

            fn from_raw(raw: String) -> Option<Self> {
                from_json(&raw)
            }
        }
    )+};
}

plain!(i64, String, Vec<u8>);
counted!(
    WorkspaceId,
    UserId,
    SiteId,
    LinkId,
    ChannelId,
    LeadId,
    DealId,
    PaymentId,
    ImportId,
    UnixMillis,
);
counted!(
    BasisPoints,
    ApiKeyId,
    PasskeyId,
    ProviderLinkId,
    ServiceAccountId,
    SessionId,
    UploadId,
    InvitationId,
    MailId,
    CostDeclarationId,
    ManualCostId,
    AnnotationId,
    LeadRequestId,
    PersonId,
    PersonRequestId,
    OutboxId,
    TeamId,
    WebhookId,
    DeliveryId,
    ErasureId,
    ConversionTargetId,
    ConversionBatchId,
    SavedViewId,
    SegmentId,
    CustomMetricId,
    GoalId,
    GoalAlertId,
    GoalLookId,
    ShareLinkId,
    ReportScheduleId,
    ImportMappingId,
    ImportSourceId,
    ImportRunId,
);
unsigned!(VisitorId, VisitId, TrafficKey);
json!(Vec<String>, serde_json::Value, Traffic);

/// 0 or 1, which every engine compares and sorts alike.
impl Scalar for bool {
    type Raw = i64;

    fn to_raw(&self) -> i64 {
        i64::from(*self)
    }

    fn from_raw(raw: i64) -> Option<Self> {
        match raw {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// The variant's own name, so that a new click id needs no change here.
impl Scalar for ClickIdKind {
    type Raw = String;

    fn to_raw(&self) -> String {
        to_json(self).trim_matches('"').to_owned()
    }

    fn from_raw(raw: String) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(raw)).ok()
    }
}

impl Scalar for Day {
    type Raw = i64;

    fn to_raw(&self) -> i64 {
        i64::from(self.0)
    }

    fn from_raw(raw: i64) -> Option<Self> {
        i32::try_from(raw).ok().map(Self)
    }
}

impl Scalar for Currency {
    type Raw = String;

    fn to_raw(&self) -> String {
        self.code().to_owned()
    }

    fn from_raw(raw: String) -> Option<Self> {
        raw.parse().ok()
    }
}

/// Sixteen bytes, the most significant first, so that byte order is numeric order.
impl Scalar for FactId {
    type Raw = Vec<u8>;

    fn to_raw(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_raw(raw: Vec<u8>) -> Option<Self> {
        raw.try_into()
            .ok()
            .map(|bytes| Self(u128::from_be_bytes(bytes)))
    }
}

impl<T: Scalar> Scalar for Option<T>
where
    Option<T::Raw>: Raw,
{
    type Raw = Option<T::Raw>;

    fn to_raw(&self) -> Self::Raw {
        self.as_ref().map(Scalar::to_raw)
    }

    fn from_raw(raw: Self::Raw) -> Option<Self> {
        match raw {
            Some(value) => T::from_raw(value).map(Some),
            None => Some(None),
        }
    }
}

/// An id that only the store counts up.
macro_rules! own_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(out, "{}", self.0)
            }
        }
    )+};
}

own_id!(
    ApiKeyId,
    PasskeyId,
    ProviderLinkId,
    ServiceAccountId,
    SessionId,
    InvitationId,
    MailId,
    /// A file kept between preview and import.
    UploadId,
    /// What one import says about one platform and source.
    CostDeclarationId,
    ManualCostId,
    AnnotationId,
    /// A request as it came in, before anybody understood it.
    LeadRequestId,
    /// A customer or possible customer.
    PersonId,
    /// Somebody's request to be shown what is held, or to be erased.
    PersonRequestId,
    /// Place of a fact in the outbox; relays work in this order.
    OutboxId,
    TeamId,
    WebhookId,
    /// A message on its way to a webhook.
    DeliveryId,
    /// A request of somebody to be erased.
    ErasureId,
    /// What an ad platform is told of, and as what.
    ConversionTargetId,
    /// A file of conversions.
    ConversionBatchId,
    /// A question of a report under a name.
    SavedViewId,
    /// Filters of reports under a name.
    SegmentId,
    CustomMetricId,
    GoalId,
    GoalAlertId,
    GoalLookId,
    /// A link that shows a saved view.
    ShareLinkId,
    /// A saved view that is sent by and by.
    ReportScheduleId,
    /// How files with certain columns are read.
    ImportMappingId,
    /// A place that files are taken from regularly.
    ImportSourceId,
    /// A look at one.
    ImportRunId,
);

/// Values that the store keeps as JSON are maps with text keys, lists and plain structs: their
/// writing cannot fail. As in every text, there is no NUL in them: PostgreSQL reads none.
fn to_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    if json.contains(ESCAPED_NUL) {
        without_escaped_nul(&json)
    } else {
        json
    }
}

/// A backslash is always the first of two, so that `\\u0000` is no NUL.
fn without_escaped_nul(json: &str) -> String {
    let (mut clean, mut rest) = (String::with_capacity(json.len()), json);
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        clean.push_str(before);
        if let Some(after) = escaped.strip_prefix(ESCAPED_NUL) {
            rest = after;
            continue;
        }
        let pair = escaped
            .char_indices()
            .nth(2)
            .map_or(escaped.len(), |(end, _)| end);
        clean.push_str(&escaped[..pair]);
        rest = &escaped[pair..];
    }
    clean.push_str(rest);
    clean
}

fn from_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_nul_is_written_into_json_and_what_only_looks_like_one_stays() {
        let said = serde_json::json!({"a\0": ["\0b\0", r"\u0000", "\\\0c", "\n\0d\"", "é\0"]});
        let clean = serde_json::json!({"a": ["b", r"\u0000", "\\c", "\nd\"", "é"]});
        let written = to_json(&said);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&written).unwrap(),
            clean
        );
    }
}
