//! Tokens that nobody here issued, and tokens that were issued for something else: refused at user info and at the
//! API alike.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::crypto::jwt::SigningKey;
use cenote::cx::Seal;
use cenote::domain::ids::PoolId;
use cenote::store::signing_keys::{self, KeyPurpose};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Value, json};

use crate::support::flows::{claims, header, text};
use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";

struct Stage {
    app: TestApp,
    setup: Setup,
    tokens: Value,
}

impl Stage {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let setup = Setup::new(&app).await;
        setup.user(&app, JANE).await;
        let tokens = setup.oauth_tokens(&app, JANE, &[("scope", "openid aws.cognito.signin.user.admin")]).await;
        Self { app, setup, tokens }
    }

    fn access(&self) -> &str {
        text(&self.tokens, "access_token")
    }

    /// The claims of the good token with `change` put over them.
    fn claims_with(&self, change: &Value) -> Value {
        let mut claims = claims(self.access());
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    /// A token signed with the pool's own key for `purpose`.
    async fn signed(&self, setup: &Setup, purpose: KeyPurpose, claims: &Value) -> String {
        let pool = self.app.cx.pool_named(&setup.pool).await.unwrap();
        pool.keys.signing(purpose, self.app.cx.now()).unwrap().sign(claims).unwrap()
    }

    /// The pool's own private key for access tokens, which nobody else has.
    async fn own_key(&self) -> PKey<openssl::pkey::Private> {
        let cx = &self.app.cx;
        let pool = PoolId::parse(&self.setup.pool).unwrap();
        let rows = signing_keys::of_pool(&mut cx.store.read().await.unwrap(), &pool).await.unwrap();
        let row = rows.iter().find(|row| row.purpose == KeyPurpose::Access).unwrap();
        let context = format!("{pool}/{}", row.kid);
        PKey::private_key_from_der(&cx.secrets.open(Seal::SigningKey, &row.sealed_private_key, &context).unwrap())
            .unwrap()
    }

    async fn expect_refusal(&self, why: &str, token: &str) {
        let info = self.app.get_bearer("/oauth2/userInfo", token).await;
        assert_eq!(info.status, 401, "{why}: {}", info.text);
        let user = self.app.api("GetUser", json!({ "AccessToken": token })).await;
        assert_eq!((user.status, user.fault().as_str()), (400, "NotAuthorizedException"), "{why}: {}", user.text);
        let change =
            json!({ "AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": "Another-Horse-2" });
        let changed = self.app.api("ChangePassword", change).await;
        assert_eq!(changed.fault(), "NotAuthorizedException", "{why}: {}", changed.text);
    }

    async fn expect_welcome(&self, token: &str) {
        assert_eq!(self.app.get_bearer("/oauth2/userInfo", token).await.status, 200);
        assert_eq!(self.app.api("GetUser", json!({ "AccessToken": token })).await.status, 200);
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn with_header(token: &str, header: &Value) -> String {
    format!("{}.{}", encode(header), token.split_once('.').unwrap().1)
}

/// A token with any header, signed with RS256 by any key.
fn signed_with(header: &Value, claims: &Value, key: &PKey<openssl::pkey::Private>) -> String {
    let input = format!("{}.{}", encode(header), encode(claims));
    let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
    signer.update(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signer.sign_to_vec().unwrap()))
}

#[actix_web::test]
async fn the_good_token_is_welcome() {
    let stage = Stage::new().await;
    stage.expect_welcome(stage.access()).await;
    let again = stage.signed(&stage.setup, KeyPurpose::Access, &claims(stage.access())).await;
    stage.expect_welcome(&again).await;
}

#[actix_web::test]
async fn a_token_without_a_signature_is_refused() {
    let stage = Stage::new().await;
    let kid = header(stage.access())["kid"].clone();
    let (signed, _) = stage.access().rsplit_once('.').unwrap();
    stage.expect_refusal("no signature", &format!("{signed}.")).await;
    stage.expect_refusal("two parts", signed).await;
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let head = encode(&json!({ "kid": kid, "alg": none }));
        let payload = stage.access().split('.').nth(1).unwrap();
        stage.expect_refusal(none, &format!("{head}.{payload}.")).await;
        stage.expect_refusal(none, &with_header(stage.access(), &json!({ "kid": kid, "alg": none }))).await;
    }
}

#[actix_web::test]
async fn a_mac_made_with_the_public_key_is_refused() {
    let stage = Stage::new().await;
    let set = stage.app.get(&format!("/{}/.well-known/jwks.json", stage.setup.pool)).await;
    let key = set.json()["keys"][1].clone();
    let part =
        |name: &str| openssl::bn::BigNum::from_slice(&URL_SAFE_NO_PAD.decode(text(&key, name)).unwrap()).unwrap();
    let public = openssl::rsa::Rsa::from_public_components(part("n"), part("e")).unwrap();
    let secrets =
        [public.public_key_to_pem().unwrap(), public.public_key_to_der().unwrap(), key.to_string().into_bytes()];
    for secret in secrets {
        let mac_key = PKey::hmac(&secret).unwrap();
        let head = json!({ "kid": key["kid"], "alg": "HS256" });
        stage.expect_refusal("HS256", &signed_with(&head, &claims(stage.access()), &mac_key)).await;
        let head = json!({ "kid": key["kid"], "alg": "RS256" });
        stage.expect_refusal("a MAC called RS256", &signed_with(&head, &claims(stage.access()), &mac_key)).await;
    }
}

#[actix_web::test]
async fn a_token_that_brings_its_own_key_is_refused() {
    let stage = Stage::new().await;
    let foreign = openssl::rsa::Rsa::generate(2048).unwrap();
    let jwk = json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "mine",
        "n": URL_SAFE_NO_PAD.encode(foreign.n().to_vec()), "e": "AQAB",
    });
    let key = PKey::from_rsa(foreign).unwrap();
    let kid = header(stage.access())["kid"].clone();
    let address = format!("{}/jwks.json", stage.app.base);
    let own = stage.own_key().await;
    for (name, value) in [("jwk", jwk), ("jku", json!(address)), ("x5u", json!(address)), ("x5c", json!(["MII="]))] {
        for kid in [kid.clone(), json!("mine")] {
            let head = json!({ "kid": kid, "alg": "RS256", name: value });
            stage.expect_refusal(name, &signed_with(&head, &claims(stage.access()), &key)).await;
            stage.expect_refusal(name, &with_header(stage.access(), &head)).await;
            let odd = signed_with(&head, &claims(stage.access()), &own);
            stage.expect_refusal("even signed by our own key", &odd).await;
        }
    }
    let plain = json!({ "kid": kid, "alg": "RS256" });
    stage.expect_welcome(&signed_with(&plain, &claims(stage.access()), &own)).await;
}

#[actix_web::test]
async fn a_foreign_key_a_wrong_kid_and_no_kid_are_refused() {
    let stage = Stage::new().await;
    let kid = text(&header(stage.access()), "kid").to_owned();
    let foreign = SigningKey::from_pkcs8(kid, &SigningKey::generate_pkcs8().unwrap()).unwrap();
    stage.expect_refusal("foreign key", &foreign.sign(&claims(stage.access())).unwrap()).await;
    let id_kid = header(text(&stage.tokens, "id_token"))["kid"].clone();
    for wrong in
        [json!({ "kid": id_kid, "alg": "RS256" }), json!({ "kid": "x", "alg": "RS256" }), json!({ "alg": "RS256" })]
    {
        stage.expect_refusal("kid", &with_header(stage.access(), &wrong)).await;
    }
    let crit = json!({ "kid": header(stage.access())["kid"], "alg": "RS256", "crit": ["exp"] });
    stage.expect_refusal("crit", &with_header(stage.access(), &crit)).await;
}

#[actix_web::test]
async fn a_token_of_another_use_is_refused() {
    let stage = Stage::new().await;
    stage.expect_refusal("the ID token", text(&stage.tokens, "id_token")).await;
    let as_id = stage.claims_with(&json!({ "token_use": "id" }));
    let odd = stage.signed(&stage.setup, KeyPurpose::Access, &as_id).await;
    stage.expect_refusal("token_use id by the access key", &odd).await;
    let by_id_key = stage.signed(&stage.setup, KeyPurpose::Id, &claims(stage.access())).await;
    stage.expect_refusal("access claims by the ID key", &by_id_key).await;
    stage.expect_refusal("the refresh token", text(&stage.tokens, "refresh_token")).await;
}

#[actix_web::test]
async fn a_token_of_another_issuer_or_pool_is_refused() {
    let stage = Stage::new().await;
    let stranger = Setup::new(&stage.app).await;
    for issuer in ["https://evil.example".to_owned(), format!("https://evil.example/{}", stage.setup.pool)] {
        let changed = stage.claims_with(&json!({ "iss": issuer }));
        stage.expect_refusal("issuer", &stage.signed(&stage.setup, KeyPurpose::Access, &changed).await).await;
    }
    let theirs = claims(stage.access());
    let crossed = stage.signed(&stranger, KeyPurpose::Access, &theirs).await;
    stage.expect_refusal("our claims by another pool's key", &crossed).await;
    let moved = stage.claims_with(&json!({ "iss": format!("{}/{}", stage.app.base, stranger.pool) }));
    let crossed = stage.signed(&stage.setup, KeyPurpose::Access, &moved).await;
    stage.expect_refusal("another pool's claims by our key", &crossed).await;
}

#[actix_web::test]
async fn a_token_past_its_time_or_without_one_is_refused() {
    let stage = Stage::new().await;
    let now = stage.app.cx.now().seconds();
    let expired = stage.claims_with(&json!({ "exp": now }));
    stage.expect_refusal("expired", &stage.signed(&stage.setup, KeyPurpose::Access, &expired).await).await;
    let mut timeless = claims(stage.access());
    timeless.as_object_mut().unwrap().remove("exp");
    stage.expect_refusal("no exp", &stage.signed(&stage.setup, KeyPurpose::Access, &timeless).await).await;
}

#[actix_web::test]
async fn a_tampered_token_is_refused() {
    let stage = Stage::new().await;
    stage.setup.user(&stage.app, "joe@example.com").await;
    let joe = stage.setup.oauth_tokens(&stage.app, "joe@example.com", &[]).await;
    let sub = claims(text(&joe, "access_token"))["sub"].clone();
    let parts: Vec<&str> = stage.access().split('.').collect();
    let changed = encode(&stage.claims_with(&json!({ "sub": sub })));
    stage.expect_refusal("another sub", &format!("{}.{changed}.{}", parts[0], parts[2])).await;
    stage.expect_refusal("four parts", &format!("{}.x", stage.access())).await;
    stage.expect_refusal("padding", &format!("{}=", stage.access())).await;
    stage.expect_refusal("over-long", &format!("{}.{}.{}", parts[0], parts[1], "A".repeat(20_000))).await;
    let broken = stage.access().replacen(parts[2], &parts[2].chars().rev().collect::<String>(), 1);
    stage.expect_refusal("signature", &broken).await;
}
