//! Years of web-server logs as visits: the same enrichment and the same visit rules.

mod line;
mod survey;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hasher;
use std::sync::Arc;

use base::{
    BotReason, Day, FactId, Hit, HitId, HitKind, Page, TimeZone, UnixMillis, VisitId, VisitorId,
};
use domain::source::{Arrival, Landing, readable_path, resolve};
use domain::visit::{Interaction, VisitHit, VisitState, advance};
use siphasher::sip::SipHasher24;

pub use line::{LogLine, parse_log_line};
pub use survey::LogSurvey;

use crate::browser::external;
use crate::click::referrer_host;
use crate::enrich::is_spam;
use crate::identity::{Browser, Salt, hash};
use crate::mint::derive_fact_id;
use crate::snapshot::Site;
use crate::{AgentInfo, Enricher};

/// Visitors walked at once; beyond that, those who left are forgotten.
const VISITORS_MAX: usize = 500_000;
/// Lines of one second lie close together in a log; older repeats are not looked for.
const REPEAT_SECONDS: i64 = 600;

/// Servers write lines when requests end, so that one may lie this far behind another.
pub(crate) const DISORDER_MS: i64 = 10 * 60 * 1_000;

/// How a log becomes visits.
#[derive(Debug, Clone)]
pub struct AccessLogOptions {
    pub site: Site,
    /// Of the visitor hash. It must stay the same for a site, so that a second import of the
    /// same lines makes the same facts.
    pub salt: Salt,
    /// The moment of the import.
    pub recorded: UnixMillis,
    /// Days that are left out, because the tracker has seen them itself.
    pub tracked_days: BTreeSet<Day>,
    /// The zone of these days.
    pub zone: TimeZone,
}

/// A server's clock and zone may be wrong by this much.
const AHEAD_MAX_MS: i64 = 24 * 60 * 60 * 1_000;

/// Why a line makes no page view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    Unreadable,
    /// Of a moment that is more than a day ahead of the import.
    Future,
    /// Of a day that the tracker has seen itself.
    Tracked,
    /// Neither GET nor a page's HEAD.
    Method,
    /// An error, a redirect, a partial answer.
    Status,
    /// Images, styles, scripts, fonts, files of machines.
    Asset,
    Feed,
}

/// Turns log lines into hits, in the order of the log.
#[derive(Debug)]
pub struct AccessLogImporter {
    options: AccessLogOptions,
    states: HashMap<VisitorId, VisitState>,
    /// Second → hash of a line → how often it came.
    repeats: BTreeMap<i64, HashMap<u64, u32>>,
}

/// A line, enriched, before it has a place in a visit.
struct Seen {
    id: FactId,
    visitor: VisitorId,
    info: Arc<AgentInfo>,
    bot: Option<BotReason>,
    path: String,
    arrival: Arrival,
}

impl Skip {
    /// The stable name in counts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Future => "future",
            Self::Tracked => "tracked",
            Self::Method => "method",
            Self::Status => "status",
            Self::Asset => "asset",
            Self::Feed => "feed",
        }
    }
}

impl AccessLogImporter {
    #[must_use]
    pub fn new(options: AccessLogOptions) -> Self {
        Self {
            options,
            states: HashMap::new(),
            repeats: BTreeMap::new(),
        }
    }

    /// Begins another file: a line that also stood in an earlier file is the same fact.
    pub fn begin_file(&mut self) {
        self.repeats.clear();
    }

    /// The page view of a line.
    ///
    /// # Errors
    /// Says why the line makes none.
    pub fn feed(&mut self, line: &str, enricher: &Enricher) -> Result<Hit, Skip> {
        let parsed = parse_log_line(line).ok_or(Skip::Unreadable)?;
        if parsed.at > self.options.recorded.plus_ms(AHEAD_MAX_MS) {
            return Err(Skip::Future);
        }
        let options = &self.options;
        if !options.tracked_days.is_empty()
            && options
                .tracked_days
                .contains(&options.zone.day_of(parsed.at))
        {
            return Err(Skip::Tracked);
        }
        let seen = self.see(&parsed, line, enricher)?;
        let site = &self.options.site;
        let step_hit = VisitHit {
            workspace: site.workspace,
            kind: HitKind::PageView,
            at: parsed.at,
            interaction: Interaction::Active,
            traffic: Some(&seen.arrival.traffic),
            new_visit: VisitId(u64::try_from(seen.id.0 >> 64).unwrap_or(1).max(1)),
        };
        // A log that goes back, such as one of two servers, one behind the other, has visits of
        // before: what is known of later ones must not draw these into another time.
        let known = self.states.get(&seen.visitor);
        let before = known.filter(|state| state.last_at.since_ms(parsed.at) <= DISORDER_MS);
        let (state, step) = advance(before, &step_hit, &site.visits);
        let page = Page {
            host: site.domain.clone(),
            path: seen.path,
            title: String::new(),
        };
        let hit = Hit {
            id: HitId::Sender(seen.id),
            workspace: site.workspace,
            kind: HitKind::PageView,
            at: step.at,
            delay_ms: self.options.recorded.since_ms(step.at),
            seq: step.seq,
            site: Some(site.id),
            link: None,
            visitor: seen.visitor,
            visit: step.visit,
            visit_age_ms: step.at.since_ms(step.visit_at),
            visits: step.visits,
            bounces: step.bounces,
            traffic: step.traffic,
            touch: step.touch.traffic(Some(seen.arrival.traffic)).map(Box::new),
            page,
            name: String::new(),
            properties: Vec::new(),
            agent: seen.info.agent.clone(),
            country: enricher.country(parsed.address),
            bot: seen.bot,
            engaged_ms: 0,
            scroll_percent: 0,
            revenue: None,
            click_ids: seen.arrival.click_ids,
        };
        self.remember(seen.visitor, state);
        Ok(hit)
    }

    fn see(&mut self, parsed: &LogLine<'_>, line: &str, enricher: &Enricher) -> Result<Seen, Skip> {
        let (path, query) = page_target(parsed)?;
        let ordinal = self.ordinal(parsed.at, line).to_le_bytes();
        let site = &self.options.site;
        let browser = Browser {
            agent: parsed.agent,
            address: parsed.address,
            workspace: site.workspace,
            site: Some(site.id),
        };
        let referrer = external(parsed.referrer, site);
        let info = enricher.agent(parsed.agent);
        let spam = is_spam(&referrer_host(referrer)).then_some(BotReason::ReferrerSpam);
        let bot = info.bot.or(spam);
        let person = hash(&self.options.salt, &browser);
        let content = [
            &site.id.0.to_le_bytes()[..],
            line.trim_end().as_bytes(),
            &ordinal,
        ];
        Ok(Seen {
            id: derive_fact_id("access_log", site.workspace, &content),
            visitor: if bot.is_some() {
                person.machine_twin()
            } else {
                person
            },
            info,
            bot,
            path: readable_path(path),
            arrival: resolve(&Landing {
                query,
                referrer,
                page_host: &site.domain,
            }),
        })
    }

    fn ordinal(&mut self, at: UnixMillis, line: &str) -> u32 {
        let second = at.0.div_euclid(1_000);
        let mut hasher = SipHasher24::new_with_key(&[7; 16]);
        hasher.write(line.trim_end().as_bytes());
        let count = self
            .repeats
            .entry(second)
            .or_default()
            .entry(hasher.finish())
            .or_insert(0);
        *count += 1;
        let ordinal = *count;
        while let Some(oldest) = self.repeats.first_entry() {
            if second - *oldest.key() <= REPEAT_SECONDS {
                break;
            }
            oldest.remove();
        }
        ordinal
    }

    fn remember(&mut self, visitor: VisitorId, state: VisitState) {
        if self.states.len() >= VISITORS_MAX {
            let settings = &self.options.site.visits;
            self.states.retain(|_, other| {
                let is_ahead = other.last_at.since_ms(state.last_at) > DISORDER_MS;
                !is_ahead && other.is_running(state.last_at, settings)
            });
        }
        self.states.insert(visitor, state);
    }
}

/// Endings of files that are no pages.
const ASSETS: &[&str] = &[
    "css",
    "js",
    "mjs",
    "map",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "avif",
    "ico",
    "bmp",
    "woff",
    "woff2",
    "ttf",
    "otf",
    "eot",
    "mp3",
    "mp4",
    "webm",
    "avi",
    "mov",
    "ogg",
    "wav",
    "zip",
    "gz",
    "rar",
    "7z",
    "exe",
    "dmg",
    "apk",
    "pdf",
    "json",
    "txt",
    "wasm",
    "webmanifest",
    "swf",
];

fn page_target<'l>(line: &LogLine<'l>) -> Result<(&'l str, &'l str), Skip> {
    if !matches!(line.method, "GET" | "HEAD") {
        return Err(Skip::Method);
    }
    if !matches!(line.status, 200 | 304) {
        return Err(Skip::Status);
    }
    // Proxies log absolute addresses.
    let target = match domain::source::split_url(line.target) {
        Some(parts) => {
            return page_path(parts.path).map(|()| (parts.path, parts.query));
        }
        None => line.target,
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if !path.starts_with('/') {
        return Err(Skip::Unreadable);
    }
    page_path(path).map(|()| (path, query))
}

fn page_path(path: &str) -> Result<(), Skip> {
    let name = path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let first = path.split('/').nth(1).unwrap_or_default();
    if matches!(ending, "xml" | "rss" | "atom")
        || matches!(name.as_str(), "feed" | "rss" | "atom")
        || path.ends_with("/feed/")
    {
        return Err(Skip::Feed);
    }
    let machine = matches!(
        first,
        ".well-known" | "cdn-cgi" | "wp-json" | "xmlrpc.php" | "wp-cron.php"
    );
    if ASSETS.contains(&ending) || machine {
        return Err(Skip::Asset);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
