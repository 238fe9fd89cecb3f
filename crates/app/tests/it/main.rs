//! Use cases as their callers see them: each test on a store, a journal and a warehouse of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod access_log;
mod ad_names;
mod annotations;
mod audit;
mod clock;
mod conversion;
mod conversions;
mod cost_files;
mod cost_gaps;
mod custom_metrics;
mod deals;
mod erasure_list;
mod getting_in;
mod goal_alerts;
mod health;
mod import_statuses;
mod imports;
mod interrupted;
mod journals;
mod known_labels;
mod large_costs;
mod late_runs;
mod lead_sales;
mod lead_states;
mod leads;
mod left;
mod manual_costs;
mod nodes;
mod once;
mod outside;
mod passkeys;
mod person_requests;
mod privacy;
mod proof;
mod reach;
mod records;
mod relay;
mod report_schedules;
mod reread;
mod responsible;
mod retention;
mod roles;
mod second_factor;
mod secrets;
mod service_accounts;
mod set_up;
mod shared;
mod standing;
mod support;
mod undo;
mod unknown_clicks;
mod uploads;
mod visitor_path;
mod waiting;
mod webhooks;
mod workbooks;
mod workspaces;
