//! Owns the authenticated encryption of cookie values and the change of its key.
//! It must not know what the values mean.

use aws_lc_rs::digest::{SHA512, digest};
use cookie::{Cookie, CookieJar, Key};
use secrecy::{ExposeSecret as _, SecretString};

/// The keys of the sealed cookies: everything is sealed with the present one, both can open.
pub struct Seal {
    present: Key,
    previous: Option<Key>,
}

impl Seal {
    /// A seal made of the configured secrets, which may have any length.
    #[must_use]
    pub fn new(present: &SecretString, previous: Option<&SecretString>) -> Self {
        Self { present: derived(present), previous: previous.map(derived) }
    }

    /// `value` encrypted and bound to the cookie name `name`, in base64.
    #[must_use]
    pub fn seal(&self, name: &str, value: String) -> String {
        let mut jar = CookieJar::new();
        jar.private_mut(&self.present).add(Cookie::new(name.to_owned(), value));
        jar.get(name).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
    }

    /// What was sealed under `name`, unless it was changed, moved to another name, or sealed with an unknown key.
    #[must_use]
    pub fn open(&self, name: &str, sealed: &str) -> Option<String> {
        let jar = CookieJar::new();
        [Some(&self.present), self.previous.as_ref()].into_iter().flatten().find_map(|key| {
            let cookie = Cookie::new(name.to_owned(), sealed.to_owned());
            jar.private(key).decrypt(cookie).map(|cookie| cookie.value().to_owned())
        })
    }
}

/// The digest makes any secret long enough for the key derivation, which refuses fewer than 32 bytes.
fn derived(secret: &SecretString) -> Key {
    Key::derive_from(digest(&SHA512, secret.expose_secret().as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(present: &str, previous: Option<&str>) -> Seal {
        Seal::new(&SecretString::from(present), previous.map(SecretString::from).as_ref())
    }

    #[test]
    fn a_sealed_value_opens_only_under_its_own_name() {
        let seal = seal("one", None);
        let sealed = seal.seal("a", "value".to_owned());
        assert!(!sealed.contains("value"));
        assert_eq!(seal.open("a", &sealed).as_deref(), Some("value"));
        assert_eq!(seal.open("b", &sealed), None);
    }

    #[test]
    fn the_previous_key_still_opens_and_a_forgotten_one_does_not() {
        let old = seal("old", None).seal("a", "value".to_owned());
        assert_eq!(seal("new", Some("old")).open("a", &old).as_deref(), Some("value"));
        assert_eq!(seal("new", None).open("a", &old), None);
        let resealed = seal("new", Some("old")).seal("a", "value".to_owned());
        assert_eq!(seal("new", None).open("a", &resealed).as_deref(), Some("value"));
    }
}
