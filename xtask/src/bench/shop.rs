//! A fresh server with one site and one link, set up through its own API.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

/// What requests are made of.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    pub(crate) site_key: String,
    pub(crate) events_path: String,
    /// Of the first user's session.
    pub(crate) cookie: String,
}

/// Makes the first user, a site and the link `/c/bench`.
pub(crate) fn set_up(address: SocketAddr) -> anyhow::Result<Shop> {
    let account = json!({
        "email": "bench@throughline.example", "password": "bench-bench-bench", "name": "Bench",
        "language": "en",
        "workspace": {"name": "Bench", "time_zone": "Europe/Warsaw", "currency": "PLN",
                      "week_start": "monday", "vat_mode": "net", "vat_rate_percent": "23"},
    });
    let (head, _) = call(address, "POST", "/api/v1/setup", "", &account)?;
    let cookie = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .and_then(|(_, value)| value.split(';').next())
        .context("no session cookie came back")?
        .to_owned();
    let site = json!({"name": "Bench", "domain": "bench.example", "consent_mode": "cookie"});
    let (_, site) = call(address, "POST", "/api/v1/sites", &cookie, &site)?;
    let link = json!({"slug": "bench", "target": "https://bench.example/p/1?sub={click_id}",
                      "source": "google", "medium": "cpc", "campaign": "bench"});
    call(address, "POST", "/api/v1/links", &cookie, &link)?;
    let text = |name: &str| {
        site[name]
            .as_str()
            .map(str::to_owned)
            .context("the site is not whole")
    };
    Ok(Shop {
        site_key: text("public_key")?,
        events_path: text("events_path")?,
        cookie,
    })
}

/// One click through the link, made by a person.
pub(crate) fn click(address: SocketAddr) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET /c/bench HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
         (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(
        answer.starts_with("HTTP/1.1 302"),
        "a click was answered {answer}"
    );
    Ok(())
}

/// One request on its own connection; gives head and JSON body.
pub(crate) fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    body: &Value,
) -> anyhow::Result<(String, Value)> {
    let body = body.to_string();
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nCookie: {cookie}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text
        .split_once("\r\n\r\n")
        .context("the answer has no end of head")?;
    ensure!(head.get(9..10) == Some("2"), "{method} {path}: {text}");
    Ok((
        head.to_owned(),
        serde_json::from_str(body).unwrap_or(Value::Null),
    ))
}
