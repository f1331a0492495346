//! Owns what the session page can try: calling the site's own API with the access token, and getting temporary
//! credentials for the ID token, of which the token service then says whose they are. It must not know pages.

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::Site;
use super::stored::Session;
use crate::config::DemoIdentity;
use crate::crypto::sigv4::client::{self, Keys, Target};

/// What came of a try.
pub struct Outcome {
    /// What was tried.
    pub title: &'static str,
    /// Whether it worked.
    pub is_good: bool,
    /// What came back, or what failed.
    pub text: String,
}

/// Calls the site's API with the access token of `session`.
pub async fn call_api(site: &Site, session: &Session) -> Outcome {
    let title = "The API's answer";
    let Ok(url) = site.config.public_url.join("/api/me") else {
        return Outcome { title, is_good: false, text: "The site's own address is not usable.".to_owned() };
    };
    let request = site.outside.http.request(Method::GET, url.as_str()).bearer_auth(&session.access_token);
    match site.outside.http.send(request).await {
        Ok(answer) => {
            let text = format!("{}\n{}", answer.status, pretty(&String::from_utf8_lossy(&answer.body)));
            Outcome { title, is_good: answer.status == 200, text }
        }
        Err(fault) => Outcome { title, is_good: false, text: fault.to_string() },
    }
}

/// Gets credentials for the ID token of `session` and asks whose they are.
pub async fn credentials(site: &Site, identity: &DemoIdentity, session: &Session) -> Outcome {
    let title = "Who the credentials are";
    match caller(site, identity, session).await {
        Ok(caller) => Outcome { title, is_good: true, text: caller },
        Err(fault) => Outcome { title, is_good: false, text: fault },
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_key: SecretString,
    session_token: SecretString,
    expiration: serde_json::Number,
}

async fn caller(site: &Site, identity: &DemoIdentity, session: &Session) -> Result<String, String> {
    let issuer = &site.config.issuer;
    let provider = issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest);
    let logins = json!({ provider: session.id_token });
    let region = identity.pool.split_once(':').map_or("us-east-1", |(region, _)| region);
    let endpoint = |set: &Option<Url>, service: &str| {
        set.as_ref().map_or_else(|| format!("https://{service}.{region}.amazonaws.com/"), ToString::to_string)
    };
    let address = endpoint(&identity.identity_endpoint, "cognito-identity");
    let wanted = json!({ "IdentityPoolId": identity.pool, "Logins": logins });
    let id = operation(site, &address, ("GetId", &wanted)).await?["IdentityId"].clone();
    let wanted = json!({ "IdentityId": id, "Logins": logins });
    let answer = operation(site, &address, ("GetCredentialsForIdentity", &wanted)).await?;
    let given: Credentials = serde_json::from_value(answer["Credentials"].clone())
        .map_err(|_| "The credentials cannot be read.".to_owned())?;
    let address = endpoint(&identity.sts_endpoint, "sts");
    let told = caller_identity(site, (&address, region), &given).await?;
    let text = json!({
        "IdentityId": answer["IdentityId"], "AccessKeyId": given.access_key_id, "Expiration": given.expiration,
        "Arn": element(&told, "Arn"), "UserId": element(&told, "UserId"), "Account": element(&told, "Account"),
    });
    Ok(serde_json::to_string_pretty(&text).unwrap_or_default())
}

async fn operation(site: &Site, address: &str, (name, body): (&str, &Value)) -> Result<Value, String> {
    let request = site
        .outside
        .http
        .request(Method::POST, address)
        .header("x-amz-target", format!("AWSCognitoIdentityService.{name}"))
        .header("content-type", "application/x-amz-json-1.1")
        .body(body.to_string());
    let answer = site.outside.http.send(request).await.map_err(|fault| format!("{name}: {fault}"))?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status != 200 {
        return Err(format!("{name} answered {}\n{}", answer.status, pretty(&text)));
    }
    serde_json::from_str(&text).map_err(|_| format!("{name}: the answer is not JSON"))
}

async fn caller_identity(site: &Site, (address, region): (&str, &str), given: &Credentials) -> Result<String, String> {
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let url = Url::parse(address).map_err(|fault| fault.to_string())?;
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let keys = Keys {
        access_key_id: &given.access_key_id,
        secret_access_key: given.secret_key.expose_secret(),
        session_token: Some(given.session_token.expose_secret()),
    };
    let target = Target { host: &host, region, service: "sts" };
    let now = site.outside.clock.now().seconds();
    let headers = client::post(keys, target, body.as_bytes(), now).ok_or_else(|| "The clock is wrong.".to_owned())?;
    let mut request = site.outside.http.request(Method::POST, address).body(body);
    request = request.header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = site.outside.http.send(request).await.map_err(|fault| format!("GetCallerIdentity: {fault}"))?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status == 200 { Ok(text) } else { Err(format!("GetCallerIdentity answered {}\n{text}", answer.status)) }
}

/// What stands in the first element of that name; only shown, never trusted.
fn element(xml: &str, name: &str) -> String {
    let inside = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    inside.map_or_else(String::new, |(text, _)| text.to_owned())
}

fn pretty(text: &str) -> String {
    let json: Option<Value> = serde_json::from_str(text).ok();
    json.and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_else(|| text.to_owned())
}
