//! Dynamic client registration: who may register, what becomes of the metadata, what such a client can and cannot do.

use cenote::cx::Mode;
use cenote::store::clients;
use serde_json::{Value, json};

use crate::support::app::{Answer, answer};
use crate::support::flows::{CHALLENGE, VERIFIER, claims, text};
use crate::support::setup::PASSWORD;
use crate::support::{Browser, Page, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";
const REGISTER: &str = "aws.cognito/dcr/register";
const WITH_PROOF: [(&str, &str); 2] = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];

async fn stage(registration: Value) -> (TestApp, Setup) {
    let app = TestApp::start(Mode::Development, |config| config.limits.registrations_per_hour_per_address = 0).await;
    stage_at(app, registration).await
}

async fn stage_at(app: TestApp, registration: Value) -> (TestApp, Setup) {
    let schema = json!([{ "Name": "role", "AttributeDataType": "String", "Mutable": true }]);
    let pool = json!({ "DcrConfiguration": registration, "Schema": schema });
    let setup = Setup::with(&app, pool, json!({})).await;
    let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "Read books" }, { "ScopeName": "write", "ScopeDescription": "Write books" }]);
    let server = json!({ "UserPoolId": setup.pool, "Identifier": "books", "Name": "Books", "Scopes": scopes });
    app.ok("CreateResourceServer", server).await;
    (app, setup)
}

fn open() -> Value {
    json!({ "EnableStatus": "Enabled", "OpenDcrEnabled": true })
}

/// What a program on somebody's computer says of itself.
fn program() -> Value {
    json!({
        "client_name": "Reader (beta)", "redirect_uris": [callback()], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "software_id": "reader",
    })
}

async fn register(app: &TestApp, setup: &Setup, (metadata, token): (&Value, Option<&str>)) -> Answer {
    let request = app.http.post(format!("{}/{}/oauth2/register", app.base, setup.pool)).json(metadata);
    answer(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

/// A client that registered openly, and its pool seen through it.
async fn registered(app: &TestApp, setup: &Setup, metadata: &Value) -> Setup {
    let told = register(app, setup, (metadata, None)).await;
    assert_eq!((told.status, told.header("cache-control")), (201, "no-store"), "{}", told.text);
    setup.through(told.json()["client_id"].as_str().unwrap().to_owned())
}

/// A token of a client for itself.
async fn own_token(app: &TestApp, setup: &Setup, scopes: &[&str]) -> (String, String) {
    let client = json!({ "GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": scopes,
        "CallbackURLs": null, "LogoutURLs": null });
    let (id, secret) = setup.another_client(app, client).await;
    let told = app.post_basic("/oauth2/token", (&id, &secret), &[("grant_type", "client_credentials")]).await.json();
    (text(&told, "access_token").to_owned(), id)
}

fn error(told: &Answer) -> (u16, String) {
    (told.status, told.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn is_question(page: &Page) -> bool {
    page.url.contains("/consent?")
}

#[actix_web::test]
async fn nobody_registers_where_the_pool_does_not_say_so() {
    for registration in [Value::Null, json!({ "EnableStatus": "Disabled", "OpenDcrEnabled": true })] {
        let (app, setup) = stage(registration).await;
        assert_eq!(register(&app, &setup, (&program(), None)).await.status, 404);
        let document = app.get(&format!("/{}/.well-known/openid-configuration", setup.pool)).await.json();
        assert_eq!(document["registration_endpoint"], Value::Null);
        assert_eq!(document["code_challenge_methods_supported"], Value::Null);
    }
    let (app, setup) = stage(json!({})).await;
    let told = register(&app, &setup, (&program(), None)).await;
    assert_eq!(error(&told), (401, "invalid_token".to_owned()), "open registration is off unless it is switched on");
    assert!(told.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""));
    let closed = json!({ "OpenDcrEnabled": true, "OpenDcrGrantTypes": [], "AuthenticatedGrantTypes": [] });
    let (app, setup) = stage(closed).await;
    let told = register(&app, &setup, (&program(), None)).await;
    assert_eq!(error(&told), (400, "invalid_client_metadata".to_owned()), "an empty list allows nothing");
    assert_eq!(answer(app.http.post(format!("{}/oauth2/register", app.base)).json(&program())).await.status, 404);
}

#[actix_web::test]
async fn discovery_names_the_endpoint_which_also_answers_at_the_pools_own_domain() {
    let (app, setup) = stage(open()).await;
    let discovery = async || app.get(&format!("/{}/.well-known/openid-configuration", setup.pool)).await.json();
    let endpoint = format!("{}/{}/oauth2/register", app.cx.config.base(), setup.pool);
    assert_eq!(discovery().await["registration_endpoint"], endpoint.as_str());
    let domain = json!({ "UserPoolId": setup.pool, "Domain": "auth.example.com",
        "CustomDomainConfig": { "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abc" } });
    app.ok("CreateUserPoolDomain", domain).await;
    let endpoint = discovery().await["registration_endpoint"].as_str().unwrap().to_owned();
    assert!(endpoint.contains("//auth.example.com") && endpoint.ends_with("/oauth2/register"), "{endpoint}");
    let at = |path: &str| app.http.post(format!("{}{path}", app.base)).header("host", "auth.example.com");
    let told = answer(at("/oauth2/register").json(&program())).await;
    assert_eq!((told.status, told.header("access-control-allow-origin")), (201, "*"), "{}", told.text);
    let other = Setup::with(&app, json!({ "DcrConfiguration": open() }), json!({})).await;
    let elsewhere = answer(at(&format!("/{}/oauth2/register", other.pool)).json(&program())).await;
    assert_eq!(elsewhere.status, 404, "a domain answers for its own pool");
}

#[actix_web::test]
async fn a_program_registers_itself_and_signs_somebody_in_who_allows_it() {
    let (app, setup) = stage(open()).await;
    setup.user(&app, JANE).await;
    let told = register(&app, &setup, (&program(), None)).await.json();
    let id = told["client_id"].as_str().unwrap().to_owned();
    let expected = json!({
        "client_id": id, "client_id_issued_at": crate::support::app::BEGINNING, "client_name": "Reader beta",
        "redirect_uris": [callback()], "token_endpoint_auth_method": "none", "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"], "scope": "openid email phone profile",
    });
    assert_eq!(told, expected);
    let reader = setup.through(id);
    let mut browser = Browser::new(&app);
    let bare = browser.open(&format!("/oauth2/authorize?{}", reader.query(&[]))).await;
    assert_eq!(bare.query("error").as_deref(), Some("invalid_request"), "no code without a proof: {}", bare.url);
    let page = reader.sign_in(&mut browser, JANE, &WITH_PROOF).await;
    assert!(
        is_question(&page) && page.says("“Reader beta” wants to know who you are"),
        "{}: {}",
        page.url,
        page.text()
    );
    assert!(page.says("app.example") && page.says(JANE) && page.says("Your profile"), "{}", page.text());
    let done = browser.submit(&page, "allow", &[("allow", "Allow")]).await;
    let code = done.query("code").unwrap_or_else(|| panic!("{}: {}", done.url, done.text()));
    assert_eq!(done.query("state").as_deref(), Some("st-1"));
    let wrong = reader.exchange(&app, &code, &[]).await;
    assert_eq!(error(&wrong), (400, "invalid_grant".to_owned()), "no tokens without the proof");
    let page = browser.open(&format!("/oauth2/authorize?{}", reader.query(&WITH_PROOF))).await;
    assert!(is_question(&page), "a session does not answer for the person: {}", page.url);
    let code = browser.submit(&page, "allow", &[("allow", "Allow")]).await.query("code").unwrap();
    let tokens = reader.exchange(&app, &code, &[("code_verifier", VERIFIER)]).await.json();
    assert_eq!(claims(text(&tokens, "id_token"))["email"], JANE);
    let first = text(&tokens, "refresh_token");
    let again = reader.refresh(&app, first, &[]).await.json();
    assert_ne!(text(&again, "refresh_token"), first, "refresh tokens of public clients are replaced");
}

#[actix_web::test]
async fn without_the_persons_word_an_open_client_learns_nothing() {
    let (app, setup) = stage(open()).await;
    setup.user(&app, JANE).await;
    let reader = registered(&app, &setup, &program()).await;
    let mut browser = Browser::new(&app);
    let page = reader.sign_in(&mut browser, JANE, &WITH_PROOF).await;
    let denied = browser.submit(&page, "deny", &[("deny", "Do not allow")]).await;
    assert_eq!((denied.query("error").as_deref(), denied.query("code")), (Some("access_denied"), None));
    assert_eq!(denied.query("state").as_deref(), Some("st-1"));
    let quiet = [WITH_PROOF[0], WITH_PROOF[1], ("prompt", "none")];
    let told = browser.open(&format!("/oauth2/authorize?{}", reader.query(&quiet))).await;
    assert_eq!((told.query("error").as_deref(), told.query("code")), (Some("consent_required"), None));
    // The answer to a question that was not asked, and to another request than the one of the question.
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let form = [("_csrf", token.as_str()), ("allow", "Allow")];
    let post = async |browser: &Browser, extra: &[(&str, &str)]| {
        browser.forge(&format!("/consent?{}", reader.query(extra)), &[], &form).await
    };
    let unasked = post(&browser, &WITH_PROOF).await;
    assert!(unasked.status == 302 && unasked.header("location").starts_with("/login?"), "{}", unasked.text);
    browser.open(&format!("/oauth2/authorize?{}", reader.query(&WITH_PROOF))).await;
    let other = [WITH_PROOF[0], WITH_PROOF[1], ("scope", "openid"), ("state", "st-2")];
    let swapped = post(&browser, &other).await;
    assert!(swapped.header("location").starts_with("/login?"), "{}", swapped.header("location"));
    let address = format!("/consent?{}", reader.query(&WITH_PROOF));
    let foreign = browser.forge(&address, &[("origin", "https://evil.example")], &form).await;
    assert_eq!(foreign.header("location"), "", "a post of another site");
    let mut stranger = Browser::new(&app);
    stranger.cookies.insert("XSRF-TOKEN".to_owned(), token.clone());
    stranger.cookies.insert("cenote-step".to_owned(), browser.cookies["cenote-step"].clone());
    assert!(post(&stranger, &WITH_PROOF).await.header("location").starts_with("/login?"), "nobody is signed in there");
}

#[actix_web::test]
async fn a_token_with_the_scope_registers_clients_that_people_need_not_allow() {
    let (app, setup) = stage(json!({ "AllowedScopes": ["books/read"] })).await;
    setup.user(&app, JANE).await;
    let (token, maker) = own_token(&app, &setup, &[REGISTER]).await;
    let mut metadata = program();
    metadata["token_endpoint_auth_method"] = json!("client_secret_post");
    let told = register(&app, &setup, (&metadata, Some(&token))).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let told = told.json();
    assert_eq!(
        (&told["client_secret_expires_at"], &told["scope"]),
        (&json!(0), &json!("openid email phone profile books/read"))
    );
    let id = text(&told, "client_id").to_owned();
    let client = Setup { secret: text(&told, "client_secret").to_owned(), ..setup.through(id.clone()) };
    let code = client.code(&app, JANE, &[]).await;
    let tokens = client.exchange(&app, &code, &[("client_secret", &client.secret)]).await.json();
    assert!(text(&tokens, "access_token").contains('.'));
    // What the API shows of it, and what it does not let an administrator do.
    let list = |kind: &str| json!({ "UserPoolId": setup.pool, "ClientType": kind });
    let listed = app.ok("ListUserPoolClients", list("DCR")).await["UserPoolClients"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["ClientId"]), (1, &json!(id)));
    assert_eq!(app.ok("ListUserPoolClients", list("REGULAR")).await["UserPoolClients"].as_array().unwrap().len(), 2);
    let named = |id: &str| json!({ "UserPoolId": setup.pool, "ClientId": id });
    let described = app.ok("DescribeUserPoolClient", named(&id)).await["UserPoolClient"].clone();
    assert_eq!((&described["ClientType"], &described["ClientName"]), (&json!("DCR"), &json!("Reader beta")));
    assert_eq!(app.ok("DescribeUserPoolClient", named(&maker)).await["UserPoolClient"]["ClientType"], "REGULAR");
    let refused = app.api("AddUserPoolClientSecret", named(&id)).await;
    assert_eq!(refused.fault(), "InvalidParameterException", "{}", refused.text);
    let mut change = described;
    change["AllowedOAuthScopes"] = json!(["openid", REGISTER]);
    assert_eq!(app.api("UpdateUserPoolClient", change.clone()).await.fault(), "InvalidParameterException");
    change["AllowedOAuthScopes"] = json!(["openid"]);
    assert_eq!(app.ok("UpdateUserPoolClient", change).await["UserPoolClient"]["ClientType"], "DCR", "what it is stays");
}

#[actix_web::test]
async fn only_a_good_token_of_the_pool_with_the_scope_counts() {
    let (app, setup) = stage(open()).await;
    setup.user(&app, JANE).await;
    let (plain, _) = own_token(&app, &setup, &["books/read"]).await;
    let told = register(&app, &setup, (&program(), Some(&plain))).await;
    assert_eq!(error(&told), (403, "insufficient_scope".to_owned()));
    let other = Setup::with(&app, json!({ "DcrConfiguration": {} }), json!({})).await;
    let (foreign, _) = own_token(&app, &other, &[REGISTER]).await;
    let (good, maker) = own_token(&app, &setup, &[REGISTER]).await;
    let cut = &good[..good.len() - 3];
    let id_token = setup.oauth_tokens(&app, JANE, &[]).await["id_token"].as_str().unwrap().to_owned();
    for bad in [foreign.as_str(), cut, &id_token, "x"] {
        let told = register(&app, &setup, (&program(), Some(bad))).await;
        assert_eq!(error(&told), (401, "invalid_token".to_owned()), "a bad token is not taken for none: {bad}");
    }
    assert_eq!(register(&app, &setup, (&program(), Some(&good))).await.status, 201);
    app.ok("DeleteUserPoolClient", json!({ "UserPoolId": setup.pool, "ClientId": maker })).await;
    assert_eq!(register(&app, &setup, (&program(), Some(&good))).await.status, 401, "its client is gone");
    let (late, _) = own_token(&app, &setup, &[REGISTER]).await;
    app.advance(3601);
    assert_eq!(register(&app, &setup, (&program(), Some(&late))).await.status, 401);
}

#[actix_web::test]
async fn a_persons_token_vouches_for_no_client() {
    let (app, setup) = stage(open()).await;
    setup.user(&app, JANE).await;
    for flow in ["code", "implicit"] {
        let wanted = json!({ "UserPoolId": setup.pool, "ClientName": "maker", "AllowedOAuthFlows": [flow],
            "AllowedOAuthScopes": ["openid", REGISTER], "CallbackURLs": [callback()], "AllowedOAuthFlowsUserPoolClient": true });
        let told = app.api("CreateUserPoolClient", wanted).await;
        assert_eq!(told.fault(), "InvalidParameterException", "{flow}: {}", told.text);
    }
    // Such a client as an earlier version let be made.
    let id = cenote::domain::ids::ClientId::parse(&setup.client).unwrap();
    let mut row = clients::by_id(&mut app.cx.store.read().await.unwrap(), &id).await.unwrap().unwrap();
    row.settings.oauth_scopes.push(REGISTER.to_owned());
    app.cx.store.write(move |db| Box::pin(async move { clients::update(db, &row).await })).await.unwrap();
    let tokens = setup.oauth_tokens(&app, JANE, &[("scope", &format!("openid {REGISTER}"))]).await;
    let token = text(&tokens, "access_token");
    assert!(text(&claims(token), "scope").contains(REGISTER));
    let told = register(&app, &setup, (&program(), Some(token))).await;
    assert_eq!(error(&told), (403, "insufficient_scope".to_owned()), "{}", told.text);
}

#[actix_web::test]
async fn metadata_that_cannot_be_had_is_refused_with_its_code() {
    let (app, setup) =
        stage(json!({ "OpenDcrEnabled": true, "AllowedScopes": ["books/read", "books/gone", REGISTER] })).await;
    let (uri, other) = ("invalid_redirect_uri", "invalid_client_metadata");
    let long = format!("https://app.example/{}", "a".repeat(1024));
    let many: Vec<String> = (0..101).map(|number| format!("https://app.example/{number}")).collect();
    for (change, code) in [
        (json!({ "redirect_uris": null }), uri),
        (json!({ "redirect_uris": [] }), uri),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), uri),
        (json!({ "redirect_uris": ["https://app.example/#x"] }), uri),
        (json!({ "redirect_uris": ["http://app.example/"] }), uri),
        (json!({ "redirect_uris": ["http://localhost@evil.example/"] }), uri),
        (json!({ "redirect_uris": [callback(), "/relative"] }), uri),
        (json!({ "redirect_uris": ["https://app.example/\u{202e}x"] }), uri),
        (json!({ "redirect_uris": ["https://a;frame-ancestors/"] }), uri),
        (json!({ "redirect_uris": ["https://a,b.example/"] }), uri),
        (json!({ "redirect_uris": [long] }), uri),
        (json!({ "redirect_uris": many }), uri),
        (json!({ "post_logout_redirect_uris": ["http://app.example/"] }), uri),
        (json!({ "redirect_uris": "https://app.example/" }), other),
        (json!({ "redirect_uris": [1] }), other),
        (json!({ "grant_types": ["implicit"] }), other),
        (json!({ "grant_types": ["client_credentials"] }), other),
        (json!({ "response_types": ["token"] }), other),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), other),
        (json!({ "scope": "openid books/write" }), other),
        (json!({ "scope": "openid books/gone" }), other),
        (json!({ "scope": REGISTER }), other),
        (json!({ "scope": "aws.cognito.signin.user.admin" }), other),
        (json!({ "scope": "open\"id" }), other),
        (json!({ "client_name": 1 }), other),
    ] {
        let mut metadata = program();
        crate::support::setup::merge(&mut metadata, change.clone());
        let told = register(&app, &setup, (&metadata, None)).await;
        assert_eq!(error(&told), (400, code.to_owned()), "{change}: {}", told.text);
    }
    let post = |kind: &'static str, body: String| {
        let url = format!("{}/{}/oauth2/register", app.base, setup.pool);
        answer(app.http.post(url).header("content-type", kind).body(body))
    };
    let large = json!({ "client_name": "a".repeat(70_000) }).to_string();
    for (kind, body) in [
        ("application/json", large.as_str()),
        ("application/json", "[]"),
        ("application/json", "{"),
        ("text/plain", "{}"),
    ] {
        assert_eq!(error(&post(kind, body.to_owned()).await), (400, other.to_owned()), "{kind} {body:.20}");
    }
    assert_eq!(app.get(&format!("/{}/oauth2/register", setup.pool)).await.status, 405);
}

#[actix_web::test]
async fn a_client_for_itself_gets_the_scopes_of_apis_and_nothing_else() {
    let allowed = json!(["books/read", "aws.cognito.signin.user.admin", REGISTER]);
    let grants = json!(["code", "client_credentials", "implicit"]);
    let (app, setup) =
        stage(json!({ "OpenDcrEnabled": true, "OpenDcrGrantTypes": grants, "AllowedScopes": allowed })).await;
    let metadata = json!({ "grant_types": ["client_credentials"], "client_name": "Robot" });
    let told = register(&app, &setup, (&metadata, None)).await.json();
    assert_eq!(
        (&told["scope"], &told["redirect_uris"], &told["response_types"]),
        (&json!("books/read"), &json!([]), &json!([]))
    );
    let proof = (text(&told, "client_id"), text(&told, "client_secret"));
    let tokens = app.post_basic("/oauth2/token", proof, &[("grant_type", "client_credentials")]).await.json();
    assert_eq!(claims(text(&tokens, "access_token"))["scope"], "books/read");
    for (change, why) in [
        (json!({ "token_endpoint_auth_method": "none" }), "it has nothing to prove itself with"),
        (json!({ "scope": "openid" }), "it is nobody"),
        (json!({ "scope": "aws.cognito.signin.user.admin" }), "it is nobody"),
        (json!({ "scope": REGISTER }), "no client registers others that registered itself"),
        (json!({ "response_types": ["code"] }), "it has no use for codes"),
    ] {
        let mut asked = metadata.clone();
        crate::support::setup::merge(&mut asked, change);
        assert_eq!(register(&app, &setup, (&asked, None)).await.status, 400, "{why}");
    }
    setup.user(&app, JANE).await;
    let admin = registered(&app, &setup, &program()).await;
    let asked = [WITH_PROOF[0], WITH_PROOF[1], ("scope", "openid phone books/read aws.cognito.signin.user.admin")];
    let page = admin.sign_in(&mut Browser::new(&app), JANE, &asked).await;
    for words in ["Your phone number", "Read books (books/read)", "Changes of your account"] {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    assert!(!page.says("Your profile") && !page.says("Your email address"), "{}", page.text());
    let described =
        app.ok("DescribeUserPoolClient", json!({ "UserPoolId": admin.pool, "ClientId": admin.client })).await;
    let scopes = json!(["openid", "email", "phone", "profile", "books/read", "aws.cognito.signin.user.admin"]);
    assert_eq!(described["UserPoolClient"]["AllowedOAuthScopes"], scopes);
}

#[actix_web::test]
async fn the_api_signs_nobody_in_through_a_client_that_registered_itself() {
    let (app, setup) = stage(open()).await;
    setup.user_with(&app, JANE, &[("custom:role", "reader"), ("name", "Jane")]).await;
    let reader = registered(&app, &setup, &program()).await;
    for (flow, parameters) in [
        ("USER_PASSWORD_AUTH", json!({ "USERNAME": JANE, "PASSWORD": PASSWORD })),
        ("USER_SRP_AUTH", json!({ "USERNAME": JANE, "SRP_A": "ab".repeat(64) })),
        ("USER_AUTH", json!({ "USERNAME": JANE })),
        ("CUSTOM_AUTH", json!({ "USERNAME": JANE })),
    ] {
        let begin = json!({ "ClientId": reader.client, "AuthFlow": flow, "AuthParameters": parameters });
        assert_eq!(app.api("InitiateAuth", begin).await.status, 400, "{flow}");
    }
    // Nobody gives themselves a role by a client of their own making, and none is read by it.
    let join = |attribute: &str| {
        json!({ "ClientId": reader.client, "Username": "eve@example.com", "Password": PASSWORD,
            "UserAttributes": [{ "Name": attribute, "Value": "admin" }] })
    };
    assert_eq!(app.api("SignUp", join("custom:role")).await.fault(), "NotAuthorizedException");
    app.ok("SignUp", join("name")).await;
    let mut browser = Browser::new(&app);
    let page = reader.sign_in(&mut browser, JANE, &WITH_PROOF).await;
    let code = browser.submit(&page, "allow", &[("allow", "Allow")]).await.query("code").unwrap();
    let tokens = reader.exchange(&app, &code, &[("code_verifier", VERIFIER)]).await.json();
    let told = claims(text(&tokens, "id_token"));
    assert_eq!((&told["name"], &told["custom:role"]), (&json!("Jane"), &Value::Null), "{told}");
}

#[actix_web::test]
async fn an_address_and_a_pool_have_their_fill_of_open_registrations() {
    let app = TestApp::start(Mode::Development, |config| config.limits.registrations_per_hour_per_address = 2).await;
    let (app, setup) = stage_at(app, open()).await;
    let mut faulty = program();
    faulty["redirect_uris"] = json!([]);
    assert_eq!(register(&app, &setup, (&faulty, None)).await.status, 400, "what is refused does not count");
    for expected in [201, 201, 429] {
        assert_eq!(register(&app, &setup, (&program(), None)).await.status, expected);
    }
    let (token, _) = own_token(&app, &setup, &[REGISTER]).await;
    assert_eq!(register(&app, &setup, (&program(), Some(&token))).await.status, 201, "whoever has a token is known");
}
