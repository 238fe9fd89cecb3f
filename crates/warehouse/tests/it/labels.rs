//! Labels and channels.

use base::{ChannelId, UnixMillis, WorkspaceId};
use warehouse::{ChannelRow, Label, NewLabel};

use crate::facts::{House, WORKSPACE, landing, of_hit, traffic};

#[test]
fn relabelling_replaces_the_labels_of_these_entries_only() {
    let house = House::new();
    house.load(vec![
        of_hit(landing(1, 1, 10, "ads")),
        of_hit(landing(2, 2, 10, "mail")),
    ]);
    let key = traffic("ads").key(WORKSPACE);
    let label = Label {
        channel_path: vec![ChannelId(1), ChannelId(2), ChannelId(3)],
        source: "Ads".into(),
        version: 2,
        ..Label::default()
    };
    house
        .warehouse
        .relabel(WORKSPACE, &[NewLabel { key, label }], UnixMillis(5))
        .unwrap();
    let rows =
        house.texts("select channel, subchannel, source, version from labels order by version");
    assert_eq!(rows, ["null null mail 1", "1 3 Ads 2"]);
    assert_eq!(house.warehouse.traffic(WorkspaceId(2)).unwrap(), []);
}

#[test]
fn labels_that_change_are_kept_with_the_moment_until_which_they_were_in_force() {
    let house = House::new();
    house.load(vec![
        of_hit(landing(1, 1, 10, "ads")),
        of_hit(landing(2, 2, 10, "mail")),
    ]);
    let relabel = |name: &str, version: i64, now: i64| {
        let label = |source: &str| Label {
            source: source.to_owned(),
            version,
            ..Label::default()
        };
        let labels = [("ads", name), ("mail", "mail")].map(|(source, name)| NewLabel {
            key: traffic(source).key(WORKSPACE),
            label: label(name),
        });
        let relabelled = house.warehouse.relabel(WORKSPACE, &labels, UnixMillis(now));
        relabelled.unwrap();
    };
    relabel("Ads", 2, 100);
    // Says the same in a newer version.
    relabel("Ads", 3, 200);
    relabel("ads", 4, 300);
    let past = "select source, version, until_ms from past_labels order by until_ms";
    assert_eq!(house.texts(past), ["ads 1 100", "Ads 3 300"]);
    let now = "select source, version from labels order by source";
    assert_eq!(house.texts(now), ["ads 4", "mail 4"]);
    house.warehouse.wipe().unwrap();
    assert_eq!(house.texts(past), ["ads 1 100", "Ads 3 300"]);
}

#[test]
fn published_channels_replace_the_old_ones_and_know_their_top() {
    let house = House::new();
    let channel = |id: i64, parent: Option<i64>| ChannelRow {
        id: ChannelId(id),
        parent: parent.map(ChannelId),
        name: format!("c{id}"),
        colour: 1,
        position: id,
    };
    house
        .warehouse
        .publish_channels(WORKSPACE, &[channel(9, None)])
        .unwrap();
    let tree = [channel(1, None), channel(2, Some(1)), channel(3, Some(2))];
    house.warehouse.publish_channels(WORKSPACE, &tree).unwrap();
    let rows = house.texts("select channel, top, name from channels order by channel");
    assert_eq!(rows, ["1 1 c1", "2 1 c2", "3 1 c3"]);
}
