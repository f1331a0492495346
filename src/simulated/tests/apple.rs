//! Owns the tests of Sign in with Apple.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;

const CLIENT: &str = "com.example.app";

fn authorize(more: &str) -> String {
    let base = query(&[("client_id", CLIENT), ("redirect_uri", CALLBACK), ("state", "s"), ("nonce", "n-1")]);
    format!("/apple/auth/authorize?{base}&{more}")
}

const FORM_POST: &str = "response_type=code&response_mode=form_post&scope=name+email";

fn secret(change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let mut header = json!({"alg": "ES256", "kid": "KEY"});
    let mut claims = json!({
        "iss": "TEAM", "sub": CLIENT, "aud": "https://appleid.apple.com", "iat": NOW, "exp": NOW + 300,
    });
    change(&mut header, &mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(&header), part(&claims), URL_SAFE_NO_PAD.encode([7; 64]))
}

async fn exchange(world: &World, code: &str, secret: &str) -> Page {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("client_id", CLIENT),
        ("client_secret", secret),
    ];
    world.post("/apple/auth/token", &form).await
}

#[actix_web::test]
async fn the_answer_is_posted_and_the_name_told_at_the_first_consent_only() {
    let world = start();
    let (action, fields) = world.post(&authorize(FORM_POST), &[("person", "ada@example.com")]).await.form();
    assert_eq!((action.as_str(), fields["state"].as_str()), (CALLBACK, "s"));
    let user: Value = serde_json::from_str(&fields["user"]).unwrap();
    assert_eq!(user, json!({"name": {"firstName": "Ada", "lastName": "Example"}, "email": "ada@example.com"}));
    let tokens = exchange(&world, &fields["code"], &secret(|_, _| {})).await.json();
    let claims = world.verified(tokens["id_token"].as_str().unwrap(), "/apple/auth/keys").await.unwrap();
    assert_eq!((&claims["aud"], &claims["nonce"]), (&json!(CLIENT), &json!("n-1")));
    assert_eq!((&claims["email_verified"], &claims["email"]), (&json!("true"), &json!("ada@example.com")));
    let (_, again) = world.post(&authorize(FORM_POST), &[("person", "ada@example.com")]).await.form();
    assert!(!again.contains_key("user"));
    let (_, other) = world.post(&authorize(FORM_POST), &[("person", "noor@example.net")]).await.form();
    assert!(other.contains_key("user"));
    let claims = exchange(&world, &other["code"], &secret(|_, _| {})).await.json();
    let claims = world.verified(claims["id_token"].as_str().unwrap(), "/apple/auth/keys").await.unwrap();
    assert_eq!(claims["email_verified"], json!("false"));
}

#[actix_web::test]
async fn a_secret_of_the_wrong_shape_is_refused() {
    let world = start();
    let wrong = [
        secret(|header, _| header["alg"] = "HS256".into()),
        secret(|header, _| header["kid"] = "".into()),
        secret(|_, claims| claims["sub"] = "other".into()),
        secret(|_, claims| claims["aud"] = "https://example.com".into()),
        secret(|_, claims| claims["exp"] = NOW.into()),
        secret(|_, claims| claims["exp"] = (NOW + 200 * 24 * 3600).into()),
        secret(|_, claims| claims["iss"] = "".into()),
        secret(|_, _| {}).rsplit_once('.').unwrap().0.to_owned() + ".AAAA",
        "any.jwt.sig".to_owned(),
        "plain".to_owned(),
    ];
    for secret in wrong {
        let (_, fields) = world.post(&authorize(FORM_POST), &[("person", "ada@example.com")]).await.form();
        let page = exchange(&world, &fields["code"], &secret).await;
        assert_eq!((page.status, page.json()["error"].as_str()), (400, Some("invalid_client")), "{secret}");
    }
    let (_, fields) = world.post(&authorize(FORM_POST), &[("person", "ada@example.com")]).await.form();
    let document = world.get("/apple/.well-known/openid-configuration").await.json();
    let own = secret(|_, claims| claims["aud"] = document["issuer"].clone());
    assert_eq!(exchange(&world, &fields["code"], &own).await.status, 200);
}

#[actix_web::test]
async fn scopes_need_the_form_and_no_is_said_in_apples_words() {
    let world = start();
    let refused = world.get(&authorize("response_type=code&scope=email")).await;
    assert_eq!(refused.parameters()["error"], "invalid_request");
    let plain = world.pick(&authorize("response_type=code"), &[("person", "ada@example.com")]).await;
    assert!(plain.contains_key("code"));
    let (_, denied) = world.post(&authorize(FORM_POST), &[("deny", "1")]).await.form();
    assert_eq!((denied["error"].as_str(), denied["state"].as_str()), ("user_cancelled_authorize", "s"));
    let both = authorize("response_type=code+id_token&response_mode=form_post&scope=email");
    let (_, fields) = world.post(&both, &[("person", "ada@example.com")]).await.form();
    assert!(world.verified(&fields["id_token"], "/apple/auth/keys").await.is_some());
}
