//! The demo site's protected API and the checker behind it: good tokens, forgeries, wrong scopes and groups.

use actix_web::{App, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::http::Http;
use cenote::verify::{Claims, Requirement, TokenUse, Verifier};
use serde_json::{Value, json};

use crate::support::app::{Answer, answer};
use crate::support::{Setup, TestApp};

/// An API of somebody else's, behind a pool.
struct Api {
    app: TestApp,
    users: Setup,
    base: String,
}

async fn who(claims: Claims) -> String {
    claims.sub
}

impl Api {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let users = Setup::new(&app).await;
        users.user(&app, "jane@example.com").await;
        let issuer = format!("{}/{}", app.cx.config.issuer_base(), users.pool);
        let with = |accepted: TokenUse| {
            let audience = (issuer.as_str(), [users.client.clone()]);
            Verifier::with(audience, Http::new().unwrap(), app.cx.outside.clock.clone()).accepting(accepted)
        };
        let (access, id) = (with(TokenUse::Access), with(TokenUse::Id));
        let server = HttpServer::new(move || {
            let admin = "aws.cognito.signin.user.admin";
            let scoped = |path: &str, requirement: Requirement| {
                web::resource(path).app_data(requirement).route(web::get().to(who))
            };
            App::new()
                .app_data(access.clone())
                .route("/me", web::get().to(who))
                .service(scoped("/scope", Requirement::any_scope(["notes/write", admin])))
                .service(scoped("/missing-scope", Requirement::any_scope(["notes/write"])))
                .service(scoped("/group", Requirement::any_group(["admins"])))
                .service(web::scope("/id").app_data(id.clone()).route("/me", web::get().to(who)))
        });
        let server = server.workers(1).bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        Self { app, users, base }
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        answer(self.app.http.get(format!("{}{path}", self.base)).bearer_auth(token)).await
    }

    async fn refuses(&self, path: &str, token: &str, (status, word): (u16, &str)) {
        let answer = self.get(path, token).await;
        let challenge = answer.header("www-authenticate").to_owned();
        assert_eq!(answer.status, status, "{path} {challenge}");
        assert!(challenge.starts_with("Bearer ") && challenge.contains(word), "{path}: {challenge}");
    }
}

fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_good_token_is_let_through_where_it_has_what_is_required() {
    let api = Api::new().await;
    let tokens = api.users.tokens(&api.app, "jane@example.com").await;
    let (access, id) = (text(&tokens, "AccessToken"), text(&tokens, "IdToken"));
    for path in ["/me", "/scope"] {
        assert_eq!(api.get(path, &access).await.status, 200, "{path}");
    }
    assert_eq!(api.get("/id/me", &id).await.status, 200);
    api.refuses("/missing-scope", &access, (403, "error=\"insufficient_scope\"")).await;
    api.refuses("/missing-scope", &access, (403, "scope=\"notes/write\"")).await;
    api.refuses("/group", &access, (403, "insufficient_scope")).await;
    let group = json!({ "UserPoolId": api.users.pool, "GroupName": "admins" });
    api.app.ok("CreateGroup", group).await;
    let member = json!({ "UserPoolId": api.users.pool, "Username": "jane@example.com", "GroupName": "admins" });
    api.app.ok("AdminAddUserToGroup", member).await;
    let tokens = api.users.tokens(&api.app, "jane@example.com").await;
    assert_eq!(api.get("/group", &text(&tokens, "AccessToken")).await.status, 200);
}

#[actix_web::test]
async fn a_token_of_another_use_client_pool_or_time_is_refused() {
    let api = Api::new().await;
    let tokens = api.users.tokens(&api.app, "jane@example.com").await;
    let (access, id) = (text(&tokens, "AccessToken"), text(&tokens, "IdToken"));
    let invalid = (401, "error=\"invalid_token\"");
    api.refuses("/me", &id, invalid).await;
    api.refuses("/id/me", &access, invalid).await;
    let (other, _) = api.users.another_client(&api.app, json!({})).await;
    let through = api.users.through(other).tokens(&api.app, "jane@example.com").await;
    api.refuses("/me", &text(&through, "AccessToken"), invalid).await;
    let elsewhere = Setup::new(&api.app).await;
    elsewhere.user(&api.app, "jane@example.com").await;
    let foreign = elsewhere.tokens(&api.app, "jane@example.com").await;
    api.refuses("/me", &text(&foreign, "AccessToken"), invalid).await;
    api.app.advance(3601);
    api.refuses("/me", &access, (401, "expired")).await;
}

#[actix_web::test]
async fn forgeries_are_refused() {
    let api = Api::new().await;
    let token = text(&api.users.tokens(&api.app, "jane@example.com").await, "AccessToken");
    assert_eq!(api.get("/me", &token).await.status, 200);
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    claims["sub"] = json!("root");
    let changed = URL_SAFE_NO_PAD.encode(claims.to_string());
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let with = |members: Value| {
        let mut header = header.clone();
        crate::support::setup::merge(&mut header, members);
        format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), parts[1], parts[2])
    };
    let forged = [
        format!("{}.{changed}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        with(json!({ "alg": "none" })),
        with(json!({ "alg": "HS256" })),
        with(json!({ "alg": "RS512" })),
        with(json!({ "kid": "unknown" })),
        with(json!({ "jwk": {} })),
        with(json!({ "jku": "https://example.com/keys" })),
        with(json!({ "x5u": "https://example.com/keys" })),
        with(json!({ "crit": ["exp"] })),
        "a.b.c".to_owned(),
        "x".repeat(20_000),
    ];
    for token in forged {
        api.refuses("/me", &token, (401, "error=\"invalid_token\"")).await;
    }
}

#[actix_web::test]
async fn requests_without_one_bearer_token_are_told_so() {
    let api = Api::new().await;
    let me = || api.app.http.get(format!("{}/me", api.base));
    let none = answer(me()).await;
    assert_eq!((none.status, none.header("www-authenticate")), (401, "Bearer realm=\"api\""));
    let basic = answer(me().basic_auth("a", Some("b"))).await;
    assert_eq!((basic.status, basic.header("www-authenticate")), (401, "Bearer realm=\"api\""));
    for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a\"b"] {
        let malformed = answer(me().header("authorization", value)).await;
        assert_eq!(malformed.status, 400, "{value}");
        assert!(malformed.header("www-authenticate").contains("invalid_request"));
    }
    let twice = answer(me().header("authorization", "Bearer a").header("authorization", "Bearer b")).await;
    assert_eq!(twice.status, 400);
}

#[actix_web::test]
async fn without_the_issuers_keys_nobody_is_let_in() {
    let issuer = "http://127.0.0.1:9/us-east-1_Nobody";
    let verifier = Verifier::new(issuer, ["client"]).unwrap();
    let api = Api::new().await;
    let token = text(&api.users.tokens(&api.app, "jane@example.com").await, "AccessToken");
    let refusal = verifier.verify(&token, &Requirement::default()).await.unwrap_err();
    assert_eq!(refusal, cenote::verify::Refusal::Unavailable);
}
