//! Every fuzz target in one program: libFuzzer makes up the bytes, `--target=` says who reads them.
//!
//! `xtask/fuzz` builds it with counters at every branch and runs it.

#![no_main]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a finding is told"
)]

mod house;
mod script;
mod targets;

use std::sync::OnceLock;

/// Reads what strangers send, and panics where a promise is broken.
type Target = fn(&[u8]);

/// Each has a folder of its name in `fuzz/corpus`.
const TARGETS: [(&str, Target); 14] = [
    ("access_log", targets::access_log::run),
    ("address", targets::address::run),
    ("batch", targets::batch::run),
    ("browser", targets::browser::run),
    ("clients", targets::clients::run),
    ("fact", targets::fact::run),
    ("formula", targets::formula::run),
    ("journal", targets::journal::run),
    ("question", targets::question::run),
    ("routing", targets::routing::run),
    ("sealed", targets::sealed::run),
    ("table", targets::table::run),
    ("words", targets::words::run),
    ("workbook", targets::workbook::run),
];

static CHOSEN: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(init: choose(), |bytes: &[u8]| {
    CHOSEN.get().unwrap()(bytes);
});

fn choose() {
    let name = std::env::args().find_map(|word| word.strip_prefix("--target=").map(str::to_owned));
    let name = name.unwrap_or_else(|| panic!("say which target: --target=NAME"));
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = found.unwrap_or_else(|| panic!("there is no target {name}"));
    CHOSEN.get_or_init(|| *target);
}
