//! Tables in every encoding and dress that they are known to come in.

mod packed;

use std::io::Write;

use encoding_rs::{UTF_16LE, WINDOWS_1250, WINDOWS_1251};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::numbers::DecimalMark;

fn open(bytes: &[u8]) -> Table<&[u8]> {
    Table::open(bytes).unwrap()
}

fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    open(bytes)
        .map(|row| row.unwrap())
        .map(|row| (row.row, row.cells))
        .collect()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units
        .flat_map(|unit| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        })
        .collect()
}

fn check_layout(bytes: &[u8], encoding: &str, delimiter: char, decimal: DecimalMark) {
    let table = open(bytes);
    let layout = table.layout();
    assert_eq!(
        (layout.encoding, layout.delimiter, layout.decimal),
        (encoding, delimiter, decimal)
    );
}

#[test]
fn encodings_are_told_apart() {
    let russian = "Дата;Кампания;Расход\n01.11.2026;Тёмные очки;1 234,50\n";
    let polish = "Dzień;Kampania;Koszt\n01.11.2026;Żółte okulary słoneczne;1234,50\n";
    let comma = DecimalMark::Comma;
    check_layout(russian.as_bytes(), "UTF-8", ';', comma);
    check_layout(format!("\u{feff}{russian}").as_bytes(), "UTF-8", ';', comma);
    check_layout(&WINDOWS_1251.encode(russian).0, "windows-1251", ';', comma);
    check_layout(&WINDOWS_1250.encode(polish).0, "windows-1250", ';', comma);
    check_layout(
        &utf16(&format!("\u{feff}{russian}"), true),
        UTF_16LE.name(),
        ';',
        comma,
    );
    check_layout(
        &utf16(&format!("\u{feff}{polish}"), false),
        "UTF-16BE",
        ';',
        comma,
    );
    check_layout(
        &utf16("Day\tCost\n2026-11-01\t1.5\n", true),
        "UTF-16LE",
        '\t',
        DecimalMark::Dot,
    );
    assert_eq!(rows(&WINDOWS_1251.encode(russian).0)[0].1[1], "Тёмные очки");
    assert_eq!(
        rows(&WINDOWS_1250.encode(polish).0)[0].1[1],
        "Żółte okulary słoneczne"
    );
}

#[test]
fn a_packed_file_reads_like_a_plain_one() {
    let plain = "day,cost\n2026-11-01,1.5\n";
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(plain.as_bytes()).unwrap();
    assert_eq!(rows(&packer.finish().unwrap()), rows(plain.as_bytes()));
}

#[test]
fn delimiters_are_told_apart() {
    for delimiter in [',', ';', '\t', '|'] {
        let text = "day,campaign,cost\n2026-11-01,brand,7\n".replace(',', &delimiter.to_string());
        assert_eq!(open(text.as_bytes()).layout().delimiter, delimiter);
    }
    let commas_inside = "day;cost;clicks\n2026-11-01;1,5;2\n2026-11-02;2,5;3\n";
    check_layout(commas_inside.as_bytes(), "UTF-8", ';', DecimalMark::Comma);
    let named = "sep=|\nday|cost\n2026-11-01|1\n";
    assert_eq!(open(named.as_bytes()).layout().header, ["day", "cost"]);
}

#[test]
fn the_header_is_found_below_titles_and_periods() {
    let text = "Campaign report\n\"November 1, 2026 - November 30, 2026\"\n\nDay,Campaign,Cost\n\
        2026-11-01,brand,\"1,234.50\"\n";
    let table = open(text.as_bytes());
    assert_eq!(table.layout().header_row, 4);
    assert_eq!(
        table.layout().preamble,
        ["Campaign report", "November 1, 2026 - November 30, 2026"]
    );
    assert_eq!(table.layout().decimal, DecimalMark::Dot);
    assert_eq!(rows(text.as_bytes())[0].0, 5);
}

#[test]
fn totals_and_blank_rows_are_passed_over_and_counted() {
    let text = "campaign,day,cost\nTotal look,2026-11-01,1\n,,\n\nTotal,,1\nИтого: аккаунт,,1\n\
        Razem,--,1\nSuma - konto,,1\nTotal rows: 3,,\nWszystko,2026-11-02,2\n";
    let mut table = open(text.as_bytes());
    let names: Vec<String> = table
        .by_ref()
        .map(|row| row.unwrap().cells[0].clone())
        .collect();
    assert_eq!(names, ["Total look", "Wszystko"]);
    assert_eq!(table.totals_skipped(), 5);
}

#[test]
fn a_quoted_cell_may_hold_anything() {
    let text = "day,campaign,cost\r\n2026-11-01,\"a \"\"b\"\",\r\nc\",1\r\n2026-11-02,d,2\r\n";
    let read = rows(text.as_bytes());
    assert_eq!(read[0].1[1], "a \"b\",\nc");
    assert_eq!(read[1].0, 3);
}

#[test]
fn a_quote_that_never_closes_swallows_nothing() {
    let text = "day\tkeyword\tcost\n2026-11-01\t\"glasses\" buy\t1\n2026-11-02\t\"19 inch\t2\n\
        2026-11-03\tlenses\t3\n";
    let read = rows(text.as_bytes());
    assert_eq!(read.len(), 3);
    assert_eq!(read[0].1[1], "\"glasses\" buy");
    assert_eq!(read[1].1[1], "\"19 inch");
}

#[test]
fn old_line_ends_are_line_ends() {
    assert_eq!(rows(b"day,cost\r2026-11-01,1\r2026-11-02,2").len(), 2);
}

#[test]
fn ragged_rows_keep_their_cells() {
    let read = rows(b"day,campaign,cost\n2026-11-01,a\n2026-11-01,a,1,2\n");
    assert_eq!(
        read.iter()
            .map(|(_, cells)| cells.len())
            .collect::<Vec<_>>(),
        [2, 4]
    );
}

#[test]
fn what_is_no_table_is_refused() {
    assert!(matches!(
        Table::open(&b""[..]).err(),
        Some(TableError::Empty)
    ));
    assert!(matches!(
        Table::open(&b" \n\n"[..]).err(),
        Some(TableError::Empty)
    ));
    assert!(matches!(
        Table::open(&b"PK\x03\x04rest"[..]).err(),
        Some(TableError::Workbook)
    ));
    let endless = vec![b'a'; RECORD_BYTES_MAX * 2];
    assert!(matches!(
        Table::open(endless.as_slice()).err(),
        Some(TableError::LongRecord { row: 1 })
    ));
    assert!(matches!(
        Table::open(&b"\x1f\x8bbroken"[..]).err(),
        Some(TableError::Read(_))
    ));
}

#[test]
fn a_preview_counts_all_rows_and_keeps_the_first() {
    let mut text = String::from("day,cost\n");
    for number in 0..5_000 {
        text.push_str(&format!("2026-11-01,{number}\n"));
    }
    let seen = preview(open(text.as_bytes()), 3).unwrap();
    assert_eq!((seen.rows.len(), seen.rows_total), (3, 5_000));
}

#[test]
fn a_sample_is_given_again_by_the_iterator() {
    let mut table = open(b"day,cost\n2026-11-01,1\n2026-11-02,2\n2026-11-03,3\n");
    assert_eq!(table.sample(2).unwrap().len(), 2);
    assert_eq!(table.count(), 3);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        if let Ok(table) = Table::open(bytes.as_slice()) {
            for row in table {
                if row.is_err() {
                    break;
                }
            }
        }
    }

    #[test]
    fn no_near_table_panics(text in "([\"a-c,;\t\r\n|0-9.]|day|Total|cost){0,60}") {
        for row in Table::open(text.as_bytes()).into_iter().flatten() {
            prop_assert!(row.is_ok());
        }
    }

    #[test]
    fn quoted_cells_read_back(cells in prop::collection::vec("[a-z\",;\n ]{1,8}[a-z]", 3..4)) {
        let quoted: Vec<String> =
            cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let text = format!("day,campaign,cost\n{}\n", quoted.join(","));
        let read = rows(text.as_bytes());
        prop_assert_eq!(&read[0].1, &cells);
    }
}

#[test]
fn a_picture_is_no_table() {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.extend((0..=u8::MAX).cycle().take(9_000));
    let refused = Table::open(picture.as_slice()).err();
    assert!(matches!(refused, Some(TableError::Binary)), "{refused:?}");
}
