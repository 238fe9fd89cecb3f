//! Sums as a report writes them: what is divided by what, and how it is rounded.

use crate::twin::naive::{EARLY, Sums};

/// Weighted names above the line, the name below it, a factor for it, decimal places shown.
type Division = (&'static [(i64, &'static str)], &'static str, i128, u32);

/// Metrics of profit, which no report shows with VAT.
pub(crate) const STAYS_NET: [&str; 12] = [
    "cost_of_goods",
    "gross_profit",
    "profit_after_ads",
    "romi",
    "roi",
    "margin",
    "payback",
    "ltv_30",
    "ltv_90",
    "ltv_180",
    "ltv_365",
    "spend_without_leads",
];

/// Names whose sums are divided, a power of ten and decimal places shown.
fn ratio_of(key: &str) -> Option<Division> {
    const MONEY: i128 = 1;
    const PROFIT: &[(i64, &str)] = &[(100, "revenue"), (-100, "cost_of_goods")];
    const ROMI: &[(i64, &str)] = &[(100, "revenue"), (-100, "cost_of_goods"), (-100, "cost")];
    // The factor turns stored units into shown ones: money is stored in millionths.
    Some(match key {
        "bounce_rate" => (&[(100, "bounces")], "bounceable", 1, 2),
        "pages_per_visit" => (&[(1, "paged_views")], "paged", 1, 2),
        "avg_scroll_depth" => (&[(1, "scroll_percent")], "scrolled_pages", 1, 1),
        "avg_engaged_time" => (&[(1, "engaged_ms")], "visits", 1_000, 1),
        "avg_visit_duration" => (&[(1, "lasted_ms")], "timed", 1_000, 1),
        "ctr" => (&[(100, "ad_clicks")], "clickable_impressions", 1, 2),
        "cr_click_visit" => (&[(100, "visits")], "clicks", 1, 2),
        "visit_ctr" => (&[(100, "visits")], "impressions", 1, 2),
        "cpm" => (&[(1_000, "cost")], "impressions", 1_000_000, 2),
        "cpc" => (&[(1, "cost")], "clicks", 1_000_000, 2),
        "cpv" => (&[(1, "cost")], "visits", 1_000_000, 2),
        "cr_click_lead" => (&[(100, "leads")], "clicks", 1, 2),
        "cr_visit_lead" => (&[(100, "leads")], "visits", 1, 2),
        "qualified_rate" => (&[(100, "qualified_leads")], "leads", 1, 2),
        "cpl" => (&[(1, "cost")], "leads", 1_000_000, 2),
        "cpql" => (&[(1, "cost")], "qualified_leads", 1_000_000, 2),
        "cr_lead_sale" => (&[(100, "sales")], "leads", 1, 2),
        "cr_visit_sale" => (&[(100, "sales")], "visits", 1, 2),
        "cpo" => (&[(1, "cost")], "deals", 1_000_000, 2),
        "cps" | "cpa" => (&[(1, "cost")], "sales", 1_000_000, 2),
        "avg_deal_cycle" => (&[(1, "cycle_ms")], "sales", 86_400_000, 1),
        "roas" => (&[(1, "revenue")], "cost", MONEY, 2),
        "ad_cost_share" => (&[(100, "cost")], "revenue", MONEY, 2),
        "romi" | "roi" => (ROMI, "cost", MONEY, 2),
        "margin" => (PROFIT, "revenue", 1, 2),
        "aov" => (&[(1, "revenue")], "sales", 1_000_000, 2),
        "cac" => (&[(1, "cost")], "customers", 1_000_000, 2),
        "arpu" => (&[(1, "revenue")], "visitors", 1_000_000, 2),
        "arppu" => (&[(1, "revenue")], "payers", 1_000_000, 2),
        "ltv_30" => (&[(1, "profit_30")], "grown_30", 1_000_000, 2),
        "ltv_90" => (&[(1, "profit_90")], "grown_90", 1_000_000, 2),
        "ltv_180" => (&[(1, "profit_180")], "grown_180", 1_000_000, 2),
        "ltv_365" => (&[(1, "profit_365")], "grown_365", 1_000_000, 2),
        _ => return None,
    })
}

/// The value, or the reason why there is none.
pub(crate) fn metric_text(key: &str, sums: &Sums) -> String {
    if let Some((top, bottom, factor, digits)) = ratio_of(key) {
        let above: i128 = top
            .iter()
            .map(|(w, name)| i128::from(*w) * sums.get(name))
            .sum();
        let below = sums.get(bottom) * factor;
        let prices = [
            "cpm", "cpc", "cpv", "cpl", "cpql", "cpo", "cps", "cac", "cpa",
        ];
        if above == 0 && below != 0 && prices.contains(&key) {
            return "no_spend".to_owned();
        }
        if below == 0 {
            let infinite = key == "ad_cost_share" && above > 0;
            return if infinite {
                "infinite"
            } else {
                "zero_denominator"
            }
            .to_owned();
        }
        return fixed(above, below, digits);
    }
    let minus = |left: &str, right: &str| sums.get(left) - sums.get(right);
    match key {
        "visits" => (sums.get("visits") + sums.get("past_visits")).to_string(),
        "visitors" => (sums.get("visitors") + sums.get("past_visitors")).to_string(),
        "engaged_time" => fixed(sums.get("engaged_ms"), 1_000, 0),
        "gross_profit" => fixed(minus("revenue", "cost_of_goods"), 1_000_000, 2),
        "profit_after_ads" => fixed(
            minus("revenue", "cost_of_goods") - sums.get("cost"),
            1_000_000,
            2,
        ),
        "platform_conversions" => fixed(sums.get("said_conversions"), 1_000_000, 2),
        "platform_conversions_gap" => {
            let leads = sums.get("leads") * 1_000_000;
            fixed(sums.get("said_conversions") - leads, 1_000_000, 2)
        }
        "platform_value" => fixed(sums.get("said_value"), 1_000_000, 2),
        "platform_value_gap" => fixed(minus("said_value", "revenue"), 1_000_000, 2),
        "cost" | "ad_cost_vat" | "revenue" | "event_revenue" | "vat" | "refunds"
        | "cost_of_goods" => fixed(sums.get(key), 1_000_000, 2),
        "spend_without_leads" => {
            i32::from(sums.get("cost") > 0 && sums.get("leads") == 0).to_string()
        }
        "payback" => match sums.get("cost") {
            cost if cost <= 0 => "no_data".into(),
            cost => (1..)
                .zip(EARLY)
                .find(|(_, name)| sums.get(name) >= cost)
                .map_or_else(|| "not_yet".into(), |(step, _)| (30 * step).to_string()),
        },
        _ => sums.get(key).to_string(),
    }
}

/// Half away from zero.
pub(crate) fn fixed(above: i128, below: i128, digits: u32) -> String {
    let scaled = above * 10_i128.pow(digits);
    let negative = (scaled < 0) != (below < 0);
    let (top, bottom) = (scaled.unsigned_abs(), below.unsigned_abs());
    let rounded = (2 * top + bottom) / (2 * bottom);
    let sign = if negative && rounded != 0 { "-" } else { "" };
    let unit = 10_u128.pow(digits);
    match digits {
        0 => format!("{sign}{rounded}"),
        _ => format!(
            "{sign}{}.{:0>width$}",
            rounded / unit,
            rounded % unit,
            width = usize::try_from(digits).unwrap()
        ),
    }
}
