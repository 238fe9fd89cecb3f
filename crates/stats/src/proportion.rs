//! A proportion: how often something happened in so many tries, and how sure that is.

/// Bounds between which the true proportion lies, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// How often such intervals hold the true value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    Percent90,
    Percent95,
    Percent99,
}

/// Wilson's score interval for `successes` in `trials`; `None` where they make no proportion,
/// because nothing was tried or more happened than was tried.
///
/// It never leaves 0 to 1 and holds its promise for small samples and rates near 0, where the
/// textbook interval (estimate ± standard errors) fails.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22 (1927), 209–212; in the form of
/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
/// methods", Statistics in Medicine 17 (1998), 857–872, method 3.
#[must_use]
pub fn wilson_interval(successes: u64, trials: u64, confidence: Confidence) -> Option<Interval> {
    if trials == 0 || successes > trials {
        return None;
    }
    let (tried, happened) = (float(trials), float(successes));
    let missed = tried - happened;
    let z = confidence.z();
    let square = z * z;
    let centre = 2.0 * happened + square;
    let reach = z * (square + 4.0 * happened * missed / tried).sqrt();
    let span = 2.0 * (tried + square);
    Some(Interval {
        low: ((centre - reach) / span).clamp(0.0, 1.0),
        high: ((centre + reach) / span).clamp(0.0, 1.0),
    })
}

impl Interval {
    #[must_use]
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

impl Confidence {
    #[must_use]
    pub fn percent(self) -> u8 {
        match self {
            Self::Percent90 => 90,
            Self::Percent95 => 95,
            Self::Percent99 => 99,
        }
    }

    /// The two-sided quantile of the standard normal distribution.
    fn z(self) -> f64 {
        match self {
            Self::Percent90 => 1.644_853_626_951_472_2,
            Self::Percent95 => 1.959_963_984_540_054,
            Self::Percent99 => 2.575_829_303_548_900_4,
        }
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "counts above 2^53 lose their last digits, which no interval shows"
)]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(successes: u64, trials: u64, confidence: Confidence, low: &str, high: &str) {
        let interval = wilson_interval(successes, trials, confidence).unwrap();
        assert_eq!(format!("{:.4}", interval.low), low);
        assert_eq!(format!("{:.4}", interval.high), high);
    }

    #[test]
    fn the_bounds_are_those_of_newcombe_s_table_1() {
        use Confidence::Percent95;
        check(81, 263, Percent95, "0.2553", "0.3662");
        check(15, 148, Percent95, "0.0624", "0.1605");
        check(0, 20, Percent95, "0.0000", "0.1611");
        check(1, 29, Percent95, "0.0061", "0.1718");
    }

    #[test]
    fn success_and_failure_mirror_each_other() {
        for (successes, trials) in [(0, 1), (1, 29), (7, 50), (50, 50)] {
            let of = |count| wilson_interval(count, trials, Confidence::Percent90).unwrap();
            let (there, back) = (of(successes), of(trials - successes));
            assert!((there.low - (1.0 - back.high)).abs() < 1e-12);
        }
    }

    #[test]
    fn more_tries_and_less_confidence_make_it_narrower() {
        let width = |trials, confidence| {
            let interval = wilson_interval(trials / 10, trials, confidence).unwrap();
            interval.width()
        };
        assert!(width(1_000, Confidence::Percent95) < width(100, Confidence::Percent95));
        assert!(width(100, Confidence::Percent95) < width(100, Confidence::Percent99));
        assert!(width(100, Confidence::Percent90) < width(100, Confidence::Percent95));
    }

    #[test]
    fn what_is_no_proportion_has_no_interval() {
        assert_eq!(wilson_interval(0, 0, Confidence::Percent95), None);
        assert_eq!(wilson_interval(3, 2, Confidence::Percent95), None);
    }

    #[test]
    fn the_bounds_hold_the_estimate_and_never_leave_0_to_1() {
        for trials in [1_u64, 2, 10, 1_000_000, u64::MAX] {
            for successes in [0, 1, trials / 2, trials] {
                let interval = wilson_interval(successes, trials, Confidence::Percent99).unwrap();
                let estimate = float(successes) / float(trials);
                assert!(interval.low >= 0.0 && interval.high <= 1.0);
                assert!(interval.low <= estimate + 1e-12 && estimate <= interval.high + 1e-12);
            }
        }
    }
}
