//! Owns `/signup`: the form with the pool's required attributes, and the new user's way to the confirmation page.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::SecretString;

use super::opened::{self, Opened};
use super::step::{Awaited, Flash, Step};
use super::{codes, outcome, password_rules, username_field};
use crate::auth::sign_up::{self, SignUp};
use crate::cx::Cx;
use crate::domain::attribute::Attributes;
use crate::domain::terms;
use crate::error::Error;
use crate::oauth::parameters::Parameters;
use crate::web::pages::Field;
use crate::web::pages::sign_up::SignUpPage;

/// `GET /signup`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    match opened::open_own(cx, http).await {
        Err(answer) => answer,
        Ok(opened) => {
            let view = form(&opened, &Parameters::default());
            opened.show(&view)
        }
    }
}

/// `POST /signup`.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (mut opened, posted) = match opened::open_own_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let username = posted.get("username").unwrap_or_default().trim().to_owned();
    let wish =
        SignUp { username: username.clone(), password: password(&opened, &posted), attributes: attributes(&posted) };
    match sign_up::sign_up(&opened.cx, opened.client(), wish).await {
        Err(fault) => refuse(opened, (&posted, &fault)),
        Ok(joined) => {
            let Some(delivery) = &joined.delivery else {
                opened.flash(Flash::RegistrationConfirmed);
                let location = opened.href("/login");
                return opened.go(&location);
            };
            opened.leave(&Step::Code(Awaited::new(&username, Some(delivery))));
            let location = opened.href("/confirm");
            opened.go(&location)
        }
    }
}

fn refuse(opened: Opened, (posted, fault): (&Parameters, &Error)) -> HttpResponse {
    let Some(sentence) = outcome::sentence(fault) else { return opened.fail(fault) };
    let mut view = form(&opened, posted);
    if matches!(fault, Error::WeakPassword(_)) {
        view.password = view.password.with_fault(Some(sentence));
    } else {
        view.error = Some(sentence);
    }
    opened.show(&view)
}

fn form(opened: &Opened, posted: &Parameters) -> SignUpPage {
    let (pool, texts) = (opened.pool(), opened.texts);
    let is_username = |name: &str| pool.settings.username_attributes.iter().any(|attribute| attribute.name() == name);
    let required = pool.required_attributes().filter(|required| !is_username(&required.name));
    let value = |name: &str| posted.get(&field_name(name)).unwrap_or_default().to_owned();
    SignUpPage {
        layout: opened.layout(),
        action: opened.href("/signup"),
        username: Some(username_field(pool, texts, posted.get("username").unwrap_or_default())),
        attributes: required.map(|required| Field::attribute(texts, &required.name, &value(&required.name))).collect(),
        password: password_field(opened),
        password_rules: password_rules(&pool.settings.password_policy, texts),
        error: None,
        terms: terms::links(&opened.client().terms, texts.lang).map(|links| links.map(str::to_owned)),
        sign_in_href: opened.href("/login"),
    }
}

/// The password, unless it is left empty where nobody needs one.
fn password(opened: &Opened, posted: &Parameters) -> Option<SecretString> {
    let typed = posted.raw("password").unwrap_or_default();
    (!typed.is_empty() || !may_be_left_out(opened)).then(|| typed.into())
}

fn password_field(opened: &Opened) -> Field {
    let field = Field::new_password("password", opened.texts.password);
    if may_be_left_out(opened) {
        let hint = Some(opened.texts.factors.no_password_needed.to_owned());
        return Field { is_optional: true, hint, ..field };
    }
    field
}

/// Where the sign-in page can send codes.
fn may_be_left_out(opened: &Opened) -> bool {
    !codes::buttons(opened).is_empty()
}

/// The attributes in a form: `requiredAttributes[email]` and so on.
pub(super) fn attributes(posted: &Parameters) -> Attributes {
    let named = posted.pairs().filter_map(|(name, value)| {
        let attribute = name.strip_prefix("requiredAttributes[")?.strip_suffix(']')?;
        Some((attribute.to_owned(), value.trim().to_owned()))
    });
    named.filter(|(_, value)| !value.is_empty()).collect()
}

fn field_name(attribute: &str) -> String {
    format!("requiredAttributes[{attribute}]")
}
