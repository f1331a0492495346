//! The user pools and identity pools APIs as JSON in and JSON out: one request type per operation, one file per
//! family, one table.
//!
//! To add an operation: write its request struct, implement [`operation::Operation`], add one line to the family's
//! table. Members that the model requires are `Option` all the same, so that a missing one gets Cognito's text and
//! not a parser's. It must not know HTTP or the OAuth endpoints.

mod admin_users;
mod branding;
mod client_auth;
mod client_metadata;
mod client_rules;
mod client_secrets;
mod clients;
mod constraints;
mod devices;
mod domains;
mod elsewhere;
mod group_members;
mod groups;
mod identity;
mod identity_providers;
mod import_jobs;
mod linking;
mod list_users;
mod log_delivery;
mod machine_tokens;
mod mfa;
mod named;
pub mod operation;
mod page;
mod passkeys;
mod point_in_time;
mod pool_mfa;
mod pools;
mod profile;
mod provider_rules;
mod resource_servers;
mod risk_configuration;
mod saml_settings;
mod sessions;
mod shape;
mod shown;
mod sign_in;
mod sign_up;
mod tags;
mod terms;
mod threat_protection;
mod tokens;
mod ui_customization;
mod user_attributes;
mod wire;

use operation::{Entry, Service};

/// Every operation that this server knows, by family.
pub static FAMILIES: &[&[Entry]] = &[
    pools::OPERATIONS,
    clients::OPERATIONS,
    client_secrets::OPERATIONS,
    resource_servers::OPERATIONS,
    groups::OPERATIONS,
    group_members::OPERATIONS,
    list_users::OPERATIONS,
    admin_users::OPERATIONS,
    sign_up::OPERATIONS,
    sign_in::OPERATIONS,
    tokens::OPERATIONS,
    machine_tokens::OPERATIONS,
    sessions::OPERATIONS,
    profile::OPERATIONS,
    user_attributes::OPERATIONS,
    mfa::OPERATIONS,
    pool_mfa::OPERATIONS,
    passkeys::OPERATIONS,
    devices::OPERATIONS,
    identity_providers::OPERATIONS,
    linking::OPERATIONS,
    domains::OPERATIONS,
    ui_customization::OPERATIONS,
    branding::OPERATIONS,
    terms::OPERATIONS,
    tags::OPERATIONS,
    log_delivery::OPERATIONS,
    risk_configuration::OPERATIONS,
    threat_protection::OPERATIONS,
    elsewhere::OPERATIONS,
    client_metadata::OPERATIONS,
    point_in_time::OPERATIONS,
    import_jobs::OPERATIONS,
];

/// The user pools API.
pub static USER_POOLS: Service = Service {
    target: "AWSCognitoIdentityProviderService",
    signing_name: "cognito-idp",
    families: FAMILIES,
    has_validation_exception: false,
};

/// The identity pools API.
pub static IDENTITY_POOLS: Service = Service {
    target: "AWSCognitoIdentityService",
    signing_name: "cognito-identity",
    families: identity::FAMILIES,
    has_validation_exception: true,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_occurs_twice() {
        let mut names: Vec<_> = FAMILIES.iter().flat_map(|family| family.iter()).map(|entry| entry.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
