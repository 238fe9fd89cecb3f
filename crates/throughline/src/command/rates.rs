//! Exchange rates out of a central bank's file.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};
use app::{PageRequest, RATES_FILE_BYTES_MAX, RateInput, RatesFound, RatesWanted, rows};
use base::Currency;
use serde_json::json;

use super::{day, finish, open_as_operator, print};
use crate::cli::Rates;
use crate::config::Config;

pub(crate) async fn run(config: &Config, command: &Rates, json: bool) -> anyhow::Result<()> {
    let bytes = content(&command.file)?;
    let read = |code: &String| {
        let read = code.parse::<Currency>();
        read.with_context(|| format!("{code:?} is not a currency"))
    };
    let currencies: anyhow::Result<BTreeSet<Currency>> =
        command.currencies.iter().map(read).collect();
    let wanted = RatesWanted {
        currencies: currencies?,
        from: day(command.from.as_deref())?,
        to: day(command.until.as_deref())?,
    };
    let (app, actor) = open_as_operator(config, command.workspace).await?;
    let found = app.read_rates(&actor, bytes, wanted).await?;
    if found.items.is_empty() && found.wanted > 0 {
        let most = app::RATES_ITEMS_MAX;
        bail!(
            "the file has {} such rates, and {most} are kept at a time: choose with --currency, \
             --from and --until",
            found.wanted
        );
    }
    if !command.dry_run && !found.items.is_empty() {
        let kept = app.list_rates(&actor, None, PageRequest::first(1)).await?;
        let items: Vec<RateInput> = found.items.iter().map(input).collect();
        app.put_rates(&actor, kept.version, &items).await?;
    }
    tell(&found, command.dry_run, json);
    finish(app).await
}

fn content(path: &Path) -> anyhow::Result<Vec<u8>> {
    let failed = || format!("failed to read {}", path.display());
    let length = std::fs::metadata(path).with_context(failed)?.len();
    if usize::try_from(length).is_ok_and(|length| length > RATES_FILE_BYTES_MAX) {
        bail!(
            "{} has more than {RATES_FILE_BYTES_MAX} bytes",
            path.display()
        );
    }
    std::fs::read(path).with_context(failed)
}

fn input(rate: &rows::ExchangeRate) -> RateInput {
    RateInput {
        date: rate.day.to_string(),
        from: rate.from_currency.to_string(),
        to: rate.to_currency.to_string(),
        rate: rate.rate.clone(),
        nominal: rate.nominal,
    }
}

fn tell(found: &RatesFound, is_dry: bool, json: bool) {
    let RatesFound {
        wanted,
        added,
        changed,
        faults_total,
        ..
    } = found;
    if json {
        let bank = found.bank.name();
        print::say!(
            "{}",
            json!({
                "bank": bank, "rates": wanted, "new": added, "changed": changed,
                "left_out": faults_total, "kept": !is_dry,
            })
        );
        return;
    }
    let bank = found.bank.name().to_uppercase();
    let are = if is_dry { "would be" } else { "are" };
    print::say!("{wanted} rates of the {bank} {are} kept: {added} new, {changed} changed.");
    let of = found.currencies.iter().filter(|found| found.is_wanted);
    let of: Vec<String> = of.map(|found| found.currency.to_string()).collect();
    if let Some(days) = found.days {
        print::say!(
            "{} (the file has {} to {})",
            of.join(", "),
            days.first,
            days.last
        );
    }
    for fault in &found.faults {
        print::say!("left out, row {}: {}", fault.row, fault.detail);
    }
}
