//! What is older than a workspace keeps it loses whose it was, and what was counted stays.

use std::time::{Duration, UNIX_EPOCH};

use app::audit::Head;
use app::{AppError, DealInput, ImportKind, LeadInput, RetainedClass, RetentionDays};
use base::{VisitId, VisitorId, WorkspaceId};

use crate::leads::{lead, send};
use crate::privacy::{ANNA, VISIT, anna, counted, pay, story, telling, visit};
use crate::records::import;
use crate::support::TestApp;

/// Somebody who comes later.
const DORA: u64 = 0x0d0a_cafe_8765_4321;

pub(crate) fn days(requests: u32, rejected_rows: u32, contacts: u32, visits: u32) -> RetentionDays {
    RetentionDays {
        requests: Some(requests),
        rejected_rows: Some(rejected_rows),
        contacts: Some(contacts),
        visits: Some(visits),
        audit_log: None,
    }
}

/// Everything but visits.
fn contacts_alone() -> RetentionDays {
    RetentionDays {
        visits: None,
        ..days(10, 10, 10, 60)
    }
}

pub(crate) async fn keep(test: &TestApp, days: RetentionDays) {
    let version = test.app.retention(&test.owner).await.unwrap().version;
    let kept = test.app.set_retention(&test.owner, version, days).await;
    assert_eq!(kept.unwrap().days, days);
}

/// How many rows of the warehouse are a visitor's.
fn rows_of(test: &TestApp, visitor: u64) -> Vec<String> {
    let tables = ["hits", "visits", "touches", "outcomes", "credited"];
    let counts =
        tables.map(|table| format!("select count(*) from {table} where visitor = {visitor}"));
    counts.iter().flat_map(|sql| test.ask(sql)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_known_any_more_and_everything_counts_as_before() {
    let test = story().await;
    keep(&test, days(60, 60, 60, 60)).await;
    test.seeded.pass_days(40);
    visit(&test, DORA, VISIT ^ 0xf0f0_0000).await;
    test.seeded.pass_days(30);
    let before = counted(&test);
    assert_eq!(test.app.keep_retention().await.unwrap(), 1);
    assert_eq!(test.app.keep_retention().await.unwrap(), 0, "once a night");
    assert_eq!(counted(&test), before);
    assert_eq!(rows_of(&test, ANNA), ["0", "0", "0", "0", "0"]);
    assert_eq!(rows_of(&test, DORA), ["1", "1", "1", "0", "0"]);
    let texts = test.ask("select count(*) from hits where properties <> ''");
    assert_eq!(texts, ["1"]);
    // Made anew from the journal it is the same.
    test.app.warehouse().wipe().unwrap();
    test.settle().await;
    assert_eq!(counted(&test), before);
    assert_eq!(rows_of(&test, ANNA), ["0", "0", "0", "0", "0"]);
    assert_eq!(rows_of(&test, DORA), ["1", "1", "1", "0", "0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_later_finds_the_traffic_of_then() {
    let test = story().await;
    keep(&test, days(60, 60, 60, 60)).await;
    test.seeded.pass_days(90);
    test.app.keep_retention().await.unwrap();
    pay(&test, "P-2", "50").await;
    test.settle().await;
    let owed = test.ask(
        "select model, traffic, count(distinct id_lo), sum(revenue_micros) from credited \
         where revenue_micros <> 0 group by model, traffic order by model, traffic",
    );
    let models = test.ask("select distinct model from credited");
    assert_eq!(owed.len(), models.len(), "{owed:?}");
    assert!(owed.iter().all(|line| !line.contains("|0|")), "{owed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_younger_lead_is_credited_with_an_older_click() {
    let test = story().await;
    keep(&test, days(60, 60, 60, 60)).await;
    test.seeded.pass_days(20);
    let form = LeadInput {
        visitor: VisitorId(ANNA).to_string(),
        visit: VisitId(VISIT).to_string(),
        external_id: "L-9".to_owned(),
        ..lead("512 345 678")
    };
    send(&test, form).await;
    test.settle().await;
    // The click is over the line, the lead is not.
    test.seeded.pass_days(50);
    test.app.keep_retention().await.unwrap();
    assert_eq!(rows_of(&test, ANNA)[2], "0", "no touch is hers");
    let deal = DealInput {
        external_id: "D-9".to_owned(),
        status: "paid".to_owned(),
        amount: "70".to_owned(),
        created_at: "2027-01-20T10:00:00Z".to_owned(),
        lead_external_id: "L-9".to_owned(),
        ..DealInput::default()
    };
    test.app.save_deals(&test.owner, &[deal]).await.unwrap();
    test.settle().await;
    let unknown = "select count(*) from credited where traffic = 0 and visitor = ";
    let unknown = format!("{unknown}{ANNA}");
    assert_eq!(test.ask(&unknown), ["0"]);
    let hers = format!("select count(*) from credited where visitor = {ANNA}");
    assert_ne!(test.ask(&hers), ["0"]);
    // The same once it is made anew from the journal.
    let before = counted(&test);
    test.app.warehouse().wipe().unwrap();
    test.settle().await;
    assert_eq!(counted(&test), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_previewed_is_what_goes() {
    let test = story().await;
    let wanted = days(10, 10, 10, 60);
    keep(&test, wanted).await;
    test.seeded.pass_days(70);
    let preview = test.app.preview_retention(&test.owner, wanted).await;
    let preview = preview.unwrap();
    let run = test.app.apply_retention(WorkspaceId(1)).await.unwrap();
    for one in preview {
        assert_eq!(one.rows, Some(run.counts[one.class.name()]), "{one:?}");
        assert_ne!(one.rows, Some(0), "{one:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_of_answers_and_an_id_alone_goes_too() {
    let test = TestApp::start().await;
    let form = LeadInput {
        name: String::new(),
        phone: String::new(),
        external_id: "CRM-77".to_owned(),
        fields: [("shoe".to_owned(), "38".into())].into_iter().collect(),
        ..lead("512 345 678")
    };
    let id = send(&test, form).await.id;
    keep(&test, contacts_alone()).await;
    test.seeded.pass_days(11);
    let run = test.app.apply_retention(WorkspaceId(1)).await.unwrap();
    assert_eq!(run.counts["contacts"], 1);
    let kept = test.app.lead(&test.owner, id).await.unwrap().lead.details;
    assert!(!kept.fields.to_string().contains("38"), "{}", kept.fields);
    assert_ne!(kept.external_id.as_deref(), Some("CRM-77"));
    let again = test.app.apply_retention(WorkspaceId(1)).await.unwrap();
    assert_eq!(again.counts["contacts"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_begins_later_and_its_chain_is_whole() {
    let test = story().await;
    let (app, owner) = (&test.app, &test.owner);
    let first = app.verify_audit_log(owner, None).await.unwrap();
    let wanted = RetentionDays {
        audit_log: Some(90),
        ..RetentionDays::default()
    };
    test.seeded.pass_days(80);
    keep(&test, wanted).await;
    let middle = app.verify_audit_log(owner, None).await.unwrap();
    test.seeded.pass_days(20);
    let run = app.apply_retention(WorkspaceId(1)).await.unwrap();
    assert_eq!(run.counts["audit_log"], first.entries);
    let verdict = app.verify_audit_log(owner, Some(&middle.head)).await;
    let verdict = verdict.unwrap();
    assert!(verdict.is_whole(), "{verdict:?}");
    let begins = verdict.begins_behind.clone().unwrap();
    assert_eq!(begins.head(), first.head);
    // What said how long it is kept, and what was let go of.
    assert_eq!(verdict.entries, 2);
    let earlier = app
        .verify_audit_log(owner, Some(&first.head))
        .await
        .unwrap();
    assert!(earlier.is_whole(), "its head is the last that went");
    let older = Head {
        seq: first.head.seq - 1,
        ..first.head.clone()
    };
    let older = app.verify_audit_log(owner, Some(&older)).await.unwrap();
    assert!(
        older.is_head_older && !older.is_whole(),
        "it proves nothing"
    );
    // Whoever shortens it further is found out: no entry says so.
    let mut tx = app.store().begin().await.unwrap();
    let gone = begins.head().seq + 1;
    store::audit::delete_audit_entries(&mut tx, WorkspaceId(1), gone, 9)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let shorter = app.verify_audit_log(owner, None).await.unwrap();
    assert_eq!(shorter.broken_at, Some(gone + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_was_away_is_looked_through_when_it_is_back() {
    let test = story().await;
    let wanted = RetentionDays {
        visits: Some(30),
        ..RetentionDays::default()
    };
    keep(&test, wanted).await;
    test.app.journal().roll().unwrap().await.unwrap();
    test.seeded.pass_days(31);
    let journal = test.folder().join("journal");
    let segment = std::path::PathBuf::from(telling(&journal).remove(0));
    let aside = test.folder().join("aside");
    std::fs::rename(&segment, &aside).unwrap();
    let run = test.app.apply_retention(WorkspaceId(1)).await.unwrap();
    assert_eq!(run.segments_away, 1);
    std::fs::rename(&aside, &segment).unwrap();
    test.seeded.pass_days(1);
    let run = test.app.apply_retention(WorkspaceId(1)).await.unwrap();
    assert_eq!(run.segments_away, 0);
    assert_eq!(telling(&journal), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_requests_and_rejected_rows_go_and_do_not_come_back_by_a_file() {
    let test = story().await;
    keep(&test, contacts_alone()).await;
    test.seeded.pass_days(11);
    let left = test
        .app
        .preview_retention(&test.owner, contacts_alone())
        .await
        .unwrap();
    let rows = |class| {
        let found = left.iter().find(|one| one.class == class).unwrap();
        (found.rows, found.oldest.is_some())
    };
    assert_eq!(rows(RetainedClass::Requests), (Some(1), true));
    assert_eq!(rows(RetainedClass::RejectedRows), (Some(1), true));
    // The lead of the form became a deal, and the two of the file did not.
    assert_eq!(rows(RetainedClass::Contacts), (Some(2), true));
    assert_eq!(left.len(), 3, "visits are kept for ever");
    let run = test.app.apply_retention(WorkspaceId(1)).await.unwrap();
    let counts = ["requests", "rejected_rows", "contacts"].map(|name| run.counts[name]);
    assert_eq!(counts, [1, 1, 2]);
    let file = "Lead ID,Name,Phone,E-mail,Created,Status,Message\n\
        CRM-4712,Boris,+48 601 234 567,boris@mail.example,2026-11-10 11:00,new,Me too\n";
    import(&test, ImportKind::Leads, file).await;
    let names = test.app.export_person(&test.owner, &anna()).await.unwrap();
    assert_eq!(
        names["leads"].as_array().unwrap().len(),
        1,
        "the one with a deal"
    );
    if test.app.store().engine() == store::Engine::Sqlite {
        test.app.store().scrub().await.unwrap();
        let store = test.app.store().place();
        let bytes = std::fs::read(store).unwrap();
        let has = |sought: &str| {
            bytes
                .windows(sought.len())
                .any(|part| part == sought.as_bytes())
        };
        for told in ["boris@mail.example", "601 234 567", "601234567", "Me too"] {
            assert!(!has(told), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_of_the_journal_that_is_old_enough_says_nothing_any_more() {
    let test = story().await;
    keep(
        &test,
        RetentionDays {
            visits: Some(30),
            ..RetentionDays::default()
        },
    )
    .await;
    test.seeded.pass_days(31);
    let journal = test.folder().join("journal");
    assert!(!telling(&journal).is_empty(), "she is in it");
    test.app.keep_retention().await.unwrap();
    assert_eq!(telling(&journal), Vec::<String>::new());
    // A crash in between is done again; nothing changes by it.
    let before = counted(&test);
    let test = test.restart().await;
    test.app.apply_retention(WorkspaceId(1)).await.unwrap();
    assert_eq!(counted(&test), before);
    assert!(
        test.app
            .verify_audit_log(&test.owner, None)
            .await
            .unwrap()
            .is_whole()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_again_is_somebody_new_and_a_short_time_is_refused() {
    let test = story().await;
    let short = RetentionDays {
        visits: Some(7),
        ..RetentionDays::default()
    };
    let refused = test.app.preview_retention(&test.owner, short).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
    let refused = test.app.set_retention(&test.owner, 1, short).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
    keep(&test, days(60, 60, 60, 60)).await;
    test.seeded.pass_days(90);
    test.app.keep_retention().await.unwrap();
    visit(&test, ANNA, VISIT ^ 0xf0f0_0000).await;
    assert_eq!(rows_of(&test, ANNA), ["1", "1", "1", "0", "0"]);
    let id = send(&test, lead("512 345 678")).await.id;
    let kept = test.app.lead(&test.owner, id).await.unwrap().lead.details;
    assert_eq!(kept.name, "Anna");
    // The night after changes nothing.
    test.seeded.pass_days(1);
    test.app.keep_retention().await.unwrap();
    assert_eq!(rows_of(&test, ANNA), ["1", "1", "1", "0", "0"]);
}

#[tokio::test]
async fn old_mail_leaves_the_folder_and_nothing_else_does() {
    let test = TestApp::start().await;
    assert_eq!(test.app.purge_mail_folder().await.unwrap(), 0, "none yet");
    let folder = test.folder().join("mail");
    std::fs::create_dir_all(&folder).unwrap();
    let now = u64::try_from(test.app.now().0).unwrap();
    for (name, days) in [("1-old.eml", 31), ("2-new.eml", 29), ("notes.txt", 31)] {
        let file = std::fs::File::create_new(folder.join(name)).unwrap();
        let written = Duration::from_millis(now) - Duration::from_hours(24 * days);
        file.set_modified(UNIX_EPOCH + written).unwrap();
    }
    assert_eq!(test.app.purge_mail_folder().await.unwrap(), 1);
    let left = std::fs::read_dir(&folder).unwrap();
    let mut left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["2-new.eml", "notes.txt"]);
}
