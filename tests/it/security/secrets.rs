//! Secrets stay secret: in the database file, in the log, in what prints a value.

use cenote::config::{AdminKey, Smtp};
use serde_json::json;

use crate::support::{Browser, Setup, TestApp, log};

const PASSWORD: &str = "Oyster-Lantern-81";
const NEW_PASSWORD: &str = "Marble-Thicket-47";
const TEMPORARY: &str = "Copper-Meadow-63";
const WRONG: &str = "Wicker-Harbour-29";

/// What happened, and every secret that took part in it, under a name.
struct Story {
    app: TestApp,
    secrets: Vec<(&'static str, String)>,
}

/// A life with all secrets in it: sign-up, code, sign-ins by API and browser, reset, invitation.
async fn live() -> Story {
    log::record();
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), json!({ "GenerateSecret": true })).await;
    let public = setup.through(setup.another_client(&app, json!({})).await.0);
    let jane = "jane.of.the.vault@example.com";
    let mut secrets = vec![
        ("password", PASSWORD.to_owned()),
        ("new password", NEW_PASSWORD.to_owned()),
        ("temporary password", TEMPORARY.to_owned()),
        ("wrong password", WRONG.to_owned()),
        ("client secret", setup.secret.clone()),
        ("master key", "a master key for tests, not for anything else".to_owned()),
    ];
    app.ok("SignUp", json!({ "ClientId": public.client, "Username": jane, "Password": PASSWORD })).await;
    let code = app.code_for(jane);
    let confirm = json!({ "ClientId": public.client, "Username": jane, "ConfirmationCode": code });
    app.ok("ConfirmSignUp", confirm).await;
    app.ok("ForgotPassword", json!({ "ClientId": public.client, "Username": jane })).await;
    let reset_code = app.code_for(jane);
    let reset = json!({ "ClientId": public.client, "Username": jane, "ConfirmationCode": reset_code, "Password": NEW_PASSWORD });
    assert_eq!(public.api_sign_in(&app, jane, WRONG).await.status, 400);
    app.ok("ConfirmForgotPassword", reset).await;
    let tokens = public.api_sign_in(&app, jane, NEW_PASSWORD).await.json()["AuthenticationResult"].clone();
    for name in ["AccessToken", "IdToken", "RefreshToken"] {
        secrets.push((name, tokens[name].as_str().unwrap().to_owned()));
    }
    app.ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
    app.ok("GetTokensFromRefreshToken", json!({ "ClientId": public.client, "RefreshToken": tokens["RefreshToken"] }))
        .await;
    let invited = json!({
        "UserPoolId": setup.pool, "Username": "invited@example.com", "TemporaryPassword": TEMPORARY,
        "DesiredDeliveryMediums": ["EMAIL"],
    });
    app.ok("AdminCreateUser", invited).await;
    let asked = public.api_sign_in(&app, "invited@example.com", TEMPORARY).await.json();
    secrets.push(("challenge session", asked["Session"].as_str().unwrap().to_owned()));
    secrets.extend(by_browser(&app, &setup, jane).await);
    Story { app, secrets }
}

/// A sign-in on the hosted page and the exchange of its code: session cookie, authorization code, refresh token.
async fn by_browser(app: &TestApp, setup: &Setup, username: &str) -> Vec<(&'static str, String)> {
    let mut browser = Browser::new(app);
    let page = browser.open(&format!("/oauth2/authorize?{}", setup.query(&[]))).await;
    let fields = [("username", username), ("password", NEW_PASSWORD)];
    let page = browser.submit(&page, "signInSubmitButton", &fields).await;
    let code = page.query("code").unwrap();
    let form =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", crate::support::callback())];
    let tokens = app.post_basic("/oauth2/token", (&setup.client, &setup.secret), &form).await.json();
    let cookies = browser.cookies.values().filter(|value| value.len() > 30).map(|value| ("cookie", value.clone()));
    let mut secrets: Vec<_> = cookies.collect();
    assert!(!secrets.is_empty(), "{:?}", browser.cookies);
    secrets.push(("authorization code", code));
    secrets.push(("refresh token of the browser", tokens["refresh_token"].as_str().unwrap().to_owned()));
    secrets
}

#[actix_web::test]
async fn the_database_file_holds_no_secret() {
    let story = live().await;
    if story.app.cx.config.database.is_some() {
        return;
    }
    let mut looked_at = Vec::new();
    for file in std::fs::read_dir(story.app.folder()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for (name, secret) in &story.secrets {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "the {name} stands in {}", path.display());
        }
        let is_there = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        looked_at.push((path.display().to_string(), is_there("jane.of.the.vault@example.com")));
    }
    assert!(looked_at.iter().any(|(_, has_address)| *has_address), "the user stands nowhere: {looked_at:?}");
    assert!(looked_at.iter().any(|(path, _)| path.ends_with("-wal")), "{looked_at:?}");
}

#[actix_web::test]
async fn the_tables_hold_no_code_that_could_be_tried_offline() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    app.ok("SignUp", json!({ "ClientId": setup.client, "Username": "a@example.com", "Password": PASSWORD })).await;
    let code = app.code_for("a@example.com");
    let mut db = app.cx.store.read().await.unwrap();
    let row = sqlx::query("SELECT code_mac, sub FROM codes").fetch_one(&mut *db).await.unwrap();
    let kept: String = sqlx::Row::get(&row, "code_mac");
    let sub: String = sqlx::Row::get(&row, "sub");
    for guess in [code.clone(), format!("{sub}{code}"), format!("{code}{sub}")] {
        assert_ne!(kept, cenote::crypto::digest::sha256_base64url(&guess));
    }
    assert!(!kept.contains(&code), "{kept}");
}

#[actix_web::test]
async fn the_log_holds_no_secret() {
    let story = live().await;
    let log = log::recorded();
    assert!(log.contains("signed in by the API") && log.contains("user signed up"), "the log was recorded");
    for (name, secret) in &story.secrets {
        assert!(!log.contains(secret.as_str()), "the {name} stands in the log");
    }
}

#[actix_web::test]
async fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = TestApp::new().await;
    Setup::new(&app).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(app.folder()), 0o700);
    for file in std::fs::read_dir(app.folder()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[actix_web::test]
async fn what_prints_a_value_prints_no_secret() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({}), json!({ "GenerateSecret": true })).await;
    setup.user(&app, "jane@example.com").await;
    let client = app.cx.client(&setup.client).await.unwrap();
    let mut db = app.cx.store.read().await.unwrap();
    let user = cenote::store::users::by_login(&mut db, client.pool_id(), "jane@example.com").await.unwrap().unwrap();
    let smtp = Smtp {
        host: "mail.example".to_owned(),
        port: None,
        tls: cenote::config::SmtpTls::Starttls,
        username: None,
        password: Some(WRONG.to_owned().into()),
        from: "a@example.com".to_owned(),
    };
    let key = AdminKey { access_key_id: "AKID".to_owned(), secret_access_key: TEMPORARY.to_owned().into() };
    let credential = user.credential.clone().unwrap();
    let printed = [
        format!("{:?}", client.client),
        format!("{user:?}"),
        format!("{smtp:?} {key:?}"),
        format!("{:?}", app.cx.config),
        format!("{:?}", app.cx.secrets),
    ];
    let secrets = [
        setup.secret.as_str(),
        credential.password_hash.as_str(),
        credential.sealed_srp_verifier.as_deref().unwrap(),
        WRONG,
        TEMPORARY,
        "a master key for tests",
        "wJalrXUtnFEMI",
    ];
    for text in printed {
        for secret in secrets {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
