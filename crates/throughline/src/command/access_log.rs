//! Years of web-server logs as visits.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use app::{Actor, App};
use base::Fact;
use collect::{AccessLogImporter, AccessLogOptions, Skip};
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;
use serde_json::json;

use super::{finish, open_as_operator, print};
use crate::cli::Import;
use crate::config::Config;
use crate::intake;

/// Lines whose facts are on their way to the disk at a time.
const LINES_IN_FLIGHT_MAX: usize = 4_096;
/// A longer line is no log line.
const LINE_BYTES_MAX: u64 = 64 << 10;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What came of the lines.
#[derive(Debug, Default)]
struct Counts {
    lines: u64,
    page_views: u64,
    visits: u64,
    machines: u64,
    skipped: BTreeMap<&'static str, u64>,
}

/// Exit code 1 when no line could be read: the file is no access log.
pub(crate) async fn run(config: &Config, command: &Import, json: bool) -> anyhow::Result<ExitCode> {
    let (app, actor) = open_as_operator(config, command.workspace).await?;
    app.require_room()?;
    let importer = importer(&app, &actor, config, command.site.as_deref()).await?;
    let enricher = intake::enricher(config)?;
    let counts = feed(&app, importer, &enricher, command).await?;
    finish(app).await?;
    let code = match counts.is_unreadable() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    };
    if json {
        print::say!(
            "{}",
            json!({
                "lines": counts.lines,
                "page_views": counts.page_views,
                "visits": counts.visits,
                "machines": counts.machines,
                "skipped": counts.skipped,
            })
        );
        return Ok(code);
    }
    print::say!(
        "{} lines: {} page views in {} visits by people, {} page views by machines.",
        counts.lines,
        counts.page_views,
        counts.visits,
        counts.machines
    );
    for (reason, count) in counts.skipped {
        print::say!("  {count:>8} lines skipped: {reason}");
    }
    if code == ExitCode::FAILURE {
        print::say!("No line is of an access log in the combined format; nothing was imported.");
    }
    Ok(code)
}

impl Counts {
    fn is_unreadable(&self) -> bool {
        let unreadable = self.skipped.get(Skip::Unreadable.name());
        self.lines > 0 && unreadable == Some(&self.lines)
    }
}

async fn importer(
    app: &App,
    actor: &Actor,
    config: &Config,
    domain: Option<&str>,
) -> anyhow::Result<AccessLogImporter> {
    let sites = app.list_sites(actor).await?;
    let site = match domain {
        Some(domain) => sites.iter().find(|site| site.details.domain == domain),
        None => sites.first(),
    };
    let Some(site) = site else {
        bail!("there is no such site: add one first, then name its domain with --site");
    };
    let routing = app.routing().borrow().clone();
    Ok(AccessLogImporter::new(AccessLogOptions {
        site: intake::site_of(site, &routing, config)?,
        salt: app.history_salt().await?,
        recorded: app.now(),
    }))
}

async fn feed(
    app: &App,
    mut importer: AccessLogImporter,
    enricher: &collect::Enricher,
    command: &Import,
) -> anyhow::Result<Counts> {
    let (mut reader, bar) = open_log(&command.file)?;
    let mut counts = Counts::default();
    let mut acks = Vec::with_capacity(LINES_IN_FLIGHT_MAX);
    let mut line = Vec::new();
    importer.begin_file();
    loop {
        line.clear();
        let read = reader
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        counts.lines += 1;
        let text = String::from_utf8_lossy(&line);
        match importer.feed(text.trim_end(), enricher) {
            Ok(hit) => {
                counts.visits += u64::from(hit.visits > 0 && hit.bot.is_none());
                counts.machines += u64::from(hit.bot.is_some());
                counts.page_views += u64::from(hit.bot.is_none());
                if !command.dry_run {
                    let payload = Fact::Hit(Box::new(hit)).encode()?;
                    acks.push(app.journal().append(&payload)?);
                }
            }
            Err(skip) => *counts.skipped.entry(skip.name()).or_default() += 1,
        }
        if acks.len() >= LINES_IN_FLIGHT_MAX {
            wait_for(&mut acks).await?;
        }
    }
    wait_for(&mut acks).await?;
    bar.finish_and_clear();
    Ok(counts)
}

async fn wait_for(acks: &mut Vec<journal::Ack>) -> anyhow::Result<()> {
    for ack in acks.drain(..) {
        ack.await?;
    }
    Ok(())
}

/// The log's lines, unpacked, with a bar that shows how far the file itself is read.
fn open_log(path: &Path) -> anyhow::Result<(BufReader<Box<dyn Read + Send>>, ProgressBar)> {
    let failed = || format!("failed to read {}", path.display());
    let file = File::open(path).with_context(failed)?;
    let bytes = file.metadata().with_context(failed)?.len();
    let bar = print::bar(bytes, "Reading the log");
    let mut reader = BufReader::new(bar.wrap_read(file));
    let gzip = reader
        .fill_buf()
        .with_context(failed)?
        .starts_with(&GZIP_MAGIC);
    let reader: Box<dyn Read + Send> = if gzip {
        Box::new(MultiGzDecoder::new(reader))
    } else {
        Box::new(reader)
    };
    Ok((BufReader::new(reader), bar))
}
