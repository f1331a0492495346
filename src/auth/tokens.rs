//! Owns what tokens say (spec: ID token and access token claims) and the start of a token family.

use serde_json::{Map, Value, json};

use super::device;
use super::sign_in::Authenticated;
use super::tracking::{self, Kind, NewTracking};
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx};
use crate::domain::group::{GroupClaims, Membership};
use crate::domain::scope::{self, ADMIN, OPENID};
use crate::domain::token_family::{FamilyDetails, FamilyDevice, Issued, TokenFamily};
use crate::domain::user::User;
use crate::error::Error;
use crate::store::signing_keys::KeyPurpose;
use crate::store::{self, Db};

/// Tokens for an app.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The ID token; absent where `openid` was not granted.
    pub id: Option<String>,
    /// The access token.
    pub access: String,
    /// A new refresh token, where one is given.
    pub refresh: Option<String>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    /// A device that the app may confirm.
    pub new_device: Option<device::Offer>,
}

/// Whose tokens to sign.
pub struct Issue<'a> {
    /// For which client.
    pub client: &'a ClientEntry,
    /// The user, as now.
    pub user: &'a User,
    /// The user's groups.
    pub groups: &'a GroupClaims,
    /// The family.
    pub family: &'a TokenFamily,
}

/// A new family and its first refresh token, to be kept with what it was earned by.
pub struct NewFamily {
    /// The family.
    pub family: TokenFamily,
    /// The refresh token; the database only knows its hash.
    pub refresh_token: String,
    /// What is tracked of it, where the pool tracks sessions.
    pub tracking: Option<NewTracking>,
}

impl NewFamily {
    /// A family for somebody who signed in through `client`.
    #[must_use]
    pub fn start(cx: &Cx, client: &ClientEntry, (user, auth_time): (&User, Timestamp), details: FamilyDetails) -> Self {
        let family = TokenFamily {
            id: cx.random().uuid(),
            pool_id: user.pool_id.clone(),
            client_id: client.client.id.clone(),
            sub: user.sub.clone(),
            auth_time,
            expires_at: cx.now().plus_seconds(client.client.settings.validity.refresh_seconds()),
            details,
        };
        Self { family, refresh_token: cx.random().token(), tracking: tracking::begin(cx, client, Kind::Tokens) }
    }

    /// Keeps the family and its refresh token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, db: &mut Db) -> Result<(), Error> {
        let family = &self.family;
        store::families::insert(db, family, &digest::sha256_base64url(&self.refresh_token)).await?;
        match &self.tracking {
            Some(tracking) => tracking.keep_tokens(db, &family.id, (&family.pool_id, &family.sub)).await,
            None => Ok(()),
        }
    }
}

/// What a family of the API's own sign-in carries.
#[must_use]
pub fn api_details(cx: &Cx) -> FamilyDetails {
    FamilyDetails {
        issued: Issued::Api,
        scopes: vec![ADMIN.to_owned()],
        event_id: cx.random().uuid(),
        nonce: None,
        resource: None,
        device: None,
        acr: None,
    }
}

/// Completes a sign-in by the API: accepts it, starts a family, signs the tokens.
///
/// # Errors
/// A refusal when parallel guesses locked the account meanwhile.
pub async fn complete(cx: &Cx, client: &ClientEntry, authenticated: Authenticated) -> Result<Tokens, Error> {
    let mut details = api_details(cx);
    let known = authenticated.device_key.clone();
    let new_device = known.is_none().then(|| device::offer(cx, &client.pool.pool)).flatten();
    let offered = new_device.as_ref().map(|offer| FamilyDevice { key: offer.key.clone(), is_confirmed: false });
    details.device = known.map(|key| FamilyDevice { key, is_confirmed: true }).or(offered);
    let new = NewFamily::start(cx, client, (&authenticated.user, authenticated.auth_time), details);
    let (new, user, memberships) = keep_earned(cx, new, authenticated).await?;
    tracing::info!(pool = %user.pool_id, sub = %user.sub, client = %client.client.id, "signed in by the API");
    let groups = GroupClaims::of(memberships);
    let mut tokens = sign(cx, &Issue { client, user: &user, groups: &groups, family: &new.family })?;
    tokens.refresh = Some(new.refresh_token);
    tokens.new_device = new_device;
    Ok(tokens)
}

/// Accepts a sign-in and keeps the family that it earned: in one statement where that is all there is to do, and where
/// writes come one after another. Elsewhere a session's two kinds of use, a family and a message, would not see each other
/// in the same moment.
async fn keep_earned(
    cx: &Cx,
    mut new: NewFamily,
    authenticated: Authenticated,
) -> Result<(NewFamily, User, Vec<Membership>), Error> {
    let earned = authenticated.earned_by().filter(|_| new.tracking.is_none() && cx.store.writes_in_turn());
    let (Some(earned), Some(memberships)) = (earned, &authenticated.memberships) else {
        return keep_accepted(cx, new, authenticated).await;
    };
    let now = authenticated.auth_time;
    earned.family().clone_into(&mut new.family.id);
    let token_hash = digest::sha256_base64url(&new.refresh_token);
    let insert = store::families::insert_earned(&new.family, &token_hash, earned.guard(now))?;
    if cx.store.execute(insert).await? == 0 {
        return Err(earned.refusal(cx, now).await?);
    }
    let memberships = memberships.clone();
    Ok((new, authenticated.user, memberships))
}

/// Accepts a sign-in and keeps the family that it earned, in one transaction.
async fn keep_accepted(
    cx: &Cx,
    new: NewFamily,
    authenticated: Authenticated,
) -> Result<(NewFamily, User, Vec<Membership>), Error> {
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                new.keep(db).await?;
                let memberships = match authenticated.memberships {
                    Some(memberships) => memberships,
                    None => store::groups::of_user(db, &new.family.pool_id, &new.family.sub).await?,
                };
                Ok((new, authenticated.user, memberships))
            })
        })
        .await
}

/// Signs the tokens of a family for the user as they are now.
///
/// # Errors
/// When signing fails.
pub fn sign(cx: &Cx, issue: &Issue<'_>) -> Result<Tokens, Error> {
    let now = cx.now();
    let validity = &issue.client.client.settings.validity;
    let keys = &issue.client.pool.keys;
    let access_claims = access_claims(cx, issue, now);
    let access = keys.signing(KeyPurpose::Access, now)?.sign(&access_claims).map_err(Error::internal)?;
    let details = &issue.family.details;
    let has_id = details.issued == Issued::Api || scope::contains(&details.scopes, OPENID);
    let id = if has_id {
        let claims = id_claims(cx, issue, (now, Some(&access)));
        Some(keys.signing(KeyPurpose::Id, now)?.sign(&claims).map_err(Error::internal)?)
    } else {
        None
    };
    Ok(Tokens { id, access, refresh: None, expires_in: validity.access_seconds(), new_device: None })
}

/// Signs the access token of a client that acts for itself (RFC 6749 §4.4).
///
/// # Errors
/// When signing fails.
pub fn sign_for_client(cx: &Cx, client: &ClientEntry, scopes: &[String]) -> Result<Tokens, Error> {
    let now = cx.now();
    let seconds = client.client.settings.validity.access_seconds();
    let id = client.client.id.as_str();
    let claims = json!({
        "sub": id,
        "token_use": "access",
        "scope": scopes.join(" "),
        "auth_time": now.seconds(),
        "iss": client.pool.issuer,
        "exp": now.seconds() + seconds,
        "iat": now.seconds(),
        "version": 2,
        "jti": cx.random().uuid(),
        "client_id": id,
    });
    let access = client.pool.keys.signing(KeyPurpose::Access, now)?.sign(&claims).map_err(Error::internal)?;
    Ok(Tokens { id: None, access, refresh: None, expires_in: seconds, new_device: None })
}

/// Whether tokens of this client carry `origin_jti` (spec: with revocation or rotation).
fn has_origin(client: &ClientEntry) -> bool {
    !client.client.settings.is_revocation_disabled || client.client.rotation().is_some()
}

/// The claims that both tokens share.
fn common_claims(cx: &Cx, issue: &Issue<'_>, (now, seconds): (Timestamp, i64)) -> Map<String, Value> {
    let mut claims = Map::new();
    let family = issue.family;
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("sub", json!(issue.user.sub));
    put("iss", json!(issue.client.pool.issuer));
    put("event_id", json!(family.details.event_id));
    put("auth_time", json!(family.auth_time.seconds()));
    put("iat", json!(now.seconds()));
    put("exp", json!(now.seconds() + seconds));
    put("jti", json!(cx.random().uuid()));
    if has_origin(issue.client) {
        put("origin_jti", json!(family.id));
    }
    if let Some(acr) = &family.details.acr {
        put("acr", json!(issue.client.pool.pool.level_name(acr)));
    }
    if !issue.groups.names.is_empty() {
        put("cognito:groups", json!(issue.groups.names));
    }
    claims
}

/// The claims of an access token.
pub(super) fn access_claims(cx: &Cx, issue: &Issue<'_>, now: Timestamp) -> Map<String, Value> {
    let client = &issue.client.client;
    let details = &issue.family.details;
    let mut claims = common_claims(cx, issue, (now, client.settings.validity.access_seconds()));
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("token_use", json!("access"));
    put("client_id", json!(client.id));
    put("username", json!(issue.user.username));
    put("scope", json!(scope::in_token_order(&details.scopes)));
    if details.issued == Issued::OAuth {
        put("version", json!(2));
    }
    if let Some(resource) = &details.resource {
        put("aud", json!(resource));
    }
    if let Some(device) = &details.device {
        put("device_key", json!(device.key));
    }
    claims
}

/// The claims of an ID token, which may come with an access token.
pub(super) fn id_claims(cx: &Cx, issue: &Issue<'_>, (now, access): (Timestamp, Option<&str>)) -> Map<String, Value> {
    let client = &issue.client.client;
    let details = &issue.family.details;
    let mut claims = common_claims(cx, issue, (now, client.settings.validity.id_seconds()));
    for (name, value) in &issue.user.attributes {
        let is_let_out = details.issued == Issued::Api || scope::lets_out(&details.scopes, name);
        if is_let_out && client.can_read(name) && !value.is_empty() {
            claims.insert(name.clone(), claim_value(name, value));
        }
    }
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("token_use", json!("id"));
    put("aud", json!(client.id));
    put("cognito:username", json!(issue.user.username));
    if !issue.groups.roles.is_empty() {
        put("cognito:roles", json!(issue.groups.roles));
    }
    if let Some(role) = &issue.groups.preferred_role {
        put("cognito:preferred_role", json!(role));
    }
    if let Some(nonce) = &details.nonce {
        put("nonce", json!(nonce));
    }
    if let Some(access) = access.filter(|_| details.issued == Issued::OAuth) {
        put("at_hash", json!(digest::left_half_base64url(access)));
    }
    claims
}

/// The identities as the ID token writes them: whether one is the primary, and since when, are texts there (spec:
/// tokens, identities).
fn identities_claim(mut identities: Value) -> Value {
    for identity in identities.as_array_mut().into_iter().flatten() {
        for name in ["primary", "dateCreated"] {
            let text = identity.get(name).filter(|value| !value.is_string()).map(ToString::to_string);
            text.into_iter().for_each(|text| identity[name] = text.into());
        }
    }
    identities
}

/// An attribute as the ID token writes it: verified flags as booleans, the address as an object, everything else as
/// text.
fn claim_value(name: &str, value: &str) -> Value {
    match name {
        "email_verified" | "phone_number_verified" => json!(value == "true"),
        "address" => json!({ "formatted": value }),
        "updated_at" => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
        "identities" => serde_json::from_str(value).map_or_else(|_| json!(value), identities_claim),
        _ => json!(value),
    }
}
