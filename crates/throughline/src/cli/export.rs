//! Taking everything along.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Folder for the files; it must not be there yet.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Workspace, by its number; all of them if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
    /// First UTC day of facts, such as 2026-01-01.
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    /// Last UTC day of facts.
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<String>,
}
