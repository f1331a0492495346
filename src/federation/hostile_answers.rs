//! Owns the providers that misbehave: whole sign-ins in which one endpoint answers wrongly, and what the app is told.

use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};

use super::fake_provider::{
    FakeProvider, NOW, OTHER_RSA, RSA, Reply, Signer, http_for, outside, provider, rsa_jwk, signed,
};
use super::*;
use crate::http::Http;

/// A provider of the kind OIDC, its server, and our side.
struct World {
    fake: FakeProvider,
    outside: Outside,
    caches: Caches,
    provider: Provider,
}

impl World {
    fn new() -> Self {
        let fake = FakeProvider::start();
        let issuer = fake.url.clone();
        let details = [("client_id", "client"), ("oidc_issuer", issuer.as_str()), ("authorize_scopes", "openid email")];
        let provider = provider(ProviderType::Oidc, &details);
        let at = |path: &str| format!("{issuer}{path}");
        let metadata = json!({
            "issuer": issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"), "jwks_uri": at("/jwks"), "code_challenge_methods_supported": ["S256"],
        });
        fake.serve("/.well-known/openid-configuration", Reply::json(&metadata));
        fake.serve("/jwks", Reply::json(&json!({"keys": [rsa_jwk()]})));
        fake.serve("/userinfo", Reply::json(&json!({"sub": "1", "email": "a@example.com"})));
        Self { fake, outside: outside(), caches: Caches::default(), provider }
    }

    fn id_token(&self, kid: &str, nonce: &str, signer: &Signer<'_>) -> String {
        let claims = json!({
            "iss": self.fake.url, "aud": "client", "sub": "1", "nonce": nonce, "iat": NOW, "exp": NOW + 600,
        });
        signed(&json!({"alg": "RS256", "kid": kid}), &claims, signer)
    }

    fn serve_token(&self, id_token: &str) {
        let answer = json!({"access_token": "access", "token_type": "Bearer", "id_token": id_token});
        self.fake.serve("/token", Reply::json(&answer));
    }

    async fn depart(&self) -> Result<Pending, FederationFault> {
        let start = Start {
            provider: &self.provider,
            callback: "https://pool.example/oauth2/idpresponse",
            entity_id: "",
            state: "state",
            prompt: None,
            login_hint: None,
            nonce: Some("n0nce"),
            acr_values: None,
            signer: None,
        };
        begin(&self.outside, &self.caches, start).await.map(|(_, pending)| pending)
    }

    async fn arrive(&self, parameters: &[(&str, &str)]) -> Result<ExternalIdentity, FederationFault> {
        let pending = Pending { nonce: "n0nce".to_owned(), code_verifier: None, request_id: None };
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let finish_with = Finish {
            provider: &self.provider,
            callback: "https://pool.example/oauth2/idpresponse",
            entity_id: "",
            pending: Some(&pending),
            arrival: &Arrival { parameters },
            keys: None,
        };
        finish(&self.outside, &self.caches, finish_with).await
    }

    /// A sign-in in which only what was set before goes wrong.
    async fn sign_in(&self) -> Result<ExternalIdentity, FederationFault> {
        self.arrive(&[("code", "code"), ("state", "state")]).await
    }

    fn good() -> Self {
        let world = Self::new();
        world.serve_token(&world.id_token("rsa", "n0nce", &Signer::Rsa(&RSA, &RSA_PKCS1_SHA256)));
        world
    }
}

async fn description_when(path: &str, reply: Reply) -> String {
    let mut world = World::good();
    world.outside.http = http_for(&reply);
    world.fake.serve(path, reply);
    world.sign_in().await.unwrap_err().description
}

#[tokio::test]
async fn the_world_is_good_unless_something_is_wrong() {
    let identity = World::good().sign_in().await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.claims["email"].as_str()), ("1", "a@example.com"));
}

#[tokio::test]
async fn a_token_endpoint_that_misbehaves() {
    let json = |value: Value| Reply::json(&value);
    for (reply, description) in [
        (Reply::html(200), "Acme Error - 200 error getting token"),
        (Reply::Text(200, "application/json", "<html>".to_owned()), "Acme Error - 200 error getting token"),
        (Reply::html(500), "Acme Error - 500 error getting token"),
        (Reply::Redirect("http://127.0.0.1:1/".to_owned()), "Acme Error - 302 error getting token"),
        (
            Reply::Text(400, "application/json", r#"{"error":"invalid_grant"}"#.to_owned()),
            "Acme Error - 400 error getting token",
        ),
        (Reply::status(401), "Acme Error - 401 error getting token"),
        (Reply::status(204), "Acme Error - 204 error getting token"),
        (json(json!({"error": "invalid_grant"})), "Acme Error - 200 error getting token"),
        (json(json!([])), "Acme Error - 200 error getting token"),
        (json(json!({"access_token": 7, "token_type": "Bearer"})), "Acme Error - 200 error getting token"),
        (
            json(json!({"access_token": "a", "token_type": "Bearer", "id_token": {}})),
            "Acme Error - 200 error getting token",
        ),
        (json(json!({"access_token": "a", "token_type": "Bearer"})), "Acme Error - no id_token"),
        (Reply::Endless { is_announced: true }, "Connection reset"),
        (Reply::Endless { is_announced: false }, "Connection reset"),
        (Reply::Silence, "Timeout occurred in calling IdP token endpoint"),
    ] {
        assert_eq!(description_when("/token", reply.clone()).await, description, "{reply:?}");
    }
}

#[tokio::test]
async fn a_user_info_endpoint_that_misbehaves() {
    for (reply, description) in [
        (Reply::json(&json!({"sub": "2"})), "Acme Error - the attributes are somebody else's"),
        (Reply::json(&json!({"email": "a@example.com"})), "Acme Error - the attributes are somebody else's"),
        (Reply::json(&json!({"sub": ["1"]})), "Acme Error - the attributes are somebody else's"),
        (Reply::json(&json!({"sub": 1})), "Acme Error - the attributes are somebody else's"),
        (Reply::json(&json!({"resourceName": "people/1"})), "Acme Error - the attributes are somebody else's"),
        (Reply::json(&json!(["1"])), "Acme Error - 200 error getting attributes"),
        (Reply::Text(200, "application/json", "[".repeat(100_000)), "Acme Error - 200 error getting attributes"),
        (Reply::Text(200, "application/jwt", "a.b.c".to_owned()), "Acme Error - 200 error getting attributes"),
        (Reply::html(200), "Acme Error - 200 error getting attributes"),
        (Reply::status(500), "Acme Error - 500 error getting attributes"),
        (Reply::Redirect("http://127.0.0.1:1/".to_owned()), "Acme Error - 302 error getting attributes"),
        (Reply::Endless { is_announced: true }, "Connection reset"),
        (Reply::Endless { is_announced: false }, "Connection reset"),
        (Reply::Silence, "Read timed out"),
    ] {
        assert_eq!(description_when("/userinfo", reply.clone()).await, description, "{reply:?}");
    }
}

#[tokio::test]
async fn a_key_set_that_misbehaves() {
    let unusable = "Acme Error - no usable keys at the jwks uri";
    for (reply, description) in [
        (Reply::json(&json!({"keys": []})), unusable),
        (Reply::json(&json!({"keys": [rsa_jwk(), rsa_jwk()]})), "Bad id_token: the kid names several keys"),
        (Reply::html(200), unusable),
        (Reply::status(500), unusable),
        (Reply::Redirect("http://127.0.0.1:1/".to_owned()), unusable),
        (Reply::Endless { is_announced: true }, unusable),
        (Reply::Silence, "Timeout in calling jwks uri"),
    ] {
        assert_eq!(description_when("/jwks", reply.clone()).await, description, "{reply:?}");
    }
}

#[tokio::test]
async fn a_discovery_document_that_misbehaves() {
    for (reply, description) in [
        (Reply::json(&json!({"issuer": "https://other.example"})), "Acme Error - discovery failed"),
        (Reply::json(&json!({})), "Acme Error - discovery failed"),
        (Reply::html(200), "Acme Error - discovery failed"),
        (Reply::status(404), "Acme Error - discovery failed"),
        (Reply::Redirect("http://127.0.0.1:1/".to_owned()), "Acme Error - discovery failed"),
        (Reply::Endless { is_announced: false }, "Acme Error - discovery failed"),
        (Reply::Silence, "Read timed out"),
    ] {
        let mut world = World::new();
        world.outside.http = http_for(&reply);
        world.fake.serve("/.well-known/openid-configuration", reply.clone());
        assert_eq!(world.depart().await.unwrap_err().description, description, "{reply:?}");
    }
}

#[tokio::test]
async fn outside_development_a_plain_or_private_provider_is_not_even_asked() {
    let mut world = World::new();
    world.outside.http = Http::guarded(false).unwrap();
    let fault = world.depart().await.unwrap_err();
    assert!(fault.cause.contains("not https"), "{fault:?}");
    assert!(world.fake.requests("/.well-known/openid-configuration").is_empty());
    for name in ["authorize_url", "token_url", "jwks_uri"] {
        world.provider.details.insert(name.to_owned(), format!("{}/x", world.fake.url));
    }
    assert!(world.depart().await.unwrap_err().description.contains("not a permitted address"));
}

#[tokio::test]
async fn a_key_that_appears_is_looked_for_once_a_minute() {
    let world = World::good();
    world.sign_in().await.unwrap();
    world.serve_token(&world.id_token("new", "n0nce", &Signer::Rsa(&RSA, &RSA_PKCS1_SHA256)));
    for _ in 0..3 {
        assert_eq!(world.sign_in().await.unwrap_err().description, "Bad id_token: unknown kid");
    }
    assert_eq!(world.fake.requests("/jwks").len(), 1);
    let mut new = rsa_jwk();
    new["kid"] = json!("new");
    world.fake.serve("/jwks", Reply::json(&json!({"keys": [new]})));
    world.outside.clock.advance(60);
    assert_eq!(world.sign_in().await.unwrap().subject, "1");
    assert_eq!(world.fake.requests("/jwks").len(), 2);
}

#[tokio::test]
async fn a_token_of_another_issuer_with_its_own_key_is_refused() {
    let world = World::new();
    world.serve_token(&world.id_token("rsa", "n0nce", &Signer::Rsa(&OTHER_RSA, &RSA_PKCS1_SHA256)));
    assert_eq!(world.sign_in().await.unwrap_err().description, "Bad id_token signature");
    world.serve_token(&world.id_token("rsa", "stolen", &Signer::Rsa(&RSA, &RSA_PKCS1_SHA256)));
    assert_eq!(world.sign_in().await.unwrap_err().description, "Bad id_token nonce");
}

#[tokio::test]
async fn an_answer_by_the_browser_that_is_no_code() {
    let world = World::good();
    for (parameters, code, description) in [
        (&[("error", "access_denied")][..], "access_denied", "User denied"),
        (&[("error", "user_cancelled_authorize")], "access_denied", "User denied"),
        (&[("error", "x"), ("error_reason", "user_denied")], "access_denied", "User denied"),
        (&[("error", "server_error"), ("code", "code")], "invalid_request", "Acme Error - server_error"),
        (
            &[("error", "invalid_scope"), ("error_description", "No\r\n such scope")],
            "invalid_request",
            "Acme Error - invalid_scope No such scope",
        ),
        (&[("error_code", "1349"), ("error_message", "Broken")], "invalid_request", "Acme Error - 1349 Broken"),
        (&[], "invalid_request", "Acme Error - no authorization code"),
        (&[("code", "")], "invalid_request", "Acme Error - no authorization code"),
        (
            &[("code", "code"), ("iss", "https://evil.example")],
            "invalid_request",
            "Acme Error - the answer is another issuer's",
        ),
    ] {
        let fault = world.arrive(parameters).await.unwrap_err();
        assert_eq!((fault.code, fault.description.as_str()), (code, description));
    }
    assert!(world.fake.requests("/token").is_empty());
    assert!(world.arrive(&[("code", "code"), ("iss", &world.fake.url)]).await.is_ok());
}
