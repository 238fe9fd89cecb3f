//! No list of one workspace ever shows a row of another.

use base::{Day, DealId, UnixMillis};
use store::api_keys::NewApiKey;
use store::costs::{CostFilter, KeySpan};
use store::deals::DealFilter;
use store::leads::{ChangedLead, LeadFilter, LeadStatusChange};
use store::reach::Reach;
use store::{
    Connection, PageRequest, Tx, ad_names, annotations, api_keys, channel_rules, channels, costs,
    custom_metrics, deal_statuses, deals, goal_alerts, goals, import_mappings, import_sources,
    imports, leads, links, manual_costs, payments, person_requests, persons, rates,
    report_schedules, saved_views, segments, share_links, sites, teams, touches, users,
};

use crate::collecting::{ad_name, channel, link, rules, site};
use crate::fixture::{Fixture, NOW, insert_deal, insert_lead, insert_payment, lead};
use crate::money::{cost, deal, declare, payment};

#[tokio::test]
async fn rows_of_one_workspace_are_invisible_in_another() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    fill(&mut tx, &fixture).await;
    let own = count_all(&mut tx, fixture.ours).await;
    let foreign = count_all(&mut tx, fixture.theirs).await;
    for ((name, own), (_, foreign)) in own.iter().zip(&foreign) {
        assert!(*own > 0, "{name} lists nothing of its own");
        assert_eq!(*foreign, 0, "{name} shows rows of another workspace");
    }
}

async fn fill(tx: &mut Tx, fixture: &Fixture) {
    let ours = fixture.ours;
    sites::insert_site(tx, ours, NOW, &site("key"))
        .await
        .unwrap();
    links::insert_link(tx, ours, NOW, &link("spring"))
        .await
        .unwrap();
    channels::insert_channel(tx, ours, NOW, &channel("Ads"))
        .await
        .unwrap();
    for version in 0..2 {
        channel_rules::publish_channel_rules(tx, ours, version, &rules())
            .await
            .unwrap();
    }
    let key = NewApiKey {
        workspace_id: ours,
        name: "crm".to_owned(),
        prefix: "tl_1".to_owned(),
        key_hash: vec![7],
        scopes: vec!["all".to_owned()],
        created_at: NOW,
        expires_at: None,
        service_account_id: None,
    };
    api_keys::insert_api_key(tx, &key).await.unwrap();
    let name = ad_name(None, "One", (1, 1));
    ad_names::insert_ad_name(tx, ours, NOW, &name)
        .await
        .unwrap();
    let user = users::NewUser {
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        language: "en".to_owned(),
        password_hash: "x".to_owned(),
    };
    let user = users::insert_user(tx, &user, NOW).await.unwrap();
    users::put_membership(tx, ours, user, "owner", NOW)
        .await
        .unwrap();
    let team = teams::TeamDetails {
        name: "North".to_owned(),
        leader_id: Some(user),
    };
    let team = teams::insert_team(tx, ours, NOW, &team).await.unwrap();
    teams::put_team_members(tx, ours, team, &[user])
        .await
        .unwrap();
    fill_money(tx, fixture).await;
}

async fn fill_money(tx: &mut Tx, fixture: &Fixture) {
    let ours = fixture.ours;
    declare(tx, ours, (1, 1), &[cost(1, 5)]).await;
    let manual = manual_costs::ManualCostDetails {
        name: "Leaflets".to_owned(),
        source: "offline".to_owned(),
        medium: String::new(),
        campaign: String::new(),
        channel_id: None,
        first_day: Day(1),
        last_day: Day(2),
        amount_micros: 1,
        currency: "PLN".parse().unwrap(),
        per: "once".to_owned(),
        mark_up_bp: base::BasisPoints(0),
        vat_mode: "net".to_owned(),
        vat_rate_bp: base::BasisPoints(0),
    };
    manual_costs::insert_manual_cost(tx, ours, NOW, &manual)
        .await
        .unwrap();
    let rate = rates::ExchangeRate {
        day: Day(1),
        from_currency: "EUR".parse().unwrap(),
        to_currency: "PLN".parse().unwrap(),
        rate: "4.3".to_owned(),
        nominal: 1,
    };
    rates::renew_rates(tx, ours, 0).await.unwrap();
    rates::put_rate(tx, ours, &rate).await.unwrap();
    fill_people(tx, ours).await;
    fill_notes(tx, ours).await;
    fill_mappings(tx, ours).await;
}

/// A person with a lead, a deal and a payment.
async fn fill_people(tx: &mut Tx, ours: base::WorkspaceId) {
    let person_id = store::PersonId(1);
    let person = persons::Person {
        id: person_id,
        name: "Ada".to_owned(),
        created_at: NOW,
    };
    persons::insert_persons(tx, ours, &[person]).await.unwrap();
    let identity = persons::Identity {
        kind: "phone".to_owned(),
        value: "+48".to_owned(),
    };
    let known = persons::KnownIdentity {
        person_id,
        identity,
    };
    persons::insert_identities(tx, ours, NOW, &[known])
        .await
        .unwrap();
    let lead_id = insert_lead(tx, ours, &lead(NOW)).await.unwrap();
    assert_eq!(lead_id.0, 1, "the counts below look at the first lead");
    let change = LeadStatusChange {
        at: NOW,
        from_status: None,
        to_status: "new".to_owned(),
        author_id: None,
        import_id: None,
    };
    let changes = [ChangedLead { lead_id, change }];
    leads::insert_status_changes(tx, ours, &changes)
        .await
        .unwrap();
    let assignment = leads::LeadAssignment {
        at: NOW,
        from_id: None,
        to_id: None,
        author_id: None,
    };
    leads::insert_lead_assignment(tx, ours, lead_id, &assignment)
        .await
        .unwrap();
    let mut details = deal("d-1", "won");
    details.lead_id = Some(lead_id);
    let deal_id = insert_deal(tx, ours, &details).await.unwrap();
    insert_payment(tx, ours, &payment(deal_id, "p-1"))
        .await
        .unwrap();
}

/// What was saved of reports, shared and sent.
async fn fill_saved(tx: &mut Tx, ours: base::WorkspaceId) {
    let view = saved_views::SavedViewDetails {
        name: "by campaign".to_owned(),
        screen: "reports".to_owned(),
        is_shared: true,
        is_default: false,
        question: serde_json::json!({}),
    };
    let view_id = saved_views::insert_saved_view(tx, ours, NOW, None, &view)
        .await
        .unwrap();
    let link = share_links::NewShareLink {
        workspace_id: ours,
        created_at: NOW,
        author_id: base::UserId(1),
        view_id,
        secret_hash: vec![7; 32],
        password_hash: String::new(),
        metrics: None,
        expires_at: NOW.plus_ms(1),
    };
    share_links::insert_share_link(tx, &link).await.unwrap();
    let weekly = report_schedules::ReportScheduleDetails {
        every: "week".to_owned(),
        on_day: 1,
        at_minute: 540,
        recipients: serde_json::json!([1]),
        is_on: true,
        planned_at: NOW,
        tells_webhooks: false,
    };
    let made = (base::UserId(1), view_id);
    report_schedules::insert_report_schedule(tx, ours, NOW, made, &weekly)
        .await
        .unwrap();
    let segment = segments::SegmentDetails {
        name: "phones".to_owned(),
        filters: serde_json::json!([]),
    };
    segments::insert_segment(tx, ours, NOW, &segment)
        .await
        .unwrap();
    let metric = custom_metrics::CustomMetricDetails {
        name: "price of a lead".to_owned(),
        description: String::new(),
        formula: "cost / leads".to_owned(),
        format: "money".to_owned(),
        direction: "down".to_owned(),
    };
    custom_metrics::insert_custom_metric(tx, ours, NOW, &metric)
        .await
        .unwrap();
    let goal = goals::GoalDetails {
        site_id: base::SiteId(1),
        name: "bought".to_owned(),
        kind: "event".to_owned(),
        target: "Order".to_owned(),
        property: String::new(),
        property_value: String::new(),
        worth_micros: None,
    };
    let goal_id = goals::insert_goal(tx, ours, NOW, &goal).await.unwrap();
    fill_alerts(tx, ours, goal_id).await;
}

async fn fill_alerts(tx: &mut Tx, ours: base::WorkspaceId, goal_id: store::GoalId) {
    let alert = goal_alerts::GoalAlertDetails {
        goal_id,
        measure: "visitors".to_owned(),
        every: "day".to_owned(),
        condition: "below".to_owned(),
        bound_micros: 1,
        at_minute: 0,
        recipients: serde_json::json!([1]),
        is_on: true,
        tells_webhooks: false,
        planned_at: NOW,
    };
    let alert_id = goal_alerts::insert_goal_alert(tx, ours, NOW, &alert)
        .await
        .unwrap();
    let look = goal_alerts::GoalLookDetails {
        workspace_id: ours,
        alert_id,
        looked_at: NOW,
        first_day: Day(1),
        last_day: Day(1),
        goal: "bought".to_owned(),
        measure: "visitors".to_owned(),
        condition: "below".to_owned(),
        bound_micros: 1,
        value_micros: Some(0),
        before_micros: None,
        is_told: true,
        recipients: 1,
    };
    goal_alerts::insert_look(tx, &look).await.unwrap();
}

/// What imports said of records, and what people wrote on charts.
async fn fill_notes(tx: &mut Tx, ours: base::WorkspaceId) {
    let touch = touches::Touch {
        import_id: base::ImportId(1),
        record_id: 1,
        at: NOW,
        is_creator: true,
        said: serde_json::json!({}),
        kept: None,
    };
    let mut kept = touch.clone();
    (kept.record_id, kept.kept) = (2, Some("changed".to_owned()));
    touches::put_touches(tx, ours, "leads", &[touch, kept])
        .await
        .unwrap();
    let annotation = annotations::AnnotationDetails {
        day: Day(3),
        at: None,
        text: "new prices".to_owned(),
        channel_id: None,
        campaign: String::new(),
    };
    annotations::insert_annotation(tx, ours, NOW, None, &annotation)
        .await
        .unwrap();
    fill_saved(tx, ours).await;
    let request = person_requests::NewPersonRequest {
        kind: "erase".to_owned(),
        law: "gdpr".to_owned(),
        reference: "ticket 7".to_owned(),
        received_day: Day(1),
        due_day: Day(32),
        author_id: None,
        created_at: NOW,
    };
    person_requests::insert_person_request(tx, ours, &request)
        .await
        .unwrap();
}

async fn fill_mappings(tx: &mut Tx, ours: base::WorkspaceId) {
    let mapping = import_mappings::ImportMappingDetails {
        kind: "costs".to_owned(),
        name: "weekly".to_owned(),
        header: vec!["Day".to_owned()],
        fingerprint: vec![7],
        options: serde_json::json!({}),
    };
    let mapping_id = import_mappings::insert_import_mapping(tx, ours, NOW, &mapping)
        .await
        .unwrap();
    let source = import_sources::ImportSourceDetails {
        name: "every morning".to_owned(),
        mapping_id,
        place: "folder".to_owned(),
        location: "costs".to_owned(),
        header_name: String::new(),
        every: "day".to_owned(),
        at_minute: 0,
        due_at: Some(NOW),
    };
    let source = import_sources::insert_import_source(tx, ours, NOW, &source)
        .await
        .unwrap();
    import_sources::insert_import_run(tx, ours, source, NOW)
        .await
        .unwrap();
}

fn days_of(first: Day, last: Day) -> base::DayRange {
    base::DayRange::new(first, last).unwrap()
}

fn declared(first_day: Day, last_day: Day) -> costs::DeclaredSpan {
    costs::DeclaredSpan {
        platform: "google_ads".to_owned(),
        source: "google".to_owned(),
        first_day,
        last_day,
    }
}

/// What every list function finds in a workspace.
async fn count_all(
    it: &mut Connection,
    workspace: base::WorkspaceId,
) -> Vec<(&'static str, usize)> {
    let (first, last) = (Day(0), Day(9));
    let span = declared(first, last);
    let (lead_id, deal_id, import_id) = (base::LeadId(1), DealId(1), base::ImportId(1));
    let start = annotations::MarkPlace {
        at: UnixMillis(0),
        rank: -1,
        id: 0,
    };
    macro_rules! count {
        ($($name:literal => $list:expr,)+) => { vec![$(($name, $list.await.unwrap().len())),+] };
    }
    let mut counts = count! {
        "sites" => sites::list_sites(it, workspace),
        "channels" => channels::list_channels(it, workspace),
        "ad names" => ad_names::list_ad_names(it, workspace, UnixMillis(i64::MAX)),
        "ad names by id" => ad_names::list_ad_names_of(
            it, workspace, "google", "campaign", &["77"]
        ),
        "users" => users::list_users(it, workspace),
        "annotations" => annotations::list_annotations(
            it, workspace, None, days_of(first, last), (first, UnixMillis(0)), start, 9
        ),
        "own events" => annotations::list_own_events(it, workspace, UnixMillis(i64::MAX), start, 9),
        "saved views" => saved_views::list_saved_views(it, workspace),
        "segments" => segments::list_segments(it, workspace),
        "custom metrics" => custom_metrics::list_custom_metrics(it, workspace),
        "goals" => goals::list_goals(it, workspace),
        "goal alerts" => goal_alerts::list_goal_alerts(it, workspace),
        "goal looks" => goal_alerts::list_looks(it, workspace, store::GoalAlertId(1), 9),
        "schedules" => report_schedules::list_report_schedules(it, workspace),
        "import sources" => import_sources::list_import_sources(it, workspace),
        "latest looks" => import_sources::list_latest_runs(it, workspace),
        "import mappings" => import_mappings::list_import_mappings(it, workspace),
        "fitting mappings" => import_mappings::list_fitting_mappings(
            it, workspace, "costs", &[7]
        ),
        "share links" => share_links::list_share_links(it, workspace, NOW),
        "lead history" => leads::list_status_changes(it, workspace, &[lead_id]),
        "leads by id" => leads::list_leads_by_id(it, workspace, &[lead_id]),
        "deals by id" => deals::list_deals_by_id(it, workspace, &[deal_id]),
        "deals by own id" => deals::list_deals_by_external_id(it, workspace, &["d-1"]),
        "payments by own id" => payments::list_payments_by_external_id(it, workspace, &["p-1"]),
        "known people" => persons::list_known(it, workspace, "phone", &["+48"]),
        "touches of import" => touches::list_touches_of_import(it, workspace, import_id, 9),
        "touches of records" => touches::list_touches_of_records(it, workspace, "leads", &[1]),
        "kept" => touches::list_kept(it, workspace, import_id, 0, 9),
        "reached leads" => leads::list_reached_leads(it, workspace, &Reach::WHOLE, &[lead_id]),
        "reached deals" => deals::list_reached_deals(it, workspace, &Reach::WHOLE, &[deal_id]),
        "lead assignments" => leads::list_lead_assignments(it, workspace, lead_id),
        "teams" => teams::list_teams(it, workspace),
        "team members" => teams::list_team_members(it, workspace),
        "teammates" => teams::list_teammates(it, workspace, base::UserId(1)),
        "lead totals" => leads::list_lead_deal_totals(it, workspace, &Reach::WHOLE, &[lead_id]),
        "deals of lead" => deals::list_deals_of_leads(it, workspace, &[lead_id]),
        "deals by status" => deals::list_deals_with_status(it, workspace, "won", DealId(0), 9),
        "payments of deal" => payments::list_payments_of_deals(it, workspace, &[deal_id]),
        "statuses" => deal_statuses::list_deal_status_counts(it, workspace, &Reach::WHOLE),
        "rates" => rates::list_all_rates(it, workspace),
        "foreign since" => deals::list_foreign_since(it, workspace, "EUR".parse().unwrap()),
        "declarations" => costs::list_active_declarations(it, workspace, &span),
        "declared rows" => costs::list_active_cost_rows(it, workspace, &span, KeySpan::ALL),
        "counted days" => costs::count_active_cost_rows(it, workspace, &span),
        "declarations of import" => costs::list_declarations_of_import(it, workspace, import_id),
    };
    counts.extend(count_pages(it, workspace).await);
    counts
}

/// What every list function that gives pages finds in a workspace.
async fn count_pages(
    it: &mut Connection,
    workspace: base::WorkspaceId,
) -> Vec<(&'static str, usize)> {
    let page = PageRequest::first(10);
    let days = CostFilter {
        first_day: Day(0),
        last_day: Day(9),
        source: None,
        campaign: None,
        campaigns_meant: Vec::new(),
    };
    let all_leads = LeadFilter {
        until: UnixMillis(i64::MAX),
        ..LeadFilter::default()
    };
    let all_deals = DealFilter::default();
    macro_rules! count {
        ($($name:literal => $list:expr,)+) => {
            vec![$(($name, $list.await.unwrap().items.len())),+]
        };
    }
    count! {
        "links" => links::list_links(it, workspace, page),
        "imports" => imports::list_imports(it, workspace, None, None, page),
        "leads" => leads::list_leads(it, workspace, &all_leads, page),
        "deals" => deals::list_deals(it, workspace, &all_deals, page),
        "costs" => costs::list_costs(it, workspace, &days, None, PageRequest::first(9)),
        "channel rules" => channel_rules::list_channel_rules_versions(it, workspace, page),
        "api keys" => api_keys::list_api_keys(it, workspace, page),
        "manual costs" => manual_costs::list_manual_costs(it, workspace, None, page),
        "pages of rates" => rates::list_rates(it, workspace, None, PageRequest::first(9)),
        "person requests" => person_requests::list_person_requests(
            it, workspace, PageRequest::first(9)
        ),
    }
}
