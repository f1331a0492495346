//! The user pools API, as SDKs see it.

mod adaptive_authentication;
mod admin_users;
mod branding;
mod choice;
mod client_secrets;
mod clients;
mod compromised_passwords;
mod constraints;
mod device_sign_in;
mod devices;
mod domains;
mod groups;
mod hostile_bodies;
mod import_jobs;
mod list_users;
mod machine_tokens;
mod model;
mod official_operations;
mod passkey_mfa;
mod passkey_sign_in;
mod passkeys;
mod passwordless;
mod passwords;
mod pool_mfa;
mod pool_parts;
mod pools;
mod profile;
mod protocol;
mod risk_notices;
mod second_factors;
mod secret_hash;
mod sessions;
mod sign_in;
mod sign_up;
mod signatures;
mod srp;
mod terraform;
pub mod threat_protection;
mod tokens;
mod user_attributes;

pub use passkeys::{register as register_passkey, stage as passkey_stage};
pub use passwordless::stage as passwordless_stage;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The claims of a token; nothing is verified.
fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
