//! What a person does by mail: a new password, and an address that is known to be theirs.

use base::UserId;
use serde_json::json;
use store::{Tx, mails, sessions, throttle, users};

use crate::audit::Act;
use crate::mail::{Recipient, Topic};
use crate::people::parse_email;
use crate::sign_in::{Origin, Visitor};
use crate::tokens::{TokenFor, find_token, use_up, worthless};
use crate::{App, AppError, password};

impl App {
    /// Asks for a mail with a link to a new password. Nobody learns whether the address is known:
    /// it is looked up when the mail is sent.
    ///
    /// # Errors
    /// When it is no address; [`AppError::TooManyAttempts`] for too many of this address or
    /// network.
    pub async fn ask_for_reset(&self, email: &str, origin: &Origin) -> Result<(), AppError> {
        let email = parse_email(email)?;
        let buckets = [
            format!("reset:{email}"),
            format!("reset-network:{}", origin.network),
        ];
        self.refuse_if_throttled(&buckets).await?;
        self.count_failure(&buckets).await?;
        let recipient = Recipient {
            email,
            ..Recipient::default()
        };
        let mut tx = self.inner.store.begin().await?;
        self.put_mail(&mut tx, Topic::Reset, recipient).await?;
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// Sets the password that a mailed link allows to set, and ends every session of the person.
    ///
    /// # Errors
    /// When the link is worth nothing or the password too weak.
    pub async fn redeem_reset(&self, secret: &str, new: String) -> Result<(), AppError> {
        password::check_strength("password", &new)?;
        let now = self.now();
        let mut connection = self.inner.store.read().await?;
        find_token(&mut connection, TokenFor::Reset, secret, now).await?;
        drop(connection);
        let hash = password::hash(new, self.inner.surroundings.as_ref()).await?;
        let mut tx = self.inner.store.begin().await?;
        let token = find_token(&mut tx, TokenFor::Reset, secret, now).await?;
        let user = users::load_user(&mut tx, token.user_id.ok_or_else(worthless)?).await?;
        if user.email != token.email {
            return Err(worthless());
        }
        users::set_password(&mut tx, user.id, &hash).await?;
        users::verify_email(&mut tx, user.id, &user.email, now).await?;
        sessions::delete_other_sessions(&mut tx, user.id, None).await?;
        throttle::clear_login_failures(&mut tx, &format!("email:{}", user.email)).await?;
        end_errands(&mut tx, user.id, &user.email).await?;
        self.tell_of_password(&mut tx, user.id, &user.email).await?;
        self.note_person(
            &mut tx,
            user.id,
            user.called(),
            Act::PasswordRecovered,
            json!({}),
        )
        .await?;
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// Asks for a mail that shows that the person reads an address: their own, or the one that is
    /// to take its place.
    ///
    /// # Errors
    /// When it is no address or somebody else's; when the password, which another address needs,
    /// is wrong; [`AppError::TooManyAttempts`].
    pub async fn ask_for_verification(
        &self,
        visitor: &Visitor,
        change: Option<(&str, String)>,
    ) -> Result<(), AppError> {
        let user = {
            let mut connection = self.inner.store.read().await?;
            users::load_user(&mut connection, visitor.user).await?
        };
        let bucket = [format!("verification:{}", visitor.user)];
        self.refuse_if_throttled(&bucket).await?;
        let email = match change {
            Some((email, password)) => {
                let email = parse_email(email)?;
                self.require_proof_beyond_password(visitor).await?;
                self.check_own_password(visitor, "password", password)
                    .await?;
                email
            }
            None => user.email.clone(),
        };
        self.count_failure(&bucket).await?;
        let mut tx = self.inner.store.begin().await?;
        let owner = users::find_user_by_email(&mut tx, &email).await?;
        if owner.is_some_and(|owner| owner.id != user.id) {
            return Err(email_taken());
        }
        let recipient = Recipient {
            email: email.clone(),
            user: Some(user.id),
            invitation: None,
            about: None,
        };
        self.put_mail(&mut tx, Topic::Verification, recipient)
            .await?;
        let told = json!({"email": email});
        self.note_person(
            &mut tx,
            user.id,
            user.called(),
            Act::VerificationAsked,
            told,
        )
        .await?;
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// Takes the address of a mailed link as the person's own.
    ///
    /// # Errors
    /// When the link is worth nothing, or somebody else has the address by now.
    pub async fn redeem_verification(&self, secret: &str) -> Result<(), AppError> {
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        let token = find_token(&mut tx, TokenFor::Verification, secret, now).await?;
        let user = users::load_user(&mut tx, token.user_id.ok_or_else(worthless)?).await?;
        let owner = users::find_user_by_email(&mut tx, &token.email).await?;
        if owner.is_some_and(|owner| owner.id != user.id) {
            return Err(email_taken());
        }
        users::verify_email(&mut tx, user.id, &token.email, now).await?;
        use_up(&mut tx, TokenFor::Verification, user.id).await?;
        if user.email != token.email {
            // A link to a new password that went to the earlier address is not for its reader.
            use_up(&mut tx, TokenFor::Reset, user.id).await?;
            let recipient = Recipient {
                email: user.email.clone(),
                user: Some(user.id),
                invitation: None,
                about: None,
            };
            self.put_mail(&mut tx, Topic::EmailChanged, recipient)
                .await?;
        }
        let told = json!({"email": [&user.email, &token.email]});
        self.note_person(&mut tx, user.id, user.called(), Act::EmailVerified, told)
            .await?;
        tx.commit().await?;
        self.mail_put();
        Ok(())
    }

    /// Queues the mail that tells a person of their new password.
    pub(crate) async fn tell_of_password(
        &self,
        tx: &mut Tx,
        user: UserId,
        email: &str,
    ) -> Result<(), AppError> {
        let recipient = Recipient {
            email: email.to_owned(),
            user: Some(user),
            invitation: None,
            about: None,
        };
        self.put_mail(tx, Topic::PasswordChanged, recipient).await
    }
}

/// Makes worthless what was asked for by mail before the person's password was changed: whoever
/// asked may be whom the new password is to keep out.
pub(crate) async fn end_errands(tx: &mut Tx, user: UserId, email: &str) -> Result<(), AppError> {
    for (door, topic) in [
        (TokenFor::Reset, Topic::Reset),
        (TokenFor::Verification, Topic::Verification),
    ] {
        use_up(tx, door, user).await?;
        mails::delete_mails_to(tx, user, email, topic.name()).await?;
    }
    Ok(())
}

fn email_taken() -> AppError {
    AppError::Conflict {
        code: "already_exists",
        field: Some("email".to_owned()),
        detail: "somebody else has this address".to_owned(),
    }
}
