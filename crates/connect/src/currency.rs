//! What people write beside an amount to say its currency: codes, signs and words.

use base::Currency;

/// Signs and words, in lower case and without the full stop of an abbreviation, with the codes
/// that they may stand for; the likeliest is first.
const UNITS: &[(&str, &str)] = &[
    ("₽ руб рубль рубля рублей российскийрубль р rur rub", "RUB"),
    ("zł zl zloty złoty złotych złotypolski", "PLN"),
    ("$ dollars", "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP"),
    ("us$ $us usd$ долларсша usdollar", "USD"),
    ("ca$ c$", "CAD"),
    ("a$ au$", "AUD"),
    ("r$", "BRL"),
    ("€ euro евро", "EUR"),
    ("£", "GBP"),
    ("¥ 円 元", "JPY CNY"),
    ("₴ грн", "UAH"),
    ("₸ тг тенге", "KZT"),
    ("₺ tl", "TRY"),
    ("₹ rs", "INR PKR"),
    ("kč kc", "CZK"),
    ("kr", "SEK NOK DKK ISK"),
    ("br", "BYN"),
    ("₩", "KRW"),
    ("₪", "ILS"),
    ("₾", "GEL"),
    ("֏", "AMD"),
    ("ft", "HUF"),
    ("lei", "RON MDL"),
    ("лв", "BGN"),
];

/// Whether a text is a sign or a word that stands for currencies; a code alone is none.
pub(crate) fn is_unit(text: &str) -> bool {
    let mut known = UNITS.iter().flat_map(|(units, _)| units.split(' '));
    known.any(|unit| unit == text)
}

/// The currency that a sign, a word or a code of three letters says; where it may say several,
/// the usual one if it is among them.
#[must_use]
pub fn parse_unit(text: &str, usual: Currency) -> Option<Currency> {
    let words = text.trim().trim_end_matches('.').to_lowercase();
    let lower: String = words.split_whitespace().collect();
    let known = UNITS
        .iter()
        .find(|(units, _)| units.split(' ').any(|unit| unit == lower));
    let Some((_, codes)) = known else {
        return lower.parse().ok();
    };
    let mut codes = codes.split(' ');
    let likeliest = codes.next()?;
    if codes.any(|code| code == usual.code()) {
        return Some(usual);
    }
    likeliest.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, usual: &str, want: Option<&str>) {
        let found = parse_unit(text, usual.parse().unwrap());
        assert_eq!(
            found.map(|found| found.to_string()).as_deref(),
            want,
            "{text}"
        );
    }

    #[test]
    fn a_sign_that_several_currencies_share_is_the_usual_one() {
        check("$", "RUB", Some("USD"));
        check("$", "CAD", Some("CAD"));
        check("руб.", "PLN", Some("RUB"));
        check("Zł", "EUR", Some("PLN"));
        check("kr", "NOK", Some("NOK"));
        check("eur", "RUB", Some("EUR"));
        check("тыс", "RUB", None);
        check("%", "RUB", None);
    }

    #[test]
    fn every_code_is_one() {
        for code in UNITS.iter().flat_map(|(_, codes)| codes.split(' ')) {
            assert!(code.parse::<Currency>().is_ok(), "{code}");
        }
    }
}
