//! What is read within a reach is what a naive look at every row finds.

use base::{DealId, LeadId, TrafficKey, UserId};
use store::deals::{self, DealFilter};
use store::leads::{self, LeadFilter};
use store::reach::{NOBODY, Reach};
use store::teams::{self, TeamDetails};
use store::users::{self, MemberPlace, NewUser};
use store::{PageRequest, StoreError, Tx, deal_statuses};

use crate::fixture::{Fixture, NOW, insert_deal, insert_lead, lead};
use crate::money::deal;

/// Whose a thing is, and of what traffic.
type Mark = (Option<UserId>, u64);

async fn user(tx: &mut Tx, fixture: &Fixture, name: &str) -> UserId {
    let user = NewUser {
        email: format!("{name}@example.com"),
        name: name.to_owned(),
        language: "en".to_owned(),
        password_hash: "x".to_owned(),
    };
    let id = users::insert_user(tx, &user, NOW).await.unwrap();
    users::put_membership(tx, fixture.ours, id, "sales_operator", NOW)
        .await
        .unwrap();
    id
}

fn reaches(users: &[UserId]) -> Vec<Reach> {
    let (ada, bo) = (users[0], users[1]);
    let people = [
        None,
        Some(vec![]),
        Some(vec![ada]),
        Some(vec![NOBODY, bo]),
        Some(vec![ada, bo]),
    ];
    let traffic = [None, Some(vec![TrafficKey(7)]), Some(vec![TrafficKey(0)])];
    let all = people.into_iter().flat_map(|assignees| {
        traffic.clone().map(|traffic_keys| Reach {
            assignees: assignees.clone(),
            traffic_keys,
        })
    });
    all.collect()
}

fn sees(reach: &Reach, (assignee, traffic): Mark) -> bool {
    let person = assignee.unwrap_or(NOBODY);
    let by_person = reach
        .assignees
        .as_ref()
        .is_none_or(|all| all.contains(&person));
    let keys = reach.traffic_keys.as_ref();
    by_person && keys.is_none_or(|all| all.contains(&TrafficKey(traffic)))
}

#[tokio::test]
async fn leads_and_deals_beyond_the_reach_are_not_there() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let mut people = Vec::new();
    for name in ["ada", "bo", "cy"] {
        people.push(user(&mut tx, &fixture, name).await);
    }
    let mut of_leads: Vec<(LeadId, Mark)> = Vec::new();
    let mut of_deals: Vec<(DealId, Mark)> = Vec::new();
    let owners: Vec<Option<UserId>> = people.iter().copied().map(Some).chain([None]).collect();
    for (index, owner) in owners.iter().enumerate() {
        for traffic in [0, 7, 9] {
            let mut details = lead(NOW);
            details.assignee_id = *owner;
            details.traffic_key = (traffic != 0).then_some(TrafficKey(traffic));
            let lead_id = insert_lead(&mut tx, fixture.ours, &details).await.unwrap();
            of_leads.push((lead_id, (*owner, traffic)));
            for own in [None, Some(people[1])] {
                let name = format!("{index}-{traffic}-{}", own.is_some());
                let mut details = deal(&name, "won");
                details.lead_id = Some(lead_id);
                details.assignee_id = own;
                details.traffic_key = (traffic != 0).then_some(TrafficKey(traffic));
                let id = insert_deal(&mut tx, fixture.ours, &details).await.unwrap();
                of_deals.push((id, (own.or(*owner), traffic)));
            }
        }
    }
    for reach in reaches(&people) {
        check_leads(&mut tx, &fixture, &reach, &of_leads).await;
        check_deals(&mut tx, &fixture, &reach, &of_deals).await;
    }
}

async fn check_leads(tx: &mut Tx, fixture: &Fixture, reach: &Reach, all: &[(LeadId, Mark)]) {
    let ours = fixture.ours;
    let ids: Vec<LeadId> = all.iter().map(|(id, _)| *id).collect();
    let wanted: Vec<LeadId> = all
        .iter()
        .filter(|(_, mark)| sees(reach, *mark))
        .map(|(id, _)| *id)
        .collect();
    let reached = leads::list_reached_leads(tx, ours, reach, &ids).await;
    assert_eq!(reached.unwrap(), wanted, "{reach:?}");
    let filter = LeadFilter {
        reach: reach.clone(),
        ..LeadFilter::default()
    };
    let listed = leads::list_leads(tx, ours, &filter, PageRequest::first(100)).await;
    let mut listed: Vec<LeadId> = listed.unwrap().items.iter().map(|lead| lead.id).collect();
    listed.sort_unstable();
    assert_eq!(listed, wanted, "{reach:?}");
    for id in ids {
        let loaded = leads::load_lead(tx, ours, reach, id).await;
        assert_eq!(loaded.is_ok(), wanted.contains(&id), "{reach:?}");
        let elsewhere = leads::load_lead(tx, fixture.theirs, reach, id).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound { .. })));
    }
}

async fn check_deals(tx: &mut Tx, fixture: &Fixture, reach: &Reach, all: &[(DealId, Mark)]) {
    let ours = fixture.ours;
    let ids: Vec<DealId> = all.iter().map(|(id, _)| *id).collect();
    let wanted: Vec<DealId> = all
        .iter()
        .filter(|(_, mark)| sees(reach, *mark))
        .map(|(id, _)| *id)
        .collect();
    let reached = deals::list_reached_deals(tx, ours, reach, &ids).await;
    assert_eq!(reached.unwrap(), wanted, "{reach:?}");
    let filter = DealFilter {
        reach: reach.clone(),
        ..DealFilter::default()
    };
    let listed = deals::list_deals(tx, ours, &filter, PageRequest::first(100)).await;
    let listed = listed.unwrap().items;
    let mut listed_ids: Vec<DealId> = listed.iter().map(|deal| deal.id).collect();
    listed_ids.sort_unstable();
    assert_eq!(listed_ids, wanted, "{reach:?}");
    let sums = deals::sum_deals(tx, ours, &filter).await.unwrap();
    let sum: i64 = sums.iter().map(|sum| sum.amount_micros).sum();
    let naive: i64 = listed.iter().map(|deal| deal.details.amount_micros).sum();
    assert_eq!(sum, naive, "{reach:?}");
    let leads: Vec<LeadId> = listed
        .iter()
        .filter_map(|deal| deal.details.lead_id)
        .collect();
    let totals = leads::list_lead_deal_totals(tx, ours, reach, &leads).await;
    let counted: i64 = totals.unwrap().iter().map(|total| total.deals).sum();
    assert_eq!(counted, i64::try_from(wanted.len()).unwrap(), "{reach:?}");
    let counts = deal_statuses::list_deal_status_counts(tx, ours, reach).await;
    let counted: i64 = counts.unwrap().iter().map(|count| count.deals).sum();
    assert_eq!(counted, i64::try_from(wanted.len()).unwrap(), "{reach:?}");
    for id in ids {
        let loaded = deals::load_deal(tx, ours, reach, id).await;
        assert_eq!(loaded.is_ok(), wanted.contains(&id), "{reach:?}");
    }
}

#[tokio::test]
async fn a_list_is_also_filtered_by_who_is_responsible() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let ada = user(&mut tx, &fixture, "ada").await;
    let mut mine = lead(NOW);
    mine.assignee_id = Some(ada);
    let mine = insert_lead(&mut tx, fixture.ours, &mine).await.unwrap();
    let free = insert_lead(&mut tx, fixture.ours, &lead(NOW))
        .await
        .unwrap();
    for (assignee, wanted) in [(ada, mine), (NOBODY, free)] {
        let filter = LeadFilter {
            assignee: Some(assignee),
            ..LeadFilter::default()
        };
        let found = leads::list_leads(&mut tx, fixture.ours, &filter, PageRequest::first(9)).await;
        let found: Vec<LeadId> = found.unwrap().items.iter().map(|lead| lead.id).collect();
        assert_eq!(found, [wanted]);
    }
}

#[tokio::test]
async fn who_leaves_the_teams_leads_none() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let (ada, bo) = (
        user(&mut tx, &fixture, "ada").await,
        user(&mut tx, &fixture, "bo").await,
    );
    let details = TeamDetails {
        name: "North".to_owned(),
        leader_id: Some(ada),
    };
    let ours = fixture.ours;
    let team = teams::insert_team(&mut tx, ours, NOW, &details)
        .await
        .unwrap();
    teams::put_team_members(&mut tx, ours, team, &[ada, bo])
        .await
        .unwrap();
    let mates = teams::list_teammates(&mut tx, ours, bo).await.unwrap();
    assert_eq!(mates, [ada, bo]);
    teams::leave_teams(&mut tx, ours, ada).await.unwrap();
    let left = teams::load_team(&mut tx, ours, team).await.unwrap();
    assert_eq!((left.details.leader_id, left.version), (None, 2));
    assert_eq!(
        teams::list_teammates(&mut tx, ours, bo).await.unwrap(),
        [bo]
    );
    assert_eq!(teams::list_teammates(&mut tx, ours, ada).await.unwrap(), []);
    let place = MemberPlace {
        role: "sales_manager".to_owned(),
        reach: Some("own".to_owned()),
        channels: Some(serde_json::json!([1])),
    };
    users::change_member(&mut tx, ours, bo, 1, &place)
        .await
        .unwrap();
    let members = users::list_members(&mut tx, ours).await.unwrap();
    let changed = members.into_iter().find(|member| member.id == bo).unwrap();
    assert_eq!(changed.reach, place.reach);
    assert_eq!(changed.channels, place.channels);
}
