//! Every operation with bodies that nobody wrote with care: the answer is a success or a refusal, soon, never a fault
//! of the server.

use std::time::Duration;

use cenote::api::FAMILIES;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::support::setup::PASSWORD;
use crate::support::{Setup, TestApp};

/// How many bodies; every operation gets its share.
const CASES: u32 = 1500;
/// The longest that one answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Members of requests by the beginning of the operations that know them; all others are junk to an operation.
const MEMBERS: &[(&str, &[&str])] = &[
    (
        "Admin",
        &[
            "UserPoolId",
            "Username",
            "UserAttributes",
            "TemporaryPassword",
            "MessageAction",
            "Password",
            "Permanent",
            "DesiredDeliveryMediums",
            "ForceAliasCreation",
            "GroupName",
            "ClientId",
            "AuthFlow",
            "AuthParameters",
            "ChallengeName",
            "ChallengeResponses",
            "Session",
        ],
    ),
    (
        "CreateUserPool",
        &[
            "PoolName",
            "Policies",
            "DeletionProtection",
            "LambdaConfig",
            "AutoVerifiedAttributes",
            "AliasAttributes",
            "UsernameAttributes",
            "VerificationMessageTemplate",
            "MfaConfiguration",
            "UserPoolTags",
            "AdminCreateUserConfig",
            "Schema",
            "UsernameConfiguration",
            "AccountRecoverySetting",
            "UserPoolTier",
            "EmailVerificationMessage",
            "EmailVerificationSubject",
            "SmsVerificationMessage",
            "EmailConfiguration",
        ],
    ),
    ("UpdateUserPool", &["UserPoolId", "ClientId", "PoolName", "Policies", "UserPoolTags", "AdminCreateUserConfig"]),
    (
        "",
        &[
            "UserPoolId",
            "ClientId",
            "ClientName",
            "GenerateSecret",
            "ClientSecret",
            "RefreshTokenValidity",
            "TokenValidityUnits",
            "ReadAttributes",
            "WriteAttributes",
            "ExplicitAuthFlows",
            "SupportedIdentityProviders",
            "CallbackURLs",
            "LogoutURLs",
            "DefaultRedirectURI",
            "AllowedOAuthFlows",
            "AllowedOAuthScopes",
            "AllowedOAuthFlowsUserPoolClient",
            "RefreshTokenRotation",
            "AuthSessionValidity",
            "AnalyticsConfiguration",
            "MaxResults",
            "NextToken",
            "Identifier",
            "Name",
            "Scopes",
            "GroupName",
            "Description",
            "Precedence",
            "RoleArn",
            "Username",
            "SecretHash",
            "Password",
            "UserAttributes",
            "ConfirmationCode",
            "AuthFlow",
            "AuthParameters",
            "ChallengeName",
            "ChallengeResponses",
            "Session",
            "AccessToken",
            "RefreshToken",
            "Token",
            "PreviousPassword",
            "ProposedPassword",
            "ClientMetadata",
            "Limit",
        ],
    ),
];

/// Real values, so that requests get past the first check.
struct Known {
    setup: Setup,
    access_token: Value,
    refresh_token: Value,
}

impl Known {
    /// The value under which a request would work.
    fn good(&self, member: &str) -> Value {
        let parameters = json!({
            "USERNAME": "jane", "PASSWORD": PASSWORD, "REFRESH_TOKEN": self.refresh_token,
            "NEW_PASSWORD": PASSWORD,
        });
        match member {
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
            _ => json!("name"),
        }
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

fn case() -> impl Strategy<Value = (&'static str, Vec<(&'static str, Choice)>)> {
    let names: Vec<_> = FAMILIES.iter().flat_map(|family| family.iter()).map(|entry| entry.name).collect();
    select(names).prop_flat_map(|operation| {
        let known = MEMBERS.iter().filter(|(start, _)| operation.starts_with(start)).flat_map(|(_, members)| *members);
        let members: Vec<_> = known.copied().collect();
        let choice = prop_oneof![3 => Just(Choice::Good), 2 => value().prop_map(Choice::Other)];
        (Just(operation), vec((select(members), choice), 0..14))
    })
}

#[test]
fn no_body_makes_an_operation_fail_on_our_side() {
    let system = actix_web::rt::System::new();
    let (app, known) = system.block_on(async {
        let app = TestApp::new().await;
        let aliases = json!({ "UsernameAttributes": null, "AliasAttributes": ["email", "preferred_username"] });
        let setup = Setup::with(&app, aliases, json!({})).await;
        setup.user_named(&app, "jane").await;
        let tokens = setup.tokens(&app, "jane").await;
        (
            app,
            Known { setup, access_token: tokens["AccessToken"].clone(), refresh_token: tokens["RefreshToken"].clone() },
        )
    });
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&case(), |(operation, members)| {
        let mut body = Map::new();
        for (name, choice) in members {
            body.insert(
                name.to_owned(),
                match choice {
                    Choice::Good => known.good(name),
                    Choice::Other(value) => value,
                },
            );
        }
        if operation == "DeleteUserPool" || operation == "DeleteUserPoolClient" || operation == "UpdateUserPoolClient" {
            body.remove("ClientId");
        }
        if operation == "DeleteUserPool" {
            body.remove("UserPoolId");
        }
        let answer =
            system.block_on(async { tokio::time::timeout(PATIENCE, app.api(operation, Value::from(body))).await });
        let answer = answer.map_err(|_| TestCaseError::fail(format!("{operation} hangs")))?;
        let is_refusal = answer.status == 400 && !answer.fault().is_empty() && answer.json()["message"].is_string();
        prop_assert!(answer.status == 200 || is_refusal, "{operation}: {} {}", answer.status, answer.text);
        Ok(())
    });
    if let Err(fault) = outcome {
        panic!("{fault}");
    }
    system.block_on(async { drop(app) });
}
