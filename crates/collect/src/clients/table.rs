//! One table: which field of each protocol is which of ours. What is read by it is plain text; what
//! it means is for `domain` and the doors.

use std::borrow::Cow;

use serde::de::Deserialize as _;
use serde_json::Value;

use crate::json::Properties;

/// What an event tells, whoever's client tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// Id, key or domain of the site.
    Site,
    /// What happened: a page view, an engagement, or a name of the sender's own.
    Name,
    /// The sender's id of the event.
    Id,
    /// The page's address.
    Page,
    /// The host of a page whose address is a path.
    Host,
    Referrer,
    Title,
    /// Address of a link or file, name of a form.
    Link,
    Amount,
    Currency,
    Properties,
    EngagedMs,
    ScrollPercent,
    Interactive,
    /// Whether the fragment is part of the page.
    Fragment,
    // What follows counts only with a key: anybody could say so.
    Visitor,
    User,
    /// When it happened, as the protocol writes times.
    At,
    /// When it was sent, by the same clock.
    SentAt,
    Address,
    Agent,
}

/// The way to a value in an item, by dots, and what it is. Of several ways to one field the first
/// that leads to something counts.
type Row = (&'static str, Field);

use Field::{
    Address, Agent, Amount, At, Currency, EngagedMs, Fragment, Host, Id, Interactive, Link, Name,
    Page, Properties as Props, Referrer, ScrollPercent, SentAt, Site, Title, User, Visitor,
};

/// Short and long names.
pub(super) const PLAUSIBLE: &[Row] = &[
    ("n", Name),
    ("name", Name),
    ("u", Page),
    ("url", Page),
    ("d", Site),
    ("domain", Site),
    ("r", Referrer),
    ("referrer", Referrer),
    ("p", Props),
    ("props", Props),
    ("m", Props),
    ("meta", Props),
    ("$.amount", Amount),
    ("revenue.amount", Amount),
    ("$.currency", Currency),
    ("revenue.currency", Currency),
    ("i", Interactive),
    ("interactive", Interactive),
    ("h", Fragment),
    ("hashMode", Fragment),
    ("sd", ScrollPercent),
    ("e", EngagedMs),
];

/// Without what stands around it.
pub(super) const UMAMI: &[Row] = &[
    ("website", Site),
    ("name", Name),
    ("url", Page),
    ("hostname", Host),
    ("referrer", Referrer),
    ("title", Title),
    ("data", Props),
    ("data.revenue", Amount),
    ("data.currency", Currency),
    ("id", User),
    ("timestamp", At),
    ("ip", Address),
    ("userAgent", Agent),
];

/// Parameters of the address or of a body in the same form.
pub(super) const MATOMO: &[Row] = &[
    ("idsite", Site),
    ("e_a", Name),
    ("url", Page),
    ("urlref", Referrer),
    ("action_name", Title),
    ("link", Link),
    ("download", Link),
    ("ec_id", Id),
    ("revenue", Amount),
    ("currency", Currency),
    ("uid", User),
    ("_id", Visitor),
    ("cid", Visitor),
    ("cdt", At),
    ("cip", Address),
    ("ua", Agent),
];

/// An event, with what the request says for all of them beside it.
pub(super) const GA4: &[Row] = &[
    ("name", Name),
    ("params.page_location", Page),
    ("params.page_referrer", Referrer),
    ("params.page_title", Title),
    ("params.link_url", Link),
    ("params.transaction_id", Id),
    ("params.value", Amount),
    ("params.currency", Currency),
    ("params.engagement_time_msec", EngagedMs),
    ("params", Props),
    ("client_id", Visitor),
    ("user_id", User),
    ("timestamp_micros", At),
    ("ip_override", Address),
    ("device.user_agent", Agent),
];

/// An item of a batch or a request of its own.
pub(super) const SEGMENT: &[Row] = &[
    ("site", Site),
    ("event", Name),
    ("messageId", Id),
    ("context.page.url", Page),
    ("context.page.referrer", Referrer),
    ("context.page.title", Title),
    ("properties.revenue", Amount),
    ("properties.currency", Currency),
    ("properties", Props),
    ("anonymousId", Visitor),
    ("userId", User),
    ("timestamp", At),
    ("sentAt", SentAt),
    ("context.ip", Address),
    ("context.userAgent", Agent),
];

/// What a call of `page` says besides: of other events these are anything.
pub(super) const SEGMENT_PAGE: &[Row] = &[
    ("properties.url", Page),
    ("properties.referrer", Referrer),
    ("properties.title", Title),
];

/// Names by which the house's own script tells of what a page alone can know.
const RESERVED: [&str; 8] = [
    "pageview",
    "page_view",
    "engagement",
    "outbound",
    "download",
    "form",
    "consent",
    "revenue",
];

/// An event in our fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    values: Vec<(Field, String)>,
    pub(super) properties: Vec<(String, String)>,
}

impl Told {
    /// Reads an item by the table of its protocol.
    pub(super) fn read(rows: &[Row], item: &Value) -> Self {
        let mut told = Self::default();
        for (way, field) in rows {
            let Some(value) = find(item, way) else {
                continue;
            };
            if *field == Props {
                if told.properties.is_empty() {
                    told.properties = properties(&value);
                }
            } else if told.get(*field).is_empty()
                && let Some(text) = text(&value)
            {
                let is_sum = *field == Amount;
                told.set(*field, if is_sum { amount(&value, text) } else { text });
            }
        }
        told
    }

    /// Empty where nothing was told.
    pub(super) fn get(&self, field: Field) -> &str {
        let found = self.values.iter().find(|(known, _)| *known == field);
        found.map_or("", |(_, text)| text)
    }

    pub(super) fn set(&mut self, field: Field, text: impl Into<String>) {
        self.values.retain(|(known, _)| *known != field);
        self.values.push((field, text.into()));
    }

    /// A name of the sender's own is never taken for one of ours.
    pub(super) fn keep_own_name(&mut self) {
        let name = self.get(Name).trim().to_owned();
        if RESERVED.contains(&name.as_str()) {
            self.set(Name, format!("{name} event"));
        }
    }

    /// What is told of the event by a name of the sender's own, taken out of the properties.
    pub(super) fn take_property(&mut self, name: &str) -> Option<String> {
        let at = self
            .properties
            .iter()
            .position(|(known, _)| known == name)?;
        Some(self.properties.remove(at).1)
    }
}

/// What a way leads to. Some clients send objects as texts of JSON.
fn find<'v>(item: &'v Value, way: &str) -> Option<Cow<'v, Value>> {
    let mut found = Cow::Borrowed(item);
    for name in way.split('.') {
        let next = match &found {
            Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed),
            Cow::Owned(value) => value.get(name).cloned().map(Cow::Owned),
        }?;
        let object = next.as_str().filter(|text| text.starts_with('{'));
        found = match object.and_then(|text| serde_json::from_str(text).ok()) {
            Some(object) => Cow::Owned(object),
            None => next,
        };
    }
    Some(found)
}

/// Sums of numbers that JavaScript adds up have more digits than money has.
fn amount(value: &Value, text: String) -> String {
    match value.as_f64().filter(|_| value.is_number()) {
        Some(number) => format!("{number:.6}"),
        None => text,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What is kept of an object of properties.
pub(super) fn properties(value: &Value) -> Vec<(String, String)> {
    Properties::deserialize(value).unwrap_or_default().0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_way_that_leads_to_something_counts() {
        let item = json!({"n": "", "name": "long", "u": 7, "url": "x", "d": null, "r": ["no"]});
        let told = Told::read(PLAUSIBLE, &item);
        let found = [Name, Page, Site, Referrer].map(|field| told.get(field).to_owned());
        assert_eq!(found, ["long", "7", "", ""]);
    }

    #[test]
    fn objects_come_as_such_or_as_texts() {
        let plain = json!({"p": {"a": 1, "b": [2]}, "$": {"amount": "1.5", "currency": "EUR"}});
        let texts = json!({"p": plain["p"].to_string(), "$": plain["$"].to_string()});
        for item in [plain, texts] {
            let told = Told::read(PLAUSIBLE, &item);
            assert_eq!(told.properties, [("a".to_owned(), "1".to_owned())]);
            assert_eq!((told.get(Amount), told.get(Currency)), ("1.5", "EUR"));
        }
    }
}
