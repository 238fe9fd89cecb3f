//! Intake while the wall clock is set forward and back by hours: any path of it gives sane facts.

use std::collections::{HashMap, HashSet};

use base::{Fact, Hit, UnixMillis};
use hyper::header::{AUTHORIZATION, HeaderValue};

use super::*;

const IDLE_MS: u64 = 30 * 60 * 1000;
const HOUR_MS: i64 = 3_600_000;
const VISITORS: u64 = 3;

/// A small generator: every seed is another path of the clock.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Mostly seconds and minutes, sometimes hours; in both directions.
    fn step_ms(&mut self) -> i64 {
        let reach = [1_000, 60_000, 20 * 60_000, 9 * HOUR_MS];
        let reach = reach[usize::try_from(self.below(4)).unwrap()];
        let size = i64::try_from(self.below(reach.unsigned_abs() + 1)).unwrap();
        if self.below(3) == 0 { -size } else { size }
    }
}

struct Door<'a> {
    house: &'a House,
    headers: HeaderMap,
}

impl Door<'_> {
    async fn send(&self, id: &str, visitor: u64, kind: &str, now: UnixMillis) -> String {
        let body = format!(
            r#"{{"events":[{{"id":"{id}","type":"{kind}","name":"{kind}","visitor":"{visitor:013}",
                "url":"https://optics.example/"}}]}}"#
        );
        let request = Request {
            method: &Method::POST,
            path: "/api/v1/events",
            query: "",
            headers: &self.headers,
            peer: IpAddr::from([203, 0, 113, 7]),
            body: body.as_bytes(),
            tally: &Tally::default(),
        };
        let reply = self.house.intake.server_events(&request, now).await;
        assert_eq!(reply.status, StatusCode::OK);
        String::from_utf8(reply.body.to_vec()).unwrap()
    }
}

fn hits(house: &House) -> Vec<Hit> {
    let read = house
        .app
        .journal()
        .read(journal::Position::default(), usize::MAX);
    let facts = read.unwrap().entries;
    let hit = |entry: &Vec<u8>| Fact::decode(entry).unwrap().hit().cloned();
    facts.iter().filter_map(hit).collect()
}

/// Every visit opens once, bounces at most once, and none begins after its hits.
fn check_visits(seed: u64, hits: &[Hit], moved_ms: u64) {
    let ids: HashSet<_> = hits.iter().map(Hit::fact_id).collect();
    assert_eq!(
        ids.len(),
        hits.len(),
        "seed {seed}: a fact id is there twice"
    );
    let mut visits: HashMap<_, (i32, i32)> = HashMap::new();
    for hit in hits {
        let sums = visits.entry((hit.visitor, hit.visit)).or_default();
        sums.0 += i32::from(hit.visits);
        sums.1 += i32::from(hit.bounces);
        assert!(
            hit.visit_at() <= hit.at,
            "seed {seed}: a visit begins after its hit"
        );
    }
    for (visit, (opened, bounced)) in &visits {
        assert_eq!(*opened, 1, "seed {seed}: {visit:?}");
        assert!(
            (0..=1).contains(bounced),
            "seed {seed}: {visit:?} bounced {bounced}"
        );
    }
    // A visit only opens where the clock has moved by more than the idle time since another.
    let most = VISITORS * (1 + moved_ms / IDLE_MS);
    let opened = u64::try_from(visits.len()).unwrap();
    assert!(
        opened <= most,
        "seed {seed}: {opened} visits, {most} are explicable"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_path_of_the_clock_splits_visits_repeats_ids_or_stops_intake() {
    for seed in 0..12 {
        let house = House::new().await;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", house.secret)).unwrap();
        let door = Door {
            house: &house,
            headers: [(AUTHORIZATION, bearer)].into_iter().collect(),
        };
        let (mut dice, mut now, mut moved_ms) = (Dice(seed), house.app.now(), 0);
        for number in 0..80 {
            let step = dice.step_ms();
            now = now.plus_ms(step);
            moved_ms += step.unsigned_abs();
            let kind = ["page_view", "event"][usize::try_from(dice.below(2)).unwrap()];
            let id = format!("{seed}-{number}");
            let visitor = dice.below(VISITORS) + 1;
            let answer = door.send(&id, visitor, kind, now).await;
            assert!(answer.contains("\"stored\""), "seed {seed}: {answer}");
            let again = door.send(&id, visitor, kind, now.plus_ms(-HOUR_MS)).await;
            assert!(again.contains("\"duplicate\""), "seed {seed}: {again}");
        }
        let hits = hits(&house);
        assert_eq!(hits.len(), 80, "seed {seed}");
        check_visits(seed, &hits, moved_ms);
        assert_eq!(house.loaded().await, 80, "seed {seed}");
    }
}
