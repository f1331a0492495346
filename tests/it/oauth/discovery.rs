//! Discovery and the published keys.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::json;

use crate::support::app::answer;
use crate::support::flows::{header, text};
use crate::support::{Setup, TestApp};

#[actix_web::test]
async fn discovery_has_cognitos_members_and_no_others() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let answer = app.get(&format!("/{}/.well-known/openid-configuration", setup.pool)).await;
    let base = &app.base;
    let expected = json!({
        "authorization_endpoint": format!("{base}/oauth2/authorize"),
        "end_session_endpoint": format!("{base}/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": format!("{base}/{}", setup.pool),
        "jwks_uri": format!("{base}/{}/.well-known/jwks.json", setup.pool),
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{base}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": format!("{base}/oauth2/userInfo"),
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("content-type"), "application/json");
}

#[actix_web::test]
async fn what_is_published_may_be_cached_and_asked_for_again_by_tag() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for document in ["openid-configuration", "jwks.json"] {
        let path = format!("/{}/.well-known/{document}", setup.pool);
        let first = app.get(&path).await;
        assert_eq!((first.status, first.header("cache-control")), (200, "public, max-age=86400"));
        assert_eq!(first.header("access-control-allow-origin"), "*");
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 10 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        let ask = |tag: &str| app.http.request(Method::GET, format!("{}{path}", app.base)).header("if-none-match", tag);
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = answer(ask(&known)).await;
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
            assert_eq!(again.header("etag"), tag);
            assert_eq!(again.header("cache-control"), "public, max-age=86400");
        }
        assert_eq!(answer(ask("\"other\"")).await.status, 200);
    }
}

#[actix_web::test]
async fn two_rsa_keys_are_published_one_for_each_kind_of_token() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    let set = app.get(&format!("/{}/.well-known/jwks.json", setup.pool)).await.json();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(set.as_object().unwrap().len(), 1);
    for key in keys {
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"], "and nothing private");
        assert_eq!((text(key, "alg"), text(key, "kty"), text(key, "use")), ("RS256", "RSA", "sig"));
        assert_eq!(text(key, "e"), "AQAB");
        assert_eq!((text(key, "kid").len(), STANDARD.decode(text(key, "kid")).unwrap().len()), (44, 32));
        assert_eq!(URL_SAFE_NO_PAD.decode(text(key, "n")).unwrap().len(), 256);
    }
    let tokens = setup.oauth_tokens(&app, "jane@example.com", &[]).await;
    assert_eq!(header(text(&tokens, "id_token")), json!({ "kid": keys[0]["kid"], "alg": "RS256" }));
    assert_eq!(header(text(&tokens, "access_token")), json!({ "kid": keys[1]["kid"], "alg": "RS256" }));
}

#[actix_web::test]
async fn pools_have_keys_of_their_own_and_unknown_pools_have_none() {
    let app = TestApp::new().await;
    let (one, two) = (Setup::new(&app).await, Setup::new(&app).await);
    let path = |setup: &Setup| format!("/{}/.well-known/jwks.json", setup.pool);
    assert_ne!(app.get(&path(&one)).await.text, app.get(&path(&two)).await.text);
    for unknown in ["us-east-1_Nobody123", "nobody", "..%2f..", "%00"] {
        for document in ["openid-configuration", "jwks.json"] {
            let answer = app.get(&format!("/{unknown}/.well-known/{document}")).await;
            assert!((400..500).contains(&answer.status), "{unknown}: {}", answer.status);
            assert!(!answer.text.contains("keys"));
        }
    }
}

#[actix_web::test]
async fn an_issuer_base_of_its_own_is_in_discovery_and_tokens() {
    let app = TestApp::start(cenote::cx::Mode::Development, |config| {
        config.issuer_base = Some("https://cognito-idp.us-east-1.amazonaws.com".parse().unwrap());
    })
    .await;
    let setup = Setup::new(&app).await;
    setup.user(&app, "jane@example.com").await;
    let issuer = format!("https://cognito-idp.us-east-1.amazonaws.com/{}", setup.pool);
    let document = app.get(&format!("/{}/.well-known/openid-configuration", setup.pool)).await.json();
    assert_eq!(document["issuer"], issuer.as_str());
    assert_eq!(document["token_endpoint"], format!("{}/oauth2/token", app.base));
    let tokens = setup.oauth_tokens(&app, "jane@example.com", &[]).await;
    assert_eq!(crate::support::flows::claims(text(&tokens, "id_token"))["iss"], issuer.as_str());
    assert_eq!(app.get_bearer("/oauth2/userInfo", text(&tokens, "access_token")).await.status, 200);
}

#[actix_web::test]
async fn a_pool_can_have_amazons_newer_issuer_where_the_server_has_the_older_one() {
    let amazons = |form: &str, pool: &str| format!("https://{form}.us-east-1.amazonaws.com/{pool}");
    for (base, kind) in [("amazon", "UPDATED"), ("amazon", "ORIGINAL"), ("own", "UPDATED")] {
        let app = TestApp::start(cenote::cx::Mode::Development, |config| {
            if base == "amazon" {
                config.issuer_base = Some("https://cognito-idp.us-east-1.amazonaws.com".parse().unwrap());
            }
        })
        .await;
        let setup = Setup::with(&app, json!({ "IssuerConfiguration": { "Type": kind } }), json!({})).await;
        let expected = match (base, kind) {
            ("amazon", "UPDATED") => amazons("issuer-cognito-idp", &setup.pool),
            ("amazon", _) => amazons("cognito-idp", &setup.pool),
            _ => format!("{}/{}", app.cx.config.base(), setup.pool),
        };
        let document = app.get(&format!("/{}/.well-known/openid-configuration", setup.pool)).await.json();
        assert_eq!(document["issuer"], expected.as_str(), "{base} {kind}");
        setup.user(&app, "jane@example.com").await;
        let tokens = setup.oauth_tokens(&app, "jane@example.com", &[]).await;
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(crate::support::flows::claims(access)["iss"], expected.as_str());
        assert_eq!(app.get_bearer("/oauth2/userInfo", access).await.status, 200, "{base} {kind}");
    }
}
