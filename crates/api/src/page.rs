//! Lists in pages with opaque cursors.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Rows of a page when nothing is asked for.
const PAGE_ROWS_DEFAULT: u32 = 50;
/// Rows of a page at most.
const PAGE_ROWS_MAX: u32 = 200;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows at most, up to 200; 50 when absent.
    pub limit: Option<u32>,
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub items: Vec<T>,
    /// Present when there is more.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl PageQuery {
    /// Rows of the page at most.
    pub(crate) fn rows(&self) -> u32 {
        self.limit
            .unwrap_or(PAGE_ROWS_DEFAULT)
            .clamp(1, PAGE_ROWS_MAX)
    }

    /// The page as the use cases know it.
    ///
    /// # Errors
    /// When the cursor is none of ours.
    pub(crate) fn request<A>(&self) -> Result<app::PageRequest<A>, Problem>
    where
        app::Keyset<A>: FromStr,
    {
        let limit = self.rows();
        let after = self
            .cursor
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_| Problem::bad_cursor())?;
        Ok(app::PageRequest { after, limit })
    }
}

impl<T> List<T> {
    /// Everything at once, for lists that are short by nature.
    #[must_use]
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }

    /// A page of rows in their wire shape.
    pub(crate) fn of<R, A>(page: app::Page<R, A>, shape: impl FnMut(R) -> T) -> Self
    where
        app::Keyset<A>: Display,
    {
        Self {
            next_cursor: page.next.map(|key| key.to_string()),
            items: page.items.into_iter().map(shape).collect(),
        }
    }
}
