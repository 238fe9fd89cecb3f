//! Lost updates, conflicts, transactions and pages.

use std::collections::BTreeSet;

use base::{LeadId, TrafficKey, UnixMillis};
use store::ids::{Counted, find_last_id};
use store::leads::{Lead, LeadFilter, list_leads, list_leads_of_contacts, load_lead, put_leads};
use store::reach::Reach;
use store::users::{NewUser, insert_user};
use store::workspaces::{load_workspace, update_workspace};
use store::{PageRequest, StoreError};

use crate::fixture::{Fixture, NOW, insert_lead, lead, workspace};

#[tokio::test]
async fn an_update_of_a_stale_version_changes_nothing() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let next = update_workspace(&mut tx, fixture.ours, 1, &workspace("first"))
        .await
        .unwrap();
    assert_eq!(next, 2);
    let second = update_workspace(&mut tx, fixture.ours, 1, &workspace("second")).await;
    assert!(
        matches!(second, Err(StoreError::StaleVersion { version: 1, .. })),
        "{second:?}"
    );
    let kept = load_workspace(&mut tx, fixture.ours).await.unwrap();
    assert_eq!((kept.details.name.as_str(), kept.version), ("first", 2));
}

#[tokio::test]
async fn a_saved_lead_reads_back_whole() {
    let fixture = Fixture::new().await;
    let mut details = lead(NOW);
    details.click_id = Some(base::FactId(u128::MAX - 3));
    details.visit_id = Some(base::VisitId(u64::MAX));
    details.declared = Some(base::Traffic::direct());
    let id = fixture.lead(fixture.ours, &details).await;
    details.status = "qualified".to_owned();
    let mut tx = fixture.begin().await;
    let changed = Lead {
        id,
        details: details.clone(),
        sold_at: Some(NOW),
        archived_at: None,
        version: 2,
    };
    put_leads(&mut tx, fixture.ours, std::slice::from_ref(&changed))
        .await
        .unwrap();
    let stored = load_lead(&mut tx, fixture.ours, &Reach::WHOLE, id)
        .await
        .unwrap();
    assert_eq!(stored, changed);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let id = insert_lead(&mut tx, fixture.ours, &lead(NOW))
        .await
        .unwrap();
    drop(tx);
    let found = load_lead(&mut fixture.read().await, fixture.ours, &Reach::WHOLE, id).await;
    assert!(
        matches!(found, Err(StoreError::NotFound { what: "lead", .. })),
        "{found:?}"
    );
    // The connection is free again.
    fixture.lead(fixture.ours, &lead(NOW)).await;
}

#[tokio::test]
async fn a_conflict_names_the_field() {
    let fixture = Fixture::new().await;
    let mut details = lead(NOW);
    details.external_id = Some("crm-7".to_owned());
    fixture.lead(fixture.ours, &details).await;
    // The same id in another workspace is another lead.
    fixture.lead(fixture.theirs, &details).await;
    let mut tx = fixture.begin().await;
    let again = insert_lead(&mut tx, fixture.ours, &details).await;
    check_conflict(again.unwrap_err(), "leads", "external_id");
    drop(tx);
    let mut tx = fixture.begin().await;
    let user = NewUser {
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        language: "en".to_owned(),
        password_hash: "x".to_owned(),
    };
    insert_user(&mut tx, &user, NOW).await.unwrap();
    check_conflict(
        insert_user(&mut tx, &user, NOW).await.unwrap_err(),
        "users",
        "email",
    );
}

#[tokio::test]
async fn a_transaction_with_a_failed_statement_can_only_be_dropped() {
    let fixture = Fixture::new().await;
    let mut details = lead(NOW);
    details.external_id = Some("crm-7".to_owned());
    fixture.lead(fixture.ours, &details).await;
    let mut tx = fixture.begin().await;
    insert_lead(&mut tx, fixture.theirs, &lead(NOW))
        .await
        .unwrap();
    let conflict = insert_lead(&mut tx, fixture.ours, &details).await;
    check_conflict(conflict.unwrap_err(), "leads", "external_id");
    let next = insert_lead(&mut tx, fixture.theirs, &lead(NOW)).await;
    assert!(matches!(next, Err(StoreError::Failed)), "{next:?}");
    let committed = tx.commit().await;
    assert!(
        matches!(committed, Err(StoreError::Failed)),
        "{committed:?}"
    );
    let page = PageRequest::first(9);
    let mut connection = fixture.read().await;
    let kept = list_leads(
        &mut connection,
        fixture.theirs,
        &LeadFilter::default(),
        page,
    )
    .await;
    assert_eq!(kept.unwrap().items, []);
}

#[tokio::test]
async fn the_letter_nul_is_kept_as_a_sign_that_is_no_letter() {
    let fixture = Fixture::new().await;
    let mut details = lead(NOW);
    details.name = "A\0da".to_owned();
    let id = fixture.lead(fixture.ours, &details).await;
    let stored = load_lead(&mut fixture.read().await, fixture.ours, &Reach::WHOLE, id).await;
    assert_eq!(stored.unwrap().details.name, "A\u{fffd}da");
}

#[tokio::test]
async fn ids_go_on_after_those_that_were_given_out() {
    let fixture = Fixture::new().await;
    for last in 0..3 {
        let mut tx = fixture.begin().await;
        assert_eq!(find_last_id(&mut tx, Counted::Leads).await.unwrap(), last);
        insert_lead(&mut tx, fixture.ours, &lead(NOW))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = fixture.begin().await;
    insert_lead(&mut tx, fixture.ours, &lead(NOW))
        .await
        .unwrap();
    drop(tx);
    let mut tx = fixture.begin().await;
    assert_eq!(find_last_id(&mut tx, Counted::Leads).await.unwrap(), 3);
}

fn check_conflict(error: StoreError, table: &str, column: &str) {
    match error {
        StoreError::Conflict { what, field } => {
            assert_eq!((what.as_str(), field.as_str()), (table, column));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pages_hold_every_row_once_when_all_times_are_equal() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    for index in 0..23 {
        let at = UnixMillis(NOW.0 + i64::from(index % 2));
        insert_lead(&mut tx, fixture.ours, &lead(at)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut connection = fixture.read().await;
    let mut seen: Vec<LeadId> = Vec::new();
    let mut request = PageRequest::first(5);
    let filter = LeadFilter::default();
    loop {
        let page = list_leads(&mut connection, fixture.ours, &filter, request)
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|lead| lead.id));
        let Some(next) = page.following(5) else { break };
        request = next;
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23);
}

#[tokio::test]
async fn leads_are_found_by_part_of_a_name_in_any_alphabet() {
    let fixture = Fixture::new().await;
    let mut details = lead(NOW);
    details.name = "Łucja ЖУКОВА 100%".to_owned();
    details.traffic_key = Some(TrafficKey(u64::MAX));
    fixture.lead(fixture.ours, &details).await;
    fixture.lead(fixture.ours, &lead(NOW)).await;
    check_found(&fixture, Some("жуков"), None, 1).await;
    check_found(&fixture, Some("łuc"), None, 1).await;
    check_found(&fixture, Some("0%"), None, 1).await;
    check_found(&fixture, Some("a%a"), None, 0).await;
    check_found(&fixture, None, Some(vec![TrafficKey(u64::MAX)]), 1).await;
    check_found(&fixture, None, Some(vec![TrafficKey(0)]), 1).await;
    check_found(&fixture, None, Some(vec![]), 0).await;
}

async fn check_found(
    fixture: &Fixture,
    text: Option<&str>,
    traffic_keys: Option<Vec<TrafficKey>>,
    count: usize,
) {
    let text = text.map(str::to_owned);
    let filter = LeadFilter {
        text,
        traffic_keys,
        ..LeadFilter::default()
    };
    let mut connection = fixture.read().await;
    let page = list_leads(
        &mut connection,
        fixture.ours,
        &filter,
        PageRequest::first(10),
    )
    .await;
    assert_eq!(page.unwrap().items.len(), count, "{filter:?}");
}

#[tokio::test]
async fn earlier_leads_are_found_by_phone_or_address() {
    let fixture = Fixture::new().await;
    let mut by_phone = lead(UnixMillis(10));
    by_phone.phone_e164 = Some("+48600100200".to_owned());
    let mut by_email = lead(UnixMillis(5));
    by_email.email_norm = Some("ada@example.com".to_owned());
    let phone = fixture.lead(fixture.ours, &by_phone).await;
    let email = fixture.lead(fixture.ours, &by_email).await;
    fixture.lead(fixture.theirs, &by_phone).await;
    let mut connection = fixture.read().await;
    let (since, before) = (UnixMillis(0), UnixMillis(11));
    let found = list_leads_of_contacts(
        &mut connection,
        fixture.ours,
        &["+48600100200"],
        &["ada@example.com"],
        since,
        before,
    )
    .await
    .unwrap();
    assert_eq!(
        found.iter().map(|lead| lead.id).collect::<Vec<_>>(),
        [email, phone]
    );
    let none = list_leads_of_contacts(&mut connection, fixture.ours, &[], &[], since, before).await;
    assert!(none.unwrap().is_empty());
}
