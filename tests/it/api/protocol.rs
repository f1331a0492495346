//! What all operations share on the wire: headers, errors, CORS, bodies, regions.

use serde_json::{Value, json};

use crate::support::app::answer;
use crate::support::signature::Signer;
use crate::support::{Setup, TestApp};

const JSON: &str = "application/x-amz-json-1.1";

#[actix_web::test]
async fn an_answer_carries_a_request_id_and_its_content_type() {
    let app = TestApp::new().await;
    let one = app.api("ListUserPools", json!({ "MaxResults": 5 })).await;
    let other = app.api("ListUserPools", json!({ "MaxResults": 5 })).await;
    assert_eq!((one.status, one.header("content-type")), (200, JSON));
    assert_eq!(one.header("x-amzn-requestid").len(), 36);
    assert_ne!(one.header("x-amzn-requestid"), other.header("x-amzn-requestid"));
    assert!(!one.header("date").is_empty());
}

#[actix_web::test]
async fn an_error_names_itself_in_headers_and_body() {
    let app = TestApp::new().await;
    let answer = app.api("DescribeUserPool", json!({ "UserPoolId": "us-east-1_Absent" })).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, JSON));
    assert_eq!(answer.header("x-amzn-errortype"), "ResourceNotFoundException:");
    assert_eq!(answer.header("x-amzn-errormessage"), "User pool us-east-1_Absent does not exist.");
    assert_eq!(answer.header("x-amzn-requestid").len(), 36);
    let expected =
        json!({ "__type": "ResourceNotFoundException", "message": "User pool us-east-1_Absent does not exist." });
    assert_eq!(answer.json(), expected);
}

#[actix_web::test]
async fn a_long_text_is_cut_in_the_header_and_whole_in_the_body() {
    let app = TestApp::new().await;
    let setup = Setup::new(&app).await;
    let range = "x".repeat(20_000);
    let exceptions =
        json!({ "UserPoolId": setup.pool, "RiskExceptionConfiguration": { "BlockedIPRangeList": [range] } });
    let answer = app.api("SetRiskConfiguration", exceptions).await;
    assert_eq!(answer.status, 400);
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with(&range), "{message:.80}");
    assert_eq!(answer.header("x-amzn-errormessage"), &message[..1024]);
}

#[actix_web::test]
async fn a_text_with_other_letters_leaves_the_header_lines_whole() {
    let app = TestApp::new().await;
    let answer =
        app.api("AdminGetUser", json!({ "UserPoolId": "us-east-1_é\r\nSet-Cookie: x=1", "Username": "a" })).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, "InvalidParameterException"));
    assert!(answer.headers.get("set-cookie").is_none());
}

#[actix_web::test]
async fn pages_of_every_origin_may_read_answers_and_errors_but_never_with_credentials() {
    let app = TestApp::new().await;
    for (operation, body) in [("ListUserPools", json!({ "MaxResults": 5 })), ("GetUser", json!({}))] {
        let answer = app.api(operation, body).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
        for name in ["x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"] {
            assert!(exposed.split(',').any(|one| one.trim() == name), "{name} in {exposed}");
        }
        assert!(answer.headers.get("access-control-allow-credentials").is_none());
    }
}

#[actix_web::test]
async fn a_preflight_allows_what_amplify_sends() {
    let app = TestApp::new().await;
    let asked = "cache-control,content-type,x-amz-target,x-amz-user-agent";
    let request = app
        .http
        .request(reqwest::Method::OPTIONS, format!("{}/", app.base))
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", asked);
    let answer = answer(request).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-headers"), asked);
    assert_eq!(answer.header("access-control-allow-methods"), "POST");
    assert_eq!(answer.header("access-control-max-age"), "172800");
    assert!(answer.headers.get("access-control-allow-credentials").is_none());
}

#[actix_web::test]
async fn what_is_no_operation_is_an_unknown_operation() {
    let app = TestApp::new().await;
    let targets = [
        "AWSCognitoIdentityProviderService.NoSuchThing",
        "AWSCognitoIdentityProviderService.listuserpools",
        "AWSCognitoIdentityProviderService.",
        "AWSCognitoIdentityService.ListUserPools",
        "ListUserPools",
        "",
    ];
    for target in targets {
        let request = app.http.post(format!("{}/", app.base)).header("x-amz-target", target).body("{}");
        let answer = answer(request).await;
        assert_eq!((answer.status, answer.fault().as_str()), (400, "UnknownOperationException"), "{target}");
    }
    let answer = answer(app.http.post(format!("{}/", app.base)).body("{}")).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, "UnknownOperationException"));
}

#[actix_web::test]
async fn what_is_not_the_requests_json_is_a_serialization_fault() {
    let app = TestApp::new().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies = [
        "{",
        "not json",
        "[]",
        "null",
        "\"text\"",
        r#"{"MaxResults": "5"}"#,
        r#"{"MaxResults": 1e99}"#,
        r#"{"MaxResults": 5} {}"#,
        r#"{"MaxResults": 5, "MaxResults": 6}"#,
        r#"{"NextToken": ["a"]}"#,
        r#"{"NextToken": "\ud800"}"#,
        deep.as_str(),
    ];
    for body in bodies {
        let answer = app.api_raw("ListUserPools", body.to_owned()).await;
        let start: String = body.chars().take(40).collect();
        assert_eq!(
            (answer.status, answer.fault().as_str()),
            (400, "SerializationException"),
            "{start}: {}",
            answer.text
        );
    }
}

#[actix_web::test]
async fn an_empty_body_is_a_request_without_members() {
    let app = TestApp::new().await;
    let answer = app.api_raw("ListUserPools", String::new()).await;
    assert_eq!(answer.fault(), "InvalidParameterException");
    assert_eq!(
        answer.message(),
        "1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: Member must not be null"
    );
}

#[actix_web::test]
async fn members_that_nobody_knows_are_ignored() {
    let app = TestApp::new().await;
    let setup = Setup::with(&app, json!({ "Unheard": { "Of": [1, null] } }), json!({ "Unheard": "of" })).await;
    app.ok("DescribeUserPool", json!({ "UserPoolId": setup.pool, "unheard": true, "userPoolId": 5 })).await;
}

#[actix_web::test]
async fn a_body_may_have_a_mebibyte_and_no_more() {
    let app = TestApp::new().await;
    let body = |size: usize| format!("{{\"MaxResults\": 5, \"Filler\": \"{}\"}}", "x".repeat(size - 31));
    let largest = body(1024 * 1024);
    assert_eq!(largest.len(), 1024 * 1024);
    assert_eq!(app.api_raw("ListUserPools", largest).await.status, 200);
    let answer = app.api_raw("ListUserPools", body(1024 * 1024 + 1)).await;
    assert_eq!((answer.status, answer.fault().as_str()), (400, "SerializationException"));
}

#[actix_web::test]
async fn the_address_of_the_api_takes_posts_only() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/").await.status, 405);
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE, reqwest::Method::PATCH] {
        assert_eq!(answer(app.http.request(method, format!("{}/", app.base))).await.status, 405);
    }
}

#[actix_web::test]
async fn a_pool_belongs_to_the_region_that_its_makers_credentials_name() {
    let app = TestApp::new().await;
    let frankfurt = Signer { region: "eu-central-1", ..Signer::default() };
    let virginia = Signer::default();
    let made = frankfurt.call(&app, "CreateUserPool", r#"{"PoolName": "here"}"#).await.json();
    let id = made["UserPool"]["Id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("eu-central-1_"), "{id}");
    assert_eq!(made["UserPool"]["Arn"], format!("arn:aws:cognito-idp:eu-central-1:123456789012:userpool/{id}"));
    let listed = |answer: crate::support::Answer| answer.json()["UserPools"].as_array().unwrap().len();
    assert_eq!(listed(frankfurt.call(&app, "ListUserPools", r#"{"MaxResults": 5}"#).await), 1);
    assert_eq!(listed(virginia.call(&app, "ListUserPools", r#"{"MaxResults": 5}"#).await), 0);
    let unsigned = app.ok("CreateUserPool", json!({ "PoolName": "there" })).await;
    assert!(unsigned["UserPool"]["Id"].as_str().unwrap().starts_with("us-east-1_"));
}

#[actix_web::test]
async fn the_pools_of_a_region_exist_in_no_other() {
    let app = TestApp::new().await;
    let frankfurt = Signer { region: "eu-central-1", ..Signer::default() };
    let made = frankfurt.call(&app, "CreateUserPool", r#"{"PoolName": "p"}"#).await.json();
    let id = made["UserPool"]["Id"].as_str().unwrap();
    let body = json!({ "UserPoolId": id, "Username": "jane", "ClientName": "c" }).to_string();
    for operation in ["DescribeUserPool", "AdminCreateUser", "CreateUserPoolClient", "ListUsers", "DeleteUserPool"] {
        let answer = Signer::default().call(&app, operation, &body).await;
        let told = (answer.fault(), answer.message());
        assert_eq!(told, ("ResourceNotFoundException".to_owned(), format!("User pool {id} does not exist.")));
    }
    assert_eq!(frankfurt.call(&app, "DescribeUserPool", &body).await.status, 200);
    assert_eq!(app.api_raw("DescribeUserPool", body).await.status, 200);
}

#[actix_web::test]
async fn the_identity_pools_of_a_region_exist_in_no_other() {
    let app = TestApp::new().await;
    let call = async |region: &'static str, operation: &str, body: Value| {
        let (target, body) = (format!("AWSCognitoIdentityService.{operation}"), body.to_string());
        let signer = Signer { region, service: "cognito-identity", ..Signer::default() };
        let (date, authorization) = signer.authorization(&app, &target, &body);
        let request = app.http.post(format!("{}/", app.base)).header("x-amz-target", target).body(body);
        answer(request.header("x-amz-date", date).header("authorization", authorization)).await
    };
    let pool = json!({ "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true });
    let made = call("eu-central-1", "CreateIdentityPool", pool).await.json();
    let id = made["IdentityPoolId"].as_str().unwrap();
    let elsewhere = call("us-east-1", "DescribeIdentityPool", json!({ "IdentityPoolId": id })).await;
    let told = (elsewhere.fault(), elsewhere.message());
    assert_eq!(told, ("ResourceNotFoundException".to_owned(), format!("IdentityPool '{id}' not found.")));
    assert_eq!(call("eu-central-1", "DescribeIdentityPool", json!({ "IdentityPoolId": id })).await.status, 200);
}

#[actix_web::test]
async fn a_region_that_is_none_is_not_believed() {
    let app = TestApp::new().await;
    for region in ["US-EAST-1", "x", "eu_west_1", "a-region-of-a-name-that-never-ends-1"] {
        let signer = Signer { region, ..Signer::default() };
        let made = signer.call(&app, "CreateUserPool", r#"{"PoolName": "p"}"#).await.json();
        assert!(made["UserPool"]["Id"].as_str().unwrap().starts_with("us-east-1_"), "{region}");
    }
}
