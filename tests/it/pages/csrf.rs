//! Forged posts: another site's form never does anything.

use crate::support::setup::PASSWORD;
use crate::support::{Browser, Setup, TestApp};

const JANE: &str = "jane@example.com";
const FORMS: [&str; 19] = [
    "/login",
    "/signup",
    "/confirm",
    "/resendcode",
    "/forgotPassword",
    "/confirmforgotPassword",
    "/changePassword",
    "/mfa",
    "/selectMFA",
    "/mfa/register/software_token",
    "/mfa/register/email",
    "/confirmUser",
    "/account/password",
    "/account/passkeys",
    "/account/factors",
    "/account/app",
    "/account/providers",
    "/account/devices",
    "/account/sessions",
];

async fn start() -> (TestApp, Setup, Browser) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let mut browser = Browser::new(&app);
    browser.open(&format!("/login?{}", setup.query(&[]))).await;
    (app, setup, browser)
}

/// Posts every form with `headers` and this `_csrf` field; each must answer 403 and change nothing.
async fn expect_refusals(app: &TestApp, setup: &Setup, (browser, headers, token): (&Browser, &[(&str, &str)], &str)) {
    for path in FORMS {
        let email = if path == "/signup" { "new@example.com" } else { JANE };
        let form = [("_csrf", token), ("username", email), ("password", PASSWORD), ("verification_code", "000000")];
        let answer = browser.forge(&format!("{path}?{}", setup.query(&[])), headers, &form).await;
        assert_eq!(answer.status, 403, "{path} {headers:?}: {}", answer.text);
        assert!(answer.text.contains("This page has expired"), "{path}");
        assert!(!answer.headers.get_all("set-cookie").iter().any(|cookie| cookie.as_bytes().starts_with(b"cognito=")));
    }
    assert!(app.messages().is_empty(), "nothing was sent");
}

#[actix_web::test]
async fn the_honest_form_is_accepted() {
    let (_app, setup, browser) = start().await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let form = [("_csrf", token.as_str()), ("username", JANE), ("password", PASSWORD)];
    let path = format!("/login?{}", setup.query(&[]));
    for headers in [&[][..], &[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")]] {
        let answer = browser.forge(&path, headers, &form).await;
        assert!(answer.header("location").contains("code="), "{headers:?}: {} {}", answer.status, answer.text);
    }
}

#[actix_web::test]
async fn a_missing_or_wrong_field_is_refused() {
    let (app, setup, browser) = start().await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    for wrong in ["", "x", &token[1..], &token.to_uppercase(), "00000000-0000-4000-8000-000000000000"] {
        expect_refusals(&app, &setup, (&browser, &[], wrong)).await;
    }
}

#[actix_web::test]
async fn a_missing_short_or_wrong_cookie_is_refused() {
    let (app, setup, browser) = start().await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    expect_refusals(&app, &setup, (&Browser::new(&app), &[], &token)).await;
    for (cookie, field) in [("00000000-0000-4000-8000-000000000000", token.as_str()), ("", ""), ("short", "short")] {
        let mut other = browser.clone();
        other.cookies.insert("XSRF-TOKEN".to_owned(), cookie.to_owned());
        expect_refusals(&app, &setup, (&other, &[], field)).await;
    }
}

#[actix_web::test]
async fn a_post_from_another_place_is_refused_even_with_the_right_field() {
    let (app, setup, browser) = start().await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let host = app.base.strip_prefix("http://").unwrap();
    let lookalikes = [format!("http://{host}.evil.example"), format!("http://x.{host}"), format!("http://{host}0")];
    let mut headers: Vec<(&str, &str)> = vec![
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", ""),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "nonsense"),
    ];
    headers.extend(lookalikes.iter().map(|origin| ("origin", origin.as_str())));
    for header in headers {
        expect_refusals(&app, &setup, (&browser, &[header], &token)).await;
    }
}

#[actix_web::test]
async fn a_forged_post_with_a_live_session_earns_no_code() {
    let (_app, setup, mut browser) = start().await;
    setup.sign_in(&mut browser, JANE, &[]).await;
    let token = browser.cookies["XSRF-TOKEN"].clone();
    let path = format!("/login?{}", setup.query(&[]));
    let refused = browser.forge(&path, &[("origin", "https://evil.example")], &[("_csrf", &token)]).await;
    assert_eq!((refused.status, refused.header("location")), (403, ""));
    let honest = browser.forge(&path, &[], &[("_csrf", &token)]).await;
    assert!(honest.header("location").contains("code="));
}
