//! Workspaces of their own for an agency's clients.

use app::audit::Act;
use app::{Actor, AppError, Role, Sight, Who, WorkspaceInput};

use crate::support::TestApp;

fn bakery() -> WorkspaceInput {
    WorkspaceInput {
        name: "Bakery".to_owned(),
        time_zone: "Europe/Warsaw".to_owned(),
        currency: "PLN".to_owned(),
        week_start: "monday".to_owned(),
        vat_mode: "net".to_owned(),
        vat_rate_percent: "23".to_owned(),
    }
}

#[tokio::test]
async fn an_owner_makes_a_workspace_that_is_theirs_alone_and_ready_to_use() {
    let test = TestApp::start().await;
    let made = test.app.add_workspace(&test.owner, &bakery()).await;
    let made = made.unwrap();
    assert_eq!(made.role, Role::Owner);
    assert_eq!(made.workspace.details.default_country, "PL");
    let there = Actor {
        workspace: made.workspace.id,
        who: test.owner.who.clone(),
    };
    let members = test.app.list_users(&there).await.unwrap();
    assert_eq!(members.len(), 1);
    let (here, elsewhere) = (
        test.app.list_channels(&test.owner).await.unwrap(),
        test.app.list_channels(&there).await.unwrap(),
    );
    assert_eq!(here.len(), elsewhere.len());
    assert!(
        elsewhere
            .iter()
            .all(|one| here.iter().all(|other| other.id != one.id))
    );
    for actor in [&test.owner, &there] {
        let log = test.app.audit_log_after(actor, 0).await.unwrap();
        let last = log.last().unwrap();
        assert_eq!(last.said.act, Act::WorkspaceCreated.name());
    }
}

#[tokio::test]
async fn one_person_owns_a_hundred_at_most() {
    let test = TestApp::start().await;
    let workspace = test.app.workspace(&test.owner).await.unwrap();
    let (user, now) = (test.owner.user().unwrap(), test.app.now());
    let mut tx = test.app.store().begin().await.unwrap();
    for _ in 0..98 {
        let id = store::workspaces::insert_workspace(&mut tx, &workspace.details, now).await;
        let placed = store::users::put_membership(&mut tx, id.unwrap(), user, "owner", now);
        placed.await.unwrap();
    }
    tx.commit().await.unwrap();
    test.app
        .add_workspace(&test.owner, &bakery())
        .await
        .unwrap();
    let refused = test.app.add_workspace(&test.owner, &bakery()).await;
    let refused = refused.unwrap_err().to_string();
    assert_eq!(refused, "one person owns at most 100 workspaces");
}

#[tokio::test]
async fn nobody_but_an_owner_makes_one_and_nothing_is_left_of_a_wrong_one() {
    let test = TestApp::start().await;
    let Who::Person { user, name, .. } = test.owner.who.clone() else {
        panic!("the owner is a person");
    };
    let head = Actor {
        workspace: test.owner.workspace,
        who: Who::Person {
            user,
            name,
            role: Role::HeadOfMarketing,
            sight: Sight::default(),
            session: None,
        },
    };
    for actor in [head, Actor::system(test.owner.workspace)] {
        let refused = test.app.add_workspace(&actor, &bakery()).await;
        assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    }
    let wrong = WorkspaceInput {
        time_zone: "Europe/Nowhere".to_owned(),
        ..bakery()
    };
    let refused = test.app.add_workspace(&test.owner, &wrong).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
    let mut connection = test.app.store().read().await.unwrap();
    let all = store::workspaces::list_workspaces(&mut connection).await;
    assert_eq!(all.unwrap().len(), 1);
}
