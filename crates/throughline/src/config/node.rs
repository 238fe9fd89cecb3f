//! Settings of a node: what it does of the work that several share, and how they reach each other.

use std::path::PathBuf;

use anyhow::anyhow;
use app::{NodeRole, Roles};
use serde::Deserialize;

use super::check::{check_key, wrong};
use super::{Config, Secrets, StoreUrl, Unshown, WarehouseUrl};

/// The name of a node that was given none.
pub(crate) const MAIN: &str = "main";
const NAME_CHARS_MAX: usize = 40;
/// What has to be on one node where the facts are in a file there.
const OF_FILE: [NodeRole; 3] = [NodeRole::Load, NodeRole::Api, NodeRole::Work];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    name: String,
    roles: Vec<String>,
    address: String,
    key_file: PathBuf,
    pub(super) key: Unshown,
    key_command: String,
}

impl Node {
    pub(crate) fn name(&self) -> &str {
        match self.name.as_str() {
            "" => MAIN,
            name => name,
        }
    }

    /// Where other nodes reach this one, without a slash at the end.
    pub(crate) fn address(&self) -> &str {
        self.address.trim_end_matches('/')
    }

    /// Where the key is, as for the store's secrets.
    pub(crate) fn key(&self) -> Secrets {
        Secrets {
            key_file: self.key_file.clone(),
            key: self.key.clone(),
            key_command: self.key_command.clone(),
        }
    }

    /// What it does. Settings were checked, so that there is something.
    pub(crate) fn roles(&self) -> Roles {
        let named = self.roles.iter();
        let known = named.filter_map(|name| NodeRole::from_name(name)).collect();
        Roles::of(known).unwrap_or_else(Roles::all)
    }
}

/// # Errors
/// Names the setting, or what the roles need and is not there.
pub(super) fn check(config: &Config) -> anyhow::Result<()> {
    let node = &config.node;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if node.name.len() > NAME_CHARS_MAX || !node.name.chars().all(is_plain) {
        let why = "a name has up to 40 letters, digits, dots, dashes and underscores";
        return Err(wrong("node", "name", &node.name, why));
    }
    for role in &node.roles {
        if NodeRole::from_name(role).is_none() {
            let why = "the roles are collect, load, api and work";
            return Err(wrong("node", "roles", role, why));
        }
    }
    if node.roles.is_empty() {
        return Err(wrong("node", "roles", "", "a node has at least one role"));
    }
    let is_web = ["http://", "https://"]
        .iter()
        .any(|scheme| node.address.starts_with(scheme));
    if !node.address.is_empty() && (!is_web || node.address.contains(['@', '?', '#'])) {
        let why = "it is no address such as http://10.0.0.5:8080";
        return Err(wrong("node", "address", super::UNSHOWN, why));
    }
    check_key("node", &node.key())?;
    check_roles(config)
}

/// A node that leaves something to others needs what they share.
fn check_roles(config: &Config) -> anyhow::Result<()> {
    let (node, roles) = (&config.node, config.node.roles());
    if roles == Roles::all() {
        return Ok(());
    }
    let refused = |why: &str| anyhow!("node.roles = {roles}: {why}");
    if config.store.url == StoreUrl::Sqlite {
        return Err(refused(
            "other nodes have to do the rest, and nodes share a store on PostgreSQL: set store.url",
        ));
    }
    let has_all_of_file = OF_FILE.iter().all(|role| roles.has(*role));
    let is_file = config.warehouse.url == WarehouseUrl::Duckdb;
    if is_file && !roles.only_collect() && !has_all_of_file {
        return Err(refused(
            "nodes share a warehouse on ClickHouse: set warehouse.url. With a file, one node has \
             the roles load, api and work, and others collect",
        ));
    }
    let keys = [node.key_file.as_os_str().is_empty(), node.key.0.is_empty()];
    if keys == [true, true] && node.key_command.is_empty() {
        return Err(refused(
            "nodes speak to each other under a key that all of them have: make one with \
             `umask 077; openssl rand -hex 32 > FILE` and name it in node.key_file",
        ));
    }
    if node.address.is_empty() {
        return Err(refused(
            "others fetch this node's journal and files: say in node.address where it is reached, \
             such as http://10.0.0.5:8080",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::DEFAULTS;
    use super::*;

    const PG: &str = "[store]\nurl = \"postgres://db.example/throughline\"\n";
    const CLICK_HOUSE: &str = "[warehouse]\nurl = \"http://facts.example:8123/throughline\"\n";

    fn loaded(file: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("throughline.toml");
        std::fs::write(&path, file).unwrap();
        super::super::load(Some(&path), std::iter::empty())
            .map(|(config, _)| config)
            .map_err(|error| format!("{error:#}"))
    }

    fn check(file: &str, word: &str) {
        let refused = loaded(file).err().unwrap_or_default();
        assert!(refused.contains(word), "{file}: {refused}");
    }

    fn node(roles: &str, further: &str) -> String {
        let roles: Vec<String> = roles.split(',').map(|role| format!("{role:?}")).collect();
        format!("[node]\nroles = [{}]\n{further}", roles.join(", "))
    }

    #[test]
    fn a_node_that_needs_what_is_not_there_is_refused_in_words() {
        let key = format!("key = \"{}\"\n", "a1".repeat(32));
        let whole = format!("{key}address = \"http://10.0.0.5:8080\"\n");
        check(&node("collect", &whole), "set store.url");
        check(&node("load,api,work", &whole), "set store.url");
        check(&format!("{PG}{}", node("api", &whole)), "set warehouse.url");
        check(
            &format!("{PG}{}", node("collect,load", &whole)),
            "set warehouse.url",
        );
        let both = format!("{PG}{CLICK_HOUSE}");
        check(&format!("{both}{}", node("api", "")), "node.key_file");
        check(&format!("{both}{}", node("work", &key)), "node.address");
        check(&format!("{PG}{}", node("collect", &key)), "node.address");
        check("[node]\nroles = []", "at least one role");
        check(&node("colect", ""), "collect, load, api and work");
        check("[node]\nname = \"a b\"", "up to 40 letters");
        check("[node]\naddress = \"10.0.0.5\"", "no address");
        for fine in [
            format!("{PG}{}", node("collect", &whole)),
            format!("{PG}{}", node("load,api,work", &whole)),
            format!("{both}{}", node("api", &whole)),
            format!("{both}{}", node("load,work", &whole)),
        ] {
            let read = loaded(&fine).map(|config| config.node.roles().to_string());
            assert!(read.is_ok(), "{fine}: {read:?}");
        }
    }

    #[test]
    fn a_node_that_says_nothing_does_everything() {
        let config = loaded("").unwrap();
        assert_eq!(
            (config.node.name(), config.node.roles()),
            (MAIN, Roles::all())
        );
        assert!(DEFAULTS.contains("roles = [\"collect\", \"load\", \"api\", \"work\"]"));
    }
}
