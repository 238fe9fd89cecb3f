//! What the hot path routes by, read from the store and published whole.

use std::sync::Arc;

use base::{SiteId, UnixMillis, WorkspaceId};
use store::links::Link;
use store::sites::Site;
use store::{api_keys, links, meta, sites, workspaces};

use crate::{App, AppError, surroundings};

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

/// The salts of today and yesterday; older ones are destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailySalts {
    pub current: [u8; 16],
    pub previous: [u8; 16],
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
    /// Reads what the hot path needs and publishes it.
    pub(crate) async fn refresh_routing(&self) -> Result<(), AppError> {
        let _turn = self.inner.set_up.lock().await;
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        let keys = api_keys::list_all_api_keys(&mut connection).await?;
        let routing = Routing {
            sites: sites::list_all_sites(&mut connection).await?,
            links: links::list_all_links(&mut connection).await?,
            keys: keys.iter().filter_map(key_route).collect(),
            zones: all
                .into_iter()
                .map(|w| (w.id, w.details.time_zone))
                .collect(),
        };
        self.inner.routing.send_replace(Arc::new(routing));
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
        let today = self.now().0.div_euclid(SALT_DAY_MS);
        let mut tx = self.inner.store.begin().await?;
        let stored = meta::find_meta(&mut tx, meta::SALTS_KEY)
            .await?
            .and_then(|bytes| parse(&bytes));
        let fresh = || surroundings::random::<16>(self.inner.surroundings.as_ref());
        let (day, salts) = match stored {
            // A clock that was set back over midnight keeps the salts; one that had run far ahead
            // does not, or they would stay until it gets there again.
            Some((day, salts)) if day == today || day == today + 1 => (day, salts),
            Some((day, salts)) if day == today - 1 => (
                today,
                DailySalts {
                    current: fresh(),
                    previous: salts.current,
                },
            ),
            _ => (
                today,
                DailySalts {
                    current: fresh(),
                    previous: fresh(),
                },
            ),
        };
        let is_new_day = stored.is_none_or(|(known, _)| known != day);
        if is_new_day {
            let mut bytes = day.to_le_bytes().to_vec();
            bytes.extend(salts.current);
            bytes.extend(salts.previous);
            meta::put_meta(&mut tx, meta::SALTS_KEY, &bytes).await?;
        }
        tx.commit().await?;
        if is_new_day {
            // Until then the file's log has the day before yesterday's.
            self.inner.store.empty_log().await?;
        }
        Ok(salts)
    }
}

fn key_route(key: &api_keys::KeyDigest) -> Option<KeyRoute> {
    let events = key
        .scopes
        .iter()
        .any(|scope| scope == "events" || scope == "all");
    let digest = key.key_hash.as_slice().try_into().ok()?;
    Some(KeyRoute {
        digest,
        workspace: key.workspace_id,
        events,
        expires_at: key.expires_at,
    })
}

fn parse(bytes: &[u8]) -> Option<(i64, DailySalts)> {
    let day = i64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
    let current = bytes.get(8..24)?.try_into().ok()?;
    let previous = bytes.get(24..40)?.try_into().ok()?;
    Some((day, DailySalts { current, previous }))
}
