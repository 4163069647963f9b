//! The sandbox as a whole: its routes and its server.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use grantd_model::{Clock, Randomness};
use tokio::net::TcpListener;

use crate::config::SandboxConfig;
use crate::fault_answer::{REDIRECTED_PATH, redirected};
use crate::faults::Fault;
use crate::mailbox::store::Touch;
use crate::mailbox::{self, MailFault, MailThere};
use crate::state::Shared;
use crate::stats::Stats;
use crate::{fault_endpoint, introspection, metadata, overview, resource, stats, token_endpoint};

/// Where the token endpoint is.
pub const TOKEN_PATH: &str = "/token";
/// Where it is as well: many a token endpoint does not end in `/token`.
pub const EXAMPLE_TOKEN_PATH: &str = "/tenant/oauth2/authorize-service";
pub(crate) const INTROSPECTION_PATH: &str = "/introspect";
pub(crate) const METADATA_PATH: &str = "/.well-known/oauth-authorization-server";
pub(crate) const RESOURCE_PATH: &str = "/resource";
pub(crate) const FAULTS_PATH: &str = "/faults";
pub(crate) const STATS_PATH: &str = "/stats";

/// The largest request body that is read.
const MOST_BODY_BYTES: usize = 64 * 1024;
/// How long connections get to end after the shutdown began.
const GRACE: Duration = Duration::from_secs(2);

/// An authorization server with faults; clones share one state.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

impl Sandbox {
    /// A sandbox without tokens, counts and faults.
    #[must_use]
    pub fn new(
        config: SandboxConfig,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared::new(config, clock, randomness)),
        }
    }

    /// All endpoints, for a server of one's own or for a test without sockets.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(overview::get))
            .route(TOKEN_PATH, post(token_endpoint::post))
            .route(EXAMPLE_TOKEN_PATH, post(token_endpoint::post))
            .route(INTROSPECTION_PATH, post(introspection::post))
            .route(METADATA_PATH, get(metadata::get))
            .route(RESOURCE_PATH, get(resource::get))
            .route(REDIRECTED_PATH, any(redirected))
            .route(
                FAULTS_PATH,
                get(fault_endpoint::show).put(fault_endpoint::switch),
            )
            .route(STATS_PATH, get(stats::show))
            .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
            .merge(mailbox::routes())
            .with_state(Arc::clone(&self.shared))
    }

    /// Serves until the shutdown is ready, then lets running requests end, two seconds at most.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        self.shared.set_stopping(false);
        let shared = Arc::clone(&self.shared);
        let serving = axum::serve(listener, self.router()).with_graceful_shutdown(async move {
            shutdown.await;
            shared.set_stopping(true);
        });
        tokio::select! {
            ended = serving => ended,
            () = async {
                self.shared.stopping().await;
                tokio::time::sleep(GRACE).await;
            } => Ok(()),
        }
    }

    /// Switches a fault on, or off with [`Fault::none`].
    pub fn set_fault(&self, fault: Fault) {
        self.shared.changing().fault = fault;
    }

    /// Serves SMTP until the shutdown is ready: mail for the mailboxes comes in.
    pub async fn serve_smtp(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        mailbox::smtp::serve(&self.shared, listener, shutdown).await;
    }

    /// Adds a fault of the mailbox server to those that are to strike.
    pub fn add_mail_fault(&self, fault: MailFault) {
        self.shared.mail.lock().script.0.push_back(fault);
    }

    /// How often each operation of the mailbox server was asked for, and how often without a header that
    /// leads to the right server, or by which people find a request again.
    #[must_use]
    pub fn mail_counts(&self) -> BTreeMap<String, u64> {
        self.shared.mail.lock().counts.clone()
    }

    /// Puts a mail into a folder of a mailbox.
    ///
    /// # Errors
    /// When there is no such mailbox or folder.
    pub fn put_mail(&self, address: &str, folder: &str, mime: Vec<u8>) -> Result<(), &'static str> {
        let now = self.shared.clock.now();
        self.shared.mail.deliver(address, folder, mime, now)
    }

    /// Adds a folder to a mailbox; tells whether its parent was there.
    #[must_use]
    pub fn add_mail_folder(&self, address: &str, parent: &str, name: &str) -> bool {
        let id = self.shared.mail.new_id();
        let mut inner = self.shared.mail.lock();
        let mailbox = inner.boxes.get_mut(&address.to_lowercase());
        mailbox.is_some_and(|mailbox| mailbox.add_folder(id, parent, name))
    }

    /// The mails of a folder, in the order in which they came.
    #[must_use]
    pub fn mails(&self, address: &str, folder: &str) -> Vec<MailThere> {
        mailbox::there(&self.shared, address, folder)
    }

    /// Moves the mail of this subject from one folder to another; tells whether it was there.
    #[must_use]
    pub fn move_mail(&self, address: &str, subject: &str, folder: &str) -> bool {
        let id = self.shared.mail.new_id();
        let mut inner = self.shared.mail.lock();
        let Some(mailbox) = inner.boxes.get_mut(&address.to_lowercase()) else {
            return false;
        };
        mailbox.move_by_subject(subject, folder, id)
    }

    /// Somebody marks the mail of this subject as unread; tells whether it was there.
    #[must_use]
    pub fn mark_unread(&self, address: &str, subject: &str) -> bool {
        self.touch(address, subject, Touch::Read(false))
    }

    /// Somebody reads the mail of this subject; tells whether it was there.
    #[must_use]
    pub fn mark_read(&self, address: &str, subject: &str) -> bool {
        self.touch(address, subject, Touch::Read(true))
    }

    /// Puts a mail into a folder with the search key of the one of this subject, as what is made of a
    /// copy has it; tells whether that was there.
    #[must_use]
    pub fn put_copy(&self, address: &str, subject: &str, folder: &str, mime: Vec<u8>) -> bool {
        let now = self.shared.clock.now();
        let put = self.shared.mail.deliver(address, folder, mime, now);
        let mut inner = self.shared.mail.lock();
        let mailbox = inner.boxes.get_mut(&address.to_lowercase());
        put.is_ok() && mailbox.is_some_and(|mailbox| mailbox.copy_search_key(subject, folder))
    }

    /// Somebody renames a folder; tells whether it was there.
    #[must_use]
    pub fn rename_mail_folder(&self, address: &str, path: &str, name: &str) -> bool {
        let mut inner = self.shared.mail.lock();
        let mailbox = inner.boxes.get_mut(&address.to_lowercase());
        let folder = mailbox.and_then(|mailbox| mailbox.by_path(path));
        folder.is_some_and(|folder| {
            name.clone_into(&mut folder.name);
            true
        })
    }

    /// Somebody removes a folder with what is in it; tells whether it was there.
    #[must_use]
    pub fn remove_mail_folder(&self, address: &str, path: &str) -> bool {
        let mut inner = self.shared.mail.lock();
        let mailbox = inner.boxes.get_mut(&address.to_lowercase());
        mailbox.is_some_and(|mailbox| mailbox.remove_folder(path))
    }

    /// Somebody gives the mail of this subject a category; tells whether it was there.
    #[must_use]
    pub fn categorise(&self, address: &str, subject: &str, category: &str) -> bool {
        self.touch(address, subject, Touch::Category(category))
    }

    fn touch(&self, address: &str, subject: &str, touch: Touch<'_>) -> bool {
        let mut inner = self.shared.mail.lock();
        let mailbox = inner.boxes.get_mut(&address.to_lowercase());
        mailbox.is_some_and(|mailbox| mailbox.touch(subject, touch))
    }

    /// Mails that come from now on have no search key, as those of a server that has none.
    pub fn without_search_keys(&self) {
        self.shared.mail.lock().no_search_keys = true;
    }

    /// The counts so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.changing().stats.clone()
    }
}
