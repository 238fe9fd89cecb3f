//! Whether values that have the right kind can be worked with: asked once, for every command.

use std::fs::File;
use std::path::PathBuf;

use anyhow::anyhow;
use app::{Mailer, MasterKey};
use base::Cidr;
use collect::LinkTarget;
use toml::{Table, Value};
use tracing_subscriber::EnvFilter;

use super::{
    Config, DEFAULTS, Mail, MailUrl, Secrets, UNSHOWN, UNSHOWN_SETTINGS, WarehouseUrl,
    without_secrets,
};

/// # Errors
/// Names the setting, its value, and what the documented defaults say of it.
pub(super) fn check(config: &Config) -> anyhow::Result<()> {
    for network in &config.server.trusted_proxies {
        if let Err(error) = network.parse::<Cidr>() {
            return Err(wrong(
                "server",
                "trusted_proxies",
                network,
                &error.to_string(),
            ));
        }
    }
    for network in &config.outbound.allow {
        if let Err(error) = network.parse::<Cidr>() {
            return Err(wrong("outbound", "allow", network, &error.to_string()));
        }
    }
    let base = &config.server.base_url;
    if !["http://", "https://"]
        .iter()
        .any(|scheme| base.starts_with(scheme))
    {
        let why = "it begins neither with http:// nor with https://";
        return Err(wrong("server", "base_url", base, why));
    }
    let hsts_days = config.server.hsts_days;
    if hsts_days > 0 && base.starts_with("http://") {
        let why = "browsers would find nothing where server.base_url has no https";
        return Err(wrong("server", "hsts_days", &hsts_days.to_string(), why));
    }
    let fallback = &config.collect.fallback_url;
    if let Some(Err(error)) = (!fallback.is_empty()).then(|| LinkTarget::parse(fallback)) {
        return Err(wrong(
            "collect",
            "fallback_url",
            fallback,
            &error.to_string(),
        ));
    }
    let countries = &config.collect.country_database;
    if let Some(Err(error)) = (!countries.is_empty()).then(|| File::open(countries)) {
        return Err(wrong(
            "collect",
            "country_database",
            countries,
            &error.to_string(),
        ));
    }
    check_mail(&config.mail)?;
    check_warehouse(&config.warehouse.url)?;
    check_key("secrets", &config.secrets)?;
    if let Err(error) = EnvFilter::try_new(&config.log.level) {
        return Err(wrong("log", "level", &config.log.level, &error.to_string()));
    }
    check_numbers(config)
}

/// What is counted or waited for is at least one.
fn check_numbers(config: &Config) -> anyhow::Result<()> {
    let server = &config.server;
    for (section, key, value) in [
        (
            "collect",
            "visit_idle_minutes",
            config.collect.visit_idle_minutes,
        ),
        ("sign_in", "session_days", config.sign_in.session_days),
        ("sign_in", "proof_s", config.sign_in.proof_s),
        (
            "server",
            "connections_max",
            i64::from(server.connections_max),
        ),
        (
            "server",
            "head_s",
            i64::try_from(server.head_s).unwrap_or(i64::MAX),
        ),
        (
            "server",
            "body_s",
            i64::try_from(server.body_s).unwrap_or(i64::MAX),
        ),
    ] {
        if value < 1 {
            return Err(wrong(section, key, &value.to_string(), "it is below 1"));
        }
    }
    Ok(())
}

fn check_mail(mail: &Mail) -> anyhow::Result<()> {
    let from = &mail.from;
    if let Err(error) = Mailer::folder(PathBuf::new(), from) {
        return Err(wrong("mail", "from", from, &error.to_string()));
    }
    if let MailUrl::Smtp(url) = &mail.url
        && let Err(error) = Mailer::smtp(url, from)
    {
        // Where the address is not understood, nobody knows what of it is the password.
        let shown = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let shown = format!("{shown}://…");
        return Err(wrong("mail", "url", &shown, &error.to_string()));
    }
    Ok(())
}

/// A server's address, or that of a cluster's servers, can be understood.
fn check_warehouse(url: &WarehouseUrl) -> anyhow::Result<()> {
    let WarehouseUrl::ClickHouse(url) = url else {
        return Ok(());
    };
    match warehouse::shown_address(url) {
        Ok(_) => Ok(()),
        Err(error) => {
            let shown = without_secrets(url);
            Err(wrong("warehouse", "url", &shown, &error.to_string()))
        }
    }
}

/// The key is in one place, and what is said to be the key is one.
pub(super) fn check_key(section: &str, secrets: &Secrets) -> anyhow::Result<()> {
    let given = [
        ("key_file", secrets.key_file.as_os_str().is_empty()),
        ("key", secrets.key.0.is_empty()),
        ("key_command", secrets.key_command.is_empty()),
    ];
    let mut given = given.iter().filter(|(_, is_empty)| !is_empty);
    if let (Some((first, _)), Some((second, _))) = (given.next(), given.next()) {
        let why = format!("{first} is given too, and the key is in one place");
        return Err(wrong(section, second, UNSHOWN, &why));
    }
    match MasterKey::parse(&secrets.key.0) {
        Err(error) if !secrets.key.0.is_empty() => {
            Err(wrong(section, "key", UNSHOWN, &error.to_string()))
        }
        _ => Ok(()),
    }
}

/// A value of another kind than the setting has. The error says where it is in a line of its own.
pub(super) fn of_another_kind(error: &toml::de::Error, settings: &Table) -> anyhow::Error {
    let text = error.to_string();
    let place = text
        .rsplit_once("in `")
        .and_then(|(_, rest)| rest.split_once('`'));
    let named = place.and_then(|(path, _)| path.split_once('.'));
    let Some((section, key)) = named else {
        return anyhow!("a setting has a wrong value: {}", error.message());
    };
    let value = settings.get(section).and_then(|section| section.get(key));
    let shown = match value {
        Some(_) if UNSHOWN_SETTINGS.contains(&(section, key)) => UNSHOWN.to_owned(),
        Some(Value::String(text)) => without_secrets(text),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    wrong(section, key, &shown, error.message())
}

pub(super) fn wrong(section: &str, key: &str, value: &str, why: &str) -> anyhow::Error {
    let help = help_on(section, key);
    anyhow!("{section}.{key}: {value:?} cannot be used: {why}. The setting: {help}")
}

/// The sentences above the key in the documented defaults.
fn help_on(section: &str, key: &str) -> String {
    let mut lines = DEFAULTS
        .lines()
        .skip_while(|line| *line != format!("[{section}]"));
    let mut help: Vec<&str> = Vec::new();
    for line in lines.by_ref().skip(1) {
        match line.strip_prefix("# ") {
            Some(words) => help.push(words),
            None if line.split(" = ").next() == Some(key) => break,
            None => help.clear(),
        }
    }
    help.join(" ")
}
