//! The browser session: the page of the known user, the cookies, the end.

use cenote::cx::Mode;
use reqwest::header::SET_COOKIE;

use crate::support::setup::PASSWORD;
use crate::support::{Answer, Browser, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";

async fn start() -> (TestApp, Setup, Browser) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    (app, setup, browser)
}

#[actix_web::test]
async fn somebody_known_is_offered_to_go_on() {
    let (_app, setup, mut browser) = start().await;
    let page = browser.open(&format!("/login?{}", setup.query(&[("state", "st-2")]))).await;
    assert!(page.says("You are already signed in on this device."), "{}", page.text());
    assert!(page.answer.text.contains(&format!("Sign in as {JANE}?")));
    let page = browser.submit(&page, "signInSubmitButton", &[]).await;
    assert!(page.url.starts_with(callback()), "{}", page.url);
    assert_eq!(page.query("state").as_deref(), Some("st-2"));
}

#[actix_web::test]
async fn somebody_else_can_sign_in_instead() {
    let (app, setup, mut browser) = start().await;
    setup.user(&app, "joe@example.com").await;
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = browser.open(&page.link("Sign in as a different user")).await;
    let fields = [("username", "joe@example.com"), ("password", PASSWORD)];
    let page = browser.submit(&page, "signInSubmitButton", &fields).await;
    assert!(page.url.starts_with(callback()), "{}", page.url);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    assert!(page.answer.text.contains("Sign in as joe@example.com?"), "the new session took the old one's place");
}

#[actix_web::test]
async fn a_session_that_ended_meanwhile_leads_back_to_the_form() {
    let (app, setup, mut browser) = start().await;
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    app.advance(3600);
    let page = browser.submit(&page, "signInSubmitButton", &[]).await;
    assert!(page.url.contains("/login?") && page.answer.text.contains("name=\"password\""), "{}", page.text());
}

#[actix_web::test]
async fn a_made_up_or_cut_session_cookie_is_nobody() {
    let (_app, setup, browser) = start().await;
    let real = browser.cookies["cognito"].clone();
    for wrong in ["x", "", &real[1..], &format!("{real}x"), &real.to_lowercase(), "' OR 1=1 --"] {
        let mut forged = browser.clone();
        forged.cookies.insert("cognito".to_owned(), wrong.to_owned());
        let answer = forged.peek(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
        assert!(answer.header("location").starts_with("/login?"), "{wrong}");
    }
}

#[actix_web::test]
async fn a_session_that_somebody_brings_along_is_replaced_at_sign_in() {
    let (app, setup, _) = start().await;
    let mut victim = Browser::new(&app);
    victim.cookies.insert("cognito".to_owned(), "chosen-by-an-attacker".to_owned());
    setup.sign_in(&mut victim, JANE, &[]).await;
    assert_ne!(victim.cookies["cognito"], "chosen-by-an-attacker");
}

#[actix_web::test]
async fn sign_out_kills_an_old_copy_of_the_cookie() {
    let (_app, setup, mut browser) = start().await;
    let copy = browser.clone();
    let target = "logout_uri=https%3A%2F%2Fapp.example%2Fsigned-out";
    browser.open(&format!("/logout?client_id={}&{target}", setup.client)).await;
    let answer = copy.peek(&format!("/login?{}", setup.query(&[]))).await;
    assert!(answer.text.contains("name=\"password\""), "{}", answer.text);
}

fn cookie<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    let all = answer.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    let mut mine = all.filter_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('='));
    let parts = mine.next_back().unwrap_or_else(|| panic!("no cookie {name}: {:?}", answer.headers));
    parts.split("; ").skip(1).collect()
}

/// Signs in by hand, as a browser in front of a proxy would; the answers that set the cookies.
async fn signed_in(app: &TestApp, setup: &Setup, origin: &str) -> (Answer, Answer) {
    let path = format!("{}/login?{}", app.base, setup.query(&[]));
    let host = origin.split_once("://").unwrap().1;
    let form = crate::support::app::answer(app.http.get(&path).header("host", host)).await;
    let token = form.headers[SET_COOKIE].to_str().unwrap().split([';', '=']).nth(1).unwrap().to_owned();
    let fields = [("_csrf", token.as_str()), ("username", JANE), ("password", PASSWORD)];
    let request = app.http.post(&path).header("host", host).header("origin", origin).form(&fields);
    let done = crate::support::app::answer(request.header("cookie", format!("XSRF-TOKEN={token}"))).await;
    assert!(done.header("location").starts_with(callback()), "{} {}", done.status, done.text);
    (form, done)
}

#[actix_web::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let (app, setup, _) = start().await;
    let (form, done) = signed_in(&app, &setup, &app.base).await;
    assert_eq!(cookie(&form, "XSRF-TOKEN"), ["HttpOnly", "SameSite=Lax", "Path=/"]);
    assert_eq!(cookie(&done, "cognito"), ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=3600"]);
}

#[actix_web::test]
async fn over_https_cookies_are_secure() {
    let app =
        TestApp::start(Mode::Development, |config| config.public_url = "https://auth.example".parse().unwrap()).await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let (form, done) = signed_in(&app, &setup, "https://auth.example").await;
    assert_eq!(cookie(&form, "XSRF-TOKEN"), ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"]);
    assert_eq!(cookie(&done, "cognito"), ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=3600"]);
    let taken = ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=0"];
    assert_eq!(cookie(&done, "__Host-cenote-step"), taken, "also when it is taken away");
}
