//! Owns password hashes that other systems made: bcrypt, scrypt (Firebase's own kind too) and PBKDF2, in the texts in
//! which those systems export them. They are verified, never made. Whoever imports a hash chose its parameters, so
//! costs are bounded: a hostile hash takes neither the machine's memory nor minutes of a worker.
//! It must not know whose hash it is.

use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use openssl::symm::{Cipher, encrypt};
use std::num::NonZeroU32;

use super::digest::is_equal;

/// The costliest hashes that are followed. Each takes a worker for about a second.
const MAX_BCRYPT_COST: u32 = 14;
const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;
/// `N * r`: 128 MiB.
const MAX_SCRYPT_MEMORY: u64 = 1 << 20;
/// `N * r * p`: what OWASP's dearest recommendation costs.
const MAX_SCRYPT_WORK: u64 = 1 << 20;
const MAX_SALT: usize = 256;
/// Shorter digests would match by chance, an empty one always.
const DIGEST: std::ops::RangeInclusive<usize> = 16..=64;
/// Firebase's hash is its signer key, encrypted.
const MAX_SIGNER_KEY: usize = 128;
const AES_256_KEY: usize = 32;

/// What padding there is does not matter: systems differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The families of password hashes that can be brought along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFamily {
    /// `$2a$`, `$2b$`, `$2y$`.
    Bcrypt,
    /// `$scrypt$` and Firebase's `$fbscrypt$`.
    Scrypt,
    /// `$argon2id$` and its siblings.
    Argon2,
    /// `$pbkdf2-sha256$`, Django's `pbkdf2_sha256$`.
    Pbkdf2Sha256,
    /// The same with SHA-1 or SHA-512.
    Pbkdf2Other,
}

/// A hash of another system, with parameters within bounds.
pub enum ForeignHash {
    /// The whole text; the library reads it again.
    Bcrypt(String),
    /// scrypt, RFC 7914.
    Scrypt(Scrypt),
    /// Firebase: the first half of scrypt's output is the key under which the signer key is encrypted.
    Firebase(Scrypt, Vec<u8>),
    /// PBKDF2, RFC 8018 §5.2.
    Pbkdf2(Pbkdf2),
}

/// scrypt's parameters, salt and output.
pub struct Scrypt {
    params: scrypt::Params,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

/// PBKDF2's parameters, salt and output.
pub struct Pbkdf2 {
    algorithm: pbkdf2::Algorithm,
    is_sha256: bool,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

impl ForeignHash {
    /// Reads a hash; `None` when it is of no known kind, malformed, or too costly.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with("$2") {
            return bcrypt(text);
        }
        if let Some(rest) = text.strip_prefix("$scrypt$") {
            return Scrypt::parse(rest).map(Self::Scrypt);
        }
        if let Some(rest) = text.strip_prefix("$fbscrypt$") {
            return firebase(rest);
        }
        Pbkdf2::parse(text).map(Self::Pbkdf2)
    }

    /// Which family it is of.
    #[must_use]
    pub fn family(&self) -> HashFamily {
        match self {
            Self::Bcrypt(_) => HashFamily::Bcrypt,
            Self::Scrypt(_) | Self::Firebase(..) => HashFamily::Scrypt,
            Self::Pbkdf2(hash) if hash.is_sha256 => HashFamily::Pbkdf2Sha256,
            Self::Pbkdf2(_) => HashFamily::Pbkdf2Other,
        }
    }

    /// Whether it was made of `password`. Slow by design.
    #[must_use]
    pub fn is_made_of(&self, password: &[u8]) -> bool {
        match self {
            // As everywhere, only the first 72 bytes count.
            Self::Bcrypt(text) => bcrypt::verify(password, text).unwrap_or(false),
            Self::Scrypt(hash) => {
                hash.derive(password, hash.expected.len()).is_some_and(|actual| is_equal(&actual, &hash.expected))
            }
            Self::Firebase(hash, signer_key) => hash.derive(password, 2 * AES_256_KEY).is_some_and(|derived| {
                let (key, start) = (&derived[..AES_256_KEY], [0; 16]);
                encrypt(Cipher::aes_256_ctr(), key, Some(&start), signer_key)
                    .is_ok_and(|actual| is_equal(&actual, &hash.expected))
            }),
            Self::Pbkdf2(hash) => {
                pbkdf2::verify(hash.algorithm, hash.iterations, &hash.salt, password, &hash.expected).is_ok()
            }
        }
    }
}

fn bcrypt(text: &str) -> Option<ForeignHash> {
    let is_sound = ["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version));
    let parts: bcrypt::HashParts = text.parse().ok()?;
    (is_sound && text.len() == 60 && parts.get_cost() <= MAX_BCRYPT_COST).then(|| ForeignHash::Bcrypt(text.to_owned()))
}

/// `v=1,n=14,r=8,p=1,ss=…,sk=…$salt$hash`: `n` is the memory cost, `ss` the salt separator, `sk` the signer key.
fn firebase(text: &str) -> Option<ForeignHash> {
    let [parameters, salt, hash] = parts(text)?;
    let number = |name: &str| member(parameters, name).and_then(|value| value.parse::<u32>().ok());
    let is_version_1 = number("v").is_none_or(|version| version == 1);
    let signer_key = decode(member(parameters, "sk")?)?;
    let (mut salt, separator) = (decode(salt)?, member(parameters, "ss").map_or(Some(Vec::new()), decode)?);
    salt.extend(separator);
    let expected = decode(hash)?;
    let is_signer_key = (DIGEST.start()..=&MAX_SIGNER_KEY).contains(&&signer_key.len());
    if !is_version_1 || !is_signer_key || expected.len() != signer_key.len() {
        return None;
    }
    let params = scrypt_params(u8::try_from(number("n")?).ok()?, number("r")?, number("p").unwrap_or(1))?;
    Some(ForeignHash::Firebase(Scrypt { params, salt: checked_salt(salt)?, expected }, signer_key))
}

impl Scrypt {
    /// `ln=17,r=8,p=1$salt$hash`.
    fn parse(text: &str) -> Option<Self> {
        let [parameters, salt, hash] = parts(text)?;
        let number = |name: &str| member(parameters, name).and_then(|value| value.parse::<u32>().ok());
        let params = scrypt_params(u8::try_from(number("ln")?).ok()?, number("r")?, number("p")?)?;
        Some(Self { params, salt: checked_salt(decode(salt)?)?, expected: checked_digest(decode(hash)?)? })
    }

    fn derive(&self, password: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut output = vec![0; length];
        scrypt::scrypt(password, &self.salt, &self.params, &mut output).ok()?;
        Some(output)
    }
}

fn scrypt_params(log_n: u8, r: u32, p: u32) -> Option<scrypt::Params> {
    let memory = 1u64.checked_shl(u32::from(log_n))?.checked_mul(u64::from(r))?;
    let is_bounded = log_n >= 1 && memory <= MAX_SCRYPT_MEMORY && memory.checked_mul(u64::from(p))? <= MAX_SCRYPT_WORK;
    if is_bounded { scrypt::Params::new(log_n, r, p).ok() } else { None }
}

impl Pbkdf2 {
    /// `$pbkdf2-sha256$i=600000,l=32$salt$hash` (PHC), `$pbkdf2-sha256$29000$salt$hash` (passlib), and
    /// `pbkdf2_sha256$600000$salt$hash` (Django, whose salt is plain text).
    fn parse(text: &str) -> Option<Self> {
        let is_django = text.starts_with("pbkdf2_");
        let rest = text.strip_prefix("$pbkdf2-").or_else(|| text.strip_prefix("pbkdf2_"))?;
        let (digest, rest) = rest.split_once('$')?;
        let algorithm = match digest {
            "sha1" => pbkdf2::PBKDF2_HMAC_SHA1,
            "sha256" => pbkdf2::PBKDF2_HMAC_SHA256,
            "sha512" => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return None,
        };
        let [parameters, salt, hash] = parts(rest)?;
        let iterations: u32 = member(parameters, "i").unwrap_or(parameters).parse().ok()?;
        let salt = if is_django { salt.as_bytes().to_vec() } else { decode(salt)? };
        (iterations <= MAX_PBKDF2_ITERATIONS).then_some(())?;
        Some(Self {
            algorithm,
            is_sha256: digest == "sha256",
            iterations: NonZeroU32::new(iterations)?,
            salt: checked_salt(salt)?,
            expected: checked_digest(decode(hash)?)?,
        })
    }
}

fn parts(text: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().ok()
}

/// The value of `name` in `a=1,b=2`.
fn member<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(',').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// Base64 of any of the usual alphabets: standard, for addresses, passlib's.
fn decode(text: &str) -> Option<Vec<u8>> {
    let standard: String = text
        .chars()
        .map(|letter| match letter {
            '.' | '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    BASE64.decode(standard).ok()
}

fn checked_salt(salt: Vec<u8>) -> Option<Vec<u8>> {
    (salt.len() <= MAX_SALT).then_some(salt)
}

fn checked_digest(digest: Vec<u8>) -> Option<Vec<u8>> {
    DIGEST.contains(&digest.len()).then_some(digest)
}

#[cfg(test)]
mod tests;
