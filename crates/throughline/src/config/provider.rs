//! Settings of the provider of identities.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::{GroupRole, ProviderSettings};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::Unshown;
use super::check::wrong;

const SECTION: &str = "provider";
/// Without it a provider tells nothing of who somebody is.
const NEEDED_SCOPE: &str = "openid";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    name: String,
    pub(crate) issuer: String,
    client_id: String,
    client_secret: Unshown,
    client_secret_file: PathBuf,
    client_secret_command: String,
    scopes: Vec<String>,
    groups_claim: String,
    roles: Vec<String>,
    second_factors: Vec<String>,
    makes_people: bool,
}

impl Provider {
    /// # Errors
    /// Names the setting, its value, and what the documented defaults say of it.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.issuer.is_empty() {
            return Ok(());
        }
        let is_address = ["https://", "http://"]
            .iter()
            .any(|scheme| self.issuer.starts_with(scheme));
        if !is_address {
            let why = "it begins neither with https:// nor with http://";
            return Err(wrong(SECTION, "issuer", &self.issuer, why));
        }
        for (key, value) in [("name", &self.name), ("client_id", &self.client_id)] {
            if value.trim().is_empty() {
                return Err(wrong(SECTION, key, value, "a provider needs one"));
            }
        }
        if !self.scopes.iter().any(|scope| scope == NEEDED_SCOPE) {
            let why = "\"openid\" is not among them";
            return Err(wrong(SECTION, "scopes", &self.scopes.join(","), why));
        }
        for rule in &self.roles {
            if let Err(why) = rule.parse::<GroupRole>() {
                return Err(wrong(SECTION, "roles", rule, &why));
            }
        }
        Ok(())
    }

    /// The provider as the program works with it, its secret read from where it is; `None` where
    /// there is none.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub(crate) async fn settings(&self) -> anyhow::Result<Option<ProviderSettings>> {
        if self.issuer.is_empty() {
            return Ok(None);
        }
        let roles: Result<Vec<GroupRole>, String> =
            self.roles.iter().map(|rule| rule.parse()).collect();
        Ok(Some(ProviderSettings {
            name: self.name.trim().to_owned(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.secret().await?,
            scopes: self.scopes.clone(),
            groups_claim: self.groups_claim.clone(),
            roles: roles.map_err(anyhow::Error::msg)?,
            second_factors: self.second_factors.clone(),
            makes_people: self.makes_people,
        }))
    }

    async fn secret(&self) -> anyhow::Result<Zeroizing<String>> {
        let text = if !self.client_secret.0.is_empty() {
            Zeroizing::new(self.client_secret.0.clone())
        } else if !self.client_secret_command.is_empty() {
            let command = &self.client_secret_command;
            crate::command_output::printed(command, "provider.client_secret_command").await?
        } else if !self.client_secret_file.as_os_str().is_empty() {
            read(&self.client_secret_file)?
        } else {
            return Ok(Zeroizing::default());
        };
        let secret = Zeroizing::new(text.trim().to_owned());
        if secret.is_empty() {
            bail!("the secret of [provider] is empty");
        }
        Ok(secret)
    }
}

fn read(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("failed to read {}", path.display()))?;
    Ok(Zeroizing::new(text))
}
