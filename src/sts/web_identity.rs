//! Owns AssumeRoleWithWebIdentity where this server makes the credentials: which tokens are believed, and which roles
//! each may assume. There is no IAM here, so a pool's own roles, and those of a configured provider, are all there is.

use serde_json::{Map, Value};

use super::credentials::{Credentials, Principal, RoleSession, mint};
use super::issuer::{self, IssuerClaims, NotBelieved};
use super::parameters::{Parameters, is_of_a_name, is_of_an_arn};
use crate::cx::Cx;
use crate::domain::identity_pool::RegionalId;
use crate::domain::role_arn::RoleArn;
use crate::error::{Error, TokenServiceFault};
use crate::federation::presented::{self, Audience, Presented, Unbelievable};
use crate::store;

/// What was asked for.
pub struct Request {
    /// The role.
    pub role: String,
    /// The session's name.
    pub name: String,
    /// The token.
    pub token: String,
    /// For how many seconds.
    pub seconds: i64,
    /// The policy that narrows the session.
    pub policy: Option<String>,
}

impl Request {
    /// Reads the parameters of AssumeRoleWithWebIdentity.
    ///
    /// # Errors
    /// The service's text for the first broken constraint.
    pub fn read(parameters: &Parameters) -> Result<Self, Error> {
        Ok(Self {
            role: parameters.required("RoleArn", (20, 2048), is_of_an_arn)?.to_owned(),
            name: parameters.required("RoleSessionName", (2, 64), is_of_a_name)?.to_owned(),
            token: parameters.required("WebIdentityToken", (4, 20_000), |_| true)?.to_owned(),
            seconds: parameters.duration(3600, (900, 43_200))?,
            policy: parameters.policy()?,
        })
    }
}

/// A role that was assumed.
pub struct Assumed {
    /// The session.
    pub session: RoleSession,
    /// Its credentials.
    pub credentials: Credentials,
}

/// Gives credentials for a token.
///
/// # Errors
/// When the token is not believed, or may not assume the role.
pub async fn assume(cx: &Cx, request: Request) -> Result<Assumed, Error> {
    let mut session = RoleSession::new(&request.role, &request.name);
    session.policy = request.policy;
    match issuer::verify(cx, &request.token).await? {
        Ok(claims) => of_identity(cx, &mut session, &claims).await?,
        Err(NotBelieved::Expired(at)) => return Err(expired(cx, at)),
        Err(NotBelieved::Foreign) => of_provider(cx, &mut session, &request.token).await?,
    }
    if RoleArn::parse(&session.role).is_none() {
        return Err(denied());
    }
    let credentials = mint(cx, Principal::Role(session.clone()), request.seconds)?;
    tracing::info!(role = %session.role, subject = session.subject.as_deref(), "role assumed with a web identity");
    Ok(Assumed { session, credentials })
}

/// A token of an identity pool assumes the pool's role for its kind of identity, no other.
async fn of_identity(cx: &Cx, session: &mut RoleSession, claims: &IssuerClaims) -> Result<(), Error> {
    let (Some(pool_id), Some(id)) = (RegionalId::parse(&claims.aud), RegionalId::parse(&claims.sub)) else {
        return Err(denied());
    };
    let mut db = cx.store.read().await?;
    let pool = store::identity_pools::by_id(&mut db, &pool_id).await?.ok_or_else(denied)?;
    let identity = store::pool_identities::by_id(&mut db, &id).await?.ok_or_else(denied)?;
    let roles = &pool.roles;
    let role = if claims.is_authenticated() { &roles.authenticated } else { &roles.unauthenticated };
    let is_guest_refused = !claims.is_authenticated() && !pool.settings.allows_guests;
    if role.as_ref() != Some(&session.role) || is_guest_refused || identity.pool_id != pool.id {
        return Err(denied());
    }
    session.tags = claims.tags();
    session.provider = Some(issuer::PROVIDER.to_owned());
    session.subject = Some(claims.sub.clone());
    session.audience = Some(claims.aud.clone());
    Ok(())
}

/// A configured provider's token assumes the roles that the configuration gives it.
async fn of_provider(cx: &Cx, session: &mut RoleSession, token: &str) -> Result<(), Error> {
    let issuer = presented::claimed_issuer(token).ok_or_else(|| {
        invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    })?;
    let provider = cx.config.identity_pools.oidc_providers.iter().find(|provider| provider.issuer == issuer);
    let provider =
        provider.ok_or_else(|| invalid(&format!("No OpenIDConnect provider found in your account for {issuer}")))?;
    let wanted = Presented {
        issuer: &provider.issuer,
        may_lack_scheme: false,
        keys: None,
        audience: Audience::OneOf(&provider.client_ids),
    };
    let claims = presented::id_token(&cx.outside, &cx.upstream, token, wanted).await;
    let claims = claims.map_err(|fault| refusal(cx, fault))?;
    if !provider.roles.contains(&session.role) {
        return Err(denied());
    }
    session.provider = Some(issuer);
    session.subject = text(&claims, "sub");
    session.audience = text(&claims, "aud");
    Ok(())
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name).and_then(Value::as_str).map(ToOwned::to_owned)
}

fn refusal(cx: &Cx, fault: Unbelievable) -> Error {
    match fault {
        Unbelievable::Expired(at) => expired(cx, at),
        Unbelievable::Audience | Unbelievable::NoAudience => invalid("Incorrect token audience"),
        Unbelievable::Unavailable(cause) => {
            tracing::warn!(cause, "a provider cannot be asked");
            let text = "Couldn't retrieve verification key from your identity provider";
            Error::TokenService(TokenServiceFault::IdpCommunicationError, text.to_owned())
        }
        Unbelievable::Signature => invalid("Couldn't verify the signature of the token"),
        _ => invalid("The web identity token that was passed could not be validated"),
    }
}

fn expired(cx: &Cx, at: i64) -> Error {
    let now = cx.now().seconds();
    let text = format!("Token expired: current date/time {now} must be before the expiration date/time {at}");
    Error::TokenService(TokenServiceFault::ExpiredToken, text)
}

fn invalid(text: &str) -> Error {
    Error::TokenService(TokenServiceFault::InvalidIdentityToken, text.to_owned())
}

fn denied() -> Error {
    let text = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    Error::TokenService(TokenServiceFault::AccessDenied, text.to_owned())
}
