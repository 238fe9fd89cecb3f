//! The mail that the program itself sends: what each says, and the worker that sends it.

use std::time::Duration;

use base::UserId;
use connect::mail::{Mail, MailError};
use store::mails::{self, Mail as Queued, NewMail};
use store::users::User;
use store::{GoalLookId, InvitationId, Tx, goal_alerts, invitations, users, workspaces};
use tokio::time::timeout;

use crate::error::Step as _;
use crate::goals::looks::sentence;
use crate::reporting::language_of;
use crate::tokens::{Holder, TokenFor};
use crate::{App, AppError};

const MINUTE_MS: i64 = 60 * 1000;
/// Mails looked at together.
const MAILS_AT_ONCE: i64 = 20;
/// Pauses after the first tries; the last one goes for all later ones.
const PAUSES_MIN: [i64; 5] = [1, 5, 15, 60, 180];
/// What a given-up mail is kept for: its failure is shown to whoever asked for it.
pub(crate) const FAILURES_KEPT_MS: i64 = 7 * 24 * 60 * MINUTE_MS;
const FAILURE_CHARS_MAX: usize = 300;
/// How long one try may take, whatever the server says meanwhile.
const TRY_TIMEOUT: Duration = Duration::from_secs(60);

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Invitation,
    Reset,
    Verification,
    /// Tells the person, should it have been somebody else.
    PasswordChanged,
    /// The same, to the earlier address.
    EmailChanged,
    /// These tell the person as well.
    SecondFactorOn,
    SecondFactorOff,
    PasskeyAdded,
    /// Tells those who look after a webhook.
    WebhookOff,
    ProviderLinked,
    /// Tells whoever watches a goal what was seen.
    GoalAlert,
}

/// Who a mail goes to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recipient {
    pub(crate) email: String,
    pub(crate) user: Option<UserId>,
    pub(crate) invitation: Option<InvitationId>,
    pub(crate) about: Option<GoalLookId>,
}

/// A text with what stands for its places.
struct Words<'a> {
    language: &'a str,
    places: &'a [(&'static str, &'a str)],
}

/// The texts of a topic in the order of [`crate::LANGUAGES`].
macro_rules! texts {
    ($name:literal) => {
        [
            include_str!(concat!("mail/", $name, ".en.txt")),
            include_str!(concat!("mail/", $name, ".ru.txt")),
            include_str!(concat!("mail/", $name, ".pl.txt")),
        ]
    };
}

impl Topic {
    const ALL: [Self; 11] = [
        Self::Invitation,
        Self::Reset,
        Self::Verification,
        Self::PasswordChanged,
        Self::EmailChanged,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::PasskeyAdded,
        Self::WebhookOff,
        Self::ProviderLinked,
        Self::GoalAlert,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::Verification => "verification",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged => "email_changed",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::PasskeyAdded => "passkey_added",
            Self::WebhookOff => "webhook_off",
            Self::ProviderLinked => "provider_linked",
            Self::GoalAlert => "goal_alert",
        }
    }

    /// The door that its link opens.
    fn door(self) -> Option<TokenFor> {
        match self {
            Self::Invitation => Some(TokenFor::Invitation),
            Self::Reset => Some(TokenFor::Reset),
            Self::Verification => Some(TokenFor::Verification),
            Self::PasswordChanged
            | Self::EmailChanged
            | Self::SecondFactorOn
            | Self::SecondFactorOff
            | Self::PasskeyAdded
            | Self::WebhookOff
            | Self::ProviderLinked
            | Self::GoalAlert => None,
        }
    }

    /// How long after it was asked for the mail is still of use.
    fn life_ms(self) -> i64 {
        self.door().unwrap_or(TokenFor::Verification).life_ms()
    }

    fn texts(self) -> [&'static str; crate::LANGUAGES.len()] {
        match self {
            Self::Invitation => texts!("invitation"),
            Self::Reset => texts!("reset"),
            Self::Verification => texts!("verification"),
            Self::PasswordChanged => texts!("password_changed"),
            Self::EmailChanged => texts!("email_changed"),
            Self::SecondFactorOn => texts!("second_factor_on"),
            Self::SecondFactorOff => texts!("second_factor_off"),
            Self::PasskeyAdded => texts!("passkey_added"),
            Self::WebhookOff => texts!("webhook_off"),
            Self::ProviderLinked => texts!("provider_linked"),
            Self::GoalAlert => texts!("goal_alert"),
        }
    }
}

impl App {
    /// Queues a mail; it goes when the transaction is committed.
    pub(crate) async fn put_mail(
        &self,
        tx: &mut Tx,
        topic: Topic,
        recipient: Recipient,
    ) -> Result<(), AppError> {
        let mail = NewMail {
            purpose: topic.name().to_owned(),
            email: recipient.email,
            user_id: recipient.user,
            invitation_id: recipient.invitation,
            created_at: self.now(),
            about_id: recipient.about.map(|look| look.0),
        };
        Ok(mails::put_mail(tx, &mail).await?)
    }

    /// Wakes the worker, after the commit.
    pub(crate) fn mail_put(&self) {
        self.inner.mails.notify_one();
    }

    /// Waits until mail was queued.
    pub async fn mail_waiting(&self) {
        self.inner.mails.notified().await;
    }

    /// Whether mail leaves the machine; else it goes into a folder.
    #[must_use]
    pub fn mail_is_connected(&self) -> bool {
        self.inner.mailer.is_connected()
    }

    /// Removes mails that were written into the folder long ago; how many.
    ///
    /// # Errors
    /// When the folder cannot be read or a file not be removed.
    pub async fn purge_mail_folder(&self) -> Result<u64, AppError> {
        let days = i64::from(self.inner.settings.mail_folder_days);
        if days == 0 {
            return Ok(0);
        }
        let before = self.now().plus_ms(-days * 24 * 60 * MINUTE_MS);
        let mailer = self.inner.mailer.clone();
        let purged = tokio::task::spawn_blocking(move || mailer.purge_folder(before.0)).await;
        let step = "remove old mail from the folder";
        purged.step(step)?.step(step)
    }

    /// Sends what is due; how many mails went. One that is not taken is tried again later.
    ///
    /// # Errors
    /// When the store fails; mail that is not taken is no error.
    pub async fn send_mail(&self) -> Result<usize, AppError> {
        let mut sent = 0;
        loop {
            let due = {
                let mut connection = self.inner.store.read().await?;
                mails::list_due_mails(&mut connection, self.now(), MAILS_AT_ONCE).await?
            };
            if due.is_empty() {
                return Ok(sent);
            }
            for queued in due {
                sent += usize::from(self.try_mail(&queued).await?);
            }
        }
    }

    /// One try. It is counted before the server is asked, so that a crash in between sends the
    /// mail again after a pause, and never without end.
    async fn try_mail(&self, queued: &Queued) -> Result<bool, AppError> {
        let tries = usize::try_from(queued.attempts).unwrap_or_default();
        let pause_min = PAUSES_MIN[tries.min(PAUSES_MIN.len() - 1)];
        let next = self.now().plus_ms(pause_min * MINUTE_MS);
        let mut tx = self.inner.store.begin().await?;
        if !mails::claim_mail(&mut tx, queued, next).await? {
            return Ok(false);
        }
        let Some((topic, mail)) = self.compose(&mut tx, queued).await? else {
            mails::delete_mail(&mut tx, queued.id).await?;
            tx.commit().await?;
            return Ok(false);
        };
        if self.now().since_ms(queued.created_at) > topic.life_ms() {
            mails::fail_mail(&mut tx, queued.id, "it was not sent in time", false).await?;
            tx.commit().await?;
            return Ok(false);
        }
        tx.commit().await?;
        let sending = self.inner.mailer.send(&mail);
        let late = |_| Err(MailError::Later("the mail server is too slow".to_owned()));
        let outcome = timeout(TRY_TIMEOUT, sending).await.unwrap_or_else(late);
        let mut tx = self.inner.store.begin().await?;
        match &outcome {
            Ok(()) => mails::delete_mail(&mut tx, queued.id).await?,
            Err(error) => {
                let is_in_time = next.since_ms(queued.created_at) < topic.life_ms();
                let is_tried_again = is_in_time && matches!(error, MailError::Later(_));
                let mut failure = error.to_string();
                failure.truncate(failure.floor_char_boundary(FAILURE_CHARS_MAX));
                tracing::warn!(
                    topic = topic.name(),
                    failure,
                    is_tried_again,
                    "mail was not taken"
                );
                mails::fail_mail(&mut tx, queued.id, &failure, is_tried_again).await?;
            }
        }
        tx.commit().await?;
        Ok(outcome.is_ok())
    }

    /// What a mail says, with a new token where it has a link; `None` where it is for nobody.
    async fn compose(
        &self,
        tx: &mut Tx,
        queued: &Queued,
    ) -> Result<Option<(Topic, Mail)>, AppError> {
        let topic = Topic::ALL
            .into_iter()
            .find(|topic| topic.name() == queued.purpose);
        let Some(topic) = topic else {
            return Ok(None);
        };
        let user = match (queued.user_id, topic) {
            (Some(id), _) => Some(users::load_user(tx, id).await?),
            (None, Topic::Reset) => users::find_user_by_email(tx, &queued.email).await?,
            (None, _) => None,
        };
        let invitation = match queued.invitation_id {
            Some(id) => invitations::find_invitation(tx, id).await?,
            None => None,
        };
        let (language, workspace, inviter) = match (&invitation, &user) {
            (Some(invitation), _) => {
                let workspace = workspaces::load_workspace(tx, invitation.workspace_id).await?;
                let inviter = match invitation.invited_by {
                    Some(id) => signature(&users::load_user(tx, id).await?),
                    None => workspace.details.name.clone(),
                };
                (invitation.language.clone(), workspace.details.name, inviter)
            }
            (None, Some(user)) => (user.language.clone(), String::new(), signature(user)),
            (None, None) => return Ok(None),
        };
        let link = match topic.door() {
            Some(door) => {
                let holder = Holder {
                    email: queued.email.clone(),
                    user: user.as_ref().map(|user| user.id),
                    invitation: queued.invitation_id,
                    until: invitation.as_ref().map(|invitation| invitation.expires_at),
                };
                self.issue_token(tx, door, holder, true).await?
            }
            None => self.inner.settings.base_url.clone(),
        };
        let Some([goal, seen]) = seen_of(tx, topic, queued, &language).await? else {
            return Ok(None);
        };
        let places = [
            ("goal", goal.as_str()),
            ("seen", seen.as_str()),
            ("workspace", workspace.as_str()),
            ("inviter", inviter.as_str()),
            ("email", queued.email.as_str()),
            ("link", link.as_str()),
        ];
        let words = Words {
            language: &language,
            places: &places,
        };
        let (subject, text) = say(topic, &words);
        let mail = Mail {
            id: format!("{}-{}-{}", topic.name(), queued.id, queued.created_at.0),
            to: queued.email.clone(),
            subject,
            text,
            ..Mail::default()
        };
        Ok(Some((topic, mail)))
    }
}

/// The goal that a mail is about and what was seen of it, empty for a mail about something else;
/// `None` where that is forgotten.
async fn seen_of(
    tx: &mut Tx,
    topic: Topic,
    queued: &Queued,
    language: &str,
) -> Result<Option<[String; 2]>, AppError> {
    if topic != Topic::GoalAlert {
        return Ok(Some([String::new(), String::new()]));
    }
    let Some(about) = queued.about_id else {
        return Ok(None);
    };
    let look = goal_alerts::find_look(tx, GoalLookId(about)).await?;
    Ok(look.map(|look| {
        let seen = sentence(&look, language_of(language));
        [look.details.goal, seen]
    }))
}

/// Who somebody is, so that a stranger can tell: a name may be anybody's, an address is not.
fn signature(user: &User) -> String {
    if user.name.is_empty() {
        user.email.clone()
    } else {
        format!("{} ({})", user.name, user.email)
    }
}

/// Subject and text: the first line, and what comes after an empty one.
fn say(topic: Topic, words: &Words<'_>) -> (String, String) {
    let place = crate::LANGUAGES
        .iter()
        .position(|known| *known == words.language)
        .unwrap_or(0);
    let text = topic.texts()[place];
    let (subject, text) = text.split_once("\n\n").unwrap_or((text, ""));
    (filled(subject, words.places), filled(text, words.places))
}

/// The text with its `{places}` filled, each once: what fills one is not looked at again.
fn filled(text: &str, places: &[(&'static str, &str)]) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        let place = places.iter().find(|(known, _)| *known == name);
        filled.push_str(place.map_or("", |(_, value)| value));
        filled.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [&str; 6] = ["workspace", "inviter", "email", "link", "goal", "seen"];

    #[test]
    fn every_mail_is_written_in_every_language_with_the_same_places() {
        for topic in Topic::ALL {
            let used = topic
                .texts()
                .map(|text| PLACES.map(|place| text.contains(&format!("{{{place}}}"))));
            assert!(used.iter().all(|one| *one == used[0]), "{}", topic.name());
            for text in topic.texts() {
                let places = text.matches('{').count();
                let known: usize = PLACES
                    .iter()
                    .map(|place| text.matches(&format!("{{{place}}}")).count())
                    .sum();
                assert_eq!(places, known, "{text}");
                let (subject, rest) = text.split_once("\n\n").unwrap();
                assert!(!subject.is_empty() && !subject.contains('\n'), "{text}");
                assert!(
                    topic.door().is_none() || rest.contains("\n{link}\n"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_name_that_looks_like_a_place_stays_a_name() {
        let places = [("workspace", "{link}"), ("link", "https://x.example")];
        assert_eq!(
            filled("{workspace}: {link}", &places),
            "{link}: https://x.example"
        );
    }
}
