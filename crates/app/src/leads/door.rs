//! The public door for forms of a site: no key, but only from the site's own pages.

use base::WorkspaceId;
use domain::source::{same_site, split_url};

use crate::{Actor, App, AppError};

/// A site whose forms may send leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSite {
    workspace: WorkspaceId,
    domain: String,
    hosts: Vec<String>,
}

impl App {
    /// The site with this public key, as it was last published.
    ///
    /// # Errors
    /// When no site in use has the key.
    pub fn form_site(&self, public_key: &str) -> Result<FormSite, AppError> {
        let routing = self.inner.routing.borrow();
        let mut sites = routing.sites.iter();
        let site =
            sites.find(|site| site.archived_at.is_none() && site.details.public_key == public_key);
        let site = site.ok_or(AppError::NotFound { what: "site" })?;
        Ok(FormSite {
            workspace: site.workspace_id,
            domain: site.details.domain.clone(),
            hosts: site.details.allowed_hosts.clone(),
        })
    }
}

impl FormSite {
    /// Acts for the site, whoever filled the form in.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::system(self.workspace)
    }

    /// Whether an address is on the site's own pages.
    #[must_use]
    pub fn owns(&self, address: &str) -> bool {
        let Some(parts) = split_url(address) else {
            return false;
        };
        matches!(parts.scheme.as_ref(), "http" | "https") && self.allows(&parts.host)
    }

    /// Where a visitor is sent who came from no page that we know.
    #[must_use]
    pub fn home(&self) -> String {
        format!("https://{}/", self.domain)
    }

    fn allows(&self, host: &str) -> bool {
        let allowed = |known: &String| match known.strip_prefix("*.") {
            Some(parent) => is_below(host, parent),
            None => same_site(host, known),
        };
        same_site(host, &self.domain) || self.hosts.iter().any(allowed)
    }
}

fn is_below(host: &str, parent: &str) -> bool {
    let rest = host.strip_suffix(parent);
    same_site(host, parent) || rest.is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sites_own_pages_are_its_own() {
        let site = FormSite {
            workspace: WorkspaceId(1),
            domain: "shop.example".to_owned(),
            hosts: vec!["*.shops.example".to_owned()],
        };
        let own = |address| site.owns(address);
        assert!(own("https://www.shop.example/thanks"));
        assert!(own("https://warsaw.shops.example"));
        for other in [
            "https://evil.example/shop.example",
            "https://evilshops.example/",
            "https://shop.example@evil.example/",
            "javascript://shop.example/",
            "//shop.example/",
            "null",
            "",
        ] {
            assert!(!own(other), "{other}");
        }
    }
}
