//! The end of a session: signed out by the person or by the pool, or with cookies that somebody touched.

use serde_json::json;

use super::stage::{JANE, LARGE, Stage, has_session, short_tokens, with_rotation};
use crate::support::Browser;

#[actix_web::test]
async fn after_signing_out_every_copy_of_the_cookies_is_dead_on_both_instances() {
    for client in [json!({}), with_rotation(short_tokens())] {
        let mut stage = Stage::signed_in(client).await;
        let mut copies = vec![stage.browser.clone()];
        stage.app.advance(2);
        assert_eq!(stage.browser.open("/me").await.answer.status, 200);
        copies.push(stage.browser.clone());
        stage.sign_out().await;
        assert!(!has_session(&stage.browser));
        for mut copy in copies {
            for number in [1, 0] {
                assert_eq!(stage.me(&mut copy.clone(), number).await, 401);
            }
            let page = copy.open("/").await;
            assert!(page.says("Your session has ended."), "{}", page.text());
            assert!(!has_session(&copy));
        }
    }
}

#[actix_web::test]
async fn signing_out_ends_the_session_at_the_pool_but_no_other_sign_in() {
    let mut stage = Stage::signed_in(json!({})).await;
    let mut phone = Browser::at(&stage.sites[0], &stage.app);
    std::mem::swap(&mut stage.browser, &mut phone);
    stage.sign_in().await;
    stage.sign_out().await;
    let page = stage.browser.open("/login").await;
    assert!(page.answer.text.contains("name=\"password\""), "{}", page.text());
    assert_eq!(stage.me(&mut phone, 0).await, 200, "the other device stays signed in");
}

#[actix_web::test]
async fn a_person_whom_the_pool_signs_out_disables_or_deletes_is_told_kindly() {
    for operation in ["AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"] {
        for seconds in [0, 3_500] {
            let mut stage = Stage::signed_in(json!({})).await;
            let user = json!({ "UserPoolId": stage.setup.pool, "Username": JANE });
            let answer = stage.app.api(operation, user).await;
            assert_eq!(answer.status, 200, "{operation}: {}", answer.text);
            stage.app.advance(seconds);
            let mut copy = stage.browser.clone();
            assert_eq!(stage.me(&mut copy, 1).await, 401, "{operation}");
            let page = stage.browser.open("/").await;
            assert_eq!(page.answer.status, 200);
            assert!(page.says("Your session has ended."), "{operation} after {seconds} s: {}", page.text());
            assert!(!has_session(&stage.browser));
        }
    }
}

#[actix_web::test]
async fn touched_cookies_mean_signed_out_and_never_an_error() {
    let stage = Stage::signed_in_with_large_tokens().await;
    let names: Vec<String> =
        stage.browser.cookies.keys().filter(|name| name.starts_with("cenote-demo-session-")).cloned().collect();
    assert!(names.len() >= 2, "the tokens fill several cookies");
    let mut touched = Vec::new();
    for name in &names {
        let mut changed = stage.browser.clone();
        let value = changed.cookies.get_mut(name).unwrap();
        let middle = value.len() / 2;
        let other = if value.as_bytes()[middle] == b'A' { "B" } else { "A" };
        value.replace_range(middle..=middle, other);
        let mut cut = stage.browser.clone();
        cut.cookies.get_mut(name).unwrap().pop();
        let mut missing = stage.browser.clone();
        missing.cookies.remove(name);
        let mut nonsense = stage.browser.clone();
        nonsense.cookies.insert(name.clone(), "%%%;=\"".replace(';', ""));
        touched.extend([changed, cut, missing, nonsense]);
    }
    let mut swapped = stage.browser.clone();
    swapped.cookies.insert(names[0].clone(), stage.browser.cookies[&names[1]].clone());
    swapped.cookies.insert(names[1].clone(), stage.browser.cookies[&names[0]].clone());
    touched.push(swapped);
    for mut browser in touched {
        assert_eq!(stage.me(&mut browser.clone(), 1).await, 401);
        let page = browser.open("/").await;
        assert_eq!(page.answer.status, 200);
        assert!(page.says("Sign people in."), "{}", page.text());
        assert!(!has_session(&browser), "they are removed");
    }
    assert_eq!(stage.me(&mut stage.browser.clone(), 0).await, 200, "the untouched ones still work");
}

#[actix_web::test]
async fn cookies_of_two_sessions_do_not_mix() {
    let mut stage = Stage::signed_in_with_large_tokens().await;
    let first = stage.browser.cookies.clone();
    stage.browser = Browser::at(&stage.sites[0], &stage.app);
    stage.sign_in_as(LARGE).await;
    let mut mixed = stage.browser.clone();
    mixed.cookies.insert("cenote-demo-session-0".to_owned(), first["cenote-demo-session-0"].clone());
    assert_eq!(stage.me(&mut mixed, 0).await, 401);
}

#[actix_web::test]
async fn a_callback_works_once_and_only_in_the_browser_that_began() {
    let mut stage = Stage::set(json!({})).await;
    let page = stage.browser.open("/login").await;
    // A browser that stops at the site's callback instead of opening it.
    let mut pool_only = Browser::new(&stage.app);
    pool_only.cookies = stage.browser.cookies.clone();
    let form = [("username", JANE), ("password", crate::support::setup::PASSWORD)];
    let callback = pool_only.submit(&page, "signInSubmitButton", &form).await.url;
    assert!(callback.starts_with(&format!("{}/callback?", stage.sites[0])), "{callback}");
    let mut victim = Browser::at(&stage.sites[0], &stage.app);
    let page = victim.open(&callback).await;
    assert_eq!(page.answer.status, 400);
    assert!(page.says("This sign-in can't be completed"), "{}", page.text());
    assert!(!has_session(&victim));
    assert!(stage.browser.open(&callback).await.says(&format!("Hello, {JANE}")));
    assert_eq!(stage.browser.open(&callback).await.answer.status, 400);
    assert_eq!(stage.browser.open("/me").await.answer.status, 200, "and the session goes on");
}
