//! Ad costs as imports declare them: each speaks for a platform and source over a span of days.

use base::{
    ChannelId, ClickIdKind, Currency, Day, ImportId, Traffic, TrafficKey, UnixMillis, WorkspaceId,
};

use crate::filter::{maybe_one_of, maybe_one_of_texts};
use crate::scalar::Scalar as _;
use crate::statement::{Statement, insert_rows, record};
use crate::{Connection, CostDeclarationId, Keyset, Page, PageRequest, StoreError, Tx};

record! {
    /// The scope of what an import says: on these days, this platform and source cost what its rows
/// say, and nothing else.
pub struct NewCostDeclaration {
        pub import_id: ImportId,
        /// `google_ads`, `yandex_direct`, `manual` …
        pub platform: String,
        pub source: String,
        pub first_day: Day,
        /// Included.
        pub last_day: Day,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct CostDeclaration {
        pub id: CostDeclarationId,
        pub import_id: ImportId,
        pub platform: String,
        pub source: String,
        pub first_day: Day,
        pub last_day: Day,
        pub created_at: UnixMillis,
        pub undone_at: Option<UnixMillis>,
    }
}

record! {
    /// The last day that a platform's imports speak for.
    pub struct DeclaredUntil {
        pub platform: String,
        pub last_day: Day,
    }
}

record! {
    /// A traffic tuple in columns of its own.
pub struct TrafficParts {
        pub source: String,
        pub medium: String,
        pub campaign: String,
        pub ad_group: String,
        pub ad: String,
        pub keyword: String,
        pub click_id: Option<ClickIdKind>,
        pub referrer: String,
        pub default_channel: String,
    }
}

record! {
    pub struct CostRow {
        /// Local day of the workspace.
        pub day: Day,
        pub traffic: TrafficParts,
        /// Of the tuple, so that amounts of equal traffic are found without comparing texts.
        pub traffic_key: TrafficKey,
        pub channel_id: Option<ChannelId>,
        pub impressions: i64,
        pub clicks: i64,
        /// Those of the impressions for which no clicks are told.
        pub unclicked_impressions: i64,
        /// In the workspace's currency, without VAT, with the mark-up.
        pub cost_micros: i64,
        pub vat_micros: i64,
        pub original_micros: i64,
        pub original_currency: Currency,
        /// That the platform counts to itself, in millionths.
        pub conversions_micros: i64,
        /// In the workspace's currency.
        pub conversion_value_micros: i64,
    }
}

record! {
    /// A row with the declaration that says it.
pub struct DeclaredCost {
        pub id: i64,
        pub declaration_id: CostDeclarationId,
        pub import_id: ImportId,
        pub row: CostRow,
    }
}

record! {
    /// An amount that a declaration leaves to the one before it.
pub struct CostGap {
        pub day: Day,
        pub traffic_key: TrafficKey,
        pub original_currency: Currency,
    }
}

record! {
    /// A gap with the declaration that has it.
pub struct DeclaredGap {
        pub declaration_id: CostDeclarationId,
        pub gap: CostGap,
    }
}

record! {
    struct RowScope {
        workspace: WorkspaceId,
        declaration: CostDeclarationId,
    }
}

record! {
    /// Whose declarations are meant, on which days.
pub struct DeclaredSpan {
        pub platform: String,
        pub source: String,
        pub first_day: Day,
        /// Included.
        pub last_day: Day,
    }
}

record! {
    /// A part of the traffic of a day, so that a large day can be read in several steps.
#[derive(Copy)]
pub struct KeySpan {
        /// As the store orders traffic keys: see [`key_order`].
        pub first_key: i64,
        /// Included.
        pub last_key: i64,
    }
}

record! {
    /// How many rows there are on a day.
pub struct DayRows {
        pub day: Day,
        pub rows: i64,
    }
}

/// Which costs to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostFilter {
    pub first_day: Day,
    /// Included.
    pub last_day: Day,
    pub source: Option<String>,
    pub campaign: Option<String>,
    /// What costs of the same campaign carry besides: each source in lower case, a slash and the
    /// text.
    pub campaigns_meant: Vec<String>,
}

/// The costs of some channels: those that name one of them, and those that name none and are of
/// such traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostsWithin {
    pub channels: Vec<ChannelId>,
    pub traffic_keys: Vec<TrafficKey>,
}

pub async fn insert_cost_declaration(
    tx: &mut Tx,
    workspace: WorkspaceId,
    declaration: &NewCostDeclaration,
) -> Result<CostDeclarationId, StoreError> {
    Statement::new(include_str!("queries/costs/insert_cost_declaration.sql"))
        .bind(&workspace)
        .bind(declaration)
        .value(tx)
        .await
}

/// Declarations that are not undone and share a day with the span, oldest first: where two
/// speak for a day, the later one counts.
pub async fn list_active_declarations(
    connection: &mut Connection,
    workspace: WorkspaceId,
    span: &DeclaredSpan,
) -> Result<Vec<CostDeclaration>, StoreError> {
    Statement::new(include_str!("queries/costs/list_active_declarations.sql"))
        .bind(&workspace)
        .bind(span)
        .all(connection)
        .await
}

/// On which days of the span those declarations have rows, and how many.
pub async fn count_active_cost_rows(
    connection: &mut Connection,
    workspace: WorkspaceId,
    span: &DeclaredSpan,
) -> Result<Vec<DayRows>, StoreError> {
    Statement::new(include_str!("queries/costs/count_active_cost_rows.sql"))
        .bind(&workspace)
        .bind(span)
        .all(connection)
        .await
}

/// How far the imports of each platform reach; manual costs are not awaited.
pub async fn list_declared_until(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<DeclaredUntil>, StoreError> {
    Statement::new(include_str!("queries/costs/list_declared_until.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The rows of those declarations on the days of the span, by declaration, day and row.
pub async fn list_active_cost_rows(
    connection: &mut Connection,
    workspace: WorkspaceId,
    span: &DeclaredSpan,
    keys: KeySpan,
) -> Result<Vec<DeclaredCost>, StoreError> {
    Statement::new(include_str!("queries/costs/list_active_cost_rows.sql"))
        .bind(&workspace)
        .bind(span)
        .bind(&keys)
        .all(connection)
        .await
}

/// All declarations of an import, undone ones too.
pub async fn list_declarations_of_import(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<Vec<CostDeclaration>, StoreError> {
    Statement::new(include_str!(
        "queries/costs/list_declarations_of_import.sql"
    ))
    .bind(&workspace)
    .bind(&import)
    .all(connection)
    .await
}

/// Silences an import; what it said over counts again. The number of declarations undone.
pub async fn undo_declarations(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: ImportId,
    now: UnixMillis,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/costs/undo_declarations.sql"))
        .bind(&workspace)
        .bind(&import)
        .bind(&now)
        .execute(tx)
        .await
}

/// The costs that count, newest day first: rows of undone declarations, and of those that a
/// later one speaks over, are left out.
pub async fn list_costs(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: &CostFilter,
    within: Option<&CostsWithin>,
    page: PageRequest<Day>,
) -> Result<Page<DeclaredCost, Day>, StoreError> {
    Statement::new(include_str!("queries/costs/list_costs.sql"))
        .bind(&workspace)
        .bind(&filter.first_day)
        .bind(&filter.last_day)
        .bind(&filter.source)
        .bind(&filter.campaign)
        .bind(&maybe_one_of_texts(Some(&filter.campaigns_meant)))
        .bind(&maybe_one_of(within.map(|within| {
            within.traffic_keys.iter().map(|key| key.0.cast_signed())
        })))
        .bind(&maybe_one_of(within.map(|within| {
            within.channels.iter().map(|channel| channel.0)
        })))
        .page(connection, page, |cost: &DeclaredCost| Keyset {
            at: cost.row.day,
            id: cost.id,
        })
        .await
}

/// Adds the rows of a declaration, in batches of many rows a statement.
pub async fn insert_cost_rows(
    tx: &mut Tx,
    workspace: WorkspaceId,
    declaration: CostDeclarationId,
    rows: &[CostRow],
) -> Result<(), StoreError> {
    let scope = RowScope {
        workspace,
        declaration,
    };
    let sql = include_str!("queries/costs/insert_cost_rows.sql");
    insert_rows(tx, sql, &scope, rows).await
}

pub async fn insert_cost_gaps(
    tx: &mut Tx,
    workspace: WorkspaceId,
    declaration: CostDeclarationId,
    gaps: &[CostGap],
) -> Result<(), StoreError> {
    let scope = RowScope {
        workspace,
        declaration,
    };
    let sql = include_str!("queries/costs/insert_cost_gaps.sql");
    insert_rows(tx, sql, &scope, gaps).await
}

/// The gaps of the active declarations on the days of the span.
pub async fn list_active_cost_gaps(
    connection: &mut Connection,
    workspace: WorkspaceId,
    span: &DeclaredSpan,
    keys: KeySpan,
) -> Result<Vec<DeclaredGap>, StoreError> {
    Statement::new(include_str!("queries/costs/list_active_cost_gaps.sql"))
        .bind(&workspace)
        .bind(span)
        .bind(&keys)
        .all(connection)
        .await
}

/// The place of a traffic key among those of a day.
#[must_use]
pub fn key_order(key: TrafficKey) -> i64 {
    key.to_raw()
}

impl KeySpan {
    /// All traffic.
    pub const ALL: Self = Self {
        first_key: i64::MIN,
        last_key: i64::MAX,
    };
}

impl From<Traffic> for TrafficParts {
    fn from(traffic: Traffic) -> Self {
        let Traffic {
            source,
            medium,
            campaign,
            ad_group,
            ad,
            keyword,
            ..
        } = traffic;
        let Traffic {
            click_id,
            referrer,
            default_channel,
            ..
        } = traffic;
        Self {
            source,
            medium,
            campaign,
            ad_group,
            ad,
            keyword,
            click_id,
            referrer,
            default_channel,
        }
    }
}

impl From<TrafficParts> for Traffic {
    fn from(parts: TrafficParts) -> Self {
        let TrafficParts {
            source,
            medium,
            campaign,
            ad_group,
            ad,
            keyword,
            ..
        } = parts;
        let TrafficParts {
            click_id,
            referrer,
            default_channel,
            ..
        } = parts;
        Self {
            source,
            medium,
            campaign,
            ad_group,
            ad,
            keyword,
            click_id,
            referrer,
            default_channel,
        }
    }
}
