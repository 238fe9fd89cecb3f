//! What can be asked of back-ups.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Without a word more it goes to the place of the configuration, sealed; see [backup] there.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Backup {
    #[command(subcommand)]
    pub(crate) what: Option<BackupCommand>,
    /// Copy it into a folder that is empty or not there yet, as it is and not sealed. The copy can
    /// be served.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: Option<PathBuf>,
    /// Leave the key to the store's secrets out; what was backed up cannot be served without it.
    #[arg(long)]
    pub(crate) without_key: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// List the back-ups that are there.
    List,
    /// Read back-ups piece by piece. Exits with 1 where one cannot be restored as it was.
    Verify {
        /// Its name; all if absent.
        #[arg(long, value_name = "NAME")]
        set: Option<String>,
        /// Restore it too, the newest if none is named, open it, and ask for reports again.
        #[arg(long)]
        restore: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// A folder that is empty or not there yet.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// Name of the back-up; the newest if absent.
    #[arg(long, value_name = "NAME", conflicts_with = "at")]
    pub(crate) set: Option<String>,
    /// The newest that is not younger than this: 2026-11-20, "2026-11-20 14:00" in backup.zone, or
    /// 2026-11-20T13:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Where the back-ups are, if not at backup.place.
    #[arg(long, value_name = "FOLDER OR s3://BUCKET/PREFIX")]
    pub(crate) from: Option<String>,
    /// File of the key to back-ups, if not where the configuration says.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Go on where newer back-ups' erasure lists cannot be read: who was erased since is back.
    #[arg(long)]
    pub(crate) older_erasures: bool,
    /// Say what would be restored, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
