//! Channel rules: every set of rules is kept, one is current.

use base::{UnixMillis, UserId, WorkspaceId};
use serde_json::Value;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, Keyset, Page, PageRequest, StoreError, Tx, fresh_version};

record! {
    pub struct NewChannelRules {
        pub rules: Value,
        pub author_id: Option<UserId>,
        pub note: String,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct ChannelRules {
        pub version: i64,
        pub rules: Value,
        pub author_id: Option<UserId>,
        pub note: String,
        pub created_at: UnixMillis,
    }
}

/// The current rules; none before the first were published.
pub async fn find_channel_rules(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Option<ChannelRules>, StoreError> {
    Statement::new(include_str!("queries/channel_rules/find_channel_rules.sql"))
        .bind(&workspace)
        .find(connection)
        .await
}

/// An old set, to look at or to publish again.
pub async fn load_channel_rules_version(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: i64,
) -> Result<ChannelRules, StoreError> {
    let sql = include_str!("queries/channel_rules/load_channel_rules_version.sql");
    OneRow("rules", workspace, id).load(connection, sql).await
}

/// All sets, newest first.
pub async fn list_channel_rules_versions(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<ChannelRules>, StoreError> {
    Statement::new(include_str!(
        "queries/channel_rules/list_channel_rules_versions.sql"
    ))
    .bind(&workspace)
    .page(connection, page, |one: &ChannelRules| Keyset {
        at: one.created_at,
        id: one.version,
    })
    .await
}

/// Makes `rules` current as the version after `version`, which must be the current one; zero
/// before the first. The new version.
pub async fn publish_channel_rules(
    tx: &mut Tx,
    workspace: WorkspaceId,
    version: i64,
    rules: &NewChannelRules,
) -> Result<i64, StoreError> {
    let current: Option<i64> = Statement::new(include_str!(
        "queries/channel_rules/find_channel_rules_version.sql"
    ))
    .bind(&workspace)
    .find_value(tx)
    .await?;
    let current = (current.unwrap_or(0) == version).then_some(version + 1);
    let next = fresh_version(current, "channel rules", workspace, version)?;
    Statement::new(include_str!(
        "queries/channel_rules/insert_channel_rules.sql"
    ))
    .bind(&workspace)
    .bind(&next)
    .bind(rules)
    .execute(tx)
    .await?;
    Statement::new(include_str!(
        "queries/channel_rules/point_channel_rules.sql"
    ))
    .bind(&workspace)
    .bind(&next)
    .execute(tx)
    .await?;
    Ok(next)
}
