//! Taking imports back: what is left is as if they had never been.

use std::fmt::Write as _;

use app::{DealInput, ImportKind, ImportView, KeptRecord, KeptWhy, PaymentInput, StatusGroup};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::records::{import, undo};
use crate::support::TestApp;

/// What proptest plays where nobody says otherwise.
const DEFAULT_CASES: u32 = 256;

const SUMS: &str =
    "select kind, at_ms, created_ms, sum(leads), sum(qualified), sum(deals), sum(sales),
        sum(customers), sum(revenue_micros), sum(vat_micros), sum(refunds_micros),
        sum(cost_of_goods_micros)
    from outcomes group by all
    having (sum(leads) <> 0 or sum(qualified) <> 0 or sum(deals) <> 0
        or sum(sales) <> 0 or sum(customers) <> 0 or sum(revenue_micros) <> 0
        or sum(vat_micros) <> 0 or sum(refunds_micros) <> 0 or sum(cost_of_goods_micros) <> 0)
    order by all";

const STATES: &str = "select lead, arg_max(status, version) from lead_states
    group by all order by all";

/// Everything that a report about outcomes could add up.
async fn facts(test: &TestApp) -> Vec<String> {
    test.settle().await;
    test.ask(SUMS)
}

async fn start() -> TestApp {
    let test = TestApp::start().await;
    let groups = [
        ("paid".to_owned(), StatusGroup::Paid),
        ("open".to_owned(), StatusGroup::InWork),
    ];
    test.app
        .put_deal_statuses(&test.owner, 0, &groups)
        .await
        .unwrap();
    test
}

async fn kept(test: &TestApp, view: &ImportView) -> Vec<String> {
    let kept = test.app.kept(&test.owner, view.import.id, 0, 50).await;
    let told = |kept: KeptRecord| {
        let name = kept.kept.name;
        match kept.kept.why {
            KeptWhy::ChangedSince { fields } => format!("{name} changed: {}", fields.join(", ")),
            KeptWhy::NeededBy(by) => format!("{name} needed by {} {} {}", by.kind, by.id, by.name),
            KeptWhy::HasPayments { payments } => format!("{name} has {payments} payments"),
            KeptWhy::Other { text } => format!("{name}: {text}"),
        }
    };
    kept.unwrap().into_iter().map(told).collect()
}

const DEALS: &str = "Order ID,Title,Status,Amount,Created,Paid,Cost of goods\n\
    D-1,Frames,paid,100,2026-11-03 10:00,2026-11-03 11:00,30\n\
    D-2,Lenses,open,50,2026-11-04 10:00,,\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_re_import_of_deals_is_taken_back_to_what_was_before() {
    let test = start().await;
    import(&test, ImportKind::Deals, DEALS).await;
    let before = facts(&test).await;
    let changed = "Order ID,Title,Status,Amount,Created,Paid,Cost of goods\n\
        D-1,Sunglasses,open,120,2026-11-05 10:00,,45\n\
        D-2,Lenses,paid,50,2026-11-04 10:00,2026-11-06 10:00,\n\
        D-3,Case,paid,5,2026-11-04 10:00,2026-11-06 10:00,\n";
    let second = import(&test, ImportKind::Deals, changed).await;
    assert_ne!(facts(&test).await, before);
    undo(&test, &second).await;
    assert_eq!(facts(&test).await, before);
    assert_eq!(kept(&test, &second).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_that_was_changed_since_stays_and_is_named() {
    let test = start().await;
    let first = import(&test, ImportKind::Deals, DEALS).await;
    let edit = DealInput {
        external_id: "D-1".to_owned(),
        status: "paid".to_owned(),
        amount: "150".to_owned(),
        created_at: "2026-11-03T10:00:00+01:00".to_owned(),
        ..DealInput::default()
    };
    test.app.save_deals(&test.owner, &[edit]).await.unwrap();
    undo(&test, &first).await;
    let view = test.app.import(&test.owner, first.import.id).await.unwrap();
    assert_eq!(
        (view.import.state.as_str(), view.import.progress.rows_kept),
        ("undone", 1)
    );
    assert_eq!(kept(&test, &first).await, ["D-1 changed: amount"]);
    test.settle().await;
    let left = test.ask("select sum(deals), sum(revenue_micros) from outcomes");
    assert_eq!(left, ["1|150000000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_changed_since_stays_and_names_its_deal() {
    let test = start().await;
    import(&test, ImportKind::Deals, DEALS).await;
    let file = "Payment ID,Order ID,Date,Amount,Type\nP-1,D-1,2026-11-12 10:00,40,payment\n";
    let payments = import(&test, ImportKind::Payments, file).await;
    let edit = PaymentInput {
        external_id: "P-1".to_owned(),
        deal_external_id: "D-1".to_owned(),
        at: "2026-11-12T10:00:00+01:00".to_owned(),
        amount: "45".to_owned(),
        currency: String::new(),
        kind: "payment".to_owned(),
    };
    test.app.save_payments(&test.owner, &[edit]).await.unwrap();
    undo(&test, &payments).await;
    let kept = test.app.kept(&test.owner, payments.import.id, 0, 50).await;
    let kept = kept.unwrap().remove(0);
    let deal = kept.belongs_to.unwrap();
    assert_eq!(
        (
            kept.kept.name.as_str(),
            deal.kind.as_str(),
            deal.name.as_str()
        ),
        ("P-1", "deals", "D-1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_loses_its_customer_makes_the_next_one_the_first() {
    let test = start().await;
    let header = "Order ID,Status,Amount,Created,Paid,Customer\n";
    let first = "D-1,paid,100,2026-11-03 10:00,2026-11-03 11:00";
    import(&test, ImportKind::Deals, &format!("{header}{first},\n")).await;
    let named = import(&test, ImportKind::Deals, &format!("{header}{first},c\n")).await;
    let second = "D-2,paid,50,2026-11-04 10:00,2026-11-04 11:00,c";
    import(&test, ImportKind::Deals, &format!("{header}{second}\n")).await;
    let customers = "select sum(customers) from outcomes group by deal order by deal";
    test.settle().await;
    assert_eq!(test.ask(customers), ["1", "0"]);
    undo(&test, &named).await;
    test.settle().await;
    assert_eq!(test.ask(customers), ["1", "1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_import_of_leads_takes_over_every_field_and_is_taken_back() {
    let test = start().await;
    let first = "Lead ID,Date,Name,Phone,Email,Status\n\
        L-1,2026-11-01 10:00,Anna,512 345 601,anna@mail.example,new\n\
        L-2,2026-11-02 10:00,Ewa,512 345 602,,qualified\n";
    import(&test, ImportKind::Leads, first).await;
    let before = facts(&test).await;
    let changed = "Lead ID,Date,Name,Phone,Email,Status\n\
        L-1,2026-11-03 10:00,Anna Nowak,512 345 603,nowak@mail.example,qualified\n\
        L-2,,,,ewa@mail.example,spam\n";
    let second = import(&test, ImportKind::Leads, changed).await;
    let names = async || {
        let page = app::PageRequest::first(9);
        let query = app::LeadQuery::default();
        let found = test.app.list_leads(&test.owner, &query, page).await;
        let told = |view: app::LeadView| {
            let details = view.lead.details;
            let (name, phone, email) = (details.name, details.phone, details.email);
            format!("{name} {phone} {email} {}", details.status)
        };
        let mut told: Vec<String> = found.unwrap().items.into_iter().map(told).collect();
        told.sort();
        told
    };
    let taken_over = [
        "Anna Nowak +48512345603 nowak@mail.example qualified",
        "Ewa +48512345602 ewa@mail.example spam",
    ];
    assert_eq!(names().await, taken_over);
    undo(&test, &second).await;
    let back = [
        "Anna +48512345601 anna@mail.example new",
        "Ewa +48512345602  qualified",
    ];
    assert_eq!(names().await, back);
    assert_eq!(facts(&test).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_a_deal_grew_out_of_stays_until_the_deal_is_taken_back() {
    let test = start().await;
    let leads = "Lead ID,Date,Name,Phone\nL-1,2026-11-01 10:00,Anna,512 345 601\n";
    let deals = "Order ID,Status,Amount,Created,Phone\n\
        D-1,paid,100,2026-11-03 10:00,512345601\n";
    let leads = import(&test, ImportKind::Leads, leads).await;
    import(&test, ImportKind::Deals, deals).await;
    undo(&test, &leads).await;
    let why = ["L-1 needed by deals 1 D-1"];
    assert_eq!(kept(&test, &leads).await, why);
}

/// One import of a random sequence: what it says of each of three records, and when it is undone.
#[derive(Debug, Clone)]
struct Step {
    rows: Vec<Option<(u8, u8, u8)>>,
    undone_after: Option<u8>,
}

fn step() -> impl Strategy<Value = Step> {
    let row = prop::option::weighted(0.7, (0_u8..3, 1_u8..4, 1_u8..4));
    let rows = prop::collection::vec(row, 3);
    (rows, prop::option::of(0_u8..4)).prop_map(|(rows, undone_after)| Step { rows, undone_after })
}

fn deals_file(step: &Step) -> String {
    let mut file = "Order ID,Status,Amount,Created,Paid,Customer,Lead ID\n".to_owned();
    for (record, row) in step.rows.iter().enumerate() {
        if let Some((status, amount, day)) = row {
            let status = ["open", "paid", "odd"][usize::from(*status)];
            let row = format!(
                "D-{record},{status},{amount}0,2026-11-0{day} 10:00,2026-11-1{day} 10:00,c,L-{}",
                record / 2
            );
            writeln!(file, "{row}").unwrap();
        }
    }
    file
}

fn leads_file(step: &Step) -> String {
    let mut file = "Lead ID,Date,Name,Status\n".to_owned();
    for (record, row) in step.rows.iter().enumerate() {
        if let Some((status, name, day)) = row {
            let status = ["", "qualified", "spam"][usize::from(*status)];
            writeln!(file, "L-{record},2026-11-0{day} 10:00,N{name},{status}").unwrap();
        }
    }
    file
}

/// Two payments for one order and one for another: sums of an order depend on each other.
fn payments_file(step: &Step) -> String {
    let mut file = "Payment ID,Order ID,Date,Amount,Type\n".to_owned();
    for (record, row) in step.rows.iter().enumerate() {
        if let Some((kind, amount, day)) = row {
            let kind = ["payment", "refund", "chargeback"][usize::from(*kind)];
            let order = record / 2;
            let row = format!("P-{record},D-{order},2026-11-1{day} 10:00,{amount}0,{kind}");
            writeln!(file, "{row}").unwrap();
        }
    }
    file
}

/// What stands below the imports of a sequence and is never taken back.
async fn lay_ground(test: &TestApp, kind: ImportKind) {
    if kind != ImportKind::Leads {
        let leads = "Lead ID,Date,Status\nL-0,2026-11-01 10:00,\nL-1,2026-11-01 10:00,spam\n";
        import(test, ImportKind::Leads, leads).await;
    }
    if kind == ImportKind::Payments {
        let orders = "Order ID,Status,Amount,Created,Paid,Customer,Lead ID\n\
            D-0,paid,100,2026-11-03 10:00,2026-11-10 10:00,c,L-0\n\
            D-1,open,100,2026-11-03 10:00,,c,L-1\n";
        import(test, ImportKind::Deals, orders).await;
    }
}

/// Imports the steps and takes back those to be taken back; `None` skips those altogether.
async fn play(kind: ImportKind, steps: &[Step], file: fn(&Step) -> String, skips: bool) -> TestApp {
    let test = start().await;
    lay_ground(&test, kind).await;
    let mut waiting: Vec<(usize, ImportView)> = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        if !(skips && step.undone_after.is_some()) && step.rows.iter().any(Option::is_some) {
            let view = import(&test, kind, &file(step)).await;
            assert_eq!(view.import.progress.rows_rejected, 0);
            if let Some(delay) = step.undone_after {
                waiting.push((place + usize::from(delay), view));
            }
        }
        let last = place + 1 == steps.len();
        for (_, view) in waiting.extract_if(.., |(due, _)| *due <= place || last) {
            undo(&test, &view).await;
            assert_eq!(kept(&test, &view).await, Vec::<String>::new());
        }
    }
    test
}

/// What a report could add up with the steps taken back, and as if they had never been.
fn both_ways(
    kind: ImportKind,
    steps: &[Step],
    (file, questions): (fn(&Step) -> String, &[&str]),
) -> (Vec<String>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let played = play(kind, steps, file, false).await;
        let never = play(kind, steps, file, true).await;
        played.settle().await;
        never.settle().await;
        let ask = |test: &TestApp| questions.iter().flat_map(|sql| test.ask(sql)).collect();
        (ask(&played), ask(&never))
    })
}

/// A sequence is a second's work, so few are played, the same ones each time; `PROPTEST_CASES`
/// plays more.
fn check_sequences(kind: ImportKind, file: fn(&Step) -> String, questions: &[&str]) {
    let mut config = Config::default();
    if config.cases == DEFAULT_CASES {
        config.cases = 12;
    }
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let steps = prop::collection::vec(step(), 2..6);
    let checked = runner.run(&steps, |steps| {
        let (with, without) = both_ways(kind, &steps, (file, questions));
        prop_assert_eq!(with, without);
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn undone_imports_of_deals_are_as_if_they_had_never_been() {
    check_sequences(ImportKind::Deals, deals_file, &[SUMS, STATES]);
}

// When a lead became qualified is when the import that says so was made, so it is left out.
const LEADS: &str = "select kind, created_ms, sum(leads), sum(qualified) from outcomes
    group by all having sum(leads) <> 0 or sum(qualified) <> 0 order by all";

#[test]
fn undone_imports_of_leads_are_as_if_they_had_never_been() {
    check_sequences(ImportKind::Leads, leads_file, &[LEADS]);
}

#[test]
fn undone_imports_of_payments_are_as_if_they_had_never_been() {
    check_sequences(ImportKind::Payments, payments_file, &[SUMS, STATES]);
}

#[test]
fn a_status_that_two_imports_said_goes_with_the_second_undo() {
    let step = |status, undone_after| Step {
        rows: vec![Some((status, 1, 1))],
        undone_after,
    };
    let steps = [step(2, Some(2)), step(0, None), step(2, Some(3))];
    let (with, without) = both_ways(ImportKind::Leads, &steps, (leads_file, &[LEADS]));
    assert_eq!(with, without);
}
