//! What the owner sets up: nothing of it leaves the rest pointing at something that is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::rules::{ChannelRule, Condition, ConditionField, ConditionOp};
use app::{App, AppError, LinkInput, LinkPatch, ManualCostInput, SiteInput, SitePatch};
use base::ChannelId;
use tokio::task::JoinSet;

use crate::imports::{FIRST, import, queue};
use crate::leads::load_visit;
use crate::support::TestApp;

fn code(error: &AppError) -> &'static str {
    match error {
        AppError::Invalid(errors) => errors[0].code,
        AppError::Conflict { code, .. } => code,
        _ => "another",
    }
}

fn google(channel: ChannelId) -> ChannelRule {
    ChannelRule {
        channel,
        name: "All of Google".to_owned(),
        conditions: vec![Condition {
            field: ConditionField::Source,
            op: ConditionOp::Is,
            value: "google".to_owned(),
        }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_a_channel_move_to_another_before_it_goes() {
    let test = TestApp::start().await;
    load_visit(&test);
    let tree = test.app.list_channels(&test.owner).await.unwrap();
    let mut leaves = tree.iter().filter(|one| {
        !tree
            .iter()
            .any(|below| below.details.parent_id == Some(one.id))
    });
    let (goes, stays) = (leaves.next().unwrap(), leaves.next().unwrap());
    let (version, _) = test.app.channel_rules(&test.owner).await.unwrap();
    test.app
        .publish_channel_rules(&test.owner, version, &[google(goes.id)], "")
        .await
        .unwrap();
    let preview = test
        .app
        .preview_channel_rules(&test.owner, &[])
        .await
        .unwrap();
    assert_eq!((preview.changed, preview.changed_visits), (1, 1));
    let archive = |to: Option<ChannelId>| {
        test.app
            .archive_channel(&test.owner, goes.id, goes.version, to)
    };
    assert_eq!(code(&archive(None).await.unwrap_err()), "has_rules");
    let to_itself = archive(Some(goes.id)).await.unwrap_err();
    assert_eq!(code(&to_itself), "unknown_channel");
    archive(Some(stays.id)).await.unwrap();
    let (moved_in, rules) = test.app.channel_rules(&test.owner).await.unwrap();
    assert_eq!(rules, [google(stays.id)]);
    // The rules can be changed on, also from a version that still names the channel.
    test.app
        .preview_channel_rules(&test.owner, &rules)
        .await
        .unwrap();
    test.app
        .publish_channel_rules(&test.owner, moved_in, &rules, "")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_has_one_site() {
    let test = TestApp::start().await;
    let site = |domain: &str| SiteInput {
        name: String::new(),
        domain: domain.to_owned(),
        allowed_hosts: Vec::new(),
        consent_mode: "cookie".to_owned(),
        on_campaign_change: "same_visit".to_owned(),
        at_midnight: "same_visit".to_owned(),
        search_parameters: None,
    };
    let create = async |domain: &str| test.app.create_site(&test.owner, &site(domain)).await;
    let first = create("shop.example").await.unwrap();
    let second = create("blog.example").await.unwrap();
    let again = create("https://Shop.example/").await.unwrap_err();
    assert_eq!(code(&again), "domain_taken");
    assert_eq!(code(&create("Shop").await.unwrap_err()), "not_a_domain");
    let patch = |domain: &str| SitePatch {
        domain: Some(domain.to_owned()),
        ..SitePatch::default()
    };
    let change = async |domain: &str| {
        let (id, version) = (second.id, second.version);
        test.app
            .update_site(&test.owner, id, version, patch(domain))
            .await
    };
    let taken = change("shop.example").await.unwrap_err();
    assert_eq!(code(&taken), "domain_taken");
    change("blog.example").await.unwrap();
    // A site that is gone has no domain any more.
    test.app
        .archive_site(&test.owner, first.id, first.version)
        .await
        .unwrap();
    create("shop.example").await.unwrap();
    // Two ports of one's own computer are two sites.
    create("localhost").await.unwrap();
    create("localhost").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_link_can_be_brought_back() {
    let test = TestApp::start().await;
    let input = LinkInput {
        slug: Some("autumn".to_owned()),
        target: "https://shop.example/".to_owned(),
        ..LinkInput::default()
    };
    let link = test.app.create_link(&test.owner, &input).await.unwrap();
    let archived = |archived: bool| LinkPatch {
        archived: Some(archived),
        ..LinkPatch::default()
    };
    let set = async |version: i64, patch: LinkPatch| {
        test.app
            .update_link(&test.owner, link.id, version, patch)
            .await
            .unwrap()
    };
    let gone = set(link.version, archived(true)).await;
    let followed = || test.app.routing().borrow().links.len();
    assert!(gone.archived_at.is_some());
    assert_eq!(followed(), 0);
    let back = set(gone.version, archived(false)).await;
    assert_eq!(back.archived_at, None);
    assert_eq!(followed(), 1);
}

/// A hot path that takes a turn of its own for each change.
async fn serve(app: App, served: Arc<AtomicUsize>) {
    let mut routing = app.routing();
    routing.mark_changed();
    while routing.changed().await.is_ok() {
        let current = Arc::clone(&routing.borrow_and_update());
        tokio::task::yield_now().await;
        served.store(current.links.len(), Ordering::SeqCst);
        app.set_served(current);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_served_once_its_maker_is_told_and_nobody_waits_for_a_path_that_ended() {
    let test = TestApp::start().await;
    let served = Arc::new(AtomicUsize::new(0));
    let make = async |slug: String| {
        let input = LinkInput {
            slug: Some(slug),
            target: "https://shop.example/".to_owned(),
            ..LinkInput::default()
        };
        test.app.create_link(&test.owner, &input).await.unwrap();
    };
    let mut path = JoinSet::new();
    path.spawn(serve(test.app.clone(), Arc::clone(&served)));
    let mut others = test.app.routing();
    for number in 1..=20 {
        make(format!("autumn-{number}")).await;
        assert_eq!(served.load(Ordering::SeqCst), number);
    }
    assert_eq!(others.borrow_and_update().links.len(), 20);
    drop(others);
    path.shutdown().await;
    make("winter".to_owned()).await;
    assert_eq!(served.load(Ordering::SeqCst), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn spend_without_a_single_visit_points_at_the_snippet() {
    let test = TestApp::start().await;
    import(&test, FIRST).await;
    test.settle().await;
    let codes = async || -> Vec<&'static str> {
        let notes = test.app.notes(&test.owner).await.unwrap();
        notes.into_iter().map(|note| note.code).collect()
    };
    assert_eq!(codes().await, ["costs_missing", "no_visits"]);
    load_visit(&test);
    assert_eq!(
        codes().await,
        ["costs_missing", "mistagged_spend", "mistagged_spend"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_are_missing_from_the_day_after_what_the_imports_speak_for() {
    let test = TestApp::start().await;
    let last = "2026-11-03,Sunglasses,111,Ray,PLN,--,--,--\n";
    import(&test, &format!("{FIRST}{last}")).await;
    test.settle().await;
    let notes = test.app.notes(&test.owner).await.unwrap();
    let missing = notes.iter().find(|note| note.code == "costs_missing");
    let since = &missing.unwrap().params[1];
    assert_eq!(since, &("since", "2026-11-04".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_manual_cost_is_missing_when_its_days_are_over_and_each_has_a_name() {
    let test = TestApp::start().await;
    let input = ManualCostInput {
        name: " ".to_owned(),
        source: "Billboard".to_owned(),
        medium: "offline".to_owned(),
        campaign: "Autumn".to_owned(),
        from: "2026-11-01".to_owned(),
        to: "2026-11-01".to_owned(),
        amount: "5".to_owned(),
        currency: None,
        per: "day".to_owned(),
        mark_up_percent: "0".to_owned(),
    };
    let made = test.app.create_manual_cost(&test.owner, &input).await;
    assert_eq!(made.unwrap().details.name, "Billboard · Autumn");
    let plain = ManualCostInput {
        campaign: String::new(),
        ..input
    };
    let made = test.app.create_manual_cost(&test.owner, &plain).await;
    assert_eq!(made.unwrap().details.name, "Billboard");
    test.settle().await;
    let notes = test.app.notes(&test.owner).await.unwrap();
    assert!(
        notes.iter().all(|note| note.code != "costs_missing"),
        "{notes:?}"
    );
    let account = "Day,Account,Campaign,Currency code,Impr.,Clicks,Cost\n\
        2026-11-01,one,A,PLN,1,1,1\n";
    queue(&test, account).await;
    test.app.run_imports_until_idle().await.unwrap();
    let notes = test.app.notes(&test.owner).await.unwrap();
    let missing = notes
        .iter()
        .find(|note| note.code == "costs_missing")
        .unwrap();
    assert_eq!(missing.params[0], ("platform", "Google Ads".to_owned()));
}
