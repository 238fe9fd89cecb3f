//! Whose leads and deals people see, and which channels.

use app::{
    Actor, AppError, Breadth, ChannelPatch, DealInput, DealQuery, ImportKind, ItemResult,
    LeadInput, LeadQuery, MemberPatch, Origin, PageRequest, PaymentInput, Realm, Role, TeamInput,
    UploadId,
};
use base::{DealId, LeadId, UserId};
use serde_json::json;

use crate::leads::{load_visit, send};
use crate::support::TestApp;

const PASSWORD: &str = "correct horse battery";
const FIRST: PageRequest = PageRequest {
    after: None,
    limit: 100,
};

async fn join(test: &TestApp, name: &str, role: Role) -> UserId {
    let email = format!("{name}@shop.example");
    let (app, owner) = (&test.app, &test.owner);
    app.add_user(owner, &email, PASSWORD.to_owned(), name, role.name())
        .await
        .unwrap()
}

/// The person as their next request is from.
async fn actor(test: &TestApp, name: &str) -> Actor {
    let email = format!("{name}@shop.example");
    let signed_in = test
        .app
        .sign_in(&email, PASSWORD.to_owned(), None, &Origin::default())
        .await
        .unwrap();
    let visitor = test.app.session(&signed_in.token).await.unwrap();
    test.app.actor_of(&visitor, None).await.unwrap()
}

async fn change(test: &TestApp, user: UserId, patch: MemberPatch) -> Result<(), AppError> {
    let (app, owner) = (&test.app, &test.owner);
    let members = app.list_members(owner).await.unwrap();
    let member = members.iter().find(|member| member.user == user).unwrap();
    app.change_member(owner, user, member.version, patch)
        .await
        .map(drop)
}

fn breadth(breadth: Breadth) -> MemberPatch {
    MemberPatch {
        breadth: Some(Some(breadth.name().to_owned())),
        ..MemberPatch::default()
    }
}

/// A lead with a deal and a payment of it, of one of the people or of nobody.
struct Case {
    lead: LeadId,
    deal: DealId,
    name: String,
    assignee: Option<UserId>,
}

async fn case(test: &TestApp, number: usize, assignee: Option<UserId>) -> Case {
    let (app, owner) = (&test.app, &test.owner);
    let name = format!("D-{number}");
    let input = LeadInput {
        external_id: format!("L-{number}"),
        name: format!("Jan {number}"),
        phone: format!("+48 601 234 5{number:02}"),
        ..LeadInput::default()
    };
    let lead = send(test, input).await.id;
    app.assign_lead(owner, lead, 1, assignee).await.unwrap();
    let deal = DealInput {
        external_id: name.clone(),
        status: "won".to_owned(),
        amount: format!("{}", 100 << number),
        created_at: "2026-11-10T10:00:00Z".to_owned(),
        lead_external_id: format!("L-{number}"),
        ..DealInput::default()
    };
    let saved = app.save_deals(owner, &[deal]).await.unwrap();
    assert_eq!(saved[0].result, ItemResult::Created);
    let found = app.list_deals(owner, &DealQuery::default(), FIRST).await;
    let found = found.unwrap().items;
    let deal = found
        .iter()
        .find(|view| view.deal.details.external_id == name);
    Case {
        lead,
        deal: deal.unwrap().deal.id,
        name,
        assignee,
    }
}

fn payment(deal: &str, id: &str) -> PaymentInput {
    PaymentInput {
        external_id: id.to_owned(),
        deal_external_id: deal.to_owned(),
        at: "2026-11-11T10:00:00Z".to_owned(),
        amount: "5".to_owned(),
        kind: "payment".to_owned(),
        ..PaymentInput::default()
    }
}

#[tokio::test]
async fn every_breadth_of_every_role_sees_its_own_part_and_nothing_else() {
    let test = TestApp::start().await;
    let me = join(&test, "me", Role::SalesManager).await;
    let mate = join(&test, "mate", Role::SalesOperator).await;
    let other = join(&test, "other", Role::SalesOperator).await;
    let team = TeamInput {
        name: "North".to_owned(),
        leader: Some(me),
        members: vec![me, mate],
    };
    test.app.create_team(&test.owner, team).await.unwrap();
    let mut cases = Vec::new();
    for (number, assignee) in [Some(me), Some(mate), Some(other), None]
        .into_iter()
        .enumerate()
    {
        cases.push(case(&test, number, assignee).await);
    }
    let is_part = |role: &Role| *role != Role::Owner && role.realm() == Realm::Inside;
    let roles = Role::ALL.into_iter().filter(is_part);
    for (index, role) in roles.enumerate() {
        for reach in Breadth::ALL {
            let patch = MemberPatch {
                role: Some(role.name().to_owned()),
                ..breadth(reach)
            };
            change(&test, me, patch).await.unwrap();
            let actor = actor(&test, "me").await;
            let is_seen = |case: &&Case| match reach {
                Breadth::All => true,
                Breadth::Own => case.assignee == Some(me),
                Breadth::Team => case.assignee != Some(other),
            };
            let seen: Vec<&Case> = cases.iter().filter(is_seen).collect();
            check_leads(&test, &actor, &cases, &seen).await;
            let id = format!("P-{index}-{}", reach.name());
            check_deals(&test, &actor, &cases, &seen, &id).await;
        }
    }
}

async fn check_leads(test: &TestApp, actor: &Actor, all: &[Case], seen: &[&Case]) {
    let app = &test.app;
    if !actor.may(app::Permission::ReadLeads) {
        return;
    }
    let listed = app.list_leads(actor, &LeadQuery::default(), FIRST).await;
    let mut listed: Vec<LeadId> = listed
        .unwrap()
        .items
        .iter()
        .map(|view| view.lead.id)
        .collect();
    listed.sort_unstable();
    let wanted: Vec<LeadId> = seen.iter().map(|case| case.lead).collect();
    assert_eq!(listed, wanted, "{actor:?}");
    for case in all {
        let is_seen = wanted.contains(&case.lead);
        let card = app.lead(actor, case.lead).await;
        let story = app.lead_timeline(actor, case.lead).await;
        assert_eq!((card.is_ok(), story.is_ok()), (is_seen, is_seen));
        if is_seen || !actor.may(app::Permission::WriteLeads) {
            continue;
        }
        let status = app
            .change_lead_status(actor, case.lead, 2, "working")
            .await
            .unwrap_err();
        let back = app.take_back_lead_status(actor, case.lead, 2).await;
        let handed = app.assign_lead(actor, case.lead, 2, actor.user()).await;
        for refused in [status, back.unwrap_err(), handed.unwrap_err()] {
            assert!(matches!(refused, AppError::NotFound { .. }), "{refused}");
        }
    }
}

async fn check_deals(test: &TestApp, actor: &Actor, all: &[Case], seen: &[&Case], id: &str) {
    let app = &test.app;
    if !actor.may(app::Permission::ReadDeals) {
        return;
    }
    let query = DealQuery::default();
    let listed = app.list_deals(actor, &query, FIRST).await.unwrap().items;
    let mut ids: Vec<DealId> = listed.iter().map(|view| view.deal.id).collect();
    ids.sort_unstable();
    let wanted: Vec<DealId> = seen.iter().map(|case| case.deal).collect();
    assert_eq!(ids, wanted, "{actor:?}");
    let sums = app.deal_sums(actor, &query).await.unwrap();
    let sum: i64 = sums.iter().map(|sum| sum.amount_micros).sum();
    let amounts = listed.iter().map(|view| view.deal.details.amount_micros);
    assert_eq!(sum, amounts.sum::<i64>(), "{actor:?}");
    let statuses = app.deal_statuses(actor).await.unwrap();
    let counted: i64 = statuses.items.iter().map(|status| status.deals).sum();
    assert_eq!(counted, i64::try_from(seen.len()).unwrap(), "{actor:?}");
    for case in all {
        let is_seen = wanted.contains(&case.deal);
        let paid = app.deal_payments(actor, case.deal).await;
        assert_eq!(paid.is_ok(), is_seen, "{actor:?}");
        if is_seen || !actor.may(app::Permission::WriteDeals) {
            continue;
        }
        let handed = app.assign_deal(actor, case.deal, 1, actor.user()).await;
        assert!(matches!(handed, Err(AppError::NotFound { .. })));
        let again = DealInput {
            external_id: case.name.clone(),
            status: "lost".to_owned(),
            amount: "1".to_owned(),
            created_at: "2026-11-10T10:00:00Z".to_owned(),
            ..DealInput::default()
        };
        let saved = app.save_deals(actor, &[again]).await.unwrap();
        assert!(matches!(saved[0].result, ItemResult::Rejected(_)));
        let items = [payment(&case.name, id)];
        let paid = app.save_payments(actor, &items).await.unwrap();
        assert!(matches!(paid[0].result, ItemResult::Rejected(_)));
    }
}

#[tokio::test]
async fn what_an_operator_brings_is_their_own_and_what_is_not_stays_unnamed() {
    let test = TestApp::start().await;
    let me = join(&test, "me", Role::SalesOperator).await;
    let theirs = case(&test, 1, None).await;
    let ola = actor(&test, "me").await;
    let send_as = async |actor: &Actor, external_id: &str| {
        let input = LeadInput {
            external_id: external_id.to_owned(),
            phone: "+48 601 234 501".to_owned(),
            ..LeadInput::default()
        };
        let raw = app::RawLead {
            door: "api",
            body: Vec::new(),
            headers: serde_json::Map::new(),
        };
        test.app.receive_lead(actor, raw, |_| Ok(input)).await
    };
    let mine = send_as(&ola, "L-9").await.unwrap();
    assert_eq!(mine.duplicate_of, None, "another's lead is named");
    let card = test.app.lead(&ola, mine.id).await.unwrap();
    assert_eq!(card.lead.details.assignee_id, Some(me));
    assert_eq!(card.lead.details.duplicate_of, None);
    let whole = test.app.lead(&test.owner, mine.id).await.unwrap();
    assert_eq!(whole.lead.details.duplicate_of, Some(theirs.lead));
    let known = send_as(&ola, "L-1").await.unwrap_err();
    assert!(matches!(known, AppError::Conflict { .. }), "{known}");
    let deal = DealInput {
        external_id: "D-9".to_owned(),
        status: "won".to_owned(),
        amount: "1".to_owned(),
        created_at: "2026-11-10T10:00:00Z".to_owned(),
        lead_external_id: "L-1".to_owned(),
        ..DealInput::default()
    };
    let saved = test.app.save_deals(&ola, &[deal]).await.unwrap();
    assert!(matches!(saved[0].result, ItemResult::Rejected(_)));
}

#[tokio::test]
async fn leads_are_handed_on_within_ones_reach() {
    let test = TestApp::start().await;
    let boss = join(&test, "boss", Role::SalesManager).await;
    let mate = join(&test, "mate", Role::SalesOperator).await;
    let other = join(&test, "other", Role::SalesOperator).await;
    let seo = join(&test, "seo", Role::Seo).await;
    let team = TeamInput {
        name: "North".to_owned(),
        leader: None,
        members: vec![boss, mate],
    };
    test.app.create_team(&test.owner, team).await.unwrap();
    let free = case(&test, 1, None).await;
    let manager = actor(&test, "boss").await;
    let app = &test.app;
    app.assign_lead(&manager, free.lead, 2, Some(mate))
        .await
        .unwrap();
    let stale = app.assign_lead(&manager, free.lead, 2, Some(boss)).await;
    assert!(matches!(stale, Err(AppError::EditConflict { .. })));
    let beyond = app.assign_lead(&manager, free.lead, 3, Some(other)).await;
    assert!(matches!(beyond, Err(AppError::BeyondReach { .. })));
    let blind = app.assign_lead(&test.owner, free.lead, 3, Some(seo)).await;
    assert!(matches!(blind, Err(AppError::Invalid(_))));
    let operator = actor(&test, "mate").await;
    assert_eq!(
        app.lead(&operator, free.lead)
            .await
            .unwrap()
            .assignee
            .as_deref(),
        Some("mate")
    );
    let away = app.assign_lead(&operator, free.lead, 3, Some(boss)).await;
    assert!(matches!(away, Err(AppError::BeyondReach { .. })));
    let story = app.lead_timeline(&test.owner, free.lead).await.unwrap();
    let handed = story
        .iter()
        .filter(|item| item.kind == app::TimelineKind::LeadAssigned);
    let names: Vec<&str> = handed.map(|item| item.title.as_str()).collect();
    assert_eq!(names, ["", "mate"]);
    // The deal is of whoever has its lead, until somebody has the deal itself.
    assert!(app.deal_payments(&operator, free.deal).await.is_ok());
    let handed = app
        .assign_deal(&test.owner, free.deal, 1, Some(other))
        .await;
    assert_eq!(handed.unwrap().assignee_name.as_deref(), Some("other"));
    assert!(app.deal_payments(&operator, free.deal).await.is_err());
    let story = app.lead_timeline(&operator, free.lead).await.unwrap();
    assert!(
        story
            .iter()
            .all(|item| item.kind != app::TimelineKind::Deal)
    );
}

#[tokio::test]
async fn a_file_of_records_needs_to_see_them_all_and_others_imports_are_not_there() {
    let test = TestApp::start().await;
    let me = join(&test, "me", Role::SalesManager).await;
    let part = actor(&test, "me").await;
    let app = &test.app;
    for kind in [ImportKind::Leads, ImportKind::Deals, ImportKind::Payments] {
        let refused = app.start_import(&part, UploadId(1), kind, None).await;
        assert!(matches!(refused, Err(AppError::BeyondReach { .. })));
    }
    change(&test, me, breadth(Breadth::All)).await.unwrap();
    let whole = actor(&test, "me").await;
    let unknown = app.start_import(&whole, UploadId(1), ImportKind::Leads, None);
    assert!(matches!(unknown.await, Err(AppError::NotFound { .. })));
}

#[tokio::test]
async fn an_owner_sees_everything_and_channels_are_those_of_the_workspace() {
    let test = TestApp::start().await;
    let me = join(&test, "me", Role::Sem).await;
    let owner = test.owner.user().unwrap();
    let refused = change(&test, owner, breadth(Breadth::Own)).await;
    let Err(AppError::Conflict { code, .. }) = refused else {
        panic!("an owner was blinded")
    };
    assert_eq!(code, "owner_sees_all");
    let some = |ids: &[i64]| MemberPatch {
        channels: Some(Some(ids.iter().copied().map(base::ChannelId).collect())),
        ..MemberPatch::default()
    };
    for wrong in [&[][..], &[999]] {
        let refused = change(&test, me, some(wrong)).await;
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{wrong:?}");
    }
    let channels = test.app.list_channels(&test.owner).await.unwrap();
    let top = channels
        .iter()
        .find(|channel| channel.details.parent_id.is_none());
    let top = top.unwrap().id;
    change(&test, me, some(&[top.0])).await.unwrap();
    let part = actor(&test, "me").await;
    assert_eq!(part.channels(), Some(&[top][..]));
    let promoted = MemberPatch {
        role: Some("owner".to_owned()),
        ..MemberPatch::default()
    };
    change(&test, me, promoted).await.unwrap();
    assert_eq!(actor(&test, "me").await.sight(), None);
}

#[tokio::test]
async fn leads_of_other_channels_are_not_there() {
    let test = TestApp::start().await;
    let me = join(&test, "me", Role::Sem).await;
    let click = load_visit(&test);
    let found = LeadInput {
        click_id: click.to_string(),
        ..crate::leads::lead("601 234 567")
    };
    let found = send(&test, found).await.id;
    let free = send(&test, crate::leads::lead("601 234 568")).await.id;
    let card = test.app.lead(&test.owner, found).await.unwrap();
    let name = card.label.channel.unwrap();
    let channels = test.app.list_channels(&test.owner).await.unwrap();
    let of_lead = channels
        .iter()
        .find(|one| one.details.name == name)
        .unwrap();
    let top = of_lead.details.parent_id.unwrap_or(of_lead.id);
    let is_other = |one: &&app::rows::Channel| one.details.parent_id.is_none() && one.id != top;
    let other = channels.iter().find(is_other).unwrap().id;
    for (channel, sees) in [(top, true), (other, false)] {
        let patch = MemberPatch {
            channels: Some(Some(vec![channel])),
            ..MemberPatch::default()
        };
        change(&test, me, patch).await.unwrap();
        let part = actor(&test, "me").await;
        let listed = test
            .app
            .list_leads(&part, &LeadQuery::default(), FIRST)
            .await;
        assert_eq!(listed.unwrap().items.len(), usize::from(sees));
        assert_eq!(test.app.lead(&part, found).await.is_ok(), sees);
        assert!(test.app.lead(&part, free).await.is_err());
        assert!(test.app.lead_timeline(&part, free).await.is_err());
    }
}

#[tokio::test]
async fn who_leaves_the_workspace_leaves_its_teams() {
    let test = TestApp::start().await;
    let me = join(&test, "me", Role::SalesManager).await;
    let team = TeamInput {
        name: "North".to_owned(),
        leader: Some(me),
        members: vec![me],
    };
    let (app, owner) = (&test.app, &test.owner);
    let stranger = TeamInput {
        members: vec![UserId(99)],
        ..team.clone()
    };
    assert!(matches!(
        app.create_team(owner, stranger).await,
        Err(AppError::Invalid(_))
    ));
    let made = app.create_team(owner, team.clone()).await.unwrap();
    assert!(matches!(
        app.create_team(owner, team).await,
        Err(AppError::Conflict { .. })
    ));
    app.remove_member(owner, me, 1).await.unwrap();
    let left = app.list_teams(owner).await.unwrap();
    assert_eq!(
        (left[0].members.len(), left[0].team.details.leader_id),
        (0, None)
    );
    let stale = app.delete_team(owner, made.team.id, 1).await;
    assert!(matches!(stale, Err(AppError::EditConflict { .. })));
    app.delete_team(owner, made.team.id, 2).await.unwrap();
    assert!(app.list_teams(owner).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_behind_a_number_leave_others_leads_out_and_say_how_many() {
    let test = TestApp::start().await;
    let boss = join(&test, "boss", Role::SalesManager).await;
    change(&test, boss, breadth(Breadth::Own)).await.unwrap();
    let own = case(&test, 1, Some(boss)).await;
    case(&test, 2, None).await;
    test.settle().await;
    let rows = json!({
        "metric": "leads", "metrics": ["leads"], "row": {},
        "period": {"from": "2026-01-01", "to": "2026-12-31"},
    });
    let whole = test.app.report_rows(&test.owner, rows.clone());
    let whole = whole.await.unwrap();
    assert_eq!((whole.rows.len(), whole.rows_withheld), (2, 0));
    let manager = actor(&test, "boss").await;
    let part = test.app.report_rows(&manager, rows).await.unwrap();
    assert_eq!(part.ids("lead"), [own.lead.0]);
    assert_eq!(part.rows_withheld, 1);
}

#[tokio::test]
async fn who_sees_some_channels_moves_none() {
    let test = TestApp::start().await;
    let me = join(&test, "me", Role::Performance).await;
    let channels = test.app.list_channels(&test.owner).await.unwrap();
    let patch = MemberPatch {
        channels: Some(Some(vec![channels[0].id])),
        ..MemberPatch::default()
    };
    change(&test, me, patch).await.unwrap();
    let part = actor(&test, "me").await;
    let version = channels[1].version;
    let moved = ChannelPatch {
        parent: Some(Some(channels[0].id)),
        ..ChannelPatch::default()
    };
    let moved = test
        .app
        .update_channel(&part, channels[1].id, version, moved)
        .await;
    assert!(matches!(moved, Err(AppError::BeyondReach { .. })));
    let preview = test.app.preview_channel_rules(&part, &[]).await;
    assert!(matches!(preview, Err(AppError::BeyondReach { .. })));
}
