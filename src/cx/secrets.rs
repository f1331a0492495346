//! Owns what the master key does: sealing what must be read again, and MACs of short codes.
//! A key per purpose, so that nothing sealed for one can be opened as another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};

use crate::crypto::digest;
use crate::crypto::seal::{SealingKey, derive_bytes};
use crate::random::Random;

/// What is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// Private signing keys.
    SigningKey,
    /// Secrets of app clients.
    ClientSecret,
    /// SRP verifiers.
    SrpVerifier,
    /// Secrets of identity providers, and their tokens.
    Provider,
    /// Secrets of authenticator apps.
    SoftwareToken,
    /// Verifiers of the secrets of devices.
    DeviceVerifier,
    /// State between two steps of a sign-in, in the hands of the browser or the app.
    Step,
}

/// Seals and MACs under the master key.
#[derive(Debug)]
pub struct Secrets {
    signing_keys: SealingKey,
    client_secrets: SealingKey,
    srp_verifiers: SealingKey,
    providers: SealingKey,
    software_tokens: SealingKey,
    device_verifiers: SealingKey,
    steps: SealingKey,
    code_key: CodeKey,
    decoy_key: CodeKey,
    demo_cookie_key: SecretString,
}

struct CodeKey([u8; 32]);

impl std::fmt::Debug for CodeKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CodeKey(…)")
    }
}

impl Secrets {
    /// Derives a key for each purpose from the master key.
    #[must_use]
    pub fn new(master_key: &SecretString) -> Self {
        let master = master_key.expose_secret().as_bytes();
        let key = |purpose: &str| SealingKey::derive(master, purpose);
        Self {
            signing_keys: key("signing-keys"),
            client_secrets: key("client-secrets"),
            srp_verifiers: key("srp-verifiers"),
            providers: key("providers"),
            software_tokens: key("software-tokens"),
            device_verifiers: key("device-verifiers"),
            steps: key("steps"),
            code_key: CodeKey(derive_bytes(master, "codes")),
            decoy_key: CodeKey(derive_bytes(master, "decoys")),
            demo_cookie_key: URL_SAFE_NO_PAD.encode(derive_bytes(master, "demo-cookies")).into(),
        }
    }

    /// Seals `plaintext`; it opens only as the same kind and with the same `context` (whose it is).
    #[must_use]
    pub fn seal(&self, random: &Random, kind: Seal, (plaintext, context): (&[u8], &str)) -> String {
        self.key(kind).seal(random.bytes(), plaintext, context)
    }

    /// Opens what [`Secrets::seal`] sealed; `None` when anything was changed.
    #[must_use]
    pub fn open(&self, kind: Seal, sealed: &str, context: &str) -> Option<Vec<u8>> {
        self.key(kind).open(sealed, context)
    }

    /// The MAC of a short code, bound to what and whom it is for: a leaked table lets nobody try a million codes.
    #[must_use]
    pub fn code_mac(&self, parts: [&str; 4]) -> String {
        URL_SAFE_NO_PAD.encode(digest::hmac_sha256(&self.code_key.0, parts.join("\u{1f}").as_bytes()))
    }

    /// From which plausible values for nobody in particular are made: always the same, and nobody can foretell them.
    #[must_use]
    pub const fn decoy_key(&self) -> [u8; 32] {
        self.decoy_key.0
    }

    /// The cookie key of the demo site that `cenote dev` starts, so that its sessions outlive a restart.
    #[must_use]
    pub fn demo_cookie_key(&self) -> SecretString {
        self.demo_cookie_key.clone()
    }

    const fn key(&self, kind: Seal) -> &SealingKey {
        match kind {
            Seal::SigningKey => &self.signing_keys,
            Seal::ClientSecret => &self.client_secrets,
            Seal::SrpVerifier => &self.srp_verifiers,
            Seal::Provider => &self.providers,
            Seal::SoftwareToken => &self.software_tokens,
            Seal::DeviceVerifier => &self.device_verifiers,
            Seal::Step => &self.steps,
        }
    }
}
