//! Tests of signing in.

use super::*;
use crate::demo::journey::fake_pool::Spoiled;

#[actix_web::test]
async fn a_person_signs_in_and_is_known_everywhere() {
    let mut journey = Journey::start();
    let page = journey.browser.get("/").await;
    assert!(page.text.contains("Continue with Google"));
    assert_eq!(journey.me().await, 401);
    let page = journey.sign_in("/login?return_to=%2Fsession%3Fa%3Db").await;
    assert_eq!((page.status, page.location.as_str()), (303, "/session?a=b"));
    let me = journey.browser.get("/me").await;
    assert_eq!(me.header("cache-control"), "no-store");
    assert_eq!(
        me.json(),
        serde_json::json!({"sub": "sub-1", "username": "ada", "email": "ada@example.com", "email_verified": true,
            "name": "Ada <b>Lovelace</b>", "groups": ["engineers", "poets"], "expires": 1_700_003_600})
    );
    let session = journey.browser.get("/session").await;
    assert!(session.text.contains("1 h 0 min") && !session.text.contains("refresh-code-1-0"));
    let home = journey.browser.get("/").await.text;
    assert!(home.contains("ada@example.com") && !home.contains("<b>Lovelace"));
}

#[actix_web::test]
async fn the_request_to_the_pool_carries_state_nonce_and_challenge() {
    let mut journey = Journey::start();
    let to_pool = journey.browser.get("/login?provider=Google").await.location;
    let url = url::Url::parse(&to_pool).unwrap();
    let query: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["identity_provider"], "Google");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["scope"], "openid email");
    assert_eq!((query["state"].len(), query["nonce"].len(), query["code_challenge"].len()), (43, 43, 43));
    let other = journey.browser.get("/login?provider=Evil").await.location;
    assert!(!other.contains("identity_provider"));
}

#[actix_web::test]
async fn large_tokens_survive_the_journey() {
    let mut journey = Journey::start();
    journey.pool.state().padding = 9_000;
    journey.sign_in("/login").await;
    assert!(journey.browser.cookies.len() > 4);
    assert_eq!(journey.me().await, 200);
}

#[actix_web::test]
async fn two_tabs_can_sign_in_at_once() {
    let mut journey = Journey::start();
    let one = journey.callback("/login?return_to=/one").await;
    let two = journey.callback("/login?return_to=/two").await;
    assert_eq!(journey.browser.get(&one).await.location, "/one");
    assert_eq!(journey.browser.get(&two).await.location, "/two");
}

#[actix_web::test]
async fn a_callback_is_refused_when_this_browser_did_not_ask_for_it() {
    let mut journey = Journey::start();
    let callback = journey.callback("/login").await;
    let mut victim = Browser::new(&journey.browser.base);
    let page = victim.get(&callback).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("Start again"));
    assert_eq!(victim.get("/me").await.status, 401);
    for path in [
        "/callback",
        "/callback?code=x&state=y",
        "/callback?error=x&error_description=attack",
        "/callback?state=&state=",
    ] {
        let page = victim.get(path).await;
        assert_eq!(page.status, 400, "{path}");
        assert!(!page.text.contains("attack"));
    }
}

#[actix_web::test]
async fn a_callback_is_refused_the_second_time_and_after_ten_minutes() {
    let mut journey = Journey::start();
    let callback = journey.callback("/login").await;
    assert_eq!(journey.browser.get(&callback).await.status, 303);
    assert_eq!(journey.browser.get(&callback).await.status, 400);
    let late = journey.callback("/login").await;
    journey.clock.advance(600);
    assert_eq!(journey.browser.get(&late).await.status, 400);
}

#[actix_web::test]
async fn an_error_of_the_pool_is_shown_escaped() {
    let mut journey = Journey::start();
    let callback = journey.callback("/login").await;
    let state = callback.split("state=").nth(1).unwrap().to_owned();
    let path = format!("/callback?error=invalid_request&error_description=PreSignUp+%3Cscript%3E&state={state}");
    let page = journey.browser.get(&path).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("PreSignUp &#60;script&#62;"), "{}", page.text);
    assert_eq!(journey.me().await, 401);
}

#[actix_web::test]
async fn tokens_that_do_not_verify_sign_nobody_in() {
    use Spoiled::*;
    for spoiled in [
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
    ] {
        let mut journey = Journey::start();
        journey.pool.state().spoiled = spoiled;
        let page = journey.sign_in("/login").await;
        assert_eq!(page.status, 502, "{spoiled:?}");
        assert_eq!(journey.me().await, 401, "{spoiled:?}");
    }
}

#[actix_web::test]
async fn a_new_key_of_the_pool_is_found_but_not_looked_for_all_the_time() {
    let mut journey = Journey::signed_in().await;
    journey.pool.change_key();
    assert_eq!(journey.sign_in("/login").await.status, 303);
    journey.pool.change_key();
    assert_eq!(journey.sign_in("/login").await.status, 502);
    journey.clock.advance(60);
    assert_eq!(journey.sign_in("/login").await.status, 303);
}

#[actix_web::test]
async fn every_answer_forbids_what_no_page_needs() {
    let mut journey = Journey::start();
    for path in
        ["/", "/login", "/me", "/session", "/signed-out", "/callback", "/nowhere", "/assets/demo.css", "/favicon.ico"]
    {
        let page = journey.browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(policy.contains(&format!("form-action 'self' {}", journey.pool.base)));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("strict-transport-security"), "");
    }
}

#[actix_web::test]
async fn a_site_under_https_binds_its_cookies_and_browsers_to_it() {
    let mut journey = Journey::start();
    let (base, address) = instance(&journey.pool, &journey.clock, |config| {
        config.public_url = "https://demo.example".parse().unwrap();
    });
    assert_eq!(base, "https://demo.example/");
    journey.browser = Browser::new(&format!("http://{address}"));
    let page = journey.browser.get("/login").await;
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
    assert!(page.location.contains("redirect_uri=https%3A%2F%2Fdemo.example%2Fcallback"));
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-cenote-demo-attempt-") && cookie.contains("; Secure"), "{cookie}");
}

#[actix_web::test]
async fn the_site_says_so_when_the_pool_is_out_of_reach() {
    let mut journey = Journey::start();
    journey.browser = Browser::new(&site(&journey.pool, &journey.clock, |config| {
        config.issuer = "http://127.0.0.1:1/pool".to_owned();
    }));
    assert_eq!(journey.browser.get("/").await.status, 200);
    let page = journey.browser.get("/login?return_to=/session").await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("/login?return_to=/session"));
}

#[actix_web::test]
async fn an_issuer_that_names_itself_otherwise_is_refused() {
    let mut journey = Journey::start();
    let issuer = journey.pool.issuer().replace("127.0.0.1", "localhost");
    journey.browser = Browser::new(&site(&journey.pool, &journey.clock, |config| config.issuer = issuer));
    assert_eq!(journey.browser.get("/login").await.status, 503);
}

#[actix_web::test]
async fn a_hosted_domain_that_differs_from_discovery_is_used() {
    let mut journey = Journey::start();
    journey.browser = Browser::new(&site(&journey.pool, &journey.clock, |config| {
        config.hosted_domain = Some("https://example.auth.us-east-1.amazoncognito.com".parse().unwrap());
    }));
    let page = journey.browser.get("/login").await;
    assert!(page.location.starts_with("https://example.auth.us-east-1.amazoncognito.com/oauth2/authorize?"));
}
