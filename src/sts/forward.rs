//! Owns the conversation with another token service, AWS's own or an object store's, which makes the credentials for
//! our tokens. It must not know how a token of ours came to be.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uppsala::{Document, Parser};
use url::Url;

use super::actions::VERSION;
use super::credentials::Credentials;
use super::parameters::Parameters;
use crate::clock::Timestamp;
use crate::cx::Cx;
use crate::error::{Error, TokenServiceFault};

/// Elements within elements that an answer may have.
const DEPTH: u32 = 20;

/// Sends `parameters` on and returns the status and body of the answer.
///
/// # Errors
/// When the service cannot be reached.
pub async fn relay(cx: &Cx, url: &Url, parameters: &Parameters) -> Result<(u16, Vec<u8>), Error> {
    let http = cx.token_service.as_ref().ok_or_else(|| Error::internal("no client for the token service"))?;
    let request = http
        .request(Method::POST, url.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(parameters.encoded());
    let answer = http.send(request).await.map_err(|fault| {
        tracing::warn!(%fault, "the token service cannot be reached");
        let text = "The token service cannot be reached.".to_owned();
        Error::TokenService(TokenServiceFault::IdpCommunicationError, text)
    })?;
    Ok((answer.status, answer.body))
}

/// Credentials for `role` from the other service, for a token of ours.
///
/// # Errors
/// When the service cannot be reached, refuses, or answers nonsense.
pub async fn assume(cx: &Cx, url: &Url, (role, name): (&str, &str), token: &str) -> Result<Credentials, Error> {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "AssumeRoleWithWebIdentity")
        .append_pair("Version", VERSION)
        .append_pair("RoleArn", role)
        .append_pair("RoleSessionName", name)
        .append_pair("WebIdentityToken", token)
        .append_pair("DurationSeconds", "3600")
        .finish();
    let (status, body) = relay(cx, url, &Parameters::parse(form.as_bytes())?).await?;
    let text = String::from_utf8_lossy(&body);
    if status != 200 {
        tracing::warn!(status, code = element(&text, "Code"), "the token service refused");
        return match status {
            400..=499 => Err(Error::IdentityPoolConfiguration),
            _ => Err(Error::ExternalService("The token service is unavailable.".to_owned())),
        };
    }
    read(&text).ok_or_else(|| Error::ExternalService("The token service's answer cannot be read.".to_owned()))
}

fn read(answer: &str) -> Option<Credentials> {
    let expires = OffsetDateTime::parse(&element(answer, "Expiration")?, &Rfc3339).ok()?;
    Some(Credentials {
        access_key_id: element(answer, "AccessKeyId")?,
        secret_access_key: element(answer, "SecretAccessKey")?.into(),
        session_token: element(answer, "SessionToken")?.into(),
        expires_at: Timestamp::from_seconds(expires.unix_timestamp()),
    })
}

/// The text of the only element of that name.
fn element(xml: &str, name: &str) -> Option<String> {
    let parser = Parser::new().with_max_depth(DEPTH).with_forbid_dtd(true).with_forbid_entities(true);
    let document: Document<'_> = parser.parse(xml).ok()?;
    let root = document.document_element()?;
    let is_named =
        |node: &uppsala::NodeId| document.element(*node).is_some_and(|element| element.name.local_name == name);
    let mut found = document.descendants(root).into_iter().filter(is_named);
    let (only, None) = (found.next()?, found.next()) else { return None };
    Some(document.text_content_deep(only).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_from_the_services_answer() {
        let answer = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
             <SecretAccessKey>s&amp;s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>2024-01-02T04:04:05Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
             </AssumeRoleWithWebIdentityResponse>";
        let given = read(answer).unwrap();
        assert_eq!((given.access_key_id.as_str(), given.secret(), given.token()), ("ASIA1", "s&s", "t"));
        assert_eq!(given.expires_at.seconds(), 1_704_168_245);
    }

    #[test]
    fn what_is_no_such_answer_gives_nothing() {
        for answer in ["", "<a/>", "not xml", "<a><AccessKeyId>1</AccessKeyId><AccessKeyId>2</AccessKeyId></a>"] {
            assert!(read(answer).is_none(), "{answer}");
        }
    }
}
