//! A collector with a few sites and links, whose log checks everything that is written to it.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use base::{Fact, Hit, LinkId, SiteId, UnixMillis, WorkspaceId};
use collect::{
    Collector, CollectorParts, ConsentMode, Enricher, IntakeEnd, IntakeSettings, KeyGrant, Link,
    LinkDefaults, LinkTarget, Minter, Rate, Reply, Request, Salts, Sink, SinkError, Site, Snapshot,
    SnapshotCell, Tally,
};
use domain::visit::VisitSettings;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

pub(crate) const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
pub(crate) const LINK_HOST: &str = "shop1.example";
const BEGINNING: UnixMillis = UnixMillis(1_800_000_000_000);
const DAY_MS: i64 = 86_400_000;
const SECRET: &str = "secret";
/// So high that no input meets it.
const OPEN: Rate = Rate {
    per_second: 1_000_000_000,
    burst: 1_000_000_000,
};
const TEXT_BYTES_MAX: usize = 2_000;

pub(crate) static ENRICHER: LazyLock<Arc<Enricher>> =
    LazyLock::new(|| Arc::new(Enricher::new().unwrap()));

thread_local! {
    static HOUSE: RefCell<House> = RefCell::new(House::new());
}

/// What is asked of the house: a request in words.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: &'a [u8],
}

/// A collector is dear to make, so one serves every input; each has a workspace and a day of its
/// own, which nothing of the inputs before it reaches.
pub(crate) struct House {
    collector: Collector<Log>,
    snapshot: Arc<SnapshotCell>,
    log: Log,
    inputs: i64,
}

/// Keeps the hits of one input.
#[derive(Default, Clone)]
struct Log(Arc<Mutex<Vec<Hit>>>);

#[derive(Default)]
struct Counting(AtomicU64);

/// Runs one input in the house.
pub(crate) fn within(run: impl FnOnce(&House)) {
    HOUSE.with_borrow_mut(|house| {
        house.inputs += 1;
        house.log.0.lock().unwrap().clear();
        house.snapshot.publish(snapshot(WorkspaceId(house.inputs)));
        run(house);
    });
}

impl House {
    fn new() -> Self {
        let log = Log::default();
        let cell = Arc::new(SnapshotCell::new(snapshot(WorkspaceId(1))));
        let collector = Collector::new(CollectorParts {
            sink: log.clone(),
            snapshot: Arc::clone(&cell),
            minter: Arc::new(Counting::default()),
            enricher: Arc::clone(&ENRICHER),
            salts: Salts {
                current: [1; 16],
                previous: Some([2; 16]),
            },
        });
        Self {
            collector,
            snapshot: cell,
            log,
            inputs: 0,
        }
    }

    /// Answers a request; `None` where no door is at its path.
    pub(crate) fn call(&self, ask: &Ask<'_>) -> Option<Reply> {
        let (path, query) = ask.target.split_once('?').unwrap_or((ask.target, ""));
        let mut headers = HeaderMap::new();
        for (name, value) in &ask.headers {
            headers.append(name, value.clone());
        }
        let request = Request {
            method: &ask.method,
            path,
            query,
            headers: &headers,
            peer: PEER,
            body: ask.body,
            tally: &Tally::default(),
        };
        let now = self.now();
        let route = self.snapshot.load().route(path)?;
        let reply = self.collector.answer(route, &request, now).now_or_never();
        let reply = reply.expect("the log is at once durable");
        check_reply(&reply);
        self.check_intake_log();
        Some(reply)
    }

    /// Whatever came, something became of each part of it.
    fn check_intake_log(&self) {
        let (mut came, mut ended) = (0, 0);
        for (cell, count) in self.collector.intake_log().take() {
            match cell.end {
                IntakeEnd::In => came += count,
                IntakeEnd::Stored | IntakeEnd::Dropped(_) => ended += count,
            }
        }
        assert_eq!(came, ended, "in is not stored and dropped");
    }

    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.log.0.lock().unwrap().clone()
    }

    fn now(&self) -> UnixMillis {
        BEGINNING.plus_ms(self.inputs.rem_euclid(100_000) * DAY_MS)
    }
}

impl Sink for Log {
    async fn append(&self, payload: &[u8]) -> Result<(), SinkError> {
        let fact = Fact::decode(payload).unwrap();
        assert_eq!(fact.encode().unwrap(), payload);
        check_hit(fact.hit().expect("the doors write hits"));
        self.0.lock().unwrap().extend(fact.hit().cloned());
        Ok(())
    }
}

impl Minter for Counting {
    fn mint(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1_000
    }
}

/// What is stored is clean and bounded, whatever was sent.
pub(crate) fn check_hit(hit: &Hit) {
    assert!(matches!((hit.visits, hit.bounces), (0 | 1, -1..=1)));
    assert!(hit.scroll_percent <= 100);
    assert!(i64::from(hit.engaged_ms) <= DAY_MS);
    let page = [&hit.page.host, &hit.page.path, &hit.page.title, &hit.name];
    let properties = hit
        .properties
        .iter()
        .flat_map(|(name, value)| [name, value]);
    let ids = hit.click_ids.iter().map(|(_, id)| id);
    let touch = hit.touch.iter().flat_map(|traffic| {
        [
            &traffic.source,
            &traffic.medium,
            &traffic.campaign,
            &traffic.ad_group,
            &traffic.ad,
            &traffic.keyword,
            &traffic.referrer,
        ]
    });
    for text in page.into_iter().chain(properties).chain(ids).chain(touch) {
        assert!(text.len() <= TEXT_BYTES_MAX, "{} bytes", text.len());
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}

fn check_reply(reply: &Reply) {
    assert!(reply.status.as_u16() < 500, "{}", reply.status);
    for value in reply.headers.values() {
        let is_plain = value
            .as_bytes()
            .iter()
            .all(|byte| (b' '..=b'~').contains(byte));
        assert!(is_plain, "{value:?}");
    }
}

pub(crate) fn key() -> (HeaderName, HeaderValue) {
    let value = format!("Bearer {SECRET}");
    let value = HeaderValue::from_str(&value).unwrap();
    (http::header::AUTHORIZATION, value)
}

fn snapshot(workspace: WorkspaceId) -> Snapshot {
    let settings = IntakeSettings {
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        clicks_per_address: OPEN,
        events_per_address: OPEN,
        events_per_key: OPEN,
        ..IntakeSettings::default()
    };
    let sites = [
        (1, ConsentMode::Cookie),
        (2, ConsentMode::Cookieless),
        (3, ConsentMode::Ask),
    ];
    let sites = sites
        .map(|(id, consent)| site(id, workspace, consent))
        .to_vec();
    let links = [
        ("a", "https://shop1.example/l"),
        (
            "t",
            "https://shop1.example/{keyword}?c={campaign}&s={source}#{ad}",
        ),
    ];
    let links = links
        .map(|(slug, target)| link(slug, workspace, target))
        .to_vec();
    let grant = KeyGrant {
        workspace,
        events: true,
        expires_at: None,
    };
    let keys = [(digest(SECRET), grant)].into();
    Snapshot::new(settings, sites, links, keys, digest)
}

pub(crate) fn site(id: i64, workspace: WorkspaceId, consent: ConsentMode) -> Site {
    Site {
        id: SiteId(id),
        workspace,
        key: format!("key{id}"),
        domain: format!("shop{id}.example"),
        allowed_hosts: vec!["*.shops.example".into()],
        consent,
        script_path: format!("/t{id}.js"),
        events_path: "/e".into(),
        visits: VisitSettings::default(),
        search_parameters: vec!["q".to_owned()],
    }
}

fn link(slug: &str, workspace: WorkspaceId, target: &str) -> Link {
    Link {
        id: LinkId(5),
        workspace,
        site: Some(SiteId(1)),
        consent: ConsentMode::Cookie,
        slug: slug.into(),
        target: LinkTarget::parse(target).unwrap(),
        defaults: LinkDefaults {
            source: "news".into(),
            medium: "email".into(),
            ..LinkDefaults::default()
        },
    }
}

fn digest(secret: &str) -> [u8; 32] {
    let mut out = [0; 32];
    for (slot, byte) in out.iter_mut().zip(secret.bytes()) {
        *slot = byte;
    }
    out
}
