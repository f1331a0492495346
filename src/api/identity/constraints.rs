//! Owns the constraints of the identity pools model on single members. It must not know which operation a member
//! belongs to.

use crate::api::constraints::Text;

/// `AccountId`.
pub static ACCOUNT_ID: Text = Text::new(1, 15, r"\d+");
/// `ARNString`.
pub static ARN_STRING: Text = Text::new(20, 2048, r"(?s).*");
/// `ClaimName`.
pub static CLAIM_NAME: Text = Text::new(1, 64, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
/// `ClaimValue`.
pub static CLAIM_VALUE: Text = Text::new(1, 128, r"(?s).*");
/// `CognitoIdentityProviderName`.
pub static CLIENT_NAME_OF_PROVIDER: Text = Text::new(1, 128, r"[\w._:/-]+");
/// `DeveloperProviderName`.
pub static DEVELOPER_PROVIDER: Text = Text::new(1, 128, r"[\w._-]+");
/// `DeveloperUserIdentifier`.
pub static DEVELOPER_USER: Text = Text::new(1, 1024, r"(?s).*");
/// `IdentityPoolName`.
pub static IDENTITY_POOL_NAME: Text = Text::new(1, 128, r"[\w\s+=,.@-]+");
/// `IdentityProviderId`.
pub static PROVIDER_APP: Text = Text::new(1, 128, r"[\w.;_/-]+");
/// `CognitoIdentityProviderClientId`.
pub static PROVIDER_CLIENT: Text = Text::new(1, 128, r"[\w_]+");
/// `IdentityPoolId` and `IdentityId`.
pub static REGIONAL_ID: Text = Text::new(1, 55, r"[\w-]+:[0-9a-f-]+");
/// `RoleType`.
pub static ROLE_TYPE: Text = Text::new(1, 128, r"(un)?authenticated");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        let all = [
            &ACCOUNT_ID,
            &ARN_STRING,
            &CLAIM_NAME,
            &CLAIM_VALUE,
            &CLIENT_NAME_OF_PROVIDER,
            &DEVELOPER_PROVIDER,
            &DEVELOPER_USER,
            &IDENTITY_POOL_NAME,
            &PROVIDER_APP,
            &PROVIDER_CLIENT,
            &REGIONAL_ID,
            &ROLE_TYPE,
        ];
        assert!(all.iter().all(|text| text.check("member", "").is_err()));
        assert!(all.iter().filter(|text| text.check("member", "authenticated").is_ok()).count() > 7);
    }
}
