//! Signing in with a choice of first factors, and right after a sign-up.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::srp::SrpClient;
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const NOBODY: &str = "nobody@example.com";
const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const USED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");

async fn prepared() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let factors = json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    let policy = json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": factors } } });
    let setup = Setup::with_factors(&app, policy, json!({})).await;
    setup.user_with(&app, JANE, &[("phone_number", "+14325551212")]).await;
    (app, setup)
}

async fn start(app: &TestApp, setup: &Setup, parameters: Value) -> Value {
    app.ok("InitiateAuth", setup.first_step("USER_AUTH", parameters)).await
}

fn has_tokens(answer: &Value) -> bool {
    answer["AuthenticationResult"]["AccessToken"].is_string()
}

#[actix_web::test]
async fn what_the_pool_allows_and_the_user_has_can_be_chosen() {
    let (app, setup) = prepared().await;
    let asked = start(&app, &setup, json!({ "USERNAME": JANE })).await;
    assert_eq!(asked["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(asked["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]));
    setup.user(&app, "john@example.com").await;
    let asked = start(&app, &setup, json!({ "USERNAME": "john@example.com" })).await;
    assert_eq!(asked["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]));
    let plain = Setup::with_factors(&app, json!({}), json!({})).await;
    plain.user(&app, JANE).await;
    let asked = start(&app, &plain, json!({ "USERNAME": JANE, "PREFERRED_CHALLENGE": "EMAIL_OTP" })).await;
    assert_eq!(
        (&asked["ChallengeName"], &asked["AvailableChallenges"]),
        (&json!("SELECT_CHALLENGE"), &json!(["PASSWORD_SRP", "PASSWORD"]))
    );
}

#[actix_web::test]
async fn every_factor_leads_to_tokens() {
    let (app, setup) = prepared().await;
    for inline in [false, true] {
        let asked = start(&app, &setup, json!({ "USERNAME": JANE })).await;
        let mut answer = json!({ "ANSWER": "PASSWORD" });
        if inline {
            answer["PASSWORD"] = json!(PASSWORD);
        }
        let mut next = setup.answer(&app, &asked, answer).await.json();
        if !inline {
            assert_eq!(next["ChallengeName"], "PASSWORD");
            next = setup.answer(&app, &next, json!({ "PASSWORD": PASSWORD })).await.json();
        }
        assert!(has_tokens(&next), "{next}");
        let asked = start(&app, &setup, json!({ "USERNAME": JANE })).await;
        let client = SrpClient::start();
        let mut answer = json!({ "ANSWER": "PASSWORD_SRP" });
        if inline {
            answer["SRP_A"] = json!(client.public);
        }
        let mut next = setup.answer(&app, &asked, answer).await.json();
        if !inline {
            assert_eq!(next["ChallengeName"], "PASSWORD_SRP");
            next = setup.answer(&app, &next, json!({ "SRP_A": client.public })).await.json();
        }
        assert_eq!(next["ChallengeName"], "PASSWORD_VERIFIER");
        let claim = setup.srp_claim(&app, (&client, &next), PASSWORD);
        assert!(has_tokens(&setup.answer(&app, &next, claim).await.json()));
    }
    for (name, field, to) in [("EMAIL_OTP", "EMAIL_OTP_CODE", JANE), ("SMS_OTP", "SMS_OTP_CODE", "+14325551212")] {
        let asked = start(&app, &setup, json!({ "USERNAME": JANE })).await;
        let next = setup.answer(&app, &asked, json!({ "ANSWER": name })).await.json();
        assert_eq!(next["ChallengeName"], name);
        let mut code = json!({});
        code[field] = json!(app.code_for(to));
        assert!(has_tokens(&setup.answer(&app, &next, code).await.json()));
    }
}

#[actix_web::test]
async fn a_preferred_factor_is_asked_at_once() {
    let (app, setup) = prepared().await;
    let answer =
        start(&app, &setup, json!({ "USERNAME": JANE, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD })).await;
    assert!(has_tokens(&answer));
    let client = SrpClient::start();
    let wish = json!({ "USERNAME": JANE, "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": client.public });
    let asked = start(&app, &setup, wish).await;
    let claim = setup.srp_claim(&app, (&client, &asked), PASSWORD);
    assert!(has_tokens(&setup.answer(&app, &asked, claim).await.json()));
    let asked = start(&app, &setup, json!({ "USERNAME": JANE, "PREFERRED_CHALLENGE": "EMAIL_OTP" })).await;
    assert_eq!(asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], "j***@e***");
    assert_eq!(asked["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"], "EMAIL");
    let text = app.messages().pop().unwrap().text;
    assert!(text.starts_with("Your authentication code is "), "{text}");
}

#[actix_web::test]
async fn a_code_proves_the_address_and_confirms_a_sign_up() {
    let (app, setup) = prepared().await;
    let wish = json!({ "ClientId": setup.client, "Username": "jill@example.com", "Password": PASSWORD });
    app.ok("SignUp", wish).await;
    let known = json!({ "UserPoolId": setup.pool, "Username": "jill@example.com" });
    assert_eq!(app.ok("AdminGetUser", known.clone()).await["UserStatus"], "UNCONFIRMED");
    let wish = json!({ "USERNAME": "jill@example.com", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let asked = start(&app, &setup, wish).await;
    let code = json!({ "EMAIL_OTP_CODE": app.code_for("jill@example.com") });
    let answer = setup.answer(&app, &asked, code).await.json();
    assert_eq!(super::claims(&answer["AuthenticationResult"]["IdToken"])["email_verified"], true);
    assert_eq!(app.ok("AdminGetUser", known).await["UserStatus"], "CONFIRMED");
}

#[actix_web::test]
async fn nobody_gets_a_choice_and_every_way_ends_like_a_wrong_answer() {
    let (app, setup) = prepared().await;
    let known = start(&app, &setup, json!({ "USERNAME": JANE })).await;
    let unknown = start(&app, &setup, json!({ "USERNAME": NOBODY })).await;
    let mut choices = BTreeSet::new();
    for number in 0..16 {
        let name = json!({ "USERNAME": format!("nobody{number}@example.com") });
        let (first, second) = (start(&app, &setup, name.clone()).await, start(&app, &setup, name).await);
        assert_eq!(first["AvailableChallenges"], second["AvailableChallenges"]);
        choices.insert(first["AvailableChallenges"].to_string());
    }
    let without = json!(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]).to_string();
    assert_eq!(choices, BTreeSet::from([known["AvailableChallenges"].to_string(), without]), "some have no phone");
    let names = |asked: &Value| asked["ChallengeParameters"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    let incorrect = "Incorrect username or password.";
    let wrong = setup.answer(&app, &unknown, json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD })).await;
    assert_eq!(wrong.message(), incorrect);
    let before = app.messages().len();
    for name in [JANE, NOBODY] {
        let asked = start(&app, &setup, json!({ "USERNAME": name, "PREFERRED_CHALLENGE": "EMAIL_OTP" })).await;
        let to = &asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"];
        assert_eq!(to, if name == JANE { "j***@e***" } else { "n***@e***" });
        let wrong = setup.answer(&app, &asked, json!({ "EMAIL_OTP_CODE": "not-it" })).await;
        let told = (wrong.fault(), wrong.message());
        assert_eq!(told, ("CodeMismatchException".to_owned(), "Invalid code or auth state for the user.".to_owned()));
    }
    assert_eq!(app.messages().len(), before + 1);
}

#[actix_web::test]
async fn a_choice_works_once_and_only_for_what_was_offered() {
    let (app, setup) = prepared().await;
    let asked = start(&app, &setup, json!({ "USERNAME": JANE })).await;
    let answer = setup.answer(&app, &asked, json!({ "ANSWER": "WEB_AUTHN" })).await;
    assert_eq!(answer.fault(), "InvalidParameterException");
    let direct = json!({ "ClientId": setup.client, "ChallengeName": "EMAIL_OTP", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": JANE, "EMAIL_OTP_CODE": "123456" } });
    app.refuses("RespondToAuthChallenge", direct, INVALID).await;
    let direct = json!({ "ClientId": setup.client, "ChallengeName": "PASSWORD", "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": JANE, "PASSWORD": PASSWORD } });
    app.refuses("RespondToAuthChallenge", direct, INVALID).await;
    assert_eq!(setup.answer(&app, &asked, json!({ "ANSWER": "PASSWORD" })).await.status, 200);
    app.refuses("RespondToAuthChallenge", setup.reply(&asked, json!({ "ANSWER": "PASSWORD" })), USED).await;
}

#[actix_web::test]
async fn codes_are_no_first_factor_where_a_second_one_follows() {
    let (app, setup) = prepared().await;
    setup
        .set_mfa(&app, json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true } }))
        .await;
    setup.software_token(&app, JANE).await;
    let asked = start(&app, &setup, json!({ "USERNAME": JANE })).await;
    assert_eq!(asked["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
    let next = setup.answer(&app, &asked, json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD })).await.json();
    assert_eq!(next["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

#[actix_web::test]
async fn a_confirmed_sign_up_goes_on_to_tokens_without_a_second_code() {
    let (app, setup) = prepared().await;
    let who = json!({ "ClientId": setup.client, "Username": "jill@example.com" });
    let with = |extra: Value| {
        let mut body = who.clone();
        crate::support::setup::merge(&mut body, extra);
        body
    };
    let joined = app.ok("SignUp", with(json!({ "Password": PASSWORD }))).await;
    let early = json!({ "ClientId": setup.client, "AuthFlow": "USER_AUTH", "Session": joined["Session"],
        "AuthParameters": { "USERNAME": "jill@example.com" } });
    app.refuses("InitiateAuth", early, INVALID).await;
    let code = app.code_for("jill@example.com");
    let confirmed =
        app.ok("ConfirmSignUp", with(json!({ "ConfirmationCode": code, "Session": joined["Session"] }))).await;
    let body = |name: &str| {
        json!({ "ClientId": setup.client, "AuthFlow": "USER_AUTH",
        "Session": confirmed["Session"], "AuthParameters": { "USERNAME": name } })
    };
    app.refuses("InitiateAuth", body(JANE), INVALID).await;
    assert!(has_tokens(&app.ok("InitiateAuth", body("jill@example.com")).await));
    app.refuses("InitiateAuth", body("jill@example.com"), USED).await;
}

#[actix_web::test]
async fn too_many_codes_are_not_sent() {
    let (app, setup) = prepared().await;
    let ask = || {
        app.api(
            "InitiateAuth",
            setup.first_step("USER_AUTH", json!({ "USERNAME": JANE, "PREFERRED_CHALLENGE": "EMAIL_OTP" })),
        )
    };
    for _ in 0..5 {
        assert_eq!(ask().await.status, 200);
    }
    let answer = ask().await;
    assert_eq!(answer.fault(), "LimitExceededException");
    app.advance(1);
    assert_eq!(ask().await.status, 200);
}
