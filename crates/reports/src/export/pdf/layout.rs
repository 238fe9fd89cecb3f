//! Where everything stands on the pages: numbers on the right under their heads and never cut,
//! names as long as there is room, columns that a page has no room for on pages of their own.

use super::letters::Letters;
use crate::Language;
use crate::catalogue::Words;
use crate::export::html::{readable, unit_of};
use crate::export::{TOTAL, heading};
use crate::report::{Cell, Column, ColumnKind, Report, ReportRow};

/// Rows of a file; more are for a spreadsheet.
pub const ROWS_MAX: usize = 1_000;
// Points, of which 72 are an inch: A4 across.
pub(super) const PAGE_WIDTH: f32 = 842.0;
pub(super) const PAGE_HEIGHT: f32 = 595.0;
pub(super) const MARGIN: f32 = 40.0;
const WIDTH: f32 = PAGE_WIDTH - 2.0 * MARGIN;
const BOTTOM: f32 = PAGE_HEIGHT - MARGIN - 8.0;
const TITLE_SIZE: f32 = 17.0;
const TEXT_SIZE: f32 = 8.5;
const SMALL_SIZE: f32 = 7.5;
const LINE: f32 = 10.5;
const ROW_HEIGHT: f32 = 16.0;
/// Between two columns.
const GAP: f32 = 10.0;
const NAME_WIDTH_MIN: f32 = 56.0;
const NAME_WIDTH_MAX: f32 = 260.0;
/// So much of a page's width do names take at most, in hundredths.
const NAMES_SHARE: f32 = 0.5;
const NUMBER_WIDTH_MIN: f32 = 34.0;
/// A longer word of a heading is cut.
const WORD_WIDTH_MAX: f32 = 84.0;
const HEAD_LINES_MAX: usize = 3;
const ABOUT_LINES_MAX: usize = 3;
const INK: Colour = [28, 31, 30];
const FAINT: Colour = [93, 102, 99];
const RULE: Colour = [221, 226, 224];
const EDGE: Colour = [148, 158, 154];
const TINT: Colour = [241, 245, 243];
const ACCENT: Colour = [13, 148, 136];

const NOTHING: Words = Words::new(
    "Nothing in this period",
    "В этом периоде ничего нет",
    "W tym okresie nic nie ma",
);
const CUT: Words = Words::new("Rows shown", "Показано строк", "Pokazane wiersze");
const OF: Words = Words::new("of", "из", "z");

/// Red, green and blue.
pub(super) type Colour = [u8; 3];

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) bars: Vec<Bar>,
    pub(super) texts: Vec<Text>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) colour: Colour,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub(super) left: f32,
    /// The line that the letters stand on.
    pub(super) base: f32,
    pub(super) size: f32,
    pub(super) text: String,
    pub(super) colour: Colour,
    pub(super) weight: Weight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Plain,
    Bold,
}

/// The whole report, page by page.
pub(super) fn pages(
    letters: &Letters,
    report: &Report,
    title: &str,
    language: Language,
) -> Vec<Page> {
    let columns = columns(letters, report, language);
    let mut pages = Vec::new();
    for mut group in groups(columns) {
        fill(letters, &mut group);
        let mut sheet = Sheet::begin(letters, &group);
        if pages.is_empty() {
            sheet.about(report, title, language);
        }
        sheet.head();
        if report.totals.is_some() {
            sheet.row(0, Weight::Bold);
        }
        let first = usize::from(report.totals.is_some());
        for line in 0..report.rows.len().min(ROWS_MAX) {
            sheet.row(first + line, Weight::Plain);
        }
        if let Some(note) = note(report, language) {
            sheet.note(&note);
        }
        pages.extend(sheet.finish());
    }
    number(letters, &mut pages, report, title);
    pages
}

/// A column with its texts and how wide it is, the gap to the next one included.
#[derive(Debug, Clone)]
struct Printed {
    head: Vec<String>,
    texts: Vec<String>,
    width: f32,
    is_number: bool,
}

/// The pages of one group of columns.
struct Sheet<'a> {
    letters: &'a Letters,
    columns: &'a [Printed],
    done: Vec<Page>,
    page: Page,
    y: f32,
}

impl<'a> Sheet<'a> {
    fn begin(letters: &'a Letters, columns: &'a [Printed]) -> Self {
        Self {
            letters,
            columns,
            done: Vec::new(),
            page: Page::default(),
            y: MARGIN,
        }
    }

    /// Title and what the numbers are of.
    fn about(&mut self, report: &Report, title: &str, language: Language) {
        self.bar(self.y, 3.0, ACCENT, 36.0);
        self.y += 12.0 + TITLE_SIZE;
        let title = self.letters.cut(title, TITLE_SIZE, WIDTH);
        self.write(MARGIN, TITLE_SIZE, title, INK, Weight::Bold);
        let mut about = heading(report, language).into_iter();
        if let Some((_, period)) = about.next() {
            self.y += 18.0;
            self.write(MARGIN, 10.0, period, INK, Weight::Plain);
        }
        self.y += 4.0;
        let told: Vec<String> = about
            .map(|(name, value)| format!("{name}: {value}").replace(' ', "\u{a0}"))
            .collect();
        let told = told.join(" · ");
        for line in self.letters.wrap(&told, SMALL_SIZE, WIDTH, ABOUT_LINES_MAX) {
            self.y += LINE;
            self.write(MARGIN, SMALL_SIZE, line, FAINT, Weight::Plain);
        }
        self.y += 14.0;
    }

    fn head(&mut self) {
        let lines = self.columns.iter().map(|column| column.head.len());
        let lines = lines.max().unwrap_or_default();
        let top = self.y;
        let mut left = MARGIN;
        for column in self.columns {
            let missing = lines - column.head.len();
            self.y = top + LINE * small(missing);
            for line in &column.head {
                self.y += LINE;
                let at = self.at(left, column, line, SMALL_SIZE);
                self.write(at, SMALL_SIZE, line.clone(), FAINT, Weight::Plain);
            }
            left += column.width;
        }
        self.y = top + LINE * small(lines) + 4.0;
        self.bar(self.y, 0.9, EDGE, WIDTH);
        self.y += 0.9;
    }

    fn row(&mut self, index: usize, weight: Weight) {
        if self.y + ROW_HEIGHT > BOTTOM {
            self.turn();
        }
        if weight == Weight::Bold {
            self.bar(self.y, ROW_HEIGHT, TINT, WIDTH);
        }
        let top = self.y;
        self.y = top + ROW_HEIGHT - 5.0;
        let mut left = MARGIN;
        for column in self.columns {
            let text = column.texts.get(index).map(String::as_str);
            let text = text.unwrap_or_default();
            let text = match column.is_number {
                true => text.to_owned(),
                false => self.letters.cut(text, TEXT_SIZE, column.width - GAP),
            };
            let at = self.at(left, column, &text, TEXT_SIZE);
            self.write(at, TEXT_SIZE, text, INK, weight);
            left += column.width;
        }
        self.y = top + ROW_HEIGHT;
        self.bar(self.y - 0.5, 0.5, RULE, WIDTH);
    }

    fn note(&mut self, text: &str) {
        if self.y + ROW_HEIGHT > BOTTOM {
            self.turn();
        }
        self.y += ROW_HEIGHT - 2.0;
        self.write(MARGIN, SMALL_SIZE, text.to_owned(), FAINT, Weight::Plain);
    }

    /// On to the next page, with the head of the table again.
    fn turn(&mut self) {
        self.done.push(std::mem::take(&mut self.page));
        self.y = MARGIN;
        self.head();
    }

    fn finish(mut self) -> Vec<Page> {
        self.done.push(self.page);
        self.done
    }

    /// Where a text of a column begins.
    fn at(&self, left: f32, column: &Printed, text: &str, size: f32) -> f32 {
        if column.is_number {
            left + column.width - self.letters.width(text, size)
        } else {
            left
        }
    }

    fn write(&mut self, left: f32, size: f32, text: String, colour: Colour, weight: Weight) {
        if !text.is_empty() {
            self.page.texts.push(Text {
                left,
                base: self.y,
                size,
                text,
                colour,
                weight,
            });
        }
    }

    fn bar(&mut self, top: f32, height: f32, colour: Colour, width: f32) {
        self.page.bars.push(Bar {
            left: MARGIN,
            top,
            width,
            height,
            colour,
        });
    }
}

/// Which page of how many, and of what.
fn number(letters: &Letters, pages: &mut [Page], report: &Report, title: &str) {
    let count = pages.len();
    let base = PAGE_HEIGHT - MARGIN / 2.0;
    for (index, page) in pages.iter_mut().enumerate() {
        let place = format!("{} / {count}", index + 1);
        let told = format!("{title} · {} – {}", report.period.from, report.period.to);
        let right = PAGE_WIDTH - MARGIN - letters.width(&place, SMALL_SIZE);
        for (left, text) in [
            (MARGIN, letters.cut(&told, SMALL_SIZE, WIDTH - 80.0)),
            (right, place),
        ] {
            page.texts.push(Text {
                left,
                base,
                size: SMALL_SIZE,
                text,
                colour: FAINT,
                weight: Weight::Plain,
            });
        }
    }
}

/// What is not there and would be looked for.
fn note(report: &Report, language: Language) -> Option<String> {
    if report.rows.is_empty() {
        return Some(NOTHING.get(language).to_owned());
    }
    let shown = report.rows.len().min(ROWS_MAX);
    let all = report.rows_total.max(report.rows.len());
    let (cut, of) = (CUT.get(language), OF.get(language));
    (shown < all).then(|| format!("{cut}: {shown} {of} {all}"))
}

/// Every column with all its texts, the total first where there is one.
fn columns(letters: &Letters, report: &Report, language: Language) -> Vec<Printed> {
    let (mut name, mut metric) = (0, 0);
    let rows = || report.rows.iter().take(ROWS_MAX);
    let mut columns = Vec::new();
    for column in &report.columns {
        let texts: Vec<String> = if column.kind == ColumnKind::Metric {
            let all = report.totals.iter().chain(rows().map(|row| &row.cells));
            let at = metric;
            metric += 1;
            let read = |cell: &Cell| readable(cell, column, language);
            all.map(|cells| cells.get(at).map_or_else(String::new, read))
                .collect()
        } else {
            let total = if name == 0 { TOTAL.get(language) } else { "" };
            let total = report.totals.iter().map(|_| total.to_owned());
            let at = name;
            name += 1;
            let label = |row: &ReportRow| {
                let value = row.dimensions.get(at);
                value.map_or_else(String::new, |value| value.label.clone())
            };
            total.chain(rows().map(label)).collect()
        };
        columns.push(printed(letters, report, column, texts));
    }
    columns
}

fn printed(letters: &Letters, report: &Report, column: &Column, texts: Vec<String>) -> Printed {
    let title = format!("{}{}", column.title, unit_of(column, &report.currency));
    let widest = |size: f32, texts: &mut dyn Iterator<Item = &str>| {
        let widths = texts.map(|text| letters.width(text, size));
        widths.fold(0.0, f32::max)
    };
    let inside = widest(TEXT_SIZE, &mut texts.iter().map(String::as_str));
    let word = widest(SMALL_SIZE, &mut title.split_whitespace()).min(WORD_WIDTH_MAX);
    let is_number = column.kind == ColumnKind::Metric;
    let width = if is_number {
        inside.max(word).max(NUMBER_WIDTH_MIN)
    } else {
        inside.max(word).clamp(NAME_WIDTH_MIN, NAME_WIDTH_MAX)
    };
    Printed {
        head: vec![title],
        texts,
        width: width + GAP,
        is_number,
    }
}

/// As many numbers as a page has room for beside the names, and again for the next ones.
fn groups(columns: Vec<Printed>) -> Vec<Vec<Printed>> {
    let (mut numbers, mut names) = (Vec::new(), Vec::new());
    for column in columns {
        let side = if column.is_number {
            &mut numbers
        } else {
            &mut names
        };
        side.push(column);
    }
    let taken: f32 = names.iter().map(|name| name.width).sum();
    let share = if numbers.is_empty() { 1.0 } else { NAMES_SHARE };
    if taken > WIDTH * share {
        for name in &mut names {
            name.width *= WIDTH * share / taken;
        }
    }
    let taken: f32 = names.iter().map(|name| name.width).sum();
    let mut groups = vec![names.clone()];
    let mut room = WIDTH - taken;
    for number in numbers {
        let has_number = groups.last().is_some_and(|group| group.len() > names.len());
        if number.width > room && has_number {
            groups.push(names.clone());
            room = WIDTH - taken;
        }
        room -= number.width;
        if let Some(group) = groups.last_mut() {
            group.push(number);
        }
    }
    groups
}

/// Columns share what is left of the page; then their heads are broken into lines.
fn fill(letters: &Letters, group: &mut [Printed]) {
    let taken: f32 = group.iter().map(|column| column.width).sum();
    let more = (WIDTH - taken).max(0.0) / small(group.len().max(1));
    for column in group {
        column.width += more;
        let (title, room) = (column.head.concat(), column.width - GAP);
        column.head = letters.wrap(&title, SMALL_SIZE, room, HEAD_LINES_MAX);
    }
}

fn small(count: usize) -> f32 {
    f32::from(u8::try_from(count).unwrap_or(u8::MAX))
}
