//! Token buckets in a bounded table.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

use base::UnixMillis;

/// A steady rate with room for bursts. A rate of zero means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub per_second: u32,
    pub burst: u32,
}

/// Buckets kept at once; the fullest ones are forgotten first, which costs nothing.
const BUCKETS_MAX: usize = 65_536;
const SHARDS: usize = 16;
/// A bucket further ahead of now was filled by a clock that ran ahead, and fills from now on.
/// Requests overtake each other by less.
const AHEAD_MS: i64 = 1_000;

/// One bucket a key.
#[derive(Debug)]
pub(crate) struct Limiter {
    shards: Vec<Mutex<HashMap<u64, Bucket>>>,
    state: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a token; below zero after a batch that was larger than the burst.
    milli_tokens: i64,
    at: UnixMillis,
}

/// The sender must wait this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) seconds: u64,
}

impl Limiter {
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect();
        Self {
            shards,
            state: RandomState::new(),
        }
    }

    /// Takes `cost` tokens of the key's bucket, or says how long to wait. A batch larger than the
    /// burst passes where the bucket is full, and what it took too much has to come in again first:
    /// the mean is the rate, whatever the size of batches.
    pub(crate) fn take(
        &self,
        key: impl Hash,
        rate: Rate,
        cost: u32,
        now: UnixMillis,
    ) -> Result<(), Wait> {
        self.ask(key, rate, (cost, cost), now)
    }

    /// Whether the key's bucket holds a token, which stays there.
    pub(crate) fn look(&self, key: impl Hash, rate: Rate, now: UnixMillis) -> Result<(), Wait> {
        self.ask(key, rate, (1, 0), now)
    }

    fn ask(
        &self,
        key: impl Hash,
        rate: Rate,
        (needed, cost): (u32, u32),
        now: UnixMillis,
    ) -> Result<(), Wait> {
        if rate.per_second == 0 {
            return Ok(());
        }
        let hash = self.state.hash_one(key);
        let index = usize::try_from(hash % 16).unwrap_or_default();
        let mut shard = self.shards[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let full = i64::from(rate.burst.max(1)) * 1000;
        if shard.len() >= BUCKETS_MAX / SHARDS && !shard.contains_key(&hash) {
            shard.retain(|_, bucket| bucket.refilled(rate, now, full) < full);
            if shard.len() >= BUCKETS_MAX / SHARDS {
                shard.clear();
            }
        }
        let bucket = shard.entry(hash).or_insert(Bucket {
            milli_tokens: full,
            at: now,
        });
        let tokens = bucket.refilled(rate, now, full);
        let needed = (i64::from(needed) * 1000).min(full);
        let is_ahead = bucket.at.since_ms(now) > AHEAD_MS;
        *bucket = Bucket {
            milli_tokens: tokens,
            at: if is_ahead { now } else { now.max(bucket.at) },
        };
        if tokens < needed {
            let missing = needed.abs_diff(tokens);
            let seconds = missing.div_ceil(u64::from(rate.per_second) * 1000);
            return Err(Wait { seconds });
        }
        bucket.milli_tokens = tokens - i64::from(cost) * 1000;
        Ok(())
    }
}

impl Bucket {
    fn refilled(&self, rate: Rate, now: UnixMillis, full: i64) -> i64 {
        let elapsed_ms = now.since_ms(self.at).max(0);
        let gained = elapsed_ms.saturating_mul(i64::from(rate.per_second));
        self.milli_tokens.saturating_add(gained).min(full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 2,
        burst: 3,
    };

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let limiter = Limiter::new();
        let at = |ms: i64| UnixMillis(1_000_000 + ms);
        for _ in 0..3 {
            assert_eq!(limiter.take("a", RATE, 1, at(0)), Ok(()));
        }
        assert_eq!(limiter.take("a", RATE, 1, at(0)), Err(Wait { seconds: 1 }));
        assert_eq!(limiter.take("b", RATE, 1, at(0)), Ok(()));
        assert_eq!(limiter.take("a", RATE, 1, at(500)), Ok(()));
    }

    #[test]
    fn a_batch_larger_than_the_burst_passes_a_full_bucket_and_is_paid_for_later() {
        let limiter = Limiter::new();
        let at = |ms: i64| UnixMillis(1_000_000 + ms);
        assert_eq!(limiter.take("a", RATE, 1, at(0)), Ok(()));
        assert_eq!(limiter.take("a", RATE, 50, at(0)), Err(Wait { seconds: 1 }));
        assert_eq!(limiter.take("a", RATE, 50, at(500)), Ok(()));
        // 47 tokens short of none, at two a second.
        assert_eq!(
            limiter.take("a", RATE, 1, at(500)),
            Err(Wait { seconds: 24 })
        );
        assert_eq!(
            limiter.take("a", RATE, 1, at(24_000)),
            Err(Wait { seconds: 1 })
        );
        assert_eq!(limiter.take("a", RATE, 1, at(24_500)), Ok(()));
    }

    #[test]
    fn whoever_looks_takes_nothing() {
        let limiter = Limiter::new();
        let at = UnixMillis(1_000_000);
        for _ in 0..9 {
            assert_eq!(limiter.look("a", RATE, at), Ok(()));
        }
        assert_eq!(limiter.take("a", RATE, 3, at), Ok(()));
        assert_eq!(limiter.look("a", RATE, at), Err(Wait { seconds: 1 }));
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_nobody_waiting() {
        let limiter = Limiter::new();
        let hours_ahead = UnixMillis(5 * 3_600_000);
        assert_eq!(limiter.take("a", RATE, 3, hours_ahead), Ok(()));
        assert!(limiter.take("a", RATE, 1, UnixMillis(0)).is_err());
        assert_eq!(limiter.take("a", RATE, 1, UnixMillis(500)), Ok(()));
    }

    #[test]
    fn the_table_stays_bounded() {
        let limiter = Limiter::new();
        for key in 0..200_000_u32 {
            let _ = limiter.take(key, RATE, 1, UnixMillis(0));
        }
        let kept: usize = limiter
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap().len())
            .sum();
        assert!(kept <= BUCKETS_MAX, "{kept}");
    }
}
