//! Back-ups and parts of a data folder that are put back bring nobody back who was erased.

use std::path::{Path, PathBuf};

use app::{DealInput, ErasureStep, LeadInput, PersonQuery};
use base::{DealId, VisitorId};

use crate::leads::{lead, send};
use crate::privacy::{ANNA, VISIT, anna, counted, erase, story, telling, visit};
use crate::support::TestApp;

/// The store as it is now, to be put back later. `None` on a server, which has other means.
async fn back_up(test: &TestApp) -> Option<PathBuf> {
    if test.app.store().engine() != store::Engine::Sqlite {
        return None;
    }
    let older = test.folder().join("older.sqlite");
    let file = PathBuf::from(test.app.store().place());
    store::maintain::back_up(&file, &older).await.unwrap();
    Some(older)
}

fn put_back(older: &Path, file: &str) {
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{file}{ending}"));
    }
    std::fs::copy(older, file).unwrap();
}

async fn is_held(test: &TestApp, query: &PersonQuery) -> bool {
    test.app.find_person(&test.owner, query).await.is_ok()
}

fn boris() -> PersonQuery {
    PersonQuery {
        email: "boris@mail.example".to_owned(),
        ..PersonQuery::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_that_is_put_back_forgets_again() {
    let test = story().await;
    let Some(older) = back_up(&test).await else {
        return;
    };
    let file = test.app.store().place();
    erase(&test, &anna()).await;
    let before = counted(&test);
    let test = test.restart_after(|| put_back(&older, &file)).await;
    std::fs::remove_file(&older).unwrap();
    assert!(is_held(&test, &anna()).await);
    assert_eq!(test.app.run_erasures_until_idle().await.unwrap(), 1);
    assert!(!is_held(&test, &anna()).await);
    assert_eq!(telling(test.folder()), Vec::<String>::new());
    test.settle().await;
    assert_eq!(counted(&test), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_erasure_that_is_replayed_takes_nothing_from_the_others() {
    let test = story().await;
    let Some(older) = back_up(&test).await else {
        return;
    };
    let file = test.app.store().place();
    let list = test.folder().join("erasures.json");
    // A lead that the back-up does not know.
    let form = LeadInput {
        email: "boris@mail.example".to_owned(),
        ..lead("601 234 567")
    };
    send(&test, form).await;
    erase(&test, &anna()).await;
    erase(&test, &boris()).await;
    let told = |list: &Path| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(list).unwrap()).unwrap()
    };
    let whole = told(&list);
    assert_eq!(whole["erasures"][1]["leads"].as_array().unwrap().len(), 2);
    let test = test.restart_after(|| put_back(&older, &file)).await;
    // A crash behind the first of the two.
    test.app
        .run_erasures_before(ErasureStep::Journal)
        .await
        .unwrap();
    assert_eq!(told(&list), whole);
    let test = test.restart_after(|| put_back(&older, &file)).await;
    assert_eq!(test.app.run_erasures_until_idle().await.unwrap(), 2);
    assert_eq!(told(&list), whole);
    assert!(!is_held(&test, &boris()).await);
}

/// A deal and who it was with.
async fn deal(test: &TestApp, id: &str, title: &str, lead: &str) {
    let deal = DealInput {
        external_id: id.to_owned(),
        title: title.to_owned(),
        status: "paid".to_owned(),
        amount: "100".to_owned(),
        created_at: "2026-11-19T10:00:00Z".to_owned(),
        lead_external_id: lead.to_owned(),
        ..DealInput::default()
    };
    test.app.save_deals(&test.owner, &[deal]).await.unwrap();
}

async fn titles(test: &TestApp) -> Vec<String> {
    let mut connection = test.app.store().read().await.unwrap();
    let ids = [DealId(1), DealId(2)];
    let deals = store::deals::list_deals_by_id(&mut connection, test.owner.workspace, &ids).await;
    let deals = deals.unwrap().into_iter();
    deals.map(|deal| deal.details.title).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_deals_does_not_reach_a_later_one_with_the_same_number() {
    let test = story().await;
    let Some(older) = back_up(&test).await else {
        return;
    };
    let file = test.app.store().place();
    // Her second deal, which the back-up does not know, has a number that is given out again.
    deal(&test, "D-2", "Lenses for Anna Kowalska", "L-1").await;
    erase(&test, &anna()).await;
    assert_eq!(titles(&test).await, ["", ""]);
    test.seeded.pass_days(1);
    let test = test.restart_after(|| put_back(&older, &file)).await;
    deal(&test, "D-9", "Glasses for Boris", "CRM-4712").await;
    assert_eq!(test.app.run_erasures_until_idle().await.unwrap(), 1);
    assert_eq!(titles(&test).await, ["", "Glasses for Boris"]);
}

const MARK_KEY: app::Place<'static> = app::Place {
    table: "erasures",
    field: "mark_key",
    row: 0,
    workspace: None,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_from_before_there_was_a_key_takes_the_lists() {
    let test = story().await;
    let mut tx = test.app.store().begin().await.unwrap();
    test.app.forget_secret(&mut tx, MARK_KEY).await.unwrap();
    tx.commit().await.unwrap();
    let Some(older) = back_up(&test).await else {
        return;
    };
    let file = test.app.store().place();
    // A browser of hers that no lead tells of.
    let alone = 0x1111_2222_3333_4444;
    visit(&test, alone, VISIT ^ 0xffff).await;
    let by_browser = PersonQuery {
        visitor: VisitorId(alone).to_string(),
        ..PersonQuery::default()
    };
    erase(&test, &anna()).await;
    erase(&test, &by_browser).await;
    let list = std::fs::read(test.folder().join("erasures.json")).unwrap();
    let test = test.restart_after(|| put_back(&older, &file)).await;
    assert_eq!(test.app.run_erasures_until_idle().await.unwrap(), 2);
    assert!(!is_held(&test, &anna()).await);
    assert_eq!(
        std::fs::read(test.folder().join("erasures.json")).unwrap(),
        list
    );
    test.app.warehouse().wipe().unwrap();
    test.settle().await;
    let hers = format!("select count(*) from hits where visitor in ({ANNA}, {alone})");
    assert_eq!(test.ask(&hers), ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_this_installation_with_another_key_is_carried_out_by_numbers() {
    let test = story().await;
    let Some(older) = back_up(&test).await else {
        return;
    };
    let file = test.app.store().place();
    erase(&test, &anna()).await;
    let list = test.folder().join("erasures.json");
    let test = test
        .restart_after(|| {
            put_back(&older, &file);
            // The key that the digests were made with is gone.
            let text = std::fs::read(&list).unwrap();
            let mut told: serde_json::Value = serde_json::from_slice(&text).unwrap();
            told["check"] = "erased-0011223344556677".into();
            told["key"] = serde_json::Value::Null;
            std::fs::write(&list, told.to_string()).unwrap();
        })
        .await;
    assert_eq!(test.app.run_erasures_until_idle().await.unwrap(), 1);
    assert!(!is_held(&test, &anna()).await);
    assert!(is_held(&test, &boris()).await);
    let kept = std::fs::read_dir(test.folder()).unwrap();
    let kept = kept.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("erasures.")
    });
    assert_eq!(kept.count(), 2, "the other list is kept beside the new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_another_installation_is_refused_and_stays_as_it_is() {
    let test = story().await;
    erase(&test, &anna()).await;
    let list = test.folder().join("erasures.json");
    let text = std::fs::read(&list).unwrap();
    let mut told: serde_json::Value = serde_json::from_slice(&text).unwrap();
    told["check"] = "erased-0011223344556677".into();
    told["key"] = serde_json::Value::Null;
    told["installation"] = "another".into();
    std::fs::write(&list, told.to_string()).unwrap();
    test.app
        .request_erasure(&test.owner, &boris(), None)
        .await
        .unwrap();
    let refused = test.app.run_erasures_until_idle().await.unwrap_err();
    let words = format!("{:#}", anyhow::Error::from(refused));
    assert!(words.contains("another installation"), "{words}");
    assert_eq!(std::fs::read_to_string(&list).unwrap(), told.to_string());
    let (words, _folder) = test.refused_restart().await;
    assert!(words.contains("another installation"), "{words}");
    assert_eq!(std::fs::read_to_string(&list).unwrap(), told.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_was_away_is_written_anew_when_it_is_back() {
    let test = story().await;
    let rolled = test.app.journal().roll().unwrap();
    rolled.await.unwrap();
    let journal = test.folder().join("journal");
    let shelf = test.folder().join("shelf");
    std::fs::create_dir(&shelf).unwrap();
    let segments: Vec<PathBuf> = std::fs::read_dir(&journal)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("0000")
        })
        .collect();
    let first = segments.iter().min().unwrap().clone();
    let away = shelf.join(first.file_name().unwrap());
    std::fs::rename(&first, &away).unwrap();
    let telling_before = telling(&shelf);
    assert_eq!(telling_before.len(), 1, "she is in the segment");
    erase(&test, &anna()).await;
    let test = test
        .restart_after(|| std::fs::rename(&away, &first).unwrap())
        .await;
    assert_eq!(telling(&journal), Vec::<String>::new());
    assert_eq!(test.app.blank_returned_segments().await.unwrap(), 0);
}
