//! Uploads: what is shown of a file before its import, what is refused, what is cleaned away.

use app::{Actor, AppError, ImportKind, ImportView, PageRequest, Who};
use base::{UserId, WorkspaceId};
use serde_json::{Value, json};
use store::users::{load_user, update_user};

use crate::imports::{FIRST, HEADER, counts, import, queue, rejections, upload};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_recognises_the_file_and_shows_what_is_wrong() {
    let test = TestApp::start().await;
    let file = format!("{HEADER}{FIRST}2026-13-01,Bad,1,,PLN,1,1,1\nTotal,,,,,1,1,1\n");
    let preview = upload(&test, &file, Some(json!({"medium": "ppc"}))).await;
    assert_eq!((preview.format, preview.rows_total), ("google_ads", 4));
    assert_eq!(preview.options["source"], "google");
    assert_eq!(preview.options["medium"], "ppc");
    let fields: Vec<_> = preview
        .columns
        .iter()
        .map(|column| column.field.unwrap())
        .collect();
    let wanted = "day campaign campaign_id ad_group currency impressions clicks cost";
    assert_eq!(fields.join(" "), wanted);
    let last = preview.sample.last().unwrap();
    assert_eq!(
        last.parsed.as_ref().unwrap().as_ref().unwrap_err().code,
        "bad_date"
    );
    let codes: Vec<_> = preview
        .warnings
        .iter()
        .map(|warning| warning.code)
        .collect();
    assert_eq!(codes, ["totals_skipped"]);
    let missing = upload(&test, "Campaign,Cost\nA,1\n", None).await;
    let codes: Vec<_> = missing
        .warnings
        .iter()
        .map(|warning| warning.code)
        .collect();
    assert_eq!(codes, ["missing_source", "missing_column"]);
    let leads = "Name,Phone,Email\nIvan,+79161234567,ivan@example.com\n";
    let other = upload(&test, leads, None).await;
    let last = other.warnings.last().unwrap();
    assert_eq!(last.code, "looks_like_leads");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_how_many_rows_an_import_would_take_and_why_not_the_others() {
    let test = TestApp::start().await;
    let file = format!(
        "{HEADER}2026-11-02,A,1,,EUR,1,1,2.00\n2026-11-01,B,2,,EUR,1,1,2.00\n\
        2026-11-01,C,3,,PLN,1,1,2.00\n2026-11-01,D,4,,PLN,1,1,--\nsoon,E,5,,PLN,1,1,1\n"
    );
    let preview = upload(&test, &file, None).await;
    assert_eq!((preview.rows_total, preview.rows_ready), (5, Some(2)));
    let told: Vec<_> = preview
        .warnings
        .iter()
        .map(|told| {
            let currency = told.currency.map(|currency| currency.to_string());
            (told.code, told.rows, currency.unwrap_or_default())
        })
        .collect();
    let wanted = [
        ("missing_rate", Some(2), "EUR".to_owned()),
        ("no_cost", Some(1), String::new()),
    ];
    assert_eq!(told, wanted);
    assert_eq!(preview.warnings[0].day.unwrap().to_string(), "2026-11-01");
    let codes: Vec<_> = preview
        .sample
        .iter()
        .map(|row| match row.parsed.as_ref().unwrap() {
            Ok(_) => "",
            Err(error) => error.code,
        })
        .collect();
    let wanted = ["missing_rate", "missing_rate", "", "", "bad_date"];
    assert_eq!(codes, wanted);
    let done = import(&test, file.strip_prefix(HEADER).unwrap()).await;
    assert_eq!(counts(&done)[..2], [2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_direct_are_told_however_many_campaigns_come_before_them() {
    let test = TestApp::start().await;
    let mut file = String::from("Date,UTMSource,UTMMedium,UTMCampaign,Expenses,Currency\n");
    for campaign in 0..250 {
        file += &format!("2026-11-01,vk,cpc,a{campaign},1,PLN\n");
    }
    file += "2026-11-01,yandex,cpc,z1,1,PLN\n2026-11-01,yandex,cpc,z2,1,PLN\n";
    let preview = upload(&test, &file, None).await;
    let mut warnings = preview.warnings.iter();
    let told = warnings.find(|told| told.code == "direct_twice").unwrap();
    assert_eq!((preview.format, told.rows), ("metrica_expenses", Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_platform_without_names_are_told_and_rejected() {
    let test = TestApp::start().await;
    let file = "Дата;Название кампании;eCPC, ₽;Потрачено всего, EUR\n\
        2026-11-01;Осень;1;1\n2026-11-02;;1;2\n;;1;3\n";
    let preview = upload(&test, file, None).await;
    let told = preview.warnings.iter().map(|told| (told.code, told.rows));
    let told: Vec<_> = told.filter(|(code, _)| *code != "missing_rate").collect();
    let wanted = [("totals_skipped", Some(1)), ("nameless_rows", Some(1))];
    assert_eq!((preview.format, told), ("vk_ads", wanted.to_vec()));
    let last = preview.sample.last().unwrap().parsed.as_ref().unwrap();
    assert_eq!(last.as_ref().unwrap_err().code, "nameless");
}

#[tokio::test(flavor = "multi_thread")]
async fn reasons_of_the_file_of_rejected_rows_are_in_the_readers_language() {
    let test = TestApp::start().await;
    let view = import(&test, "soon,A,1,,PLN,1,1,1\n2026-11-01,A,1,,PLN,1\n").await;
    let Who::Person { user, .. } = test.owner.who else {
        panic!("the owner is a person")
    };
    let mut tx = test.app.store().begin().await.unwrap();
    let owner = load_user(&mut tx, user).await.unwrap();
    update_user(&mut tx, user, owner.version, &owner.name, "ru")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let csv = rejected_file(&test, &view).await;
    // The second reason has no word of its own, so it is told as it is.
    let wanted = format!(
        "\u{feff}{},Не принято загрузкой {} потому что\r\n\
        soon,A,1,,PLN,1,1,1,\"строка 2, Day: дату нельзя прочитать\"\r\n\
        2026-11-01,A,1,,PLN,1,\"row 3: the row has 6 cells, the header 8\"\r\n",
        HEADER.trim_end(),
        view.import.id,
    );
    assert_eq!(csv, wanted);
    let mended = csv.replace("soon", "2026-11-01");
    let preview = upload(&test, &mended, None).await;
    let mends = preview
        .warnings
        .iter()
        .any(|told| told.code == "mends_import");
    assert!(mends, "{:?}", preview.warnings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_table_or_gone_fails_with_a_reason() {
    let test = TestApp::start().await;
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(b"PK\x03\x04rest").await.unwrap();
    let kind = ImportKind::Costs;
    let refused = test
        .app
        .preview(&test.owner, kind, "a.xlsx", incoming, None)
        .await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
    let queued = queue(&test, &format!("{HEADER}{FIRST}")).await;
    std::fs::remove_dir_all(test.folder().join("uploads")).unwrap();
    test.app.run_imports_until_idle().await.unwrap();
    let view = test
        .app
        .import(&test.owner, queued.import.id)
        .await
        .unwrap();
    assert_eq!(view.import.state, "failed");
    assert!(view.import.error.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_file_is_previewed_again_by_who_brought_it_for_a_while() {
    let test = TestApp::start().await;
    let first = upload(&test, &format!("{HEADER}{FIRST}"), None).await;
    let again = |actor: Actor, kind| {
        let given = Some(json!({ "medium": "ppc" }));
        let (app, upload) = (&test.app, first.upload);
        async move { app.preview_again(&actor, kind, upload, given).await }
    };
    let (owner, costs) = (test.owner.clone(), ImportKind::Costs);
    let second = again(owner.clone(), costs).await.unwrap();
    assert_eq!(second.options["medium"], "ppc");
    assert_eq!((second.upload, second.rows_total), (first.upload, 3));
    assert_eq!(second.effects, first.effects);
    let other_kind = again(owner.clone(), ImportKind::Leads).await;
    assert!(matches!(other_kind, Err(AppError::Invalid(_))));
    let stranger = Actor {
        who: Who::Person {
            user: UserId(99),
            name: String::new(),
            role: app::Role::Owner,
            sight: app::Sight::default(),
            session: None,
        },
        ..owner.clone()
    };
    let elsewhere = Actor {
        workspace: WorkspaceId(99),
        ..owner.clone()
    };
    for nobody in [stranger, elsewhere] {
        let seen = again(nobody, costs).await;
        assert!(matches!(seen, Err(AppError::NotFound { .. })), "{seen:?}");
    }
    test.seeded.pass_days(7);
    let late = again(owner, costs).await;
    assert!(matches!(late, Err(AppError::NotFound { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_not_finished_leaves_nothing_and_old_ones_are_removed() {
    let test = TestApp::start().await;
    let files = || {
        std::fs::read_dir(test.folder().join("uploads"))
            .unwrap()
            .count()
    };
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(b"day").await.unwrap();
    drop(incoming);
    assert_eq!(files(), 0);
    upload(&test, HEADER, None).await;
    assert_eq!((test.app.purge_uploads().await.unwrap(), files()), (0, 1));
    test.seeded.pass_days(8);
    assert_eq!((test.app.purge_uploads().await.unwrap(), files()), (1, 0));
    // Another node may have forgotten what a file was: then only its age says that it goes.
    let folder = &test.app.settings().uploads;
    for (name, age_days) in [("old", 8), ("young", 6), ("old.fetched", 9)] {
        let file = std::fs::File::create(folder.join(name)).unwrap();
        let now_ms = u64::try_from(test.app.now().0).unwrap();
        let then_ms = now_ms - age_days * 24 * 3_600_000;
        let then = std::time::UNIX_EPOCH + std::time::Duration::from_millis(then_ms);
        file.set_modified(then).unwrap();
    }
    assert_eq!(test.app.purge_upload_files().await.unwrap(), 2);
    assert!(folder.join("young").is_file() && files() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_kept_with_their_reasons_and_cells() {
    let test = TestApp::start().await;
    let rows = "soon,=A1,1,,PLN,1,1,1\n2026-11-01,A,1,,PLN,1,many,1\n\
        2026-11-01,A,1,,PLN,1\n2026-11-01,A,1,,PLN,1,1,1\n";
    let view = import(&test, rows).await;
    assert_eq!(counts(&view), [1, 3, 1, 0, 0]);
    let found = rejections(&test, &view).await;
    let starts: Vec<_> = found
        .iter()
        .map(|text| text.split(':').next().unwrap())
        .collect();
    assert_eq!(
        starts,
        ["2 day bad_date", "3 clicks bad_number", "4  too_few_cells"]
    );
    let csv = rejected_file(&test, &view).await;
    let title = format!("Left out by import {} because", view.import.id);
    let header = HEADER.trim_end();
    let wanted = format!(
        "\u{feff}{header},{title}\r\n\
        soon,'=A1,1,,PLN,1,1,1,\"row 2, day: \"\"soon\"\" is not a date\"\r\n\
        2026-11-01,A,1,,PLN,1,many,1,\"row 3, clicks: \"\"many\"\" is not a whole number\"\r\n\
        2026-11-01,A,1,,PLN,1,\"row 4: the row has 6 cells, the header 8\"\r\n"
    );
    assert_eq!(csv, wanted);
    let first = test
        .app
        .rejected(&test.owner, view.import.id, PageRequest::first(2))
        .await
        .unwrap();
    let rest = test
        .app
        .rejected(
            &test.owner,
            view.import.id,
            PageRequest::after(first.next.unwrap(), 2),
        )
        .await
        .unwrap();
    assert_eq!(
        (first.items.len(), rest.items.len(), rest.next),
        (2, 1, None)
    );
}

/// The interface's words, as far as this file needs them.
fn word(language: &str, key: &str) -> Option<&'static str> {
    match (language, key) {
        ("ru", "import.row") => Some("строка"),
        ("ru", "import.code.bad_date") => Some("дату нельзя прочитать"),
        _ => None,
    }
}

pub(crate) async fn rejected_file(test: &TestApp, view: &ImportView) -> String {
    let csv = test.app.rejected_csv(&test.owner, view.import.id, word);
    let csv = csv.await;
    String::from_utf8(csv.unwrap()).unwrap()
}

pub(crate) async fn costs(test: &TestApp) -> Vec<String> {
    test.settle().await;
    test.ask(
        "select c.day, t.source, t.campaign, sum(c.clicks), sum(c.cost_micros), sum(c.vat_micros)
        from costs as c join traffic as t on t.traffic = c.traffic
        group by all having sum(c.cost_micros) <> 0 order by all",
    )
}

/// Each campaign has rows of several devices, which are one amount.
const DEVICES: &str = "Дата;Кампания;Устройство;Клики;Расход\n\
    01.11.2026;Очки;моб;1;1000,50\n\
    01.11.2026;Очки;пк;много;300,25\n\
    01.11.2026;=Линзы;пк;2;50\n\
    02.11.2026;Очки;пк;2;?\n\
    31.31.2026;=Линзы;моб;3;10\n";

/// As the user mends them.
fn mended(text: &str) -> String {
    let mended = text.replace(";много;", ";7;").replace(";?", ";80,10");
    mended.replace("31.31.2026", "03.11.2026")
}

pub(crate) async fn import_as(test: &TestApp, content: &str, given: Option<Value>) -> ImportView {
    let preview = upload(test, content, given).await;
    let (kind, options) = (ImportKind::Costs, Some(preview.options));
    let started = test
        .app
        .start_import(&test.owner, preview.upload, kind, options);
    let id = started.await.unwrap().import.id;
    test.app.run_imports_until_idle().await.unwrap();
    test.app.import(&test.owner, id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_that_were_mended_complete_their_import() {
    let given = json!({ "source": "vk", "vat": "included", "mark_up_percent": "10" });
    let whole = TestApp::start().await;
    import_as(&whole, &mended(DEVICES), Some(given.clone())).await;
    let wanted = costs(&whole).await;
    assert_eq!(wanted.len(), 4);

    for earlier in [
        "",
        "Дата;Кампания;Устройство;Клики;Расход\n01.11.2026;Очки;пк;9;9\n",
    ] {
        let test = TestApp::start().await;
        if !earlier.is_empty() {
            import_as(&test, earlier, Some(given.clone())).await;
        }
        let torn = import_as(&test, DEVICES, Some(given.clone())).await;
        assert_eq!(torn.import.progress.rows_rejected, 3);
        let before = costs(&test).await;
        let file = mended(&rejected_file(&test, &torn).await);
        let preview = upload(&test, &file, None).await;
        let codes: Vec<_> = preview
            .warnings
            .iter()
            .map(|warning| warning.code)
            .collect();
        assert_eq!(codes, ["mends_import"]);
        let done = import_as(&test, &file, None).await;
        assert_eq!(counts(&done).iter().sum::<i64>(), 6);
        assert_eq!(done.effects, preview.effects);
        assert_eq!(costs(&test).await, wanted);
        // The same rows once more are no more rows.
        import_as(&test, &file, None).await;
        assert_eq!(costs(&test).await, wanted);
        for undone in [done.import.id.0 + 1, done.import.id.0] {
            let undone = base::ImportId(undone);
            test.app.undo_import(&test.owner, undone).await.unwrap();
        }
        assert_eq!(costs(&test).await, before);
    }
}
