//! Owns the signing side of AWS Signature Version 4, for a client of such a service. It must not know which service.

use super::{CredentialScope, SignedRequest, sign, timestamp};
use crate::crypto::digest::{hex, sha256};

/// What signs.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// The public half.
    pub access_key_id: &'a str,
    /// The secret half.
    pub secret_access_key: &'a str,
    /// What travels along with temporary credentials.
    pub session_token: Option<&'a str>,
}

/// For whom a request is signed.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The host, with its port where it is not the usual one.
    pub host: &'a str,
    /// The region.
    pub region: &'a str,
    /// The service.
    pub service: &'a str,
}

/// The headers of a signed `POST /` of `body` at `now_epoch_seconds`, without `host`. `None` for an impossible time.
#[must_use]
pub fn post(keys: Keys<'_>, target: Target<'_>, body: &[u8], now_epoch_seconds: i64) -> Option<Vec<(String, String)>> {
    let moment = timestamp(now_epoch_seconds)?;
    let mut headers = vec![("host".to_owned(), target.host.to_owned()), ("x-amz-date".to_owned(), moment.clone())];
    headers.extend(keys.session_token.map(|token| ("x-amz-security-token".to_owned(), token.to_owned())));
    let body_digest = hex(&sha256(body));
    let request = SignedRequest { method: "POST", path: "/", query: "", headers: &headers, body_digest: &body_digest };
    let scope = CredentialScope {
        access_key_id: keys.access_key_id.to_owned(),
        date: moment[..8].to_owned(),
        region: target.region.to_owned(),
        service: target.service.to_owned(),
    };
    let value = sign(&request, &scope, (&moment, keys.secret_access_key)).ok()?;
    headers.remove(0);
    headers.push(("authorization".to_owned(), value));
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::super::verify;
    use super::*;

    #[test]
    fn what_is_signed_here_verifies_here() {
        let keys = Keys { access_key_id: "ASIA1", secret_access_key: "secret", session_token: Some("t") };
        let target = Target { host: "localhost:9229", region: "us-east-1", service: "sts" };
        let mut headers = post(keys, target, b"a=b", 1_700_000_000).unwrap();
        headers.push(("host".to_owned(), target.host.to_owned()));
        let body_digest = &hex(&sha256(b"a=b"));
        let request = SignedRequest { method: "POST", path: "/", query: "", headers: &headers, body_digest };
        assert_eq!(verify(&request, "secret", 1_700_000_000).unwrap().service, "sts");
        assert!(verify(&request, "another", 1_700_000_000).is_err());
    }
}
