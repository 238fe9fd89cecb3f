//! What a row of a cost file declares: whose spending it is, which visits it is matched to, and the
//! amount in the workspace's currency.

use base::{BasisPoints, Money, MoneyError, Traffic, decimal_of_micros};
use domain::cost::{CostAccount, CostEntry, CostKey, CostMeasures, CostTerms, VatTerms, price};
use domain::source::channel_of_tags;

use super::{CostRow, MatchBy};

impl CostRow {
    /// Whose spending the row is: the account that a re-import of it overrules.
    #[must_use]
    pub fn cost_account(&self) -> CostAccount {
        CostAccount {
            platform: self.platform.clone(),
            source: self.source.clone(),
            account: self.account.clone(),
        }
    }

    /// The tuple that visits of the ad carry. Where the wanted name or id is missing, the other
    /// one stands in, so that no cost is lost from its campaign.
    #[must_use]
    pub fn traffic(&self, match_by: MatchBy) -> Traffic {
        let pick = |name: &str, id: &str| match_by.pick(name, id).to_owned();
        let campaign = pick(&self.campaign, &self.campaign_id);
        let channel = channel_of_tags(&self.source, &self.medium, &campaign);
        Traffic {
            source: self.source.clone(),
            medium: self.medium.clone(),
            campaign,
            ad_group: pick(&self.ad_group, &self.ad_group_id),
            ad: pick(&self.ad, &self.ad_id),
            keyword: self.keyword.clone(),
            click_id: None,
            referrer: String::new(),
            default_channel: channel.to_owned(),
        }
    }

    /// The amount that the row declares, in the workspace's currency.
    ///
    /// # Errors
    /// When an amount does not fit.
    pub fn entry(&self, match_by: MatchBy, terms: CostTerms) -> Result<CostEntry, MoneyError> {
        let priced = match self.vat {
            None => price(self.cost, terms)?,
            Some(vat) => {
                // The file knows its VAT better than any rate does.
                let exact = CostTerms {
                    vat: VatTerms::Excluded(BasisPoints(0)),
                    ..terms
                };
                let net = match terms.vat {
                    VatTerms::Included(_) => {
                        let micros = self.cost.micros.checked_sub(vat.micros);
                        Money {
                            micros: micros.ok_or(MoneyError::Overflow)?,
                            ..self.cost
                        }
                    }
                    VatTerms::Excluded(_) => self.cost,
                };
                let mut priced = price(net, exact)?;
                priced.vat = price(vat, exact)?.net;
                priced
            }
        };
        let key = CostKey {
            account: self.cost_account(),
            day: self.day,
            traffic: self.traffic(match_by),
            original_currency: self.cost.currency,
        };
        let measures = CostMeasures {
            impressions: self.impressions,
            clicks: self.clicks.unwrap_or_default(),
            unclicked_impressions: match self.clicks {
                Some(_) => 0,
                None => self.impressions,
            },
            cost_micros: priced.net.micros,
            vat_micros: priced.vat.micros,
            original_micros: self.cost.micros,
            conversions_micros: self.conversions_micros,
            conversion_value_micros: self.said_value(terms)?,
        };
        Ok(CostEntry { key, measures })
    }

    /// What the platform says that its conversions are worth, in the workspace's currency: neither
    /// VAT nor mark-up is known of it.
    fn said_value(&self, terms: CostTerms) -> Result<i64, MoneyError> {
        let Some(value) = self.conversion_value else {
            return Ok(0);
        };
        let converted = terms.rate.convert_rounded(value, terms.currency)?;
        Ok(converted.micros)
    }

    /// Conversions as a decimal; empty where there are none.
    #[must_use]
    pub fn said_conversions(&self) -> String {
        match self.conversions_micros {
            0 => String::new(),
            micros => decimal_of_micros(micros),
        }
    }
}
