//! A small user pool for tests: it signs real tokens and can be told to misbehave.
//! It must not share code with the site that it tests.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::clock::Clock;

pub const CLIENT: &str = "client-1";
const SECRET: &str = "s3cret/+ä";

/// How the next tokens are spoiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spoiled {
    Nothing,
    Nonce,
    Audience,
    Issuer,
    ForeignKey,
    Expired,
    AccessTokenHash,
    UseOfIdToken,
    AccessClient,
    AccessUse,
    AccessSubject,
    AccessForeignKey,
    AlgorithmNone,
}

pub struct State {
    pub spoiled: Spoiled,
    pub lifetime: i64,
    pub has_rotation: bool,
    pub token_status: Option<u16>,
    pub user_info_status: Option<u16>,
    pub refreshes: usize,
    pub questions: usize,
    pub revoked: HashSet<String>,
    pub padding: usize,
    codes: HashMap<String, HashMap<String, String>>,
    live: HashMap<String, String>,
    issued: usize,
    key_number: usize,
    key: Arc<KeyPair>,
}

#[derive(Clone)]
pub struct FakePool {
    pub base: String,
    clock: Clock,
    foreign_key: Arc<KeyPair>,
    state: Arc<Mutex<State>>,
}

fn new_key() -> Arc<KeyPair> {
    Arc::new(KeyPair::generate(KeySize::Rsa2048).unwrap())
}

impl FakePool {
    pub fn start(clock: Clock) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            spoiled: Spoiled::Nothing,
            lifetime: 3_600,
            has_rotation: false,
            token_status: None,
            user_info_status: None,
            refreshes: 0,
            questions: 0,
            revoked: HashSet::new(),
            padding: 0,
            codes: HashMap::new(),
            live: HashMap::new(),
            issued: 0,
            key_number: 1,
            key: new_key(),
        };
        let pool = Self { base, clock, foreign_key: new_key(), state: Arc::new(Mutex::new(state)) };
        let data = web::Data::new(pool.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/pool/.well-known/openid-configuration", web::get().to(discovery))
                .route("/pool/.well-known/jwks.json", web::get().to(keys))
                .route("/oauth2/authorize", web::get().to(authorize))
                .route("/oauth2/token", web::post().to(token))
                .route("/oauth2/userInfo", web::get().to(user_info))
                .route("/oauth2/revoke", web::post().to(revoke))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        pool
    }

    pub fn issuer(&self) -> String {
        format!("{}/pool", self.base)
    }

    pub fn secret() -> String {
        SECRET.to_owned()
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn change_key(&self) {
        let mut state = self.state();
        state.key_number += 1;
        state.key = new_key();
    }

    fn tokens(&self, state: &mut State, family: &str, nonce: Option<&str>) -> Value {
        state.issued += 1;
        let now = self.clock.now().seconds();
        let spoiled = state.spoiled;
        let if_spoiled =
            |which: Spoiled, bad: &str, good: &str| if spoiled == which { bad.to_owned() } else { good.to_owned() };
        let access = json!({
            "sub": if_spoiled(Spoiled::AccessSubject, "someone", "sub-1"), "iss": self.issuer(), "token_use": if_spoiled(Spoiled::AccessUse, "id", "access"),
            "client_id": if_spoiled(Spoiled::AccessClient, "other", CLIENT), "exp": now + state.lifetime, "iat": now,
            "jti": format!("access-{}", state.issued), "origin_jti": family, "scope": "openid email", "username": "ada", "version": 2,
        });
        let key = if spoiled == Spoiled::AccessForeignKey { &self.foreign_key } else { &state.key };
        let access = signed(key, state.key_number, "RS256", &access);
        let hash = digest(&SHA256, access.as_bytes());
        let hash = if spoiled == Spoiled::AccessTokenHash {
            "AAAA".to_owned()
        } else {
            URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
        };
        let mut id = json!({
            "sub": "sub-1", "iss": if_spoiled(Spoiled::Issuer, "http://evil.example", &self.issuer()), "aud": if_spoiled(Spoiled::Audience, "other", CLIENT),
            "token_use": if_spoiled(Spoiled::UseOfIdToken, "access", "id"), "at_hash": hash, "auth_time": now, "iat": now,
            "exp": if spoiled == Spoiled::Expired { now - 1 } else { now + state.lifetime }, "jti": format!("id-{}", state.issued), "origin_jti": family,
            "cognito:username": "ada", "cognito:groups": ["engineers", "poets"], "email": "ada@example.com", "email_verified": true,
            "name": "Ada <b>Lovelace</b>", "custom:padding": "x".repeat(state.padding),
        });
        if let Some(nonce) = nonce {
            id["nonce"] = if_spoiled(Spoiled::Nonce, "other", nonce).into();
        }
        let key = if spoiled == Spoiled::ForeignKey { &self.foreign_key } else { &state.key };
        let algorithm = if spoiled == Spoiled::AlgorithmNone { "none" } else { "RS256" };
        let id = signed(key, state.key_number, algorithm, &id);
        json!({"id_token": id, "access_token": access, "token_type": "Bearer", "expires_in": state.lifetime})
    }
}

fn signed(key: &KeyPair, number: usize, algorithm: &str, claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(json!({"kid": format!("key/{number}="), "alg": algorithm}).to_string());
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn discovery(pool: web::Data<FakePool>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "issuer": pool.issuer(), "jwks_uri": format!("{}/.well-known/jwks.json", pool.issuer()),
        "authorization_endpoint": format!("{}/oauth2/authorize", pool.base), "token_endpoint": format!("{}/oauth2/token", pool.base),
        "userinfo_endpoint": format!("{}/oauth2/userInfo", pool.base), "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn keys(pool: web::Data<FakePool>) -> HttpResponse {
    let state = pool.state();
    // RFC 8017 A.1.1: a sequence of the modulus (2,048 bits after nine bytes of headers) and the exponent.
    let public = state.key.public_key().as_ref().to_vec();
    let modulus = URL_SAFE_NO_PAD.encode(&public[9..265]);
    let kid = format!("key/{}=", state.key_number);
    HttpResponse::Ok()
        .json(json!({"keys": [{"kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": modulus, "e": "AQAB"}]}))
}

/// Signs in whoever comes, without a page.
async fn authorize(pool: web::Data<FakePool>, request: HttpRequest) -> HttpResponse {
    let query = form(request.query_string().as_bytes());
    let mut state = pool.state();
    state.issued += 1;
    let code = format!("code-{}", state.issued);
    let location = format!("{}?code={code}&state={}", query["redirect_uri"], query["state"]);
    state.codes.insert(code, query);
    HttpResponse::Found().insert_header(("location", location)).finish()
}

async fn token(pool: web::Data<FakePool>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    // Long enough for parallel requests to meet.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let mut state = pool.state();
    if let Some(status) = state.token_status {
        return HttpResponse::build(StatusCode::from_u16(status).unwrap()).body("<html>trouble</html>");
    }
    let basic = request.headers().get("authorization").unwrap().to_str().unwrap().to_owned();
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT}:{encoded}"));
    assert_eq!(basic, format!("Basic {expected}"));
    let form = form(&body);
    let refused = |error: &str| HttpResponse::BadRequest().json(json!({"error": error}));
    match form["grant_type"].as_str() {
        "authorization_code" => {
            let Some(query) = state.codes.remove(&form["code"]) else { return refused("invalid_grant") };
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
            if query["code_challenge"] != challenge || query["redirect_uri"] != form["redirect_uri"] {
                return refused("invalid_grant");
            }
            let family = form["code"].clone();
            let mut answer = pool.tokens(&mut state, &family, Some(&query["nonce"]));
            let refresh = format!("refresh-{family}-0");
            state.live.insert(refresh.clone(), family);
            answer["refresh_token"] = refresh.into();
            HttpResponse::Ok().json(answer)
        }
        _ => {
            state.refreshes += 1;
            let Some(family) = state.live.get(&form["refresh_token"]).cloned() else { return refused("invalid_grant") };
            let mut answer = pool.tokens(&mut state, &family, None);
            if state.has_rotation {
                state.live.remove(&form["refresh_token"]);
                let refresh = format!("refresh-{family}-{}", state.issued);
                state.live.insert(refresh.clone(), family);
                answer["refresh_token"] = refresh.into();
            }
            HttpResponse::Ok().json(answer)
        }
    }
}

async fn user_info(pool: web::Data<FakePool>, request: HttpRequest) -> HttpResponse {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let mut state = pool.state();
    state.questions += 1;
    if let Some(status) = state.user_info_status {
        return HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish();
    }
    let bearer = request.headers().get("authorization").unwrap().to_str().unwrap();
    let payload = URL_SAFE_NO_PAD.decode(bearer.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    if state.revoked.contains(claims["origin_jti"].as_str().unwrap())
        || claims["exp"].as_i64().unwrap() <= pool.clock.now().seconds()
    {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_token"}));
    }
    HttpResponse::Ok().json(json!({"sub": "sub-1", "email_verified": "true"}))
}

async fn revoke(pool: web::Data<FakePool>, body: web::Bytes) -> HttpResponse {
    let mut state = pool.state();
    if let Some(family) = state.live.remove(&form(&body)["token"]) {
        state.revoked.insert(family);
    }
    HttpResponse::Ok().finish()
}

fn form(bytes: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}
