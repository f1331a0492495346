//! Owns the certificate that a development server makes for itself: one key, one certificate that signs itself, good
//! for this machine's own names and for nothing else. It must not know where the two are kept.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use zeroize::Zeroizing;

/// Browsers take no certificate that lasts longer than thirteen months.
const LIFETIME_SECONDS: i64 = 397 * 86_400;
const SERIAL_BITS: i32 = 127;

/// A key and its certificate, as PEM.
pub struct TlsIdentity {
    /// The certificate.
    pub certificate: Vec<u8>,
    /// The private key, PKCS#8.
    pub key: Zeroizing<Vec<u8>>,
}

/// A new key with a certificate for `localhost` and the loopback addresses, from an hour before `now` (seconds since
/// the epoch). It is no authority: who trusts it trusts this key for these names only.
///
/// # Errors
/// When the library has no randomness.
pub fn for_this_machine(now: i64) -> Result<TlsIdentity, ErrorStack> {
    let key = PKey::from_ec_key(EcKey::generate(EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?.as_ref())?)?;
    let certificate = certificate(&key, now)?;
    Ok(TlsIdentity { certificate: certificate.to_pem()?, key: Zeroizing::new(key.private_key_to_pem_pkcs8()?) })
}

/// The last second of validity of the first certificate in `pem`, since the epoch.
#[must_use]
pub fn expires_at(pem: &[u8]) -> Option<i64> {
    let certificate = X509::from_pem(pem).ok()?;
    let validity = Asn1Time::from_unix(0).ok()?.diff(certificate.not_after()).ok()?;
    Some(i64::from(validity.days) * 86_400 + i64::from(validity.secs))
}

fn certificate(key: &PKey<Private>, now: i64) -> Result<X509, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_nid(Nid::COMMONNAME, "Cenote development server on this machine")?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(SERIAL_BITS, MsbOption::MAYBE_ZERO, false)?;
    let serial = serial.to_asn1_integer()?;
    let (from, to) = (Asn1Time::from_unix(now - 3600)?, Asn1Time::from_unix(now + LIFETIME_SECONDS)?);
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(&from)?;
    builder.set_not_after(&to)?;
    extend(&mut builder)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

fn extend(builder: &mut X509Builder) -> Result<(), ErrorStack> {
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    builder.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
    let mut names = SubjectAlternativeName::new();
    names.dns("localhost").ip("127.0.0.1").ip("::1");
    let names = names.build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    let identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(identifier)?;
    let authority = AuthorityKeyIdentifier::new().keyid(true).build(&builder.x509v3_context(None, None))?;
    builder.append_extension(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_is_for_this_machine_and_expires() {
        let made = for_this_machine(1_704_164_645).unwrap();
        assert_eq!(expires_at(&made.certificate), Some(1_704_164_645 + LIFETIME_SECONDS));
        let certificate = X509::from_pem(&made.certificate).unwrap();
        let names = certificate.subject_alt_names().unwrap();
        let names: Vec<_> = names.iter().filter_map(|name| name.dnsname().map(str::to_owned)).collect();
        assert_eq!(names, ["localhost"]);
        assert!(certificate.verify(&certificate.public_key().unwrap()).unwrap());
        assert_eq!(expires_at(b"nonsense"), None);
    }
}
