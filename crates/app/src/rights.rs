//! Who may do what: the one table of roles and permissions.
//!
//! A use case asks its actor for a [`Permission`]; a person's [`Role`] answers from [`MATRIX`],
//! and so do the settings screen, `docs/roles.md` and the test that tries every role on every
//! endpoint.

/// What a use case needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    ReadReports,
    /// Spend and everything that is computed from it.
    SeeCosts,
    /// Cost of goods and everything that is computed from it.
    SeeMargin,
    ReadLeads,
    /// Names, telephone numbers, addresses and messages, not masked.
    SeeContacts,
    WriteLeads,
    ReadDeals,
    WriteDeals,
    /// Ad costs by file and by hand.
    WriteCosts,
    WriteEvents,
    /// Files, previewed, imported and undone; what is in them needs its own permission as well.
    ImportFiles,
    Annotate,
    ReadSetup,
    /// Sites and links.
    EditTracking,
    /// The tree of channels and the rules that sort traffic into it.
    EditChannels,
    /// Statuses of deals and exchange rates: what counts as money.
    EditMoneyRules,
    EditWorkspace,
    /// Workspaces of their own, beside this one.
    AddWorkspaces,
    ReadPeople,
    ManagePeople,
    ManageKeys,
    ReadAudit,
    /// To show people what is held of them, and to erase them.
    ManagePrivacy,
}

/// What a person is in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Owner,
    HeadOfMarketing,
    BusinessDevelopment,
    Performance,
    Sem,
    Seo,
    Smm,
    Email,
    Content,
    Analyst,
    SalesManager,
    SalesOperator,
    Accountant,
    Auditor,
}

/// Whose leads and deals somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Breadth {
    /// Those that they are responsible for.
    Own,
    /// Those of the people in their teams, and those that nobody is responsible for.
    Team,
    All,
}

/// What each role sees where nothing else is said of the member: a letter for each role in the
/// order of [`Role::ALL`], `o`wn, `t`eam or `a`ll.
//                                        OHBPSSMEC AMOFU
const BREADTHS: &[u8; Role::ALL.len()] = b"aaaaaaaaaatoaa";

/// A line of the table: what it is about, and a letter for each role in the order of
/// [`Role::ALL`], `x` where the role has it.
struct Line(Permission, &'static [u8; Role::ALL.len()]);

/// Columns: Owner, Head of marketing, Business development, Performance, SEM, SEO, SMM, E-mail,
/// Content, Analyst, sales Manager, sales Operator, accountant (Finance), aUditor.
const MATRIX: [Line; Permission::ALL.len()] = [
    //                             OHBPSSMEC AMOFU
    Line(Permission::ReadReports, b"xxxxxxxxxxx.xx"),
    Line(Permission::SeeCosts, b"xxxxxxxx.x..xx"),
    Line(Permission::SeeMargin, b"xxxxx....x..xx"),
    Line(Permission::ReadLeads, b"xxxxx.xx.xxx.x"),
    Line(Permission::SeeContacts, b"xxx...xx..xx.."),
    Line(Permission::WriteLeads, b"xx........xx.."),
    Line(Permission::ReadDeals, b"xxxx.....xxxxx"),
    Line(Permission::WriteDeals, b"xx........xxx."),
    Line(Permission::WriteCosts, b"xx.xx.x.....x."),
    Line(Permission::WriteEvents, b"xx.x.........."),
    Line(Permission::ImportFiles, b"xx.xx.x...x.x."),
    Line(Permission::Annotate, b"xxxxxxxxxxx.x."),
    Line(Permission::ReadSetup, b"xxxxxxxxxxxxxx"),
    Line(Permission::EditTracking, b"xx.xxxx......."),
    Line(Permission::EditChannels, b"xx.xxx...x...."),
    Line(Permission::EditMoneyRules, b"xx........x.x."),
    Line(Permission::EditWorkspace, b"x............."),
    Line(Permission::AddWorkspaces, b"x............."),
    Line(Permission::ReadPeople, b"xxxx.....xx..x"),
    Line(Permission::ManagePeople, b"x............."),
    Line(Permission::ManageKeys, b"x............."),
    Line(Permission::ReadAudit, b"xx...........x"),
    Line(Permission::ManagePrivacy, b"x............."),
];

impl Permission {
    /// In the order of the table.
    pub const ALL: [Self; 23] = [
        Self::ReadReports,
        Self::SeeCosts,
        Self::SeeMargin,
        Self::ReadLeads,
        Self::SeeContacts,
        Self::WriteLeads,
        Self::ReadDeals,
        Self::WriteDeals,
        Self::WriteCosts,
        Self::WriteEvents,
        Self::ImportFiles,
        Self::Annotate,
        Self::ReadSetup,
        Self::EditTracking,
        Self::EditChannels,
        Self::EditMoneyRules,
        Self::EditWorkspace,
        Self::AddWorkspaces,
        Self::ReadPeople,
        Self::ManagePeople,
        Self::ManageKeys,
        Self::ReadAudit,
        Self::ManagePrivacy,
    ];

    /// The name that it goes over the wire with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadReports => "read_reports",
            Self::SeeCosts => "see_costs",
            Self::SeeMargin => "see_margin",
            Self::ReadLeads => "read_leads",
            Self::SeeContacts => "see_contacts",
            Self::WriteLeads => "write_leads",
            Self::ReadDeals => "read_deals",
            Self::WriteDeals => "write_deals",
            Self::WriteCosts => "write_costs",
            Self::WriteEvents => "write_events",
            Self::ImportFiles => "import_files",
            Self::Annotate => "annotate",
            Self::ReadSetup => "read_setup",
            Self::EditTracking => "edit_tracking",
            Self::EditChannels => "edit_channels",
            Self::EditMoneyRules => "edit_money_rules",
            Self::EditWorkspace => "edit_workspace",
            Self::AddWorkspaces => "add_workspaces",
            Self::ReadPeople => "read_people",
            Self::ManagePeople => "manage_people",
            Self::ManageKeys => "manage_keys",
            Self::ReadAudit => "read_audit",
            Self::ManagePrivacy => "manage_privacy",
        }
    }

    /// What it is a right to, for an error's sentence and the documentation.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::ReadReports => "read reports",
            Self::SeeCosts => "see spend",
            Self::SeeMargin => "see margin",
            Self::ReadLeads => "read leads",
            Self::SeeContacts => "see contacts",
            Self::WriteLeads => "write leads",
            Self::ReadDeals => "read deals and payments",
            Self::WriteDeals => "write deals and payments",
            Self::WriteCosts => "write costs",
            Self::WriteEvents => "send events",
            Self::ImportFiles => "import files",
            Self::Annotate => "write annotations",
            Self::ReadSetup => "read the set-up",
            Self::EditTracking => "change sites and links",
            Self::EditChannels => "change channels and their rules",
            Self::EditMoneyRules => "change deal statuses and exchange rates",
            Self::EditWorkspace => "change the workspace",
            Self::AddWorkspaces => "make workspaces",
            Self::ReadPeople => "see the people",
            Self::ManagePeople => "manage people",
            Self::ManageKeys => "manage API keys and webhooks",
            Self::ReadAudit => "read the audit log",
            Self::ManagePrivacy => "export and erase people",
        }
    }
}

impl Breadth {
    pub const ALL: [Self; 3] = [Self::Own, Self::Team, Self::All];

    /// The name that it is stored and goes over the wire with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Team => "team",
            Self::All => "all",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|breadth| breadth.name() == name)
    }
}

impl Role {
    /// In the order of the table's columns.
    pub const ALL: [Self; 14] = [
        Self::Owner,
        Self::HeadOfMarketing,
        Self::BusinessDevelopment,
        Self::Performance,
        Self::Sem,
        Self::Seo,
        Self::Smm,
        Self::Email,
        Self::Content,
        Self::Analyst,
        Self::SalesManager,
        Self::SalesOperator,
        Self::Accountant,
        Self::Auditor,
    ];

    /// The name that it is stored and goes over the wire with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::HeadOfMarketing => "head_of_marketing",
            Self::BusinessDevelopment => "business_development",
            Self::Performance => "performance",
            Self::Sem => "sem",
            Self::Seo => "seo",
            Self::Smm => "smm",
            Self::Email => "email",
            Self::Content => "content",
            Self::Analyst => "analyst",
            Self::SalesManager => "sales_manager",
            Self::SalesOperator => "sales_operator",
            Self::Accountant => "accountant",
            Self::Auditor => "auditor",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    #[must_use]
    pub fn has(self, permission: Permission) -> bool {
        let column = Self::ALL.iter().position(|role| *role == self);
        let line = MATRIX.iter().find(|line| line.0 == permission);
        matches!((line, column), (Some(line), Some(column)) if line.1[column] == b'x')
    }

    /// Whose leads and deals the role sees where nothing else is said of the member.
    #[must_use]
    pub fn breadth(self) -> Breadth {
        let column = Self::ALL.iter().position(|role| *role == self);
        match column.map(|column| BREADTHS[column]) {
            Some(b'a') => Breadth::All,
            Some(b't') => Breadth::Team,
            _ => Breadth::Own,
        }
    }

    /// The name that people read.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::HeadOfMarketing => "Head of marketing",
            Self::BusinessDevelopment => "Business development",
            Self::Performance => "Performance specialist",
            Self::Sem => "SEM",
            Self::Seo => "SEO",
            Self::Smm => "SMM",
            Self::Email => "E-mail",
            Self::Content => "Content",
            Self::Analyst => "Analyst",
            Self::SalesManager => "Sales manager",
            Self::SalesOperator => "Sales operator",
            Self::Accountant => "Accountant",
            Self::Auditor => "Auditor",
        }
    }

    /// All that the role has, in the order of the table.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.has(*permission))
    }
}

/// The table as a page of the documentation.
#[must_use]
pub fn markdown() -> String {
    let titles: String = Role::ALL
        .map(|role| format!(" {} |", role.title()))
        .concat();
    let rule = "---|".repeat(Role::ALL.len());
    let mut page = format!(
        "# Roles\n\nWhat each role may do in a workspace. `throughline roles` prints this page, \
         and `GET /api/v1/roles` gives the same table.\n\n| May |{titles}\n|---|{rule}\n"
    );
    for permission in Permission::ALL {
        let cell = |role: Role| {
            if role.has(permission) {
                " ✓ |"
            } else {
                "  |"
            }
        };
        let cells = Role::ALL.map(cell).concat();
        page.push_str(&format!("| {} |{cells}\n", permission.phrase()));
    }
    let cells = Role::ALL.map(|role| format!(" {} |", role.breadth().name()));
    page.push_str(&format!("| leads and deals of |{}\n", cells.concat()));
    page.push_str(
        "\nThe last line is whose leads and deals a member of the role sees where nothing else \
         was said of the member: their own, their teams' with those that nobody is responsible \
         for, or all of them. An owner sees everything.\n\nWhere a role may read leads and not \
         see contacts, names, numbers and addresses are masked. Metrics from which spend or \
         margin could be computed are left out where the role may not see these, in reports, \
         exports and the rows behind a number. A file needs the right to import files and the \
         right to write what is in it.\n\nLetting people in, changing or taking away their \
         roles, their reach and their teams, switching off somebody's second factor, making API \
         keys, service accounts and workspaces, changing the workspace, exporting the audit \
         log, and exporting or erasing people want a proof that is not older than ten minutes \
         (`sign_in.proof_s`): a passkey, or the password and a code where there is a second \
         factor.\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_role_has_a_breadth_and_whoever_manages_people_sees_everything() {
        assert!(BREADTHS.iter().all(|letter| b"ota".contains(letter)));
        for role in Role::ALL {
            assert!(!role.has(Permission::ManagePeople) || role.breadth() == Breadth::All);
        }
        for breadth in Breadth::ALL {
            assert_eq!(Breadth::from_name(breadth.name()), Some(breadth));
        }
        assert_eq!(Role::SalesOperator.breadth(), Breadth::Own);
        assert_eq!(Role::SalesManager.breadth(), Breadth::Team);
    }

    #[test]
    fn every_permission_has_a_line_of_crosses_and_dots() {
        for (line, permission) in MATRIX.iter().zip(Permission::ALL) {
            assert_eq!(line.0, permission, "the table and the list differ");
            assert!(line.1.iter().all(|cell| matches!(cell, b'x' | b'.')));
        }
    }

    #[test]
    fn names_are_unique_and_are_read_back() {
        let roles: HashSet<&str> = Role::ALL.map(Role::name).into();
        let permissions: HashSet<&str> = Permission::ALL.map(Permission::name).into();
        assert_eq!(roles.len(), Role::ALL.len());
        assert_eq!(permissions.len(), Permission::ALL.len());
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Role::from_name("Owner"), None);
    }

    #[test]
    fn the_owner_may_do_everything_and_the_auditor_only_read() {
        assert!(Permission::ALL.iter().all(|right| Role::Owner.has(*right)));
        let changes = |permission: Permission| {
            let name = permission.name();
            ["write_", "edit_", "manage_", "import_", "annotate"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        assert!(!Role::Auditor.permissions().any(changes));
        assert!(Role::Auditor.has(Permission::SeeMargin));
    }

    #[test]
    fn who_imports_files_may_write_what_is_in_some() {
        let writes = [
            Permission::WriteCosts,
            Permission::WriteLeads,
            Permission::WriteDeals,
        ];
        for role in Role::ALL {
            let may_write = writes.iter().any(|right| role.has(*right));
            assert!(
                !role.has(Permission::ImportFiles) || may_write,
                "{}",
                role.name()
            );
        }
    }

    #[test]
    fn who_writes_something_may_read_it() {
        for role in Role::ALL {
            for (write, read) in [
                (Permission::WriteLeads, Permission::ReadLeads),
                (Permission::WriteLeads, Permission::SeeContacts),
                (Permission::WriteDeals, Permission::ReadDeals),
                (Permission::WriteCosts, Permission::SeeCosts),
                (Permission::SeeMargin, Permission::SeeCosts),
                (Permission::ManagePeople, Permission::ReadPeople),
            ] {
                assert!(!role.has(write) || role.has(read), "{}", role.name());
            }
        }
    }
}
