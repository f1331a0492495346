//! Owns the sign-ins that succeed, one of each kind, against look-alikes: what is sent out, and who comes back.

use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::fake_provider::{EC_PKCS8, FakeProvider, NOW, RSA, Reply, Signer, ec_jwk, outside, rsa_jwk, signed};
use super::*;
use crate::crypto::digest;

const CALLBACK: &str = "https://pool.example/oauth2/idpresponse";

struct World {
    fake: FakeProvider,
    outside: Outside,
    caches: Caches,
    provider: Provider,
}

impl World {
    /// A provider whose details are `details`; those that start with `/` are paths of its server.
    fn new(provider_type: ProviderType, details: &[(&str, &str)]) -> Self {
        let fake = FakeProvider::start();
        let mut provider =
            fake_provider::provider(provider_type, &[("client_id", "client"), ("authorize_scopes", "a b")]);
        for (name, value) in details {
            let value = if value.starts_with('/') { format!("{}{value}", fake.url) } else { (*value).to_owned() };
            provider.details.insert((*name).to_owned(), value.trim_end_matches('/').to_owned());
        }
        Self { fake, outside: outside(), caches: Caches::default(), provider }
    }

    fn map(mut self, claims: &[&str]) -> Self {
        let attributes = claims.iter().map(|claim| (format!("custom:{claim}"), (*claim).to_owned()));
        self.provider.attribute_mapping = attributes.collect();
        self
    }

    /// Sends the sign-in off, and gives what the browser would carry.
    async fn depart(&self) -> (BTreeMap<String, String>, Pending) {
        let start = Start {
            provider: &self.provider,
            callback: CALLBACK,
            entity_id: "",
            state: "st&te",
            prompt: Some("none login consent"),
            login_hint: Some("ada@example.com"),
            nonce: None,
            acr_values: None,
            signer: None,
        };
        let (departure, pending) = begin(&self.outside, &self.caches, start).await.unwrap();
        let Departure::Redirect(address) = departure else { panic!("not a redirect") };
        let address = Url::parse(&address).unwrap();
        assert_eq!(address.path(), "/authorize");
        (address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect(), pending)
    }

    fn serve_token(&self, pending: &Pending, claims: &Value, signer: &Signer<'_>) {
        let mut all =
            json!({"iss": self.fake.url, "aud": "client", "nonce": pending.nonce, "iat": NOW, "exp": NOW + 60});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let header = match signer {
            Signer::Ec => json!({"alg": "ES256", "kid": "ec"}),
            _ => json!({"alg": "RS256", "kid": "rsa"}),
        };
        let answer = json!({
            "access_token": "access", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "refresh",
            "id_token": signed(&header, &all, signer),
        });
        self.fake.serve("/token", Reply::json(&answer));
        self.fake.serve("/jwks", Reply::json(&json!({"keys": [rsa_jwk(), ec_jwk()]})));
    }

    async fn arrive(&self, pending: &Pending, more: &[(&str, &str)]) -> Result<ExternalIdentity, FederationFault> {
        let parameters = [("code", "c0de"), ("state", "st&te")].iter().chain(more);
        let parameters = parameters.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let finish_with = Finish {
            provider: &self.provider,
            callback: CALLBACK,
            entity_id: "",
            pending: Some(pending),
            arrival: &Arrival { parameters },
            keys: None,
        };
        finish(&self.outside, &self.caches, finish_with).await
    }

    fn token_parameters(&self, names: &[&str]) -> Vec<Option<String>> {
        let request = self.fake.requests("/token").pop().unwrap();
        names.iter().map(|name| request.parameter(name)).collect()
    }
}

fn rsa() -> Signer<'static> {
    Signer::Rsa(&RSA, &RSA_PKCS1_SHA256)
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

fn claims_of(identity: &ExternalIdentity, names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|name| identity.claims.get(*name).cloned()).collect()
}

#[tokio::test]
async fn any_provider_by_its_discovery_document() {
    for (methods, method) in [(json!(["client_secret_post"]), "GET"), (json!(["client_secret_basic"]), "POST")] {
        let world = World::new(ProviderType::Oidc, &[("oidc_issuer", "/"), ("attributes_request_method", method)]);
        let at = |path: &str| format!("{}{path}", world.fake.url);
        let metadata = json!({
            "issuer": world.fake.url, "authorization_endpoint": at("/authorize?tenant=1"), "jwks_uri": at("/jwks"),
            "token_endpoint": at("/token"), "userinfo_endpoint": at("/userinfo"),
            "code_challenge_methods_supported": ["S256"], "token_endpoint_auth_methods_supported": methods,
        });
        world.fake.serve("/.well-known/openid-configuration", Reply::json(&metadata));
        world.fake.serve("/userinfo", Reply::json(&json!({"sub": "Ada-1", "groups": ["a", "b c"], "age": 7})));
        let (sent, pending) = world.depart().await;
        let challenge = digest::sha256_base64url(pending.code_verifier.as_deref().unwrap());
        for (name, value) in [
            ("client_id", "client"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid a b"),
            ("state", "st&te"),
            ("nonce", &pending.nonce),
            ("prompt", "login consent"),
            ("tenant", "1"),
            ("login_hint", "ada@example.com"),
            ("code_challenge_method", "S256"),
            ("code_challenge", &challenge),
        ] {
            assert_eq!(sent.get(name).map(String::as_str), Some(value), "{name}");
        }
        world.serve_token(&pending, &json!({"sub": "Ada-1", "email": "ada@example.com"}), &rsa());
        let identity = world.arrive(&pending, &[]).await.unwrap();
        assert_eq!(identity.subject, "Ada-1");
        let names = ["sub", "email", "groups", "age"];
        assert_eq!(claims_of(&identity, &names), some(&["Ada-1", "ada@example.com", "[a, b+c]", "7"]));
        assert_eq!(identity.tokens.keys().collect::<Vec<_>>(), ["access_token", "id_token", "refresh_token"]);
        let verifier = pending.code_verifier.unwrap();
        let names = ["grant_type", "code", "redirect_uri", "code_verifier"];
        assert_eq!(world.token_parameters(&names), some(&["authorization_code", "c0de", CALLBACK, &verifier]));
        let header = world.fake.requests("/token")[0].authorization.clone();
        if method == "GET" {
            assert_eq!(world.token_parameters(&["client_id", "client_secret"]), some(&["client", "s3cr3t&="]));
            assert_eq!(header, None);
        } else {
            assert_eq!(world.token_parameters(&["client_secret"]), [None]);
            assert_eq!(header.unwrap(), format!("Basic {}", STANDARD.encode("client:s3cr3t%26%3D")));
        }
        let asked = &world.fake.requests("/userinfo")[0];
        assert_eq!((asked.method.as_str(), asked.authorization.as_deref()), (method, Some("Bearer access")));
    }
}

#[tokio::test]
async fn the_nonce_of_the_app_is_sent_on() {
    let details =
        [("oidc_issuer", "/"), ("authorize_url", "/authorize"), ("token_url", "/token"), ("jwks_uri", "/jwks")];
    let world = World::new(ProviderType::Oidc, &details);
    let start = Start {
        provider: &world.provider,
        callback: CALLBACK,
        entity_id: "",
        state: "s",
        prompt: Some("none"),
        login_hint: None,
        nonce: Some("of the app"),
        acr_values: None,
        signer: None,
    };
    let (departure, pending) = begin(&world.outside, &world.caches, start).await.unwrap();
    let Departure::Redirect(address) = departure else { panic!("not a redirect") };
    assert_eq!((pending.nonce.as_str(), &pending.code_verifier), ("of the app", &None));
    assert!(address.contains("nonce=of+the+app") && !address.contains("prompt"), "{address}");
}

#[tokio::test]
async fn google_with_fields_of_its_people_api() {
    let details = [
        ("oidc_issuer", "/"),
        ("authorize_url", "/authorize"),
        ("token_url", "/token"),
        ("jwks_uri", "/jwks"),
        ("attributes_url", "/people/me?personFields="),
        ("attributes_url_add_attributes", "true"),
    ];
    let world = World::new(ProviderType::Google, &details).map(&["email", "birthdays", "genders", "access_token"]);
    let people = json!({"resourceName": "people/1057", "genders": [{"value": "female"}], "email": "eve@example.com"});
    world.fake.serve("/people/me", Reply::json(&people));
    let (sent, pending) = world.depart().await;
    assert!(sent.contains_key("code_challenge") && sent["login_hint"] == "ada@example.com");
    let claims = json!({"sub": "1057", "email": "ada@example.com", "email_verified": true, "hd": "example.com"});
    world.serve_token(&pending, &claims, &rsa());
    let identity = world.arrive(&pending, &[("iss", &world.fake.url)]).await.unwrap();
    let names = ["email", "email_verified", "hd"];
    assert_eq!(claims_of(&identity, &names), some(&["ada@example.com", "true", "example.com"]));
    let asked = &world.fake.requests("/people/me")[0];
    assert_eq!(asked.parameter("personFields").unwrap(), "birthdays,genders");
    world.fake.serve("/people/me", Reply::json(&json!({"resourceName": "people/9"})));
    assert!(world.arrive(&pending, &[]).await.unwrap_err().description.contains("somebody else"));
    let plain = World { provider: Provider { attribute_mapping: BTreeMap::new(), ..world.provider.clone() }, ..world };
    assert!(plain.arrive(&pending, &[]).await.is_ok(), "nothing else is mapped, so nothing is asked");
}

#[tokio::test]
async fn apple_with_a_name_at_the_first_consent() {
    let details = [
        ("oidc_issuer", "/"),
        ("authorize_url", "/authorize"),
        ("token_url", "/token"),
        ("jwks_uri", "/jwks"),
        ("team_id", "TEAM"),
        ("key_id", "KEY"),
        ("authorize_scopes", "email name"),
    ];
    let mut world = World::new(ProviderType::SignInWithApple, &details);
    world.provider.secret = Some(STANDARD.encode(&*EC_PKCS8).into());
    let (sent, pending) = world.depart().await;
    assert_eq!((sent["response_mode"].as_str(), sent["scope"].as_str()), ("form_post", "openid email name"));
    assert!(!sent.contains_key("prompt") && !sent.contains_key("login_hint"));
    let claims = json!({"sub": "000792.ab.0638", "email": "x@privaterelay.appleid.com", "email_verified": "true"});
    world.serve_token(&pending, &claims, &Signer::Ec);
    let user = r#"{"name":{"firstName":"Ada","lastName":"King"},"email":"eve@example.com"}"#;
    let identity = world.arrive(&pending, &[("user", user)]).await.unwrap();
    assert_eq!(identity.subject, "000792.ab.0638");
    let names = ["email", "email_verified", "firstName", "lastName", "name"];
    let expected = some(&["x@privaterelay.appleid.com", "true", "Ada", "King", "Ada King"]);
    assert_eq!(claims_of(&identity, &names), expected);
    let secret = world.token_parameters(&["client_secret"]).remove(0).unwrap();
    assert_eq!(secret.split('.').count(), 3);
    assert!(!world.arrive(&pending, &[]).await.unwrap().claims.contains_key("firstName"));
}

#[tokio::test]
async fn facebook_by_get_with_the_mapped_fields() {
    let details = [
        ("authorize_url", "/authorize"),
        ("token_url", "/token"),
        ("attributes_url", "/me?fields="),
        ("authorize_scopes", "public_profile, email"),
    ];
    let world = World::new(ProviderType::Facebook, &details).map(&["email", "name", "access_token"]);
    let (sent, pending) = world.depart().await;
    assert_eq!(sent["scope"], "public_profile,email");
    assert!(!sent.contains_key("nonce") && !sent.contains_key("code_challenge"));
    world.fake.serve("/token", Reply::json(&json!({"access_token": "access", "token_type": "bearer"})));
    let me = json!({"id": "10", "email": "ada@example.com", "email_verified": true, "name": "Ada"});
    world.fake.serve("/me", Reply::json(&me));
    let identity = world.arrive(&pending, &[]).await.unwrap();
    assert_eq!(identity.subject, "10");
    let names = ["id", "email", "name", "email_verified"];
    assert_eq!(claims_of(&identity, &names)[..3], some(&["10", "ada@example.com", "Ada"]));
    assert_eq!(claims_of(&identity, &names)[3], None);
    assert_eq!(world.fake.requests("/token")[0].method, "GET");
    assert_eq!(world.token_parameters(&["client_secret", "code"]), some(&["s3cr3t&=", "c0de"]));
    let asked = &world.fake.requests("/me")[0];
    let proof = digest::hex(&digest::hmac_sha256(b"s3cr3t&=", b"access"));
    assert_eq!(asked.parameter("fields").unwrap(), "id,email,name");
    assert_eq!(asked.parameter("appsecret_proof").unwrap(), proof);

    let refusal = r#"{"error":{"message":"m","type":"OAuthException","code":190}}"#.to_owned();
    world.fake.serve("/me", Reply::Text(400, "application/json", refusal.clone()));
    let fault = world.arrive(&pending, &[]).await.unwrap_err();
    assert_eq!(fault.description, "Facebook Error - 400 error getting attributes");
    assert!(fault.cause.contains("190"), "{fault:?}");
    for (body, status) in [(refusal, 400), ("access_token=a&expires=5".to_owned(), 200)] {
        world.fake.serve("/token", Reply::Text(status, "text/plain", body));
        let fault = world.arrive(&pending, &[]).await.unwrap_err();
        assert_eq!(fault.description, format!("Facebook Error - {status} error getting token"));
    }
}

#[tokio::test]
async fn amazon_with_a_token_that_was_issued_to_us() {
    let details = [
        ("authorize_url", "/authorize"),
        ("token_url", "/token"),
        ("attributes_url", "/user/profile"),
        ("authorize_scopes", "profile postal_code"),
    ];
    let world = World::new(ProviderType::LoginWithAmazon, &details);
    let (sent, pending) = world.depart().await;
    assert_eq!(sent["scope"], "profile postal_code");
    assert!(sent.contains_key("code_challenge") && !sent.contains_key("login_hint"));
    let tokens =
        json!({"access_token": "Atza|a", "token_type": "bearer", "expires_in": 3600, "refresh_token": "Atzr|r"});
    world.fake.serve("/token", Reply::json(&tokens));
    world.fake.serve("/auth/o2/tokeninfo", Reply::json(&json!({"aud": "client", "user_id": "amzn1.account.X"})));
    let profile = json!({"user_id": "amzn1.account.X", "name": "Ada", "email": "ada@example.com"});
    world.fake.serve("/user/profile", Reply::json(&profile));
    let identity = world.arrive(&pending, &[]).await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.claims["name"].as_str()), ("amzn1.account.X", "Ada"));
    assert_eq!(identity.tokens["refresh_token"].expose_secret(), "Atzr|r");
    assert_eq!(world.fake.requests("/token")[0].method, "POST");
    assert_eq!(world.fake.requests("/auth/o2/tokeninfo")[0].parameter("access_token").unwrap(), "Atza|a");
    assert_eq!(world.fake.requests("/user/profile")[0].authorization.as_deref(), Some("Bearer Atza|a"));
    for (path, reply, text) in [
        ("/user/profile", json!({"user_id": "amzn1.account.Y"}), "somebody else"),
        ("/user/profile", json!({"user_id": 7}), "somebody else"),
        ("/auth/o2/tokeninfo", json!({"aud": "client"}), "name nobody"),
        ("/auth/o2/tokeninfo", json!({"aud": "other", "user_id": "amzn1.account.X"}), "another client"),
        ("/auth/o2/tokeninfo", json!({"aud": ["client"]}), "another client"),
        ("/auth/o2/tokeninfo", json!({}), "another client"),
    ] {
        world.fake.serve(path, Reply::json(&reply));
        let fault = world.arrive(&pending, &[]).await.unwrap_err();
        assert!(fault.description.contains(text), "{path} {reply}: {fault:?}");
    }
}
