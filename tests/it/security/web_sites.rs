//! A development server lets everybody on the machine administrate it; the pages of other web sites, which a browser
//! on that machine shows, are not everybody.

use cenote::cx::Mode;
use serde_json::json;

use crate::support::app::answer;
use crate::support::signature::Signer;
use crate::support::{Answer, Setup, TestApp};

const BROWSER: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0");
const OWN_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

type Headers<'a> = &'a [(&'a str, &'a str)];

async fn call(app: &TestApp, target: &str, headers: Headers<'_>) -> Answer {
    let mut request = app.http.post(format!("{}/", app.base)).header("x-amz-target", target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request.body(r#"{"MaxResults":5}"#)).await
}

async fn lists_pools(app: &TestApp, headers: Headers<'_>) -> bool {
    let answer = call(app, "AWSCognitoIdentityProviderService.ListUserPools", headers).await;
    let is_refused = answer.status == 400 && answer.fault() == "AccessDeniedException";
    assert!(is_refused || answer.status == 200, "{headers:?}: {}", answer.text);
    !is_refused
}

async fn opens(app: &TestApp, path: &str, headers: Headers<'_>) -> u16 {
    let mut request = app.http.get(format!("{}{path}", app.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await.status
}

#[actix_web::test]
async fn a_page_of_another_site_does_not_administrate_a_development_server() {
    let app = TestApp::new().await;
    for origin in ["https://evil.example", "http://localhost.evil.example", "http://192.168.0.7:3000", "null", "x"] {
        assert!(!lists_pools(&app, &[("origin", origin)]).await, "{origin}");
        let target = "AWSCognitoIdentityService.ListIdentityPools";
        assert_eq!(call(&app, target, &[("origin", origin)]).await.fault(), "AccessDeniedException", "{origin}");
    }
    for origin in [
        "http://localhost:3000",
        "https://localhost",
        "http://127.0.0.1:5173",
        "http://[::1]:8080",
        "http://app.localhost",
        "capacitor://localhost",
    ] {
        assert!(lists_pools(&app, &[("origin", origin), BROWSER]).await, "{origin}");
    }
}

#[actix_web::test]
async fn what_apps_call_stays_open_to_every_site() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    let attempt = setup.attempt("jane@example.com", crate::support::setup::PASSWORD);
    let request = app.http.post(format!("{}/", app.base)).header("origin", "https://app.example");
    let request = request.header("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth");
    let answer = answer(request.body(attempt.to_string())).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"), "{}", answer.text);
}

#[actix_web::test]
async fn a_browser_that_was_led_here_by_a_foreign_name_is_refused_and_programs_are_not() {
    let app = TestApp::start(Mode::Development, |config| {
        config.public_url = "https://auth.example".parse().unwrap();
        config.issuer_base = Some("https://issuer.example".parse().unwrap());
    })
    .await;
    let setup = Setup::new(&app).await;
    app.ok("CreateUserPoolDomain", json!({ "UserPoolId": setup.pool, "Domain": "shop" })).await;
    for host in ["evil.example", "evil.example:9229", "localhost.evil.example", "local"] {
        let is_foreign = host.contains("evil");
        for browser in [BROWSER, OWN_PAGE] {
            assert_eq!(lists_pools(&app, &[("host", host), browser]).await, !is_foreign, "{host} {browser:?}");
            let status = if is_foreign { 403 } else { 200 };
            for path in ["/_cenote/inbox", "/_cenote/inbox.json"] {
                assert_eq!(opens(&app, path, &[("host", host), browser]).await, status, "{host} {path} {browser:?}");
            }
        }
        // Node's own fetch says this of itself.
        assert!(
            lists_pools(&app, &[("host", host), ("sec-fetch-mode", "cors"), ("user-agent", "node")]).await,
            "{host}"
        );
        assert_eq!(opens(&app, "/_cenote/inbox.json", &[("host", host)]).await, 200, "{host}");
    }
    for host in [
        "localhost:9229",
        "127.0.0.1",
        "[::1]:9229",
        "cenote:9229",
        "host.docker.internal",
        "auth.example",
        "issuer.example",
    ] {
        assert!(lists_pools(&app, &[("host", host), BROWSER, OWN_PAGE]).await, "{host}");
        assert_eq!(opens(&app, "/_cenote/inbox", &[("host", host), BROWSER, OWN_PAGE]).await, 200, "{host}");
    }
    assert_eq!(opens(&app, "/_cenote/inbox", &[("host", "shop.auth.us-east-1.amazoncognito.com"), BROWSER]).await, 200);
}

#[actix_web::test]
async fn pages_of_another_site_read_no_mail_and_sign_for_no_credentials() {
    let app = TestApp::new().await;
    for path in ["/_cenote/inbox", "/_cenote/inbox.json"] {
        assert_eq!(opens(&app, path, &[("origin", "https://evil.example")]).await, 403, "{path}");
        assert_eq!(opens(&app, path, &[("origin", "http://localhost:3000"), BROWSER]).await, 200, "{path}");
    }
    let scope = "AWS4-HMAC-SHA256 Credential=any/20240102/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00";
    let session = |action: &'static str, origin: &'static str| {
        let request = app.http.post(format!("{}/", app.base)).header("authorization", scope).header("origin", origin);
        answer(request.form(&[("Action", action), ("Version", "2011-06-15")]))
    };
    let refused = session("GetSessionToken", "https://evil.example").await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(refused.text.contains("<Code>AccessDenied</Code>"), "{}", refused.text);
    assert_eq!(session("GetSessionToken", "http://localhost:3000").await.status, 200);
    let open = session("AssumeRoleWithWebIdentity", "https://app.example").await;
    assert!(open.text.contains("<Code>ValidationError</Code>"), "apps of every site may ask: {}", open.text);
}

#[actix_web::test]
async fn in_production_the_signature_decides_alone() {
    let app = TestApp::start(Mode::Production, |_| ()).await;
    let target = "AWSCognitoIdentityProviderService.ListUserPools";
    let body = r#"{"MaxResults":5}"#;
    let (date, authorization) = Signer::default().authorization(&app, target, body);
    let request = app.http.post(format!("{}/", app.base)).header("x-amz-target", target);
    let request = request.header("x-amz-date", date).header("authorization", authorization);
    let answer = answer(request.header("origin", "https://console.example").body(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
