//! Settings of back-ups.

use std::path::{Path, PathBuf};

use ::backup::{Keep, Schedule, ScheduleError};
use serde::Deserialize;

use super::check::{check_key, wrong};
use super::{Secrets, Unshown};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    pub(crate) place: BackupPlace,
    pub(crate) at: String,
    pub(crate) every_h: u32,
    pub(crate) zone: String,
    pub(crate) keep_hourly: usize,
    pub(crate) keep_daily: usize,
    pub(crate) keep_weekly: usize,
    pub(crate) keep_monthly: usize,
    pub(crate) test_days: u32,
    pub(crate) with_secrets_key: bool,
    key_file: PathBuf,
    pub(super) key: Unshown,
    key_command: String,
    pub(crate) earlier_key_files: Vec<PathBuf>,
    pub(crate) s3_endpoint: String,
    pub(crate) s3_region: String,
    pub(crate) s3_access_key: String,
    pub(crate) s3_secret_key: Unshown,
    pub(crate) upgrade_copies: usize,
    pub(crate) upgrade_folder: PathBuf,
}

/// Where back-ups go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum BackupPlace {
    Nowhere,
    Folder(PathBuf),
    S3 { bucket: String, prefix: String },
}

impl TryFrom<String> for BackupPlace {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self::Nowhere);
        }
        let Some(address) = text.strip_prefix("s3://") else {
            let path = Path::new(&text);
            // A path without a beginning would depend on where the program was started.
            return match path.is_absolute() {
                true => Ok(Self::Folder(path.to_owned())),
                false => Err("backup.place is neither an absolute path nor s3://bucket/prefix"),
            };
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        let is_plain = |part: &str| !part.contains(['@', '?', '#', ':', ' ']) && part != "..";
        match is_plain(bucket) && prefix.split('/').all(is_plain) && !bucket.is_empty() {
            true => Ok(Self::S3 {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            }),
            false => Err("backup.place names no bucket, such as s3://bucket/prefix"),
        }
    }
}

impl Backup {
    /// Where the key is, as for the store's secrets.
    pub(crate) fn key(&self) -> Secrets {
        Secrets {
            key_file: self.key_file.clone(),
            key: self.key.clone(),
            key_command: self.key_command.clone(),
        }
    }

    /// The key in a file, whatever the settings say.
    pub(crate) fn set_key_file(&mut self, file: &Path) {
        file.clone_into(&mut self.key_file);
        self.key = Unshown::default();
        self.key_command.clear();
    }

    /// The place as an operator reads it.
    pub(crate) fn shown_place(&self) -> String {
        match &self.place {
            BackupPlace::Nowhere => String::new(),
            BackupPlace::Folder(path) => path.display().to_string(),
            BackupPlace::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}")
                .trim_end_matches('/')
                .to_owned(),
        }
    }

    pub(crate) fn keep(&self) -> Keep {
        Keep {
            hourly: self.keep_hourly,
            daily: self.keep_daily,
            weekly: self.keep_weekly,
            monthly: self.keep_monthly,
        }
    }

    pub(crate) fn schedule(&self) -> Result<Schedule, ScheduleError> {
        Schedule::new(&self.at, self.every_h, &self.zone)
    }

    /// # Errors
    /// Names the setting.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        check_key("backup", &self.key())?;
        if let Err(error) = self.schedule() {
            let every = self.every_h.to_string();
            let (key, value) = match error {
                ScheduleError::At => ("at", &self.at),
                ScheduleError::Every => ("every_h", &every),
                ScheduleError::Zone => ("zone", &self.zone),
            };
            return Err(wrong("backup", key, value, &error.to_string()));
        }
        let endpoint = &self.s3_endpoint;
        let is_web = ["http://", "https://"]
            .iter()
            .any(|scheme| endpoint.starts_with(scheme));
        if !endpoint.is_empty() && (!is_web || endpoint.contains('@')) {
            // Where the address is not understood, nobody knows what of it is a password.
            let why = "it is no address such as https://s3.example, without a user in it";
            return Err(wrong("backup", "s3_endpoint", super::UNSHOWN, why));
        }
        let is_bucket = matches!(self.place, BackupPlace::S3 { .. });
        if is_bucket && (self.s3_access_key.is_empty() || self.s3_secret_key.0.is_empty()) {
            let why = "backup.place is a bucket, which nobody enters without a key";
            return Err(wrong("backup", "s3_access_key", &self.s3_access_key, why));
        }
        Ok(())
    }
}
