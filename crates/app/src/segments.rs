//! Segments: filters under a name, which reports and saved views refer to by number.

use std::collections::BTreeSet;

use reports::Filter;
use serde_json::json;
use store::segments::{self, Segment, SegmentDetails};
use store::{Connection, SavedViewId, SegmentId, Tx, saved_views};

use crate::audit::{Act, changes};
use crate::error::Step as _;
use crate::people::check_name;
use crate::{Actor, App, AppError, Permission, Realm};

/// Segments of a workspace.
const SEGMENTS_MAX: usize = 200;
/// Filters that a segment has at most: a report has some of its own.
const SEGMENT_FILTERS_MAX: usize = 10;
/// Segments of one question.
const SEGMENTS_ASKED_MAX: usize = 10;
/// Of a view or a segment.
const QUESTION_BYTES_MAX: usize = 32 * 1024;

/// What somebody says of a new segment.
#[derive(Debug, Clone)]
pub struct SegmentInput {
    pub name: String,
    pub filters: Vec<Filter>,
}

/// What changes about a segment; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct SegmentPatch {
    pub name: Option<String>,
    pub filters: Option<Vec<Filter>>,
}

impl App {
    /// The segments of the workspace, by name. Somebody from outside sees none: they may name
    /// campaigns of channels that are not theirs.
    ///
    /// # Errors
    /// When the actor may read no reports or the store cannot be read.
    pub async fn list_segments(&self, actor: &Actor) -> Result<Vec<Segment>, AppError> {
        actor.require(Permission::ReadReports)?;
        if actor.realm() == Realm::Outside {
            return Ok(Vec::new());
        }
        let mut connection = self.inner.store.read().await?;
        Ok(segments::list_segments(&mut connection, actor.workspace).await?)
    }

    /// # Errors
    /// When the workspace has no such segment.
    pub async fn segment(&self, actor: &Actor, id: SegmentId) -> Result<Segment, AppError> {
        actor.require(Permission::ReadReports)?;
        let mut connection = self.inner.store.read().await?;
        match actor.realm() {
            Realm::Inside => {
                Ok(segments::load_segment(&mut connection, actor.workspace, id).await?)
            }
            Realm::Outside => Err(AppError::NotFound { what: "segment" }),
        }
    }

    /// # Errors
    /// When a field is wrong or another segment has the name.
    pub async fn create_segment(
        &self,
        actor: &Actor,
        input: SegmentInput,
    ) -> Result<Segment, AppError> {
        actor.require(Permission::ShareReports)?;
        self.check_filters(actor, &input.filters).await?;
        let mut tx = self.inner.store.begin_work().await?;
        let details = checked(&mut tx, actor, None, input).await?;
        let id = segments::insert_segment(&mut tx, actor.workspace, self.now(), &details).await?;
        let segment = segments::load_segment(&mut tx, actor.workspace, id).await?;
        let told = json!({"name": details.name});
        self.note(&mut tx, actor, Act::SegmentCreated, id, told)
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(segment)
    }

    /// Changes a segment as it was read at `version`; whatever refers to it shows the change.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_segment(
        &self,
        actor: &Actor,
        id: SegmentId,
        version: i64,
        patch: SegmentPatch,
    ) -> Result<Segment, AppError> {
        actor.require(Permission::ShareReports)?;
        if let Some(filters) = &patch.filters {
            self.check_filters(actor, filters).await?;
        }
        let mut tx = self.inner.store.begin().await?;
        let before = segments::load_segment(&mut tx, actor.workspace, id).await?;
        let input = SegmentInput {
            name: patch.name.unwrap_or(before.details.name.clone()),
            filters: match patch.filters {
                Some(filters) => filters,
                None => filters_of(&before)?,
            },
        };
        let details = checked(&mut tx, actor, Some(id), input).await?;
        segments::update_segment(&mut tx, actor.workspace, id, version, &details).await?;
        let segment = segments::load_segment(&mut tx, actor.workspace, id).await?;
        if details.filters != before.details.filters {
            let users = users_of(&mut tx, actor, id).await?;
            let users: Vec<_> = users.iter().map(|view| view.id).collect();
            self.end_links_of_others(&mut tx, actor, &users).await?;
        }
        let told = changes(&before.details, &details);
        self.note(&mut tx, actor, Act::SegmentChanged, id, told)
            .await?;
        tx.commit().await?;
        Ok(segment)
    }

    /// Removes a segment that no saved view refers to.
    ///
    /// # Errors
    /// When it is referred to or somebody else changed it meanwhile.
    pub async fn delete_segment(
        &self,
        actor: &Actor,
        id: SegmentId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ShareReports)?;
        let mut tx = self.inner.store.begin().await?;
        let segment = segments::load_segment(&mut tx, actor.workspace, id).await?;
        refuse_used(&mut tx, actor, id).await?;
        segments::archive_segment(&mut tx, actor.workspace, id, version, self.now()).await?;
        let told = json!({"name": segment.details.name});
        self.note(&mut tx, actor, Act::SegmentDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The filters of segments together.
    ///
    /// # Errors
    /// When the actor sees no such segment.
    pub(crate) async fn segment_filters(
        &self,
        actor: &Actor,
        ids: &[i64],
    ) -> Result<Vec<Filter>, AppError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if ids.len() > SEGMENTS_ASKED_MAX {
            let detail = format!("name at most {SEGMENTS_ASKED_MAX} segments");
            return Err(AppError::invalid("segments", "out_of_range", detail));
        }
        if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
            let detail = "each segment is named once";
            return Err(AppError::invalid("segments", "named_twice", detail));
        }
        let known = self.list_segments(actor).await?;
        let mut filters = Vec::new();
        for id in ids {
            let found = known.iter().find(|segment| segment.id.0 == *id);
            let segment = found.ok_or_else(|| {
                let detail = format!("there is no segment {id}: it may have been removed");
                AppError::invalid("segments", "unknown_segment", detail)
            })?;
            filters.extend(filters_of(segment)?);
        }
        Ok(filters)
    }

    /// Whether a report takes the filters.
    async fn check_filters(&self, actor: &Actor, filters: &[Filter]) -> Result<(), AppError> {
        let fits = (1..=SEGMENT_FILTERS_MAX).contains(&filters.len());
        if !fits {
            let detail = format!("give between 1 and {SEGMENT_FILTERS_MAX} filters");
            return Err(AppError::invalid("filters", "out_of_range", detail));
        }
        // It would be asked about whatever property the question beside it is about.
        if filters.iter().any(|filter| filter.dimension == "property") {
            let detail = "a value of a property is no part of a segment: save it in a view";
            return Err(AppError::invalid("filters", "not_allowed", detail));
        }
        let question = json!({
            "metrics": ["visits"],
            "period": {"from": "2026-01-01", "to": "2026-01-01"},
            "filters": filters,
        });
        let question = serde_json::from_value(question).step("ask with a segment's filters")?;
        self.check_query(actor, question).await
    }
}

/// What is stored of a segment's filters.
///
/// # Errors
/// When it is no list of filters.
pub fn filters_of(segment: &Segment) -> Result<Vec<Filter>, AppError> {
    let stored = segment.details.filters.clone();
    serde_json::from_value(stored).step("read a segment's filters")
}

async fn checked(
    connection: &mut Connection,
    actor: &Actor,
    id: Option<SegmentId>,
    input: SegmentInput,
) -> Result<SegmentDetails, AppError> {
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        let detail = "give the segment a name";
        return Err(AppError::invalid("name", "required", detail));
    }
    let filters = serde_json::to_value(input.filters).step("keep a segment's filters")?;
    check_size("filters", &filters)?;
    let all = segments::list_segments(connection, actor.workspace).await?;
    if id.is_none() && all.len() >= SEGMENTS_MAX {
        let detail = format!("a workspace has at most {SEGMENTS_MAX} segments");
        return Err(AppError::invalid("name", "too_many", detail));
    }
    let is_taken = |other: &Segment| Some(other.id) != id && other.details.name == name;
    if all.iter().any(is_taken) {
        return Err(AppError::Conflict {
            code: "already_exists",
            field: Some("name".to_owned()),
            detail: format!("there is a segment {name:?} already"),
        });
    }
    Ok(SegmentDetails { name, filters })
}

/// Views and segments are read all at once.
///
/// # Errors
/// When a question is longer than [`QUESTION_BYTES_MAX`].
pub(crate) fn check_size(
    field: &'static str,
    question: &serde_json::Value,
) -> Result<(), AppError> {
    match question.to_string().len() <= QUESTION_BYTES_MAX {
        true => Ok(()),
        false => {
            let detail = format!("is longer than {QUESTION_BYTES_MAX} bytes: give fewer values");
            Err(AppError::invalid(field, "too_large", detail))
        }
    }
}

/// What people keep for themselves holds nobody up: it says which segment is gone.
///
/// # Errors
/// When a saved view refers to it that everybody or the actor has.
async fn refuse_used(tx: &mut Tx, actor: &Actor, id: SegmentId) -> Result<(), AppError> {
    let views = users_of(tx, actor, id).await?;
    let is_theirs = |view: &&saved_views::SavedView| {
        view.details.is_shared || view.author_id.is_some() && view.author_id == actor.user()
    };
    let users: Vec<_> = views.iter().filter(is_theirs).collect();
    let Some(first) = users.first() else {
        return Ok(());
    };
    let (count, id): (usize, SavedViewId) = (users.len(), first.id);
    let named = format!("{:?} (number {id})", first.details.name);
    Err(AppError::Conflict {
        code: "segment_in_use",
        field: None,
        detail: format!("{count} saved views use the segment, among them {named}"),
    })
}

/// The views that refer to a segment, whoever has them.
async fn users_of(
    tx: &mut Tx,
    actor: &Actor,
    id: SegmentId,
) -> Result<Vec<saved_views::SavedView>, AppError> {
    let mut views = saved_views::list_saved_views(tx, actor.workspace).await?;
    views.retain(|view| {
        let segments = view.details.question["segments"].as_array();
        segments.is_some_and(|ids| ids.iter().any(|each| each.as_i64() == Some(id.0)))
    });
    Ok(views)
}
