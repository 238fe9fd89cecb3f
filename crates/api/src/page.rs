//! Lists in pages with opaque cursors.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Rows of a page when nothing is asked for.
pub(crate) const PAGE_ROWS_DEFAULT: u32 = 50;
/// Rows of a page at most.
pub(crate) const PAGE_ROWS_MAX: u32 = 200;

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
    /// The page as the use cases know it.
    ///
    /// # Errors
    /// When the cursor is none of ours.
    pub(crate) fn request(&self) -> Result<app::PageRequest, Problem> {
        let limit = self
            .limit
            .unwrap_or(PAGE_ROWS_DEFAULT)
            .clamp(1, PAGE_ROWS_MAX);
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
    pub(crate) fn of<R>(page: app::Page<R>, shape: impl FnMut(R) -> T) -> Self {
        Self {
            next_cursor: page.next.map(|key| key.to_string()),
            items: page.items.into_iter().map(shape).collect(),
        }
    }
}
