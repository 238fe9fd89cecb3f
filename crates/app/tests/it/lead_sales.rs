//! A paid deal makes its lead a sale; what takes the sale back makes the lead what it was.

use app::{DealInput, ImportKind, LeadInput, LeadQuery, PaymentInput, StatusGroup};
use base::LeadId;
use store::{PageRequest, meta};

use crate::lead_states::by_status;
use crate::leads::{lead, send};
use crate::records::{import, undo};
use crate::support::TestApp;

/// A program with one new lead of 2 November, and words for deals.
async fn start() -> (TestApp, LeadId) {
    let test = TestApp::start().await;
    let groups = [
        ("paid".to_owned(), StatusGroup::Paid),
        ("new".to_owned(), StatusGroup::InWork),
        ("lost".to_owned(), StatusGroup::Cancelled),
    ];
    let mapped = test.app.put_deal_statuses(&test.owner, 0, &groups).await;
    mapped.unwrap();
    let input = LeadInput {
        external_id: "L-1".to_owned(),
        at: "2026-11-02T10:00:00Z".to_owned(),
        ..lead("512 345 678")
    };
    let id = send(&test, input).await.id;
    (test, id)
}

fn deal(status: &str, paid: &str) -> DealInput {
    DealInput {
        external_id: "D-1".to_owned(),
        status: status.to_owned(),
        amount: "100".to_owned(),
        created_at: "2026-11-03T10:00:00Z".to_owned(),
        paid_at: paid.to_owned(),
        lead_external_id: "L-1".to_owned(),
        ..DealInput::default()
    }
}

async fn save(test: &TestApp, item: DealInput) {
    let saved = test.app.save_deals(&test.owner, &[item]).await.unwrap();
    assert!(
        !matches!(saved[0].result, app::ItemResult::Rejected(_)),
        "{saved:?}"
    );
}

async fn pay(test: &TestApp, id: &str, kind: &str, amount: &str) {
    let item = PaymentInput {
        external_id: id.to_owned(),
        deal_external_id: "D-1".to_owned(),
        at: "2026-11-12T10:00:00Z".to_owned(),
        amount: amount.to_owned(),
        currency: String::new(),
        kind: kind.to_owned(),
    };
    let saved = test.app.save_payments(&test.owner, &[item]).await.unwrap();
    assert_eq!(saved[0].result, app::ItemResult::Created);
}

async fn say(test: &TestApp, id: LeadId, status: &str) {
    let version = test.app.lead(&test.owner, id).await.unwrap().lead.version;
    let said = test
        .app
        .change_lead_status(&test.owner, id, version, status);
    said.await.unwrap();
}

/// The lead wherever it shows what it is: its card, the list by that status, the last step of its
/// story, and the report. Qualified leads stand behind.
async fn status(test: &TestApp, id: LeadId) -> String {
    let lead = test.app.lead(&test.owner, id).await.unwrap().lead;
    let query = LeadQuery {
        status: Some(lead.status().to_owned()),
        ..LeadQuery::default()
    };
    let listed = test
        .app
        .list_leads(&test.owner, &query, PageRequest::first(9))
        .await
        .unwrap();
    assert_eq!(listed.items.len(), 1, "the list by {}", lead.status());
    let story = test.app.lead_timeline(&test.owner, id).await.unwrap();
    let steps = story.iter().rfind(|item| item.kind.name() == "lead_status");
    let last = steps.map_or("new", |item| item.title.as_str());
    assert_eq!(last, lead.status(), "{story:?}");
    test.settle().await;
    let states = test.ask("select status from lead_states where lead = 1 order by version desc");
    assert_eq!(states[0], lead.status());
    let qualified = test
        .ask("select coalesce(sum(qualified), 0) from outcomes")
        .remove(0);
    format!("{} {qualified}", lead.status())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_follows_its_deal_from_the_payment_to_the_last_refund() {
    let (test, id) = start().await;
    save(&test, deal("new", "")).await;
    assert_eq!(status(&test, id).await, "new 0");
    save(&test, deal("paid", "2026-11-10T10:00:00Z")).await;
    assert_eq!(status(&test, id).await, "converted 1");
    let when = "select strftime(make_timestamp(at_ms * 1000), '%d %H') from outcomes
        where qualified = 1";
    assert_eq!(test.ask(when), ["10 10"]);
    pay(&test, "P-1", "payment", "100").await;
    pay(&test, "R-1", "refund", "40").await;
    assert_eq!(status(&test, id).await, "converted 1");
    pay(&test, "R-2", "refund", "60").await;
    assert_eq!(status(&test, id).await, "new 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_deal_gives_its_lead_back_what_was_said_of_it() {
    let (test, id) = start().await;
    say(&test, id, "working").await;
    test.seeded.pass_days(1);
    save(&test, deal("paid", "2026-11-21T11:00:00Z")).await;
    assert_eq!(status(&test, id).await, "converted 1");
    let before = test.app.now();
    test.seeded.pass_days(1);
    save(&test, deal("lost", "")).await;
    assert_eq!(status(&test, id).await, "working 0");
    assert_eq!(by_status(&test, None).await, ["In work: 1"]);
    assert_eq!(by_status(&test, Some(before)).await, ["Became a sale: 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_mapping_makes_sales_and_takes_them_back() {
    let (test, id) = start().await;
    save(&test, deal("Wydane", "")).await;
    assert_eq!(status(&test, id).await, "new 0");
    for (version, group, want) in [
        (1, StatusGroup::Paid, "converted 1"),
        (2, StatusGroup::InWork, "new 0"),
    ] {
        let groups = [("Wydane".to_owned(), group)];
        let mapped = test.app.put_deal_statuses(&test.owner, version, &groups);
        mapped.await.unwrap();
        assert_eq!(status(&test, id).await, want);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_makes_sales_once_and_its_undo_takes_them_back() {
    let (test, id) = start().await;
    let file = "Order ID,Status,Amount,Created,Paid,Lead ID\n\
        D-1,paid,100,2026-11-03 10:00,2026-11-10 10:00,L-1\n";
    let first = import(&test, ImportKind::Deals, file).await;
    assert_eq!(status(&test, id).await, "converted 1");
    let posted = "select (select count(*) from outcomes), (select count(*) from lead_states)";
    let once = test.ask(posted);
    let second = import(&test, ImportKind::Deals, file).await;
    assert_eq!(test.settle().await, 0);
    assert_eq!(test.ask(posted), once);
    undo(&test, &first).await;
    assert_eq!(status(&test, id).await, "converted 1");
    undo(&test, &second).await;
    assert_eq!(status(&test, id).await, "new 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_said_behind_a_sale_is_taken_back_there() {
    let (test, id) = start().await;
    save(&test, deal("paid", "2026-11-10T10:00:00Z")).await;
    let file = "Lead ID,Date,Status\nL-1,2026-11-02 11:00,disqualified\n";
    let said = import(&test, ImportKind::Leads, file).await;
    assert_eq!(status(&test, id).await, "converted 1");
    undo(&test, &said).await;
    assert_eq!(status(&test, id).await, "converted 1");
    import(&test, ImportKind::Leads, file).await;
    save(&test, deal("lost", "")).await;
    assert_eq!(status(&test, id).await, "disqualified 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_says_later_stands_against_older_news_and_not_against_a_new_sale() {
    let (test, id) = start().await;
    say(&test, id, "disqualified").await;
    save(&test, deal("paid", "2026-11-10T10:00:00Z")).await;
    assert_eq!(status(&test, id).await, "disqualified 0");
    let again = DealInput {
        external_id: "D-2".to_owned(),
        ..deal("paid", "2026-11-21T11:00:00Z")
    };
    test.seeded.pass_days(1);
    save(&test, again.clone()).await;
    assert_eq!(status(&test, id).await, "converted 1");
    say(&test, id, "spam").await;
    assert_eq!(status(&test, id).await, "spam 0");
    let titled = DealInput {
        title: "Frames".to_owned(),
        ..again
    };
    save(&test, titled).await;
    assert_eq!(status(&test, id).await, "spam 0");
    say(&test, id, "converted").await;
    assert_eq!(status(&test, id).await, "converted 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_without_an_hour_takes_the_place_of_what_was_said_that_morning() {
    let (test, id) = start().await;
    say(&test, id, "qualified").await;
    let file = "Order ID,Status,Amount,Created,Paid,Lead ID\n\
        D-1,paid,100,2026-11-20,2026-11-20,L-1\n";
    import(&test, ImportKind::Deals, file).await;
    assert_eq!(status(&test, id).await, "converted 1");
    say(&test, id, "working").await;
    assert_eq!(status(&test, id).await, "working 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_that_is_told_its_lead_later_makes_it_a_sale() {
    let (test, id) = start().await;
    let paid = deal("paid", "2026-11-10T10:00:00Z");
    let nobodys = DealInput {
        lead_external_id: String::new(),
        ..paid.clone()
    };
    save(&test, nobodys).await;
    assert_eq!(status(&test, id).await, "new 0");
    save(&test, paid).await;
    assert_eq!(status(&test, id).await, "converted 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_of_an_older_store_follow_their_deals_once() {
    let (test, id) = start().await;
    save(&test, deal("paid", "2026-11-10T10:00:00Z")).await;
    // As an earlier version would have left it: the deal is a sale, the lead knows nothing of it.
    let mut tx = test.app.store().begin().await.unwrap();
    let mut lead = store::leads::load_lead(
        &mut tx,
        test.owner.workspace,
        &store::reach::Reach::WHOLE,
        id,
    )
    .await
    .unwrap();
    lead.sold_at = None;
    store::leads::put_leads(&mut tx, test.owner.workspace, &[lead])
        .await
        .unwrap();
    meta::delete_meta(&mut tx, "lead_sales_followed")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let test = test.restart().await;
    let lead = test.app.lead(&test.owner, id).await.unwrap().lead;
    assert_eq!((lead.status(), lead.version), ("converted", 3));
    let test = test.restart().await;
    let lead = test.app.lead(&test.owner, id).await.unwrap().lead;
    assert_eq!(lead.version, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_is_taken_back_was_never_said_and_the_sale_stands_again() {
    let (test, id) = start().await;
    save(&test, deal("paid", "2026-11-12T10:00:00Z")).await;
    let sold = status(&test, id).await;
    test.seeded.pass_days(1);
    say(&test, id, "spam").await;
    assert_ne!(status(&test, id).await, sold);
    let load = || test.app.lead(&test.owner, id);
    let version = load().await.unwrap().lead.version;
    let take_back = |version| test.app.take_back_lead_status(&test.owner, id, version);
    assert!(matches!(
        take_back(version - 1).await,
        Err(app::AppError::EditConflict { .. })
    ));
    take_back(version).await.unwrap();
    assert_eq!(status(&test, id).await, sold);
    let version = load().await.unwrap().lead.version;
    let Err(app::AppError::Conflict { code, .. }) = take_back(version).await else {
        panic!("a word was taken back twice");
    };
    assert_eq!(code, "nothing_to_take_back");
    // Nobody's word stands against the next news.
    save(&test, deal("lost", "")).await;
    assert!(status(&test, id).await.starts_with("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_takes_back_nobodys_word() {
    let (test, id) = start().await;
    let key = async |name| {
        let scopes = ["leads".to_owned()];
        let made = test
            .app
            .create_api_key(&test.owner, name, &scopes, None, None);
        let (_, secret) = made.await.unwrap();
        test.app.actor_of_key(&secret).await.unwrap()
    };
    let (crm, other) = (key("crm").await, key("other").await);
    let version = async || {
        let lead = test.app.lead(&test.owner, id).await;
        lead.unwrap().lead.version
    };
    let said = test
        .app
        .change_lead_status(&crm, id, version().await, "spam");
    said.await.unwrap();
    // Neither of them has a name in the history by which it could be told from the other.
    for actor in [&other, &crm, &test.owner] {
        let taken = test.app.take_back_lead_status(actor, id, version().await);
        let taken = taken.await;
        assert!(
            matches!(
                taken,
                Err(app::AppError::Conflict {
                    code: "nothing_to_take_back",
                    ..
                })
            ),
            "{taken:?}"
        );
    }
    assert!(status(&test, id).await.starts_with("spam"));
}
