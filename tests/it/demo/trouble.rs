//! A pool in trouble: down, slow, or full of errors. People see a page and stay signed in; nothing goes in circles.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use cenote::cx::Mode;
use serde_json::json;

use super::stage::{Stage, has_session};
use crate::support::{Browser, TestApp};

const WELL: u8 = 0;
const FAILING: u8 = 1;
const SLOW: u8 = 2;

/// Stands in front of the pool and passes on what comes, or misbehaves.
#[derive(Clone)]
struct Front {
    base: String,
    health: Arc<AtomicU8>,
}

impl Front {
    /// A front whose pool listens on a port that is found later.
    fn start(pool: String) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let front =
            Self { base: format!("http://{}", listener.local_addr().unwrap()), health: Arc::new(AtomicU8::new(WELL)) };
        let data = Data::new((front.clone(), pool, http()));
        let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(pass)));
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        front
    }

    fn is(&self, health: u8) {
        self.health.store(health, Ordering::SeqCst);
    }
}

async fn pass(data: Data<(Front, String, reqwest::Client)>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (front, pool, http) = data.as_ref();
    match front.health.load(Ordering::SeqCst) {
        FAILING => return HttpResponse::InternalServerError().body("<h1>trouble</h1>"),
        SLOW => tokio::time::sleep(Duration::from_secs(12)).await,
        _ => {}
    }
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
    let mut passed = http.request(method, format!("{pool}{}", request.uri())).body(body);
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        passed = passed.header(name.as_str(), value.as_bytes());
    }
    let answer = passed.send().await.unwrap();
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status().as_u16()).unwrap());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(answer.bytes().await.unwrap())
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A stage whose pool stands behind a front.
async fn behind_front() -> (Stage, Front) {
    let port = crate::support::program::free_port();
    let front = Front::start(format!("http://127.0.0.1:{port}"));
    let public_url = front.base.parse().unwrap();
    let app = TestApp::start(Mode::Development, |config| {
        config.listen = format!("127.0.0.1:{port}");
        config.public_url = public_url;
    });
    let mut app = app.await;
    app.base.clone_from(&front.base);
    (Stage::at(app, json!({})).await, front)
}

#[actix_web::test]
async fn a_pool_that_answers_with_errors_or_too_late_gives_a_page_and_ends_no_session() {
    let (mut stage, front) = behind_front().await;
    stage.sign_in().await;
    for (health, seconds) in [(FAILING, 0), (FAILING, 3_700), (SLOW, 3_700)] {
        stage.app.advance(seconds);
        front.is(health);
        let began = Instant::now();
        let page = stage.browser.open("/").await;
        // Five seconds for what the pool publishes, five for the tokens.
        assert!(began.elapsed() < Duration::from_secs(11), "nobody waits for ever: {:?}", began.elapsed());
        assert_eq!((page.answer.status, page.url.as_str()), (503, format!("{}/", stage.sites[0]).as_str()));
        assert!(page.says("The sign-in service can't be reached"), "{}", page.text());
        assert!(has_session(&stage.browser));
        front.is(WELL);
        assert_eq!(stage.browser.open("/me").await.answer.status, 200, "it goes on as if nothing had happened");
    }
}

#[actix_web::test]
async fn an_error_at_the_token_endpoint_during_the_callback_is_a_page_with_a_way_on() {
    let (stage, front) = behind_front().await;
    let mut browser = Browser::at(&stage.sites[0], &stage.app);
    let page = browser.open("/login").await;
    let mut pool_only = Browser::new(&stage.app);
    pool_only.cookies.clone_from(&browser.cookies);
    let form = [("username", super::stage::JANE), ("password", crate::support::setup::PASSWORD)];
    let callback = pool_only.submit(&page, "signInSubmitButton", &form).await.url;
    front.is(FAILING);
    let page = browser.open(&callback).await;
    assert_eq!((page.answer.status, page.url.as_str()), (503, callback.as_str()));
    assert!(page.answer.text.contains("href=\"/login\""), "it offers to try again: {}", page.text());
    assert!(!has_session(&browser));
    front.is(WELL);
    let page = browser.open("/login").await;
    assert!(page.answer.text.contains("name=\"password\""), "{}: {}", page.url, page.text());
}

#[actix_web::test]
async fn a_pool_that_is_gone_gives_a_page_for_everybody() {
    let Stage { app, sites, mut browser, .. } = Stage::signed_in(json!({})).await;
    let base = app.base.clone();
    let mut stranger = Browser::at(&sites[1], &app);
    drop(app);
    while http().get(&base).send().await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let page = browser.open("/session").await;
    assert_eq!(page.answer.status, 503);
    assert!(has_session(&browser));
    assert_eq!(browser.open("/me").await.answer.status, 503);
    assert_eq!(stranger.open("/").await.answer.status, 200, "the home page needs no pool");
    let page = stranger.open("/login").await;
    assert_eq!(page.answer.status, 503, "this instance has never reached the pool");
    assert!(page.says("Try again"), "{}", page.text());
}

#[actix_web::test]
async fn a_provider_that_cannot_be_asked_is_a_page_with_a_way_on() {
    let mut stage = Stage::set(json!({})).await;
    let provider = json!({
        "UserPoolId": stage.setup.pool, "ProviderName": "Acme", "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "client", "client_secret": "secret", "authorize_scopes": "openid",
            "oidc_issuer": "http://127.0.0.1:1", "attributes_request_method": "GET",
        },
    });
    stage.app.ok("CreateIdentityProvider", provider).await;
    stage.setup.change_client(&stage.app, json!({ "SupportedIdentityProviders": ["COGNITO", "Acme"] })).await;
    let page = stage.browser.open("/login").await;
    let acme = url::Url::parse(&page.url).unwrap().join(&page.link("Continue with Acme")).unwrap();
    let page = stage.browser.open(acme.as_str()).await;
    assert!(page.url.starts_with(&format!("{}/callback?", stage.sites[0])), "{}", page.url);
    assert_eq!(page.answer.status, 400);
    assert!(page.says("Acme Error - discovery failed"), "{}", page.text());
    assert!(!has_session(&stage.browser));
    let page = stage.browser.open(&page.link("Start again")).await;
    assert!(page.answer.text.contains("name=\"password\""), "{}: {}", page.url, page.text());
}
