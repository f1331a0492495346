//! Owns the Secure Remote Password protocol (SRP-6a, RFC 5054) in the variant that Cognito's SDKs speak: 3072-bit
//! group, SHA-256, numbers hashed as minimal two's complement, HKDF with the label `Caldera Derived Key`.
//! It must not know challenges, sessions or who the user is: it gets names, numbers and random bytes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::digest::{self, hex, hkdf_sha256, hmac_sha256, is_equal, sha256};

const GENERATOR: u32 = 2;
const GROUP_LENGTH: usize = 384;
/// SHA-256 of the padded group and generator.
const MULTIPLIER: &str = "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6";
const KEY_LABEL: &[u8] = b"Caldera Derived Key";
const KEY_LENGTH: usize = 16;

/// Why an exchange cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrpFault {
    /// A number is not hexadecimal, or not between 1 and the group's prime.
    #[error("a number of the exchange is out of range")]
    OutOfRange,
    /// The arithmetic library ran out of memory.
    #[error("the arithmetic failed")]
    Arithmetic,
}

impl From<ErrorStack> for SrpFault {
    fn from(_: ErrorStack) -> Self {
        Self::Arithmetic
    }
}

/// What is stored of a password (or of a device's secret): enough to check it, in this protocol or in clear.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Verifier {
    /// The salt, as sent in `SALT`.
    pub salt_hex: String,
    /// The generator to the power of the hashed password.
    pub verifier_hex: String,
}

impl Verifier {
    /// The verifier for `password`. `pool_name` is the part of the pool id after the first `_` (for a device, the
    /// group key), `user_id` what the client gets as `USER_ID_FOR_SRP` (the device key); `salt` must be random.
    ///
    /// # Errors
    /// [`SrpFault::Arithmetic`].
    pub fn new(pool_name: &str, user_id: &str, password: &str, salt: [u8; 16]) -> Result<Self, SrpFault> {
        let mut exponent = private_exponent(pool_name, user_id, password, &salt)?;
        let verifier = power(&*BigNum::from_u32(GENERATOR)?, &mut exponent)?;
        Ok(Self { salt_hex: hex(&salt), verifier_hex: hex(&verifier.to_vec()) })
    }

    /// The verifier that a client made itself, as big-endian two's complement (`DeviceSecretVerifierConfig`).
    ///
    /// # Errors
    /// [`SrpFault::OutOfRange`] if it is not between 2 and the group's prime, or the salt is not 1 to 64 bytes.
    pub fn from_client(salt: &[u8], verifier: &[u8]) -> Result<Self, SrpFault> {
        if verifier.len() > GROUP_LENGTH + 1 {
            return Err(SrpFault::OutOfRange);
        }
        let value = in_group(BigNum::from_slice(verifier)?)?;
        if salt.is_empty() || salt.len() > 64 || value <= BigNum::from_u32(1)? {
            return Err(SrpFault::OutOfRange);
        }
        Ok(Self { salt_hex: hex(salt), verifier_hex: hex(&value.to_vec()) })
    }

    /// The verifier of nobody: always the same for one `secret` and one name, and as likely as any other. Making it
    /// costs as little as reading a stored one, so an exchange with an unknown user takes as long as a real one.
    ///
    /// # Errors
    /// [`SrpFault::Arithmetic`].
    pub fn decoy(secret: &[u8], pool_name: &str, user_id: &str) -> Result<Self, SrpFault> {
        let name = format!("{pool_name}\0{user_id}");
        let salt = hkdf_sha256(b"srp-salt", secret, &[name.as_bytes()]);
        let bytes: Vec<u8> = (0..=(GROUP_LENGTH / digest::DIGEST_LENGTH) as u8)
            .flat_map(|part| hkdf_sha256(b"srp-verifier", secret, &[name.as_bytes(), &[0, part]]))
            .collect();
        let (root, mut square) = (BigNum::from_slice(&bytes)?, BigNum::new()?);
        // A square, as every power of the generator is one.
        square.mod_sqr(&root, &*group()?, &mut *BigNumContext::new()?)?;
        Ok(Self { salt_hex: hex(&salt[..16]), verifier_hex: hex(&square.to_vec()) })
    }

    /// Whether this is the verifier of `password`: a sign-in that sends the password in clear.
    ///
    /// # Errors
    /// [`SrpFault`] if the stored numbers are damaged.
    pub fn is_password(&self, pool_name: &str, user_id: &str, password: &str) -> Result<bool, SrpFault> {
        let salt = hex::decode(&self.salt_hex).map_err(|_| SrpFault::OutOfRange)?;
        let mut exponent = private_exponent(pool_name, user_id, password, &salt)?;
        let verifier = power(&*BigNum::from_u32(GENERATOR)?, &mut exponent)?;
        Ok(is_equal(&verifier.to_vec(), &self.value()?.to_vec()))
    }

    /// `SRP_B`: what the client gets of `server_private`, in hexadecimal.
    ///
    /// # Errors
    /// [`SrpFault`] if the stored numbers are damaged, or in the one of 2^3072 cases that the answer is 0.
    pub fn server_public(&self, server_private: &[u8; 32]) -> Result<String, SrpFault> {
        let group = group()?;
        let mut context = BigNumContext::new_secure()?;
        let (mut product, mut sum) = (BigNum::new_secure()?, BigNum::new()?);
        product.mod_mul(&*BigNum::from_hex_str(MULTIPLIER)?, &*self.value()?, &group, &mut context)?;
        let power = power(&*BigNum::from_u32(GENERATOR)?, &mut secret_number(server_private)?)?;
        sum.mod_add(&product, &power, &group, &mut context)?;
        if sum.num_bits() == 0 {
            return Err(SrpFault::OutOfRange);
        }
        Ok(hex(&sum.to_vec()))
    }

    /// The key that both sides share after the exchange, if the client knew the password. `server_public` is what
    /// [`Verifier::server_public`] gave for `server_private`.
    ///
    /// # Errors
    /// [`SrpFault`] if a number is damaged or out of range.
    pub fn session_key(
        &self,
        client_public: &ClientPublic,
        server_public: &str,
        server_private: &[u8; 32],
    ) -> Result<SessionKey, SrpFault> {
        let client = number_of_hex(client_public.as_hex())?;
        let server = number_of_hex(server_public)?;
        let mut scramble = BigNum::from_slice(&sha256(&[padded(&client), padded(&server)].concat()))?;
        if scramble.num_bits() == 0 {
            return Err(SrpFault::OutOfRange);
        }
        let scramble_padded = padded(&scramble);
        let mut base = BigNum::new_secure()?;
        let verifier_power = power(&*self.value()?, &mut scramble)?;
        base.mod_mul(&client, &verifier_power, &*group()?, &mut *BigNumContext::new_secure()?)?;
        let shared = Zeroizing::new(padded(&*power(&base, &mut secret_number(server_private)?)?));
        let material = Zeroizing::new(hkdf_sha256(&scramble_padded, &shared, &[KEY_LABEL]));
        let mut key = SessionKey([0; KEY_LENGTH]);
        key.0.copy_from_slice(&material[..KEY_LENGTH]);
        Ok(key)
    }

    fn value(&self) -> Result<BigNum, SrpFault> {
        number_of_hex(&self.verifier_hex)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Verifier")
    }
}

/// `SRP_A`: the client's half of an exchange, between 1 and the group's prime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPublic(String);

impl ClientPublic {
    /// Reads the hexadecimal text of a client; leading zeros are of no account.
    ///
    /// # Errors
    /// [`SrpFault::OutOfRange`], for a multiple of the group's prime above all (RFC 5054 §2.5.4).
    pub fn parse(text: &str) -> Result<Self, SrpFault> {
        Ok(Self(hex(&number_of_hex(text)?.to_vec())))
    }

    /// The number in lower-case hexadecimal.
    #[must_use]
    pub fn as_hex(&self) -> &str {
        &self.0
    }
}

/// What the client signs to show that it has the key.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// As in [`Verifier::new`].
    pub pool_name: &'a str,
    /// As in [`Verifier::new`].
    pub user_id: &'a str,
    /// The decoded `SECRET_BLOCK`.
    pub secret_block: &'a [u8],
    /// `TIMESTAMP` as sent.
    pub timestamp: &'a str,
}

/// The key of one exchange.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SessionKey([u8; KEY_LENGTH]);

impl SessionKey {
    /// The `PASSWORD_CLAIM_SIGNATURE` that `claim` must carry.
    #[must_use]
    pub fn signature(&self, claim: &Claim<'_>) -> String {
        let message =
            [claim.pool_name.as_bytes(), claim.user_id.as_bytes(), claim.secret_block, claim.timestamp.as_bytes()];
        STANDARD.encode(hmac_sha256(&self.0, &message.concat()))
    }

    /// Whether `signature` is the one for `claim`, in constant time.
    #[must_use]
    pub fn is_signed(&self, claim: &Claim<'_>, signature: &str) -> bool {
        is_equal(self.signature(claim).as_bytes(), signature.as_bytes())
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionKey")
    }
}

/// The prime of RFC 3526 group 15.
fn group() -> Result<BigNum, SrpFault> {
    Ok(BigNum::get_rfc3526_prime_3072()?)
}

/// x of RFC 5054, with Cognito's names and padding.
fn private_exponent(pool_name: &str, user_id: &str, password: &str, salt: &[u8]) -> Result<BigNum, SrpFault> {
    let identity = Zeroizing::new(format!("{pool_name}{user_id}:{password}"));
    let inner = Zeroizing::new(sha256(identity.as_bytes()));
    let outer = Zeroizing::new(sha256(&[padded(&*BigNum::from_slice(salt)?).as_slice(), inner.as_slice()].concat()));
    secret_number(outer.as_slice())
}

fn secret_number(bytes: &[u8]) -> Result<BigNum, SrpFault> {
    let mut number = BigNum::new_secure()?;
    number.copy_from_slice(bytes)?;
    Ok(number)
}

/// `base` to the power of `exponent`, in time that tells nothing of `exponent`.
fn power(base: &BigNumRef, exponent: &mut BigNum) -> Result<BigNum, SrpFault> {
    exponent.set_const_time();
    let mut result = BigNum::new_secure()?;
    result.mod_exp(base, exponent, &*group()?, &mut *BigNumContext::new_secure()?)?;
    Ok(result)
}

/// Two's complement, big-endian, minimal: a zero byte goes before a set top bit.
fn padded(number: &BigNumRef) -> Vec<u8> {
    let bytes = number.to_vec();
    let needs_zero = bytes.first().is_none_or(|first| first & 0x80 != 0);
    if needs_zero { [&[0], bytes.as_slice()].concat() } else { bytes }
}

fn in_group(number: BigNum) -> Result<BigNum, SrpFault> {
    if number.num_bits() == 0 || number >= group()? { Err(SrpFault::OutOfRange) } else { Ok(number) }
}

fn number_of_hex(text: &str) -> Result<BigNum, SrpFault> {
    let is_short_enough = !text.is_empty() && text.len() <= 2 * (GROUP_LENGTH + 1);
    if !is_short_enough || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(SrpFault::OutOfRange);
    }
    in_group(BigNum::from_hex_str(text)?)
}

#[cfg(test)]
mod tests;
