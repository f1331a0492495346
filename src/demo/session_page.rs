//! Owns the page that explains a session: both signed tokens taken apart, and how long they last.
//! It must not know how they were got.

use askama::Template;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::aws::Outcome;
use super::jwt;
use super::pages::{Shell, render};
use super::refresh::RENEW_BELOW;
use super::stored::Session;
use super::visit::Visit;

/// So many characters of a refresh token are shown at either end.
const SHOWN_OF_SECRET: usize = 6;

#[derive(Template)]
#[template(path = "demo/session.html")]
struct SessionPage {
    shell: Shell,
    now: i64,
    signed_in_at: Moment,
    tokens: [TokenView; 2],
    refresh_token: Option<String>,
    account_href: Option<String>,
    has_identity_pool: bool,
    outcome: Option<Outcome>,
    renew_below_minutes: i64,
}

struct Moment {
    machine: String,
    human: String,
}

struct TokenView {
    id: &'static str,
    title: &'static str,
    purpose: &'static str,
    raw: String,
    header: String,
    payload: String,
    claims: Vec<ClaimRow>,
    expires: i64,
    expires_at: Moment,
    lifetime: i64,
    remaining: i64,
    remaining_text: String,
}

struct ClaimRow {
    name: String,
    value: String,
    meaning: &'static str,
}

/// The session page of `session`, with what came of a try.
#[must_use]
pub fn session(visit: &Visit<'_>, session: &Session, outcome: Option<Outcome>) -> String {
    let now = visit.site.outside.clock.now().seconds();
    let id = TokenView {
        id: "id-token",
        title: "ID token",
        purpose: "Tells this site who you are. It was verified with the pool's public key when it came.",
        ..TokenView::new(&session.id_token, now)
    };
    let access = TokenView {
        id: "access-token",
        title: "Access token",
        purpose: "Lets this site ask the pool and other services on your behalf.",
        ..TokenView::new(&session.access_token, now)
    };
    render(&SessionPage {
        shell: Shell::new(visit, true),
        now,
        signed_in_at: moment(session.signed_in_at.seconds()),
        tokens: [id, access],
        refresh_token: session.refresh_token.as_deref().map(abridged),
        account_href: account_href(visit),
        has_identity_pool: visit.site.config.identity.is_some(),
        outcome,
        renew_below_minutes: RENEW_BELOW / 60,
    })
}

/// The pool's account page, which knows the app by its client and leads back to this page.
fn account_href(visit: &Visit<'_>) -> Option<String> {
    let config = &visit.site.config;
    let mut url = config.account_page.clone()?;
    let back = config.public_url.join("/session").ok()?;
    url.query_pairs_mut().append_pair("client_id", &config.client_id).append_pair("return_to", back.as_str());
    Some(url.into())
}

impl TokenView {
    fn new(raw: &str, now: i64) -> Self {
        let payload = jwt::payload(raw).unwrap_or_default();
        let number = |name: &str| payload.get(name).and_then(Value::as_i64);
        let expires = number("exp").unwrap_or(now);
        let remaining = (expires - now).max(0);
        Self {
            id: "",
            title: "",
            purpose: "",
            raw: raw.to_owned(),
            header: pretty(&jwt::header(raw).unwrap_or_default()),
            claims: payload.iter().map(|(name, value)| ClaimRow::new(name, value)).collect(),
            payload: pretty(&payload),
            expires,
            expires_at: moment(expires),
            lifetime: (expires - number("iat").unwrap_or(now)).max(1),
            remaining,
            remaining_text: duration(remaining),
        }
    }
}

impl ClaimRow {
    fn new(name: &str, value: &Value) -> Self {
        let shown = match (name, value) {
            ("exp" | "iat" | "auth_time" | "nbf", Value::Number(number)) => {
                format!("{} ({number})", moment(number.as_i64().unwrap_or_default()).human)
            }
            (_, Value::String(text)) => text.clone(),
            (_, Value::Array(items)) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            (_, other) => other.to_string(),
        };
        Self { name: name.to_owned(), value: shown, meaning: meaning(name) }
    }
}

fn meaning(claim: &str) -> &'static str {
    match claim {
        "sub" => "Who you are, for ever",
        "iss" => "The pool that says so",
        "aud" => "The app client it is meant for",
        "client_id" => "The app client it was given to",
        "token_use" => "What the token is for",
        "exp" => "Good until",
        "iat" => "Made at",
        "auth_time" => "When you last proved who you are",
        "jti" => "This token",
        "origin_jti" => "This sign-in; revoking ends all of its tokens",
        "event_id" => "The sign-in event in the pool's log",
        "nonce" => "Ties the token to the attempt that this site began",
        "at_hash" => "Ties the token to its access token",
        "scope" => "What it allows",
        "username" | "cognito:username" => "Your name in the pool",
        "cognito:groups" => "Groups that you are in",
        "identities" => "Accounts elsewhere that you sign in with",
        "email_verified" => "Whether the pool has checked the address",
        "phone_number_verified" => "Whether the pool has checked the number",
        "version" => "The format of the token",
        _ => "",
    }
}

fn pretty(object: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(object).unwrap_or_default()
}

fn abridged(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    if characters.len() < 8 * SHOWN_OF_SECRET {
        return "•".repeat(12);
    }
    let first: String = characters.iter().take(SHOWN_OF_SECRET).collect();
    let last: String = characters.iter().skip(characters.len() - SHOWN_OF_SECRET).collect();
    format!("{first}…{last}")
}

fn moment(seconds: i64) -> Moment {
    let date = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let human = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute]:[second] UTC");
    Moment { machine: date.format(&Rfc3339).unwrap_or_default(), human: date.format(human).unwrap_or_default() }
}

/// A duration as people say it; static/demo.js counts down in the same words.
fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{} s", seconds % 60),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_people_say_them() {
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(59), "59 s");
        assert_eq!(duration(3_599), "59 min 59 s");
        assert_eq!(duration(3_600), "1 h 0 min");
        assert_eq!(duration(90_000), "1 d 1 h");
    }

    #[test]
    fn a_refresh_token_is_never_shown_whole() {
        assert_eq!(abridged("short"), "••••••••••••");
        assert_eq!(abridged(&"x".repeat(100)), "xxxxxx…xxxxxx");
    }
}
