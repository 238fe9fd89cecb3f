//! What ad platforms call their campaigns, ad groups and ads over time.
//!
//! An entity is its id. The name that was seen on the newest day is shown for all its history, and
//! the others stay known as former ones, so that whatever is kept by a former name finds it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{Day, ImportId};

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdLevel {
    Campaign,
    AdGroup,
    Ad,
}

/// Whether the costs of a file carry the platform's names or ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    Name,
    Id,
}

/// An entity of an ad platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdEntity {
    pub level: AdLevel,
    /// In lower case.
    pub source: String,
    pub external_id: String,
}

/// An import, or several of them, called an entity so from one day to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub entity: AdEntity,
    pub name: String,
    pub first_day: Day,
    pub last_day: Day,
    /// That saw it on its last day; nothing for names from before imports were told apart.
    pub import: Option<ImportId>,
    pub matched_by: MatchedBy,
}

/// A name that an entity had, and the last day that it was seen with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerName {
    pub name: String,
    pub until: Day,
    /// No entity is called so now, and none but this one was.
    pub is_free: bool,
}

/// An entity with the name that is shown, and those that it had before, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEntity {
    pub entity: AdEntity,
    /// With the id where another entity has the same name.
    pub shown: String,
    pub formerly: Vec<FormerName>,
}

/// The names of a workspace's entities as they are known at a moment.
///
/// A visit may be tagged with `{campaign_id}` while the costs carry names, or the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdNames {
    entities: HashMap<AdEntity, NamedEntity>,
    /// The one entity that has or had a name; nothing where there are several.
    owners: HashMap<AdEntity, Option<AdEntity>>,
}

const LEVELS: [AdLevel; 3] = [AdLevel::Campaign, AdLevel::AdGroup, AdLevel::Ad];

impl AdLevel {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::AdGroup => "ad_group",
            Self::Ad => "ad",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        LEVELS.into_iter().find(|level| level.name() == name)
    }
}

impl MatchedBy {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Id => "id",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "id" => Self::Id,
            _ => Self::Name,
        }
    }
}

impl AdEntity {
    #[must_use]
    pub fn new(level: AdLevel, source: &str, external_id: &str) -> Self {
        Self {
            level,
            source: source.trim().to_lowercase(),
            external_id: external_id.trim().to_owned(),
        }
    }

    /// The place of a name among those of the same level and source.
    fn called(&self, name: &str) -> Self {
        Self {
            external_id: name.to_owned(),
            ..self.clone()
        }
    }
}

impl Sighting {
    /// What decides which of an entity's names it has now: the newest day, of two imports that saw
    /// it on that day the later one.
    fn rank(&self) -> (Day, i64, &str) {
        let import = self.import.map_or(0, |import| import.0);
        (self.last_day, import, self.name.trim())
    }
}

impl AdNames {
    /// In whatever order they come.
    #[must_use]
    pub fn of(sightings: impl IntoIterator<Item = Sighting>) -> Self {
        let mut seen: BTreeMap<AdEntity, Vec<Sighting>> = BTreeMap::new();
        for sighting in sightings {
            if !sighting.entity.external_id.is_empty() && !sighting.name.trim().is_empty() {
                seen.entry(sighting.entity.clone())
                    .or_default()
                    .push(sighting);
            }
        }
        let mut owners: HashMap<AdEntity, Option<AdEntity>> = HashMap::new();
        let mut newest: BTreeMap<&AdEntity, &Sighting> = BTreeMap::new();
        for (entity, of_entity) in &mut seen {
            of_entity.sort_by(|left, right| right.rank().cmp(&left.rank()));
            let names: BTreeSet<&str> = of_entity.iter().map(|seen| seen.name.trim()).collect();
            for name in names {
                owners
                    .entry(entity.called(name))
                    .and_modify(|owner| *owner = None)
                    .or_insert_with(|| Some(entity.clone()));
            }
        }
        for (entity, of_entity) in &seen {
            newest.extend(of_entity.first().map(|first| (entity, first)));
        }
        let mut bearers: HashMap<AdEntity, usize> = HashMap::new();
        let mut in_use: BTreeSet<(AdLevel, &str)> = BTreeSet::new();
        for (entity, sighting) in &newest {
            *bearers
                .entry(entity.called(sighting.name.trim()))
                .or_default() += 1;
            in_use.insert((entity.level, sighting.name.trim()));
        }
        let entities = newest.iter().map(|(entity, newest)| {
            let named = NamedEntity {
                entity: (*entity).clone(),
                shown: shown(newest, &bearers),
                formerly: formerly(newest, &seen[*entity], |name| {
                    let is_own = owners
                        .get(&entity.called(name))
                        .is_some_and(Option::is_some);
                    is_own && !in_use.contains(&(entity.level, name))
                }),
            };
            ((*entity).clone(), named)
        });
        Self {
            entities: entities.collect(),
            owners,
        }
    }

    /// What the text of a tuple is called: an id or a name of an entity, or neither.
    #[must_use]
    pub fn name_of(&self, level: AdLevel, source: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() || self.entities.is_empty() {
            return text.to_owned();
        }
        match self.find(level, source, text) {
            Some(named) => named.shown.clone(),
            None => text.to_owned(),
        }
    }

    /// The entity that a text of a tuple means.
    #[must_use]
    pub fn find(&self, level: AdLevel, source: &str, text: &str) -> Option<&NamedEntity> {
        let own = AdEntity::new(level, source, text);
        // Ids are digits on every platform; a name made of digits is no loss.
        if own.external_id.bytes().all(|byte| byte.is_ascii_digit()) {
            let mut levels = std::iter::once(level).chain(LEVELS);
            let of_level = |level| {
                self.entities.get(&AdEntity {
                    level,
                    ..own.clone()
                })
            };
            if let Some(found) = levels.find_map(of_level) {
                return Some(found);
            }
        }
        let owner = self.owners.get(&own)?.as_ref()?;
        self.entities.get(owner)
    }

    /// The entity with an id.
    #[must_use]
    pub fn entity(&self, entity: &AdEntity) -> Option<&NamedEntity> {
        self.entities.get(entity)
    }

    /// Entities that had other names before.
    pub fn renamed(&self) -> impl Iterator<Item = &NamedEntity> {
        let all = self.entities.values();
        all.filter(|named| !named.formerly.is_empty())
    }

    /// Entities of a level that a text means: by their id, or by a name that they have or had.
    pub fn meant_by<'a>(
        &'a self,
        level: AdLevel,
        text: &'a str,
    ) -> impl Iterator<Item = &'a NamedEntity> {
        let text = text.trim();
        self.entities.values().filter(move |named| {
            let mut former = named.formerly.iter();
            named.entity.level == level
                && (named.shown == text
                    || named.entity.external_id == text
                    || former.any(|former| former.name == text))
        })
    }
}

/// Where costs are matched by id, two campaigns of one name are told apart by it.
fn shown(newest: &Sighting, bearers: &HashMap<AdEntity, usize>) -> String {
    let (entity, name) = (&newest.entity, newest.name.trim());
    let is_shared = bearers
        .get(&entity.called(name))
        .is_some_and(|many| *many > 1);
    let is_told_apart = entity.level == AdLevel::Campaign && newest.matched_by == MatchedBy::Id;
    match is_shared && is_told_apart {
        true => format!("{name} ({})", entity.external_id),
        false => name.to_owned(),
    }
}

fn formerly(
    newest: &Sighting,
    seen: &[Sighting],
    is_free: impl Fn(&str) -> bool,
) -> Vec<FormerName> {
    let mut until: BTreeMap<&str, Day> = BTreeMap::new();
    for sighting in seen {
        let name = sighting.name.trim();
        if name != newest.name.trim() {
            let last = until.entry(name).or_insert(sighting.last_day);
            *last = sighting.last_day.max(*last);
        }
    }
    let mut names: Vec<FormerName> = until
        .into_iter()
        .map(|(name, until)| FormerName {
            name: name.to_owned(),
            until,
            is_free: is_free(name),
        })
        .collect();
    names.sort_by_key(|former| Reverse(former.until));
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(id: &str, name: &str, days: (i32, i32), import: i64) -> Sighting {
        Sighting {
            entity: AdEntity::new(AdLevel::Campaign, "Google", id),
            name: name.to_owned(),
            first_day: Day(days.0),
            last_day: Day(days.1),
            import: Some(ImportId(import)),
            matched_by: MatchedBy::Name,
        }
    }

    fn by_id(sighting: Sighting) -> Sighting {
        Sighting {
            matched_by: MatchedBy::Id,
            ..sighting
        }
    }

    fn check(sightings: Vec<Sighting>, text: &str, want: &str) {
        let names = AdNames::of(sightings);
        assert_eq!(names.name_of(AdLevel::Campaign, "google", text), want);
    }

    #[test]
    fn the_newest_day_names_an_entity_and_a_later_import_breaks_ties() {
        let (old, new) = (seen("77", "Old", (1, 9), 5), seen("77", "New", (5, 10), 4));
        check(vec![new.clone(), old.clone()], "77", "New");
        check(vec![old.clone(), new], "Old", "New");
        check(vec![old, seen("77", "Tie", (9, 9), 6)], "Old", "Tie");
    }

    #[test]
    fn ids_and_names_are_those_of_their_own_platform() {
        let names = AdNames::of([seen("77", "Old", (1, 2), 1), seen("77", "New", (3, 4), 2)]);
        let of = |source, text| names.name_of(AdLevel::Campaign, source, text);
        assert_eq!(of("yandex", "77"), "77");
        assert_eq!(of("yandex", "Old"), "Old");
        assert_eq!(of(" GOOGLE", " 77 "), "New");
        assert_eq!(of("google", " lenses "), "lenses");
    }

    #[test]
    fn a_name_that_several_entities_had_stays_as_it_is() {
        let renamed = [seen("77", "Old", (1, 2), 1), seen("77", "New", (3, 4), 2)];
        let other = seen("88", "Old", (3, 4), 2);
        let all: Vec<Sighting> = renamed.into_iter().chain([other]).collect();
        check(all.clone(), "Old", "Old");
        check(all.clone(), "77", "New");
        check(all.clone(), "88", "Old");
        let names = AdNames::of(all);
        let former: Vec<&NamedEntity> = names.renamed().collect();
        assert_eq!(former.len(), 1);
        assert!(!former[0].formerly[0].is_free);
    }

    #[test]
    fn two_campaigns_of_one_name_are_told_apart_where_costs_are_matched_by_id() {
        let (one, two) = (
            seen("77", "Brand", (1, 2), 1),
            seen("88", "Brand", (1, 2), 1),
        );
        check(vec![one.clone(), two.clone()], "77", "Brand");
        let all = vec![by_id(one.clone()), by_id(two)];
        check(all.clone(), "77", "Brand (77)");
        check(all, "88", "Brand (88)");
        check(vec![by_id(one)], "77", "Brand");
    }

    #[test]
    fn a_name_that_came_back_is_no_former_one() {
        let all = [("A", 1), ("B", 2), ("A", 3)].map(|(name, day)| seen("7", name, (day, day), 1));
        let names = AdNames::of(all);
        let of = names.find(AdLevel::Campaign, "google", "B").unwrap();
        let former: Vec<(&str, Day)> = of
            .formerly
            .iter()
            .map(|former| (former.name.as_str(), former.until))
            .collect();
        assert_eq!((of.shown.as_str(), former), ("A", vec![("B", Day(2))]));
    }

    fn sightings() -> impl Strategy<Value = Vec<Sighting>> {
        let one = (
            1_u8..4,
            "[A-D]",
            0_i32..9,
            0_i32..3,
            1_i64..6,
            any::<bool>(),
        );
        let sighting = one.prop_map(|(id, name, day, len, import, is_by_id)| {
            let sighting = seen(&id.to_string(), &name, (day, day + len), import);
            if is_by_id { by_id(sighting) } else { sighting }
        });
        prop::collection::vec(sighting, 0..14).prop_map(|all| {
            // An import says all of its file alike, and sees a name once.
            let mut once = BTreeMap::new();
            for mut sighting in all {
                let import = sighting.import.map_or(0, |import| import.0);
                let is_by_id = import % 2 == 0;
                sighting.matched_by = [MatchedBy::Name, MatchedBy::Id][usize::from(is_by_id)];
                let place = (sighting.entity.clone(), sighting.name.clone(), import);
                once.insert(place, sighting);
            }
            once.into_values().collect()
        })
    }

    /// Who is called what, by looking at all of it again for each question.
    fn newest<'a>(all: &'a [Sighting], id: &str) -> Option<&'a Sighting> {
        let own = all.iter().filter(|seen| seen.entity.external_id == id);
        own.max_by(|left, right| {
            let order = left.last_day.cmp(&right.last_day);
            let order = order.then(left.import.cmp(&right.import));
            order.then(left.name.cmp(&right.name))
        })
    }

    proptest! {
        #[test]
        fn the_order_of_imports_does_not_matter(
            (all, shuffled) in sightings().prop_flat_map(|all| {
                (Just(all.clone()), Just(all).prop_shuffle())
            }),
        ) {
            prop_assert_eq!(AdNames::of(all), AdNames::of(shuffled));
        }

        #[test]
        fn an_import_that_is_taken_back_was_never_there(all in sightings(), undone in 1_i64..6) {
            let left = |all: &[Sighting]| -> Vec<Sighting> {
                let stays = |seen: &&Sighting| seen.import != Some(ImportId(undone));
                all.iter().filter(stays).cloned().collect()
            };
            let left = left(&all);
            let names = AdNames::of(left.clone());
            for id in ["1", "2", "3"] {
                let twin = newest(&left, id);
                let known = names.entity(&AdEntity::new(AdLevel::Campaign, "google", id));
                prop_assert_eq!(known.is_some(), twin.is_some());
                if let (Some(known), Some(twin)) = (known, twin) {
                    prop_assert!(known.shown.starts_with(&twin.name));
                    for former in &known.formerly {
                        let days = left
                            .iter()
                            .filter(|seen| seen.entity == known.entity && seen.name == former.name);
                        prop_assert_eq!(Some(former.until), days.map(|seen| seen.last_day).max());
                        prop_assert_ne!(&former.name, &twin.name);
                    }
                }
            }
        }

        #[test]
        fn every_name_of_an_entity_that_is_nobody_elses_finds_it(all in sightings()) {
            let names = AdNames::of(all.clone());
            for sighting in &all {
                let others = all.iter().any(|other| {
                    other.name == sighting.name && other.entity != sighting.entity
                });
                let found = names.find(AdLevel::Campaign, "google", &sighting.name);
                let entity = found.map(|found| &found.entity);
                prop_assert_eq!(entity, Some(&sighting.entity).filter(|_| !others));
            }
        }
    }
}
