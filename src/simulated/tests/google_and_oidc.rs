//! Owns the tests of the OpenID Connect provider and of Google.

use serde_json::json;

use super::*;
use crate::crypto::digest;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ADA: &[(&str, &str)] = &[("person", "ada@example.com")];

fn authorize(path: &str, more: &[(&str, &str)]) -> String {
    let base = [
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "a&b=c"),
        ("nonce", "n-1"),
    ];
    format!("{path}?{}", query(&[&base[..], more].concat()))
}

async fn exchange(world: &World, path: &str, code: &str, more: &[(&str, &str)]) -> Page {
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    world.post(path, &[&form[..], more].concat()).await
}

const SECRET: &[(&str, &str)] = &[("client_id", "app"), ("client_secret", "any")];

#[actix_web::test]
async fn discovery_leads_to_a_verified_sign_in_at_both() {
    let world = start();
    for (slug, digits) in [("google", 21), ("oidc", 32)] {
        let document = world.get(&format!("/{slug}/.well-known/openid-configuration")).await.json();
        let path = |name: &str| Url::parse(document[name].as_str().unwrap()).unwrap().path().to_owned();
        let request = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let back = world.pick(&authorize(&path("authorization_endpoint"), &request), ADA).await;
        assert_eq!(back["state"], "a&b=c");
        let proof = [SECRET, &[("code_verifier", VERIFIER)]].concat();
        let tokens = exchange(&world, &path("token_endpoint"), &back["code"], &proof).await.json();
        let claims = world.verified(tokens["id_token"].as_str().unwrap(), &path("jwks_uri")).await.unwrap();
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(claims["iss"], document["issuer"]);
        assert_eq!(
            (&claims["aud"], &claims["nonce"], &claims["email"]),
            (&json!("app"), &json!("n-1"), &json!("ada@example.com"))
        );
        assert_eq!(claims["email_verified"], json!(true));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
        assert_eq!(claims["at_hash"], json!(digest::left_half_base64url(access)));
        assert_eq!(claims["sub"].as_str().unwrap().len(), digits);
        let user = world.send(world.request("GET", &path("userinfo_endpoint")).bearer_auth(access)).await.json();
        assert_eq!((&user["sub"], &user["given_name"]), (&claims["sub"], &json!("Ada")));
        world.clock.advance(3601);
        let late = world.send(world.request("POST", &path("userinfo_endpoint")).bearer_auth(access)).await;
        assert_eq!(late.status, 401);
    }
}

#[actix_web::test]
async fn a_code_is_good_once_for_five_minutes_at_the_client_that_asked() {
    let world = start();
    let start = authorize("/oidc/authorize", &[]);
    let error = |page: Page| (page.status, page.json()["error"].as_str().unwrap_or_default().to_owned());
    let invalid = (400, "invalid_grant".to_owned());
    let code = || async { world.pick(&start, ADA).await["code"].clone() };

    let used = code().await;
    assert_eq!(exchange(&world, "/oidc/token", &used, SECRET).await.status, 200);
    assert_eq!(error(exchange(&world, "/oidc/token", &used, SECRET).await), invalid);
    let other = [("client_id", "other"), ("client_secret", "any")];
    assert_eq!(error(exchange(&world, "/oidc/token", &code().await, &other).await), invalid);
    assert_eq!(error(exchange(&world, "/google/oauth2/v4/token", &code().await, SECRET).await), invalid);
    let elsewhere =
        [("grant_type", "authorization_code"), ("code", &*code().await), ("redirect_uri", "http://localhost/x")];
    assert_eq!(error(world.post("/oidc/token", &[&elsewhere[..], SECRET].concat()).await), invalid);
    let late = code().await;
    world.clock.advance(300);
    assert_eq!(error(exchange(&world, "/oidc/token", &late, SECRET).await), invalid);
}

#[actix_web::test]
async fn the_client_shows_a_secret_and_the_verifier_where_it_was_promised() {
    let world = start();
    let start = authorize("/oidc/authorize", &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let code = || async { world.pick(&start, ADA).await["code"].clone() };
    assert_eq!(exchange(&world, "/oidc/token", &code().await, &[("client_id", "app")]).await.status, 401);
    for verifier in [&[][..], &[("code_verifier", "wrong")]] {
        let page = exchange(&world, "/oidc/token", &code().await, &[SECRET, verifier].concat()).await;
        assert_eq!(page.json()["error"], "invalid_grant");
    }
    let code = code().await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let basic = world.request("POST", "/oidc/token").basic_auth("app", Some("any")).form(&form);
    assert_eq!(world.send(basic).await.status, 200);
}

#[actix_web::test]
async fn the_switches_do_what_they_say() {
    let world = start();
    let start = authorize("/google/o/oauth2/v2/auth", &[]);
    let denied = world.pick(&start, &[("deny", "1"), ("person", "ada@example.com")]).await;
    assert_eq!((denied["error"].as_str(), denied["state"].as_str()), ("access_denied", "a&b=c"));
    let claims = |switch: &'static str| {
        let (world, start) = (&world, &start);
        async move {
            let code = world.pick(start, &[("person", "ada@example.com"), (switch, "1")]).await["code"].clone();
            let tokens = exchange(world, "/google/oauth2/v4/token", &code, SECRET).await.json();
            world.verified(tokens["id_token"].as_str().unwrap(), "/google/oauth2/v3/certs").await
        }
    };
    assert_eq!(claims("no_email").await.unwrap().get("email"), None);
    assert_eq!(claims("unverified_email").await.unwrap()["email_verified"], json!(false));
    assert_eq!(claims("broken_token").await, None);
}

#[actix_web::test]
async fn somebody_else_signs_in_by_the_typed_address() {
    let world = start();
    let start = authorize("/oidc/authorize", &[]);
    let code = world.pick(&start, &[("person", ""), ("email", "zoe.new@shop.example")]).await["code"].clone();
    let tokens = exchange(&world, "/oidc/token", &code, SECRET).await.json();
    let claims = world.verified(tokens["id_token"].as_str().unwrap(), "/oidc/jwks").await.unwrap();
    assert_eq!((&claims["email"], &claims["name"]), (&json!("zoe.new@shop.example"), &json!("Zoe New")));
}

#[actix_web::test]
async fn prompts_and_hints_are_obeyed() {
    let world = start();
    let silent = authorize("/oidc/authorize", &[("prompt", "none")]);
    assert_eq!(world.get(&silent).await.parameters()["error"], "login_required");
    let picked = world.post(&authorize("/oidc/authorize", &[]), ADA).await;
    let cookie = picked.header("set-cookie").split(';').next().unwrap().to_owned();
    let again = |path: String| world.send(world.request("GET", &path).header("cookie", &cookie));
    assert!(again(silent).await.parameters().contains_key("code"));
    assert!(again(authorize("/oidc/authorize", &[])).await.text.contains("suggested"));
    assert!(!again(authorize("/oidc/authorize", &[("prompt", "login")])).await.text.contains("suggested"));
    let hinted = world.get(&authorize("/oidc/authorize", &[("login_hint", "grace@example.com")])).await.text;
    let first = hinted.split("class=\"person\"").nth(1).unwrap();
    assert!(first.contains("grace@example.com") && first.contains("autofocus"));
    let typed = world.get(&authorize("/oidc/authorize", &[("login_hint", "zoe@shop.example")])).await.text;
    assert!(typed.contains("value=\"zoe@shop.example\""));
}

#[actix_web::test]
async fn a_fault_after_the_address_is_known_goes_back_to_the_app() {
    let world = start();
    let base = query(&[("client_id", "app"), ("redirect_uri", CALLBACK), ("state", "s"), ("response_type", "token")]);
    let page = world.get(&format!("/oidc/authorize?{base}&scope=openid")).await;
    let back = page.parameters();
    assert_eq!((page.status, back["error"].as_str(), back["state"].as_str()), (302, "unsupported_response_type", "s"));
}
