//! Signing in with a passkey by the API: asked for, chosen, and everything that must not pass for it.

use serde_json::{Value, json};

use super::passkeys::{register, stage};
use crate::support::authenticator::Authenticator;
use crate::support::{Setup, TestApp};

/// Whose passkey it is.
pub const JANE: &str = "jane@example.com";
/// Where it is used.
pub const ORIGIN: &str = "http://localhost:3000";
const REFUSED: (&str, &str) = ("NotAuthorizedException", "The passkey could not be verified.");

/// A pool in which Jane has a passkey.
pub async fn with_passkey() -> (TestApp, Setup, Authenticator) {
    let (app, setup) = stage().await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let mut authenticator = Authenticator::new(ORIGIN);
    register(&app, &token, &mut authenticator).await;
    (app, setup, authenticator)
}

fn begin(setup: &Setup, username: &str) -> Value {
    let parameters = json!({ "USERNAME": username, "PREFERRED_CHALLENGE": "WEB_AUTHN" });
    json!({ "AuthFlow": "USER_AUTH", "ClientId": setup.client, "AuthParameters": parameters })
}

fn options(asked: &Value) -> Value {
    assert_eq!(asked["ChallengeName"], "WEB_AUTHN", "{asked}");
    serde_json::from_str(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str().unwrap()).unwrap()
}

fn answer(setup: &Setup, asked: &Value, (username, credential): (&str, &Value)) -> Value {
    json!({
        "ClientId": setup.client, "ChallengeName": "WEB_AUTHN", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": username, "CREDENTIAL": credential.to_string() },
    })
}

#[actix_web::test]
async fn a_passkey_earns_tokens() {
    let (app, setup, mut authenticator) = with_passkey().await;
    let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
    let options = options(&asked);
    assert_eq!((&options["rpId"], &options["timeout"]), (&json!("localhost"), &json!(180_000)));
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    let credential = authenticator.get(&options);
    let tokens = app.ok("RespondToAuthChallenge", answer(&setup, &asked, (JANE, &credential))).await;
    let token = &tokens["AuthenticationResult"]["AccessToken"];
    assert!(app.ok("GetUser", json!({ "AccessToken": token })).await["Username"].is_string());
}

#[actix_web::test]
async fn a_passkey_is_among_the_choices_of_those_who_have_one() {
    let (app, setup, mut authenticator) = with_passkey().await;
    setup.user(&app, "bob@example.com").await;
    let choices = async |username: &str| {
        let mut body = begin(&setup, username);
        body["AuthParameters"].as_object_mut().unwrap().remove("PREFERRED_CHALLENGE");
        app.ok("InitiateAuth", body).await
    };
    let asked = choices(JANE).await;
    assert_eq!(asked["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]));
    for other in ["bob@example.com", "nobody@example.com"] {
        assert_eq!(choices(other).await["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]), "{other}");
    }
    let choose = json!({
        "ClientId": setup.client, "ChallengeName": "SELECT_CHALLENGE", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": JANE, "ANSWER": "WEB_AUTHN" },
    });
    let asked = app.ok("RespondToAuthChallenge", choose).await;
    let credential = authenticator.get(&options(&asked));
    app.ok("RespondToAuthChallenge", answer(&setup, &asked, (JANE, &credential))).await;
}

#[actix_web::test]
async fn what_the_passkey_did_not_sign_for_this_sign_in_is_refused() {
    let (app, setup, authenticator) = with_passkey().await;
    type Change = fn(&mut Authenticator, &mut Value);
    let changes: [(&str, Change); 6] = [
        ("origin", |one, _| "https://evil.example".clone_into(&mut one.origin)),
        ("relying party", |one, _| one.keys.iter_mut().for_each(|key| "evil.example".clone_into(&mut key.rp_id))),
        ("challenge", |_, options| options["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ("counter", |one, _| one.keys[0].counter = 0),
        ("user", |one, _| one.keys[0].handle = b"somebody else".to_vec()),
        ("id", |one, _| one.keys[0].id = b"unknown".to_vec()),
    ];
    for (what, change) in changes {
        let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
        let (mut forger, mut options) = (authenticator.clone(), options(&asked));
        change(&mut forger, &mut options);
        let key = forger.keys[0].clone();
        let credential = forger.sign(&key, &options);
        let body = answer(&setup, &asked, (JANE, &credential));
        let told = app.api("RespondToAuthChallenge", body.clone()).await;
        assert_eq!((told.fault(), told.message()), (REFUSED.0.to_owned(), REFUSED.1.to_owned()), "{what}");
        let again = app.api("RespondToAuthChallenge", body).await;
        assert_eq!(again.fault(), "NotAuthorizedException", "{what}: a session works once");
        assert_ne!(again.message(), REFUSED.1, "{what}");
    }
    let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
    for junk in ["", "{}", "null", "\u{0}"] {
        let mut body = answer(&setup, &asked, (JANE, &Value::Null));
        body["ChallengeResponses"]["CREDENTIAL"] = json!(junk);
        assert_eq!(app.api("RespondToAuthChallenge", body).await.status, 400, "{junk}");
    }
}

#[actix_web::test]
async fn an_answer_is_taken_once_also_in_parallel() {
    let (app, setup, mut authenticator) = with_passkey().await;
    let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
    let credential = authenticator.get(&options(&asked));
    let body = answer(&setup, &asked, (JANE, &credential));
    let tries = (0..6).map(|_| app.api("RespondToAuthChallenge", body.clone()));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[actix_web::test]
async fn a_copied_passkey_is_noticed_by_its_counter() {
    let (app, setup, mut authenticator) = with_passkey().await;
    let mut copy = authenticator.clone();
    let sign_in = async |one: &mut Authenticator| {
        let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
        let credential = one.get(&options(&asked));
        app.api("RespondToAuthChallenge", answer(&setup, &asked, (JANE, &credential))).await
    };
    assert_eq!(sign_in(&mut authenticator).await.status, 200);
    assert_eq!(sign_in(&mut authenticator).await.status, 200);
    assert_eq!(sign_in(&mut copy).await.message(), REFUSED.1);
    assert_eq!(sign_in(&mut authenticator).await.status, 200);
}

#[actix_web::test]
async fn nobody_signs_in_with_somebody_elses_passkey_or_at_another_client() {
    let (app, setup, mut authenticator) = with_passkey().await;
    setup.user(&app, "mallory@example.com").await;
    let token = setup.tokens(&app, "mallory@example.com").await["AccessToken"].clone();
    let mut hers = Authenticator::new(ORIGIN);
    register(&app, &token, &mut hers).await;
    let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
    let credential = hers.sign(&hers.keys[0], &options(&asked));
    app.refuses("RespondToAuthChallenge", answer(&setup, &asked, (JANE, &credential)), REFUSED).await;
    let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
    let credential = authenticator.get(&options(&asked));
    let invalid = ("NotAuthorizedException", "Invalid session for the user.");
    let body = answer(&setup, &asked, ("mallory@example.com", &credential));
    app.refuses("RespondToAuthChallenge", body, invalid).await;
    let (other, _) = setup.another_client(&app, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
    let elsewhere = setup.through(other);
    app.refuses("RespondToAuthChallenge", answer(&elsewhere, &asked, (JANE, &credential)), invalid).await;
    app.ok("RespondToAuthChallenge", answer(&setup, &asked, (JANE, &credential))).await;
}

#[actix_web::test]
async fn the_state_of_the_user_counts_for_passkeys_too() {
    let (app, setup, mut authenticator) = with_passkey().await;
    let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
    let credential = authenticator.get(&options(&asked));
    setup.disable(&app, JANE).await;
    let body = answer(&setup, &asked, (JANE, &credential));
    app.refuses("RespondToAuthChallenge", body, ("NotAuthorizedException", "User is disabled.")).await;
    app.ok("AdminEnableUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    let asked = app.ok("InitiateAuth", begin(&setup, JANE)).await;
    let credential = authenticator.get(&options(&asked));
    let admin = json!({ "UserPoolId": setup.pool, "Username": JANE });
    app.ok("AdminUserGlobalSignOut", admin).await;
    app.advance(1);
    let late = app.api("RespondToAuthChallenge", answer(&setup, &asked, (JANE, &credential))).await;
    assert!(matches!(late.status, 200 | 400), "{}", late.text);
}
