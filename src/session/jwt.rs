//! Owns the reading of a JWS without verifying it: for tokens that were verified when they arrived, and for show.
//! It must not be used to trust a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The claims of a compact JWS (RFC 7515 §3.1), if it has the shape of one.
#[must_use]
pub fn payload(token: &str) -> Option<Map<String, Value>> {
    part(token, 1)
}

/// The protected header of a compact JWS.
#[must_use]
pub fn header(token: &str) -> Option<Map<String, Value>> {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}
