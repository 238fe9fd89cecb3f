//! One group of entries on its way to the disk, and those who wait for it.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::JournalError;

const GATHERING: u8 = 0;
const DURABLE: u8 = 1;
const FAILED: u8 = 2;

/// Waiters that the writer wakes itself; the first of them to run wakes the others.
///
/// Waking a task from outside its runtime takes a lock and often a system call; from inside it is
/// a push to the worker's own queue. Two, so that one that is stuck does not hold up the rest.
const LEADERS: usize = 2;

/// Shared by the writer and everyone whose entry is in the group.
#[derive(Default)]
pub(crate) struct Group {
    state: AtomicU8,
    /// The others were woken too, or someone is just doing it.
    spread: AtomicBool,
    /// A waiter that went away leaves its place empty.
    waiting: Mutex<VecDeque<Option<Waker>>>,
}

/// Resolves when the entry is durable, or when it cannot become so.
#[must_use = "an entry is durable only when this has resolved"]
pub struct Ack {
    group: Arc<Group>,
    /// Place among the waiters, once there is one.
    place: Option<usize>,
}

impl Group {
    pub(crate) fn finish(&self, result: Result<(), ()>) {
        let state = if result.is_ok() { DURABLE } else { FAILED };
        let leaders: [Option<Waker>; LEADERS] = {
            let mut waiting = self.waiting();
            self.state.store(state, Ordering::Release);
            std::array::from_fn(|_| next(&mut waiting))
        };
        leaders.into_iter().flatten().for_each(Waker::wake);
    }

    fn wake_the_others(&self) {
        if self.spread.swap(true, Ordering::AcqRel) {
            return;
        }
        let others = std::mem::take(&mut *self.waiting());
        others.into_iter().flatten().for_each(Waker::wake);
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Option<Waker>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn result(&self) -> Option<Result<(), JournalError>> {
        match self.state.load(Ordering::Acquire) {
            DURABLE => Some(Ok(())),
            FAILED => Some(Err(JournalError::NotDurable)),
            _ => None,
        }
    }
}

/// The next waiter that is still there.
fn next(waiting: &mut VecDeque<Option<Waker>>) -> Option<Waker> {
    std::iter::from_fn(|| waiting.pop_front()).flatten().next()
}

impl Ack {
    pub(crate) fn new(group: Arc<Group>) -> Self {
        Self { group, place: None }
    }
}

impl Future for Ack {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(result) = self.group.result() {
            self.place = None;
            self.group.wake_the_others();
            return Poll::Ready(result);
        }
        let group = Arc::clone(&self.group);
        let mut waiting = group.waiting();
        // The writer looks at the list after it has set the state, so look once more.
        if let Some(result) = group.result() {
            return Poll::Ready(result);
        }
        let waker = Some(context.waker().clone());
        if let Some(place) = self.place {
            waiting[place] = waker;
        } else {
            self.place = Some(waiting.len());
            waiting.push_back(waker);
        }
        Poll::Pending
    }
}

impl Drop for Ack {
    /// A waiter that goes away neither leads nor keeps the others waiting.
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let mut waiting = self.group.waiting();
        if self.group.result().is_none() {
            waiting[place] = None;
            return;
        }
        drop(waiting);
        self.group.wake_the_others();
    }
}

const _: () = assert!(GATHERING == 0, "a new group gathers");

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A waiter while it is there, and the bell that its waking rings.
    type Waiter = (Option<Ack>, Arc<Bell>);

    fn waiters(count: usize) -> (Arc<Group>, Vec<Waiter>) {
        let group = Arc::new(Group::default());
        let waiters = (0..count)
            .map(|_| {
                let (mut ack, bell) = (Ack::new(Arc::clone(&group)), Arc::new(Bell::default()));
                assert!(poll(&mut ack, &bell).is_pending());
                (Some(ack), bell)
            })
            .collect();
        (group, waiters)
    }

    fn poll(ack: &mut Ack, bell: &Arc<Bell>) -> Poll<Result<(), JournalError>> {
        let waker = Waker::from(Arc::clone(bell));
        Pin::new(ack).poll(&mut Context::from_waker(&waker))
    }

    /// Runs whoever was woken until nobody is; returns how many were acknowledged.
    fn run(waiters: &mut [Waiter]) -> usize {
        let mut done = 0;
        while let Some((slot, bell)) = waiters
            .iter_mut()
            .find(|(slot, bell)| slot.is_some() && bell.0.load(Ordering::Relaxed) > 0)
        {
            let mut ack = slot.take().unwrap();
            assert!(matches!(poll(&mut ack, bell), Poll::Ready(Ok(()))));
            done += 1;
        }
        done
    }

    #[test]
    fn a_leader_wakes_everyone() {
        let (group, mut waiters) = waiters(50);
        group.finish(Ok(()));
        assert_eq!(run(&mut waiters), 50);
    }

    #[test]
    fn a_waiter_that_went_away_before_does_not_lead() {
        let (group, mut waiters) = waiters(50);
        for (slot, _) in &mut waiters[..10] {
            *slot = None;
        }
        group.finish(Ok(()));
        assert_eq!(run(&mut waiters), 40);
    }

    #[test]
    fn leaders_that_go_away_after_the_sync_pass_the_word_on() {
        let (group, mut waiters) = waiters(50);
        group.finish(Ok(()));
        for (slot, _) in &mut waiters[..LEADERS] {
            *slot = None;
        }
        assert_eq!(run(&mut waiters), 50 - LEADERS);
    }

    #[test]
    fn a_waiter_may_be_polled_again_by_another_task() {
        let (group, mut waiters) = waiters(1);
        let bell = Arc::new(Bell::default());
        assert!(poll(waiters[0].0.as_mut().unwrap(), &bell).is_pending());
        group.finish(Ok(()));
        let rung = |bell: &Bell| bell.0.load(Ordering::Relaxed);
        assert_eq!((rung(&waiters[0].1), rung(&bell)), (0, 1));
    }
}
