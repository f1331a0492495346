//! Owns how text messages leave the machine: a request to an HTTP gateway, or `Publish` of Amazon SNS.
//! It must not know what a message is about.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::clock::Timestamp;
use crate::config::{Sms, SmsFormat, SmsMethod, Sns};
use crate::crypto::sigv4::{self, CredentialScope, SignedRequest};
use crate::http::{Http, HttpError};

const FORM: &str = "application/x-www-form-urlencoded";

/// The road of text messages.
#[derive(Debug, Clone)]
pub struct TextMessages {
    settings: Sms,
    http: Http,
}

/// Why a text message did not leave. Texts hold neither the number nor what was written.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// The gateway could not be asked.
    #[error("the text message gateway: {0}")]
    Http(#[from] HttpError),
    /// It answered with a refusal.
    #[error("the text message gateway answered {0}")]
    Refused(u16),
    /// The request cannot be made of these settings.
    #[error("the text message settings do not give a request: {0}")]
    Settings(&'static str),
}

impl SmsError {
    /// Whether another try would end the same.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Refused(status) => matches!(*status, 400..500) && !matches!(*status, 408 | 425 | 429),
            Self::Settings(_) => true,
            Self::Http(_) => false,
        }
    }
}

impl TextMessages {
    /// A road with these settings, which are known to be good.
    #[must_use]
    pub const fn new(settings: Sms, http: Http) -> Self {
        Self { settings, http }
    }

    /// Sends `text` to the number `to`; `now` dates the signature where one is made.
    ///
    /// # Errors
    /// [`SmsError`].
    pub async fn send(&self, (to, text): (&str, &str), now: Timestamp) -> Result<(), SmsError> {
        let request = match &self.settings.sns {
            Some(sns) => self.publish(sns, (to, text), now)?,
            None => self.gateway((to, text))?,
        };
        let answer = self.http.send(request).await?;
        if (200..300).contains(&answer.status) { Ok(()) } else { Err(SmsError::Refused(answer.status)) }
    }

    fn gateway(&self, (to, text): (&str, &str)) -> Result<reqwest::RequestBuilder, SmsError> {
        let settings = &self.settings;
        let secret = settings.secret.as_ref().map_or("", |secret| secret.expose_secret());
        let values = [("{to}", to), ("{text}", text), ("{secret}", secret)];
        let address = fill(settings.url.as_deref().unwrap_or_default(), &values, in_form);
        let method = match settings.method {
            SmsMethod::Post => Method::POST,
            SmsMethod::Put => Method::PUT,
            SmsMethod::Get => Method::GET,
        };
        let mut request = self.http.request(method, &address);
        for (name, value) in &settings.headers {
            request = request.header(name, value.replace("{secret}", secret));
        }
        if let Some(username) = &settings.username {
            let credentials = STANDARD.encode(format!("{username}:{secret}"));
            request = request.header(AUTHORIZATION, format!("Basic {credentials}"));
        }
        if settings.method == SmsMethod::Get {
            return Ok(request);
        }
        let template = settings.body.as_deref().unwrap_or(settings.format.standard_body());
        Ok(match settings.format {
            SmsFormat::Json => request.header(CONTENT_TYPE, "application/json").body(fill(template, &values, in_json)),
            SmsFormat::Form => request.header(CONTENT_TYPE, FORM).body(fill(template, &values, in_form)),
        })
    }

    /// SNS's query protocol, signed.
    fn publish(
        &self,
        sns: &Sns,
        (to, text): (&str, &str),
        now: Timestamp,
    ) -> Result<reqwest::RequestBuilder, SmsError> {
        let address = sns.address().ok_or(SmsError::Settings("sns.region"))?;
        let host = host(&address).ok_or(SmsError::Settings("sns.endpoint"))?;
        let body = publish_body(sns, (to, text));
        let date = sigv4::timestamp(now.seconds()).ok_or(SmsError::Settings("the clock"))?;
        let scope = CredentialScope {
            access_key_id: sns.access_key_id.clone(),
            date: date.chars().take(8).collect(),
            region: sns.region.clone(),
            service: "sns".to_owned(),
        };
        let headers: Vec<(String, String)> = [("content-type", FORM), ("host", &host), ("x-amz-date", &date)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        let signed =
            SignedRequest { method: "POST", path: address.path(), query: "", headers: &headers, body: body.as_bytes() };
        let authorization = sigv4::sign(&signed, &scope, (&date, sns.secret_access_key.expose_secret()))
            .map_err(|_| SmsError::Settings("sns"))?;
        let request = self.http.request(Method::POST, address.as_str()).header(CONTENT_TYPE, FORM);
        Ok(request.header("x-amz-date", date).header(AUTHORIZATION, authorization).body(body))
    }
}

fn publish_body(sns: &Sns, (to, text): (&str, &str)) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "Publish").append_pair("Version", "2010-03-31");
    form.append_pair("PhoneNumber", to).append_pair("Message", text);
    // Codes are wanted at once, not when it is cheap.
    let kind = [("AWS.SNS.SMS.SMSType", "Transactional")];
    let attributes = kind.into_iter().chain(sns.sender_id.as_deref().map(|id| ("AWS.SNS.SMS.SenderID", id)));
    for (place, (name, value)) in (1..).zip(attributes) {
        let entry = format!("MessageAttributes.entry.{place}");
        form.append_pair(&format!("{entry}.Name"), name);
        form.append_pair(&format!("{entry}.Value.DataType"), "String");
        form.append_pair(&format!("{entry}.Value.StringValue"), value);
    }
    form.finish()
}

/// The `Host` header that the client will send.
fn host(address: &Url) -> Option<String> {
    let name = address.host_str()?;
    Some(address.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")))
}

/// `template` with its places filled in one pass, so that a value which looks like a place stays a value.
fn fill(template: &str, values: &[(&str, &str)], escape: fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        match values.iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, value)) => {
                filled.push_str(&escape(value));
                rest = &rest[place.len()..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

fn in_form(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// What stands between the quotes of a JSON string.
fn in_json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_break_out_of_their_place() {
        let values = [("{to}", "+49"), ("{text}", "a\"},{\"x\":\"&b=c {to}\n")];
        let json = fill(SmsFormat::Json.standard_body(), &values, in_json);
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed, serde_json::json!({"to": "+49", "text": "a\"},{\"x\":\"&b=c {to}\n"}));
        let form = fill(SmsFormat::Form.standard_body(), &values, in_form);
        let parsed: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        assert_eq!(parsed, [("to".into(), "+49".into()), ("text".into(), values[1].1.to_owned())]);
    }

    #[test]
    fn only_refusals_of_the_request_itself_are_final() {
        for (status, is_final) in [(400, true), (401, true), (404, true), (408, false), (429, false), (500, false)] {
            assert_eq!(SmsError::Refused(status).is_final(), is_final, "{status}");
        }
    }
}
