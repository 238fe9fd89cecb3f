//! Metrics that a workspace defines: who may, who sees them, and what holds them.

use app::{
    Actor, AppError, CustomMetricInput, CustomMetricPatch, FormulaCheck, Origin, Role,
    SavedViewInput, SeenMetric, ShareInput, Who,
};
use base::UserId;
use reports::catalogue::Direction;
use reports::{Language, MetricFormat, Query, View};
use serde_json::json;

use crate::leads::{lead, send};
use crate::outside::{join, tops};
use crate::support::TestApp;

fn person(test: &TestApp, role: Role) -> Actor {
    let who = Who::Person {
        user: UserId(1),
        name: role.title().to_owned(),
        role,
        sight: app::Sight::default(),
        session: None,
    };
    Actor {
        who,
        ..test.owner.clone()
    }
}

fn input(name: &str, formula: &str) -> CustomMetricInput {
    CustomMetricInput {
        name: name.to_owned(),
        description: String::new(),
        formula: formula.to_owned(),
        format: None,
        direction: Direction::Down,
    }
}

async fn make(test: &TestApp, name: &str, formula: &str) -> SeenMetric {
    let made = test
        .app
        .create_custom_metric(&test.owner, input(name, formula));
    made.await.unwrap()
}

fn question(metric: &str) -> Query {
    let json = json!({"metrics": [metric], "period": {"from": "2026-01-01", "to": "2026-12-31"}});
    serde_json::from_value(json).unwrap()
}

fn view(metric: &str) -> View {
    let view = json!({
        "screen": "reports",
        "period": {"moving": "last_30"},
        "metrics": ["leads", metric],
        "dimensions": ["channel"],
    });
    serde_json::from_value(view).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> (&'static str, String) {
    match result.unwrap_err() {
        AppError::Conflict { code, detail, .. } => (code, detail),
        AppError::Invalid(fields) => (fields[0].code, fields[0].field.to_string()),
        AppError::Forbidden { .. } => ("forbidden", String::new()),
        AppError::NotFound { .. } => ("not_found", String::new()),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metric_is_defined_asked_for_and_changed() {
    let test = TestApp::start().await;
    send(&test, lead("512 345 678")).await;
    test.settle().await;
    let made = make(&test, " Leads by half ", "(leads)*0.50").await;
    let stored = &made.stored;
    assert_eq!(
        (
            stored.details.name.as_str(),
            stored.details.formula.as_str(),
            stored.details.format.as_str(),
        ),
        ("Leads by half", "leads * 0.5", "count")
    );
    let key = format!("custom:{}", stored.id);
    let report = test.app.report(&test.owner, question(&key)).await.unwrap();
    let column = &report.columns[0];
    assert_eq!(column.title, "Leads by half");
    assert_eq!(column.formula.as_deref(), Some("leads * 0.5"));
    assert_eq!(
        report.totals.unwrap()[0].value.as_deref(),
        Some("0.50"),
        "applied to the sum"
    );
    let patch = CustomMetricPatch {
        formula: Some("cost / sales".to_owned()),
        ..CustomMetricPatch::default()
    };
    let (id, version) = (stored.id, stored.version);
    let changed = test
        .app
        .update_custom_metric(&test.owner, id, version, patch.clone());
    assert_eq!(changed.await.unwrap().stored.details.format, "money");
    let stale = test
        .app
        .update_custom_metric(&test.owner, id, version, patch);
    assert!(matches!(stale.await, Err(AppError::EditConflict { .. })));
    let report = test.app.report(&test.owner, question(&key)).await.unwrap();
    let cell = &report.totals.unwrap()[0];
    assert_eq!(
        (cell.value.as_ref(), cell.reason),
        (None, Some("zero_denominator"))
    );
    let rows = json!({
        "metric": key, "metrics": [key], "row": {},
        "period": {"from": "2026-01-01", "to": "2026-12-31"},
    });
    let rows = test.app.report_rows(&test.owner, rows).await;
    assert_eq!(code(rows).0, "no_rows_behind");
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_field() {
    let test = TestApp::start().await;
    make(&test, "Taken", "cost / leads").await;
    for (name, formula, format, wrong) in [
        ("Own", "revenue + leads", None, ("formula_units", "formula")),
        ("Own", "cost /", None, ("formula_operand", "formula")),
        ("", "cost", None, ("required", "name")),
        (
            "Own",
            "cost",
            Some(MetricFormat::Percent),
            ("format_unfit", "format"),
        ),
    ] {
        let input = CustomMetricInput {
            format,
            ..input(name, formula)
        };
        let refused = test.app.create_custom_metric(&test.owner, input).await;
        assert_eq!(code(refused), (wrong.0, wrong.1.to_owned()), "{formula}");
    }
    let taken = test
        .app
        .create_custom_metric(&test.owner, input("Taken", "cost"));
    assert_eq!(code(taken.await).0, "already_exists");
    let check = test
        .app
        .check_formula(&test.owner, "revenue + leads", Language::Pl);
    let FormulaCheck::Fails { detail, place, .. } = check.unwrap() else {
        panic!("money and a count are added");
    };
    assert!(
        detail.starts_with("Znak 1: „revenue” to pieniądze"),
        "{detail}"
    );
    assert_eq!(place, (0, 15));
    let preview = input("", "cost / leads");
    let preview = test.app.preview_custom_metric(&test.owner, preview).await;
    let preview = preview.unwrap();
    assert_eq!(preview.totals.unwrap()[0].value, None, "x/0 is never 0");
}

#[tokio::test]
async fn a_metric_tells_nobody_what_it_is_made_of_and_they_do_not_see() {
    let test = TestApp::start().await;
    let made = make(&test, "Price", "cost * 0.35 / leads").await;
    let key = format!("custom:{}", made.stored.id);
    let sales = person(&test, Role::SalesManager);
    assert_eq!(
        code(test.app.report(&sales, question(&key)).await).0,
        "forbidden"
    );
    let listed = test.app.list_custom_metrics(&sales).await.unwrap();
    assert!(listed[0].is_hidden && listed[0].stored.details.formula.is_empty());
    let catalogue = test.app.catalogue(&sales, Language::En).await.unwrap();
    let told = catalogue.metrics.iter().find(|one| one.key == key).unwrap();
    assert!(told.hidden && told.formula.is_empty());
    let smm = person(&test, Role::Smm);
    assert!(test.app.report(&smm, question(&key)).await.is_ok());
    let content = person(&test, Role::Content);
    let refused = test
        .app
        .create_custom_metric(&content, input("Own", "visits"))
        .await;
    assert_eq!(code(refused).0, "forbidden", "defining wants a right");
    let analyst = person(&test, Role::Analyst);
    let own = test
        .app
        .create_custom_metric(&analyst, input("Own", "visits * 2"));
    own.await.unwrap();
    let top = tops(&test).await[0].id;
    let partner = join(&test, Role::Partner, &[top]).await;
    assert_eq!(test.app.list_custom_metrics(&partner).await.unwrap(), []);
    let asked = test.app.report(&partner, question("custom:2")).await;
    assert_eq!(code(asked).0, "unknown_metric", "it is the workspace's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_view_or_a_link_shows_stays_and_a_change_by_others_ends_links() {
    let test = TestApp::start().await;
    let made = make(&test, "Twice", "leads * 2").await;
    let (id, key) = (made.stored.id, format!("custom:{}", made.stored.id));
    let saved = SavedViewInput {
        name: "Weekly".to_owned(),
        is_shared: true,
        is_default: false,
        view: view(&key),
    };
    let saved = test.app.create_saved_view(&test.owner, saved).await;
    let saved = saved.unwrap().saved;
    let refused = test
        .app
        .delete_custom_metric(&test.owner, id, made.stored.version);
    let (refused, detail) = code(refused.await);
    assert_eq!(refused, "metric_in_use");
    assert!(detail.contains("\"Weekly\""), "{detail}");
    let share = |metrics: Option<Vec<String>>| ShareInput {
        view: saved.id,
        days: 30,
        password: String::new(),
        metrics,
    };
    let open = async |url: &str| {
        let secret = url.split_once('#').unwrap().1;
        let origin = Origin::default();
        let opened = test
            .app
            .open_shared(secret, String::new(), Language::En, &origin);
        opened.await
    };
    let (_, whole) = test.app.share(&test.owner, share(None)).await.unwrap();
    let some = share(Some(vec!["leads".to_owned()]));
    let (_, some) = test.app.share(&test.owner, some).await.unwrap();
    let titles = |shown: &app::SharedView| {
        let columns = shown.table.columns.iter().map(|each| each.key.clone());
        columns.collect::<Vec<_>>()
    };
    assert!(titles(&open(&whole).await.unwrap()).contains(&key));
    assert!(!titles(&open(&some).await.unwrap()).contains(&key));
    let analyst = join(&test, Role::Analyst, &[tops(&test).await[0].id]).await;
    let patch = CustomMetricPatch {
        formula: Some("revenue / leads".to_owned()),
        ..CustomMetricPatch::default()
    };
    let version = made.stored.version;
    let changed = test.app.update_custom_metric(&analyst, id, version, patch);
    changed.await.unwrap();
    assert_eq!(code(open(&whole).await).0, "link_expired");
    let removed = test
        .app
        .delete_saved_view(&test.owner, saved.id, saved.version);
    removed.await.unwrap();
    let now = test.app.custom_metric(&test.owner, id).await.unwrap();
    let removed = test
        .app
        .delete_custom_metric(&test.owner, id, now.stored.version);
    removed.await.unwrap();
    let gone = test.app.report(&test.owner, question(&key)).await;
    assert_eq!(code(gone).0, "unknown_metric");
}
