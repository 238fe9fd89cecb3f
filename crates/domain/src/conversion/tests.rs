//! Which click is told, what is left out and why, and what is put right.

use base::Currency;

use super::*;

const NOW: UnixMillis = UnixMillis(1_764_000_000_000);

fn ago(days: i64) -> UnixMillis {
    NOW.plus_ms(-days * DAY_MS)
}

fn money(units: i64) -> Money {
    let currency: Currency = "PLN".parse().unwrap();
    Money::new(units * 1_000_000, currency)
}

fn lead() -> Candidate {
    Candidate {
        at: ago(1),
        came_at: ago(2),
        is_erased: false,
        is_exported: false,
        worth: Worth::Of(money(10)),
    }
}

fn click(days: i64, kind: ClickIdKind, id: &str) -> Click {
    Click {
        at: ago(days),
        kind,
        id: id.to_owned(),
    }
}

fn came(clicks: Vec<Click>) -> Arrivals {
    let visits = clicks.iter().map(|click| (click.at, Some(click.kind)));
    Arrivals {
        visits: visits.collect(),
        clicks,
    }
}

fn google(candidate: &Candidate, arrivals: &Arrivals) -> Result<String, Hindrance> {
    judge(Platform::GoogleAds, candidate, arrivals, NOW).map(|click| click.id.clone())
}

#[test]
fn the_newest_click_of_the_platform_before_the_lead_brought_it() {
    let arrivals = came(vec![
        click(9, ClickIdKind::Gclid, "first"),
        click(5, ClickIdKind::Wbraid, "newest"),
        click(4, ClickIdKind::Yclid, "other"),
        click(1, ClickIdKind::Gclid, "later"),
    ]);
    assert_eq!(google(&lead(), &arrivals), Ok("newest".to_owned()));
}

#[test]
fn of_click_ids_that_came_together_the_exact_one_is_told() {
    let arrivals = came(vec![
        click(5, ClickIdKind::Gclid, "exact"),
        click(5, ClickIdKind::Gbraid, "vague"),
    ]);
    assert_eq!(google(&lead(), &arrivals), Ok("exact".to_owned()));
}

#[test]
fn each_hindrance_is_named() {
    let arrivals = came(vec![click(5, ClickIdKind::Gclid, "abc")]);
    let with = |change: fn(&mut Candidate)| {
        let mut changed = lead();
        change(&mut changed);
        google(&changed, &arrivals)
    };
    assert_eq!(with(|one| one.is_exported = true), Err(Hindrance::Exported));
    assert_eq!(with(|one| one.is_erased = true), Err(Hindrance::Erased));
    assert_eq!(with(|one| one.at = ago(-1)), Err(Hindrance::InFuture));
    assert_eq!(
        with(|one| one.worth = Worth::NoRate),
        Err(Hindrance::NoRate)
    );
    let zero = with(|one| one.worth = Worth::Of(money(0)));
    assert_eq!(zero, Err(Hindrance::ZeroValue));
    assert_eq!(with(|one| one.worth = Worth::Unsaid), Ok("abc".to_owned()));
    assert_eq!(with(|one| one.came_at = ago(6)), Err(Hindrance::NoClick));
    let strange = came(vec![click(5, ClickIdKind::Gclid, "=cmd|x")]);
    assert_eq!(google(&lead(), &strange), Err(Hindrance::MalformedClick));
}

#[test]
fn a_click_whose_id_was_not_kept_is_a_refusal() {
    let arrivals = Arrivals {
        clicks: Vec::new(),
        visits: vec![(ago(5), Some(ClickIdKind::Gclid)), (ago(4), None)],
    };
    assert_eq!(google(&lead(), &arrivals), Err(Hindrance::NoConsent));
    let other = judge(Platform::YandexMetrica, &lead(), &arrivals, NOW);
    assert_eq!(other, Err(Hindrance::NoClick));
}

#[test]
fn google_counts_from_the_click_and_metrica_from_the_last_visit() {
    let arrivals = came(vec![click(90, ClickIdKind::Gclid, "abc")]);
    assert!(google(&lead(), &arrivals).is_ok());
    let arrivals = came(vec![click(91, ClickIdKind::Gclid, "abc")]);
    assert_eq!(google(&lead(), &arrivals), Err(Hindrance::ClickTooOld));

    let mut arrivals = came(vec![click(22, ClickIdKind::Yclid, "77")]);
    let metrica = |arrivals: &Arrivals| {
        let judged = judge(Platform::YandexMetrica, &lead(), arrivals, NOW);
        judged.map(|click| click.id.clone())
    };
    assert_eq!(metrica(&arrivals), Err(Hindrance::ClickTooOld));
    arrivals.visits.push((ago(3), None));
    assert_eq!(metrica(&arrivals), Ok("77".to_owned()));
}

#[test]
fn microsoft_counts_from_the_click_and_meta_from_what_happened() {
    let of = |platform, candidate: &Candidate, days, kind| {
        let arrivals = came(vec![click(days, kind, "abc")]);
        judge(platform, candidate, &arrivals, NOW).map(|click| click.id.clone())
    };
    let microsoft = |days| of(Platform::MicrosoftAds, &lead(), days, ClickIdKind::Msclkid);
    assert!(microsoft(90).is_ok());
    assert_eq!(microsoft(91), Err(Hindrance::ClickTooOld));
    let meta = |at, days| {
        let happened = Candidate {
            at: ago(at),
            came_at: ago(at),
            ..lead()
        };
        of(Platform::Meta, &happened, days, ClickIdKind::Fbclid)
    };
    assert!(meta(7, 60).is_ok());
    assert_eq!(meta(8, 9), Err(Hindrance::ClickTooOld));
}

#[test]
fn a_changed_value_is_restated_and_what_is_none_is_retracted() {
    let of = |units| Some(Worth::Of(money(units)));
    assert_eq!(adjust(Some(money(10)), of(10)), None);
    assert_eq!(
        adjust(Some(money(10)), of(7)),
        Some(Adjustment::Restate(money(7)))
    );
    assert_eq!(adjust(Some(money(10)), of(0)), Some(Adjustment::Retract));
    assert_eq!(adjust(Some(money(10)), None), Some(Adjustment::Retract));
    assert_eq!(adjust(None, None), Some(Adjustment::Retract));
    assert_eq!(adjust(None, Some(Worth::Unsaid)), None);
    assert_eq!(adjust(None, of(0)), None);
    assert_eq!(adjust(None, of(7)), Some(Adjustment::Restate(money(7))));
    assert_eq!(adjust(Some(money(10)), Some(Worth::Unsaid)), None);
    assert_eq!(adjust(Some(money(10)), Some(Worth::NoRate)), None);
}
