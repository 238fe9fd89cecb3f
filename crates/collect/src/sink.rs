//! Where facts go to become durable.

use std::future::Future;

/// The durable log, as far as the hot path knows it.
pub trait Sink: Send + Sync {
    /// Resolves once the payload would survive a crash.
    fn append(&self, payload: &[u8]) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Resolves once the payload is taken over, perhaps before it is durable. Used for page views
    /// where the operator prefers speed; a sink without such a path waits for durability.
    fn enqueue(&self, payload: &[u8]) -> impl Future<Output = Result<(), SinkError>> + Send {
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
