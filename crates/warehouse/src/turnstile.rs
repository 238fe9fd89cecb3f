//! Questions are held back while rows stand twice: an engine without transactions has a person's
//! rows under the old and the new name for a while.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};

/// Lets many ask, or one change.
#[derive(Default)]
pub(crate) struct Turnstile {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    asking: usize,
    is_held: bool,
}

/// Somebody asks while this lives.
pub(crate) struct Asking<'a>(&'a Turnstile);

/// Nobody asks while this lives.
pub(crate) struct Holding<'a>(&'a Turnstile);

impl Turnstile {
    /// # Errors
    /// When nobody may ask for longer than `timeout`.
    pub(crate) fn ask(&self, timeout: Duration) -> Result<Asking<'_>> {
        let waiting = self
            .changed
            .wait_timeout_while(self.state(), timeout, |state| state.is_held);
        let (mut state, waited) = waiting.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && state.is_held {
            let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
            return Err(Error::TimedOut { timeout_ms });
        }
        state.asking += 1;
        Ok(Asking(self))
    }

    /// Waits for whoever asks to have an answer.
    pub(crate) fn hold(&self) -> Holding<'_> {
        let mut state = self.state();
        state.is_held = true;
        let waiting = self.changed.wait_while(state, |state| state.asking > 0);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
        Holding(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.state().asking -= 1;
        self.0.changed.notify_all();
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.state().is_held = false;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_asks_while_it_is_held_and_whoever_holds_waits_for_answers() {
        let turnstile = Turnstile::default();
        let asking = turnstile.ask(Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let holder = scope.spawn(|| drop(turnstile.hold()));
            while !turnstile.state().is_held {
                std::thread::yield_now();
            }
            assert!(!holder.is_finished());
            let refused = turnstile.ask(Duration::ZERO);
            assert!(matches!(refused, Err(Error::TimedOut { .. })));
            drop(asking);
        });
        turnstile.ask(Duration::ZERO).unwrap();
    }
}
