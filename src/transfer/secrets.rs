//! Owns which columns are sealed under the master key, and how to open them for a file and seal them again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::cx::{Cx, Seal};
use crate::store::transfer::Row;

/// A part of what a sealed value is bound to.
enum Part {
    Column(&'static str),
    Word(&'static str),
}

use Part::{Column, Word};

/// Table, column, purpose, and the parts of the context, which are joined by slashes.
const SEALED: &[(&str, &str, Seal, &[Part])] = &[
    ("clients", "sealed_secrets", Seal::ClientSecret, &[Column("id")]),
    ("signing_keys", "sealed_private_key", Seal::SigningKey, &[Column("pool_id"), Column("kid")]),
    ("saml_keys", "sealed_private_key", Seal::SigningKey, &[Word("saml"), Column("pool_id")]),
    ("identity_providers", "sealed_secret", Seal::Provider, &[Column("pool_id"), Column("name")]),
    (
        "identities",
        "sealed_tokens",
        Seal::Provider,
        &[Word("tokens"), Column("pool_id"), Column("provider_name"), Column("value")],
    ),
    ("users", "sealed_srp_verifier", Seal::SrpVerifier, &[Column("pool_id"), Column("sub")]),
    ("software_tokens", "sealed_secret", Seal::SoftwareToken, &[Column("pool_id"), Column("sub")]),
    ("software_tokens", "pending_secret", Seal::SoftwareToken, &[Column("pool_id"), Column("sub")]),
    ("devices", "sealed_verifier", Seal::DeviceVerifier, &[Column("pool_id"), Column("sub"), Column("device_key")]),
];

/// Columns that can be had again: one that does not open is left empty.
const DISPENSABLE: [&str; 2] = ["sealed_tokens", "pending_secret"];

/// Whether a sealed column is known.
#[must_use]
pub fn covers(table: &str, column: &str) -> bool {
    SEALED.iter().any(|(known, name, ..)| *known == table && *name == column)
}

/// Opens the sealed values of a row.
///
/// # Errors
/// The column that does not open.
pub fn open(cx: &Cx, table: &str, row: &mut Row) -> Result<(), &'static str> {
    for (_, column, seal, parts) in SEALED.iter().filter(|(known, ..)| *known == table) {
        let context = context(row, parts);
        let Some(place) = row.get_mut(*column) else { continue };
        let Some(sealed) = place.as_str() else { continue };
        *place = match cx.secrets.open(*seal, sealed, &context) {
            Some(plain) => URL_SAFE_NO_PAD.encode(plain).into(),
            None if DISPENSABLE.contains(column) => Value::Null,
            None => return Err(column),
        };
    }
    Ok(())
}

/// Seals the values of a row again.
///
/// # Errors
/// The column that holds something else.
pub fn seal(cx: &Cx, table: &str, row: &mut Row) -> Result<(), &'static str> {
    for (_, column, seal, parts) in SEALED.iter().filter(|(known, ..)| *known == table) {
        let context = context(row, parts);
        let Some(place) = row.get_mut(*column) else { continue };
        let Some(text) = place.as_str() else { continue };
        let plain = URL_SAFE_NO_PAD.decode(text).map_err(|_| *column)?;
        *place = cx.secrets.seal(cx.random(), *seal, (&plain, &context)).into();
    }
    Ok(())
}

fn context(row: &Row, parts: &[Part]) -> String {
    let text = |part: &Part| match part {
        Column(name) => row.get(*name).and_then(Value::as_str).unwrap_or_default().to_owned(),
        Word(word) => (*word).to_owned(),
    };
    parts.iter().map(text).collect::<Vec<_>>().join("/")
}
