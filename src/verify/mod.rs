//! Owns the check of a bearer token as an API behind a user pool makes it: like an API gateway's JWT authorizer, as an
//! actix-web extractor. It works against any user pool, Amazon Cognito's included, and needs nothing else of this
//! crate. It must not know who issues tokens, nor what an API does with the answer.
//!
//! Checked are the signature by the issuer's published keys (fetched once, kept, asked again at an unknown key id, at
//! most once a minute), `iss`, `exp`, `nbf`, `token_use`, `client_id` or `aud`, and what the route requires: scopes
//! and groups. A refusal is a 401 or 403 with the `WWW-Authenticate` header of RFC 6750.
//!
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use cenote::verify::{Claims, Requirement, Verifier};
//!
//! async fn me(claims: Claims) -> String {
//!     claims.sub
//! }
//!
//! #[actix_web::main]
//! async fn main() -> std::io::Result<()> {
//!     let issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example";
//!     let verifier = Verifier::new(issuer, ["1example23456789"]).expect("TLS is compiled in");
//!     HttpServer::new(move || {
//!         let write = web::resource("/notes")
//!             .app_data(Requirement::any_scope(["notes/write"]))
//!             .route(web::post().to(me));
//!         App::new().app_data(verifier.clone()).route("/me", web::get().to(me)).service(write)
//!     })
//!     .bind("127.0.0.1:8080")?
//!     .run()
//!     .await
//! }
//! ```

mod claims;
mod extractor;
mod keys;
mod refusal;
pub mod signature;

use std::sync::Arc;

pub use claims::{Claims, Requirement};
pub use refusal::Refusal;

use crate::clock::Clock;
use crate::crypto::jwt::{self, JwtFault};
use crate::http::{Http, HttpError};
use keys::PublishedKeys;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// To call APIs.
    Access,
    /// To tell an app who signed in.
    Id,
}

/// Checks bearer tokens of one user pool. Cloning is cheap; all clones share the keys.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    issuer: String,
    client_ids: Vec<String>,
    accepted: TokenUse,
    leeway: i64,
    clock: Clock,
    keys: PublishedKeys,
}

impl Verifier {
    /// A verifier for access tokens that `issuer` gave to one of `client_ids`. Nothing is fetched yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new<C: Into<String>>(issuer: &str, client_ids: impl IntoIterator<Item = C>) -> Result<Self, HttpError> {
        Ok(Self::with((issuer, client_ids), Http::new()?, Clock::Real))
    }

    /// As [`Verifier::new`], over an HTTP client and a clock of the caller's.
    pub fn with<C: Into<String>>(
        (issuer, client_ids): (&str, impl IntoIterator<Item = C>),
        http: Http,
        clock: Clock,
    ) -> Self {
        let issuer = issuer.trim_end_matches('/').to_owned();
        let keys = PublishedKeys::at(format!("{issuer}/.well-known/jwks.json"), http, clock.clone());
        let client_ids = client_ids.into_iter().map(Into::into).collect();
        Self(Arc::new(Inner { issuer, client_ids, accepted: TokenUse::Access, leeway: 0, clock, keys }))
    }

    /// The same verifier for tokens of another use.
    #[must_use]
    pub fn accepting(self, accepted: TokenUse) -> Self {
        self.changed(|inner| inner.accepted = accepted)
    }

    /// The same verifier for clocks that may differ by so many seconds.
    #[must_use]
    pub fn with_leeway(self, seconds: i64) -> Self {
        self.changed(|inner| inner.leeway = seconds)
    }

    /// The claims of `token`, if it is good and has what is required.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn verify(&self, token: &str, requirement: &Requirement) -> Result<Claims, Refusal> {
        let inner = &*self.0;
        let kid = jwt::peek_kid(token).ok_or(Refusal::Invalid("The token is not a signed token of this issuer"))?;
        let key = inner.keys.key(&kid).await?;
        let claims: Claims = jwt::verify(token, &key).map_err(|fault| match fault {
            JwtFault::Malformed => Refusal::Invalid("The token is not a signed token of this issuer"),
            JwtFault::Signature => Refusal::Invalid("The token's signature does not match"),
            JwtFault::Claims => Refusal::Invalid("The token lacks claims"),
        })?;
        inner.check(&claims)?;
        requirement.check(&claims)?;
        Ok(claims)
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::try_unwrap(self.0).unwrap_or_else(|shared| shared.again());
        change(&mut inner);
        Self(Arc::new(inner))
    }
}

impl Inner {
    fn check(&self, claims: &Claims) -> Result<(), Refusal> {
        let now = self.clock.now().seconds();
        let wanted = match self.accepted {
            TokenUse::Access => "access",
            TokenUse::Id => "id",
        };
        let fault = if claims.iss != self.issuer {
            "The token is another issuer's"
        } else if claims.token_use != wanted {
            "The token is for another use"
        } else if !claims
            .client(self.accepted)
            .is_some_and(|client| self.client_ids.iter().any(|known| known == client))
        {
            "The token is for another client"
        } else if claims.exp.saturating_add(self.leeway) <= now {
            "The token has expired"
        } else if claims.nbf.is_some_and(|start| start > now.saturating_add(self.leeway)) {
            "The token is not valid yet"
        } else {
            return Ok(());
        };
        Err(Refusal::Invalid(fault))
    }

    /// The same settings with keys of their own.
    fn again(&self) -> Self {
        Self {
            issuer: self.issuer.clone(),
            client_ids: self.client_ids.clone(),
            accepted: self.accepted,
            leeway: self.leeway,
            clock: self.clock.clone(),
            keys: self.keys.again(),
        }
    }
}
