//! Tests of renewing a session.

use futures_util::future::join_all;

use super::*;

#[actix_web::test]
async fn tokens_are_renewed_when_less_than_five_minutes_remain() {
    let mut journey = Journey::signed_in().await;
    journey.clock.advance(3_300);
    assert_eq!(journey.browser.get("/me").await.json()["expires"], 1_700_003_600);
    assert_eq!(journey.pool.state().refreshes, 0);
    journey.clock.advance(1);
    assert_eq!(journey.browser.get("/me").await.json()["expires"], 1_700_006_901);
    assert_eq!(journey.browser.get("/me").await.json()["expires"], 1_700_006_901);
    assert_eq!(journey.pool.state().refreshes, 1);
}

#[actix_web::test]
async fn parallel_requests_renew_once_and_late_ones_get_the_same_session() {
    let mut journey = Journey::signed_in().await;
    journey.pool.state().has_rotation = true;
    journey.clock.advance(3_500);
    let old = journey.browser.clone();
    let mut browsers = vec![old.clone(); 8];
    let pages = join_all(browsers.iter_mut().map(|browser| browser.get("/me"))).await;
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(journey.pool.state().refreshes, 1);
    journey.clock.advance(59);
    assert_eq!(old.clone().get("/me").await.status, 200);
    assert_eq!(journey.pool.state().refreshes, 1);
    journey.browser = browsers.remove(0);
    assert_eq!(journey.me().await, 200);
    journey.clock.advance(1);
    assert_eq!(old.clone().get("/me").await.status, 401);
}

#[actix_web::test]
async fn parallel_requests_share_one_question_about_the_session() {
    let journey = Journey::signed_in().await;
    let mut browsers = vec![journey.browser.clone(); 8];
    let pages = join_all(browsers.iter_mut().map(|browser| browser.get("/me"))).await;
    assert!(pages.iter().all(|page| page.status == 200));
    assert!(journey.pool.state().questions < 8);
}

#[actix_web::test]
async fn the_button_renews_even_right_after_a_renewal() {
    let mut journey = Journey::signed_in().await;
    for count in 1..=2 {
        let page = journey.browser.post("/refresh").await;
        assert_eq!((page.status, page.location.as_str()), (303, "/session"));
        assert_eq!(journey.pool.state().refreshes, count);
    }
}

#[actix_web::test]
async fn a_refused_renewal_ends_the_session_kindly() {
    let mut journey = Journey::signed_in().await;
    let copy = journey.browser.clone();
    journey.browser.post("/logout").await;
    journey.clock.advance(3_500);
    journey.browser = copy;
    let page = journey.browser.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Your session has ended."));
    assert!(!journey.browser.cookies.keys().any(|name| name.contains("session")));
}

#[actix_web::test]
async fn a_token_endpoint_in_trouble_leaves_good_tokens_in_use() {
    let mut journey = Journey::signed_in().await;
    for status in [500, 503, 429] {
        journey.pool.state().token_status = Some(status);
        journey.clock.advance(1_150);
        assert_eq!(journey.me().await, 200, "{status}");
    }
    journey.clock.advance(1_000);
    assert_eq!(journey.me().await, 503);
    let page = journey.browser.get("/session").await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("Try again"));
    journey.pool.state().token_status = None;
    assert_eq!(journey.me().await, 200);
}

#[actix_web::test]
async fn a_session_that_cannot_be_confirmed_is_not_shown_and_not_lost() {
    let mut journey = Journey::signed_in().await;
    journey.pool.state().user_info_status = Some(500);
    assert_eq!(journey.me().await, 503);
    let page = journey.browser.get("/").await;
    assert!(page.status == 503 && !page.text.contains("ada@example.com"));
    journey.pool.state().user_info_status = None;
    assert_eq!(journey.me().await, 200);
}

#[actix_web::test]
async fn a_changed_cookie_key_signs_out_unless_the_old_one_is_still_known() {
    let journey = Journey::signed_in().await;
    for (previous, status) in [(Some(KEY), 200), (None, 401)] {
        let base = site(&journey.pool, &journey.clock, |config| {
            config.cookie_key = SecretString::from("another key of thirty-two letters");
            config.previous_cookie_key = previous.map(SecretString::from);
        });
        let mut browser = Browser::new(&base);
        browser.cookies = journey.browser.cookies.clone();
        assert_eq!(browser.get("/me").await.status, status);
        assert_eq!(browser.get("/").await.status, 200);
    }
}

#[actix_web::test]
async fn changed_cookies_mean_signed_out_and_are_removed() {
    let mut journey = Journey::signed_in().await;
    let value = journey.browser.cookies.get_mut("cenote-demo-session-0").unwrap();
    value.replace_range(..4, "AAAA");
    let page = journey.browser.get("/").await;
    assert!(page.status == 200 && page.text.contains("Sign in"));
    assert!(!journey.browser.cookies.keys().any(|name| name.contains("session")));
}
