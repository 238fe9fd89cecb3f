//! A second program on the store of the first, between two steps of which something else happens.

use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use app::{App, Keyring, Mailer, NobodyElse, Outbound, Parts, Surroundings, ThisNode};
use base::UnixMillis;
use tokio::runtime::Handle;

use crate::support::{Seeded, TestApp, key};

/// What happens between two steps of a program, once.
type Interruption = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clock and a chance at the next look at which something else happens first.
pub(crate) struct Interrupted {
    seeded: Arc<Seeded>,
    look: Mutex<Option<Interruption>>,
    draw: Mutex<Option<Interruption>>,
}

impl Interrupted {
    /// The second program.
    pub(crate) async fn beside(test: &TestApp) -> (App, Arc<Self>) {
        let surroundings = Arc::new(Self {
            seeded: Arc::clone(&test.seeded),
            look: Mutex::new(None),
            draw: Mutex::new(None),
        });
        let late = App::start(Parts {
            keyring: Keyring::open(test.app.store(), key()).await.unwrap(),
            store: test.app.store().clone(),
            warehouse: Arc::clone(test.app.warehouse()),
            journal: Arc::clone(test.app.journal()),
            surroundings: surroundings.clone(),
            mailer: Mailer::folder(Default::default(), "tl@tl.example").unwrap(),
            outbound: Outbound::new(Vec::new()),
            settings: test.app.settings().clone(),
            provider: None,
            gate: Default::default(),
            clear_copies: Arc::new(|| Ok(0)),
            node: ThisNode::alone("test"),
            elsewhere: Arc::new(NobodyElse),
        });
        (late.await.unwrap(), surroundings)
    }

    /// Before the program looks at the clock.
    pub(crate) fn at_next_look(&self, work: impl Future<Output = ()> + Send + 'static) {
        *self.look.lock().unwrap() = Some(Box::pin(work));
    }

    /// Before the program asks for something random.
    pub(crate) fn at_next_draw(&self, work: impl Future<Output = ()> + Send + 'static) {
        *self.draw.lock().unwrap() = Some(Box::pin(work));
    }
}

impl Surroundings for Interrupted {
    fn now(&self) -> UnixMillis {
        let next = self.look.lock().unwrap().take();
        interrupt(next);
        self.seeded.now()
    }

    fn fill(&self, bytes: &mut [u8]) {
        let next = self.draw.lock().unwrap().take();
        interrupt(next);
        self.seeded.fill(bytes);
    }

    fn free_bytes(&self, folder: &Path) -> Option<u64> {
        self.seeded.free_bytes(folder)
    }
}

fn interrupt(work: Option<Interruption>) {
    if let Some(work) = work {
        tokio::task::block_in_place(|| Handle::current().block_on(work));
    }
}
