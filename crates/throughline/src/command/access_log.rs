//! Years of web-server logs as visits.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use app::{AccessLogFile, AccessLogLines, Actor, App};
use base::{Day, Fact, FiledHit, ImportId, TimeZone, UnixMillis};
use collect::{AccessLogImporter, AccessLogOptions, Enricher, LogSurvey, Site, Skip};
use serde_json::json;

use super::{catch_up, finish, open_as_operator, print};
use crate::cli::Import;
use crate::config::Config;
use crate::intake;
use file::LogFile;

/// Lines whose facts are on their way to the disk at a time.
const LINES_IN_FLIGHT_MAX: usize = 4_096;

/// What came of the lines.
#[derive(Debug, Default)]
struct Counts {
    lines: u64,
    page_views: u64,
    visits: u64,
    machines: u64,
    skipped: BTreeMap<&'static str, u64>,
}

/// Whose log it is, and what is known of its time already.
struct Plan {
    site: Site,
    zone: TimeZone,
    /// The moments of the first and the last page view; none in a file without any.
    extent: Option<(UnixMillis, UnixMillis)>,
    tracked: BTreeSet<Day>,
    warnings: Vec<String>,
}

/// What has been stored.
struct Stored {
    import: ImportId,
    /// Page views that no earlier import had brought.
    new: i64,
}

/// Exit code 1 when no line could be read: the file is no access log.
pub(crate) async fn run(config: &Config, command: &Import, json: bool) -> anyhow::Result<ExitCode> {
    let (app, actor) = open_as_operator(config, command.workspace).await?;
    app.require_room()?;
    if !command.dry_run {
        app.require_no_others().await?;
        // An import that broke off has to be gone before its lines come again.
        app.run_imports_until_idle().await?;
    }
    // What is still in the journal has been seen as well.
    catch_up(&app).await?;
    let plan = plan(&app, &actor, config, command).await?;
    if !json {
        for warning in &plan.warnings {
            print::say!("look: {warning}");
        }
    }
    require_choice(&plan, command)?;
    let enricher = intake::enricher(config)?;
    let mut importer = importer(&app, &plan, command).await?;
    let (counts, stored) = match plan.extent {
        Some(extent) if !command.dry_run => {
            let log = AccessLogFile {
                path: command.file.clone(),
                site: plan.site.id,
                extent,
            };
            let id = app.start_access_log(&actor, &log).await?;
            let counts = store(&app, &actor, (&mut importer, &enricher), command, id).await?;
            let Some(counts) = counts else {
                finish(app).await?;
                print::say!("Import {id} was cancelled; nothing of it is left.");
                return Ok(ExitCode::FAILURE);
            };
            let new = conclude(&app, &actor, id, &counts).await?;
            (counts, Some(Stored { import: id, new }))
        }
        _ => {
            let counts = feed(&app, (&mut importer, &enricher), command, None).await?;
            (counts, None)
        }
    };
    finish(app).await?;
    show(&plan, &counts, stored.as_ref(), json);
    Ok(match counts.is_unreadable() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

impl Counts {
    fn is_unreadable(&self) -> bool {
        let unreadable = self.skipped.get(Skip::Unreadable.name());
        self.lines > 0 && unreadable == Some(&self.lines)
    }
}

/// The site of a domain, or the first one.
pub(super) async fn named_site(
    app: &App,
    actor: &Actor,
    domain: Option<&str>,
) -> anyhow::Result<app::rows::Site> {
    let sites = app.list_sites(actor).await?;
    let mut named = sites
        .into_iter()
        .filter(|site| domain.is_none_or(|domain| site.details.domain == domain));
    named
        .next()
        .context("there is no such site: add one first, then name its domain with --site")
}

/// Looks at the log before anything of it is stored.
async fn plan(app: &App, actor: &Actor, config: &Config, command: &Import) -> anyhow::Result<Plan> {
    let site = &named_site(app, actor, command.site.as_deref()).await?;
    let routing = app.routing().borrow().clone();
    let zone = intake::zone_of(site, &routing)?;
    let site = intake::site_of(site, &routing, config)?;
    let survey = survey(command)?;
    if survey.is_newest_first() {
        bail!(
            "{} has its newest lines first, and visits are told apart from the oldest line on: \
             turn it over (tac {0} > turned.log) and import that",
            command.file.display()
        );
    }
    let extent = survey.extent();
    let tracked = match extent {
        Some(extent) => app.tracked_days(actor, site.id, extent, &zone).await?,
        None => BTreeSet::new(),
    };
    let domain = &site.domain;
    let mut warnings = Vec::new();
    if let Some(host) = survey.foreign_host(&site) {
        warnings.push(format!(
            "the pages of this log are of {host}, which is no host of {domain}; --site names \
             another site"
        ));
    }
    if !tracked.is_empty() {
        warnings.push(format!(
            "the tracker of {domain} has seen days of this log itself: {}",
            spans(&tracked)
        ));
    }
    Ok(Plan {
        site,
        zone,
        extent,
        tracked,
        warnings,
    })
}

/// Whoever imports days that are known says what is to become of them.
fn require_choice(plan: &Plan, command: &Import) -> anyhow::Result<()> {
    if plan.tracked.is_empty() || command.overlap || command.skip_tracked || command.dry_run {
        return Ok(());
    }
    bail!(
        "the tracker of {} has seen {} days of this log itself ({}): --skip-tracked imports the \
         other days, --overlap imports them all, and their visits count twice",
        plan.site.domain,
        plan.tracked.len(),
        spans(&plan.tracked)
    );
}

/// Days in words: those that follow each other as one span.
fn spans(days: &BTreeSet<Day>) -> String {
    let mut spans: Vec<(Day, Day)> = Vec::new();
    for day in days {
        match spans.last_mut() {
            Some((_, last)) if last.0 + 1 == day.0 => *last = *day,
            _ => spans.push((*day, *day)),
        }
    }
    let word = |(first, last): &(Day, Day)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    };
    spans.iter().map(word).collect::<Vec<_>>().join(", ")
}

async fn importer(app: &App, plan: &Plan, command: &Import) -> anyhow::Result<AccessLogImporter> {
    Ok(AccessLogImporter::new(AccessLogOptions {
        site: plan.site.clone(),
        salt: app.history_salt().await?,
        recorded: app.now(),
        tracked_days: match command.skip_tracked {
            true => plan.tracked.clone(),
            false => BTreeSet::new(),
        },
        zone: plan.zone.clone(),
    }))
}

/// Reads the log once to see what it is of.
fn survey(command: &Import) -> anyhow::Result<LogSurvey> {
    let mut log = LogFile::open(&command.file, "Looking at the log")?;
    let mut survey = LogSurvey::default();
    while let Some(line) = log.next_line()? {
        survey.note(&line);
    }
    log.close();
    Ok(survey)
}

/// Stores the log under an import; `None` when it was cancelled. What stops it otherwise takes it
/// back as well.
async fn store(
    app: &App,
    actor: &Actor,
    reader: (&mut AccessLogImporter, &Enricher),
    command: &Import,
    id: ImportId,
) -> anyhow::Result<Option<Counts>> {
    let fed = tokio::select! {
        fed = feed(app, reader, command, Some(id)) => Some(fed),
        pressed = tokio::signal::ctrl_c() => {
            pressed?;
            None
        }
    };
    match fed {
        Some(Ok(counts)) => Ok(Some(counts)),
        Some(Err(error)) => {
            // Where this fails as well, whoever opens the folder next does it.
            if let Err(later) = app.run_imports_until_idle().await {
                tracing::warn!(error = %later, "left an import to be taken back");
            }
            Err(error)
        }
        None => {
            app.cancel_import(actor, id).await?;
            app.run_imports_until_idle().await?;
            Ok(None)
        }
    }
}

/// Ends an import whose hits are durable; how many of them were new.
async fn conclude(app: &App, actor: &Actor, id: ImportId, counts: &Counts) -> anyhow::Result<i64> {
    catch_up(app).await?;
    let lines = AccessLogLines {
        read: counts.lines,
        page_views: counts.page_views + counts.machines,
    };
    let view = app.finish_access_log(actor, id, lines).await?;
    Ok(view.import.progress.rows_new)
}

/// Reads the log, and appends its hits where there is an import for them.
async fn feed(
    app: &App,
    (importer, enricher): (&mut AccessLogImporter, &Enricher),
    command: &Import,
    import: Option<ImportId>,
) -> anyhow::Result<Counts> {
    let mut log = LogFile::open(&command.file, "Reading the log")?;
    let mut counts = Counts::default();
    let mut acks = Vec::with_capacity(LINES_IN_FLIGHT_MAX);
    importer.begin_file();
    while let Some(line) = log.next_line()? {
        counts.lines += 1;
        match importer.feed(&line, enricher) {
            Ok(hit) => {
                counts.visits += u64::from(hit.visits > 0 && hit.bot.is_none());
                counts.machines += u64::from(hit.bot.is_some());
                counts.page_views += u64::from(hit.bot.is_none());
                if let Some(import) = import {
                    let payload = Fact::FiledHit(Box::new(FiledHit { import, hit })).encode()?;
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
    log.close();
    Ok(counts)
}

async fn wait_for(acks: &mut Vec<journal::Ack>) -> anyhow::Result<()> {
    for ack in acks.drain(..) {
        ack.await.context("failed to make a page view durable")?;
    }
    Ok(())
}

fn show(plan: &Plan, counts: &Counts, stored: Option<&Stored>, json: bool) {
    if json {
        let tracked: Vec<String> = plan.tracked.iter().map(ToString::to_string).collect();
        print::say!(
            "{}",
            json!({
                "id": stored.map(|stored| stored.import.0),
                "lines": counts.lines,
                "page_views": counts.page_views,
                "visits": counts.visits,
                "machines": counts.machines,
                "new": stored.map(|stored| stored.new),
                "skipped": counts.skipped,
                "tracked_days": tracked,
                "warnings": plan.warnings,
            })
        );
        return;
    }
    print::say!(
        "{} lines: {} page views in {} visits by people, {} page views by machines.",
        counts.lines,
        counts.page_views,
        counts.visits,
        counts.machines
    );
    for (reason, count) in &counts.skipped {
        print::say!("  {count:>8} lines skipped: {reason}");
    }
    if let Some(Stored { import, new }) = stored {
        print::say!("Import {import}: {new} page views are new.");
    } else if counts.is_unreadable() {
        print::say!("No line is of an access log in the combined format; nothing was imported.");
    } else {
        print::say!("Nothing was changed.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(days: &[&str], expected: &str) {
        let days = days.iter().map(|day| day.parse().unwrap()).collect();
        assert_eq!(spans(&days), expected);
    }

    #[test]
    fn days_that_follow_each_other_are_one_span() {
        check(&["2026-03-02"], "2026-03-02");
        check(
            &["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-03"],
            "2026-02-27 to 2026-03-01, 2026-03-03",
        );
    }
}
