//! What campaigns, ad groups and ads are called, and were: for reports, costs and whoever asks.

use base::{Day, ImportId, UnixMillis, WorkspaceId};
use domain::ad_name::{AdEntity, AdLevel, AdNames, MatchedBy, NamedEntity, Sighting};
use reports::{Formerly, KnownOn, Query, RenamedEntity};
use store::ad_names::{self, AdNameSighting};
use store::costs::DeclaredCost;

use crate::error::of_warehouse;
use crate::{Actor, App, AppError, Permission};

/// Which entity is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdNamesQuery {
    pub source: String,
    /// `campaign`, `ad_group` or `ad`.
    pub level: String,
    pub external_id: String,
}

/// Every name that an entity has and had, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdEntityNames {
    /// What reports call it.
    pub shown: String,
    pub names: Vec<AdNameDays>,
}

/// A name with the days that it was seen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdNameDays {
    pub name: String,
    pub first_day: Day,
    pub last_day: Day,
    /// That saw it on its last day; nothing for names from before imports were told apart.
    pub import: Option<ImportId>,
}

/// A cost with what reports call its campaign, ad group and ad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedCost {
    pub cost: DeclaredCost,
    pub campaign: ShownName,
    pub ad_group: ShownName,
    pub ad: ShownName,
}

/// What reports show, and the names before it, newest first, each with its last day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownName {
    pub name: String,
    pub formerly: Vec<(String, Day)>,
}

impl App {
    /// What an entity is called, and was.
    ///
    /// # Errors
    /// When the level is none, or nobody the actor sees has called such an entity anything.
    pub async fn ad_names(
        &self,
        actor: &Actor,
        query: &AdNamesQuery,
    ) -> Result<AdEntityNames, AppError> {
        actor.require(Permission::ReadReports)?;
        let level = AdLevel::from_name(&query.level).ok_or_else(|| {
            let detail = "name campaign, ad_group or ad";
            AppError::invalid("level", "unknown_level", detail)
        })?;
        let entity = AdEntity::new(level, &query.source, &query.external_id);
        let unknown = || AppError::NotFound { what: "ad entity" };
        let mut connection = self.inner.store.read().await?;
        let known = list_known(&mut connection, actor.workspace, NOW).await?;
        drop(connection);
        let own: Vec<AdNameSighting> = known
            .iter()
            .filter(|seen| entity_of(seen).as_ref() == Some(&entity))
            .cloned()
            .collect();
        let names = AdNames::of(sightings(known));
        let named = names.entity(&entity).ok_or_else(unknown)?;
        if !self.is_within(actor, &names, named).await? {
            return Err(unknown());
        }
        let days = |seen: AdNameSighting| AdNameDays {
            name: seen.name,
            first_day: seen.first_day,
            last_day: seen.last_day,
            import: seen.import_id,
        };
        Ok(AdEntityNames {
            shown: named.shown.clone(),
            names: own.into_iter().rev().map(days).collect(),
        })
    }

    /// Whether any traffic of the entity is in a channel that the actor sees.
    async fn is_within(
        &self,
        actor: &Actor,
        names: &AdNames,
        named: &NamedEntity,
    ) -> Result<bool, AppError> {
        let Some(keys) = self.traffic_within(actor).await? else {
            return Ok(true);
        };
        let workspace = actor.workspace;
        let dictionary = self
            .ask(move |warehouse| warehouse.traffic(workspace))
            .await?
            .map_err(of_warehouse("read the dictionary"))?;
        let level = named.entity.level;
        Ok(dictionary.iter().any(|row| {
            let text = match level {
                AdLevel::Campaign => &row.traffic.campaign,
                AdLevel::AdGroup => &row.traffic.ad_group,
                AdLevel::Ad => &row.traffic.ad,
            };
            let found = names.find(level, &row.traffic.source, text);
            found == Some(named) && keys.contains(&row.key)
        }))
    }

    /// The entities that a report tells former names of: as they are known now, or were on the day
    /// that it is about, as its labels are.
    pub(crate) async fn renamed(
        &self,
        workspace: WorkspaceId,
        known_on: Option<UnixMillis>,
    ) -> Result<Vec<RenamedEntity>, AppError> {
        let Some(moment) = known_on else {
            let labels = &self.inner.labels;
            return Ok(labels.with_names(workspace, renamed));
        };
        let mut connection = self.inner.store.read().await?;
        let known = list_known(&mut connection, workspace, moment).await?;
        Ok(renamed(&AdNames::of(sightings(known))))
    }

    /// The moment that a question wants everything as of.
    pub(crate) fn known_moment(query: &Query, zone: &base::TimeZone) -> Option<UnixMillis> {
        let asked = query.period.time_zone.as_deref();
        let asked = asked.and_then(|name| name.parse::<base::TimeZone>().ok());
        let moment = |known: KnownOn| known.moment(asked.as_ref().unwrap_or(zone));
        query.as_known_on.map(moment)
    }

    /// A cost with what its texts are called in reports.
    pub(crate) fn named_cost(&self, workspace: WorkspaceId, cost: DeclaredCost) -> NamedCost {
        let traffic = &cost.row.traffic;
        let shown = |names: &AdNames, level, text: &str| {
            let found = names.find(level, &traffic.source, text);
            let Some(named) = found else {
                return ShownName {
                    name: text.to_owned(),
                    formerly: Vec::new(),
                };
            };
            let formerly = named.formerly.iter();
            ShownName {
                name: named.shown.clone(),
                formerly: formerly
                    .map(|former| (former.name.clone(), former.until))
                    .collect(),
            }
        };
        let labels = &self.inner.labels;
        let [campaign, ad_group, ad] = labels.with_names(workspace, |names| {
            [
                shown(names, AdLevel::Campaign, &traffic.campaign),
                shown(names, AdLevel::AdGroup, &traffic.ad_group),
                shown(names, AdLevel::Ad, &traffic.ad),
            ]
        });
        NamedCost {
            campaign,
            ad_group,
            ad,
            cost,
        }
    }

    /// The texts that costs of a campaign may carry, each with its source before a slash: the id
    /// and every name of the entities that the text means.
    pub(crate) fn campaigns_meant(&self, workspace: WorkspaceId, text: &str) -> Vec<String> {
        self.inner.labels.with_names(workspace, |names| {
            let mut meant = Vec::new();
            for named in names.meant_by(AdLevel::Campaign, text) {
                let source = &named.entity.source;
                let former = named.formerly.iter().map(|former| &former.name);
                let texts = former.chain([&named.entity.external_id, &named.shown]);
                let own =
                    texts.filter(|text| names.find(AdLevel::Campaign, source, text) == Some(named));
                meant.extend(own.map(|text| format!("{source}/{text}")));
            }
            meant
        })
    }
}

/// Later than anything that was recorded.
const NOW: UnixMillis = UnixMillis(i64::MAX);

async fn list_known(
    connection: &mut store::Connection,
    workspace: WorkspaceId,
    moment: UnixMillis,
) -> Result<Vec<AdNameSighting>, AppError> {
    Ok(ad_names::list_ad_names(connection, workspace, moment).await?)
}

fn entity_of(seen: &AdNameSighting) -> Option<AdEntity> {
    let level = AdLevel::from_name(&seen.level)?;
    Some(AdEntity::new(level, &seen.source, &seen.external_id))
}

/// As the rules take them.
pub(crate) fn sightings(known: Vec<AdNameSighting>) -> impl Iterator<Item = Sighting> {
    known.into_iter().filter_map(|seen| {
        Some(Sighting {
            entity: entity_of(&seen)?,
            name: seen.name,
            first_day: seen.first_day,
            last_day: seen.last_day,
            import: seen.import_id,
            matched_by: MatchedBy::from_name(&seen.matched_by),
        })
    })
}

fn renamed(names: &AdNames) -> Vec<RenamedEntity> {
    let of = |named: &NamedEntity| RenamedEntity {
        dimension: named.entity.level.name(),
        source: named.entity.source.clone(),
        name: named.shown.clone(),
        formerly: named
            .formerly
            .iter()
            .map(|former| Formerly {
                name: former.name.clone(),
                until: former.until,
                is_free: former.is_free,
            })
            .collect(),
    };
    names.renamed().map(of).collect()
}
