//! Several nodes on one store: who does what, and what each has to read again.

use std::collections::BTreeMap;

use base::UnixMillis;
use store::ad_names::{insert_ad_name, undo_ad_names};
use store::channels::insert_channel;
use store::leases::{Claim, Lease, find_lease, release_lease, renew_lease, take_lease, under};
use store::links::insert_link;
use store::meta::{find_meta, put_meta};
use store::nodes::{
    NewNode, adopt_node, give_up_node, list_nodes, list_revisions, note_node, note_stop, note_swept,
};
use store::{Engine, Store, StoreError, Tx};

use crate::collecting::{ad_name, channel, link};
use crate::fixture::{Fixture, NOW};
use crate::money::import;

const WORK: &str = "work";

async fn seen(store: &Store) -> Option<Lease> {
    let mut connection = store.read().await.unwrap();
    find_lease(&mut connection, WORK).await.unwrap()
}

async fn take(store: &Store, holder: &str, seen: Option<&Lease>) -> Option<Claim> {
    let mut tx = store.begin().await.unwrap();
    let fence = take_lease(&mut tx, WORK, holder, seen).await.unwrap();
    tx.commit().await.unwrap();
    fence.map(|fence| Claim { name: WORK, fence })
}

async fn renew(store: &Store, claim: Claim) -> bool {
    let mut tx = store.begin().await.unwrap();
    let renewed = renew_lease(&mut tx, claim, 7).await.unwrap();
    tx.commit().await.unwrap();
    renewed
}

async fn work(store: &Store, value: &[u8]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    put_meta(&mut tx, "work", value).await?;
    tx.commit().await
}

#[tokio::test]
async fn of_two_who_see_a_lease_stand_still_one_takes_it() {
    let fixture = Fixture::new().await;
    let other = Store::open_again(fixture.dir.path()).await.unwrap();
    let first = take(&fixture.store, "a", None).await.unwrap();
    assert_eq!(take(&other, "b", None).await, None, "somebody was quicker");
    let before = seen(&other).await;
    assert!(renew(&fixture.store, first).await);
    let stale = take(&other, "b", before.as_ref()).await;
    assert_eq!(stale, None, "it did not stand still");
    let still = seen(&other).await;
    assert_eq!(still.as_ref().map(|lease| lease.told), Some(7));
    let second = take(&other, "b", still.as_ref()).await.unwrap();
    assert!(second.fence > first.fence);
    assert_eq!(take(&fixture.store, "c", still.as_ref()).await, None);
    assert!(!renew(&fixture.store, first).await, "it was taken over");
    assert!(renew(&other, second).await);
}

#[tokio::test]
async fn work_of_an_earlier_holder_is_refused_and_leaves_nothing() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let first = take(store, "a", None).await.unwrap();
    under(first, work(store, b"first")).await.unwrap();
    let second = take(store, "b", seen(store).await.as_ref()).await.unwrap();
    let refused = under(first, work(store, b"late")).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost { name: WORK })));
    let mut connection = store.read().await.unwrap();
    let kept = find_meta(&mut connection, "work").await.unwrap();
    assert_eq!(kept.as_deref(), Some(b"first".as_slice()));
    under(second, work(store, b"second")).await.unwrap();
    // Work within other work needs both leases, whichever was taken over.
    let mut tx = fixture.begin().await;
    let fence = take_lease(&mut tx, "turn", "b", None).await.unwrap();
    tx.commit().await.unwrap();
    let turn = Claim {
        name: "turn",
        fence: fence.unwrap(),
    };
    let within = |outer, value| Box::pin(under(outer, under(turn, work(store, value))));
    within(second, b"third").await.unwrap();
    let refused = within(first, b"late").await;
    assert!(matches!(refused, Err(StoreError::LeaseLost { name: WORK })));
    let mut tx = fixture.begin().await;
    release_lease(&mut tx, turn).await.unwrap();
    tx.commit().await.unwrap();
    let refused = within(second, b"late").await;
    assert!(matches!(
        refused,
        Err(StoreError::LeaseLost { name: "turn" })
    ));
    // What is not done under a lease needs none.
    work(store, b"anybody").await.unwrap();
}

#[tokio::test]
async fn a_lease_that_was_given_back_is_free_at_once_and_nobody_works_under_it() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let first = take(store, "a", None).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    release_lease(&mut tx, first).await.unwrap();
    tx.commit().await.unwrap();
    let free = seen(store).await.unwrap();
    assert_eq!((free.holder.as_str(), free.fence), ("", first.fence));
    assert!(!renew(store, first).await);
    assert!(under(first, work(store, b"late")).await.is_err());
    assert!(take(store, "b", Some(&free)).await.is_some());
}

#[tokio::test]
async fn a_name_belongs_to_one_data_folder_for_ever() {
    let fixture = Fixture::new().await;
    let node = |folder: &str, address: &str| NewNode {
        name: "c1".to_owned(),
        folder: folder.to_owned(),
        roles: "collect".to_owned(),
        address: address.to_owned(),
        version: "1".to_owned(),
        seen_at: NOW,
    };
    let mut tx = fixture.begin().await;
    assert!(note_node(&mut tx, &node("f1", "http://one")).await.unwrap());
    assert!(!note_node(&mut tx, &node("f2", "http://two")).await.unwrap());
    note_stop(&mut tx, ("c1", "f1"), UnixMillis(NOW.0 + 5), (3, 4_096))
        .await
        .unwrap();
    assert!(give_up_node(&mut tx, "c1", NOW).await.unwrap());
    assert!(!give_up_node(&mut tx, "c2", NOW).await.unwrap());
    assert!(!note_node(&mut tx, &node("f2", "http://two")).await.unwrap());
    let all = list_nodes(&mut tx).await.unwrap();
    let [only] = all.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(only.address, "http://one");
    assert_eq!(
        (only.stopped_segment, only.stopped_offset),
        (Some(3), Some(4_096))
    );
    assert_eq!(only.gone_at, Some(NOW));
    assert!(note_node(&mut tx, &node("f1", "http://new")).await.unwrap());
    let back = list_nodes(&mut tx).await.unwrap().remove(0);
    assert_eq!((back.stopped_segment, back.gone_at), (None, None));
    assert!(back.is_unswept, "people were erased without it");
    note_swept(&mut tx, ("c1", "f2")).await.unwrap();
    assert!(is_unswept(&mut tx).await, "that is another folder");
    note_swept(&mut tx, ("c1", "f1")).await.unwrap();
    assert!(!is_unswept(&mut tx).await);
    assert!(note_node(&mut tx, &node("f1", "http://new")).await.unwrap());
    assert!(!is_unswept(&mut tx).await, "everybody waited for it");
    // A folder that was put back takes the name from the one that it is a copy of, and once.
    assert!(adopt_node(&mut tx, &back, "f3").await.unwrap());
    assert!(is_unswept(&mut tx).await);
    assert!(!adopt_node(&mut tx, &back, "f4").await.unwrap());
    assert!(!note_node(&mut tx, &node("f1", "http://old")).await.unwrap());
    assert!(note_node(&mut tx, &node("f3", "http://new")).await.unwrap());
}

async fn is_unswept(tx: &mut Tx) -> bool {
    list_nodes(tx).await.unwrap().remove(0).is_unswept
}

#[tokio::test]
async fn a_node_that_has_come_back_meanwhile_is_not_given_away() {
    let fixture = Fixture::new().await;
    let seen_at = |seen_at| NewNode {
        name: "c1".to_owned(),
        folder: "f1".to_owned(),
        roles: "collect".to_owned(),
        address: String::new(),
        version: "1".to_owned(),
        seen_at,
    };
    let mut tx = fixture.begin().await;
    assert!(note_node(&mut tx, &seen_at(NOW)).await.unwrap());
    let looked_at = list_nodes(&mut tx).await.unwrap().remove(0);
    let word = seen_at(NOW.plus_ms(5_000));
    assert!(note_node(&mut tx, &word).await.unwrap());
    assert!(!adopt_node(&mut tx, &looked_at, "f2").await.unwrap());
    assert!(note_node(&mut tx, &word).await.unwrap(), "it kept its name");
}

#[tokio::test]
async fn what_nodes_keep_in_memory_is_counted_by_the_transaction_that_changes_it() {
    let fixture = Fixture::new().await;
    if fixture.store.engine() != Engine::Postgres {
        return;
    }
    check_bumped(&fixture, "labels", async |tx| {
        insert_channel(tx, fixture.ours, NOW, &channel("Ads"))
            .await
            .unwrap();
    })
    .await;
    check_bumped(&fixture, "routing", async |tx| {
        insert_link(tx, fixture.ours, NOW, &link("spring"))
            .await
            .unwrap();
    })
    .await;
    let mut tx = fixture.begin().await;
    let first = import(&mut tx, fixture.ours).await;
    let second = import(&mut tx, fixture.ours).await;
    tx.commit().await.unwrap();
    let spring = ad_name(Some(first), "Spring", (1, 2));
    check_bumped(&fixture, "labels", async |tx| {
        insert_ad_name(tx, fixture.ours, NOW, &spring)
            .await
            .unwrap();
    })
    .await;
    let again = ad_name(Some(second), "Spring", (3, 4));
    check_bumped(&fixture, "", async |tx| {
        insert_ad_name(tx, fixture.ours, NOW, &again).await.unwrap();
        put_meta(tx, "anything", b"else").await.unwrap();
    })
    .await;
    let renamed = ad_name(Some(second), "Summer", (4, 5));
    check_bumped(&fixture, "labels", async |tx| {
        insert_ad_name(tx, fixture.ours, NOW, &renamed)
            .await
            .unwrap();
    })
    .await;
    check_bumped(&fixture, "labels", async |tx| {
        undo_ad_names(tx, fixture.ours, second, NOW).await.unwrap();
    })
    .await;
    check_bumped(&fixture, "", async |tx| {
        undo_ad_names(tx, fixture.ours, second, NOW).await.unwrap();
    })
    .await;
}

/// What the work changes is counted up, and nothing else; what it takes back is not counted.
async fn check_bumped(fixture: &Fixture, name: &str, work: impl AsyncFn(&mut Tx)) {
    let before = revisions(fixture).await;
    let mut tx = fixture.begin().await;
    work(&mut tx).await;
    drop(tx);
    assert_eq!(revisions(fixture).await, before);
    let mut tx = fixture.begin().await;
    work(&mut tx).await;
    tx.commit().await.unwrap();
    for (one, value) in revisions(fixture).await {
        assert_eq!(value > before[&one], one == name, "{one}");
    }
}

async fn revisions(fixture: &Fixture) -> BTreeMap<String, i64> {
    let mut connection = fixture.read().await;
    let all = list_revisions(&mut connection).await.unwrap();
    all.into_iter().map(|one| (one.name, one.value)).collect()
}
