//! Tests of signing out.

use reqwest::Method;

use super::*;

#[actix_web::test]
async fn signing_out_leads_to_the_pool_and_back() {
    let mut journey = Journey::signed_in().await;
    let page = journey.browser.post("/logout").await;
    assert_eq!(page.status, 303);
    let back: String =
        url::form_urlencoded::byte_serialize(format!("{}/signed-out", journey.browser.base).as_bytes()).collect();
    assert_eq!(page.location, format!("{}/logout?client_id=client-1&logout_uri={back}", journey.pool.base));
    assert_eq!(journey.me().await, 401);
    assert!(journey.browser.get("/signed-out").await.text.contains("You are signed out"));
}

#[actix_web::test]
async fn an_old_copy_of_the_cookies_is_dead_on_every_instance() {
    let mut journey = Journey::signed_in().await;
    let mut copy = journey.browser.clone();
    let mut elsewhere = Browser::new(&site(&journey.pool, &journey.clock, |_| ()));
    elsewhere.cookies = copy.cookies.clone();
    assert_eq!(elsewhere.get("/me").await.status, 200);
    journey.browser.post("/logout").await;
    assert_eq!(copy.get("/me").await.status, 401);
    assert_eq!(elsewhere.get("/me").await.status, 401);
}

#[actix_web::test]
async fn signing_out_with_cookies_from_before_a_rotation_ends_the_new_session_too() {
    let mut journey = Journey::signed_in().await;
    journey.pool.state().has_rotation = true;
    journey.browser.get("/").await;
    let mut old = journey.browser.clone();
    let token = journey.browser.cookies["cenote-demo-csrf"].clone();
    journey.clock.advance(3_500);
    assert_eq!(journey.me().await, 200);
    let page = old.send(Method::POST, "/logout", vec![("_csrf", token)]).await;
    assert_eq!(page.status, 303);
    assert_eq!(journey.me().await, 401);
}

#[actix_web::test]
async fn a_sign_out_or_renewal_that_no_page_of_ours_sent_is_refused() {
    let mut journey = Journey::signed_in().await;
    for path in ["/logout", "/refresh"] {
        assert_eq!(journey.browser.send(Method::POST, path, Vec::new()).await.status, 403);
        assert_eq!(journey.browser.get(path).await.status, 405);
    }
    assert_eq!(journey.me().await, 200);
}

#[actix_web::test]
async fn signing_out_works_when_nobody_is_signed_in() {
    let mut journey = Journey::start();
    journey.browser.get("/").await;
    let token = journey.browser.cookies["cenote-demo-csrf"].clone();
    assert_eq!(journey.browser.send(Method::POST, "/logout", vec![("_csrf", token)]).await.status, 303);
}
