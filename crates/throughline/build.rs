//! Lets the binary find the prebuilt engine: beside itself, in `lib/`, or where it was linked from.

fn main() {
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    #[expect(
        clippy::disallowed_methods,
        reason = "a build script is configured by variables"
    )]
    let folder = std::env::var("DUCKDB_LIB_DIR").unwrap_or_default();
    let bundled = std::env::var_os("CARGO_FEATURE_BUNDLED").is_some();
    if bundled || folder.is_empty() {
        return;
    }
    for place in ["$ORIGIN", "$ORIGIN/lib", folder.as_str()] {
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{place}");
    }
}
