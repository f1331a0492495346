//! Hashes made by other programs: Python's hashlib and glibc's crypt, and Firebase's published sample.

use super::*;

const PASSWORD: &[u8] = b"Corr3ct-Horse";
const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
const SIGNER_KEY: &str = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
const FIREBASE: &str = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";

fn samples() -> Vec<(String, HashFamily)> {
    let bcrypt = |version: &str| format!("${version}$05$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli");
    let sha256 = "EHcKgxA50brMSSP9XAxQ/pSKf9yLm2vZbNfqZ9KJ/Wo";
    let sha512 = "OBleG0uEbzWztiwXupf024vqxiuclkOKQrjH98smtxx0uRQ6LWscDPuy+v5ysWDkbAzxZ0QvDYcmN8JemiWaGg";
    vec![
        (bcrypt("2a"), HashFamily::Bcrypt),
        (bcrypt("2b"), HashFamily::Bcrypt),
        (bcrypt("2y"), HashFamily::Bcrypt),
        (format!("$scrypt$ln=10,r=8,p=1${SALT}$46gGPMyoPFkN3u7pK8Gv4VJ6eTJ+wckB2ZN1U5thEl4"), HashFamily::Scrypt),
        (format!("$pbkdf2-sha256$i=1000,l=32${SALT}${sha256}"), HashFamily::Pbkdf2Sha256),
        (format!("$pbkdf2-sha256$i=1000${SALT}==${sha256}="), HashFamily::Pbkdf2Sha256),
        (format!("$pbkdf2-sha256$1000${SALT}${}", sha256.replace('+', ".")), HashFamily::Pbkdf2Sha256),
        (
            "pbkdf2_sha256$1000$seasalt2$cWQdaVgGgGlHChHh51H+ZNMJflj4ZzGUG7fy+FiI8wk=".to_owned(),
            HashFamily::Pbkdf2Sha256,
        ),
        (format!("$pbkdf2-sha1$i=1000${SALT}$elIYpzPRdq9ZeviGerpMErZ+FtM="), HashFamily::Pbkdf2Other),
        (format!("$pbkdf2-sha512$i=1000${SALT}${sha512}"), HashFamily::Pbkdf2Other),
    ]
}

#[test]
fn hashes_of_other_programs_verify_for_their_password_only() {
    for (text, family) in samples() {
        let hash = ForeignHash::parse(&text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(hash.family(), family, "{text}");
        assert!(hash.is_made_of(PASSWORD), "{text}");
        for wrong in [b"Corr3ct-Hors".as_slice(), b"corr3ct-Horse", b""] {
            assert!(!hash.is_made_of(wrong), "{text}");
        }
        // HMAC fills its key up with zeros (RFC 2104 §2), so to what is built on it a final NUL says nothing.
        let is_built_on_hmac = !matches!(family, HashFamily::Bcrypt | HashFamily::Argon2);
        assert_eq!(hash.is_made_of(b"Corr3ct-Horse\0"), is_built_on_hmac, "{text}");
    }
}

#[test]
fn firebases_published_sample_verifies() {
    let text = format!("$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={SIGNER_KEY}$42xEC+ixf3L2lw==${FIREBASE}");
    let hash = ForeignHash::parse(&text).unwrap();
    assert_eq!(hash.family(), HashFamily::Scrypt);
    assert!(hash.is_made_of(b"user1password"));
    assert!(!hash.is_made_of(b"user2password"));
}

#[test]
fn a_hash_that_costs_too_much_is_not_followed() {
    let digest = "EHcKgxA50brMSSP9XAxQ/pSKf9yLm2vZbNfqZ9KJ/Wo";
    for text in [
        "$2b$15$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli".to_owned(),
        "$2b$31$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli".to_owned(),
        format!("$scrypt$ln=18,r=8,p=1${SALT}${digest}"),
        format!("$scrypt$ln=17,r=8,p=2${SALT}${digest}"),
        format!("$scrypt$ln=10,r=4294967295,p=4294967295${SALT}${digest}"),
        format!("$scrypt$ln=63,r=8,p=1${SALT}${digest}"),
        format!("$scrypt$ln=255,r=8,p=1${SALT}${digest}"),
        format!("$pbkdf2-sha256$i=2000001${SALT}${digest}"),
        format!("$pbkdf2-sha256$i=4294967296${SALT}${digest}"),
        format!("$fbscrypt$v=1,n=18,r=8,p=1,ss=Bw==,sk={SIGNER_KEY}$42xEC+ixf3L2lw==${FIREBASE}"),
    ] {
        assert!(ForeignHash::parse(&text).is_none(), "{text}");
    }
}

#[test]
fn what_is_malformed_or_would_match_anything_is_not_followed() {
    let digest = "EHcKgxA50brMSSP9XAxQ/pSKf9yLm2vZbNfqZ9KJ/Wo";
    for text in [
        String::new(),
        "password".to_owned(),
        "$2b$05$".to_owned(),
        "$2x$05$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcli".to_owned(),
        "$2b$05$abcdefghijklmnopqrstuuLxp9fy2Mx7tQMvry8.3E06eb/zyVcliAAAA".to_owned(),
        format!("$scrypt$ln=10,r=8,p=1${SALT}$"),
        format!("$scrypt$ln=10,r=8,p=1${SALT}$AAAA"),
        format!("$scrypt$ln=10,r=0,p=1${SALT}${digest}"),
        format!("$scrypt$ln=10,r=8,p=0${SALT}${digest}"),
        format!("$scrypt$r=8,p=1${SALT}${digest}"),
        format!("$scrypt$ln=10,r=8,p=1${SALT}"),
        format!("$scrypt$ln=10,r=8,p=1${SALT}${digest}$more"),
        format!("$scrypt$ln=10,r=8,p=1$not base64!${digest}"),
        format!("$pbkdf2-sha256$i=0${SALT}${digest}"),
        format!("$pbkdf2-sha256$i=-1${SALT}${digest}"),
        format!("$pbkdf2-md5$i=1000${SALT}${digest}"),
        format!("$pbkdf2-sha256$i=1000${SALT}$"),
        format!("$pbkdf2-sha256$i=1000${}${digest}", "A".repeat(2000)),
        format!("$fbscrypt$v=2,n=14,r=8,p=1,ss=Bw==,sk={SIGNER_KEY}$42xEC+ixf3L2lw==${FIREBASE}"),
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=$42xEC+ixf3L2lw==$".to_owned(),
        "$6$salt$hash".to_owned(),
        "{SSHA}abc".to_owned(),
    ] {
        assert!(ForeignHash::parse(&text).is_none(), "{text}");
    }
}
