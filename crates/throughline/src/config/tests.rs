//! Settings as they are read: what wins, what is refused, what is never shown.

use super::*;

fn check(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("throughline.toml");
    std::fs::write(&path, file).unwrap();
    let pairs = environment
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    load(Some(&path), pairs)
        .map(|(config, _)| config)
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn the_defaults_are_complete() {
    let config = check("", &[]).unwrap();
    assert_eq!(config.server.listen.port(), 8080);
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"debug\"";
    let config = check(file, &[("THROUGHLINE__SERVER__LISTEN", "127.0.0.1:2")]).unwrap();
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!(config.log.level, "debug");
}

#[test]
fn an_unknown_key_names_the_nearest_one() {
    let error = check("[server]\nlisen = \"127.0.0.1:1\"", &[]).unwrap_err();
    assert!(
        error.contains("unknown key server.lisen; did you mean listen?"),
        "{error}"
    );
    let error = check("", &[("THROUGHLINE__SEVER__LISTEN", "x")]).unwrap_err();
    assert!(
        error.contains("unknown section [sever]; did you mean server?"),
        "{error}"
    );
}

#[test]
fn a_wrong_value_is_named() {
    let error = check("[journal]\nsegment_mb = \"much\"", &[]).unwrap_err();
    assert!(error.contains("segment_mb"), "{error}");
    let error = check("", &[("THROUGHLINE__JOURNAL__SEGMENT_MB", "much")]).unwrap_err();
    assert!(error.contains("journal.segment_mb"), "{error}");
}

#[test]
fn a_value_that_cannot_be_used_is_refused_with_what_the_setting_is() {
    for (section, key, value, word) in [
        ("server", "listen", "nonsense", "Address"),
        ("server", "base_url", "shop.example", "scheme"),
        ("server", "trusted_proxies", "10.0.0.0/33", "CIDR"),
        ("server", "hsts_days", "365", "https"),
        ("collect", "fallback_url", "javascript:x", "unknown"),
        ("collect", "country_database", "/no/such/file", "countr"),
        ("collect", "visit_idle_minutes", "0", "visit"),
        ("sign_in", "session_days", "0", "unused session"),
        ("sign_in", "proof_s", "0", "wants a proof"),
        ("store", "url", "mysql://ada:secret@db/x", "sqlite"),
        ("journal", "page_view_ack", "never", "after_fsync"),
        ("mail", "url", "imap://ada:secret@mail.example", "folder"),
        ("mail", "url", "smtps://", "by a server"),
        ("mail", "from", "nobody at all", "mail is from"),
        ("log", "level", "info,=,", "tracing filter"),
    ] {
        let name = format!("THROUGHLINE__{section}__{key}").to_uppercase();
        let error = check("", &[(&name, value)]).unwrap_err();
        let begin = format!("{section}.{key}: ");
        assert!(error.starts_with(&begin), "{error}");
        assert!(error.contains(word), "{word} in {error}");
        let shown = value.replace("secret", "…");
        assert!(error.contains(&shown), "{shown} in {error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn the_store_is_a_file_or_a_server_whose_password_nothing_shows() {
    let short = (
        "THROUGHLINE_STORE_URL",
        "postgres://ada:s3cret@db/throughline",
    );
    let config = check("", &[short]).unwrap();
    assert_eq!(config.store.url, StoreUrl::Postgres(short.1.to_owned()));
    assert!(!format!("{config:?}").contains("s3cret"));
    check_shown("sqlite", "sqlite");
    check_shown("postgres://db/t", "postgres://db/t");
    check_shown("postgres://a:s3@c@db:1/t", "postgres://a:…@db:1/t");
    check_shown("postgres:///t?host=/run&password=s3", "postgres:///t?…");
    let error = check("", &[("THROUGHLINE_STORE_URL", "mysql://ada:s3cret@db/t")]).unwrap_err();
    assert!(error.contains("store.url is neither"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn the_warehouse_is_a_file_or_a_server_whose_password_nothing_shows() {
    let address = "https://ada:s3cret@facts.example:8443/throughline";
    let config = check("", &[("THROUGHLINE_WAREHOUSE_URL", address)]).unwrap();
    assert_eq!(
        config.warehouse.url,
        WarehouseUrl::ClickHouse(address.to_owned())
    );
    assert!(!format!("{config:?}").contains("s3cret"));
    check_shown(address, "https://ada:…@facts.example:8443/throughline");
    let wrong = ("THROUGHLINE_WAREHOUSE_URL", "tcp://ada:s3cret@facts/t");
    let error = check("", &[wrong]).unwrap_err();
    assert!(error.contains("warehouse.url is neither"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
    for (place, why) in [
        ("a,b:8123/facts", "it names several hosts"),
        ("a/facts?password=s3cret", "behind the question mark"),
        ("a", "the name of a database"),
    ] {
        let address = format!("http://ada:s3cret@{place}");
        let error = check("", &[("THROUGHLINE_WAREHOUSE_URL", &address)]).unwrap_err();
        assert!(error.starts_with("warehouse.url: "), "{error}");
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
    let cluster = "http://ada:s3cret@a:8123,b/facts?cluster=two";
    check("", &[("THROUGHLINE_WAREHOUSE_URL", cluster)]).unwrap();
    check_shown(cluster, "http://ada:…@a:8123,b/facts?…");
}

#[test]
fn the_key_to_the_secrets_is_in_one_place_and_nothing_shows_it() {
    let key = ("THROUGHLINE__SECRETS__KEY", "5e".repeat(32));
    let config = check("", &[(key.0, &key.1)]).unwrap();
    assert_eq!(config.secrets.key.0, key.1);
    assert!(!format!("{config:?}").contains("5e5e"));
    let pair = (key.0.to_owned(), key.1.clone());
    let (_, shown) = load(None, [pair].into_iter()).unwrap();
    assert_eq!(shown["secrets"]["key"].as_str(), Some("…"));
    let file = format!("[secrets]\nkey_file = \"secrets.key\"\nkey = \"{}\"", key.1);
    let error = check(&file, &[]).unwrap_err();
    assert!(error.starts_with("secrets.key: "), "{error}");
    assert!(error.contains("key_file is given too"), "{error}");
    for wrong in [
        "[secrets]\nkey = \"5e5e\"",
        "[secrets]\nkey = 5",
        "[secrets]\nkey = [\"5e5e\"]",
    ] {
        let error = check(wrong, &[]).unwrap_err();
        assert!(error.starts_with("secrets.key: "), "{error}");
        assert!(!error.contains("5e5e"), "{error}");
    }
}

fn check_shown(url: &str, shown: &str) {
    assert_eq!(without_secrets(url), shown);
}

#[test]
fn lists_in_the_environment_are_separated_by_commas() {
    let config = check(
        "",
        &[(
            "THROUGHLINE__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/8, ::1/128",
        )],
    )
    .unwrap();
    assert_eq!(config.server.trusted_proxies, ["10.0.0.0/8", "::1/128"]);
    let list = r#"["10.0.0.0/8"]"#;
    let config = check("", &[("THROUGHLINE__SERVER__TRUSTED_PROXIES", list)]).unwrap();
    assert_eq!(config.server.trusted_proxies, ["10.0.0.0/8"]);
}
