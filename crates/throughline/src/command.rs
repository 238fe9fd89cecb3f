//! The commands, a file each.

mod access_log;
mod audit;
mod backup;
mod conversions;
mod demo;
mod doctor;
mod export;
mod files;
mod link;
mod migrate;
mod node;
mod person;
mod print;
mod rates;
mod rebuild;
mod report;
mod restore;
pub(crate) mod retention;
mod secrets;
mod user;

use std::process::ExitCode;

use anyhow::Context as _;
use app::{Actor, App};
use base::{Day, WorkspaceId};

use crate::cli::{Cli, Command, ConfigCommand, ImportKind};
use crate::config::Config;
use crate::{nodes, open, server};

/// Runs one command.
///
/// # Errors
/// What stopped it, for the person at the terminal.
pub(crate) async fn run(
    cli: Cli,
    config: Config,
    settings: toml::Table,
) -> anyhow::Result<ExitCode> {
    let json = cli.json;
    match cli.command {
        Command::Serve { .. } => serve(&config).await?,
        Command::Demo(demo) => demo::run(&config, &demo, json).await?,
        Command::Import(import) if import.kind == ImportKind::AccessLog => {
            return access_log::run(&config, &import, json).await;
        }
        Command::Import(import) => return files::run(&config, &import, json).await,
        Command::Report(report) => report::run(&config, &report, json).await?,
        Command::Link(link) => link::run(&config, link, json).await?,
        Command::User(user) => user::run(&config, user, json).await?,
        Command::Rates(command) => rates::run(&config, &command, json).await?,
        Command::Conversions(command) => conversions::run(&config, command, json).await?,
        Command::Person(person) => person::run(&config, person, json).await?,
        Command::Retention(which) => retention::run(&config, &which, json).await?,
        Command::Audit(audit) => return audit::run(&config, audit, json).await,
        Command::Node(node) => node::run(&config, &node, json).await?,
        Command::Doctor(doctor) => return doctor::run(&config, &doctor, json).await,
        Command::Config(ConfigCommand::Print) => print::say!("{}", toml::to_string(&settings)?),
        Command::Migrate { to, warehouse } => {
            if let Some(to) = to {
                migrate::move_store(&config, &to, json).await?;
            }
            if let Some(to) = warehouse {
                migrate::move_warehouse(&config, to, json).await?;
            }
        }
        Command::Backup(backup) => return backup::run(config, backup, json).await,
        Command::Restore(restore) => restore::run(config, &restore, json).await?,
        Command::Export(export) => export::run(&config, &export, json).await?,
        Command::Secrets(secrets) => secrets::run(&config, secrets, json).await?,
        Command::Rebuild { force } => {
            let unknown = match force {
                true => rebuild::Unknown::LeaveOut,
                false => rebuild::Unknown::Refuse,
            };
            rebuild::run(&config, unknown, json).await?;
        }
        Command::Openapi => print::say_text!(api::openapi()),
        Command::Metrics { language } => print::say_text!(print::metrics(&language)?),
        Command::Register => print::say_text!(app::register_page()),
        Command::Roles => print::say_text!(app::roles_page()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    if config.node.roles().only_collect() {
        return serve_collector(config).await;
    }
    let server = server::start(config).await?;
    let hint = if server.app.set_up_needed().await? {
        "\nOpen it in a browser to set it up."
    } else {
        ""
    };
    print::say!("Throughline listens on http://{}{hint}", server.address);
    server.run().await
}

/// A node that takes in and does nothing else.
async fn serve_collector(config: &Config) -> anyhow::Result<()> {
    let collector = nodes::collector::start(config).await?;
    print::say!("Throughline collects on http://{}", collector.address());
    collector.run().await
}

/// The app with an operator's rights in a workspace.
async fn open_as_operator(config: &Config, workspace: Option<i64>) -> anyhow::Result<(App, Actor)> {
    let app = open::open_existing(config).await?;
    let id = app.workspace_or_first(workspace.map(WorkspaceId)).await?;
    Ok((app, Actor::system(id)))
}

/// Relays and loads what a command has done, and closes the files.
async fn finish(app: App) -> anyhow::Result<()> {
    catch_up(&app).await?;
    app.journal().close();
    app.warehouse().checkpoint()?;
    app.store().close().await;
    Ok(())
}

/// Relays and loads everything that waits.
async fn catch_up(app: &App) -> anyhow::Result<()> {
    app.relay_outbox().await?;
    if app.is_shared() {
        // The node that loads fetches it once this one serves again.
        return Ok(());
    }
    let mut loader = open::loader(app);
    tokio::task::spawn_blocking(move || loader.catch_up(|_| {})).await??;
    Ok(())
}

/// A day of the command line.
fn day(text: Option<&str>) -> anyhow::Result<Option<Day>> {
    let read = |text: &str| {
        let day = text.parse::<Day>();
        day.with_context(|| format!("{text:?} is not a day such as 2026-11-23"))
    };
    text.map(read).transpose()
}
