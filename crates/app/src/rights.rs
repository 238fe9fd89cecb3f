//! Who may do what: the one table of roles and permissions.
//!
//! A use case asks its actor for a [`Permission`]; a person's [`Role`] answers from [`MATRIX`],
//! and so do the settings screen, `docs/roles.md` and the test that tries every role on every
//! endpoint.

mod page;

pub use page::markdown;

/// What a use case needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    ReadReports,
    /// Spend and everything that is computed from it.
    SeeCosts,
    /// Cost of goods and everything that is computed from it.
    SeeMargin,
    /// Money that came in and everything that is computed from it.
    SeeRevenue,
    /// What a number is made of, hit by hit and lead by lead.
    ReadRows,
    /// What is written of days, and what needs attention.
    ReadNotes,
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
    /// Files that tell ad platforms of leads and sales, with the click ids of visitors.
    ExportConversions,
    Annotate,
    /// Views, segments and own metrics for everybody, and reports for those who have no account.
    ShareReports,
    /// The tree of channels; those from outside see their own.
    ReadChannels,
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
    Partner,
    Advertiser,
}

/// Whether somebody belongs to the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Realm {
    Inside,
    /// Sees the channels that are named for them and nothing else, and learns nothing of the
    /// people of the house.
    Outside,
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
//                                        OHBPSSMEC AMOFUPV
const BREADTHS: &[u8; Role::ALL.len()] = b"aaaaaaaaaatoaaaa";

/// The realm of each role: `i`nside or `o`utside.
//                                      OHBPSSMEC AMOFUPV
const REALMS: &[u8; Role::ALL.len()] = b"iiiiiiiiiiiiiioo";

/// A line of the table: what it is about, and a letter for each role in the order of
/// [`Role::ALL`], `x` where the role has it.
struct Line(Permission, &'static [u8; Role::ALL.len()]);

/// Columns: Owner, Head of marketing, Business development, Performance, SEM, SEO, SMM, E-mail,
/// Content, Analyst, sales Manager, sales Operator, accountant (Finance), aUditor; from outside
/// Partner, adVertiser.
const MATRIX: [Line; Permission::ALL.len()] = [
    //                              OHBPSSMEC AMOFUPV
    Line(Permission::ReadReports, b"xxxxxxxxxxx.xxxx"),
    Line(Permission::SeeCosts, b"xxxxxxxx.x..xx.."),
    Line(Permission::SeeMargin, b"xxxxx....x..xx.."),
    Line(Permission::SeeRevenue, b"xxxxxxxxxxxxxx.x"),
    Line(Permission::ReadRows, b"xxxxxxxxxxx.xx.."),
    Line(Permission::ReadNotes, b"xxxxxxxxxxx.xx.."),
    Line(Permission::ReadLeads, b"xxxxx.xx.xxx.x.x"),
    Line(Permission::SeeContacts, b"xxx...xx..xx...."),
    Line(Permission::WriteLeads, b"xx........xx...."),
    Line(Permission::ReadDeals, b"xxxx.....xxxxx.x"),
    Line(Permission::WriteDeals, b"xx........xxx..."),
    Line(Permission::WriteCosts, b"xx.xx.x.....x..."),
    Line(Permission::WriteEvents, b"xx.x............"),
    Line(Permission::ImportFiles, b"xx.xx.x...x.x..."),
    Line(Permission::ExportConversions, b"xx.xx.x........."),
    Line(Permission::Annotate, b"xxxxxxxxxxx.x..."),
    Line(Permission::ShareReports, b"xxxxxxxx.x......"),
    Line(Permission::ReadChannels, b"xxxxxxxxxxxxxxxx"),
    Line(Permission::ReadSetup, b"xxxxxxxxxxxxxx.."),
    Line(Permission::EditTracking, b"xx.xxxx........."),
    Line(Permission::EditChannels, b"xx.xxx...x......"),
    Line(Permission::EditMoneyRules, b"xx........x.x..."),
    Line(Permission::EditWorkspace, b"x..............."),
    Line(Permission::AddWorkspaces, b"x..............."),
    Line(Permission::ReadPeople, b"xxxx.....xx..x.."),
    Line(Permission::ManagePeople, b"x..............."),
    Line(Permission::ManageKeys, b"x..............."),
    Line(Permission::ReadAudit, b"xx...........x.."),
    Line(Permission::ManagePrivacy, b"x..............."),
];

impl Permission {
    /// In the order of the table.
    pub const ALL: [Self; 29] = [
        Self::ReadReports,
        Self::SeeCosts,
        Self::SeeMargin,
        Self::SeeRevenue,
        Self::ReadRows,
        Self::ReadNotes,
        Self::ReadLeads,
        Self::SeeContacts,
        Self::WriteLeads,
        Self::ReadDeals,
        Self::WriteDeals,
        Self::WriteCosts,
        Self::WriteEvents,
        Self::ImportFiles,
        Self::ExportConversions,
        Self::Annotate,
        Self::ShareReports,
        Self::ReadChannels,
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
            Self::SeeRevenue => "see_revenue",
            Self::ReadRows => "read_rows",
            Self::ReadNotes => "read_notes",
            Self::ReadLeads => "read_leads",
            Self::SeeContacts => "see_contacts",
            Self::WriteLeads => "write_leads",
            Self::ReadDeals => "read_deals",
            Self::WriteDeals => "write_deals",
            Self::WriteCosts => "write_costs",
            Self::WriteEvents => "write_events",
            Self::ImportFiles => "import_files",
            Self::ExportConversions => "export_conversions",
            Self::Annotate => "annotate",
            Self::ShareReports => "share_reports",
            Self::ReadChannels => "read_channels",
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
            Self::SeeRevenue => "see revenue",
            Self::ReadRows => "see the rows behind a number",
            Self::ReadNotes => "read annotations and notes",
            Self::ReadLeads => "read leads",
            Self::SeeContacts => "see contacts",
            Self::WriteLeads => "write leads",
            Self::ReadDeals => "read deals and payments",
            Self::WriteDeals => "write deals and payments",
            Self::WriteCosts => "write costs",
            Self::WriteEvents => "send events",
            Self::ImportFiles => "import files",
            Self::ExportConversions => "tell ad platforms of conversions",
            Self::Annotate => "write annotations",
            Self::ShareReports => "save views for everybody and share reports",
            Self::ReadChannels => "see the channels",
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

impl Realm {
    /// The name that it goes over the wire with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
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
    pub const ALL: [Self; 16] = [
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
        Self::Partner,
        Self::Advertiser,
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
            Self::Partner => "partner",
            Self::Advertiser => "advertiser",
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

    #[must_use]
    pub fn realm(self) -> Realm {
        let column = Self::ALL.iter().position(|role| *role == self);
        match column.map(|column| REALMS[column]) {
            Some(b'i') => Realm::Inside,
            _ => Realm::Outside,
        }
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
            Self::Partner => "Partner",
            Self::Advertiser => "Advertiser",
        }
    }

    /// All that the role has, in the order of the table.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.has(*permission))
    }
}

#[cfg(test)]
mod tests;
