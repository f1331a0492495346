//! Signing in by SRP: the proof, what is refused, and that an exchange works once.

use serde_json::{Value, json};

use crate::support::setup::PASSWORD;
use crate::support::srp::{SrpClient, timestamp};
use crate::support::{Setup, TestApp};

const JANE: &str = "jane@example.com";
const INCORRECT: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");

async fn prepared() -> (TestApp, Setup) {
    let app = TestApp::new().await;
    let setup = Setup::with_factors(&app, json!({}), json!({})).await;
    setup.user(&app, JANE).await;
    (app, setup)
}

#[actix_web::test]
async fn a_password_is_proven_without_being_sent() {
    let (app, setup) = prepared().await;
    let (client, asked) = setup.srp_start(&app, JANE).await;
    assert_eq!(asked["ChallengeName"], "PASSWORD_VERIFIER");
    let parameters = asked["ChallengeParameters"].as_object().unwrap();
    let names: Vec<_> = parameters.keys().map(String::as_str).collect();
    assert_eq!(names, ["SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"]);
    assert_eq!(parameters["USERNAME"], parameters["USER_ID_FOR_SRP"]);
    let answer = setup.answer(&app, &asked, setup.srp_claim(&app, (&client, &asked), PASSWORD)).await.json();
    app.ok("GetUser", json!({ "AccessToken": answer["AuthenticationResult"]["AccessToken"] })).await;
    assert_eq!(answer["ChallengeParameters"], json!({}));
}

#[actix_web::test]
async fn the_exchange_is_known_by_its_secret_block_alone() {
    let (app, setup) = prepared().await;
    let (client, asked) = setup.srp_start(&app, JANE).await;
    let mut body = setup.reply(&asked, setup.srp_claim(&app, (&client, &asked), PASSWORD));
    body.as_object_mut().unwrap().remove("Session");
    app.ok("RespondToAuthChallenge", body).await;
}

#[actix_web::test]
async fn the_typed_name_may_come_back_instead_of_the_users() {
    let (app, setup) = prepared().await;
    let (client, asked) = setup.srp_start(&app, JANE).await;
    let mut claim = setup.srp_claim(&app, (&client, &asked), PASSWORD);
    claim["USERNAME"] = json!(JANE);
    assert_eq!(setup.answer(&app, &asked, claim).await.status, 200);
}

#[actix_web::test]
async fn an_exchange_works_once_right_or_wrong() {
    let (app, setup) = prepared().await;
    let used = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
    for password in [PASSWORD, "Wrong-Horse-1"] {
        let (client, asked) = setup.srp_start(&app, JANE).await;
        let claim = setup.srp_claim(&app, (&client, &asked), password);
        let answer = setup.answer(&app, &asked, claim).await;
        assert_eq!(answer.status == 200, password == PASSWORD, "{}", answer.text);
        let again = setup.reply(&asked, setup.srp_claim(&app, (&client, &asked), PASSWORD));
        app.refuses("RespondToAuthChallenge", again, used).await;
    }
}

#[actix_web::test]
async fn parallel_answers_of_one_exchange_earn_tokens_once() {
    let (app, setup) = prepared().await;
    let other = app.second_instance().await;
    let (client, asked) = setup.srp_start(&app, JANE).await;
    let claim = setup.srp_claim(&app, (&client, &asked), PASSWORD);
    let here = (0..5).map(|_| setup.answer(&app, &asked, claim.clone()));
    let there = (0..5).map(|_| setup.answer(&other, &asked, claim.clone()));
    let answers = futures_util::future::join_all(here.chain(there)).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[actix_web::test]
async fn wrong_numbers_are_refused() {
    let (app, setup) = prepared().await;
    let prime = openssl::bn::BigNum::get_rfc3526_prime_3072().unwrap().to_hex_str().unwrap().to_string();
    for bad in ["0", "00", "", "xyz", "-1", &prime, &format!("0{prime}"), &"f".repeat(2000)] {
        let body = setup.first_step("USER_SRP_AUTH", json!({ "USERNAME": JANE, "SRP_A": bad }));
        let answer = app.api("InitiateAuth", body).await;
        assert_eq!((answer.status, answer.fault()), (400, "InvalidParameterException".to_owned()), "{bad}");
    }
}

#[actix_web::test]
async fn a_timestamp_must_be_one_and_near() {
    let (app, setup) = prepared().await;
    let now = app.cx.now().seconds();
    let form = ("InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
    let (_, asked) = setup.srp_start(&app, JANE).await;
    let mut claim = setup.srp_claim(&app, (&SrpClient::start(), &asked), PASSWORD);
    claim["TIMESTAMP"] = json!("2024-01-02T03:04:05Z");
    app.refuses("RespondToAuthChallenge", setup.reply(&asked, claim), form).await;
    for (offset, is_near) in [(0, true), (299, true), (-299, true), (301, false), (-301, false)] {
        let (client, asked) = setup.srp_start(&app, JANE).await;
        let parameters = &asked["ChallengeParameters"];
        let name = parameters["USERNAME"].as_str().unwrap();
        let claim = client.claim(parameters, (setup.group(), name), (PASSWORD, &timestamp(now + offset)));
        assert_eq!(setup.answer(&app, &asked, claim).await.status == 200, is_near, "{offset}");
    }
}

#[actix_web::test]
async fn a_changed_or_foreign_exchange_is_refused() {
    let (app, setup) = prepared().await;
    let invalid = ("NotAuthorizedException", "Invalid session for the user.");
    let (client, asked) = setup.srp_start(&app, JANE).await;
    let claim = setup.srp_claim(&app, (&client, &asked), PASSWORD);
    let changed = |name: &str, value: Value| {
        let mut body = setup.reply(&asked, claim.clone());
        body["ChallengeResponses"][name] = value;
        body
    };
    app.refuses("RespondToAuthChallenge", changed("PASSWORD_CLAIM_SECRET_BLOCK", json!("AAAA")), invalid).await;
    app.refuses("RespondToAuthChallenge", changed("PASSWORD_CLAIM_SECRET_BLOCK", json!("%")), invalid).await;
    setup.user(&app, "john@example.com").await;
    app.refuses("RespondToAuthChallenge", changed("USERNAME", json!("john@example.com")), invalid).await;
    let (other, _) = setup.another_client(&app, json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] })).await;
    let through = setup.through(other).reply(&asked, claim.clone());
    app.refuses("RespondToAuthChallenge", through, invalid).await;
    let (_, second) = setup.srp_start(&app, JANE).await;
    let mut mixed = setup.reply(&asked, claim.clone());
    mixed["Session"] = second["Session"].clone();
    app.refuses("RespondToAuthChallenge", mixed, invalid).await;
    app.refuses("RespondToAuthChallenge", changed("PASSWORD_CLAIM_SIGNATURE", json!("AAAA")), INCORRECT).await;
}

#[actix_web::test]
async fn an_exchange_expires_and_dies_with_the_password() {
    let (app, setup) = prepared().await;
    let (client, asked) = setup.srp_start(&app, JANE).await;
    app.advance(181);
    let late = setup.reply(&asked, setup.srp_claim(&app, (&client, &asked), PASSWORD));
    let expired = ("NotAuthorizedException", "Invalid session for the user, session is expired.");
    app.refuses("RespondToAuthChallenge", late, expired).await;
    let (client, asked) = setup.srp_start(&app, JANE).await;
    let change = json!({ "UserPoolId": setup.pool, "Username": JANE, "Password": "Other-Horse-1", "Permanent": true });
    app.ok("AdminSetUserPassword", change).await;
    let old = setup.reply(&asked, setup.srp_claim(&app, (&client, &asked), PASSWORD));
    app.refuses("RespondToAuthChallenge", old, ("NotAuthorizedException", "Invalid session for the user.")).await;
}

#[actix_web::test]
async fn the_lock_is_that_of_passwords() {
    let (app, setup) = prepared().await;
    for _ in 0..3 {
        assert_eq!(setup.api_sign_in(&app, JANE, "Wrong-Horse-1").await.message(), INCORRECT.1);
    }
    for _ in 0..2 {
        assert_eq!(setup.srp_sign_in(&app, JANE, "Wrong-Horse-1").await.message(), INCORRECT.1);
    }
    assert_eq!(setup.srp_sign_in(&app, JANE, PASSWORD).await.message(), "Password attempts exceeded");
    assert_eq!(setup.api_sign_in(&app, JANE, PASSWORD).await.message(), "Password attempts exceeded");
    app.advance(1);
    assert_eq!(setup.srp_sign_in(&app, JANE, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn parallel_guesses_on_two_instances_learn_five_answers_at_most() {
    let (app, setup) = prepared().await;
    let other = app.second_instance().await;
    let here = (0..10).map(|_| setup.srp_sign_in(&app, JANE, "Wrong-Horse-1"));
    let there = (0..10).map(|_| setup.srp_sign_in(&other, JANE, "Wrong-Horse-1"));
    let answers = futures_util::future::join_all(here.chain(there)).await;
    assert_eq!(answers.iter().filter(|answer| answer.message() == INCORRECT.1).count(), 5);
}

#[actix_web::test]
async fn nobodys_exchange_looks_like_anybodys() {
    let (app, setup) = prepared().await;
    let (_, known) = setup.srp_start(&app, JANE).await;
    let (client, unknown) = setup.srp_start(&app, "nobody@example.com").await;
    let (_, again) = setup.srp_start(&app, "nobody@example.com").await;
    let of = |asked: &Value, name: &str| asked["ChallengeParameters"][name].as_str().unwrap().to_owned();
    for name in ["SALT", "USERNAME", "USER_ID_FOR_SRP"] {
        assert_eq!(of(&unknown, name), of(&again, name), "{name} is always the same");
        assert_eq!(of(&unknown, name).len(), of(&known, name).len(), "{name}");
    }
    assert_ne!(of(&unknown, "SRP_B"), of(&again, "SRP_B"));
    let (long, short) = (of(&known, "SECRET_BLOCK").len(), of(&unknown, "SECRET_BLOCK").len());
    assert!(long.abs_diff(short) < 100, "{long} {short}");
    for attempt in 0..6 {
        let expected = if attempt < 5 { INCORRECT.1 } else { "Password attempts exceeded" };
        assert_eq!(setup.srp_sign_in(&app, "nobody@example.com", PASSWORD).await.message(), expected);
    }
    let late = setup.answer(&app, &unknown, setup.srp_claim(&app, (&client, &unknown), PASSWORD)).await;
    assert_eq!(late.message(), "Password attempts exceeded");
}

#[actix_web::test]
async fn without_the_setting_an_unknown_user_is_told() {
    let (app, setup) = prepared().await;
    setup.change_client(&app, json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
    let body = setup.first_step("USER_SRP_AUTH", json!({ "USERNAME": "nobody", "SRP_A": "ab" }));
    app.refuses("InitiateAuth", body, ("UserNotFoundException", "User does not exist.")).await;
}

#[actix_web::test]
async fn the_users_state_is_told_only_to_who_knows_the_password() {
    let (app, setup) = prepared().await;
    setup.disable(&app, JANE).await;
    assert_eq!(setup.srp_sign_in(&app, JANE, "Wrong-Horse-1").await.message(), INCORRECT.1);
    assert_eq!(setup.srp_sign_in(&app, JANE, PASSWORD).await.message(), "User is disabled.");
}

#[actix_web::test]
async fn a_temporary_password_is_proven_and_replaced() {
    let (app, setup) = prepared().await;
    let invited = json!({ "UserPoolId": setup.pool, "Username": "jill@example.com", "MessageAction": "SUPPRESS",
        "TemporaryPassword": "Temp-Orary-1" });
    app.ok("AdminCreateUser", invited).await;
    let asked = setup.srp_sign_in(&app, "jill@example.com", "Temp-Orary-1").await.json();
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let answer = setup.answer(&app, &asked, json!({ "NEW_PASSWORD": PASSWORD })).await.json();
    assert!(answer["AuthenticationResult"]["AccessToken"].is_string(), "{answer}");
    assert_eq!(setup.srp_sign_in(&app, "jill@example.com", PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn administrators_take_both_halves() {
    let (app, setup) = prepared().await;
    let client = SrpClient::start();
    let mut first = setup.first_step("USER_SRP_AUTH", json!({ "USERNAME": JANE, "SRP_A": client.public }));
    first["UserPoolId"] = json!(setup.pool);
    let asked = app.ok("AdminInitiateAuth", first).await;
    let mut second = setup.reply(&asked, setup.srp_claim(&app, (&client, &asked), PASSWORD));
    second["UserPoolId"] = json!(setup.pool);
    assert!(app.ok("AdminRespondToAuthChallenge", second).await["AuthenticationResult"].is_object());
}

#[actix_web::test]
async fn a_secret_hash_is_made_over_the_name_of_each_request() {
    let app = TestApp::new().await;
    let wish = json!({ "GenerateSecret": true, "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] });
    let setup = Setup::with(&app, json!({}), wish).await;
    setup.user(&app, JANE).await;
    let hash = |name: &str| cenote::crypto::digest::secret_hash(name, &setup.client, &setup.secret);
    let client = SrpClient::start();
    let parameters = json!({ "USERNAME": JANE, "SRP_A": client.public, "SECRET_HASH": hash(JANE) });
    let asked = app.ok("InitiateAuth", setup.first_step("USER_SRP_AUTH", parameters)).await;
    let mut claim = setup.srp_claim(&app, (&client, &asked), PASSWORD);
    let text = format!("Client {} is configured with secret but SECRET_HASH was not received", setup.client);
    let bare = setup.reply(&asked, claim.clone());
    app.refuses("RespondToAuthChallenge", bare, ("NotAuthorizedException", &text)).await;
    claim["SECRET_HASH"] = json!(hash(claim["USERNAME"].as_str().unwrap()));
    assert_eq!(setup.answer(&app, &asked, claim).await.status, 200);
}
