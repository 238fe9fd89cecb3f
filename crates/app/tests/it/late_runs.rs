//! Two programs on one store that run the same import: the late one changes nothing that has ended.

use std::sync::{Arc, Mutex};

use app::{ImportKind, ImportView, PageRequest};

use crate::interrupted::Interrupted;
use crate::records::queue;
use crate::support::TestApp;

/// Runs the import that waits in a second program, which the first one overtakes between two steps.
/// The import as the first one left it, and as it is after the second.
async fn overtaken(test: &TestApp, import: &ImportView) -> (ImportView, ImportView) {
    let (late, surroundings) = Interrupted::beside(test).await;
    let finished = Arc::new(Mutex::new(None));
    let (app, owner, id) = (test.app.clone(), test.owner.clone(), import.import.id);
    let kept = Arc::clone(&finished);
    surroundings.at_next_look(async move {
        assert_eq!(app.run_imports_until_idle().await.unwrap(), 1);
        let view = app.import(&owner, id).await.unwrap();
        *kept.lock().unwrap() = Some(view);
    });
    assert_eq!(late.run_next_import().await.unwrap(), Some(id));
    let first = finished.lock().unwrap().take().unwrap();
    let after = test.app.import(&test.owner, id).await.unwrap();
    (first, after)
}

async fn check(kind: ImportKind, content: &str) {
    let test = TestApp::start().await;
    let queued = queue(&test, kind, content).await;
    let (first, after) = overtaken(&test, &queued).await;
    let progress = &first.import.progress;
    assert_eq!((progress.rows_new, progress.rows_rejected), (2, 1));
    assert_eq!(after.import, first.import);
    let rejected = test
        .app
        .rejected(&test.owner, after.import.id, PageRequest::first(9));
    assert_eq!(rejected.await.unwrap().items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_run_of_leads_leaves_the_finished_import_as_it_is() {
    let file = "Lead ID,Date,Name\n\
        L-1,2026-11-01 10:00,Anna\nL-2,2026-11-02 10:00,Ewa\nL-3,never,Ola\n";
    check(ImportKind::Leads, file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_run_of_costs_leaves_the_finished_import_as_it_is() {
    let file = "Date,Source,Campaign,Cost\n\
        2026-11-01,google,Lenses,10\n2026-11-02,google,Lenses,20\nnever,google,Lenses,5\n";
    check(ImportKind::Costs, file).await;
}
