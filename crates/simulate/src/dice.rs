//! Seeded dice: every draw is a pure function of the seed and of what is drawn for.

/// A stream of draws (`SplitMix64`).
///
/// Written out here because a demo made from one seed has to stay the same for years, whatever a
/// library of random generators changes about its distributions.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream that belongs to `parts`; other parts give an unrelated stream.
    pub(crate) fn of(parts: &[u64]) -> Self {
        Self(mix(parts))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// A number below `bound`; zero when the bound is zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or_default()
    }

    /// A number from `low` up to and including `high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(span)).unwrap_or_default()
    }

    /// True `chance` times of a thousand.
    pub(crate) fn per_mille(&mut self, chance: u64) -> bool {
        self.below(1000) < chance
    }

    /// One of the items, each as likely.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, items: &[T; N]) -> T {
        const { assert!(N > 0, "there is something to pick") };
        let bound = u64::try_from(N).unwrap_or(1);
        items[usize::try_from(self.below(bound)).unwrap_or_default()]
    }

    /// An index of `weights`, as likely as its weight says.
    pub(crate) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

/// One number made of many.
pub(crate) fn mix(parts: &[u64]) -> u64 {
    parts
        .iter()
        .fold(0x2545_f491_4f6c_dd1d, |state: u64, part| {
            scramble(state.rotate_left(23) ^ scramble(part.wrapping_add(0x9e37_79b9_7f4a_7c15)))
        })
}

/// A count as a part to mix or a weight; counts here are far below the bounds of either type.
pub(crate) fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn scramble(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_draws_and_others_do_not() {
        let draws = |parts: &[u64]| {
            let mut dice = Dice::of(parts);
            [dice.next(), dice.next(), dice.next()]
        };
        assert_eq!(draws(&[1, 2]), draws(&[1, 2]));
        assert_ne!(draws(&[1, 2]), draws(&[2, 1]));
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut dice = Dice::of(&[7]);
        for _ in 0..1000 {
            assert!(dice.below(3) < 3);
            assert!((-2..=2).contains(&dice.between(-2, 2)));
            assert!(dice.weighted(&[0, 5, 0, 1]) % 2 == 1);
        }
        assert_eq!(dice.below(0), 0);
    }
}
