//! Local days of a zone as rows, so that an engine need know no zones.

use base::{DayRange, TimeZone, UnixMillis};

use crate::columns::{Columns, Place};

pub(crate) const DAY_MS: i64 = 86_400_000;

/// Each local day cut where a day of UTC ends, so that a fact finds its part by equality.
pub(crate) fn days_between(zone: &TimeZone, first: UnixMillis, last: UnixMillis) -> Columns {
    let mut rows = Columns::new("staged_days", Place::Staged, "iiii");
    let range = DayRange {
        first: zone.day_of(first),
        last: zone.day_of(last),
    };
    for day in range.days() {
        let (from, until) = zone.span_of(DayRange {
            first: day,
            last: day,
        });
        let mut at = from.0;
        while at < until.0 {
            let utc_day = at.div_euclid(DAY_MS);
            let end = until.0.min((utc_day + 1) * DAY_MS);
            rows.int(utc_day).int(at).int(end).int(i64::from(day.0));
            at = end;
        }
    }
    rows
}
