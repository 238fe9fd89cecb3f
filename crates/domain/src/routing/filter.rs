//! One filter, read once, and what it finds of a click.

use std::cell::OnceCell;

use base::{BotReason, CampaignId, Country, Device, FlowId, TimeZone};
use jiff::civil::DateTime;

use super::calendar::{Days, WeekTable};
use super::click::{Click, Connection, FoldedClick, Proxy, Sender, Text, TextField};
use super::definition::{Op, Subject};
use super::memory::{Memory, Period, Scope};
use super::pattern::Patterns;

/// A filter that can be used.
#[derive(Debug)]
pub(super) struct PreparedFilter {
    pub(super) subject: Subject,
    /// In the rule as it was written.
    pub(super) place: usize,
    pub(super) op: Op,
    /// Unknown is one of the values.
    pub(super) takes_unknown: bool,
    pub(super) test: Test,
}

/// What is asked of a click, with the values of the filter.
#[derive(Debug)]
pub(super) enum Test {
    /// Sorted.
    Country(Box<[[u8; 2]]>),
    /// A bit for each of the words.
    Word(Words, u8),
    Text(TextField, Patterns),
    Parameter(Box<str>, Patterns),
    /// Counted from 0.
    Sub(usize, Patterns),
    /// Sorted.
    Asn(Box<[u32]>),
    TimeTable(WeekTable),
    Dates(Box<[Days]>),
    Unique(Where),
    ClicksBelow(Period, u64),
}

/// Subjects whose values are a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Device,
    Connection,
    Proxy,
    Sender,
}

/// Where a visitor is asked to be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Campaign,
    Flow,
    Global,
}

/// What filters of one campaign look at.
pub(super) struct Ground<'g, 'c, M> {
    pub(super) click: &'g FoldedClick<'c>,
    pub(super) memory: &'g M,
    pub(super) campaign: CampaignId,
    pub(super) unique_hours: u16,
    pub(super) zone: &'g TimeZone,
    /// What a clock in the zone shows; found when a filter asks.
    pub(super) local: OnceCell<DateTime>,
}

/// Whether it is one of the filter's values; `None` where it is unknown what it is.
type Found = Option<bool>;

impl PreparedFilter {
    pub(super) fn holds<M: Memory>(&self, ground: &Ground<'_, '_, M>, flow: FlowId) -> bool {
        let is = match self.test.find(ground, flow) {
            Some(found) => found,
            None => self.takes_unknown,
        };
        match self.op {
            Op::Is => is,
            Op::IsNot => !is,
        }
    }

    /// What a look costs: the memory last, expressions before it.
    pub(super) fn cost(&self) -> u8 {
        match &self.test {
            Test::Country(_) | Test::Word(..) | Test::Asn(_) => 0,
            Test::TimeTable(_) | Test::Dates(_) => 1,
            Test::Text(_, patterns) | Test::Parameter(_, patterns) | Test::Sub(_, patterns) => {
                if patterns.has_expressions() {
                    3
                } else {
                    2
                }
            }
            Test::Unique(_) | Test::ClicksBelow(..) => 4,
        }
    }

    /// What the filter sees, in words; `None` where it is unknown.
    pub(super) fn seen<M: Memory>(
        &self,
        ground: &Ground<'_, '_, M>,
        flow: FlowId,
    ) -> Option<String> {
        let click = ground.click.click;
        let said = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        match &self.test {
            Test::Country(_) => said(click.country.code()),
            Test::Word(words, _) => words.of(click).map(|at| words.all()[at].to_owned()),
            Test::Text(field, _) => said(ground.click.text(*field).raw),
            Test::Parameter(name, _) => said(click.parameter(name)),
            Test::Sub(index, _) => said(click.sub(*index)),
            Test::Asn(_) => click.asn.map(|asn| format!("AS{asn}")),
            Test::TimeTable(_) | Test::Dates(_) => {
                Some(ground.local().strftime("%u %Y-%m-%d %H:%M").to_string())
            }
            Test::Unique(place) => {
                let is_first = ground.is_first(*place, flow)?;
                Some(if is_first { "first" } else { "again" }.to_owned())
            }
            Test::ClicksBelow(period, _) => {
                let clicks = ground.memory.clicks(flow, *period)?;
                Some(clicks.to_string())
            }
        }
    }
}

impl Test {
    fn find<M: Memory>(&self, ground: &Ground<'_, '_, M>, flow: FlowId) -> Found {
        let click = ground.click.click;
        match self {
            Self::Country(codes) => (click.country != Country::UNKNOWN)
                .then(|| codes.binary_search(&click.country.0).is_ok()),
            Self::Word(words, wanted) => words.of(click).map(|at| wanted >> at & 1 == 1),
            Self::Text(field, patterns) => find_text(patterns, ground.click.text(*field)),
            Self::Parameter(name, patterns) => {
                find_text(patterns, &Text::new(click.parameter(name)))
            }
            Self::Sub(index, patterns) => find_text(patterns, &Text::new(click.sub(*index))),
            Self::Asn(numbers) => click.asn.map(|asn| numbers.binary_search(&asn).is_ok()),
            Self::TimeTable(table) => Some(table.contains(ground.local())),
            Self::Dates(days) => {
                let local = ground.local();
                Some(days.iter().any(|days| days.contains(local)))
            }
            Self::Unique(place) => ground.is_first(*place, flow),
            Self::ClicksBelow(period, limit) => {
                let clicks = ground.memory.clicks(flow, *period);
                clicks.map(|clicks| clicks < *limit)
            }
        }
    }
}

impl<M: Memory> Ground<'_, '_, M> {
    fn local(&self) -> DateTime {
        *self
            .local
            .get_or_init(|| self.zone.local(self.click.click.at))
    }

    fn is_first(&self, place: Where, flow: FlowId) -> Option<bool> {
        let scope = match place {
            Where::Campaign => Scope::Campaign(self.campaign),
            Where::Flow => Scope::Flow(flow),
            Where::Global => Scope::Global,
        };
        self.memory.is_first(scope, self.unique_hours)
    }
}

impl Words {
    pub(super) fn all(self) -> &'static [&'static str] {
        match self {
            Self::Device => &["desktop", "phone", "tablet"],
            Self::Connection => &["cable", "cellular", "corporate", "dialup", "satellite"],
            Self::Proxy => &["no", "yes"],
            Self::Sender => &[
                "person",
                "user_agent",
                "no_user_agent",
                "prefetch",
                "automation",
                "referrer_spam",
            ],
        }
    }

    /// The bits of a word; several where it stands for several.
    pub(super) fn bits(self, word: &str) -> Option<u8> {
        if self == Self::Sender && word == MACHINE {
            return Some(MACHINE_BITS);
        }
        let at = self.all().iter().position(|known| *known == word)?;
        Some(1 << at)
    }

    /// Its place among the words; `None` where it is unknown.
    fn of(self, click: &Click<'_>) -> Option<usize> {
        Some(match self {
            Self::Device => match click.device {
                Device::Desktop => 0,
                Device::Phone => 1,
                Device::Tablet => 2,
                Device::Unknown => return None,
            },
            Self::Connection => match click.connection? {
                Connection::Cable => 0,
                Connection::Cellular => 1,
                Connection::Corporate => 2,
                Connection::Dialup => 3,
                Connection::Satellite => 4,
            },
            Self::Proxy => match click.proxy {
                Proxy::No => 0,
                Proxy::Yes => 1,
                Proxy::Unknown => return None,
            },
            Self::Sender => match click.sender {
                Sender::Person => 0,
                Sender::Machine(BotReason::UserAgent) => 1,
                Sender::Machine(BotReason::NoUserAgent) => 2,
                Sender::Machine(BotReason::Prefetch) => 3,
                Sender::Machine(BotReason::Automation) => 4,
                Sender::Machine(BotReason::ReferrerSpam) => 5,
                Sender::Unknown => return None,
            },
        })
    }
}

/// Stands for every reason to take a sender for a machine.
pub(super) const MACHINE: &str = "machine";
const MACHINE_BITS: u8 = 0b11_1110;

fn find_text(patterns: &Patterns, text: &Text<'_>) -> Found {
    (!text.is_unknown()).then(|| patterns.find(text))
}
