//! What stands where on the pages, and what the file is.

use super::layout::{MARGIN, PAGE_HEIGHT, PAGE_WIDTH, Page, ROWS_MAX, Text, Weight, pages};
use super::*;
use crate::catalogue::Unit;
use crate::report::{Cell, Column, ColumnKind, DimensionValue, Period, ReportRow};
use crate::request::Vat;

const TITLE: &str = "Каналы за ноябрь · Oprawy Łódź";

fn column(kind: ColumnKind, title: &str, unit: Option<Unit>) -> Column {
    Column {
        key: title.to_owned(),
        kind,
        title: title.to_owned(),
        unit,
        direction: None,
        digits: Some(2),
        formula: None,
        definition: String::new(),
        estimate: false,
    }
}

fn cell(value: &str) -> Cell {
    Cell {
        value: Some(value.to_owned()),
        ..Cell::default()
    }
}

/// Campaigns with so many numbers each.
fn report(rows: usize, metrics: usize) -> Report {
    let mut columns = vec![column(ColumnKind::Dimension, "Кампания", None)];
    let metric = |index| {
        column(
            ColumnKind::Metric,
            &format!("Расход {index}"),
            Some(Unit::Money),
        )
    };
    columns.extend((0..metrics).map(metric));
    let row = |index: usize| ReportRow {
        dimensions: vec![DimensionValue {
            value: None,
            label: format!("Źródło {index}"),
            colour: None,
            expandable: None,
            formerly: Vec::new(),
        }],
        cells: (0..metrics)
            .map(|_| cell(&format!("{index}204900.5")))
            .collect(),
    };
    Report {
        columns,
        rows: (0..rows).map(row).collect(),
        totals: Some((0..metrics).map(|_| cell("999999999.99")).collect()),
        rows_total: rows,
        period: Period {
            from: "2026-11-01".to_owned(),
            to: "2026-11-30".to_owned(),
            time_zone: "Europe/Warsaw".to_owned(),
            complete_until: "2026-11-30T22:00:00Z".to_owned(),
        },
        compare: None,
        currency: "RUB".to_owned(),
        date_basis: "payment".to_owned(),
        attribution: "last_non_direct".to_owned(),
        as_known_on: None,
        vat: Vat::default(),
        generated_at: "2026-12-01T10:00:00Z".to_owned(),
        elapsed_ms: 0,
        notes: Vec::new(),
        history: None,
    }
}

fn laid(report: &Report) -> Vec<Page> {
    pages(&Letters::new().unwrap(), report, TITLE, Language::Ru)
}

fn find<'a>(page: &'a Page, text: &str) -> Vec<&'a Text> {
    page.texts.iter().filter(|each| each.text == text).collect()
}

#[test]
fn a_long_table_goes_over_pages_and_each_has_the_head_and_its_number() {
    let pages = laid(&report(120, 2));
    assert!(pages.len() > 3, "{}", pages.len());
    let mut seen = 0;
    for (index, page) in pages.iter().enumerate() {
        assert_eq!(find(page, "Кампания").len(), 1, "page {index}");
        assert_eq!(find(page, "Расход 1, RUB").len(), 1, "page {index}");
        assert_eq!(
            find(page, &format!("{} / {}", index + 1, pages.len())).len(),
            1
        );
        seen += page
            .texts
            .iter()
            .filter(|text| text.text.starts_with("Źródło"))
            .count();
        let inside =
            |text: &&Text| text.left >= MARGIN && text.base < PAGE_HEIGHT - MARGIN / 2.0 + 0.1;
        assert_eq!(page.texts.iter().filter(inside).count(), page.texts.len());
    }
    assert_eq!(seen, 120);
    assert_eq!(find(&pages[0], TITLE).len(), 1, "the title");
    assert_eq!(find(&pages[1], TITLE).len(), 0, "and once only");
}

#[test]
fn numbers_end_under_one_another_at_the_edge_and_totals_stand_out() {
    let pages = laid(&report(3, 1));
    let letters = Letters::new().unwrap();
    let numbers = ["999\u{a0}999\u{a0}999,99", "2\u{a0}204\u{a0}900,50"];
    for (text, weight) in numbers.into_iter().zip([Weight::Bold, Weight::Plain]) {
        let found = find(&pages[0], text);
        assert_eq!(found.len(), 1, "{text}");
        let right = found[0].left + letters.width(text, found[0].size);
        assert!(
            (right - (PAGE_WIDTH - MARGIN)).abs() < 0.01,
            "{text} ends at {right}"
        );
        assert_eq!(found[0].weight, weight, "{text}");
    }
}

#[test]
fn columns_that_have_no_room_come_on_pages_of_their_own_and_no_number_is_cut() {
    let pages = laid(&report(2, 40));
    assert!(pages.len() > 2, "{}", pages.len());
    let letters = Letters::new().unwrap();
    let texts = || pages.iter().flat_map(|page| &page.texts);
    for index in 0..40 {
        let title = format!("{index}, RUB");
        let heads =
            texts().filter(|text| text.text == title || text.text == format!("Расход {title}"));
        assert_eq!(heads.count(), 1, "column {index}");
    }
    let cut = texts().filter(|text| text.text.contains('…')).count();
    assert_eq!(cut, 0);
    let over = |text: &&Text| {
        text.left + letters.width(&text.text, text.size) > PAGE_WIDTH - MARGIN + 0.01
    };
    assert_eq!(texts().filter(over).count(), 0);
    assert!(pages.iter().all(|page| find(page, "Źródło 1").len() == 1));
}

#[test]
fn a_name_that_is_too_long_ends_in_an_ellipsis_before_the_numbers() {
    let mut long = report(1, 3);
    long.rows[0].dimensions[0].label = "Ж".repeat(4_000);
    let pages = laid(&long);
    let letters = Letters::new().unwrap();
    let name = pages[0]
        .texts
        .iter()
        .find(|text| text.text.starts_with("ЖЖ"))
        .unwrap();
    assert!(
        name.text.ends_with('…') && name.text.chars().count() > 20,
        "{}",
        name.text
    );
    let number = find(&pages[0], "204\u{a0}900,50");
    let first = number.iter().map(|text| text.left).fold(f32::MAX, f32::min);
    assert!(name.left + letters.width(&name.text, name.size) < first);
}

#[test]
fn a_report_without_rows_says_so_and_one_that_was_cut_too() {
    let told = |report: &Report, text: &str| {
        let pages = laid(report);
        let found = pages.iter().filter(|page| !find(page, text).is_empty());
        (pages.len(), found.count())
    };
    assert_eq!(told(&report(0, 2), "В этом периоде ничего нет"), (1, 1));
    let mut nothing = report(0, 0);
    nothing.columns.clear();
    nothing.totals = None;
    assert_eq!(told(&nothing, "В этом периоде ничего нет"), (1, 1));
    let mut many = report(ROWS_MAX + 5, 1);
    many.rows_total = 12_345;
    assert_eq!(told(&many, "Показано строк: 1000 из 12345").1, 1);
    assert_eq!(told(&report(5, 1), "Показано строк: 5 из 5"), (1, 0));
}

#[test]
fn the_file_is_the_same_each_time_and_no_larger_than_a_mail_takes() {
    let large = report(ROWS_MAX, 12);
    let file = write(&large, TITLE, Language::Ru).unwrap();
    assert!(file.starts_with(b"%PDF-"));
    assert!(file.len() < 2_000_000, "{} bytes", file.len());
    assert!(
        write(&large, TITLE, Language::Ru).unwrap() == file,
        "it changed"
    );
}

#[test]
fn letters_of_every_language_can_be_searched_and_copied() {
    let letters = Letters::new().unwrap();
    let plain = SerializeSettings {
        compress_content_streams: false,
        ascii_compatible: true,
        ..SerializeSettings::default()
    };
    let report = report(1, 1);
    let pages = pages(&letters, &report, TITLE, Language::Ru);
    let file = draw::draw(&letters, &pages, TITLE, plain).unwrap();
    let text = String::from_utf8_lossy(&file);
    // The map from glyphs to letters names each by its code.
    for letter in "Кампния Źródło Ł".chars().filter(|letter| *letter != ' ') {
        let code = format!("<{:04x}>", u32::from(letter));
        assert!(text.to_lowercase().contains(&code), "{letter} {code}");
    }
}
