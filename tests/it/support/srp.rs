//! Owns an SRP client as Cognito's SDKs write it, made from the protocol's description and not from the server's code.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::bn::{BigNum, BigNumContext};
use serde_json::{Value, json};

/// One exchange of a client.
pub struct SrpClient {
    secret: BigNum,
    /// `SRP_A`.
    pub public: String,
}

impl SrpClient {
    /// Begins an exchange.
    pub fn start() -> Self {
        let secret = BigNum::from_slice(&cenote::random::Random::Real.bytes::<128>()).unwrap();
        let public = power(&number(2), &secret).to_hex_str().unwrap().to_lowercase();
        Self { secret, public }
    }

    /// The responses to `PASSWORD_VERIFIER`. `group` is the part of the pool id after the underscore, or a device's
    /// group key; `name` the user id of the parameters, or a device's key.
    pub fn claim(&self, parameters: &Value, (group, name): (&str, &str), (password, timestamp): (&str, &str)) -> Value {
        let text = |name: &str| parameters[name].as_str().unwrap_or_default();
        let server = BigNum::from_hex_str(text("SRP_B")).unwrap();
        let salt = BigNum::from_hex_str(text("SALT")).unwrap();
        let block = STANDARD.decode(text("SECRET_BLOCK")).unwrap();
        let inner = sha256(format!("{group}{name}:{password}").as_bytes());
        let x = BigNum::from_slice(&sha256(&[pad(&salt), inner].concat())).unwrap();
        let own = BigNum::from_hex_str(&self.public).unwrap();
        let u = BigNum::from_slice(&sha256(&[pad(&own), pad(&server)].concat())).unwrap();
        let key = key(&pad(&self.shared((&server, &x, &u))), &pad(&u));
        let message = [group.as_bytes(), name.as_bytes(), &block, timestamp.as_bytes()].concat();
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key[..16]), &message);
        json!({
            "USERNAME": name, "TIMESTAMP": timestamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature.as_ref()),
        })
    }

    /// (B − k·gˣ) ^ (a + u·x) mod N.
    fn shared(&self, (server, x, u): (&BigNum, &BigNum, &BigNum)) -> BigNum {
        let prime = BigNum::get_rfc3526_prime_3072().unwrap();
        let mut context = BigNumContext::new().unwrap();
        let k = BigNum::from_slice(&sha256(&[pad(&prime), vec![2]].concat())).unwrap();
        let (mut masked, mut base) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        masked.mod_mul(&k, &power(&number(2), x), &prime, &mut context).unwrap();
        base.mod_sub(server, &masked, &prime, &mut context).unwrap();
        let mut exponent = BigNum::new().unwrap();
        exponent.checked_mul(u, x, &mut context).unwrap();
        let exponent = &exponent + &self.secret;
        power(&base, &exponent)
    }
}

/// The timestamp of `seconds` since the epoch, as SDKs write it, the day without a zero.
pub fn timestamp(seconds: i64) -> String {
    let form = time::macros::format_description!(
        "[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] UTC [year]"
    );
    time::UtcDateTime::from_unix_timestamp(seconds).unwrap().format(form).unwrap()
}

fn key(shared: &[u8], salt: &[u8]) -> Vec<u8> {
    let extracted = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), shared);
    let expanded = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref()), b"Caldera Derived Key\x01");
    expanded.as_ref().to_vec()
}

fn power(base: &BigNum, exponent: &BigNum) -> BigNum {
    let mut result = BigNum::new().unwrap();
    let prime = BigNum::get_rfc3526_prime_3072().unwrap();
    result.mod_exp(base, exponent, &prime, &mut BigNumContext::new().unwrap()).unwrap();
    result
}

fn number(value: u32) -> BigNum {
    BigNum::from_u32(value).unwrap()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// Big-endian, with a zero before a set top bit.
fn pad(value: &BigNum) -> Vec<u8> {
    let bytes = value.to_vec();
    if bytes.first().is_none_or(|byte| byte & 0x80 != 0) { [vec![0], bytes].concat() } else { bytes }
}
