//! A metric: its words, its formula over base measures, and how it is shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::catalogue::{Measure, Words};
use crate::request::Vat;

/// A number that can be asked for.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    pub key: &'static str,
    pub group: Group,
    pub unit: Unit,
    pub direction: Direction,
    /// Decimal places shown.
    pub digits: u8,
    pub formula: Formula,
    /// The formula in keys of other metrics, or in prose.
    pub formula_text: Words,
    pub title: Words,
    pub short: Words,
    pub definition: Words,
}

/// A weighted sum of measures of one unit.
pub type Linear = &'static [(i64, Measure)];

/// How a metric comes out of measures.
#[derive(Debug, Clone, Copy)]
pub enum Formula {
    Sum(Linear),
    /// Top by bottom, times ten to the power of `ten`, by `divisor`.
    Ratio {
        top: Linear,
        bottom: Linear,
        ten: i32,
        divisor: i64,
    },
    /// Days until the gross profit of acquired customers has paid for `cost`.
    Payback {
        cost: Linear,
    },
    /// 1 where there is spend and no lead, else 0.
    SpendWithoutLeads,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    Money,
    Percent,
    Ratio,
    /// Seconds.
    Duration,
    Days,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Up,
    Down,
    #[default]
    Neutral,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MetricGroup)]
pub enum Group {
    Traffic,
    Spend,
    Leads,
    Sales,
    Profit,
    Customers,
    /// Defined by the workspace.
    Custom,
}

impl Direction {
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Neutral => "neutral",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let mut all = [Self::Up, Self::Down, Self::Neutral].into_iter();
        all.find(|direction| direction.key() == key)
    }
}

impl Formula {
    /// What an empty bottom means.
    #[must_use]
    pub fn null_rule(&self) -> Words {
        match self {
            Self::Sum(_) | Self::SpendWithoutLeads => Words {
                en: "Always a number; zero when nothing happened.",
                ru: "Всегда число; ноль, если ничего не было.",
                pl: "Zawsze liczba; zero, gdy nic się nie wydarzyło.",
            },
            Self::Ratio { .. } => Words {
                en: "Empty when the denominator is zero: x/0 is never 0; a price is empty also \
                     without spend. In groups it is the ratio of sums, never the mean of ratios.",
                ru: "Пусто, если знаменатель ноль: x/0 никогда не равно 0; цена пуста и без \
                     расходов. По группам это отношение сумм, а не среднее отношений.",
                pl: "Puste, gdy mianownik jest zerem: x/0 nigdy nie jest 0; cena jest pusta też \
                     bez kosztów. W grupach to iloraz sum, nigdy średnia ilorazów.",
            },
            Self::Payback { .. } => Words {
                en: "Empty without spend, and as long as the customers have not paid it back.",
                ru: "Пусто без расходов и пока клиенты их не окупили.",
                pl: "Puste bez kosztów i dopóki klienci ich nie zwrócili.",
            },
        }
    }

    /// The measures it is made of.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        let of = |linear: Linear| linear.iter().map(|(_, measure)| *measure);
        match *self {
            Self::Sum(linear) => of(linear).collect(),
            Self::Ratio { top, bottom, .. } => of(top).chain(of(bottom)).collect(),
            Self::Payback { cost } => {
                let steps = crate::catalogue::PAYBACK_STEPS_DAYS.map(Measure::EarlyProfit);
                of(cost).chain(steps).collect()
            }
            Self::SpendWithoutLeads => vec![Measure::Cost, Measure::Leads],
        }
    }
}

impl Metric {
    /// What one of something cost. Nothing was paid for what came without spend, so it has no
    /// price: a price of zero would look like the best buy there is.
    #[must_use]
    pub fn is_price(&self) -> bool {
        self.unit == Unit::Money && self.is_worst_when_infinite()
    }

    /// Whether spend can be computed from it.
    #[must_use]
    pub fn tells_costs(&self) -> bool {
        let of_costs = |measure: &Measure| {
            // What platforms say is told beside their cost, and to the same people.
            matches!(
                measure,
                Measure::Cost | Measure::CostVat | Measure::SaidConversions | Measure::SaidValue
            )
        };
        self.formula.measures().iter().any(of_costs)
    }

    /// Whether the cost of goods can be computed from it.
    #[must_use]
    pub fn tells_margin(&self) -> bool {
        let of_margin = |measure: &Measure| {
            matches!(
                measure,
                Measure::CostOfGoods | Measure::GrownProfit(_) | Measure::EarlyProfit(_)
            )
        };
        self.formula.measures().iter().any(of_margin)
    }

    /// Whether money that came in can be computed from it. Profit tells as much as revenue does.
    #[must_use]
    pub fn tells_revenue(&self) -> bool {
        let of_revenue = |measure: &Measure| {
            matches!(
                measure,
                Measure::Revenue | Measure::Vat | Measure::Refunds | Measure::EventRevenue
            )
        };
        self.tells_margin() || self.formula.measures().iter().any(of_revenue)
    }

    /// Whether its money holds VAT in a report that asks for `wanted`. VAT is nobody's profit, and
    /// goods are kept without it, so what is made of profit never does.
    #[must_use]
    pub fn vat(&self, wanted: Vat) -> Vat {
        if self.tells_margin() {
            Vat::Net
        } else {
            wanted
        }
    }

    /// A share of counts, of which it can be told how sure it is.
    #[must_use]
    pub fn is_proportion(&self) -> bool {
        let counted = |linear: Linear| linear.iter().all(|(_, measure)| measure.is_count());
        match self.formula {
            Formula::Ratio { top, bottom, .. } => {
                self.unit == Unit::Percent && counted(top) && counted(bottom)
            }
            Formula::Sum(_) | Formula::Payback { .. } | Formula::SpendWithoutLeads => false,
        }
    }

    /// A zero denominator with something above it is the worst that can be: spend for nothing.
    #[must_use]
    pub fn is_worst_when_infinite(&self) -> bool {
        self.direction == Direction::Down && matches!(self.formula, Formula::Ratio { .. })
    }
}
