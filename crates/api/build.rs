//! Refuses to build without the web interface, so that no binary ships an empty page.

use std::path::Path;

fn main() {
    let page = Path::new("../../web/dist/index.html");
    println!("cargo::rerun-if-changed=../../web/dist");
    if !page.is_file() {
        println!("cargo::error=the web interface is not built: run `make web` first");
    }
}
