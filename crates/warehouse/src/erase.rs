//! Taking a person out of the facts: what was counted stays, whose it was goes.

use base::{Pseudonym, UnixMillis, VisitorId, WorkspaceId};

use crate::columns::{Columns, Place};
use crate::error::Result;
use crate::warehouse::{EngineKind, Warehouse};

impl Warehouse {
    /// Puts everything of these visitors that was recorded until a moment under pseudonyms, as
    /// [`base::Fact::under`] does with facts that are still to come. Sums and credit stay as they
    /// are, because as many visitors have as many visits by the same traffic as before. Doing it
    /// again finds nothing to do. This process asks nothing meanwhile where the engine would answer
    /// with both.
    ///
    /// # Errors
    /// When the engine fails. Then nothing has changed; an engine without transactions may have
    /// done it nevertheless.
    pub fn erase(
        &self,
        workspace: WorkspaceId,
        visitors: &[(VisitorId, Pseudonym)],
        until: UnixMillis,
    ) -> Result<()> {
        if visitors.is_empty() {
            return Ok(());
        }
        self.write(|writer| {
            // Without transactions the rows stand under both names for a while.
            let _held = match self.engine() {
                EngineKind::DuckDb => None,
                EngineKind::ClickHouse => Some(self.turnstile.hold()),
            };
            writer.engine.store_batch(None, &mut |engine| {
                let mut erasing = Columns::new("erasing", Place::Stored, "iuuui");
                for (visitor, pseudonym) in visitors {
                    erasing
                        .int(workspace.0)
                        .key(visitor.0)
                        .key(pseudonym.visitor().0)
                        .key(pseudonym.visits())
                        .int(until.0);
                }
                engine.erase(erasing)
            })
        })
    }

    /// Leaves no byte in a file of what was erased: rows are written anew and free room is written
    /// over. It takes as long as writing all facts once, and as much room while it runs. A server
    /// drops the old parts of its tables by itself, some minutes after a change.
    ///
    /// # Errors
    /// When the engine fails; it can be done again.
    pub fn scrub(&self) -> Result<()> {
        self.write(|writer| writer.engine.scrub())
    }
}
