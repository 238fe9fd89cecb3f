//! Leads and deals that wait for the facts of their visit: found without reading the others.

use base::{LeadId, UnixMillis, VisitId, VisitorId};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use store::deals::{DealDetails, list_waiting_deals};
use store::leads::{LeadDetails, RAW_CLICK_FIELD, list_waiting_leads};
use store::{Engine, PageRequest};

use crate::fixture::{Fixture, NOW, insert_deal, lead};
use crate::money::deal;
use crate::server::administrator;

const LEADS: &str = include_str!("../../src/queries/leads/list_waiting_leads.sql");
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
async fn only_leads_that_carry_a_clue_and_have_no_visitor_wait() {
    let fixture = Fixture::new().await;
    let ours = fixture.ours;
    for minute in 0..50 {
        let at = NOW.plus_ms(-60_000 * minute);
        fixture.lead(ours, &linked(at)).await;
        fixture.lead(ours, &lead(at)).await;
    }
    check_leads(&fixture, PageRequest::first(9), &[]).await;
    let numbered = LeadDetails {
        visitor_id: None,
        ..linked(NOW)
    };
    let clicked = LeadDetails {
        visit_id: None,
        ..numbered.clone()
    };
    let old = LeadDetails {
        at: NOW.plus_ms(-4_000_000),
        ..numbered.clone()
    };
    let first = fixture.lead(ours, &numbered).await;
    let second = fixture.lead(ours, &clicked).await;
    fixture.lead(ours, &old).await;
    fixture.lead(fixture.theirs, &numbered).await;
    let next = check_leads(&fixture, PageRequest::first(1), &[second]).await;
    check_leads(&fixture, next.unwrap(), &[first]).await;
}

/// Gives the request of the next page.
async fn check_leads(
    fixture: &Fixture,
    page: PageRequest,
    expected: &[LeadId],
) -> Option<PageRequest> {
    let since = NOW.plus_ms(-3_600_000);
    let mut connection = fixture.read().await;
    let found = list_waiting_leads(&mut connection, fixture.ours, since, page).await;
    let found = found.unwrap();
    let ids: Vec<LeadId> = found.items.iter().map(|lead| lead.id).collect();
    assert_eq!(ids, expected);
    found.next.map(|next| PageRequest::after(next, page.limit))
}

#[tokio::test]
async fn only_deals_with_a_visit_of_their_own_and_no_visitor_wait() {
    let fixture = Fixture::new().await;
    let of_lead = fixture.lead(fixture.ours, &lead(NOW)).await;
    let waiting = DealDetails {
        created_at: NOW,
        visit_id: Some(VisitId(3)),
        ..deal("waits", "new")
    };
    let linked = DealDetails {
        external_id: "linked".to_owned(),
        visitor_id: Some(VisitorId(4)),
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
    let found = list_waiting_deals(&mut connection, fixture.ours, NOW, page).await;
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
    for (statement, index) in [(LEADS, "leads_waiting"), (DEALS, "deals_waiting")] {
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
