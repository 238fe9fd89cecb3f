//! A server of our own that speaks S3: `SeaweedFS`, on ports that were free, gone with the test.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use backup::{Place, S3, S3Options};
use serde_json::json;
use tempfile::TempDir;

use crate::Bench;

pub(crate) const ACCESS_KEY: &str = "tester";
pub(crate) const SECRET_KEY: &str = "not-a-secret";
/// The program, which `make deps/seaweedfs` fetches.
const PROGRAM: &str = "../../deps/seaweedfs/bin/weed";
const TRIES_MAX: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct Server {
    process: Child,
    pub(crate) endpoint: String,
    _folder: TempDir,
}

impl Server {
    /// Starts one and waits until it answers.
    pub(crate) fn start() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROGRAM);
        assert!(program.is_file(), "run `make deps/seaweedfs` first");
        let folder = tempfile::tempdir().unwrap();
        let people = write_people(folder.path());
        // Each of its parts listens on a port and on one for its own kind of calls.
        let [
            master,
            master_calls,
            volume,
            volume_calls,
            filer,
            filer_calls,
            s3,
            s3_calls,
        ] = ports();
        let process = Command::new(program)
            .args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"])
            .arg(format!("-dir={}", folder.path().display()))
            .args(["-volume.max=20", "-master.volumeSizeLimitMB=64"])
            .args(["-volume.preStopSeconds=0", "-s3.iam=false"])
            .arg(format!("-master.port={master}"))
            .arg(format!("-master.port.grpc={master_calls}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-volume.port.grpc={volume_calls}"))
            .arg(format!("-filer.port={filer}"))
            .arg(format!("-filer.port.grpc={filer_calls}"))
            .arg(format!("-s3.port={s3}"))
            .arg(format!("-s3.port.grpc={s3_calls}"))
            .arg(format!("-s3.config={}", people.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            process,
            endpoint: format!("http://127.0.0.1:{s3}"),
            _folder: folder,
        };
        server.make_bucket("backups");
        server
    }

    /// A part of the bucket, as the program sees it.
    pub(crate) fn place(&self, prefix: &str, secret_key: &str, bench: &Arc<Bench>) -> S3 {
        let options = S3Options {
            endpoint: &self.endpoint,
            region: "eu-central-1",
            bucket: "backups",
            prefix,
            access_key: ACCESS_KEY,
            secret_key,
        };
        S3::new(&options, Arc::<Bench>::clone(bench)).unwrap()
    }

    /// The server answers once it has taken a bucket and an object.
    fn make_bucket(&self, name: &'static str) {
        let endpoint = self.endpoint.parse().unwrap();
        let region = "eu-central-1";
        let style = rusty_s3::UrlStyle::Path;
        let bucket = rusty_s3::Bucket::new(endpoint, style, name, region).unwrap();
        let credentials = rusty_s3::Credentials::new(ACCESS_KEY, SECRET_KEY);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        for _ in 0..TRIES_MAX {
            let hour = Duration::from_secs(3_600);
            let make = rusty_s3::S3Action::sign(&bucket.create_bucket(&credentials), hour);
            let _ = agent.put(make.as_str()).send_empty();
            let put = bucket.put_object(Some(&credentials), "ready");
            let put = rusty_s3::S3Action::sign(&put, hour);
            if agent
                .put(put.as_str())
                .send("yes")
                .is_ok_and(|it| it.status() == 200)
            {
                return;
            }
            thread::sleep(PAUSE);
        }
        panic!("the server does not answer");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn write_people(folder: &Path) -> PathBuf {
    let people = folder.join("people.json");
    let may = ["Admin", "Read", "List", "Write"];
    let keys = [json!({"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY})];
    let all = json!({"identities": [{"name": "tester", "credentials": keys, "actions": may}]});
    fs::write(&people, all.to_string()).unwrap();
    people
}

/// Ports that were free a moment ago.
fn ports<const COUNT: usize>() -> [u16; COUNT] {
    let held: [TcpListener; COUNT] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    std::array::from_fn(|at| held[at].local_addr().unwrap().port())
}

/// The same trait for whoever asks of a place what the program asks.
pub(crate) fn names(place: &dyn Place, prefix: &str) -> Vec<String> {
    let mut names: Vec<String> = place
        .list(prefix)
        .unwrap()
        .into_iter()
        .map(|object| object.name)
        .collect();
    names.sort();
    names
}
