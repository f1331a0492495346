//! Owns dynamic client registration (RFC 7591): who may register, what of the metadata becomes an app client, what is
//! answered. What is asked for beyond what the pool allows is refused, never narrowed in silence.

use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::auth::access;
use crate::cx::{Cx, PoolEntry};
use crate::domain::attribute::{is_standard, is_written_by_default};
use crate::domain::client::{Client, ClientSecret, ClientSettings, OAuthFlow, Rotation};
use crate::domain::ids::ClientId;
use crate::domain::registration::{MOST_CLIENTS, Registration, RegistrationSettings, check_redirect};
use crate::domain::resource_server::ResourceServer;
use crate::domain::scope::{self, ADMIN, REGISTER, RESERVED};
use crate::error::{Error, OAuthFault};
use crate::store;
use crate::store::clients::ClientRow;

/// Letters and digits of a new client's id, and of its secret.
const LENGTHS: (usize, usize) = (26, 51);
/// Addresses of a kind that a client may name, and the longest, in bytes (API model, `CallbackURLs`).
const ADDRESSES: (usize, usize) = (100, 1024);
/// The longest name (API model, `ClientName`).
const LONGEST_NAME: usize = 128;
const NAMELESS: &str = "An app without a name";
/// Seconds for which a replaced refresh token of a public client still works.
const GRACE_SECONDS: i64 = 10;
const AUTHORIZATION_CODE: &str = "authorization_code";
const CLIENT_CREDENTIALS: &str = "client_credentials";
const REFRESH_TOKEN: &str = "refresh_token";

/// What an application says of itself (RFC 7591 §2); what is not known here is ignored.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    redirect_uris: Option<Vec<String>>,
    post_logout_redirect_uris: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    client_name: Option<String>,
    scope: Option<String>,
}

/// The client as it was registered (RFC 7591 §3.2.1).
#[derive(Debug, Serialize)]
pub struct Registered {
    client_id: String,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    client_name: String,
    redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    post_logout_redirect_uris: Vec<String>,
    token_endpoint_auth_method: String,
    grant_types: Vec<&'static str>,
    response_types: Vec<&'static str>,
    scope: String,
}

/// Registers an application with `pool`, which `settings` lets do so.
///
/// # Errors
/// Those of RFC 7591 §3.2.2; `invalid_token` and `insufficient_scope` of RFC 6750 §3.1.
pub async fn answer(
    cx: &Cx,
    (pool, settings): (&PoolEntry, &RegistrationSettings),
    authorization: Option<&str>,
    (body, address): (&[u8], IpAddr),
) -> Result<Registered, Error> {
    let registration = way(cx, (pool, settings), authorization).await?;
    let metadata: Metadata =
        serde_json::from_slice(body).map_err(|_| invalid("The metadata is no JSON object of RFC 7591"))?;
    let wanted = Wanted::of(metadata, (pool, settings), registration)?;
    if registration == Registration::Open {
        cx.count_registration(address)?;
    }
    let client = client_of(cx, pool, &wanted)?;
    let row = ClientRow {
        id: client.id.clone(),
        pool_id: client.pool_id.clone(),
        name: client.name.clone(),
        sealed_secrets: cx.seal_client_secrets(&client.id, &client.secrets)?,
        created_at: client.created_at,
        modified_at: client.modified_at,
        settings: client.settings.clone(),
    };
    // Nothing in memory knows of a client that did not exist, so nothing there is to be forgotten.
    let is_kept = cx
        .store
        .write(move |db| Box::pin(async move { store::clients::insert_up_to(db, &row, MOST_CLIENTS).await }))
        .await?;
    if !is_kept {
        return Err(Error::LimitExceeded("The user pool cannot have more app clients.".to_owned()));
    }
    tracing::info!(pool = %client.pool_id, client = %client.id, ?registration, "an app registered itself");
    Ok(wanted.answered(&client))
}

/// How the caller may register: with a good token of a client for itself as somebody known, without any where that is
/// enough. A person's token vouches for nothing: whoever signs up has one.
async fn way(
    cx: &Cx,
    (pool, settings): (&PoolEntry, &RegistrationSettings),
    authorization: Option<&str>,
) -> Result<Registration, Error> {
    let Some(header) = authorization else {
        let needs_token = || Error::oauth(OAuthFault::InvalidToken, "An initial access token is required");
        return settings.open_grants.as_ref().map(|_| Registration::Open).ok_or_else(needs_token);
    };
    let bad = || Error::oauth(OAuthFault::InvalidToken, "The initial access token is not good");
    let (scheme, token) = header.split_once(' ').ok_or_else(bad)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(bad());
    }
    let bearer = access::bearer_of_any_kind(cx, pool, token.trim()).await;
    let (claims, client) = bearer.map_err(|fault| if matches!(fault, Error::Internal(_)) { fault } else { bad() })?;
    let has_scope = scope::contains(&access::scopes(&claims), REGISTER);
    let is_of_person = claims.username.is_some();
    if is_of_person || !has_scope || !scope::contains(&client.client.settings.oauth_scopes, REGISTER) {
        return Err(Error::oauth(
            OAuthFault::InsufficientScope,
            "A token of a client for itself with the scope aws.cognito/dcr/register is required",
        ));
    }
    Ok(Registration::Authenticated)
}

/// What was asked for, after every check.
struct Wanted {
    name: String,
    flow: OAuthFlow,
    auth_method: String,
    scopes: Vec<String>,
    redirect_uris: Vec<String>,
    logout_uris: Vec<String>,
    registration: Registration,
}

impl Wanted {
    fn of(
        metadata: Metadata,
        (pool, settings): (&PoolEntry, &RegistrationSettings),
        registration: Registration,
    ) -> Result<Self, Error> {
        let flow = flow_of(metadata.grant_types.as_deref(), settings.grants(registration))?;
        check_response_types(metadata.response_types.as_deref(), flow)?;
        let auth_method = metadata.token_endpoint_auth_method.unwrap_or_else(|| "client_secret_basic".to_owned());
        match (auth_method.as_str(), flow) {
            ("client_secret_basic" | "client_secret_post", _) | ("none", OAuthFlow::Code) => {}
            ("none", _) => return Err(invalid("client_credentials needs a client secret")),
            _ => {
                return Err(invalid(
                    "token_endpoint_auth_method must be client_secret_basic, client_secret_post or none",
                ));
            }
        }
        let redirect_uris = addresses(metadata.redirect_uris)?;
        if flow == OAuthFlow::Code && redirect_uris.is_empty() {
            return Err(Error::oauth(OAuthFault::InvalidRedirectUri, "redirect_uris is missing"));
        }
        Ok(Self {
            name: name_of(metadata.client_name.as_deref().unwrap_or_default()),
            scopes: scopes_of(metadata.scope.as_deref(), (pool, settings), flow)?,
            logout_uris: addresses(metadata.post_logout_redirect_uris)?,
            flow,
            auth_method,
            redirect_uris,
            registration,
        })
    }

    fn is_public(&self) -> bool {
        self.auth_method == "none"
    }

    fn answered(self, client: &Client) -> Registered {
        let secret = client.secrets.first().map(|secret| secret.expose_secret().to_owned());
        let is_code = self.flow == OAuthFlow::Code;
        Registered {
            client_id: client.id.to_string(),
            client_id_issued_at: client.created_at.seconds(),
            client_secret_expires_at: secret.as_ref().map(|_| 0),
            client_secret: secret,
            client_name: self.name,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.logout_uris,
            token_endpoint_auth_method: self.auth_method,
            grant_types: if is_code { vec![AUTHORIZATION_CODE, REFRESH_TOKEN] } else { vec![CLIENT_CREDENTIALS] },
            response_types: if is_code { vec!["code"] } else { Vec::new() },
            scope: self.scopes.join(" "),
        }
    }
}

/// The one grant that the client is for; refreshing comes with codes.
fn flow_of(asked: Option<&[String]>, allowed: &[OAuthFlow]) -> Result<OAuthFlow, Error> {
    let asked = asked.unwrap_or_default();
    let has = |name: &str| asked.iter().any(|grant| grant == name);
    let is_known = |grant: &String| matches!(grant.as_str(), AUTHORIZATION_CODE | CLIENT_CREDENTIALS | REFRESH_TOKEN);
    if !asked.iter().all(is_known) {
        return Err(invalid("grant_types can be authorization_code with refresh_token, or client_credentials"));
    }
    let flow = match (asked.is_empty() || has(AUTHORIZATION_CODE), has(CLIENT_CREDENTIALS), has(REFRESH_TOKEN)) {
        (true, false, _) => OAuthFlow::Code,
        (false, true, false) => OAuthFlow::ClientCredentials,
        _ => return Err(invalid("grant_types can be authorization_code with refresh_token, or client_credentials")),
    };
    if allowed.contains(&flow) { Ok(flow) } else { Err(invalid("The user pool does not allow these grant_types")) }
}

fn check_response_types(asked: Option<&[String]>, flow: OAuthFlow) -> Result<(), Error> {
    let fits = match asked {
        None => true,
        Some(types) if flow == OAuthFlow::Code => types == ["code"],
        Some(types) => types.is_empty(),
    };
    if fits { Ok(()) } else { Err(invalid("response_types does not fit grant_types")) }
}

/// The scopes that were asked for, or all that such a client may have: those of OpenID Connect and those that the pool
/// names, as far as they exist. A client that acts for itself knows nobody, so for it only the scopes of APIs count.
fn scopes_of(
    asked: Option<&str>,
    (pool, settings): (&PoolEntry, &RegistrationSettings),
    flow: OAuthFlow,
) -> Result<Vec<String>, Error> {
    let of_servers: Vec<String> = pool.resource_servers.iter().flat_map(ResourceServer::full_scopes).collect();
    let is_openid = |scope: &str| RESERVED.contains(&scope) && scope != ADMIN;
    let named = settings.scopes.iter().filter(|scope| *scope != REGISTER && !is_openid(scope));
    let mut allowed: Vec<String> =
        named.filter(|scope| *scope == ADMIN || of_servers.contains(*scope)).cloned().collect();
    if flow == OAuthFlow::Code {
        let openid = RESERVED.into_iter().filter(|scope| is_openid(scope)).map(str::to_owned);
        allowed = openid.chain(allowed).collect();
    } else {
        allowed.retain(|scope| scope != ADMIN);
    }
    let refused = || invalid("The user pool does not allow one of these scopes");
    let scopes = match asked.map(|text| scope::parse_list(text).ok_or_else(refused)).transpose()? {
        Some(asked) if !asked.is_empty() => asked,
        _ => allowed.clone(),
    };
    if scopes.is_empty() || !scopes.iter().all(|scope| allowed.contains(scope)) {
        return Err(refused());
    }
    Ok(scopes)
}

fn addresses(given: Option<Vec<String>>) -> Result<Vec<String>, Error> {
    let refuse = |text: &str, why: &str| {
        let shown: String = text.chars().filter(char::is_ascii_graphic).take(100).collect();
        Error::OAuth(OAuthFault::InvalidRedirectUri, format!("{shown}: {why}").into())
    };
    let given = given.unwrap_or_default();
    if given.len() > ADDRESSES.0 {
        return Err(Error::oauth(OAuthFault::InvalidRedirectUri, "There are too many addresses"));
    }
    for text in &given {
        if text.len() > ADDRESSES.1 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refuse(text, "it is too long or malformed"));
        }
        check_redirect(text).map_err(|why| refuse(text, why))?;
    }
    Ok(given)
}

/// The name without what names of app clients cannot have (API model, `ClientNameType`).
fn name_of(given: &str) -> String {
    let is_fit = |letter: &char| letter.is_alphabetic() || letter.is_ascii_digit() || " _+=,.@-".contains(*letter);
    let plain: String = given.chars().filter(is_fit).take(LONGEST_NAME).collect();
    let plain = plain.trim();
    if plain.is_empty() { NAMELESS.to_owned() } else { plain.to_owned() }
}

/// The client. Nobody vouches for it, so that it signs people in on the hosted pages only, and sees and writes nothing
/// but standard attributes.
fn client_of(cx: &Cx, pool: &PoolEntry, wanted: &Wanted) -> Result<Client, Error> {
    let now = cx.now();
    let is_code = wanted.flow == OAuthFlow::Code;
    let rotation = (wanted.is_public()).then_some(Rotation { is_enabled: true, grace_seconds: GRACE_SECONDS });
    let providers = pool.providers.iter().map(|provider| provider.name.clone());
    let names = || pool.pool.settings.schema.iter().map(|attribute| attribute.name.clone());
    let value = (!wanted.is_public()).then(|| SecretString::from(cx.random().lower_alphanumeric(LENGTHS.1)));
    let id = ClientId::parse(&cx.random().lower_alphanumeric(LENGTHS.0));
    Ok(Client {
        id: id.ok_or_else(|| Error::internal("a malformed client id was made"))?,
        pool_id: pool.pool.id.clone(),
        name: wanted.name.clone(),
        secrets: value.map(|value| ClientSecret { value, created_at: now }).into_iter().collect(),
        created_at: now,
        modified_at: now,
        settings: ClientSettings {
            is_oauth_enabled: true,
            oauth_flows: vec![wanted.flow],
            oauth_scopes: wanted.scopes.clone(),
            callback_urls: wanted.redirect_uris.clone(),
            logout_urls: wanted.logout_uris.clone(),
            identity_providers: if is_code {
                [COGNITO.to_owned()].into_iter().chain(providers).collect()
            } else {
                vec![]
            },
            read_attributes: Some(names().filter(|name| is_standard(name)).collect()),
            write_attributes: Some(names().filter(|name| is_written_by_default(name)).collect()),
            hides_user_existence: Some(true),
            rotation,
            registration: Some(wanted.registration),
            ..ClientSettings::default()
        },
    })
}

/// The pool itself among the providers.
const COGNITO: &str = "COGNITO";

fn invalid(description: &'static str) -> Error {
    Error::oauth(OAuthFault::InvalidClientMetadata, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_what_an_app_clients_name_can_have() {
        assert_eq!(name_of("Claude (MCP) <b>&\u{202e}"), "Claude MCP b");
        assert_eq!(name_of("Gartenbücher"), "Gartenbücher");
        assert_eq!(name_of("()\n"), NAMELESS);
        assert_eq!(name_of(&"a".repeat(500)).len(), LONGEST_NAME);
    }

    #[test]
    fn a_client_has_one_grant_and_refreshes_what_it_got_for_a_code() {
        use OAuthFlow::{ClientCredentials, Code};
        let both = [Code, ClientCredentials];
        let flow = |grants: &[&str], allowed: &[OAuthFlow]| {
            let grants: Vec<String> = grants.iter().map(|grant| (*grant).to_owned()).collect();
            flow_of(Some(&grants), allowed).ok()
        };
        assert_eq!(flow_of(None, &both).ok(), Some(Code));
        assert_eq!(flow(&["authorization_code", "refresh_token"], &both), Some(Code));
        assert_eq!(flow(&["client_credentials"], &both), Some(ClientCredentials));
        for grants in [
            &["refresh_token"][..],
            &["implicit"],
            &["password"],
            &["authorization_code", "client_credentials"],
            &["client_credentials", "refresh_token"],
        ] {
            assert_eq!(flow(grants, &both), None, "{grants:?}");
        }
        assert_eq!(flow(&["authorization_code"], &[ClientCredentials]), None);
        assert_eq!(flow(&["client_credentials"], &[Code]), None);
    }
}
