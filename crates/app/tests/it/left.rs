//! What is left behind by who leaves, and what nobody learns beyond their reach.

use app::{
    Actor, AppError, Breadth, ChannelInput, ChannelPatch, DealInput, DealQuery, LeadInput,
    LeadQuery, MemberPatch, Origin, PageRequest, Role, TeamInput,
};
use base::UserId;

use crate::leads::send;
use crate::support::TestApp;

const PASSWORD: &str = "correct horse battery";
const PHONE: &str = "+48 601 234 567";
const FIRST: PageRequest = PageRequest {
    after: None,
    limit: 100,
};

async fn join(test: &TestApp, name: &str, breadth: Breadth) -> UserId {
    let email = format!("{name}@shop.example");
    let role = Role::SalesOperator.name();
    let (app, owner) = (&test.app, &test.owner);
    let user = app.add_user(owner, &email, PASSWORD.to_owned(), name, role);
    let user = user.await.unwrap();
    let patch = MemberPatch {
        breadth: Some(Some(breadth.name().to_owned())),
        ..MemberPatch::default()
    };
    app.change_member(owner, user, 1, patch).await.unwrap();
    user
}

async fn actor(test: &TestApp, name: &str) -> Actor {
    let email = format!("{name}@shop.example");
    let origin = Origin::default();
    let signed_in = test
        .app
        .sign_in(&email, PASSWORD.to_owned(), None, &origin)
        .await;
    let visitor = test.app.session(&signed_in.unwrap().token).await.unwrap();
    test.app.actor_of(&visitor, None).await.unwrap()
}

fn jan() -> LeadInput {
    LeadInput {
        external_id: "L-1".to_owned(),
        name: "Jan Kowalski".to_owned(),
        phone: PHONE.to_owned(),
        ..LeadInput::default()
    }
}

fn deal(id: &str) -> DealInput {
    DealInput {
        external_id: id.to_owned(),
        status: "won".to_owned(),
        amount: "100".to_owned(),
        created_at: "2026-11-20T10:00:00Z".to_owned(),
        phone: PHONE.to_owned(),
        ..DealInput::default()
    }
}

#[tokio::test]
async fn what_somebody_was_responsible_for_is_nobodys_when_they_leave() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let head = join(&test, "head", Breadth::Team).await;
    let gone = join(&test, "gone", Breadth::Own).await;
    let team = TeamInput {
        name: "North".to_owned(),
        leader: Some(head),
        members: vec![head, gone],
    };
    app.create_team(owner, team).await.unwrap();
    let lead = send(&test, jan()).await.id;
    app.assign_lead(owner, lead, 1, Some(gone)).await.unwrap();
    app.save_deals(owner, &[deal("D-1")]).await.unwrap();
    let deals = app.list_deals(owner, &DealQuery::default(), FIRST).await;
    let deal = deals.unwrap().items.remove(0).deal;
    app.assign_deal(owner, deal.id, deal.version, Some(gone))
        .await
        .unwrap();

    app.remove_member(owner, gone, 2).await.unwrap();
    let head = actor(&test, "head").await;
    let leads = app.list_leads(&head, &LeadQuery::default(), FIRST).await;
    let found = leads.unwrap().items.remove(0);
    assert_eq!(
        (found.lead.id, found.lead.details.assignee_id),
        (lead, None)
    );
    assert_eq!(found.lead.version, 3);
    let deals = app.list_deals(&head, &DealQuery::default(), FIRST).await;
    let found = deals.unwrap().items.remove(0);
    assert_eq!((found.deal.id, found.assignee), (deal.id, None));
    // Who did it is in the histories, and the lead is handed on.
    let told = app.lead_timeline(owner, lead).await.unwrap();
    assert!(!told.is_empty());
    let head_id = head.user();
    app.assign_lead(&head, lead, 3, head_id).await.unwrap();
}

#[tokio::test]
async fn a_telephone_number_in_a_deal_tells_nobody_whose_it_is() {
    let test = TestApp::start().await;
    let app = &test.app;
    let rival = join(&test, "rival", Breadth::Own).await;
    let owner_of_lead = join(&test, "mate", Breadth::Own).await;
    let lead = send(&test, jan()).await.id;
    app.assign_lead(&test.owner, lead, 1, Some(owner_of_lead))
        .await
        .unwrap();
    let rival_actor = actor(&test, "rival").await;
    app.save_deals(&rival_actor, &[deal("D-9")]).await.unwrap();
    let shown = async |actor: &Actor| {
        let deals = app.list_deals(actor, &DealQuery::default(), FIRST).await;
        deals.unwrap().items.remove(0).person
    };
    assert_eq!(shown(&rival_actor).await, None);
    assert_eq!(shown(&test.owner).await.as_deref(), Some("Jan Kowalski"));
    app.assign_lead(&test.owner, lead, 2, Some(rival))
        .await
        .unwrap();
    assert!(shown(&rival_actor).await.is_some());
}

#[tokio::test]
async fn a_channel_that_names_what_somebody_sees_stays_at_the_top() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let member = join(&test, "sem", Breadth::Own).await;
    let channels = app.list_channels(owner).await.unwrap();
    let mut top = channels
        .iter()
        .filter(|one| one.details.parent_id.is_none());
    let (seen, other) = (top.next().unwrap(), top.next().unwrap());
    let see = |channels: Option<Vec<base::ChannelId>>| MemberPatch {
        channels: Some(channels),
        ..MemberPatch::default()
    };
    app.change_member(owner, member, 2, see(Some(vec![seen.id])))
        .await
        .unwrap();
    let below = |parent: base::ChannelId| ChannelPatch {
        parent: Some(Some(parent)),
        ..ChannelPatch::default()
    };
    let moved = app
        .update_channel(owner, seen.id, seen.version, below(other.id))
        .await;
    assert!(matches!(
        moved,
        Err(AppError::Conflict {
            code: "channel_in_reach",
            ..
        })
    ));
    app.change_member(owner, member, 3, see(None))
        .await
        .unwrap();
    let moved = app
        .update_channel(owner, seen.id, seen.version, below(other.id))
        .await;
    assert_eq!(moved.unwrap().details.parent_id, Some(other.id));
}

#[tokio::test]
async fn a_channel_that_names_what_somebody_sees_is_not_archived() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let member = join(&test, "sem", Breadth::Own).await;
    let input = ChannelInput {
        parent: None,
        name: "Fairs".to_owned(),
        kind: "other".to_owned(),
        colour: 1,
        position: 99,
    };
    let fairs = app.create_channel(owner, &input).await.unwrap();
    let see = |channels: Option<Vec<base::ChannelId>>| MemberPatch {
        channels: Some(channels),
        ..MemberPatch::default()
    };
    let only = see(Some(vec![fairs.id]));
    app.change_member(owner, member, 2, only).await.unwrap();
    let archived = app.archive_channel(owner, fairs.id, fairs.version, None);
    assert!(matches!(
        archived.await,
        Err(AppError::Conflict {
            code: "channel_in_reach",
            field: None,
            ..
        })
    ));
    app.change_member(owner, member, 3, see(None))
        .await
        .unwrap();
    app.archive_channel(owner, fairs.id, fairs.version, None)
        .await
        .unwrap();
}
