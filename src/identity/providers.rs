//! Owns logins by everybody else: public providers, OpenID Connect and SAML providers that IAM would hold. It must
//! not know which identity a login leads to.

use serde_json::{Map, Value};

use super::distrust::refusal;
use super::logins::{VerifiedLogin, claims_of};
use super::user_pools::scheme;
use crate::cx::{Cx, Mode};
use crate::domain::identity_pool::{IdentityPool, LinkedLogin};
use crate::domain::role_choice::Claims;
use crate::error::Error;
use crate::federation::presented::{self, Audience, Presented, SamlTrust, Unbelievable};

const GOOGLE: &str = "accounts.google.com";
const APPLE: &str = "appleid.apple.com";
const FACEBOOK: &str = "graph.facebook.com";
const AMAZON: &str = "www.amazon.com";

/// Where a public provider tells whose an access token is, and to which app it was given.
const FACEBOOK_URLS: (&str, &str) =
    ("https://graph.facebook.com/me?fields=id,name,email", "https://graph.facebook.com/app");
const AMAZON_URLS: (&str, &str) = ("https://api.amazon.com/user/profile", "https://api.amazon.com/auth/o2/tokeninfo");

/// Whether a name is that of a public provider.
pub fn is_public(name: &str) -> bool {
    [GOOGLE, APPLE, FACEBOOK, AMAZON].contains(&name)
}

/// Verifies a login; `None` when the pool knows no such provider.
///
/// # Errors
/// Cognito's refusal of a token that is not believed.
pub async fn verify(cx: &Cx, pool: &IdentityPool, (name, token): (&str, &str)) -> Result<Option<VerifiedLogin>, Error> {
    let settings = &pool.settings;
    if settings.saml_providers.iter().any(|arn| arn == name) {
        return saml(cx, (name, token)).await.map(Some);
    }
    let found = if let Some(app) = settings.login_providers.get(name) {
        public(cx, (name, app), token).await
    } else if settings.oidc_providers.iter().any(|arn| issuer_of(arn) == Some(name)) {
        oidc(cx, name, token).await
    } else {
        return Ok(None);
    };
    let (subject, claims) = found.map_err(|fault| refusal(cx, fault))?;
    Ok(Some(login(name, subject, claims_of(&claims))))
}

fn login(name: &str, subject: String, claims: Claims) -> VerifiedLogin {
    VerifiedLogin {
        mapping_key: name.to_owned(),
        method: format!("{name}:OIDC:{subject}"),
        claims,
        linked: LinkedLogin { provider: name.to_owned(), subject, is_developers: false },
    }
}

/// What an ARN of an OpenID Connect provider names: its issuer without the scheme.
fn issuer_of(arn: &str) -> Option<&str> {
    arn.split_once(":oidc-provider/").map(|(_, issuer)| issuer)
}

/// A login of a public provider. Google's setting may list several apps.
async fn public(cx: &Cx, (name, app): (&str, &str), token: &str) -> Result<(String, Map<String, Value>), Unbelievable> {
    let place = cx.config.identity_pools.login_providers.get(name);
    let access = |urls: (&str, &str)| {
        let own =
            |url: Option<&url::Url>, otherwise: &str| url.map_or_else(|| otherwise.to_owned(), ToString::to_string);
        let profile = own(place.and_then(|place| place.profile_url.as_ref()), urls.0);
        (profile, own(place.and_then(|place| place.application_url.as_ref()), urls.1))
    };
    let (urls, member) = match name {
        FACEBOOK => (access(FACEBOOK_URLS), "id"),
        AMAZON => (access(AMAZON_URLS), "user_id"),
        GOOGLE | APPLE => {
            let issuer = place.and_then(|place| place.issuer.clone()).unwrap_or_else(|| format!("https://{name}"));
            let apps: Vec<String> = app.split(';').map(ToOwned::to_owned).collect();
            let audience = Audience::OneOf(&apps);
            let wanted = Presented { issuer: &issuer, may_lack_scheme: name == GOOGLE, keys: None, audience };
            return subject(presented::id_token(&cx.outside, &cx.upstream, token, wanted).await?, "sub");
        }
        _ => return Err(Unbelievable::Other(format!("{name} is not a provider that is known here"))),
    };
    let urls = (urls.0.as_str(), urls.1.as_str());
    subject(presented::access_token(&cx.outside, token, urls, (app, member)).await?, member)
}

/// A login of an OpenID Connect provider, for the audiences that the configuration names. A development server that
/// was told of none takes a token for anybody.
async fn oidc(cx: &Cx, name: &str, token: &str) -> Result<(String, Map<String, Value>), Unbelievable> {
    let issuer = format!("{}://{name}", scheme(cx, name));
    let without_scheme = |issuer: &str| issuer.split_once("://").is_some_and(|(_, rest)| rest == name);
    let known = cx.config.identity_pools.oidc_providers.iter().find(|provider| without_scheme(&provider.issuer));
    let (issuer, audience) = match known {
        Some(provider) => (provider.issuer.as_str(), Audience::OneOf(&provider.client_ids)),
        None if cx.mode == Mode::Development => (issuer.as_str(), Audience::Anybody),
        None => return Err(Unbelievable::Audience),
    };
    let wanted = Presented { issuer, may_lack_scheme: false, keys: None, audience };
    subject(presented::id_token(&cx.outside, &cx.upstream, token, wanted).await?, "sub")
}

fn subject(claims: Map<String, Value>, member: &str) -> Result<(String, Map<String, Value>), Unbelievable> {
    let subject = claims.get(member).and_then(Value::as_str).map(ToOwned::to_owned);
    Ok((subject.ok_or_else(|| Unbelievable::Other(format!("no {member}")))?, claims))
}

/// A SAML response, for as long as it is fresh: apps bring the same one for an identity and then for credentials.
async fn saml(cx: &Cx, (arn, response): (&str, &str)) -> Result<VerifiedLogin, Error> {
    let provider = cx.config.identity_pools.saml_providers.iter().find(|provider| provider.arn == arn);
    let provider = provider.ok_or_else(|| Error::not_authorized("The SAML provider is not known to this server."))?;
    let metadata = match (&provider.metadata_url, &provider.metadata_file) {
        (Some(url), _) => ("MetadataURL", url.to_string()),
        (None, Some(file)) => {
            let text = tokio::fs::read_to_string(file).await;
            ("MetadataFile", text.map_err(|cause| Error::ExternalService(format!("SAML metadata: {cause}")))?)
        }
        (None, None) => return Err(Error::not_authorized("The SAML provider has no metadata.")),
    };
    let trust = SamlTrust { metadata, audience: &provider.audience, recipient: &provider.recipient };
    let said = presented::saml_response(&cx.outside, &cx.upstream, response, trust).await;
    let said = said.map_err(|fault| refusal(cx, fault))?;
    let mut claims: Claims = said.claims.into_iter().map(|(name, value)| (name, vec![value])).collect();
    claims.insert("saml:sub".to_owned(), vec![said.subject.clone()]);
    Ok(login(arn, said.subject, claims))
}
