//! Lists in pages: a keyset cursor points behind the last row seen, so no row is missed or doubled.

use std::fmt;
use std::str::FromStr;

use base::{Day, UnixMillis};

use crate::scalar::Scalar;
use crate::statement::Bind;
use crate::value::Value;

/// The place of a row in its list: its ordering value, and its id to break ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyset<A> {
    pub at: A,
    pub id: i64,
}

/// Text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a cursor")]
pub struct CursorError(pub String);

/// Which page of a list: the newest rows, or those behind `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<A = UnixMillis> {
    pub after: Option<Keyset<A>>,
    /// Rows at most.
    pub limit: u32,
}

/// Some rows of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, A = UnixMillis> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<Keyset<A>>,
}

/// A value that lists are ordered by.
pub(crate) trait Position: Scalar + Copy {
    const LAST: Self;
}

/// Where the page begins.
pub(crate) fn start_of<A: Position>(page: PageRequest<A>) -> Keyset<A> {
    page.after.unwrap_or(Keyset {
        at: A::LAST,
        id: i64::MAX,
    })
}

impl<A> PageRequest<A> {
    /// The newest `limit` rows.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The page behind a cursor.
    #[must_use]
    pub fn after(cursor: Keyset<A>, limit: u32) -> Self {
        Self {
            after: Some(cursor),
            limit,
        }
    }
}

impl<T, A: Copy> Page<T, A> {
    /// The request of the page behind this one, if there is one.
    #[must_use]
    pub fn following(&self, limit: u32) -> Option<PageRequest<A>> {
        self.next.map(|next| PageRequest::after(next, limit))
    }

    /// One row more than asked for was read: it tells that there is a next page.
    #[must_use]
    pub fn of(mut items: Vec<T>, request: PageRequest<A>, key: impl Fn(&T) -> Keyset<A>) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }
}

impl Position for UnixMillis {
    const LAST: Self = Self(i64::MAX);
}

impl Position for Day {
    const LAST: Self = Self(i32::MAX);
}

/// Three placeholders: where the page begins, twice, and one row more than the limit.
impl<A: Position> Bind for PageRequest<A> {
    fn bind_to(&self, values: &mut Vec<Value>) {
        let after = start_of(*self);
        after.at.bind_to(values);
        after.id.bind_to(values);
        (i64::from(self.limit) + 1).bind_to(values);
    }
}

macro_rules! cursor_text {
    ($($name:ty: $read:path, |$at:ident| $number:expr;)+) => {$(
        impl fmt::Display for Keyset<$name> {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $at = self.at;
                write!(out, "{}.{}", $number, self.id)
            }
        }

        impl FromStr for Keyset<$name> {
            type Err = CursorError;

            fn from_str(text: &str) -> Result<Self, CursorError> {
                text.split_once('.')
                    .and_then(|(at, id)| {
                        Some(Self { at: $read(at.parse().ok()?), id: id.parse().ok()? })
                    })
                    .ok_or_else(|| CursorError(text.to_owned()))
            }
        }
    )+};
}

cursor_text! {
    UnixMillis: UnixMillis, |at| at.0;
    Day: Day, |at| at.0;
    i64: std::convert::identity::<i64>, |at| at;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let cursor = Keyset {
            at: UnixMillis(-5),
            id: 7,
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert!("7".parse::<Keyset<Day>>().is_err());
    }

    #[test]
    fn a_full_page_without_another_row_is_the_last() {
        let key = |id: &i64| Keyset {
            at: UnixMillis(0),
            id: *id,
        };
        assert_eq!(Page::of(vec![3, 2], PageRequest::first(2), key).next, None);
        let more = Page::of(vec![3, 2, 1], PageRequest::first(2), key);
        assert_eq!(
            (more.items, more.next.map(|next| next.id)),
            (vec![3, 2], Some(2))
        );
    }
}
