//! Measurements as ratios against a baseline of the same run.

pub(crate) mod bare;
mod intake;
mod load;
mod process;
mod shop;

/// Runs the named measurements, or all of them.
pub(crate) fn run(names: &[&str]) -> anyhow::Result<()> {
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    if wanted("intake") {
        tokio::runtime::Runtime::new()?.block_on(intake::measure())?;
    }
    Ok(())
}
