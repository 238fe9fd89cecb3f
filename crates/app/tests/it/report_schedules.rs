//! Reports by mail: each turn once to each, also over restarts, and to each what they may see.

use app::{Actor, AppError, MemberPatch, Role, ScheduleInput, SeenSchedule, WorkspacePatch};
use base::{Traffic, UnixMillis, UserId, VisitId};
use reports::View;
use serde_json::json;

use crate::leads::{load_visit, load_visit_by};
use crate::outside::{join, tops};
use crate::support::TestApp;

fn daily(at_minute: u16, recipients: Vec<UserId>) -> ScheduleInput {
    ScheduleInput {
        every: "day".to_owned(),
        on_day: 0,
        at_minute,
        recipients,
        is_on: true,
        tells_webhooks: false,
    }
}

async fn scheduled(test: &TestApp) -> SeenSchedule {
    scheduled_for(test, &["visits", "leads"], vec![test.owner.user().unwrap()]).await
}

async fn scheduled_for(test: &TestApp, metrics: &[&str], recipients: Vec<UserId>) -> SeenSchedule {
    let view = json!({
        "screen": "reports",
        "period": {"moving": "last_7"},
        "metrics": metrics,
        "dimensions": ["channel"],
    });
    let view: View = serde_json::from_value(view).unwrap();
    let input = app::SavedViewInput {
        name: "Źródła <b>".to_owned(),
        is_shared: true,
        is_default: false,
        view,
    };
    let saved = test
        .app
        .create_saved_view(&test.owner, input)
        .await
        .unwrap();
    let daily = daily(8 * 60, recipients);
    let made = test
        .app
        .create_report_schedule(&test.owner, saved.saved.id, daily);
    made.await.unwrap()
}

async fn scheduled_by(
    test: &TestApp,
    actor: &Actor,
    view: app::SavedViewId,
    recipient: UserId,
) -> SeenSchedule {
    let daily = daily(0, vec![recipient]);
    let made = test.app.create_report_schedule(actor, view, daily).await;
    made.unwrap()
}

async fn now(test: &TestApp) -> SeenSchedule {
    let all = test.app.list_report_schedules(&test.owner).await.unwrap();
    all.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_turn_goes_once_also_over_a_restart_and_days_without_the_program() {
    let test = TestApp::start().await;
    scheduled(&test).await;
    assert_eq!(test.app.send_due_reports().await.unwrap(), 0);
    test.seeded.pass_days(1);
    assert_eq!(test.app.send_due_reports().await.unwrap(), 1);
    let mails = test.mails();
    assert_eq!(mails.len(), 1);
    for part in [
        "multipart/alternative",
        "text/html",
        ".xlsx",
        "application/pdf",
        "owner@shop.example",
    ] {
        assert!(mails[0].contains(part), "{part}");
    }
    let page = page_to(&mails, "owner@shop.example");
    assert!(
        page.contains("&lt;b&gt;") && !page.contains("<b>"),
        "a name is no markup"
    );
    let test = test.restart().await;
    assert_eq!(test.app.send_due_reports().await.unwrap(), 0);
    test.seeded.pass_days(4);
    assert_eq!(test.app.send_due_reports().await.unwrap(), 1);
    assert_eq!(test.app.send_due_reports().await.unwrap(), 0);
    let schedule = now(&test).await.schedule;
    assert!(schedule.sent_at.is_some());
    assert_eq!((schedule.failure.as_str(), schedule.attempts), ("", 0));
}

#[tokio::test]
async fn what_the_mail_server_does_not_take_is_tried_again_and_shown() {
    let test = TestApp::start().await;
    scheduled(&test).await;
    test.break_mail(true);
    test.seeded.pass_days(1);
    assert_eq!(test.app.send_due_reports().await.unwrap(), 0);
    let failed = now(&test).await.schedule;
    assert_ne!(failed.failure, "");
    assert!(
        failed.due_at > failed.details.planned_at,
        "the next try is later"
    );
    assert_eq!(
        test.app.send_due_reports().await.unwrap(),
        0,
        "not before its pause"
    );
    test.break_mail(false);
    test.seeded.pass_days(1);
    assert_eq!(test.app.send_due_reports().await.unwrap(), 1);
    assert_eq!(now(&test).await.schedule.failure, "");
}

#[tokio::test]
async fn only_members_are_written_to_and_a_test_goes_to_whoever_asks() {
    let test = TestApp::start().await;
    let made = scheduled(&test).await;
    let stranger = ScheduleInput {
        every: "week".to_owned(),
        on_day: 1,
        at_minute: 0,
        recipients: vec![UserId(987)],
        is_on: true,
        tells_webhooks: false,
    };
    let id = made.schedule.id;
    let version = made.schedule.version;
    let refused = test
        .app
        .update_report_schedule(&test.owner, id, version, stranger)
        .await;
    let refused = refused.unwrap_err();
    assert!(matches!(&refused, AppError::Invalid(errors) if errors[0].code == "unknown_member"));
    test.app
        .test_report_schedule(&test.owner, id)
        .await
        .unwrap();
    assert_eq!(test.mails().len(), 1);
    let planned = now(&test).await.schedule.details.planned_at;
    assert_eq!(planned, made.schedule.details.planned_at, "its turn stays");
}

/// A colleague who sees all channels.
async fn hire(test: &TestApp, role: Role) -> Actor {
    let email = format!("{}@shop.example", role.name());
    let password = "correct horse battery".to_owned();
    let added = test
        .app
        .add_user(&test.owner, &email, password.clone(), "", role.name());
    added.await.unwrap();
    let origin = app::Origin::default();
    let signed_in = test.app.sign_in(&email, password, None, &origin).await;
    let visitor = test.app.session(&signed_in.unwrap().token).await.unwrap();
    test.app.actor_of(&visitor, None).await.unwrap()
}

/// The page that went to somebody, unfolded; nothing where none went.
fn page_to(mails: &[String], address: &str) -> String {
    let mail = mails
        .iter()
        .find(|mail| mail.contains(&format!("To: {address}")));
    let page = mail.and_then(|mail| mail.split("Content-Type: text/html").nth(1));
    page.unwrap_or_default().replace("=\r\n", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_gets_what_they_may_see_themselves() {
    let test = TestApp::start().await;
    load_visit(&test);
    let affiliates = Traffic {
        source: "rival".to_owned(),
        medium: "affiliate".to_owned(),
        default_channel: "affiliates".to_owned(),
        ..Traffic::default()
    };
    load_visit_by(&test, VisitId(4_711), affiliates);
    let channels = tops(&test).await;
    let of = |key: &str| {
        channels
            .iter()
            .find(|one| one.details.name == key)
            .unwrap()
            .id
    };
    let partner = join(&test, Role::Partner, &[of("Affiliates")]).await;
    let (seo, operator) = (
        hire(&test, Role::Seo).await,
        hire(&test, Role::SalesOperator).await,
    );
    let gone = hire(&test, Role::Analyst).await;
    let everybody = [&test.owner, &partner, &seo, &operator, &gone];
    let everybody = everybody.map(|actor| actor.user().unwrap());
    let metrics = ["gross_profit", "visits"];
    scheduled_for(&test, &metrics, everybody.to_vec()).await;
    let left = test
        .app
        .remove_member(&test.owner, gone.user().unwrap(), 1)
        .await;
    left.unwrap();
    test.seeded.pass_days(1);
    test.app.send_due_reports().await.unwrap();
    let mails = test.mails();
    assert_eq!(
        mails.len(),
        3,
        "who left and who reads no reports get nothing"
    );
    let owners = page_to(&mails, "owner@shop.example");
    let seos = page_to(&mails, "seo@shop.example");
    let partners = page_to(&mails, "partner@other.example");
    for (page, sees_profit, sees_search) in [
        (&owners, true, true),
        (&seos, false, true),
        (&partners, false, false),
    ] {
        assert!(page.contains("Affiliates"), "{page}");
        assert_eq!(page.contains("Gross profit"), sees_profit, "{page}");
        assert_eq!(page.contains("Paid search"), sees_search, "{page}");
    }
    let failure = now(&test).await.schedule.failure;
    assert_eq!(failure, "1 of its recipients may see nothing of it");
}

#[tokio::test]
async fn what_its_maker_may_share_no_more_nobody_gets() {
    let test = TestApp::start().await;
    let owner = test.owner.user().unwrap();
    let made = scheduled(&test).await;
    let maker = hire(&test, Role::HeadOfMarketing).await;
    let by_maker = scheduled_by(&test, &maker, made.schedule.view_id, owner).await;
    let lowered = MemberPatch {
        role: Some(Role::Auditor.name().to_owned()),
        ..MemberPatch::default()
    };
    let lowered = test
        .app
        .change_member(&test.owner, maker.user().unwrap(), 1, lowered);
    lowered.await.unwrap();
    test.seeded.pass_days(1);
    assert_eq!(
        test.app.send_due_reports().await.unwrap(),
        1,
        "the owner's own goes"
    );
    assert_eq!(test.mails().len(), 1);
    let all = test.app.list_report_schedules(&test.owner).await.unwrap();
    let is_theirs = |each: &&SeenSchedule| each.schedule.id == by_maker.schedule.id;
    let failure = &all.iter().find(is_theirs).unwrap().schedule.failure;
    assert!(failure.contains("share reports"), "{failure}");
}

#[tokio::test]
async fn whoever_wants_it_no_more_ends_it_for_themselves() {
    let test = TestApp::start().await;
    let seo = hire(&test, Role::Seo).await;
    let both = vec![test.owner.user().unwrap(), seo.user().unwrap()];
    let made = scheduled_for(&test, &["visits"], both).await;
    let id = made.schedule.id;
    let own = test.app.list_own_reports(&seo).await.unwrap();
    assert_eq!(
        own.iter().map(|one| one.schedule.id).collect::<Vec<_>>(),
        [id]
    );
    test.app.leave_report_schedule(&seo, id).await.unwrap();
    let again = test.app.leave_report_schedule(&seo, id).await;
    assert!(matches!(again, Err(AppError::NotFound { .. })));
    assert_eq!(test.app.list_own_reports(&seo).await.unwrap(), []);
    test.seeded.pass_days(1);
    test.app.send_due_reports().await.unwrap();
    let mails = test.mails();
    assert_eq!(mails.len(), 1);
    assert_ne!(page_to(&mails, "owner@shop.example"), "");
}

#[tokio::test]
async fn who_does_not_see_the_people_names_nobody_else_and_no_view_of_anothers_own_is_sent() {
    let test = TestApp::start().await;
    let seo = hire(&test, Role::Seo).await;
    let owner = test.owner.user().unwrap();
    let made = scheduled_for(&test, &["visits"], vec![owner]).await;
    let terms = |recipients| daily(480, recipients);
    let view = made.schedule.view_id;
    let named = test
        .app
        .create_report_schedule(&seo, view, terms(vec![owner]))
        .await;
    assert!(matches!(named, Err(AppError::Invalid(errors)) if errors[0].code == "unknown_member"));
    let seen = test.app.list_report_schedules(&seo).await.unwrap();
    assert_eq!(seen[0].recipients, [(owner, String::new())]);
    let saved = test.app.saved_view(&test.owner, view).await.unwrap();
    let own = app::SavedViewPatch {
        is_shared: Some(false),
        ..app::SavedViewPatch::default()
    };
    let kept = test
        .app
        .update_saved_view(&test.owner, view, saved.saved.version, own);
    kept.await.unwrap();
    let mine = vec![owner, seo.user().unwrap()];
    let (id, version) = (made.schedule.id, made.schedule.version);
    let widened = test
        .app
        .update_report_schedule(&seo, id, version, terms(mine))
        .await;
    assert!(matches!(widened, Err(AppError::NotFound { .. })));
    let tested = test.app.test_report_schedule(&seo, id).await;
    assert!(matches!(tested, Err(AppError::NotFound { .. })));
}

#[tokio::test]
async fn webhooks_that_want_reports_are_told_a_turn_once_and_nothing_that_others_changed() {
    let test = TestApp::start().await;
    let app = &test.app;
    let wanting = crate::webhooks::webhook(&test, "https://crm.example/", &["report.ready"]).await;
    let maker = hire(&test, Role::Seo).await;
    let shown = scheduled(&test).await;
    let told = ScheduleInput {
        tells_webhooks: true,
        ..daily(0, Vec::new())
    };
    let view = shown.schedule.view_id;
    let made = app.create_report_schedule(&maker, view, told.clone());
    let made = made.await.unwrap();
    test.seeded.pass_days(1);
    app.send_due_reports().await.unwrap();
    app.send_due_reports().await.unwrap();
    let messages = crate::webhooks::messages(&test, &wanting).await;
    assert_eq!(messages.len(), 1, "the other schedule tells no webhooks");
    let body: serde_json::Value = serde_json::from_str(&messages[0].payload).unwrap();
    assert_eq!(body["type"], "report.ready");
    assert_eq!(body["data"]["view"]["id"], view.0);
    let columns = body["data"]["report"]["columns"].as_array().unwrap();
    let keys: Vec<_> = columns
        .iter()
        .map(|column| column["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["channel", "visits", "leads"]);

    // What its maker never meant to leave does not, after somebody else changed the view.
    let saved = app.saved_view(&test.owner, view).await.unwrap();
    let mut wider = saved.view.clone();
    wider.dimensions = vec!["campaign".to_owned()];
    let patch = app::SavedViewPatch {
        view: Some(wider),
        ..app::SavedViewPatch::default()
    };
    let changed = app.update_saved_view(&test.owner, view, saved.saved.version, patch);
    changed.await.unwrap();
    test.seeded.pass_days(1);
    app.send_due_reports().await.unwrap();
    assert_eq!(crate::webhooks::messages(&test, &wanting).await.len(), 1);
    let (id, version) = (made.schedule.id, made.schedule.version + 1);
    let by_another = app
        .update_report_schedule(&test.owner, id, version, told)
        .await;
    assert!(
        matches!(by_another, Err(AppError::Invalid(errors)) if errors[0].code == "not_allowed")
    );
}

#[tokio::test]
async fn who_is_not_let_in_without_a_second_factor_gets_nothing_and_sends_nothing() {
    let test = TestApp::start().await;
    let seo = hire(&test, Role::Seo).await;
    let maker = hire(&test, Role::HeadOfMarketing).await;
    let owner = test.owner.user().unwrap();
    let both = vec![owner, seo.user().unwrap()];
    let made = scheduled_for(&test, &["visits"], both).await;
    let barred = scheduled_by(&test, &maker, made.schedule.view_id, owner).await;
    let asked = [Role::Seo, Role::HeadOfMarketing].map(|role| role.name().to_owned());
    let patch = WorkspacePatch {
        second_factor_roles: Some(asked.to_vec()),
        ..WorkspacePatch::default()
    };
    let asked = test.app.update_workspace(&test.owner, 1, patch).await;
    asked.unwrap();
    test.seeded.pass_days(1);
    assert_eq!(test.app.send_due_reports().await.unwrap(), 1);
    let mails = test.mails();
    assert_eq!(mails.len(), 1);
    assert_ne!(page_to(&mails, "owner@shop.example"), "");
    for each in test.app.list_report_schedules(&test.owner).await.unwrap() {
        let told = match each.schedule.id == barred.schedule.id {
            true => "second factor",
            false => "1 of its recipients",
        };
        let failure = &each.schedule.failure;
        assert!(failure.contains(told), "{failure}");
    }
}

#[tokio::test]
async fn a_turn_that_is_being_tried_goes_on_over_an_edit_unless_its_time_changes() {
    let test = TestApp::start().await;
    let colleague = hire(&test, Role::Seo).await;
    let id = scheduled(&test).await.schedule.id;
    test.break_mail(true);
    test.seeded.pass_days(1);
    test.app.send_due_reports().await.unwrap();
    let state = |of: &SeenSchedule| {
        let of = &of.schedule;
        let failure = of.failure.clone();
        (of.details.planned_at, of.due_at, of.attempts, failure)
    };
    let tried = now(&test).await;
    assert_eq!(tried.schedule.attempts, 1);
    let both = vec![test.owner.user().unwrap(), colleague.user().unwrap()];
    let mut version = tried.schedule.version;
    for (at_minute, is_on, is_kept) in [
        (8 * 60, true, true),
        (8 * 60, false, true),
        (8 * 60, true, false),
        (9 * 60, true, false),
    ] {
        let terms = ScheduleInput {
            is_on,
            ..daily(at_minute, both.clone())
        };
        let edited = test
            .app
            .update_report_schedule(&test.owner, id, version, terms);
        let edited = edited.await.unwrap();
        version = edited.schedule.version;
        assert_eq!(state(&edited) == state(&tried), is_kept, "{edited:?}");
        assert_eq!(edited.schedule.attempts, i64::from(is_kept), "{edited:?}");
        let is_ahead = edited.schedule.details.planned_at > test.app.now();
        assert_eq!(is_ahead, !is_kept, "{edited:?}");
    }
}

#[tokio::test]
async fn another_zone_of_the_workspace_moves_the_next_turn() {
    let test = TestApp::start().await;
    let made = scheduled(&test).await.schedule;
    let moment = |text: &str| UnixMillis::parse_rfc3339(text).unwrap();
    assert_eq!(made.due_at, moment("2026-11-21T07:00:00Z"));
    let patch = WorkspacePatch {
        time_zone: Some("America/New_York".to_owned()),
        ..WorkspacePatch::default()
    };
    let moved = test.app.update_workspace(&test.owner, 1, patch).await;
    moved.unwrap();
    let planned = now(&test).await.schedule;
    let wanted = moment("2026-11-20T13:00:00Z");
    assert_eq!(
        (planned.details.planned_at, planned.due_at),
        (wanted, wanted)
    );
}

#[tokio::test]
async fn a_view_that_its_owner_keeps_is_named_to_nobody_who_gets_it() {
    let test = TestApp::start().await;
    let maker = hire(&test, Role::HeadOfMarketing).await;
    let seo = hire(&test, Role::Seo).await;
    let made = scheduled(&test).await;
    let view = made.schedule.view_id;
    scheduled_by(&test, &maker, view, seo.user().unwrap()).await;
    let own = test.app.list_own_reports(&seo).await.unwrap();
    assert_eq!(own[0].view, "Źródła <b>");
    let saved = test.app.saved_view(&test.owner, view).await.unwrap();
    let kept = app::SavedViewPatch {
        is_shared: Some(false),
        ..app::SavedViewPatch::default()
    };
    let version = saved.saved.version;
    let kept = test
        .app
        .update_saved_view(&test.owner, view, version, kept)
        .await;
    kept.unwrap();
    let own = test.app.list_own_reports(&seo).await.unwrap();
    assert_eq!(own[0].view, "");
}
