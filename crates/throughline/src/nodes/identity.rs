//! Which node a data folder is: said once, in the folder, because loaded facts are counted by it.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};
use app::{Company, ThisNode};
use journal::{Disk as _, FsDisk, Journal, OWNER, Position};

use crate::config::{Config, MAIN, StoreUrl};
use crate::surroundings::Machine;

/// The node that this process is, on a journal that it holds.
///
/// # Errors
/// When the folder is that of a node with another name.
pub(crate) fn identify(
    config: &Config,
    folder: &Path,
    journal: &Journal,
) -> anyhow::Result<ThisNode> {
    let (name, path) = (config.node.name(), folder.join(OWNER));
    let known = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("failed to read {OWNER}")),
    };
    let mut words = known.as_deref().unwrap_or_default().split_whitespace();
    let is_begun = journal.opened() > Position::default();
    let owner = match (words.next(), words.next()) {
        (Some(owner), Some(id)) => Some((owner, id.to_owned())),
        // A journal from before nodes had names.
        _ if is_begun => Some((MAIN, String::new())),
        _ => None,
    };
    if let Some((owner, _)) = owner.as_ref().filter(|(owner, _)| *owner != name) {
        bail!(
            "this data folder is that of the node {owner}, and what is loaded of it is counted by \
             that name: set node.name to {owner}, or give the node {name} a folder of its own; a \
             folder of {name} that was put back from a back-up without saying so is taken by \
             `throughline node adopt`"
        );
    }
    let is_shared = config.store.url != StoreUrl::Sqlite;
    let mut id = owner.map(|(_, id)| id).unwrap_or_default();
    if id.is_empty() && (is_shared || name != MAIN) {
        id = new_folder();
        own(folder, name, &id)?;
    }
    Ok(ThisNode {
        name: name.to_owned(),
        folder: id,
        roles: config.node.roles(),
        address: config.node.address().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        company: match is_shared {
            true => Company::Shared,
            false => Company::Alone,
        },
    })
}

/// An id that no other folder has.
pub(crate) fn new_folder() -> String {
    format!("{:032x}", u128::from_le_bytes(app::random::<16>(&Machine)))
}

/// Says in the folder of a journal whose it is.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn own(folder: &Path, name: &str, id: &str) -> anyhow::Result<()> {
    let path = folder.join(OWNER);
    FsDisk
        .replace(&path, format!("{name} {id}\n").as_bytes())
        .with_context(|| format!("failed to write {}", path.display()))
}
