//! What leads on to its like: campaigns to campaigns, full offers to alternatives. Neither goes in
//! a circle, and both have a bound.

/// Most campaigns that a click is sent on to.
pub const HOPS_MAX: usize = 5;
/// Most alternatives in a row.
pub const ALTERNATIVES_MAX: usize = 5;

/// Tells links that may be followed, so that no way has more than `links_max` of them.
///
/// A link is refused where it leads into a circle or begins a way that is too long; where all links
/// of a way are one's own, so that none of them can be blamed alone, each is refused that has to
/// be.
#[derive(Debug)]
pub(super) struct Levels {
    /// The longest way from each that is followed to its end; `None` where it has no end in bounds.
    of: Vec<Option<usize>>,
    links_max: usize,
}

impl Levels {
    /// `links` tells for each place which places it leads to.
    pub(super) fn new(links: &[Vec<usize>], links_max: usize) -> Self {
        let mut of: Vec<Option<usize>> = vec![None; links.len()];
        for level in 0..=links_max {
            let is_next = |place: usize, of: &[Option<usize>]| {
                of[place].is_none() && links[place].iter().all(|to| of[*to].is_some())
            };
            let next: Vec<usize> = (0..links.len()).filter(|at| is_next(*at, &of)).collect();
            for place in next {
                of[place] = Some(level);
            }
        }
        Self { of, links_max }
    }

    pub(super) fn may_follow(&self, from: usize, to: usize) -> bool {
        match (self.of[from], self.of[to]) {
            (Some(_), _) => true,
            (None, to) => to.is_some_and(|level| level < self.links_max),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn followed(links: &[Vec<usize>], links_max: usize) -> Vec<Vec<usize>> {
        let levels = Levels::new(links, links_max);
        let kept = |(from, to): (usize, &Vec<usize>)| -> Vec<usize> {
            let may = |to: &usize| levels.may_follow(from, *to);
            to.iter().copied().filter(may).collect()
        };
        links.iter().enumerate().map(kept).collect()
    }

    #[test]
    fn a_way_of_the_greatest_length_is_followed_and_a_longer_one_is_not() {
        let row = |length: usize| -> Vec<Vec<usize>> {
            let links = (0..length).map(|at| vec![at + 1]);
            links.chain([Vec::new()]).collect()
        };
        assert_eq!(followed(&row(3), 3), row(3));
        // The first of four is one too many; the others go on.
        let cut = [vec![], vec![2], vec![3], vec![4], vec![]];
        assert_eq!(followed(&row(4), 3), cut);
    }

    #[test]
    fn no_link_of_a_circle_is_followed() {
        // 0 → 1 → 2 → 0, with ways out of it, into it and beside it.
        let links = [vec![1, 3], vec![2], vec![0], vec![], vec![0], vec![3]];
        let wanted = [vec![3], vec![], vec![], vec![], vec![], vec![3]];
        assert_eq!(followed(&links, 5), wanted);
        assert_eq!(followed(&[vec![0]], 5), [Vec::<usize>::new()]);
    }

    fn longest(links: &[Vec<usize>], from: usize, left: usize) -> usize {
        let ways = links[from].iter().map(|to| match left {
            0 => 1,
            _ => 1 + longest(links, *to, left - 1),
        });
        ways.max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn what_is_followed_has_an_end_in_bounds(
            links in prop::collection::vec(prop::collection::vec(0_usize..8, 0..3), 8),
            links_max in 0_usize..4,
        ) {
            let kept = followed(&links, links_max);
            for from in 0..links.len() {
                prop_assert!(longest(&kept, from, links_max) <= links_max);
                // What was in bounds stays as it was.
                if longest(&links, from, links_max) <= links_max {
                    prop_assert_eq!(&kept[from], &links[from]);
                }
            }
        }
    }
}
