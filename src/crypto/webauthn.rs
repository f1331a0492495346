//! Owns the verification of passkeys (W3C Web Authentication), by the library `webauthn-rs-core`: what a browser is
//! asked, and what is believed of its answer. It must not know users, pools or where anything is kept: a ceremony
//! under way is a value that the caller seals and uses once.
//!
//! The core of the library and not its convenient face, since that one asks for no discoverable keys and always for
//! the person's verification, while a pool decides the latter.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AllowCredentials, AuthenticationState, AuthenticatorTransport, COSEAlgorithm, Credential, PublicKeyCredential,
    RegisterPublicKeyCredential, RegistrationState, UserVerificationPolicy,
};

/// How long a browser may take to make a passkey.
const REGISTRATION_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a browser may take to use one.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(180);
const LOCALHOST: &str = "localhost";
const PUBLIC_KEY: &str = "public-key";

/// Why a ceremony cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebauthnFault {
    /// The id is no domain.
    #[error("the relying party id is not a domain")]
    RelyingPartyId,
    /// The answer is not what the browser's interface gives.
    #[error("the credential is malformed")]
    Malformed,
    /// The answer is to another challenge.
    #[error("the challenge is another one")]
    Challenge,
    /// The answer comes from a page that does not belong to the relying party.
    #[error("the origin is not allowed")]
    Origin,
    /// The passkey belongs to another relying party.
    #[error("the relying party is another one")]
    RelyingParty,
    /// The authenticator, its algorithm or its way to know the person does not do.
    #[error("the authenticator is not supported")]
    Unsupported,
    /// The signature is wrong, or the counter went back: the passkey may be a copy.
    #[error("the credential is not proven")]
    NotProven,
}

/// The party that passkeys are for: a domain and whatever is below it.
#[derive(Debug)]
pub struct RelyingParty {
    id: String,
    origins: Vec<Url>,
    policy: UserVerificationPolicy,
}

/// A question for the browser.
#[derive(Debug)]
pub struct Ceremony {
    /// What `navigator.credentials` is given, in its JSON form.
    pub options: Value,
    /// What must be known to check the answer; to be sealed, and used once.
    pub state: String,
}

/// For whom a passkey is made.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// What the authenticator gives back at sign-in (`userHandle`).
    pub handle: &'a str,
    /// What it shows.
    pub name: &'a str,
}

/// A passkey that has just been made.
#[derive(Debug)]
pub struct NewKey {
    /// Its id, base64url.
    pub id: String,
    /// What must be known to check its signatures, as JSON.
    pub key: String,
    /// How often it has signed.
    pub sign_count: i64,
    /// How it is reached: `internal`, `usb` and others.
    pub transports: Vec<String>,
    /// `platform` or `cross-platform`, as the browser says.
    pub attachment: Option<String>,
    /// The model of the authenticator, as the browser says; good enough for a name and for nothing else.
    pub model: Option<Uuid>,
}

/// A passkey's answer at sign-in, not checked yet.
#[derive(Debug)]
pub struct Assertion {
    credential: PublicKeyCredential,
}

/// A passkey that signed.
#[derive(Debug)]
pub struct Proven {
    /// The key as it is now.
    pub key: String,
    /// How often it has signed.
    pub sign_count: i64,
    /// Whether the authenticator knew the person, by PIN or body.
    pub is_user_verified: bool,
}

impl RelyingParty {
    /// The party of that domain.
    ///
    /// # Errors
    /// [`WebauthnFault::RelyingPartyId`]: an address by number is no domain (Web Authentication §5.1.2).
    pub fn new(id: &str, is_verification_required: bool) -> Result<Self, WebauthnFault> {
        let origin = |scheme: &str| {
            let url = Url::parse(&format!("{scheme}://{id}")).ok()?;
            (url.domain() == Some(id)).then_some(url)
        };
        let mut origins = vec![origin("https").ok_or(WebauthnFault::RelyingPartyId)?];
        // Browsers trust this machine's own pages without https.
        origins.extend((id == LOCALHOST).then(|| origin("http")).flatten());
        let policy =
            if is_verification_required { UserVerificationPolicy::Required } else { UserVerificationPolicy::Preferred };
        Ok(Self { id: id.to_owned(), origins, policy })
    }

    /// Whether pages of `host` may use this party's passkeys.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        host == self.id || host.strip_suffix(&self.id).is_some_and(|rest| rest.ends_with('.'))
    }

    /// The domain.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Asks for a new passkey, on none of the authenticators that hold one of `known`.
    ///
    /// # Errors
    /// When an id of `known` is damaged.
    pub fn start_registration(&self, owner: Owner<'_>, known: &[String]) -> Result<Ceremony, WebauthnFault> {
        let known = known.iter().map(|id| decode(id)).collect::<Result<_, _>>()?;
        let core = self.core(REGISTRATION_TIMEOUT);
        let builder = core
            .new_challenge_register_builder(owner.handle.as_bytes(), owner.name, owner.name)?
            .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::RS256])
            .require_resident_key(true)
            .user_verification_policy(self.policy)
            .exclude_credentials(Some(known));
        let (mut asked, state) = core.generate_challenge_register(builder)?;
        asked.public_key.attestation = None;
        Ceremony::of(&asked.public_key, &state)
    }

    /// Checks a new passkey.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn finish_registration(&self, answer: &Value, state: &str) -> Result<NewKey, WebauthnFault> {
        let state: RegistrationState = read(state)?;
        let answered = RegisterPublicKeyCredential::deserialize(answer).map_err(|_| WebauthnFault::Malformed)?;
        let attachment = answer.get("authenticatorAttachment").and_then(Value::as_str);
        let credential = self.core(REGISTRATION_TIMEOUT).register_credential(&answered, &state, None)?;
        let transports = answered.response.transports.unwrap_or_default();
        Ok(NewKey {
            id: URL_SAFE_NO_PAD.encode(&credential.cred_id),
            key: write(&credential)?,
            sign_count: credential.counter.into(),
            transports: transports.iter().filter_map(transport).collect(),
            attachment: attachment.filter(|kind| matches!(*kind, "platform" | "cross-platform")).map(str::to_owned),
            model: model_of(answer),
        })
    }

    /// Asks for a signature of one of `known`, or of any passkey that the authenticator finds when there are none.
    ///
    /// # Errors
    /// When an id of `known` is damaged.
    pub fn start_sign_in(&self, known: &[String]) -> Result<Ceremony, WebauthnFault> {
        let core = self.core(SIGN_IN_TIMEOUT);
        let builder =
            core.new_challenge_authenticate_builder(Vec::new(), Some(self.policy))?.allow_backup_eligible_upgrade(true);
        let (mut asked, state) = core.generate_challenge_authenticate(builder)?;
        for id in known {
            let allowed = AllowCredentials { type_: PUBLIC_KEY.to_owned(), id: decode(id)?, transports: None };
            asked.public_key.allow_credentials.push(allowed);
        }
        Ceremony::of(&asked.public_key, &state)
    }

    /// Checks a signature against the passkey that the caller found by [`Assertion::key_id`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn finish_sign_in(
        &self,
        assertion: &Assertion,
        (key, sign_count): (&str, i64),
        state: &str,
    ) -> Result<Proven, WebauthnFault> {
        let state: AuthenticationState = read(state)?;
        let mut key: Credential = read(key)?;
        key.counter = u32::try_from(sign_count).map_err(|_| WebauthnFault::NotProven)?;
        let core = self.core(SIGN_IN_TIMEOUT);
        let result = core.authenticate_single_credential(&assertion.credential, &state, &key)?;
        key.counter = result.counter();
        key.backup_eligible = result.backup_eligible();
        key.backup_state = result.backup_state();
        Ok(Proven { key: write(&key)?, sign_count: result.counter().into(), is_user_verified: result.user_verified() })
    }

    fn core(&self, timeout: Duration) -> WebauthnCore {
        let origins = self.origins.clone();
        WebauthnCore::new_unsafe_experts_only(&self.id, &self.id, origins, timeout, Some(true), Some(true))
    }
}

impl Ceremony {
    fn of(options: &impl serde::Serialize, state: &impl serde::Serialize) -> Result<Self, WebauthnFault> {
        let options = serde_json::to_value(options).map_err(|_| WebauthnFault::Malformed)?;
        Ok(Self { options, state: write(state)? })
    }
}

impl Assertion {
    /// Reads an `AuthenticationResponseJSON`.
    ///
    /// # Errors
    /// [`WebauthnFault::Malformed`].
    pub fn parse(text: &str) -> Result<Self, WebauthnFault> {
        Ok(Self { credential: read(text)? })
    }

    /// The id of the passkey that signed, base64url.
    #[must_use]
    pub fn key_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.credential.get_credential_id())
    }

    /// Whose the authenticator says that it is ([`Owner::handle`]), where it says so.
    #[must_use]
    pub fn handle(&self) -> Option<&str> {
        std::str::from_utf8(self.credential.get_user_unique_id()?).ok()
    }

    /// Whether the authenticator names somebody, readable or not.
    #[must_use]
    pub fn has_handle(&self) -> bool {
        self.credential.get_user_unique_id().is_some()
    }
}

impl From<WebauthnError> for WebauthnFault {
    fn from(fault: WebauthnError) -> Self {
        match fault {
            WebauthnError::MismatchedChallenge | WebauthnError::ChallengeNotFound => Self::Challenge,
            WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => Self::Origin,
            WebauthnError::InvalidRPIDHash => Self::RelyingParty,
            WebauthnError::InvalidClientDataType
            | WebauthnError::ParseBase64Failure(_)
            | WebauthnError::ParseCBORFailure(_)
            | WebauthnError::ParseJSONFailure(_)
            | WebauthnError::ParseNOMFailure
            | WebauthnError::ParseInsufficientBytesAvailable => Self::Malformed,
            WebauthnError::AuthenticationFailure
            | WebauthnError::CredentialPossibleCompromise
            | WebauthnError::CredentialNotFound
            | WebauthnError::SignatureInvalid => Self::NotProven,
            _ => Self::Unsupported,
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, WebauthnFault> {
    serde_json::from_str(text).map_err(|_| WebauthnFault::Malformed)
}

fn write(value: &impl serde::Serialize) -> Result<String, WebauthnFault> {
    serde_json::to_string(value).map_err(|_| WebauthnFault::Malformed)
}

fn decode(id: &str) -> Result<Vec<u8>, WebauthnFault> {
    URL_SAFE_NO_PAD.decode(id).map_err(|_| WebauthnFault::Malformed)
}

/// The model's words (API model, `WebAuthnAuthenticatorTransportsList`).
fn transport(kind: &AuthenticatorTransport) -> Option<String> {
    let is_known = !matches!(kind, AuthenticatorTransport::Unknown | AuthenticatorTransport::Test);
    is_known.then(|| kind.to_string())
}

/// The AAGUID behind the hash, the flags and the counter (Web Authentication §6.1), where a credential is attested.
fn model_of(answer: &Value) -> Option<Uuid> {
    const FLAGS: usize = 32;
    const IS_ATTESTED: u8 = 0x40;
    let data = answer.get("response")?.get("authenticatorData")?.as_str()?;
    let data = URL_SAFE_NO_PAD.decode(data).ok()?;
    (data.get(FLAGS)? & IS_ATTESTED != 0).then_some(())?;
    Uuid::from_slice(data.get(37..53)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_is_a_domain_and_covers_what_is_below_it() {
        let party = RelyingParty::new("example.com", false).unwrap();
        assert!(party.covers("example.com") && party.covers("auth.example.com"));
        assert!(!party.covers("badexample.com") && !party.covers("com") && !party.covers("example.com.evil.test"));
        for id in ["127.0.0.1", "[::1]", "", "exa mple.com", "example.com:8443", "example.com/a", "EXAMPLE.com", "a@b"]
        {
            assert_eq!(RelyingParty::new(id, false).unwrap_err(), WebauthnFault::RelyingPartyId, "{id}");
        }
    }

    #[test]
    fn the_questions_are_those_of_the_service() {
        let party = RelyingParty::new("localhost", true).unwrap();
        let owner = Owner { handle: "3a46320b-c60e-4a21-9d64-5829bfede1c4", name: "james" };
        let mut options = party.start_registration(owner, &["AAEC".to_owned()]).unwrap().options;
        assert_eq!(options["challenge"].take().as_str().unwrap().len(), 43);
        let expected = serde_json::json!({
            "rp": { "id": "localhost", "name": "localhost" },
            "user": { "id": "M2E0NjMyMGItYzYwZS00YTIxLTlkNjQtNTgyOWJmZWRlMWM0", "name": "james", "displayName": "james" },
            "challenge": null,
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -257 }],
            "timeout": 60000,
            "excludeCredentials": [{ "type": "public-key", "id": "AAEC" }],
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
            },
        });
        assert_eq!(options, expected);
        let mut options = party.start_sign_in(&["AAEC".to_owned()]).unwrap().options;
        options["challenge"].take();
        let expected = serde_json::json!({
            "challenge": null,
            "timeout": 180_000,
            "rpId": "localhost",
            "allowCredentials": [{ "type": "public-key", "id": "AAEC" }],
            "userVerification": "required",
        });
        assert_eq!(options, expected);
    }

    #[test]
    fn what_is_no_credential_is_called_malformed() {
        let party = RelyingParty::new("localhost", true).unwrap();
        let state = party.start_registration(Owner { handle: "1", name: "a" }, &[]).unwrap().state;
        for answer in ["{}", "[]", "null", "\"a\"", r#"{"id":"a","rawId":"AA","type":"public-key","response":{}}"#] {
            let answer: Value = serde_json::from_str(answer).unwrap();
            assert_eq!(party.finish_registration(&answer, &state).unwrap_err(), WebauthnFault::Malformed);
            assert_eq!(Assertion::parse(&answer.to_string()).unwrap_err(), WebauthnFault::Malformed);
        }
    }
}
