//! Owns the operations on the roles of an identity pool and on the tags of its sessions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::constraints::{ARN_STRING, CLAIM_NAME, CLAIM_VALUE, ROLE_TYPE};
use super::wire::{MOST_PROVIDERS, id, provider_name};
use crate::api::constraints::{Words, check_length, required, word, word_for};
use crate::api::operation::{Access, Caller, Entry, Operation};
use crate::api::wire::Empty;
use crate::cx::Cx;
use crate::domain::identity_pool::{PrincipalTagMap, RoleSettings};
use crate::domain::role_choice::{Comparison, Method, RoleMapping, Rule};
use crate::error::{Error, Thing};
use crate::{identity, store};

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<GetIdentityPoolRoles>(),
    Entry::of::<SetIdentityPoolRoles>(),
    Entry::of::<GetPrincipalTagAttributeMap>(),
    Entry::of::<SetPrincipalTagAttributeMap>(),
];

/// The most rules of a provider.
const MOST_RULES: usize = 25;
const RESOLUTIONS: Words<bool> = &[("AuthenticatedRole", true), ("Deny", false)];
const COMPARISONS: Words<Comparison> = &[
    ("Equals", Comparison::Equals),
    ("Contains", Comparison::Contains),
    ("StartsWith", Comparison::StartsWith),
    ("NotEqual", Comparison::NotEqual),
];
/// Whether the mapping goes by rules.
const METHODS: Words<bool> = &[("Token", false), ("Rules", true)];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MappingRule {
    claim: Option<String>,
    match_type: Option<String>,
    value: Option<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RulesConfigurationType {
    rules: Option<Vec<MappingRule>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleMappingType {
    #[serde(rename = "Type")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ambiguous_role_resolution: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules_configuration: Option<RulesConfigurationType>,
}

impl MappingRule {
    fn settle(self) -> Result<Rule, Error> {
        let comparison = required("matchType", self.match_type)?;
        Ok(Rule {
            claim: CLAIM_NAME.required("claim", self.claim)?,
            comparison: word("matchType", &comparison, COMPARISONS)?,
            value: CLAIM_VALUE.required("value", self.value)?,
            role: ARN_STRING.required("roleARN", self.role_arn)?,
        })
    }

    fn of(rule: Rule) -> Self {
        Self {
            claim: Some(rule.claim),
            match_type: Some(word_for(rule.comparison, COMPARISONS).to_owned()),
            value: Some(rule.value),
            role_arn: Some(rule.role),
        }
    }
}

impl RoleMappingType {
    fn settle(self) -> Result<RoleMapping, Error> {
        let has_rules = word("type", &required("type", self.method)?, METHODS)?;
        let resolution = self.ambiguous_role_resolution;
        let falls_back = resolution.map(|text| word("ambiguousRoleResolution", &text, RESOLUTIONS)).transpose()?;
        if falls_back.is_none() {
            let text = "AmbiguousRoleResolution is required for role mappings of this type.";
            return Err(Error::InvalidParameter(text.to_owned()));
        }
        if !has_rules {
            return Ok(RoleMapping { method: Method::Token, falls_back });
        }
        let configuration = self.rules_configuration.ok_or_else(|| {
            Error::InvalidParameter("RulesConfiguration is required for role mappings of type Rules.".to_owned())
        })?;
        let rules = required("rules", configuration.rules)?;
        check_length("rules", &rules.len(), (1, 400))?;
        if rules.len() > MOST_RULES {
            return Err(Error::InvalidParameter(format!("At most {MOST_RULES} rules per identity provider.")));
        }
        let rules = rules.into_iter().map(MappingRule::settle).collect::<Result<_, _>>()?;
        Ok(RoleMapping { method: Method::Rules(rules), falls_back })
    }

    fn of(mapping: RoleMapping) -> Self {
        let resolution = mapping.falls_back.map(|falls_back| word_for(falls_back, RESOLUTIONS).to_owned());
        let rules = match mapping.method {
            Method::Token => None,
            Method::Rules(rules) => Some(rules.into_iter().map(MappingRule::of).collect()),
        };
        Self {
            method: Some(word_for(rules.is_some(), METHODS).to_owned()),
            ambiguous_role_resolution: resolution,
            rules_configuration: rules.map(|rules| RulesConfigurationType { rules: Some(rules) }),
        }
    }
}

/// Tells a pool's roles.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetIdentityPoolRoles {
    identity_pool_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetIdentityPoolRolesOutput {
    identity_pool_id: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    roles: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    role_mappings: BTreeMap<String, RoleMappingType>,
}

impl Operation for GetIdentityPoolRoles {
    const NAME: &'static str = "GetIdentityPoolRoles";
    const ACCESS: Access = Access::Admin;
    type Output = GetIdentityPoolRolesOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let settings = identity::pool(&mut *cx.store.read().await?, &id).await?.roles;
        let pairs = [("authenticated", settings.authenticated), ("unauthenticated", settings.unauthenticated)];
        Ok(GetIdentityPoolRolesOutput {
            identity_pool_id: id.to_string(),
            roles: pairs.into_iter().filter_map(|(kind, role)| Some((kind, role?))).collect(),
            role_mappings: settings.mappings.into_iter().map(|(key, one)| (key, RoleMappingType::of(one))).collect(),
        })
    }
}

/// Replaces a pool's roles.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetIdentityPoolRoles {
    identity_pool_id: Option<String>,
    roles: Option<BTreeMap<String, String>>,
    role_mappings: Option<BTreeMap<String, RoleMappingType>>,
}

impl Operation for SetIdentityPoolRoles {
    const NAME: &'static str = "SetIdentityPoolRoles";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let mut roles = required("roles", self.roles)?;
        check_length("roles", &roles, (0, 2))?;
        for (kind, role) in &roles {
            ROLE_TYPE.check("roles", kind)?;
            ARN_STRING.check("roles", role)?;
        }
        let given = self.role_mappings.unwrap_or_default();
        check_length("roleMappings", &given.len(), (0, MOST_PROVIDERS))?;
        let mut mappings = BTreeMap::new();
        for (key, mapping) in given {
            provider_name("roleMappings", &key)?;
            mappings.insert(key, mapping.settle()?);
        }
        let (authenticated, unauthenticated) = (roles.remove("authenticated"), roles.remove("unauthenticated"));
        let settings = RoleSettings { authenticated, unauthenticated, mappings };
        let shown = id.to_string();
        let is_set = cx
            .store
            .write(move |db| Box::pin(async move { store::identity_pools::set_roles(db, &id, &settings).await }))
            .await?;
        if is_set { Ok(Empty {}) } else { Err(Error::NotFound(Thing::IdentityPool(shown))) }
    }
}

/// A pool's map of principal tags for a provider.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagMapOutput {
    identity_pool_id: String,
    identity_provider_name: String,
    use_defaults: bool,
    principal_tags: BTreeMap<String, String>,
}

/// Tells which claims become tags.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetPrincipalTagAttributeMap {
    identity_pool_id: Option<String>,
    identity_provider_name: Option<String>,
}

impl Operation for GetPrincipalTagAttributeMap {
    const NAME: &'static str = "GetPrincipalTagAttributeMap";
    const ACCESS: Access = Access::Admin;
    type Output = TagMapOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let provider = required("identityProviderName", self.identity_provider_name)?;
        provider_name("identityProviderName", &provider)?;
        let mut db = cx.store.read().await?;
        identity::pool(&mut db, &id).await?;
        let map = store::identity_pools::principal_tags(&mut db, &id, &provider).await?.unwrap_or_default();
        Ok(TagMapOutput {
            identity_pool_id: id.to_string(),
            identity_provider_name: provider,
            principal_tags: map.effective(),
            use_defaults: map.uses_defaults,
        })
    }
}

/// Replaces which claims become tags.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetPrincipalTagAttributeMap {
    identity_pool_id: Option<String>,
    identity_provider_name: Option<String>,
    use_defaults: Option<bool>,
    principal_tags: Option<BTreeMap<String, String>>,
}

impl Operation for SetPrincipalTagAttributeMap {
    const NAME: &'static str = "SetPrincipalTagAttributeMap";
    const ACCESS: Access = Access::Admin;
    type Output = TagMapOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = id("identityPoolId", self.identity_pool_id)?;
        let provider = required("identityProviderName", self.identity_provider_name)?;
        provider_name("identityProviderName", &provider)?;
        let tags = self.principal_tags.unwrap_or_default();
        check_length("principalTags", &tags, (0, 50))?;
        for (tag, claim) in &tags {
            provider_name("principalTags", tag)?;
            check_length("principalTags", claim.as_str(), (1, 256))?;
        }
        let map = PrincipalTagMap { uses_defaults: self.use_defaults.unwrap_or(false), tags };
        identity::pool(&mut *cx.store.read().await?, &id).await?;
        let output = TagMapOutput {
            identity_pool_id: id.to_string(),
            identity_provider_name: provider.clone(),
            use_defaults: map.uses_defaults,
            principal_tags: map.effective(),
        };
        cx.store
            .write(move |db| {
                Box::pin(async move { store::identity_pools::set_principal_tags(db, &id, &provider, &map).await })
            })
            .await?;
        Ok(output)
    }
}
