//! Workbooks and archives: what is read of them, and which are refused by which limit.

mod hostile;

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::Crc;
use flate2::write::DeflateEncoder;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::super::*;
use crate::numbers::DecimalMark;

/// A file in an archive that is being made.
struct Packed<'a> {
    name: &'a str,
    content: &'a [u8],
    /// What the directory says of it.
    flags: u16,
    checksum: Option<u32>,
}

fn packed<'a>(name: &'a str, content: &'a [u8]) -> Packed<'a> {
    Packed {
        name,
        content,
        flags: 0,
        checksum: None,
    }
}

/// An archive as packers write it.
fn archive(files: &[Packed<'_>]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let mut crc = Crc::new();
        crc.update(file.content);
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(file.content).unwrap();
        let deflated = deflated.finish().unwrap();
        let mut facts = Vec::new();
        for word in [20, file.flags, 8, 0, 0] {
            facts.extend(u16::to_le_bytes(word));
        }
        facts.extend(file.checksum.unwrap_or(crc.sum()).to_le_bytes());
        for length in [deflated.len(), file.content.len()] {
            facts.extend(u32::try_from(length).unwrap().to_le_bytes());
        }
        facts.extend(u16::try_from(file.name.len()).unwrap().to_le_bytes());
        facts.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&facts);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        directory.extend(file.name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&facts);
        bytes.extend(file.name.as_bytes());
        bytes.extend(deflated);
    }
    end_archive(bytes, &directory, files.len())
}

fn end_archive(mut bytes: Vec<u8>, directory: &[u8], files: usize) -> Vec<u8> {
    let offset = u32::try_from(bytes.len()).unwrap();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        bytes.extend(u16::try_from(files).unwrap().to_le_bytes());
    }
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A workbook of one sheet with this XML between its rows' tags.
fn sheet_of(rows: &str) -> Vec<u8> {
    let book = r#"<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="x"/></sheets>
        </workbook>"#;
    let relations = r#"<Relationships><Relationship Id="x" Target="worksheets/one.xml"/>
        </Relationships>"#;
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    archive(&[
        packed("xl/workbook.xml", book.as_bytes()),
        packed("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        packed("xl/worksheets/one.xml", sheet.as_bytes()),
    ])
}

fn open_file(bytes: &[u8], sheet: Option<&str>) -> Result<OpenedTable, TableError> {
    OpenedTable::open_file(Cursor::new(bytes.to_vec()), sheet)
}

fn rows_of(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    let table = open_file(bytes, None).unwrap();
    table
        .map(|row| row.unwrap())
        .map(|row| (row.row, row.cells))
        .collect()
}

/// What stops the reading of a file, wherever it does.
fn refusal(bytes: &[u8]) -> String {
    let read =
        open_file(bytes, None).and_then(Iterator::collect::<Result<Vec<TableRow>, TableError>>);
    read.unwrap_err().to_string()
}

/// A report with a title above its header and a blank row below, as platforms write it.
fn report() -> Workbook {
    let mut book = Workbook::new();
    let notes = book.add_worksheet().set_name("About").unwrap();
    notes.write(0, 0, "Made for Shop").unwrap();
    let sheet = book.add_worksheet().set_name("Data").unwrap();
    sheet.write(0, 0, "Campaign report").unwrap();
    for (column, title) in (0..).zip(["Day", "Campaign", "Clicks", "Cost", "CTR"]) {
        sheet.write(2, column, title).unwrap();
    }
    let (day, share) = (
        Format::new().set_num_format("dd.mm.yyyy"),
        Format::new().set_num_format("0.00%"),
    );
    let date = ExcelDateTime::from_ymd(2026, 11, 1).unwrap();
    sheet.write_with_format(3, 0, date, &day).unwrap();
    sheet.write(3, 1, "Очки & <b>").unwrap();
    sheet.write(3, 2, 12).unwrap();
    sheet.write(3, 3, 0.1 + 0.2).unwrap();
    sheet.write_with_format(3, 4, 0.125, &share).unwrap();
    let date = ExcelDateTime::from_ymd(2026, 11, 2).unwrap();
    sheet.write_with_format(5, 0, date, &day).unwrap();
    sheet.write(5, 3, 1.234).unwrap();
    sheet.write(6, 0, "Total").unwrap();
    sheet.write(6, 3, 1.534).unwrap();
    book
}

#[test]
fn a_workbook_is_read_from_its_first_sheet_with_a_table() {
    let bytes = report().save_to_buffer().unwrap();
    let table = open_file(&bytes, None).unwrap();
    let layout = table.layout();
    assert_eq!(layout.sheet.as_deref(), Some("Data"));
    assert_eq!(layout.sheets, ["About", "Data"]);
    assert_eq!((layout.header_row, layout.decimal), (3, DecimalMark::Dot));
    assert_eq!(layout.header, ["Day", "Campaign", "Clicks", "Cost", "CTR"]);
    assert_eq!(layout.preamble, ["Campaign report"]);
    let first = ["2026-11-01", "Очки & <b>", "12", "0.3", "12.5%"];
    let second = ["2026-11-02", "", "", "1.234", ""];
    let wanted = [(4, first), (6, second)];
    assert_eq!(
        rows_of(&bytes),
        wanted.map(|(row, cells)| (row, cells.map(str::to_owned).to_vec()))
    );
    let seen = preview(table, 1).unwrap();
    assert_eq!((seen.rows_total, seen.totals_skipped), (2, 1));
}

#[test]
fn a_sheet_is_chosen_by_its_name() {
    let bytes = report().save_to_buffer().unwrap();
    let table = open_file(&bytes, Some("About")).unwrap();
    assert_eq!(table.layout().header, ["Made for Shop"]);
    let refused = open_file(&bytes, Some("Sums")).err().unwrap().to_string();
    assert_eq!(
        refused,
        r#"the workbook has no sheet "Sums"; it has "About", "Data""#
    );
    let no_book = open_file(b"day,cost\n2026-11-01,1\n", Some("Data"));
    assert!(matches!(no_book, Err(TableError::NoSuchSheet { .. })));
}

#[test]
fn numbers_follow_the_texts_beside_them() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, title) in (0..).zip(["Дата", "Расход", "Цена клика"]) {
        sheet.write(0, column, title).unwrap();
    }
    sheet.write(1, 0, "01.11.2026").unwrap();
    sheet.write(1, 1, 1.234).unwrap();
    sheet.write(1, 2, "12,5").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let table = open_file(&bytes, None).unwrap();
    let layout = table.layout().clone();
    assert_eq!(
        (layout.decimal, layout.delimiter),
        (DecimalMark::Comma, ';')
    );
    assert_eq!(rows_of(&bytes)[0].1, ["01.11.2026", "1,234", "12,5"]);
}

#[test]
fn hidden_sheets_are_no_choice() {
    let mut book = Workbook::new();
    let hidden = book.add_worksheet().set_name("Raw").unwrap();
    hidden.write(0, 0, "day").unwrap();
    hidden.write(0, 1, "cost").unwrap();
    hidden.set_hidden(true);
    let shown = book.add_worksheet().set_name("Shown").unwrap();
    shown.write(0, 0, "day").unwrap();
    shown.write(0, 1, "cost").unwrap();
    shown.set_active(true);
    let bytes = book.save_to_buffer().unwrap();
    let table = open_file(&bytes, None).unwrap();
    assert_eq!(table.layout().sheets, ["Shown"]);
}

#[test]
fn cells_of_every_kind_are_texts() {
    let bytes = sheet_of(
        r#"<row><c t="inlineStr"><is><t>day</t></is></c><c t="str"><v>cost</v></c>
            <c t="inlineStr"><is><r><t>no</t></r><r><t>te</t></r><rPh><t>x</t></rPh></is></c></row>
        <row r="4"><c r="A4" t="d"><v>2026-11-01</v></c><c r="B4"><f>1+1</f><v>1E3</v></c>
            <c r="C4" t="b"><v>1</v></c></row>
        <row><c t="e"><v>#N/A</v></c><c r="C5" t="inlineStr"><is><t>&#1086;&amp;_x000D_</t></is></c>
            </row>"#,
    );
    let rows = rows_of(&bytes);
    assert_eq!(rows[0].0, 4);
    assert_eq!(rows[0].1, ["2026-11-01", "1000", "TRUE"]);
    assert_eq!(
        (rows[1].0, rows[1].1.as_slice()),
        (5, ["#N/A", "", "о&"].map(String::from).as_slice())
    );
}

#[test]
fn a_zipped_table_reads_like_a_plain_one() {
    let text = "day;cost\n2026-11-01;1,5\n".as_bytes();
    let zip = archive(&[
        packed("__MACOSX/._costs.csv", b"x"),
        packed("export/", b""),
        packed("export/costs.csv", text),
        packed("readme.txt", b"see costs.csv"),
    ]);
    let plain: Vec<_> = Table::open(text).unwrap().map(Result::unwrap).collect();
    let read: Vec<_> = open_file(&zip, None).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, plain);
    let book = report().save_to_buffer().unwrap();
    let zip = archive(&[packed("report.xlsx", &book)]);
    assert_eq!(rows_of(&zip), rows_of(&book));
}

#[test]
fn an_archive_of_several_tables_names_them() {
    let zip = archive(&[
        packed("a.csv", b"day,cost\n"),
        packed("b.tsv", b"day\tcost\n"),
    ]);
    let wanted = r#"the archive holds several files; unpack it and choose one of "a.csv", "b.tsv""#;
    assert_eq!(refusal(&zip), wanted);
    assert_eq!(refusal(&archive(&[])), "the file holds no table");
}

#[test]
fn what_unpacks_too_far_is_refused() {
    let text = format!(
        "day,cost\n{}",
        format!("{}\n", " ".repeat(4_095)).repeat(10 * 1024)
    );
    let bomb = archive(&[packed("costs.csv", text.as_bytes())]);
    assert_eq!(
        refusal(&bomb),
        "the file unpacks to more than 250 times its size"
    );
    let titles = r#"<row><c t="str"><v>day</v></c><c t="str"><v>cost</v></c></row>"#;
    let bomb = sheet_of(&format!("{titles}{}", " ".repeat(40 * 1024 * 1024)));
    let refused = refusal(&bomb);
    assert_eq!(refused, "a cell is longer than 1048576 bytes");
    let wide = format!("<row/>{}", " ".repeat(512 * 1024)).repeat(60);
    let bomb = sheet_of(&format!("{titles}{wide}"));
    assert_eq!(
        refusal(&bomb),
        "the file unpacks to more than 250 times its size"
    );
}

#[test]
fn a_sheet_is_bounded_in_every_direction() {
    let titles = r#"<row><c t="str"><v>day</v></c><c t="str"><v>cost</v></c></row>"#;
    let cell = |content: &str| sheet_of(&format!("{titles}<row>{content}</row>"));
    let long = cell(&format!(
        "<c t=\"str\"><v>{}</v></c>",
        noise(3 * 1024 * 1024)
    ));
    assert_eq!(refusal(&long), "a cell is longer than 1048576 bytes");
    let wide = cell(r#"<c r="ZZZ2"><v>1</v></c>"#);
    assert_eq!(refusal(&wide), "the file has more than 500 columns");
    let deep = sheet_of(&format!(r#"{titles}<row r="1048577"/>"#));
    assert_eq!(refusal(&deep), "the sheet has more than 1048576 rows");
}

/// Letters that no packer makes shorter.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let letters = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let letter = u8::try_from(state >> 59).unwrap();
        char::from(b'A' + letter % 26)
    });
    letters.take(length).collect()
}

#[test]
fn damaged_and_locked_files_say_so() {
    let damaged = "the archive is damaged, or packed in a way that is not read";
    let wrong = Packed {
        checksum: Some(1),
        ..packed("costs.csv", b"day,cost\n2026-11-01,1\n")
    };
    assert_eq!(refusal(&archive(&[wrong])), damaged);
    let good = archive(&[packed("costs.csv", b"day,cost\n2026-11-01,1\n")]);
    assert_eq!(refusal(&good[..good.len() - 30]), damaged);
    let locked = Packed {
        flags: 1,
        ..packed("costs.csv", b"day,cost\n")
    };
    assert_eq!(
        refusal(&archive(&[locked])),
        "the archive asks for a password; pack the file without one"
    );
    let many = end_archive(b"PK\x03\x04".to_vec(), b"", 2_000);
    assert_eq!(refusal(&many), "the archive holds more than 1000 files");
    let other = archive(&[packed("xl/workbook.bin", b"x")]);
    assert!(refusal(&other).starts_with("this is a workbook of a kind that is not read"));
    let broken = archive(&[packed("xl/workbook.xml", b"<workbook><sheets><sheet")]);
    assert!(refusal(&broken).starts_with("the workbook is damaged"));
}
