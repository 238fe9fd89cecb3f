//! Sites, links, channels and their rules, names of ads, sessions.

use base::{Day, ImportId, UnixMillis, WorkspaceId};
use serde_json::json;
use store::ad_names::{
    AdNameSighting, insert_ad_name, list_ad_names, list_ad_names_of, undo_ad_names,
};
use store::channel_rules::{
    NewChannelRules, find_channel_rules, list_channel_rules_versions, publish_channel_rules,
};
use store::channels::{ChannelDetails, archive_channel, insert_channel, list_channels};
use store::links::{LinkDetails, archive_link, insert_link, list_all_links, list_links};
use store::sessions::{
    NewSession, delete_other_sessions, find_session, insert_session, list_sessions,
};
use store::sites::SiteDetails;
use store::users::{NewUser, insert_user, put_membership};
use store::{PageRequest, StoreError, Tx};

use crate::fixture::{Fixture, NOW};
use crate::money::import;

pub(crate) fn site(key: &str) -> SiteDetails {
    SiteDetails {
        public_key: key.to_owned(),
        name: "Shop".to_owned(),
        domain: "shop.example".to_owned(),
        allowed_hosts: vec!["shop.example".to_owned()],
        consent_mode: "cookie".to_owned(),
        script_path: format!("{key}.js"),
        events_path: format!("{key}-e"),
        settings: json!({}),
        on_campaign_change: "same_visit".to_owned(),
        at_midnight: "new_visit".to_owned(),
    }
}

pub(crate) fn link(slug: &str) -> LinkDetails {
    LinkDetails {
        slug: slug.to_owned(),
        name: "Spring".to_owned(),
        target: "https://shop.example/".to_owned(),
        source: "newsletter".to_owned(),
        medium: "email".to_owned(),
        campaign: String::new(),
        ad_group: String::new(),
        ad: String::new(),
        keyword: String::new(),
        settings: json!({}),
    }
}

pub(crate) fn channel(name: &str) -> ChannelDetails {
    let name = name.to_owned();
    ChannelDetails {
        parent_id: None,
        name,
        kind: "search".to_owned(),
        colour: 1,
        position: 0,
    }
}

pub(crate) fn rules() -> NewChannelRules {
    NewChannelRules {
        rules: json!([{"channel_id": 1}]),
        author_id: None,
        note: String::new(),
        created_at: NOW,
    }
}

#[tokio::test]
async fn an_archived_link_stays_listed_but_is_not_followed() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let id = insert_link(&mut tx, fixture.ours, NOW, &link("spring"))
        .await
        .unwrap();
    archive_link(&mut tx, fixture.ours, id, 1, NOW)
        .await
        .unwrap();
    let twice = archive_link(&mut tx, fixture.ours, id, 2, NOW).await;
    assert!(
        matches!(twice, Err(StoreError::StaleVersion { .. })),
        "{twice:?}"
    );
    assert!(list_all_links(&mut tx).await.unwrap().is_empty());
    let page = list_links(&mut tx, fixture.ours, PageRequest::first(9))
        .await
        .unwrap();
    assert_eq!(
        (page.items.len(), page.items[0].archived_at),
        (1, Some(NOW))
    );
    let taken = insert_link(&mut tx, fixture.theirs, NOW, &link("spring")).await;
    assert!(matches!(taken, Err(StoreError::Conflict { field, .. }) if field == "slug"));
}

#[tokio::test]
async fn a_channel_name_is_free_again_after_archiving() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let id = insert_channel(&mut tx, fixture.ours, NOW, &channel("Ads"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = fixture.begin().await;
    let again = insert_channel(&mut tx, fixture.ours, NOW, &channel("Ads")).await;
    assert!(matches!(again, Err(StoreError::Conflict { field, .. }) if field == "name"));
    drop(tx);
    let mut tx = fixture.begin().await;
    archive_channel(&mut tx, fixture.ours, id, 1, NOW)
        .await
        .unwrap();
    insert_channel(&mut tx, fixture.ours, NOW, &channel("Ads"))
        .await
        .unwrap();
    assert_eq!(list_channels(&mut tx, fixture.ours).await.unwrap().len(), 1);
    let foreign = ChannelDetails {
        parent_id: Some(id),
        ..channel("Below")
    };
    let refused = insert_channel(&mut tx, fixture.theirs, NOW, &foreign).await;
    assert!(
        matches!(refused, Err(StoreError::BrokenReference)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn publishing_rules_keeps_the_old_ones() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let ours: WorkspaceId = fixture.ours;
    assert_eq!(find_channel_rules(&mut tx, ours).await.unwrap(), None);
    assert_eq!(
        publish_channel_rules(&mut tx, ours, 0, &rules())
            .await
            .unwrap(),
        1
    );
    let stale = publish_channel_rules(&mut tx, ours, 0, &rules()).await;
    assert!(
        matches!(stale, Err(StoreError::StaleVersion { .. })),
        "{stale:?}"
    );
    assert_eq!(
        publish_channel_rules(&mut tx, ours, 1, &rules())
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        find_channel_rules(&mut tx, ours)
            .await
            .unwrap()
            .map(|now| now.version),
        Some(2)
    );
    assert_eq!(
        list_channel_rules_versions(&mut tx, ours, PageRequest::first(9))
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}

pub(crate) fn ad_name(import: Option<ImportId>, name: &str, days: (i32, i32)) -> AdNameSighting {
    AdNameSighting {
        source: "google".to_owned(),
        level: "campaign".to_owned(),
        external_id: "77".to_owned(),
        name: name.to_owned(),
        first_day: Day(days.0),
        last_day: Day(days.1),
        matched_by: "name".to_owned(),
        import_id: import,
    }
}

/// Names with their days, as they were known at a moment.
async fn known(tx: &mut Tx, workspace: WorkspaceId, moment: i64) -> Vec<String> {
    let names = list_ad_names(tx, workspace, UnixMillis(moment))
        .await
        .unwrap();
    let told = names
        .iter()
        .map(|seen| format!("{} {}-{}", seen.name, seen.first_day.0, seen.last_day.0));
    told.collect()
}

#[tokio::test]
async fn a_name_keeps_its_days_and_goes_with_its_import() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let ours = fixture.ours;
    let (first, second) = (import(&mut tx, ours).await, import(&mut tx, ours).await);
    let seen = [
        (10, ad_name(Some(first), "Old", (5, 9))),
        (20, ad_name(Some(second), "Old", (1, 2))),
        (20, ad_name(Some(second), "New", (10, 12))),
    ];
    for (at, name) in &seen {
        insert_ad_name(&mut tx, ours, UnixMillis(*at), name)
            .await
            .unwrap();
    }
    assert_eq!(known(&mut tx, ours, 19).await, ["Old 5-9"]);
    assert_eq!(known(&mut tx, ours, 20).await, ["Old 1-9", "New 10-12"]);
    let of = list_ad_names_of(&mut tx, ours, "google", "campaign", &["77"]).await;
    let imports: Vec<_> = of.unwrap().iter().map(|seen| seen.import_id).collect();
    assert_eq!(imports, [Some(first), Some(second)]);
    let undone = undo_ad_names(&mut tx, ours, second, UnixMillis(30)).await;
    assert_eq!(undone.unwrap(), 2);
    assert_eq!(known(&mut tx, ours, 29).await, ["Old 1-9", "New 10-12"]);
    assert_eq!(known(&mut tx, ours, 30).await, ["Old 5-9"]);
    assert_eq!(known(&mut tx, ours, i64::MAX).await, ["Old 5-9"]);
    assert!(known(&mut tx, fixture.theirs, i64::MAX).await.is_empty());
}

#[tokio::test]
async fn other_sessions_end_and_expired_ones_are_not_found() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let user = NewUser {
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        language: "pl".to_owned(),
        password_hash: "x".to_owned(),
    };
    let user = insert_user(&mut tx, &user, NOW).await.unwrap();
    put_membership(&mut tx, fixture.ours, user, "owner", NOW)
        .await
        .unwrap();
    let session = |token: u8, expires: i64| NewSession {
        user_id: user,
        token_hash: vec![token],
        created_at: NOW,
        last_used_at: NOW,
        expires_at: UnixMillis(NOW.0 + expires),
        user_agent: String::new(),
        ip_trunc: String::new(),
        proved_at: NOW,
        signed_in_by: "password".to_owned(),
    };
    let kept = insert_session(&mut tx, &session(1, 10)).await.unwrap();
    insert_session(&mut tx, &session(2, 10)).await.unwrap();
    insert_session(&mut tx, &session(3, 0)).await.unwrap();
    let first = list_sessions(&mut tx, user, NOW, PageRequest::first(1))
        .await
        .unwrap();
    assert_eq!(first.items.len(), 1);
    let rest = PageRequest::after(first.next.unwrap(), 9);
    let rest = list_sessions(&mut tx, user, NOW, rest).await.unwrap();
    assert_eq!(
        rest.items.iter().map(|one| one.id).collect::<Vec<_>>(),
        [kept]
    );
    assert_eq!(rest.next, None);
    assert_eq!(find_session(&mut tx, &[3], NOW).await.unwrap(), None);
    assert_eq!(
        delete_other_sessions(&mut tx, user, Some(kept))
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        find_session(&mut tx, &[1], NOW)
            .await
            .unwrap()
            .map(|it| it.id),
        Some(kept)
    );
}
