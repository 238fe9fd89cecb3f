//! Several statements for one answer: together they take no longer than the answer may.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base::UnixMillis;
use warehouse::{Error, Limits, Parameter, Result, Sql, Table, Warehouse};

use crate::context::ReportContext;

/// What time it is while an answer is worked out.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixMillis + Send + Sync>);

impl Clock {
    pub fn new(now: impl Fn() -> UnixMillis + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// A clock that stands: every statement has all the time.
    #[must_use]
    pub fn standing(at: UnixMillis) -> Self {
        Self::new(move || at)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}

/// A warehouse that is asked for one answer.
pub(crate) struct Asking<'a> {
    warehouse: &'a Warehouse,
    limits: Limits,
    clock: &'a Clock,
    begun: UnixMillis,
}

impl<'a> Asking<'a> {
    /// The time that the answer may take begins now.
    pub(crate) fn begin(
        warehouse: &'a Warehouse,
        context: &'a ReportContext,
        limits: Limits,
    ) -> Self {
        Self {
            warehouse,
            limits,
            clock: &context.clock,
            begun: (context.clock.0)(),
        }
    }

    pub(crate) fn warehouse(&self) -> &'a Warehouse {
        self.warehouse
    }

    /// One statement, in the time that those before it left.
    pub(crate) fn query<'s>(
        &self,
        sql: impl Into<Sql<'s>>,
        parameters: &[Parameter],
    ) -> Result<Table> {
        let limits = Limits {
            timeout: self.left()?,
            ..self.limits
        };
        let answer = self.warehouse.query(sql, parameters, limits);
        answer.map_err(|error| match error {
            // Whoever asked knows of the whole.
            Error::TimedOut { .. } => self.timed_out(),
            other => other,
        })
    }

    fn left(&self) -> Result<Duration> {
        let spent = (self.clock.0)().since_ms(self.begun);
        let spent = Duration::from_millis(u64::try_from(spent).unwrap_or_default());
        let left = self.limits.timeout.checked_sub(spent);
        left.filter(|left| !left.is_zero())
            .ok_or_else(|| self.timed_out())
    }

    fn timed_out(&self) -> Error {
        let timeout_ms = u64::try_from(self.limits.timeout.as_millis());
        Error::TimedOut {
            timeout_ms: timeout_ms.unwrap_or(u64::MAX),
        }
    }
}
