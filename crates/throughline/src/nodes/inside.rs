//! What nodes are known to each other by: a token made from the key that all of them have.

use anyhow::Context as _;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::master_key::Source;

const PURPOSE: &str = "throughline 2026-11 nodes: token";

/// The token. Nothing shows it.
#[derive(Clone)]
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    /// `None` where no key is given: nobody comes in then, and nobody is asked.
    ///
    /// # Errors
    /// When the key cannot be had.
    pub(crate) async fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        let source = Source::given(&config.node.key()).context("node.key cannot be used")?;
        let Some(source) = source else {
            return Ok(None);
        };
        let failed = || "the key of the nodes cannot be had";
        let key = source.read().await.with_context(failed)?;
        let key = key.with_context(|| format!("the key of the nodes is not there: {source}"))?;
        let digits = key.derived(PURPOSE);
        let text = digits.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Self(Zeroizing::new(text))))
    }

    /// What a request carries.
    pub(crate) fn header(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", self.0.as_str()))
    }

    /// Whether a request carries it; says nothing by how long it takes.
    pub(crate) fn is_in(&self, header: &[u8]) -> bool {
        bool::from(self.header().as_bytes().ct_eq(header))
    }
}
