//! The account page: what a person changes there, what they must prove for it, and what they cannot reach.

use serde_json::{Value, json};

use super::passkeys::options;
use crate::api::passkey_stage;
use crate::federation::stage::world;
use crate::support::authenticator::Authenticator;
use crate::support::flows::text;
use crate::support::setup::PASSWORD;
use crate::support::steps::totp;
use crate::support::{Browser, Page, Setup, TestApp};

const JANE: &str = "jane@example.com";
const MALLORY: &str = "mallory@example.com";
const NEW: &str = "Another-Horse-2";
/// Longer than a sign-in counts as fresh.
const LATER: i64 = 601;

async fn stage() -> (TestApp, Setup) {
    stage_of(json!({})).await
}

async fn stage_of(pool: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, pool, json!({})).await;
    setup.user(&app, JANE).await;
    setup.user(&app, MALLORY).await;
    (app, setup)
}

fn address(setup: &Setup) -> String {
    format!("/account?client_id={}", setup.client)
}

/// Goes to the account page and signs in on the way.
async fn enter(browser: &mut Browser, setup: &Setup, email: &str) -> Page {
    let page = browser.open(&address(setup)).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("username", email), ("password", PASSWORD)]).await;
    assert!(is_account(&page) && page.says(email), "{}: {}", page.url, page.text());
    page
}

fn is_account(page: &Page) -> bool {
    url::Url::parse(&page.url).unwrap().path() == "/account"
}

async fn change_password(browser: &mut Browser, page: &Page, (current, new, again): (&str, &str, &str)) -> Page {
    let form = browser.open(&page.link("Change password")).await;
    let fields = [("current_password", current), ("new_password", new), ("confirm_password", again)];
    browser.submit(&form, "new_password", &fields).await
}

/// Posts what no button of the page would post; the page afterwards.
async fn post(browser: &mut Browser, (setup, path): (&Setup, &str), form: &[(&str, &str)]) -> Page {
    let path = format!("{path}?client_id={}&response_type=account", setup.client);
    let mut form = form.to_vec();
    let token = browser.cookies["XSRF-TOKEN"].clone();
    form.push(("_csrf", &token));
    let answer = browser.forge(&path, &[], &form).await;
    if answer.status == 302 {
        return browser.open(answer.header("location")).await;
    }
    Page { url: browser.absolute(&path), answer }
}

#[actix_web::test]
async fn whoever_is_not_signed_in_signs_in_first_and_comes_back_without_a_code() {
    let (app, setup) = stage().await;
    let mut browser = Browser::new(&app);
    for path in ["/account", "/account/password", "/account/app"] {
        let page = browser.open(&format!("{path}?client_id={}&response_type=account", setup.client)).await;
        assert!(page.url.contains("/login?") && page.says("Sign in"), "{path}: {}", page.url);
    }
    let told = Browser::new(&app).open("/account?client_id=unknown").await;
    assert_eq!(told.answer.status, 400, "{}", told.url);
    let page = browser.open(&address(&setup)).await;
    let wrong = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", "x")]).await;
    assert!(wrong.says("Incorrect username or password."));
    let page = enter(&mut browser, &setup, JANE).await;
    assert!(page.query("code").is_none(), "{}", page.url);
    let other = browser.open(&address(&setup)).await;
    assert!(is_account(&other), "the session is enough: {}", other.url);
    setup.disable(&app, JANE).await;
    assert!(browser.open(&address(&setup)).await.url.contains("/login?"), "a disabled user is out");
}

#[actix_web::test]
async fn a_session_of_the_app_is_enough_and_the_way_back_is_an_origin_of_the_apps() {
    let (app, setup) = stage().await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    let back = |to: &str| format!("{}&return_to={to}", address(&setup));
    let page = browser.open(&back("https%3A%2F%2Fapp.example%2Fsettings%3Fa%3Db")).await;
    assert_eq!(page.link("Back to the app"), "https://app.example/settings?a=b");
    for hostile in
        ["https%3A%2F%2Fevil.example", "javascript%3Aalert(1)", "https%3A%2F%2Fapp.example.evil.example", "x"]
    {
        let page = browser.open(&back(hostile)).await;
        assert!(is_account(&page) && !page.says("Back to the app"), "{hostile}");
    }
}

#[actix_web::test]
async fn the_password_is_changed_by_whoever_knows_it() {
    let (app, setup) = stage().await;
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    app.advance(LATER);
    let told = change_password(&mut browser, &page, ("wrong", NEW, NEW)).await;
    assert!(told.says("That is not your current password."), "{}", told.text());
    let told = change_password(&mut browser, &page, (PASSWORD, NEW, "other")).await;
    assert!(told.says("The two passwords are not the same."), "{}", told.text());
    let told = change_password(&mut browser, &page, (PASSWORD, "short", "short")).await;
    assert!(told.says("Password did not conform with policy"), "{}", told.text());
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 200, "nothing has changed yet");
    let done = change_password(&mut browser, &page, (PASSWORD, NEW, NEW)).await;
    assert!(is_account(&done) && done.says("Your password has been changed."), "{}", done.text());
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.status, 400);
    assert_eq!(setup.api_sign_in(&app, JANE, NEW).await.status, 200);
    assert!(!browser.open(&address(&setup)).await.says("has been changed"), "a notice is shown once");
}

#[actix_web::test]
async fn guesses_of_the_current_password_lock_the_account_like_those_at_sign_in() {
    let (app, setup) = stage().await;
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    for _ in 0..5 {
        change_password(&mut browser, &page, ("wrong", NEW, NEW)).await;
    }
    let told = change_password(&mut browser, &page, (PASSWORD, NEW, NEW)).await;
    assert!(told.says("Password attempts exceeded"), "{}", told.text());
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.message(), "Password attempts exceeded");
}

#[actix_web::test]
async fn a_change_of_the_ways_in_needs_a_fresh_sign_in() {
    let (app, setup) = stage_of(json!({})).await;
    let factors = json!({ "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {} });
    setup.set_mfa(&app, factors).await;
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    app.advance(LATER);
    let page = browser.submit(&page, "EMAIL_OTP", &[]).await;
    assert!(page.url.contains("/login?") && page.url.contains("prompt=login"), "{}", page.url);
    assert!(page.says("For your safety, please sign in again."), "{}", page.text());
    let old = browser.cookies["cognito"].clone();
    let page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    assert!(is_account(&page) && !page.url.contains("prompt"), "{}", page.url);
    assert!(page.says("Email Off"), "nothing changed without the person: {}", page.text());
    let mut thief = Browser::new(&app);
    thief.cookies.insert("cognito".to_owned(), old);
    assert!(thief.open(&address(&setup)).await.url.contains("/login?"), "the session before has ended");
    let page = browser.submit(&page, "EMAIL_OTP", &[]).await;
    assert!(page.says("Your change is saved.") && page.says("Email On"), "{}", page.text());
    let asked = setup.api_sign_in(&app, JANE, PASSWORD).await.json();
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
}

#[actix_web::test]
async fn an_authenticator_app_is_set_up_preferred_and_switched_off() {
    let (app, setup) = stage().await;
    let factors = json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": {} });
    setup.set_mfa(&app, factors).await;
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    assert!(page.says("Authenticator app Off"), "{}", page.text());
    let page = browser.submit(&page, "start", &[]).await;
    assert!(page.url.contains("/account/app?") && page.answer.text.contains("data:image/svg+xml;base64,"));
    let secret = secret_of(&page);
    assert_eq!(secret_of(&browser.open(&page.url.clone()).await), secret, "loading it again changes nothing");
    let told = browser.submit(&page, "authentication_code", &[("authentication_code", "000000")]).await;
    assert!(told.says("Code mismatch") && secret_of(&told) == secret, "{}", told.text());
    let code = totp(&app, &secret, 0);
    let page = browser.submit(&told, "authentication_code", &[("authentication_code", &code)]).await;
    assert!(page.says("Your change is saved.") && page.says("Authenticator app On"), "{}", page.text());
    let asked = setup.api_sign_in(&app, JANE, PASSWORD).await.json();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let page = browser.submit(&page, "first", &[]).await;
    assert!(page.says("Authenticator app Asked first"), "{}", page.text());
    let page = browser.submit(&page, "off", &[]).await;
    assert!(page.says("Authenticator app Off"), "{}", page.text());
    assert!(setup.tokens(&app, JANE).await["AccessToken"].is_string());
}

#[actix_web::test]
async fn a_passkey_made_on_the_page_is_enough_until_its_owner_says_otherwise() {
    let (app, setup) = passkey_stage().await;
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    let factors = json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {},
        "WebAuthnConfiguration": { "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION" } });
    setup.set_mfa(&app, factors).await;
    let asked = browser.submit(&page, "add", &[]).await;
    let mut authenticator = Authenticator::new("http://localhost:9229");
    let credential = authenticator.create(&options(&asked, "create")).to_string();
    let page = browser.submit(&asked, "create_passkey", &[("credential", &credential)]).await;
    assert!(page.says("Passkeys On") && page.says("Email On"), "{}", page.text());
    let mut sign_in = async || {
        let mut other = Browser::new(&app);
        let page = other.open(&format!("/login?{}", setup.query(&[]))).await;
        let credential = authenticator.get(&options(&page, "get")).to_string();
        other.submit(&page, "passkey_state", &[("credential", &credential)]).await
    };
    assert!(sign_in().await.query("code").is_some());
    let off = [("factor", "passkeys"), ("change", "off")];
    let page = post(&mut browser, (&setup, "/account/factors"), &off).await;
    assert!(page.says("Passkeys Off") && page.says("Email On"), "{}", page.text());
    let asked = sign_in().await;
    assert!(asked.query("code").is_none() && asked.answer.text.contains("authentication_code"), "{}", asked.text());
    let on = [("factor", "passkeys"), ("change", "on")];
    assert!(post(&mut browser, (&setup, "/account/factors"), &on).await.says("Passkeys On"));
}

fn secret_of(page: &Page) -> String {
    let html = scraper::Html::parse_document(&page.answer.text);
    let groups = scraper::Selector::parse(".secret span").unwrap();
    html.select(&groups).map(|group| group.text().collect::<String>()).collect()
}

#[actix_web::test]
async fn the_last_factor_that_a_pool_demands_stays_on() {
    let (app, setup) = stage().await;
    setup.set_mfa(&app, json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {} })).await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&address(&setup)).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    let code = app.code_for(JANE);
    let page = browser.submit(&page, "authentication_code", &[("authentication_code", &code)]).await;
    assert!(is_account(&page) && page.says("A second step is required here"), "{}: {}", page.url, page.text());
    assert!(!page.answer.text.contains("value=\"Turn off\""));
    let form = [("factor", "EMAIL_OTP"), ("change", "off")];
    let told = post(&mut browser, (&setup, "/account/factors"), &form).await;
    assert!(told.says("A second factor is required to sign in."), "{}", told.text());
    for form in [[("factor", "SMS_MFA"), ("change", "on")], [("factor", "x"), ("change", "on")]] {
        let told = post(&mut browser, (&setup, "/account/factors"), &form).await;
        assert!(told.answer.text.contains("role=\"alert\""), "{form:?}: {}", told.text());
    }
}

#[actix_web::test]
async fn passkeys_are_made_listed_and_deleted_by_their_owner_only() {
    let (app, setup) = passkey_stage().await;
    setup.user(&app, MALLORY).await;
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    let asked = browser.submit(&page, "add", &[]).await;
    let mut authenticator = Authenticator::new("http://localhost:9229");
    let junk = browser.submit(&asked, "create_passkey", &[("credential", "{}")]).await;
    assert!(junk.says("The credential is malformed."), "{}", junk.text());
    let credential = authenticator.create(&options(&junk, "create")).to_string();
    let page = browser.submit(&junk, "create_passkey", &[("credential", &credential)]).await;
    assert!(is_account(&page) && page.says("Your passkey is ready.") && page.says("Added"), "{}", page.text());
    let id = page.field("delete", "delete");
    let mut mallory = Browser::new(&app);
    enter(&mut mallory, &setup, MALLORY).await;
    let told = post(&mut mallory, (&setup, "/account/passkeys"), &[("delete", &id)]).await;
    assert!(told.says("WebAuthn credential does not exist."), "{}", told.text());
    app.advance(LATER);
    let stale = post(&mut browser, (&setup, "/account/passkeys"), &[("delete", &id)]).await;
    assert!(stale.url.contains("/login?") && stale.url.contains("prompt=login"), "{}", stale.url);
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let listed = app.ok("ListWebAuthnCredentials", json!({ "AccessToken": token })).await;
    assert_eq!(listed["Credentials"].as_array().unwrap().len(), 1);
    browser.cookies.remove("cognito");
    let page = enter(&mut browser, &setup, JANE).await;
    let page = browser.submit(&page, "delete", &[]).await;
    assert!(page.says("The passkey is deleted.") && !page.says("Added"), "{}", page.text());
    let asked = browser.submit(&page, "add", &[]).await;
    let page = browser.submit(&asked, "not_now", &[]).await;
    assert!(is_account(&page), "{}", page.url);
}

#[actix_web::test]
async fn a_linked_account_is_unlinked_where_another_way_in_remains() {
    let world = world().await;
    let (app, setup) = (&world.app, &world.setup);
    for email in [JANE, MALLORY] {
        setup.user(app, email).await;
    }
    let link = |provider: &str, id: &str| {
        json!({
            "UserPoolId": setup.pool,
            "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": JANE },
            "SourceUser": { "ProviderName": provider, "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": id },
        })
    };
    app.ok("AdminLinkProviderForUser", link("Google", "g-1")).await;
    app.ok("AdminLinkProviderForUser", link("SimulatedOIDC", "o-1")).await;
    let mut mallory = Browser::new(app);
    enter(&mut mallory, setup, MALLORY).await;
    let form = [("provider", "Google"), ("user", "g-1")];
    let told = post(&mut mallory, (setup, "/account/providers"), &form).await;
    assert!(told.says("The account is not linked."), "{}", told.text());
    let mut browser = Browser::new(app);
    let page = enter(&mut browser, setup, JANE).await;
    assert!(page.says("Google") && page.says("SimulatedOIDC"), "{}", page.text());
    let page = browser.submit(&page, "g-1", &[]).await;
    assert!(page.says("The account is no longer linked."), "{}", page.text());
    assert!(!page.answer.text.contains("value=\"g-1\"") && page.answer.text.contains("value=\"o-1\""));
    let token = setup.tokens(app, JANE).await["AccessToken"].clone();
    let user = app.ok("GetUser", json!({ "AccessToken": token })).await.to_string();
    assert!(!user.contains("g-1") && user.contains("o-1"), "{user}");
}

#[actix_web::test]
async fn who_comes_from_a_provider_sees_the_account_and_cannot_cut_it_off() {
    let mut world = world().await;
    let page = world.browser.open(&address(&world.setup)).await;
    let picker = world.browser.open(&page.link("Continue with Google")).await;
    let page = world.pick(&picker, &[("person", "ada@example.com")]).await;
    assert!(is_account(&page) && page.says("This is how you sign in, so it stays."), "{}: {}", page.url, page.text());
    assert!(!page.says("Change password") && !page.says("Set a password"), "{}", page.text());
    let user = world.app.ok("ListUsers", json!({ "UserPoolId": world.setup.pool })).await;
    let name = user["Users"][0]["Username"].as_str().unwrap().to_owned();
    let id = name.split_once('_').unwrap().1.to_owned();
    let form = [("provider", "Google"), ("user", id.as_str())];
    let told = post(&mut world.browser, (&world.setup, "/account/providers"), &form).await;
    assert!(told.says("It is the only way to sign in."), "{}", told.text());
}

#[actix_web::test]
async fn a_sign_in_that_a_provider_refuses_ends_on_the_sign_in_page_with_the_reason() {
    let mut world = world().await;
    let page = world.browser.open(&address(&world.setup)).await;
    let picker = world.browser.open(&page.link("Continue with Google")).await;
    let state = picker.query("state").expect("the request to the provider has a state");
    let back = format!("/oauth2/idpresponse?error=access_denied&state={state}");
    let told = world.browser.open(&back).await;
    assert!(told.answer.text.contains("role=\"alert\"") && told.says("Sign in"), "{}: {}", told.url, told.text());
}

#[actix_web::test]
async fn a_device_is_forgotten_by_its_owner_only() {
    let (app, setup) = stage_of(json!({ "DeviceConfiguration": {} })).await;
    let tokens = setup.tokens(&app, JANE).await;
    let key = tokens["NewDeviceMetadata"]["DeviceKey"].as_str().unwrap().to_owned();
    let group = tokens["NewDeviceMetadata"]["DeviceGroupKey"].as_str().unwrap();
    let identity = crate::support::device::Identity { group, name: &key, password: "secret" };
    let body = json!({
        "AccessToken": tokens["AccessToken"], "DeviceKey": key, "DeviceName": "<b>Jane's phone",
        "DeviceSecretVerifierConfig": crate::support::device::verifier(identity),
    });
    app.ok("ConfirmDevice", body).await;
    let mut mallory = Browser::new(&app);
    let page = enter(&mut mallory, &setup, MALLORY).await;
    assert!(!page.says("Remembered devices"));
    let told = post(&mut mallory, (&setup, "/account/devices"), &[("device", &key)]).await;
    assert!(told.says("Device does not exist."), "{}", told.text());
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    assert!(page.says("<b>Jane's phone Trusted"), "{}", page.text());
    app.advance(LATER);
    let page = browser.submit(&page, &key, &[]).await;
    assert!(page.says("The device is forgotten.") && !page.says("Remembered devices"), "{}", page.text());
}

#[actix_web::test]
async fn sessions_are_listed_and_ended_one_by_one() {
    let (app, setup) = stage().await;
    let tracking =
        json!({ "UserPoolId": setup.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 } });
    app.ok("SetUserPoolSessionConfiguration", tracking).await;
    let mut other = Browser::new(&app);
    let code = setup.sign_in(&mut other, JANE, &[]).await.query("code").unwrap();
    let refresh = text(&setup.exchange(&app, &code, &[]).await.json(), "refresh_token").to_owned();
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    assert!(
        page.says("This browser") && page.says("test-client · Unknown device") && page.says("From 127.0.0.1"),
        "{}",
        page.text()
    );
    let listed = app.ok("AdminListUserSessions", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    let listed = listed["Sessions"].as_array().unwrap();
    assert_eq!(listed.len(), 3, "two browsers and an app");
    let sessions: Vec<_> = listed.iter().map(|session| text(session, "SessionId").to_owned()).collect();
    let theirs = listed.iter().find(|session| session.get("OriginSessionId").is_some()).unwrap();
    let origin = text(theirs, "OriginSessionId").to_owned();
    let mut mallory = Browser::new(&app);
    enter(&mut mallory, &setup, MALLORY).await;
    for id in &sessions {
        let told = post(&mut mallory, (&setup, "/account/sessions"), &[("session", id)]).await;
        assert!(told.says("Session does not exist."), "{}", told.text());
    }
    app.advance(LATER);
    let page = browser.submit(&page, &origin, &[]).await;
    assert!(page.says("That session has ended."), "{}", page.text());
    assert_eq!(setup.refresh(&app, &refresh, &[]).await.status, 400, "its app is signed out as well");
    assert!(other.open(&address(&setup)).await.url.contains("/login?"), "and its browser");
    assert!(is_account(&browser.open(&address(&setup)).await), "this one is not");
    let page = browser.submit(&page, "here", &[]).await;
    assert!(page.url.contains("/login?") && !browser.cookies.contains_key("cognito"), "{}", page.url);
}

#[actix_web::test]
async fn signing_out_everywhere_ends_browsers_and_apps() {
    let (app, setup) = stage().await;
    let mut other = Browser::new(&app);
    let code = setup.sign_in(&mut other, JANE, &[]).await.query("code").unwrap();
    let refresh = text(&setup.exchange(&app, &code, &[]).await.json(), "refresh_token").to_owned();
    let mut mallory = Browser::new(&app);
    enter(&mut mallory, &setup, MALLORY).await;
    let mut browser = Browser::new(&app);
    let page = enter(&mut browser, &setup, JANE).await;
    let stolen = browser.clone();
    let page = browser.submit(&page, "everywhere", &[]).await;
    assert!(page.url.contains("/login?") && page.says("You are signed out everywhere."), "{}", page.text());
    assert_eq!(setup.refresh(&app, &refresh, &[]).await.status, 400);
    for mut browser in [browser, other, stolen] {
        assert!(browser.open(&address(&setup)).await.url.contains("/login?"));
    }
    assert!(is_account(&mallory.open(&address(&setup)).await), "others stay");
}

#[actix_web::test]
async fn a_client_that_asks_at_every_sign_in_does_not_ask_in_circles() {
    let (app, setup) = stage().await;
    let tracking =
        json!({ "UserPoolId": setup.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 } });
    app.ok("SetUserPoolSessionConfiguration", tracking).await;
    let never =
        json!({ "UserPoolId": setup.pool, "ClientId": setup.client, "SSOSession": { "MaxValidityMinutes": 0 } });
    app.ok("SetUserPoolClientSessionConfiguration", never).await;
    let mut browser = Browser::new(&app);
    enter(&mut browser, &setup, JANE).await;
    app.advance(LATER);
    assert!(browser.open(&address(&setup)).await.url.contains("/login?"));
}
