//! A metric of a question: one of the catalogue's, or one that the workspace defined.

use std::sync::Arc;

use base::Currency;

use crate::catalogue::{Direction, Measure, Metric, Unit, Words};
use crate::compute::{self, Number, Sums};
use crate::context::{Language, ReportContext};
use crate::formula::{CUSTOM_PREFIX, CustomMetric};
use crate::request::Vat;

#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Known(&'static Metric),
    Custom(Arc<CustomMetric>),
}

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) unit: Unit,
    pub(crate) direction: Direction,
    /// Decimal places, but of money.
    pub(crate) digits: u8,
    /// What spend without what it is divided by is called.
    pub(crate) spend_for_nothing: &'static str,
}

/// What a metric of one's own means where nobody has said it.
pub(crate) const UNDESCRIBED: Words = Words::new(
    "A metric of this workspace, worked out by its formula.",
    "Показатель этого рабочего пространства, считается по формуле.",
    "Wskaźnik tej przestrzeni roboczej, liczony według formuły.",
);

impl Asked {
    /// The metric with this key, as the asker knows it.
    pub(crate) fn find(key: &str, context: &ReportContext) -> Option<Self> {
        let Some(id) = key.strip_prefix(CUSTOM_PREFIX) else {
            return crate::catalogue::metric(key).map(Self::Known);
        };
        let known = context.custom.iter();
        let mut found = known.filter(|custom| custom.id.to_string() == id);
        found.next().map(|custom| Self::Custom(Arc::clone(custom)))
    }

    pub(crate) fn has_key(&self, key: &str) -> bool {
        match self {
            Self::Known(metric) => metric.key == key,
            Self::Custom(custom) => custom.key() == key,
        }
    }

    pub(crate) fn key(&self) -> String {
        match self {
            Self::Known(metric) => metric.key.to_owned(),
            Self::Custom(custom) => custom.key(),
        }
    }

    pub(crate) fn title(&self, language: Language) -> String {
        match self {
            Self::Known(metric) => metric.title.get(language).to_owned(),
            Self::Custom(custom) => custom.name.clone(),
        }
    }

    pub(crate) fn formula(&self, language: Language) -> String {
        match self {
            Self::Known(metric) => metric.formula_text.get(language).to_owned(),
            Self::Custom(custom) => custom.formula.text(),
        }
    }

    pub(crate) fn definition(&self, language: Language) -> String {
        match self {
            Self::Known(metric) => metric.definition.get(language).to_owned(),
            Self::Custom(custom) => custom.definition(language),
        }
    }

    pub(crate) fn shown(&self) -> Shown {
        match self {
            Self::Known(metric) => Shown::of(metric),
            Self::Custom(custom) => Shown {
                unit: custom.format.unit(),
                direction: custom.direction,
                digits: custom.format.digits(),
                spend_for_nothing: "zero_denominator",
            },
        }
    }

    pub(crate) fn digits(&self, currency: Currency) -> u8 {
        compute::digits(self.shown(), currency)
    }

    pub(crate) fn number(&self, sums: &Sums) -> Number {
        match self {
            Self::Known(metric) => compute::number(metric, sums),
            Self::Custom(custom) => custom.number(sums),
        }
    }

    /// The metrics of the catalogue that it is made of.
    pub(crate) fn metrics(&self) -> Vec<&'static Metric> {
        match self {
            Self::Known(metric) => vec![metric],
            Self::Custom(custom) => custom.formula.metrics(),
        }
    }

    /// The measures that it is made of, with the VAT that a report asks for.
    pub(crate) fn measures(&self, wanted: Vat) -> Vec<Measure> {
        let of_metric = |metric: &'static Metric| {
            let measures = metric.formula.measures();
            let taxes: Vec<Measure> = match metric.vat(wanted) {
                Vat::Net => Vec::new(),
                Vat::Gross => measures.iter().filter_map(|each| each.vat()).collect(),
            };
            measures.into_iter().chain(taxes)
        };
        self.metrics().into_iter().flat_map(of_metric).collect()
    }
}

impl Shown {
    pub(crate) fn of(metric: &Metric) -> Self {
        Self {
            unit: metric.unit,
            direction: metric.direction,
            digits: metric.digits,
            // The ad cost share has a name for it; elsewhere it is a division by zero.
            spend_for_nothing: match metric.key {
                "ad_cost_share" => "infinite",
                _ => "zero_denominator",
            },
        }
    }
}
