//! Owns a tour of every hosted page, for the rules that hold on all of them.

use serde_json::json;

use crate::support::setup::PASSWORD;
use crate::support::{Answer, Browser, Setup, TestApp};

/// A page on the tour.
pub struct Stop {
    /// What it is.
    pub name: &'static str,
    /// The page.
    pub answer: Answer,
}

/// Every hosted page, each at least once, with `extra` parameters in the address.
#[expect(clippy::too_many_lines, reason = "a list: one stop per page")]
pub async fn every_page(app: &TestApp, setup: &Setup, extra: &[(&str, &str)]) -> Vec<Stop> {
    let mut stops = Vec::new();
    let mut stop = |name, answer| stops.push(Stop { name, answer });
    let query = setup.query(extra);
    setup.user(app, "tour@example.com").await;
    let temporary = json!({
        "UserPoolId": setup.pool, "Username": "temp@example.com", "TemporaryPassword": PASSWORD,
        "MessageAction": "SUPPRESS", "UserAttributes": [{ "Name": "email", "Value": "temp@example.com" }],
    });
    app.ok("AdminCreateUser", temporary).await;
    let visitor = Browser::new(app);
    for (name, path) in [
        ("sign in", "/login"),
        ("sign up", "/signup"),
        ("confirm, code not asked for here", "/confirm"),
        ("forgot", "/forgotPassword"),
        ("reset, code not asked for here", "/confirmforgotPassword"),
    ] {
        stop(name, visitor.peek(&format!("{path}?{query}")).await);
    }
    let mut new = Browser::new(app);
    let page = new.open(&format!("/signup?{query}")).await;
    let page =
        new.submit(&page, "signUpSubmitButton", &[("username", "new@example.com"), ("password", PASSWORD)]).await;
    stop("confirm", new.peek(&page.url).await);
    let page = new.submit(&page, "verification_code", &[("verification_code", "x")]).await;
    stop("confirm, wrong code", page.answer);
    let page = new.open(&format!("/login?{query}")).await;
    stop(
        "sign in, wrong password",
        new.submit(&page, "password", &[("username", "x"), ("password", "y")]).await.answer,
    );
    let page = new.open(&format!("/forgotPassword?{query}")).await;
    let page = new.submit(&page, "reset_my_password", &[("username", "tour@example.com")]).await;
    stop("reset", new.peek(&page.url).await);
    let mut forced = Browser::new(app);
    let page = setup.sign_in(&mut forced, "temp@example.com", extra).await;
    stop("change password", page.answer);
    let mut known = Browser::new(app);
    setup.sign_in(&mut known, "tour@example.com", &[]).await;
    stop("known session", known.peek(&format!("/login?{query}")).await);
    stop("account", known.peek(&format!("/account?{query}")).await);
    stop("account, password", known.peek(&format!("/account/password?{query}")).await);
    let link = format!("/confirmUser?client_id={}&user_name=tour@example.com&confirmation_code=123456", setup.client);
    stop("confirm by link", visitor.peek(&link).await);
    stop("error", visitor.peek("/error?error=redirect_mismatch&parameter=redirect_uri").await);
    stop("not found", visitor.peek("/nowhere").await);
    stop("forged post", visitor.forge(&format!("/login?{query}"), &[], &[("username", "x")]).await);
    stop("unreadable post", visitor.forge(&format!("/login?{query}"), &[], &[("x", "1"), ("x", "2")]).await);
    let factors = json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    setup.set_mfa(app, factors).await;
    let mut asked = Browser::new(app);
    stop("second factor", setup.sign_in(&mut asked, "tour@example.com", extra).await.answer);
    let only_app = json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    setup.set_mfa(app, only_app).await;
    let mut asked = Browser::new(app);
    stop("second factor to set up", setup.sign_in(&mut asked, "tour@example.com", extra).await.answer);
    stop("inbox", visitor.peek("/_cenote/inbox").await);
    stops
}
