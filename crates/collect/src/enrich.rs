//! What a request says about its sender: browser, system, device, country, machine or person.

mod agent;
mod bots;
mod country;
mod spam;
mod uap;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use base::{Agent, BotReason, Country};
use quick_cache::sync::Cache;

pub use country::{CountryTable, EnrichError};
pub(crate) use spam::is_spam;

/// User agents whose verdict is remembered; parsing one costs a thousand times a look-up.
const AGENTS_MAX: usize = 20_000;
/// The part of a user agent that is looked at.
const AGENT_BYTES_MAX: usize = 512;

/// What a user agent says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentInfo {
    pub agent: Agent,
    pub bot: Option<BotReason>,
}

/// Looks up agents and countries; patterns are compiled at the first user agent.
#[derive(Debug)]
pub struct Enricher {
    agents: Cache<Box<str>, Arc<AgentInfo>>,
    countries: CountryTable,
}

impl Enricher {
    /// With the embedded country table.
    ///
    /// # Errors
    /// When the embedded table is damaged.
    pub fn new() -> Result<Self, EnrichError> {
        Ok(Self {
            agents: Cache::new(AGENTS_MAX),
            countries: CountryTable::embedded()?,
        })
    }

    /// With an operator's MMDB file that names countries.
    ///
    /// # Errors
    /// When the file cannot be read or is no MMDB.
    pub fn with_country_file(path: &Path) -> Result<Self, EnrichError> {
        Ok(Self {
            agents: Cache::new(AGENTS_MAX),
            countries: CountryTable::open(path)?,
        })
    }

    /// Browser, system, device and whether this is a machine.
    #[must_use]
    pub fn agent(&self, user_agent: &str) -> Arc<AgentInfo> {
        let end = user_agent.floor_char_boundary(AGENT_BYTES_MAX);
        let user_agent = user_agent[..end].trim();
        if let Some(known) = self.agents.get(user_agent) {
            return known;
        }
        let info = Arc::new(agent::describe(user_agent));
        self.agents.insert(user_agent.into(), Arc::clone(&info));
        info
    }

    #[must_use]
    pub fn country(&self, address: IpAddr) -> Country {
        self.countries.find(address)
    }

    /// Compiles the patterns now, so that the first visitor does not wait for them.
    pub fn warm_up(&self) {
        let _ = self
            .agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36");
    }
}
