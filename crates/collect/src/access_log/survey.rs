//! What a log is of, found before any of it is imported: its time and the host of its pages.

use std::collections::HashMap;

use base::UnixMillis;

use super::{DISORDER_MS, Skip, page_target, parse_log_line};
use crate::click::referrer_host;
use crate::snapshot::Site;

/// Hosts that are counted; a site's own is among the first.
const HOSTS_MAX: usize = 1_000;
/// Fewer images and styles say nothing about whose they are.
const EMBEDDED_MIN: u64 = 10;

/// Looks at the lines of one log.
#[derive(Debug, Default)]
pub struct LogSurvey {
    extent: Option<(UnixMillis, UnixMillis)>,
    /// The moments of the page views at the log's ends.
    ends: Option<(UnixMillis, UnixMillis)>,
    /// How many page views are of an earlier moment than the one before them, and of a later one.
    back: u64,
    ahead: u64,
    /// How often pages of a host asked for what belongs to a page.
    embedding: HashMap<String, u64>,
    embedded: u64,
}

impl LogSurvey {
    pub fn note(&mut self, line: &str) {
        let Some(parsed) = parse_log_line(line) else {
            return;
        };
        match page_target(&parsed) {
            Ok(_) => {
                let (first, last) = self.extent.unwrap_or((parsed.at, parsed.at));
                self.extent = Some((first.min(parsed.at), last.max(parsed.at)));
                let (begin, before) = self.ends.unwrap_or((parsed.at, parsed.at));
                self.back += u64::from(parsed.at < before);
                self.ahead += u64::from(parsed.at > before);
                self.ends = Some((begin, parsed.at));
            }
            // Images, styles and scripts are asked for by the page that shows them.
            Err(Skip::Asset) => self.note_embedding(referrer_host(parsed.referrer)),
            Err(_) => {}
        }
    }

    fn note_embedding(&mut self, host: String) {
        if host.is_empty() {
            return;
        }
        self.embedded += 1;
        if self.embedding.len() < HOSTS_MAX || self.embedding.contains_key(&host) {
            *self.embedding.entry(host).or_default() += 1;
        }
    }

    /// The moments of the first and the last page view.
    #[must_use]
    pub fn extent(&self) -> Option<(UnixMillis, UnixMillis)> {
        self.extent
    }

    /// Whether the newest lines come first. Visits cannot be told apart backwards.
    #[must_use]
    pub fn is_newest_first(&self) -> bool {
        let is_long = |(begin, end): (UnixMillis, UnixMillis)| begin.since_ms(end) > DISORDER_MS;
        self.back > self.ahead && self.ends.is_some_and(is_long)
    }

    /// The host whose pages the log is of, where that is none of the site's.
    #[must_use]
    pub fn foreign_host(&self, site: &Site) -> Option<&str> {
        let most = |(host, count): &(&String, &u64)| (**count, std::cmp::Reverse((*host).clone()));
        let (host, count) = self.embedding.iter().max_by_key(most)?;
        let is_plain = self.embedded >= EMBEDDED_MIN && count.saturating_mul(2) > self.embedded;
        (is_plain && !site.names(host)).then_some(host.as_str())
    }
}
