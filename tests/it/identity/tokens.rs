//! The identity pools' own tokens, and which login tokens are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Stage;
use super::signing::{element, unsigned};
use super::{AUTHENTICATED, GUEST};

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

async fn token(stage: &Stage, id: &str, logins: &Value) -> String {
    let got = stage.ok("GetOpenIdToken", json!({ "IdentityId": id, "Logins": logins })).await;
    got["Token"].as_str().unwrap().to_owned()
}

async fn assume(stage: &Stage, role: &str, token: &str) -> crate::support::Answer {
    let form = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", role),
        ("RoleSessionName", "app"),
        ("WebIdentityToken", token),
    ];
    unsigned(&stage.app, &form).await
}

#[actix_web::test]
async fn a_token_says_who_and_how_and_its_keys_are_published() {
    let stage = Stage::new(json!({})).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let token = token(&stage, &id, &logins).await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!((&header["alg"], &header["typ"]), (&json!("RS512"), &json!("JWS")));
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!(id), &json!(stage.pool)));
    assert_eq!((&claims["amr"][0], &claims["amr"][1]), (&json!("authenticated"), &json!(stage.provider)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    let issuer = claims["iss"].as_str().unwrap();
    let path = issuer.strip_prefix(&stage.app.base).unwrap();
    let discovery = stage.app.get(&format!("{path}/.well-known/openid-configuration")).await.json();
    assert_eq!(discovery["issuer"], issuer);
    let keys = discovery["jwks_uri"].as_str().unwrap().strip_prefix(&stage.app.base).unwrap().to_owned();
    let keys = stage.app.get(&keys).await.json();
    assert_eq!((&keys["keys"][0]["kid"], &keys["keys"][0]["alg"]), (&header["kid"], &json!("RS512")));
    let guest = stage.guest().await;
    let of_guest = self::token(&stage, &guest, &json!({})).await;
    assert_eq!(part(&of_guest, 1)["amr"], json!(["unauthenticated"]));
}

#[actix_web::test]
async fn the_classic_flow_assumes_the_pools_role_and_no_other() {
    let stage = Stage::new(json!({})).await;
    let logins = stage.logins("jane@example.com").await;
    let id = stage.id(&logins).await;
    let token = token(&stage, &id, &logins).await;
    let answer = assume(&stage, AUTHENTICATED, &token).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(element(&answer.text, "SubjectFromWebIdentityToken"), id);
    assert_eq!(element(&answer.text, "Audience"), stage.pool);
    assert_eq!(element(&answer.text, "Arn"), "arn:aws:sts::123456789012:assumed-role/Authenticated/app");
    for role in [GUEST, "arn:aws:iam::123456789012:role/Admin"] {
        let refused = assume(&stage, role, &token).await;
        assert_eq!((refused.status, element(&refused.text, "Code")), (403, "AccessDenied"));
    }
    let id_token = logins[&stage.provider].as_str().unwrap();
    let foreign = assume(&stage, AUTHENTICATED, id_token).await;
    assert_eq!((foreign.status, element(&foreign.text, "Code")), (400, "InvalidIdentityToken"));
    stage.app.advance(601);
    let late = assume(&stage, AUTHENTICATED, &token).await;
    assert_eq!((late.status, element(&late.text, "Code")), (400, "ExpiredTokenException"));
}

#[actix_web::test]
async fn a_pool_can_refuse_the_classic_flow() {
    let stage = Stage::new(json!({ "AllowClassicFlow": false })).await;
    let id = stage.guest().await;
    let refusal = ("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow.");
    stage.refuses("GetOpenIdToken", json!({ "IdentityId": id }), refusal).await;
}

#[actix_web::test]
async fn tokens_that_are_no_login_are_refused_with_cognitos_texts() {
    let stage = Stage::new(json!({})).await;
    let tokens = stage.users.tokens(&stage.app, "jane@example.com").await;
    let id_token = tokens["IdToken"].as_str().unwrap().to_owned();
    let get = |name: &str, token: &str| json!({ "IdentityPoolId": stage.pool, "Logins": { name: token } });
    let refuse = async |name: &str, token: &str, text: &str| {
        stage.refuses("GetId", get(name, token), ("NotAuthorizedException", text)).await;
    };
    let access = tokens["AccessToken"].as_str().unwrap();
    refuse(&stage.provider, access, "Invalid login token. Missing a required claim: aud").await;
    let (head, signature) = id_token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    refuse(&stage.provider, &forged, "Invalid login token. Token signature invalid.").await;
    let mut claims = part(&id_token, 1);
    claims["sub"] = json!("somebody-else");
    let changed =
        format!("{}.{}.{signature}", head.split('.').next().unwrap(), URL_SAFE_NO_PAD.encode(claims.to_string()));
    refuse(&stage.provider, &changed, "Invalid login token. Token signature invalid.").await;
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let unsigned = format!("{none}.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()));
    refuse(&stage.provider, &unsigned, "Invalid login token. Not a valid OpenId Connect identity token.").await;
    refuse("accounts.google.com", &id_token, "Logins don't match.").await;
    refuse("example.provider", &id_token, "Please provide a valid public provider").await;
    refuse("cognito-identity.amazonaws.com", &id_token, "Can't pass in a Cognito token").await;
    let (other, _) = stage.users.another_client(&stage.app, json!({})).await;
    let through = stage.users.through(other).tokens(&stage.app, "jane@example.com").await;
    let text = "Token is not from a supported provider of this identity pool.";
    refuse(&stage.provider, through["IdToken"].as_str().unwrap(), text).await;
    stage.app.advance(3601);
    refuse(&stage.provider, &id_token, "Invalid login token. Token expired:").await;
}

#[actix_web::test]
async fn another_servers_user_pool_is_verified_by_its_published_keys() {
    let stage = Stage::new(json!({})).await;
    let elsewhere = crate::support::TestApp::new().await;
    let users = crate::support::Setup::new(&elsewhere).await;
    users.user(&elsewhere, "ann@example.com").await;
    let token = users.tokens(&elsewhere, "ann@example.com").await["IdToken"].clone();
    let name = format!("{}/{}", elsewhere.base.trim_start_matches("http://"), users.pool);
    let pool = json!({
        "IdentityPoolName": "foreign", "AllowUnauthenticatedIdentities": false,
        "CognitoIdentityProviders": [{ "ProviderName": name, "ClientId": users.client }],
    });
    let pool = stage.ok("CreateIdentityPool", pool).await["IdentityPoolId"].clone();
    let get = |token: &Value| json!({ "IdentityPoolId": pool, "Logins": { &name: token } });
    stage.ok("GetId", get(&token)).await;
    let ours = stage.logins("jane@example.com").await[&stage.provider].clone();
    stage.refuses("GetId", get(&ours), ("NotAuthorizedException", "Issuer doesn't match providerName")).await;
    let text = token.as_str().unwrap();
    let (head, signature) = text.rsplit_once('.').unwrap();
    let forged = json!(format!("{head}.{}", signature.chars().rev().collect::<String>()));
    stage.refuses("GetId", get(&forged), ("NotAuthorizedException", "Token signature invalid")).await;
}
