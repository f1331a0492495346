//! Pool domains: how they are made and described, and that each answers for its own pool and for no other.

use serde_json::{Value, json};

use crate::support::app::{Answer, answer};
use crate::support::setup::{CALLBACK, PASSWORD};
use crate::support::{Setup, TestApp};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1a2b";

async fn domain(app: &TestApp, setup: &Setup, name: &str) {
    let mut body = json!({ "UserPoolId": setup.pool, "Domain": name });
    if name.contains('.') {
        body["CustomDomainConfig"] = json!({ "CertificateArn": CERTIFICATE });
    }
    app.ok("CreateUserPoolDomain", body).await;
}

async fn get_at(app: &TestApp, host: &str, path: &str) -> Answer {
    answer(app.http.get(format!("{}{path}", app.base)).header("host", host)).await
}

async fn post_at(app: &TestApp, host: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    answer(app.http.post(format!("{}{path}", app.base)).header("host", host).form(form)).await
}

async fn described(app: &TestApp, name: &str) -> Value {
    app.ok("DescribeUserPoolDomain", json!({ "Domain": name })).await["DomainDescription"].clone()
}

#[actix_web::test]
async fn a_prefix_domain_is_made_described_changed_and_deleted() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let named = json!({ "UserPoolId": setup.pool, "Domain": "meadow" });
    assert_eq!(app.ok("CreateUserPoolDomain", named.clone()).await, json!({ "ManagedLoginVersion": 1 }));
    let expected = json!({
        "UserPoolId": setup.pool, "AWSAccountId": "123456789012", "Domain": "meadow",
        "S3Bucket": "cenote-us-east-1-assets", "CloudFrontDistribution": "127.0.0.1", "Version": "20240102030405",
        "Status": "ACTIVE",
        "CustomDomainConfig": {}, "ManagedLoginVersion": 1,
    });
    assert_eq!(described(&app, "meadow").await, expected);
    let pool = app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool })).await["UserPool"].clone();
    assert_eq!((&pool["Domain"], pool.get("CustomDomain")), (&json!("meadow"), None));
    let mut update = named.clone();
    update["ManagedLoginVersion"] = json!(2);
    assert_eq!(app.ok("UpdateUserPoolDomain", update).await, json!({ "ManagedLoginVersion": 2 }));
    assert_eq!(app.ok("UpdateUserPoolDomain", named.clone()).await, json!({ "ManagedLoginVersion": 2 }));
    let text = "User pool cannot be deleted. It has a domain configured that should be deleted first.";
    let pool = json!({ "UserPoolId": setup.pool });
    app.refuses("DeleteUserPool", pool.clone(), ("InvalidParameterException", text)).await;
    assert_eq!(app.ok("DeleteUserPoolDomain", named.clone()).await, json!({}));
    assert_eq!(described(&app, "meadow").await, json!({}));
    let text = "No such domain or user pool exists.";
    app.refuses("DeleteUserPoolDomain", named, ("InvalidParameterException", text)).await;
    app.ok("DeleteUserPool", pool).await;
}

#[actix_web::test]
async fn a_custom_domain_shows_its_certificate_and_where_its_dns_points() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let config = json!({ "CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_2_2021" });
    let body = json!({
        "UserPoolId": setup.pool, "Domain": "auth.example.com", "ManagedLoginVersion": 2, "CustomDomainConfig": config,
    });
    let made = app.ok("CreateUserPoolDomain", body).await;
    assert_eq!(made, json!({ "ManagedLoginVersion": 2, "CloudFrontDomain": "127.0.0.1" }));
    let shown = described(&app, "auth.example.com").await;
    assert_eq!((&shown["CustomDomainConfig"], &shown["Domain"]), (&config, &json!("auth.example.com")));
    let newer = json!({ "CertificateArn": format!("{CERTIFICATE}c") });
    let update = json!({ "UserPoolId": setup.pool, "Domain": "auth.example.com", "CustomDomainConfig": newer });
    app.ok("UpdateUserPoolDomain", update).await;
    let shown = described(&app, "auth.example.com").await;
    assert_eq!(shown["CustomDomainConfig"]["CertificateArn"], format!("{CERTIFICATE}c"));
    assert_eq!(shown["CustomDomainConfig"]["SecurityPolicy"], "TLS_V1_2_2021");
    let pool = app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool })).await;
    assert_eq!(pool["UserPool"]["CustomDomain"], "auth.example.com");
    domain(&app, &setup, "meadow").await;
}

#[actix_web::test]
async fn names_are_unique_and_well_formed() {
    let app = TestApp::new().await;
    let (one, other) = (Setup::new(&app).await, Setup::with(&app, json!({ "UserPoolTier": "LITE" }), json!({})).await);
    domain(&app, &one, "meadow").await;
    let body = |setup: &Setup, name: &str| json!({ "UserPoolId": setup.pool, "Domain": name });
    for (setup, name, text) in [
        (&other, "meadow", "Domain already associated with another user pool."),
        (&one, "river", "User pool already has a domain configured."),
        (&other, "my-aws-login", "Domain cannot contain reserved word: aws"),
        (
            &other,
            "Meadow",
            "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
        ),
        (
            &other,
            "auth.example.com",
            "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
        ),
    ] {
        app.refuses("CreateUserPoolDomain", body(setup, name), ("InvalidParameterException", text)).await;
    }
    let with = |member: &str, value: Value| {
        let mut wish = body(&other, "river");
        wish[member] = value;
        wish
    };
    for bad in [
        with("ManagedLoginVersion", json!(3)),
        with("CustomDomainConfig", json!({})),
        with("CustomDomainConfig", json!({ "CertificateArn": CERTIFICATE })),
        with("Routing", json!({ "Failover": { "SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "x" } })),
        with("Domain", json!("a".repeat(64))),
        json!({}),
    ] {
        assert_eq!(app.api("CreateUserPoolDomain", bad.clone()).await.fault(), "InvalidParameterException", "{bad}");
    }
    let managed = app.api("CreateUserPoolDomain", with("ManagedLoginVersion", json!(2))).await;
    assert_eq!(managed.fault(), "FeatureUnavailableInTierException");
}

#[actix_web::test]
async fn a_pools_own_domain_serves_its_pages_and_endpoints() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    domain(&app, &setup, "meadow").await;
    domain(&app, &setup, "auth.example.com").await;
    let port = app.base.rsplit(':').next().unwrap();
    for host in ["meadow.auth.us-east-1.amazoncognito.com", "auth.example.com", "AUTH.example.com:443"] {
        let page = get_at(&app, host, &format!("/login?{}", setup.query(&[]))).await;
        assert!(page.status == 200 && page.text.contains("signInFormUsername"), "{host}: {}", page.status);
        let document = get_at(&app, host, "/.well-known/openid-configuration").await.json();
        let at = |path: &str| format!("http://auth.example.com:{port}{path}");
        assert_eq!(document["authorization_endpoint"], at("/oauth2/authorize"));
        assert_eq!(document["token_endpoint"], at("/oauth2/token"));
        assert_eq!(document["issuer"], format!("{}/{}", app.base, setup.pool));
        assert_eq!(document["jwks_uri"], format!("{}/{}/.well-known/jwks.json", app.base, setup.pool));
        let keys = get_at(&app, host, "/.well-known/jwks.json").await.json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    }
    assert_eq!(app.get("/.well-known/jwks.json").await.status, 404);
    let deleted = json!({ "UserPoolId": setup.pool, "Domain": "auth.example.com" });
    app.ok("DeleteUserPoolDomain", deleted).await;
    let document = app.get(&format!("/{}/.well-known/openid-configuration", setup.pool)).await.json();
    assert_eq!(document["authorization_endpoint"], format!("{}/oauth2/authorize", app.base));
}

#[actix_web::test]
async fn a_pools_own_domain_never_answers_for_another_pool() {
    let app = TestApp::new().await;
    let (own, other) = (Setup::new(&app).await, Setup::new(&app).await);
    domain(&app, &own, "auth.example.com").await;
    let host = "auth.example.com";
    other.user(&app, "jane@example.com").await;
    for path in ["/login", "/oauth2/authorize", "/signup", "/forgotPassword"] {
        let page = get_at(&app, host, &format!("{path}?{}", other.query(&[]))).await;
        assert_eq!(page.status, 302, "{path}");
        assert!(
            page.header("location").starts_with("/error?error=Client+does+not+exist"),
            "{path}: {}",
            page.header("location")
        );
    }
    let posted = post_at(
        &app,
        host,
        &format!("/login?{}", other.query(&[])),
        &[("username", "jane@example.com"), ("password", PASSWORD)],
    )
    .await;
    assert!(posted.status == 302 && !posted.header("location").starts_with(CALLBACK));
    let logout = format!("/logout?client_id={}&logout_uri=https://app.example/signed-out", other.client);
    assert!(get_at(&app, host, &logout).await.header("location").starts_with("/error?"));
    assert_eq!(app.get(&logout).await.header("location"), "https://app.example/signed-out");
    let link = format!("/confirmUser?client_id={}&user_name=jane&confirmation_code=123456", other.client);
    let page = get_at(&app, host, &link).await;
    assert_eq!(page.status, 200);
    let cookie = page.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let csrf = cookie.split('=').next_back().unwrap_or_default().to_owned();
    let fields = [("_csrf", csrf.as_str()), ("username", "jane"), ("verification_code", "123456")];
    let confirm = app.http.post(format!("{}{link}", app.base)).header("host", host).header("cookie", &cookie);
    let confirmed = answer(confirm.form(&fields)).await;
    assert!(confirmed.text.contains(&format!("{} does not exist", other.client)), "{}", confirmed.text);
    for path in ["openid-configuration", "jwks.json"] {
        assert_eq!(get_at(&app, host, &format!("/{}/.well-known/{path}", other.pool)).await.status, 400, "{path}");
        assert_eq!(get_at(&app, host, &format!("/{}/.well-known/{path}", own.pool)).await.status, 200, "{path}");
    }
    let tokens = other.tokens(&app, "jane@example.com").await;
    let refresh = tokens["RefreshToken"].as_str().unwrap();
    let grant = [("grant_type", "refresh_token"), ("client_id", &other.client), ("refresh_token", refresh)];
    let refused = post_at(&app, host, "/oauth2/token", &grant).await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_client")));
    let revoked = post_at(&app, host, "/oauth2/revoke", &[("token", refresh), ("client_id", &other.client)]).await;
    assert_eq!(revoked.status, 401);
    assert_eq!(app.post_form("/oauth2/token", &grant).await.status, 200, "nothing was revoked");
    let call = app.http.post(&app.base).header("host", host).body(json!({ "UserPoolId": own.pool }).to_string());
    let call = call.header("x-amz-target", "AWSCognitoIdentityProviderService.DescribeUserPool");
    assert_eq!(answer(call).await.fault(), "UnknownOperationException");
}

#[actix_web::test]
async fn another_instance_learns_of_a_domain() {
    let app = TestApp::new().await;
    let second = app.second_instance().await;
    let setup = Setup::new(&app).await;
    let path = format!("/{}/.well-known/jwks.json", setup.pool);
    assert_eq!(get_at(&second, "auth.example.com", "/.well-known/jwks.json").await.status, 404);
    domain(&app, &setup, "auth.example.com").await;
    second.cx.directory.follow(&second.cx).await.unwrap();
    assert_eq!(get_at(&second, "auth.example.com", "/.well-known/jwks.json").await.status, 200);
    assert_eq!(second.get(&path).await.status, 200);
}
