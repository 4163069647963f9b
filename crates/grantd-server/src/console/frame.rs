//! What stands around a page: navigation, path, who is signed in.

use grantd_model::Standing;

use super::state::Counts;
use super::visit::Visit;

/// The place of a page in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    Overview,
    Activity,
    GlobalSettings,
    Credentials,
    Listeners,
    Consumers,
    Sources,
    Alerts,
    Access,
    Settings,
    Account,
}

/// A step of the path to a page.
pub(super) struct Crumb {
    pub(super) text: String,
    /// Absent for the page itself and for what has no page.
    pub(super) href: Option<String>,
}

/// What stands around a page.
pub(super) struct Frame<'a> {
    pub(super) title: String,
    pub(super) here: Here,
    pub(super) crumbs: Vec<Crumb>,
    pub(super) user: &'a str,
    pub(super) role: &'static str,
    pub(super) manages: bool,
    pub(super) administers: bool,
    /// How many credentials fail.
    pub(super) failing: u64,
    /// What the operator calls this installation.
    pub(super) badge: Option<&'a str>,
    /// What was just done.
    pub(super) done: Option<&'a str>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(visit: &'a Visit, here: Here, title: String, counts: &Counts) -> Self {
        let t = visit.t();
        let done = visit.query.find("done");
        let done = done.and_then(|what| t.find(&format!("done.{what}")));
        Self {
            crumbs: crumbs(visit, here, &title),
            title,
            here,
            user: visit.person.user.name.as_str(),
            role: visit.person.user.role.name(),
            manages: visit.manages(),
            administers: visit.administers(),
            failing: counts.of(Standing::Failing),
            badge: visit.app.settings.badge.as_deref(),
            done,
        }
    }

    /// The key of the role's name.
    pub(super) fn role_key(&self) -> &'static str {
        match self.role {
            "admin" => "role.admin",
            "editor" => "role.editor",
            _ => "role.viewer",
        }
    }

    /// Whether a place of the navigation is that of this page.
    pub(super) fn is(&self, here: &str) -> bool {
        matches!(
            (self.here, here),
            (Here::Overview, "overview")
                | (Here::Activity, "activity")
                | (Here::GlobalSettings, "global-settings")
                | (Here::Credentials, "credentials")
                | (Here::Listeners, "listeners")
                | (Here::Consumers, "consumers")
                | (Here::Sources, "sources")
                | (Here::Alerts, "alerts")
                | (Here::Access, "access")
                | (Here::Settings, "settings")
                | (Here::Account, "account")
        )
    }
}

/// The path by which the product is documented.
fn crumbs(visit: &Visit, here: Here, title: &str) -> Vec<Crumb> {
    let t = visit.t();
    let step = |text: &str, href: Option<&str>| Crumb {
        text: text.to_owned(),
        href: href.map(str::to_owned),
    };
    let administration = || step(t.say("nav.administration"), None);
    let mut crumbs = match here {
        Here::Overview | Here::Activity | Here::Listeners | Here::Consumers | Here::Account => {
            Vec::new()
        }
        Here::GlobalSettings | Here::Access | Here::Settings => vec![administration()],
        Here::Credentials | Here::Sources | Here::Alerts => vec![
            administration(),
            step(
                t.say("nav.global_settings"),
                Some("/console/global-settings"),
            ),
        ],
    };
    let list = match here {
        Here::Credentials => Some((t.say("nav.credentials"), "/console/credentials")),
        Here::Listeners => Some((t.say("nav.listeners"), "/console/listeners")),
        Here::Consumers => Some((t.say("nav.consumers"), "/console/consumers")),
        Here::Sources => Some((t.say("nav.sources"), "/console/sources")),
        Here::Alerts => Some((t.say("nav.alerts"), "/console/alerts")),
        Here::Access => Some((t.say("nav.access"), "/console/access")),
        Here::Account => Some((t.say("nav.account"), "/console/account")),
        _ => None,
    };
    if let Some((text, href)) = list.filter(|(text, _)| *text != title) {
        crumbs.push(step(text, Some(href)));
    }
    crumbs.push(step(title, None));
    crumbs
}
