//! The operation table against the official list: every name is answered, none is invented, and exactly those that the
//! service signs ask for a signature.

use std::collections::BTreeSet;
use std::path::Path;

use cenote::api::FAMILIES;
use cenote::api::operation::Access;
use regex::Regex;

use super::model::MODEL;
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
    let modelled: BTreeSet<_> = MODEL.operations.keys().map(String::as_str).collect();
    assert_eq!(official, modelled, "the model knows the same operations");
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

/// The rows of a table of `docs/compatibility.md` that begin with a name of that form.
fn rows(name: &str) -> Vec<[String; 3]> {
    let row = Regex::new(&format!(r"(?m)^\| ({name}) \| ([^|]*) \| ([^|]*) \|$")).unwrap();
    let table = include_str!("../../../docs/compatibility.md");
    row.captures_iter(table).map(|row| [1, 2, 3].map(|place| row[place].trim().to_owned())).collect()
}

#[test]
fn every_operation_has_a_row_in_the_table_of_clients() {
    let rows = rows(r"`\w+`");
    let names: Vec<_> = rows.iter().map(|[name, ..]| name.trim_matches('`')).collect();
    let official: Vec<_> = OFFICIAL.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, official, "one row each, in order");
    let clients: Vec<_> = self::rows("[A-Za-z][^|`]*").into_iter().filter(|[client, ..]| client != "client").collect();
    for [name, callers, outcome] in &rows {
        assert!(!outcome.is_empty(), "{name}");
        for caller in callers.split(", ") {
            assert!(clients.iter().any(|[client, ..]| client == caller), "{name}: {caller} is no client of the table");
        }
    }
}

#[test]
fn every_test_that_the_table_of_clients_names_is_there() {
    let tests: Vec<_> =
        rows("[A-Za-z][^|`]*").into_iter().map(|[.., test]| test).filter(|test| test.starts_with('`')).collect();
    assert!(tests.len() > 5, "{tests:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let sources: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for test in tests {
        let name = test.trim_matches('`');
        assert!(sources.contains(&format!("async fn {name}()")), "{name}");
    }
}
