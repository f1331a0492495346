//! Hostile ciphertexts: whatever depends on their content looks the same.

#![expect(clippy::too_many_lines, reason = "tables of messages")]

use super::corpus::Case;
use super::idp::*;

const CLOSED: &str = "the assertion cannot be decrypted";

pub fn cases() -> Vec<Case> {
    let good = bare(&response(&encrypted(&signed(&assertion()))));
    let of = |inside: &str| bare(&response(&encrypted(inside)));
    let to = |pair: &Pair| bare(&response(&encrypted_to(&signed(&assertion()), pair, AES128_CBC, OAEP)));
    let wrapped = |xml: &str| bare(&response(&encrypted(xml)));
    let signed_whole = signed(&response(&encrypted(&bare(&assertion()))));
    let mut cases = vec![
        Case::of("encrypted to somebody else", to(&keys().attacker), CLOSED),
        Case::of("an unsigned assertion inside", of(&bare(&assertion())), CLOSED),
        Case::of(
            "a stranger's assertion inside",
            of(&signed_with(&assertion(), &signature_template("_assertion", RSA_SHA256, SHA256), &keys().attacker)),
            CLOSED,
        ),
        Case::of("a changed assertion inside", of(&signed(&assertion()).replace("Anna@", "admin@")), CLOSED),
        Case::of("text inside", wrapped("admin"), CLOSED),
        Case::of("nothing inside", wrapped(""), CLOSED),
        Case::of(
            "a document type inside",
            wrapped("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>"),
            CLOSED,
        ),
        Case::of(
            "two assertions inside",
            wrapped(&format!("{}{}", signed(&assertion()), bare(&assertion()).replace("_assertion", "_b"))),
            CLOSED,
        ),
        Case::of(
            "a way out of the wrapping",
            wrapped(&format!("</decrypted>{}<decrypted>", signed(&assertion()))),
            CLOSED,
        ),
        Case::of("a changed ciphertext in a signed Response", flipped(&signed_whole, 40), "the digest does not match"),
    ];
    cases.extend([0, 20, 60, 500].map(|position| Case::of("an altered ciphertext", flipped(&good, position), CLOSED)));
    cases.extend(shapes(&good));
    cases
}

/// `message` with one character of the last CipherValue changed.
fn flipped(message: &str, position: usize) -> String {
    let at = message.rfind("<xenc:CipherValue>").unwrap() + "<xenc:CipherValue>".len() + position;
    let other = if message.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &message[..at], &message[at + 1..])
}

fn shapes(good: &str) -> Vec<Case> {
    let at = good.rfind("<xenc:CipherValue>").unwrap();
    let end = good.rfind("</xenc:CipherValue>").unwrap() + "</xenc:CipherValue>".len();
    let value = |with: &str| format!("{}{with}{}", &good[..at], &good[end..]);
    let key_start = good.find("<xenc:EncryptedKey>").unwrap();
    let key_end = good.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
    let key = &good[key_start..key_end];
    let not_one_key = "unexpected encryption: not exactly one EncryptedKey";
    let not_one_value = "unexpected encryption: not one CipherValue";
    vec![
        Case::of(
            "a reference to a cipher in a file",
            value("<xenc:CipherReference URI=\"file:///etc/passwd\"/>"),
            not_one_value,
        ),
        Case::of(
            "a reference to a cipher on the network",
            value("<xenc:CipherReference URI=\"http://attacker.example.com/\"/>"),
            not_one_value,
        ),
        Case::of("no ciphertext", value(""), not_one_value),
        Case::of("an empty ciphertext", value("<xenc:CipherValue/>"), CLOSED),
        Case::of("a cut ciphertext", value("<xenc:CipherValue>AAAA</xenc:CipherValue>"), CLOSED),
        Case::of(
            "a ciphertext that is no base64",
            value("<xenc:CipherValue>!</xenc:CipherValue>"),
            "unexpected encryption: a value that is not base64",
        ),
        Case::of("no key", good.replace(key, ""), not_one_key),
        Case::of("two keys", good.replace(key, &format!("{key}{key}")), not_one_key),
        Case::of("100 keys", good.replace(key, &key.repeat(100)), not_one_key),
        Case::of(
            "a key elsewhere",
            good.replace(key, "<ds:RetrievalMethod URI=\"http://attacker.example.com/\"/>"),
            not_one_key,
        ),
        Case::of(
            "PKCS#1 v1.5 key transport",
            good.replace(OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
            "algorithm not accepted: http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        ),
        Case::of(
            "triple DES",
            good.replace(AES128_CBC, "http://www.w3.org/2001/04/xmlenc#tripledes-cbc"),
            "algorithm not accepted",
        ),
        Case::of(
            "a null cipher",
            good.replace(AES128_CBC, "http://www.w3.org/2001/04/xmlenc#none"),
            "algorithm not accepted",
        ),
        Case::of(
            "a longer key than was sent",
            good.replace(AES128_CBC, "http://www.w3.org/2001/04/xmlenc#aes256-cbc"),
            CLOSED,
        ),
        Case::of("another mode", good.replace(AES128_CBC, "http://www.w3.org/2009/xmlenc11#aes128-gcm"), CLOSED),
        Case::of("no data", bare(&response("<saml:EncryptedAssertion/>")), "unexpected encryption: no EncryptedData"),
    ]
}
