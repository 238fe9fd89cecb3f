//! What a turn sends: the view as its maker sees it now, and to each the numbers that they may
//! see themselves.

use base::{TimeZone, WorkspaceId};
use connect::mail::{Attachment, Mail};
use reports::export::{ByteOrderMark, ExportFile, ExportFormat, export, html, printed};
use reports::{Language, Report, View};
use store::report_schedules::ReportSchedule;
use store::users::User;
use store::workspaces;

use crate::error::Step as _;
use crate::reporting::{refused, sees_metric};
use crate::saved_views::{load, view_of};
use crate::share_links::acting_for;
use crate::workspaces::zone_of;
use crate::{Actor, App, AppError, Permission};

/// Rows of the attached file.
const FILE_ROWS_MAX: usize = 10_000;
/// Rows of the mail itself.
const MAIL_ROWS_MAX: usize = 100;

/// A turn's question, before it is asked for anybody.
pub(super) struct Issue {
    workspace: WorkspaceId,
    /// As they are now.
    pub(super) author: Actor,
    pub(super) name: String,
    title: String,
    zone: TimeZone,
    /// With the filters of its segments among its own.
    view: View,
}

/// A mail before it is anybody's.
pub(super) struct Letter {
    subject: String,
    text: String,
    html: String,
    files: Vec<Attachment>,
}

impl App {
    /// The question as the maker of the schedule sees it now.
    ///
    /// # Errors
    /// When the maker may not share any more, or the view tells what may be one person's.
    pub(super) async fn issue(&self, turn: &ReportSchedule) -> Result<Issue, AppError> {
        let (author, saved, workspace) = {
            let mut connection = self.inner.store.read().await?;
            let author = acting_for(&mut connection, turn.workspace_id, turn.author_id).await?;
            let author = author.ok_or_else(|| AppError::Conflict {
                code: "maker_left",
                field: None,
                detail: "whoever made it left the workspace, or has not the second factor that it \
                    asks them for"
                    .to_owned(),
            })?;
            author.require(Permission::ShareReports)?;
            let saved = load(&mut connection, &author, turn.view_id).await?;
            let workspace = workspaces::load_workspace(&mut connection, turn.workspace_id).await?;
            (author, saved, workspace)
        };
        let mut view = view_of(&saved)?;
        self.check_shareable(&author, &view, None).await?;
        let segments = std::mem::take(&mut view.segments);
        let filters = self.segment_filters(&author, &segments).await?;
        view.filters.extend(filters);
        Ok(Issue {
            workspace: turn.workspace_id,
            title: format!("{} · {}", saved.details.name, workspace.details.name),
            zone: zone_of(&workspace)?,
            view,
            name: saved.details.name,
            author,
        })
    }

    /// One's mail: the answer within their own reach, of the metrics that they may see. `None`
    /// where that is nothing.
    ///
    /// # Errors
    /// When the question cannot be answered.
    pub(super) async fn letter(
        &self,
        issue: &Issue,
        user: &User,
    ) -> Result<Option<Letter>, AppError> {
        let actor = {
            let mut connection = self.inner.store.read().await?;
            acting_for(&mut connection, issue.workspace, user.id).await?
        };
        let Some(actor) = actor else {
            return Ok(None);
        };
        let Some(report) = self.answer_of(issue, &actor, FILE_ROWS_MAX).await? else {
            return Ok(None);
        };
        let language = self.language(&actor).await?;
        let (title, base) = (issue.title.clone(), self.inner.settings.base_url.clone());
        let write = move || Letter::write(&report, &title, &base, language);
        let written = tokio::task::spawn_blocking(write).await;
        let letter = written.step("write a report's mail")?.map_err(refused)?;
        Ok(Some(letter))
    }

    /// The answer within somebody's reach, of the metrics that they may see. `None` where that is
    /// nothing.
    ///
    /// # Errors
    /// When the question cannot be answered.
    pub(super) async fn answer_of(
        &self,
        issue: &Issue,
        actor: &Actor,
        rows_max: usize,
    ) -> Result<Option<Report>, AppError> {
        if !actor.may(Permission::ReadReports) {
            return Ok(None);
        }
        let mut view = issue.view.clone();
        let mut seen = view.metrics.clone();
        let custom = self.custom_metrics(actor).await?;
        seen.retain(|key| sees_metric(actor, &custom, key));
        if seen.is_empty() {
            return Ok(None);
        }
        view.keep_metrics(&seen);
        let language = self.language(actor).await?;
        let today = issue.zone.day_of(self.now());
        let mut query = view.question(today).map_err(refused)?;
        query.language = Some(language);
        query.limit = Some(rows_max);
        let slot = &self.inner.letters;
        Ok(Some(self.report_in(slot, actor, query).await?))
    }
}

impl Issue {
    pub(super) fn screen(&self) -> &'static str {
        self.view.screen.key()
    }
}

impl Letter {
    fn write(
        report: &Report,
        title: &str,
        base: &str,
        language: Language,
    ) -> Result<Self, reports::Error> {
        let format = ExportFormat::Xlsx;
        let file = export(report, format, ByteOrderMark::Omitted, language)?;
        // Without it the letter still says everything.
        let sheet = printed(report, title, language)
            .inspect_err(|error| tracing::error!(%error, "a report was not printed"));
        let mut shown = report.clone();
        shown.rows.truncate(MAIL_ROWS_MAX);
        let in_file = told_of_file(report.rows.len(), report.rows_total, language);
        let foot = foot(&in_file, &format!("{base}/settings?tab=profile"), language);
        let period = format!("{} – {}", report.period.from, report.period.to);
        Ok(Self {
            html: html(&shown, title, &foot, language),
            text: format!("{title}\n{period}\n\n{foot}\n"),
            subject: format!("{title}, {period}"),
            files: std::iter::once(file).chain(sheet).map(attached).collect(),
        })
    }

    pub(super) fn to(&self, user: &User, id: String) -> Mail {
        Mail {
            id,
            to: user.email.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: Some(self.html.clone()),
            attachments: self.files.clone(),
        }
    }
}

fn attached(file: ExportFile) -> Attachment {
    Attachment {
        name: file.name,
        media_type: file.content_type,
        bytes: file.bytes,
    }
}

fn foot(in_file: &str, profile: &str, language: Language) -> String {
    match language {
        Language::En => format!(
            "Sent by Throughline on a schedule; {in_file}. It shows what you may see. To get it \
             no more: {profile}"
        ),
        Language::Ru => format!(
            "Отправлено Throughline по расписанию; {in_file}. В нём то, что можете видеть вы. \
             Больше не получать: {profile}"
        ),
        Language::Pl => format!(
            "Wysłane przez Throughline według planu; {in_file}. Widać w nim to, co możesz \
             widzieć. Rezygnacja: {profile}"
        ),
    }
}

/// How many of the report's rows the file has.
fn told_of_file(rows: usize, rows_total: usize, language: Language) -> String {
    if rows >= rows_total {
        let told = match language {
            Language::En => "all rows are in the file",
            Language::Ru => "все строки — в файле",
            Language::Pl => "wszystkie wiersze są w pliku",
        };
        return told.to_owned();
    }
    match language {
        Language::En => format!("the file has the first {rows} of {rows_total} rows"),
        Language::Ru => format!("в файле — первые строки: {rows} из {rows_total}"),
        Language::Pl => format!("w pliku są pierwsze wiersze: {rows} z {rows_total}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_cut_is_not_said_to_be_whole() {
        for (language, whole, cut) in [
            (Language::En, "all rows", "first 10000 of 10001"),
            (Language::Ru, "все строки", "10000 из 10001"),
            (Language::Pl, "wszystkie", "10000 z 10001"),
        ] {
            assert!(told_of_file(10_000, 10_000, language).contains(whole));
            assert!(told_of_file(10_000, 10_001, language).contains(cut));
        }
    }
}
