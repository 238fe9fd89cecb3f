//! Sites: whose visits are collected, and by which addresses.

use base::SiteId;
use domain::search::SEARCH_PARAMETERS;
use domain::source::{ascii_host, shown_host};
use serde_json::{Value, json};
use store::sites::{self, Site, SiteDetails};

use crate::audit::{Act, changes};
use crate::people::{check_name, one_of};
use crate::{Actor, App, AppError, Permission, surroundings};

/// Letters of a site's public key and of its own paths.
const TOKEN_CHARS: usize = 12;
const HOSTS_MAX: usize = 100;
/// One's own computer.
const LOCAL: [&str; 2] = ["localhost", "127.0.0.1"];
const SEARCH_PARAMETERS_MAX: usize = 20;
const SEARCH_PARAMETER_BYTES_MAX: usize = 50;
/// What they are called in a site's settings.
const SEARCH: &str = "search_parameters";
/// A running visit goes on, or the next hit opens another.
const VISIT_ENDS: [&str; 2] = ["same_visit", "new_visit"];

/// What the owner says of a site.
#[derive(Debug, Clone)]
pub struct SiteInput {
    pub name: String,
    pub domain: String,
    pub allowed_hosts: Vec<String>,
    /// `cookie`, `cookieless` or `ask`.
    pub consent_mode: String,
    /// What a landing from another campaign does to a running visit.
    pub on_campaign_change: String,
    /// What midnight in the workspace's zone does to a running visit.
    pub at_midnight: String,
    /// Parameters of a page's address that say what was looked for on the site; the usual ones
    /// where absent.
    pub search_parameters: Option<Vec<String>>,
}

/// What changes about a site; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct SitePatch {
    pub name: Option<String>,
    pub domain: Option<String>,
    pub allowed_hosts: Option<Vec<String>>,
    pub consent_mode: Option<String>,
    pub on_campaign_change: Option<String>,
    pub at_midnight: Option<String>,
    pub search_parameters: Option<Vec<String>>,
}

impl App {
    /// # Errors
    /// When a field is wrong, or another site has the domain.
    pub async fn create_site(&self, actor: &Actor, input: &SiteInput) -> Result<Site, AppError> {
        actor.require(Permission::EditTracking)?;
        let token = || surroundings::short_token(self.inner.surroundings.as_ref(), TOKEN_CHARS);
        let details = SiteDetails {
            public_key: token(),
            script_path: format!("/{}.js", token()),
            events_path: format!("/{}", token()),
            ..checked(input)?
        };
        let mut tx = self.inner.store.begin_work().await?;
        require_own_domain(&mut tx, actor, None, &details.domain).await?;
        let id = sites::insert_site(&mut tx, actor.workspace, self.now(), &details).await?;
        let site = sites::load_site(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::SiteCreated,
            id,
            json!({"domain": &details.domain}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.refresh_routing().await?;
        Ok(site)
    }

    /// # Errors
    /// When the store cannot be read.
    pub async fn list_sites(&self, actor: &Actor) -> Result<Vec<Site>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(sites::list_sites(&mut connection, actor.workspace).await?)
    }

    /// # Errors
    /// When the workspace has no such site.
    pub async fn site(&self, actor: &Actor, id: SiteId) -> Result<Site, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(sites::load_site(&mut connection, actor.workspace, id).await?)
    }

    /// Changes the site as it was read at `version`; its key and addresses stay.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_site(
        &self,
        actor: &Actor,
        id: SiteId,
        version: i64,
        patch: SitePatch,
    ) -> Result<Site, AppError> {
        actor.require(Permission::EditTracking)?;
        let mut tx = self.inner.store.begin().await?;
        let current = sites::load_site(&mut tx, actor.workspace, id)
            .await?
            .details;
        let before = current.clone();
        let input = SiteInput {
            name: patch.name.unwrap_or(current.name),
            domain: patch.domain.unwrap_or(current.domain),
            allowed_hosts: patch.allowed_hosts.unwrap_or(current.allowed_hosts),
            consent_mode: patch.consent_mode.unwrap_or(current.consent_mode),
            on_campaign_change: patch
                .on_campaign_change
                .unwrap_or(current.on_campaign_change),
            at_midnight: patch.at_midnight.unwrap_or(current.at_midnight),
            search_parameters: patch
                .search_parameters
                .or_else(|| Some(search_parameters(&current.settings))),
        };
        let details = SiteDetails {
            public_key: current.public_key,
            script_path: current.script_path,
            events_path: current.events_path,
            ..checked(&input)?
        };
        require_own_domain(&mut tx, actor, Some(id), &details.domain).await?;
        sites::update_site(&mut tx, actor.workspace, id, version, &details).await?;
        let site = sites::load_site(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::SiteChanged,
            id,
            changes(&before, &details),
        )
        .await?;
        tx.commit().await?;
        self.refresh_routing().await?;
        Ok(site)
    }

    /// Stops collecting for the site; its history stays.
    ///
    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn archive_site(
        &self,
        actor: &Actor,
        id: SiteId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::EditTracking)?;
        let mut tx = self.inner.store.begin().await?;
        sites::load_site(&mut tx, actor.workspace, id).await?;
        sites::archive_site(&mut tx, actor.workspace, id, version, self.now()).await?;
        self.note(&mut tx, actor, Act::SiteArchived, id, json!({}))
            .await?;
        tx.commit().await?;
        self.refresh_routing().await
    }
}

/// Two sites of one domain would each see a part of its visits. On one's own computer each port
/// may be another site.
async fn require_own_domain(
    tx: &mut store::Tx,
    actor: &Actor,
    own: Option<SiteId>,
    domain: &str,
) -> Result<(), AppError> {
    if LOCAL.contains(&domain) {
        return Ok(());
    }
    let sites = sites::list_sites(tx, actor.workspace).await?;
    let is_taken = |site: &Site| Some(site.id) != own && site.details.domain == domain;
    if sites.iter().any(is_taken) {
        return Err(AppError::Conflict {
            code: "domain_taken",
            field: Some("domain".to_owned()),
            detail: format!("another site has the domain {}", shown_host(domain)),
        });
    }
    Ok(())
}

/// Parameters of a page's address that say what was looked for on the site.
#[must_use]
pub fn search_parameters(settings: &Value) -> Vec<String> {
    let text = |name: &Value| name.as_str().map(str::to_owned);
    match settings[SEARCH].as_array() {
        Some(told) => told.iter().filter_map(text).collect(),
        None => SEARCH_PARAMETERS.map(str::to_owned).to_vec(),
    }
}

fn checked(input: &SiteInput) -> Result<SiteDetails, AppError> {
    let domain = domain(&input.domain)?;
    if input.allowed_hosts.len() > HOSTS_MAX {
        let detail = format!("at most {HOSTS_MAX} hosts");
        return Err(AppError::invalid("allowed_hosts", "too_many", detail));
    }
    let allowed_hosts = input
        .allowed_hosts
        .iter()
        .map(|name| host("allowed_hosts", name))
        .collect::<Result<Vec<_>, _>>()?;
    one_of(
        "consent_mode",
        &input.consent_mode,
        &["cookie", "cookieless", "ask"],
    )?;
    one_of("on_campaign_change", &input.on_campaign_change, &VISIT_ENDS)?;
    one_of("at_midnight", &input.at_midnight, &VISIT_ENDS)?;
    let name = check_name("name", &input.name)?;
    Ok(SiteDetails {
        name: if name.is_empty() {
            shown_host(&domain)
        } else {
            name
        },
        domain,
        allowed_hosts,
        consent_mode: input.consent_mode.clone(),
        public_key: String::new(),
        script_path: String::new(),
        events_path: String::new(),
        settings: settings(input)?,
        on_campaign_change: input.on_campaign_change.clone(),
        at_midnight: input.at_midnight.clone(),
    })
}

fn settings(input: &SiteInput) -> Result<Value, AppError> {
    let Some(told) = &input.search_parameters else {
        return Ok(json!({}));
    };
    let mut names: Vec<&str> = told.iter().map(|name| name.trim()).collect();
    names.retain(|name| !name.is_empty());
    let is_long = |name: &&str| name.len() > SEARCH_PARAMETER_BYTES_MAX;
    if names.len() > SEARCH_PARAMETERS_MAX || names.iter().any(is_long) {
        let detail =
            format!("at most {SEARCH_PARAMETERS_MAX} names of {SEARCH_PARAMETER_BYTES_MAX} bytes");
        return Err(AppError::invalid(SEARCH, "too_many", detail));
    }
    match names == SEARCH_PARAMETERS {
        true => Ok(json!({})),
        false => Ok(json!({ SEARCH: names })),
    }
}

/// A site's own host: one name without a dot is a word, except on one's own computer.
fn domain(text: &str) -> Result<String, AppError> {
    let host = host("domain", text)?;
    let labels = host.split('.').filter(|label| !label.is_empty()).count();
    if LOCAL.contains(&host.as_str()) || (labels > 1 && !host.contains('*')) {
        return Ok(host);
    }
    let detail = format!("{text:?} is not a domain such as shop.example");
    Err(AppError::invalid("domain", "not_a_domain", detail))
}

/// A host as browsers send it; people paste whole addresses, so scheme and path are cut off.
fn host(field: &'static str, text: &str) -> Result<String, AppError> {
    let text = text.trim().to_lowercase();
    let bare = text
        .split_once("://")
        .map_or(text.as_str(), |(_, rest)| rest);
    let bare = bare.split(['/', '?', '#']).next().unwrap_or_default();
    let bare = bare.split_once(':').map_or(bare, |(name, _)| name);
    let bare = ascii_host(bare);
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'*');
    if !bare.is_empty() && bare.len() <= 253 && bare.bytes().all(legal) {
        return Ok(bare.into_owned());
    }
    Err(AppError::invalid(
        field,
        "not_a_host",
        format!("{text:?} is not a host such as shop.example"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_kept_as_browsers_send_it() {
        for (typed, kept) in [
            (" https://Shop.Example:8443/a?b ", "shop.example"),
            ("Пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("*.żółty.pl", "*.xn--ty-4ja03asj.pl"),
            ("*", "*"),
        ] {
            assert_eq!(host("domain", typed).unwrap(), kept);
        }
        for wrong in ["", "a b", "a_b.example"] {
            assert!(host("domain", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_domain_is_more_than_a_word() {
        for right in [
            "shop.example",
            "localhost",
            "127.0.0.1",
            "https://пример.рф/a",
        ] {
            assert!(domain(right).is_ok(), "{right}");
        }
        for wrong in ["Shop", "shop.", "*", "*.shop.example"] {
            assert!(domain(wrong).is_err(), "{wrong}");
        }
    }
}
