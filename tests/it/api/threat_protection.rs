//! Threat protection: what a pool says about risks, the addresses that it blocks, what it keeps of its users.

use cenote::cx::Outbox;
use cenote::mail::Mail;
use serde_json::{Value, json};

use crate::support::setup::{PASSWORD, merge};
use crate::support::{Setup, TestApp, log};

/// The user.
pub const JANE: &str = "jane@example.com";
const BLOCKED: (&str, &str) = ("NotAuthorizedException", "Request not allowed due to security reasons.");

/// The settings of a protected pool.
pub fn protected(mode: &str) -> Value {
    json!({ "UserPoolTier": "PLUS", "UserPoolAddOns": { "AdvancedSecurityMode": mode } })
}

/// A protected pool with [`JANE`].
pub async fn stage(mode: &str) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, protected(mode), json!({})).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

/// The members of an operation on [`JANE`].
pub fn of_jane(setup: &Setup, more: Value) -> Value {
    let mut body = json!({ "UserPoolId": setup.pool, "Username": JANE });
    merge(&mut body, more);
    body
}

/// What [`JANE`] did, newest first.
pub async fn events(app: &TestApp, setup: &Setup) -> Vec<Value> {
    let listed = app.ok("AdminListUserAuthEvents", of_jane(setup, json!({}))).await;
    listed["AuthEvents"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_risk_configuration_is_kept_shown_and_taken_back() {
    let (app, setup) = stage("AUDIT").await;
    let parts = json!({
        "CompromisedCredentialsRiskConfiguration": {
            "EventFilter": ["SIGN_IN"], "Actions": { "EventAction": "NO_ACTION" },
        },
        "AccountTakeoverRiskConfiguration": {
            "NotifyConfiguration": { "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/x@example.com" },
            "Actions": { "HighAction": { "Notify": true, "EventAction": "BLOCK" } },
        },
        "RiskExceptionConfiguration": { "BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["2001:db8::/32"] },
    });
    let mut wanted = json!({ "UserPoolId": setup.pool, "ClientId": setup.client });
    merge(&mut wanted, parts.clone());
    let set = app.ok("SetRiskConfiguration", wanted).await["RiskConfiguration"].clone();
    let ids = json!({ "UserPoolId": setup.pool, "ClientId": setup.client });
    let shown = app.ok("DescribeRiskConfiguration", ids.clone()).await["RiskConfiguration"].clone();
    assert_eq!(set, shown);
    for (name, value) in parts.as_object().unwrap() {
        assert_eq!(&shown[name], value);
    }
    assert_eq!(shown["LastModifiedDate"], 1_704_164_645.0);
    let pools = app.ok("DescribeRiskConfiguration", json!({ "UserPoolId": setup.pool })).await;
    assert_eq!(pools, json!({ "RiskConfiguration": { "UserPoolId": setup.pool } }));
    let back = app.ok("SetRiskConfiguration", ids.clone()).await["RiskConfiguration"].clone();
    assert_eq!(back, ids);
}

#[actix_web::test]
async fn a_risk_configuration_that_makes_no_sense_is_refused() {
    let (app, setup) = stage("ENFORCED").await;
    let exceptions = |range: &str| json!({ "RiskExceptionConfiguration": { "BlockedIPRangeList": [range] } });
    for bad in [
        exceptions("192.0.2.0"),
        exceptions("192.0.2.0/33"),
        json!({ "CompromisedCredentialsRiskConfiguration": {} }),
        json!({ "CompromisedCredentialsRiskConfiguration": { "Actions": { "EventAction": "MFA_REQUIRED" } } }),
        json!({ "AccountTakeoverRiskConfiguration": { "Actions": { "LowAction": { "Notify": true, "EventAction": "BLOCK" } } } }),
    ] {
        let mut body = json!({ "UserPoolId": setup.pool });
        merge(&mut body, bad.clone());
        assert_eq!(app.api("SetRiskConfiguration", body).await.fault(), "InvalidParameterException", "{bad}");
    }
}

#[actix_web::test]
async fn without_the_add_on_nothing_is_kept_and_every_operation_says_so() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    setup.user(&app, JANE).await;
    setup.tokens(&app, JANE).await;
    let event = json!({ "EventId": "e", "FeedbackValue": "Valid", "FeedbackToken": "t" });
    for operation in [
        "SetRiskConfiguration",
        "DescribeRiskConfiguration",
        "AdminListUserAuthEvents",
        "AdminUpdateAuthEventFeedback",
        "UpdateAuthEventFeedback",
    ] {
        let answer = app.api(operation, of_jane(&setup, event.clone())).await;
        assert_eq!(answer.fault(), "UserPoolAddOnNotEnabledException", "{operation}");
    }
    let mut change = json!({ "UserPoolId": setup.pool });
    merge(&mut change, protected("AUDIT"));
    app.ok("UpdateUserPool", change.clone()).await;
    assert_eq!(events(&app, &setup).await, Vec::<Value>::new());
    merge(&mut change, json!({ "UserPoolTier": "ESSENTIALS" }));
    assert_eq!(app.api("UpdateUserPool", change).await.fault(), "FeatureUnavailableInTierException");
}

#[actix_web::test]
async fn what_users_do_is_listed_newest_first() {
    let (app, setup) = stage("AUDIT").await;
    setup.api_sign_in(&app, JANE, "Wrong-Horse-1").await;
    app.advance(5);
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    app.advance(5);
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    app.advance(5);
    let change = json!({ "AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": "Another-Horse-2" });
    app.ok("ChangePassword", change).await;
    let listed = events(&app, &setup).await;
    let told: Vec<_> = listed
        .iter()
        .map(|event| (event["EventType"].as_str().unwrap(), event["EventResponse"].as_str().unwrap()))
        .collect();
    let expected =
        [("PasswordChange", "Pass"), ("ForgotPassword", "InProgress"), ("SignIn", "Pass"), ("SignIn", "Fail")];
    assert_eq!(told, expected);
    let (passed, failed) = (&listed[2], &listed[3]);
    assert_eq!(passed["ChallengeResponses"], json!([{ "ChallengeName": "Password", "ChallengeResponse": "Success" }]));
    assert_eq!(failed["ChallengeResponses"], json!([{ "ChallengeName": "Password", "ChallengeResponse": "Failure" }]));
    assert_eq!(passed["CreationDate"], 1_704_164_650.0);
    assert_eq!(passed["EventContextData"]["IpAddress"], "127.0.0.1");
    assert_eq!(passed["EventRisk"], json!({ "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false }));
}

#[actix_web::test]
async fn events_are_listed_in_pages() {
    let (app, setup) = stage("AUDIT").await;
    for _ in 0..5 {
        setup.tokens(&app, JANE).await;
    }
    let all: Vec<_> = events(&app, &setup).await.iter().map(|event| event["EventId"].clone()).collect();
    let (mut paged, mut token) = (Vec::new(), Value::Null);
    for _ in 0..3 {
        let page = of_jane(&setup, json!({ "MaxResults": 2, "NextToken": token }));
        let page = app.ok("AdminListUserAuthEvents", page).await;
        paged.extend(page["AuthEvents"].as_array().unwrap().iter().map(|event| event["EventId"].clone()));
        token = page.get("NextToken").cloned().unwrap_or_default();
    }
    assert_eq!((paged, token), (all, Value::Null));
    let garbage = of_jane(&setup, json!({ "NextToken": "garbage" }));
    assert_eq!(app.api("AdminListUserAuthEvents", garbage).await.fault(), "InvalidParameterException");
}

#[actix_web::test]
async fn an_administrator_says_what_an_event_was_and_a_made_up_token_says_nothing() {
    let (app, setup) = stage("AUDIT").await;
    setup.tokens(&app, JANE).await;
    let id = events(&app, &setup).await[0]["EventId"].clone();
    app.advance(60);
    let said = of_jane(&setup, json!({ "EventId": id, "FeedbackValue": "Invalid" }));
    assert_eq!(app.ok("AdminUpdateAuthEventFeedback", said.clone()).await, json!({}));
    let told = json!({ "FeedbackValue": "Invalid", "Provider": "Admin", "FeedbackDate": 1_704_164_705.0 });
    assert_eq!(events(&app, &setup).await[0]["EventFeedback"], told);
    let unknown = of_jane(&setup, json!({ "EventId": "nothing", "FeedbackValue": "Valid" }));
    assert_eq!(app.api("AdminUpdateAuthEventFeedback", unknown).await.fault(), "ResourceNotFoundException");
    let mut users = said;
    merge(&mut users, json!({ "FeedbackValue": "Valid", "FeedbackToken": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln" }));
    app.refuses("UpdateAuthEventFeedback", users, ("NotAuthorizedException", "Invalid feedback token")).await;
    assert_eq!(events(&app, &setup).await[0]["EventFeedback"], told);
}

#[actix_web::test]
async fn nobody_signs_in_from_a_blocked_address() {
    for (mode, is_blocked) in [("ENFORCED", true), ("AUDIT", false)] {
        let (app, setup) = stage(mode).await;
        let ranges = json!({ "BlockedIPRangeList": ["127.0.0.0/8"] });
        let risk = json!({ "UserPoolId": setup.pool, "RiskExceptionConfiguration": ranges });
        app.ok("SetRiskConfiguration", risk).await;
        if !is_blocked {
            setup.tokens(&app, JANE).await;
            continue;
        }
        for (name, password) in [(JANE, PASSWORD), (JANE, "Wrong-Horse-1"), ("nobody@example.com", PASSWORD)] {
            app.refuses("InitiateAuth", setup.attempt(name, password), BLOCKED).await;
        }
        let event = &events(&app, &setup).await[0];
        assert_eq!((&event["EventResponse"], &event["EventRisk"]["RiskDecision"]), (&json!("Fail"), &json!("Block")));
        let own = json!({
            "UserPoolId": setup.pool, "ClientId": setup.client,
            "RiskExceptionConfiguration": { "BlockedIPRangeList": ["192.0.2.0/24"] },
        });
        app.ok("SetRiskConfiguration", own).await;
        setup.tokens(&app, JANE).await;
    }
}

#[actix_web::test]
async fn events_are_written_to_the_log_where_the_pool_delivers_them() {
    log::record();
    let (app, setup) = stage("AUDIT").await;
    setup.tokens(&app, JANE).await;
    let arn = format!("arn:aws:logs:us-east-1:123456789012:log-group:{}", setup.client);
    let delivery = json!({
        "UserPoolId": setup.pool,
        "LogConfigurations": [{
            "LogLevel": "INFO", "EventSource": "userAuthEvents",
            "CloudWatchLogsConfiguration": { "LogGroupArn": arn },
        }],
    });
    app.ok("SetLogDeliveryConfiguration", delivery).await;
    setup.tokens(&app, JANE).await;
    let lines = log::recorded();
    let mine: Vec<_> = lines.lines().filter(|line| line.contains("user event") && line.contains(&arn)).collect();
    assert_eq!(mine.len(), 1, "{mine:?}");
    assert!(mine[0].contains("userAuthEvents") && mine[0].contains("SignIn") && mine[0].contains("Pass"), "{mine:?}");
    assert!(!mine[0].contains(JANE), "no address of a person");
}

#[actix_web::test]
async fn messages_that_could_not_be_sent_are_told_to_where_the_pool_wants_it() {
    log::record();
    let (app, setup) = stage("AUDIT").await;
    let arn = format!("arn:aws:logs:us-east-1:123456789012:log-group:failures-{}", setup.client);
    let delivery = json!({
        "UserPoolId": setup.pool,
        "LogConfigurations": [{
            "LogLevel": "ERROR", "EventSource": "userNotification",
            "CloudWatchLogsConfiguration": { "LogGroupArn": arn },
        }],
    });
    app.ok("SetLogDeliveryConfiguration", delivery).await;
    app.ok("ForgotPassword", json!({ "ClientId": setup.client, "Username": JANE })).await;
    let message = app.messages().pop().unwrap();
    assert_eq!(message.failures_to.as_deref(), Some(arn.as_str()));
    Outbox::start(Mail::nowhere()).send(message);
    let told = || {
        let lines = log::recorded();
        let mine = lines.lines().filter(|line| line.contains("could not be sent") && line.contains(&arn));
        mine.map(str::to_owned).collect::<Vec<_>>()
    };
    for _ in 0..100 {
        if !told().is_empty() {
            break;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let told = told();
    assert!(told.len() == 1 && told[0].contains("ERROR") && told[0].contains("userNotification"), "{told:?}");
}
