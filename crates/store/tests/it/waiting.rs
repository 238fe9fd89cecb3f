//! Leads and deals that wait for the facts of their visit: found without reading the others.

use base::{LeadId, UnixMillis, VisitId, VisitorId};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use store::deals::{DealDetails, list_waiting_deals};
use store::leads::{
    LeadDetails, RAW_CLICK_FIELD, list_clicked_leads, list_leads_of_persons, list_waiting_leads,
};
use store::persons::{Person, insert_persons};
use store::{Engine, PageRequest, PersonId};

use crate::fixture::{Fixture, NOW, insert_deal, lead};
use crate::money::deal;
use crate::server::administrator;

const LEADS: &str = include_str!("../../src/queries/leads/list_waiting_leads.sql");
const CLICKED: &str = include_str!("../../src/queries/leads/list_clicked_leads.sql");
const DEALS: &str = include_str!("../../src/queries/deals/list_waiting_deals.sql");

fn linked(at: UnixMillis) -> LeadDetails {
    LeadDetails {
        visit_id: Some(VisitId(3)),
        visitor_id: Some(VisitorId(4)),
        fields: json!({ RAW_CLICK_FIELD: "abc" }),
        ..lead(at)
    }
}

#[tokio::test]
async fn leads_wait_that_say_so_and_leads_with_a_click_and_no_visitor_for_a_while() {
    let fixture = Fixture::new().await;
    let ours = fixture.ours;
    for minute in 0..50 {
        let at = NOW.plus_ms(-60_000 * minute);
        fixture.lead(ours, &linked(at)).await;
        fixture.lead(ours, &lead(at)).await;
    }
    check_waiting(&fixture, PageRequest::first(9), &[]).await;
    check_clicked(&fixture, &[]).await;
    let waiting = LeadDetails {
        visitor_id: None,
        link_method: "waiting".to_owned(),
        ..linked(NOW)
    };
    let named = LeadDetails {
        visitor_id: Some(VisitorId(4)),
        ..waiting.clone()
    };
    let clicked = LeadDetails {
        visit_id: None,
        link_method: "unknown".to_owned(),
        ..waiting.clone()
    };
    let long_ago = NOW.plus_ms(-4_000_000);
    let old = |details: &LeadDetails| LeadDetails {
        at: long_ago,
        ..details.clone()
    };
    let first = fixture.lead(ours, &waiting).await;
    let second = fixture.lead(ours, &named).await;
    let third = fixture.lead(ours, &clicked).await;
    let oldest = fixture.lead(ours, &old(&waiting)).await;
    fixture.lead(ours, &old(&clicked)).await;
    fixture.lead(fixture.theirs, &waiting).await;
    let next = check_waiting(&fixture, PageRequest::first(2), &[second, first]).await;
    assert_eq!(
        check_waiting(&fixture, next.unwrap(), &[oldest]).await,
        None
    );
    check_clicked(&fixture, &[third]).await;
}

/// Gives the request of the next page.
async fn check_waiting(
    fixture: &Fixture,
    page: PageRequest,
    expected: &[LeadId],
) -> Option<PageRequest> {
    let mut connection = fixture.read().await;
    let found = list_waiting_leads(&mut connection, fixture.ours, page).await;
    let found = found.unwrap();
    let ids: Vec<LeadId> = found.items.iter().map(|lead| lead.id).collect();
    assert_eq!(ids, expected);
    found.following(page.limit)
}

async fn check_clicked(fixture: &Fixture, expected: &[LeadId]) {
    let since = NOW.plus_ms(-3_600_000);
    let mut connection = fixture.read().await;
    let page = PageRequest::first(9);
    let found = list_clicked_leads(&mut connection, fixture.ours, since, page).await;
    let ids: Vec<LeadId> = found.unwrap().items.iter().map(|lead| lead.id).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn the_leads_of_people_are_those_in_use_of_one_workspace() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let mut persons = Vec::new();
    for (number, workspace) in [(1, fixture.ours), (2, fixture.theirs)] {
        let person = Person {
            id: PersonId(number),
            name: "Ada".to_owned(),
            created_at: NOW,
        };
        insert_persons(&mut tx, workspace, &[person]).await.unwrap();
        persons.push(PersonId(number));
    }
    tx.commit().await.unwrap();
    let of = |person| LeadDetails {
        person_id: Some(person),
        ..lead(NOW)
    };
    let found = fixture.lead(fixture.ours, &of(persons[0])).await;
    fixture.lead(fixture.theirs, &of(persons[1])).await;
    fixture.lead(fixture.ours, &lead(NOW)).await;
    let mut connection = fixture.read().await;
    let leads = list_leads_of_persons(&mut connection, fixture.ours, &persons).await;
    let ids: Vec<LeadId> = leads.unwrap().iter().map(|lead| lead.id).collect();
    assert_eq!(ids, [found]);
}

#[tokio::test]
async fn only_deals_of_no_lead_that_say_so_wait() {
    let fixture = Fixture::new().await;
    let of_lead = fixture.lead(fixture.ours, &lead(NOW)).await;
    let waiting = DealDetails {
        created_at: NOW,
        visit_id: Some(VisitId(3)),
        link_method: "waiting".to_owned(),
        ..deal("waits", "new")
    };
    let linked = DealDetails {
        external_id: "linked".to_owned(),
        link_method: "visit_number".to_owned(),
        ..waiting.clone()
    };
    let led = DealDetails {
        external_id: "led".to_owned(),
        lead_id: Some(of_lead),
        ..waiting.clone()
    };
    let mut tx = fixture.begin().await;
    for details in [&waiting, &linked, &led, &deal("bare", "new")] {
        insert_deal(&mut tx, fixture.ours, details).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut connection = fixture.read().await;
    let page = PageRequest::first(9);
    let found = list_waiting_deals(&mut connection, fixture.ours, page).await;
    let found: Vec<String> = found
        .unwrap()
        .items
        .into_iter()
        .map(|deal| deal.details.external_id)
        .collect();
    assert_eq!(found, ["waits"]);
}

/// The indexes hold nothing but what waits, so an idle store reads no rows, however many there are.
#[tokio::test]
async fn what_waits_is_read_from_an_index_of_nothing_else() {
    let fixture = Fixture::new().await;
    for (statement, index) in [
        (LEADS, "leads_waiting"),
        (CLICKED, "leads_clicked"),
        (DEALS, "deals_waiting"),
    ] {
        let plan = plan(&fixture, statement).await;
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.to_lowercase().contains("sort"), "{plan}");
    }
}

/// How the engine would run a statement, where reading a whole table is no choice.
async fn plan(fixture: &Fixture, statement: &str) -> String {
    let mut statement = statement.to_owned();
    for number in 1..=5 {
        statement = statement.replace(&format!("${number}"), "5");
    }
    let dir = fixture.dir.path();
    let lines: Vec<String> = match fixture.store.engine() {
        Engine::Sqlite => {
            let file = SqliteConnectOptions::new().filename(dir.join("store.sqlite"));
            let mut plain = file.connect().await.unwrap();
            let asked = format!("explain query plan {statement}");
            let rows = sqlx::query(AssertSqlSafe(asked)).fetch_all(&mut plain);
            rows.await.unwrap().iter().map(|row| row.get(3)).collect()
        }
        Engine::Postgres => {
            let url = std::fs::read_to_string(dir.join("store.url")).unwrap();
            let mut plain = administrator(&url).await;
            let only_indexes = "set enable_seqscan = off; set enable_bitmapscan = off; \
                set enable_sort = off";
            sqlx::raw_sql(only_indexes)
                .execute(&mut plain)
                .await
                .unwrap();
            let asked = format!("explain {statement}");
            let rows = sqlx::query(AssertSqlSafe(asked)).fetch_all(&mut plain);
            rows.await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    };
    lines.join("\n")
}
