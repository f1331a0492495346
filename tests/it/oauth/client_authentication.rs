//! Client authentication at the token endpoint: who is let in by which proof.

use serde_json::json;

use crate::support::{Answer, Setup, TestApp};

const JANE: &str = "jane@example.com";

/// A pool with a public client (in `Setup`) and a confidential one.
async fn start() -> (TestApp, Setup, Setup) {
    let app = TestApp::new().await;
    let public = Setup::new(&app).await;
    public.user(&app, JANE).await;
    let (client, secret) = public.another_client(&app, json!({ "GenerateSecret": true })).await;
    assert!(!secret.is_empty());
    let confidential = Setup { pool: public.pool.clone(), client, secret };
    (app, public, confidential)
}

fn assert_refused(answer: &Answer, (status, error): (u16, &str)) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
}

async fn exchange_basic(app: &TestApp, code: &str, (id, secret): (&str, &str), extra: &[(&str, &str)]) -> Answer {
    let usual = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", crate::support::callback())];
    let form: Vec<_> = usual.iter().chain(extra).copied().collect();
    app.post_basic("/oauth2/token", (id, secret), &form).await
}

#[actix_web::test]
async fn a_public_client_names_itself() {
    let (app, public, _) = start().await;
    let code = public.code(&app, JANE, &[]).await;
    assert_eq!(public.exchange(&app, &code, &[]).await.status, 200);
}

#[actix_web::test]
async fn a_confidential_client_proves_itself_by_header_or_by_form() {
    let (app, _, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    assert_eq!(exchange_basic(&app, &code, (&setup.client, &setup.secret), &[]).await.status, 200);
    let code = setup.code(&app, JANE, &[]).await;
    let named = [("client_id", setup.client.as_str())];
    assert_eq!(exchange_basic(&app, &code, (&setup.client, &setup.secret), &named).await.status, 200);
    let code = setup.code(&app, JANE, &[]).await;
    assert_eq!(setup.exchange(&app, &code, &[("client_secret", &setup.secret)]).await.status, 200);
}

#[actix_web::test]
async fn a_confidential_client_is_refused_without_its_secret_and_the_code_survives() {
    let (app, public, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let invalid = (400, "invalid_client");
    assert_refused(&setup.exchange(&app, &code, &[]).await, invalid);
    for wrong in ["x", &setup.secret[1..], &format!("{}x", setup.secret), &setup.secret.to_uppercase()] {
        assert_refused(&setup.exchange(&app, &code, &[("client_secret", wrong)]).await, invalid);
        assert_refused(&exchange_basic(&app, &code, (&setup.client, wrong), &[]).await, invalid);
    }
    assert_refused(&exchange_basic(&app, &code, (&setup.client, ""), &[]).await, invalid);
    assert_refused(&exchange_basic(&app, &code, (&public.client, &setup.secret), &[]).await, invalid);
    let empty = format!("grant_type=authorization_code&code={code}&client_id={}&client_secret=", setup.client);
    assert_refused(&raw(&app, &empty).await, invalid);
    assert_eq!(exchange_basic(&app, &code, (&setup.client, &setup.secret), &[]).await.status, 200);
}

#[actix_web::test]
async fn a_public_client_is_refused_with_a_made_up_secret() {
    let (app, public, _) = start().await;
    let code = public.code(&app, JANE, &[]).await;
    assert_refused(&public.exchange(&app, &code, &[("client_secret", "x")]).await, (400, "invalid_client"));
    assert_refused(&exchange_basic(&app, &code, (&public.client, "x"), &[]).await, (400, "invalid_client"));
    assert_refused(&exchange_basic(&app, &code, (&public.client, ""), &[]).await, (400, "invalid_client"));
    assert_eq!(public.exchange(&app, &code, &[]).await.status, 200);
}

#[actix_web::test]
async fn two_ways_at_once_are_refused() {
    let (app, public, setup) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let credentials = (setup.client.as_str(), setup.secret.as_str());
    let twice = exchange_basic(&app, &code, credentials, &[("client_secret", &setup.secret)]).await;
    assert_refused(&twice, (400, "invalid_request"));
    let other = exchange_basic(&app, &code, credentials, &[("client_id", &public.client)]).await;
    assert_refused(&other, (400, "invalid_request"));
}

#[actix_web::test]
async fn an_unknown_or_missing_client_is_refused() {
    let (app, setup, _) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let unknown = setup.exchange(&app, &code, &[("client_id", "1example23456789")]).await;
    assert_refused(&unknown, (400, "invalid_client"));
    assert_refused(&setup.exchange(&app, &code, &[("client_id", "")]).await, (400, "invalid_request"));
    assert_refused(&exchange_basic(&app, &code, ("nobody", "x"), &[]).await, (400, "invalid_client"));
}

#[actix_web::test]
async fn a_malformed_authorization_header_is_refused() {
    let (app, setup, _) = start().await;
    let code = setup.code(&app, JANE, &[]).await;
    let form = [("grant_type", "authorization_code"), ("code", &code), ("client_id", &setup.client)];
    for header in ["Basic", "Basic !!!", "Bearer x", "Basic bm9jb2xvbg==", "Basic /w==", "Digest a=b"] {
        let request = app.http.post(format!("{}/oauth2/token", app.base)).header("authorization", header).form(&form);
        assert_refused(&crate::support::app::answer(request).await, (400, "invalid_client"));
    }
    let request = app.http.post(format!("{}/oauth2/token", app.base)).form(&form);
    let request = request.header("authorization", "Basic eDp5").header("authorization", "Basic eDp5");
    assert_refused(&crate::support::app::answer(request).await, (400, "invalid_request"));
}

async fn raw(app: &TestApp, body: &str) -> Answer {
    let request = app.http.post(format!("{}/oauth2/token", app.base));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned());
    crate::support::app::answer(request).await
}
