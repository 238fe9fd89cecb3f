//! Workbooks: a sheet is read as a file is, and what it leaves out comes back as one.

use app::{AppError, ImportKind, Preview};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};

use crate::imports::counts;
use crate::support::TestApp;
use crate::uploads::{costs, import_as, rejected_file};

/// Costs on the second sheet, the second row of which has no number.
fn book() -> Vec<u8> {
    let mut book = Workbook::new();
    let about = book.add_worksheet().set_name("About").unwrap();
    about.write(0, 0, "What we spent").unwrap();
    let sheet = book.add_worksheet().set_name("Spend").unwrap();
    for (column, title) in (0..).zip(["Day", "Source", "Campaign", "Cost"]) {
        sheet.write(0, column, title).unwrap();
    }
    let day = Format::new().set_num_format("dd/mm/yyyy");
    for (row, cost) in [(1, "12.5"), (2, "many"), (3, "0.3")] {
        let date = ExcelDateTime::from_ymd(2026, 11, u8::try_from(row).unwrap()).unwrap();
        sheet.write_with_format(row, 0, &date, &day).unwrap();
        sheet.write(row, 1, "vk").unwrap();
        sheet.write(row, 2, "Lenses").unwrap();
        match cost.parse::<f64>() {
            Ok(cost) => sheet.write(row, 3, cost).unwrap(),
            Err(_) => sheet.write(row, 3, cost).unwrap(),
        };
    }
    book.save_to_buffer().unwrap()
}

async fn upload(test: &TestApp, given: Option<Value>) -> Result<Preview, AppError> {
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(&book()).await.unwrap();
    let kind = ImportKind::Costs;
    let preview = test
        .app
        .preview(&test.owner, kind, "spend.xlsx", incoming, given);
    preview.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_imported_and_its_rejected_rows_complete_it_as_csv() {
    let test = TestApp::start().await;
    let preview = upload(&test, None).await.unwrap();
    assert_eq!(preview.sheet.as_deref(), Some("Spend"));
    assert_eq!(preview.sheets, ["About", "Spend"]);
    assert_eq!(preview.options["sheet"], "Spend");
    let started = test.app.start_import(
        &test.owner,
        preview.upload,
        ImportKind::Costs,
        Some(preview.options),
    );
    let id = started.await.unwrap().import.id;
    test.app.run_imports_until_idle().await.unwrap();
    let view = test.app.import(&test.owner, id).await.unwrap();
    assert_eq!(counts(&view)[..2], [2, 1]);
    let left_out = rejected_file(&test, &view).await;
    assert!(
        left_out.contains("2026-11-02,vk,Lenses,many,"),
        "{left_out}"
    );
    let mended = left_out.replace("many", "1.125");
    import_as(&test, &mended, None).await;
    let kept = costs(&test).await;
    let wanted = [
        "20758|vk|Lenses|0|12500000|2875000",
        "20759|vk|Lenses|0|1125000|258750",
        "20760|vk|Lenses|0|300000|69000",
    ];
    assert_eq!(kept, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_that_is_not_there_is_told_at_its_option() {
    let test = TestApp::start().await;
    let refused = upload(&test, Some(json!({"sheet": "Sums"}))).await;
    let Err(AppError::Invalid(errors)) = refused else {
        panic!("accepted")
    };
    assert_eq!(&*errors[0].field, "options.sheet");
    assert_eq!(errors[0].code, "no_such_sheet");
    let about = upload(&test, Some(json!({"sheet": "About"}))).await;
    assert_eq!(about.unwrap().sheet.as_deref(), Some("About"));
}
