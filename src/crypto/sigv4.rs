//! Owns AWS Signature Version 4 in its header form: verifying what others signed, and signing requests of ours.
//! It must not know who has which access key: the caller reads the key's id first, finds the secret, then verifies.

pub mod client;

use percent_encoding::percent_decode_str;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::digest::{hex, hmac_sha256, is_equal, sha256};

/// How far the signer's clock may be from ours, in seconds.
pub const MAX_SKEW_SECONDS: i64 = 300;

/// How many headers a request may have, and how many of them may be signed: each name is looked for among all headers.
pub const MOST_HEADERS: usize = 100;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// Some SDKs change this header after signing; nothing depends on it.
const UNSIGNED_ALLOWED: &str = "x-amz-user-agent";

/// A request as it came over the wire.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path as sent, still percent-encoded.
    pub path: &'a str,
    /// What follows `?`, still percent-encoded; may be empty.
    pub query: &'a str,
    /// Names in lower case, in the order of the request.
    pub headers: &'a [(String, String)],
    /// SHA-256 of the whole body, in lower-case hexadecimal digits.
    pub body_digest: &'a str,
}

/// Who signed, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialScope {
    /// The id of the access key.
    pub access_key_id: String,
    /// The day, `YYYYMMDD`.
    pub date: String,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The service, such as `cognito-idp`.
    pub service: String,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigV4Fault {
    /// There is no signature of this kind.
    #[error("the request is not signed")]
    Missing,
    /// A part is missing, malformed, repeated, or not covered by the signature.
    #[error("the signature is incomplete: {0}")]
    Incomplete(&'static str),
    /// Signed more than [`MAX_SKEW_SECONDS`] ago.
    #[error("the signature has expired")]
    Expired,
    /// Signed more than [`MAX_SKEW_SECONDS`] in the future.
    #[error("the signature is not yet current")]
    NotYetCurrent,
    /// The credential's day is not that of the request, or it does not end in `aws4_request`.
    #[error("the credential is scoped to another day or protocol")]
    WrongScope,
    /// The signature or the body's digest is not what the request and the secret give.
    #[error("the signature does not match")]
    Mismatch,
}

/// The credential that an `Authorization` header names. Nothing is verified.
#[must_use]
pub fn parse_credential(authorization: &str) -> Option<CredentialScope> {
    Authorization::parse(authorization).ok()?.scope().ok()
}

/// Verifies that `request` was signed with `secret_access_key` within [`MAX_SKEW_SECONDS`] of `now_epoch_seconds`.
/// Whether region and service are ours is for the caller to see in the answer.
///
/// # Errors
/// [`SigV4Fault`].
pub fn verify(
    request: &SignedRequest<'_>,
    secret_access_key: &str,
    now_epoch_seconds: i64,
) -> Result<CredentialScope, SigV4Fault> {
    if request.headers.len() > MOST_HEADERS {
        return Err(SigV4Fault::Incomplete("too many headers"));
    }
    let header = single_header(request, "authorization")?.ok_or(SigV4Fault::Missing)?;
    let authorization = Authorization::parse(header)?;
    let scope = authorization.scope()?;
    let signed_headers: Vec<&str> = authorization.signed_headers.split(';').take(MOST_HEADERS + 1).collect();
    if signed_headers.len() > MOST_HEADERS {
        return Err(SigV4Fault::Incomplete("SignedHeaders"));
    }
    let signed_at = signing_time(request, &signed_headers)?;
    check_coverage(request, &signed_headers)?;
    check_time(signed_at, now_epoch_seconds)?;
    let timestamp = basic_format(signed_at)?;
    if !timestamp.starts_with(&scope.date) {
        return Err(SigV4Fault::WrongScope);
    }
    if let Some(claimed) = single_header(request, "x-amz-content-sha256")?
        && !is_equal(claimed.as_bytes(), request.body_digest.as_bytes())
    {
        return Err(SigV4Fault::Mismatch);
    }
    let canonical = canonical_request(request, &signed_headers)?;
    let expected = signature(&scope, &timestamp, &canonical, secret_access_key);
    if is_equal(expected.as_bytes(), authorization.signature.as_bytes()) {
        Ok(scope)
    } else {
        Err(SigV4Fault::Mismatch)
    }
}

/// The moment as signatures write it, `20240102T030405Z`.
#[must_use]
pub fn timestamp(epoch_seconds: i64) -> Option<String> {
    basic_format(OffsetDateTime::from_unix_timestamp(epoch_seconds).ok()?).ok()
}

/// The `Authorization` header of a request of ours that carries exactly `request.headers`, in the order of their
/// names, `x-amz-date` with `timestamp` among them.
///
/// # Errors
/// [`SigV4Fault::Incomplete`] when a header is missing.
pub fn sign(
    request: &SignedRequest<'_>,
    scope: &CredentialScope,
    (timestamp, secret_access_key): (&str, &str),
) -> Result<String, SigV4Fault> {
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    check_coverage(request, &names)?;
    let canonical = canonical_request(request, &names)?;
    let signature = signature(scope, timestamp, &canonical, secret_access_key);
    let CredentialScope { access_key_id, date, region, service } = scope;
    let credential = format!("{access_key_id}/{date}/{region}/{service}/{TERMINATOR}");
    let names = names.join(";");
    Ok(format!("{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"))
}

struct Authorization<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Result<Self, SigV4Fault> {
        let members = header.trim().strip_prefix(ALGORITHM).ok_or(SigV4Fault::Missing)?;
        if !members.starts_with(' ') {
            return Err(SigV4Fault::Missing);
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for member in members.split(',') {
            let place = match member.trim().split_once('=') {
                Some(("Credential", value)) => credential.replace(value),
                Some(("SignedHeaders", value)) => signed_headers.replace(value),
                Some(("Signature", value)) => signature.replace(value),
                _ => return Err(SigV4Fault::Incomplete("Authorization")),
            };
            if place.is_some() {
                return Err(SigV4Fault::Incomplete("Authorization"));
            }
        }
        Ok(Self {
            credential: credential.ok_or(SigV4Fault::Incomplete("Credential"))?,
            signed_headers: signed_headers.ok_or(SigV4Fault::Incomplete("SignedHeaders"))?,
            signature: signature.ok_or(SigV4Fault::Incomplete("Signature"))?,
        })
    }

    fn scope(&self) -> Result<CredentialScope, SigV4Fault> {
        let parts: Vec<&str> = self.credential.split('/').collect();
        let [access_key_id, date, region, service, terminator] = parts[..] else {
            return Err(SigV4Fault::Incomplete("Credential"));
        };
        if [access_key_id, date, region, service].contains(&"") {
            return Err(SigV4Fault::Incomplete("Credential"));
        }
        if terminator != TERMINATOR || date.len() != 8 {
            return Err(SigV4Fault::WrongScope);
        }
        Ok(CredentialScope {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

/// The only value of a header; a header that decides something must not come twice.
fn single_header<'a>(request: &SignedRequest<'a>, name: &'static str) -> Result<Option<&'a str>, SigV4Fault> {
    let mut values = request.headers.iter().filter(|(other, _)| other == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(Some(value.trim())),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(SigV4Fault::Incomplete(name)),
    }
}

fn signing_time(request: &SignedRequest<'_>, signed_headers: &[&str]) -> Result<OffsetDateTime, SigV4Fault> {
    let (name, value) = match single_header(request, "x-amz-date")? {
        Some(value) => ("x-amz-date", value),
        None => ("date", single_header(request, "date")?.ok_or(SigV4Fault::Incomplete("x-amz-date"))?),
    };
    if !signed_headers.contains(&name) {
        return Err(SigV4Fault::Incomplete(name));
    }
    let basic = format_description!("[year][month][day]T[hour][minute][second]Z");
    match PrimitiveDateTime::parse(value, &basic) {
        Ok(time) => Ok(time.assume_utc()),
        Err(_) if name == "date" => OffsetDateTime::parse(value, &Rfc2822).map_err(|_| SigV4Fault::Incomplete("date")),
        Err(_) => Err(SigV4Fault::Incomplete("x-amz-date")),
    }
}

fn basic_format(time: OffsetDateTime) -> Result<String, SigV4Fault> {
    let basic = format_description!("[year][month][day]T[hour][minute][second]Z");
    time.to_offset(time::UtcOffset::UTC).format(&basic).map_err(|_| SigV4Fault::Incomplete("x-amz-date"))
}

/// The host and all that steers the service must be signed: an operation's name travels in `x-amz-target`.
fn check_coverage(request: &SignedRequest<'_>, signed_headers: &[&str]) -> Result<(), SigV4Fault> {
    if single_header(request, "host")?.is_none() || !signed_headers.contains(&"host") {
        return Err(SigV4Fault::Incomplete("host"));
    }
    if !signed_headers.is_sorted_by(|left, right| left < right) {
        return Err(SigV4Fault::Incomplete("SignedHeaders"));
    }
    let is_uncovered = |name: &str| {
        name.starts_with("x-amz-") && name != UNSIGNED_ALLOWED && signed_headers.binary_search(&name).is_err()
    };
    if request.headers.iter().any(|(name, _)| is_uncovered(name)) {
        return Err(SigV4Fault::Incomplete("x-amz-* headers"));
    }
    Ok(())
}

fn check_time(signed_at: OffsetDateTime, now_epoch_seconds: i64) -> Result<(), SigV4Fault> {
    let age = now_epoch_seconds.saturating_sub(signed_at.unix_timestamp());
    match age {
        _ if age > MAX_SKEW_SECONDS => Err(SigV4Fault::Expired),
        _ if age < -MAX_SKEW_SECONDS => Err(SigV4Fault::NotYetCurrent),
        _ => Ok(()),
    }
}

fn canonical_request(request: &SignedRequest<'_>, signed_headers: &[&str]) -> Result<String, SigV4Fault> {
    let mut headers = String::new();
    for name in signed_headers {
        let values: Vec<String> = request
            .headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        if values.is_empty() {
            return Err(SigV4Fault::Incomplete("SignedHeaders"));
        }
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let path = canonical_path(request.path);
    let query = canonical_query(request.query);
    Ok(format!("{}\n{path}\n{query}\n{headers}\n{}\n{}", request.method, signed_headers.join(";"), request.body_digest))
}

/// Dot segments and empty segments removed, then each segment encoded once more than it was sent, as every service
/// but S3 does.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let encoded: Vec<String> = segments.iter().map(|segment| encode(segment.as_bytes())).collect();
    let is_folder = !encoded.is_empty() && (path.ends_with('/') || path.ends_with("/.") || path.ends_with("/.."));
    format!("/{}{}", encoded.join("/"), if is_folder { "/" } else { "" })
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode_again(name), encode_again(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn encode_again(text: &str) -> String {
    encode(&percent_decode_str(text).collect::<Vec<u8>>())
}

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3.
fn encode(bytes: &[u8]) -> String {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    bytes
        .iter()
        .map(|&byte| if is_unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn signature(scope: &CredentialScope, timestamp: &str, canonical: &str, secret_access_key: &str) -> String {
    let CredentialScope { date, region, service, .. } = scope;
    let digest = hex(&sha256(canonical.as_bytes()));
    let text = format!("{ALGORITHM}\n{timestamp}\n{date}/{region}/{service}/{TERMINATOR}\n{digest}");
    let first = format!("AWS4{secret_access_key}").into_bytes();
    let key =
        [date, region, service, TERMINATOR].iter().fold(first, |key, part| hmac_sha256(&key, part.as_bytes()).to_vec());
    hex(&hmac_sha256(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests;
