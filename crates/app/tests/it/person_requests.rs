//! What people ask is written down, counted down and ended by its answer.

use app::{
    Actor, AppError, ErasureStep, PageRequest, PersonQuery, PersonRequestClose, PersonRequestInput,
    PersonRequestView, Role, Severity, Sight, Who,
};

use crate::privacy::{anna, story};
use crate::support::TestApp;

async fn ask(test: &TestApp, kind: &str, received_on: &str) -> PersonRequestView {
    let input = PersonRequestInput {
        kind: kind.to_owned(),
        received_on: received_on.to_owned(),
        reference: " Ticket 7 ".to_owned(),
        ..PersonRequestInput::default()
    };
    let asked = test.app.record_person_request(&test.owner, &input).await;
    asked.unwrap()
}

async fn again(test: &TestApp, view: &PersonRequestView) -> PersonRequestView {
    let found = test.app.person_request(&test.owner, view.request.id).await;
    found.unwrap()
}

fn answering(view: &PersonRequestView) -> PersonQuery {
    PersonQuery {
        answers: Some(view.request.id),
        ..anna()
    }
}

#[tokio::test]
async fn days_are_counted_by_the_law_of_the_workspace() {
    let test = TestApp::start().await;
    let first = ask(&test, "erase", "").await;
    assert_eq!(first.request.said.law, "gdpr");
    assert_eq!(first.request.said.reference, "Ticket 7");
    assert!(matches!(first.days_left, Some(28..=31)), "{first:?}");
    let seen = test.app.privacy_law(&test.owner).await.unwrap();
    let kept = test.app.set_privacy_law(&test.owner, seen.version, "ccpa");
    assert_eq!(kept.await.unwrap().law.name(), "ccpa");
    let stale = test.app.set_privacy_law(&test.owner, seen.version, "gdpr");
    assert!(stale.await.is_err());
    let second = ask(&test, "show", "").await;
    assert_eq!(second.days_left, Some(45));
    assert_eq!(again(&test, &first).await.request, first.request);
    // Who is due first comes first; what has ended stands behind.
    let close = PersonRequestClose {
        state: "refused".to_owned(),
        reason: "nobody knows them".to_owned(),
        erasure: None,
    };
    let whole = (first.request.id, first.request.version);
    let closed = test.app.close_person_request(&test.owner, whole, &close);
    assert_eq!(closed.await.unwrap().days_left, None);
    let third = ask(&test, "erase", "").await;
    let page = PageRequest::first(2);
    let listed = test.app.person_requests(&test.owner, page).await.unwrap();
    let ids = |items: &[PersonRequestView]| -> Vec<i64> {
        items.iter().map(|one| one.request.id.0).collect()
    };
    let (second, third) = (second.request.id.0, third.request.id.0);
    assert_eq!(ids(&listed.items), [third, second]);
    let rest = listed.following(2).unwrap();
    let rest = test.app.person_requests(&test.owner, rest).await.unwrap();
    assert_eq!(ids(&rest.items), [first.request.id.0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_answers_when_it_is_done_and_an_export_at_once() {
    let test = story().await;
    let erase = ask(&test, "erase", "").await;
    let show = ask(&test, "show", "").await;
    let wrong = test
        .app
        .export_person(&test.owner, &answering(&erase))
        .await;
    assert!(matches!(wrong, Err(AppError::Invalid(_))), "{wrong:?}");
    let shown = test.app.export_person(&test.owner, &answering(&show)).await;
    shown.unwrap();
    assert_eq!(again(&test, &show).await.request.state, "done");
    let twice = test.app.export_person(&test.owner, &answering(&show)).await;
    assert!(matches!(twice, Err(AppError::Conflict { .. })), "{twice:?}");

    let query = answering(&erase);
    let asked = test.app.request_erasure(&test.owner, &query, None).await;
    let erasure = asked.unwrap();
    test.app
        .run_erasures_before(ErasureStep::Bytes)
        .await
        .unwrap();
    let under_way = again(&test, &erase).await;
    assert_eq!(under_way.request.erasure_id, Some(erasure));
    assert!(under_way.request.is_open());
    test.app.run_erasures_until_idle().await.unwrap();
    let done = again(&test, &erase).await;
    assert_eq!(
        (done.request.state.as_str(), done.days_left),
        ("done", None)
    );
}

#[tokio::test]
async fn what_is_overdue_is_told_to_who_may_act() {
    let test = TestApp::start().await;
    let asked = ask(&test, "erase", "").await;
    let codes = async |actor| -> Vec<(&str, Severity)> {
        let notes = test.app.notes(actor).await.unwrap();
        let own = notes
            .iter()
            .filter(|note| note.code.starts_with("requests_"));
        own.map(|note| (note.code, note.severity)).collect()
    };
    assert_eq!(codes(&test.owner).await, []);
    test.seeded.pass_days(25);
    assert_eq!(
        codes(&test.owner).await,
        [("requests_due", Severity::Warning)]
    );
    test.seeded.pass_days(10);
    assert_eq!(
        codes(&test.owner).await,
        [("requests_overdue", Severity::Error)]
    );
    let analyst = Actor {
        who: Who::Person {
            user: test.owner.user().unwrap(),
            name: "Ola".to_owned(),
            role: Role::Analyst,
            sight: Sight::default(),
            session: None,
        },
        ..test.owner.clone()
    };
    assert_eq!(codes(&analyst).await, []);
    let refused = test.app.person_request(&analyst, asked.request.id).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let silent = PersonRequestClose {
        state: "refused".to_owned(),
        ..PersonRequestClose::default()
    };
    let whole = (asked.request.id, asked.request.version);
    let refused = test.app.close_person_request(&test.owner, whole, &silent);
    assert!(matches!(refused.await, Err(AppError::Invalid(_))));
}
