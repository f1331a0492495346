//! Owns the discovery document (OpenID Connect Discovery 1.0 §3), with Cognito's members and no others; where apps
//! register themselves, with what those need to know as well.

use serde_json::{Value, json};

use crate::cx::{Cx, PoolEntry};

/// The discovery document of a pool. The endpoints are at its custom domain where it has one; the keys always stay
/// where the issuer is (spec: endpoints).
#[must_use]
pub fn document(cx: &Cx, pool: &PoolEntry) -> Value {
    let (base, service) = (cx.base_of(pool), cx.config.base());
    let mut document = json!({
        "authorization_endpoint": format!("{base}/oauth2/authorize"),
        "end_session_endpoint": format!("{base}/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": pool.issuer,
        "jwks_uri": format!("{service}/{}/.well-known/jwks.json", pool.pool.id),
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{base}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": format!("{base}/oauth2/userInfo"),
    });
    if pool.pool.settings.registration.is_some() {
        // A pool's own domain says which pool is meant.
        let place = if base == service { format!("{base}/{}", pool.pool.id) } else { base };
        document["registration_endpoint"] = json!(format!("{place}/oauth2/register"));
        document["code_challenge_methods_supported"] = json!(["S256"]);
        document["token_endpoint_auth_methods_supported"] =
            json!(["client_secret_basic", "client_secret_post", "none"]);
    }
    document
}
