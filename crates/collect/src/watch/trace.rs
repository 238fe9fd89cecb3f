//! What is noted of one request while somebody watches: what was read, and each decision.

use std::collections::{HashMap, VecDeque};

use base::{FactId, Hit, SiteId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shown::{shown, shown_value, to_be_shown};
use crate::{DropReason, Request};

/// Events of a request that are noted one by one: more than any door takes at once.
const EVENTS_MAX: usize = 3_000;
/// What is noted of their fields altogether; events after that are noted without.
const TEXT_BYTES_MAX: usize = 1 << 20;
const FIELDS_MAX: usize = 40;
const NAME_BYTES_MAX: usize = 100;
const VALUE_BYTES_MAX: usize = 500;

/// One event of a request, or so many that share their fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedEvent {
    pub site: Option<SiteId>,
    pub tie: WatchTie,
    pub count: u64,
    /// Fields as they were read.
    pub read: Vec<(String, String)>,
    /// What was decided on the way, with a word on it.
    pub decisions: Vec<(String, String)>,
    /// The fields of the fact that was made of it.
    pub fact: Vec<(String, String)>,
    pub end: WatchedEnd,
}

/// Why it is shown with a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchTie {
    /// It is the site's.
    Site,
    /// It reached no site, and names this one or comes from its pages.
    Guess,
    /// It is the workspace's, and of no site.
    Workspace,
    /// Nobody knows whose it is.
    Nobody,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchedEnd {
    /// The sender hung up before that was known.
    Open,
    /// There was nothing to store.
    Answered,
    Stored {
        fact: String,
    },
    Dropped {
        reason: String,
        /// The field to mend, where it is one.
        field: Option<String>,
        detail: String,
    },
}

/// What is noted of a request. Nothing is hidden yet: that waits until somebody is to see it.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(super) events: Vec<TracedEvent>,
    /// The events that a fact was made of, and whose end is not known.
    facts: HashMap<FactId, VecDeque<usize>>,
    text_bytes: usize,
    at: At,
    pub(super) unlisted: u64,
    because: (Option<&'static str>, &'static str),
}

/// As [`WatchedEvent`], with texts as they came.
#[derive(Debug)]
pub(super) struct TracedEvent {
    pub(super) site: Option<SiteId>,
    pub(super) count: u64,
    read: Vec<(String, String)>,
    decisions: Vec<(String, String)>,
    fact: Vec<(String, String)>,
    end: WatchedEnd,
}

/// Whose an event is, as far as that can be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) site: Option<SiteId>,
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) tie: WatchTie,
}

/// Whether the fields of an event are shown as they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadFields {
    Shown,
    LeftOut,
}

/// Which event is spoken of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    Nowhere,
    Event(usize),
    /// One that is not listed.
    Unlisted,
}

impl Trace {
    /// An event was read. What is said from now on is of it; the number is for coming back to it.
    pub(crate) fn begin(&mut self, read: Vec<(&str, String)>) -> usize {
        if self.events.len() >= EVENTS_MAX {
            self.at = At::Unlisted;
            self.unlisted += 1;
            return usize::MAX;
        }
        let read = self.noted(read);
        self.add(TracedEvent {
            read,
            ..TracedEvent::of(None, 1, WatchedEnd::Open)
        })
    }

    /// As [`Self::begin`], of a click.
    pub(crate) fn begin_click(&mut self, request: &Request<'_>) -> usize {
        let read = [("link", request.path), ("query", request.query)];
        self.begin(read.map(|(name, text)| (name, text.to_owned())).into())
    }

    /// As [`Self::begin`], of a JSON object.
    pub(crate) fn begin_object(&mut self, event: &Value) -> usize {
        let read = event.as_object().into_iter().flatten();
        let read = read.map(|(name, value)| {
            let text = value.as_str().map(ToOwned::to_owned);
            (name.as_str(), text.unwrap_or_else(|| value.to_string()))
        });
        self.begin(read.collect())
    }

    pub(crate) fn go_on(&mut self, index: usize) {
        self.at = match index < self.events.len() {
            true => At::Event(index),
            false => At::Unlisted,
        };
    }

    /// The same with the event that a fact was made of, and whose end is not known.
    pub(crate) fn go_on_with(&mut self, fact: FactId) {
        let found = self.facts.get_mut(&fact).and_then(VecDeque::pop_front);
        self.at = found.map_or(At::Unlisted, At::Event);
    }

    /// Something was decided.
    pub(crate) fn decide(&mut self, what: &str, word: impl Into<String>) {
        if let Some(event) = self.current() {
            event.decisions.push((what.to_owned(), word.into()));
        }
    }

    /// Why the event is about to be dropped, beside the reason.
    pub(crate) fn because(&mut self, field: Option<&'static str>, detail: &'static str) {
        self.because = (field, detail);
    }

    /// A fact was made of the event; it is on its way to the log.
    pub(crate) fn draft(&mut self, hit: &Hit) {
        if let At::Event(index) = self.at {
            let of_fact = self.facts.entry(hit.fact_id()).or_default();
            of_fact.push_back(index);
            let fact = self.noted(fields_of(hit));
            if let Some(event) = self.current() {
                event.site = hit.site;
                event.fact = fact;
            }
        }
        let visit = if hit.visits > 0 { "new" } else { "same" };
        self.decide("visit", visit);
        if let Some(bot) = hit.bot {
            self.decide("bot", bot.name());
        }
        self.at = At::Nowhere;
    }

    pub(crate) fn stored(&mut self, hit: &Hit) {
        self.go_on_with(hit.fact_id());
        let fact = hit.fact_id().to_string();
        self.end(WatchedEnd::Stored { fact });
    }

    /// There was nothing to store of it.
    pub(crate) fn answered(&mut self, site: Option<SiteId>) {
        if let Some(event) = self.current() {
            event.site = site;
        }
        self.end(WatchedEnd::Answered);
    }

    pub(crate) fn dropped(&mut self, site: Option<SiteId>, reason: DropReason, count: u64) {
        let (field, detail) = std::mem::take(&mut self.because);
        let end = WatchedEnd::Dropped {
            reason: reason.name().to_owned(),
            field: field.map(ToOwned::to_owned),
            detail: detail.to_owned(),
        };
        match self.at {
            At::Unlisted => self.at = At::Nowhere,
            At::Event(_) => {
                if let Some(event) = self.current() {
                    event.site = site.or(event.site);
                }
                self.end(end);
            }
            At::Nowhere if count > 0 && self.events.len() < EVENTS_MAX => {
                self.add(TracedEvent::of(site, count, end));
                self.at = At::Nowhere;
            }
            At::Nowhere => self.unlisted += count,
        }
    }

    /// Fields that say something, as far as there is room for them.
    fn noted<N: AsRef<str>>(&mut self, fields: Vec<(N, String)>) -> Vec<(String, String)> {
        let told = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let mut noted = Vec::new();
        for (name, value) in told.take(FIELDS_MAX) {
            let name = to_be_shown(name.as_ref(), NAME_BYTES_MAX);
            let value = to_be_shown(&value, VALUE_BYTES_MAX);
            self.text_bytes += name.len() + value.len();
            if self.text_bytes > TEXT_BYTES_MAX {
                break;
            }
            noted.push((name.to_owned(), value.to_owned()));
        }
        noted
    }

    fn add(&mut self, event: TracedEvent) -> usize {
        let index = self.events.len();
        self.events.push(event);
        self.at = At::Event(index);
        index
    }

    fn end(&mut self, end: WatchedEnd) {
        if let Some(event) = self.current() {
            event.end = end;
        }
        self.at = At::Nowhere;
    }

    fn current(&mut self) -> Option<&mut TracedEvent> {
        match self.at {
            At::Event(index) => self.events.get_mut(index),
            At::Nowhere | At::Unlisted => None,
        }
    }
}

impl TracedEvent {
    pub(super) fn of(site: Option<SiteId>, count: u64, end: WatchedEnd) -> Self {
        Self {
            site,
            count,
            read: Vec::new(),
            decisions: Vec::new(),
            fact: Vec::new(),
            end,
        }
    }

    /// A field as it was read.
    pub(super) fn read(&self, name: &str) -> &str {
        let mut fields = self.read.iter();
        fields
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// As somebody may see it.
    pub(super) fn shown(&self, tie: WatchTie, read: ReadFields) -> WatchedEvent {
        WatchedEvent {
            site: self.site,
            tie,
            count: self.count,
            read: match read {
                ReadFields::Shown => shown_fields(&self.read),
                ReadFields::LeftOut => Vec::new(),
            },
            decisions: shown_fields(&self.decisions),
            fact: shown_fields(&self.fact),
            end: self.end.clone(),
        }
    }
}

impl WatchedEvent {
    /// Leaves only what became of it.
    pub(super) fn drop_fields(&mut self) {
        self.read.clear();
        self.decisions.clear();
        self.fact.clear();
    }
}

fn shown_fields(fields: &[(String, String)]) -> Vec<(String, String)> {
    let told = fields.iter().map(|(name, value)| {
        let value = shown_value(name, value, VALUE_BYTES_MAX);
        (shown(name, NAME_BYTES_MAX), value)
    });
    told.collect()
}

/// What a fact says, as far as it says something.
fn fields_of(hit: &Hit) -> Vec<(String, String)> {
    let mut fields = vec![
        ("kind", hit.kind.name().to_owned()),
        ("at", hit.at.rfc3339()),
        ("page", format!("{}{}", hit.page.host, hit.page.path)),
        ("title", hit.page.title.clone()),
        ("name", hit.name.clone()),
    ];
    if let Some(touch) = hit.touch.as_deref() {
        fields.extend([
            ("source", touch.source.clone()),
            ("medium", touch.medium.clone()),
            ("campaign", touch.campaign.clone()),
            ("ad_group", touch.ad_group.clone()),
            ("ad", touch.ad.clone()),
            ("keyword", touch.keyword.clone()),
            ("referrer", touch.referrer.clone()),
            ("channel", touch.default_channel.clone()),
        ]);
    }
    let platforms: Vec<&str> = hit.click_ids.iter().map(|(kind, _)| kind.name()).collect();
    let positive = |number: u32| match number {
        0 => String::new(),
        _ => number.to_string(),
    };
    fields.extend([
        ("click_ids", platforms.join(", ")),
        ("country", hit.country.code().to_owned()),
        ("device", hit.agent.device.name().to_owned()),
        ("browser", hit.agent.browser.clone()),
        ("os", hit.agent.os.clone()),
        ("engaged_ms", positive(hit.engaged_ms)),
        ("scroll_percent", positive(u32::from(hit.scroll_percent))),
        (
            "revenue",
            hit.revenue
                .map(|money| money.to_string())
                .unwrap_or_default(),
        ),
        ("visit_id", hit.visit.to_string()),
    ]);
    let properties = hit.properties.iter();
    let properties = properties.map(|(name, value)| (format!("property:{name}"), value.clone()));
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    fields.chain(properties).collect()
}
