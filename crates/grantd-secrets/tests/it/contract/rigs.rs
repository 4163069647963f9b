//! Each source over something whose secrets a test puts there and takes away.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::source::{HttpsDraft, SourceKind, VaultDraft};
use grantd_model::{Clock, Secret, SourceDraft};
use grantd_net::{NetError, Outbound};
use grantd_secrets::{
    CommandSource, Environment, FileSource, Freshness, HttpsSource, OwnSecret, SecretSource,
    SourceError, Vault,
};
use grantd_testkit::{Answer, FakeOutbound};
use tempfile::TempDir;

/// A source, and what it reads.
pub(super) trait Rig {
    fn new() -> Self;
    fn source(&self, clock: Arc<dyn Clock>) -> Box<dyn SecretSource>;
    /// The path by which the source calls a secret.
    fn path(&self, of: &str) -> String {
        of.to_owned()
    }
    /// The key, where the source holds documents.
    fn key(&self) -> Option<&'static str> {
        None
    }
    fn put(&self, of: &str, text: &str);
    fn take_away(&self, of: &str);
    /// Lets nobody read it.
    fn deny(&self, _: &str) {
        unimplemented!("no rule asks this of the source");
    }
    /// Lets reading it, and nothing else, end in a way that says nothing of the secret.
    fn upset(&self, _: &str) {
        unimplemented!("no rule asks this of the source");
    }
    /// Lets nothing be known of any secret.
    fn break_down(&self) {
        unimplemented!("no rule asks this of the source");
    }
    fn mend(&self) {}
    /// Puts what is no text; false where that can not be.
    fn put_bytes(&self, _: &str, _: &[u8]) -> bool {
        false
    }
    /// Lets reading it hang.
    fn hang(&self, _: &str) {
        unimplemented!("no rule asks this of the source");
    }
    /// Paths that no source of this kind serves.
    fn beyond(&self) -> Vec<&'static str> {
        vec!["../one", "a/../one", "./one", "a//one", "/one", ""]
    }
    /// How often it was read, where that is counted.
    fn reads(&self) -> Option<usize> {
        None
    }
}

pub(super) struct Files {
    folder: TempDir,
}

impl Files {
    fn write(&self, of: &str, bytes: &[u8], mode: u32) {
        let path = self.folder.path().join(of);
        let _ = fs::remove_file(&path);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

impl Rig for Files {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn source(&self, _: Arc<dyn Clock>) -> Box<dyn SecretSource> {
        Box::new(FileSource::new(self.folder.path().to_owned(), true).unwrap())
    }

    fn put(&self, of: &str, text: &str) {
        self.write(of, text.as_bytes(), 0o600);
    }

    fn take_away(&self, of: &str) {
        fs::remove_file(self.folder.path().join(of)).unwrap();
    }

    fn break_down(&self) {
        // a link to itself: the path leads nowhere, and nothing is said of the secret
        let path = self.folder.path().join("one");
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(&path, &path).unwrap();
    }

    fn mend(&self) {
        self.put("one", super::CANARY);
    }

    fn put_bytes(&self, of: &str, bytes: &[u8]) -> bool {
        self.write(of, bytes, 0o600);
        true
    }
}

/// Variables of the process itself.
pub(super) struct Variables;

impl Rig for Variables {
    fn new() -> Self {
        Self
    }

    fn source(&self, _: Arc<dyn Clock>) -> Box<dyn SecretSource> {
        Box::new(Environment::new("CARGO_".to_owned()).unwrap())
    }

    fn put(&self, _: &str, _: &str) {
        unimplemented!("variables are not set beside other tests");
    }

    fn take_away(&self, _: &str) {
        unimplemented!("variables are not set beside other tests");
    }

    fn beyond(&self) -> Vec<&'static str> {
        vec![
            "PATH",
            "cargo_PKG_NAME",
            "CARGO_PKG_NAME/../HOME",
            "CARGO_A B",
            "",
        ]
    }
}

pub(super) struct Commands {
    folder: TempDir,
}

impl Rig for Commands {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        // what it prints is what the file holds; a mark beside it decides how it ends
        let script = format!(
            "#!/bin/sh\ncd {}/secrets || exit 9\necho . >> ../reads\n\
             [ -e ../broken ] && exit 7\n[ -e \"$1.upset\" ] && exit 8\n[ -e \"$1.denied\" ] && exit 4\n\
             [ -e \"$1.hangs\" ] && sleep 600\n[ -e \"$1\" ] || exit 3\ncat \"$1\"\n",
            folder.path().display()
        );
        fs::create_dir(folder.path().join("secrets")).unwrap();
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        Self { folder }
    }

    fn source(&self, _: Arc<dyn Clock>) -> Box<dyn SecretSource> {
        let program = self.folder.path().join("program");
        let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let source = CommandSource::new(
            program,
            vec!["{path}".to_owned()],
            environment,
            Duration::from_secs(2),
        );
        Box::new(source.unwrap())
    }

    fn put(&self, of: &str, text: &str) {
        self.put_bytes(of, text.as_bytes());
    }

    fn take_away(&self, of: &str) {
        fs::remove_file(self.folder.path().join("secrets").join(of)).unwrap();
    }

    fn deny(&self, of: &str) {
        let mark = format!("secrets/{of}.denied");
        fs::write(self.folder.path().join(mark), "").unwrap();
    }

    fn upset(&self, of: &str) {
        let mark = format!("secrets/{of}.upset");
        fs::write(self.folder.path().join(mark), "").unwrap();
    }

    fn break_down(&self) {
        fs::write(self.folder.path().join("broken"), "").unwrap();
    }

    fn mend(&self) {
        fs::remove_file(self.folder.path().join("broken")).unwrap();
    }

    fn put_bytes(&self, of: &str, bytes: &[u8]) -> bool {
        fs::write(self.folder.path().join("secrets").join(of), bytes).unwrap();
        true
    }

    fn hang(&self, of: &str) {
        let mark = format!("secrets/{of}.hangs");
        fs::write(self.folder.path().join(mark), "").unwrap();
    }

    fn beyond(&self) -> Vec<&'static str> {
        vec!["-one", "--help", "../one", "a/../one", ""]
    }

    fn reads(&self) -> Option<usize> {
        let read = fs::read_to_string(self.folder.path().join("reads"));
        Some(read.map_or(0, |text| text.lines().count()))
    }
}

/// What a server holds, and how it is.
#[derive(Default)]
struct Held {
    secrets: Mutex<BTreeMap<String, Vec<u8>>>,
    denied: Mutex<Vec<String>>,
    upset: Mutex<Vec<String>>,
    broken: AtomicBool,
    hangs: AtomicBool,
    reads: AtomicUsize,
}

impl Held {
    /// The status, and what is there.
    fn answer(&self, path: &str) -> Result<Vec<u8>, u16> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.denied.lock().unwrap().iter().any(|it| it == path) {
            return Err(403);
        }
        if self.upset.lock().unwrap().iter().any(|it| it == path) {
            return Err(500);
        }
        self.secrets.lock().unwrap().get(path).cloned().ok_or(404)
    }

    fn put(&self, of: &str, bytes: &[u8]) {
        let mut secrets = self.secrets.lock().unwrap();
        secrets.insert(of.to_owned(), bytes.to_vec());
    }

    /// An answer that is not there.
    fn fault(&self) -> Option<Answer> {
        if self.hangs.load(Ordering::Relaxed) {
            return Some(Answer::failure(NetError::RequestTimeout {
                host: "secrets.example.com".to_owned(),
                after: Duration::from_secs(10),
            }));
        }
        let broken = self.broken.load(Ordering::Relaxed);
        broken.then(|| Answer::json(503, "{\"errors\": [\"Vault is sealed\"]}"))
    }
}

/// What the way out says of more than was allowed.
fn too_large() -> Answer {
    Answer::failure(NetError::TooLarge {
        host: "secrets.example.com".to_owned(),
        status: http::StatusCode::OK,
        limit: 65_536,
    })
}

struct Token;

#[async_trait]
impl OwnSecret for Token {
    async fn secret(&self, _: Freshness) -> Result<Secret<String>, SourceError> {
        Ok(Secret::from("canary-own-token"))
    }
}

pub(super) struct Https {
    held: Arc<Held>,
    outbound: Arc<FakeOutbound>,
}

impl Rig for Https {
    fn new() -> Self {
        let (held, outbound) = (Arc::<Held>::default(), Arc::<FakeOutbound>::default());
        let there = Arc::clone(&held);
        outbound.answer_by("secrets.example.com", move |_, sent| {
            if let Some(fault) = there.fault() {
                return fault;
            }
            assert_eq!(
                sent.header("authorization"),
                Some("Bearer canary-own-token")
            );
            let path = sent.url().rsplit('/').next().unwrap_or_default();
            match there.answer(path) {
                Ok(bytes) if bytes.len() > 500_000 => too_large(),
                Ok(bytes) => Answer::bytes(200, &bytes),
                Err(status) => Answer::json(status, "canary in a page"),
            }
        });
        Self { held, outbound }
    }

    fn source(&self, _: Arc<dyn Clock>) -> Box<dyn SecretSource> {
        let draft = SourceDraft {
            kind: "https".to_owned(),
            https: Some(HttpsDraft {
                url: "https://secrets.example.com/v1/{path}".to_owned(),
                header: Some("authorization".to_owned()),
                header_prefix: "Bearer ".to_owned(),
                ca_bundle: None,
            }),
            ..draft()
        };
        let SourceKind::Https(settings) = draft.parse().unwrap().kind else {
            unreachable!("it is a service");
        };
        let outbound: Arc<dyn Outbound> = self.outbound.clone();
        Box::new(HttpsSource::new(settings, Arc::new(Token), outbound))
    }

    fn put(&self, of: &str, text: &str) {
        self.held.put(of, text.as_bytes());
    }

    fn take_away(&self, of: &str) {
        self.held.secrets.lock().unwrap().remove(of);
    }

    fn deny(&self, of: &str) {
        self.held.denied.lock().unwrap().push(of.to_owned());
    }

    fn upset(&self, of: &str) {
        self.held.upset.lock().unwrap().push(of.to_owned());
    }

    fn break_down(&self) {
        self.held.broken.store(true, Ordering::Relaxed);
    }

    fn mend(&self) {
        self.held.broken.store(false, Ordering::Relaxed);
    }

    fn put_bytes(&self, of: &str, bytes: &[u8]) -> bool {
        self.held.put(of, bytes);
        true
    }

    fn hang(&self, _: &str) {
        self.held.hangs.store(true, Ordering::Relaxed);
    }

    fn reads(&self) -> Option<usize> {
        Some(self.held.reads.load(Ordering::Relaxed))
    }
}

pub(super) struct Vaults {
    held: Arc<Held>,
    outbound: Arc<FakeOutbound>,
}

impl Rig for Vaults {
    fn new() -> Self {
        let (held, outbound) = (Arc::<Held>::default(), Arc::<FakeOutbound>::default());
        let there = Arc::clone(&held);
        outbound.answer_by("vault.example.com", move |_, sent| {
            if let Some(fault) = there.fault() {
                return fault;
            }
            assert_eq!(sent.header("x-vault-token"), Some("canary-own-token"));
            if sent.url().ends_with("/lookup-self") {
                return Answer::json(200, "{\"data\": {\"ttl\": 0, \"renewable\": false}}");
            }
            let path = sent.url().rsplit('/').next().unwrap_or_default();
            match there.answer(path) {
                Ok(bytes) if bytes.len() > 500_000 => too_large(),
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes);
                    let document = serde_json::json!({"data": {
                        "data": {"secret": text}, "metadata": {"version": 1, "created_time": ""},
                    }});
                    Answer::bytes(200, document.to_string().as_bytes())
                }
                Err(status) => Answer::json(status, "{\"errors\": []}"),
            }
        });
        Self { held, outbound }
    }

    fn source(&self, clock: Arc<dyn Clock>) -> Box<dyn SecretSource> {
        let draft = SourceDraft {
            vault: Some(VaultDraft {
                address: "https://vault.example.com:8200".to_owned(),
                ..VaultDraft::default()
            }),
            ..draft()
        };
        let SourceKind::Vault(settings) = draft.parse().unwrap().kind else {
            unreachable!("it is a vault");
        };
        let outbound: Arc<dyn Outbound> = self.outbound.clone();
        Box::new(Vault::new(settings, Arc::new(Token), outbound, clock))
    }

    fn key(&self) -> Option<&'static str> {
        Some("/secret")
    }

    fn put(&self, of: &str, text: &str) {
        self.held.put(of, text.as_bytes());
    }

    fn take_away(&self, of: &str) {
        self.held.secrets.lock().unwrap().remove(of);
    }

    fn deny(&self, of: &str) {
        self.held.denied.lock().unwrap().push(of.to_owned());
    }

    fn upset(&self, of: &str) {
        self.held.upset.lock().unwrap().push(of.to_owned());
    }

    fn break_down(&self) {
        self.held.broken.store(true, Ordering::Relaxed);
    }

    fn mend(&self) {
        self.held.broken.store(false, Ordering::Relaxed);
    }

    fn hang(&self, _: &str) {
        self.held.hangs.store(true, Ordering::Relaxed);
    }

    fn reads(&self) -> Option<usize> {
        Some(self.held.reads.load(Ordering::Relaxed))
    }
}

fn draft() -> SourceDraft {
    SourceDraft {
        paths: vec!["*".to_owned()],
        origins: vec!["*".to_owned()],
        ..SourceDraft::default()
    }
}
