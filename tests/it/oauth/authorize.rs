//! Authorization requests: what is refused, on which side of the proof of client and redirect target, and what the
//! app gets back.

use serde_json::json;

use crate::support::flows::{CHALLENGE, claims};
use crate::support::{Answer, Browser, Setup, TestApp, callback};

async fn start() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    (app, setup)
}

/// Asks with a raw query; the answer must be the error page that names `parameter`, and must not lead to a stranger.
async fn expect_page(app: &TestApp, query: &str, (error, parameter): (&str, &str)) {
    for path in ["/oauth2/authorize", "/authorize", "/login", "/signup", "/forgotPassword"] {
        let answer = app.get(&format!("{path}?{query}")).await;
        assert_eq!(answer.status, 302, "{path}?{query}");
        let location = answer.header("location");
        assert!(location.starts_with("/error?"), "{query} leads to {location}");
        let page = Browser::new(app).open(location).await;
        assert_eq!(page.answer.status, 400);
        assert_eq!(page.query("error").as_deref(), Some(error), "{query}");
        assert_eq!(page.query("parameter").unwrap_or_default(), parameter, "{query}");
        assert!(page.says("An error was encountered with the requested page."), "{}", page.text());
        assert!(parameter.is_empty() || page.says(parameter), "{}", page.text());
    }
}

/// Where an authorization request leads.
async fn asked(app: &TestApp, query: &str) -> Answer {
    let answer = app.get(&format!("/oauth2/authorize?{query}")).await;
    assert_eq!(answer.status, 302, "{query}: {}", answer.text);
    answer
}

/// The parameters of an error redirect to the app.
fn refused(answer: &Answer, separator: char) -> Vec<(String, String)> {
    let location = answer.header("location");
    let (target, query) = location.split_once(separator).unwrap_or_else(|| panic!("no {separator} in {location}"));
    assert_eq!(target, callback(), "{location}");
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// Asks with `extra` parameters; the app must get `error` and its state back.
async fn expect_redirect(app: &TestApp, setup: &Setup, (extra, error): (&[(&str, &str)], &str)) {
    let answer = asked(app, &setup.query(extra)).await;
    let pairs = refused(&answer, '?');
    assert_eq!(value(&pairs, "error"), error, "{extra:?}");
    assert!(!value(&pairs, "error_description").is_empty(), "{extra:?}");
    assert_eq!(value(&pairs, "state"), "st-1", "{extra:?}");
    assert_eq!(value(&pairs, "code"), "");
}

#[actix_web::test]
async fn a_client_that_is_unknown_or_missing_gets_a_page() {
    let (app, setup) = start().await;
    let rest = "redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code";
    expect_page(&app, &format!("client_id=1example23456789&{rest}"), ("Client does not exist", "client_id")).await;
    expect_page(&app, &format!("client_id=%27%22%3E%3Cb%3E&{rest}"), ("Client does not exist", "client_id")).await;
    let upper = setup.client.to_uppercase();
    expect_page(&app, &format!("client_id={upper}&{rest}"), ("Client does not exist", "client_id")).await;
    expect_page(&app, rest, ("Required parameters missing", "client_id")).await;
    expect_page(&app, &format!("client_id=&{rest}"), ("Required parameters missing", "client_id")).await;
}

#[actix_web::test]
async fn a_redirect_target_that_is_not_registered_to_the_letter_gets_a_page() {
    let (app, setup) = start().await;
    let almost = [
        "https://evil.example/",
        "https://app.example/callback/",
        "https://app.example/Callback",
        "https://APP.example/callback",
        "https://app.example/callback?x=1",
        "https://app.example/callback#x",
        "https://app.example/callback#",
        "https://app.example:443/callback",
        "https://app.example/./callback",
        "https://app.example/%63allback",
        "http://app.example/callback",
        "https://user@app.example/callback",
        " https://app.example/callback",
        "https://app.example/callback%20",
        "/callback",
        "https://app.example",
        "https://app.example/signed-out",
        "",
    ];
    for target in almost {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &setup.client).append_pair("response_type", "code");
        let query = query.append_pair("redirect_uri", target).finish();
        expect_page(&app, &query, ("redirect_mismatch", "redirect_uri")).await;
    }
    let none = format!("client_id={}&response_type=code", setup.client);
    expect_page(&app, &none, ("redirect_mismatch", "redirect_uri")).await;
}

#[actix_web::test]
async fn a_redirect_target_of_another_client_gets_a_page() {
    let (app, setup) = start().await;
    setup.another_client(&app, json!({ "CallbackURLs": ["https://other.example/callback"] })).await;
    let query = setup.query(&[]).replace("app.example", "other.example");
    expect_page(&app, &query, ("redirect_mismatch", "redirect_uri")).await;
}

#[actix_web::test]
async fn a_parameter_given_twice_over_long_or_with_control_characters_gets_a_page() {
    let (app, setup) = start().await;
    let good = setup.query(&[]);
    let evil = "redirect_uri=https%3A%2F%2Fevil.example%2F";
    expect_page(&app, &format!("{good}&{evil}"), ("invalid_request", "redirect_uri")).await;
    expect_page(&app, &format!("{evil}&{good}"), ("invalid_request", "redirect_uri")).await;
    expect_page(&app, &format!("{good}&state=2"), ("invalid_request", "state")).await;
    expect_page(&app, &format!("{good}&client_id={}", setup.client), ("invalid_request", "client_id")).await;
    expect_page(&app, &format!("{good}&x=1&x=1"), ("invalid_request", "")).await;
    let long = "a".repeat(4097);
    expect_page(&app, &setup.query(&[("state", &long)]), ("invalid_request", "state")).await;
    for hostile in ["%0d%0aSet-Cookie:%20a=b", "%00", "%1b[31m", "%7f", "%c2%85", "%ff"] {
        let query = setup.query(&[("state", "")]);
        expect_page(&app, &format!("{query}&state=a{hostile}"), ("invalid_request", "state")).await;
        expect_page(&app, &format!("{query}&{hostile}=1"), ("invalid_request", "")).await;
    }
    assert!(asked(&app, &setup.query(&[("state", &"a".repeat(4096))])).await.header("location").starts_with("/login?"));
}

#[actix_web::test]
async fn a_client_without_oauth_or_without_providers_gets_a_page() {
    let (app, setup) = start().await;
    let unavailable = ("Login pages unavailable. Please contact an administrator.", "");
    setup.change_client(&app, json!({ "AllowedOAuthFlowsUserPoolClient": false })).await;
    expect_page(&app, &setup.query(&[]), unavailable).await;
    let open = json!({ "AllowedOAuthFlowsUserPoolClient": true, "SupportedIdentityProviders": [] });
    setup.change_client(&app, open).await;
    expect_page(&app, &setup.query(&[]), unavailable).await;
}

#[actix_web::test]
async fn an_error_page_says_nothing_that_its_address_made_up() {
    let (app, _) = start().await;
    let query = "error=You%20have%20won%20%3Cscript%3Ealert(1)%3C/script%3E&parameter=%3Cb%3Ebold&client_id=%22%3E";
    let answer = app.get(&format!("/error?{query}")).await;
    assert_eq!(answer.status, 400);
    for word in ["You have won", "alert(1)", "<b>bold", "bold"] {
        assert!(!answer.text.contains(word), "{word}");
    }
}

#[actix_web::test]
async fn a_response_type_that_is_missing_or_unknown_goes_back_to_the_app() {
    let (app, setup) = start().await;
    for wrong in ["id_token", "code token", "code id_token", "CODE", "none", "token id_token"] {
        expect_redirect(&app, &setup, (&[("response_type", wrong)], "invalid_request")).await;
    }
    expect_redirect(&app, &setup, (&[("response_type", "")], "invalid_request")).await;
}

#[actix_web::test]
async fn a_flow_that_the_client_may_not_use_is_refused() {
    let (app, setup) = start().await;
    setup.change_client(&app, json!({ "AllowedOAuthFlows": ["code"] })).await;
    let answer = asked(&app, &setup.query(&[("response_type", "token")])).await;
    let pairs = refused(&answer, '#');
    assert_eq!((value(&pairs, "error"), value(&pairs, "state")), ("unauthorized_client", "st-1"));
    setup.change_client(&app, json!({ "AllowedOAuthFlows": ["implicit"] })).await;
    expect_redirect(&app, &setup, (&[("response_type", "code")], "unauthorized_client")).await;
}

#[actix_web::test]
async fn scopes_must_be_well_formed_and_the_clients_own() {
    let (app, setup) = start().await;
    setup.change_client(&app, json!({ "AllowedOAuthScopes": ["openid", "email"] })).await;
    for wrong in ["openid phone", "openid api/read", "OPENID", "openid\u{e9}", "openid \"email\"", "email"] {
        expect_redirect(&app, &setup, (&[("scope", wrong)], "invalid_scope")).await;
    }
    for right in ["openid", "openid  email", "email openid openid"] {
        assert!(
            asked(&app, &setup.query(&[("scope", right)])).await.header("location").starts_with("/login?"),
            "{right}"
        );
    }
}

#[actix_web::test]
async fn without_a_scope_all_of_the_clients_are_granted() {
    let (app, setup) = start().await;
    setup.user(&app, "jane@example.com").await;
    let tokens = setup.oauth_tokens(&app, "jane@example.com", &[("scope", "")]).await;
    let scope = claims(tokens["access_token"].as_str().unwrap())["scope"].clone();
    let granted: Vec<&str> = scope.as_str().unwrap().split(' ').collect();
    assert_eq!(granted.len(), 5, "{granted:?}");
}

#[actix_web::test]
async fn a_code_challenge_is_s256_and_whole_or_refused() {
    let (app, setup) = start().await;
    let method = |name| ("code_challenge_method", name);
    let challenge = |text| ("code_challenge", text);
    let long = "a".repeat(129);
    let wrong: [&[(&str, &str)]; 8] = [
        &[challenge(CHALLENGE), method("plain")],
        &[challenge(CHALLENGE), method("s256")],
        &[challenge(CHALLENGE)],
        &[method("S256")],
        &[method("plain")],
        &[challenge(&CHALLENGE[1..]), method("S256")],
        &[challenge(&long), method("S256")],
        &[challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM="), method("S256")],
    ];
    for extra in wrong {
        expect_redirect(&app, &setup, (extra, "invalid_request")).await;
    }
    let right = setup.query(&[challenge(CHALLENGE), method("S256")]);
    assert!(asked(&app, &right).await.header("location").starts_with("/login?"));
}

#[actix_web::test]
async fn a_state_comes_back_as_it_was_sent() {
    let (app, setup) = start().await;
    setup.user(&app, "jane@example.com").await;
    let odd = ["a b+c%20&d=e#f?g", "\u{e9}\u{1f300}\"'<>\\", "{\"a\":[1,2]}", "eyJhIjoxfQ==", "%", "..", " "];
    for state in odd {
        let page = setup.sign_in(&mut Browser::new(&app), "jane@example.com", &[("state", state)]).await;
        assert_eq!(page.query("state").as_deref(), Some(state), "{}", page.url);
        let pairs = refused(&asked(&app, &setup.query(&[("state", state), ("scope", "api/none")])).await, '?');
        assert_eq!(value(&pairs, "state"), state);
    }
    let none = setup.sign_in(&mut Browser::new(&app), "jane@example.com", &[("state", "")]).await;
    assert_eq!(none.query("state"), None, "{}", none.url);
}

#[actix_web::test]
async fn a_callback_with_a_query_is_continued() {
    let (app, setup) = start().await;
    let target = "https://app.example/callback?tenant=1";
    setup.change_client(&app, json!({ "CallbackURLs": [target] })).await;
    setup.user(&app, "jane@example.com").await;
    let query = format!(
        "client_id={}&response_type=code&redirect_uri={}",
        setup.client,
        target.replace('?', "%3F").replace('=', "%3D")
    );
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/oauth2/authorize?{query}")).await;
    let fields = [("username", "jane@example.com"), ("password", crate::support::setup::PASSWORD)];
    let page = browser.submit(&page, "signInSubmitButton", &fields).await;
    assert!(page.url.starts_with("https://app.example/callback?tenant=1&code="), "{}", page.url);
}

#[actix_web::test]
async fn a_resource_becomes_the_audience_of_the_access_token() {
    let (app, setup) = start().await;
    setup.user(&app, "jane@example.com").await;
    for good in ["https://api.example/v1", "http://localhost:8080/api", "myapp://api"] {
        let tokens = setup.oauth_tokens(&app, "jane@example.com", &[("resource", good)]).await;
        assert_eq!(claims(tokens["access_token"].as_str().unwrap())["aud"], good);
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["aud"], setup.client.as_str());
        let again = setup.refresh(&app, tokens["refresh_token"].as_str().unwrap(), &[]).await.json();
        assert_eq!(claims(again["access_token"].as_str().unwrap())["aud"], good, "kept through a refresh");
    }
    for wrong in ["api", "/api", "http://api.example/", "https://api.example/#part"] {
        expect_redirect(&app, &setup, (&[("resource", wrong)], "invalid_request")).await;
    }
}

#[actix_web::test]
async fn a_provider_must_be_the_clients_own() {
    let (app, setup) = start().await;
    let pool_itself = asked(&app, &setup.query(&[("identity_provider", "COGNITO")])).await;
    assert!(pool_itself.header("location").starts_with("/login?"));
    for unknown in ["Google", "cognito", "nobody"] {
        expect_redirect(&app, &setup, (&[("identity_provider", unknown)], "invalid_request")).await;
    }
}

#[actix_web::test]
async fn the_implicit_flow_answers_in_the_fragment_without_a_refresh_token() {
    let (app, setup) = start().await;
    setup.user(&app, "jane@example.com").await;
    let flow = ("response_type", "token");
    let page = setup.sign_in(&mut Browser::new(&app), "jane@example.com", &[flow, ("nonce", "n-1")]).await;
    let (target, fragment) = page.url.split_once('#').unwrap();
    assert_eq!(target, callback());
    let pairs: Vec<_> = url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["id_token", "access_token", "expires_in", "token_type", "state"]);
    assert_eq!((value(&pairs, "expires_in"), value(&pairs, "token_type")), ("3600", "Bearer"));
    assert_eq!(claims(value(&pairs, "id_token"))["nonce"], "n-1");
    assert_eq!(app.get_bearer("/oauth2/userInfo", value(&pairs, "access_token")).await.status, 200);
    let scope = ("scope", "aws.cognito.signin.user.admin");
    let page = setup.sign_in(&mut Browser::new(&app), "jane@example.com", &[flow, scope]).await;
    assert!(page.url.contains("#access_token=") && !page.url.contains("id_token="), "{}", page.url);
}
