//! Credentials as boto3, AWS's JavaScript SDK and Amplify get them, and tokens as aws-jwt-verify and a resource server that
//! knows the issuer alone check them; part of full runs only.

use std::path::{Path, PathBuf};
use std::process::Command;

use cenote::clock::Clock;
use cenote::dev::{DEMO_PASSWORD, DEMO_USER};
use serde_json::{Value, json};

use crate::support::outsider::Outsider;
use crate::support::program::{Folder, is_full_run, run};
use crate::support::{Browser, Program};

/// How somebody signs in on the hosted pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Road {
    Password,
    Google,
}

const ROADS: [Road; 2] = [Road::Password, Road::Google];

/// A running development server, a client of its pool, and the tokens of somebody who signed in on its pages.
struct Stage {
    program: Program,
    pool: String,
    client: String,
    tokens: Value,
    _folder: Folder,
}

impl Stage {
    async fn new(road: Road) -> Self {
        let folder = Folder::new();
        let (program, providers) = Program::dev_with_providers(&folder.0).await;
        let pool = program.pool_id().await;
        let (client, tokens) = sign_in(&program, &providers, (&pool, road)).await;
        Self { program, pool, client, tokens, _folder: folder }
    }

    fn token(&self, name: &str) -> &str {
        self.tokens[name].as_str().unwrap()
    }

    async fn identity(&self, operation: &str, body: Value) -> Value {
        let request = reqwest::Client::builder().build().unwrap().post(&self.program.base);
        let request = request.header("x-amz-target", format!("AWSCognitoIdentityService.{operation}"));
        request.body(body.to_string()).send().await.unwrap().json().await.unwrap()
    }
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

/// A new client of the pool, and the tokens of somebody who signs in to it.
async fn sign_in(program: &Program, providers: &str, (pool, road): (&str, Road)) -> (String, Value) {
    let back = "https://app.example/callback";
    let client = json!({
        "UserPoolId": pool, "ClientName": "identity", "SupportedIdentityProviders": ["COGNITO", "Google"],
        "CallbackURLs": [back], "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": true,
    });
    let client = program.ok("CreateUserPoolClient", client).await["UserPoolClient"]["ClientId"].clone();
    let client = client.as_str().unwrap().to_owned();
    let asked = [("client_id", client.as_str()), ("redirect_uri", back), ("response_type", "code")];
    let asked = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    let mut browser = Browser::over(&[&program.base, providers]);
    let page = match road {
        Road::Password => {
            let form = browser.open(&format!("/oauth2/authorize?{asked}")).await;
            let typed = [("username", DEMO_USER), ("password", DEMO_PASSWORD)];
            browser.submit(&form, "signInSubmitButton", &typed).await
        }
        Road::Google => {
            let picker = browser.open(&format!("/oauth2/authorize?{asked}&identity_provider=Google")).await;
            browser.submit(&picker, "email", &[("person", "ada@example.com")]).await
        }
    };
    let code = page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()));
    let form = [("grant_type", "authorization_code"), ("code", &code), ("client_id", &client), ("redirect_uri", back)];
    let http = reqwest::Client::builder().build().unwrap();
    let answer = http.post(format!("{}/oauth2/token", program.base)).form(&form).send().await;
    let tokens: Value = answer.unwrap().json().await.unwrap();
    let claims = crate::support::flows::claims(tokens["id_token"].as_str().unwrap());
    let is_federated = claims["cognito:username"].as_str().unwrap().starts_with("google_");
    assert_eq!(is_federated, road == Road::Google, "{claims}");
    (client, tokens)
}

fn python(script: &str) -> Command {
    let prepared = Path::new(env!("CARGO_MANIFEST_DIR")).join(".run/venv/bin/python");
    let mut python = Command::new(if prepared.exists() { prepared } else { "python3".into() });
    python.arg(peers().join(script));
    python
}

#[actix_web::test]
async fn boto3_gets_credentials_for_people_who_signed_in_on_the_pages_and_for_a_guest() {
    if !is_full_run() {
        return;
    }
    for road in ROADS {
        let stage = Stage::new(road).await;
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", stage.pool);
        let mut flow = python("identity_flow.py");
        flow.args([&stage.program.base, &provider, &stage.client, stage.token("id_token")]);
        let ended = run(flow).await;
        assert!(
            ended.status.success() && ended.output.trim() == "ok",
            "{road:?}: {}{}",
            ended.output,
            ended.complaints
        );
    }
}

#[actix_web::test]
async fn boto3_gets_credentials_for_the_logins_that_the_development_pool_takes() {
    if !is_full_run() {
        return;
    }
    let folder = Folder::new();
    let (program, providers) = Program::dev_with_providers(&folder.0).await;
    let outsider = Outsider::new(&providers, Clock::Real);
    let mut logins = Vec::new();
    for (name, provider) in outsider.logins("arn:aws:iam::123456789012:saml-provider/SimulatedSAML") {
        let token = outsider.token(provider, None, &[("person", "ada@example.com")]).await;
        logins.push(json!({ name: token }));
    }
    let mut flow = python("identity_logins.py");
    flow.arg(&program.base).arg(json!(logins).to_string());
    let ended = run(flow).await;
    assert!(ended.status.success() && ended.output.trim() == "6", "{}{}", ended.output, ended.complaints);
}

#[actix_web::test]
async fn the_javascript_clients_get_credentials_and_check_tokens() {
    if !is_full_run() {
        return;
    }
    for road in ROADS {
        in_javascript(Stage::new(road).await).await;
    }
}

async fn in_javascript(stage: Stage) {
    let folder = peers().join("aws");
    if !folder.join("node_modules/aws-jwt-verify").is_dir() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        let ended = run(npm).await;
        assert!(ended.status.success(), "{}{}", ended.output, ended.complaints);
    }
    let issuer = format!("{}/{}", stage.program.base, stage.pool);
    let provider = issuer.split_once("://").unwrap().1.to_owned();
    let pool = json!({
        "IdentityPoolName": "javascript", "AllowUnauthenticatedIdentities": true,
        "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": stage.client }],
    });
    let pool = stage.identity("CreateIdentityPool", pool).await["IdentityPoolId"].clone();
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let roles = json!({ "authenticated": role("Reader"), "unauthenticated": role("Visitor") });
    stage.identity("SetIdentityPoolRoles", json!({ "IdentityPoolId": pool, "Roles": roles })).await;
    let settings = json!({
        "url": stage.program.base, "pool": pool, "provider": provider, "issuer": issuer, "clientId": stage.client,
        "userPool": stage.pool, "idToken": stage.token("id_token"), "accessToken": stage.token("access_token"),
    });
    let mut node = Command::new("node");
    node.arg(folder.join("identity.mjs")).arg(settings.to_string());
    let ended = run(node).await;
    assert!(ended.status.success(), "{}{}", ended.output, ended.complaints);
    let learnt: Value = serde_json::from_str(&ended.output).unwrap();
    let arn = |role: &str| json!(format!("arn:aws:sts::123456789012:assumed-role/{role}/CognitoIdentityCredentials"));
    assert_eq!((&learnt["user"], &learnt["guest"]), (&arn("Reader"), &arn("Visitor")));
    assert_eq!(learnt["forged"], "NotAuthorizedException");
    assert_eq!((&learnt["id"], &learnt["access"]), (&json!("id"), &json!(stage.client)));
    assert_eq!(learnt["changed"], "JwtInvalidSignatureError");
    assert_eq!((&learnt["amplify"], &learnt["amplifyGuest"]), (&arn("Reader"), &arn("Visitor")));
}
