//! Chance that is given from outside: one number a click, the same number the same answer.

use super::definition::{FLOWS_MAX, SHARES_MAX};

/// What all draws of one click come from. Kept with the click, it lets the click be routed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw(pub u64);

impl Draw {
    /// The next number below `end`, each equally likely (`SplitMix64`).
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let scaled = u128::from(mixed) * u128::from(end);
        u64::try_from(scaled >> u64::BITS).unwrap_or_default()
    }
}

const PLACES_MAX: usize = if FLOWS_MAX > SHARES_MAX {
    FLOWS_MAX
} else {
    SHARES_MAX
};
const WORDS: usize = PLACES_MAX.div_ceil(64);

/// Places with weights, of which none is drawn twice.
#[derive(Debug)]
pub(super) struct Urn<'w> {
    weights: &'w Weights,
    left: u64,
    drawn: [u64; WORDS],
}

/// Weights with their sum. There are at most [`PLACES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Weights {
    each: Box<[u32]>,
    total: u64,
}

impl Weights {
    pub(super) fn new(each: impl IntoIterator<Item = u32>) -> Self {
        let each: Box<[u32]> = each.into_iter().take(PLACES_MAX).collect();
        let total = each.iter().copied().map(u64::from).sum();
        Self { each, total }
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }
}

impl<'w> Urn<'w> {
    pub(super) fn new(weights: &'w Weights) -> Self {
        Self {
            weights,
            left: weights.total,
            drawn: [0; WORDS],
        }
    }

    /// Takes a place out without drawing it.
    pub(super) fn take(&mut self, place: usize) {
        let weight = self.weights.each.get(place).copied();
        if let (Some(weight), false) = (weight, self.is_drawn(place)) {
            self.drawn[place / 64] |= 1 << (place % 64);
            self.left -= u64::from(weight);
        }
    }

    /// Draws one of the places left, as often as its weight says; none when only weights 0 are
    /// left.
    pub(super) fn draw(&mut self, draw: &mut Draw) -> Option<usize> {
        if self.left == 0 {
            return None;
        }
        let mut point = draw.below(self.left);
        for (place, weight) in self.weights.each.iter().enumerate() {
            if self.is_drawn(place) {
                continue;
            }
            let weight = u64::from(*weight);
            if point < weight {
                self.take(place);
                return Some(place);
            }
            point -= weight;
        }
        None
    }

    fn is_drawn(&self, place: usize) -> bool {
        self.drawn[place / 64] >> (place % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_follow_weights_and_zero_is_never_drawn() {
        let weights = Weights::new([10, 0, 30, 60]);
        let mut counts = [0_u32; 4];
        for seed in 0..100_000 {
            let place = Urn::new(&weights).draw(&mut Draw(seed)).unwrap();
            counts[place] += 1;
        }
        let wanted = [10_000_u32, 0, 30_000, 60_000];
        for (count, wanted) in counts.into_iter().zip(wanted) {
            // Four deviations of so many draws at most.
            assert!(count.abs_diff(wanted) < 620, "{counts:?}");
        }
        assert_eq!(counts[1], 0);
    }

    #[test]
    fn a_draw_among_the_rest_keeps_the_rests_shares() {
        let weights = Weights::new([50, 10, 40]);
        let mut second = 0_u32;
        for seed in 0..100_000 {
            let mut urn = Urn::new(&weights);
            urn.take(0);
            second += u32::from(urn.draw(&mut Draw(seed)) == Some(1));
        }
        assert!(second.abs_diff(20_000) < 520, "{second}");
    }

    proptest! {
        #[test]
        fn every_place_with_weight_is_drawn_once(
            weights in prop::collection::vec(0_u32..5, 0..PLACES_MAX),
            seed: u64,
        ) {
            let wanted: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] > 0).collect();
            let weights = Weights::new(weights);
            let (mut urn, mut draw) = (Urn::new(&weights), Draw(seed));
            let mut drawn: Vec<usize> = std::iter::from_fn(|| urn.draw(&mut draw)).collect();
            drawn.sort_unstable();
            prop_assert_eq!(drawn, wanted);
        }

        #[test]
        fn a_number_is_below_its_end(seed: u64, end in 1_u64..) {
            prop_assert!(Draw(seed).below(end) < end);
        }
    }
}
