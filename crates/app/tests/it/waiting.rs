//! Visit numbers that no visit has: waited for, then given up for the next best evidence.

use app::{DealInput, LeadInput, LinkMethod, StatusGroup};
use base::{LeadId, VisitId};

use crate::leads::{VISIT, VISITOR, lead, load_visit, send};
use crate::support::TestApp;

const NOBODYS: VisitId = VisitId(0x0123_4567_89ab);

fn numbered(input: LeadInput) -> LeadInput {
    LeadInput {
        visit: NOBODYS.to_string(),
        ..input
    }
}

/// Sends a lead with the number of no visit, which then waits.
async fn wait(test: &TestApp, input: LeadInput) -> LeadId {
    let received = send(test, numbered(input)).await;
    assert_eq!(
        (received.link_method, received.visit),
        (LinkMethod::Waiting, Some(NOBODYS))
    );
    received.id
}

async fn check(test: &TestApp, id: LeadId, method: LinkMethod, visit: Option<VisitId>) {
    let details = test.app.lead(&test.owner, id).await.unwrap().lead.details;
    assert_eq!(
        (details.link_method.as_str(), details.visit_id),
        (method.name(), visit)
    );
    assert_eq!(details.visitor_id, visit.map(|_| VISITOR));
}

/// Leads by the channel that the default model owes them to.
fn channels(test: &TestApp) -> Vec<String> {
    test.ask(
        "select coalesce(t.default_channel, 'unknown'), sum(c.leads * c.share_micros) // 1000000
        from credited c left join traffic t on t.traffic = c.traffic
        where c.model = 'last_non_direct' group by all
        having sum(c.leads) <> 0 order by all",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_no_visit_has_gives_way_to_click_id_contact_and_declaration() {
    let test = TestApp::start().await;
    load_visit(&test);
    let known = LeadInput {
        visit: VISIT.to_string(),
        ..lead("512 345 601")
    };
    send(&test, known).await;
    test.seeded.pass_days(40);
    let by_contact = wait(&test, lead("512 345 601")).await;
    let clicked = LeadInput {
        click_id: "Cj0KCQ-x_1".to_owned(),
        ..lead("512 345 602")
    };
    let by_click = wait(&test, clicked).await;
    let declared = LeadInput {
        source: "fair".to_owned(),
        ..lead("512 345 603")
    };
    let by_word = wait(&test, declared).await;
    let by_nothing = wait(&test, lead("512 345 604")).await;
    test.seeded.pass_days(1);
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
    test.settle().await;
    assert_eq!(
        channels(&test),
        ["paid_search|1", "referral|1", "unknown|3"]
    );

    test.seeded.pass_days(2);
    assert_eq!(test.app.relink_leads().await.unwrap(), 4);
    check(&test, by_contact, LinkMethod::Contact, Some(VISIT)).await;
    check(&test, by_click, LinkMethod::ClickId, Some(VISIT)).await;
    check(&test, by_word, LinkMethod::Declared, None).await;
    check(&test, by_nothing, LinkMethod::Unknown, None).await;
    test.settle().await;
    assert_eq!(
        channels(&test),
        ["paid_search|3", "referral|1", "unknown|1"]
    );
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_waits_counts_for_the_visitor_named_beside_the_number() {
    let test = TestApp::start().await;
    load_visit(&test);
    let named = LeadInput {
        visitor: VISITOR.to_string(),
        ..lead("512 345 601")
    };
    let id = wait(&test, named).await;
    test.settle().await;
    assert_eq!(channels(&test), ["paid_search|1"]);
    test.seeded.pass_days(3);
    assert_eq!(test.app.relink_leads().await.unwrap(), 1);
    check(&test, id, LinkMethod::VisitNumber, Some(VISIT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_waits_explains_no_other_lead() {
    let test = TestApp::start().await;
    load_visit(&test);
    let named = LeadInput {
        visitor: VISITOR.to_string(),
        ..lead("512 345 601")
    };
    wait(&test, named).await;
    let again = send(&test, lead("512 345 601")).await;
    assert_eq!(
        (again.link_method, again.visit),
        (LinkMethod::Unknown, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_whose_number_no_visit_has_becomes_that_of_the_lead_of_its_person() {
    let test = TestApp::start().await;
    load_visit(&test);
    let known = LeadInput {
        visit: VISIT.to_string(),
        ..lead("512 345 601")
    };
    let lead = send(&test, known).await.id;
    let in_work = [("new".to_owned(), StatusGroup::InWork)];
    let statuses = test.app.put_deal_statuses(&test.owner, 0, &in_work);
    statuses.await.unwrap();
    let deal = |external_id: &str, phone: &str| DealInput {
        external_id: external_id.to_owned(),
        status: "new".to_owned(),
        amount: "5".to_owned(),
        created_at: test.app.now().rfc3339(),
        visit: NOBODYS.to_string(),
        phone: phone.to_owned(),
        ..DealInput::default()
    };
    let deals = [deal("A-1", "512345601"), deal("A-2", "512345699")];
    test.app.save_deals(&test.owner, &deals).await.unwrap();
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
    let linked = || async {
        test.settle().await;
        test.ask(
            "select deal, lead, visitor, sum(deals) from outcomes where deal <> 0
            group by all having sum(deals) <> 0 order by all",
        )
    };
    assert_eq!(linked().await, ["1||0|1", "2||0|1"]);
    test.seeded.pass_days(3);
    assert_eq!(test.app.relink_leads().await.unwrap(), 2);
    assert_eq!(
        linked().await,
        [format!("1|{lead}|77|1"), "2||0|1".to_owned()]
    );
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
}

#[tokio::test]
async fn a_number_is_not_given_up_while_its_visit_may_wait_to_be_loaded() {
    let test = TestApp::start().await;
    let id = wait(&test, lead("+48 512 345 678")).await;
    let loaded = test.app.now();
    test.app.loaded_until(loaded);
    test.seeded.pass_days(3);
    assert_eq!(test.app.relink_leads().await.unwrap(), 0);
    let waiting = test.app.lead(&test.owner, id).await.unwrap().lead.details;
    assert_eq!(waiting.link_method, LinkMethod::Waiting.name());
    test.app.loaded_until(test.app.now());
    assert_eq!(test.app.relink_leads().await.unwrap(), 1);
}
