//! The command line: what can be asked, in words that teach.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::command::retention::Retention;

mod backups;
mod conversions;
mod export;
mod node;
mod person;

pub(crate) use backups::{Backup, BackupCommand, Restore};
pub(crate) use conversions::{Conversions, NewTarget, OfBatch, OfTarget};
pub(crate) use export::Export;
pub(crate) use node::Node;
pub(crate) use person::{CloseRequest, NewRequest, Person, Whom};

/// Follows money from the ad to the profit: spend, clicks, visits, leads, deals, sales, margin.
#[derive(Debug, Parser)]
#[command(
    name = "throughline",
    version,
    after_help = "First steps:\n  \
        throughline demo              try it with a year of demo data\n  \
        throughline serve             start the server, then open its address\n  \
        throughline doctor            check configuration, disk and versions\n\n\
        Commands that read or write data work on a stopped server's data folder; while the server \
        runs, use its API or the interface. `backup` works beside a running server."
)]
pub(crate) struct Cli {
    /// Configuration file (TOML). See `throughline config print` for every setting.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data folder; overrides data.folder.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Answer in JSON, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server.
    Serve {
        /// What it does, separated by commas, where several nodes share the work: collect, load,
        /// api, work. Overrides node.roles.
        #[arg(long, value_name = "ROLES")]
        roles: Option<String>,
    },
    /// Fill a data folder with a year of demo data through the public doors, and serve it.
    Demo(Demo),
    /// Bring in files: ad costs, leads, deals, payments, web-server logs. The server has to be
    /// stopped meanwhile: a data folder has one owner at a time.
    Import(Import),
    /// Import exchange rates from a file of the ECB, the NBP or the CBR. The server has to be
    /// stopped.
    Rates(Rates),
    /// Ask for a report and print it as a table, CSV or JSON.
    Report(Report),
    /// List or make click links.
    #[command(subcommand)]
    Link(Link),
    /// List or make people who can sign in.
    #[command(subcommand)]
    User(User),
    /// Show what is held of somebody, or erase them from everything. The server has to be stopped.
    #[command(subcommand)]
    Person(Person),
    /// Tell ad platforms of leads and sales that their clicks brought, by files. The server has to
    /// be stopped.
    #[command(subcommand)]
    Conversions(Conversions),
    /// Say for how long personal data is kept and what the next night lets go of. The server has
    /// to be stopped.
    Retention(Retention),
    /// Check that the audit log is whole.
    #[command(subcommand)]
    Audit(Audit),
    /// Print the register of processing: what personal data is kept, where, why and how long.
    Register,
    /// The nodes that share the work on one store.
    #[command(subcommand)]
    Node(Node),
    /// Check configuration, data folder, clock, disk and versions, in plain words, and mend what
    /// can be mended safely.
    Doctor(Doctor),
    /// Show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Move the store or the warehouse from its file to a server; nothing may run meanwhile.
    #[command(group(clap::ArgGroup::new("what").required(true)))]
    Migrate {
        /// The store: address of an empty PostgreSQL database, `postgres://user@host/database`.
        #[arg(long, group = "what", value_name = "ADDRESS")]
        to: Option<String>,
        /// The warehouse: address of a ClickHouse database without facts,
        /// `http(s)://user:password@host:8123/database`. What was interrupted goes on.
        #[arg(long, group = "what", value_name = "ADDRESS")]
        warehouse: Option<String>,
    },
    /// Back the data folder up, while the server may be running.
    Backup(Backup),
    /// Take the data folder out of a back-up, into a folder of its own.
    Restore(Restore),
    /// Write everything that is held to files that any tool reads: facts as Parquet, the rest as
    /// CSV and JSON. The server has to be stopped.
    Export(Export),
    /// Change the key to the store's secrets; the server has to be stopped meanwhile.
    #[command(subcommand)]
    Secrets(Secrets),
    /// Make the warehouse anew from the journal.
    Rebuild {
        /// Go on although entries of the journal cannot be read; their facts will be missing.
        #[arg(long)]
        force: bool,
    },
    /// Write the OpenAPI document of the HTTP interface.
    Openapi,
    /// Print what each role may do, as a page.
    Roles,
    /// Write the documentation of every metric and dimension.
    Metrics {
        /// Language of the page.
        #[arg(long, default_value = "en")]
        language: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Mend what can be mended without losing anything, and say what was done. The server has to be
    /// stopped.
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: say what would be mended, and change nothing.
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Walk along the chain of entries: none was changed, taken out or put in. Exits with 1 where
    /// one was.
    Verify {
        /// Workspace, by its number; all of them if absent.
        #[arg(long)]
        workspace: Option<i64>,
        /// The head that an earlier walk printed, which should still be in the chain. Needs
        /// --workspace.
        #[arg(long, requires = "workspace", value_name = "NUMBER:SEAL")]
        head: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    /// Make a new key and let it take the place of the one before it. What breaks off may be
    /// started again.
    Rotate {
        /// File with the new key, where the key is not in a file of its own.
        #[arg(long, value_name = "FILE")]
        new_key_file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// About how many events the year has.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: u64,
    /// Days that the demo goes back.
    #[arg(long, default_value_t = 365)]
    pub(crate) days: u32,
    /// Seed of the demo's randomness; the same seed gives the same shop.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Stop after filling instead of serving.
    #[arg(long)]
    pub(crate) fill_only: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rates {
    /// The file: `eurofxref` as CSV or XML, tables A and B of the NBP as CSV, XML or JSON,
    /// `XML_daily` and `XML_dynamic` of the CBR; packed or not.
    pub(crate) file: PathBuf,
    /// A currency whose rates are wanted; if absent, all that the workspace has to do with.
    #[arg(long = "currency", value_name = "CODE")]
    pub(crate) currencies: Vec<String>,
    /// First day, such as 2026-11-01.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last day.
    #[arg(long)]
    pub(crate) until: Option<String>,
    /// Say what would be kept, and keep nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Workspace, by its number; the first one if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[arg(value_enum)]
    pub(crate) kind: ImportKind,
    /// The file: CSV, TSV or XLSX, also packed as `.zip`, and text as `.gz`.
    pub(crate) file: PathBuf,
    /// Workspace, by its number; the first one if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
    /// Site of an access log or of another tool's days, by its domain; the first one if absent.
    #[arg(long)]
    pub(crate) site: Option<String>,
    /// Import an access log without the days that the site's tracker has seen itself.
    #[arg(long)]
    pub(crate) skip_tracked: bool,
    /// Import an access log with the days that the site's tracker has seen itself: their visits
    /// count twice.
    #[arg(long, conflicts_with = "skip_tracked")]
    pub(crate) overlap: bool,
    /// `utm_source` of the visits that the costs belong to.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// `utm_medium` of the visits that the costs belong to.
    #[arg(long)]
    pub(crate) medium: Option<String>,
    /// Platform whose earlier costs the file corrects, such as `google_ads`, where it is not the
    /// one that the file was taken for.
    #[arg(long)]
    pub(crate) platform: Option<String>,
    /// Currency of amounts without one.
    #[arg(long)]
    pub(crate) currency: Option<String>,
    /// The sheet of a workbook to read, where it is not the first one with a table.
    #[arg(long)]
    pub(crate) sheet: Option<String>,
    /// How dates such as 3/4/2026 are read, where the file itself does not tell.
    #[arg(long, value_enum)]
    pub(crate) date_order: Option<DateOrder>,
    /// Whether costs include VAT.
    #[arg(long, value_enum)]
    pub(crate) vat: Option<Vat>,
    /// Earlier costs of the file's days and accounts that stay though the file does not say them:
    /// those of rows that cannot be read (the default), all, or none.
    #[arg(long, value_enum)]
    pub(crate) keep_earlier: Option<Keep>,
    /// A column's meaning, by its header: --column "Cost, net"=cost. May be given often.
    #[arg(long = "column", value_name = "HEADER=FIELD")]
    pub(crate) columns: Vec<String>,
    /// A campaign of a cost file that is another one in reports: --campaign "Autumn 2026=autumn".
    /// May be given often.
    #[arg(long = "campaign", value_name = "IN FILE=IN REPORTS")]
    pub(crate) campaigns: Vec<String>,
    /// What a status of deals stands for that nobody has mapped yet: --status "Оплачен=paid".
    /// Groups: `not_counted`, `in_work`, `paid`, `cancelled`. May be given often.
    #[arg(long = "status", value_name = "STATUS=GROUP")]
    pub(crate) statuses: Vec<String>,
    /// Show what would be read, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    Costs,
    Leads,
    Deals,
    Payments,
    /// Days that Plausible, Google Analytics or Matomo counted.
    History,
    AccessLog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DateOrder {
    DayFirst,
    MonthFirst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Vat {
    Included,
    Excluded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keep {
    Rejected,
    All,
    Nothing,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Metrics, separated by commas; `throughline metrics` explains them.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "cost,visits,leads,cpl,sales,revenue,romi"
    )]
    pub(crate) metrics: Vec<String>,
    /// Dimensions, separated by commas; nothing (`--by ""`) for the totals alone.
    #[arg(long, value_delimiter = ',', default_value = "channel")]
    pub(crate) by: Vec<String>,
    /// First day, such as 2026-11-01.
    #[arg(long)]
    pub(crate) from: String,
    /// Last day.
    #[arg(long)]
    pub(crate) to: String,
    /// Only what a dimension says, such as `campaign=a,b`, `campaign!=a`, `campaign~part`,
    /// `campaign^start`, `channel=` for the unknown, `channel!=` for the known; several times.
    #[arg(long, value_name = "CONDITION")]
    pub(crate) filter: Vec<String>,
    /// Days to compare with, such as 2026-10-01..2026-10-31.
    #[arg(long, value_name = "FROM..TO")]
    pub(crate) compare: Option<String>,
    /// A row for each of these steps.
    #[arg(long, value_enum)]
    pub(crate) bucket: Option<Bucket>,
    /// Whether spend and revenue hold VAT; profit never does.
    #[arg(long, value_enum, default_value_t = ReportVat::Net)]
    pub(crate) vat: ReportVat,
    /// Date that leads and money are counted by.
    #[arg(long, value_enum, default_value_t = Basis::Visit)]
    pub(crate) basis: Basis,
    /// Which touch gets the credit.
    #[arg(long, value_enum, default_value_t = Attribution::LastNonDirect)]
    pub(crate) attribution: Attribution,
    /// Workspace, by its number; the first one if absent.
    #[arg(long)]
    pub(crate) workspace: Option<i64>,
    /// Rows at most; the row of what is unknown comes in addition.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
    /// Print CSV.
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Basis {
    /// The visit that gets the credit.
    Visit,
    /// Creation of the lead or deal.
    Creation,
    /// The day that money moved.
    Payment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bucket {
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportVat {
    Net,
    Gross,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[value(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Attribution {
    LastNonDirect,
    First,
    Last,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Link {
    /// List the links of a workspace.
    List {
        /// Workspace, by its number; the first one if absent.
        #[arg(long)]
        workspace: Option<i64>,
    },
    /// Make a link and print its address.
    Create {
        #[arg(help = "Where the link leads; tokens such as {click_id} are filled in")]
        target: String,
        /// Last part of the address; random if absent.
        #[arg(long)]
        slug: Option<String>,
        /// Name of the link in lists.
        #[arg(long, default_value = "")]
        name: String,
        /// `utm_source` of its clicks.
        #[arg(long, default_value = "")]
        source: String,
        /// `utm_medium` of its clicks.
        #[arg(long, default_value = "")]
        medium: String,
        /// `utm_campaign` of its clicks.
        #[arg(long, default_value = "")]
        campaign: String,
        /// Workspace, by its number; the first one if absent.
        #[arg(long)]
        workspace: Option<i64>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// List the people who can sign in.
    List,
    /// Make a person; the password is read from standard input.
    Create {
        /// E-mail address that the person signs in with.
        email: String,
        /// Name that others see.
        #[arg(long, default_value = "")]
        name: String,
        /// What the person is in the workspace; docs/roles.md says what each may do.
        #[arg(long, default_value = "owner")]
        role: String,
        /// Workspace, by its number; the first one if absent.
        #[arg(long)]
        workspace: Option<i64>,
    },
    /// What a person proves themselves with besides their password.
    #[command(subcommand)]
    SecondFactor(SecondFactor),
    /// Set a new password, read from standard input; ends the person's sessions.
    Password {
        /// E-mail address that the person signs in with.
        email: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecondFactor {
    /// Switch it off for somebody who has lost it; ends the person's sessions.
    Off {
        /// E-mail address that the person signs in with.
        email: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting with the value in force.
    Print,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
