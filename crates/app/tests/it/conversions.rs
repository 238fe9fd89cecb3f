//! What platforms are told stays true: money of several days, names, adjustments and the forgotten.

use app::{
    AppError, ConversionBatchId, ConversionBatchOrder, ConversionPreviewQuery, ConversionTargetId,
    ConversionTargetInput, ConversionTargetPatch, DealInput, LeadInput, PaymentInput, PersonQuery,
    StatusGroup,
};
use base::{ClickIdKind, LeadId, Traffic};

use crate::conversion::{quote, rate};
use crate::leads::{VISIT, VISITOR, lead, load_click, send};
use crate::privacy::erase;
use crate::retention::{days, keep};
use crate::support::TestApp;

const CLICKS: [(ClickIdKind, &str); 2] = [
    (ClickIdKind::Gclid, "Cj0-one"),
    (ClickIdKind::Msclkid, "f894f652"),
];

/// Somebody who came by a click of Google and one of Microsoft, and their lead.
async fn start() -> (TestApp, LeadId) {
    let test = TestApp::start().await;
    let map = [("paid".to_owned(), StatusGroup::Paid)];
    let mapped = test.app.put_deal_statuses(&test.owner, 0, &map);
    mapped.await.unwrap();
    let traffic = Traffic {
        source: "google".to_owned(),
        medium: "cpc".to_owned(),
        click_id: Some(ClickIdKind::Gclid),
        default_channel: "paid_search".to_owned(),
        ..Traffic::default()
    };
    load_click(&test, VISIT, traffic, &CLICKS);
    let input = LeadInput {
        external_id: "L-1".to_owned(),
        visitor: VISITOR.to_string(),
        visit: VISIT.to_string(),
        ..lead("512 345 678")
    };
    let id = send(&test, input).await.id;
    (test, id)
}

fn of_leads() -> ConversionTargetInput {
    ConversionTargetInput {
        platform: "google_ads".to_owned(),
        event: "lead".to_owned(),
        conversion: "Lead".to_owned(),
        value: "none".to_owned(),
        ..ConversionTargetInput::default()
    }
}

async fn target(test: &TestApp, input: ConversionTargetInput) -> ConversionTargetId {
    let made = test.app.create_conversion_target(&test.owner, &input).await;
    made.unwrap().id
}

async fn try_export(
    test: &TestApp,
    id: ConversionTargetId,
    kind: &str,
) -> Result<ConversionBatchId, AppError> {
    let order = ConversionBatchOrder {
        kind: kind.to_owned(),
        ..ConversionBatchOrder::default()
    };
    let made = test.app.export_conversions(&test.owner, id, &order).await?;
    Ok(made.batch.id)
}

/// The rows of a file without their heads.
async fn rows(test: &TestApp, batch: ConversionBatchId) -> Vec<String> {
    let (_, file) = test.app.conversion_file(&test.owner, batch).await.unwrap();
    let rows = file.split_terminator("\r\n").skip(2);
    rows.map(str::to_owned).collect()
}

async fn is_spam(test: &TestApp, id: LeadId) {
    let version = test.app.lead(&test.owner, id).await.unwrap().lead.version;
    let said = test
        .app
        .change_lead_status(&test.owner, id, version, "spam");
    said.await.unwrap();
}

fn paid(id: &str, day: u32, amount: &str, currency: &str) -> PaymentInput {
    PaymentInput {
        external_id: id.to_owned(),
        deal_external_id: id.split('/').next().unwrap().to_owned(),
        at: format!("2026-11-{day:02}T10:00:00Z"),
        amount: amount.to_owned(),
        currency: currency.to_owned(),
        kind: "payment".to_owned(),
    }
}

async fn book(test: &TestApp, payments: &[PaymentInput]) {
    let saved = test.app.save_payments(&test.owner, payments).await.unwrap();
    for outcome in saved {
        assert_eq!(outcome.result, app::ItemResult::Created);
    }
}

/// Two deals in dollars and in zlotys, each paid at rates of 4 and of 5.
async fn sell(test: &TestApp) {
    let rates = [
        rate("2026-11-01", "USD", "4"),
        rate("2026-11-12", "USD", "5"),
        rate("2026-11-15", "USD", "8"),
    ];
    quote(test, &rates).await;
    let deals =
        [("D-1", "100", "USD"), ("D-2", "90", "PLN")].map(|(id, amount, currency)| DealInput {
            external_id: id.to_owned(),
            status: "paid".to_owned(),
            amount: amount.to_owned(),
            currency: currency.to_owned(),
            created_at: "2026-11-10T10:00:00Z".to_owned(),
            paid_at: "2026-11-12T10:00:00Z".to_owned(),
            lead_external_id: "L-1".to_owned(),
            ..DealInput::default()
        });
    test.app.save_deals(&test.owner, &deals).await.unwrap();
    let payments = [
        paid("D-1/1", 10, "50", "USD"),
        paid("D-1/2", 12, "50", "USD"),
        paid("D-2/1", 10, "40", "PLN"),
        paid("D-2/2", 12, "50", "PLN"),
    ];
    book(test, &payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_amount_is_converted_at_the_rate_of_its_own_day() {
    let (test, _) = start().await;
    sell(&test).await;
    let of_sales = ConversionTargetInput {
        event: "sale".to_owned(),
        value: "net".to_owned(),
        currency: "USD".to_owned(),
        ..of_leads()
    };
    let id = target(&test, of_sales).await;
    let query = |show: &str| ConversionPreviewQuery {
        show: show.to_owned(),
        ..ConversionPreviewQuery::default()
    };
    let worths = async |show: &str| {
        let query = query(show);
        let tried = test.app.preview_conversions(&test.owner, id, &query);
        let rows = tried.await.unwrap().rows.into_iter();
        let mut worths: Vec<String> = rows
            .map(|row| format!("{} {}", row.label, row.value.unwrap().decimal()))
            .collect();
        worths.sort();
        worths
    };
    assert_eq!(worths("ready").await, ["D-1 100.00", "D-2 20.00"]);
    try_export(&test, id, "conversions").await.unwrap();
    assert_eq!(worths("restate").await, Vec::<String>::new());
    let refund = PaymentInput {
        kind: "refund".to_owned(),
        ..paid("D-1/3", 15, "50", "USD")
    };
    book(&test, &[refund]).await;
    assert_eq!(worths("restate").await, ["D-1 50.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_currency_can_pay_is_said_each_time() {
    let test = TestApp::start().await;
    let refused = |result: Result<_, AppError>| match result {
        Err(AppError::Invalid(errors)) => format!("{} {}", errors[0].field, errors[0].code),
        _ => String::new(),
    };
    let fixed = |amount: &str, currency: &str| ConversionTargetInput {
        value: "fixed".to_owned(),
        fixed_value: amount.to_owned(),
        currency: currency.to_owned(),
        ..of_leads()
    };
    for (amount, currency) in [("12.345", "PLN"), ("12.5", "JPY"), ("0.004", "PLN")] {
        let input = fixed(amount, currency);
        let made = test.app.create_conversion_target(&test.owner, &input).await;
        let why = refused(made.map(|_| ()));
        assert_eq!(why, "fixed_value too_many_decimals", "{amount} {currency}");
    }
    let id = target(&test, fixed("12.50", "PLN")).await;
    let yen = ConversionTargetPatch {
        currency: Some("JPY".to_owned()),
        ..ConversionTargetPatch::default()
    };
    let changed = test.app.update_conversion_target(&test.owner, (id, 1), yen);
    let why = refused(changed.await.map(|_| ()));
    assert_eq!(why, "fixed_value too_many_decimals");
    // A spreadsheet would run it, and another name the platform does not know.
    let input = ConversionTargetInput {
        conversion: "-30% promo".to_owned(),
        ..of_leads()
    };
    let made = test.app.create_conversion_target(&test.owner, &input).await;
    let why = refused(made.map(|_| ()));
    assert_eq!(why, "conversion runs_in_spreadsheets");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_put_right_under_the_name_it_was_told_under() {
    let (test, lead) = start().await;
    let id = target(&test, of_leads()).await;
    let told = try_export(&test, id, "conversions").await.unwrap();
    let renamed = ConversionTargetPatch {
        conversion: Some("Form".to_owned()),
        ..ConversionTargetPatch::default()
    };
    let changed = test
        .app
        .update_conversion_target(&test.owner, (id, 1), renamed);
    changed.await.unwrap();
    let batch = test.app.conversion_batch(&test.owner, told).await.unwrap();
    assert_eq!(batch.batch.said.conversion, "Lead");
    is_spam(&test, lead).await;
    let adjusted = try_export(&test, id, "adjustments").await.unwrap();
    let rows = rows(&test, adjusted).await;
    assert_eq!(rows.len(), 1);
    assert!(
        rows[0].starts_with(&format!("lead-{lead},Lead,")),
        "{rows:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_out_of_use_still_puts_right_what_it_told() {
    let (test, lead) = start().await;
    let id = target(&test, of_leads()).await;
    try_export(&test, id, "conversions").await.unwrap();
    let stopped = test.app.delete_conversion_target(&test.owner, id, 1);
    stopped.await.unwrap();
    is_spam(&test, lead).await;
    let adjusted = try_export(&test, id, "adjustments").await.unwrap();
    assert_eq!(rows(&test, adjusted).await.len(), 1);
    let more = try_export(&test, id, "conversions").await;
    assert!(matches!(more, Err(AppError::NotFound { .. })), "{more:?}");
}

/// What was told to Google and to Microsoft, and the files that take it back.
async fn told_and_taken_back() -> (TestApp, [ConversionBatchId; 4]) {
    let (test, lead) = start().await;
    let google = target(&test, of_leads()).await;
    let microsoft = ConversionTargetInput {
        platform: "microsoft_ads".to_owned(),
        ..of_leads()
    };
    let microsoft = target(&test, microsoft).await;
    let told = [
        try_export(&test, google, "conversions").await.unwrap(),
        try_export(&test, microsoft, "conversions").await.unwrap(),
    ];
    is_spam(&test, lead).await;
    let adjusted = [
        try_export(&test, google, "adjustments").await.unwrap(),
        try_export(&test, microsoft, "adjustments").await.unwrap(),
    ];
    (test, [told[0], told[1], adjusted[0], adjusted[1]])
}

/// How many rows each file has: only an order number names nobody.
async fn left(test: &TestApp, files: [ConversionBatchId; 4]) -> Vec<usize> {
    let mut left = Vec::new();
    for file in files {
        left.push(rows(test, file).await.len());
    }
    left
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_by_order_number_outlives_an_erasure_and_one_by_click_does_not() {
    let (test, files) = told_and_taken_back().await;
    assert_eq!(left(&test, files).await, [1, 1, 1, 1]);
    let person = PersonQuery {
        phone: "512 345 678".to_owned(),
        ..PersonQuery::default()
    };
    erase(&test, &person).await;
    assert_eq!(left(&test, files).await, [0, 0, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_by_order_number_outlives_the_days_that_visits_are_kept() {
    let (test, files) = told_and_taken_back().await;
    keep(&test, days(60, 60, 60, 60)).await;
    test.seeded.pass_days(70);
    assert_eq!(test.app.keep_retention().await.unwrap(), 1);
    assert_eq!(left(&test, files).await, [0, 0, 1, 0]);
}
