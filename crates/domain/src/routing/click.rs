//! A click as rules see it.

use std::borrow::Cow;
use std::cell::OnceCell;

use base::{BotReason, Country, Device, UnixMillis};

use crate::label::folded;

/// What is known of a click. Empty text is unknown.
#[derive(Debug, Clone, Copy)]
pub struct Click<'c> {
    pub at: UnixMillis,
    pub country: Country,
    pub region: &'c str,
    pub city: &'c str,
    pub device: Device,
    pub os: &'c str,
    pub os_version: &'c str,
    pub browser: &'c str,
    pub browser_version: &'c str,
    /// The first that the browser asks for, without the country, e.g. `pl`.
    pub language: &'c str,
    pub isp: &'c str,
    pub asn: Option<u32>,
    pub connection: Option<Connection>,
    pub proxy: Proxy,
    pub sender: Sender,
    /// The whole address.
    pub referrer: &'c str,
    pub keyword: &'c str,
    /// Of the click's address, decoded. Where a name comes twice, the first one counts.
    pub parameters: &'c [(Cow<'c, str>, Cow<'c, str>)],
    /// Sub ids from the first on.
    pub subs: &'c [Cow<'c, str>],
}

/// How the visitor is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    Cable,
    Cellular,
    Corporate,
    Dialup,
    Satellite,
}

/// Whether a proxy or VPN stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    Unknown,
    No,
    Yes,
}

/// Who clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Unknown,
    Person,
    Machine(BotReason),
}

impl<'c> Click<'c> {
    /// A click of which nothing is known but its time.
    #[must_use]
    pub fn unknown(at: UnixMillis) -> Self {
        Self {
            at,
            country: Country::UNKNOWN,
            region: "",
            city: "",
            device: Device::Unknown,
            os: "",
            os_version: "",
            browser: "",
            browser_version: "",
            language: "",
            isp: "",
            asn: None,
            connection: None,
            proxy: Proxy::Unknown,
            sender: Sender::Unknown,
            referrer: "",
            keyword: "",
            parameters: &[],
            subs: &[],
        }
    }

    pub(super) fn parameter(&self, name: &str) -> &'c str {
        let mut pairs = self.parameters.iter();
        let found = pairs.find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub(super) fn sub(&self, index: usize) -> &'c str {
        self.subs.get(index).map_or("", |value| value)
    }

    fn text(&self, field: TextField) -> &'c str {
        match field {
            TextField::Region => self.region,
            TextField::City => self.city,
            TextField::Os => self.os,
            TextField::OsVersion => self.os_version,
            TextField::Browser => self.browser,
            TextField::BrowserVersion => self.browser_version,
            TextField::Language => self.language,
            TextField::Isp => self.isp,
            TextField::Referrer => self.referrer,
            TextField::Keyword => self.keyword,
        }
    }
}

/// Parts of a click that are one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextField {
    Region,
    City,
    Os,
    OsVersion,
    Browser,
    BrowserVersion,
    Language,
    Isp,
    Referrer,
    Keyword,
}

const TEXT_FIELDS: usize = 10;

/// A text of the click, as it came and as patterns compare it.
#[derive(Debug)]
pub(super) struct Text<'c> {
    pub(super) raw: &'c str,
    pub(super) folded: Cow<'c, str>,
}

impl<'c> Text<'c> {
    pub(super) fn new(text: &'c str) -> Self {
        let raw = text.trim();
        let is_folded = raw
            .bytes()
            .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let folded = match is_folded {
            true => Cow::Borrowed(raw),
            false => Cow::Owned(folded(raw)),
        };
        Self { raw, folded }
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.raw.is_empty()
    }
}

/// A click whose texts are folded when the first filter asks, and once for all filters.
pub(super) struct FoldedClick<'c> {
    pub(super) click: &'c Click<'c>,
    texts: [OnceCell<Text<'c>>; TEXT_FIELDS],
}

impl<'c> FoldedClick<'c> {
    pub(super) fn new(click: &'c Click<'c>) -> Self {
        Self {
            click,
            texts: [const { OnceCell::new() }; TEXT_FIELDS],
        }
    }

    pub(super) fn text(&self, field: TextField) -> &Text<'c> {
        let index = match field {
            TextField::Region => 0,
            TextField::City => 1,
            TextField::Os => 2,
            TextField::OsVersion => 3,
            TextField::Browser => 4,
            TextField::BrowserVersion => 5,
            TextField::Language => 6,
            TextField::Isp => 7,
            TextField::Referrer => 8,
            TextField::Keyword => 9,
        };
        self.texts[index].get_or_init(|| Text::new(self.click.text(field)))
    }
}
