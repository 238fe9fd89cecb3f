//! One group of entries on its way to the disk, and those who wait for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::JournalError;

const GATHERING: u8 = 0;
const DURABLE: u8 = 1;
const FAILED: u8 = 2;

/// Shared by the writer and everyone whose entry is in the group.
#[derive(Default)]
pub(crate) struct Group {
    state: AtomicU8,
    waiting: Mutex<Vec<Waker>>,
}

/// Resolves when the entry is durable, or when it cannot become so.
#[must_use = "an entry is durable only when this has resolved"]
pub struct Ack(pub(crate) Arc<Group>);

impl Group {
    pub(crate) fn finish(&self, result: Result<(), ()>) {
        let state = if result.is_ok() { DURABLE } else { FAILED };
        let waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            self.state.store(state, Ordering::Release);
            std::mem::take(&mut *waiting)
        };
        for waker in waiting {
            waker.wake();
        }
    }

    fn result(&self) -> Option<Result<(), JournalError>> {
        match self.state.load(Ordering::Acquire) {
            DURABLE => Some(Ok(())),
            FAILED => Some(Err(JournalError::NotDurable)),
            _ => None,
        }
    }
}

impl Future for Ack {
    type Output = Result<(), JournalError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(result) = self.0.result() {
            return Poll::Ready(result);
        }
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The writer takes the list after it has set the state, so look once more under the lock.
        if let Some(result) = self.0.result() {
            return Poll::Ready(result);
        }
        waiting.push(context.waker().clone());
        Poll::Pending
    }
}

const _: () = assert!(GATHERING == 0, "a new group gathers");
