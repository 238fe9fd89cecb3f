//! The hot path's parts: the journal as a sink, the set-up as a snapshot, random ids.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use app::{DailySalts, Routing, Shares, Surroundings as _};
use base::{Cidr, Fact, TimeZone, UnixMillis};
use collect::{
    AckPolicy, Collector, CollectorParts, ConsentMode, Enricher, IntakeSettings, KeyGrant, Link,
    LinkDefaults, LinkTarget, Minter, PublicScheme, Rate, Salts, Sink, SinkError, Site, Snapshot,
    SnapshotCell,
};
use domain::visit::{CampaignChange, Midnight, VisitSettings};
use journal::{Journal, JournalError};

use crate::config::{Config, PageViewAck};
use crate::surroundings::Machine;

/// The collector on a journal.
pub(crate) type Intake = Collector<JournalSink>;

/// Facts go to the journal; they are durable when its group is synced.
#[derive(Clone)]
pub(crate) struct JournalSink(pub(crate) Arc<Journal>);

/// Journal bytes read at a time for the visits that were running before a restart.
const TAIL_BYTES: usize = 32 << 20;
/// Hits older than this open no visit that could still run.
const TAIL_MS: i64 = 60 * 60 * 1000;
/// How a site says that something ends the running visit.
const NEW_VISIT: &str = "new_visit";

impl Sink for JournalSink {
    async fn append(&self, payload: &[u8]) -> Result<(), SinkError> {
        let ack = self.0.append(payload).map_err(refused)?;
        ack.await.map_err(refused)
    }

    async fn enqueue(&self, payload: &[u8]) -> Result<(), SinkError> {
        // Dropping the acknowledgement only means that nobody waits for the sync.
        std::future::ready(self.0.append(payload).map(drop).map_err(refused)).await
    }
}

fn refused(error: JournalError) -> SinkError {
    match error {
        JournalError::Overloaded => SinkError::Full,
        JournalError::Closed => SinkError::Closed,
        other => SinkError::Failed(other.to_string()),
    }
}

struct MachineMinter;

impl Minter for MachineMinter {
    fn mint(&self) -> u64 {
        let mut bytes = [0; 8];
        Machine.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// What a collector begins with.
pub(crate) struct Begun<'a> {
    pub(crate) journal: &'a Arc<Journal>,
    pub(crate) routing: &'a Routing,
    pub(crate) salts: DailySalts,
    /// Among how many nodes limits are shared out.
    pub(crate) shares: Shares,
    pub(crate) now: UnixMillis,
}

/// Makes the collector and gives it back the visits that were running before a restart.
///
/// # Errors
/// When a setting is wrong or the country database cannot be read.
pub(crate) fn start(
    begun: &Begun<'_>,
    config: &Config,
) -> anyhow::Result<(Arc<Intake>, Arc<SnapshotCell>)> {
    let snapshot = Arc::new(SnapshotCell::new(snapshot(
        begun.routing,
        begun.shares,
        config,
    )?));
    let collector = Collector::new(CollectorParts {
        sink: JournalSink(Arc::clone(begun.journal)),
        snapshot: Arc::clone(&snapshot),
        minter: Arc::new(MachineMinter),
        enricher: Arc::new(enricher(config)?),
        salts: salts(begun.salts),
    });
    restore(&collector, begun.journal, begun.now)?;
    Ok((Arc::new(collector), snapshot))
}

/// The enricher with the configured country database.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn enricher(config: &Config) -> anyhow::Result<Enricher> {
    let path = config.collect.country_database.as_str();
    if path.is_empty() {
        return Ok(Enricher::new()?);
    }
    Enricher::with_country_file(Path::new(path))
        .with_context(|| format!("collect.country_database: failed to read {path}"))
}

pub(crate) fn salts(daily: DailySalts) -> Salts {
    Salts {
        current: daily.current,
        previous: Some(daily.previous),
    }
}

/// The set-up as the hot path reads it.
///
/// # Errors
/// When a configured network or address is wrong.
pub(crate) fn snapshot(
    routing: &Routing,
    shares: Shares,
    config: &Config,
) -> anyhow::Result<Snapshot> {
    let sites: Vec<Site> = routing
        .sites
        .iter()
        .map(|site| site_of(site, routing, config))
        .collect::<anyhow::Result<_>>()?;
    let links = routing
        .links
        .iter()
        .filter_map(|link| match link_of(link, &sites) {
            Ok(link) => Some(link),
            Err(error) => {
                tracing::error!(slug = link.details.slug, %error, "left a link out");
                None
            }
        })
        .collect();
    let keys: HashMap<[u8; 32], KeyGrant> = routing
        .keys
        .iter()
        .map(|key| {
            (
                key.digest,
                KeyGrant {
                    workspace: key.workspace,
                    events: key.events,
                    expires_at: key.expires_at,
                },
            )
        })
        .collect();
    Ok(Snapshot::new(
        intake_settings(shares, config)?,
        sites,
        links,
        keys,
        app::digest,
    ))
}

/// # Errors
/// When one is no network.
pub(crate) fn trusted_proxies(config: &Config) -> anyhow::Result<Vec<Cidr>> {
    networks(&config.server.trusted_proxies).context("server.trusted_proxies")
}

/// # Errors
/// When one is no network.
pub(crate) fn networks(texts: &[String]) -> anyhow::Result<Vec<Cidr>> {
    texts.iter().map(|text| Ok(text.parse()?)).collect()
}

fn intake_settings(shares: Shares, config: &Config) -> anyhow::Result<IntakeSettings> {
    let fallback_url = match config.collect.fallback_url.as_str() {
        "" => None,
        url => Some(LinkTarget::parse(url).context("collect.fallback_url")?),
    };
    let https = config.server.base_url.starts_with("https://");
    let collect = &config.collect;
    let shared = |per_second, burst, among| Rate {
        per_second: Shares::part(per_second, among),
        burst: Shares::part(burst, among),
    };
    let among = shares.collectors;
    let per_ip = shared(collect.per_ip_rate, collect.per_ip_burst, among);
    Ok(IntakeSettings {
        trusted_proxies: trusted_proxies(config)?,
        public_scheme: if https {
            PublicScheme::Https
        } else {
            PublicScheme::Http
        },
        fallback_url,
        page_view_ack: match config.journal.page_view_ack {
            PageViewAck::AfterFsync => AckPolicy::AfterFsync,
            PageViewAck::BeforeFsync => AckPolicy::BeforeFsync,
        },
        clicks_per_address: per_ip,
        events_per_address: per_ip,
        events_per_key: shared(collect.per_key_rate, collect.per_key_burst, among),
        forms_per_address: shared(collect.form_rate, collect.form_burst, shares.doors),
        ..IntakeSettings::default()
    })
}

/// # Errors
/// When the workspace's zone is none.
pub(crate) fn site_of(
    site: &app::rows::Site,
    routing: &Routing,
    config: &Config,
) -> anyhow::Result<Site> {
    let details = &site.details;
    Ok(Site {
        id: site.id,
        workspace: site.workspace_id,
        key: details.public_key.clone(),
        domain: details.domain.clone(),
        allowed_hosts: details.allowed_hosts.clone(),
        consent: match details.consent_mode.as_str() {
            "cookieless" => ConsentMode::Cookieless,
            "ask" => ConsentMode::Ask,
            _ => ConsentMode::Cookie,
        },
        script_path: details.script_path.clone(),
        events_path: details.events_path.clone(),
        visits: VisitSettings {
            idle_ms: config.collect.visit_idle_minutes.max(1) * 60_000,
            campaign_change: match details.on_campaign_change.as_str() {
                NEW_VISIT => CampaignChange::OpensVisit,
                _ => CampaignChange::KeepsVisit,
            },
            midnight: match details.at_midnight.as_str() {
                NEW_VISIT => Midnight::OpensVisit(zone_of(site, routing)?),
                _ => Midnight::KeepsVisit,
            },
        },
        search_parameters: app::search_parameters(&details.settings),
    })
}

/// The zone whose days end the site's visits.
pub(crate) fn zone_of(site: &app::rows::Site, routing: &Routing) -> anyhow::Result<TimeZone> {
    let zone = routing
        .zone(site.workspace_id)
        .with_context(|| format!("workspace {}: no time zone", site.workspace_id))?;
    zone.parse()
        .with_context(|| format!("workspace {}: time zone", site.workspace_id))
}

fn link_of(link: &app::rows::Link, sites: &[Site]) -> anyhow::Result<Link> {
    let details = &link.details;
    let target = LinkTarget::parse(&details.target)?;
    let own = || {
        sites
            .iter()
            .filter(|site| site.workspace == link.workspace_id)
    };
    let site = own().find(|site| site.names(target.host()));
    let strictest = || {
        own()
            .map(|site| site.consent)
            .max_by_key(|mode| strictness(*mode))
    };
    Ok(Link {
        id: link.id,
        workspace: link.workspace_id,
        site: site.map(|site| site.id),
        consent: site
            .map(|site| site.consent)
            .or_else(strictest)
            .unwrap_or(ConsentMode::Cookie),
        slug: details.slug.clone(),
        target,
        defaults: LinkDefaults {
            source: details.source.clone(),
            medium: details.medium.clone(),
            campaign: details.campaign.clone(),
            ad_group: details.ad_group.clone(),
            ad: details.ad.clone(),
            keyword: details.keyword.clone(),
        },
    })
}

/// What is kept of a visitor who said nothing, from most to least.
fn strictness(mode: ConsentMode) -> u8 {
    match mode {
        ConsentMode::Cookie => 0,
        ConsentMode::Cookieless => 1,
        ConsentMode::Ask => 2,
    }
}

/// Reads the journal's tail: visitors of the last hour keep their visits over a restart.
fn restore(collector: &Intake, journal: &Journal, now: UnixMillis) -> anyhow::Result<()> {
    let end = journal.status().durable;
    let near = journal::Position {
        segment: end.segment.saturating_sub(1),
        offset: 0,
    };
    let mut from = journal.oldest()?.max(near);
    loop {
        let batch = journal.read(from, TAIL_BYTES)?;
        let facts: Vec<Fact> = batch
            .entries
            .iter()
            .filter_map(|entry| Fact::decode(entry).ok())
            .collect();
        let hits = facts.iter().filter_map(Fact::hit);
        let recent = hits.filter(|hit| now.since_ms(hit.recorded()) < TAIL_MS);
        collector.restore(recent);
        if batch.next == from {
            return Ok(());
        }
        from = batch.next;
    }
}
