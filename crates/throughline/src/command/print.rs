//! What commands print: tables with aligned numbers, and progress bars.

use std::fmt;
use std::io::{self, ErrorKind, Write as _};
use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use reports::Language;

const SPIN_INTERVAL: Duration = Duration::from_millis(120);

/// Prints a line to standard output; see [`out`].
macro_rules! say {
    ($($text:tt)*) => {
        $crate::command::print::out(format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Prints a text that has its line ends already; see [`out`].
macro_rules! say_text {
    ($text:expr) => {
        $crate::command::print::out(format_args!("{}", $text))
    };
}

pub(crate) use {say, say_text};

/// Prints to standard output. A reader that went away, such as `head`, has what it wanted: the
/// command goes on and does its work to the end.
///
/// # Panics
/// When the output cannot be written for another reason, as with `println!`.
pub(crate) fn out(text: fmt::Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    match stdout.write_fmt(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            panic!("failed to print: {error}")
        }
        _ => {}
    }
}

/// A table of words for a terminal.
pub(crate) fn table(header: &[String], rows: &[Vec<String>]) -> String {
    numbers(header, rows, header.len())
}

/// A table for a terminal whose columns are words up to `first_number`, and numbers from there on.
pub(crate) fn numbers(header: &[String], rows: &[Vec<String>], first_number: usize) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .chain(header.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(index, (cell, width))| {
                if index < first_number {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
    let mut lines = vec![line(header), rule];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}

/// A bar for work of known length; draws nothing where no person watches.
pub(crate) fn bar(total: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let style = ProgressStyle::with_template("{msg:<28} {bar:32} {percent:>3} %  {pos}  {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// A sign of life for work of unknown length; draws nothing where no person watches.
pub(crate) fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(SPIN_INTERVAL);
    spinner
}

/// The documentation of every metric and dimension, in Markdown.
///
/// # Errors
/// When the language is none of ours.
pub(crate) fn metrics(language: &str) -> anyhow::Result<String> {
    let language = match language {
        "en" => Language::En,
        "ru" => Language::Ru,
        "pl" => Language::Pl,
        other => bail!("{other:?} is not one of en, ru, pl"),
    };
    Ok(reports::catalogue::markdown(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `throughline metrics > docs/metrics.md` brings it up to date.
    #[test]
    fn the_kept_page_is_that_of_the_catalogue() {
        let kept = include_str!("../../../../docs/metrics.md");
        assert_eq!(metrics("en").unwrap(), kept);
    }

    /// `throughline roles > docs/roles.md` brings it up to date.
    #[test]
    fn the_kept_page_of_roles_is_that_of_the_table() {
        assert_eq!(app::roles_page(), include_str!("../../../../docs/roles.md"));
    }

    /// `throughline register > docs/register.md` brings it up to date.
    #[test]
    fn the_kept_register_is_that_of_the_program() {
        let kept = include_str!("../../../../docs/register.md");
        assert_eq!(app::register_page(), kept);
    }

    #[test]
    fn numbers_stand_under_each_other() {
        let words = |cells: &[&str]| {
            cells
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        let text = numbers(&words(&["Channel", "Leads"]), &[words(&["Search", "7"])], 1);
        assert_eq!(text, "Channel  Leads\n──────────────\nSearch       7");
    }
}
