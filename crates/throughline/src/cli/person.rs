//! What people may ask: to be shown what is held of them, and to be erased.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// Write everything that is held of somebody to a file.
    Export {
        #[command(flatten)]
        whom: Whom,
        /// The file, which must not be there yet.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// The request that it answers, by its number.
        #[arg(long)]
        request: Option<i64>,
    },
    /// Erase somebody. Without --yes, only say what would be erased.
    Erase {
        #[command(flatten)]
        whom: Whom,
        /// Do it: it cannot be undone.
        #[arg(long)]
        yes: bool,
        /// The request that it answers, by its number.
        #[arg(long)]
        request: Option<i64>,
    },
    /// What people have asked, and how many days are left for the answer.
    Requests {
        /// Workspace, by its number; the first if absent.
        #[arg(long)]
        workspace: Option<i64>,
    },
    /// Write down what somebody has asked.
    Request(NewRequest),
    /// End a request that was answered elsewhere, or is refused.
    Close(CloseRequest),
}

#[derive(Debug, Args)]
pub(crate) struct NewRequest {
    /// What is asked: "erase" or "show".
    #[arg(long)]
    pub(crate) kind: String,
    /// The day it came in, such as 2026-11-23; today if absent.
    #[arg(long, default_value = "")]
    pub(crate) received: String,
    /// "gdpr", "fz152" or "ccpa"; the workspace's if absent.
    #[arg(long, default_value = "")]
    pub(crate) law: String,
    /// By what you find the letter again, such as a ticket's number: no name, no address.
    #[arg(long, default_value = "")]
    pub(crate) reference: String,
    /// Workspace, by its number; the first if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct CloseRequest {
    /// The request's number.
    pub(crate) request: i64,
    /// It is refused, and why.
    #[arg(long, value_name = "REASON")]
    pub(crate) refused: Option<String>,
    /// The erasure that was done about it, by its number.
    #[arg(long)]
    pub(crate) erasure: Option<i64>,
    /// Workspace, by its number; the first if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
}

/// Whom it is about.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Whom {
    /// A lead, by its number.
    #[arg(long)]
    pub(crate) lead: Option<i64>,
    #[arg(long, default_value = "")]
    pub(crate) phone: String,
    #[arg(long, default_value = "")]
    pub(crate) email: String,
    /// A browser, by the 13 letters and digits of its visitor.
    #[arg(long, default_value = "")]
    pub(crate) visitor: String,
    /// Workspace, by its number; the first if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
}
