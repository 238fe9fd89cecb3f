//! What has to hold of the table.

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
fn who_comes_from_outside_sees_nothing_of_the_house() {
    assert!(REALMS.iter().all(|letter| b"io".contains(letter)));
    let outside = Role::ALL.into_iter();
    let outside = outside.filter(|role| role.realm() == Realm::Outside);
    let seen = |role: Role| role.permissions().map(Permission::name).collect::<Vec<_>>();
    let seen: Vec<_> = outside.map(|role| (role.name(), seen(role))).collect();
    let of_advertiser = [
        "read_reports",
        "see_revenue",
        "read_leads",
        "read_deals",
        "read_channels",
    ];
    let expected = [
        ("partner", vec!["read_reports", "read_channels"]),
        ("advertiser", of_advertiser.to_vec()),
    ];
    assert_eq!(seen, expected);
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
            (Permission::ReadLeads, Permission::SeeRevenue),
            (Permission::ReadDeals, Permission::SeeRevenue),
            (Permission::ReadRows, Permission::ReadReports),
            (Permission::ReadSetup, Permission::ReadChannels),
            (Permission::ManagePeople, Permission::ReadPeople),
        ] {
            assert!(!role.has(write) || role.has(read), "{}", role.name());
        }
    }
}
