//! Owns the answer to an authorization request: which step comes next, and at the end the redirect with a code or
//! with tokens.

use super::checks::{AuthorizeRequest, Refusal, ResponseType};
use super::parameters::append;
use crate::auth::session::{self, StartedSession};
use crate::auth::sign_in::Authenticated;
use crate::auth::tokens::{self, Issue, NewFamily};
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::Cx;
use crate::domain::group::GroupClaims;
use crate::domain::token_family::{FamilyDetails, Issued};
use crate::error::{Error, OAuthFault};
use crate::store;
use crate::store::authorization_codes::{Grant, NewCode};
use crate::store::sessions::Session;

/// Seconds for which an authorization code works (spec: five minutes).
const CODE_LIFETIME_SECONDS: i64 = 300;

/// What comes next for an authorization request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The person signs in on our page.
    SignIn,
    /// The person signs in at the provider that was asked for.
    Federate,
    /// The live session is enough.
    Issue,
    /// No page may be shown and nobody is signed in.
    LoginRequired,
}

/// The next step: a pure function of the request and of whether a live session exists.
#[must_use]
pub fn next_step(request: &AuthorizeRequest, has_session: bool) -> Step {
    let wants_provider = request.identity_provider.as_deref().is_some_and(|name| name != "COGNITO");
    match (has_session, request.prompt.is_login, request.prompt.is_none) {
        (true, false, _) => Step::Issue,
        (_, _, true) => Step::LoginRequired,
        _ if wants_provider => Step::Federate,
        _ => Step::SignIn,
    }
}

/// Who the code or the tokens are for.
pub enum Who {
    /// Somebody who has just signed in: a browser session starts as well.
    Fresh(Authenticated),
    /// Somebody with a live session.
    Known(Session),
}

/// The end of an authorization request.
pub struct Conclusion {
    /// The redirect.
    pub location: String,
    /// The value of the session cookie to set, for somebody who has just signed in.
    pub session: Option<String>,
}

/// Gives out a code or tokens, and starts a session for somebody who has just signed in; all in one transaction.
///
/// # Errors
/// A refusal when parallel guesses locked the account meanwhile.
pub async fn issue(cx: &Cx, request: &AuthorizeRequest, who: Who) -> Result<Conclusion, Error> {
    let (authenticated, is_fresh, known) = match who {
        Who::Fresh(authenticated) => (authenticated, true, None),
        Who::Known(session) => {
            let public_id = session.session_id.clone();
            (Authenticated::by_session(session), false, public_id)
        }
    };
    let user = &authenticated.user;
    let started = is_fresh.then(|| session::start(cx, &request.client, &authenticated));
    let origin = started.as_ref().map_or(known, StartedSession::public_id);
    let token = started.as_ref().map(|started| started.token.clone());
    tracing::info!(pool = %user.pool_id, sub = %user.sub, client = %request.client.client.id, is_fresh, "signed in on the hosted pages");
    let location = match request.response_type {
        ResponseType::Code => issue_code(cx, request, (authenticated, started, origin)).await?,
        ResponseType::Token => issue_tokens(cx, request, (authenticated, started, origin)).await?,
        ResponseType::Account => go_to_account(cx, request, (authenticated, started)).await?,
    };
    Ok(Conclusion { location, session: token })
}

/// The error redirect when no page may be shown.
#[must_use]
pub fn login_required(request: &AuthorizeRequest) -> Refusal {
    request.refuse(OAuthFault::LoginRequired, "No session exists and prompt is none")
}

/// Who signed in, the session that begins with it, and the public id of the session that it belongs to.
type Start = (Authenticated, Option<StartedSession>, Option<String>);

async fn issue_code(
    cx: &Cx,
    request: &AuthorizeRequest,
    (authenticated, started, origin): Start,
) -> Result<String, Error> {
    let code = cx.random().uuid();
    let row = NewCode {
        code_hash: digest::sha256_base64url(&code),
        pool_id: authenticated.user.pool_id.clone(),
        client_id: request.client.client.id.clone(),
        sub: authenticated.user.sub.clone(),
        expires_at: cx.now().plus_seconds(CODE_LIFETIME_SECONDS),
        grant: Grant {
            redirect_uri: request.redirect_uri.clone(),
            code_challenge: request.code_challenge.clone(),
            scopes: request.scopes.clone(),
            nonce: request.nonce.clone(),
            resource: request.resource.clone(),
            auth_time: authenticated.auth_time,
            acr: authenticated.acr.clone(),
            origin_session: origin,
        },
    };
    cx.store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                if let Some(started) = started {
                    started.keep(db).await?;
                }
                store::authorization_codes::insert(db, &row).await
            })
        })
        .await?;
    let mut pairs = vec![("code", code.as_str())];
    pairs.extend(request.state.as_deref().map(|state| ("state", state)));
    Ok(append(&request.redirect_uri, '?', &pairs))
}

/// Implicit: tokens in the fragment, never a refresh token (RFC 6749 §4.2.2).
async fn issue_tokens(
    cx: &Cx,
    request: &AuthorizeRequest,
    (authenticated, started, origin): Start,
) -> Result<String, Error> {
    let auth_time: Timestamp = authenticated.auth_time;
    let details = details(cx, request, authenticated.acr.clone());
    let mut new = NewFamily::start(cx, &request.client, (&authenticated.user, auth_time), details);
    new.tracking = new.tracking.map(|tracking| tracking.coming_from(origin));
    let (family, user, memberships) = cx
        .store
        .write(move |db| {
            Box::pin(async move {
                authenticated.accept(db).await?;
                if let Some(started) = started {
                    started.keep(db).await?;
                }
                new.keep(db).await?;
                let memberships = store::groups::of_user(db, &new.family.pool_id, &new.family.sub).await?;
                Ok((new.family, authenticated.user, memberships))
            })
        })
        .await?;
    let groups = GroupClaims::of(memberships);
    let tokens = tokens::sign(cx, &Issue { client: &request.client, user: &user, groups: &groups, family: &family })?;
    let expires_in = tokens.expires_in.to_string();
    let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(5);
    pairs.extend(tokens.id.as_deref().map(|token| ("id_token", token)));
    pairs.extend([("access_token", tokens.access.as_str()), ("expires_in", &expires_in), ("token_type", "Bearer")]);
    pairs.extend(request.state.as_deref().map(|state| ("state", state)));
    Ok(append(&request.redirect_uri, '#', &pairs))
}

/// Nothing is given out: the session is all that the account page needs.
async fn go_to_account(
    cx: &Cx,
    request: &AuthorizeRequest,
    (authenticated, started): (Authenticated, Option<StartedSession>),
) -> Result<String, Error> {
    if let Some(started) = started {
        cx.store
            .write(move |db| {
                Box::pin(async move {
                    authenticated.accept(db).await?;
                    started.keep(db).await
                })
            })
            .await?;
    }
    Ok(request.redirect_uri.clone())
}

fn details(cx: &Cx, request: &AuthorizeRequest, acr: Option<String>) -> FamilyDetails {
    FamilyDetails {
        issued: Issued::OAuth,
        scopes: request.scopes.clone(),
        event_id: cx.random().uuid(),
        nonce: request.nonce.clone(),
        resource: request.resource.clone(),
        device: None,
        acr,
    }
}
