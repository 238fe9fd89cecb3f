//! People behind leads and deals, recognised by what identifies them.

use std::collections::{BTreeSet, HashMap};

use base::{UnixMillis, WorkspaceId};
use domain::contact::{Email, Phone};
use store::ids::{Counted, find_last_id};
use store::persons::{self, Identity, KnownIdentity, Person};
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

/// Kind and value of an identity.
type Key = (&'static str, String);

/// The people of a batch: those that are known, and those that it brings.
#[derive(Debug)]
pub(crate) struct People {
    workspace: WorkspaceId,
    now: UnixMillis,
    known: HashMap<Key, PersonId>,
    last_id: i64,
    new: Vec<Person>,
    ties: Vec<KnownIdentity>,
}

impl Contact<'_> {
    /// Strongest first.
    fn identities(&self) -> Vec<Key> {
        // A colon cannot be part of an address in its normal form, so a customer's id never meets
        // a real address.
        let customer = self.customer.map(|id| ("email", format!("customer:{id}")));
        let phone = self.phone.map(|phone| ("phone", phone.as_str().to_owned()));
        let email = self.email.map(|email| ("email", email.as_str().to_owned()));
        customer.into_iter().chain(phone).chain(email).collect()
    }
}

impl People {
    /// Looks up who is known of the contacts of a batch.
    pub(crate) async fn meet(
        tx: &mut Tx,
        workspace: WorkspaceId,
        now: UnixMillis,
        contacts: &[Contact<'_>],
    ) -> Result<Self, AppError> {
        let keys: BTreeSet<Key> = contacts.iter().flat_map(Contact::identities).collect();
        let mut known = HashMap::new();
        for kind in ["phone", "email"] {
            let of_kind = keys.iter().filter(|(of, _)| *of == kind);
            let values: Vec<&str> = of_kind.map(|(_, value)| value.as_str()).collect();
            if values.is_empty() {
                continue;
            }
            let found = persons::list_known(tx, workspace, kind, &values).await?;
            let pairs = found
                .into_iter()
                .map(|known| ((kind, known.identity.value), known.person_id));
            known.extend(pairs);
        }
        Ok(Self {
            workspace,
            now,
            known,
            last_id: find_last_id(tx, Counted::Persons).await?,
            new: Vec::new(),
            ties: Vec::new(),
        })
    }

    /// Everybody who is known.
    pub(crate) fn known(&self) -> Vec<PersonId> {
        let unique: BTreeSet<PersonId> = self.known.values().copied().collect();
        unique.into_iter().collect()
    }

    /// The person with one of the identities, or a new one; nobody without any identity.
    ///
    /// The strongest identity that is known decides; identities that belong to others stay theirs.
    pub(crate) fn recognise(&mut self, contact: Contact<'_>) -> Option<PersonId> {
        let identities = contact.identities();
        if identities.is_empty() {
            return None;
        }
        let known = identities.iter().find_map(|key| self.known.get(key));
        let person = match known {
            Some(person) => *person,
            None => self.add(contact.name),
        };
        for (kind, value) in identities {
            if self.known.contains_key(&(kind, value.clone())) {
                continue;
            }
            self.known.insert((kind, value.clone()), person);
            let kind = kind.to_owned();
            self.ties.push(KnownIdentity {
                person_id: person,
                identity: Identity { kind, value },
            });
        }
        Some(person)
    }

    fn add(&mut self, name: &str) -> PersonId {
        self.last_id += 1;
        let id = PersonId(self.last_id);
        self.new.push(Person {
            id,
            name: name.to_owned(),
            created_at: self.now,
        });
        id
    }

    /// Writes down who is new.
    pub(crate) async fn save(self, tx: &mut Tx) -> Result<(), AppError> {
        persons::insert_persons(tx, self.workspace, &self.new).await?;
        Ok(persons::insert_identities(tx, self.workspace, self.now, &self.ties).await?)
    }
}
