//! The operation table against the official list: every name is answered, none is invented, and exactly those that the
//! service signs ask for a signature.

use std::collections::BTreeSet;

use cenote::api::FAMILIES;
use cenote::api::operation::Access;

use Caller::{Open, Signed};

/// Who calls an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Somebody with AWS credentials.
    Signed,
    /// Somebody with a client id, a token or a session.
    Open,
}

/// Every operation of the service model.
pub const OFFICIAL: [(&str, Caller); 153] = [
    ("AddCustomAttributes", Signed),
    ("AddUserPoolClientSecret", Signed),
    ("AdminAddUserToGroup", Signed),
    ("AdminConfirmSignUp", Signed),
    ("AdminCreateUser", Signed),
    ("AdminDeleteSoftwareToken", Signed),
    ("AdminDeleteUser", Signed),
    ("AdminDeleteUserAttributes", Signed),
    ("AdminDisableProviderForUser", Signed),
    ("AdminDisableUser", Signed),
    ("AdminEnableUser", Signed),
    ("AdminForgetDevice", Signed),
    ("AdminGetDevice", Signed),
    ("AdminGetUser", Signed),
    ("AdminGetUserAuthFactors", Signed),
    ("AdminInitiateAuth", Signed),
    ("AdminLinkProviderForUser", Signed),
    ("AdminListDevices", Signed),
    ("AdminListGroupsForUser", Signed),
    ("AdminListUserAuthEvents", Signed),
    ("AdminListUserSessions", Signed),
    ("AdminRemoveUserFromGroup", Signed),
    ("AdminResetUserPassword", Signed),
    ("AdminRespondToAuthChallenge", Signed),
    ("AdminRevokeUserSession", Signed),
    ("AdminSetUserMFAPreference", Signed),
    ("AdminSetUserPassword", Signed),
    ("AdminSetUserSettings", Signed),
    ("AdminUpdateAuthEventFeedback", Signed),
    ("AdminUpdateDeviceStatus", Signed),
    ("AdminUpdateUserAttributes", Signed),
    ("AdminUserGlobalSignOut", Signed),
    ("AssociateSoftwareToken", Open),
    ("CancelPointInTimeRecovery", Signed),
    ("ChangePassword", Open),
    ("CompleteWebAuthnRegistration", Open),
    ("ConfirmDevice", Open),
    ("ConfirmForgotPassword", Open),
    ("ConfirmSignUp", Open),
    ("CreateCIMDPolicy", Signed),
    ("CreateGroup", Signed),
    ("CreateIdentityProvider", Signed),
    ("CreateManagedLoginBranding", Signed),
    ("CreateResourceServer", Signed),
    ("CreateTerms", Signed),
    ("CreateUserImportJob", Signed),
    ("CreateUserPool", Signed),
    ("CreateUserPoolClient", Signed),
    ("CreateUserPoolDomain", Signed),
    ("CreateUserPoolReplica", Signed),
    ("DeleteCIMDPolicy", Signed),
    ("DeleteGroup", Signed),
    ("DeleteIdentityProvider", Signed),
    ("DeleteManagedLoginBranding", Signed),
    ("DeleteResourceServer", Signed),
    ("DeleteTerms", Signed),
    ("DeleteUser", Open),
    ("DeleteUserAttributes", Open),
    ("DeleteUserPool", Signed),
    ("DeleteUserPoolClient", Signed),
    ("DeleteUserPoolClientSecret", Signed),
    ("DeleteUserPoolDomain", Signed),
    ("DeleteUserPoolReplica", Signed),
    ("DeleteWebAuthnCredential", Open),
    ("DescribeCIMDPolicy", Signed),
    ("DescribeIdentityProvider", Signed),
    ("DescribeManagedLoginBranding", Signed),
    ("DescribeManagedLoginBrandingByClient", Signed),
    ("DescribePointInTimeRecovery", Signed),
    ("DescribeResourceServer", Signed),
    ("DescribeRiskConfiguration", Signed),
    ("DescribeTerms", Signed),
    ("DescribeTermsByClient", Signed),
    ("DescribeUserImportJob", Signed),
    ("DescribeUserPool", Signed),
    ("DescribeUserPoolClient", Signed),
    ("DescribeUserPoolDomain", Signed),
    ("ForgetDevice", Open),
    ("ForgotPassword", Open),
    ("GetCSVHeader", Signed),
    ("GetClientToken", Open),
    ("GetDerivedToken", Open),
    ("GetDevice", Open),
    ("GetGroup", Signed),
    ("GetIdentityProviderByIdentifier", Signed),
    ("GetLogDeliveryConfiguration", Signed),
    ("GetProvisionedLimit", Signed),
    ("GetSigningCertificate", Signed),
    ("GetTokensFromRefreshToken", Open),
    ("GetUICustomization", Signed),
    ("GetUser", Open),
    ("GetUserAttributeVerificationCode", Open),
    ("GetUserAuthFactors", Open),
    ("GetUserPoolClientSessionConfiguration", Signed),
    ("GetUserPoolMfaConfig", Signed),
    ("GetUserPoolSessionConfiguration", Signed),
    ("GlobalSignOut", Open),
    ("InitiateAuth", Open),
    ("InitiatePointInTimeRecovery", Signed),
    ("ListCIMDPolicies", Signed),
    ("ListClientMetadataURLs", Signed),
    ("ListDevices", Open),
    ("ListGroups", Signed),
    ("ListIdentityProviders", Signed),
    ("ListPointInTimeRecoveries", Signed),
    ("ListResourceServers", Signed),
    ("ListTagsForResource", Signed),
    ("ListTerms", Signed),
    ("ListUserImportJobs", Signed),
    ("ListUserPoolClientSecrets", Signed),
    ("ListUserPoolClients", Signed),
    ("ListUserPoolReplicas", Signed),
    ("ListUserPools", Signed),
    ("ListUserSessions", Open),
    ("ListUsers", Signed),
    ("ListUsersInGroup", Signed),
    ("ListWebAuthnCredentials", Open),
    ("ResendConfirmationCode", Open),
    ("RespondToAuthChallenge", Open),
    ("RevokeToken", Open),
    ("RevokeUserSession", Open),
    ("SetLogDeliveryConfiguration", Signed),
    ("SetRiskConfiguration", Signed),
    ("SetUICustomization", Signed),
    ("SetUserMFAPreference", Open),
    ("SetUserPoolClientSessionConfiguration", Signed),
    ("SetUserPoolMfaConfig", Signed),
    ("SetUserPoolSessionConfiguration", Signed),
    ("SetUserSettings", Open),
    ("SignUp", Open),
    ("StartPointInTimeRecovery", Signed),
    ("StartUserImportJob", Signed),
    ("StartWebAuthnRegistration", Open),
    ("StopUserImportJob", Signed),
    ("TagResource", Signed),
    ("UntagResource", Signed),
    ("UpdateAuthEventFeedback", Open),
    ("UpdateCIMDPolicy", Signed),
    ("UpdateClientMetadataURLState", Signed),
    ("UpdateDeviceStatus", Open),
    ("UpdateGroup", Signed),
    ("UpdateIdentityProvider", Signed),
    ("UpdateManagedLoginBranding", Signed),
    ("UpdateProvisionedLimit", Signed),
    ("UpdateResourceServer", Signed),
    ("UpdateTerms", Signed),
    ("UpdateUserAttributes", Open),
    ("UpdateUserPool", Signed),
    ("UpdateUserPoolClient", Signed),
    ("UpdateUserPoolDomain", Signed),
    ("UpdateUserPoolReplica", Signed),
    ("VerifySoftwareToken", Open),
    ("VerifyUserAttribute", Open),
];

#[test]
fn the_table_is_the_official_list() {
    let known: BTreeSet<_> = FAMILIES.iter().flat_map(|family| family.iter()).map(|entry| entry.name).collect();
    let official: BTreeSet<_> = OFFICIAL.iter().map(|(name, _)| *name).collect();
    assert_eq!(official.len(), OFFICIAL.len(), "each name stands once");
    let invented: Vec<_> = known.difference(&official).collect();
    assert!(invented.is_empty(), "{invented:?}");
    let missing: Vec<_> = official.difference(&known).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn administrators_sign_and_nobody_else() {
    for entry in FAMILIES.iter().flat_map(|family| family.iter()) {
        let official = OFFICIAL.iter().find(|(name, _)| *name == entry.name).map(|(_, caller)| *caller);
        let caller = if entry.access == Access::Admin { Signed } else { Open };
        assert_eq!(official, Some(caller), "{}", entry.name);
    }
}
