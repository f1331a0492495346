//! Owns the operations that give tokens to programs: to a client for itself, and to a service in exchange for a token
//! that it was sent.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::client_auth::check_secret;
use super::constraints::{CLIENT_SECRET, SCOPE, Text, Words, check_length, required, required_secret, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use crate::auth::derived_tokens::{self, Exchange, Held, HeldKind, Target};
use crate::auth::tokens;
use crate::cx::Cx;
use crate::domain::client::AuthFlow;
use crate::error::Error;
use crate::store::signing_keys::KeyPurpose;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[Entry::of::<GetClientToken>(), Entry::of::<GetDerivedToken>()];

/// `GetDerivedTokenTokenModelType`.
static ANY_TOKEN: Text = Text::sensitive(0, 131_072, r"[A-Za-z0-9-_+/=.]+");
/// `ProviderNameType`.
static ANY_PROVIDER_NAME: Text = Text::new(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+");
/// `AudienceType` and `ResourceServerIdentifierType`.
static SERVICE_NAME: Text = Text::new(1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+");
/// `TokenTypeIdentifierType`.
const HELD_TYPES: Words<HeldKind> = &[
    ("ACCESS_TOKEN", HeldKind::Token(KeyPurpose::Access)),
    ("ID_TOKEN", HeldKind::Token(KeyPurpose::Id)),
    ("SAML2", HeldKind::Assertion),
];
/// `IssuedTokenTypeIdentifierType`.
const ISSUED_TYPES: Words<KeyPurpose> = &[("ACCESS_TOKEN", KeyPurpose::Access), ("ID_TOKEN", KeyPurpose::Id)];

/// An access token for a client that acts for itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetClientToken {
    client_id: Option<String>,
    secret: Option<SecretString>,
    scopes: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetClientTokenOutput {
    client_authentication_result: ClientAuthenticationResultType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ClientAuthenticationResultType {
    access_token: String,
    expires_in: i64,
    token_type: &'static str,
}

impl Operation for GetClientToken {
    const NAME: &'static str = "GetClientToken";
    const ACCESS: Access = Access::Public;
    type Output = GetClientTokenOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let secret = CLIENT_SECRET.secret("secret", self.secret)?;
        let scopes = scopes_from(self.scopes)?;
        let client = named::client(cx, self.client_id).await?;
        check_secret(&client.client, Some(&secret))?;
        if !client.client.allows(AuthFlow::AllowClientTokenAuth) {
            return Err(Error::InvalidParameter("Auth flow not enabled for this client".to_owned()));
        }
        let scopes = client.client.own_scopes(scopes);
        let scopes = scopes.ok_or_else(|| Error::InvalidParameter("Invalid scope requested.".to_owned()))?;
        let tokens = tokens::sign_for_client(cx, &client, &scopes)?;
        Ok(GetClientTokenOutput {
            client_authentication_result: ClientAuthenticationResultType {
                access_token: tokens.access,
                expires_in: tokens.expires_in,
                token_type: "Bearer",
            },
        })
    }
}

/// A token in exchange for another one (RFC 8693).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetDerivedToken {
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    subject_token: Option<SecretString>,
    subject_token_type: Option<String>,
    subject_token_provider_name: Option<String>,
    actor_token: Option<SecretString>,
    actor_token_type: Option<String>,
    actor_token_provider_name: Option<String>,
    scopes: Option<Vec<String>>,
    audiences: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    requested_token_type: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetDerivedTokenOutput {
    issued_token: String,
    issued_token_type: &'static str,
    token_type: &'static str,
    expires_in: i64,
    scopes: Vec<String>,
}

impl Operation for GetDerivedToken {
    const NAME: &'static str = "GetDerivedToken";
    const ACCESS: Access = Access::Public;
    type Output = GetDerivedTokenOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let secret = self.client_secret.map(|secret| CLIENT_SECRET.secret("clientSecret", Some(secret))).transpose()?;
        let subject_type = required("subjectTokenType", self.subject_token_type)?;
        let subject = held_from(
            ("subjectToken", required_secret("subjectToken", self.subject_token)?),
            &subject_type,
            self.subject_token_provider_name,
        )?;
        let actor = match self.actor_token {
            None => None,
            Some(token) => {
                let kind = required("actorTokenType", self.actor_token_type)?;
                Some(held_from(("actorToken", token), &kind, self.actor_token_provider_name)?)
            }
        };
        let scopes = scopes_from(self.scopes)?;
        let target = target_from(self.audiences, self.resources)?;
        let wanted = self.requested_token_type.as_deref().unwrap_or("ACCESS_TOKEN");
        let wanted = word("requestedTokenType", wanted, ISSUED_TYPES)?;
        let client = named::client(cx, self.client_id).await?;
        check_secret(&client.client, secret.as_ref())?;
        let exchange = Exchange { client: &client, subject, actor, scopes, target, wanted };
        let derived = derived_tokens::exchange(cx, exchange).await?;
        let (issued_token_type, token_type) = match wanted {
            KeyPurpose::Access => ("ACCESS_TOKEN", "Bearer"),
            KeyPurpose::Id => ("ID_TOKEN", "N_A"),
        };
        Ok(GetDerivedTokenOutput {
            issued_token: derived.token,
            issued_token_type,
            token_type,
            expires_in: derived.expires_in,
            scopes: derived.scopes,
        })
    }
}

/// A token that was brought, where `place` names its member.
fn held_from((place, token): (&str, SecretString), kind: &str, provider: Option<String>) -> Result<Held, Error> {
    let token = ANY_TOKEN.secret(place, Some(token))?;
    let kind = word(&format!("{place}Type"), kind, HELD_TYPES)?;
    let provider = ANY_PROVIDER_NAME.optional(&format!("{place}ProviderName"), provider)?;
    Ok(Held { token, kind, provider })
}

fn scopes_from(given: Option<Vec<String>>) -> Result<Option<Vec<String>>, Error> {
    let Some(scopes) = given else { return Ok(None) };
    check_length("scopes", scopes.as_slice(), (0, 50))?;
    scopes.iter().try_for_each(|scope| SCOPE.check("scopes", scope))?;
    Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
}

fn target_from(audiences: Option<Vec<String>>, resources: Option<Vec<String>>) -> Result<Option<Target>, Error> {
    let (audience, resource) = (one_of("audiences", audiences)?, one_of("resources", resources)?);
    match (audience, resource) {
        (Some(_), Some(_)) => {
            Err(Error::InvalidParameter("Audiences and Resources cannot be used together.".to_owned()))
        }
        (Some(name), None) => Ok(Some(Target::Audience(name))),
        (None, resource) => Ok(resource.map(Target::Resource)),
    }
}

fn one_of(member: &str, given: Option<Vec<String>>) -> Result<Option<String>, Error> {
    let given = given.unwrap_or_default();
    check_length(member, given.as_slice(), (0, 1))?;
    SERVICE_NAME.optional(member, given.into_iter().next())
}
