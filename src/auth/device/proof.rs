//! Owns how a confirmed device proves itself at sign-in: the same exchange as a password's, with the device's secret
//! and the names of its group and key.

use serde::{Deserialize, Serialize};

use super::context;
use crate::crypto::srp::{Claim, ClientPublic, Verifier};
use crate::cx::{Cx, Seal};
use crate::domain::device::Device;
use crate::domain::user::User;
use crate::error::Error;

/// An exchange under way; whoever holds it keeps it sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Exchange {
    client_public: String,
    server_private: [u8; 32],
    /// The server's half, in hexadecimal.
    pub server_public: String,
    /// The salt of the device's secret, in hexadecimal.
    pub salt: String,
}

/// What the device signs, and the signature.
pub struct Signed {
    /// The decoded secret block.
    pub secret_block: Vec<u8>,
    /// The time, as sent.
    pub timestamp: String,
    /// The signature, base64.
    pub signature: String,
}

/// Begins the exchange with the client's half.
///
/// # Errors
/// When what is kept of the secret is damaged.
pub fn start(cx: &Cx, (user, device): (&User, &Device), client_public: &ClientPublic) -> Result<Exchange, Error> {
    let verifier = verifier(cx, user, device)?;
    let (server_private, salt): ([u8; 32], _) = (cx.random().bytes(), verifier.salt_hex.clone());
    let server_public = verifier.server_public(&server_private).map_err(Error::internal)?;
    Ok(Exchange { client_public: client_public.as_hex().to_owned(), server_private, server_public, salt })
}

/// Whether the device knows its secret.
///
/// # Errors
/// As [`start`].
pub fn is_proven(
    cx: &Cx,
    (user, device): (&User, &Device),
    exchange: &Exchange,
    signed: &Signed,
) -> Result<bool, Error> {
    let verifier = verifier(cx, user, device)?;
    let client_public = ClientPublic::parse(&exchange.client_public).map_err(Error::internal)?;
    let shared = verifier.session_key(&client_public, &exchange.server_public, &exchange.server_private);
    let claim = Claim {
        pool_name: &device.details.group_key,
        user_id: &device.key,
        secret_block: &signed.secret_block,
        timestamp: &signed.timestamp,
    };
    Ok(shared.map_err(Error::internal)?.is_signed(&claim, &signed.signature))
}

fn verifier(cx: &Cx, user: &User, device: &Device) -> Result<Verifier, Error> {
    let sealed = &device.sealed_verifier;
    let opened = cx.secrets.open(Seal::DeviceVerifier, sealed, &context(user, &device.key));
    let opened = opened.ok_or_else(|| Error::internal("a device's verifier cannot be opened"))?;
    serde_json::from_slice(&opened).map_err(Error::internal)
}
