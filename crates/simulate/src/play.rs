//! The whole year, played to a running server through the doors that anybody may use.

use std::time::Duration;

use base::{Day, UnixMillis};
use bytes::Bytes;
use serde::Deserialize;

use crate::batch::{Batch, EVENTS_MAX, send_records};
use crate::client::{Call, Caller, Client, push_json};
use crate::cost::{CostFile, ManualBill, manual_bills};
use crate::error::SimulateError;
use crate::imports::{Contents, bill, import, quarters};
use crate::lanes::{LANES, Lanes, Parcel, Tally};
use crate::lead::Mark;
use crate::live::{PEOPLE, visit_now};
use crate::plan::Plan;
use crate::scenario::{OWNER_EMAIL, Progress, Scenario, Step};
use crate::setup::{STEPS, set_up};
use crate::summary::{Sendings, Summary, Taken};
use crate::truth::Truth;

const LOADED_POLL_MS: u64 = 250;
const LOADED_POLLS_MAX: u32 = 120;

/// Plays the scenario so that it ends at `now`, and tells how far it has come.
///
/// `server` is a plain HTTP address such as `http://127.0.0.1:8080`, whose first user is still to
/// be made.
///
/// # Errors
/// When the server cannot be reached, is set up already, or refuses a request as a whole. Refused
/// items of a batch are counted instead.
pub async fn play(
    server: &str,
    scenario: Scenario,
    now: UnixMillis,
    mut progress: impl FnMut(Progress),
) -> Result<Summary, SimulateError> {
    let mut client = Client::new(server)?;
    let plan = Plan::new(&scenario, now);
    let truth = Truth::of(&plan);
    let mut done = 0;
    let workplace = set_up(&mut client, &scenario.password, || {
        done += 1;
        progress(Progress {
            done,
            total: STEPS,
            step: Step::SetUp,
        });
    })
    .await?;
    let mut player = Player {
        client,
        bills: manual_bills(&scenario),
        plan,
        sent: Sendings::default(),
        progress,
    };
    player.costs().await?;
    player.events().await?;
    player.wait_until_loaded(workplace.site).await?;
    let marked = player.leads(&truth).await?;
    player.deals(&truth).await?;
    player.payments().await?;
    player.lead_statuses(marked).await?;
    let tell = |done| Progress {
        done,
        total: PEOPLE,
        step: Step::Live,
    };
    let report = &mut player.progress;
    let live = visit_now(&player.client, &workplace, scenario.seed, |done| {
        report(tell(done));
    })
    .await?;
    player.sent.live_clicks = live.clicks;
    player.sent.live_events = live.events;
    let email = OWNER_EMAIL.to_owned();
    Ok(Summary {
        email,
        site_id: workplace.site,
        sent: player.sent,
        truth,
    })
}

/// The steps after the set-up.
struct Player<P> {
    client: Client,
    plan: Plan,
    bills: [ManualBill; 6],
    sent: Sendings,
    progress: P,
}

impl<P: FnMut(Progress)> Player<P> {
    fn tell(&mut self, step: Step, done: u64, total: u64) {
        (self.progress)(Progress {
            done,
            total: total.max(done),
            step,
        });
    }

    async fn costs(&mut self) -> Result<(), SimulateError> {
        let ranges: Vec<_> = quarters(self.plan.range()).collect();
        let total = size(ranges.len() * CostFile::ALL.len() + self.bills.len());
        let mut done = 0;
        for file in CostFile::ALL {
            for range in &ranges {
                if let Some(upload) = self.plan.cost_file(file, *range)? {
                    let import = import(&self.client, Contents::Costs(file), &upload).await?;
                    self.sent.cost_files += 1;
                    self.sent.cost_rows.accepted += import.rows_accepted;
                    self.sent.cost_rows.rejected += import.rows_rejected;
                }
                done += 1;
                self.tell(Step::Costs, done, total);
            }
        }
        for paper in self.bills {
            bill(&self.client, &self.plan, &paper).await?;
            self.sent.manual_costs += 1;
            done += 1;
            self.tell(Step::Costs, done, total);
        }
        Ok(())
    }

    /// Day by day, a person's events always down the same lane.
    async fn events(&mut self) -> Result<(), SimulateError> {
        const PATH: &str = "/api/v1/events";
        let total = self.plan.events_expected();
        let lanes = Lanes::open(&self.client);
        let mut batches: Vec<Batch> = (0..LANES).map(|_| Batch::default()).collect();
        let mut done = 0;
        'days: for day in self.plan.range().days() {
            for event in self.plan.events(day) {
                let lane = event.visitor.map_or(0, |visitor| visitor.0 % LANES);
                let batch = &mut batches[usize::try_from(lane).unwrap_or_default()];
                batch.push("events", &event)?;
                if batch.is_full(EVENTS_MAX) {
                    done += batch.count;
                    let body = batch.take();
                    if !lanes.put(lane, Parcel::Batch { path: PATH, body }).await {
                        break 'days;
                    }
                }
            }
            self.tell(Step::Events, done, total);
        }
        for (batch, lane) in batches.iter_mut().zip(0..) {
            done += batch.count;
            if batch.count > 0 {
                lanes
                    .put(
                        lane,
                        Parcel::Batch {
                            path: PATH,
                            body: batch.take(),
                        },
                    )
                    .await;
            }
        }
        self.sent.events = lanes.close().await?.into();
        self.tell(Step::Events, done, done);
        Ok(())
    }

    /// Leads are joined to visits, so the visits have to be known by then.
    async fn wait_until_loaded(&self, site: i64) -> Result<(), SimulateError> {
        #[derive(Deserialize)]
        struct SiteStatus {
            #[serde(default)]
            last_event_at: Option<String>,
        }
        let today = self.plan.range().last;
        let newest = [today, today.plus_days(-1)]
            .into_iter()
            .flat_map(|day| self.plan.visits(day))
            .map(|visit| visit.start)
            .max();
        for _ in 0..LOADED_POLLS_MAX {
            let path = format!("/api/v1/sites/{site}/status");
            let status: SiteStatus = self.client.ask(Call::get(Caller::Owner, path)).await?;
            let seen = status
                .last_event_at
                .as_deref()
                .and_then(UnixMillis::parse_rfc3339);
            if newest.is_none_or(|newest| seen >= Some(newest)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(LOADED_POLL_MS)).await;
        }
        Ok(())
    }

    async fn leads(&mut self, truth: &Truth) -> Result<Vec<(i64, Mark)>, SimulateError> {
        let total = truth.total().leads;
        let lanes = Lanes::open(&self.client);
        let mut done = 0;
        'days: for day in self.plan.range().days() {
            let leads: Vec<_> = self.plan.leads(day).collect();
            for lead in leads {
                let mut body = Vec::new();
                push_json(&mut body, &lead)?;
                let mark = self.plan.mark(&lead);
                let (body, external_id) = (Bytes::from(body), lead.external_id);
                // The same person asks again down the same lane, after the first time.
                if !lanes
                    .put(
                        lead.number,
                        Parcel::Lead {
                            body,
                            external_id,
                            mark,
                        },
                    )
                    .await
                {
                    break 'days;
                }
                done += 1;
            }
            self.tell(Step::Leads, done, total);
        }
        let mut tally = lanes.close().await?;
        let marked = std::mem::take(&mut tally.marked);
        self.sent.leads = tally.into();
        self.tell(Step::Leads, done, done);
        Ok(marked)
    }

    /// Old deals by files of a quarter, the newer ones by the door.
    async fn deals(&mut self, truth: &Truth) -> Result<(), SimulateError> {
        const PATH: &str = "/api/v1/deals";
        let total = truth.total().deals;
        let by_door = self.plan.deals_by_door_from();
        let mut done = 0;
        for range in quarters(self.plan.range()) {
            let last = range.last.min(by_door.plus_days(-1));
            let Some(range) = base::DayRange::new(range.first, last) else {
                break;
            };
            if let Some(upload) = self.plan.deal_file(range)? {
                let import = import(&self.client, Contents::Deals, &upload).await?;
                self.sent.deal_files += 1;
                self.sent.deals.accepted += import.rows_accepted;
                self.sent.deals.rejected += import.rows_rejected;
                done += upload.rows;
                self.tell(Step::Deals, done, total);
            }
        }
        let days = (by_door.0..=self.plan.range().last.0).map(Day);
        let plan = &self.plan;
        let deals = days.flat_map(|day| plan.deals(day));
        let tally = send_records(&self.client, PATH, deals).await?;
        done += tally.accepted + tally.rejected;
        let files = std::mem::take(&mut self.sent.deals);
        self.sent.deals = Taken::from(tally).plus(files);
        self.tell(Step::Deals, done, done);
        Ok(())
    }

    async fn payments(&mut self) -> Result<(), SimulateError> {
        const PATH: &str = "/api/v1/payments";
        let all = quarters(self.plan.range()).count();
        let mut tally = Tally::default();
        for (range, done) in quarters(self.plan.range()).zip(1..) {
            let deals = range.days().flat_map(|day| self.plan.deals(day));
            let payments = deals.flat_map(|deal| deal.payments);
            tally.add(send_records(&self.client, PATH, payments).await?);
            self.tell(Step::Payments, done, size(all));
        }
        self.sent.payments = tally.into();
        Ok(())
    }

    async fn lead_statuses(&mut self, marked: Vec<(i64, Mark)>) -> Result<(), SimulateError> {
        let total = size(marked.len());
        let lanes = Lanes::open(&self.client);
        for ((id, mark), done) in marked.into_iter().zip(1..) {
            if !lanes
                .put(id.unsigned_abs(), Parcel::Mark { id, mark })
                .await
            {
                break;
            }
            self.tell(Step::LeadStatuses, done, total);
        }
        self.sent.lead_statuses = lanes.close().await?.accepted;
        Ok(())
    }
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
