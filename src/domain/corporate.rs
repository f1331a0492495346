//! Owns which provider of a company an address leads to, and when the sign-in page asks for one (spec: domain
//! routing). It must not know pages.

use super::provider::{Provider, ProviderType};

/// How people of companies find their provider on the sign-in page.
#[derive(Debug, Clone)]
pub struct Ways {
    /// Whether the page asks for a corporate address.
    pub has_box: bool,
    /// The providers that have a button, in the client's order.
    pub buttons: Vec<Provider>,
}

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// It is no address.
    Unreadable,
    /// No provider is known for this domain.
    Unknown(String),
    /// To the provider with this identifier.
    Identifier(String),
}

/// The ways through a client's `providers`: a box where every SAML and OpenID Connect provider has identifiers, which
/// then need no buttons unless there is but one of them; else a button for each.
pub fn ways<'a>(providers: impl Iterator<Item = &'a Provider>) -> Ways {
    let providers: Vec<&Provider> = providers.collect();
    let corporate: Vec<&&Provider> = providers.iter().filter(|provider| is_corporate(provider)).collect();
    let has_box = !corporate.is_empty() && corporate.iter().all(|provider| !provider.identifiers.is_empty());
    let is_alone = corporate.len() == 1;
    let buttons = providers.iter().filter(|provider| !has_box || is_alone || !is_corporate(provider));
    Ways { has_box, buttons: buttons.map(|provider| (*provider).clone()).collect() }
}

/// Where `address` leads among `providers`: its domain is the identifier. Case does not matter in domains.
pub fn route<'a>(providers: impl Iterator<Item = &'a Provider>, address: &str) -> Route {
    let domain = address.trim().rsplit_once('@').filter(|(name, domain)| !name.is_empty() && !domain.is_empty());
    let Some((_, domain)) = domain else { return Route::Unreadable };
    let mut identifiers =
        providers.filter(|provider| is_corporate(provider)).flat_map(|provider| &provider.identifiers);
    match identifiers.find(|identifier| identifier.eq_ignore_ascii_case(domain)) {
        Some(identifier) => Route::Identifier(identifier.clone()),
        None => Route::Unknown(domain.to_lowercase()),
    }
}

/// Whether a provider is a company's own rather than one for everybody.
#[must_use]
pub fn is_corporate(provider: &Provider) -> bool {
    matches!(provider.provider_type, ProviderType::Saml | ProviderType::Oidc)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::ids::PoolId;

    fn provider(name: &str, provider_type: ProviderType, identifiers: &[&str]) -> Provider {
        Provider {
            pool_id: PoolId::parse("us-east-1_abcdefghi").unwrap(),
            name: name.to_owned(),
            provider_type,
            details: BTreeMap::new(),
            secret: None,
            attribute_mapping: BTreeMap::new(),
            acr_mapping: BTreeMap::new(),
            identifiers: identifiers.iter().map(|&identifier| identifier.to_owned()).collect(),
            created_at: Timestamp(0),
            modified_at: Timestamp(0),
        }
    }

    fn shown(providers: &[Provider]) -> (bool, Vec<String>) {
        let ways = ways(providers.iter());
        (ways.has_box, ways.buttons.into_iter().map(|provider| provider.name).collect())
    }

    #[test]
    fn the_box_stands_where_every_corporate_provider_has_identifiers() {
        let saml = |name, identifiers: &[&str]| provider(name, ProviderType::Saml, identifiers);
        let google = || provider("Google", ProviderType::Google, &[]);
        let oidc = || provider("Other", ProviderType::Oidc, &["other.example"]);
        assert_eq!(shown(&[google()]), (false, vec!["Google".to_owned()]));
        assert_eq!(shown(&[google(), saml("Corp", &["corp.example"]), oidc()]), (true, vec!["Google".to_owned()]));
        assert_eq!(shown(&[saml("Corp", &[])]), (false, vec!["Corp".to_owned()]));
        assert_eq!(shown(&[saml("Corp", &["corp.example"])]), (true, vec!["Corp".to_owned()]));
        assert_eq!(shown(&[saml("Corp", &[]), oidc()]), (false, vec!["Corp".to_owned(), "Other".to_owned()]));
    }

    #[test]
    fn the_domain_of_the_address_is_the_identifier() {
        let providers = [
            provider("Corp", ProviderType::Saml, &["corp.example", "Corp.Example.NET"]),
            provider("Google", ProviderType::Google, &["gmail.example"]),
        ];
        let to = |address: &str| route(providers.iter(), address);
        assert_eq!(to(" ana@CORP.example "), Route::Identifier("corp.example".to_owned()));
        assert_eq!(to("ana@corp.example.net"), Route::Identifier("Corp.Example.NET".to_owned()));
        assert_eq!(to("\"a@b\"@corp.example"), Route::Identifier("corp.example".to_owned()));
        assert_eq!(to("ana@gmail.example"), Route::Unknown("gmail.example".to_owned()));
        for address in ["", "ana", "@corp.example", "ana@"] {
            assert_eq!(to(address), Route::Unreadable, "{address}");
        }
    }
}
