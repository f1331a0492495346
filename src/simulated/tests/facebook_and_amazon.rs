//! Owns the tests of Facebook Login and of Login with Amazon.

use serde_json::json;

use super::*;
use crate::crypto::digest;

const APP: &str = "100000000000009";
const SECRET: &str = "simulated-facebook-secret";

fn dialog() -> String {
    let base =
        query(&[("client_id", APP), ("redirect_uri", CALLBACK), ("state", "s"), ("scope", "public_profile,email")]);
    format!("/facebook/v17.0/dialog/oauth?{base}")
}

async fn facebook_exchange(world: &World, code: &str, redirect: &str) -> Page {
    exchange_with(world, (APP, SECRET), (code, redirect)).await
}

async fn exchange_with(world: &World, (app, secret): (&str, &str), (code, redirect): (&str, &str)) -> Page {
    let form = [("client_id", app), ("client_secret", secret), ("redirect_uri", redirect), ("code", code)];
    world.get(&format!("/facebook/v17.0/oauth/access_token?{}", query(&form))).await
}

async fn me(world: &World, pairs: &[(&str, &str)]) -> Page {
    world.get(&format!("/facebook/v17.0/me?{}", query(pairs))).await
}

#[actix_web::test]
async fn facebook_answers_by_the_graph() {
    let world = start();
    let page = world.post(&dialog(), &[("person", "ada@example.com")]).await;
    assert!(page.header("location").ends_with("&state=s#_=_"), "{}", page.header("location"));
    let answer = facebook_exchange(&world, &page.parameters()["code"], CALLBACK).await.json();
    assert_eq!(answer["token_type"], "bearer");
    let token = answer["access_token"].as_str().unwrap();
    let proof = digest::hex(&digest::hmac_sha256(SECRET.as_bytes(), token.as_bytes()));
    let fields = ("fields", "id,email,first_name,last_name,birthday,picture.type(large){url}");
    let person = me(&world, &[("access_token", token), ("appsecret_proof", &proof), fields]).await.json();
    assert!(person["id"].as_str().unwrap().parse::<u64>().is_ok());
    assert_eq!((&person["email"], &person["last_name"]), (&json!("ada@example.com"), &json!("Example")));
    assert!(person["picture"]["data"]["url"].as_str().unwrap().starts_with("data:image"));
    let brief = me(&world, &[("access_token", token)]).await.json();
    assert_eq!(brief, json!({"id": person["id"], "name": "Ada Example"}));
}

#[actix_web::test]
async fn facebook_refuses_in_its_own_shape() {
    let world = start();
    let code = |page: &Page| (page.status, page.json()["error"]["code"].as_i64());
    let fresh = || async { world.pick(&dialog(), &[("person", "ada@example.com")]).await["code"].clone() };
    assert_eq!(code(&facebook_exchange(&world, "unknown", CALLBACK).await), (400, Some(100)));
    assert_eq!(code(&facebook_exchange(&world, &fresh().await, "http://localhost/x").await), (400, Some(100)));
    let code_of = fresh().await;
    assert_eq!(code(&exchange_with(&world, (APP, "shh"), (&code_of, CALLBACK)).await), (400, Some(1)));
    assert_eq!(code(&exchange_with(&world, ("7", "shh"), (&code_of, CALLBACK)).await), (400, Some(100)));
    let used = fresh().await;
    let token = facebook_exchange(&world, &used, CALLBACK).await.json()["access_token"].as_str().unwrap().to_owned();
    let again = facebook_exchange(&world, &used, CALLBACK).await;
    assert_eq!(again.json()["error"]["type"], "OAuthException");
    assert_eq!(code(&me(&world, &[("access_token", "EAAx")]).await), (400, Some(190)));
    assert_eq!(code(&me(&world, &[]).await), (400, Some(2500)));
    assert_eq!(code(&me(&world, &[("access_token", &token), ("appsecret_proof", "00")]).await), (400, Some(100)));
    assert_eq!(code(&me(&world, &[("access_token", &token), ("fields", "id,shoe_size")]).await), (400, Some(100)));
    let denied = world.pick(&dialog(), &[("deny", "1")]).await;
    assert_eq!((denied["error"].as_str(), denied["error_reason"].as_str()), ("access_denied", "user_denied"));
    let broken = [("person", "ada@example.com"), ("broken_token", "1")];
    let broken = world.pick(&dialog(), &broken).await["code"].clone();
    let token = facebook_exchange(&world, &broken, CALLBACK).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(code(&me(&world, &[("access_token", &token)]).await), (400, Some(190)));
}

fn amazon(scope: &str) -> String {
    let base = [("client_id", "amzn1.app"), ("redirect_uri", CALLBACK), ("response_type", "code"), ("state", "s")];
    format!("/amazon/ap/oa?{}&scope={scope}", query(&base))
}

async fn amazon_tokens(world: &World, grant: &[(&str, &str)]) -> Page {
    let client = [("client_id", "amzn1.app"), ("client_secret", "shh")];
    world.post("/amazon/auth/o2/token", &[&client[..], grant].concat()).await
}

async fn amazon_code(world: &World, scope: &str, form: &[(&str, &str)]) -> Page {
    let code = world.pick(&amazon(scope), form).await["code"].clone();
    let grant = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
    amazon_tokens(world, &grant).await
}

#[actix_web::test]
async fn amazon_tells_the_profile_to_the_bearer_of_a_token() {
    let world = start();
    let tokens = amazon_code(&world, "profile+postal_code", &[("person", "ada@example.com")]).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    assert!(token.starts_with("Atza|") && tokens["refresh_token"].as_str().unwrap().starts_with("Atzr|"));
    let profile = world.send(world.request("GET", "/amazon/user/profile").bearer_auth(token)).await.json();
    assert_eq!((&profile["email"], &profile["name"]), (&json!("ada@example.com"), &json!("Ada Example")));
    assert!(profile["user_id"].as_str().unwrap().starts_with("amzn1.account."));
    assert_eq!(profile["postal_code"], "98101");
    let field = world.request("GET", "/amazon/user/profile").header("x-amz-access-token", token);
    assert_eq!(world.send(field).await.json(), profile);
    let in_query = query(&[("access_token", token)]);
    assert_eq!(world.get(&format!("/amazon/user/profile?{in_query}")).await.json(), profile);
    let facts = world.get(&format!("/amazon/auth/o2/tokeninfo?{in_query}")).await.json();
    assert_eq!((&facts["aud"], &facts["user_id"]), (&json!("amzn1.app"), &profile["user_id"]));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(amazon_tokens(&world, &refresh).await.status, 200);
}

#[actix_web::test]
async fn amazon_tells_no_more_than_the_scope_and_refuses_the_rest() {
    let world = start();
    let tokens = amazon_code(&world, "profile:user_id", &[("person", "ada@example.com")]).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let profile = world.send(world.request("GET", "/amazon/user/profile").bearer_auth(token)).await.json();
    assert_eq!(profile.as_object().unwrap().len(), 1);
    assert_eq!(world.get("/amazon/user/profile?access_token=x").await.json()["error"], "invalid_token");
    assert_eq!(world.get(&amazon("openid")).await.parameters()["error"], "invalid_scope");
    assert_eq!(world.pick(&amazon("profile"), &[("deny", "1")]).await["error"], "access_denied");
    let hidden = amazon_code(&world, "profile", &[("person", "ada@example.com"), ("no_email", "1")]).await.json();
    let token = hidden["access_token"].as_str().unwrap();
    let profile = world.send(world.request("GET", "/amazon/user/profile").bearer_auth(token)).await.json();
    assert_eq!(profile.get("email"), None);
    let other = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", "amzn1.app")];
    assert_eq!(world.post("/amazon/auth/o2/token", &other).await.status, 401);
}
