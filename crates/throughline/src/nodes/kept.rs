//! What the hot path routes by, kept in a file: a node that takes in starts without the store.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use app::rows::{Link, LinkDetails, Site, SiteDetails};
use app::{DailySalts, KeyRoute, Routing, Shares};
use base::{LinkId, SiteId, UnixMillis, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Salts and digests of keys are nobody else's.
const MODE: u32 = 0o600;
const FORMAT: u32 = 1;

/// The set-up as of a moment.
pub(crate) struct Kept {
    pub(crate) read_at: UnixMillis,
    pub(crate) routing: Routing,
    pub(crate) salts: DailySalts,
    /// Among how many nodes limits are shared out.
    pub(crate) shares: Shares,
    /// The store has said that this node's name is another folder's.
    pub(crate) is_refused: bool,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    read_at_ms: i64,
    /// Absent in what an earlier version wrote.
    #[serde(default)]
    collectors: u32,
    #[serde(default)]
    is_refused: bool,
    salts: Vec<u8>,
    zones: Vec<(i64, String)>,
    keys: Vec<KeyShape>,
    sites: Vec<SiteShape>,
    links: Vec<LinkShape>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct KeyShape {
    digest: [u8; 32],
    workspace: i64,
    events: bool,
    expires_at_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct SiteShape {
    id: i64,
    workspace: i64,
    public_key: String,
    domain: String,
    allowed_hosts: Vec<String>,
    consent_mode: String,
    script_path: String,
    events_path: String,
    on_campaign_change: String,
    at_midnight: String,
    /// Absent in what an earlier version wrote.
    #[serde(default)]
    settings: Value,
}

#[derive(Serialize, Deserialize)]
struct LinkShape {
    id: i64,
    workspace: i64,
    slug: String,
    target: String,
    /// Source, medium, campaign, ad group, ad, keyword.
    tags: [String; 6],
}

/// The set-up that was kept last; nothing where none was.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Kept>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("failed to read {}", path.display()));
        }
    };
    let kept = parse(&bytes);
    kept.with_context(|| format!("{} holds no set-up", path.display()))
        .map(Some)
}

/// Puts the set-up in the place of the one before: a reader finds either.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn write(path: &Path, kept: &Kept) -> anyhow::Result<()> {
    let bytes = serde_json::to_vec(&shape(kept))?;
    let draft = path.with_extension("draft");
    let written = || -> std::io::Result<()> {
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(&draft)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    written().with_context(|| format!("failed to write {}", path.display()))
}

fn parse(bytes: &[u8]) -> anyhow::Result<Kept> {
    let document: Document = serde_json::from_slice(bytes)?;
    anyhow::ensure!(
        document.format == FORMAT,
        "it has the format {}",
        document.format
    );
    let salts = DailySalts::from_bytes(&document.salts).context("its salts are not whole")?;
    let zones = document.zones.into_iter();
    Ok(Kept {
        read_at: UnixMillis(document.read_at_ms),
        salts,
        shares: Shares {
            collectors: document.collectors.max(1),
            ..Shares::default()
        },
        is_refused: document.is_refused,
        routing: Routing {
            sites: document.sites.into_iter().map(site).collect(),
            links: document.links.into_iter().map(link).collect(),
            keys: document.keys.into_iter().map(key).collect(),
            zones: zones.map(|(id, zone)| (WorkspaceId(id), zone)).collect(),
        },
    })
}

fn shape(kept: &Kept) -> Document {
    let routing = &kept.routing;
    Document {
        format: FORMAT,
        read_at_ms: kept.read_at.0,
        collectors: kept.shares.collectors,
        is_refused: kept.is_refused,
        salts: kept.salts.to_bytes(),
        zones: routing
            .zones
            .iter()
            .map(|(id, zone)| (id.0, zone.clone()))
            .collect(),
        keys: routing.keys.iter().map(key_shape).collect(),
        sites: routing.sites.iter().map(site_shape).collect(),
        links: routing.links.iter().map(link_shape).collect(),
    }
}

fn key_shape(key: &KeyRoute) -> KeyShape {
    KeyShape {
        digest: key.digest,
        workspace: key.workspace.0,
        events: key.events,
        expires_at_ms: key.expires_at.map(|at| at.0),
    }
}

fn key(shape: KeyShape) -> KeyRoute {
    KeyRoute {
        digest: shape.digest,
        workspace: WorkspaceId(shape.workspace),
        events: shape.events,
        expires_at: shape.expires_at_ms.map(UnixMillis),
    }
}

fn site_shape(site: &Site) -> SiteShape {
    let details = site.details.clone();
    SiteShape {
        id: site.id.0,
        workspace: site.workspace_id.0,
        public_key: details.public_key,
        domain: details.domain,
        allowed_hosts: details.allowed_hosts,
        consent_mode: details.consent_mode,
        script_path: details.script_path,
        events_path: details.events_path,
        on_campaign_change: details.on_campaign_change,
        at_midnight: details.at_midnight,
        settings: details.settings,
    }
}

/// What taking in does not look at stays empty.
fn site(shape: SiteShape) -> Site {
    Site {
        id: SiteId(shape.id),
        workspace_id: WorkspaceId(shape.workspace),
        created_at: UnixMillis(0),
        archived_at: None,
        version: 0,
        details: SiteDetails {
            public_key: shape.public_key,
            name: String::new(),
            domain: shape.domain,
            allowed_hosts: shape.allowed_hosts,
            consent_mode: shape.consent_mode,
            script_path: shape.script_path,
            events_path: shape.events_path,
            settings: shape.settings,
            on_campaign_change: shape.on_campaign_change,
            at_midnight: shape.at_midnight,
        },
    }
}

fn link_shape(link: &Link) -> LinkShape {
    let details = link.details.clone();
    LinkShape {
        id: link.id.0,
        workspace: link.workspace_id.0,
        slug: details.slug,
        target: details.target,
        tags: [
            details.source,
            details.medium,
            details.campaign,
            details.ad_group,
            details.ad,
            details.keyword,
        ],
    }
}

fn link(shape: LinkShape) -> Link {
    let [source, medium, campaign, ad_group, ad, keyword] = shape.tags;
    Link {
        id: LinkId(shape.id),
        workspace_id: WorkspaceId(shape.workspace),
        created_at: UnixMillis(0),
        archived_at: None,
        version: 0,
        details: LinkDetails {
            slug: shape.slug,
            name: String::new(),
            target: shape.target,
            source,
            medium,
            campaign,
            ad_group,
            ad,
            keyword,
            settings: Value::Null,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn kept(slug: &str) -> Kept {
        let tags = ["google", "cpc", "spring", "", "", "shoes"].map(ToOwned::to_owned);
        let site_of = SiteShape {
            id: 3,
            workspace: 1,
            public_key: "k".to_owned(),
            domain: "shop.example".to_owned(),
            allowed_hosts: vec!["*.shop.example".to_owned()],
            consent_mode: "ask".to_owned(),
            script_path: "/s.js".to_owned(),
            events_path: "/e".to_owned(),
            on_campaign_change: "new_visit".to_owned(),
            at_midnight: "same_visit".to_owned(),
            settings: serde_json::json!({"search_parameters": ["find"]}),
        };
        Kept {
            read_at: UnixMillis(5),
            salts: DailySalts {
                day: 9,
                current: [1; 16],
                previous: [2; 16],
                next: Some([3; 16]),
            },
            shares: Shares {
                collectors: 3,
                doors: 1,
            },
            is_refused: true,
            routing: Routing {
                sites: vec![site(site_of)],
                links: vec![link(LinkShape {
                    id: 4,
                    workspace: 1,
                    slug: slug.to_owned(),
                    target: "https://shop.example/".to_owned(),
                    tags,
                })],
                keys: vec![KeyRoute {
                    digest: [7; 32],
                    workspace: WorkspaceId(1),
                    events: true,
                    expires_at: Some(UnixMillis(8)),
                }],
                zones: vec![(WorkspaceId(1), "Europe/Warsaw".to_owned())],
            },
        }
    }

    #[test]
    fn what_is_kept_is_read_again_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("routing.json");
        assert!(read(&path).unwrap().is_none());
        for slug in ["first", "second"] {
            write(&path, &kept(slug)).unwrap();
            let back = read(&path).unwrap().unwrap();
            assert_eq!(
                format!("{:?}", back.routing),
                format!("{:?}", kept(slug).routing)
            );
            assert_eq!(
                (back.salts, back.shares, back.read_at),
                (kept(slug).salts, kept(slug).shares, UnixMillis(5))
            );
            assert!(back.is_refused);
        }
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, MODE);
        fs::write(&path, &fs::read(&path).unwrap()[..40]).unwrap();
        assert!(read(&path).is_err());
    }
}
