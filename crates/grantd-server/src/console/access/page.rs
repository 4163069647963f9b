//! The page with users and API keys.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::NewLink;
use grantd_model::{Action, ApiKey, Grant, Role, ScopeLimit, Target, User};

use crate::console::failed::Failed;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, actor};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The most users and keys of a page.
const ROWS: u32 = 200;

#[expect(
    clippy::struct_excessive_bools,
    reason = "what a row shows, each by itself"
)]
struct UserRow {
    id: String,
    name: String,
    role: &'static str,
    has_factor: bool,
    has_password: bool,
    enabled: bool,
    signed_in: Markup,
    is_me: bool,
}

struct KeyRow {
    id: String,
    name: String,
    grants: Vec<String>,
    made: Markup,
    ends: Markup,
    state: &'static str,
}

/// A link that was just made, shown this once.
pub(super) struct ShownLink {
    pub(super) user: String,
    pub(super) address: String,
    pub(super) until: Markup,
}

/// What is shown besides the lists.
#[derive(Default)]
pub(super) struct Around {
    pub(super) link: Option<ShownLink>,
    pub(super) name: String,
    pub(super) role: Option<Role>,
    pub(super) name_fault: Option<String>,
    pub(super) problem: Option<String>,
}

#[derive(Template)]
#[template(path = "console/access/page.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    users: Vec<UserRow>,
    keys: Vec<KeyRow>,
    more_users: bool,
    more_keys: Option<String>,
    roles: Vec<(&'static str, String, String)>,
    around: Around,
    form_id: String,
}

impl Page<'_> {
    fn role_is(&self, role: &str) -> bool {
        let chosen = self.around.role.map_or("viewer", Role::name);
        chosen == role
    }
}

/// `GET /console/access`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    page(&visit, Around::default(), StatusCode::OK).await
}

/// The page with this status.
pub(super) async fn page(
    visit: &Visit,
    around: Around,
    status: StatusCode,
) -> Result<Response, Failed> {
    Ok((status, Html(html(visit, around).await?)).into_response())
}

/// The page as HTML.
pub(super) async fn html(visit: &Visit, around: Around) -> Result<String, Failed> {
    let t = visit.t();
    let engine = &visit.app.engine;
    let users = engine.list_users(visit.actor(), ROWS, None).await?;
    let cursor = visit.query.find("cursor");
    let keys = engine.list_keys(visit.actor(), ROWS, cursor).await?;
    let page = Page {
        frame: visit.frame(Here::Access, t.say("nav.access")).await?,
        t,
        users: users
            .items
            .iter()
            .map(|user| user_row(visit, user))
            .collect(),
        keys: keys.items.iter().map(|key| key_row(visit, key)).collect(),
        more_users: users.next_cursor.is_some(),
        more_keys: keys.next_cursor.map(|cursor| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("cursor", &cursor);
            format!("/console/access?{}#keys", query.finish())
        }),
        roles: Role::ALL
            .iter()
            .map(|role| {
                let (name, what) = (
                    format!("role.{}", role.name()),
                    format!("role.{}_what", role.name()),
                );
                (
                    role.name(),
                    t.say(&name).to_owned(),
                    t.say(&what).to_owned(),
                )
            })
            .collect(),
        around,
        form_id: engine.unguessable(),
    };
    Ok(page.render()?)
}

/// A link as it is shown to the admin who made it.
pub(super) fn shown(visit: &Visit, user: &User, link: &NewLink) -> ShownLink {
    let address = visit.app.settings.link_address(link);
    ShownLink {
        user: user.name.to_string(),
        address: address.expose().clone(),
        until: visit.clock().when(link.expires_at),
    }
}

fn user_row(visit: &Visit, user: &User) -> UserRow {
    let never = || Markup(visit.t().say("access.never").to_owned());
    UserRow {
        id: user.id.to_string(),
        name: user.name.to_string(),
        role: user.role.name(),
        has_factor: user.has_second_factor(),
        has_password: user.password.is_some(),
        enabled: user.enabled,
        signed_in: user
            .signed_in_at
            .as_ref()
            .map_or_else(never, |at| visit.clock().when(*at)),
        is_me: user.id == visit.person.user.id,
    }
}

fn key_row(visit: &Visit, key: &ApiKey) -> KeyRow {
    let (t, clock) = (visit.t(), visit.clock());
    let state = match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= visit.now => "over",
        _ => "valid",
    };
    KeyRow {
        id: key.id.to_string(),
        name: key.name.to_string(),
        grants: key
            .grants
            .iter()
            .map(|grant| grant_words(t, grant))
            .collect(),
        made: Markup(t.say2(
            "credential.by_whom",
            clock.when(key.created.at),
            format!(
                "<bdi>{}</bdi>",
                crate::console::show::escaped(actor(&key.created.by))
            ),
        )),
        ends: match (&key.revoked_at, &key.expires_at) {
            (Some(at), _) => Markup(t.say1("access.revoked", clock.when(*at))),
            (None, Some(at)) => clock.when(*at),
            (None, None) => Markup(t.say("access.no_end").to_owned()),
        },
        state,
    }
}

/// A grant in words.
pub(in crate::console) fn grant_words(t: &Texts, grant: &Grant) -> String {
    let action = t.say(match grant.action {
        Action::Read => "grant_action.read",
        Action::Token => "grant_action.token",
        Action::Use => "grant_action.use",
        Action::Manage => "grant_action.manage",
        Action::Admin => "grant_action.admin",
    });
    let on = match &grant.on {
        Target::All => t.say("access.on_all").to_owned(),
        Target::Ids(ids) if grant.action == Action::Use => {
            t.count("access.on_consumers", ids.len() as u64)
        }
        Target::Ids(ids) => t.count("access.on_ids", ids.len() as u64),
        Target::Labels(selector) => selector
            .0
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let on = match &grant.on {
        Target::Labels(_) => t.say1("access.on_labelled", on),
        _ => on,
    };
    match &grant.scopes {
        ScopeLimit::Any => format!("{action} {on}"),
        ScopeLimit::Set(scopes) => format!("{action} {on} ({scopes})"),
    }
}
