//! The register of processing: what personal data the program keeps, where, why and for how long.
//!
//! A test holds it against the tables of the store, so that nobody adds a place for personal data
//! and forgets to say so here.

use std::fmt::Write as _;

use crate::{Actor, App, AppError, Permission, Role};

/// A class of personal data.
pub(crate) struct DataClass {
    /// By which the interface finds its words.
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// Tables of the store; what else it is kept in is told by `place`.
    pub(crate) tables: &'static [&'static str],
    pub(crate) place: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) erased: &'static str,
    /// Who sees it; nobody where there is no screen for it.
    pub(crate) seen_by: Option<Permission>,
}

pub(crate) const CLASSES: &[DataClass] = &[
    DataClass {
        key: "visits",
        name: "Visits",
        what: "pages, events, times, device, browser, country, click ids, a number for the \
               browser; no address",
        tables: &[],
        place: "journal, warehouse",
        purpose: "to know which advertising brings customers",
        basis: "consent, or legitimate interest where nobody is recognised (cookieless)",
        kept: "until erased, or the days of Settings → Privacy",
        erased: "put under a pseudonym; pages, texts, device, country and click ids emptied",
        seen_by: Some(Permission::ReadReports),
    },
    DataClass {
        key: "salts",
        name: "Salts of cookieless visitors",
        what: "three random numbers",
        tables: &["meta"],
        place: "store, and a file of nodes that only collect; in no back-up",
        purpose: "to count a visitor of a day once without a cookie",
        basis: "legitimate interest",
        kept: "three days, of which the first is the day before its use",
        erased: "destroyed every day",
        seen_by: None,
    },
    DataClass {
        key: "leads",
        name: "Leads",
        what: "name, phone, e-mail, message, answers of a form, page, browser",
        tables: &["leads", "persons", "identities"],
        place: "store",
        purpose: "to answer a request and to link it to its source",
        basis: "steps before a contract, at the person's request",
        kept: "until erased; contacts without a deal the days of Settings → Privacy",
        erased: "emptied; when, state and source stay",
        seen_by: Some(Permission::SeeContacts),
    },
    DataClass {
        key: "raw_requests",
        name: "Raw requests",
        what: "what a form or a program sent, as it was sent",
        tables: &["lead_requests", "idempotency_keys"],
        place: "store",
        purpose: "to lose no request, and to carry each out once",
        basis: "steps before a contract, at the person's request",
        kept: "`data.lead_request_days`, or fewer days by Settings → Privacy; answers a day",
        erased: "deleted",
        seen_by: None,
    },
    DataClass {
        key: "deals",
        name: "Deals and payments",
        what: "number and title of an order, amounts, who the customer is",
        tables: &["deals", "deal_history", "payments", "deal_posted"],
        place: "store, as facts in the journal and the warehouse",
        purpose: "to count what advertising earns",
        basis: "contract; for amounts the duty to keep books",
        kept: "until erased; amounts for ever",
        erased: "titles emptied, facts put under a pseudonym; numbers of orders and amounts stay",
        seen_by: Some(Permission::ReadDeals),
    },
    DataClass {
        key: "conversions",
        name: "Conversions told to ad platforms",
        what: "which lead or sale was told to which platform in which file, when, of what worth, \
               and the click id that it was told by",
        tables: &[
            "conversion_targets",
            "conversion_batches",
            "conversion_rows",
        ],
        place: "store",
        purpose: "to tell a platform which of its clicks brought customers, and nothing twice",
        basis: "consent: without it no click id is kept",
        kept: "click ids until erased, or the days of visits; numbers and amounts for ever",
        erased: "click ids emptied, in the files too; numbers and amounts stay",
        seen_by: Some(Permission::ExportConversions),
    },
    DataClass {
        key: "import_files",
        name: "Files of imports",
        what: "files between preview and import, rejected rows, what each import said",
        tables: &["uploads", "imports", "import_rejections", "import_touches"],
        place: "store, the folder uploads",
        purpose: "to check a file before it counts, and to take it back",
        basis: "as the leads and deals in it",
        kept: "files for 7 days; rejected rows with their import, or the days of Settings → \
               Privacy",
        erased: "deleted",
        seen_by: Some(Permission::ImportFiles),
    },
    DataClass {
        key: "members",
        name: "Members",
        what: "name, e-mail, password digest, second factor, account at the provider of \
               identities, sessions with a shortened address, mail that waits, invitations",
        tables: &[
            "users",
            "memberships",
            "sessions",
            "second_factors",
            "passkeys",
            "provider_links",
            "ceremonies",
            "recovery_codes",
            "invitations",
            "tokens",
            "mails",
            "login_attempts",
            "team_members",
            "teams",
        ],
        place: "store; mail folder where there is no mail server",
        purpose: "to let people in and nobody else",
        basis: "contract of work",
        kept: "as long as they are members; sessions `sign_in.session_days`, attempts to sign in a \
               quarter of an hour, mail that waits 7 days, mail in the folder `mail.folder_days`",
        erased: "by taking the member out",
        seen_by: Some(Permission::ReadPeople),
    },
    DataClass {
        key: "audit_log",
        name: "Audit log",
        what: "which member did what and when, from which network; no data of leads",
        tables: &["audit_entries", "lead_status_history", "lead_assignments"],
        place: "store",
        purpose: "to show what was done with personal data",
        basis: "legal duty to account",
        kept: "for ever, or the days of Settings → Privacy",
        erased: "nothing: it names nobody but members",
        seen_by: Some(Permission::ReadAudit),
    },
    DataClass {
        key: "erasures",
        name: "Erasures",
        what: "digests by a key of numbers, addresses and browsers of who was erased; numbers of \
               records; what was asked when, and by when it was due, with a reference and no name",
        tables: &[
            "erasures",
            "erased_records",
            "erased_marks",
            "person_requests",
        ],
        place: "store, the file `erasures.json`",
        purpose: "to bring nobody back by a file or a back-up",
        basis: "legal duty to erase",
        kept: "for ever",
        erased: "nothing: it names nobody",
        seen_by: Some(Permission::ManagePrivacy),
    },
];

/// A class of data in a workspace: what the words about it cannot say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterClass {
    pub key: &'static str,
    /// Tables of the store.
    pub tables: &'static [&'static str],
    /// Who sees it.
    pub roles: Vec<Role>,
    /// Days that the workspace keeps it, where it says so.
    pub days: Option<u32>,
}

impl App {
    /// The register of processing of the workspace, with its own periods.
    ///
    /// # Errors
    /// When the actor may not, or the store fails.
    pub async fn register(&self, actor: &Actor) -> Result<Vec<RegisterClass>, AppError> {
        let kept = self.retention(actor).await?;
        let days = |class: &DataClass| match class.key {
            "visits" | "conversions" => kept.days.visits,
            "leads" => kept.days.contacts,
            "raw_requests" => {
                let all = [kept.days.requests, kept.requests_at_most];
                all.into_iter().flatten().min()
            }
            "import_files" => kept.days.rejected_rows,
            "audit_log" => kept.days.audit_log,
            _ => None,
        };
        let told = CLASSES.iter().map(|class| RegisterClass {
            key: class.key,
            tables: class.tables,
            roles: class.seen_by.map(who_has).unwrap_or_default(),
            days: days(class),
        });
        Ok(told.collect())
    }
}

/// The register as a page.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Register of processing\n\nWhat personal data the program keeps. `throughline register` \
         prints this page; the operator adds names and addresses of the controller, and who else \
         gets data.\n",
    );
    for class in CLASSES {
        let seen_by = class.seen_by.map_or_else(|| "nobody".to_owned(), roles);
        let tables = class.tables.iter().map(|table| format!("`{table}`"));
        let tables = match tables.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "none".to_owned(),
            named => named,
        };
        let lines = [
            ("What", class.what),
            ("Where", class.place),
            ("Tables of the store", &tables),
            ("Why", class.purpose),
            ("Legal basis, as a rule", class.basis),
            ("Kept", class.kept),
            ("When a person is erased", class.erased),
            ("Who sees it", &seen_by),
        ];
        let _ = write!(page, "\n## {}\n\n| | |\n|---|---|\n", class.name);
        for (name, text) in lines {
            let _ = writeln!(page, "| {name} | {text} |");
        }
    }
    page
}

fn roles(permission: Permission) -> String {
    let has = who_has(permission).into_iter();
    has.map(Role::title).collect::<Vec<_>>().join(", ")
}

fn who_has(permission: Permission) -> Vec<Role> {
    let has = Role::ALL.into_iter().filter(|role| role.has(permission));
    has.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CLASSES;

    /// Tables that hold nothing of anybody: the set-up and money of the workspace itself, and what
    /// only passes through.
    const IMPERSONAL: [&str; 37] = [
        "ad_name_sightings",
        "annotations",
        "api_keys",
        "channel_rule_versions",
        "channel_rules",
        "channels",
        "cost_declarations",
        "cost_gaps",
        "cost_rows",
        "custom_metrics",
        "deal_status_maps",
        "deal_statuses",
        "exchange_rate_tables",
        "exchange_rates",
        "goal_alert_looks",
        "goal_alerts",
        "goals",
        "import_mappings",
        "import_runs",
        "import_sources",
        "intake_counts",
        "intake_runs",
        "leases",
        "links",
        "manual_costs",
        "nodes",
        "outbox",
        "report_schedules",
        "saved_views",
        "secrets",
        "segments",
        "service_accounts",
        "share_links",
        "sites",
        "webhook_deliveries",
        "webhooks",
        "workspaces",
    ];

    #[test]
    fn every_table_is_of_a_class_or_holds_nothing_of_anybody() {
        let told: BTreeSet<&str> = CLASSES
            .iter()
            .flat_map(|class| class.tables)
            .copied()
            .collect();
        let silent: Vec<&&str> = store::moving::TABLES
            .iter()
            .filter(|table| !told.contains(*table) && !IMPERSONAL.contains(table))
            .collect();
        assert_eq!(silent, Vec::<&&str>::new(), "say what is in them");
    }
}
