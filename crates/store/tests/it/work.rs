//! The outbox, idempotency keys, sign-ins and small values.

use base::{FactId, UnixMillis};
use store::idempotency::{
    IdempotencyClaim, claim_idempotency_key, complete_idempotency_key, release_idempotency_key,
};
use store::meta::{find_meta, init_meta, put_meta};
use store::outbox::{OutboxFact, count_outbox, delete_outbox, put_outbox, take_outbox};
use store::throttle::{AHEAD_MS, clear_login_failures, find_login_failures, record_login_failure};

use crate::fixture::Fixture;

fn fact(id: u128) -> OutboxFact {
    OutboxFact {
        fact_id: FactId(id),
        payload: id.to_string().into_bytes(),
    }
}

#[tokio::test]
async fn the_outbox_gives_facts_in_the_order_they_came() {
    let fixture = Fixture::new().await;
    for batch in [[9, 2, 7], [1, 8, 3]] {
        let mut tx = fixture.begin().await;
        let facts: Vec<_> = batch.into_iter().map(fact).collect();
        put_outbox(&mut tx, UnixMillis(1), &facts).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = fixture.begin().await;
    put_outbox(&mut tx, UnixMillis(2), &[fact(9)])
        .await
        .unwrap();
    let taken = take_outbox(&mut tx, 4).await.unwrap();
    assert_eq!(
        taken.iter().map(|row| row.fact_id.0).collect::<Vec<_>>(),
        [9, 2, 7, 1]
    );
    assert_eq!(
        take_outbox(&mut tx, 4).await.unwrap(),
        taken,
        "taking removes nothing"
    );
    assert_eq!(delete_outbox(&mut tx, taken[3].id).await.unwrap(), 4);
    let rest = take_outbox(&mut tx, 9).await.unwrap();
    assert_eq!(
        rest.iter().map(|row| row.fact_id.0).collect::<Vec<_>>(),
        [8, 3]
    );
    assert_eq!(count_outbox(&mut tx).await.unwrap(), 2);
}

#[tokio::test]
async fn a_fact_of_a_dropped_transaction_never_leaves() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    put_outbox(&mut tx, UnixMillis(1), &[fact(1)])
        .await
        .unwrap();
    drop(tx);
    assert_eq!(count_outbox(&mut fixture.read().await).await.unwrap(), 0);
}

#[tokio::test]
async fn a_window_that_is_yet_to_come_does_not_lock_anybody_out() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let mut counted = Vec::new();
    for now in [AHEAD_MS + 2, AHEAD_MS + 2, 1, 1, 2] {
        let since = UnixMillis(now - 1_000);
        let failures = record_login_failure(&mut tx, "email:a", UnixMillis(now), since).await;
        counted.push(failures.unwrap());
    }
    assert_eq!(counted, [1, 2, 1, 2, 3]);
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let now = UnixMillis(1);
    let ours = fixture.ours;
    let first = claim_idempotency_key(&mut tx, ours, "k", b"h", now)
        .await
        .unwrap();
    assert_eq!(first, IdempotencyClaim::New);
    let early = claim_idempotency_key(&mut tx, ours, "k", b"h", now)
        .await
        .unwrap();
    assert_eq!(early, IdempotencyClaim::Unfinished);
    complete_idempotency_key(&mut tx, ours, "k", 201, b"{}")
        .await
        .unwrap();
    release_idempotency_key(&mut tx, ours, "k").await.unwrap();
    let done = claim_idempotency_key(&mut tx, ours, "k", b"h", now)
        .await
        .unwrap();
    assert_eq!(
        done,
        IdempotencyClaim::Done {
            status: 201,
            body: b"{}".to_vec()
        }
    );
    let other = claim_idempotency_key(&mut tx, ours, "k", b"other", now)
        .await
        .unwrap();
    assert_eq!(other, IdempotencyClaim::OtherRequest);
    let theirs = claim_idempotency_key(&mut tx, fixture.theirs, "k", b"h", now)
        .await
        .unwrap();
    assert_eq!(theirs, IdempotencyClaim::New);
}

#[tokio::test]
async fn failed_sign_ins_are_counted_in_windows() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    for (now, count) in [(100, 1), (150, 2), (199, 3), (200, 1)] {
        let since = UnixMillis(now - 100);
        let failures = record_login_failure(&mut tx, "ip:10.0.0.0", UnixMillis(now), since).await;
        assert_eq!(failures.unwrap(), count, "at {now}");
    }
    clear_login_failures(&mut tx, "ip:10.0.0.0").await.unwrap();
    let left = find_login_failures(&mut tx, "ip:10.0.0.0", UnixMillis(0))
        .await
        .unwrap();
    assert_eq!(left, None);
}

#[tokio::test]
async fn the_first_initial_value_stays() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    assert_eq!(init_meta(&mut tx, "id", b"one").await.unwrap(), b"one");
    assert_eq!(init_meta(&mut tx, "id", b"two").await.unwrap(), b"one");
    put_meta(&mut tx, "id", b"three").await.unwrap();
    assert_eq!(
        find_meta(&mut tx, "id").await.unwrap(),
        Some(b"three".to_vec())
    );
}
