//! Owns `/login`: the sign-in form, the offer to go on as the known user, and what a password leads to.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::opened::{self, Opened};
use super::step::{Awaited, Flash, Step};
use super::{authorize, challenge, codes, corporate, outcome, passkeys, typed_as_address, username_label};
use crate::auth::sign_in::{self, Attempt, PasskeyAttempt};
use crate::auth::{session, sign_up};
use crate::cx::Cx;
use crate::domain::corporate::ways;
use crate::domain::provider::{Provider, ProviderType};
use crate::error::Error;
use crate::oauth::authorize::Who;
use crate::oauth::parameters::Parameters;
use crate::store::sessions::Session;
use crate::web::cookies;
use crate::web::pages::Field;
use crate::web::pages::known_session::KnownSessionPage;
use crate::web::pages::sign_in::{Mark, Provider as ProviderButton, SignInForm, SignInPage};

/// `GET /login`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let mut opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match known_session(&opened).await {
        Err(fault) => opened.fail(&fault),
        Ok(Some(session)) if !opened.request.prompt.is_login => {
            let view = KnownSessionPage {
                layout: opened.layout(),
                action: opened.href("/login"),
                user: session.user.display_name().to_owned(),
                different_user_href: opened.href_with("/login", ("prompt", "login")),
            };
            opened.show(&view)
        }
        Ok(_) => {
            let notice = opened.take_flash().map(str::to_owned);
            let username = opened.request.login_hint.clone().unwrap_or_default();
            let view = SignInPage { notice, ..form(&opened, &username) };
            show_form(opened, &view).await
        }
    }
}

/// `POST /login`: a name and a password, or the button of the known user.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    if let Some(credential) = posted.raw("credential") {
        return with_passkey(opened, (&posted, credential)).await;
    }
    if posted.raw(corporate::FIELD).is_some() {
        return with_address(opened, &posted).await;
    }
    if let Some(factor) = posted.get(codes::FIELD) {
        return codes::send(opened, (&posted, factor)).await;
    }
    if posted.raw("username").is_none() {
        return match known_session(&opened).await {
            Ok(Some(session)) if !opened.request.prompt.is_login => {
                authorize::conclude(opened, Who::Known(session)).await
            }
            Ok(_) => {
                let location = opened.href("/login");
                opened.go(&location)
            }
            Err(fault) => opened.fail(&fault),
        };
    }
    with_password(opened, &posted).await
}

async fn with_password(mut opened: Opened, posted: &Parameters) -> HttpResponse {
    let username = posted.get("username").unwrap_or_default().trim().to_owned();
    if !opened.client().client.has_local_sign_in() {
        return refuse(opened, (&username, &Error::not_authorized("Sign in with one of the providers."))).await;
    }
    let password = posted.raw("password").unwrap_or_default();
    if username.is_empty() || password.is_empty() {
        return refuse(opened, (&username, &Error::BadCredentials)).await;
    }
    let attempt = Attempt { client: opened.client(), username: &username, password: password.into(), device_key: None };
    let outcome = sign_in::by_password(&opened.cx, attempt).await;
    match outcome {
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(Error::NotConfirmed) => confirm_first(opened, &username).await,
        Err(Error::PasswordResetRequired | Error::CompromisedPasswordReset) => {
            opened.flash(Flash::ResetRequired);
            proceed(opened, (Step::Code(Awaited::new(&username, None)), "/forgotPassword"))
        }
        Err(fault) => refuse(opened, (&username, &fault)).await,
    }
}

async fn with_passkey(opened: Opened, (posted, credential): (&Parameters, &str)) -> HttpResponse {
    let Some(asked) = passkeys::question(&opened, posted) else {
        let location = opened.href("/login");
        return opened.go(&location);
    };
    let attempt = PasskeyAttempt { client: opened.client(), asked: &asked, answer: credential };
    match sign_in::by_passkey(&opened.cx, attempt).await {
        Ok(outcome) => challenge::go_on(opened, outcome).await,
        Err(fault) => refuse(opened, ("", &fault)).await,
    }
}

/// The password was right but the address is not proven yet: a new code, and on to its page.
async fn confirm_first(opened: Opened, username: &str) -> HttpResponse {
    match sign_up::resend(&opened.cx, opened.client(), username).await {
        Ok(delivery) => proceed(opened, (Step::Code(Awaited::new(username, Some(&delivery))), "/confirm")),
        Err(fault @ (Error::Internal(_) | Error::TooManyRequests)) => opened.fail(&fault),
        Err(_) => refuse(opened, (username, &Error::NotConfirmed)).await,
    }
}

fn proceed(mut opened: Opened, (step, path): (Step, &str)) -> HttpResponse {
    opened.leave(&step);
    let location = opened.href(path);
    opened.go(&location)
}

/// A corporate address leads on to its provider.
async fn with_address(opened: Opened, posted: &Parameters) -> HttpResponse {
    match corporate::follow(&opened, posted) {
        Ok(location) => opened.go(&location),
        Err(sentence) => {
            let address = posted.get(corporate::FIELD).unwrap_or_default();
            let known = form(&opened, "");
            let corporate = known.corporate.as_ref().map(|_| corporate::address_box(&opened, address));
            let view = SignInPage { error: Some(sentence), corporate, ..known };
            show_form(opened, &view).await
        }
    }
}

pub(super) async fn show_form(opened: Opened, view: &SignInPage) -> HttpResponse {
    match view.corporate {
        Some(_) => corporate::show(opened, view).await,
        None => opened.show(view),
    }
}

pub(super) async fn refuse(opened: Opened, (username, fault): (&str, &Error)) -> HttpResponse {
    let Some(sentence) = outcome::sentence(fault) else { return opened.fail(fault) };
    let view = SignInPage { error: Some(sentence), ..form(&opened, username) };
    show_form(opened, &view).await
}

async fn known_session(opened: &Opened) -> Result<Option<Session>, Error> {
    session::find_for(&opened.cx, opened.client(), opened.cookie(cookies::SESSION).as_deref()).await
}

pub(super) fn form(opened: &Opened, username: &str) -> SignInPage {
    let (pool, texts) = (opened.pool(), opened.texts);
    let form = opened.client().client.has_local_sign_in().then(|| SignInForm {
        action: opened.href("/login"),
        username: typed_as_address(pool, Field::sign_in_username(username_label(pool, texts), username)),
        password: Field::sign_in_password(texts),
        forgot_password_href: (!pool.only_administrators_recover()).then(|| opened.href("/forgotPassword")),
        codes: codes::buttons(opened),
        sign_up_href: (!pool.settings.only_administrators_create_users).then(|| opened.href("/signup")),
    });
    let ways = ways(opened.client().providers());
    let look = opened.look();
    let place = |name: &str| look.provider_order.iter().position(|known| known == name).unwrap_or(usize::MAX);
    let mut buttons: Vec<&Provider> = ways.buttons.iter().collect();
    buttons.sort_by_key(|provider| place(&provider.name));
    let providers = buttons.into_iter().map(|provider| button(opened, provider)).collect();
    let hint = opened.request.login_hint.as_deref().unwrap_or_default();
    let corporate = ways.has_box.then(|| corporate::address_box(opened, hint));
    let passkey = passkeys::form(opened).filter(|_| form.is_some());
    let form = form.map(|form| match &passkey {
        Some(_) => SignInForm { username: Field { autocomplete: "username webauthn", ..form.username }, ..form },
        None => form,
    });
    SignInPage {
        layout: opened.layout(),
        form,
        passkey,
        corporate,
        providers,
        puts_providers_first: look.puts_providers_first,
        error: None,
        notice: None,
    }
}

/// The button of a provider: the same request, straight to it.
fn button(opened: &Opened, provider: &Provider) -> ProviderButton {
    let (mark, name) = match provider.provider_type {
        ProviderType::Facebook => (Mark::Facebook, "Facebook"),
        ProviderType::Google => (Mark::Google, "Google"),
        ProviderType::LoginWithAmazon => (Mark::Amazon, "Amazon"),
        ProviderType::SignInWithApple => (Mark::Apple, "Apple"),
        ProviderType::Oidc => (Mark::Oidc, provider.name.as_str()),
        ProviderType::Saml => (Mark::Saml, provider.name.as_str()),
    };
    ProviderButton {
        label: opened.texts.continue_with(name),
        href: opened.href_with("/oauth2/authorize", ("identity_provider", &provider.name)),
        mark,
    }
}
