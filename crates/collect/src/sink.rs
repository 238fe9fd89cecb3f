//! Where facts go to become durable, and how a fact is written down.

use std::future::Future;

use base::Fact;
use bytes::Bytes;

/// The durable log, as far as the hot path knows it.
pub trait Sink: Send + Sync {
    /// Resolves once the payload would survive a crash.
    fn append(&self, payload: Bytes) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Resolves once the payload is taken over, perhaps before it is durable. Used for page views
    /// where the operator prefers speed; a sink without such a path waits for durability.
    fn enqueue(&self, payload: Bytes) -> impl Future<Output = Result<(), SinkError>> + Send {
        self.append(payload)
    }
}

/// Why a payload was not made durable. The sender is told to come again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    #[error("the intake queue is full")]
    Full,
    #[error("the intake log is closed")]
    Closed,
    #[error("the intake log failed: {0}")]
    Failed(String),
}

/// A payload that is no fact, or a fact that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("a fact could not be encoded or decoded")]
pub struct FactCodecError(#[from] postcard::Error);

/// A fact as a journal payload.
///
/// # Errors
/// When the fact cannot be written; it never fails for facts made by this crate.
pub fn encode_fact(fact: &Fact) -> Result<Bytes, FactCodecError> {
    Ok(postcard::to_stdvec(fact)?.into())
}

/// A journal payload as a fact.
///
/// # Errors
/// When the payload is no fact.
pub fn decode_fact(payload: &[u8]) -> Result<Fact, FactCodecError> {
    Ok(postcard::from_bytes(payload)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_payload_panics(payload: Vec<u8>) {
            let _ = decode_fact(&payload);
        }
    }
}
