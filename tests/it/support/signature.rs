//! Owns the signing side of AWS Signature Version 4, written for the tests from the published recipe, so that the
//! server's own reading of it is not tested against itself.

use cenote::crypto::digest::{hex, hmac_sha256, sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use super::app::{Answer, BEGINNING, TestApp, answer};

const TARGET: &str = "AWSCognitoIdentityProviderService";

/// Who signs, for what, and when.
#[derive(Clone)]
pub struct Signer {
    /// The public half of the key.
    pub access_key_id: &'static str,
    /// The secret half of the key.
    pub secret_access_key: &'static str,
    /// The region of the credential's scope.
    pub region: &'static str,
    /// The service of the credential's scope.
    pub service: &'static str,
    /// When, in seconds since the epoch.
    pub at: i64,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            access_key_id: "AKIDEXAMPLE",
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "cognito-idp",
            at: BEGINNING,
        }
    }
}

impl Signer {
    /// Calls an operation, signed.
    pub async fn call(&self, app: &TestApp, operation: &str, body: &str) -> Answer {
        self.call_with(app, operation, (body, body)).await
    }

    /// Calls an operation whose signature is for `signed` while `sent` travels.
    pub async fn call_with(&self, app: &TestApp, operation: &str, (signed, sent): (&str, &str)) -> Answer {
        let target = format!("{TARGET}.{operation}");
        let (date, authorization) = self.authorization(app, &target, signed);
        let request = app.http.post(format!("{}/", app.base)).header("x-amz-target", target);
        answer(request.header("x-amz-date", date).header("authorization", authorization).body(sent.to_owned())).await
    }

    /// The values of `X-Amz-Date` and `Authorization`.
    pub fn authorization(&self, app: &TestApp, target: &str, body: &str) -> (String, String) {
        let moment = OffsetDateTime::from_unix_timestamp(self.at).unwrap();
        let date = moment.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap();
        let host = app.base.trim_start_matches("http://");
        let names = "host;x-amz-date;x-amz-target";
        let headers = format!("host:{host}\nx-amz-date:{date}\nx-amz-target:{target}\n");
        let canonical = format!("POST\n/\n\n{headers}\n{names}\n{}", hex(&sha256(body.as_bytes())));
        let day = &date[..8];
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
        let mut key = format!("AWS4{}", self.secret_access_key).into_bytes();
        for part in [day, self.region, self.service, "aws4_request"] {
            key = hmac_sha256(&key, part.as_bytes()).to_vec();
        }
        let signature = hex(&hmac_sha256(&key, text.as_bytes()));
        let credential = format!("{}/{scope}", self.access_key_id);
        let value = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}");
        (date, value)
    }
}
