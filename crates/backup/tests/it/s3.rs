//! Sets in a bucket of a real server.

use std::sync::Arc;

use backup::{Folder, Machine, Place, PlaceError, Repository, S3, S3Options, sweep, verify};

use crate::server::{ACCESS_KEY, SECRET_KEY, Server, names};
use crate::{Bench, LONG, check_restored, key, make, noise, repository};

/// Of now: the server compares the signature's time with its own clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the server under test has a clock of its own"
)]
fn bench() -> Arc<Bench> {
    let now = jiff::Timestamp::now().as_millisecond();
    Bench::at(now)
}

/// One server for what would each need one: starting it is the long part.
#[test]
fn a_bucket_holds_what_a_folder_holds() {
    let (server, bench) = (Server::start(), bench());
    sets_come_back(&server, &bench);
    lists_are_longer_than_a_page(&server, &bench);
    a_wrong_password_is_told_without_it(&server, &bench);
    prefixes_keep_installations_apart(&server, &bench);
    a_server_that_is_gone_is_told(server, &bench);
}

fn sets_come_back(server: &Server, bench: &Arc<Bench>) {
    let kept = repository(server.place("shop", SECRET_KEY, bench), bench);
    let files = [("journal/0", noise(1, LONG)), ("store", noise(2, 3_000))];
    let (first, set, sent) = make(&kept, &files);
    assert_eq!(sent.objects, 5);
    check_restored(&kept, &set, &files);
    let (second, _, sent) = make(&kept, &files);
    assert_eq!(sent.objects, 1);
    let mut both = vec![first.clone(), second.clone()];
    both.sort();
    assert_eq!(kept.sets().unwrap(), both);
    let swept = sweep(&kept, std::slice::from_ref(&second)).unwrap();
    assert_eq!((swept.sets, swept.pieces), (1, 0));
    let read = verify(&kept, &[second], &mut |_| {}).unwrap();
    assert_eq!((read.pieces, read.damage), (4, Vec::new()));
    let place = server.place("shop", SECRET_KEY, bench);
    place.remove(&names(&place, "pieces/")[0]).unwrap();
    let read = verify(&kept, &kept.sets().unwrap(), &mut |_| {}).unwrap();
    assert_eq!(read.damage.len(), 1);
}

fn lists_are_longer_than_a_page(server: &Server, bench: &Arc<Bench>) {
    let place = server.place("many", SECRET_KEY, bench);
    for number in 0..1_005 {
        place.put(&format!("pieces/{number:04}"), b"x").unwrap();
    }
    let listed = names(&place, "pieces/");
    assert_eq!(listed.len(), 1_005);
    assert_eq!(listed[1_004], "pieces/1004");
}

fn a_wrong_password_is_told_without_it(server: &Server, bench: &Arc<Bench>) {
    let place = server.place("shop", "wrong-secret", bench);
    let refused = place.list("").unwrap_err();
    let words = refused.to_string();
    assert!(matches!(refused, PlaceError::Refused { .. }), "{words}");
    assert!(words.contains("403"), "{words}");
    assert!(
        !words.contains("wrong-secret") && !words.contains("Signature="),
        "{words}"
    );
}

fn prefixes_keep_installations_apart(server: &Server, bench: &Arc<Bench>) {
    let place = server.place("shop2", SECRET_KEY, bench);
    let machine: Arc<dyn Machine> = Arc::<Bench>::clone(bench);
    let words = Repository::open(Arc::new(place), key(), machine);
    let words = words.err().unwrap().to_string();
    assert_eq!(words, "there are no back-ups in s3://backups/shop2");
}

fn a_server_that_is_gone_is_told(server: Server, bench: &Arc<Bench>) {
    let place = server.place("shop", SECRET_KEY, bench);
    drop(server);
    let words = place.put("pieces/x", b"x").unwrap_err().to_string();
    assert!(
        words.starts_with("s3://backups/shop cannot be reached"),
        "{words}"
    );
    assert!(!words.contains(ACCESS_KEY), "{words}");
}

#[test]
fn a_bucket_and_a_folder_are_named_without_secrets() {
    let options = S3Options {
        endpoint: "",
        region: "eu-central-1",
        bucket: "shop",
        prefix: "/a/b/",
        access_key: ACCESS_KEY,
        secret_key: SECRET_KEY,
    };
    let place = S3::new(&options, Bench::at(0)).unwrap();
    assert_eq!(place.shown(), "s3://shop/a/b");
    let folder = tempfile::tempdir().unwrap();
    let shown = Folder::open(folder.path()).unwrap().shown();
    assert_eq!(shown, folder.path().display().to_string());
}
