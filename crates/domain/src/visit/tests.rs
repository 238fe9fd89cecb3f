//! What every sequence of hits must keep true.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const START: i64 = 1_800_000_000_000;

fn tagged(source: &str, medium: &str) -> Traffic {
    Traffic {
        source: source.into(),
        medium: medium.into(),
        ..Traffic::default()
    }
}

struct Walk {
    settings: VisitSettings,
    state: Option<VisitState>,
    next_visit: u64,
    /// Of the last hit.
    touch: Option<Traffic>,
}

impl Walk {
    fn new(settings: VisitSettings) -> Self {
        Self {
            settings,
            state: None,
            next_visit: 1,
            touch: None,
        }
    }

    fn hit(&mut self, kind: HitKind, at_ms: i64, traffic: Option<&Traffic>) -> VisitStep {
        let hit = VisitHit {
            workspace: WORKSPACE,
            kind,
            at: UnixMillis(START + at_ms),
            interaction: Interaction::Active,
            traffic,
            new_visit: VisitId(self.next_visit),
        };
        self.next_visit += 1;
        let (state, step) = advance(self.state.as_ref(), &hit, &self.settings);
        self.state = Some(state);
        self.touch = step.touch.traffic(traffic.cloned());
        step
    }
}

#[test]
fn thirty_minutes_of_silence_end_a_visit() {
    let mut walk = Walk::new(VisitSettings::default());
    let first = walk.hit(HitKind::PageView, 0, None);
    let second = walk.hit(HitKind::PageView, IDLE_MS_DEFAULT, None);
    let third = walk.hit(HitKind::PageView, 2 * IDLE_MS_DEFAULT + 1, None);
    assert_eq!(first.visit, second.visit);
    assert_ne!(second.visit, third.visit);
    assert_eq!((first.visits, second.visits, third.visits), (1, 0, 1));
    assert_eq!((first.bounces, second.bounces, third.bounces), (1, -1, 1));
    assert_eq!(walk.touch, Some(Traffic::direct()));
}

#[test]
fn a_click_and_its_landing_are_one_touch_and_still_a_bounce() {
    let mut walk = Walk::new(VisitSettings::default());
    let traffic = tagged("google", "cpc");
    let click = walk.hit(HitKind::Click, 0, Some(&traffic));
    let landing = walk.hit(HitKind::PageView, 300, Some(&traffic));
    let read = walk.hit(HitKind::Engagement, 9_000, None);
    assert_eq!((click.visits, click.bounces), (1, 1));
    assert_eq!(
        (landing.visits, landing.bounces, landing.touch),
        (0, 0, Touch::Same)
    );
    assert_eq!(
        (landing.visit, landing.traffic),
        (click.visit, click.traffic)
    );
    assert_eq!(read.bounces, 0);
    let again = walk.hit(HitKind::PageView, 20_000, Some(&traffic));
    assert_eq!((again.bounces, &walk.touch), (-1, &Some(traffic)));
}

#[test]
fn a_landing_from_elsewhere_is_a_new_touch_in_the_same_visit() {
    let mut walk = Walk::new(VisitSettings::default());
    let first = walk.hit(HitKind::PageView, 0, Some(&tagged("google", "cpc")));
    let second = walk.hit(HitKind::PageView, 10, Some(&tagged("news", "email")));
    assert_eq!(walk.touch, Some(tagged("news", "email")));
    let third = walk.hit(HitKind::PageView, 20, Some(&Traffic::direct()));
    assert_eq!(first.visit, second.visit);
    assert_eq!(second.touch, Touch::Landing);
    assert_eq!((third.touch, third.traffic), (Touch::Same, second.traffic));
}

#[test]
fn a_site_may_open_a_visit_on_another_campaign_and_at_midnight() {
    let midnight = Midnight::OpensVisit("Europe/Moscow".parse().unwrap());
    let settings = VisitSettings {
        campaign_change: CampaignChange::OpensVisit,
        midnight,
        ..VisitSettings::default()
    };
    let mut walk = Walk::new(settings);
    let ads = tagged("google", "cpc");
    let first = walk.hit(HitKind::PageView, 0, Some(&ads));
    assert_eq!(
        walk.hit(HitKind::PageView, 10, Some(&ads)).visit,
        first.visit
    );
    assert_eq!(
        walk.hit(HitKind::PageView, 15, Some(&tagged("blog", "")))
            .visit,
        first.visit
    );
    let other = walk.hit(HitKind::PageView, 20, Some(&tagged("news", "email")));
    assert_ne!(other.visit, first.visit);
    // 21:00 UTC is midnight in Moscow.
    let to_midnight = 86_400_000 - (START + 3 * 3_600_000) % 86_400_000;
    let before = walk.hit(HitKind::PageView, to_midnight - 1, None);
    let after = walk.hit(HitKind::PageView, to_midnight, None);
    assert_ne!(before.visit, after.visit);
}

#[test]
fn the_same_tags_are_the_same_campaign_whatever_page_the_link_was_on() {
    let mut walk = Walk::new(VisitSettings {
        campaign_change: CampaignChange::OpensVisit,
        ..VisitSettings::default()
    });
    let on = |referrer: &str, keyword: &str| Traffic {
        referrer: referrer.into(),
        default_channel: format!("{referrer} traffic"),
        keyword: keyword.into(),
        ..tagged("google", "cpc")
    };
    let first = walk.hit(HitKind::PageView, 0, Some(&on("", "shoes")));
    let mail = walk.hit(HitKind::PageView, 10, Some(&on("mail.example", "shoes")));
    assert_eq!((mail.visit, mail.touch), (first.visit, Touch::Landing));
    let blog = walk.hit(HitKind::PageView, 20, Some(&tagged("blog", "")));
    let back = walk.hit(HitKind::PageView, 30, Some(&on("blog.example", "shoes")));
    assert_eq!((blog.visit, back.visit), (first.visit, first.visit));
    let other = walk.hit(HitKind::PageView, 40, Some(&on("blog.example", "boots")));
    assert_eq!((other.visits, other.visit == first.visit), (1, false));
}

#[test]
fn a_click_and_a_landing_that_is_tagged_otherwise_are_one_visit() {
    let mut walk = Walk::new(VisitSettings {
        campaign_change: CampaignChange::OpensVisit,
        ..VisitSettings::default()
    });
    let click = walk.hit(HitKind::Click, 0, Some(&tagged("news", "email")));
    let landing = walk.hit(HitKind::PageView, 300, Some(&tagged("letter", "email")));
    let next = walk.hit(HitKind::PageView, 900, Some(&tagged("vk", "cpc")));
    assert_eq!((landing.visit, landing.visits), (click.visit, 0));
    assert_eq!(landing.touch, Touch::Landing);
    assert_eq!((next.visits, next.bounces), (1, 1));
}

fn kinds() -> impl Strategy<Value = HitKind> {
    prop::sample::select(vec![
        HitKind::Click,
        HitKind::PageView,
        HitKind::Engagement,
        HitKind::Event,
        HitKind::Outbound,
        HitKind::Download,
        HitKind::FormSubmit,
        HitKind::Revenue,
    ])
}

fn moves() -> impl Strategy<Value = Vec<(HitKind, i64, u8)>> {
    prop::collection::vec((kinds(), -5_000..3_000_000_i64, 0..4_u8), 1..60)
}

proptest! {
    #[test]
    fn visits_and_bounces_sum_to_zero_or_one(moves in moves(), on_change: bool) {
        let campaign_change =
            if on_change { CampaignChange::OpensVisit } else { CampaignChange::KeepsVisit };
        let mut walk = Walk::new(VisitSettings { campaign_change, ..VisitSettings::default() });
        let mut sums: HashMap<VisitId, (i32, i32)> = HashMap::new();
        let mut clock = 0;
        let mut last: Option<VisitStep> = None;
        for (kind, pause, source) in moves {
            clock += pause;
            let traffic = match source {
                0 => Traffic::direct(),
                other => tagged(&format!("s{other}"), "cpc"),
            };
            let step = walk.hit(kind, clock, Some(&traffic));
            let sum = sums.entry(step.visit).or_default();
            sum.0 += i32::from(step.visits);
            sum.1 += i32::from(step.bounces);
            prop_assert!(sum.0 == 1 && (0..=1).contains(&sum.1), "{:?}", sum);
            prop_assert!(step.visits == 0 || step.touch != Touch::Same);
            if let Some(touch) = &walk.touch {
                prop_assert_eq!(touch.key(WORKSPACE), step.traffic);
            }
            if let Some(before) = last {
                prop_assert!(before.at < step.at && before.seq < step.seq);
                prop_assert!(before.visit <= step.visit);
                prop_assert!(step.visit_at <= step.at);
            }
            last = Some(step);
        }
    }
}
