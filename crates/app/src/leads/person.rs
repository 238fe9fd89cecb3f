//! People behind leads and deals, recognised by what identifies them.

use base::{UnixMillis, WorkspaceId};
use domain::contact::{Email, Phone};
use store::persons::{self, Identity};
use store::{PersonId, Tx};

use crate::AppError;

/// What is known of somebody.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Contact<'a> {
    pub(crate) name: &'a str,
    pub(crate) phone: Option<&'a Phone>,
    pub(crate) email: Option<&'a Email>,
    /// The shop's own id of the customer.
    pub(crate) customer: Option<&'a str>,
}

impl Contact<'_> {
    /// Strongest first.
    fn identities(&self) -> Vec<Identity> {
        let identity = |kind: &str, value: String| Identity {
            kind: kind.to_owned(),
            value,
        };
        // A colon cannot be part of an address in its normal form, so a customer's id never meets
        // a real address.
        let customer = self
            .customer
            .map(|id| identity("email", format!("customer:{id}")));
        let phone = self
            .phone
            .map(|phone| identity("phone", phone.as_str().to_owned()));
        let email = self
            .email
            .map(|email| identity("email", email.as_str().to_owned()));
        customer.into_iter().chain(phone).chain(email).collect()
    }
}

/// The person with one of the identities, or a new one; nobody without any identity.
///
/// The strongest identity that is known decides; identities that belong to others stay theirs.
pub(crate) async fn recognise(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    contact: Contact<'_>,
) -> Result<Option<PersonId>, AppError> {
    let identities = contact.identities();
    let (mut known, mut nobodys) = (None, Vec::new());
    for identity in &identities {
        match persons::find_person(tx, workspace, identity).await? {
            Some(person) => known = known.or(Some(person)),
            None => nobodys.push(identity),
        }
    }
    if identities.is_empty() {
        return Ok(None);
    }
    let person = match known {
        Some(person) => person,
        None => persons::insert_person(tx, workspace, contact.name, now).await?,
    };
    for identity in nobodys {
        persons::put_identity(tx, workspace, person, now, identity).await?;
    }
    Ok(Some(person))
}
