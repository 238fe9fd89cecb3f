//! A check-up in plain words: configuration, folder, clock, disk, engines.

use std::path::Path;
use std::process::ExitCode;

use app::rows::Node;
use app::{App, DiskRoom, Outbound, Surroundings as _};
use journal::JournalError;
use serde_json::json;
use store::{Engine, Store, StoreError, maintain};

use crate::cli::Doctor;
use crate::config::{Config, StoreUrl, WarehouseUrl};
use crate::master_key::{KeyRefused, Source, is_open_to_others};
use crate::open::held::Held;
use crate::open::{self, Layout};
use crate::surroundings::Machine;

mod mend;
mod notes;
mod usage;

/// A node that has not been seen for so long deserves a look.
const SILENT_MS: i64 = 60_000;

/// A clock before this moment (2026-01-01) is certainly wrong.
const CLOCK_MIN_MS: i64 = 1_767_225_600_000;

/// One finding.
struct Finding {
    what: &'static str,
    verdict: Verdict,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Look,
    Broken,
    WouldMend,
    Mended,
}

/// Exit code 0 when nothing is broken, 1 otherwise.
pub(crate) async fn run(config: &Config, command: &Doctor, json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = vec![
        versions(),
        configuration(config),
        passkeys(config),
        provider(config).await,
        clock(),
        disk(config),
    ];
    findings.extend(folder(config, command).await);
    if json {
        super::print::say!(
            "{}",
            json!(findings.iter().map(Finding::shape).collect::<Vec<_>>())
        );
    } else {
        for finding in &findings {
            super::print::say!(
                "{:<10} {:<14} {}",
                finding.verdict.word(),
                finding.what,
                finding.detail
            );
        }
    }
    let broken = findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Broken);
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl Finding {
    fn shape(&self) -> serde_json::Value {
        json!({"what": self.what, "verdict": self.verdict.word(), "detail": self.detail})
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Look => "look",
            Self::Broken => "broken",
            Self::WouldMend => "would mend",
            Self::Mended => "mended",
        }
    }
}

fn finding(what: &'static str, verdict: Verdict, detail: impl Into<String>) -> Finding {
    Finding {
        what,
        verdict,
        detail: detail.into(),
    }
}

fn versions() -> Finding {
    finding(
        "version",
        Verdict::Fine,
        format!("throughline {}", env!("CARGO_PKG_VERSION")),
    )
}

fn configuration(config: &Config) -> Finding {
    let public = !config.server.listen.ip().is_loopback();
    if public && config.server.base_url.starts_with("http://") {
        let detail = "server.listen is reachable from outside, but server.base_url is not https: \
            put a proxy with TLS in front and set base_url";
        return finding("configuration", Verdict::Look, detail);
    }
    finding(
        "configuration",
        Verdict::Fine,
        format!("address {}", config.server.base_url),
    )
}

fn passkeys(config: &Config) -> Finding {
    match app::why_no_passkeys(&config.server.base_url) {
        Some(why) => finding(
            "passkeys",
            Verdict::Look,
            format!("nobody can use them: {why}"),
        ),
        None => finding("passkeys", Verdict::Fine, "people can sign in by them"),
    }
}

async fn provider(config: &Config) -> Finding {
    let what = "provider";
    let issuer = config.provider.issuer.clone();
    if issuer.is_empty() {
        return finding(what, Verdict::Fine, "none: people sign in here alone");
    }
    if let Err(error) = config.provider.settings().await {
        return finding(what, Verdict::Broken, format!("{error:#}"));
    }
    let networks = crate::intake::networks(&config.outbound.allow);
    let found = match networks {
        Ok(networks) => {
            let outbound = Outbound::new(networks);
            let asked = tokio::task::spawn_blocking({
                let issuer = issuer.clone();
                move || app::check_provider(&outbound, &issuer)
            });
            asked.await.map_err(|error| error.to_string()).flatten()
        }
        Err(error) => Err(format!("{error:#}")),
    };
    match found {
        Ok(()) => finding(what, Verdict::Fine, format!("{issuer} answers")),
        Err(why) => finding(
            what,
            Verdict::Look,
            format!("nobody can sign in by {issuer}: {why}"),
        ),
    }
}

fn clock() -> Finding {
    let now = Machine.now();
    if now.0 < CLOCK_MIN_MS {
        let detail = format!("the clock says {}; set it before collecting", now.rfc3339());
        return finding("clock", Verdict::Broken, detail);
    }
    finding("clock", Verdict::Fine, now.rfc3339())
}

fn disk(config: &Config) -> Finding {
    let folder = &config.data.folder;
    let existing = folder.ancestors().find(|path| path.is_dir());
    let path = existing.filter(|path| !path.as_os_str().is_empty());
    let free = Machine.free_bytes(path.unwrap_or(Path::new(".")));
    let (low, floor) = (config.data.disk_low_mb, config.data.disk_floor_mb);
    match (config.disk_limits().judge(free), free) {
        (_, None) => finding("disk", Verdict::Look, "nobody can tell how much is free"),
        (DiskRoom::Enough, Some(free)) => {
            finding("disk", Verdict::Fine, format!("{} MB are free", free >> 20))
        }
        (DiskRoom::Low { free_mb }, _) => {
            let detail = format!(
                "only {free_mb} MB are free: below {low} MB no files are imported, below \
                 {floor} MB no events are taken in. {}",
                usage::told(&Layout::new(folder))
            );
            finding("disk", Verdict::Look, detail)
        }
        (DiskRoom::Spent { free_mb }, _) => {
            let detail = format!(
                "only {free_mb} MB are free: below {floor} MB no events are taken in. {}",
                usage::told(&Layout::new(folder))
            );
            finding("disk", Verdict::Broken, detail)
        }
    }
}

async fn folder(config: &Config, command: &Doctor) -> Vec<Finding> {
    let layout = Layout::new(&config.data.folder);
    let shown = layout.root.display();
    let is_new = match config.store.url {
        StoreUrl::Sqlite => !layout.store().is_file(),
        StoreUrl::Postgres(_) => !layout.journal().is_dir(),
    };
    if is_new {
        let detail = format!("{shown} is new; `throughline serve` will fill it");
        return vec![finding("data folder", Verdict::Fine, detail)];
    }
    if let Some(finding) = upgrade_finding(config, &layout).await
        && (!command.fix || command.dry_run)
    {
        // Opening it would change its tables.
        return vec![finding];
    }
    let app = match open::open(config).await {
        Ok(app) => app,
        Err(error) => {
            return vec![unopened(&layout, &error)];
        }
    };
    let mut findings = vec![finding("data folder", Verdict::Fine, shown.to_string())];
    let journal = app.journal().status();
    let behind = app
        .warehouse()
        .position(&app.this_node().name)
        .ok()
        .flatten()
        .map_or(0, |at| at.segment);
    let detail = format!(
        "segment {}, loaded up to segment {behind}",
        journal.durable.segment
    );
    findings.push(finding("journal", Verdict::Fine, detail));
    findings.push(match app.warehouse().stats() {
        Ok(stats) => {
            let place = match &config.warehouse.url {
                WarehouseUrl::Duckdb => "in a DuckDB file".to_owned(),
                WarehouseUrl::ClickHouse(url) => match warehouse::shown_address(url) {
                    Ok(address) => format!("on ClickHouse at {address}"),
                    Err(error) => error.to_string(),
                },
            };
            let detail = format!("{} hits {place}", stats.hits);
            finding("warehouse", Verdict::Fine, detail)
        }
        Err(error) => finding("warehouse", Verdict::Broken, error.to_string()),
    });
    findings.push(store_finding(&app).await);
    findings.extend(nodes_finding(&app).await);
    findings.push(secrets_finding(config, &layout, &app).await);
    findings.extend(mends(config, &layout, &app, command).await);
    findings
}

/// What can be mended: told, or done.
async fn mends(config: &Config, layout: &Layout, app: &App, command: &Doctor) -> Vec<Finding> {
    let mends = match mend::find(config, layout, app).await {
        Ok(mends) => mends,
        Err(error) => {
            let detail = format!("nobody can tell what to mend: {error:#}");
            return vec![finding("mending", Verdict::Look, detail)];
        }
    };
    let mut findings = Vec::with_capacity(mends.len());
    for mend in &mends {
        findings.push(match (command.fix, command.dry_run) {
            (false, _) => mend.told(),
            (true, true) => mend.foretold(),
            (true, false) => mend.done(app).await,
        });
    }
    if command.fix && mends.is_empty() {
        findings.push(finding(
            "mending",
            Verdict::Fine,
            "there is nothing to mend",
        ));
    }
    findings
}

/// Where an earlier version has made the store: what its upgrade brings along.
async fn upgrade_finding(config: &Config, layout: &Layout) -> Option<Finding> {
    if config.store.url != StoreUrl::Sqlite {
        return None;
    }
    let version = maintain::older_schema(&layout.store()).await.ok()??;
    let newest = maintain::newest_schema();
    let mut detail = format!(
        "an earlier version has made the store (tables of version {version}, this program's are \
         of {newest}): the next start, or --fix, changes them behind a copy, see docs/upgrading.md"
    );
    for (of, note) in notes::behind(version) {
        detail.push_str(&format!("\n{:>23}store {of}: {note}", ""));
    }
    Some(finding("upgrade", Verdict::Look, detail))
}

/// The nodes that share the work, where there are several.
async fn nodes_finding(app: &App) -> Option<Finding> {
    let all = app.nodes().await.ok()?;
    let waited: Vec<_> = all.iter().filter(|node| node.gone_at.is_none()).collect();
    if waited.len() < 2 {
        return None;
    }
    let told = waited.iter().map(|node| {
        let state = if node.stopped_segment.is_some() {
            "stopped"
        } else {
            "seen"
        };
        format!(
            "{} ({}) {state} {}",
            node.name,
            node.roles,
            node.seen_at.rfc3339()
        )
    });
    let told = told.collect::<Vec<_>>().join(", ");
    let is_silent = |node: &&Node| {
        let runs = node.stopped_segment.is_none() && node.name != app.this_node().name;
        runs && app.now().since_ms(node.seen_at) > SILENT_MS
    };
    let verdict = match waited.iter().any(is_silent) {
        true => Verdict::Look,
        false => Verdict::Fine,
    };
    Some(finding("nodes", verdict, told))
}

/// What to do about a folder that cannot be opened.
fn unopened(layout: &Layout, error: &anyhow::Error) -> Finding {
    let shown = layout.root.display();
    let text = format!("{error:#}");
    let told = |advice: &str| {
        let detail = format!("{shown}: {text}. {advice}");
        finding("data folder", Verdict::Broken, detail)
    };
    if let Some(held) = find::<Held>(error) {
        return finding("data folder", Verdict::Look, held.to_string());
    }
    if let Some(refused) = find::<KeyRefused>(error) {
        return finding("secrets", Verdict::Broken, refused.to_string());
    }
    if let Some(JournalError::Damaged { segment, .. }) = find::<JournalError>(error) {
        let file = layout.journal().join(format!("{segment:012}.log"));
        let detail = format!(
            "{text}. The file is {}. What was acknowledged there has changed since, so it is not \
             cut like the torn end that a crash leaves. Put it back from a backup; if there is \
             none and it is the newest segment, move it away: what is loaded stays in the \
             reports, only what is not loaded yet is lost.",
            file.display()
        );
        return finding("journal", Verdict::Broken, detail);
    }
    if let Some(error) = find::<warehouse::Error>(error)
        && is_of_server(error)
    {
        let cause = std::error::Error::source(error).map(|source| format!(": {source}"));
        let detail = format!("{error}{}", cause.unwrap_or_default());
        return finding("warehouse", Verdict::Broken, detail);
    }
    if find::<warehouse::Error>(error).is_some() {
        let advice = "The warehouse can be made anew: move warehouse.duckdb and \
            warehouse.duckdb.wal away, then run `throughline rebuild`.";
        return told(advice);
    }
    if let Some(error @ StoreError::Refused { .. }) = find(error) {
        return finding("store", Verdict::Broken, error.to_string());
    }
    if find::<StoreError>(error).is_some() {
        let advice = "Sites, leads, deals and costs live in store.sqlite: put it back from a \
            backup.";
        return told(advice);
    }
    told("Check that the folder can be written.")
}

/// Nothing in the data folder can mend it.
fn is_of_server(error: &warehouse::Error) -> bool {
    use warehouse::Error::{Address, Cluster, Fenced, Server};
    matches!(
        error,
        Server { .. } | Cluster { .. } | Address { .. } | Fenced
    )
}

/// The first error of a kind among all that led to this one.
fn find<E: std::error::Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref::<E>())
}

async fn store_finding(app: &App) -> Finding {
    match examine_store(app.store()).await {
        Ok((engine, faults)) if faults.is_empty() => {
            finding("store", Verdict::Fine, format!("{engine}, intact"))
        }
        Ok((engine, faults)) => {
            let detail = format!("{engine}: {}", faults.join("; "));
            finding("store", Verdict::Broken, detail)
        }
        Err(error) => finding("store", Verdict::Broken, error.to_string()),
    }
}

/// Which key, where it is, and whether others may read it.
async fn secrets_finding(config: &Config, layout: &Layout, app: &App) -> Finding {
    let told = match (app.secrets_kept().await, Source::of(config, layout)) {
        (Ok((key, kept)), Ok(source)) => (key, kept, source),
        (Err(error), _) => return finding("secrets", Verdict::Broken, error.to_string()),
        (_, Err(error)) => return finding("secrets", Verdict::Broken, error.to_string()),
    };
    let (key, kept, source) = told;
    let detail = format!("{kept} sealed with key {key} of {source}");
    match source.file().filter(|path| is_open_to_others(path)) {
        Some(path) => {
            let path = path.display();
            let detail = format!("{detail}, which others may read: `chmod 600 {path}`");
            finding("secrets", Verdict::Look, detail)
        }
        None => finding("secrets", Verdict::Fine, detail),
    }
}

/// Engine, version and place, and what is wrong.
async fn examine_store(store: &Store) -> Result<(String, Vec<String>), StoreError> {
    let mut connection = store.read().await?;
    let version = maintain::engine_version(&mut connection).await?;
    let name = match store.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let faults = maintain::check_integrity(&mut connection).await?;
    Ok((format!("{name} {version} at {}", store.place()), faults))
}
