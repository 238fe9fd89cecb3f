//! Layers: what each import says of a record, field by field, and what taking one back leaves.
//!
//! A record is what its layers say, the later over the earlier, with what people changed on top.
//! Taking a layer back gives the record that it would be if the layer had never been.

use std::collections::BTreeMap;

/// Tells two values of a field apart without keeping both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark(pub u32);

/// What a layer says of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<V> {
    /// The value that the layer lies on.
    pub before: V,
    pub after: Mark,
}

/// What one import says of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer<V> {
    /// The lowest layer: without it and those on it there is no record. It says every field, on
    /// blank values.
    pub is_creator: bool,
    pub said: BTreeMap<&'static str, Said<V>>,
}

/// How a field bears a change by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// Somebody's later change of it must not get lost.
    Firm,
    /// It follows from other fields; the program itself brings it up to date.
    Derived,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenBack<V> {
    /// Nothing speaks for it any more.
    Gone,
    /// These fields get these values; the others stay.
    Restored(BTreeMap<&'static str, V>),
}

/// Fields that somebody changed on top of the layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("changed afterwards: {}", .0.join(", "))]
pub struct NewerEdit(pub Vec<&'static str>);

impl<V> Layer<V> {
    /// The layer and a second one of the same import as one.
    #[must_use]
    pub fn merged(mut self, newer: Self) -> Self {
        for (field, said) in newer.said {
            self.said
                .entry(field)
                .and_modify(|known| known.after = said.after)
                .or_insert(said);
        }
        self
    }
}

/// What taking a layer back needs to know of the record and its fields.
pub struct Ground<'a, V> {
    pub current: &'a dyn Fn(&'static str) -> Mark,
    pub mark_of: fn(&V) -> Mark,
    pub bearing: &'a dyn Fn(&'static str) -> Bearing,
}

/// Takes a layer from under those in `later`, oldest first, which are put in order.
///
/// # Errors
/// When a person changed what the layer says, so that it cannot be told what should stand there.
/// Nothing is changed then.
pub fn take_back<V: Clone>(
    layer: &Layer<V>,
    later: &mut [Layer<V>],
    ground: &Ground<'_, V>,
) -> Result<TakenBack<V>, NewerEdit> {
    let is_edited = |(field, said): &(&&'static str, &Said<V>)| {
        let spoken_over = later.iter().any(|other| other.said.contains_key(**field));
        let is_firm = (ground.bearing)(field) == Bearing::Firm;
        !spoken_over && is_firm && (ground.current)(field) != said.after
    };
    let edited = layer.said.iter().filter(is_edited);
    let edited: Vec<&'static str> = edited.map(|(field, _)| *field).collect();
    if !edited.is_empty() {
        return Err(NewerEdit(edited));
    }
    if layer.is_creator && later.is_empty() {
        return Ok(TakenBack::Gone);
    }
    let mut restored = BTreeMap::new();
    for (field, said) in &layer.said {
        let above = later.iter_mut().find_map(|other| other.said.get_mut(field));
        match above {
            // Where they differ, a person's change lies between the two, and stays.
            Some(above) => {
                let is_derived = (ground.bearing)(field) == Bearing::Derived;
                if is_derived || (ground.mark_of)(&above.before) == said.after {
                    above.before = said.before.clone();
                }
            }
            // Where the record came from is still known when another import brings it.
            None if layer.is_creator && (ground.bearing)(field) == Bearing::Derived => {}
            None => {
                restored.insert(*field, said.before.clone());
            }
        }
    }
    if let (true, Some(heir)) = (layer.is_creator, later.first_mut()) {
        heir.is_creator = true;
        for (field, said) in &layer.said {
            let blank = || Said {
                before: said.before.clone(),
                after: (ground.mark_of)(&said.before),
            };
            heir.said.entry(field).or_insert_with(blank).before = said.before.clone();
        }
    }
    Ok(TakenBack::Restored(restored))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIELDS: [&str; 3] = ["status", "amount", "title"];

    /// What a file says of the record: nothing, or a value, for each field.
    type Row = [Option<u32>; 3];

    /// A record with the layers on it, by import.
    #[derive(Debug, Clone, Default, PartialEq)]
    struct Record {
        values: BTreeMap<&'static str, u32>,
        layers: Vec<(usize, Layer<u32>)>,
    }

    fn mark(value: &u32) -> Mark {
        Mark(*value)
    }

    fn firm(_: &'static str) -> Bearing {
        Bearing::Firm
    }

    fn import(record: &mut Record, number: usize, row: Row) {
        let is_creator = record.layers.is_empty();
        let mut said = BTreeMap::new();
        for (field, value) in FIELDS.into_iter().zip(row) {
            let before = record.values.get(field).copied().unwrap_or(0);
            let Some(after) = value.or(is_creator.then_some(0)) else {
                continue;
            };
            record.values.insert(field, after);
            let after = mark(&after);
            said.insert(field, Said { before, after });
        }
        record.layers.push((number, Layer { is_creator, said }));
    }

    fn undo(record: &mut Record, number: usize) -> Result<(), NewerEdit> {
        let Some(place) = record.layers.iter().position(|(by, _)| *by == number) else {
            return Ok(());
        };
        let layer = record.layers[place].1.clone();
        let above = record.layers[place + 1..].iter();
        let mut later: Vec<Layer<u32>> = above.map(|(_, layer)| layer.clone()).collect();
        let values = record.values.clone();
        let ground = Ground {
            current: &|field| mark(&values[field]),
            mark_of: mark,
            bearing: &firm,
        };
        match take_back(&layer, &mut later, &ground)? {
            TakenBack::Gone => record.values.clear(),
            TakenBack::Restored(values) => record.values.extend(values),
        }
        record.layers.remove(place);
        for (kept, layer) in record.layers[place..].iter_mut().zip(later) {
            kept.1 = layer;
        }
        Ok(())
    }

    #[test]
    fn a_later_edit_is_kept_and_named() {
        let mut record = Record::default();
        import(&mut record, 1, [Some(1), Some(10), None]);
        import(&mut record, 2, [Some(2), None, None]);
        record.values.insert("status", 7);
        let before = record.clone();
        assert_eq!(undo(&mut record, 2), Err(NewerEdit(vec!["status"])));
        assert_eq!(record, before);
    }

    #[test]
    fn an_edit_of_another_field_is_no_obstacle() {
        let mut record = Record::default();
        import(&mut record, 1, [Some(1), Some(10), None]);
        import(&mut record, 2, [Some(2), None, None]);
        record.values.insert("amount", 11);
        assert_eq!(undo(&mut record, 2), Ok(()));
        assert_eq!((record.values["status"], record.values["amount"]), (1, 11));
    }

    proptest! {
        #[test]
        fn what_is_left_is_as_if_the_undone_had_never_been(
            rows in prop::collection::vec(any::<[Option<u8>; 3]>(), 1..7),
            undone in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..7),
        ) {
            let row = |row: &[Option<u8>; 3]| row.map(|value| value.map(|v| u32::from(v % 3) + 1));
            let rows: Vec<Row> = rows.iter().map(row).collect();
            // Each import to be undone, and after how many imports that happens.
            let undone: BTreeMap<usize, usize> = undone
                .iter()
                .map(|(pick, delay)| {
                    let number = pick.index(rows.len());
                    (number, number + usize::from(*delay) % (rows.len() - number))
                })
                .collect();
            let mut record = Record::default();
            for (number, row) in rows.iter().enumerate() {
                import(&mut record, number, *row);
                for (target, _) in undone.iter().filter(|(_, when)| **when == number) {
                    prop_assert_eq!(undo(&mut record, *target), Ok(()));
                }
            }
            let mut never = Record::default();
            for (number, row) in rows.iter().enumerate() {
                if !undone.contains_key(&number) {
                    import(&mut never, number, *row);
                }
            }
            prop_assert_eq!(record.values, never.values);
        }
    }
}
