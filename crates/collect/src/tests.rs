//! The doors together: a click, its landing, and what every request must not do.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use crate::browser::BODY_BYTES_MAX;
use crate::*;
use base::{BotReason, Fact, Hit, HitId, HitKind, LinkId, SiteId, UnixMillis, WorkspaceId};
use domain::visit::VisitSettings;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method};

mod clients;
mod consent;
mod forms;
mod intake_log;
mod retries;
mod script;
mod searches;
mod server;
mod tokens;
mod watch;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
/// When the key `ending` ends.
const KEY_END: UnixMillis = UnixMillis(1_800_000_060_000);
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
    Gecko) Chrome/124.0.0.0 Safari/537.36";
static ENRICHER: LazyLock<Arc<Enricher>> = LazyLock::new(|| Arc::new(Enricher::new().unwrap()));

#[derive(Default)]
struct MemorySink {
    hits: Mutex<Vec<Hit>>,
    fails: AtomicBool,
    stalls: AtomicBool,
}

impl Sink for Arc<MemorySink> {
    async fn append(&self, payload: &[u8]) -> Result<(), SinkError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(SinkError::Full);
        }
        if self.stalls.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let Fact::Hit(hit) = Fact::decode(payload).unwrap() else {
            return Ok(());
        };
        self.hits.lock().unwrap().push(*hit);
        Ok(())
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Minter for Counting {
    fn mint(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1_000
    }
}

fn site(id: i64, consent: ConsentMode) -> Site {
    Site {
        id: SiteId(id),
        workspace: WorkspaceId(1),
        key: format!("key{id}"),
        domain: format!("shop{id}.example"),
        allowed_hosts: vec![
            "*.shops.example".into(),
            "xn--e1afmkfd.xn--p1ai".into(),
            "*.xn--ty-4ja03asj.pl".into(),
        ],
        consent,
        script_path: format!("/t{id}.js"),
        events_path: "/e".into(),
        visits: VisitSettings::default(),
        search_parameters: vec!["q".to_owned()],
    }
}

fn link(slug: &str, site: Option<i64>, target: &str) -> Link {
    Link {
        id: LinkId(5),
        workspace: WorkspaceId(1),
        site: site.map(SiteId),
        consent: match site {
            Some(2) => ConsentMode::Cookieless,
            Some(3) => ConsentMode::Ask,
            _ => ConsentMode::Cookie,
        },
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

struct House {
    collector: Collector<Arc<MemorySink>>,
    sink: Arc<MemorySink>,
}

impl House {
    fn new(settings: IntakeSettings) -> Self {
        let sites = vec![
            site(1, ConsentMode::Cookie),
            site(2, ConsentMode::Cookieless),
            site(3, ConsentMode::Ask),
        ];
        let links = vec![
            link("a", Some(1), "https://shop1.example/l"),
            link("b", Some(2), "https://shop2.example/l"),
            link("free", None, "https://shop2.example/l"),
            link(
                "tokens",
                None,
                "https://shop2.example/l?k={keyword}&c={campaign}&s={source}&x={x}",
            ),
            Link {
                workspace: WorkspaceId(2),
                ..link("theirs", None, "https://shop9.example/l")
            },
        ];
        let grant = KeyGrant {
            workspace: WorkspaceId(1),
            events: true,
            expires_at: None,
        };
        let ending = KeyGrant {
            expires_at: Some(KEY_END),
            ..grant
        };
        let keys = [(digest("secret"), grant), (digest("ending"), ending)].into();
        let sink = Arc::new(MemorySink::default());
        let snapshot = Snapshot::new(settings, sites, links, keys, digest);
        let collector = Collector::new(CollectorParts {
            sink: Arc::clone(&sink),
            snapshot: Arc::new(SnapshotCell::new(snapshot)),
            minter: Arc::new(Counting::default()),
            enricher: Arc::clone(&ENRICHER),
            salts: Salts {
                current: [1; 16],
                previous: Some([2; 16]),
            },
        });
        Self { collector, sink }
    }

    fn call(&self, ask: &Ask) -> Reply {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(self.answer(ask))
    }

    /// A request whose connection breaks while the log is being written.
    fn begin(&self, ask: &Ask) {
        self.sink.stalls.store(true, Ordering::SeqCst);
        assert!(self.answer(ask).now_or_never().is_none());
        self.sink.stalls.store(false, Ordering::SeqCst);
    }

    async fn answer(&self, ask: &Ask) -> Reply {
        let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
        let mut headers = HeaderMap::new();
        for (name, value) in &ask.headers {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(*name, value);
            }
        }
        let request = Request {
            method: &ask.method,
            path,
            query,
            headers: &headers,
            peer: IpAddr::from([203, 0, 113, 7]),
            body: ask.body.as_bytes(),
            tally: &Tally::default(),
        };
        let now = NOW.plus_ms(ask.after_ms);
        let route = self.collector.snapshot.load().route(path);
        let route = route.unwrap_or_else(|| panic!("no door at {path}"));
        self.collector.answer(route, &request, now).await
    }

    fn hits(&self) -> Vec<Hit> {
        self.sink.hits.lock().unwrap().clone()
    }
}

#[derive(Debug)]
struct Ask {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    after_ms: i64,
}

fn get(target: &str) -> Ask {
    let headers = vec![("user-agent", CHROME.to_owned())];
    Ask {
        method: Method::GET,
        target: target.into(),
        headers,
        body: String::new(),
        after_ms: 0,
    }
}

fn post(target: &str, body: impl Into<String>) -> Ask {
    Ask {
        method: Method::POST,
        body: body.into(),
        ..get(target)
    }
}

impl Ask {
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    fn after(mut self, ms: i64) -> Self {
        self.after_ms = ms;
        self
    }
}

fn page_view(site: u8, url: &str) -> Ask {
    post(
        "/e",
        format!(r#"{{"n":"pageview","k":"key{site}","u":"{url}","r":"","t":"Title"}}"#),
    )
}

fn location(reply: &Reply) -> String {
    reply.header("location").unwrap().to_owned()
}

/// A click, then its landing: one visit, one touch, still a bounce.
fn check_landing(slug: &str, site: u8, restart: bool) {
    let mut house = House::new(IntakeSettings::default());
    let reply = house.call(&get(&format!("/c/{slug}?gclid=G&utm_source=google")));
    assert_eq!(reply.status, 302);
    let mut hits = house.hits();
    if restart {
        house = House::new(IntakeSettings::default());
    }
    let landed = house.call(&page_view(site, &location(&reply)).after(900));
    assert_eq!(landed.status, 202);
    hits.extend(
        house
            .hits()
            .into_iter()
            .filter(|hit| hit.kind == HitKind::PageView),
    );
    let [click, view] = &hits[..] else {
        panic!("{} hits", hits.len())
    };
    assert_eq!(
        (click.visit, click.visits, click.bounces),
        (view.visit, 1, 1),
        "{slug}"
    );
    assert_eq!(
        (view.visits, view.bounces, &view.touch),
        (0, 0, &None),
        "{slug}"
    );
    assert_eq!(click.traffic, view.traffic);
    assert!(click.at < view.at);
    assert!(landed.body.starts_with(b"{\"visit\":\""));
}

#[test]
fn a_landing_joins_the_visit_of_its_click() {
    check_landing("a", 1, false);
    check_landing("b", 2, false);
    check_landing("free", 2, false);
}

#[test]
fn a_landing_joins_its_click_even_after_a_restart() {
    check_landing("a", 1, true);
    check_landing("free", 2, true);
}

#[test]
fn a_click_passes_parameters_and_its_id_on() {
    let house = House::new(IntakeSettings::default());
    let reply = house.call(&get("/c/a?gclid=G%201&x=y"));
    let id = house.hits()[0].fact_id();
    assert_eq!(
        location(&reply),
        format!(
            "https://shop1.example/l?gclid=G%201&x=y&utm_source=news&utm_medium=email&tl_click={id}"
        )
    );
    assert!(reply.header("set-cookie").unwrap().starts_with("tl_id="));
}

#[test]
fn unknown_slugs_fall_back_and_prefetches_are_flagged() {
    let house = House::new(IntakeSettings::default());
    assert_eq!(house.call(&get("/c/none")).status, 404);
    let reply = house.call(&get("/c/a").with("sec-purpose", "prefetch;prerender"));
    assert_eq!(reply.status, 302);
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(house.hits()[0].bot, Some(BotReason::Prefetch));
    let fallback = LinkTarget::parse("https://home.example/").ok();
    let house = House::new(IntakeSettings {
        fallback_url: fallback,
        ..IntakeSettings::default()
    });
    assert_eq!(
        location(&house.call(&get("/c/none"))),
        "https://home.example/"
    );
}

#[test]
fn nothing_is_promised_when_the_log_fails() {
    let house = House::new(IntakeSettings::default());
    house.sink.fails.store(true, Ordering::SeqCst);
    let refused = house.call(&page_view(2, "https://shop2.example/"));
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (503, Some("2"))
    );
    assert_eq!(house.call(&get("/c/a")).status, 503);
    house.sink.fails.store(false, Ordering::SeqCst);
    house.call(&page_view(2, "https://shop2.example/").after(10));
    assert_eq!(
        house.hits()[0].visits,
        1,
        "the visit opens with the first stored hit"
    );
}

#[test]
fn a_cookie_recognises_and_a_refusal_forgets() {
    let house = House::new(IntakeSettings::default());
    let first = house.call(&page_view(1, "https://shop1.example/?gclid=G"));
    let cookie = first
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    house.call(
        &page_view(1, "https://www.shop1.example/b")
            .with("cookie", cookie.clone())
            .after(5),
    );
    let gpc = page_view(1, "https://shop1.example/?gclid=G").with("cookie", cookie);
    let refused = house.call(&gpc.with("sec-gpc", "1").after(9));
    let hits = house.hits();
    assert_eq!(hits[0].visitor, hits[1].visitor);
    assert_eq!((hits[0].click_ids.len(), hits[1].bounces), (1, -1));
    assert_ne!(hits[2].visitor, hits[0].visitor);
    assert!(hits[2].click_ids.is_empty());
    assert!(refused.header("set-cookie").unwrap().contains("Max-Age=0"));
}

#[test]
fn a_page_on_another_site_is_recognised_without_a_cookie() {
    let house = House::new(IntakeSettings::default());
    let view = |path: &str| {
        page_view(1, &format!("https://shop1.example{path}")).with("sec-fetch-site", "cross-site")
    };
    assert_eq!(house.call(&view("/")).header("set-cookie"), None);
    house.call(&view("/b").after(5));
    let older = view("/c")
        .with("sec-fetch-site", "")
        .with("origin", "https://shop1.example");
    house.call(&older.with("host", "collector.other.example:8080").after(9));
    let hits = house.hits();
    assert!(
        hits.iter()
            .all(|hit| hit.visitor == hits[0].visitor && hit.visit == hits[0].visit)
    );
}

#[test]
fn what_is_dropped_says_why() {
    let house = House::new(IntakeSettings::default());
    let check = |ask: Ask, status: u16, reason: &str| {
        let reply = house.call(&ask.with("origin", "https://shop1.example"));
        let told = reply.header("x-throughline-dropped").unwrap_or_default();
        assert_eq!((reply.status.as_u16(), told), (status, reason));
        assert_eq!(
            reply.header("access-control-allow-origin"),
            Some("https://shop1.example")
        );
    };
    check(
        page_view(1, "https://evil.example/"),
        202,
        "host_not_allowed",
    );
    check(page_view(1, "https://a.shops.example/"), 202, "");
    check(page_view(9, "https://shop1.example/"), 202, "unknown_site");
    check(page_view(1, "data:text/html,x"), 202, "bad_url");
    check(post("/e", "{"), 400, "");
    check(post("/e", "[".repeat(20)), 400, "");
    check(post("/e", "x".repeat(BODY_BYTES_MAX + 1)), 413, "");
    let counted = house.collector.counters().read(Some(SiteId(1)));
    assert_eq!(
        counted.dropped,
        [(DropReason::HostNotAllowed, 1), (DropReason::BadUrl, 1)]
    );
    assert_eq!(counted.first_at, Some(NOW));
}

#[test]
fn a_sender_over_its_rate_is_told_to_wait() {
    let rate = Rate {
        per_second: 1,
        burst: 1,
    };
    let settings = IntakeSettings {
        events_per_address: rate,
        ..IntakeSettings::default()
    };
    let house = House::new(settings);
    assert_eq!(
        house.call(&page_view(1, "https://shop1.example/")).status,
        202
    );
    let reply = house.call(&page_view(1, "https://shop1.example/"));
    assert_eq!(
        (reply.status.as_u16(), reply.header("retry-after")),
        (429, Some("1"))
    );
}

#[test]
fn pixel_and_script_are_served() {
    let house = House::new(IntakeSettings::default());
    let pixel = house.call(&get("/p.gif?k=key2").with("referer", "https://shop2.example/x"));
    assert_eq!((pixel.status.as_u16(), pixel.body.len()), (200, 43));
    assert_eq!(house.hits()[0].page.path, "/x");
    let script = house.call(&get("/t2.js"));
    assert!(
        script
            .body
            .ends_with(b"(\"key2\",\"/e\",\"cookieless\");\n")
    );
    let tag = script.header("etag").unwrap().to_owned();
    assert_eq!(
        house.call(&get("/t2.js").with("if-none-match", tag)).status,
        304
    );
}

#[test]
fn visits_go_on_after_a_restart() {
    let house = House::new(IntakeSettings::default());
    house.call(&page_view(2, "https://shop2.example/"));
    let restarted = House::new(IntakeSettings::default());
    restarted.collector.restore(&house.hits());
    restarted.call(&page_view(2, "https://shop2.example/b").after(60_000));
    let (before, after) = (house.hits(), restarted.hits());
    assert_eq!(
        (before[0].visit, after[0].visits, after[0].bounces),
        (after[0].visit, 0, -1)
    );
}
