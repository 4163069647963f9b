//! Every operation of the API, once: its route and its description are both made of this list.

use axum::Router;
use axum::handler::Handler;
use axum::routing::MethodRouter;
use utoipa::Path;
use utoipa::openapi::{HttpMethod, OpenApi};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::OpenApiRouter;

use crate::api::{
    alert_channels, audit, backups, consumers, credentials, export, imports, keyring, keys,
    listeners, plans, sources, users, validations,
};
use crate::app::App;

macro_rules! operations {
    ($($handler:ident in $($part:ident)::+),+ $(,)?) => {
        /// The routes of the API, without what describes them.
        pub(crate) fn routes() -> Router<App> {
            Router::new()$(.route(
                &utoipa_axum::paste!($($part::)+[<__path_ $handler>]::path()),
                by_method(
                    &utoipa_axum::paste!($($part::)+[<__path_ $handler>]::methods()),
                    &$($part::)+$handler,
                ),
            ))+
        }

        /// The document with each of them.
        pub(super) fn described(document: OpenApi) -> OpenApi {
            OpenApiRouter::<App>::with_openapi(document)
                $(.routes(utoipa_axum::routes!($($part::)+$handler)))+
                .into_openapi()
        }
    };
}

operations! {
    list in credentials::list,
    create in credentials::create,
    get in credentials::get,
    update in credentials::update,
    delete in credentials::delete,
    enable in credentials::enable,
    disable in credentials::enable,
    get in credentials::token,
    post in credentials::token,
    delete in credentials::token,
    renew in credentials::renew,
    events in credentials::events,
    usage in credentials::usage,
    add in credentials::secrets,
    promote in credentials::secrets,
    create in validations::create,
    list in keys::list,
    create in keys::create,
    get in keys::get,
    revoke in keys::revoke,
    list in users::list,
    create in users::create,
    get in users::get,
    update in users::update,
    delete in users::delete,
    create in users::link,
    delete in users::remove_factor,
    create in users::setup_link,
    list in listeners::list,
    create in listeners::create,
    get in listeners::get,
    update in listeners::update,
    delete in listeners::delete,
    pause in listeners::pause,
    resume in listeners::pause,
    list in listeners::deliveries,
    again in listeners::deliveries,
    list in listeners::letters,
    discard in listeners::letters,
    list in listeners::hours,
    create in listeners::test,
    list in listeners::spools,
    list in consumers::list,
    create in consumers::create,
    get in consumers::get,
    update in consumers::update,
    delete in consumers::delete,
    enable in consumers::enable,
    disable in consumers::enable,
    create in consumers::test,
    list in audit::list,
    export in audit::export,
    get in audit::checkpoint,
    check in audit::check,
    list in sources::list,
    create in sources::create,
    get in sources::get,
    update in sources::update,
    delete in sources::delete,
    list in sources::entries,
    export in export,
    create in plans::create,
    apply in plans::apply,
    create in imports::create,
    get in keyring::get,
    rotate in keyring::rotate,
    forget in keyring::forget,
    create in backups::create,
    list in alert_channels::list,
    create in alert_channels::create,
    get in alert_channels::get,
    update in alert_channels::update,
    delete in alert_channels::delete,
    create in alert_channels::rotate,
    create in alert_channels::test,
    list in alert_channels::deliveries,
    again in alert_channels::deliveries,
    source in sources::test,
    reference in sources::test,
}

/// The handler for each of the methods.
fn by_method<H: Handler<T, App>, T: 'static>(
    methods: &[HttpMethod],
    handler: &H,
) -> MethodRouter<App> {
    let with = |routes: MethodRouter<App>, method: &HttpMethod| {
        routes.on(method.to_method_filter(), handler.clone())
    };
    methods.iter().fold(MethodRouter::new(), with)
}
