//! Configuration: the documented defaults, then a file, then the environment.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::DiskLimits;
use serde::Deserialize;
use toml::{Table, Value};

use crate::nearest::hint;

mod backup;
mod check;
mod node;
mod provider;

pub(crate) use self::backup::BackupPlace;
pub(crate) use self::node::MAIN;

/// The documented defaults; also the list of known keys.
pub(crate) const DEFAULTS: &str = include_str!("../../../config/default.toml");

const ENVIRONMENT_PREFIX: &str = "THROUGHLINE__";
/// What stands where a secret is not shown.
const UNSHOWN: &str = "…";
/// Settings that are not shown, by section and key.
const UNSHOWN_SETTINGS: &[(&str, &str)] = &[
    ("secrets", "key"),
    ("node", "key"),
    ("backup", "key"),
    ("backup", "s3_secret_key"),
    ("provider", "client_secret"),
];
/// A shorter name for what containers set most often.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("THROUGHLINE_STORE_URL", "THROUGHLINE__STORE__URL"),
    ("THROUGHLINE_WAREHOUSE_URL", "THROUGHLINE__WAREHOUSE__URL"),
];

/// Every setting, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) node: node::Node,
    pub(crate) data: Data,
    pub(crate) store: Store,
    pub(crate) warehouse: Warehouse,
    pub(crate) journal: Journal,
    pub(crate) collect: Collect,
    pub(crate) sign_in: SignIn,
    pub(crate) sharing: Sharing,
    pub(crate) provider: provider::Provider,
    pub(crate) secrets: Secrets,
    pub(crate) backup: backup::Backup,
    pub(crate) mail: Mail,
    pub(crate) imports: Imports,
    pub(crate) outbound: OutboundNetworks,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) base_url: String,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) drain_s: u64,
    pub(crate) connections_max: u32,
    pub(crate) head_s: u64,
    pub(crate) body_s: u64,
    pub(crate) hsts_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) folder: PathBuf,
    pub(crate) disk_low_mb: u64,
    pub(crate) disk_floor_mb: u64,
    pub(crate) lead_request_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    pub(crate) url: StoreUrl,
}

/// Where the store is.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum StoreUrl {
    Sqlite,
    /// The address may hold a password, so nothing ever shows it.
    Postgres(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Warehouse {
    pub(crate) url: WarehouseUrl,
    pub(crate) threads: usize,
    pub(crate) memory_mb: u64,
    pub(crate) query_timeout_s: u64,
    pub(crate) queries_at_once: usize,
}

/// Where facts live.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum WarehouseUrl {
    Duckdb,
    /// The address may hold a password, so nothing ever shows it.
    ClickHouse(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Journal {
    pub(crate) segment_mb: u64,
    pub(crate) gather_us: u64,
    pub(crate) page_view_ack: PageViewAck,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PageViewAck {
    AfterFsync,
    BeforeFsync,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collect {
    pub(crate) fallback_url: String,
    pub(crate) visit_idle_minutes: i64,
    pub(crate) country_database: String,
    pub(crate) per_ip_rate: u32,
    pub(crate) per_ip_burst: u32,
    pub(crate) per_key_rate: u32,
    pub(crate) per_key_burst: u32,
    pub(crate) form_rate: u32,
    pub(crate) form_burst: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    pub(crate) session_days: i64,
    pub(crate) attempts_max: u32,
    pub(crate) proof_s: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sharing {
    pub(crate) days_max: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    pub(crate) key_file: PathBuf,
    pub(crate) key: Unshown,
    pub(crate) key_command: String,
}

/// A text that nothing ever shows.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Unshown(pub(crate) String);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) url: MailUrl,
    pub(crate) from: String,
    pub(crate) folder_days: u32,
}

/// Files that are imported regularly.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imports {
    /// Empty where none is opened.
    pub(crate) folder: String,
}

/// Where requests to addresses may go that people type in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutboundNetworks {
    #[serde(default)]
    pub(crate) allow: Vec<String>,
}

/// Where mail goes.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum MailUrl {
    Folder,
    /// The address may hold a password, so nothing ever shows it.
    Smtp(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl TryFrom<String> for StoreUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_server = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        match text.as_str() {
            "sqlite" => Ok(Self::Sqlite),
            _ if is_server => Ok(Self::Postgres(text)),
            _ => Err("store.url is neither \"sqlite\" nor an address postgres://…"),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres://…",
        })
    }
}

impl TryFrom<String> for WarehouseUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_server = ["http://", "https://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        match text.as_str() {
            "duckdb" => Ok(Self::Duckdb),
            _ if is_server => Ok(Self::ClickHouse(text)),
            _ => Err("warehouse.url is neither \"duckdb\" nor an address http(s)://…"),
        }
    }
}

impl fmt::Debug for Unshown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "" } else { UNSHOWN })
    }
}

impl fmt::Debug for WarehouseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Duckdb => "duckdb",
            Self::ClickHouse(_) => "http(s)://…",
        })
    }
}

impl TryFrom<String> for MailUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_server = ["smtp://", "smtps://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        match text.as_str() {
            "folder" => Ok(Self::Folder),
            _ if is_server => Ok(Self::Smtp(text)),
            _ => Err("mail.url is neither \"folder\" nor an address smtp(s)://…"),
        }
    }
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Folder => "folder",
            Self::Smtp(_) => "smtp(s)://…",
        })
    }
}

impl Config {
    pub(crate) fn disk_limits(&self) -> DiskLimits {
        DiskLimits {
            low_mb: self.data.disk_low_mb,
            floor_mb: self.data.disk_floor_mb,
        }
    }
}

/// Reads the configuration: defaults, then `file` if given, then the environment's variables.
///
/// # Errors
/// When the file cannot be read, a key is unknown (the nearest one is named) or a value is wrong.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> anyhow::Result<(Config, Table)> {
    let mut settings: Table = DEFAULTS
        .parse()
        .context("the built-in defaults are broken")?;
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let changes: Table = text
            .parse()
            .with_context(|| format!("{} is not TOML", path.display()))?;
        overlay(&mut settings, changes, &path.display().to_string())?;
    }
    let changes = from_environment(environment, &settings)?;
    overlay(&mut settings, changes, "the environment")?;
    let config: Config = settings
        .clone()
        .try_into()
        .map_err(|error| check::of_another_kind(&error, &settings))?;
    check::check(&config)?;
    config.backup.check()?;
    config.provider.check()?;
    node::check(&config)?;
    for section in ["store", "warehouse", "mail"] {
        let url = settings.get_mut(section).and_then(|it| it.get_mut("url"));
        if let Some(Value::String(url)) = url {
            *url = without_secrets(url);
        }
    }
    for (section, key) in UNSHOWN_SETTINGS {
        if let Some(Value::String(secret)) = settings[*section].get_mut(*key)
            && !secret.is_empty()
        {
            UNSHOWN.clone_into(secret);
        }
    }
    Ok((config, settings))
}

/// An address to show: without its password, and without parameters, which may hold one too.
fn without_secrets(url: &str) -> String {
    let (shown, rest) = url.split_once("://").unwrap_or(("", url));
    let (plain, parameters) = rest
        .split_once('?')
        .map_or((rest, ""), |(plain, _)| (plain, "?…"));
    let mut shown = format!("{shown}{}", if shown.is_empty() { "" } else { "://" });
    match plain.rsplit_once('@') {
        Some((user, place)) => {
            let hidden = user.split_once(':').map(|(name, _)| format!("{name}:…"));
            let _ = write!(shown, "{}@{place}", hidden.as_deref().unwrap_or(user));
        }
        None => shown.push_str(plain),
    }
    shown + parameters
}

/// Lays `changes` over `settings`; every key must already be there.
fn overlay(settings: &mut Table, changes: Table, origin: &str) -> anyhow::Result<()> {
    for (section, change) in changes {
        let Some(known) = settings.get_mut(&section) else {
            bail!(
                "{origin}: unknown section [{section}]{}",
                hint(&section, settings.keys())
            );
        };
        let (Value::Table(known), Value::Table(change)) = (known, change) else {
            bail!("{origin}: {section} must be a section, [{section}]");
        };
        for (key, value) in change {
            if !known.contains_key(&key) {
                bail!(
                    "{origin}: unknown key {section}.{key}{}",
                    hint(&key, known.keys())
                );
            }
            known.insert(key, value);
        }
    }
    Ok(())
}

fn from_environment(
    environment: impl Iterator<Item = (String, String)>,
    settings: &Table,
) -> anyhow::Result<Table> {
    let mut changes = Table::new();
    for (name, text) in environment {
        let short = SHORT_NAMES.iter().find(|(short, _)| *short == name);
        let name = short.map_or(name, |(_, long)| (*long).to_owned());
        let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else {
            continue;
        };
        let lower = path.to_lowercase();
        let Some((section, key)) = lower.split_once("__") else {
            bail!("{name}: expected {ENVIRONMENT_PREFIX}SECTION__KEY");
        };
        let current = settings.get(section).and_then(|section| section.get(key));
        let value = parse_as(current, &text)
            .with_context(|| format!("{name}: {text:?} is not a value for {section}.{key}"))?;
        let table = changes
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(table) = table {
            table.insert(key.to_owned(), value);
        }
    }
    Ok(changes)
}

/// Reads text as the kind of value that the default has. A list is separated by commas, or written
/// as in the file.
fn parse_as(current: Option<&Value>, text: &str) -> anyhow::Result<Value> {
    Ok(match current {
        Some(Value::Integer(_)) => Value::Integer(text.parse()?),
        Some(Value::Boolean(_)) => Value::Boolean(text.parse()?),
        Some(Value::Array(_)) if text.trim_start().starts_with('[') => {
            format!("list = {text}").parse::<Table>()?["list"].clone()
        }
        Some(Value::Array(_)) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
        _ => Value::String(text.to_owned()),
    })
}

#[cfg(test)]
mod tests;
