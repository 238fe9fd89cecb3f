//! What was measured, what it is held against, and whether the aim is met.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    AtMost(f64),
    AtLeast(f64),
    /// Told, but held against nothing.
    None,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    name: String,
    /// What was measured and its baseline, as people read them.
    measured: String,
    baseline: String,
    /// What is held against the aim.
    value: f64,
    aim: Aim,
}

impl Figure {
    /// Our time as a part of the baseline's.
    pub(crate) fn ratio(name: &str, ours: Duration, baseline: Duration, aim: Aim) -> Self {
        Self {
            name: name.to_owned(),
            measured: millis(ours),
            baseline: millis(baseline),
            value: ours.as_secs_f64() / baseline.as_secs_f64(),
            aim,
        }
    }

    /// A figure in its own unit.
    pub(crate) fn plain(name: &str, value: f64, unit: &str, baseline: &str, aim: Aim) -> Self {
        Self {
            name: name.to_owned(),
            measured: unit.to_owned(),
            baseline: baseline.to_owned(),
            value,
            aim,
        }
    }

    fn is_met(&self) -> Option<bool> {
        match self.aim {
            Aim::AtMost(most) => Some(self.value <= most),
            Aim::AtLeast(least) => Some(self.value >= least),
            Aim::None => None,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.is_met() {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "",
        }
    }
}

/// Prints a titled table.
pub(crate) fn print(title: &str, baseline: &str, figures: &[Figure]) {
    println!("\n{title}");
    println!(
        "{:<42}{:>14}{:>16}{:>12}{:>12}  ",
        "", "measured", baseline, "figure", "aim"
    );
    for figure in figures {
        let aim = match figure.aim {
            Aim::AtMost(most) => format!("≤ {}", number(most)),
            Aim::AtLeast(least) => format!("≥ {}", number(least)),
            Aim::None => String::new(),
        };
        println!(
            "{:<42}{:>14}{:>16}{:>12}{aim:>12}  {}",
            figure.name,
            figure.measured,
            figure.baseline,
            number(figure.value),
            figure.verdict()
        );
    }
}

/// The figures of a part as JSON.
pub(crate) fn as_json(figures: &[Figure]) -> Value {
    let each = figures.iter().map(|figure| {
        let (at_most, at_least) = match figure.aim {
            Aim::AtMost(most) => (Some(most), None),
            Aim::AtLeast(least) => (None, Some(least)),
            Aim::None => (None, None),
        };
        json!({
            "name": figure.name, "measured": figure.measured, "baseline": figure.baseline,
            "figure": figure.value, "at_most": at_most, "at_least": at_least,
            "met": figure.is_met(),
        })
    });
    each.collect()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub(crate) fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Duration)> {
    let begin = Instant::now();
    let done = work()?;
    Ok((done, begin.elapsed()))
}

/// So many a second.
pub(crate) fn share_of(count: u64, time: Duration) -> f64 {
    as_number(count) / time.as_secs_f64()
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "figures are shown with a few digits"
)]
pub(crate) fn as_number(count: u64) -> f64 {
    count as f64
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(aim: Aim, value: f64, met: Option<bool>) {
        assert_eq!(Figure::plain("", value, "", "", aim).is_met(), met);
    }

    #[test]
    fn an_aim_is_met_at_its_edge() {
        check(Aim::AtMost(0.1), 0.1, Some(true));
        check(Aim::AtMost(0.1), 0.11, Some(false));
        check(Aim::AtLeast(2.0), 2.0, Some(true));
        check(Aim::AtLeast(2.0), 1.9, Some(false));
        check(Aim::None, 5.0, None);
    }
}
