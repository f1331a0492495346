//! Owns the tokens of the identity pools' own issuer, which the token service takes for credentials: what they say,
//! and when one is believed. It must not know how a login was verified.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::crypto::jwt;
use crate::cx::Cx;
use crate::domain::identity_pool::{IdentityPool, PoolIdentity};
use crate::error::Error;

/// The name of the issuer as a provider of logins.
pub const PROVIDER: &str = "cognito-identity.amazonaws.com";
/// The claim with the tags of a session.
const TAGS: &str = "https://aws.amazon.com/tags";
/// The claim with the pool's ARN.
const POOL_ARN: &str = "https://cognito-identity.amazonaws.com/identity-pool-arn";

/// Who a token is for and how they proved it.
pub struct Subject<'a> {
    /// The pool.
    pub pool: &'a IdentityPool,
    /// The identity.
    pub identity: &'a PoolIdentity,
    /// `authenticated` or `unauthenticated`, then the providers and logins.
    pub amr: Vec<String>,
    /// Tags of the session.
    pub tags: BTreeMap<String, String>,
}

/// The claims of a token that was believed.
#[derive(Debug, Clone, Deserialize)]
pub struct IssuerClaims {
    /// The identity.
    pub sub: String,
    /// The pool.
    pub aud: String,
    /// How it was proven.
    pub amr: Vec<String>,
    iss: String,
    exp: i64,
    #[serde(rename = "https://aws.amazon.com/tags", default)]
    tags: TagsClaim,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct TagsClaim {
    principal_tags: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
}

/// Why a token of ours is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBelieved {
    /// Another issuer's, or nothing that we signed.
    Foreign,
    /// It was good until then.
    Expired(i64),
}

impl IssuerClaims {
    /// Whether the identity had a login.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.amr.first().is_some_and(|method| method == "authenticated")
    }

    /// The tags of the session.
    #[must_use]
    pub fn tags(&self) -> BTreeMap<String, String> {
        let pairs = self.tags.principal_tags.iter();
        pairs.filter_map(|(name, values)| Some((name.clone(), values.first()?.clone()))).collect()
    }
}

/// A token for `subject` that lives for `seconds`.
///
/// # Errors
/// When keys cannot be had or signing fails.
pub async fn sign(cx: &Cx, subject: Subject<'_>, seconds: i64) -> Result<String, Error> {
    // The keys come first: the very first one is made here, and is active from then on.
    let keys = cx.issuer_keys().await?;
    let now = cx.now();
    let pool = &subject.pool.id;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("sub", json!(subject.identity.id));
    put("aud", json!(pool));
    put("amr", json!(subject.amr));
    put("iss", json!(cx.config.identity_issuer()));
    put(POOL_ARN, json!(arn(cx, subject.pool)));
    put("exp", json!(now.seconds() + seconds));
    put("iat", json!(now.seconds()));
    if !subject.tags.is_empty() {
        let keys = subject.tags.keys().cloned().collect();
        let tags = subject.tags.into_iter().map(|(name, value)| (name, vec![value])).collect();
        put(TAGS, json!(TagsClaim { principal_tags: tags, transitive_tag_keys: keys }));
    }
    keys.signing(now)?.sign(&claims).map_err(Error::internal)
}

/// Verifies a token of ours.
///
/// # Errors
/// When keys cannot be had; inside, why it is not believed.
pub async fn verify(cx: &Cx, token: &str) -> Result<Result<IssuerClaims, NotBelieved>, Error> {
    let Some(kid) = jwt::peek_kid_rs512(token) else { return Ok(Err(NotBelieved::Foreign)) };
    let keys = cx.issuer_keys().await?;
    let Some(key) = keys.verifying(&kid) else { return Ok(Err(NotBelieved::Foreign)) };
    let Ok(claims) = jwt::verify::<IssuerClaims>(token, key) else { return Ok(Err(NotBelieved::Foreign)) };
    Ok(if claims.iss != cx.config.identity_issuer() {
        Err(NotBelieved::Foreign)
    } else if claims.exp <= cx.now().seconds() {
        Err(NotBelieved::Expired(claims.exp))
    } else {
        Ok(claims)
    })
}

/// A pool's ARN.
#[must_use]
pub fn arn(cx: &Cx, pool: &IdentityPool) -> String {
    let account = &cx.config.account_id;
    format!("arn:aws:cognito-identity:{}:{account}:identitypool/{}", pool.id.region(), pool.id)
}

/// The discovery document.
#[must_use]
pub fn discovery(cx: &Cx) -> String {
    let issuer = cx.config.identity_issuer();
    // The issuer may bear AWS's name; the keys are always here.
    let keys = format!("{}/cognito-identity/.well-known/jwks_uri", cx.config.base());
    json!({
        "issuer": issuer,
        "jwks_uri": keys,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS512"],
        "claims_supported": ["iss", "sub", "aud", "amr", "exp", "iat"],
    })
    .to_string()
}
