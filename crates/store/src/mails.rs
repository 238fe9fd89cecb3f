//! Mail on its way: what it is about and when it is tried next. What it says, secrets too, is
//! written when it is sent.

use base::{UnixMillis, UserId};

use crate::statement::{Statement, record};
use crate::{Connection, InvitationId, MailId, StoreError, Tx};

record! {
    pub struct NewMail {
        pub purpose: String,
        pub email: String,
        /// `None` also where nobody is known by the address.
        pub user_id: Option<UserId>,
        pub invitation_id: Option<InvitationId>,
        pub created_at: UnixMillis,
        /// What it is about, by its purpose.
        pub about_id: Option<i64>,
    }
}

record! {
    pub struct Mail {
        pub id: MailId,
        pub purpose: String,
        pub email: String,
        pub user_id: Option<UserId>,
        pub invitation_id: Option<InvitationId>,
        pub created_at: UnixMillis,
        /// How often it was tried.
        pub attempts: i64,
        pub about_id: Option<i64>,
    }
}

/// Queues a mail, due at once; nothing is done where the same one waits for its first try. What was
/// given up of the same kind is of no interest any more.
pub async fn put_mail(tx: &mut Tx, mail: &NewMail) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/mails/forget_failed_mails.sql"))
        .bind(&mail.email)
        .bind(&mail.purpose)
        .execute(tx)
        .await?;
    Statement::new(include_str!("queries/mails/put_mail.sql"))
        .bind(mail)
        .execute(tx)
        .await?;
    Ok(())
}

/// The first mails of the whole installation that are due.
pub async fn list_due_mails(
    connection: &mut Connection,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<Mail>, StoreError> {
    Statement::new(include_str!("queries/mails/list_due_mails.sql"))
        .bind(&now)
        .bind(&limit)
        .all(connection)
        .await
}

/// Counts a try that begins now; should it come to nothing, the next one is due at `due_at`.
/// False where somebody else began one meanwhile.
pub async fn claim_mail(tx: &mut Tx, mail: &Mail, due_at: UnixMillis) -> Result<bool, StoreError> {
    let claimed = Statement::new(include_str!("queries/mails/claim_mail.sql"))
        .bind(&mail.id)
        .bind(&mail.attempts)
        .bind(&due_at)
        .execute(tx)
        .await?;
    Ok(claimed > 0)
}

/// Says why a try came to nothing; without another try the mail is given up.
pub async fn fail_mail(
    tx: &mut Tx,
    id: MailId,
    failure: &str,
    is_tried_again: bool,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/mails/fail_mail.sql"))
        .bind(&id)
        .bind(failure)
        .bind(&is_tried_again)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes a mail that was sent, or that is for nobody.
pub async fn delete_mail(tx: &mut Tx, id: MailId) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/mails/delete_mail.sql"))
        .bind(&id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes every mail for a purpose that is on its way to a person or to their address.
pub async fn delete_mails_to(
    tx: &mut Tx,
    user: UserId,
    email: &str,
    purpose: &str,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/mails/delete_mails_to.sql"))
        .bind(&user)
        .bind(email)
        .bind(purpose)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes what was given up and made at or before `since`; the number removed.
pub async fn purge_mails(tx: &mut Tx, since: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/mails/purge_mails.sql"))
        .bind(&since)
        .execute(tx)
        .await
}
