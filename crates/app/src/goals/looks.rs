//! Looks: after every day or week an alert's goal is counted, and whoever is to know is told, once.
//!
//! What was seen, the mails, the message for webhooks and the next turn are written in one
//! transaction, which only the first of several nodes, or of several tries, gets through.

use base::{DayRange, UnixMillis};
use domain::goal_alert::Condition;
use reports::{GoalMoney, GoalsRequest, Language};
use serde_json::json;
use store::goal_alerts::{self, GoalAlert, GoalLook, GoalLookDetails};
use store::goals::{self, Goal};
use store::users::User;
use store::{Tx, users};

use super::alerts::Calendar;
use super::rule::rule_of;
use crate::audit::Act;
use crate::error::Step as _;
use crate::mail::{Recipient, Topic};
use crate::recipients::stored_recipients;
use crate::reporting::refused;
use crate::share_links::acting_for;
use crate::webhooks::{News, tell};
use crate::{Actor, App, AppError, Permission};

/// Alerts looked at together.
const LOOKS_AT_ONCE: i64 = 20;
/// What was seen is kept so long.
const LOOKS_KEPT_DAYS: i32 = 400;
/// Turns that are skipped after the program was away; the next look goes on from there.
const TURNS_SKIPPED_MAX: usize = 400;
const WEEK_DAYS: i32 = 7;

/// A look that is due.
struct Turn {
    calendar: Calendar,
    days: DayRange,
    before: DayRange,
    next: UnixMillis,
}

impl App {
    /// Looks at what is due and known; how often somebody was told.
    ///
    /// # Errors
    /// When the store or the warehouse fails: what is due stays due.
    pub async fn look_at_goals(&self) -> Result<usize, AppError> {
        let due = {
            let mut connection = self.inner.store.read().await?;
            goal_alerts::list_due_goal_alerts(&mut connection, self.now(), LOOKS_AT_ONCE).await?
        };
        let (mut told, mut failure) = (0, None);
        for alert in due {
            match self.look_at(&alert).await {
                Ok(is_told) => told += usize::from(is_told),
                // The others are looked at nevertheless.
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            None => Ok(told),
            Some(error) => Err(error),
        }
    }

    async fn look_at(&self, alert: &GoalAlert) -> Result<bool, AppError> {
        let workspace = alert.workspace_id;
        let (turn, goal) = {
            let mut connection = self.inner.store.read().await?;
            let calendar = Calendar::of(&mut connection, workspace).await?;
            let goal = goals::load_goal(&mut connection, workspace, alert.details.goal_id).await?;
            (turn_of(alert, calendar, self.now())?, goal)
        };
        // Nothing is said of days of which something may still be on its way.
        let (_, until) = turn.calendar.zone.span_of(turn.days);
        if self.known_until() < until {
            return Ok(false);
        }
        let [value, before] = self.seen(alert, &goal, &turn).await?;
        let details = &alert.details;
        let condition = Condition::new(&details.condition, details.bound_micros);
        let speaks = condition.is_some_and(|condition| condition.speaks(value, before));
        let mut tx = self.inner.store.begin().await?;
        if !goal_alerts::end_look(&mut tx, alert, turn.next).await? {
            return Ok(false);
        }
        let people = match speaks {
            true => told_people(&mut tx, alert).await?,
            false => Vec::new(),
        };
        let look = GoalLookDetails {
            workspace_id: workspace,
            alert_id: alert.id,
            looked_at: self.now(),
            first_day: turn.days.first,
            last_day: turn.days.last,
            goal: goal.details.name.clone(),
            measure: details.measure.clone(),
            condition: details.condition.clone(),
            bound_micros: details.bound_micros,
            value_micros: value,
            before_micros: before,
            is_told: speaks,
            recipients: i64::try_from(people.len()).unwrap_or(i64::MAX),
        };
        let id = goal_alerts::insert_look(&mut tx, &look).await?;
        let forgotten = turn.days.last.plus_days(-LOOKS_KEPT_DAYS);
        goal_alerts::forget_looks(&mut tx, workspace, alert.id, forgotten).await?;
        if speaks {
            let look = GoalLook { id, details: look };
            self.tell_of(&mut tx, alert, &goal, &look, people).await?;
        }
        tx.commit().await?;
        if speaks {
            self.mail_put();
            self.inner.webhooks.notify_one();
        }
        Ok(speaks)
    }

    /// What the alert watches in the days of its turn, and in those before.
    async fn seen(
        &self,
        alert: &GoalAlert,
        goal: &Goal,
        turn: &Turn,
    ) -> Result<[Option<i64>; 2], AppError> {
        let days = |range: DayRange| {
            let (first, last) = (range.first.to_string(), range.last.to_string());
            json!({"from": first, "to": last})
        };
        let request: GoalsRequest = serde_json::from_value(json!({
            "period": days(turn.days),
            "compare": days(turn.before),
        }))
        .step("ask what was reached of a goal")?;
        let (query, goals) = (request.query(), vec![rule_of(goal)]);
        let context = self
            .report_context(&Actor::system(alert.workspace_id))
            .await?;
        let limits = self.query_limits();
        let report = self
            .ask_in(&self.inner.letters, move |warehouse| {
                let money = GoalMoney::Withheld;
                reports::goals(warehouse, &query, &goals, money, &context, limits)
            })
            .await?
            .map_err(refused)?;
        let key = format!("goal_{}", alert.details.measure);
        let metrics = report.columns.iter().skip(1);
        let at = metrics
            .map(|column| &column.key)
            .position(|known| *known == key);
        let cell = report.rows.first().zip(at).map(|(row, at)| &row.cells[at]);
        let micros =
            |text: Option<&String>| text.and_then(|text| base::parse_decimal_micros(text).ok());
        let value = cell.and_then(|cell| cell.value.as_ref());
        let before = cell.and_then(|cell| cell.previous.as_ref()?.as_ref());
        Ok([micros(value), micros(before)])
    }

    async fn tell_of(
        &self,
        tx: &mut Tx,
        alert: &GoalAlert,
        goal: &Goal,
        look: &GoalLook,
        people: Vec<User>,
    ) -> Result<(), AppError> {
        let workspace = alert.workspace_id;
        let nobody = Actor::system(workspace);
        let told = json!({"goal": goal.details.name, "recipients": people.len()});
        self.note(tx, &nobody, Act::GoalAlertTold, alert.id, told)
            .await?;
        for user in people {
            let recipient = Recipient {
                email: user.email,
                user: Some(user.id),
                about: Some(look.id),
                ..Recipient::default()
            };
            self.put_mail(tx, Topic::GoalAlert, recipient).await?;
        }
        if alert.details.tells_webhooks {
            let decimal = |micros: Option<i64>| micros.map(base::decimal_of_micros);
            let seen = &look.details;
            let data = json!({
                "alert": {
                    "id": alert.id.0,
                    "measure": seen.measure,
                    "every": alert.details.every,
                    "condition": seen.condition,
                    "bound": base::decimal_of_micros(seen.bound_micros),
                },
                "goal": {"id": goal.id.0, "name": seen.goal, "site_id": goal.details.site_id.0},
                "period": {"from": seen.first_day.to_string(), "to": seen.last_day.to_string()},
                "value": decimal(seen.value_micros),
                "previous": decimal(seen.before_micros),
            });
            let news = News::of_goal_alert(alert.id, look.id, data);
            tell(tx, workspace, self.now(), &[news]).await?;
        }
        Ok(())
    }
}

/// The newest turn that is due: days in which the program was away are not told one by one.
fn turn_of(alert: &GoalAlert, calendar: Calendar, now: UnixMillis) -> Result<Turn, AppError> {
    let mut at = alert.details.planned_at;
    let mut next = calendar.look_after(&alert.details, at)?;
    for _ in 0..TURNS_SKIPPED_MAX {
        if next > now {
            break;
        }
        at = next;
        next = calendar.look_after(&alert.details, at)?;
    }
    let length = match alert.details.every.as_str() {
        "week" => WEEK_DAYS,
        _ => 1,
    };
    let today = calendar.zone.day_of(at);
    let range = |first_ago: i32| DayRange {
        first: today.plus_days(-first_ago),
        last: today.plus_days(length - 1 - first_ago),
    };
    Ok(Turn {
        days: range(length),
        before: range(2 * length),
        next,
        calendar,
    })
}

/// Those who are members still and see the workspace's numbers as a whole.
async fn told_people(tx: &mut Tx, alert: &GoalAlert) -> Result<Vec<User>, AppError> {
    let wanted = stored_recipients(&alert.details.recipients)?;
    let members = users::list_users(tx, alert.workspace_id).await?;
    let mut people = Vec::new();
    for user in members.into_iter().filter(|user| wanted.contains(&user.id)) {
        let actor = acting_for(tx, alert.workspace_id, user.id).await?;
        let sees_all =
            |actor: &Actor| actor.may(Permission::ReadReports) && actor.channels().is_none();
        if actor.as_ref().is_some_and(sees_all) {
            people.push(user);
        }
    }
    Ok(people)
}

/// What a mail says of a look: what was seen, in words of a language.
pub(crate) fn sentence(look: &GoalLook, language: Language) -> String {
    let seen = &look.details;
    let number = |micros: Option<i64>| {
        let Some(micros) = micros else {
            return "—".to_owned();
        };
        let unit = if seen.measure == "conversion" {
            " %"
        } else {
            ""
        };
        format!("{}{unit}", base::decimal_of_micros(micros))
    };
    let (value, before) = (number(seen.value_micros), number(seen.before_micros));
    let bound = base::decimal_of_micros(seen.bound_micros);
    let unit = match (seen.measure.as_str(), seen.condition.as_str()) {
        ("conversion", _) | (_, "change") => " %",
        _ => "",
    };
    let measure = measure_word(&seen.measure, language);
    let condition = condition_words(&seen.condition, language);
    let (earlier, watched) = match language {
        Language::En => ("the period before", "watched"),
        Language::Ru => ("период до этого", "условие"),
        Language::Pl => ("poprzedni okres", "warunek"),
    };
    let days = match seen.first_day == seen.last_day {
        true => seen.first_day.to_string(),
        false => format!("{} – {}", seen.first_day, seen.last_day),
    };
    format!("{days}: {measure} {value}; {earlier}: {before}; {watched}: {condition} {bound}{unit}")
}

fn measure_word(measure: &str, language: Language) -> &'static str {
    match (measure, language) {
        ("visitors", Language::En) => "visitors",
        ("visitors", Language::Ru) => "посетители",
        ("visitors", Language::Pl) => "odwiedzający",
        ("count", Language::En) => "times",
        ("count", Language::Ru) => "раз",
        ("count", Language::Pl) => "razy",
        (_, Language::En) => "conversion rate",
        (_, Language::Ru) => "конверсия",
        (_, Language::Pl) => "konwersja",
    }
}

fn condition_words(condition: &str, language: Language) -> &'static str {
    match (condition, language) {
        ("below", Language::En) => "below",
        ("below", Language::Ru) => "меньше",
        ("below", Language::Pl) => "poniżej",
        ("above", Language::En) => "above",
        ("above", Language::Ru) => "больше",
        ("above", Language::Pl) => "powyżej",
        (_, Language::En) => "differs by more than",
        (_, Language::Ru) => "отличается больше чем на",
        (_, Language::Pl) => "różni się o więcej niż",
    }
}
