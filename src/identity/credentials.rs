//! Owns what an identity gets: credentials of the role that its logins earn, or a token of our own issuer to take to
//! a token service. It must not know how credentials are made.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;

use super::logins::Logins;
use super::resolve::{Proven, prove};
use super::{NO_MATCH, identity};
use crate::cx::Cx;
use crate::domain::identity_pool::{IdentityPool, PoolIdentity, RegionalId};
use crate::domain::role_arn::RoleArn;
use crate::domain::role_choice::{Claims, NoRole, choose};
use crate::error::Error;
use crate::store;
use crate::sts::credentials::{Credentials, Principal, RoleSession, mint};
use crate::sts::forward;
use crate::sts::issuer::{self, IssuerClaims, NotBelieved, Subject};

/// Seconds that credentials work.
const CREDENTIAL_SECONDS: i64 = 3600;
/// Seconds that a token for the token service works.
const TOKEN_SECONDS: i64 = 600;
/// The name of sessions that come from identity pools, as Cognito has it.
const SESSION: &str = "CognitoIdentityCredentials";

/// What an identity is known by.
struct Standing {
    pool: IdentityPool,
    identity: PoolIdentity,
    /// `authenticated` or `unauthenticated`, then what proved it.
    amr: Vec<String>,
    tags: BTreeMap<String, String>,
    /// The names under which roles may be mapped, each with the claims.
    mapped: Vec<(String, Claims)>,
}

impl Standing {
    fn is_authenticated(&self) -> bool {
        self.amr.first().is_some_and(|method| method == "authenticated")
    }

    fn role(&self, asked: Option<&str>) -> Result<String, Error> {
        let roles = &self.pool.roles;
        let everybodys = if self.is_authenticated() { &roles.authenticated } else { &roles.unauthenticated };
        let find = |(key, claims): &'_ (String, Claims)| Some((roles.mappings.get(key)?.clone(), claims.clone()));
        let (mapping, claims) = self.mapped.iter().find_map(find).unzip();
        let role = choose(mapping.as_ref(), &claims.unwrap_or_default(), asked, everybodys.as_deref());
        let role = role.map_err(|fault| match fault {
            NoRole::NotConfigured => Error::IdentityPoolConfiguration,
            NoRole::NotAllowed => Error::not_authorized("The role is not one that this identity may have."),
            NoRole::Ambiguous => Error::not_authorized("No role could be chosen for this identity."),
        })?;
        if RoleArn::parse(&role).is_none() {
            return Err(Error::IdentityPoolConfiguration);
        }
        Ok(role)
    }

    async fn token(&self, cx: &Cx, seconds: i64) -> Result<String, Error> {
        let (amr, tags) = (self.amr.clone(), self.tags.clone());
        issuer::sign(cx, Subject { pool: &self.pool, identity: &self.identity, amr, tags }, seconds).await
    }
}

/// Credentials for an identity.
///
/// # Errors
/// When the logins do not prove it, or no role is to be had.
pub async fn for_identity(
    cx: &Cx,
    id: &RegionalId,
    logins: &Logins,
    asked: Option<&str>,
) -> Result<(RegionalId, Credentials), Error> {
    let standing = standing(cx, id, logins).await?;
    let role = standing.role(asked)?;
    let credentials = match &cx.config.sts.forward_to {
        Some(url) => forward::assume(cx, url, (&role, SESSION), &standing.token(cx, TOKEN_SECONDS).await?).await?,
        None => {
            let mut session = RoleSession::new(&role, SESSION);
            session.tags.clone_from(&standing.tags);
            session.provider = Some(issuer::PROVIDER.to_owned());
            session.subject = Some(standing.identity.id.to_string());
            session.audience = Some(standing.pool.id.to_string());
            mint(cx, Principal::Role(session), CREDENTIAL_SECONDS)?
        }
    };
    tracing::info!(identity = %standing.identity.id, role, "credentials given");
    Ok((standing.identity.id, credentials))
}

/// A token for the token service.
///
/// # Errors
/// When the logins do not prove the identity, or the pool gives no such tokens.
pub async fn open_id_token(cx: &Cx, id: &RegionalId, logins: &Logins) -> Result<(RegionalId, String), Error> {
    let standing = standing(cx, id, logins).await?;
    if standing.pool.settings.allows_classic_flow == Some(false) {
        let text = "Basic (classic) flow is not enabled, please use enhanced flow.";
        return Err(Error::InvalidParameter(text.to_owned()));
    }
    let token = standing.token(cx, TOKEN_SECONDS).await?;
    Ok((standing.identity.id, token))
}

async fn standing(cx: &Cx, id: &RegionalId, logins: &Logins) -> Result<Standing, Error> {
    match logins.get(issuer::PROVIDER) {
        Some(token) => by_token(cx, id, token.expose_secret()).await,
        None => of_proven(cx, prove(cx, id, logins).await?).await,
    }
}

async fn of_proven(cx: &Cx, proven: Proven) -> Result<Standing, Error> {
    let is_guest = proven.logins.is_empty();
    let mut amr = vec![if is_guest { "unauthenticated" } else { "authenticated" }.to_owned()];
    let (mut tags, mut mapped) = (BTreeMap::new(), Vec::new());
    for login in proven.logins {
        tags.append(&mut tags_of(cx, &proven.pool, &login.linked.provider, &login.claims).await?);
        amr.extend([login.linked.provider, login.method]);
        mapped.push((login.mapping_key, login.claims));
    }
    Ok(Standing { pool: proven.pool, identity: proven.identity, amr, tags, mapped })
}

/// Somebody with a token that a developer's own server got here.
async fn by_token(cx: &Cx, id: &RegionalId, token: &str) -> Result<Standing, Error> {
    let claims: IssuerClaims = issuer::verify(cx, token).await?.map_err(|fault| match fault {
        NotBelieved::Foreign => Error::not_authorized("Invalid login token. Token signature invalid."),
        NotBelieved::Expired(at) => {
            let text = format!("Invalid login token. Token expired: {at} >= {}", cx.now().seconds());
            Error::NotAuthorized(text.into())
        }
    })?;
    let (pool, found) = identity(&mut *cx.store.read().await?, id).await?;
    let is_theirs = claims.sub == id.as_str() && claims.aud == pool.id.as_str() && found.merged_into.is_none();
    if !is_theirs || !claims.is_authenticated() {
        return Err(Error::not_authorized(NO_MATCH));
    }
    let mapped = claims.amr.iter().skip(1).map(|name| (name.clone(), Claims::new())).collect();
    Ok(Standing { pool, identity: found, tags: claims.tags(), amr: claims.amr, mapped })
}

async fn tags_of(
    cx: &Cx,
    pool: &IdentityPool,
    provider: &str,
    claims: &Claims,
) -> Result<BTreeMap<String, String>, Error> {
    let map = store::identity_pools::principal_tags(&mut *cx.store.read().await?, &pool.id, provider).await?;
    let wanted = map.map(|map| map.effective()).unwrap_or_default().into_iter();
    let value = |claim: &str| claims.get(claim).and_then(|values| values.first()).cloned();
    Ok(wanted.filter_map(|(tag, claim)| Some((tag, value(&claim)?))).collect())
}
