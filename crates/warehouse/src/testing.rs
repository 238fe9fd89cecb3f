//! A warehouse of its own for each test, on the engine that the tests' surroundings name.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::click_house;
use crate::error::Result;
use crate::warehouse::{Options, Warehouse};

/// Names the server that tests work on, or a cluster's servers as
/// `http://host:port,host:port/?cluster=name`; without it they work on files.
pub const TEST_SERVER: &str = "THROUGHLINE_TEST_CLICKHOUSE";

/// Where a folder says which database of the server is its own.
const ADDRESS: &str = "warehouse.url";

static MADE: AtomicU32 = AtomicU32::new(0);

impl Warehouse {
    /// The warehouse that belongs to a folder, as a new process opens it.
    ///
    /// # Errors
    /// As for [`Warehouse::open`] and [`Warehouse::open_server`].
    pub fn open_in(folder: &Path) -> Result<Self> {
        match server() {
            Some(server) => Self::open_server(&address(&server, folder)?),
            None => Self::open_file_in(folder),
        }
    }

    /// As [`Warehouse::open_in`], in a file whatever the tests work on.
    ///
    /// # Errors
    /// As for [`Warehouse::open`].
    pub fn open_file_in(folder: &Path) -> Result<Self> {
        Self::open(&Options {
            path: folder.join("facts.duckdb"),
            threads: 2,
            memory_limit_mib: 512,
            temporary_folder: folder.join("spill"),
        })
    }
}

/// The server that tests work on, if any.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "no configuration of the program, but of the machine that tests it"
)]
pub fn server() -> Option<String> {
    std::env::var(TEST_SERVER).ok()
}

/// Host and port of the server, or of a cluster's first one.
#[must_use]
pub fn first_host(server: &str) -> &str {
    let (_, hosts) = server.split_once("://").unwrap_or(("", server));
    hosts.split([',', '/', '?']).next().unwrap_or_default()
}

/// Address of the folder's database, which a test may use for the first time.
///
/// # Errors
/// When the server does not answer.
pub fn address(server: &str, folder: &Path) -> Result<String> {
    let file = folder.join(ADDRESS);
    if let Ok(address) = fs::read_to_string(&file) {
        return Ok(address);
    }
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let (hosts, cluster) = server.split_once('?').unwrap_or((server, ""));
    let mut address = format!("{}/{name}", hosts.trim_end_matches('/'));
    if !cluster.is_empty() {
        address = format!("{address}?{cluster}");
    }
    // A number may come again on a server that outlives its tests.
    click_house::drop_database(&address)?;
    // Whoever cannot write the file gets another database, and its test fails.
    let _ = fs::write(&file, &address);
    Ok(address)
}
