//! The tracker's event as it comes in.

use base::Money;
use serde::Deserialize;

use crate::json::{Properties, Scalar};
use crate::watch::is_secret;

/// The tracker's event, in its short keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BrowserEvent<'a> {
    /// Name: `pageview`, `engagement`, `outbound`, `download`, `form`, `consent` or a custom one.
    #[serde(borrow, alias = "name")]
    pub(crate) n: Scalar<'a>,
    #[serde(borrow, alias = "url")]
    pub(crate) u: Scalar<'a>,
    #[serde(borrow, alias = "referrer")]
    pub(crate) r: Scalar<'a>,
    /// The site's key.
    #[serde(borrow)]
    pub(crate) k: Scalar<'a>,
    /// The site's domain, where no key is sent.
    #[serde(borrow, alias = "domain")]
    pub(crate) d: Scalar<'a>,
    #[serde(borrow, alias = "title")]
    pub(crate) t: Scalar<'a>,
    /// Random id of the event: a repetition counts once.
    #[serde(borrow)]
    pub(crate) x: Scalar<'a>,
    /// Address of a link or download, name of a form.
    #[serde(borrow)]
    pub(crate) l: Scalar<'a>,
    /// Engaged milliseconds.
    #[serde(borrow)]
    pub(crate) e: Scalar<'a>,
    /// Scroll depth in percent.
    #[serde(borrow, alias = "sd")]
    pub(crate) s: Scalar<'a>,
    #[serde(alias = "props")]
    pub(crate) p: Properties,
    #[serde(borrow, rename = "$", alias = "revenue")]
    pub(crate) revenue: Option<Revenue<'a>>,
    /// `false` for an event that shows no interest.
    #[serde(borrow, alias = "interactive")]
    pub(crate) i: Scalar<'a>,
    /// 1: the fragment is part of the page's path.
    #[serde(borrow)]
    pub(crate) h: Scalar<'a>,
    /// The browser is driven by a program.
    #[serde(borrow)]
    pub(crate) w: Scalar<'a>,
    /// Consent: 1 given, 0 refused.
    #[serde(borrow)]
    pub(crate) c: Scalar<'a>,
}

impl BrowserEvent<'_> {
    /// The fields as they were read, by their long names, for whoever watches.
    pub(crate) fn told(&self) -> Vec<(&'static str, String)> {
        let revenue = self.revenue.as_ref();
        let revenue = revenue.map(|told| format!("{} {}", told.amount.0, told.currency.0));
        let properties = self.p.0.iter();
        let properties = properties.map(|(name, value)| match is_secret(name) {
            true => format!("{name}=…"),
            false => format!("{name}={value}"),
        });
        let text = |scalar: &Scalar<'_>| scalar.0.to_string();
        vec![
            ("name", text(&self.n)),
            ("url", text(&self.u)),
            ("referrer", text(&self.r)),
            ("key", text(&self.k)),
            ("domain", text(&self.d)),
            ("title", text(&self.t)),
            ("id", text(&self.x)),
            ("link", text(&self.l)),
            ("engaged_ms", text(&self.e)),
            ("scroll_percent", text(&self.s)),
            ("properties", properties.collect::<Vec<_>>().join(", ")),
            ("revenue", revenue.unwrap_or_default()),
            ("interactive", text(&self.i)),
            ("fragment", text(&self.h)),
            ("automated", text(&self.w)),
            ("consent", text(&self.c)),
        ]
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Revenue<'a> {
    #[serde(borrow)]
    pub(crate) amount: Scalar<'a>,
    #[serde(borrow)]
    pub(crate) currency: Scalar<'a>,
}

impl Revenue<'_> {
    /// `None` where amount or currency cannot be read.
    pub(crate) fn money(&self) -> Option<Money> {
        let micros = base::parse_decimal_micros(&self.amount.0).ok()?;
        Some(Money::new(micros, self.currency.0.parse().ok()?))
    }
}
