//! Signed admin calls in production (SigV4), and what need not be signed.

use cenote::cx::Mode;
use serde_json::json;

use super::official_operations::{Caller, OFFICIAL};
use crate::support::TestApp;
use crate::support::app::BEGINNING;
use crate::support::signature::Signer;

const LIST: &str = r#"{"MaxResults": 5}"#;

async fn production() -> TestApp {
    TestApp::start(Mode::Production, |_| ()).await
}

async fn is_refused(signer: Signer, expected: &str) {
    let app = production().await;
    let answer = signer.call(&app, "ListUserPools", LIST).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, expected), "{}", answer.text);
}

#[actix_web::test]
async fn a_signed_call_is_answered() {
    let app = production().await;
    let answer = Signer::default().call(&app, "CreateUserPool", r#"{"PoolName": "p"}"#).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = Signer::default().call(&app, "ListUserPools", LIST).await;
    assert_eq!(answer.json()["UserPools"][0]["Name"], "p");
}

#[actix_web::test]
async fn an_unsigned_admin_call_is_refused_and_changes_nothing() {
    let app = production().await;
    let answer = app.api("CreateUserPool", json!({ "PoolName": "p" })).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, "MissingAuthenticationTokenException"));
    let answer = Signer::default().call(&app, "ListUserPools", LIST).await;
    assert_eq!(answer.json()["UserPools"], json!([]));
}

#[actix_web::test]
async fn every_admin_operation_asks_for_a_signature() {
    let app = production().await;
    let mut count = 0;
    for entry in cenote::api::FAMILIES.iter().flat_map(|family| family.iter()) {
        let answer = app.api(entry.name, json!({})).await;
        let is_unsigned = answer.fault() == "MissingAuthenticationTokenException";
        let is_admin = OFFICIAL.contains(&(entry.name, Caller::Signed));
        assert_eq!(is_unsigned, is_admin, "{}: {}", entry.name, answer.text);
        count += usize::from(is_admin);
    }
    assert!(count > 20, "{count}");
}

#[actix_web::test]
async fn an_unknown_key_is_refused() {
    is_refused(Signer { access_key_id: "AKIDOTHER", ..Signer::default() }, "UnrecognizedClientException").await;
}

#[actix_web::test]
async fn a_wrong_secret_is_refused() {
    is_refused(Signer { secret_access_key: "wrong", ..Signer::default() }, "InvalidSignatureException").await;
}

#[actix_web::test]
async fn a_signature_for_another_service_is_refused() {
    is_refused(Signer { service: "sts", ..Signer::default() }, "InvalidSignatureException").await;
}

#[actix_web::test]
async fn a_signature_lives_five_minutes_in_both_directions() {
    for at in [BEGINNING - 301, BEGINNING + 301] {
        is_refused(Signer { at, ..Signer::default() }, "InvalidSignatureException").await;
    }
    let app = production().await;
    for at in [BEGINNING - 299, BEGINNING + 299] {
        let answer = Signer { at, ..Signer::default() }.call(&app, "ListUserPools", LIST).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[actix_web::test]
async fn another_body_than_the_signed_one_is_refused() {
    let app = production().await;
    let answer = Signer::default().call_with(&app, "ListUserPools", (LIST, r#"{"MaxResults": 6}"#)).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, "InvalidSignatureException"));
}

#[actix_web::test]
async fn a_signature_for_one_operation_does_not_serve_another() {
    let app = production().await;
    let body = r#"{"PoolName": "p"}"#;
    let (date, authorization) =
        Signer::default().authorization(&app, "AWSCognitoIdentityProviderService.ListUserPools", body);
    let request = app
        .http
        .post(format!("{}/", app.base))
        .header("x-amz-target", "AWSCognitoIdentityProviderService.CreateUserPool")
        .header("x-amz-date", date)
        .header("authorization", authorization)
        .body(body);
    let answer = crate::support::app::answer(request).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, "InvalidSignatureException"));
}

#[actix_web::test]
async fn half_a_signature_is_incomplete() {
    let app = production().await;
    let (_, whole) = Signer::default().authorization(&app, "AWSCognitoIdentityProviderService.ListUserPools", LIST);
    for authorization in ["AWS4-HMAC-SHA256 Credential=x", "Bearer x", "AWS4-HMAC-SHA256", whole.as_str()] {
        let request = app
            .http
            .post(format!("{}/", app.base))
            .header("x-amz-target", "AWSCognitoIdentityProviderService.ListUserPools")
            .header("authorization", authorization)
            .body(LIST);
        let answer = crate::support::app::answer(request).await;
        assert_eq!((answer.status, answer.fault().as_str()), (400, "IncompleteSignatureException"), "{authorization}");
    }
}

#[actix_web::test]
async fn calls_of_apps_need_no_signature_and_an_odd_one_does_not_harm() {
    let app = production().await;
    let body = json!({ "ClientId": "absent", "Username": "jane", "Password": "Correct-Horse-1" });
    app.refuses("SignUp", body.clone(), ("ResourceNotFoundException", "User pool client absent does not exist.")).await;
    let answer =
        Signer { secret_access_key: "wrong", ..Signer::default() }.call(&app, "SignUp", &body.to_string()).await;
    assert_eq!(answer.fault(), "ResourceNotFoundException");
}

#[actix_web::test]
async fn production_has_no_inbox() {
    let app = production().await;
    for path in ["/_cenote/inbox", "/_cenote/inbox.json"] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
}
