//! Metrics of customers.

use crate::catalogue::{Direction, Formula, Group, Measure, Metric, Unit, Words};

pub(crate) const METRICS: &[Metric] = &[
    Metric {
        key: "customers",
        group: Group::Customers,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Customers)]),
        formula_text: Words::new(
            "count of first paid orders",
            "число первых оплаченных заказов",
            "liczba pierwszych opłaconych zamówień",
        ),
        title: Words::new("New customers", "Новые клиенты", "Nowi klienci"),
        short: Words::new("Customers", "Клиенты", "Klienci"),
        definition: Words::new(
            "People whose first paid order this is. A person is whoever a phone or e-mail joins: \
             leads with the same contact are one person.",
            "Люди, впервые оплатившие заказ. Человек — все, кого объединяет телефон или почта: \
             лиды с одним контактом — один человек.",
            "Osoby, które opłaciły pierwsze zamówienie. Osoba to wszyscy, których łączy telefon \
             lub e-mail: leady z tym samym kontaktem to jedna osoba.",
        ),
    },
    Metric {
        key: "cac",
        group: Group::Customers,
        unit: Unit::Money,
        direction: Direction::Down,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::Cost)],
            bottom: &[(1, Measure::Customers)],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::same("cost / customers"),
        title: Words::same("CAC"),
        short: Words::same("CAC"),
        definition: Words::new(
            "Cost of winning a new customer.",
            "Стоимость привлечения нового клиента.",
            "Koszt pozyskania nowego klienta.",
        ),
    },
    Metric {
        key: "arpu",
        group: Group::Customers,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::Revenue)],
            bottom: &[(1, Measure::Visitors)],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::same("revenue / visitors"),
        title: Words::same("ARPU"),
        short: Words::same("ARPU"),
        definition: Words::new(
            "Revenue for each visitor of the period.",
            "Выручка на посетителя периода.",
            "Przychód na odwiedzającego w okresie.",
        ),
    },
    Metric {
        key: "payers",
        group: Group::Customers,
        unit: Unit::Count,
        direction: Direction::Up,
        digits: 0,
        formula: Formula::Sum(&[(1, Measure::Payers)]),
        formula_text: Words::new("distinct payers", "разные плательщики", "różni płacący"),
        title: Words::new("Payers", "Плательщики", "Płacący"),
        short: Words::new("Payers", "Плат.", "Płacący"),
        definition: Words::new(
            "Different payers of the period: counted by visitor; by lead where no visit is known; \
             by deal where there is neither.",
            "Разные плательщики периода: по посетителю; без известного визита — по лиду; без того \
             и другого — по сделке.",
            "Różni płacący w okresie: liczeni według odwiedzającego; bez znanej wizyty — leada; \
             bez obu — szansy.",
        ),
    },
    Metric {
        key: "arppu",
        group: Group::Customers,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::Revenue)],
            bottom: &[(1, Measure::Payers)],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::same("revenue / payers"),
        title: Words::same("ARPPU"),
        short: Words::same("ARPPU"),
        definition: Words::new(
            "Revenue for each payer of the period.",
            "Выручка на плательщика периода.",
            "Przychód na płacącego w okresie.",
        ),
    },
    Metric {
        key: "payback",
        group: Group::Customers,
        unit: Unit::Days,
        direction: Direction::Down,
        digits: 0,
        formula: Formula::Payback {
            cost: &[(1, Measure::Cost)],
        },
        formula_text: Words::new(
            "first age, in steps of 30 days, at which gross profit of the customers ≥ spend",
            "первый возраст, шагами по 30 дней, при котором валовая прибыль клиентов ≥ расход",
            "pierwszy wiek, w krokach po 30 dni, w którym zysk brutto klientów ≥ koszt",
        ),
        title: Words::new("Payback", "Окупаемость", "Okres zwrotu"),
        short: Words::new("Payback", "Окуп.", "Zwrot"),
        definition: Words::new(
            "Days until the customers acquired in the period paid for the cost, in steps of \
             30 days, up to 360; always without VAT.",
            "Дней до окупаемости привлечённых за период клиентов, шагами по 30 дней, до 360; \
             всегда без НДС.",
            "Dni, po których pozyskani w okresie klienci zwrócili koszt, w krokach po 30 dni, \
             do 360; zawsze bez VAT.",
        ),
    },
    Metric {
        key: "ltv_30",
        group: Group::Customers,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::GrownProfit(30))],
            bottom: &[(1, Measure::Grown(30))],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::new(
            "gross profit in the first 30 days ÷ acquired customers that old",
            "валовая прибыль за первые 30 дней ÷ привлечённые клиенты такого возраста",
            "zysk brutto w pierwszych 30 dniach ÷ pozyskani klienci w tym wieku",
        ),
        title: Words::new("LTV at 30 days", "LTV за 30 дней", "LTV po 30 dniach"),
        short: Words::same("LTV 30"),
        definition: Words::new(
            "Gross profit that a customer acquired in the period brought in the first 30 \
             days, always without VAT; only customers that old count.",
            "Валовая прибыль привлечённого за период клиента за первые 30 дней; считаются \
             только клиенты такого возраста. Всегда без НДС.",
            "Zysk brutto klienta pozyskanego w okresie w pierwszych 30 dniach; liczą się \
             tylko klienci tego wieku. Zawsze bez VAT.",
        ),
    },
    Metric {
        key: "ltv_90",
        group: Group::Customers,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::GrownProfit(90))],
            bottom: &[(1, Measure::Grown(90))],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::new(
            "gross profit in the first 90 days ÷ acquired customers that old",
            "валовая прибыль за первые 90 дней ÷ привлечённые клиенты такого возраста",
            "zysk brutto w pierwszych 90 dniach ÷ pozyskani klienci w tym wieku",
        ),
        title: Words::new("LTV at 90 days", "LTV за 90 дней", "LTV po 90 dniach"),
        short: Words::same("LTV 90"),
        definition: Words::new(
            "Gross profit that a customer acquired in the period brought in the first 90 \
             days, always without VAT; only customers that old count.",
            "Валовая прибыль привлечённого за период клиента за первые 90 дней; считаются \
             только клиенты такого возраста. Всегда без НДС.",
            "Zysk brutto klienta pozyskanego w okresie w pierwszych 90 dniach; liczą się \
             tylko klienci tego wieku. Zawsze bez VAT.",
        ),
    },
    Metric {
        key: "ltv_180",
        group: Group::Customers,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::GrownProfit(180))],
            bottom: &[(1, Measure::Grown(180))],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::new(
            "gross profit in the first 180 days ÷ acquired customers that old",
            "валовая прибыль за первые 180 дней ÷ привлечённые клиенты такого возраста",
            "zysk brutto w pierwszych 180 dniach ÷ pozyskani klienci w tym wieku",
        ),
        title: Words::new("LTV at 180 days", "LTV за 180 дней", "LTV po 180 dniach"),
        short: Words::same("LTV 180"),
        definition: Words::new(
            "Gross profit that a customer acquired in the period brought in the first 180 \
             days, always without VAT; only customers that old count.",
            "Валовая прибыль привлечённого за период клиента за первые 180 дней; считаются \
             только клиенты такого возраста. Всегда без НДС.",
            "Zysk brutto klienta pozyskanego w okresie w pierwszych 180 dniach; liczą się \
             tylko klienci tego wieku. Zawsze bez VAT.",
        ),
    },
    Metric {
        key: "ltv_365",
        group: Group::Customers,
        unit: Unit::Money,
        direction: Direction::Up,
        digits: 2,
        formula: Formula::Ratio {
            top: &[(1, Measure::GrownProfit(365))],
            bottom: &[(1, Measure::Grown(365))],
            ten: 0,
            divisor: 1,
        },
        formula_text: Words::new(
            "gross profit in the first 365 days ÷ acquired customers that old",
            "валовая прибыль за первые 365 дней ÷ привлечённые клиенты такого возраста",
            "zysk brutto w pierwszych 365 dniach ÷ pozyskani klienci w tym wieku",
        ),
        title: Words::new("LTV at 365 days", "LTV за 365 дней", "LTV po 365 dniach"),
        short: Words::same("LTV 365"),
        definition: Words::new(
            "Gross profit that a customer acquired in the period brought in the first 365 \
             days, always without VAT; only customers that old count.",
            "Валовая прибыль привлечённого за период клиента за первые 365 дней; считаются \
             только клиенты такого возраста. Всегда без НДС.",
            "Zysk brutto klienta pozyskanego w okresie w pierwszych 365 dniach; liczą się \
             tylko klienci tego wieku. Zawsze bez VAT.",
        ),
    },
];
