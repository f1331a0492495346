//! Wearing the server out: limits by address, the queue before the password workers, overlong secrets.

use cenote::cx::Mode;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::app::answer;
use crate::support::setup::PASSWORD;
use crate::support::{Answer, Browser, Setup, TestApp};

const JANE: &str = "jane@example.com";

async fn limited(trusts_proxy: bool) -> (TestApp, Setup) {
    let app = TestApp::start(Mode::Development, |config| {
        config.limits.attempts_per_second_per_address = 1;
        if trusts_proxy {
            config.trusted_proxies = vec!["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()];
        }
    })
    .await;
    let setup = Setup::new(&app).await;
    (app, setup)
}

/// A call of `operation` that claims to come for `forwarded`.
async fn forwarded(app: &TestApp, (operation, body): (&str, &Value), forwarded: &str) -> Answer {
    let request = app
        .http
        .post(format!("{}/", app.base))
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
        .header("x-forwarded-for", forwarded)
        .body(body.to_string());
    answer(request).await
}

fn is_limited(answer: &Answer) -> bool {
    answer.status == 400 && answer.fault() == "TooManyRequestsException"
}

#[actix_web::test]
async fn an_address_that_tries_too_often_is_slowed_down_whatever_it_claims() {
    let (app, setup) = limited(false).await;
    let body = json!({ "ClientId": setup.client, "Username": JANE });
    let mut limited = 0;
    for number in 0..20 {
        let answer = forwarded(&app, ("ForgotPassword", &body), &format!("192.0.2.{number}")).await;
        limited += usize::from(is_limited(&answer));
    }
    assert!((5..=10).contains(&limited), "ten may come at once and one a second: {limited}");
    let answer = app.api("ForgotPassword", body).await;
    assert!(is_limited(&answer), "{}", answer.text);
    assert_eq!(answer.message(), "Rate exceeded");
}

#[actix_web::test]
async fn behind_a_trusted_proxy_each_client_counts_by_itself() {
    let (app, setup) = limited(true).await;
    let body = json!({ "ClientId": setup.client, "Username": JANE });
    for number in 0..20 {
        let answer = forwarded(&app, ("ForgotPassword", &body), &format!("192.0.2.{number}")).await;
        assert_eq!(answer.status, 200, "{number}: {}", answer.text);
    }
    let mut limited = 0;
    for number in 0..20 {
        let chain = format!("198.51.100.{number}, 192.0.2.200, 10.0.0.1");
        limited += usize::from(is_limited(&forwarded(&app, ("ForgotPassword", &body), &chain).await));
    }
    assert!((5..=10).contains(&limited), "what the client wrote itself counts for nothing: {limited}");
}

#[actix_web::test]
async fn a_proxy_may_write_ports_and_nothing_left_of_an_unreadable_entry_counts() {
    let (app, setup) = limited(true).await;
    let body = |name: &str| json!({ "ClientId": setup.client, "Username": name });
    for number in 0..20 {
        for entry in [format!("192.0.2.{number}:4711"), format!("[2001:db8:0:{number}::1]:4711")] {
            let answer = forwarded(&app, ("ForgotPassword", &body(&entry)), &entry).await;
            assert_eq!(answer.status, 200, "{entry}: {}", answer.text);
        }
    }
    for right in ["192.0.2.200:4711", "[2001:db8:0:ff::1]:4711, 10.0.0.1", "unknown"] {
        let mut limited = 0;
        for number in 0..20 {
            let chain = format!("198.51.100.{number}, {right}");
            limited += usize::from(is_limited(&forwarded(&app, ("ForgotPassword", &body(&chain)), &chain).await));
        }
        assert!((5..=10).contains(&limited), "{right}: {limited}");
    }
}

#[actix_web::test]
async fn every_way_to_guess_is_limited() {
    for operation in ["InitiateAuth", "SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ConfirmForgotPassword"] {
        let (app, setup) = limited(true).await;
        let body = json!({
            "ClientId": setup.client, "Username": "no-address", "Password": PASSWORD, "ConfirmationCode": "123456",
            "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": { "USERNAME": "nobody", "PASSWORD": "x".repeat(300) },
        });
        let mut answers = Vec::new();
        for _ in 0..16 {
            answers.push(forwarded(&app, (operation, &body), "192.0.2.1").await);
        }
        assert!(answers.iter().any(is_limited), "{operation}: {}", answers[15].text);
        assert!(!is_limited(&answers[0]), "{operation}");
    }
}

#[actix_web::test]
async fn the_hosted_pages_are_limited_too() {
    let (app, setup) = limited(false).await;
    let mut browser = Browser::new(&app);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let mut statuses = Vec::new();
    for _ in 0..16 {
        let fields = [("username", "nobody@example.com"), ("password", "Wrong-Horse-1")];
        statuses.push(browser.submit(&page, "signInSubmitButton", &fields).await.answer.status);
    }
    assert_eq!(statuses[0], 200);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[actix_web::test]
async fn a_flood_of_passwords_is_turned_away_instead_of_piling_up() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    for number in 0..40 {
        let wish = json!({ "UserPoolId": setup.pool, "Username": format!("u{number}@example.com"), "MessageAction": "SUPPRESS" });
        app.ok("AdminCreateUser", wish).await;
    }
    let narrow = app.second_instance_with(|config| config.limits.password_queue = 2).await;
    let names: Vec<_> = (0..40).map(|number| format!("u{number}@example.com")).collect();
    let answers = join_all(names.iter().map(|name| setup.api_sign_in(&narrow, name, "Wrong-Horse-1"))).await;
    let turned_away = answers.iter().filter(|answer| is_limited(answer)).count();
    let answered = answers.iter().filter(|answer| answer.fault() == "NotAuthorizedException").count();
    assert!(turned_away > 0 && answered > 0 && turned_away + answered == 40, "{turned_away} {answered}");
    setup.user(&app, JANE).await;
    assert_eq!(setup.api_sign_in(&narrow, JANE, PASSWORD).await.status, 200, "afterwards there is room again");
}

#[actix_web::test]
async fn the_hosted_page_answers_a_flood_with_429() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let busy = app.second_instance_with(|config| config.limits.password_queue = 0).await;
    let mut browser = Browser::new(&busy);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", PASSWORD)]).await;
    assert_eq!(page.answer.status, 429, "{}", page.text());
}

#[actix_web::test]
async fn overlong_passwords_are_refused_without_a_hash() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let busy = app.second_instance_with(|config| config.limits.password_queue = 0).await;
    let long = format!("Aa1-{}", "x".repeat(253));
    let incorrect = ("NotAuthorizedException", "Incorrect username or password.");
    busy.refuses("InitiateAuth", setup.attempt(JANE, &long), incorrect).await;
    let text = "1 validation error detected: Value at 'password' failed to satisfy constraint: \
         Member must have length less than or equal to 256";
    let member = |extra: Value| {
        let mut body =
            json!({ "ClientId": setup.client, "UserPoolId": setup.pool, "Username": JANE, "Password": long });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    for operation in ["SignUp", "ConfirmForgotPassword", "AdminSetUserPassword"] {
        let body = member(json!({ "ConfirmationCode": "123456" }));
        busy.refuses(operation, body, ("InvalidParameterException", text)).await;
    }
    let mut browser = Browser::new(&busy);
    let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
    let page = browser.submit(&page, "signInSubmitButton", &[("username", JANE), ("password", &long)]).await;
    assert_eq!(page.answer.status, 200, "{}", page.text());
}

#[actix_web::test]
async fn a_password_of_256_characters_works() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    let long = format!("Aa1-{}", "ü".repeat(252));
    let body = json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": long, "Permanent": true });
    app.ok("AdminSetUserPassword", body).await;
    assert_eq!(setup.api_sign_in(&app, JANE, &long).await.status, 200);
}

#[actix_web::test]
async fn names_that_nobody_can_have_leave_nothing_behind() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let noise: String = (0..200_000_u32)
        .map(|number| char::from(b'!' + (number.wrapping_mul(2_654_435_761) >> 16) as u8 % 90))
        .collect();
    for name in [noise.as_str(), "a\u{0}b", "a b", "\u{7}"] {
        let answer = setup.api_sign_in(&app, name, PASSWORD).await;
        assert_eq!((answer.status, answer.message().as_str()), (400, "Incorrect username or password."), "{name:.20}");
        let form = [("username", name), ("password", PASSWORD)];
        let mut browser = Browser::new(&app);
        let page = browser.open(&format!("/login?{}", setup.query(&[]))).await;
        let page = browser.submit(&page, "signInSubmitButton", &form).await;
        assert!(page.answer.status < 500, "{name:.20}: {}", page.text());
    }
}
