//! The JavaScript clients under Node: amazon-cognito-identity-js, Amplify 6, the AWS SDK v3, aws-jwt-verify; and what
//! the iOS and Android SDKs send, replayed.

use super::record::{are_documented, is_an_apps};
use super::stage::{pool_alone, steps};
use crate::support::program::{Folder, is_full_run};

#[actix_web::test]
async fn amazon_cognito_identity_js_takes_every_road_of_an_app() {
    if is_full_run() {
        let folder = Folder::new();
        let program = pool_alone(&folder, None).await;
        assert_eq!(steps("identity-js.mjs", &[&program.base]).await.len(), 15);
        are_documented(&program, "identity-js", is_an_apps).await;
    }
}

#[actix_web::test]
async fn amplify_takes_every_road_of_an_app() {
    if is_full_run() {
        let folder = Folder::new();
        let program = pool_alone(&folder, None).await;
        assert_eq!(steps("amplify.mjs", &[&program.base]).await.len(), 10);
        are_documented(&program, "Amplify", is_an_apps).await;
    }
}

#[actix_web::test]
async fn the_aws_sdk_and_aws_jwt_verify_serve_a_server() {
    if is_full_run() {
        let folder = Folder::new();
        let issuer_base = "https://cognito-idp.eu-central-1.amazonaws.com";
        let program = pool_alone(&folder, Some(issuer_base)).await;
        assert_eq!(steps("aws-sdk.mjs", &[&program.base, issuer_base]).await.len(), 8);
        are_documented(&program, "AWS SDK v3", |_| true).await;
    }
}

#[actix_web::test]
async fn what_the_phones_sdks_send_is_understood() {
    if is_full_run() {
        let folder = Folder::new();
        let program = pool_alone(&folder, None).await;
        assert_eq!(steps("mobile.mjs", &[&program.base]).await.len(), 8);
        are_documented(&program, "phones", is_an_apps).await;
    }
}
