//! Owns an SRP client as the SDKs have one, for passwords and for devices. Written from their public description, not
//! from the server: numbers are hashed as minimal two's complement, the key comes from HKDF with Cognito's label.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::{Value, json};

/// The client's side of one exchange.
pub struct SrpClient {
    private: BigNum,
    /// `SRP_A`.
    pub public: String,
}

/// Whose secret is proven: the pool's name or the device's group, the user's id or the device's key.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The first part.
    pub group: &'a str,
    /// The second part.
    pub name: &'a str,
    /// The secret.
    pub password: &'a str,
}

impl SrpClient {
    /// A client with a number of its own.
    pub fn new() -> Self {
        let mut private = BigNum::new().unwrap();
        private.rand(1024, openssl::bn::MsbOption::MAYBE_ZERO, false).unwrap();
        let public = power(&BigNum::from_u32(2).unwrap(), &private);
        Self { private, public: public.to_hex_str().unwrap().to_lowercase() }
    }

    /// The responses that prove the secret: block, signature and time.
    pub fn prove(&self, identity: Identity<'_>, parameters: &Value, timestamp: &str) -> Value {
        let text = |name: &str| parameters[name].as_str().unwrap_or_else(|| panic!("no {name} in {parameters}"));
        let (salt, server) =
            (BigNum::from_hex_str(text("SALT")).unwrap(), BigNum::from_hex_str(text("SRP_B")).unwrap());
        let key = self.key(identity, (&salt, &server));
        let block = STANDARD.decode(text("SECRET_BLOCK")).unwrap();
        let message = [identity.group.as_bytes(), identity.name.as_bytes(), &block, timestamp.as_bytes()].concat();
        json!({
            "PASSWORD_CLAIM_SECRET_BLOCK": text("SECRET_BLOCK"),
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(hmac(&key, &message)),
            "TIMESTAMP": timestamp,
        })
    }

    fn key(&self, identity: Identity<'_>, (salt, server): (&BigNumRef, &BigNumRef)) -> Vec<u8> {
        let (prime, two) = (prime(), BigNum::from_u32(2).unwrap());
        let mut context = BigNumContext::new().unwrap();
        let public = BigNum::from_hex_str(&self.public).unwrap();
        let scramble = number(&sha256(&[padded(&public), padded(server)].concat()));
        let multiplier = number(&sha256(&[padded(&prime), padded(&two)].concat()));
        let exponent = exponent(identity, salt);
        let (mut masked, mut base) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        masked.mod_mul(&multiplier, &power(&two, &exponent), &prime, &mut context).unwrap();
        base.mod_sub(server, &masked, &prime, &mut context).unwrap();
        let (mut product, mut sum) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        product.checked_mul(&scramble, &exponent, &mut context).unwrap();
        sum.checked_add(&self.private, &product).unwrap();
        let material = hmac(&padded(&scramble), &padded(&power(&base, &sum)));
        hmac(&material, b"Caldera Derived Key\x01")[..16].to_vec()
    }
}

/// `DeviceSecretVerifierConfig` of a device.
pub fn device_verifier(identity: Identity<'_>) -> Value {
    // A set top bit, so that the padding matters.
    let salt = number(&[0xf7; 16]);
    let verifier = power(&BigNum::from_u32(2).unwrap(), &exponent(identity, &salt));
    json!({ "Salt": STANDARD.encode(padded(&salt)), "PasswordVerifier": STANDARD.encode(padded(&verifier)) })
}

fn exponent(identity: Identity<'_>, salt: &BigNumRef) -> BigNum {
    let inner = sha256(format!("{}{}:{}", identity.group, identity.name, identity.password).as_bytes());
    number(&sha256(&[padded(salt).as_slice(), &inner].concat()))
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(key).unwrap();
    Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(message).unwrap()
}

fn prime() -> BigNum {
    BigNum::get_rfc3526_prime_3072().unwrap()
}

fn power(base: &BigNumRef, exponent: &BigNumRef) -> BigNum {
    let mut result = BigNum::new().unwrap();
    result.mod_exp(base, exponent, &prime(), &mut BigNumContext::new().unwrap()).unwrap();
    result
}

fn number(bytes: &[u8]) -> BigNum {
    BigNum::from_slice(bytes).unwrap()
}

fn padded(number: &BigNumRef) -> Vec<u8> {
    let bytes = number.to_vec();
    if bytes[0] & 0x80 == 0 { bytes } else { [&[0], bytes.as_slice()].concat() }
}
