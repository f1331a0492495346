//! Crashes between the callback and the code: whoever was sent on to the app with a code is there after `kill -9`, and
//! the code is good.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::Program;
use crate::support::flows::claims;
use crate::support::program::Folder;

const ROUNDS: usize = 4;
const WRITERS: usize = 4;
/// Nothing listens there.
const CALLBACK: &str = "http://localhost:9/callback";

/// Who was sent on to the app, with which code.
type Promise = (String, String);

#[actix_web::test]
async fn whoever_was_sent_on_with_a_code_is_not_lost_to_kill_nine() {
    let folder = Folder::new();
    let (mut program, _) = Program::dev_with_providers(&folder.0).await;
    let pool = program.pool_id().await;
    let client = client(&program, &pool).await;
    let mut known = 0;
    for round in 0..ROUNDS {
        let acknowledged = Cell::new(0);
        let writers =
            (0..WRITERS).map(|writer| write(&program.base, (&client, &acknowledged), format!("r{round}w{writer}")));
        let promised: Vec<Promise> =
            join(join_all(writers), kill(&program, &acknowledged, 5 + round)).await.0.into_iter().flatten().collect();
        drop(program);
        (program, _) = Program::dev_with_providers(&folder.0).await;
        assert!(promised.len() >= 5, "{promised:?}");
        known += promised.len();
        for (email, code) in promised {
            let form = [
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("client_id", &client),
                ("redirect_uri", CALLBACK),
            ];
            let request =
                reqwest::Client::builder().build().unwrap().post(format!("{}/oauth2/token", program.base)).form(&form);
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            let token = answer["id_token"].as_str().unwrap_or_else(|| panic!("{email}: {answer}"));
            assert_eq!(claims(token)["email"], email.as_str());
            let user = json!({ "UserPoolId": pool, "Username": claims(token)["cognito:username"] });
            assert_eq!(program.ok("AdminGetUser", user).await["UserStatus"], "EXTERNAL_PROVIDER");
        }
    }
    let described = program.ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
    let users = described["UserPool"]["EstimatedNumberOfUsers"].as_u64().unwrap();
    assert!(users > known as u64, "the demo user and {known} others at least: {users}");
}

async fn client(program: &Program, pool: &str) -> String {
    let client = json!({
        "UserPoolId": pool, "ClientName": "crash", "SupportedIdentityProviders": ["SimulatedOIDC"],
        "CallbackURLs": [CALLBACK], "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": true,
    });
    let made = program.ok("CreateUserPoolClient", client).await;
    made["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned()
}

/// Kills the server in the midst of its work, once `count` people were sent on.
async fn kill(program: &Program, acknowledged: &Cell<usize>, count: usize) {
    while acknowledged.get() < count {
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    program.signal("KILL");
}

/// Signs one person after the other in, until the server is gone.
async fn write(base: &str, (client, acknowledged): (&str, &Cell<usize>), name: String) -> Vec<Promise> {
    let mut promised = Vec::new();
    for number in 0.. {
        let email = format!("{name}n{number}@example.com");
        let Some(code) = sign_in(base, client, &email).await else { break };
        promised.push((email, code));
        acknowledged.set(acknowledged.get() + 1);
    }
    promised
}

/// The code of one sign-in; `None` when the server went away before it answered.
async fn sign_in(base: &str, client: &str, email: &str) -> Option<String> {
    let query = [
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("identity_provider", "SimulatedOIDC"),
    ];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let leaving = http.get(format!("{base}/oauth2/authorize?{query}")).send().await.ok()?;
    let header = |answer: &reqwest::Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    let set = leaving.headers().get_all("set-cookie").iter();
    let cookies: Vec<_> = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned()).collect();
    let location = header(&leaving, "location").unwrap();
    let picked = http.post(location).form(&[("email", email)]).send().await.ok()?;
    let callback = header(&picked, "location").unwrap();
    let arrived = http.get(callback).header("cookie", cookies.join("; ")).send().await.ok()?;
    let location = header(&arrived, "location")?;
    let target = url::Url::parse(&location).unwrap();
    let code = target.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
    Some(code.unwrap_or_else(|| panic!("{location}")))
}
