//! An uploaded archive or workbook of any bytes, and a good workbook around a sheet, shared
//! texts and formats of any bytes.

use std::io::Cursor;

use connect::table::{COLUMNS_MAX, OpenedTable, RECORD_BYTES_MAX};
use flate2::Crc;

const BOOK: &[u8] = br#"<workbook xmlns:r="r"><workbookPr date1904="0"/><sheets>
    <sheet name="S" sheetId="1" r:id="x"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<Relationships><Relationship Id="x" Target="sheet.xml"/>
    </Relationships>"#;

/// What begins with `PK` is a file; else parts of a workbook with a zero between them.
pub(crate) fn run(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        return read(bytes.to_vec());
    }
    let mut parts = bytes.split(|byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let files = [
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sheet.xml", part()),
        ("xl/sharedStrings.xml", part()),
        ("xl/styles.xml", part()),
    ];
    read(archive(&files));
}

fn read(bytes: Vec<u8>) {
    let Ok(table) = OpenedTable::open_file(Cursor::new(bytes), None) else {
        return;
    };
    let header_row = table.layout().header_row;
    let width = table.layout().header.len();
    assert!(width <= COLUMNS_MAX);
    let is_sheet = table.layout().sheet.is_some();
    let mut before = header_row;
    for row in table.map_while(Result::ok) {
        assert!(row.row > before, "rows are numbered from the top");
        before = row.row;
        if is_sheet {
            assert!(row.cells.len() >= width && row.cells.len() <= COLUMNS_MAX);
            let length: usize = row.cells.iter().map(String::len).sum();
            assert!(length <= RECORD_BYTES_MAX);
        }
    }
}

/// An archive whose files are not packed.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut crc = Crc::new();
        crc.update(content);
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let facts = [
            b"\x14\0\0\0\0\0\0\0\0\0".as_slice(),
            &crc.sum().to_le_bytes(),
            &length,
            &length,
            &name_length,
            b"\0\0",
        ]
        .concat();
        let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let entry = [
            b"PK\x01\x02\x14\0",
            facts.as_slice(),
            &[0; 10],
            &offset,
            name.as_bytes(),
        ];
        directory.extend(entry.concat());
        bytes.extend([b"PK\x03\x04", facts.as_slice(), name.as_bytes(), content].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let end = [
        b"PK\x05\x06\0\0\0\0".as_slice(),
        &count,
        &count,
        &length,
        &offset,
        &[0, 0],
    ];
    [bytes, directory, end.concat()].concat()
}
