//! Annotations: why a line on a chart moved, said by people, and by the program of its own deeds.

use base::{ChannelId, Day, DayRange, TimeZone, UnixMillis};
use serde_json::json;
use store::annotations::{self, Annotation, AnnotationDetails, MarkPlace, OwnEvent};
use store::{AnnotationId, Connection, Page, PageRequest, channels};

use crate::audit::{Act, changes};
use crate::sight::channels_within;
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission};

const TEXT_CHARS_MAX: usize = 200;
const CAMPAIGN_CHARS_MAX: usize = 200;

/// What somebody says about a day.
#[derive(Debug, Clone, Default)]
pub struct AnnotationInput {
    /// `YYYY-MM-DD`; that of the moment when absent.
    pub day: Option<String>,
    /// RFC 3339, where it was more exact than a day.
    pub at: Option<String>,
    pub text: String,
    pub channel: Option<ChannelId>,
    /// Empty for all campaigns.
    pub campaign: String,
}

/// What changes about an annotation; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct AnnotationPatch {
    pub day: Option<String>,
    /// `Some(None)` leaves the whole day.
    pub at: Option<Option<String>>,
    pub text: Option<String>,
    pub channel: Option<Option<ChannelId>>,
    pub campaign: Option<String>,
}

/// A mark on a chart.
#[derive(Debug, Clone)]
pub enum AnnotationView {
    Said(Annotation),
    /// Something that the program did, on this day of the workspace's zone.
    Done(Day, OwnEvent),
}

impl App {
    /// What people said about the days and what the program did in them, in the order of time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_annotations(
        &self,
        actor: &Actor,
        days: DayRange,
        page: PageRequest,
    ) -> Result<Page<AnnotationView>, AppError> {
        actor.require(Permission::ReadNotes)?;
        let mut connection = self.inner.store.read().await?;
        let zone = load_zone(&mut connection, actor.workspace).await?;
        let workspace = actor.workspace;
        let (from, until) = zone.span_of(days);
        let last = until.plus_ms(-1);
        let before_all = MarkPlace {
            at: from,
            rank: -1,
            id: 0,
        };
        let after = page.after.map_or(before_all, MarkPlace::from);
        let at = after.at.clamp(from, until);
        let after = MarkPlace { at, ..after };
        let day = zone.day_of(at);
        let day = (day, zone.start_of(day));
        let limit = page.limit.saturating_add(1);
        let within = channels_within(&mut connection, actor).await?;
        let within = within.as_deref();
        let said = annotations::list_annotations(
            &mut connection,
            workspace,
            within,
            days,
            day,
            after,
            limit,
        )
        .await?;
        let done =
            annotations::list_own_events(&mut connection, workspace, last, after, limit).await?;
        let said = said.into_iter().map(|one| {
            let place = one.place(zone.start_of(one.details.day));
            (place, AnnotationView::Said(one))
        });
        let done = done.into_iter().map(|event| {
            let place = event.place();
            (place, AnnotationView::Done(zone.day_of(event.at), event))
        });
        let mut all: Vec<(MarkPlace, AnnotationView)> = said.chain(done).collect();
        all.sort_by_key(|(place, _)| *place);
        let page = Page::of(all, page, |(place, _)| (*place).into());
        Ok(Page {
            items: page.items.into_iter().map(|(_, view)| view).collect(),
            next: page.next,
        })
    }

    /// # Errors
    /// When the workspace has no such annotation.
    pub async fn annotation(
        &self,
        actor: &Actor,
        id: AnnotationId,
    ) -> Result<Annotation, AppError> {
        actor.require(Permission::ReadNotes)?;
        let mut connection = self.inner.store.read().await?;
        seen_annotation(&mut connection, actor, id).await
    }

    /// # Errors
    /// When a field is wrong.
    pub async fn create_annotation(
        &self,
        actor: &Actor,
        input: &AnnotationInput,
    ) -> Result<Annotation, AppError> {
        actor.require(Permission::Annotate)?;
        let mut tx = self.inner.store.begin_work().await?;
        let details = checked(&mut tx, actor, input).await?;
        let (workspace, author) = (actor.workspace, actor.user());
        let id = annotations::insert_annotation(&mut tx, workspace, self.now(), author, &details)
            .await?;
        let annotation = annotations::load_annotation(&mut tx, workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::AnnotationCreated,
            id,
            json!({"day": details.day}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(annotation)
    }

    /// Changes the annotation as it was read at `version`.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_annotation(
        &self,
        actor: &Actor,
        id: AnnotationId,
        version: i64,
        patch: AnnotationPatch,
    ) -> Result<Annotation, AppError> {
        actor.require(Permission::Annotate)?;
        let mut tx = self.inner.store.begin().await?;
        let current = seen_annotation(&mut tx, actor, id).await?.details;
        let before = current.clone();
        let input = patch.on(current);
        let details = checked(&mut tx, actor, &input).await?;
        annotations::update_annotation(&mut tx, actor.workspace, id, version, &details).await?;
        let annotation = annotations::load_annotation(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::AnnotationChanged,
            id,
            changes(&before, &details),
        )
        .await?;
        tx.commit().await?;
        Ok(annotation)
    }

    /// Takes the annotation off the charts.
    ///
    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn delete_annotation(
        &self,
        actor: &Actor,
        id: AnnotationId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::Annotate)?;
        let mut tx = self.inner.store.begin().await?;
        seen_annotation(&mut tx, actor, id).await?;
        annotations::archive_annotation(&mut tx, actor.workspace, id, version, self.now()).await?;
        self.note(&mut tx, actor, Act::AnnotationDeleted, id, json!({}))
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

impl AnnotationPatch {
    fn on(self, current: AnnotationDetails) -> AnnotationInput {
        // A new day without a new moment leaves the old moment behind.
        let kept = match &self.day {
            Some(_) => None,
            None => current.at.map(UnixMillis::rfc3339),
        };
        let at = self.at.unwrap_or(kept);
        let day = match &at {
            Some(_) => self.day,
            None => Some(self.day.unwrap_or(current.day.to_string())),
        };
        AnnotationInput {
            day,
            at,
            text: self.text.unwrap_or(current.text),
            channel: self.channel.unwrap_or(current.channel_id),
            campaign: self.campaign.unwrap_or(current.campaign),
        }
    }
}

/// The annotation, unless it is of a channel that the actor does not see.
async fn seen_annotation(
    connection: &mut Connection,
    actor: &Actor,
    id: AnnotationId,
) -> Result<Annotation, AppError> {
    let found = annotations::load_annotation(connection, actor.workspace, id).await?;
    let within = channels_within(connection, actor).await?;
    let named = found.details.channel_id.zip(within);
    match named.is_none_or(|(channel, within)| within.contains(&channel)) {
        true => Ok(found),
        false => Err(AppError::NotFound { what: "annotation" }),
    }
}

async fn checked(
    connection: &mut Connection,
    actor: &Actor,
    input: &AnnotationInput,
) -> Result<AnnotationDetails, AppError> {
    let zone = load_zone(connection, actor.workspace).await?;
    let (day, at) = when(&zone, input)?;
    if let Some(channel) = input.channel {
        let tree = channels::list_channels(connection, actor.workspace).await?;
        if !tree.iter().any(|known| known.id == channel) {
            let detail = "there is no such channel";
            return Err(AppError::invalid("channel_id", "unknown_channel", detail));
        }
    }
    let text = fitting("text", &input.text, TEXT_CHARS_MAX)?;
    if text.is_empty() {
        return Err(AppError::invalid("text", "required", "say what happened"));
    }
    Ok(AnnotationDetails {
        day,
        at,
        text,
        channel_id: input.channel,
        campaign: fitting("campaign", &input.campaign, CAMPAIGN_CHARS_MAX)?,
    })
}

/// The day, and the moment where one is given; both must agree.
fn when(zone: &TimeZone, input: &AnnotationInput) -> Result<(Day, Option<UnixMillis>), AppError> {
    let at = match &input.at {
        None => None,
        Some(text) => Some(UnixMillis::parse_rfc3339(text).ok_or_else(|| {
            let detail = format!("{text:?} is not a moment such as 2026-03-31T12:00:00Z");
            AppError::invalid("at", "not_a_moment", detail)
        })?),
    };
    let day: Option<Day> = match &input.day {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            let detail = format!("{text:?} is not a day such as 2026-03-31");
            AppError::invalid("day", "not_a_day", detail)
        })?),
    };
    match (day, at) {
        (None, None) => Err(AppError::invalid(
            "day",
            "required",
            "say the day or the moment",
        )),
        (Some(day), None) => Ok((day, None)),
        (None, Some(at)) => Ok((zone.day_of(at), Some(at))),
        (Some(day), Some(at)) if zone.day_of(at) == day => Ok((day, Some(at))),
        (Some(day), Some(_)) => {
            let detail = format!("the moment is not on {day} in the workspace's time zone");
            Err(AppError::invalid("at", "not_on_the_day", detail))
        }
    }
}

fn fitting(field: &'static str, text: &str, chars_max: usize) -> Result<String, AppError> {
    let text = text.trim();
    if text.chars().count() > chars_max {
        let detail = format!("use at most {chars_max} characters");
        return Err(AppError::invalid(field, "too_long", detail));
    }
    Ok(text.to_owned())
}
