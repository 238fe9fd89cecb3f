//! What the hot path routes by, read from the store and published whole.

use std::sync::Arc;

use base::{SiteId, UnixMillis, WorkspaceId};
use store::links::Link;
use store::sites::Site;
use store::{Store, api_keys, links, meta, sites, workspaces};

use crate::nodes::Company;
use crate::{App, AppError, Permission, Role, Surroundings, surroundings};

/// Key of the salt of imported history.
const HISTORY_SALT_KEY: &str = "history_salt";
/// A salt is used for a day and kept for one more, so that a visit survives midnight.
const SALT_DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Sites, links and keys in use.
#[derive(Debug, Default)]
pub struct Routing {
    pub sites: Vec<Site>,
    pub links: Vec<Link>,
    pub keys: Vec<KeyRoute>,
    /// IANA zones of the workspaces.
    pub zones: Vec<(WorkspaceId, String)>,
}

/// What a key may do at the events door.
#[derive(Debug, Clone, Copy)]
pub struct KeyRoute {
    pub digest: [u8; 32],
    pub workspace: WorkspaceId,
    pub events: bool,
    pub expires_at: Option<UnixMillis>,
}

/// The salts of a day and the one before; older ones are destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailySalts {
    /// Days since 1970, UTC.
    pub day: i64,
    pub current: [u8; 16],
    pub previous: [u8; 16],
    /// That of the day after, made ahead where nodes may have to go on without the store.
    pub next: Option<[u8; 16]>,
}

impl DailySalts {
    /// As they are at a later time, where nobody could be asked meanwhile. What is not known is
    /// made up by `fresh`: then visitors without cookies are new that day.
    #[must_use]
    pub fn at(self, now: UnixMillis, mut fresh: impl FnMut() -> [u8; 16]) -> Self {
        let today = day_of(now);
        match today - self.day {
            // A clock that was set back over midnight keeps the salts; one that had run far ahead
            // does not, or they would stay until it gets there again.
            0 | -1 => self,
            1 => Self {
                day: today,
                current: self.next.unwrap_or_else(fresh),
                previous: self.current,
                next: None,
            },
            _ => Self {
                day: today,
                current: fresh(),
                previous: fresh(),
                next: None,
            },
        }
    }

    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.day.to_le_bytes().to_vec();
        bytes.extend(self.current);
        bytes.extend(self.previous);
        bytes.extend(self.next.iter().flatten());
        bytes
    }

    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            day: i64::from_le_bytes(bytes.get(..8)?.try_into().ok()?),
            current: bytes.get(8..24)?.try_into().ok()?,
            previous: bytes.get(24..40)?.try_into().ok()?,
            next: bytes.get(40..56).and_then(|salt| salt.try_into().ok()),
        })
    }
}

impl Routing {
    #[must_use]
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == id)
    }

    /// The workspace's IANA zone.
    #[must_use]
    pub fn zone(&self, workspace: WorkspaceId) -> Option<&str> {
        let mut zones = self.zones.iter();
        zones
            .find(|(id, _)| *id == workspace)
            .map(|(_, zone)| zone.as_str())
    }
}

impl App {
    /// Reads what the hot path needs, publishes it and waits until this node's hot path answers
    /// by it, so that a link works as soon as its maker is told of it.
    pub(crate) async fn refresh_routing(&self) -> Result<(), AppError> {
        let _turn = self.inner.set_up.lock().await;
        let routing = Arc::new(read_routing(&self.inner.store).await?);
        let mut served = self.inner.served.subscribe();
        self.inner.routing.send_replace(Arc::clone(&routing));
        tokio::select! {
            _ = served.wait_for(|now| Arc::ptr_eq(now, &routing)) => {}
            () = self.inner.routing.closed() => {}
        }
        Ok(())
    }

    /// The salt of visitors in web-server logs, made once: the same lines give the same visitors
    /// at every import, and nobody outside can try out whose they are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn history_salt(&self) -> Result<[u8; 16], AppError> {
        let mut tx = self.inner.store.begin().await?;
        let stored = meta::find_meta(&mut tx, HISTORY_SALT_KEY).await?;
        if let Some(salt) = stored.and_then(|bytes| bytes.try_into().ok()) {
            return Ok(salt);
        }
        let salt = surroundings::random::<16>(self.inner.surroundings.as_ref());
        meta::put_meta(&mut tx, HISTORY_SALT_KEY, &salt).await?;
        tx.commit().await?;
        Ok(salt)
    }

    /// The salts of cookieless visitors; makes a new one for each day and destroys the oldest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn daily_salts(&self) -> Result<DailySalts, AppError> {
        let surroundings = self.inner.surroundings.as_ref();
        daily_salts(&self.inner.store, surroundings, self.this_node().company).await
    }
}

/// Reads what the hot path needs.
///
/// # Errors
/// When the store fails.
pub async fn read_routing(store: &Store) -> Result<Routing, AppError> {
    let mut connection = store.read().await?;
    let all = workspaces::list_workspaces(&mut connection).await?;
    let keys = api_keys::list_all_api_keys(&mut connection).await?;
    Ok(Routing {
        sites: sites::list_all_sites(&mut connection).await?,
        links: links::list_all_links(&mut connection).await?,
        keys: keys.iter().filter_map(key_route).collect(),
        zones: all
            .into_iter()
            .map(|w| (w.id, w.details.time_zone))
            .collect(),
    })
}

/// As [`App::daily_salts`], for a node without the rest of the program. Where nodes share the
/// store, the next day's is made ahead.
///
/// # Errors
/// When the store fails.
pub async fn daily_salts(
    store: &Store,
    surroundings: &dyn Surroundings,
    company: Company,
) -> Result<DailySalts, AppError> {
    let fresh = || surroundings::random::<16>(surroundings);
    let now = surroundings.now();
    let mut tx = store.begin().await?;
    let stored = meta::find_meta(&mut tx, meta::SALTS_KEY)
        .await?
        .and_then(|bytes| DailySalts::from_bytes(&bytes));
    let mut salts = match stored {
        Some(salts) => salts.at(now, fresh),
        None => DailySalts {
            day: day_of(now),
            current: fresh(),
            previous: fresh(),
            next: None,
        },
    };
    if company == Company::Shared && salts.next.is_none() {
        salts.next = Some(fresh());
    }
    if stored != Some(salts) {
        meta::put_meta(&mut tx, meta::SALTS_KEY, &salts.to_bytes()).await?;
    }
    tx.commit().await?;
    if stored.is_none_or(|stored| stored.day != salts.day) {
        // Until then the file's log has the day before yesterday's.
        store.empty_log().await?;
    }
    Ok(salts)
}

/// The day of a moment, by UTC.
#[must_use]
pub fn day_of(now: UnixMillis) -> i64 {
    now.0.div_euclid(SALT_DAY_MS)
}

fn key_route(key: &api_keys::KeyDigest) -> Option<KeyRoute> {
    let mut scopes = key.scopes.iter();
    let has_scope = scopes.any(|scope| scope == "events" || scope == "all");
    let role = key.role.as_deref().map(Role::from_name);
    let has_role = role.is_none_or(|role| {
        // A role of another version grants nothing.
        role.is_some_and(|role| role.has(Permission::WriteEvents))
    });
    let events = has_scope && has_role;
    let digest = key.key_hash.as_slice().try_into().ok()?;
    Some(KeyRoute {
        digest,
        workspace: key.workspace_id,
        events,
        expires_at: key.expires_at,
    })
}
