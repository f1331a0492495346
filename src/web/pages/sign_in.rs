//! Owns the looks of the sign-in page, `/login`: the pool's own form, the providers, or both.
//! It must not know which of them a client allows.

use askama::Template;

use super::{Field, Layout};
#[cfg(test)]
use crate::web::texts::ENGLISH;

/// The sign-in page. Field names, ids and the form's name are Cognito's, since scripts and password managers know them.
#[derive(Debug, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// The frame.
    pub layout: Layout,
    /// The pool's own form; `None` where only providers sign in.
    pub form: Option<SignInForm>,
    /// The way in with a passkey, where people may choose it.
    pub passkey: Option<PasskeyForm>,
    /// The box for a corporate address; `None` where providers have buttons only.
    pub corporate: Option<CorporateBox>,
    /// One button for each identity provider that is not found by an address.
    pub providers: Vec<Provider>,
    /// Whether the providers stand before the form.
    pub puts_providers_first: bool,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Good news from the page before.
    pub notice: Option<String>,
}

/// The form for a username and a password.
#[derive(Debug)]
pub struct SignInForm {
    /// Where it is posted: `/login` with the authorization request.
    pub action: String,
    /// See [`Field::sign_in_username`].
    pub username: Field,
    /// See [`Field::sign_in_password`].
    pub password: Field,
    /// The buttons that ask for a code instead of the password.
    pub codes: Vec<CodeButton>,
    /// Where a forgotten password is reset; `None` where accounts cannot be recovered.
    pub forgot_password_href: Option<String>,
    /// Where sign-up starts; `None` where only administrators create users.
    pub sign_up_href: Option<String>,
}

/// A button that asks for a code instead of the password.
#[derive(Debug)]
pub struct CodeButton {
    /// Cognito's name of the factor.
    pub factor: &'static str,
    /// Its words.
    pub label: &'static str,
}

/// The form that a passkey's answer is posted with. It shows itself where the browser knows passkeys.
#[derive(Debug)]
pub struct PasskeyForm {
    /// Where it is posted: `/login` with the authorization request.
    pub action: String,
    /// What the browser is asked, as JSON.
    pub options: String,
    /// What the answer is checked with, sealed.
    pub state: String,
}

/// The form for an address whose domain leads to a provider.
#[derive(Debug)]
pub struct CorporateBox {
    /// Where it is posted: `/login` with the authorization request.
    pub action: String,
    /// See [`Field::corporate_address`].
    pub address: Field,
}

/// The button of an identity provider.
#[derive(Debug)]
pub struct Provider {
    /// The whole wording, from [`crate::web::texts::Texts::continue_with`].
    pub label: String,
    /// `/oauth2/authorize` with `identity_provider`.
    pub href: String,
    /// Whose mark it bears.
    pub mark: Mark,
}

/// The mark on a provider's button, drawn as its owner's brand rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Facebook.
    Facebook,
    /// Google.
    Google,
    /// Login with Amazon.
    Amazon,
    /// Sign in with Apple.
    Apple,
    /// Any other OpenID Connect provider.
    Oidc,
    /// Any SAML identity provider.
    Saml,
}

impl Mark {
    /// The button's CSS class.
    const fn class(self) -> &'static str {
        match self {
            Self::Facebook => "provider-facebook",
            Self::Google => "provider-google",
            Self::Amazon => "provider-amazon",
            Self::Apple => "provider-apple",
            Self::Oidc => "provider-oidc",
            Self::Saml => "provider-saml",
        }
    }

    /// The class of Cognito's own stylesheets for this kind of button.
    const fn cognito_class(self) -> &'static str {
        match self {
            Self::Facebook | Self::Google | Self::Amazon | Self::Apple => "socialButton-customizable",
            Self::Oidc | Self::Saml => "idpButton-customizable",
        }
    }
}

#[cfg(test)]
impl SignInPage {
    pub(super) fn samples() -> Vec<Self> {
        use super::tests::{HOSTILE, hostile_field, hostile_layout};
        let hostile = || Some(HOSTILE.to_owned());
        let hostile_form = SignInForm {
            action: HOSTILE.to_owned(),
            username: hostile_field(Field::sign_in_username("", "")),
            password: hostile_field(Field::sign_in_password(&ENGLISH)),
            codes: Vec::new(),
            forgot_password_href: hostile(),
            sign_up_href: hostile(),
        };
        vec![
            Self { providers: Provider::samples(), ..Self::plain("") },
            Self { providers: Provider::samples(), puts_providers_first: true, ..Self::plain("") },
            Self { notice: Some(ENGLISH.registration_confirmed.to_owned()), ..Self::plain("") },
            Self {
                providers: Provider::samples().into_iter().take(2).collect(),
                error: Some("Incorrect username or password.".to_owned()),
                ..Self::plain("alice@example.com")
            },
            Self { form: None, passkey: None, providers: Provider::samples(), ..Self::plain("") },
            Self { corporate: Some(CorporateBox::sample()), ..Self::plain("") },
            Self { form: None, passkey: None, corporate: Some(CorporateBox::sample()), ..Self::plain("") },
            Self {
                layout: hostile_layout(),
                form: Some(hostile_form),
                passkey: Some(PasskeyForm {
                    action: HOSTILE.to_owned(),
                    options: HOSTILE.to_owned(),
                    state: HOSTILE.to_owned(),
                }),
                corporate: Some(CorporateBox {
                    action: HOSTILE.to_owned(),
                    address: hostile_field(Field::corporate_address(&ENGLISH, "corporate_email", "")),
                }),
                providers: vec![Provider { label: HOSTILE.to_owned(), href: HOSTILE.to_owned(), mark: Mark::Oidc }],
                puts_providers_first: false,
                error: hostile(),
                notice: hostile(),
            },
        ]
    }

    fn plain(username: &str) -> Self {
        let form = SignInForm {
            action: "/login?client_id=abc&response_type=code".to_owned(),
            username: Field::sign_in_username(ENGLISH.email, username),
            password: Field::sign_in_password(&ENGLISH),
            codes: vec![CodeButton { factor: "EMAIL_OTP", label: ENGLISH.factors.email_code }],
            forgot_password_href: Some("/forgotPassword?client_id=abc".to_owned()),
            sign_up_href: Some("/signup?client_id=abc".to_owned()),
        };
        let passkey = PasskeyForm {
            action: "/login?client_id=abc".to_owned(),
            options: "{\"challenge\":\"AAEC\"}".to_owned(),
            state: "sealed".to_owned(),
        };
        Self {
            layout: super::tests::layout(),
            form: Some(form),
            passkey: (username.is_empty()).then_some(passkey),
            corporate: None,
            providers: Vec::new(),
            puts_providers_first: false,
            error: None,
            notice: None,
        }
    }
}

#[cfg(test)]
impl CorporateBox {
    fn sample() -> Self {
        let address = Field::corporate_address(&ENGLISH, "corporate_email", "ana@example.com");
        Self { action: "/login?client_id=abc".to_owned(), address }
    }
}

#[cfg(test)]
impl Provider {
    fn samples() -> Vec<Self> {
        [
            ("Google", Mark::Google),
            ("Facebook", Mark::Facebook),
            ("Amazon", Mark::Amazon),
            ("Apple", Mark::Apple),
            ("Example ID", Mark::Oidc),
            ("Example Corp", Mark::Saml),
        ]
        .into_iter()
        .map(|(name, mark)| Self {
            label: ENGLISH.continue_with(name),
            href: format!("/oauth2/authorize?client_id=abc&identity_provider={name}"),
            mark,
        })
        .collect()
    }
}
