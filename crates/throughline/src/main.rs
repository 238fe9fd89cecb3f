//! Throughline: one program from the ad to the profit.

mod backups;
mod cli;
mod command;
mod command_output;
mod config;
mod connections;
mod intake;
mod intake_log;
mod logging;
mod master_key;
mod nearest;
mod nodes;
mod open;
mod server;
mod surroundings;
mod watch;
mod workers;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;

/// The hot path makes many short-lived values on several threads; so does a report.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code of a wrong command line or configuration.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let loaded = config::load(
        cli.config.as_deref(),
        std::env::vars().chain(cli.settings()),
    );
    let (mut config, mut settings) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return complain(&error, USAGE_ERROR),
    };
    if let Some(folder) = &cli.data {
        config.data.folder.clone_from(folder);
        let shown = toml::Value::String(folder.display().to_string());
        if let Some(toml::Value::Table(data)) = settings.get_mut("data") {
            data.insert("folder".to_owned(), shown);
        }
    }
    if let Err(error) = logging::start(&config.log) {
        return complain(&error, USAGE_ERROR);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into(), 1),
    };
    let done = runtime.block_on(command::run(cli, config, settings));
    // A thread may be waiting for a server that does not answer.
    runtime.shutdown_background();
    match done {
        Ok(code) => code,
        Err(error) => complain(&error, 1),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "this is where a command's failure is told"
)]
fn complain(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("throughline: {error:#}");
    ExitCode::from(code)
}
