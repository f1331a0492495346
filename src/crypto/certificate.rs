//! Owns X.509 certificates as carriers of other people's public keys, and signatures under those keys.
//! A certificate here is trusted because of where it came from: chains, issuers and revocation play no part.
//! It must not know who hands it in.

use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::sign::Verifier;
use openssl::x509::X509;

use super::hash::Hash;

const SMALLEST_RSA_BITS: u32 = 2048;
const LARGEST_RSA_BITS: u32 = 8192;

/// A kind of public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with PKCS#1 v1.5 signatures.
    Rsa,
    /// ECDSA; signatures are the two numbers r and s side by side, each as long as the curve's order.
    Ecdsa,
}

/// A certificate with a usable public key.
#[derive(Clone)]
pub struct Certificate {
    key: PKey<Public>,
    kind: KeyKind,
    /// The last second of its validity, since the epoch.
    pub expires_at: i64,
}

impl Certificate {
    /// The certificate in `der`, if its key is RSA of 2048 to 8192 bits or on one of the curves P-256, P-384, P-521.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let certificate = X509::from_der(der).ok()?;
        let key = certificate.public_key().ok()?;
        let kind = match key.id() {
            Id::RSA if (SMALLEST_RSA_BITS..=LARGEST_RSA_BITS).contains(&key.bits()) => KeyKind::Rsa,
            Id::EC => {
                let curve = key.ec_key().ok()?.group().curve_name()?;
                let known = [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1];
                known.contains(&curve).then_some(KeyKind::Ecdsa)?
            }
            _ => return None,
        };
        let epoch = openssl::asn1::Asn1Time::from_unix(0).ok()?;
        let validity = epoch.diff(certificate.not_after()).ok()?;
        Some(Self { key, kind, expires_at: i64::from(validity.days) * 86_400 + i64::from(validity.secs) })
    }

    /// Whether `signature` over `message` was made with this certificate's key, which must be of `kind`.
    #[must_use]
    pub fn verifies(&self, (kind, hash): (KeyKind, Hash), message: &[u8], signature: &[u8]) -> bool {
        if kind != self.kind {
            return false;
        }
        let encoded = match kind {
            KeyKind::Rsa => Some(signature.to_vec()),
            KeyKind::Ecdsa => self.ecdsa_in_der(signature),
        };
        encoded.is_some_and(|signature| {
            Verifier::new(hash.function(), &self.key)
                .and_then(|mut verifier| verifier.verify_oneshot(&signature, message))
                .unwrap_or(false)
        })
    }

    fn ecdsa_in_der(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let half = usize::try_from(self.key.bits()).ok()?.div_ceil(8);
        let (r, s) = (signature.len() == 2 * half).then(|| signature.split_at(half))?;
        let pair = EcdsaSig::from_private_components(BigNum::from_slice(r).ok()?, BigNum::from_slice(s).ok()?).ok()?;
        pair.to_der().ok()
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Certificate({:?}, until {})", self.kind, self.expires_at)
    }
}
