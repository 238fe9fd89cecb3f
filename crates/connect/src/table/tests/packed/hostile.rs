//! Workbooks that people or programs made to do harm, or with less care than is usual.

use super::*;

/// A workbook of these sheets, each in the file that it names, with these formats.
fn book_of(sheets: &[(&str, &str)], files: &[Packed<'_>], styles: &str) -> Vec<u8> {
    let (mut book, mut relations) = (String::from("<workbook><sheets>"), String::from("<r>"));
    for (name, file) in sheets {
        book += &format!(r#"<sheet name="{name}" r:id="{name}"/>"#);
        relations += &format!(r#"<Relationship Id="{name}" Target="{file}"/>"#);
    }
    book += "</sheets></workbook>";
    relations += "</r>";
    let mut all = vec![
        packed("xl/workbook.xml", book.as_bytes()),
        packed("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        packed("xl/styles.xml", styles.as_bytes()),
    ];
    for file in files {
        all.push(Packed { ..*file });
    }
    archive(&all)
}

fn sheet_xml(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

const TITLES: &str = r#"<row><c t="str"><v>day</v></c><c t="str"><v>cost</v></c></row>"#;

/// A workbook of one sheet whose cells may have this format, number 0.
fn formatted(rows: &str, code: &str) -> Vec<u8> {
    let styles = format!(
        r#"<s><numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts>
            <cellXfs><xf numFmtId="164"/><xf numFmtId="9"/></cellXfs></s>"#
    );
    let sheet = sheet_xml(&format!("{TITLES}{rows}"));
    let one = packed("xl/one.xml", sheet.as_bytes());
    book_of(&[("S", "one.xml")], &[one], &styles)
}

/// Tags of a kilobyte each that mean nothing, packed no better than real ones.
fn filler(tags: usize) -> String {
    let noise = noise(tags * 30);
    let tag = |at: usize| format!("<x a=\"{}{}\"/>", &noise[at * 30..][..30], "a".repeat(990));
    (0..tags).map(tag).collect()
}

#[test]
fn a_number_of_any_power_takes_no_memory() {
    let cell = r#"<row><c s="1"><v>5e-2147483648</v></c></row>"#;
    let bytes = formatted(cell, "0");
    assert_eq!(rows_of(&bytes)[0].1[0], "5e-2147483648");
}

#[test]
fn the_mark_of_an_abbreviation_is_no_decimal_mark() {
    let row = r#"<row><c t="str"><v>12,5</v></c><c s="0"><v>12.5</v></c></row>"#;
    let bytes = formatted(row, "#,##0.00&quot;р.&quot;");
    assert_eq!(rows_of(&bytes)[0].1, ["12,5", "12,5 р."]);
}

#[test]
fn a_formula_without_a_value_is_not_taken_for_an_empty_cell() {
    let rows = r#"<row><c><f>A1</f></c><c><f>B2*2</f><v></v></c></row>
        <row><c t="str"><f>""</f><v></v></c><c><f t="shared" si="0"/><v>7</v></c></row>
        <row><c t="b"><f t="shared" si="0"/></c></row>"#;
    let read = rows_of(&formatted(rows, "0"));
    let cells: Vec<&[String]> = read.iter().map(|(_, cells)| cells.as_slice()).collect();
    let wanted = [[NO_VALUE, NO_VALUE], ["", "7"], [NO_VALUE, ""]];
    assert_eq!(cells, wanted);
}

#[test]
fn notes_beside_the_table_are_no_part_of_its_rows() {
    let rows = r#"<row><c><v>1</v></c><c><v>2</v></c><c/><c t="str"><v>note</v></c></row>"#;
    let table = open_file(&formatted(rows, "0"), None).unwrap();
    assert_eq!(table.layout().header, ["day", "cost", "", ""]);
    let late = format!(
        r#"{}<row><c r="F400"><v>1</v></c><c r="A400"><v>3</v></c></row>"#,
        "<row><c><v>1</v></c><c><v>2</v></c></row>".repeat(LAYOUT_LINES)
    );
    let read = rows_of(&formatted(&late, "0"));
    assert_eq!(read.last().unwrap().1, ["3", ""]);
}

#[test]
fn a_sheet_with_a_wrong_checksum_is_damaged() {
    let sheet = sheet_xml(&format!("{TITLES}<row><c><v>1</v></c></row>"));
    let one = Packed {
        checksum: Some(1),
        ..packed("xl/one.xml", sheet.as_bytes())
    };
    let damaged = "the archive is damaged, or packed in a way that is not read";
    assert_eq!(
        refusal(&book_of(&[("S", "one.xml")], &[one], "<s/>")),
        damaged
    );
    let styles = Packed {
        checksum: Some(1),
        ..packed("xl/styles.xml", b"<s><cellXfs></cellXfs><more/></s>")
    };
    let whole = packed("xl/one.xml", sheet.as_bytes());
    let relations = r#"<r><Relationship Id="S" Target="one.xml"/></r>"#;
    let bytes = archive(&[
        packed(
            "xl/workbook.xml",
            br#"<workbook><sheets><sheet name="S" r:id="S"/></sheets></workbook>"#,
        ),
        packed("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        styles,
        whole,
    ]);
    assert_eq!(refusal(&bytes), damaged);
}

#[test]
fn sheets_are_compared_within_a_budget_and_each_file_once() {
    let long = format!("<worksheet>{}</worksheet>", filler(12 * 1024));
    let table = sheet_xml(&format!("{TITLES}<row><c><v>1</v></c></row>"));
    let files = [
        packed("xl/long.xml", long.as_bytes()),
        packed("xl/table.xml", table.as_bytes()),
    ];
    // The long one is within the budget once, but not twice.
    let mut sheets: Vec<(String, &str)> = (0..50)
        .map(|sheet| (format!("s{sheet}"), "long.xml"))
        .collect();
    sheets.push(("T".into(), "table.xml"));
    let sheets: Vec<(&str, &str)> = sheets
        .iter()
        .map(|(name, file)| (name.as_str(), *file))
        .collect();
    let bytes = book_of(&sheets, &files, "<s/>");
    let opened = open_file(&bytes, None).unwrap();
    assert_eq!(opened.layout().sheet.as_deref(), Some("T"));
    let other = [
        packed("xl/long.xml", long.as_bytes()),
        packed("xl/longer.xml", long.as_bytes()),
        packed("xl/table.xml", table.as_bytes()),
    ];
    let sheets = [("a", "long.xml"), ("b", "longer.xml"), ("T", "table.xml")];
    let bytes = book_of(&sheets, &other, "<s/>");
    assert_eq!(refusal(&bytes), "the file holds no table");
    let chosen = open_file(&bytes, Some("T")).unwrap();
    assert_eq!(chosen.layout().header, ["day", "cost"]);
}

#[test]
fn formats_that_go_on_are_refused() {
    let styles = format!("<s>{}</s>", filler(70 * 1024));
    let sheet = sheet_xml(TITLES);
    let one = packed("xl/one.xml", sheet.as_bytes());
    let bytes = book_of(&[("S", "one.xml")], &[one], &styles);
    let refused = refusal(&bytes);
    assert_eq!(
        refused,
        "a list in the workbook is larger than 67108864 bytes"
    );
}

#[test]
fn a_workbook_in_gzip_says_how_to_mend_it() {
    let book = report().save_to_buffer().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&book).unwrap();
    let refused = refusal(&packed.finish().unwrap());
    assert_eq!(
        refused,
        "this is a packed workbook; unpack it, or pack it as ZIP"
    );
}
