//! Owns an authenticator made of software: it makes passkeys and signs with them as a browser would give the answers,
//! or wrongly on purpose. Written from the recommendation (Web Authentication §5.8, §6), not from the server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// An authenticator and the page in front of it.
#[derive(Clone)]
pub struct Authenticator {
    /// The page's origin.
    pub origin: String,
    /// Whether it asks for a PIN or a finger.
    pub is_user_verified: bool,
    /// Whether it counts its signatures; those that copy passkeys between devices do not.
    pub is_counting: bool,
    /// The passkeys that it holds.
    pub keys: Vec<Key>,
    /// The model of the authenticator.
    pub model: [u8; 16],
}

/// A passkey.
#[derive(Clone)]
pub struct Key {
    /// Its id.
    pub id: Vec<u8>,
    /// The domain that it is for.
    pub rp_id: String,
    /// Whose it is.
    pub handle: Vec<u8>,
    /// How often it has signed.
    pub counter: u32,
    private: EcKey<Private>,
}

impl Authenticator {
    /// One without passkeys, whose owner shows a finger, in front of a page of `origin`.
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), is_user_verified: true, is_counting: true, keys: Vec::new(), model: [0; 16] }
    }

    /// Makes a passkey as `options` ask; the `RegistrationResponseJSON`.
    pub fn create(&mut self, options: &Value) -> Value {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let private = EcKey::generate(&group).unwrap();
        let id = crate::support::app::unique().into_bytes();
        let key = Key {
            id: id.clone(),
            rp_id: options["rp"]["id"].as_str().unwrap().to_owned(),
            handle: bytes(&options["user"]["id"]),
            counter: 1,
            private,
        };
        let data = self.attested(&key, &group);
        let attestation = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".as_slice(), &cbor_bytes(&data)].concat();
        let client_data = self.client_data("webauthn.create", options);
        self.keys.push(key);
        json!({
            "id": text(&id), "rawId": text(&id), "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&client_data), "attestationObject": text(&attestation),
                "authenticatorData": text(&data), "transports": ["internal", "hybrid"],
            },
        })
    }

    /// Signs with the newest passkey for the domain; the `AuthenticationResponseJSON`.
    pub fn get(&mut self, options: &Value) -> Value {
        let rp_id = options["rpId"].as_str().unwrap();
        let allowed: Vec<_> =
            options["allowCredentials"].as_array().unwrap().iter().map(|one| bytes(&one["id"])).collect();
        let fits = |key: &&mut Key| key.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&key.id));
        let key = self.keys.iter_mut().rev().find(fits).expect("a passkey for the domain");
        key.counter += 1;
        let key = key.clone();
        self.sign(&key, options)
    }

    /// Signs with `key`, whatever the options allow.
    pub fn sign(&self, key: &Key, options: &Value) -> Value {
        let data = self.data(key, 0);
        let client_data = self.client_data("webauthn.get", options);
        let private = PKey::from_ec_key(key.private.clone()).unwrap();
        let mut signer = Signer::new(MessageDigest::sha256(), &private).unwrap();
        let signature = signer.sign_oneshot_to_vec(&[data.as_slice(), &openssl::sha::sha256(&client_data)].concat());
        json!({
            "id": text(&key.id), "rawId": text(&key.id), "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&client_data), "authenticatorData": text(&data),
                "signature": text(&signature.unwrap()), "userHandle": text(&key.handle),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, key: &Key, more_flags: u8) -> Vec<u8> {
        let verified = if self.is_user_verified { VERIFIED } else { 0 };
        let counter = if self.is_counting { key.counter } else { 0 };
        let hash = openssl::sha::sha256(key.rp_id.as_bytes());
        [hash.as_slice(), &[PRESENT | verified | more_flags], &counter.to_be_bytes()].concat()
    }

    fn attested(&self, key: &Key, group: &EcGroup) -> Vec<u8> {
        let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        let mut context = BigNumContext::new().unwrap();
        key.private.public_key().affine_coordinates(group, &mut x, &mut y, &mut context).unwrap();
        let (x, y) = (x.to_vec_padded(32).unwrap(), y.to_vec_padded(32).unwrap());
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}: an EC2 key for ES256 on P-256 (RFC 9053 §7.1.1).
        let head = b"\xa5\x01\x02\x03\x26\x20\x01\x21".as_slice();
        let public = [head, &cbor_bytes(&x), b"\x22", &cbor_bytes(&y)].concat();
        let length = u16::try_from(key.id.len()).unwrap().to_be_bytes();
        [self.data(key, ATTESTED).as_slice(), &self.model, &length, &key.id, &public].concat()
    }
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    match length {
        0..=23 => [&[0x40 | length.to_be_bytes()[1]], bytes].concat(),
        24..=255 => [&[0x58, length.to_be_bytes()[1]], bytes].concat(),
        _ => [&[0x59][..], &length.to_be_bytes(), bytes].concat(),
    }
}

/// Bytes as the browser's JSON writes them.
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}
