//! Owns the client's half of SRP as Cognito's SDKs speak it: what the server is asked in W5. It must not know what is
//! measured.

use anyhow::{Context as _, Result};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cenote::random::Random;
use openssl::bn::{BigNum, BigNumContext};
use serde_json::Value;

/// Who proves what.
#[derive(Debug, Clone, Copy)]
pub struct Prover<'a> {
    /// The part of the pool id after the underscore.
    pub pool: &'a str,
    /// The user id for SRP.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
    /// When, as SDKs write it.
    pub timestamp: &'a str,
}

/// Somebody's half of every exchange they make. What does not depend on the server's half is worked out once: a client
/// that needs more of the processor than the server would be measured in its stead.
pub struct Client {
    prime: BigNum,
    secret: BigNum,
    public: BigNum,
    known: Option<Known>,
}

/// What follows from the salt, which stays.
struct Known {
    private: BigNum,
    masked: BigNum,
}

impl Client {
    /// Chooses the client's number.
    ///
    /// # Errors
    /// When the arithmetic fails.
    pub fn new() -> Result<Self> {
        let prime = BigNum::get_rfc3526_prime_3072()?;
        let secret = BigNum::from_slice(&Random::Real.bytes::<32>())?;
        let public = power(&BigNum::from_u32(2)?, &secret, &prime)?;
        Ok(Self { prime, secret, public, known: None })
    }

    /// `SRP_A`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn public(&self) -> Result<String> {
        Ok(self.public.to_hex_str()?.to_lowercase())
    }

    /// `PASSWORD_CLAIM_SIGNATURE` for the `parameters` of the challenge.
    ///
    /// # Errors
    /// When they are malformed.
    pub fn signature(&mut self, parameters: &Value, prover: Prover<'_>) -> Result<String> {
        let text = |name: &str| parameters[name].as_str().with_context(|| format!("no {name} in {parameters}"));
        let (server, salt) = (BigNum::from_hex_str(text("SRP_B")?)?, BigNum::from_hex_str(text("SALT")?)?);
        let block = STANDARD.decode(text("SECRET_BLOCK")?)?;
        let known = match self.known.take() {
            Some(known) => known,
            None => self.learn(&salt, prover)?,
        };
        let scramble = BigNum::from_slice(&sha256(&[&padded(&self.public), &padded(&server)]))?;
        let shared = self.shared(&known, (&server, &scramble))?;
        self.known = Some(known);
        let extracted = mac(&padded(&scramble), &[&padded(&shared)]);
        let key = mac(&extracted, &[b"Caldera Derived Key\x01"]);
        let message = [prover.pool.as_bytes(), prover.user.as_bytes(), &block, prover.timestamp.as_bytes()];
        Ok(STANDARD.encode(mac(&key[..16], &message)))
    }

    /// x, and k·gˣ mod N.
    fn learn(&self, salt: &BigNum, prover: Prover<'_>) -> Result<Known> {
        let inner = sha256(&[format!("{}{}:{}", prover.pool, prover.user, prover.password).as_bytes()]);
        let private = BigNum::from_slice(&sha256(&[&padded(salt), &inner]))?;
        let multiplier = BigNum::from_slice(&sha256(&[&padded(&self.prime), &[2]]))?;
        let hidden = power(&BigNum::from_u32(2)?, &private, &self.prime)?;
        let mut masked = BigNum::new()?;
        masked.mod_mul(&multiplier, &hidden, &self.prime, &mut *BigNumContext::new()?)?;
        Ok(Known { private, masked })
    }

    /// (B − k·gˣ) ^ (a + u·x) mod N.
    fn shared(&self, known: &Known, (server, scramble): (&BigNum, &BigNum)) -> Result<BigNum> {
        let mut context = BigNumContext::new()?;
        let (mut base, mut product) = (BigNum::new()?, BigNum::new()?);
        base.mod_sub(server, &known.masked, &self.prime, &mut context)?;
        product.checked_mul(scramble, &known.private, &mut context)?;
        power(&base, &(&product + &self.secret), &self.prime)
    }
}

fn power(base: &BigNum, exponent: &BigNum, prime: &BigNum) -> Result<BigNum> {
    let (mut result, mut context) = (BigNum::new()?, BigNumContext::new()?);
    result.mod_exp(base, exponent, prime, &mut context)?;
    Ok(result)
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &parts.concat()).as_ref().to_vec()
}

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    digest::digest(&digest::SHA256, &parts.concat()).as_ref().to_vec()
}

/// Big-endian, with a zero before a set top bit.
fn padded(value: &BigNum) -> Vec<u8> {
    let bytes = value.to_vec();
    if bytes.first().is_none_or(|byte| byte & 0x80 != 0) { [vec![0], bytes].concat() } else { bytes }
}
