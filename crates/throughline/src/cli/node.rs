//! What can be asked of the nodes that share the work.

use clap::Subcommand;

use super::{Cli, Command};

#[derive(Debug, Subcommand)]
pub(crate) enum Node {
    /// List them, with what each does and when it was last seen.
    List,
    /// Make this data folder the node's that `node.name` says: it was put back from a back-up, and
    /// the store knows another folder under the name. Refused where the journal is not the one that
    /// the node's facts were loaded from, or an older one, and while a node of the name lives.
    Adopt,
    /// Wait no more for the facts of a node that is lost for good.
    GiveUp {
        /// Its name.
        name: String,
    },
}

impl Cli {
    /// What the command line says in the place of settings, as the environment would.
    pub(crate) fn settings(&self) -> Option<(String, String)> {
        match &self.command {
            Command::Serve { roles: Some(roles) } => {
                Some(("THROUGHLINE__NODE__ROLES".to_owned(), roles.clone()))
            }
            _ => None,
        }
    }
}
