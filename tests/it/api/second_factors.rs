//! Second factors: who is asked for which, right, wrong, used and foreign answers, setting them up.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::steps::{by_password, totp};
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const PHONE: &str = "+14325551212";
const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");
const USED: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");

fn everything(mode: &str) -> Value {
    json!({
        "MfaConfiguration": mode, "SmsMfaConfiguration": {}, "EmailMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    })
}

async fn prepared(mfa: Value) -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with_factors(&app, json!({}), mfa).await;
    setup.user_with(&app, JANE, &[("phone_number", PHONE)]).await;
    (app, setup)
}

async fn first(app: &TestApp, setup: &Setup) -> Value {
    app.ok("InitiateAuth", by_password(setup, JANE)).await
}

async fn prefer(app: &TestApp, setup: &Setup, wish: Value) {
    let mut body = json!({ "UserPoolId": setup.pool, "Username": JANE });
    crate::support::setup::merge(&mut body, wish);
    app.ok("AdminSetUserMFAPreference", body).await;
}

fn has_tokens(answer: &Value) -> bool {
    answer["AuthenticationResult"]["AccessToken"].is_string()
}

#[actix_web::test]
async fn where_it_is_optional_only_those_who_set_one_up_are_asked() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    assert!(has_tokens(&first(&app, &setup).await));
    prefer(&app, &setup, json!({ "SMSMfaSettings": { "Enabled": true } })).await;
    let asked = first(&app, &setup).await;
    assert_eq!(asked["ChallengeName"], "SMS_MFA");
    let parameters = &asked["ChallengeParameters"];
    assert_eq!(parameters["CODE_DELIVERY_DELIVERY_MEDIUM"], "SMS");
    assert_eq!(parameters["CODE_DELIVERY_DESTINATION"], "+*******1212");
    assert!(parameters["USER_ID_FOR_SRP"].is_string() && asked.get("AuthenticationResult").is_none());
    let answer = setup.answer(&app, &asked, json!({ "SMS_MFA_CODE": app.code_for(PHONE) })).await.json();
    assert_eq!(super::claims(&answer["AuthenticationResult"]["IdToken"])["phone_number_verified"], true);
    app.refuses("RespondToAuthChallenge", setup.reply(&asked, json!({ "SMS_MFA_CODE": app.code_for(PHONE) })), USED)
        .await;
    setup.set_mfa(&app, json!({})).await;
    assert!(has_tokens(&first(&app, &setup).await), "a pool without second factors asks for none");
}

#[actix_web::test]
async fn a_factor_is_switched_on_only_where_the_user_has_the_means() {
    let app = TestApp::new().await;
    let names = json!({ "UsernameAttributes": null });
    let setup = Setup::with_factors(&app, names, everything("OPTIONAL")).await;
    setup.user_named(&app, "jane").await;
    for (member, factor) in [
        ("SMSMfaSettings", "SMS_MFA"),
        ("SoftwareTokenMfaSettings", "SOFTWARE_TOKEN_MFA"),
        ("EmailMfaSettings", "EMAIL_OTP"),
    ] {
        let body = json!({ "UserPoolId": setup.pool, "Username": "jane", member: { "Enabled": true } });
        let text = format!("User does not have delivery config set to turn on {factor}");
        app.refuses("AdminSetUserMFAPreference", body, ("InvalidParameterException", &text)).await;
    }
}

#[actix_web::test]
async fn where_it_is_required_whatever_somebody_has_is_asked() {
    let mfa = json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} });
    let (app, setup) = prepared(mfa).await;
    assert_eq!(first(&app, &setup).await["ChallengeName"], "SMS_MFA");
    let mfa =
        json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": { "Subject": "Hi", "Message": "Code: {####}" } });
    setup.set_mfa(&app, mfa).await;
    let asked = first(&app, &setup).await;
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
    let message = app.messages().pop().unwrap();
    assert_eq!((message.subject.as_str(), message.text.starts_with("Code: ")), ("Hi", true));
    let code = json!({ "EMAIL_OTP_CODE": app.code_for(JANE) });
    assert!(has_tokens(&setup.answer(&app, &asked, code).await.json()));
}

#[actix_web::test]
async fn with_several_and_no_preference_one_is_chosen() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    let secret = setup.software_token(&app, JANE).await;
    prefer(
        &app,
        &setup,
        json!({ "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": false },
        "SMSMfaSettings": { "Enabled": true }, "EmailMfaSettings": { "Enabled": true } }),
    )
    .await;
    let asked = first(&app, &setup).await;
    assert_eq!(asked["ChallengeName"], "SELECT_MFA_TYPE");
    let parameters = &asked["ChallengeParameters"];
    assert_eq!(parameters["MFAS_CAN_CHOOSE"], r#"["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]"#);
    assert_eq!(parameters["CODE_DELIVERY_DESTINATION"], "+*******1212");
    assert_eq!(parameters["FRIENDLY_DEVICE_NAME"], "phone");
    let unknown = setup.reply(&asked, json!({ "ANSWER": "TELEPATHY" }));
    app.refuses("RespondToAuthChallenge", unknown, ("MFAMethodNotFoundException", "MFA method not found")).await;
    let next = setup.answer(&app, &asked, json!({ "ANSWER": "SOFTWARE_TOKEN_MFA" })).await.json();
    assert_eq!(
        (&next["ChallengeName"], &next["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"]),
        (&json!("SOFTWARE_TOKEN_MFA"), &json!("phone"))
    );
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret, 0) });
    assert!(has_tokens(&setup.answer(&app, &next, code).await.json()));
    for (answer, name) in [("EMAIL_OTP", "EMAIL_OTP"), ("EMAIL_MFA", "EMAIL_OTP"), ("SMS_MFA", "SMS_MFA")] {
        let asked = first(&app, &setup).await;
        let next = setup.answer(&app, &asked, json!({ "ANSWER": answer })).await.json();
        assert_eq!(next["ChallengeName"], name);
    }
}

#[actix_web::test]
async fn a_software_token_is_asked_and_no_code_works_twice() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    let secret = setup.software_token(&app, JANE).await;
    let shown = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    assert_eq!(
        (&shown["PreferredMfaSetting"], &shown["UserMFASettingList"]),
        (&json!("SOFTWARE_TOKEN_MFA"), &json!(["SOFTWARE_TOKEN_MFA"]))
    );
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret, 0) });
    let asked = first(&app, &setup).await;
    assert!(has_tokens(&setup.answer(&app, &asked, code.clone()).await.json()));
    let again = first(&app, &setup).await;
    let reused = ("ExpiredCodeException", "Your software token has already been used once.");
    app.refuses("RespondToAuthChallenge", setup.reply(&again, code), reused).await;
    let older = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret, -1) });
    app.refuses("RespondToAuthChallenge", setup.reply(&again, older), reused).await;
    let newer = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret, 1) });
    assert!(has_tokens(&setup.answer(&app, &again, newer).await.json()));
    app.advance(90);
    let asked = first(&app, &setup).await;
    for far in [-2, 2] {
        let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret, far) });
        let answer = setup.answer(&app, &asked, code).await;
        assert_eq!(
            (answer.fault().as_str(), answer.message().as_str()),
            ("CodeMismatchException", "Invalid code received for user")
        );
    }
}

#[actix_web::test]
async fn one_code_in_two_parallel_sign_ins_earns_tokens_once() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    let secret = setup.software_token(&app, JANE).await;
    let other = app.second_instance().await;
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &secret, 0) });
    let asked = [first(&app, &setup).await, first(&app, &setup).await, first(&app, &setup).await];
    let (one, two, three) = (
        setup.answer(&app, &asked[0], code.clone()),
        setup.answer(&other, &asked[1], code.clone()),
        setup.answer(&other, &asked[2], code.clone()),
    );
    let answers = [one.await, two.await, three.await];
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[actix_web::test]
async fn a_wrong_code_keeps_the_session_and_five_lock_over_sessions_and_instances() {
    let (app, setup) = prepared(json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} })).await;
    let other = app.second_instance().await;
    let asked = first(&app, &setup).await;
    let code = app.code_for(PHONE);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let mismatch = "Invalid code or auth state for the user.";
    for server in [&app, &other, &app] {
        let answer = setup.answer(server, &asked, json!({ "SMS_MFA_CODE": wrong })).await;
        assert_eq!((answer.fault().as_str(), answer.message().as_str()), ("CodeMismatchException", mismatch));
    }
    let fresh = first(&app, &setup).await;
    let code = app.code_for(PHONE);
    let here = (0..6).map(|_| setup.answer(&app, &fresh, json!({ "SMS_MFA_CODE": "not-it" })));
    let there = (0..6).map(|_| setup.answer(&other, &fresh, json!({ "SMS_MFA_CODE": "not-it" })));
    let answers = join_all(here.chain(there)).await;
    assert_eq!(answers.iter().filter(|answer| answer.message() == mismatch).count(), 2);
    let right = setup.answer(&app, &fresh, json!({ "SMS_MFA_CODE": code })).await;
    assert_eq!(right.message(), "Password attempts exceeded");
    app.advance(1);
    assert!(has_tokens(&setup.answer(&app, &fresh, json!({ "SMS_MFA_CODE": code })).await.json()));
}

#[actix_web::test]
async fn a_code_works_with_its_own_session_only_and_while_it_lasts() {
    let (app, setup) = prepared(json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} })).await;
    let one = first(&app, &setup).await;
    let code = json!({ "SMS_MFA_CODE": app.code_for(PHONE) });
    let two = first(&app, &setup).await;
    assert_eq!(setup.answer(&app, &two, code.clone()).await.fault(), "CodeMismatchException");
    let (other, _) = setup.another_client(&app, json!({})).await;
    let foreign = setup.through(other).reply(&one, code.clone());
    app.refuses("RespondToAuthChallenge", foreign, INVALID).await;
    setup.user(&app, "john@example.com").await;
    let mut anothers = setup.reply(&one, code.clone());
    anothers["ChallengeResponses"]["USERNAME"] = json!("john@example.com");
    app.refuses("RespondToAuthChallenge", anothers, INVALID).await;
    app.advance(181);
    let expired = ("NotAuthorizedException", "Invalid session for the user, session is expired.");
    app.refuses("RespondToAuthChallenge", setup.reply(&one, code), expired).await;
}

#[actix_web::test]
async fn no_step_is_skipped_by_answering_another() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    setup.software_token(&app, JANE).await;
    let asked = first(&app, &setup).await;
    let answers = [
        ("NEW_PASSWORD_REQUIRED", json!({ "NEW_PASSWORD": "Another-Horse-1" })),
        ("SMS_MFA", json!({ "SMS_MFA_CODE": "123456" })),
        ("EMAIL_OTP", json!({ "EMAIL_OTP_CODE": "123456" })),
        ("SELECT_MFA_TYPE", json!({ "ANSWER": "SMS_MFA" })),
        ("MFA_SETUP", json!({})),
        ("SELECT_CHALLENGE", json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD })),
        ("PASSWORD", json!({ "PASSWORD": PASSWORD })),
        ("PASSWORD_SRP", json!({ "SRP_A": "ab" })),
    ];
    for (name, responses) in answers {
        let mut body = setup.reply(&asked, responses);
        body["ChallengeName"] = json!(name);
        app.refuses("RespondToAuthChallenge", body, INVALID).await;
    }
    let token = json!({ "ClientId": setup.client, "AuthFlow": "USER_AUTH", "Session": asked["Session"],
        "AuthParameters": { "USERNAME": JANE } });
    app.refuses("InitiateAuth", token, INVALID).await;
    app.refuses("AssociateSoftwareToken", json!({ "Session": asked["Session"] }), INVALID).await;
    let verify = json!({ "Session": asked["Session"], "UserCode": "123456" });
    app.refuses("VerifySoftwareToken", verify, INVALID).await;
}

#[actix_web::test]
async fn somebody_without_a_second_factor_sets_one_up_where_it_is_required() {
    let app = TestApp::new().await;
    let mfa = json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    let setup = Setup::with_factors(&app, json!({}), mfa).await;
    setup.user(&app, JANE).await;
    let asked = first(&app, &setup).await;
    assert_eq!(
        (&asked["ChallengeName"], &asked["ChallengeParameters"]["MFAS_CAN_SETUP"]),
        (&json!("MFA_SETUP"), &json!(r#"["SOFTWARE_TOKEN_MFA"]"#))
    );
    let nothing = ("SoftwareTokenMFANotFoundException", "User has not set up software token mfa");
    app.refuses("RespondToAuthChallenge", setup.reply(&asked, json!({})), nothing).await;
    let made = app.ok("AssociateSoftwareToken", json!({ "Session": asked["Session"] })).await;
    let secret = made["SecretCode"].as_str().unwrap();
    assert_eq!(secret.len(), 52);
    app.refuses("AssociateSoftwareToken", json!({ "Session": asked["Session"] }), USED).await;
    let verify = |code: String| json!({ "Session": made["Session"], "UserCode": code });
    let wrong = ("EnableSoftwareTokenMFAException", "Code mismatch");
    app.refuses("VerifySoftwareToken", verify(totp(&app, secret, 9)), wrong).await;
    let verified = app.ok("VerifySoftwareToken", verify(totp(&app, secret, 0))).await;
    assert_eq!(verified["Status"], "SUCCESS");
    let mut body = setup.reply(&asked, json!({}));
    body["Session"] = verified["Session"].clone();
    let answer = app.ok("RespondToAuthChallenge", body).await;
    assert!(has_tokens(&answer));
    let token = &answer["AuthenticationResult"]["AccessToken"];
    let shown = app.ok("GetUser", json!({ "AccessToken": token })).await;
    assert_eq!(
        (&shown["PreferredMfaSetting"], &shown["UserMFASettingList"]),
        (&json!("SOFTWARE_TOKEN_MFA"), &json!(["SOFTWARE_TOKEN_MFA"]))
    );
    let next = first(&app, &setup).await;
    assert_eq!(next["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let reused = setup.answer(&app, &next, json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, secret, 0) })).await;
    assert_eq!(reused.message(), "Your software token has already been used once.");
}

#[actix_web::test]
async fn an_address_is_set_up_by_its_code() {
    let app = TestApp::new().await;
    let mfa = json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {} });
    let setup = Setup::with_factors(&app, json!({ "UsernameAttributes": null }), mfa).await;
    setup.user_named(&app, "jane").await;
    let asked = app.ok("InitiateAuth", by_password(&setup, "jane")).await;
    assert_eq!(asked["ChallengeParameters"]["MFAS_CAN_SETUP"], r#"["EMAIL_OTP"]"#);
    let next = setup.answer(&app, &asked, json!({ "EMAIL": JANE })).await.json();
    assert_eq!(next["ChallengeName"], "EMAIL_OTP");
    let known = json!({ "UserPoolId": setup.pool, "Username": "jane" });
    assert!(!app.ok("AdminGetUser", known.clone()).await.to_string().contains(JANE), "not before it is proven");
    let answer = setup.answer(&app, &next, json!({ "EMAIL_OTP_CODE": app.code_for(JANE) })).await.json();
    let claims = super::claims(&answer["AuthenticationResult"]["IdToken"]);
    assert_eq!((&claims["email"], &claims["email_verified"]), (&json!(JANE), &json!(true)));
    assert_eq!(app.ok("AdminGetUser", known).await["PreferredMfaSetting"], "EMAIL_OTP");
    assert_eq!(app.ok("InitiateAuth", by_password(&setup, "jane")).await["ChallengeName"], "EMAIL_OTP");
}

#[actix_web::test]
async fn a_new_password_comes_before_the_second_factor() {
    let (app, setup) = prepared(json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} })).await;
    let temporary =
        json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": "Temp-Orary-1", "Permanent": false });
    app.ok("AdminSetUserPassword", temporary).await;
    let asked = setup.srp_sign_in(&app, JANE, "Temp-Orary-1").await.json();
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let next = setup.answer(&app, &asked, json!({ "NEW_PASSWORD": PASSWORD })).await.json();
    assert_eq!(next["ChallengeName"], "SMS_MFA");
    assert!(has_tokens(&setup.answer(&app, &next, json!({ "SMS_MFA_CODE": app.code_for(PHONE) })).await.json()));
}

#[actix_web::test]
async fn a_preference_needs_the_means_and_one_is_preferred() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    setup.user(&app, "john@example.com").await;
    let wish = |name: &str, settings: Value| {
        let mut body = json!({ "UserPoolId": setup.pool, "Username": name });
        crate::support::setup::merge(&mut body, settings);
        body
    };
    let on = json!({ "Enabled": true, "PreferredMfa": true });
    for (name, settings) in [
        ("john@example.com", json!({ "SMSMfaSettings": on })),
        (JANE, json!({ "SoftwareTokenMfaSettings": on })),
        (JANE, json!({ "SMSMfaSettings": on, "EmailMfaSettings": on })),
    ] {
        let answer = app.api("AdminSetUserMFAPreference", wish(name, settings)).await;
        assert_eq!(answer.fault(), "InvalidParameterException", "{}", answer.text);
    }
    let sms = json!({ "UserPoolId": setup.pool, "Username": JANE,
        "MFAOptions": [{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }] });
    app.ok("AdminSetUserSettings", sms.clone()).await;
    let shown = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    assert_eq!((&shown["MFAOptions"], &shown["PreferredMfaSetting"]), (&sms["MFAOptions"], &json!("SMS_MFA")));
    app.ok("AdminSetUserSettings", json!({ "UserPoolId": setup.pool, "Username": JANE, "MFAOptions": [] })).await;
    let shown = app.ok("AdminGetUser", json!({ "UserPoolId": setup.pool, "Username": JANE })).await;
    assert!(shown.get("MFAOptions").is_none() && shown.get("UserMFASettingList").is_none(), "{shown}");
}

#[actix_web::test]
async fn administrators_take_a_lost_authenticator_app_away() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    setup.software_token(&app, JANE).await;
    let who = json!({ "UserPoolId": setup.pool, "Username": JANE });
    let factors = app.ok("AdminGetUserAuthFactors", who.clone()).await;
    assert_eq!(
        (&factors["UserMFASettingList"], &factors["ConfiguredUserAuthFactors"]),
        (&json!(["SOFTWARE_TOKEN_MFA"]), &json!(["PASSWORD"]))
    );
    app.ok("AdminDeleteSoftwareToken", who.clone()).await;
    assert!(has_tokens(&first(&app, &setup).await));
    let none = app.api("AdminDeleteSoftwareToken", who).await;
    assert_eq!(none.fault(), "SoftwareTokenMFANotFoundException");
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let shown = app.ok("GetUserAuthFactors", json!({ "AccessToken": token })).await;
    assert!(shown.get("UserMFASettingList").is_none(), "{shown}");
}

#[actix_web::test]
async fn changing_the_password_asks_for_no_second_factor() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    prefer(&app, &setup, json!({ "SMSMfaSettings": { "Enabled": true } })).await;
    let change = json!({ "AccessToken": token, "PreviousPassword": PASSWORD, "ProposedPassword": "Another-Horse-1" });
    app.ok("ChangePassword", change).await;
}

#[actix_web::test]
async fn a_secret_that_waits_replaces_the_proven_one_only_with_its_first_code() {
    let (app, setup) = prepared(everything("OPTIONAL")).await;
    let token = setup.tokens(&app, JANE).await["AccessToken"].clone();
    let bare = app.api("VerifySoftwareToken", json!({ "AccessToken": token, "UserCode": "123456" })).await;
    assert_eq!(bare.fault(), "SoftwareTokenMFANotFoundException");
    let old = setup.software_token(&app, JANE).await;
    app.ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
    for _ in 0..5 {
        let wrong = app.api("VerifySoftwareToken", json!({ "AccessToken": token, "UserCode": "000000" })).await;
        assert_eq!(wrong.message(), "Code mismatch");
    }
    let locked = app.api("VerifySoftwareToken", json!({ "AccessToken": token, "UserCode": "000000" })).await;
    assert_eq!(locked.message(), "Password attempts exceeded");
    let asked = first(&app, &setup).await;
    let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&app, &old, 0) });
    assert!(has_tokens(&setup.answer(&app, &asked, code).await.json()));
    let neither = app.api("AssociateSoftwareToken", json!({})).await;
    assert_eq!(neither.fault(), "InvalidParameterException");
}
