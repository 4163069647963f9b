//! The table of the console's routes; the sources are held against it.

use std::collections::BTreeSet;
use std::path::Path;

/// A route, and a request that reaches it.
#[derive(Clone, Copy)]
pub(super) struct Route {
    /// As the router has it.
    pub(super) template: &'static str,
    /// With real names, of what [`super::security::furnished`] makes; `USER`, `KEY`, `SESSION` and `SEALING` are
    /// put in.
    pub(super) path: &'static str,
    pub(super) is_page: bool,
    pub(super) changes: bool,
    /// Whether it is for those who are not signed in yet.
    pub(super) is_door: bool,
}

const fn page(template: &'static str, path: &'static str) -> Route {
    Route {
        template,
        path,
        is_page: true,
        changes: false,
        is_door: false,
    }
}

const fn change(template: &'static str, path: &'static str) -> Route {
    Route {
        is_page: false,
        changes: true,
        ..page(template, path)
    }
}

const fn both(template: &'static str, path: &'static str) -> Route {
    Route {
        changes: true,
        ..page(template, path)
    }
}

const fn door(route: Route) -> Route {
    Route {
        is_door: true,
        ..route
    }
}

/// All of them.
pub(super) const ALL: &[Route] = &[
    page("/", "/"),
    page("/console", "/console"),
    page("/console/", "/console/"),
    door(both("/console/sign-in", "/console/sign-in")),
    door(both("/console/sign-in/code", "/console/sign-in/code")),
    door(change("/console/sign-out", "/console/sign-out")),
    door(both("/console/link", "/console/link")),
    door(change("/console/link/password", "/console/link/password")),
    page("/console/global-settings", "/console/global-settings"),
    page("/console/keyring", "/console/keyring"),
    change("/console/keyring/rotate", "/console/keyring/rotate"),
    both(
        "/console/keyring/{key}/forget",
        "/console/keyring/SEALING/forget",
    ),
    change("/console/backup", "/console/backup"),
    both("/console/activity/check", "/console/activity/check"),
    page(
        "/console/activity/checkpoint",
        "/console/activity/checkpoint",
    ),
    page("/console/credentials", "/console/credentials"),
    both("/console/new-credential", "/console/new-credential"),
    page(
        "/console/new-credential/slug",
        "/console/new-credential/slug?name=A",
    ),
    change("/console/validate", "/console/validate"),
    page(
        "/console/credentials/{credential}",
        "/console/credentials/mail",
    ),
    both(
        "/console/credentials/{credential}/edit",
        "/console/credentials/mail/edit",
    ),
    change(
        "/console/credentials/{credential}/validate",
        "/console/credentials/mail/validate",
    ),
    change(
        "/console/credentials/{credential}/renew",
        "/console/credentials/mail/renew",
    ),
    change(
        "/console/credentials/{credential}/drop",
        "/console/credentials/mail/drop",
    ),
    change(
        "/console/credentials/{credential}/enable",
        "/console/credentials/mail/enable",
    ),
    both(
        "/console/credentials/{credential}/disable",
        "/console/credentials/mail/disable",
    ),
    both(
        "/console/credentials/{credential}/delete",
        "/console/credentials/mail/delete",
    ),
    both(
        "/console/credentials/{credential}/rotate",
        "/console/credentials/mail/rotate",
    ),
    change(
        "/console/credentials/{credential}/promote",
        "/console/credentials/mail/promote",
    ),
    page("/console/sources", "/console/sources"),
    both("/console/new-source", "/console/new-source"),
    page("/console/sources/{source}", "/console/sources/vault"),
    both(
        "/console/sources/{source}/edit",
        "/console/sources/vault/edit",
    ),
    both(
        "/console/sources/{source}/delete",
        "/console/sources/vault/delete",
    ),
    page("/console/alerts", "/console/alerts"),
    both("/console/new-alert-channel", "/console/new-alert-channel"),
    page("/console/alerts/{channel}", "/console/alerts/on-call"),
    change(
        "/console/alerts/{channel}/test",
        "/console/alerts/on-call/test",
    ),
    change(
        "/console/alerts/{channel}/rotate",
        "/console/alerts/on-call/rotate",
    ),
    change(
        "/console/alerts/{channel}/deliveries/{id}/deliver",
        "/console/alerts/on-call/deliveries/alr_00000000000000000000000000/deliver",
    ),
    both(
        "/console/alerts/{channel}/edit",
        "/console/alerts/on-call/edit",
    ),
    both(
        "/console/alerts/{channel}/delete",
        "/console/alerts/on-call/delete",
    ),
    page("/console/listeners", "/console/listeners"),
    both("/console/new-listener", "/console/new-listener"),
    page("/console/listeners/{listener}", "/console/listeners/orders"),
    both(
        "/console/listeners/{listener}/edit",
        "/console/listeners/orders/edit",
    ),
    change(
        "/console/listeners/{listener}/test",
        "/console/listeners/orders/test",
    ),
    change(
        "/console/listeners/{listener}/pause",
        "/console/listeners/orders/pause",
    ),
    change(
        "/console/listeners/{listener}/resume",
        "/console/listeners/orders/resume",
    ),
    change(
        "/console/listeners/{listener}/mails/{key}/deliver",
        "/console/listeners/orders/mails/0123456789abcdefghijklmnopqrstuv/deliver",
    ),
    change(
        "/console/listeners/{listener}/letters/{key}/discard",
        "/console/listeners/orders/letters/vutsrqponmlkjihgfedcba9876543210/discard",
    ),
    both(
        "/console/listeners/{listener}/delete",
        "/console/listeners/orders/delete",
    ),
    page("/console/consumers", "/console/consumers"),
    both("/console/new-consumer", "/console/new-consumer"),
    page("/console/consumers/{consumer}", "/console/consumers/crm"),
    both(
        "/console/consumers/{consumer}/edit",
        "/console/consumers/crm/edit",
    ),
    change(
        "/console/consumers/{consumer}/test",
        "/console/consumers/crm/test",
    ),
    change(
        "/console/consumers/{consumer}/enable",
        "/console/consumers/crm/enable",
    ),
    change(
        "/console/consumers/{consumer}/disable",
        "/console/consumers/crm/disable",
    ),
    both(
        "/console/consumers/{consumer}/delete",
        "/console/consumers/crm/delete",
    ),
    page("/console/activity", "/console/activity"),
    page("/console/activity/export", "/console/activity/export"),
    page("/console/access", "/console/access"),
    change("/console/access/users", "/console/access/users"),
    page("/console/access/users/{user}", "/console/access/users/USER"),
    change(
        "/console/access/users/{user}/role",
        "/console/access/users/USER/role",
    ),
    change(
        "/console/access/users/{user}/enable",
        "/console/access/users/USER/enable",
    ),
    change(
        "/console/access/users/{user}/disable",
        "/console/access/users/USER/disable",
    ),
    change(
        "/console/access/users/{user}/link",
        "/console/access/users/USER/link",
    ),
    change(
        "/console/access/users/{user}/remove-factor",
        "/console/access/users/USER/remove-factor",
    ),
    both(
        "/console/access/users/{user}/delete",
        "/console/access/users/USER/delete",
    ),
    both("/console/access/keys/new", "/console/access/keys/new"),
    both(
        "/console/access/keys/{key}/revoke",
        "/console/access/keys/KEY/revoke",
    ),
    page("/console/import", "/console/import"),
    change("/console/import/plan", "/console/import/plan"),
    change("/console/import/apply", "/console/import/apply"),
    change("/console/import/csv", "/console/import/csv"),
    page("/console/export", "/console/export"),
    page("/console/settings", "/console/settings"),
    page("/console/account", "/console/account"),
    change("/console/account/password", "/console/account/password"),
    change(
        "/console/account/sessions/end",
        "/console/account/sessions/end",
    ),
    change(
        "/console/account/sessions/{session}/end",
        "/console/account/sessions/SESSION/end",
    ),
    both(
        "/console/account/second-factor",
        "/console/account/second-factor",
    ),
    change(
        "/console/account/second-factor/confirm",
        "/console/account/second-factor/confirm",
    ),
    change(
        "/console/account/second-factor/codes",
        "/console/account/second-factor/codes",
    ),
    change(
        "/console/account/second-factor/remove",
        "/console/account/second-factor/remove",
    ),
];

/// What is no page of the console: its files, and whatever else is asked for.
const OTHERS: [&str; 2] = ["/console/assets/{file}", "/console/{*rest}"];

#[expect(clippy::disallowed_methods, reason = "it reads the sources")]
fn read(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|it| it == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Every path that stands in a `.route(`, or is a constant that does.
fn templates() -> BTreeSet<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = String::new();
    read(&sources.join("console"), &mut text);
    #[expect(clippy::disallowed_methods, reason = "it reads the sources")]
    text.push_str(&std::fs::read_to_string(sources.join("console.rs")).unwrap());
    text.split(".route(")
        .skip(1)
        .map(|rest| {
            let argument = rest.split(',').next().unwrap().trim();
            match argument {
                "ROOT" => "/console/".to_owned(),
                "NEW_LISTENER" => "/console/new-listener".to_owned(),
                "NEW_CONSUMER" => "/console/new-consumer".to_owned(),
                "NEW_SOURCE" => "/console/new-source".to_owned(),
                "NEW_CHANNEL" => "/console/new-alert-channel".to_owned(),
                "edit::NEW" => "/console/new-credential".to_owned(),
                "asset.path" => OTHERS[0].to_owned(),
                literal => literal.trim_matches('"').to_owned(),
            }
        })
        .collect()
}

#[test]
fn every_route_is_in_the_table_and_the_table_has_no_other() {
    let table: BTreeSet<String> = ALL
        .iter()
        .map(|route| route.template.to_owned())
        .chain(OTHERS.map(str::to_owned))
        .collect();
    assert_eq!(templates(), table);
}
