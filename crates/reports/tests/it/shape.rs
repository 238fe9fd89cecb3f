//! What a table looks like: unknown last, no gaps, honest comparison, undo, rows and files.

use base::{CostFact, Fact, Hit, HitKind, Outcome};
use reports::export::{ByteOrderMark, ExportRequest, export};
use reports::{BehindRequest, Language, Query, behind};
use serde_json::{Value, json};
use warehouse::Limits;

use crate::world::{
    UNIT, World, at, cost, day, landing, lead, lines, of_cost, of_hit, of_outcome, traffic,
};

/// Two tagged campaigns, one unknown lead, spend without leads, over a clock change.
fn world() -> World {
    let world = World::new();
    world.load(facts());
    world
}

fn facts() -> Vec<Fact> {
    let (a, b) = (traffic("google", "A"), traffic("mail", "B"));
    let before = at("2026-03-28T22:30:00Z");
    let after = at("2026-03-29T21:59:00Z");
    let next = at("2026-03-29T22:00:00Z");
    vec![
        of_hit(landing(1, HitKind::PageView, 1, before, &a)),
        of_hit(landing(2, HitKind::PageView, 2, after, &a)),
        of_hit(landing(3, HitKind::PageView, 3, next, &b)),
        of_outcome(lead(1, Some(1), before.plus_ms(1))),
        of_outcome(Outcome {
            leads: 0,
            sales: 1,
            revenue_micros: 300 * UNIT,
            ..lead(2, Some(1), at("2026-04-20T12:00:00Z"))
        }),
        of_outcome(lead(3, None, next)),
        of_cost(cost(1, day("2026-03-28"), &a, 4, 100)),
        of_cost(cost(2, day("2026-03-30"), &b, 2, 50)),
    ]
}

fn march() -> Value {
    json!({"from": "2026-03-28", "to": "2026-03-31"})
}

#[test]
fn the_unknown_row_is_last_and_on_every_page() {
    let world = world();
    let ask = |offset: usize| {
        world.lines(json!({
            "metrics": ["leads", "cost"], "dimensions": ["campaign"], "period": march(),
            "limit": 1, "offset": offset,
        }))
    };
    assert_eq!(ask(0), ["a | 1 100.00", "- | 1 0.00"]);
    assert_eq!(ask(1), ["b | 0 50.00", "- | 1 0.00"]);
}

#[test]
fn spend_without_leads_sorts_as_the_worst_and_nothing_at_all_last() {
    let world = world();
    let ask = |direction: &str| {
        world.lines(json!({
            "metrics": ["cpl"], "dimensions": ["campaign"], "period": march(),
            "order": [{"by": "cpl", "direction": direction}],
            "filters": [{"dimension": "campaign", "op": "is_known"}],
        }))
    };
    assert_eq!(ask("desc"), ["b | -", "a | 100.00"]);
    assert_eq!(ask("asc"), ["a | 100.00", "b | -"]);
}

#[test]
fn days_are_local_days_without_gaps() {
    let lines = world().lines(json!({
        "metrics": ["visits", "cost"], "period": march(), "bucket": "day",
    }));
    // The clock goes forward in the night before the 29th, a day of 23 hours.
    let expected = [
        "2026-03-28 | 1 100.00",
        "2026-03-29 | 1 0.00",
        "2026-03-30 | 1 50.00",
        "2026-03-31 | 0 0.00",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn hours_of_a_clock_change_are_as_many_as_the_day_has() {
    let lines = world().lines(json!({
        "metrics": ["visits"], "bucket": "hour",
        "period": {"from": "2026-03-29", "to": "2026-03-29"},
    }));
    assert_eq!(lines.len(), 23);
    assert_eq!(lines[22], "2026-03-29T21:00:00.000Z | 1");
}

#[test]
fn a_zone_with_half_hours_is_answered_from_raw_hits() {
    let lines = world().lines(json!({
        "metrics": ["visits"], "bucket": "day",
        "period": {"from": "2026-03-29", "to": "2026-03-30", "time_zone": "Asia/Kolkata"},
    }));
    assert_eq!(lines, ["2026-03-29 | 1", "2026-03-30 | 2"]);
}

#[test]
fn the_date_basis_moves_a_sale_between_periods() {
    let world = world();
    let ask = |basis: &str, from: &str, to: &str| {
        let period = json!({"from": from, "to": to});
        world.lines(json!({"metrics": ["revenue"], "period": period, "date_basis": basis}))
    };
    assert_eq!(ask("visit", "2026-03-28", "2026-03-28"), [" | 300.00"]);
    assert_eq!(ask("payment", "2026-03-28", "2026-03-28"), [" | 0.00"]);
    assert_eq!(ask("payment", "2026-04-20", "2026-04-20"), [" | 300.00"]);
}

#[test]
fn what_was_recorded_later_is_unknown_on_an_earlier_day() {
    let world = world();
    let ask = |known_on: Value| {
        world.lines(json!({"metrics": ["revenue"], "period": march(), "as_known_on": known_on}))
    };
    assert_eq!(ask(json!("2026-04-01T00:00:00Z")), [" | 0.00"]);
    assert_eq!(ask(json!("2026-05-01T00:00:00+02:00")), [" | 300.00"]);
    // The order was recorded on that day in the zone of the question.
    assert_eq!(ask(json!("2026-04-19")), [" | 0.00"]);
    assert_eq!(ask(json!("2026-04-20")), [" | 300.00"]);
    assert_eq!(ask(Value::Null), [" | 300.00"]);
}

#[test]
fn a_touch_that_is_told_of_later_changes_no_credit_as_known_before() {
    let world = World::new();
    let (ad, mail) = (traffic("google", "A"), traffic("mail", "B"));
    let landed = at("2026-03-29T10:00:00Z");
    world.load(vec![
        of_hit(landing(1, HitKind::PageView, 1, landed, &ad)),
        of_outcome(lead(1, Some(1), landed.plus_ms(2))),
    ]);
    let ask = |attribution: &str, known_on: Value| {
        world.lines(json!({
            "metrics": ["leads"], "dimensions": ["campaign"], "period": march(),
            "attribution": attribution, "as_known_on": known_on,
        }))
    };
    // An access log of March that was imported in May.
    let logged = landed.plus_ms(1);
    world.load(vec![of_hit(Hit {
        delay_ms: at("2026-05-01T00:00:00Z").since_ms(logged),
        seq: 1,
        ..landing(2, HitKind::PageView, 1, logged, &mail)
    })]);
    let (before, after) = (json!("2026-04-30T00:00:00Z"), json!("2026-05-02T00:00:00Z"));
    assert_eq!(ask("last", before.clone()), ["a | 1"]);
    assert_eq!(ask("last", after.clone()), ["b | 1"]);
    assert_eq!(ask("last", Value::Null), ["b | 1"]);
    assert_eq!(ask("first", before), ["a | 1"]);
    assert_eq!(ask("first", after), ["a | 1"]);
}

#[test]
fn an_undone_import_leaves_the_report_as_it_was_to_the_byte() {
    let world = world();
    let ask = || {
        let report = world.ask(json!({
            "metrics": ["cost", "clicks", "cpl", "leads"], "dimensions": ["channel", "campaign"],
            "period": march(), "compare": {"from": "2026-03-24", "to": "2026-03-27"},
        }));
        serde_json::to_string(&report).unwrap()
    };
    let before = ask();
    let import = |sign: i64| {
        let spend = cost(
            if sign > 0 { 90 } else { 91 },
            day("2026-03-29"),
            &traffic("x", "Y"),
            7,
            9,
        );
        of_cost(CostFact {
            impressions: sign * spend.impressions,
            clicks: sign * spend.clicks,
            cost_micros: sign * spend.cost_micros,
            vat_micros: sign * spend.vat_micros,
            ..spend
        })
    };
    world.load(vec![import(1)]);
    assert_ne!(ask(), before);
    world.load(vec![import(-1)]);
    assert_eq!(ask(), before);
    let outcomes = facts()
        .into_iter()
        .filter(|fact| !matches!(fact, Fact::Hit(_)));
    world.load(outcomes.collect());
    assert_eq!(ask(), before, "a second delivery changes nothing");
}

#[test]
fn a_comparison_shows_vanished_rows_and_tells_good_from_bad() {
    let report = world().ask(json!({
        "metrics": ["cost", "visits"], "dimensions": ["campaign"],
        "period": {"from": "2026-03-30", "to": "2026-03-30"},
        "compare": {"from": "2026-03-28", "to": "2026-03-28"},
        "order": [{"by": "campaign", "direction": "asc"}],
    }));
    assert_eq!(lines(&report), ["a | 0.00 0", "b | 50.00 1"]);
    let cell = &report.rows[0].cells[1];
    assert_eq!(cell.previous, Some(Some("1".into())));
    assert_eq!(cell.change, Some(Some("-100.0".into())));
    assert_eq!(cell.tone, Some(reports::Tone::Bad));
    assert_eq!(
        report.rows[1].cells[1].change,
        Some(None),
        "there is no percent of nothing"
    );
}

#[test]
fn channels_have_names_and_colours() {
    let report =
        world().ask(json!({"metrics": ["cost"], "dimensions": ["channel"], "period": march()}));
    let first = &report.rows[0].dimensions[0];
    assert_eq!(
        (first.label.as_str(), first.colour, first.expandable),
        ("Paid", Some(3), Some(true))
    );
}

#[test]
fn gross_adds_the_tax() {
    let ask = |vat: &str| {
        world().lines(json!({"metrics": ["cost", "cpl"], "period": march(), "vat": vat}))
    };
    assert_eq!(ask("net"), [" | 150.00 75.00"]);
    assert_eq!(ask("gross"), [" | 180.00 90.00"]);
}

#[test]
fn vat_is_no_profit() {
    let world = World::new();
    let noon = at("2026-03-29T12:00:00Z");
    let spend = cost(1, day("2026-03-29"), &traffic("google", "A"), 1, 100);
    let sale = Outcome {
        leads: 0,
        sales: 1,
        customers: 1,
        revenue_micros: 1_000 * UNIT,
        vat_micros: 220 * UNIT,
        cost_of_goods_micros: 400 * UNIT,
        ..lead(2, None, noon)
    };
    world.load(vec![of_cost(spend), of_outcome(sale)]);
    let ask = |vat: &str| {
        let kept = world.lines(json!({
            "metrics": ["gross_profit", "profit_after_ads", "margin", "romi", "roi", "payback"],
            "period": march(),
            "vat": vat,
        }));
        let turned = json!({"metrics": ["revenue", "aov", "roas"], "period": march(), "vat": vat});
        (kept, world.lines(turned))
    };
    let kept = vec![" | 600.00 500.00 60.00 500.00 500.00 30".to_owned()];
    assert_eq!(
        ask("net"),
        (kept.clone(), vec![" | 1000.00 1000.00 10.00".into()])
    );
    // The spend of 100 comes with 20 of VAT.
    assert_eq!(
        ask("gross"),
        (kept, vec![" | 1220.00 1220.00 10.17".into()])
    );
}

fn refused(question: Value) -> String {
    let query: Query = serde_json::from_value(question).unwrap();
    let world = World::new();
    reports::resolve(&query, &world.context)
        .unwrap_err()
        .to_string()
}

#[test]
fn a_wrong_question_names_the_field() {
    let ask = |change: &dyn Fn(&mut Value)| {
        let mut question = json!({"metrics": ["cost"], "period": march()});
        change(&mut question);
        refused(question)
    };
    assert_eq!(
        ask(&|q| q["metrics"] = json!(["cots"])),
        "metrics[0]: there is no metric \"cots\""
    );
    assert_eq!(
        ask(&|q| q["dimensions"] = json!(["site", "site"])),
        "dimensions[1]: \"site\" is named twice"
    );
    assert_eq!(
        ask(&|q| q["period"]["to"] = json!("2026-03-01")),
        "period.to: must not be before `from`"
    );
    assert_eq!(
        ask(&|q| q["attribution"] = json!("best")),
        "attribution: there is no attribution model \"best\""
    );
    assert_eq!(
        ask(&|q| q["order"] = json!([{"by": "leads"}])),
        "order[0].by: \"leads\" is no metric or dimension of this report"
    );
}

#[test]
fn the_rows_behind_a_number_add_up_to_it_page_by_page() {
    let world = world();
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let request = BehindRequest::from_json(json!({
            "metrics": ["clicks"], "period": march(), "dimensions": ["channel"],
            "metric": "clicks", "row": {}, "cursor": cursor, "rows_limit": 1,
        }))
        .unwrap();
        let page = behind(
            &world.warehouse,
            &request,
            &world.context,
            Limits::default(),
        )
        .unwrap();
        seen.extend(
            page.rows
                .iter()
                .map(|row| row.last().cloned().flatten().unwrap()),
        );
        match page.next_cursor {
            Some(next) => cursor = json!(next),
            None => break,
        }
    }
    assert_eq!(seen, ["2", "4"]);
}

#[test]
fn a_cell_opens_into_its_own_rows_only() {
    let world = world();
    let open = |metric: &str, row: Value| {
        let request = BehindRequest::from_json(json!({
            "metrics": ["cost"], "period": march(), "dimensions": ["campaign"], "bucket": "day",
            "metric": metric, "row": row,
        }))
        .unwrap();
        let page = behind(
            &world.warehouse,
            &request,
            &world.context,
            Limits::default(),
        )
        .unwrap();
        page.rows
            .iter()
            .map(|row| row.last().cloned().flatten().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(open("cpl", json!({"campaign": "a"})), ["100.00"]);
    assert_eq!(
        open("visits", json!({"campaign": "a", "bucket": "2026-03-29"})),
        ["1"]
    );
    assert_eq!(open("leads", json!({"campaign": null})), ["1"]);
    assert_eq!(open("romi", json!({"campaign": "a"})), ["300.00"]);
    assert_eq!(open("visitors", json!({})).len(), 3);
}

#[test]
fn a_file_holds_the_table_and_runs_nothing() {
    let world = World::new();
    world.load(vec![of_cost(cost(
        1,
        day("2026-03-28"),
        &traffic("google", "=cmd()"),
        4,
        -100,
    ))]);
    let request = ExportRequest::from_json(json!({
        "metrics": ["cost", "cpl"], "dimensions": ["campaign"], "period": march(), "format": "csv",
    }))
    .unwrap();
    let report = reports::run(
        &world.warehouse,
        &request.query,
        &world.context,
        Limits::default(),
    );
    let report = report.unwrap();
    let csv = export(
        &report,
        request.format,
        ByteOrderMark::Omitted,
        Language::En,
    )
    .unwrap();
    assert!(csv.name.starts_with("report_2026-03-28_"), "{}", csv.name);
    assert!(
        csv.name.ends_with("_last-non-direct_PLN.csv"),
        "{}",
        csv.name
    );
    let text = String::from_utf8(csv.bytes).unwrap();
    assert_eq!(
        text,
        "Campaign,Spend,CPL\n'=cmd(),-100.00,\nTotal,-100.00,\n"
    );
    for (language, total) in [(Language::Ru, "Итого"), (Language::Pl, "Razem")] {
        let csv = export(&report, request.format, ByteOrderMark::Omitted, language).unwrap();
        let text = String::from_utf8(csv.bytes).unwrap();
        assert!(text.ends_with(&format!("{total},-100.00,\n")), "{text}");
    }
    let xlsx = export(
        &report,
        reports::export::ExportFormat::Xlsx,
        ByteOrderMark::Omitted,
        Language::En,
    );
    assert!(xlsx.unwrap().bytes.starts_with(b"PK"));
}

#[test]
fn a_file_tells_how_sure_its_rates_are_when_asked() {
    let world = world();
    let text = |intervals: Value| {
        let request = ExportRequest::from_json(json!({
            "metrics": ["cr_visit_lead", "cost"], "dimensions": ["campaign"], "period": march(),
            "format": "csv", "intervals": intervals,
        }))
        .unwrap();
        let limits = Limits::default();
        let report = reports::run(&world.warehouse, &request.query, &world.context, limits);
        let report = request.intervals.lay_out(report.unwrap());
        let csv = export(
            &report,
            request.format,
            ByteOrderMark::Omitted,
            Language::En,
        )
        .unwrap();
        String::from_utf8(csv.bytes).unwrap()
    };
    assert_eq!(
        text(json!(true)).lines().take(2).collect::<Vec<_>>(),
        [
            "Campaign,Conversion visit → lead,Conversion visit → lead ≥ 95%,\
             Conversion visit → lead ≤ 95%,Spend",
            "a,50.00,9.45,90.55,100.00",
        ]
    );
    assert_eq!(
        text(json!(false)).lines().take(2).collect::<Vec<_>>(),
        ["Campaign,Conversion visit → lead,Spend", "a,50.00,100.00"]
    );
    let wrong = json!({
        "metrics": ["cost"], "period": march(), "format": "csv", "intervals": "yes",
    });
    let error = ExportRequest::from_json(wrong).unwrap_err();
    assert!(error.to_string().contains("intervals"), "{error}");
}
