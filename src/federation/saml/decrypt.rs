//! Owns opening an EncryptedAssertion (XML Encryption 1.1): one key wrapped for us with RSA-OAEP, one AES ciphertext.
//! It must not know what is inside, nor say why a ciphertext did not open: CBC would make that an oracle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uppsala::{Document, NodeId};

use super::fault::SamlFault;
use super::filter;
use super::xml::{self, ENCRYPTION, ENCRYPTION_1_1, SIGNATURE};
use crate::crypto::aes::{self, AesMode};
use crate::crypto::hash::Hash;
use crate::crypto::rsa::RsaKey;

/// Modes with the length of their key in bytes.
const CIPHERS: [(&str, (AesMode, usize)); 4] = [
    ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", (AesMode::Cbc, 16)),
    ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", (AesMode::Cbc, 32)),
    ("http://www.w3.org/2009/xmlenc11#aes128-gcm", (AesMode::Gcm, 16)),
    ("http://www.w3.org/2009/xmlenc11#aes256-gcm", (AesMode::Gcm, 32)),
];
const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const OAEP_1_1: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
/// What hashes OAEP's label. SHA-1 is the default of the standard and no weakness there.
const LABELS: [(&str, Hash); 4] = [
    ("http://www.w3.org/2000/09/xmldsig#sha1", Hash::Sha1),
    ("http://www.w3.org/2001/04/xmlenc#sha256", Hash::Sha256),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", Hash::Sha384),
    ("http://www.w3.org/2001/04/xmlenc#sha512", Hash::Sha512),
];
const MASKS: [(&str, Hash); 4] = [
    ("http://www.w3.org/2009/xmlenc11#mgf1sha1", Hash::Sha1),
    ("http://www.w3.org/2009/xmlenc11#mgf1sha256", Hash::Sha256),
    ("http://www.w3.org/2009/xmlenc11#mgf1sha384", Hash::Sha384),
    ("http://www.w3.org/2009/xmlenc11#mgf1sha512", Hash::Sha512),
];

/// The inside of `encrypted`, an EncryptedAssertion, as a document of its own: one root element, which carries the
/// namespaces that were in scope, around whatever was encrypted (XML Encryption 1.1 §4.4 decrypts in context).
///
/// # Errors
/// When the encryption is not of our shape and algorithms. Everything that depends on the ciphertext is
/// [`SamlFault::Decryption`].
pub fn open(document: &Document<'_>, encrypted: NodeId, key: &RsaKey) -> Result<String, SamlFault> {
    let parts = Parts::read(document, encrypted)?;
    let session_key = key.decrypt_oaep(&parts.wrapped_key, parts.label, parts.mask);
    let session_key = session_key.filter(|key| key.len() == parts.key_length).ok_or(SamlFault::Decryption)?;
    let plaintext = aes::decrypt(parts.mode, &session_key, &parts.ciphertext).ok_or(SamlFault::Decryption)?;
    let plaintext = String::from_utf8(plaintext).map_err(|_| SamlFault::Decryption)?;
    let inside = format!("<decrypted{}>{plaintext}</decrypted>", namespaces_in_scope(document, encrypted));
    filter::admit(&inside, &filter::MESSAGE).map_err(|_| SamlFault::Decryption)?;
    Ok(inside)
}

struct Parts {
    mode: AesMode,
    key_length: usize,
    ciphertext: Vec<u8>,
    label: Hash,
    mask: Hash,
    wrapped_key: Vec<u8>,
}

impl Parts {
    fn read(document: &Document<'_>, encrypted: NodeId) -> Result<Self, SamlFault> {
        let data = xml::one(document, encrypted, ENCRYPTION, "EncryptedData")?;
        let data = data.ok_or(SamlFault::EncryptionShape("no EncryptedData"))?;
        let key = encrypted_key(document, encrypted, data)?;
        let (mode, key_length) = listed(document, method_of(document, data)?, &CIPHERS)?;
        let (label, mask) = oaep_hashes(document, method_of(document, key)?)?;
        let (ciphertext, wrapped_key) = (cipher_value(document, data)?, cipher_value(document, key)?);
        Ok(Self { mode, key_length, ciphertext, label, mask, wrapped_key })
    }
}

/// The one EncryptedKey: in the data's KeyInfo, or beside the data where KeyInfo points at it.
fn encrypted_key(document: &Document<'_>, encrypted: NodeId, data: NodeId) -> Result<NodeId, SamlFault> {
    let mut keys = xml::all(document, encrypted, ENCRYPTION, "EncryptedKey");
    if let Some(key_info) = xml::one(document, data, SIGNATURE, "KeyInfo")? {
        keys.extend(xml::all(document, key_info, ENCRYPTION, "EncryptedKey"));
    }
    match keys[..] {
        [key] => Ok(key),
        _ => Err(SamlFault::EncryptionShape("not exactly one EncryptedKey")),
    }
}

fn method_of(document: &Document<'_>, parent: NodeId) -> Result<NodeId, SamlFault> {
    let method = xml::one(document, parent, ENCRYPTION, "EncryptionMethod")?;
    method.ok_or(SamlFault::EncryptionShape("no EncryptionMethod"))
}

fn oaep_hashes(document: &Document<'_>, method: NodeId) -> Result<(Hash, Hash), SamlFault> {
    if xml::one(document, method, ENCRYPTION, "OAEPparams")?.is_some() {
        return Err(SamlFault::EncryptionShape("a label of OAEP"));
    }
    let algorithm = listed(document, method, &[(OAEP, OAEP), (OAEP_1_1, OAEP_1_1)])?;
    let label = xml::one(document, method, SIGNATURE, "DigestMethod")?;
    let label = label.map_or(Ok(Hash::Sha1), |label| listed(document, label, &LABELS))?;
    let mask = xml::one(document, method, ENCRYPTION_1_1, "MGF")?.filter(|_| algorithm == OAEP_1_1);
    let mask = mask.map_or(Ok(Hash::Sha1), |mask| listed(document, mask, &MASKS))?;
    Ok((label, mask))
}

fn listed<T: Copy>(document: &Document<'_>, node: NodeId, list: &[(&str, T)]) -> Result<T, SamlFault> {
    let algorithm = xml::attribute(document, node, "Algorithm").unwrap_or_default();
    let known = list.iter().find(|(name, _)| *name == algorithm).map(|(_, known)| *known);
    known.ok_or_else(|| SamlFault::Algorithm(algorithm.to_owned()))
}

/// The bytes in CipherData; a CipherReference would be an address to fetch, so there is none.
fn cipher_value(document: &Document<'_>, parent: NodeId) -> Result<Vec<u8>, SamlFault> {
    let data = xml::one(document, parent, ENCRYPTION, "CipherData")?;
    let data = data.ok_or(SamlFault::EncryptionShape("no CipherData"))?;
    let value = match xml::children(document, data)[..] {
        [value] if xml::is(document, value, ENCRYPTION, "CipherValue") => value,
        _ => return Err(SamlFault::EncryptionShape("not one CipherValue")),
    };
    let mut text = xml::text(document, value);
    text.retain(|character| !character.is_ascii_whitespace());
    STANDARD.decode(text).map_err(|_| SamlFault::EncryptionShape("a value that is not base64"))
}

/// The declarations of all ancestors, the nearest of each prefix.
fn namespaces_in_scope(document: &Document<'_>, node: NodeId) -> String {
    let mut declarations: Vec<(&str, &str)> = Vec::new();
    let mut current = Some(node);
    while let Some(element) = current {
        for (prefix, uri) in document.element(element).map(|found| &*found.namespace_declarations).unwrap_or_default() {
            if !declarations.iter().any(|(known, _)| known == prefix) {
                declarations.push((prefix, uri));
            }
        }
        current = document.parent(element);
    }
    let name = |prefix: &str| if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
    declarations.iter().map(|(prefix, uri)| format!(" {}=\"{}\"", name(prefix), xml::escape(uri))).collect()
}
