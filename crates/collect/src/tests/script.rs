//! The tracker as it goes over the wire.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::*;

fn read_gzip(body: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(body).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_tracker_is_sent_compressed_to_whoever_reads_gzip() {
    let house = House::new(IntakeSettings::default());
    let plain = house.call(&get("/t1.js"));
    let packed = house.call(&get("/t1.js").with("accept-encoding", "gzip, deflate, br"));
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    for reply in [&plain, &packed] {
        assert_eq!(reply.header("vary"), Some("accept-encoding"));
    }
    assert_eq!(read_gzip(&packed.body).as_bytes(), plain.body);
    assert!(read_gzip(&packed.body).ends_with("(\"key1\",\"/e\",\"cookie\");\n"));
}

#[test]
fn a_browser_that_has_the_tracker_is_told_so_in_either_coding() {
    let house = House::new(IntakeSettings::default());
    let tag = house
        .call(&get("/t1.js"))
        .header("etag")
        .unwrap()
        .to_owned();
    for coding in ["gzip", "identity"] {
        let ask = get("/t1.js").with("accept-encoding", coding);
        let known = house.call(&ask.with("if-none-match", format!("\"other\", {tag}")));
        assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
        assert_eq!(known.header("vary"), Some("accept-encoding"));
    }
    let other = house.call(&get("/t2.js").with("if-none-match", tag));
    assert_eq!(other.status, 200);
}

#[test]
fn a_sites_key_leads_to_its_tracker_on_the_common_path() {
    let house = House::new(IntakeSettings::default());
    let own = house.call(&get("/t2.js"));
    let common = house.call(&get("/t.js?a=b&k=key2"));
    assert_eq!((common.status.as_u16(), &common.body), (200, &own.body));
    for unknown in ["/t.js", "/t.js?k=", "/t.js?k=key9", "/t.js?key=key2"] {
        assert_eq!(house.call(&get(unknown)).status, 404, "{unknown}");
    }
}
