//! The shop: what it sells, what its pages are called, who buys there.

use base::{Currency, MICROS_PER_UNIT, Money};

/// Host of the shop's site.
pub const DOMAIN: &str = "optics.example";

/// Something on the shelf. Prices in whole roubles, VAT included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) title: &'static str,
    pub(crate) path: &'static str,
    pub(crate) price_roubles: i64,
    pub(crate) cost_roubles: i64,
}

/// Chosen so that an average order is about 8,000 with goods for about 3,000.
pub(crate) const PRODUCTS: [Product; 10] = [
    product(
        "Sunglasses, polarised",
        "/sunglasses/polarised",
        7_900,
        2_800,
    ),
    product("Sunglasses, aviator", "/sunglasses/aviator", 6_400, 2_200),
    product("Daily lenses, 90 pairs", "/lenses/daily-90", 5_600, 2_900),
    product("Monthly lenses, 6 pairs", "/lenses/monthly-6", 3_900, 1_900),
    product("Titanium frame", "/frames/titanium", 12_400, 4_100),
    product("Acetate frame", "/frames/acetate", 6_900, 2_100),
    product("Progressive glasses", "/glasses/progressive", 18_500, 7_200),
    product("Computer glasses", "/glasses/computer", 8_800, 3_000),
    product("Children's glasses", "/glasses/children", 5_200, 1_800),
    product("Eye examination", "/clinic/examination", 1_900, 600),
];

/// Pages between the landing and the request.
pub(crate) const PAGES: [&str; 12] = [
    "/",
    "/frames",
    "/lenses",
    "/sunglasses",
    "/glasses",
    "/clinic",
    "/clinic/doctors",
    "/delivery",
    "/stores",
    "/sale",
    "/blog/how-to-choose-a-frame",
    "/blog/lenses-for-a-beginner",
];

pub(crate) const FIRST_NAMES: [&str; 16] = [
    "Anna", "Maria", "Olga", "Elena", "Irina", "Natalia", "Daria", "Polina", "Ivan", "Sergei",
    "Dmitri", "Alexei", "Mikhail", "Pavel", "Nikita", "Artyom",
];

/// Family names that do not change with the first name.
pub(crate) const LAST_NAMES: [&str; 16] = [
    "Shevchenko",
    "Bondar",
    "Koval",
    "Melnik",
    "Rubin",
    "Stern",
    "Weber",
    "Hoffman",
    "Karapetyan",
    "Sarkisyan",
    "Chernykh",
    "Belykh",
    "Dolgikh",
    "Ryzhykh",
    "Kim",
    "Li",
];

pub(crate) const MESSAGES: [&str; 6] = [
    "Please call me back about the frame.",
    "Do you have these lenses in stock?",
    "I would like to book an eye examination.",
    "How much is a pair with progressive lenses?",
    "Can I try two frames at the store on Saturday?",
    "",
];

pub(crate) const FORMS: [&str; 4] = ["callback", "order", "examination", "quiz"];

/// An amount of whole roubles.
pub(crate) fn roubles(count: i64) -> Money {
    Money::new(count.saturating_mul(MICROS_PER_UNIT), currency())
}

/// An amount of kopecks, a hundredth of a rouble.
pub(crate) fn kopecks(count: i64) -> Money {
    Money::new(count.saturating_mul(MICROS_PER_UNIT / 100), currency())
}

/// The shop's currency.
#[must_use]
pub fn currency() -> Currency {
    #[expect(clippy::expect_used, reason = "three letters are a currency code")]
    "RUB".parse().expect("three letters are a currency code")
}

/// Days turn at the shop's midnight.
#[must_use]
pub fn time_zone() -> base::TimeZone {
    "Europe/Moscow".parse().unwrap_or(base::TimeZone::UTC)
}

const fn product(
    title: &'static str,
    path: &'static str,
    price_roubles: i64,
    cost_roubles: i64,
) -> Product {
    Product {
        title,
        path,
        price_roubles,
        cost_roubles,
    }
}
