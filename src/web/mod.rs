//! Owns HTTP: the routes, and the translation between requests and the layers below. Only this layer (and the demo
//! site) knows actix. It must not know SQL.

mod address;
mod api;
pub mod assets;
mod body;
mod cookies;
mod csrf;
mod errors;
mod frame;
mod hosted;
mod imports;
mod looks;
mod oauth;
mod operations;
mod origin;
pub mod pages;
mod register;
mod site;
mod sts;
pub mod texts;

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, get, method, post, put, resource, route, scope};
use actix_web::{HttpResponse, Route};

use hosted::{
    account, authorize, change_password, confirm, consent, error, factor, factor_set_up, federation, feedback, login,
    logout, passkeys, recovery, sign_up, single_logout,
};

/// Every route of the pool's server.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        scope("")
            .wrap(from_fn(frame::surround))
            .configure(protocol)
            .configure(hosted_pages)
            .configure(account_pages)
            .configure(operators)
            .default_service(route().to(error::not_found)),
    );
}

fn protocol(config: &mut ServiceConfig) {
    let preflight = || method(Method::OPTIONS).to(api::preflight);
    config
        .service(resource("/").route(post().to(api::call)).route(preflight()).default_service(only("POST, OPTIONS")))
        .service(resource("/oauth2/authorize").route(get().to(authorize::authorize)))
        .service(resource("/authorize").route(get().to(authorize::authorize)))
        .service(open_to("POST, OPTIONS", "/oauth2/token").route(post().to(oauth::token)))
        .service(open_to("POST, OPTIONS", "/oauth2/revoke").route(post().to(oauth::revoke)))
        .service(
            open_to("GET, POST, OPTIONS", "/oauth2/userInfo")
                .route(get().to(oauth::user_info))
                .route(post().to(oauth::user_info)),
        )
        .service(open_to("POST, OPTIONS", "/oauth2/register").route(post().to(register::own)))
        .service(open_to("POST, OPTIONS", "/{pool}/oauth2/register").route(post().to(register::named)))
        .service(resource("/cognito-identity/.well-known/openid-configuration").route(get().to(sts::discovery)))
        .service(resource("/cognito-identity/.well-known/jwks_uri").route(get().to(sts::keys)))
        .service(resource("/_cenote/verify-signature").route(post().to(sts::verify_signature)))
        .service(resource("/{pool}/.well-known/openid-configuration").route(get().to(oauth::discovery)))
        .service(resource("/{pool}/.well-known/jwks.json").route(get().to(oauth::jwks)))
        .service(resource("/.well-known/openid-configuration").route(get().to(oauth::own_discovery)))
        .service(resource("/.well-known/jwks.json").route(get().to(oauth::own_jwks)));
}

/// An endpoint that browsers of other origins may call, with these methods.
fn open_to(methods: &'static str, path: &str) -> actix_web::Resource {
    resource(path).route(method(Method::OPTIONS).to(api::preflight)).default_service(only(methods))
}

fn hosted_pages(config: &mut ServiceConfig) {
    config
        .service(resource("/login").route(get().to(login::show)).route(post().to(login::submit)))
        .service(resource("/logout").route(get().to(logout::logout)))
        .service(resource("/signup").route(get().to(sign_up::show)).route(post().to(sign_up::submit)))
        .service(resource("/confirm").route(get().to(confirm::show)).route(post().to(confirm::submit)))
        .service(resource("/confirmUser").route(get().to(confirm::show_link)).route(post().to(confirm::submit_link)))
        .service(resource("/feedback").route(get().to(feedback::show)).route(post().to(feedback::submit)))
        .service(resource("/resendcode").route(post().to(confirm::resend)))
        .service(resource("/forgotPassword").route(get().to(recovery::show_start)).route(post().to(recovery::start)))
        .service(
            resource("/confirmforgotPassword")
                .route(get().to(recovery::show_finish))
                .route(post().to(recovery::finish)),
        )
        .service(
            resource("/changePassword")
                .route(get().to(change_password::show))
                .route(post().to(change_password::submit)),
        )
        .service(resource("/passkeys/add").route(get().to(passkeys::show)).route(post().to(passkeys::submit)))
        .service(
            resource("/saml2/logout")
                .route(get().to(single_logout::receive))
                .route(post().to(single_logout::receive_by_post)),
        )
        .service(resource("/oauth2/logoutresponse").route(get().to(single_logout::back)))
        .service(resource("/saml2/metadata").route(get().to(federation::metadata)))
        .service(
            resource(["/oauth2/idpresponse", "/saml2/idpresponse"])
                .route(get().to(federation::arrive))
                .route(post().to(federation::arrive_by_post)),
        )
        .service(resource("/mfa").route(get().to(factor::show)).route(post().to(factor::submit)))
        .service(resource("/selectMFA").route(get().to(factor::show_choice)).route(post().to(factor::choose)))
        .service(
            resource("/mfa/register/software_token")
                .route(get().to(factor_set_up::show))
                .route(post().to(factor_set_up::submit)),
        )
        .service(
            resource("/mfa/register/email")
                .route(get().to(factor_set_up::show_email))
                .route(post().to(factor_set_up::submit_email)),
        )
        .service(resource("/consent").route(get().to(consent::show)).route(post().to(consent::submit)))
        .service(resource("/error").route(get().to(error::show)));
}

fn account_pages(config: &mut ServiceConfig) {
    config
        .service(resource("/account").route(get().to(account::show)))
        .service(
            resource("/account/password")
                .route(get().to(account::show_password))
                .route(post().to(account::change_password)),
        )
        .service(resource("/account/passkeys").route(post().to(account::change_passkeys)))
        .service(resource("/account/factors").route(post().to(account::change_factor)))
        .service(resource("/account/app").route(get().to(account::show_app)).route(post().to(account::submit_app)))
        .service(resource("/account/providers").route(post().to(account::unlink)))
        .service(resource("/account/devices").route(post().to(account::forget_device)))
        .service(resource("/account/sessions").route(post().to(account::sign_out)));
}

fn operators(config: &mut ServiceConfig) {
    config
        .service(resource("/healthz").route(get().to(operations::health)))
        .service(resource("/readyz").route(get().to(operations::ready)))
        .service(resource("/metrics").route(get().to(operations::metrics)))
        .service(
            resource("/_cenote/imports/{address}")
                .route(put().to(imports::put))
                .route(get().to(imports::report))
                .default_service(only("GET, PUT")),
        )
        .service(resource("/_cenote/inbox").route(get().to(operations::inbox)))
        .service(resource("/_cenote/inbox.json").route(get().to(operations::inbox_json)))
        .service(resource("/looks/{pool}/{target}/{version}/{file}").route(get().to(looks::look)))
        .service(resource("/assets/{name}").route(get().to(operations::asset)));
}

/// The answer to any other method names those that there are (RFC 9110 §15.5.6).
fn only(methods: &'static str) -> Route {
    route().to(move || async move { HttpResponse::MethodNotAllowed().insert_header((ALLOW, methods)).finish() })
}
