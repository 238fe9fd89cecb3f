//! Files of conversions as ad platforms take them. What they know a click or a conversion by is
//! never changed, not even for a spreadsheet's sake: what could be run there is not let in before.

use std::borrow::Cow;

use base::{ClickIdKind, Money, TimeZone, UnixMillis};
use domain::conversion::{Adjustment, Click, Platform};

/// What a file is for.
#[derive(Debug, Clone, Copy)]
pub struct ConversionFile<'a> {
    pub platform: Platform,
    /// As the conversion or goal is called there.
    pub conversion: &'a str,
    /// The zone of times that say none themselves.
    pub zone: &'a TimeZone,
}

/// What a conversion is found by that was told before.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    pub order: &'a str,
    /// Empty once it is forgotten.
    pub click: &'a str,
    pub at: UnixMillis,
}

impl ConversionFile<'_> {
    /// The click id of a line that stands in a file of clicks.
    #[must_use]
    pub fn click_of(line: &str) -> &str {
        line.split(',').next().unwrap_or_default()
    }

    /// What stands above the conversions.
    #[must_use]
    pub fn head(&self) -> String {
        match self.platform {
            Platform::GoogleAds => self.zoned(&[
                "Google Click ID",
                "GBRAID",
                "WBRAID",
                "Conversion Name",
                "Conversion Time",
                "Conversion Value",
                "Conversion Currency",
                "Order ID",
            ]),
            Platform::YandexMetrica => line(&["Yclid", "Target", "DateTime", "Price", "Currency"]),
            Platform::MicrosoftAds => self.zoned(&[
                "Microsoft Click ID",
                "Conversion Name",
                "Conversion Time",
                "Conversion Value",
                "Conversion Currency",
            ]),
            Platform::Meta => line(&[
                "event_name",
                "event_time",
                "event_id",
                "action_source",
                "value",
                "currency",
                "order_id",
                "fbc",
            ]),
        }
    }

    /// A conversion; `order` is what it is known by when it is put right.
    #[must_use]
    pub fn conversion(
        &self,
        click: &Click,
        at: UnixMillis,
        value: Option<Money>,
        order: &str,
    ) -> String {
        let name = self.conversion;
        let (amount, currency) = value_cells(value);
        match self.platform {
            Platform::GoogleAds => {
                let of = |kind| match click.kind == kind {
                    true => click.id.as_str(),
                    false => "",
                };
                line(&[
                    of(ClickIdKind::Gclid),
                    of(ClickIdKind::Gbraid),
                    of(ClickIdKind::Wbraid),
                    name,
                    &self.local(at),
                    &amount,
                    &currency,
                    order,
                ])
            }
            Platform::YandexMetrica => {
                let seconds = at.0.div_euclid(1000).to_string();
                line(&[&click.id, name, &seconds, &amount, &currency])
            }
            Platform::MicrosoftAds => line(&[&click.id, name, &self.local(at), &amount, &currency]),
            Platform::Meta => line(&[
                name,
                &at.0.div_euclid(1000).to_string(),
                order,
                "system_generated",
                &amount,
                &currency,
                order,
                // What Meta's own cookie would say of the click.
                &format!("fb.1.{}.{}", click.at.0, click.id),
            ]),
        }
    }

    /// What stands above the adjustments, where the platform takes any.
    #[must_use]
    pub fn adjustments_head(&self) -> Option<String> {
        match self.platform {
            Platform::GoogleAds => Some(self.zoned(&[
                "Order ID",
                "Conversion Name",
                "Adjustment Time",
                "Adjustment Type",
                "Adjusted Value",
                "Adjusted Value Currency",
            ])),
            Platform::MicrosoftAds => Some(self.zoned(&[
                "Microsoft Click ID",
                "Conversion Name",
                "Conversion Time",
                "Adjustment Type",
                "Adjustment Time",
                "Adjustment Value",
                "Adjustment Currency Code",
            ])),
            Platform::YandexMetrica | Platform::Meta => None,
        }
    }

    #[must_use]
    pub fn adjustment(&self, told: &Told<'_>, at: UnixMillis, adjustment: Adjustment) -> String {
        let (kind, value) = match adjustment {
            Adjustment::Restate(value) => ("RESTATE", Some(value)),
            Adjustment::Retract => ("RETRACT", None),
        };
        let (amount, currency) = value_cells(value);
        let (name, now) = (self.conversion, self.local(at));
        if self.platform.knows_orders() {
            return line(&[told.order, name, &now, kind, &amount, &currency]);
        }
        let kind = match adjustment {
            Adjustment::Restate(_) => "Restate",
            Adjustment::Retract => "Retract",
        };
        let first = self.local(told.at);
        line(&[told.click, name, &first, kind, &now, &amount, &currency])
    }

    fn zoned(&self, titles: &[&str]) -> String {
        format!(
            "Parameters:TimeZone={}\r\n{}",
            self.zone.name(),
            line(titles)
        )
    }

    fn local(&self, at: UnixMillis) -> String {
        let local = self.zone.local(at);
        local.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

fn value_cells(value: Option<Money>) -> (String, String) {
    value.map_or_else(Default::default, |value| {
        (value.decimal(), value.currency.to_string())
    })
}

fn line(cells: &[&str]) -> String {
    let cells: Vec<Cow<'_, str>> = cells.iter().copied().map(quoted).collect();
    format!("{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> Cow<'_, str> {
    match cell.contains([',', '"', '\r', '\n']) {
        true => Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\""))),
        false => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file<'a>(platform: Platform, conversion: &'a str, zone: &'a TimeZone) -> String {
        let file = ConversionFile {
            platform,
            conversion,
            zone,
        };
        let at = UnixMillis(1_764_003_600_999);
        let click = |kind, id: &str| Click {
            at,
            kind,
            id: id.to_owned(),
        };
        let kinds = match platform {
            Platform::GoogleAds => vec![
                click(ClickIdKind::Gclid, "Cj0-a_B"),
                click(ClickIdKind::Wbraid, "-Cl8"),
            ],
            Platform::YandexMetrica => vec![click(ClickIdKind::Yclid, "1234567890")],
            Platform::MicrosoftAds => vec![click(ClickIdKind::Msclkid, "f894f652ea33")],
            Platform::Meta => vec![click(ClickIdKind::Fbclid, "IwAR0x-1")],
        };
        let value = Money::new(1_204_500_000, "PLN".parse().unwrap());
        let mut text = file.head();
        for click in &kinds {
            text += &file.conversion(click, at, Some(value), "deal-7");
        }
        text += &file.conversion(&kinds[0], at, None, "lead-8");
        text
    }

    #[test]
    fn google_reads_local_times_and_one_click_id_a_row() {
        let zone: TimeZone = "Europe/Warsaw".parse().unwrap();
        let expected = "Parameters:TimeZone=Europe/Warsaw\r\n\
            Google Click ID,GBRAID,WBRAID,Conversion Name,Conversion Time,Conversion Value,\
            Conversion Currency,Order ID\r\n\
            Cj0-a_B,,,Paid deal,2025-11-24 18:00:00,1204.50,PLN,deal-7\r\n\
            ,,-Cl8,Paid deal,2025-11-24 18:00:00,1204.50,PLN,deal-7\r\n\
            Cj0-a_B,,,Paid deal,2025-11-24 18:00:00,,,lead-8\r\n";
        assert_eq!(file(Platform::GoogleAds, "Paid deal", &zone), expected);
    }

    #[test]
    fn metrica_reads_seconds() {
        let expected = "Yclid,Target,DateTime,Price,Currency\r\n\
            1234567890,paid,1764003600,1204.50,PLN\r\n\
            1234567890,paid,1764003600,,\r\n";
        let zone = TimeZone::UTC;
        assert_eq!(file(Platform::YandexMetrica, "paid", &zone), expected);
    }

    #[test]
    fn microsoft_reads_local_times_and_meta_its_own_cookie() {
        let zone: TimeZone = "Europe/Warsaw".parse().unwrap();
        let expected = "Parameters:TimeZone=Europe/Warsaw\r\n\
            Microsoft Click ID,Conversion Name,Conversion Time,Conversion Value,\
            Conversion Currency\r\n\
            f894f652ea33,Paid,2025-11-24 18:00:00,1204.50,PLN\r\n\
            f894f652ea33,Paid,2025-11-24 18:00:00,,\r\n";
        assert_eq!(file(Platform::MicrosoftAds, "Paid", &zone), expected);
        let expected = "event_name,event_time,event_id,action_source,value,currency,order_id,\
            fbc\r\n\
            Purchase,1764003600,deal-7,system_generated,1204.50,PLN,deal-7,\
            fb.1.1764003600999.IwAR0x-1\r\n\
            Purchase,1764003600,lead-8,system_generated,,,lead-8,fb.1.1764003600999.IwAR0x-1\r\n";
        assert_eq!(file(Platform::Meta, "Purchase", &zone), expected);
    }

    #[test]
    fn microsoft_finds_what_it_was_told_by_click_and_time() {
        let zone = TimeZone::UTC;
        let file = ConversionFile {
            platform: Platform::MicrosoftAds,
            conversion: "Paid",
            zone: &zone,
        };
        let told = Told {
            order: "deal-7",
            click: ConversionFile::click_of("f894f652ea33,Paid,2025-11-24 17:00:00,10,PLN\r\n"),
            at: UnixMillis(1_764_003_600_000),
        };
        let now = UnixMillis(1_764_007_200_000);
        let value = Money::new(7_000_000, "PLN".parse().unwrap());
        let text = file.adjustment(&told, now, Adjustment::Restate(value))
            + &file.adjustment(&told, now, Adjustment::Retract);
        let expected = "f894f652ea33,Paid,2025-11-24 17:00:00,Restate,2025-11-24 18:00:00,\
            7.00,PLN\r\n\
            f894f652ea33,Paid,2025-11-24 17:00:00,Retract,2025-11-24 18:00:00,,\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_name_is_quoted_and_otherwise_what_the_platform_calls_it() {
        let zone = TimeZone::UTC;
        let text = file(Platform::YandexMetrica, "-30 %, \"b\"", &zone);
        let expected = "1234567890,\"-30 %, \"\"b\"\"\",1764003600";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn google_takes_corrections_by_order() {
        let zone: TimeZone = "Europe/Moscow".parse().unwrap();
        let file = ConversionFile {
            platform: Platform::GoogleAds,
            conversion: "Paid deal",
            zone: &zone,
        };
        let at = UnixMillis(1_764_003_600_000);
        let value = Money::new(7_000_000, "RUB".parse().unwrap());
        let mut text = file.adjustments_head().unwrap();
        let told = |order| Told {
            order,
            click: "",
            at,
        };
        text += &file.adjustment(&told("deal-7"), at, Adjustment::Restate(value));
        text += &file.adjustment(&told("deal-8"), at, Adjustment::Retract);
        let expected = "Parameters:TimeZone=Europe/Moscow\r\n\
            Order ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,\
            Adjusted Value Currency\r\n\
            deal-7,Paid deal,2025-11-24 20:00:00,RESTATE,7.00,RUB\r\n\
            deal-8,Paid deal,2025-11-24 20:00:00,RETRACT,,\r\n";
        assert_eq!(text, expected);
    }
}
