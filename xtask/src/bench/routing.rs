//! Clicks finding their flow among many campaigns, against reading the tags of the same clicks,
//! which every click costs anyway.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base::{CampaignId, Country, Device, FlowId, OfferId, UnixMillis};
use domain::routing::{
    Action, Campaign, Click, Definitions, Draw, Filter, Flow, FlowKind, FlowState, Joint, NoMemory,
    Offer, Op, Outcome, Redirect, Room, Rotation, Rule, Share, Snapshot, Subject, compile, route,
    trace,
};
use domain::source::LandingTags;

use super::figures::{Aim, Figure, as_number, millis, timed};

pub(crate) const CAMPAIGNS: i64 = 1_000;
pub(crate) const CLICKS: u64 = 200_000;
const FLOWS: i64 = 50;
const OFFERS: i64 = 100;
const CLICK_US_MAX: f64 = 5.0;
/// All fifty rules are asked and none passes.
const WORST_US_MAX: f64 = 25.0;
const COMPILE_MS_MAX: f64 = 1_000.0;
const QUERY: &str = "utm_source=google&utm_medium=cpc&utm_campaign=spring&utm_content=17\
    &utm_term=red+shoes&gclid=Cj0KCQiA1NebBhDDARIsAANiDD0y3xuJ";
/// The parameter that is asked last of all.
const PARAMETER: &str = "utm_campaign";
const COUNTRIES: [&str; 10] = ["PL", "DE", "UA", "KZ", "GE", "AM", "FR", "ES", "IT", "PT"];

/// Compiles the campaigns and routes so many clicks each way.
pub(crate) fn measure(campaigns: i64, clicks: u64) -> anyhow::Result<Vec<Figure>> {
    let definitions = definitions(campaigns);
    let (compiled, compiling) = timed(|| Ok(compile(&definitions)))?;
    ensure!(compiled.defects.is_empty(), "{:?}", compiled.defects);
    let snapshot = compiled.snapshot;
    let (_, tags) = timed(|| {
        for _ in 0..clicks {
            black_box(LandingTags::parse(black_box(QUERY)));
        }
        Ok(())
    })?;
    let (wanted, unwanted) = (parameters("Spring"), parameters("winter"));
    let usual = click(&wanted);
    let (found, sent) = route_all(&snapshot, &usual, campaigns, clicks)?;
    ensure!(sent == clicks, "{sent} of {clicks} clicks were sent on");
    let (lost, sent) = route_all(&snapshot, &click(&unwanted), campaigns, clicks)?;
    ensure!(sent == 0, "{sent} clicks were sent on that nobody takes");
    let (_, traced) = timed(|| trace_all(&snapshot, &usual, campaigns, clicks / 10))?;
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / as_number(clicks);
    let plain = |name: &str, time, most| {
        Figure::plain(name, micros(time), &millis(time), "", Aim::AtMost(most))
    };
    let compile_ms = compiling.as_secs_f64() * 1e3;
    let flows = format!("{} flows", campaigns * FLOWS);
    let compile_aim = Aim::AtMost(COMPILE_MS_MAX);
    Ok(vec![
        Figure::ratio("Click finds its flow", found, tags, Aim::None),
        Figure::ratio("  where no rule passes", lost, tags, Aim::None),
        Figure::ratio("  a tenth of them with a trace", traced, tags, Aim::None),
        plain("Click finds its flow, µs", found, CLICK_US_MAX),
        plain("  where no rule passes, µs", lost, WORST_US_MAX),
        Figure::plain(
            "Campaigns compiled, ms",
            compile_ms,
            &flows,
            "",
            compile_aim,
        ),
    ])
}

/// Clicks go to campaigns far from each other, so that none is warm in the processor.
fn campaign_of(number: u64, campaigns: i64) -> CampaignId {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    let many = u64::try_from(campaigns).unwrap_or(1).max(1);
    CampaignId(i64::try_from(spread % many).unwrap_or_default())
}

fn route_all(
    snapshot: &Snapshot,
    click: &Click<'_>,
    campaigns: i64,
    clicks: u64,
) -> anyhow::Result<(Duration, u64)> {
    let (sent, time) = timed(|| {
        let mut sent = 0_u64;
        for number in 0..clicks {
            let campaign = campaign_of(number, campaigns);
            let way = route(snapshot, campaign, click, &NoMemory, Draw(number));
            let way = way.context("a campaign is missing")?;
            sent += u64::from(matches!(black_box(&way).outcome, Outcome::Send { .. }));
        }
        Ok(sent)
    })?;
    Ok((time, sent))
}

fn trace_all(
    snapshot: &Snapshot,
    click: &Click<'_>,
    campaigns: i64,
    clicks: u64,
) -> anyhow::Result<()> {
    for number in 0..clicks {
        let campaign = campaign_of(number, campaigns);
        let traced = trace(snapshot, campaign, click, &NoMemory, Draw(number));
        black_box(traced.context("a campaign is missing")?);
    }
    Ok(())
}

type Parameters = [(Cow<'static, str>, Cow<'static, str>); 3];

fn parameters(campaign: &'static str) -> Parameters {
    [
        ("utm_source", "google"),
        (PARAMETER, campaign),
        ("placement", "mail.example"),
    ]
    .map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)))
}

fn click(parameters: &Parameters) -> Click<'_> {
    Click {
        country: Country::from_code("PL"),
        device: Device::Phone,
        os: "Android",
        browser: "Chrome Mobile",
        language: "pl",
        referrer: "https://www.google.com/",
        parameters,
        ..Click::unknown(UnixMillis(1_772_440_200_000))
    }
}

/// Campaigns that draw by weight among flows of four filters each.
fn definitions(campaigns: i64) -> Definitions {
    let offer = |id: i64| Offer {
        id: OfferId(id),
        url: format!("https://shop{id}.example/?c={{click_id}}"),
        room: Room::Unlimited,
        alternative: None,
    };
    let campaign = |id: i64| Campaign {
        id: CampaignId(id),
        zone: "Europe/Warsaw".to_owned(),
        rotation: Rotation::Weight,
        binding: None,
        unique_hours: 24,
        flows: (0..FLOWS).map(|number| flow(id, number)).collect(),
    };
    Definitions {
        campaigns: (0..campaigns).map(campaign).collect(),
        landings: Vec::new(),
        offers: (0..OFFERS).map(offer).collect(),
    }
}

fn flow(campaign: i64, number: i64) -> Flow {
    let index = usize::try_from(number).unwrap_or_default();
    let filter = |by, name: &str, values: &[&str]| Filter {
        by,
        name: name.to_owned(),
        op: Op::Is,
        values: values
            .iter()
            .map(|value| Some((*value).to_owned()))
            .collect(),
    };
    // Of ten countries each second flow names five.
    let codes: Vec<&str> = match number % 2 {
        0 => (0..5).map(|at| COUNTRIES[(index + at) % 10]).collect(),
        _ => COUNTRIES.to_vec(),
    };
    let filters = vec![
        filter(Subject::Country, "", &codes),
        filter(Subject::Device, "", &["phone", "tablet"]),
        filter(
            Subject::TimeTable,
            "",
            &["1-5 06:00-23:00", "6-7 10:00-22:00"],
        ),
        filter(Subject::Parameter, PARAMETER, &["sp*", "summer", "autumn"]),
    ];
    Flow {
        id: FlowId(campaign * FLOWS + number),
        kind: FlowKind::Regular,
        state: FlowState::On,
        weight: u32::try_from(1 + number).unwrap_or(1),
        rule: Rule {
            joint: Joint::All,
            filters,
        },
        action: Action::Send {
            how: Redirect::Found,
            landings: Vec::new(),
            offers: vec![share(number % OFFERS), share((number + 1) % OFFERS)],
        },
    }
}

fn share(offer: i64) -> Share<OfferId> {
    Share {
        id: OfferId(offer),
        weight: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_click_is_sent_on_or_none() {
        assert_eq!(measure(3, 100).unwrap().len(), 6);
    }
}
