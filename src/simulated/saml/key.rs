//! Owns the key of the SAML identity provider: its certificate, and XML signatures made with it.
//! It must not know what SAML messages say.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;

use super::xml::element;
use crate::clock::Timestamp;
use crate::crypto::digest;
use crate::crypto::jwt::KeyFault;
use crate::simulated::keys::with_changed_bit;

const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const YEAR: i64 = 365 * 24 * 3600;

/// An RSA key with a certificate that it signed itself.
pub struct SamlKey {
    key_pair: RsaKeyPair,
    certificate: String,
}

impl SamlKey {
    /// The key in `der` (PKCS#8), with a certificate for ten years from `now`.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn new(der: &[u8], now: Timestamp) -> Result<Self, KeyFault> {
        let key_pair = RsaKeyPair::from_pkcs8(der).map_err(|_| KeyFault::Malformed)?;
        let certificate = STANDARD.encode(certificate(&key_pair, now.seconds())?);
        Ok(Self { key_pair, certificate })
    }

    /// The certificate, base64 of its DER form.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The enveloped signature over the element `canonical` whose `ID` is `id`: RSA with SHA-256 after exclusive
    /// canonicalization (XML Signature §5, SAML Core §5.4). `canonical` is the element in canonical form, without a
    /// signature. A broken signature has one bit changed.
    ///
    /// # Errors
    /// [`KeyFault::Signing`].
    pub fn signature(&self, canonical: &str, id: &str, is_broken: bool) -> Result<String, KeyFault> {
        let method = |name: &str, algorithm: &str| element(name, &[("Algorithm", algorithm)], "");
        let transforms =
            method("ds:Transform", &format!("{SIGNATURES}enveloped-signature")) + &method("ds:Transform", EXCLUSIVE);
        let reference = element("ds:Transforms", &[], &transforms)
            + &method("ds:DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256")
            + &element("ds:DigestValue", &[], &STANDARD.encode(digest::sha256(canonical.as_bytes())));
        let info = method("ds:CanonicalizationMethod", EXCLUSIVE)
            + &method("ds:SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
            + &element("ds:Reference", &[("URI", &format!("#{id}"))], &reference);
        // On its own, the canonical form declares the namespace that the document declares one level above.
        let signed = self.sign(element("ds:SignedInfo", &[("xmlns:ds", SIGNATURES)], &info).as_bytes())?;
        let signed = if is_broken { with_changed_bit(signed) } else { signed };
        let content = element("ds:SignedInfo", &[], &info)
            + &element("ds:SignatureValue", &[], &STANDARD.encode(signed))
            + &key_info("ds", &self.certificate);
        Ok(element("ds:Signature", &[("xmlns:ds", SIGNATURES)], &content))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
        sign(&self.key_pair, message)
    }
}

impl fmt::Debug for SamlKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SamlKey(…)")
    }
}

/// `KeyInfo` with a certificate, its namespace bound to `prefix`.
#[must_use]
pub fn key_info(prefix: &str, certificate: &str) -> String {
    let name = |local: &str| format!("{prefix}:{local}");
    let data = element(&name("X509Certificate"), &[], certificate);
    element(&name("KeyInfo"), &[], &element(&name("X509Data"), &[], &data))
}

fn sign(key_pair: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
    let mut signature = vec![0; key_pair.public_modulus_len()];
    key_pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| KeyFault::Signing)?;
    Ok(signature)
}

/// A self-signed certificate (RFC 5280 §4.1), version 3 without extensions.
fn certificate(key_pair: &RsaKeyPair, now: i64) -> Result<Vec<u8>, KeyFault> {
    // sha256WithRSAEncryption 1.2.840.113549.1.1.11, rsaEncryption …1.1.1, commonName 2.5.4.3.
    let sha256_rsa = sequence(&[&tlv(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), &tlv(0x05, &[])]);
    let rsa = sequence(&[&tlv(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), &tlv(0x05, &[])]);
    let common_name = sequence(&[&tlv(0x06, b"\x55\x04\x03"), &tlv(0x0c, b"Simulated SAML identity provider")]);
    let name = sequence(&[&tlv(0x31, &common_name)]);
    let public = key_pair.public_key().as_ref();
    let mut serial = digest::sha256(public)[..16].to_vec();
    // A serial number is a positive integer (RFC 5280 §4.1.2.2).
    serial[0] = serial[0] & 0x3f | 0x40;
    let validity = sequence(&[&moment(now - YEAR / 365), &moment(now + 10 * YEAR)]);
    let key = sequence(&[&rsa, &tlv(0x03, &[&[0], public].concat())]);
    let version = tlv(0xa0, &tlv(0x02, &[2]));
    let body = sequence(&[&version, &tlv(0x02, &serial), &sha256_rsa, &name, &validity, &name, &key]);
    let signature = tlv(0x03, &[&[0][..], &sign(key_pair, &body)?].concat());
    Ok(sequence(&[&body, &sha256_rsa, &signature]))
}

/// A moment as RFC 5280 §4.1.2.5 writes it: two digits of the year until 2049, four from then on.
fn moment(seconds: i64) -> Vec<u8> {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let rest =
        format!("{:02}{:02}{:02}{:02}{:02}Z", u8::from(at.month()), at.day(), at.hour(), at.minute(), at.second());
    if at.year() < 2050 {
        tlv(0x17, format!("{:02}{rest}", at.year() % 100).as_bytes())
    } else {
        tlv(0x18, format!("{:04}{rest}", at.year()).as_bytes())
    }
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// One DER value. Nothing here reaches 65,536 bytes, so that two bytes of length are enough.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let mut value = match content.len() {
        0..128 => vec![tag, low],
        128..256 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    value.extend_from_slice(content);
    value
}
