//! The audit log: entries are listed, and sealed one to the next.

use base::{UnixMillis, UserId};
use store::audit::{
    AuditDetails, AuditFilter, Chain, append_audit_entry, list_audit_entries,
    list_audit_entries_after,
};
use store::{PageRequest, Tx};

use crate::fixture::Fixture;

fn said(at: i64, person: i64, act: &str) -> AuditDetails {
    AuditDetails {
        at: UnixMillis(at),
        actor_kind: "person".to_owned(),
        actor_id: Some(person),
        actor_name: "Anna".to_owned(),
        network: String::new(),
        act: act.to_owned(),
        object: "7".to_owned(),
        details: r#"{"name":["a","b"]}"#.to_owned(),
        key_id: None,
        key_name: None,
    }
}

async fn write(tx: &mut Tx, fixture: &Fixture) {
    let acts = [
        said(30, 1, "link.changed"),
        said(10, 2, "link.changed"),
        said(20, 1, "site.created"),
    ];
    for act in &acts {
        append_audit_entry(tx, fixture.ours, act).await.unwrap();
    }
    append_audit_entry(tx, fixture.theirs, &acts[0])
        .await
        .unwrap();
}

#[tokio::test]
async fn each_workspace_has_its_own_chain_and_it_holds_when_it_is_read_back() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    write(&mut tx, &fixture).await;
    for (workspace, length) in [(fixture.ours, 3), (fixture.theirs, 1)] {
        let mut chain = Chain::start(workspace);
        let first = list_audit_entries_after(&mut tx, workspace, 0, 2)
            .await
            .unwrap();
        let last = list_audit_entries_after(&mut tx, workspace, 2, 2)
            .await
            .unwrap();
        let entries: Vec<_> = first.into_iter().chain(last).collect();
        assert_eq!(entries.len(), length);
        assert!(entries.iter().all(|entry| chain.follow(entry)));
    }
}

#[tokio::test]
async fn entries_are_listed_newest_first_by_person_act_and_time() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    write(&mut tx, &fixture).await;
    let mut listed = Vec::new();
    let filters = [
        AuditFilter::default(),
        AuditFilter {
            person: Some(UserId(1)),
            ..AuditFilter::default()
        },
        AuditFilter {
            act: Some("link.changed".to_owned()),
            ..AuditFilter::default()
        },
        AuditFilter {
            from: Some(UnixMillis(10)),
            until: Some(UnixMillis(30)),
            ..AuditFilter::default()
        },
    ];
    for filter in &filters {
        let page = list_audit_entries(&mut tx, fixture.ours, filter, PageRequest::first(9)).await;
        let seqs: Vec<i64> = page.unwrap().items.iter().map(|entry| entry.seq).collect();
        listed.push(seqs);
    }
    assert_eq!(listed, [vec![1, 3, 2], vec![1, 3], vec![1, 2], vec![3, 2]]);
    let page = PageRequest::first(2);
    let page = list_audit_entries(&mut tx, fixture.ours, &filters[0], page).await;
    let rest = PageRequest::after(page.unwrap().next.unwrap(), 2);
    let page = list_audit_entries(&mut tx, fixture.ours, &filters[0], rest).await;
    let page = page.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
}
