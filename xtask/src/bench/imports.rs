//! Files of many rows: how fast they come in and are taken back, and that memory does not grow with
//! them.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::figures::{Aim, Figure, as_number, share_of, timed};
use super::process::Server;
use super::shop;

pub(crate) const ROWS: u64 = 1_000_000;
/// A file of this part of the rows comes first; the whole one may take little more memory.
const SMALL_PART: u64 = 10;
const GROWTH_MIB_MAX: f64 = 150.0;
const DAYS: u64 = 365;
const BOUNDARY: &str = "throughline-bench-of-imports";
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Imports a small file and a large one of each kind, and takes the large one back.
pub(crate) fn measure(folder: &Path, rows: u64) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in ["costs", "leads"] {
        figures.extend(measure_kind(folder, kind, rows)?);
    }
    Ok(figures)
}

fn measure_kind(folder: &Path, kind: &str, rows: u64) -> anyhow::Result<Vec<Figure>> {
    let server = Server::ours(&folder.join(kind))?;
    let desk = Desk {
        address: server.address,
        cookie: shop::set_up(server.address)?.cookie,
    };
    let file = folder.join(format!("{kind}.csv"));
    write_rows(&file, kind, rows / SMALL_PART)?;
    let small = desk.import(kind, &file)?;
    desk.take_back(small)?;
    let before = server.peak_mib()?;
    write_rows(&file, kind, rows)?;
    let (large, imported) = timed(|| desk.import(kind, &file))?;
    let grown = server.peak_mib()?.saturating_sub(before);
    let ((), taken_back) = timed(|| desk.take_back(large))?;
    let rate = |name: &str, took: Duration| {
        let name = format!("{kind}: {name}, rows/s");
        let seconds = format!("{:.0} s", took.as_secs_f64());
        Figure::plain(&name, share_of(rows, took), &seconds, "", Aim::None)
    };
    Ok(vec![
        rate("preview and import", imported),
        rate("undo", taken_back),
        Figure::plain(
            &format!("{kind}: memory beyond a tenth of it, MiB"),
            as_number(grown),
            &format!("{} peak", before + grown),
            &format!("{before} a tenth"),
            Aim::AtMost(GROWTH_MIB_MAX),
        ),
    ])
}

/// A table as a platform or a CRM writes it, each row with an amount or a person of its own.
fn write_rows(path: &Path, kind: &str, rows: u64) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let first: base::Day = "2025-01-01".parse().ok().context("no day")?;
    let head = match kind {
        "costs" => "Day,Source,Campaign,Ad group,Impr.,Clicks,Cost",
        _ => "Id,Date,Name,Phone,Source,Campaign",
    };
    writeln!(out, "{head}")?;
    for number in 0..rows {
        let day = first.plus_days(i32::try_from(number % DAYS)?);
        let (campaign, group) = (number / DAYS % 50, number / DAYS);
        match kind {
            "costs" => writeln!(
                out,
                "{day},google,Campaign {campaign},Group {group},{},{},{}.{:02}",
                number % 900 + 100,
                number % 90 + 10,
                number % 40 + 1,
                number % 100
            )?,
            _ => writeln!(
                out,
                "L-{number},{day} 10:{:02},Client {number},+48{},google,Campaign {campaign}",
                number % 60,
                600_000_000 + number
            )?,
        }
    }
    Ok(out.flush()?)
}

/// Who imports.
struct Desk {
    address: SocketAddr,
    cookie: String,
}

impl Desk {
    /// Gives the import's id once all rows are taken.
    fn import(&self, kind: &str, file: &Path) -> anyhow::Result<u64> {
        let preview = self.upload(kind, file)?;
        let order = json!({
            "upload_id": preview["upload_id"], "kind": kind, "options": preview["options"],
        });
        let started = self.call("POST", "/api/v1/imports", &order)?;
        let id = started["id"].as_u64().context("the import has no id")?;
        let done = self.wait_for(id, "done")?;
        ensure!(
            done["rows_new"] == done["rows_total"],
            "not all rows were taken: {done}"
        );
        Ok(id)
    }

    fn take_back(&self, id: u64) -> anyhow::Result<()> {
        self.call("POST", &format!("/api/v1/imports/{id}/undo"), &json!({}))?;
        self.wait_for(id, "undone").map(drop)
    }

    fn wait_for(&self, id: u64, state: &str) -> anyhow::Result<Value> {
        const PAUSE: Duration = Duration::from_millis(100);
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            let now = self.call("GET", &format!("/api/v1/imports/{id}"), &json!({}))?;
            if now["state"] == state {
                return Ok(now);
            }
            ensure!(now["state"] != "failed", "the import failed: {now}");
            std::thread::sleep(PAUSE);
            waited += PAUSE;
        }
        anyhow::bail!("import {id} is not {state} after {PATIENCE:?}")
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(shop::call(self.address, method, path, &self.cookie, body)?.1)
    }

    /// Sends the file piece by piece; gives the preview.
    fn upload(&self, kind: &str, file: &Path) -> anyhow::Result<Value> {
        let mut file = File::open(file)?;
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n\
             --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"{kind}.csv\"\r\nContent-Type: text/csv\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let length = u64::try_from(head.len() + tail.len())? + file.metadata()?.len();
        let mut stream = TcpStream::connect(self.address)?;
        write!(
            stream,
            "POST /api/v1/imports/preview HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Cookie: {}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\
             Content-Length: {length}\r\n\r\n{head}",
            self.address, self.cookie
        )?;
        std::io::copy(&mut file, &mut stream)?;
        stream.write_all(tail.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        ensure!(
            head.get(9..10) == Some("2"),
            "the file was refused: {answer}"
        );
        Ok(serde_json::from_str(body)?)
    }
}
