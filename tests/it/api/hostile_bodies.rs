//! Every operation with bodies that nobody wrote with care: the answer is a success or a refusal, soon, never a fault
//! of the server.

use std::collections::BTreeSet;
use std::time::Duration;

use cenote::api::FAMILIES;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::model::MODEL;
use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

/// How many bodies; every operation gets its share.
const CASES: u32 = 2500;
/// The longest that one answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Members that some operation asks for; without them a request gets no further.
const NEEDED: &[&str] = &[
    "UserPoolId",
    "ClientId",
    "AccessToken",
    "RefreshToken",
    "Token",
    "Username",
    "Password",
    "PreviousPassword",
    "ProposedPassword",
    "AuthFlow",
    "AuthParameters",
    "ChallengeName",
    "ChallengeResponses",
    "Session",
    "GroupName",
    "ConfirmationCode",
    "Identifier",
    "Name",
    "MaxResults",
    "PoolName",
    "ClientName",
];

/// Real values, so that requests get past the first check.
pub struct Known {
    setup: Setup,
    access_token: Value,
    refresh_token: Value,
}

impl Known {
    /// The value under which a request would work.
    fn good(&self, member: &str) -> Value {
        self.real(member).unwrap_or_else(|| json!("name"))
    }

    /// The same, where it is more than any text.
    pub fn real(&self, member: &str) -> Option<Value> {
        let parameters = json!({
            "USERNAME": "jane", "PASSWORD": PASSWORD, "REFRESH_TOKEN": self.refresh_token,
            "NEW_PASSWORD": PASSWORD,
        });
        Some(match member {
            "UserPoolId" => json!(self.setup.pool),
            "ClientId" => json!(self.setup.client),
            "AccessToken" => self.access_token.clone(),
            "RefreshToken" | "Token" => self.refresh_token.clone(),
            "Username" => json!("john"),
            "Password" | "TemporaryPassword" | "ProposedPassword" | "PreviousPassword" => json!(PASSWORD),
            "AuthFlow" => json!("USER_PASSWORD_AUTH"),
            "ChallengeName" => json!("NEW_PASSWORD_REQUIRED"),
            "AuthParameters" | "ChallengeResponses" => parameters,
            "UserAttributes" => json!([{ "Name": "name", "Value": "x" }]),
            "MaxResults" | "Limit" | "Precedence" => json!(5),
            "ConfirmationCode" => json!("123456"),
            "Session" => json!("x".repeat(40)),
            _ => return None,
        })
    }
}

/// A value of a member: the one that works, another one, or none.
#[derive(Debug, Clone)]
enum Choice {
    Good,
    Other(Value),
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!("deep"), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "A": inner }) })
}

fn text() -> impl Strategy<Value = String> {
    let odd = select(vec![
        String::new(),
        "a\u{0}b".to_owned(),
        "\u{202e}\u{feff}\u{7f}\r\n\t".to_owned(),
        "'; DROP TABLE users; --".to_owned(),
        "%s%n{{7*7}}${x}".to_owned(),
        "\u{10ffff}".repeat(600),
        "é".repeat(2500),
        "x".repeat(70_000),
        "us-east-1_AbCdEf123".to_owned(),
    ]);
    prop_oneof![3 => odd, 2 => any::<String>(), 1 => "[ -~]{0,40}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        select(vec![1, 40, 120]).prop_map(nested),
    ];
    let keys = select(vec![
        "Name",
        "Value",
        "USERNAME",
        "PASSWORD",
        "REFRESH_TOKEN",
        "SECRET_HASH",
        "PasswordPolicy",
        "MinimumLength",
        "userAttributes.name",
        "RecoveryMechanisms",
        "ScopeName",
        "Feature",
        "x\u{0}",
    ]);
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((keys.clone(), inner), 0..4).prop_map(|pairs| {
                Value::from(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

/// The members of all operations.
fn everybodys() -> Vec<&'static str> {
    let all: BTreeSet<_> = MODEL.operations.keys().flat_map(|operation| MODEL.members_of(operation)).collect();
    all.into_iter().collect()
}

fn case() -> impl Strategy<Value = (&'static str, Vec<(&'static str, Choice)>)> {
    let names: Vec<_> = FAMILIES.iter().flat_map(|family| family.iter()).map(|entry| entry.name).collect();
    select(names).prop_flat_map(|operation| {
        let member = prop_oneof![4 => select(MODEL.members_of(operation)), 1 => select(everybodys())];
        let choice = prop_oneof![3 => Just(Choice::Good), 2 => value().prop_map(Choice::Other)];
        (Just(operation), vec((member, choice), 0..14))
    })
}

/// Whether the good value of the member would end what the other bodies build on.
pub fn is_ending(operation: &str, member: &str) -> bool {
    let ends = ["Delete", "SignOut", "Revoke", "AdminDisable"].iter().any(|word| operation.contains(word));
    ends && ["UserPoolId", "ClientId", "AccessToken", "Token"].contains(&member)
}

/// A server with a pool, a client and two users.
pub async fn prepared() -> (TestApp, Known) {
    let app = TestApp::new().await;
    let aliases = json!({ "UsernameAttributes": null, "AliasAttributes": ["email", "preferred_username"] });
    let setup = Setup::with(&app, aliases, json!({})).await;
    setup.user_named(&app, "jane").await;
    let tokens = setup.tokens(&app, "jane").await;
    let (access_token, refresh_token) = (tokens["AccessToken"].clone(), tokens["RefreshToken"].clone());
    (app, Known { setup, access_token, refresh_token })
}

/// Calls the operation; anything but a success or a refusal in the protocol's form is a fault.
pub async fn refused_or_done(app: &TestApp, operation: &str, body: Value) -> Result<u16, String> {
    let answer = tokio::time::timeout(PATIENCE, app.api(operation, body)).await;
    let answer = answer.map_err(|_| format!("{operation} hangs"))?;
    let is_refusal = || answer.status == 400 && !answer.fault().is_empty() && answer.json()["message"].is_string();
    if answer.status == 200 || is_refusal() {
        return Ok(answer.status);
    }
    Err(format!("{operation}: {} {}", answer.status, answer.text))
}

#[test]
fn no_body_makes_an_operation_fail_on_our_side() {
    let system = actix_web::rt::System::new();
    let (app, known) = system.block_on(prepared());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&case(), |(operation, members)| {
        let mut body = Map::new();
        for (name, choice) in members {
            match choice {
                Choice::Other(value) => _ = body.insert(name.to_owned(), value),
                Choice::Good if is_ending(operation, name) => {}
                Choice::Good => _ = body.insert(name.to_owned(), known.good(name)),
            }
        }
        system.block_on(refused_or_done(&app, operation, Value::from(body))).map(drop).map_err(TestCaseError::fail)
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    system.block_on(async { drop(app) });
}

/// Text that no compression makes small.
fn noise(length: u32) -> String {
    let letter = |number: u32| b'!' + u8::try_from((number.wrapping_mul(2_654_435_761) >> 16) % 90).unwrap();
    (0..length).map(|number| char::from(letter(number))).collect()
}

/// The value of `member` that is odd by `text`.
fn odd_value(member: &str, text: &str) -> Value {
    match member {
        "UserAttributes" => json!([{ "Name": "preferred_username", "Value": text }]),
        "AuthParameters" | "ChallengeResponses" => {
            json!({ "USERNAME": text, "PASSWORD": text, "NEW_PASSWORD": text, "REFRESH_TOKEN": text })
        }
        "UserPoolTags" => json!({ text: text }),
        "Scopes" => json!([{ "ScopeName": "read", "ScopeDescription": text }]),
        "LambdaConfig" => json!({ "PreSignUp": text }),
        _ => json!(text),
    }
}

#[actix_web::test]
async fn every_member_may_be_odd_while_the_others_are_right() {
    let (app, known) = prepared().await;
    let odd = ["a\u{0}b".to_owned(), noise(2040)];
    let entries = FAMILIES.iter().flat_map(|family| family.iter());
    for operation in entries.map(|entry| entry.name) {
        for member in MODEL.members_of(operation) {
            for text in &odd {
                let mut body: Map<_, _> = NEEDED.iter().map(|name| ((*name).to_owned(), known.good(name))).collect();
                body.insert(member.to_owned(), odd_value(member, text));
                body.retain(|name, _| name == member || !is_ending(operation, name));
                let outcome = refused_or_done(&app, operation, Value::from(body)).await;
                assert!(outcome.is_ok(), "{member} {text:.20}: {outcome:?}");
            }
        }
    }
}
