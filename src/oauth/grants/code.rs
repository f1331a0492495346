//! Owns the authorization code grant: the code is taken once, atomically, before anything is looked at; a second use
//! undoes what the first one gave out (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1).

use std::sync::Arc;

use crate::auth::tokens::{self, Issue, NewFamily, Tokens};
use crate::auth::tracking::{self, Kind, NewTracking};
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::{ClientEntry, Cx};
use crate::domain::group::{GroupClaims, Membership};
use crate::domain::token_family::{FamilyDetails, Issued};
use crate::domain::user::User;
use crate::error::{Error, OAuthFault};
use crate::oauth::parameters::Parameters;
use crate::store::authorization_codes::Grant;
use crate::store::{self, Db};

/// What the app sends along with the code.
struct Exchange {
    client: Arc<ClientEntry>,
    code_hash: String,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    new_family: String,
    event_id: String,
    refresh_token: String,
    tracking: Option<NewTracking>,
    now: Timestamp,
}

/// What became of the code. A refusal is committed too: the code is spent.
enum Taken {
    Good(Box<(NewFamily, User, Vec<Membership>)>),
    Refused(Error),
}

/// Grants tokens for an authorization code.
///
/// # Errors
/// `invalid_grant` when the code is unknown, used, expired or bound to something else; `unauthorized_client` when the
/// redirect target is another one (spec: `invalid_redirect`).
pub async fn grant(cx: &Cx, client: &Arc<ClientEntry>, parameters: &Parameters) -> Result<Tokens, Error> {
    let code = parameters.get("code").ok_or_else(|| Error::oauth(OAuthFault::InvalidRequest, "code is missing"))?;
    let exchange = Exchange {
        client: Arc::clone(client),
        code_hash: digest::sha256_base64url(code),
        redirect_uri: parameters.get("redirect_uri").map(str::to_owned),
        code_verifier: parameters.get("code_verifier").map(str::to_owned),
        new_family: cx.random().uuid(),
        event_id: cx.random().uuid(),
        refresh_token: cx.random().token(),
        tracking: tracking::begin(cx, client, Kind::Tokens),
        now: cx.now(),
    };
    let taken = cx.store.write(move |db| Box::pin(async move { exchange.take(db).await })).await?;
    let (new, user, memberships) = match taken {
        Taken::Good(good) => *good,
        Taken::Refused(refusal) => return Err(refusal),
    };
    let groups = GroupClaims::of(memberships);
    let mut tokens = tokens::sign(cx, &Issue { client, user: &user, groups: &groups, family: &new.family })?;
    tokens.refresh = Some(new.refresh_token);
    Ok(tokens)
}

impl Exchange {
    async fn take(self, db: &mut Db) -> Result<Taken, Error> {
        let client = &self.client.client.id;
        let taken = store::authorization_codes::take(db, &self.code_hash, client, &self.new_family, self.now).await?;
        let Some((sub, grant)) = taken else {
            if let Some(family) = store::authorization_codes::spent_on(db, &self.code_hash, client).await? {
                tracing::warn!(%client, "an authorization code came back: what it gave out is revoked");
                store::families::revoke(db, &family, self.now).await?;
            }
            return Ok(Taken::Refused(invalid_grant()));
        };
        if let Err(refusal) = self.check(&grant) {
            return Ok(Taken::Refused(refusal));
        }
        let found = store::users::with_groups(db, self.client.pool_id(), &sub).await?;
        // A sign-out everywhere ends the codes of the sign-ins before it too.
        let is_signed_in = |user: &User| user.is_enabled && user.signed_out_at < grant.auth_time;
        let Some((user, memberships)) = found.filter(|(user, _)| is_signed_in(user)) else {
            return Ok(Taken::Refused(invalid_grant()));
        };
        let new = self.family(&user, grant);
        new.keep(db).await?;
        Ok(Taken::Good(Box::new((new, user, memberships))))
    }

    fn check(&self, grant: &Grant) -> Result<(), Error> {
        if self.redirect_uri.as_deref() != Some(grant.redirect_uri.as_str()) {
            return Err(Error::oauth(OAuthFault::UnauthorizedClient, "invalid_redirect"));
        }
        match (&grant.code_challenge, &self.code_verifier) {
            (None, None) => Ok(()),
            (Some(challenge), Some(verifier)) if is_verifier_of(verifier, challenge) => Ok(()),
            _ => Err(invalid_grant()),
        }
    }

    fn family(self, user: &User, grant: Grant) -> NewFamily {
        let tracking = self.tracking.map(|tracking| tracking.coming_from(grant.origin_session));
        let family = crate::domain::token_family::TokenFamily {
            id: self.new_family,
            pool_id: user.pool_id.clone(),
            client_id: self.client.client.id.clone(),
            sub: user.sub.clone(),
            auth_time: grant.auth_time,
            expires_at: self.now.plus_seconds(self.client.client.settings.validity.refresh_seconds()),
            details: FamilyDetails {
                issued: Issued::OAuth,
                scopes: grant.scopes,
                event_id: self.event_id,
                nonce: grant.nonce,
                resource: grant.resource,
                device: None,
                acr: grant.acr,
            },
        };
        NewFamily { family, refresh_token: self.refresh_token, tracking }
    }
}

fn is_verifier_of(verifier: &str, challenge: &str) -> bool {
    let is_fit = (43..=128).contains(&verifier.len());
    is_fit && digest::is_equal(digest::sha256_base64url(verifier).as_bytes(), challenge.as_bytes())
}

fn invalid_grant() -> Error {
    Error::oauth(OAuthFault::InvalidGrant, "invalid_grant")
}
