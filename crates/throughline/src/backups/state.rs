//! How back-ups stood, kept in the data folder for the next start.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use app::{BackupFailure, BackupMade, BackupProof, BackupStatus};
use base::UnixMillis;
use serde_json::{Value, json};

const NAME: &str = "state.json";

/// What was known; nothing where it cannot be read, and a back-up is made that much sooner.
pub(super) fn read(folder: &Path) -> BackupStatus {
    let text = fs::read(folder.join(NAME)).unwrap_or_default();
    let told: Value = serde_json::from_slice(&text).unwrap_or_default();
    BackupStatus {
        newest: newest(&told["newest"]),
        failure: failure(&told["failure"]),
        proof: proof(&told["proof"]),
        ..BackupStatus::default()
    }
}

pub(super) fn write(folder: &Path, status: &BackupStatus) -> anyhow::Result<()> {
    let newest = status.newest.as_ref().map(|newest| {
        json!({
            "name": newest.name, "made_ms": newest.made.0, "took_ms": newest.took_ms,
            "bytes": newest.bytes, "sent_bytes": newest.sent_bytes,
            "place_bytes": newest.place_bytes,
        })
    });
    let failure = status.failure.as_ref();
    let failure = failure.map(|failure| json!({"at_ms": failure.at.0, "why": failure.why}));
    let proof = status.proof.as_ref().map(|proof| {
        json!({
            "name": proof.name, "at_ms": proof.at.0, "facts": proof.facts,
            "reports": proof.reports, "faults": proof.faults,
        })
    });
    let told = json!({"newest": newest, "failure": failure, "proof": proof});
    let part = folder.join("state.part");
    let mut file = File::create(&part)?;
    file.write_all(told.to_string().as_bytes())?;
    file.sync_all()?;
    Ok(fs::rename(&part, folder.join(NAME))?)
}

fn newest(told: &Value) -> Option<BackupMade> {
    Some(BackupMade {
        name: told["name"].as_str()?.to_owned(),
        made: UnixMillis(told["made_ms"].as_i64()?),
        took_ms: told["took_ms"].as_i64()?,
        bytes: told["bytes"].as_u64()?,
        sent_bytes: told["sent_bytes"].as_u64()?,
        place_bytes: told["place_bytes"].as_u64()?,
    })
}

fn failure(told: &Value) -> Option<BackupFailure> {
    Some(BackupFailure {
        at: UnixMillis(told["at_ms"].as_i64()?),
        why: told["why"].as_str()?.to_owned(),
    })
}

fn proof(told: &Value) -> Option<BackupProof> {
    let faults = told["faults"].as_array()?.iter();
    Some(BackupProof {
        name: told["name"].as_str()?.to_owned(),
        at: UnixMillis(told["at_ms"].as_i64()?),
        facts: told["facts"].as_u64()?,
        reports: told["reports"].as_u64()?,
        faults: faults
            .filter_map(|it| Some(it.as_str()?.to_owned()))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_known_is_known_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), BackupStatus::default());
        let status = BackupStatus {
            newest: Some(BackupMade {
                name: "20261122t031501000z-0102abff".to_owned(),
                made: UnixMillis(1),
                took_ms: 2,
                bytes: 3,
                sent_bytes: 4,
                place_bytes: 5,
            }),
            failure: Some(BackupFailure {
                at: UnixMillis(6),
                why: "the disk is full".to_owned(),
            }),
            proof: Some(BackupProof {
                name: "20261122t031501000z-0102abff".to_owned(),
                at: UnixMillis(7),
                facts: 8,
                reports: 9,
                faults: vec!["leads has 1 rows, and had 2".to_owned()],
            }),
            ..BackupStatus::default()
        };
        write(folder.path(), &status).unwrap();
        assert_eq!(read(folder.path()), status);
    }
}
