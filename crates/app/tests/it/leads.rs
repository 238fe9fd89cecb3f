//! Leads from the door to the facts: linked, compared, saved once.

use app::{AppError, LeadInput, LeadQuery, LinkMethod, PageRequest, RawLead, Received};
use base::{
    Agent, ClickIdKind, Country, Fact, FactId, Hit, HitId, HitKind, Page, Traffic, UnixMillis,
    VisitId, VisitorId,
};
use store::lead_requests::{NewLeadRequest, insert_lead_request, load_lead_request};
use warehouse::Batch;

use crate::support::TestApp;

pub(crate) const VISITOR: VisitorId = VisitorId(77);
pub(crate) const VISIT: VisitId = VisitId(78);
const MARK: u16 = 5;
const HOUR_MS: i64 = 3_600_000;

/// Loads the page view that opens the visit, an hour ago, from a paid search click; gives its id.
pub(crate) fn load_visit(test: &TestApp) -> FactId {
    let traffic = Traffic {
        source: "google".to_owned(),
        medium: "cpc".to_owned(),
        campaign: "lenses".to_owned(),
        click_id: Some(ClickIdKind::Gclid),
        default_channel: "paid_search".to_owned(),
        ..Traffic::default()
    };
    load_visit_by(test, VISIT, traffic)
}

/// Another visit of the same visitor.
pub(crate) fn load_visit_by(test: &TestApp, visit: VisitId, traffic: Traffic) -> FactId {
    load_click(test, visit, traffic, &[(ClickIdKind::Gclid, "Cj0KCQ-x_1")])
}

/// The same by clicks of one's own.
pub(crate) fn load_click(
    test: &TestApp,
    visit: VisitId,
    traffic: Traffic,
    ids: &[(ClickIdKind, &str)],
) -> FactId {
    let at = test.app.now().plus_ms(-HOUR_MS);
    let hit = Hit {
        id: HitId::Stamped(MARK),
        workspace: test.owner.workspace,
        kind: HitKind::PageView,
        at,
        delay_ms: 0,
        seq: 0,
        site: None,
        link: None,
        visitor: VISITOR,
        visit,
        visit_age_ms: 0,
        visits: 1,
        bounces: 1,
        traffic: traffic.key(test.owner.workspace),
        touch: Some(Box::new(traffic)),
        page: Page {
            host: "shop.example".to_owned(),
            path: "/lenses".to_owned(),
            title: "Lenses".to_owned(),
        },
        name: String::new(),
        properties: Vec::new(),
        agent: Agent::default(),
        country: Country::UNKNOWN,
        bot: None,
        engaged_ms: 0,
        scroll_percent: 0,
        revenue: None,
        click_ids: ids
            .iter()
            .map(|(kind, id)| (*kind, (*id).to_owned()))
            .collect(),
    };
    let id = hit.fact_id();
    let batch = Batch {
        facts: vec![Fact::Hit(Box::new(hit))],
        ..Batch::default()
    };
    test.app
        .warehouse()
        .load(&batch, test.app.labels().as_ref())
        .unwrap();
    id
}

pub(crate) async fn try_send(test: &TestApp, input: LeadInput) -> Result<Received, AppError> {
    let raw = RawLead {
        door: "api",
        body: b"{}".to_vec(),
        headers: Default::default(),
    };
    test.app.receive_lead(&test.owner, raw, |_| Ok(input)).await
}

pub(crate) async fn send(test: &TestApp, input: LeadInput) -> Received {
    try_send(test, input).await.unwrap()
}

pub(crate) fn lead(phone: &str) -> LeadInput {
    LeadInput {
        name: "Anna".to_owned(),
        phone: phone.to_owned(),
        ..LeadInput::default()
    }
}

fn sums(test: &TestApp) -> Vec<String> {
    test.ask(
        "select lead, visitor, visit, sum(leads), sum(qualified) from outcomes
        group by all having sum(leads) <> 0 or sum(qualified) <> 0 order by all",
    )
}

async fn check_link(test: &TestApp, input: LeadInput, method: LinkMethod, visit: Option<VisitId>) {
    let received = send(test, input).await;
    assert_eq!((received.link_method, received.visit), (method, visit));
    let view = test.app.lead(&test.owner, received.id).await.unwrap();
    let visitor = visit.map(|_| VISITOR);
    assert_eq!(view.lead.details.visitor_id, visitor);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_linked_by_the_strongest_evidence() {
    let test = TestApp::start().await;
    let click = load_visit(&test);
    let by_visit = LeadInput {
        visit: VISIT.to_string(),
        ..lead("512 345 601")
    };
    check_link(&test, by_visit, LinkMethod::VisitNumber, Some(VISIT)).await;
    let by_gclid = LeadInput {
        click_id: "Cj0KCQ-x_1".to_owned(),
        ..lead("512 345 602")
    };
    check_link(&test, by_gclid, LinkMethod::ClickId, Some(VISIT)).await;
    let by_click = LeadInput {
        click_id: click.to_string(),
        ..lead("512 345 603")
    };
    check_link(&test, by_click, LinkMethod::ClickId, Some(VISIT)).await;
    let by_visitor = LeadInput {
        visitor: VISITOR.to_string(),
        ..lead("512 345 604")
    };
    check_link(&test, by_visitor, LinkMethod::VisitNumber, Some(VISIT)).await;
    check_link(
        &test,
        lead("+48512345601"),
        LinkMethod::Contact,
        Some(VISIT),
    )
    .await;
    let declared = LeadInput {
        source: "fair".to_owned(),
        ..lead("512 345 605")
    };
    check_link(&test, declared, LinkMethod::Declared, None).await;
    check_link(&test, lead("512 345 606"), LinkMethod::Unknown, None).await;
    test.settle().await;
    let channels = test.ask(
        "select t.default_channel, sum(o.leads) from outcomes o
        left join credited c on c.id_hi = o.id_hi and c.id_lo = o.id_lo and c.model = 'first'
        left join traffic t on t.traffic = c.traffic group by all order by all",
    );
    assert_eq!(
        channels
            .iter()
            .filter(|row| row.starts_with("paid_search|4"))
            .count(),
        1
    );
    assert!(channels.contains(&"referral|1".to_owned()), "{channels:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_is_not_loaded_yet_is_linked_when_it_is() {
    let test = TestApp::start().await;
    let input = LeadInput {
        visit: VISIT.to_string(),
        ..lead("512 345 601")
    };
    let received = send(&test, input).await;
    assert_eq!(
        (received.link_method, received.visit),
        (LinkMethod::Waiting, Some(VISIT))
    );
    let deal = app::DealInput {
        external_id: "A-1".to_owned(),
        status: "new".to_owned(),
        amount: "5".to_owned(),
        created_at: test.app.now().rfc3339(),
        visit: VISIT.to_string(),
        ..app::DealInput::default()
    };
    let in_work = [("new".to_owned(), app::StatusGroup::InWork)];
    test.app
        .put_deal_statuses(&test.owner, 0, &in_work)
        .await
        .unwrap();
    test.app.save_deals(&test.owner, &[deal]).await.unwrap();
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
    test.settle().await;
    assert_eq!(sums(&test), ["1|0|78|1|0"]);
    load_visit(&test);
    assert_eq!(test.app.relink_leads().await.unwrap(), 2);
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
    assert_eq!(test.settle().await, 4);
    let deals = test.ask("select sum(deals) from outcomes where deal = 1 and visitor = 77");
    assert_eq!(deals, ["1"]);
    assert_eq!(sums(&test), ["1|77|78|1|0"]);
    let view = test.app.lead(&test.owner, received.id).await.unwrap();
    assert_eq!(view.label.campaign.as_deref(), Some("lenses"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_is_not_loaded_yet_is_linked_when_it_is() {
    let test = TestApp::start().await;
    let input = LeadInput {
        click_id: "Cj0KCQ-x_1".to_owned(),
        ..lead("512 345 601")
    };
    let received = send(&test, input).await;
    assert_eq!(received.link_method, LinkMethod::Unknown);
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
    load_visit(&test);
    assert_eq!(test.app.relink_leads().await.unwrap(), 1);
    let view = test.app.lead(&test.owner, received.id).await.unwrap();
    assert_eq!(view.lead.details.visitor_id, Some(VISITOR));
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_contact_again_is_a_duplicate_and_counts_once() {
    let test = TestApp::start().await;
    let first = send(&test, lead("512 345 678")).await;
    let again = send(&test, lead("+48 512-345-678")).await;
    assert_eq!(again.duplicate_of, Some(first.id));
    let third = send(&test, lead("512345678")).await;
    assert_eq!(third.duplicate_of, Some(first.id));
    let old = LeadInput {
        at: "2026-06-01T00:00:00Z".to_owned(),
        ..lead("512 345 678")
    };
    assert_eq!(send(&test, old).await.duplicate_of, None);
    test.settle().await;
    assert_eq!(test.ask("select sum(leads) from outcomes"), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_external_id_gets_the_same_answer() {
    let test = TestApp::start().await;
    load_visit(&test);
    let input = LeadInput {
        external_id: "crm-7".to_owned(),
        visit: VISIT.to_string(),
        ..lead("512 345 678")
    };
    let first = send(&test, input.clone()).await;
    assert_eq!(send(&test, input).await, first);
    test.settle().await;
    assert_eq!(
        test.ask("select sum(leads), count(*) from outcomes"),
        ["1|1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_receivers_at_once_save_a_lead_once() {
    let test = TestApp::start().await;
    let input = || LeadInput {
        external_id: "crm-7".to_owned(),
        ..lead("512 345 678")
    };
    let (one, other) = tokio::join!(send(&test, input()), send(&test, input()));
    assert_eq!(one, other);
    let (one, other) = tokio::join!(
        send(&test, lead("512345679")),
        send(&test, lead("512345679"))
    );
    let duplicates = [one.duplicate_of, other.duplicate_of];
    assert_eq!(duplicates.iter().flatten().count(), 1);
    test.settle().await;
    assert_eq!(test.ask("select sum(leads) from outcomes"), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_change_posts_what_it_changes() {
    let test = TestApp::start().await;
    let id = send(&test, lead("512 345 678")).await.id;
    let change = |version, status: &'static str| {
        test.app
            .change_lead_status(&test.owner, id, version, status)
    };
    change(1, "qualified").await.unwrap();
    assert!(matches!(
        change(1, "spam").await,
        Err(AppError::EditConflict { .. })
    ));
    assert!(matches!(change(2, "hot").await, Err(AppError::Invalid(_))));
    test.settle().await;
    assert_eq!(sums(&test), ["1|0|0|1|1"]);
    change(2, "converted").await.unwrap();
    // It tells what the lead is and changes no number.
    assert_eq!(test.settle().await, 1);
    assert_eq!(sums(&test), ["1|0|0|1|1"]);
    change(3, "spam").await.unwrap();
    test.settle().await;
    assert!(sums(&test).is_empty());
    change(4, "new").await.unwrap();
    test.settle().await;
    assert_eq!(sums(&test), ["1|0|0|1|0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_is_kept_as_it_came() {
    let test = TestApp::start().await;
    let raw = RawLead {
        door: "api",
        body: b"{oops".to_vec(),
        headers: Default::default(),
    };
    let refuse = |_: &[u8]| Err(AppError::invalid("body", "bad_json", "no JSON"));
    test.app
        .receive_lead(&test.owner, raw, refuse)
        .await
        .unwrap_err();
    let ahead = LeadInput {
        at: "2030-01-01T00:00:00Z".to_owned(),
        ..lead("1")
    };
    let error = try_send(&test, ahead).await.unwrap_err();
    assert_eq!(error.to_string(), "at: this moment has not come yet");
    let error = try_send(&test, LeadInput::default()).await.unwrap_err();
    assert!(error.to_string().starts_with("phone: give at least"));
    let mut connection = test.app.store().read().await.unwrap();
    let workspace = test.owner.workspace;
    let id = store::LeadRequestId(1);
    let kept = load_lead_request(&mut connection, workspace, id)
        .await
        .unwrap();
    assert_eq!(
        (kept.body.as_slice(), kept.state.as_str()),
        (&b"{oops"[..], "failed")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_crash_left_behind_becomes_a_lead() {
    let test = TestApp::start().await;
    let (workspace, received_at) = (test.owner.workspace, test.app.now().plus_ms(-HOUR_MS));
    let mut tx = test.app.store().begin().await.unwrap();
    let request = NewLeadRequest {
        door: "api".to_owned(),
        body: b"512 345 678".to_vec(),
        headers: serde_json::json!({}),
        received_at,
        request_key: None,
    };
    insert_lead_request(&mut tx, workspace, &request)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let read = |raw: &RawLead| Ok(lead(std::str::from_utf8(&raw.body).unwrap()));
    let last = test.app.newest_lead_request().await.unwrap();
    // It came after the doors were opened, so it is in somebody's hands.
    let mut tx = test.app.store().begin().await.unwrap();
    let later = insert_lead_request(&mut tx, workspace, &request).await;
    tx.commit().await.unwrap();
    for expected in [1, 0] {
        let reread = test.app.reread_lead_requests(last, read).await;
        assert_eq!(reread.unwrap(), expected);
    }
    let mut connection = test.app.store().read().await.unwrap();
    let later = load_lead_request(&mut connection, workspace, later.unwrap()).await;
    assert_eq!(later.unwrap().state, "received");
    drop(connection);
    let view = test.app.lead(&test.owner, base::LeadId(1)).await.unwrap();
    assert_eq!(view.lead.details.at, received_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_and_the_timeline_is_in_order() {
    let test = TestApp::start().await;
    load_visit(&test);
    let input = LeadInput {
        visit: VISIT.to_string(),
        ..lead("512 345 678")
    };
    let id = send(&test, input).await.id;
    send(
        &test,
        LeadInput {
            name: "Ewa".to_owned(),
            ..lead("512 345 679")
        },
    )
    .await;
    test.app
        .change_lead_status(&test.owner, id, 1, "working")
        .await
        .unwrap();
    let list = async |query: LeadQuery| {
        let page = PageRequest::first(10);
        let page = test
            .app
            .list_leads(&test.owner, &query, page)
            .await
            .unwrap();
        page.items
            .into_iter()
            .map(|view| view.lead.details.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(list(LeadQuery::default()).await, ["Ewa", "Anna"]);
    let query = LeadQuery {
        status: Some("working".to_owned()),
        ..LeadQuery::default()
    };
    assert_eq!(list(query).await, ["Anna"]);
    let query = LeadQuery {
        channel: Some("unknown".to_owned()),
        ..LeadQuery::default()
    };
    assert_eq!(list(query).await, ["Ewa"]);
    let query = LeadQuery {
        text: Some("EW".to_owned()),
        ..LeadQuery::default()
    };
    assert_eq!(list(query).await, ["Ewa"]);
    let story = test.app.lead_timeline(&test.owner, id).await.unwrap();
    let kinds: Vec<_> = story.iter().map(|item| item.kind.name()).collect();
    assert_eq!(kinds, ["touch", "page_view", "lead", "lead_status"]);
    assert_eq!(story[0].label.source.as_deref(), Some("google"));
    assert!(story.iter().map(|item| item.at).is_sorted());
    assert_eq!(story[2].at.max(UnixMillis(0)), story[2].at);
}

#[tokio::test]
async fn requests_are_forgotten_after_their_days_and_their_leads_stay() {
    let test = TestApp::start().await;
    let kept = send(&test, lead("512 345 678")).await;
    try_send(&test, LeadInput::default()).await.unwrap_err();
    let waiting = NewLeadRequest {
        door: "form".to_owned(),
        body: b"phone=512345679".to_vec(),
        headers: serde_json::json!({}),
        received_at: test.app.now(),
        request_key: None,
    };
    let mut tx = test.app.store().begin().await.unwrap();
    let waiting = insert_lead_request(&mut tx, test.owner.workspace, &waiting);
    let waiting = waiting.await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(test.app.purge_lead_requests().await.unwrap(), 0);
    test.seeded.pass_days(31);
    assert_eq!(test.app.purge_lead_requests().await.unwrap(), 2);
    assert_eq!(test.app.purge_lead_requests().await.unwrap(), 0);
    assert!(test.app.lead(&test.owner, kept.id).await.is_ok());
    let mut connection = test.app.store().read().await.unwrap();
    let left = load_lead_request(&mut connection, test.owner.workspace, waiting).await;
    assert_eq!(left.unwrap().state, "received");
}
