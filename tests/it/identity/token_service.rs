//! The token service's protocol: signed and unsigned calls, malformed ones, operators.

use serde_json::json;

use super::signing::{Keys, element, unsigned};
use super::{AUTHENTICATED, Stage, production};

const IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

fn operator() -> Keys {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned();
    Keys { id: "AKIDEXAMPLE".to_owned(), secret, token: None }
}

#[actix_web::test]
async fn unsigned_and_wrongly_signed_calls_are_refused() {
    let app = production().await;
    let answer = unsigned(&app, &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]).await;
    assert_eq!((answer.status, element(&answer.text, "Code")), (403, "MissingAuthenticationToken"));
    let wrong = Keys { secret: "wrong".to_owned(), ..operator() };
    let answer = wrong.sts(&app, IDENTITY).await;
    assert_eq!((answer.status, element(&answer.text, "Code")), (403, "SignatureDoesNotMatch"));
    let unknown = Keys { id: "AKIDUNKNOWN".to_owned(), ..operator() };
    let answer = unknown.sts(&app, IDENTITY).await;
    assert_eq!((answer.status, element(&answer.text, "Code")), (403, "InvalidClientTokenId"));
    let invented = Keys { token: Some("invented".to_owned()), ..operator() };
    let answer = invented.sts(&app, IDENTITY).await;
    assert_eq!((answer.status, element(&answer.text, "Code")), (403, "InvalidClientTokenId"));
    let answer = operator().sts(&app, IDENTITY).await;
    assert_eq!(element(&answer.text, "Arn"), "arn:aws:iam::123456789012:user/AKIDEXAMPLE");
}

fn keys(xml: &str) -> Keys {
    Keys {
        id: element(xml, "AccessKeyId").to_owned(),
        secret: element(xml, "SecretAccessKey").to_owned(),
        token: Some(element(xml, "SessionToken").to_owned()),
    }
}

#[actix_web::test]
async fn an_operators_session_does_not_renew_itself() {
    let app = production().await;
    let short = operator().sts(&app, "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900").await;
    assert_eq!(short.status, 200, "{}", short.text);
    app.advance(600);
    let again = keys(&short.text).sts(&app, "Action=GetSessionToken&Version=2011-06-15").await;
    assert_eq!((again.status, element(&again.text, "Code")), (403, "AccessDenied"));
    app.advance(301);
    let late = keys(&short.text).sts(&app, IDENTITY).await;
    assert_eq!((late.status, element(&late.text, "Code")), (403, "ExpiredToken"));
}

#[actix_web::test]
async fn another_secret_of_an_operators_key_ends_its_sessions() {
    let app = production().await;
    let session = operator().sts(&app, "Action=GetSessionToken&Version=2011-06-15").await;
    let role = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn={AUTHENTICATED}");
    let role = operator().sts(&app, &role).await;
    let same = app.second_instance().await;
    assert_eq!(keys(&session.text).sts(&same, IDENTITY).await.status, 200);
    let other = "anotherSecretOfTheSameKey/ofFortyLetters".to_owned();
    let changed = app.second_instance_with(|config| config.admin_keys[0].secret_access_key = other.into()).await;
    let removed = app.second_instance_with(|config| config.admin_keys.clear()).await;
    for instance in [changed, removed] {
        let answer = keys(&session.text).sts(&instance, IDENTITY).await;
        assert_eq!((answer.status, element(&answer.text, "Code")), (403, "InvalidClientTokenId"));
        assert_eq!(keys(&role.text).sts(&instance, IDENTITY).await.status, 200, "a role is nobody's key");
    }
}

#[actix_web::test]
async fn an_operators_session_may_call_the_api_and_a_roles_may_not() {
    let app = production().await;
    let session = operator().sts(&app, "Action=GetSessionToken&Version=2011-06-15").await;
    assert_eq!(session.status, 200, "{}", session.text);
    let again = keys(&session.text).sts(&app, IDENTITY).await;
    assert_eq!(element(&again.text, "Arn"), "arn:aws:iam::123456789012:user/AKIDEXAMPLE");
    let role = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn={AUTHENTICATED}");
    let role = operator().sts(&app, &role).await;
    assert_eq!(element(&role.text, "Arn"), "arn:aws:sts::123456789012:assumed-role/Authenticated/s1");
    let answer = keys(&role.text).sts(&app, "Action=GetSessionToken&Version=2011-06-15").await;
    assert_eq!((answer.status, element(&answer.text, "Code")), (403, "AccessDenied"));
    let targets = [
        ("cognito-identity", "AWSCognitoIdentityService.ListIdentityPools"),
        ("cognito-idp", "AWSCognitoIdentityProviderService.ListUserPools"),
    ];
    for (service, target) in targets {
        let answer = keys(&session.text).api(&app, (service, target), r#"{"MaxResults":5}"#).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = keys(&role.text).api(&app, (service, target), r#"{"MaxResults":5}"#).await;
        assert_eq!(answer.fault(), "AccessDeniedException", "{}", answer.text);
        assert!(answer.message().contains("assumed-role/Authenticated/s1"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn malformed_calls_are_told_what_is_wrong() {
    let stage = Stage::new(json!({})).await;
    let web = [("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15")];
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[], "InvalidAction"),
        (&[("Action", "DeleteEverything")], "InvalidAction"),
        (&[web[0], web[0]], "ValidationError"),
        (&web, "ValidationError"),
        (&[web[0], ("RoleArn", AUTHENTICATED), ("RoleSessionName", "s")], "ValidationError"),
        (
            &[web[0], ("RoleArn", AUTHENTICATED), ("RoleSessionName", "ses"), ("WebIdentityToken", "none")],
            "InvalidIdentityToken",
        ),
        (
            &[
                web[0],
                ("RoleArn", AUTHENTICATED),
                ("RoleSessionName", "ses"),
                ("WebIdentityToken", "none"),
                ("DurationSeconds", "1"),
            ],
            "ValidationError",
        ),
    ];
    for (form, code) in cases {
        let answer = unsigned(&stage.app, form).await;
        assert_eq!((answer.status, element(&answer.text, "Code")), (400, code), "{form:?}");
    }
    let noise = stage.app.http.post(format!("{}/", stage.app.base));
    let noise = noise.header("content-type", "application/x-www-form-urlencoded").body(vec![0xff_u8; 4096]);
    assert_eq!(crate::support::app::answer(noise).await.status, 400);
}
