//! The server's own back-ups: made when they are due or wanted, tested, and told of.

use std::sync::Arc;
use std::time::Duration;

use app::{App, BackupFailure, BackupMade, BackupProof, BackupStatus, Surroundings as _};
use backup::Repository;
use base::UnixMillis;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use super::copies::clear_leftovers;
use super::place::{Access, open};
use super::turn::Busy;
use super::{Living, Made, make, proof, state};
use crate::config::{BackupPlace, Config};
use crate::open::Layout;
use crate::surroundings::Machine;

/// How often the clock is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(20);
/// After a failure, before the next try.
const RETRY_PAUSE_MS: i64 = 15 * 60_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// Makes back-ups until the server stops. One that is under way then is broken off: what was sent
/// of it serves the next one.
pub(crate) async fn keep_making(config: Config, living: Living, stop: CancellationToken) {
    let app = living.app.clone();
    if config.backup.place == BackupPlace::Nowhere {
        return;
    }
    if let Err(error) = begin(&config, &app) {
        tracing::error!("there will be no back-ups: {error:#}");
        return;
    }
    loop {
        let wanted = tokio::select! {
            () = app.backups().wanted() => true,
            () = tokio::time::sleep(LOOK_INTERVAL) => false,
            () = stop.cancelled() => return,
        };
        if !wanted && !is_due(&config, &app.backups().status(), Machine.now()) {
            continue;
        }
        app.backups().note(|status| status.running = true);
        tokio::select! {
            () = make_and_prove(&config, &living) => {}
            () = stop.cancelled() => return,
        }
        app.backups().note(|status| status.running = false);
    }
}

/// Writes on the board what was known before the start.
fn begin(config: &Config, app: &App) -> anyhow::Result<()> {
    let schedule = config.backup.schedule()?;
    if let Err(error) = clear_leftovers(&Layout::new(&config.data.folder)) {
        tracing::warn!(%error, "what a back-up that was broken off has left is still there");
    }
    let known = state::read(&Layout::new(&config.data.folder).backup());
    app.backups().note(|status| {
        *status = BackupStatus {
            place: Some(config.backup.shown_place()),
            every_ms: schedule.every_ms(),
            since: Some(Machine.now()),
            ..known
        };
    });
    Ok(())
}

/// A back-up is due when the last time on the clock has come since the newest was made. One that
/// failed is tried again after a while.
fn is_due(config: &Config, status: &BackupStatus, now: UnixMillis) -> bool {
    let Ok(schedule) = config.backup.schedule() else {
        return false;
    };
    let failed = status.failure.as_ref().map(|failure| failure.at);
    if failed.is_some_and(|at| now.since_ms(at).abs() < RETRY_PAUSE_MS) {
        return false;
    }
    let newest = status.newest_by(now).map(|newest| newest.made.0);
    newest.is_none_or(|newest| newest < schedule.last_due_ms(now.0))
}

async fn make_and_prove(config: &Config, living: &Living) {
    let app = &living.app;
    let begun = Machine.now();
    match make(config, Some(living), &ProgressBar::hidden()).await {
        Ok(made) => {
            tracing::info!(name = %made.name, sent = made.sent.bytes, "a back-up was made");
            let made = told(&made, begun);
            app.backups().note(|status| {
                status.newest = Some(made);
                status.failure = None;
            });
        }
        Err(error) => {
            tracing::error!("a back-up failed, and is tried again: {error:#}");
            let why = format!("{error:#}");
            app.backups().note(|status| {
                status.failure = Some(BackupFailure { at: begun, why });
            });
        }
    }
    write_state(config, app);
    let status = app.backups().status();
    if status.failure.is_none() && is_proof_due(config, &status, Machine.now()) {
        match prove_newest(config, &status).await {
            Ok(proof) => {
                for fault in &proof.faults {
                    tracing::error!(fault, "a back-up is not what it was");
                }
                app.backups().note(|status| status.proof = Some(proof));
            }
            Err(error) if error.is::<Busy>() => {
                tracing::info!("the test of a back-up waits for the next one: {error:#}");
            }
            Err(error) => {
                tracing::error!("a back-up could not be restored for a test: {error:#}");
                let proof = failed_proof(&status, format!("{error:#}"));
                app.backups().note(|status| status.proof = proof);
                if let Err(error) = mark_damage(config, &status).await {
                    tracing::warn!("nobody knows which pieces are damaged: {error:#}");
                }
            }
        }
        write_state(config, app);
    }
}

fn told(made: &Made, begun: UnixMillis) -> BackupMade {
    BackupMade {
        name: made.name.to_string(),
        made: UnixMillis(made.set.made_ms),
        took_ms: Machine.now().since_ms(begun),
        bytes: made.set.sums().bytes,
        sent_bytes: made.sent.bytes,
        place_bytes: made.place_bytes,
    }
}

fn is_proof_due(config: &Config, status: &BackupStatus, now: UnixMillis) -> bool {
    let days = i64::from(config.backup.test_days);
    let proved = status.proof.as_ref();
    let is_sound = proved.is_some_and(|proof| proof.faults.is_empty());
    let age_ms = proved.map(|proof| now.since_ms(proof.at));
    // What has failed is tested anew with the next one.
    days > 0 && (!is_sound || age_ms.is_none_or(|age| age.abs() >= days * DAY_MS))
}

async fn prove_newest(config: &Config, status: &BackupStatus) -> anyhow::Result<BackupProof> {
    let repository: Arc<Repository> = open(config, Access::Read).await?;
    let name = status.newest.as_ref().map(|newest| newest.name.as_str());
    let name: backup::SetName = name.unwrap_or_default().parse()?;
    let proof = proof::prove(config, &repository, &name, &ProgressBar::hidden()).await?;
    Ok(BackupProof {
        name: name.to_string(),
        at: Machine.now(),
        facts: proof.facts,
        reports: proof.reports,
        faults: proof.faults,
    })
}

/// What of the newest one is damaged is sent again by the next one.
async fn mark_damage(config: &Config, status: &BackupStatus) -> anyhow::Result<()> {
    let Some(newest) = &status.newest else {
        return Ok(());
    };
    let name: backup::SetName = newest.name.parse()?;
    let repository = open(config, Access::Write).await?;
    let marked = tokio::task::spawn_blocking(move || {
        let verified = backup::verify(&repository, &[name], &mut |_| {})?;
        repository.mark(&verified)
    });
    let marked = marked.await??;
    if marked > 0 {
        tracing::warn!(
            pieces = marked,
            "damaged pieces are sent again by the next back-up"
        );
    }
    Ok(())
}

fn failed_proof(status: &BackupStatus, why: String) -> Option<BackupProof> {
    let newest = status.newest.as_ref()?;
    Some(BackupProof {
        name: newest.name.clone(),
        at: Machine.now(),
        facts: 0,
        reports: 0,
        faults: vec![why],
    })
}

fn write_state(config: &Config, app: &App) {
    let folder = Layout::new(&config.data.folder).backup();
    if let Err(error) = state::write(&folder, &app.backups().status()) {
        tracing::warn!("the next start will not know of back-ups: {error:#}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_348_800_000;
    const HOUR_MS: i64 = 3_600_000;

    fn config() -> Config {
        let (config, _) = crate::config::load(None, std::iter::empty()).unwrap();
        config
    }

    fn made(hours_ago: i64) -> Option<BackupMade> {
        Some(BackupMade {
            name: "20261122t031501000z-0102abff".to_owned(),
            made: UnixMillis(NOW - hours_ago * HOUR_MS),
            took_ms: 1,
            bytes: 2,
            sent_bytes: 3,
            place_bytes: 4,
        })
    }

    fn check_due(newest: Option<BackupMade>, failed_minutes_ago: Option<i64>, is_due_now: bool) {
        let failure = failed_minutes_ago.map(|minutes| BackupFailure {
            at: UnixMillis(NOW - minutes * 60_000),
            why: "the disk is full".to_owned(),
        });
        let status = BackupStatus {
            newest,
            failure,
            ..BackupStatus::default()
        };
        assert_eq!(is_due(&config(), &status, UnixMillis(NOW)), is_due_now);
    }

    /// It is noon, and the default is a quarter past three.
    #[test]
    fn one_a_day_is_made_and_a_failed_one_tried_again_after_a_while() {
        check_due(None, None, true);
        check_due(made(8), None, false);
        check_due(made(9), None, true);
        check_due(made(9), Some(14), false);
        check_due(made(9), Some(16), true);
        check_due(None, Some(1), false);
    }

    /// The clock was ahead when it was made, and is right again.
    #[test]
    fn one_from_the_future_keeps_nobody_from_making_one() {
        check_due(made(-30 * 24), None, true);
        // A clock that was set back by a little is no reason for another one.
        check_due(made(0), None, false);
        let barely = made(0).map(|made| BackupMade {
            made: made.made.plus_ms(60_000),
            ..made
        });
        check_due(barely, None, false);
    }

    #[test]
    fn a_test_is_made_after_days_or_when_the_last_one_failed() {
        let proved = |days_ago: i64, faults: Vec<String>| BackupStatus {
            newest: made(0),
            proof: Some(BackupProof {
                name: String::new(),
                at: UnixMillis(NOW - days_ago * DAY_MS),
                facts: 0,
                reports: 0,
                faults,
            }),
            ..BackupStatus::default()
        };
        let due = |status: &BackupStatus| is_proof_due(&config(), status, UnixMillis(NOW));
        assert!(due(&BackupStatus::default()));
        assert!(!due(&proved(6, Vec::new())));
        assert!(due(&proved(7, Vec::new())));
        assert!(due(&proved(
            1,
            vec!["leads has 1 rows, and had 2".to_owned()]
        )));
        let mut never = config();
        never.backup.test_days = 0;
        assert!(!is_proof_due(
            &never,
            &BackupStatus::default(),
            UnixMillis(NOW)
        ));
    }
}
