//! Days by campaign are days by traffic under the labels of now, whatever came in which order.

use base::{ChannelId, Hit, UnixMillis};
use warehouse::{Label, NewLabel, Warehouse};

use crate::facts::{House, WORKSPACE, hit, landing, of_hit, traffic};

const DAY_MS: i64 = 86_400_000;

const BY_CAMPAIGN: &str = "select day, channel, subchannel, source, campaign, campaign_key, bot, \
     sum(clicks), sum(page_views), sum(events), sum(form_submits), sum(engaged_ms), \
     sum(visits), sum(bounces) from campaign_days group by all order by all";

const BY_LABELS: &str = "select day, channel, subchannel, coalesce(source, ''), \
     coalesce(campaign, ''), coalesce(campaign_key, 0), bot, \
     sum(clicks), sum(page_views), sum(events), sum(form_submits), sum(engaged_ms), \
     sum(visits), sum(bounces) \
     from hits_daily left join labels using (workspace, traffic) group by all order by all";

#[track_caller]
fn check(house: &House, rows: usize) {
    let by_campaign = house.texts(BY_CAMPAIGN);
    assert_eq!(by_campaign, house.texts(BY_LABELS));
    assert_eq!(by_campaign.len(), rows, "{by_campaign:?}");
}

fn relabel(house: &House, source: &str, name: &str) {
    let label = Label {
        channel_path: vec![ChannelId(7)],
        source: name.to_owned(),
        campaign: "spring".to_owned(),
        version: 2,
        ..Label::default()
    };
    let key = traffic(source).key(WORKSPACE);
    house
        .warehouse
        .relabel(WORKSPACE, &[NewLabel { key, label }], UnixMillis(0))
        .unwrap();
}

#[test]
fn campaigns_follow_loads_relabelling_and_compaction() {
    let house = House::in_file();
    for day in 0..3_u32 {
        let at = i64::from(day) * DAY_MS;
        for (id, source) in [(0, "ads"), (1, "mail"), (2, "ads")] {
            let id = u128::from(day * 10 + id);
            house.load(vec![of_hit(landing(id, u64::from(day) + 1, at, source))]);
        }
    }
    check(&house, 6);
    relabel(&house, "ads", "mail");
    check(&house, 6);
    house.warehouse.compact(UnixMillis(3 * DAY_MS)).unwrap();
    check(&house, 6);
    assert_eq!(
        house.numbers("select count(*) from campaign_days where day < 2"),
        [4]
    );
    house.load(vec![of_hit(landing(90, 9, 0, "ads"))]);
    check(&house, 6);
    house.warehouse.compact(UnixMillis(9 * DAY_MS)).unwrap();
    check(&house, 6);
    assert_eq!(house.numbers("select count(*) from campaign_days"), [6]);
}

#[test]
fn sums_that_came_before_their_tuple_are_labelled_when_it_comes() {
    let house = House::in_file();
    let start = landing(1, 7, 0, "ads");
    let early = Hit {
        traffic: start.traffic,
        visit: start.visit,
        ..hit(2, 7, 1_000)
    };
    house.load(vec![of_hit(early)]);
    check(&house, 1);
    assert_eq!(house.texts("select source from campaign_days"), [""]);
    let (folder, warehouse) = (house.folder, house.warehouse);
    drop(warehouse);
    let warehouse = Warehouse::open_file_in(folder.path()).unwrap();
    let house = House { warehouse, folder };
    house.load(vec![of_hit(start)]);
    check(&house, 1);
    assert_eq!(
        house.texts("select distinct source from campaign_days"),
        ["ads"]
    );
}

#[test]
fn a_day_that_nothing_was_added_to_is_not_written_again() {
    let house = House::in_file();
    house.load(vec![of_hit(landing(1, 1, 0, "ads"))]);
    house.warehouse.compact(UnixMillis(3 * DAY_MS)).unwrap();
    house.warehouse.checkpoint().unwrap();
    let size = house.warehouse.stats().unwrap().bytes;
    for _ in 0..20 {
        house.warehouse.compact(UnixMillis(3 * DAY_MS)).unwrap();
    }
    house.warehouse.checkpoint().unwrap();
    assert_eq!(house.warehouse.stats().unwrap().bytes, size);
    assert_eq!(house.numbers("select count(*) from unsummed_days"), [0]);
}
