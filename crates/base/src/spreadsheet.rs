//! Cells of tables that spreadsheets open: none may be run as a formula, and all can be read back.

use std::borrow::Cow;

/// What a spreadsheet takes a cell for a formula by.
const RISKY: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// A text that a spreadsheet would run gets an apostrophe in front; negative numbers stay numbers.
#[must_use]
pub fn safe_cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(RISKY) && !is_negative_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text without the apostrophe that [`safe_cell`] put in front.
#[must_use]
pub fn plain_cell(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(RISKY) => text,
        _ => cell,
    }
}

fn is_negative_number(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|digits| {
        let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',');
        digits.starts_with(|first: char| first.is_ascii_digit()) && digits.bytes().all(is_part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_left_alone() {
        for risky in [
            "=1+1",
            "+1",
            "@sum(a)",
            "-cmd",
            "-",
            "\tx",
            "\rx",
            "\nx",
            "+48600700800",
        ] {
            assert_eq!(safe_cell(risky), format!("'{risky}"));
        }
        for harmless in ["a=1", "-12.5", "-1,5", "'quoted'", ""] {
            assert_eq!(safe_cell(harmless), harmless);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(text in "[^']{0,8}|[=+@-][^']{0,8}") {
            let safe = safe_cell(&text);
            prop_assert_eq!(plain_cell(&safe), text.as_str());
        }
    }
}
