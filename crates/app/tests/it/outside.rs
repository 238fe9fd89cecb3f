//! Partners and advertisers: who does not belong to the house sees the channels that are named
//! for them, and nothing of its people, its spend and its margin.

use app::{
    Actor, AppError, ChannelPatch, DealInput, DealQuery, LeadInput, LeadQuery, MemberPatch,
    NewPerson, Origin, PageRequest, Role, ServiceAccountInput, TeamInput, TimelineKind,
};
use base::{ChannelId, LeadId, Traffic, VisitId};
use reports::Query;
use serde_json::json;

use crate::leads::{lead, load_visit, load_visit_by, send};
use crate::support::TestApp;

const PASSWORD: &str = "correct horse battery";
const FIRST: PageRequest = PageRequest {
    after: None,
    limit: 100,
};

fn code(error: &AppError) -> &str {
    match error {
        AppError::Conflict { code, .. } => code,
        AppError::Invalid(fields) => fields[0].code,
        AppError::Forbidden { .. } => "forbidden",
        AppError::BeyondReach { .. } => "beyond_reach",
        other => panic!("{other}"),
    }
}

pub(crate) async fn tops(test: &TestApp) -> Vec<app::rows::Channel> {
    let channels = test.app.list_channels(&test.owner).await.unwrap();
    let is_top = |one: &app::rows::Channel| one.details.parent_id.is_none();
    channels.into_iter().filter(is_top).collect()
}

/// Somebody who was invited to see some channels and has joined.
pub(crate) async fn join(test: &TestApp, role: Role, channels: &[ChannelId]) -> Actor {
    let app = &test.app;
    let email = format!("{}@other.example", role.name());
    let seen = Some(channels.to_vec());
    let invited = app.invite(&test.owner, &email, role.name(), seen).await;
    let link = invited.unwrap().link;
    let secret = link.split_once('#').unwrap().1;
    let person = NewPerson {
        name: String::new(),
        password: PASSWORD.to_owned(),
        language: "en".to_owned(),
    };
    let joined = app.join_as_new(secret, person, &Origin::default()).await;
    let visitor = app.session(&joined.unwrap().token).await.unwrap();
    app.actor_of(&visitor, None).await.unwrap()
}

fn question(metric: &str) -> Query {
    let json = json!({"metrics": [metric], "period": {"from": "2026-03-01", "to": "2026-03-31"}});
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn who_is_from_outside_is_invited_to_see_some_channels_and_never_all() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let tops = tops(&test).await;
    let top = tops[0].id;
    for role in ["partner", "advertiser"] {
        let blind = app.invite(owner, "a@other.example", role, None).await;
        assert_eq!(code(&blind.unwrap_err()), "required", "{role}");
        let none = app
            .invite(owner, "a@other.example", role, Some(vec![]))
            .await;
        assert_eq!(code(&none.unwrap_err()), "required", "{role}");
        let added = app.add_user(owner, "a@other.example", PASSWORD.to_owned(), "", role);
        assert_eq!(code(&added.await.unwrap_err()), "required", "{role}");
        let program = ServiceAccountInput {
            name: "Bot".to_owned(),
            role: role.to_owned(),
            ..ServiceAccountInput::default()
        };
        let program = app.create_service_account(owner, program).await;
        assert_eq!(code(&program.unwrap_err()), "required", "{role}");
    }
    let blinded = app.invite(owner, "b@other.example", "owner", Some(vec![top]));
    assert_eq!(code(&blinded.await.unwrap_err()), "owner_sees_all");
    let sent = app.invite(owner, "c@other.example", "partner", Some(vec![top]));
    let secret = sent.await.unwrap().link;
    let secret = secret.split_once('#').unwrap().1;
    let opened = app.preview_invitation(secret).await.unwrap();
    assert_eq!(opened.channels, Some(vec![tops[0].details.name.clone()]));
    // What the invitation names has to be there when it is answered.
    let below = ChannelPatch {
        parent: Some(Some(tops[1].id)),
        ..ChannelPatch::default()
    };
    let moved = app.update_channel(owner, top, tops[0].version, below).await;
    assert_eq!(code(&moved.unwrap_err()), "channel_in_reach");

    let partner = join(&test, Role::Partner, &[top]).await;
    assert_eq!(partner.channels(), Some(&[top][..]));
    let own = app.list_channels(&partner).await.unwrap();
    assert!(own.iter().any(|one| one.id == top));
    assert!(own.iter().all(|one| one.id != tops[1].id));
    let whole = MemberPatch {
        channels: Some(None),
        ..MemberPatch::default()
    };
    let user = partner.user().unwrap();
    let widened = app.change_member(owner, user, 1, whole).await;
    assert_eq!(code(&widened.unwrap_err()), "required");
}

#[tokio::test]
async fn a_partner_sees_counts_and_an_advertiser_revenue_and_nobody_spend_or_rows() {
    let test = TestApp::start().await;
    let top = tops(&test).await[0].id;
    for (role, seen, hidden) in [
        (
            Role::Partner,
            &[
                "clicks",
                "tracked_clicks",
                "visits",
                "leads",
                "deals",
                "sales",
            ][..],
            &[
                "revenue",
                "vat",
                "refunds",
                "event_revenue",
                "aov",
                "arpu",
                "ltv_90",
                "cost",
            ][..],
        ),
        (
            Role::Advertiser,
            &["clicks", "leads", "deals", "sales", "revenue", "aov"][..],
            &[
                "cost",
                "cpl",
                "cpc",
                "romi",
                "margin",
                "gross_profit",
                "cost_of_goods",
                "payback",
            ][..],
        ),
    ] {
        let actor = join(&test, role, &[top]).await;
        for metric in seen {
            let answer = test.app.report(&actor, question(metric)).await;
            assert!(answer.is_ok(), "{role:?} {metric}: {answer:?}");
        }
        for metric in hidden {
            let refused = test.app.report(&actor, question(metric)).await;
            assert_eq!(
                code(&refused.unwrap_err()),
                "forbidden",
                "{role:?} {metric}"
            );
        }
        let rows = json!({
            "metric": "leads", "metrics": ["leads"], "row": {},
            "period": {"from": "2026-03-01", "to": "2026-03-31"},
        });
        let rows = test.app.report_rows(&actor, rows).await;
        assert_eq!(code(&rows.unwrap_err()), "forbidden", "{role:?}");
        let notes = test.app.notes(&actor).await;
        assert_eq!(code(&notes.unwrap_err()), "forbidden", "{role:?}");
        let members = test.app.list_members(&actor).await;
        assert_eq!(code(&members.unwrap_err()), "forbidden", "{role:?}");
    }
}

#[tokio::test]
async fn what_pages_told_with_single_events_is_not_for_who_is_from_outside() {
    let test = TestApp::start().await;
    let top = tops(&test).await[0].id;
    let period = json!({"from": "2026-03-01", "to": "2026-03-31"});
    for role in [Role::Partner, Role::Advertiser] {
        let actor = join(&test, role, &[top]).await;
        let shown = test
            .app
            .catalogue(&actor, reports::Language::En)
            .await
            .unwrap();
        let whole = test.app.catalogue(&test.owner, reports::Language::En).await;
        let whole = whole.unwrap();
        for dimension in [
            "property",
            "property_names",
            "search_term",
            "outbound_link",
            "download",
        ] {
            let by = json!({
                "metrics": ["events"], "dimensions": [dimension], "property": "email",
                "period": period,
            });
            let only = json!({
                "metrics": ["events"], "property": "email", "period": period,
                "filters": [{"dimension": dimension, "op": "contains", "values": ["a"]}],
            });
            for asked in [by, only] {
                let asked: Query = serde_json::from_value(asked).unwrap();
                let answer = test.app.report(&test.owner, asked.clone()).await;
                assert!(answer.is_ok(), "{dimension}: {answer:?}");
                let refused = test.app.report(&actor, asked).await.unwrap_err();
                assert_eq!(code(&refused), "forbidden", "{role:?} {dimension}");
            }
            assert!(whole.dimensions.iter().any(|one| one.key == dimension));
            assert!(shown.dimensions.iter().all(|one| one.key != dimension));
        }
        assert!(shown.dimensions.iter().any(|one| one.key == "event"));
    }
}

/// A lead with a deal that somebody of the house is responsible for, and its channel.
async fn sold(test: &TestApp) -> (LeadId, ChannelId) {
    let (app, owner) = (&test.app, &test.owner);
    let click = load_visit(test);
    let found = LeadInput {
        external_id: "L-1".to_owned(),
        click_id: click.to_string(),
        ..lead("601 234 567")
    };
    let found = send(test, found).await.id;
    app.assign_lead(owner, found, 1, owner.user())
        .await
        .unwrap();
    let deal = DealInput {
        external_id: "D-1".to_owned(),
        status: "won".to_owned(),
        amount: "1000".to_owned(),
        cost_of_goods: "400".to_owned(),
        created_at: "2026-11-10T10:00:00Z".to_owned(),
        lead_external_id: "L-1".to_owned(),
        ..DealInput::default()
    };
    app.save_deals(owner, &[deal]).await.unwrap();
    let label = app.lead(owner, found).await.unwrap().label;
    let channels = app.list_channels(owner).await.unwrap();
    let name = label.channel.unwrap();
    let of_lead = channels.iter().find(|one| one.details.name == name);
    let of_lead = of_lead.unwrap();
    (found, of_lead.details.parent_id.unwrap_or(of_lead.id))
}

#[tokio::test]
async fn an_advertiser_reads_no_visit_of_a_lead_that_came_another_way() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let (found, top) = sold(&test).await;
    let advertiser = join(&test, Role::Advertiser, &[top]).await;
    let rival = Traffic {
        source: "rival".to_owned(),
        medium: "affiliate".to_owned(),
        default_channel: "affiliates".to_owned(),
        ..Traffic::default()
    };
    load_visit_by(&test, VisitId(4_711), rival);
    let visits = async |actor: &Actor| {
        let story = app.lead_timeline(actor, found).await.unwrap();
        let is_visit = |kind| matches!(kind, TimelineKind::Touch | TimelineKind::PageView);
        story.iter().filter(|item| is_visit(item.kind)).count()
    };
    assert_eq!(visits(owner).await, 4);
    assert_eq!(
        visits(&advertiser).await,
        2,
        "the other channel's is not theirs"
    );
}

#[tokio::test]
async fn an_advertiser_sees_leads_and_deals_of_theirs_without_contacts_and_people() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let (found, top) = sold(&test).await;
    let free = send(&test, lead("601 234 568")).await.id;
    let advertiser = join(&test, Role::Advertiser, &[top]).await;

    let all = LeadQuery::default();
    let listed = app.list_leads(&advertiser, &all, FIRST).await.unwrap();
    let [view] = &listed.items[..] else {
        panic!("{listed:?}")
    };
    assert_eq!(view.lead.id, found);
    assert_eq!(view.deals, 1);
    assert_eq!(view.lead.details.name, "A•••");
    assert_eq!(view.lead.details.phone, "•••67");
    assert_eq!(
        (&view.assignee, view.lead.details.assignee_id),
        (&None, None)
    );
    let card = app.lead(owner, found).await.unwrap();
    assert!(card.assignee.is_some(), "somebody has it");
    assert!(app.lead(&advertiser, free).await.is_err());
    let story = app.lead_timeline(&advertiser, found).await.unwrap();
    assert!(story.iter().any(|item| item.kind == TimelineKind::Deal));
    let told = |item: &app::TimelineItem| item.kind == TimelineKind::LeadAssigned;
    assert!(!story.iter().any(told));
    let whole = app.lead_timeline(owner, found).await.unwrap();
    assert!(whole.iter().any(told));

    let query = DealQuery::default();
    let deals = app.list_deals(&advertiser, &query, FIRST).await.unwrap();
    let [deal] = &deals.items[..] else {
        panic!("{deals:?}")
    };
    assert_eq!(deal.deal.details.amount_micros, 1_000_000_000);
    let words = (&deal.deal.details.title, &deal.deal.details.external_id);
    assert_eq!(words, (&format!("#{}", deal.deal.id), &String::new()));
    let named = DealQuery {
        text: Some("D-1".to_owned()),
        ..DealQuery::default()
    };
    let guessed = app.list_deals(&advertiser, &named, FIRST).await;
    assert_eq!(code(&guessed.unwrap_err()), "forbidden");
    assert_eq!(deal.cost_of_goods_micros, None);
    assert_eq!((deal.assignee, &deal.assignee_name), (None, &None));
    assert_eq!(deal.person.as_deref().unwrap_or("A•••"), "A•••");
    let tried = LeadQuery {
        assignee: owner.user().map(|user| user.to_string()),
        ..LeadQuery::default()
    };
    let tried = app.list_leads(&advertiser, &tried, FIRST).await;
    assert_eq!(code(&tried.unwrap_err()), "not_an_id");

    let elsewhere = tops(&test).await.into_iter().find(|one| one.id != top);
    let partner = join(&test, Role::Partner, &[elsewhere.unwrap().id]).await;
    let refused = app.list_leads(&partner, &all, FIRST).await;
    assert_eq!(code(&refused.unwrap_err()), "forbidden");
}

#[tokio::test]
async fn who_becomes_an_outsider_hands_back_leads_and_teams_and_gets_none() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let top = tops(&test).await[0].id;
    let added = app.add_user(
        owner,
        "me@shop.example",
        PASSWORD.to_owned(),
        "Me",
        "analyst",
    );
    let me = added.await.unwrap();
    let team = |members| TeamInput {
        name: "North".to_owned(),
        members,
        ..TeamInput::default()
    };
    app.create_team(owner, team(vec![me])).await.unwrap();
    let mine = send(&test, lead("601 234 567")).await.id;
    app.assign_lead(owner, mine, 1, Some(me)).await.unwrap();
    let outsider = |channels| MemberPatch {
        role: Some("advertiser".to_owned()),
        channels,
        ..MemberPatch::default()
    };
    let blind = app.change_member(owner, me, 1, outsider(None)).await;
    assert_eq!(code(&blind.unwrap_err()), "required");
    let some = outsider(Some(Some(vec![top])));
    app.change_member(owner, me, 1, some).await.unwrap();
    let card = app.lead(owner, mine).await.unwrap();
    assert_eq!(card.lead.details.assignee_id, None);
    let teams = app.list_teams(owner).await.unwrap();
    assert!(teams[0].members.is_empty());
    let version = card.lead.version;
    let handed = app.assign_lead(owner, mine, version, Some(me)).await;
    assert_eq!(code(&handed.unwrap_err()), "unknown_member");
    let south = TeamInput {
        name: "South".to_owned(),
        ..team(vec![me])
    };
    let refused = app.create_team(owner, south).await;
    assert_eq!(code(&refused.unwrap_err()), "unknown_member");
}
