//! Alerts on goals: each turn once, of days that are known whole, to whom it concerns.

use app::{AlertInput, GoalInput, GoalView, Role, SeenAlert, SiteInput};
use base::{
    Agent, Country, Device, Fact, Hit, HitId, HitKind, Page, SiteId, Traffic, UnixMillis, VisitId,
    VisitorId,
};

use crate::outside::{join, tops};
use crate::support::TestApp;

const HOUR_MS: i64 = 3_600_000;

async fn goal(test: &TestApp) -> GoalView {
    let site = SiteInput {
        name: "Shop".to_owned(),
        domain: "shop.example".to_owned(),
        allowed_hosts: Vec::new(),
        consent_mode: "cookie".to_owned(),
        on_campaign_change: "same_visit".to_owned(),
        at_midnight: "same_visit".to_owned(),
        search_parameters: None,
    };
    let site = test.app.create_site(&test.owner, &site).await.unwrap();
    let goal = GoalInput {
        site: site.id,
        name: "Bought".to_owned(),
        kind: "event".to_owned(),
        target: "Order".to_owned(),
        property: String::new(),
        property_value: String::new(),
        worth: None,
    };
    test.app.create_goal(&test.owner, &goal).await.unwrap()
}

fn terms(test: &TestApp, goal: &GoalView, condition: &str, bound: &str) -> AlertInput {
    AlertInput {
        goal: goal.goal.id,
        measure: "visitors".to_owned(),
        every: "day".to_owned(),
        condition: condition.to_owned(),
        bound: bound.to_owned(),
        at_minute: 8 * 60,
        recipients: vec![test.owner.user().unwrap()],
        is_on: true,
        tells_webhooks: false,
    }
}

async fn watched(test: &TestApp, input: &AlertInput) -> SeenAlert {
    let made = test.app.create_goal_alert(&test.owner, input).await;
    made.unwrap()
}

/// Orders of so many visitors, an hour before the moment.
fn orders(test: &TestApp, site: SiteId, visitors: u64, before: UnixMillis) {
    let facts = (1..=visitors).map(|visitor| {
        Fact::Hit(Box::new(Hit {
            id: HitId::Stamped(u16::try_from(visitor).unwrap()),
            workspace: test.owner.workspace,
            kind: HitKind::Event,
            at: before.plus_ms(-HOUR_MS),
            delay_ms: 0,
            seq: 0,
            site: Some(site),
            link: None,
            visitor: VisitorId(visitor),
            visit: VisitId(visitor),
            visit_age_ms: 0,
            visits: 1,
            bounces: 1,
            traffic: Traffic::direct().key(test.owner.workspace),
            touch: Some(Box::new(Traffic::direct())),
            page: Page::default(),
            name: "Order".to_owned(),
            properties: Vec::new(),
            agent: Agent {
                device: Device::Desktop,
                browser: "Firefox".to_owned(),
                os: "Linux".to_owned(),
            },
            country: Country::from_code(""),
            bot: None,
            engaged_ms: 0,
            scroll_percent: 0,
            revenue: None,
            click_ids: Vec::new(),
        }))
    });
    let batch = warehouse::Batch {
        facts: facts.collect(),
        ..warehouse::Batch::default()
    };
    let labels = |_, _: &Traffic| warehouse::Label::default();
    test.app.warehouse().load(&batch, &labels).unwrap();
}

#[tokio::test]
async fn a_turn_is_told_once_also_over_a_restart_and_days_without_the_program() {
    let test = TestApp::start().await;
    let goal = goal(&test).await;
    watched(&test, &terms(&test, &goal, "below", "2")).await;
    test.app.loaded_until(UnixMillis(i64::MAX));
    assert_eq!(test.app.look_at_goals().await.unwrap(), 0);
    test.seeded.pass_days(1);
    assert_eq!(test.app.look_at_goals().await.unwrap(), 1);
    assert_eq!(test.app.look_at_goals().await.unwrap(), 0);
    assert_eq!(test.app.send_mail().await.unwrap(), 1);
    let mails = test.mails();
    assert!(mails[0].contains("owner@shop.example"), "{}", mails[0]);
    let test = test.restart().await;
    test.app.loaded_until(UnixMillis(i64::MAX));
    assert_eq!(test.app.look_at_goals().await.unwrap(), 0);
    test.seeded.pass_days(4);
    assert_eq!(test.app.look_at_goals().await.unwrap(), 1);
    assert_eq!(test.app.look_at_goals().await.unwrap(), 0);
    let [alert] = &test.app.list_goal_alerts(&test.owner).await.unwrap()[..] else {
        panic!("one alert");
    };
    assert!(alert.alert.details.planned_at > test.app.now());
    let looks = test.app.list_goal_looks(&test.owner, alert.alert.id);
    let looks = looks.await.unwrap();
    assert_eq!(
        looks.len(),
        2,
        "the days in between are not told one by one"
    );
    assert!(
        looks
            .iter()
            .all(|look| look.details.value_micros == Some(0))
    );
}

#[tokio::test]
async fn of_two_nodes_one_tells_and_what_is_not_loaded_is_waited_for() {
    let test = TestApp::start().await;
    let goal = goal(&test).await;
    watched(&test, &terms(&test, &goal, "below", "2")).await;
    test.seeded.pass_days(1);
    // As of the moment when the alert was made: the day goes on in the journal.
    test.app.loaded_until(test.app.now().plus_ms(-24 * HOUR_MS));
    assert_eq!(test.app.look_at_goals().await.unwrap(), 0);
    assert!(
        test.app.list_goal_alerts(&test.owner).await.unwrap()[0]
            .last
            .is_none()
    );
    test.app.loaded_until(UnixMillis(i64::MAX));
    let (one, other) = tokio::join!(test.app.look_at_goals(), test.app.look_at_goals());
    assert_eq!(one.unwrap() + other.unwrap(), 1);
}

#[tokio::test]
async fn an_alert_speaks_beyond_its_bound_with_what_was_seen() {
    let test = TestApp::start().await;
    let goal = goal(&test).await;
    let site = goal.goal.details.site_id;
    let quiet = watched(&test, &terms(&test, &goal, "below", "3")).await;
    let changed = watched(&test, &terms(&test, &goal, "change", "20")).await;
    let webhook = crate::webhooks::webhook(&test, "https://crm.example/", &["goal.alert"]).await;
    let above = AlertInput {
        tells_webhooks: true,
        recipients: Vec::new(),
        ..terms(&test, &goal, "above", "2")
    };
    watched(&test, &above).await;
    test.app.loaded_until(UnixMillis(i64::MAX));
    test.seeded.pass_days(2);
    let turn = test.app.list_goal_alerts(&test.owner).await.unwrap()[0]
        .alert
        .details
        .planned_at;
    let zone = "Europe/Warsaw".parse::<base::TimeZone>().unwrap();
    let newest = zone.start_of(zone.day_of(test.app.now()));
    let newest = if test.app.now().since_ms(newest) >= 8 * HOUR_MS {
        newest
    } else {
        newest.plus_ms(-24 * HOUR_MS)
    };
    assert!(turn <= test.app.now());
    orders(&test, site, 3, newest);
    assert_eq!(test.app.look_at_goals().await.unwrap(), 1);
    let looks = |id| test.app.list_goal_looks(&test.owner, id);
    let seen = looks(quiet.alert.id).await.unwrap();
    assert_eq!(seen[0].details.value_micros, Some(3_000_000));
    assert!(!seen[0].details.is_told, "three are not below three");
    let from_nothing = looks(changed.alert.id).await.unwrap();
    assert!(
        !from_nothing[0].details.is_told,
        "from nothing there is no change in percent"
    );
    let messages = crate::webhooks::messages(&test, &webhook).await;
    assert_eq!(messages.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&messages[0].payload).unwrap();
    assert_eq!(body["type"], "goal.alert");
    assert_eq!(body["data"]["value"], "3");
    assert_eq!(body["data"]["goal"]["name"], "Bought");
    assert_eq!(
        test.app.send_mail().await.unwrap(),
        0,
        "nobody was to be written to"
    );
}

#[tokio::test]
async fn only_who_sees_all_channels_and_may_change_sites_watches_or_is_told() {
    let test = TestApp::start().await;
    let goal = goal(&test).await;
    let input = terms(&test, &goal, "below", "2");
    let top = tops(&test).await[0].id;
    let partner = join(&test, Role::Partner, &[top]).await;
    let refused = test.app.create_goal_alert(&partner, &input).await;
    assert!(refused.is_err());
    let both = AlertInput {
        recipients: vec![test.owner.user().unwrap(), partner.user().unwrap()],
        ..input.clone()
    };
    watched(&test, &both).await;
    test.app.loaded_until(UnixMillis(i64::MAX));
    test.seeded.pass_days(1);
    assert_eq!(test.app.look_at_goals().await.unwrap(), 1);
    assert_eq!(test.app.send_mail().await.unwrap(), 1);
    let nobody = AlertInput {
        recipients: Vec::new(),
        ..input.clone()
    };
    let much = AlertInput {
        measure: "conversion".to_owned(),
        bound: "101".to_owned(),
        ..input
    };
    for wrong in [nobody, much] {
        let refused = test.app.create_goal_alert(&test.owner, &wrong).await;
        assert!(refused.is_err(), "{wrong:?}");
    }
}
