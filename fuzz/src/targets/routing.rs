//! Definitions of campaigns: whatever they say, each defect has a place, what is left routes every
//! click, and a trace tells the way that is gone.

use base::{Country, Device, UnixMillis};
use domain::routing::{Click, Definitions, Draw, HOPS_MAX, NoMemory, compile, route, trace};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(definitions) = serde_json::from_slice::<Definitions>(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&definitions).unwrap();
    assert_eq!(
        serde_json::from_slice::<Definitions>(&written).unwrap(),
        definitions
    );
    let compiled = compile(&definitions);
    for defect in &compiled.defects {
        assert!(!defect.flaw.to_string().is_empty() && !defect.flaw.code().is_empty());
    }
    let unknown = Click::unknown(UnixMillis(1_772_440_200_000));
    let known = Click {
        country: Country::from_code("PL"),
        device: Device::Phone,
        browser: "Chrome Mobile",
        keyword: "Red Shoes",
        referrer: "https://www.google.pl/",
        ..unknown
    };
    for campaign in &definitions.campaigns {
        for (click, seed) in [(unknown, 0), (known, 1)] {
            let at = (&compiled.snapshot, campaign.id);
            let way = route(at.0, at.1, &click, &NoMemory, Draw(seed));
            assert_eq!(way.is_some(), compiled.snapshot.has(campaign.id));
            let told = trace(at.0, at.1, &click, &NoMemory, Draw(seed));
            assert_eq!(told.map(|told| told.decision), way);
            assert!(way.is_none_or(|way| way.steps().count() <= HOPS_MAX + 1));
        }
    }
}
