//! Owns the mail about an unusual sign-in, and the answer to it: whether it was the user.

use std::fmt::Write as _;

use secrecy::{ExposeSecret as _, SecretString};

use super::{check_enabled, configuration, keep_feedback};
use crate::auth::{administration, allowances};
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::cx::visitor::Visitor;
use crate::cx::{ClientEntry, Cx, PoolEntry};
use crate::domain::allowance::Allowance;
use crate::domain::device_name::{self, DeviceName};
use crate::domain::risk::RiskNotice;
use crate::domain::threat_protection::Feedback;
use crate::domain::user::User;
use crate::error::Error;
use crate::notice::alert::{Alert, Happened};

/// How long an answer is taken.
const ANSWER_SECONDS: i64 = 7 * 86_400;
/// Who answers.
const PROVIDER: &str = "User";
/// What is said of a place: there is no table of places here.
const UNKNOWN: &str = "unknown";

/// Writes to the user of a sign-in, if there is a proven address to write to, and not more often in an hour than somebody
/// reads. Its event is the one of that id and moment.
///
/// # Errors
/// When the database fails.
pub async fn send(
    cx: &Cx,
    client: &ClientEntry,
    user: &User,
    (happened, event): (Happened, &(String, Timestamp)),
) -> Result<(), Error> {
    let Some(address) = user.attribute("email").filter(|_| user.is_verified("email")) else { return Ok(()) };
    match allowances::count_now(cx, (&user.pool_id, &user.sub), Allowance::RiskNotice).await {
        Err(Error::AttemptLimitExceeded) => return Ok(()),
        counted => counted?,
    }
    let pool = &client.pool.pool;
    let notices = configuration(client).map(|known| &known.takeover.notices);
    let notice = notices.map(|notices| match happened {
        Happened::Refused => &notices.refused,
        Happened::Asked => &notices.asked,
        Happened::Allowed => &notices.allowed,
    });
    let RiskNotice { subject, html, text } = notice.cloned().unwrap_or_default();
    let alert = Alert {
        to: address.to_owned(),
        reply_to: notices.and_then(|notices| notices.reply_to.clone()).or_else(|| pool.settings.reply_to.clone()),
        brand_name: pool.name.clone(),
        happened,
        subject,
        html,
        text,
        values: values(cx, client, (user, event)),
        failures_to: pool.failures_to(),
    };
    cx.outbox.send(alert.render(cx.now()));
    Ok(())
}

fn values(cx: &Cx, client: &ClientEntry, (user, event): (&User, &(String, Timestamp))) -> Vec<(&'static str, String)> {
    let visitor = Visitor::present();
    let token = token(cx, user, event);
    let link = |value: &str| {
        let mut link = format!("{}/feedback?client_id={}", cx.base_of(&client.pool), client.client.id);
        let parts = [("user_name", user.username.as_str()), ("event_id", &event.0), ("feedback_token", &token)];
        for (name, part) in parts.into_iter().chain([("value", value)]) {
            let part = url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
            let _ = write!(link, "&{name}={part}");
        }
        link
    };
    vec![
        ("{username}", user.display_name().to_owned()),
        ("{ip-address}", visitor.address_text().unwrap_or_else(|| UNKNOWN.to_owned())),
        ("{city}", UNKNOWN.to_owned()),
        ("{country}", UNKNOWN.to_owned()),
        ("{login-time}", event.1.in_words()),
        ("{device-name}", named(&visitor.device)),
        ("{one-click-link-valid}", link("valid")),
        ("{one-click-link-invalid}", link("invalid")),
        ("{event-id}", event.0.clone()),
        ("{feedback-token}", token),
    ]
}

/// What people call the device. Whoever signs in chooses what a user agent says, so nothing of it may look like a link.
fn named(user_agent: &str) -> String {
    match device_name::of(user_agent) {
        DeviceName::BrowserOn(browser, system) => format!("{browser} on {system}"),
        DeviceName::Named(name) => name.chars().filter(|letter| letter.is_alphanumeric() || *letter == '-').collect(),
        DeviceName::Unknown => UNKNOWN.to_owned(),
    }
}

/// What the user brings back with an answer: when the event was, and a MAC over it.
fn token(cx: &Cx, user: &User, (id, at): &(String, Timestamp)) -> String {
    let event = format!("{id}/{}", at.0);
    format!(
        "{}.{}",
        at.0,
        cx.secrets.code_mac([user.pool_id.as_str(), user.sub.as_str(), "auth_event_feedback", &event])
    )
}

/// Notes what a user says of an event, by the token of the mail. Every fault is told in the same way.
///
/// # Errors
/// [`Error::AddOnNotEnabled`]; Cognito's refusal of a token that is none, or too old.
pub async fn answer(
    cx: &Cx,
    pool: &PoolEntry,
    (username, id, given): (&str, String, &SecretString),
    is_valid: bool,
) -> Result<(), Error> {
    check_enabled(&pool.pool)?;
    let refusal = || Error::not_authorized("Invalid feedback token");
    let user = administration::find(cx, pool, username).await.map_err(|fault| match fault {
        Error::NotFound(_) => refusal(),
        other => other,
    })?;
    let given = given.expose_secret();
    let at = given.split_once('.').and_then(|(at, _)| at.parse().ok()).map(Timestamp).ok_or_else(refusal)?;
    let event = (id, at);
    let is_right = digest::is_equal(token(cx, &user, &event).as_bytes(), given.as_bytes());
    if !is_right || at.plus_seconds(ANSWER_SECONDS) <= cx.now() {
        return Err(refusal());
    }
    let feedback = Feedback { is_valid, provider: PROVIDER.to_owned(), given_at: cx.now() };
    tracing::info!(pool = %user.pool_id, sub = %user.sub, event = event.0, is_valid, "a user answered for a sign-in");
    if keep_feedback(cx, &user, (event.0, feedback)).await? { Ok(()) } else { Err(refusal()) }
}
