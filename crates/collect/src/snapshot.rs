//! What the hot path knows of the set-up: immutable, published whole, swapped at once.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use base::{Cidr, LinkId, SiteId, WorkspaceId};
use domain::source::{ascii_host, same_site, without_www};
use domain::visit::VisitSettings;

use crate::browser::BODY_BYTES_MAX;
use crate::script::{SCRIPT_PATH, Script};
use crate::server::BATCH_BYTES_MAX;
use crate::{Client, IntakeDoor, LinkTarget, Rate};

/// Sites, links, keys and settings as of one moment.
#[derive(Debug)]
pub struct Snapshot {
    pub settings: IntakeSettings,
    sites: Vec<Arc<Site>>,
    /// Of each site; compressed when it is first asked for, so that a change of the set-up stays
    /// cheap however many sites there are.
    scripts: Vec<OnceLock<Script>>,
    links: HashMap<String, Arc<Link>>,
    keys: HashMap<[u8; 32], KeyGrant>,
    /// Digest of an API key's secret, as the store keeps it.
    hash_key: fn(&str) -> [u8; 32],
    by_key: HashMap<String, usize>,
    by_script: HashMap<String, usize>,
    by_events: HashMap<String, usize>,
    by_host: HashMap<String, usize>,
}

/// A web site whose visits are collected.
#[derive(Debug, Clone)]
pub struct Site {
    pub id: SiteId,
    pub workspace: WorkspaceId,
    /// Public key that the tracker sends along.
    pub key: String,
    /// Main host, in lower case and punycode.
    pub domain: String,
    /// More hosts; `*.example.com` covers subdomains, `*` covers everything.
    pub allowed_hosts: Vec<String>,
    pub consent: ConsentMode,
    /// Path of the tracker script, with its slash.
    pub script_path: String,
    /// Path of the events door, with its slash. Sites may share paths.
    pub events_path: String,
    pub visits: VisitSettings,
    /// Parameters of a page's address that say what was looked for on the site.
    pub search_parameters: Vec<String>,
}

/// How visitors are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentMode {
    /// First-party cookie.
    Cookie,
    /// A daily hash; nothing is kept in the browser.
    Cookieless,
    /// Cookieless until the visitor agrees.
    Ask,
}

/// A click link.
#[derive(Debug, Clone)]
pub struct Link {
    pub id: LinkId,
    pub workspace: WorkspaceId,
    /// The site behind the link, where it is one of ours.
    pub site: Option<SiteId>,
    /// That site's; the strictest of the workspace's sites where the link leads elsewhere.
    pub consent: ConsentMode,
    pub slug: String,
    pub target: LinkTarget,
    pub defaults: LinkDefaults,
}

/// Tags of a click whose own address lacks them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkDefaults {
    pub source: String,
    pub medium: String,
    pub campaign: String,
    pub ad_group: String,
    pub ad: String,
    pub keyword: String,
}

/// What an API key may do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyGrant {
    pub workspace: WorkspaceId,
    /// The key may send events.
    pub events: bool,
    /// The key is worth nothing from then on.
    pub expires_at: Option<base::UnixMillis>,
}

/// What happens to machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotPolicy {
    /// Stored with a reason, left out of reports.
    Flag,
    Drop,
}

/// When a page view is acknowledged. Everything else is acknowledged once it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckPolicy {
    AfterFsync,
    BeforeFsync,
}

/// How the outside reaches us where no trusted proxy says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicScheme {
    Http,
    Https,
}

/// Settings of the whole intake.
#[derive(Debug, Clone)]
pub struct IntakeSettings {
    pub trusted_proxies: Vec<Cidr>,
    pub public_scheme: PublicScheme,
    /// Where unknown slugs go; without it they get a plain page.
    pub fallback_url: Option<LinkTarget>,
    pub bots: BotPolicy,
    pub page_view_ack: AckPolicy,
    pub clicks_per_address: Rate,
    pub events_per_address: Rate,
    pub events_per_key: Rate,
    pub forms_per_address: Rate,
}

/// Which door a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Click,
    BrowserEvent,
    Pixel,
    Script,
    ServerEvents,
    /// Of somebody else's clients.
    Client(Client),
}

impl Route {
    /// Under which door it is counted; `None` where nothing comes in.
    pub(crate) fn door(self) -> Option<IntakeDoor> {
        Some(match self {
            Self::Click => IntakeDoor::Click,
            Self::BrowserEvent => IntakeDoor::Tracker,
            Self::Pixel => IntakeDoor::Pixel,
            Self::ServerEvents => IntakeDoor::Server,
            Self::Client(client) => return client.door(),
            Self::Script => return None,
        })
    }

    /// Largest body that the door reads.
    #[must_use]
    pub fn body_bytes_max(self) -> usize {
        match self {
            Self::ServerEvents => BATCH_BYTES_MAX,
            Self::Client(client) => client.body_bytes_max(),
            Self::Click | Self::BrowserEvent | Self::Pixel | Self::Script => BODY_BYTES_MAX,
        }
    }
}

/// The current snapshot; readers never wait for a writer's work.
#[derive(Debug)]
pub struct SnapshotCell(RwLock<Arc<Snapshot>>);

impl SnapshotCell {
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self(RwLock::new(Arc::new(snapshot)))
    }

    #[must_use]
    pub fn load(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn publish(&self, snapshot: Snapshot) {
        let next = Arc::new(snapshot);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl Snapshot {
    /// Gathers a snapshot. Where sites share a path or host, the first one owns it.
    #[must_use]
    pub fn new(
        settings: IntakeSettings,
        sites: Vec<Site>,
        links: Vec<Link>,
        keys: HashMap<[u8; 32], KeyGrant>,
        hash_key: fn(&str) -> [u8; 32],
    ) -> Self {
        let index = |of: fn(&Site) -> &str| {
            let mut map = HashMap::new();
            for (at, site) in sites.iter().enumerate() {
                map.entry(of(site).to_owned()).or_insert(at);
            }
            map
        };
        Self {
            settings,
            by_key: index(|site| &site.key),
            by_script: index(|site| &site.script_path),
            by_events: index(|site| &site.events_path),
            by_host: index(|site| without_www(&site.domain)),
            links: links
                .into_iter()
                .map(|link| (link.slug.clone(), Arc::new(link)))
                .collect(),
            scripts: sites.iter().map(|_| OnceLock::new()).collect(),
            sites: sites.into_iter().map(Arc::new).collect(),
            keys,
            hash_key,
        }
    }

    /// The door of a path; `None` where the path is none of ours.
    #[must_use]
    pub fn route(&self, path: &str) -> Option<Route> {
        match path {
            "/p.gif" => Some(Route::Pixel),
            "/api/v1/events" => Some(Route::ServerEvents),
            SCRIPT_PATH => Some(Route::Script),
            _ if path.starts_with("/c/") => Some(Route::Click),
            _ if self.by_events.contains_key(path) => Some(Route::BrowserEvent),
            _ if self.by_script.contains_key(path) => Some(Route::Script),
            _ => Client::at(path).map(Route::Client),
        }
    }

    #[must_use]
    pub fn site(&self, id: SiteId) -> Option<&Arc<Site>> {
        self.sites.iter().find(|site| site.id == id)
    }

    pub(crate) fn sites_of(&self, workspace: WorkspaceId) -> impl Iterator<Item = &Arc<Site>> {
        self.sites
            .iter()
            .filter(move |site| site.workspace == workspace)
    }

    pub(crate) fn site_by_key(&self, key: &str) -> Option<&Arc<Site>> {
        self.by_key.get(key).and_then(|at| self.sites.get(*at))
    }

    /// The tracker that a path leads to, or a site's key on the path that all sites share.
    pub(crate) fn script(&self, path: &str, key: impl FnOnce() -> String) -> Option<&Script> {
        let at = match path {
            SCRIPT_PATH => *self.by_key.get(&key())?,
            own => *self.by_script.get(own)?,
        };
        let (site, script) = (self.sites.get(at)?, self.scripts.get(at)?);
        Some(script.get_or_init(|| Script::of(site)))
    }

    /// The site of an events door that it shares with nobody.
    pub(crate) fn only_site_at(&self, events_path: &str) -> Option<&Arc<Site>> {
        let mut sites = self.sites.iter();
        let mut next = || sites.find(|site| site.events_path == events_path);
        let first = next()?;
        next().is_none().then_some(first)
    }

    pub(crate) fn site_by_host(&self, host: &str) -> Option<&Arc<Site>> {
        self.by_host
            .get(without_www(host))
            .and_then(|at| self.sites.get(*at))
    }

    pub(crate) fn link(&self, slug: &str) -> Option<&Arc<Link>> {
        self.links.get(slug)
    }

    /// The key of a secret that may send events now, with its digest.
    pub(crate) fn grant(
        &self,
        secret: &str,
        now: base::UnixMillis,
    ) -> Option<([u8; 32], KeyGrant)> {
        let digest = (self.hash_key)(secret);
        let grant = self.keys.get(&digest).copied()?;
        let is_live = grant.expires_at.is_none_or(|end| now < end);
        (grant.events && is_live).then_some((digest, grant))
    }
}

impl Site {
    /// The address of its first page, for what happens on none.
    pub(crate) fn home(&self) -> String {
        format!("https://{}/", self.domain)
    }

    /// Whether a sender means the site: by its id, its key or its domain.
    pub(crate) fn is_called(&self, named: &str) -> bool {
        self.id.to_string() == named || self.key == named || self.domain == ascii_host(named)
    }

    /// Whether events of pages on this host belong to the site.
    #[must_use]
    pub fn allows(&self, host: &str) -> bool {
        self.names(host) || self.allowed_hosts.iter().any(|allowed| allowed == "*")
    }

    /// Whether the host is the site's by name, and not only because every host is allowed.
    #[must_use]
    pub fn names(&self, host: &str) -> bool {
        let fits = |allowed: &String| match allowed.strip_prefix("*.") {
            Some(parent) => is_below(host, parent),
            None => same_site(host, allowed),
        };
        same_site(host, &self.domain) || self.allowed_hosts.iter().any(fits)
    }
}

fn is_below(host: &str, parent: &str) -> bool {
    same_site(host, parent)
        || host
            .strip_suffix(parent)
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

impl Default for IntakeSettings {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            public_scheme: PublicScheme::Http,
            fallback_url: None,
            bots: BotPolicy::Flag,
            page_view_ack: AckPolicy::AfterFsync,
            clicks_per_address: Rate {
                per_second: 50,
                burst: 500,
            },
            events_per_address: Rate {
                per_second: 50,
                burst: 500,
            },
            events_per_key: Rate {
                per_second: 1_000,
                burst: 10_000,
            },
            forms_per_address: Rate {
                per_second: 1,
                burst: 30,
            },
        }
    }
}
