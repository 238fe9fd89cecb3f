//! The layers that imports lay on records: noted while rows are saved, unwound by an undo.

use std::collections::BTreeMap;

use base::{ImportId, UnixMillis, WorkspaceId};
use connect::columns::Kind;
use domain::layer::{Bearing, Ground, Layer, Mark, NewerEdit, Said, TakenBack, take_back};
use serde_json::{Map, Value, json};
use store::Tx;
use store::touches::{self, Touch};

use super::Kept;
use crate::AppError;

/// A field as layers know it: its name, its value, and how it bears a change by others.
pub(crate) struct LayerField {
    pub(crate) name: &'static str,
    pub(crate) blank: Value,
    pub(crate) bearing: Bearing,
}

/// The fields of a kind of records, by which layers are read and written.
pub(crate) type LayerFields = fn() -> Vec<LayerField>;

/// What the rows of an import say, until it is saved.
pub(crate) struct Layers {
    workspace: WorkspaceId,
    kind: Kind,
    fields: LayerFields,
    import: ImportId,
    at: UnixMillis,
    layers: BTreeMap<i64, Layer<Value>>,
}

/// The layers of some records of which one is to be taken away.
pub(crate) struct Unwinding {
    workspace: WorkspaceId,
    kind: Kind,
    fields: LayerFields,
    import: ImportId,
    stacks: BTreeMap<i64, Vec<Placed>>,
    undone: Vec<i64>,
    changed: Vec<Touch>,
}

/// A layer with its import.
struct Placed {
    import: ImportId,
    at: UnixMillis,
    kept: Option<String>,
    layer: Layer<Value>,
}

/// What becomes of a record, and of whom it is now.
pub(crate) struct Unwound {
    pub(crate) result: TakenBack<Value>,
    /// The import that the record is there by, where that has changed.
    pub(crate) heir: Option<ImportId>,
    /// Imports that lie on the one taken back, oldest first, with their moments.
    pub(crate) later: Vec<(ImportId, UnixMillis, Layer<Value>)>,
}

/// A short print of a value.
pub(crate) fn mark(value: &Value) -> Mark {
    let hash = blake3::hash(value.to_string().as_bytes());
    let [a, b, c, d, ..] = *hash.as_bytes();
    Mark(u32::from_be_bytes([a, b, c, d]))
}

impl Layers {
    pub(crate) fn new(
        workspace: WorkspaceId,
        (kind, fields): (Kind, LayerFields),
        import: ImportId,
        at: UnixMillis,
    ) -> Self {
        Self {
            workspace,
            kind,
            fields,
            import,
            at,
            layers: BTreeMap::new(),
        }
    }

    /// Notes a record that is there because of the import, with all its fields.
    pub(crate) fn created(&mut self, record: i64, values: Vec<(&'static str, Value)>) {
        let fields = (self.fields)();
        let blank = |name| fields.iter().find(|field| field.name == name);
        let said = values.into_iter().filter_map(|(name, value)| {
            let before = blank(name)?.blank.clone();
            let after = mark(&value);
            Some((name, Said { before, after }))
        });
        let layer = Layer {
            is_creator: true,
            said: said.collect(),
        };
        self.layers.insert(record, layer);
    }

    /// Notes what a row says of a record that was there: fields with the values before and after.
    pub(crate) fn said(&mut self, record: i64, values: Vec<(&'static str, Value, Value)>) {
        let said = values.into_iter().map(|(name, before, after)| {
            let after = mark(&after);
            (name, Said { before, after })
        });
        let layer = Layer {
            is_creator: false,
            said: said.collect(),
        };
        let layer = match self.layers.remove(&record) {
            Some(known) => known.merged(layer),
            None => layer,
        };
        self.layers.insert(record, layer);
    }

    /// Writes the layers down; those of rows of the same import that were saved before are joined.
    pub(crate) async fn save(self, tx: &mut Tx) -> Result<(), AppError> {
        let records: Vec<i64> = self.layers.keys().copied().collect();
        let kind = self.kind.name();
        let found = touches::list_touches_of_records(tx, self.workspace, kind, &records).await?;
        let fields = (self.fields)();
        let mut own: BTreeMap<i64, Layer<Value>> = found
            .into_iter()
            .filter(|touch| touch.import_id == self.import)
            .map(|touch| (touch.record_id, read(&touch, &fields)))
            .collect();
        let rows: Vec<Touch> = self
            .layers
            .into_iter()
            .map(|(record, layer)| {
                let layer = match own.remove(&record) {
                    Some(known) => known.merged(layer),
                    None => layer,
                };
                write(self.import, record, self.at, &layer)
            })
            .collect();
        Ok(touches::put_touches(tx, self.workspace, kind, &rows).await?)
    }
}

impl Unwinding {
    /// Reads the layers of records that the import has touched.
    pub(crate) async fn open(
        tx: &mut Tx,
        workspace: WorkspaceId,
        (kind, fields): (Kind, LayerFields),
        import: ImportId,
        records: &[i64],
    ) -> Result<Self, AppError> {
        let known = fields();
        let found = touches::list_touches_of_records(tx, workspace, kind.name(), records).await?;
        let mut stacks: BTreeMap<i64, Vec<Placed>> = BTreeMap::new();
        for touch in found {
            let layer = read(&touch, &known);
            stacks.entry(touch.record_id).or_default().push(Placed {
                import: touch.import_id,
                at: touch.at,
                kept: touch.kept,
                layer,
            });
        }
        Ok(Self {
            workspace,
            kind,
            fields,
            import,
            stacks,
            undone: Vec::new(),
            changed: Vec::new(),
        })
    }

    /// Whether nothing would be left of the record.
    pub(crate) fn would_go(&self, record: i64) -> bool {
        let is_own = |only: &Placed| only.layer.is_creator && only.import == self.import;
        let stack = self.stacks.get(&record).map(Vec::as_slice);
        matches!(stack, Some([only]) if is_own(only))
    }

    /// The import that is taken back.
    pub(crate) fn import(&self) -> ImportId {
        self.import
    }

    /// Whether a later import says this field of the record, too.
    pub(crate) fn speaks_over(&self, record: i64, field: &str) -> bool {
        let stack = self.stacks.get(&record).into_iter().flatten();
        stack
            .skip_while(|placed| placed.import != self.import)
            .skip(1)
            .any(|placed| placed.layer.said.contains_key(field))
    }

    /// Takes the import's layer off a record with these values.
    pub(crate) fn unwind(
        &mut self,
        record: i64,
        values: &[(&'static str, Value)],
    ) -> Result<Option<Unwound>, NewerEdit> {
        let Some(stack) = self.stacks.get_mut(&record) else {
            return Ok(None);
        };
        let Some(place) = stack.iter().position(|placed| placed.import == self.import) else {
            return Ok(None);
        };
        let own = stack[place].layer.clone();
        let mut later: Vec<Layer<Value>> = stack[place + 1..]
            .iter()
            .map(|placed| placed.layer.clone())
            .collect();
        let current = |name: &'static str| {
            let value = values.iter().find(|(known, _)| *known == name);
            value.map_or(Mark(0), |(_, value)| mark(value))
        };
        let fields = (self.fields)();
        let derived: Vec<&'static str> = fields
            .iter()
            .filter(|field| field.bearing == Bearing::Derived)
            .map(|field| field.name)
            .collect();
        let ground = Ground {
            current: &current,
            mark_of: mark,
            bearing: &|name| {
                if derived.contains(&name) {
                    Bearing::Derived
                } else {
                    Bearing::Firm
                }
            },
        };
        let result = take_back(&own, &mut later, &ground)?;
        stack.remove(place);
        let mut above = Vec::new();
        for (placed, layer) in stack[place..].iter_mut().zip(later) {
            placed.layer = layer.clone();
            let mut touch = write(placed.import, record, placed.at, &placed.layer);
            touch.kept.clone_from(&placed.kept);
            self.changed.push(touch);
            above.push((placed.import, placed.at, layer));
        }
        let heir = above.first().map(|(import, ..)| *import);
        self.undone.push(record);
        Ok(Some(Unwound {
            result,
            heir: heir.filter(|_| own.is_creator),
            later: above,
        }))
    }

    /// The records that the import's layer was taken off.
    pub(crate) fn undone(&self) -> &[i64] {
        &self.undone
    }

    /// Leaves a record as it is, for a reason that is told.
    pub(crate) fn keep(&mut self, record: i64, kept: &Kept) -> Result<(), AppError> {
        let text = kept.text()?;
        let stack = self.stacks.get(&record).into_iter().flatten();
        for placed in stack.filter(|placed| placed.import == self.import) {
            let mut touch = write(placed.import, record, placed.at, &placed.layer);
            touch.kept = Some(text.clone());
            self.changed.push(touch);
        }
        Ok(())
    }

    pub(crate) async fn save(self, tx: &mut Tx) -> Result<(), AppError> {
        let (workspace, kind) = (self.workspace, self.kind.name());
        touches::put_touches(tx, workspace, kind, &self.changed).await?;
        Ok(touches::delete_touches(tx, workspace, kind, self.import, &self.undone).await?)
    }
}

/// A creator lies on blank values, which need not be kept.
fn write(import: ImportId, record: i64, at: UnixMillis, layer: &Layer<Value>) -> Touch {
    let said: Map<String, Value> = layer
        .said
        .iter()
        .map(|(field, said)| {
            let kept = if layer.is_creator {
                json!(said.after.0)
            } else {
                json!([said.before, said.after.0])
            };
            ((*field).to_owned(), kept)
        })
        .collect();
    Touch {
        import_id: import,
        record_id: record,
        at,
        is_creator: layer.is_creator,
        said: Value::Object(said),
        kept: None,
    }
}

fn read(touch: &Touch, fields: &[LayerField]) -> Layer<Value> {
    let number = |value: &Value| value.as_u64().and_then(|mark| u32::try_from(mark).ok());
    let said = fields.iter().filter_map(|field| {
        let kept = touch.said.get(field.name)?;
        let (before, after) = match kept.as_array().map(Vec::as_slice) {
            Some([before, after]) => (before.clone(), number(after)?),
            _ => (field.blank.clone(), number(kept)?),
        };
        let after = Mark(after);
        Some((field.name, Said { before, after }))
    });
    Layer {
        is_creator: touch.is_creator,
        said: said.collect(),
    }
}
