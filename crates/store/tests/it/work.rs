//! The outbox, jobs, idempotency keys, sign-ins and small values.

use base::{FactId, UnixMillis};
use serde_json::json;
use store::idempotency::{
    IdempotencyClaim, claim_idempotency_key, complete_idempotency_key, release_idempotency_key,
};
use store::jobs::{
    NewJob, fail_job, finish_job, insert_job, lease_job, list_failed_jobs, retry_job,
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
async fn a_lease_of_a_clock_that_ran_ahead_does_not_hold_the_job() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let job = NewJob {
        workspace_id: None,
        kind: "purge".to_owned(),
        payload: json!({}),
        run_after: UnixMillis(0),
        created_at: UnixMillis(1),
    };
    insert_job(&mut tx, &job).await.unwrap();
    let hours_ahead = 5 * 3_600_000;
    let ahead = lease_job(
        &mut tx,
        UnixMillis(100 + hours_ahead),
        UnixMillis(200 + hours_ahead),
    );
    let first = ahead.await.unwrap().unwrap();
    let second = lease_job(&mut tx, UnixMillis(100), UnixMillis(200))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((second.id, second.attempts), (first.id, 2));
    let third = lease_job(&mut tx, UnixMillis(150), UnixMillis(250)).await;
    assert_eq!(third.unwrap(), None);
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
async fn a_leased_job_comes_back_when_its_lease_ends() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let job = NewJob {
        workspace_id: Some(fixture.ours),
        kind: "purge".to_owned(),
        payload: json!({"days": 3}),
        run_after: UnixMillis(100),
        created_at: UnixMillis(1),
    };
    insert_job(&mut tx, &job).await.unwrap();
    assert_eq!(
        lease_job(&mut tx, UnixMillis(99), UnixMillis(199))
            .await
            .unwrap(),
        None
    );
    let first = lease_job(&mut tx, UnixMillis(100), UnixMillis(200))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((first.attempts, &first.payload), (1, &job.payload));
    assert_eq!(
        lease_job(&mut tx, UnixMillis(199), UnixMillis(299))
            .await
            .unwrap(),
        None
    );
    let second = lease_job(&mut tx, UnixMillis(200), UnixMillis(300))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((second.id, second.attempts), (first.id, 2));
    // The first worker woke up late: the job is no longer its own.
    assert_eq!(
        finish_job(&mut tx, first.id, first.attempts).await.unwrap(),
        0
    );
    let again = retry_job(&mut tx, second.id, 2, UnixMillis(500), "no answer")
        .await
        .unwrap();
    assert_eq!(again, 1);
    assert_eq!(
        lease_job(&mut tx, UnixMillis(400), UnixMillis(600))
            .await
            .unwrap(),
        None
    );
    let third = lease_job(&mut tx, UnixMillis(500), UnixMillis(600))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        fail_job(&mut tx, third.id, 3, UnixMillis(501), "gave up")
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        lease_job(&mut tx, UnixMillis(900), UnixMillis(999))
            .await
            .unwrap(),
        None
    );
    assert_eq!(list_failed_jobs(&mut tx, 10).await.unwrap().len(), 1);
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
