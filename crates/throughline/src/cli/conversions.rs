//! What ad platforms are told of leads and sales.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Conversions {
    /// List what platforms are told of.
    Targets {
        /// Workspace, by its number; the first if absent.
        #[arg(long)]
        workspace: Option<i64>,
    },
    /// Say what a platform is to be told of.
    Target(NewTarget),
    /// Say what a file would hold, and what not and why.
    Preview(OfTarget),
    /// Make a file of all that is ready, and write down what stands in it.
    Export {
        #[command(flatten)]
        of: OfTarget,
        /// Put right what the platform was told before.
        #[arg(long)]
        adjustments: bool,
        /// The file, which must not be there yet.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// List the files that were made.
    Batches {
        /// Workspace, by its number; the first if absent.
        #[arg(long)]
        workspace: Option<i64>,
    },
    /// Write a file once more, as it was.
    File {
        /// The file's number.
        batch: i64,
        /// The file, which must not be there yet.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Workspace, by its number; the first if absent.
        #[arg(long)]
        workspace: Option<i64>,
    },
    /// Say that a file was uploaded: from then on it cannot be taken back.
    Uploaded(OfBatch),
    /// Take back a file that nobody has uploaded: what stood in it may be told again.
    TakeBack(OfBatch),
}

#[derive(Debug, Args)]
pub(crate) struct NewTarget {
    #[arg(
        long,
        help = "\"google_ads\", \"yandex_metrica\", \"microsoft_ads\" or \"meta\""
    )]
    pub(crate) platform: String,
    #[arg(long, help = "\"lead\", \"qualified_lead\" or \"sale\"")]
    pub(crate) event: String,
    /// As the conversion or goal is called there.
    #[arg(long)]
    pub(crate) conversion: String,
    /// "net" or "gross" revenue of a sale, "fixed" or "none".
    #[arg(long, default_value = "none")]
    pub(crate) value: String,
    /// The amount, where it is the same each time.
    #[arg(long, default_value = "")]
    pub(crate) fixed_value: String,
    /// The workspace's if absent.
    #[arg(long, default_value = "")]
    pub(crate) currency: String,
    /// Of times in the file; the workspace's if absent.
    #[arg(long, default_value = "")]
    pub(crate) time_zone: String,
    /// Workspace, by its number; the first if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct OfTarget {
    /// The target's number.
    pub(crate) target: i64,
    /// First day, such as 2026-11-01; without days, those that the platform still takes.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last day.
    #[arg(long)]
    pub(crate) until: Option<String>,
    /// Workspace, by its number; the first if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct OfBatch {
    /// The file's number.
    pub(crate) batch: i64,
    /// Workspace, by its number; the first if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
}
