//! Click links: an address of ours that leads to a target and says where the click came from.

use base::LinkId;
use domain::target::LinkTarget;
use serde_json::json;
use store::links::{self, Link, LinkDetails};
use store::{Page, PageRequest};

use crate::audit::{Act, changes};
use crate::people::check_name;
use crate::{Actor, App, AppError, Permission, surroundings};

const SLUG_CHARS_MAX: usize = 100;
const RANDOM_SLUG_CHARS: usize = 8;
const TARGET_BYTES_MAX: usize = 2_000;
const TAG_CHARS_MAX: usize = 200;

/// What the owner says of a link.
#[derive(Debug, Clone, Default)]
pub struct LinkInput {
    /// Random when absent.
    pub slug: Option<String>,
    pub name: String,
    pub target: String,
    pub source: String,
    pub medium: String,
    pub campaign: String,
    pub ad_group: String,
    pub ad: String,
    pub keyword: String,
}

/// What changes about a link; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct LinkPatch {
    pub slug: Option<String>,
    pub name: Option<String>,
    pub target: Option<String>,
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub ad_group: Option<String>,
    pub ad: Option<String>,
    pub keyword: Option<String>,
    /// Whether it is out of use; a click on it then meets the fallback.
    pub archived: Option<bool>,
}

impl LinkPatch {
    fn on(self, details: LinkDetails) -> LinkInput {
        LinkInput {
            slug: Some(self.slug.unwrap_or(details.slug)),
            name: self.name.unwrap_or(details.name),
            target: self.target.unwrap_or(details.target),
            source: self.source.unwrap_or(details.source),
            medium: self.medium.unwrap_or(details.medium),
            campaign: self.campaign.unwrap_or(details.campaign),
            ad_group: self.ad_group.unwrap_or(details.ad_group),
            ad: self.ad.unwrap_or(details.ad),
            keyword: self.keyword.unwrap_or(details.keyword),
        }
    }
}

impl App {
    /// # Errors
    /// When a field is wrong or the slug is taken.
    pub async fn create_link(&self, actor: &Actor, input: &LinkInput) -> Result<Link, AppError> {
        actor.require(Permission::EditTracking)?;
        let slug = match &input.slug {
            Some(slug) => check_slug(slug)?,
            None => surroundings::short_token(self.inner.surroundings.as_ref(), RANDOM_SLUG_CHARS),
        };
        let details = checked(input, slug)?;
        let mut tx = self.inner.store.begin_work().await?;
        let id = links::insert_link(&mut tx, actor.workspace, self.now(), &details).await?;
        let link = links::load_link(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::LinkCreated,
            id,
            json!({"slug": &details.slug}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.refresh_routing().await?;
        Ok(link)
    }

    /// # Errors
    /// When the store cannot be read.
    pub async fn list_links(
        &self,
        actor: &Actor,
        page: PageRequest,
    ) -> Result<Page<Link>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(links::list_links(&mut connection, actor.workspace, page).await?)
    }

    /// # Errors
    /// When the workspace has no such link.
    pub async fn link(&self, actor: &Actor, id: LinkId) -> Result<Link, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(links::load_link(&mut connection, actor.workspace, id).await?)
    }

    /// Changes the link as it was read at `version`; an archived one comes back this way.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_link(
        &self,
        actor: &Actor,
        id: LinkId,
        version: i64,
        patch: LinkPatch,
    ) -> Result<Link, AppError> {
        actor.require(Permission::EditTracking)?;
        let mut tx = self.inner.store.begin().await?;
        let current = links::load_link(&mut tx, actor.workspace, id).await?;
        let slug = match &patch.slug {
            Some(slug) => check_slug(slug)?,
            None => current.details.slug.clone(),
        };
        let before = current.details.clone();
        let settings = current.details.settings.clone();
        let archived_at = match patch.archived {
            None => current.archived_at,
            Some(true) => current.archived_at.or_else(|| Some(self.now())),
            Some(false) => None,
        };
        let details = LinkDetails {
            settings,
            ..checked(&patch.on(current.details), slug)?
        };
        links::update_link(&mut tx, actor.workspace, id, version, &details, archived_at).await?;
        let link = links::load_link(&mut tx, actor.workspace, id).await?;
        self.note(
            &mut tx,
            actor,
            Act::LinkChanged,
            id,
            changes(&before, &details),
        )
        .await?;
        tx.commit().await?;
        self.refresh_routing().await?;
        Ok(link)
    }

    /// Takes the link out of use; its clicks stay.
    ///
    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn archive_link(
        &self,
        actor: &Actor,
        id: LinkId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::EditTracking)?;
        let mut tx = self.inner.store.begin().await?;
        links::load_link(&mut tx, actor.workspace, id).await?;
        links::archive_link(&mut tx, actor.workspace, id, version, self.now()).await?;
        self.note(&mut tx, actor, Act::LinkArchived, id, json!({}))
            .await?;
        tx.commit().await?;
        self.refresh_routing().await
    }
}

fn checked(input: &LinkInput, slug: String) -> Result<LinkDetails, AppError> {
    let tag = |field: &'static str, text: &str| {
        let text = text.trim();
        if text.chars().count() > TAG_CHARS_MAX {
            let detail = format!("use at most {TAG_CHARS_MAX} characters");
            return Err(AppError::invalid(field, "too_long", detail));
        }
        Ok(text.to_owned())
    };
    Ok(LinkDetails {
        slug,
        name: check_name("name", &input.name)?,
        target: check_target(&input.target)?,
        source: tag("source", &input.source)?,
        medium: tag("medium", &input.medium)?,
        campaign: tag("campaign", &input.campaign)?,
        ad_group: tag("ad_group", &input.ad_group)?,
        ad: tag("ad", &input.ad)?,
        keyword: tag("keyword", &input.keyword)?,
        settings: json!({}),
    })
}

fn check_slug(slug: &str) -> Result<String, AppError> {
    let slug = slug.trim();
    let plain = slug
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if slug.is_empty() || slug.len() > SLUG_CHARS_MAX || !plain {
        let detail = "use letters, digits, '-', '_' and '.', at most 100";
        return Err(AppError::invalid("slug", "not_a_slug", detail));
    }
    Ok(slug.to_owned())
}

/// A redirect only ever leads to a web address that the owner stored. What is refused here would
/// be refused by the hot path too, so every link that is stored works.
fn check_target(target: &str) -> Result<String, AppError> {
    let target = target.trim();
    if target.len() > TARGET_BYTES_MAX {
        let detail = format!("use at most {TARGET_BYTES_MAX} bytes");
        return Err(AppError::invalid("target", "too_long", detail));
    }
    match LinkTarget::parse(target) {
        Ok(_) => Ok(target.to_owned()),
        Err(error) => Err(AppError::invalid("target", error.code(), error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &str, expected: &str) {
        let told = match check_target(target) {
            Ok(kept) => kept,
            Err(error) => error.to_string(),
        };
        assert_eq!(told, expected, "{target}");
    }

    #[test]
    fn a_target_is_stored_only_if_clicks_can_be_sent_there() {
        let good = "https://shop.example/{slug}?k={keyword}";
        check(good, good);
        check(" https://shop.example/ ", "https://shop.example/");
        let fixed = "target: write the host out: tokens may only stand behind it";
        check("https://{keyword}.example/", fixed);
        check("https://{host}/", fixed);
        let web = "target: begin with https:// or http://, and leave out spaces";
        check("javascript:alert(1)", web);
        check("https:///path", web);
        check("https://shop.example/red shoes", web);
        let long = format!("https://shop.example/{}", "a".repeat(TARGET_BYTES_MAX));
        check(&long, "target: use at most 2000 bytes");
    }
}
