//! What survives a restart, what stops a start, and what several instances on one database know of each other.

use std::time::Duration;

use cenote::app::StartError;
use cenote::cx::Mode;
use serde_json::json;

use crate::support::flows::text;
use crate::support::setup::PASSWORD;
use crate::support::{Answer, Browser, Setup, TestApp, callback};

const JANE: &str = "jane@example.com";

async fn start() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

async fn try_password(app: &TestApp, setup: &Setup, password: &str) -> Answer {
    let parameters = json!({ "USERNAME": JANE, "PASSWORD": password });
    let request = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": setup.client, "AuthParameters": parameters });
    app.api("InitiateAuth", request).await
}

#[actix_web::test]
async fn a_restart_keeps_users_keys_sessions_codes_and_tokens() {
    let (app, setup) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let code = setup.code(&app, JANE, &[]).await;
    let mut browser = Browser::new(&app);
    setup.sign_in(&mut browser, JANE, &[]).await;
    let jwks = format!("/{}/.well-known/jwks.json", setup.pool);
    let before = app.get(&jwks).await.text;
    let public_url = app.cx.config.public_url.clone();
    let app = app.restart(|config| config.issuer_base = Some(public_url)).await;
    assert_eq!(app.get(&jwks).await.text, before);
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 200);
    assert_eq!(setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await.status, 200);
    assert_eq!(setup.exchange(&app, &code, &[]).await.status, 200);
    assert_eq!(try_password(&app, &setup, PASSWORD).await.status, 200);
    let mut known = Browser::new(&app);
    known.cookies = browser.cookies.clone();
    let page = known.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(page.url.starts_with(callback()), "{}", page.url);
}

#[actix_web::test]
async fn a_restart_keeps_locks_revocations_and_spent_codes() {
    let (app, setup) = start().await;
    let tokens = setup.oauth_tokens(&app, JANE, &[]).await;
    let form = [("token", text(&tokens, "refresh_token")), ("client_id", &setup.client)];
    assert_eq!(app.post_form("/oauth2/revoke", &form).await.status, 200);
    let code = setup.code(&app, JANE, &[]).await;
    assert_eq!(setup.exchange(&app, &code, &[]).await.status, 200);
    for _ in 0..5 {
        try_password(&app, &setup, "Wrong-Horse-1").await;
    }
    let public_url = app.cx.config.public_url.clone();
    let app = app.restart(|config| config.issuer_base = Some(public_url)).await;
    let locked = try_password(&app, &setup, PASSWORD).await;
    assert_eq!(locked.message(), "Password attempts exceeded");
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 401);
    assert_eq!(setup.refresh(&app, text(&tokens, "refresh_token"), &[]).await.status, 400);
    assert_eq!(setup.exchange(&app, &code, &[]).await.json()["error"], "invalid_grant");
    app.advance(1);
    assert_eq!(try_password(&app, &setup, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn another_master_key_is_refused_and_nothing_is_changed() {
    let (app, setup) = start().await;
    let right = app.cx.config.master_key.clone();
    let wrong = "another master key that opens nothing at all";
    let config = app.cx.config.clone();
    let second = app.second_instance().await;
    let Err(fault) = second.try_restart(|config| config.master_key = Some(wrong.into())).await else {
        panic!("it started");
    };
    assert!(matches!(fault, StartError::WrongMasterKey));
    let sentence = "The master key is not the one that this database was made with. Nothing was changed.";
    assert_eq!(fault.to_string(), sentence);
    let app = app.restart(move |settings| (settings.master_key, settings.limits) = (right, config.limits)).await;
    assert_eq!(try_password(&app, &setup, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn a_port_in_use_is_told_with_what_to_do() {
    let (app, _) = start().await;
    let taken = app.base.strip_prefix("http://").unwrap().to_owned();
    let second = app.second_instance().await;
    let wanted = taken.clone();
    let Err(fault) = second.try_restart(|config| config.listen = wanted).await else { panic!("it started") };
    let sentence = format!(
        "{taken} is in use. Stop the other program, or choose another port with --port or the setting `listen`."
    );
    assert_eq!(fault.to_string(), sentence);
}

#[actix_web::test]
async fn a_development_server_stays_on_this_machine() {
    let (app, _) = start().await;
    let Err(fault) = app.try_restart(|config| config.listen = "0.0.0.0:0".to_owned()).await else {
        panic!("it started")
    };
    assert!(matches!(fault, StartError::NotLoopback(_)), "{fault}");
}

#[actix_web::test]
async fn a_folder_that_cannot_be_made_is_told() {
    let (app, _) = start().await;
    let folder = std::path::PathBuf::from("/proc/nowhere/data");
    let Err(fault) = app.try_restart(|config| config.data = folder).await else { panic!("it started") };
    assert!(fault.to_string().starts_with("/proc/nowhere/data: "), "{fault}");
    assert!(fault.to_string().contains("Choose a folder that can be written"), "{fault}");
}

#[actix_web::test]
async fn production_without_a_master_key_is_refused() {
    let app = TestApp::start(Mode::Production, |_| ()).await;
    let Err(fault) = app.try_restart(|config| config.master_key = None).await else { panic!("it started") };
    assert!(matches!(fault, StartError::NoMasterKey), "{fault}");
    assert!(fault.to_string().starts_with("No master key: set CENOTE_MASTER_KEY"), "{fault}");
}

#[actix_web::test]
async fn the_data_folder_and_what_is_in_it_are_the_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (app, _) = start().await;
    let app = app.restart(|config| {
        config.data = config.data.join("inner");
        (config.master_key, config.database) = (None, None);
    });
    let app = app.await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&app.cx.config.data), 0o700);
    for file in ["master.key", "cenote.sqlite"] {
        assert_eq!(mode(&app.cx.config.data.join(file)), 0o600, "{file}");
    }
}

/// Two instances that share an issuer, as several behind one address do.
async fn two_instances() -> (TestApp, TestApp, Setup) {
    let base = "https://auth.example".parse::<url::Url>().unwrap();
    let one = TestApp::start(Mode::Development, |config| config.issuer_base = Some(base)).await;
    let two = one.second_instance().await;
    let setup = Setup::new(&one).await;
    setup.user(&one, JANE).await;
    (one, two, setup)
}

#[actix_web::test]
async fn a_change_of_a_client_is_known_on_the_other_instance_within_two_seconds() {
    let (one, two, setup) = two_instances().await;
    let query = setup.query(&[]);
    let login = two.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(login.header("location").starts_with("/login?"), "a new client is known at once");
    setup.change_client(&one, json!({ "CallbackURLs": ["https://other.example/"] })).await;
    let here = one.get(&format!("/oauth2/authorize?{query}")).await;
    assert!(here.header("location").starts_with("/error?"), "here at once");
    for _ in 0..20 {
        if two.get(&format!("/oauth2/authorize?{query}")).await.header("location").starts_with("/error?") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the other instance still serves the old settings");
}

#[actix_web::test]
async fn a_revocation_holds_on_the_other_instance_at_once() {
    let (one, two, setup) = two_instances().await;
    let tokens = setup.oauth_tokens(&one, JANE, &[]).await;
    let info = async || two.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status;
    assert_eq!(info().await, 200);
    let form = [("token", text(&tokens, "refresh_token")), ("client_id", &setup.client)];
    assert_eq!(one.post_form("/oauth2/revoke", &form).await.status, 200);
    assert_eq!(info().await, 401);
    assert_eq!(setup.refresh(&two, text(&tokens, "refresh_token"), &[]).await.status, 400);
}

#[actix_web::test]
async fn sessions_codes_and_steps_cross_instances() {
    let (one, two, setup) = two_instances().await;
    let mut browser = Browser::new(&one);
    let code = setup.sign_in(&mut browser, JANE, &[]).await.query("code").unwrap();
    assert_eq!(setup.exchange(&two, &code, &[]).await.status, 200);
    assert_eq!(setup.exchange(&one, &code, &[]).await.json()["error"], "invalid_grant");
    let mut other = Browser::new(&two);
    other.cookies = browser.cookies.clone();
    let page = other.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(page.url.starts_with(callback()), "{}", page.url);
    let target = "logout_uri=https%3A%2F%2Fapp.example%2Fsigned-out";
    other.open(&format!("/logout?client_id={}&{target}", setup.client)).await;
    let asked = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    assert!(asked.url.contains("/login?"), "signed out on one, signed out on both");
}

#[actix_web::test]
async fn guesses_on_two_instances_are_counted_together() {
    let (one, two, setup) = two_instances().await;
    for run in 0..5 {
        let app = [&one, &two][run % 2];
        assert_eq!(try_password(app, &setup, "Wrong-Horse-1").await.message(), "Incorrect username or password.");
    }
    for app in [&one, &two] {
        assert_eq!(try_password(app, &setup, PASSWORD).await.message(), "Password attempts exceeded");
    }
}

#[actix_web::test]
async fn of_guesses_in_parallel_on_two_instances_five_are_answered() {
    let (one, two, setup) = two_instances().await;
    let guesses = (0..16).map(|run| try_password([&one, &two][run % 2], &setup, "Wrong-Horse-1"));
    let answers = futures_util::future::join_all(guesses).await;
    let told = answers.iter().filter(|answer| answer.message() == "Incorrect username or password.").count();
    assert_eq!(told, 5);
}

#[actix_web::test]
async fn a_disabled_user_is_refused_on_the_other_instance_at_once() {
    let (one, two, setup) = two_instances().await;
    let tokens = setup.oauth_tokens(&two, JANE, &[]).await;
    setup.disable(&one, JANE).await;
    assert_eq!(two.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 401);
    assert_eq!(try_password(&two, &setup, PASSWORD).await.message(), "User is disabled.");
}
