//! The turns of report schedules: what is due is sent to each once, and tried again where it was
//! not taken.

use std::time::Duration;

use base::UserId;
use connect::mail::MailError;
use serde_json::json;
use store::report_schedules::{self, ReportSchedule};
use store::users::User;
use store::{Connection, ReportScheduleId, users};
use tokio::time::timeout;

use super::letter::{Issue, Letter};
use super::{recipients, turn_following};
use crate::audit::Act;
use crate::saved_views::load;
use crate::webhooks::{News, tell};
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission};

/// Schedules looked at together.
const TURNS_AT_ONCE: i64 = 5;
/// Rows that webhooks are told.
const TOLD_ROWS_MAX: usize = 500;
const MINUTE_MS: i64 = 60 * 1000;
/// Pauses after tries that came to nothing; after the last one the turn is given up.
const PAUSES_MIN: [i64; 5] = [1, 5, 15, 60, 180];
const FAILURE_CHARS_MAX: usize = 300;
/// How long one mail may take, whatever the server says meanwhile.
const TRY_TIMEOUT: Duration = Duration::from_secs(60);

/// Why a turn did not go, or not to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    text: String,
    may_help: MayHelp,
}

/// Whether another try may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MayHelp {
    Later,
    Nothing,
}

/// How a try went.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    /// How many have got this turn's by now, webhooks together as one.
    got: usize,
    failure: Option<Failure>,
}

impl App {
    /// Sends it to the actor alone, now; its turns stay as they are.
    ///
    /// # Errors
    /// When the actor may not share, is no person or does not see the view, or the mail was not
    /// taken.
    pub async fn test_report_schedule(
        &self,
        actor: &Actor,
        id: ReportScheduleId,
    ) -> Result<(), AppError> {
        actor.require(Permission::ShareReports)?;
        let Some(user) = actor.user() else {
            let detail = "a test is sent to whoever asks: sign in to ask";
            return Err(AppError::invalid("id", "not_a_person", detail));
        };
        let (turn, user) = {
            let (workspace, mut connection) = (actor.workspace, self.inner.store.read().await?);
            let turn =
                report_schedules::load_report_schedule(&mut connection, workspace, id).await?;
            load(&mut connection, actor, turn.view_id).await?;
            (turn, users::load_user(&mut connection, user).await?)
        };
        let issue = self.issue(&turn).await?;
        let Some(letter) = self.letter(&issue, &user).await? else {
            let detail = "you may see none of the metrics of the view";
            return Err(AppError::invalid("id", "not_shareable", detail));
        };
        let mail_id = format!("report-{id}-test-{}-{}", user.id, self.now().0);
        let sent = self.hand_over(&letter, &user, mail_id).await;
        sent.map_err(|failure| AppError::Unavailable {
            code: "mail_not_taken",
            detail: failure.text,
        })?;
        let mut tx = self.inner.store.begin().await?;
        self.note(&mut tx, actor, Act::ReportScheduleTested, id, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Sends what is due; how many turns were sent.
    ///
    /// # Errors
    /// When the store fails; what cannot be sent is kept with its schedule.
    pub async fn send_due_reports(&self) -> Result<usize, AppError> {
        let due = {
            let mut connection = self.inner.store.read().await?;
            let now = self.now();
            report_schedules::list_due_schedules(&mut connection, now, TURNS_AT_ONCE).await?
        };
        let mut sent = 0;
        for turn in due {
            sent += usize::from(self.try_turn(turn).await?);
        }
        Ok(sent)
    }

    /// One try. It is counted before anything is sent, and whoever has got theirs is not sent it
    /// again, so that a turn goes once to each, also over a crash and a restart.
    async fn try_turn(&self, turn: ReportSchedule) -> Result<bool, AppError> {
        let tries = usize::try_from(turn.attempts).unwrap_or_default();
        let pause_min = PAUSES_MIN[tries.min(PAUSES_MIN.len() - 1)];
        let pause_ms = pause_min * MINUTE_MS;
        // Should the program end during the try, the next one is after this pause.
        let after_crash = self.now().plus_ms(pause_ms);
        let mut tx = self.inner.store.begin().await?;
        if !report_schedules::claim_schedule(&mut tx, &turn, after_crash).await? {
            return Ok(false);
        }
        tx.commit().await?;
        let Outcome { got, failure } = self.send_turn(&turn).await;
        let failure = failure.unwrap_or(Failure {
            text: String::new(),
            may_help: MayHelp::Nothing,
        });
        let is_tried_again = failure.may_help == MayHelp::Later && tries + 1 < PAUSES_MIN.len();
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        if is_tried_again {
            let next_try = now.plus_ms(pause_ms);
            report_schedules::fail_schedule(&mut tx, &turn, &failure.text, next_try).await?;
        } else {
            let next = self.next_turn(&mut tx, &turn).await?;
            let (text, sent_at) = (&failure.text, (got > 0).then_some(now));
            report_schedules::end_schedule_turn(&mut tx, &turn, next, text, sent_at).await?;
            if got > 0 {
                let nobody = Actor::system(turn.workspace_id);
                let told = json!({"recipients": got});
                self.note(&mut tx, &nobody, Act::ReportSent, turn.id, told)
                    .await?;
            }
        }
        tx.commit().await?;
        if !failure.text.is_empty() {
            let (schedule, failure) = (turn.id.0, failure.text);
            tracing::warn!(schedule, failure, is_tried_again, "a report did not go");
        }
        Ok(got > 0 && !is_tried_again)
    }

    /// To each who has not got it: what keeps one from it keeps nobody else.
    async fn send_turn(&self, turn: &ReportSchedule) -> Outcome {
        let mut got: Vec<UserId> = serde_json::from_value(turn.sent_to.clone()).unwrap_or_default();
        let prepared = match self.issue(turn).await {
            Ok(issue) => self.recipients_of(turn).await.map(|people| (issue, people)),
            Err(error) => Err(error),
        };
        let (issue, people) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let (got, failure) = (got.len(), Some(Failure::of(&error)));
                return Outcome { got, failure };
            }
        };
        let told = match self.tell_webhooks(turn, &issue).await {
            Ok(is_told) => usize::from(is_told),
            Err(error) => {
                let failure = Some(Failure::of(&error));
                return Outcome {
                    got: got.len(),
                    failure,
                };
            }
        };
        let mut failure: Option<Failure> = None;
        let mut shut_out = 0;
        for user in people {
            if got.contains(&user.id) {
                continue;
            }
            match self.send_to(turn, &issue, &user).await {
                Ok(Sent::Gone) => got.push(user.id),
                Ok(Sent::SeesNothing) => {
                    shut_out += 1;
                    continue;
                }
                Err(met) => {
                    // Another try helps whoever it may help.
                    if failure
                        .as_ref()
                        .is_none_or(|known| known.may_help == MayHelp::Nothing)
                    {
                        failure = Some(met);
                    }
                    continue;
                }
            }
            if let Err(error) = self.note_got(turn, &got).await {
                failure = Some(Failure::of(&error));
                break;
            }
        }
        if failure.is_none() && shut_out > 0 {
            let text = format!("{shut_out} of its recipients may see nothing of it");
            let may_help = MayHelp::Nothing;
            failure = Some(Failure { text, may_help });
        }
        let got = got.len() + told;
        Outcome { got, failure }
    }

    /// Queues the turn once for every webhook that wants reports, within the reach of its maker;
    /// whether it was.
    async fn tell_webhooks(&self, turn: &ReportSchedule, issue: &Issue) -> Result<bool, AppError> {
        let planned_at = turn.details.planned_at;
        if !turn.details.tells_webhooks || turn.told_at == Some(planned_at) {
            return Ok(turn.details.tells_webhooks);
        }
        let Some(report) = self.answer_of(issue, &issue.author, TOLD_ROWS_MAX).await? else {
            return Ok(false);
        };
        let (base, view) = (&self.inner.settings.base_url, turn.view_id);
        let data = json!({
            "schedule_id": turn.id.0,
            "view": {"id": view.0, "name": issue.name},
            "link": format!("{base}/{}?view={view}", issue.screen()),
            "report": report.without_sides(),
        });
        let (now, workspace) = (self.now(), turn.workspace_id);
        let news = News::of_report(turn.id, planned_at, data);
        let mut tx = self.inner.store.begin().await?;
        tell(&mut tx, workspace, now, &[news]).await?;
        report_schedules::note_told(&mut tx, turn).await?;
        tx.commit().await?;
        self.inner.webhooks.notify_one();
        Ok(true)
    }

    async fn send_to(
        &self,
        turn: &ReportSchedule,
        issue: &Issue,
        user: &User,
    ) -> Result<Sent, Failure> {
        let letter = self.letter(issue, user).await;
        let Some(letter) = letter.map_err(|error| Failure::of(&error))? else {
            return Ok(Sent::SeesNothing);
        };
        let id = format!(
            "report-{}-{}-{}",
            turn.id, turn.details.planned_at.0, user.id
        );
        self.hand_over(&letter, user, id).await?;
        Ok(Sent::Gone)
    }

    async fn hand_over(&self, letter: &Letter, user: &User, id: String) -> Result<(), Failure> {
        let mail = letter.to(user, id);
        let late = |_| Err(MailError::Later("the mail server is too slow".to_owned()));
        let sent = timeout(TRY_TIMEOUT, self.inner.mailer.send(&mail)).await;
        sent.unwrap_or_else(late).map_err(|error| Failure {
            text: shortened(error.to_string()),
            may_help: match error {
                MailError::Later(_) => MayHelp::Later,
                MailError::Never(_) => MayHelp::Nothing,
            },
        })
    }

    async fn note_got(&self, turn: &ReportSchedule, got: &[UserId]) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        report_schedules::note_sent_to(&mut tx, turn, &json!(got)).await?;
        Ok(tx.commit().await?)
    }

    /// Those of the schedule who are members still.
    async fn recipients_of(&self, turn: &ReportSchedule) -> Result<Vec<User>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let members = users::list_users(&mut connection, turn.workspace_id).await?;
        let wanted = recipients(turn)?;
        let still = members.into_iter().filter(|user| wanted.contains(&user.id));
        Ok(still.collect())
    }

    async fn next_turn(
        &self,
        connection: &mut Connection,
        turn: &ReportSchedule,
    ) -> Result<base::UnixMillis, AppError> {
        let zone = load_zone(connection, turn.workspace_id).await?;
        turn_following(&turn.details, &zone, self.now())
    }
}

/// What became of one's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Gone,
    SeesNothing,
}

impl Failure {
    fn of(error: &AppError) -> Self {
        Self {
            text: shortened(error.to_string()),
            may_help: match error {
                AppError::Unavailable { .. } | AppError::Internal { .. } => MayHelp::Later,
                _ => MayHelp::Nothing,
            },
        }
    }
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(FAILURE_CHARS_MAX));
    text
}
