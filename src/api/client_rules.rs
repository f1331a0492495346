//! Owns the rules about an app client's settings as a whole: URLs, lifetimes, grants, scopes, attributes.
//! It must not know the database, nor the shapes on the wire.

use super::constraints::REDIRECT_URL;
use super::wire::client::propagates_context;
use crate::cx::PoolEntry;
use crate::domain::client::{AuthFlow, ClientSettings, OAuthFlow, TokenValidity};
use crate::domain::pool::Pool;
use crate::domain::registration::check_redirect;
use crate::domain::scope::{REGISTER, RESERVED};
use crate::error::Error;

/// Seconds that access and ID tokens may live: five minutes to a day.
const SHORT_LIVES: std::ops::RangeInclusive<i64> = 300..=86_400;
/// Seconds that refresh tokens may live: an hour to ten years.
const LONG_LIVES: std::ops::RangeInclusive<i64> = 3600..=315_360_000;

/// Checks the settings of a client of `pool`; `is_confidential` says whether it has a secret.
///
/// # Errors
/// The first rule that is broken.
pub fn check(pool: &PoolEntry, settings: &ClientSettings, is_confidential: bool) -> Result<(), Error> {
    check_validity(&settings.validity)?;
    check_auth_flows(settings, is_confidential)?;
    check_urls(settings)?;
    check_oauth(settings, is_confidential)?;
    check_scopes(pool, &settings.oauth_scopes)?;
    if propagates_context(settings) && !is_confidential {
        return refuse(
            "EnablePropagateAdditionalUserContextData can only be activated for a client that has a client secret."
                .to_owned(),
        );
    }
    check_register(settings)?;
    check_attributes(&pool.pool, settings)?;
    let unknown = settings
        .identity_providers
        .iter()
        .find(|name| *name != "COGNITO" && !pool.providers.iter().any(|provider| provider.name == **name));
    unknown.map_or(Ok(()), |name| refuse(format!("The provider {name} does not exist for User Pool {}.", pool.pool.id)))
}

/// Lifetimes in their ranges, and a refresh token that outlives what it refreshes.
fn check_validity(validity: &TokenValidity) -> Result<(), Error> {
    let (access, id, refresh) = (validity.access_seconds(), validity.id_seconds(), validity.refresh_seconds());
    if !SHORT_LIVES.contains(&access) || !SHORT_LIVES.contains(&id) || !LONG_LIVES.contains(&refresh) {
        return refuse("Invalid range for token validity.".to_owned());
    }
    if refresh <= access || refresh <= id {
        return refuse("Refresh token validity must be longer than access and ID token validity.".to_owned());
    }
    Ok(())
}

/// Legacy names and `ALLOW_` names do not mix; rotation replaces refreshing by `InitiateAuth`; a client that gets
/// tokens for itself signs nobody in; only a client with a secret gets tokens in exchange for others.
fn check_auth_flows(settings: &ClientSettings, is_confidential: bool) -> Result<(), Error> {
    let flows = settings.explicit_auth_flows.as_deref().unwrap_or_default();
    let is_legacy = |flow: &AuthFlow| {
        matches!(flow, AuthFlow::AdminNoSrpAuth | AuthFlow::CustomAuthFlowOnly | AuthFlow::UserPasswordAuth)
    };
    let legacy = flows.iter().filter(|flow| is_legacy(flow)).count();
    if legacy > 0 && legacy < flows.len() {
        return refuse("ExplicitAuthFlows cannot mix values with and without the prefix ALLOW_.".to_owned());
    }
    let rotates = settings.rotation.is_some_and(|rotation| rotation.is_enabled);
    if rotates && flows.contains(&AuthFlow::AllowRefreshTokenAuth) {
        return refuse("Refresh token rotation cannot be enabled together with ALLOW_REFRESH_TOKEN_AUTH.".to_owned());
    }
    if flows.contains(&AuthFlow::AllowClientTokenAuth) && (flows.len() > 1 || !is_confidential) {
        let text =
            "ALLOW_CLIENT_TOKEN_AUTH must be the only value of ExplicitAuthFlows, and the client needs a secret.";
        return refuse(text.to_owned());
    }
    let exchanges = |flow: &AuthFlow| {
        matches!(flow, AuthFlow::AllowTokenExchangeDelegation | AuthFlow::AllowTokenExchangeImpersonation)
    };
    if flows.iter().any(exchanges) && !is_confidential {
        return refuse("Token exchange can only be allowed to a client that has a secret.".to_owned());
    }
    Ok(())
}

fn check_urls(settings: &ClientSettings) -> Result<(), Error> {
    let lists = [("callbackURLs", &settings.callback_urls), ("logoutURLs", &settings.logout_urls)];
    for (member, urls) in lists {
        urls.iter().try_for_each(|url| check_url(member, url))?;
    }
    match &settings.default_redirect_uri {
        Some(default) if !settings.callback_urls.contains(default) => {
            refuse("DefaultRedirectURI must be one of the CallbackURLs.".to_owned())
        }
        _ => Ok(()),
    }
}

/// A URL that a browser may be sent to: absolute, no fragment, `https`, `http` on this machine, or an app's scheme.
///
/// # Errors
/// A broken constraint or rule.
pub fn check_url(member: &str, text: &str) -> Result<(), Error> {
    REDIRECT_URL.check(member, text)?;
    check_redirect(text).map_err(|why| Error::InvalidParameter(format!("Invalid URL {text} in {member}: {why}")))
}

/// Who may be given tokens without a user, and what OAuth needs.
fn check_oauth(settings: &ClientSettings, is_confidential: bool) -> Result<(), Error> {
    let flows = &settings.oauth_flows;
    if settings.is_oauth_enabled && (flows.is_empty() || settings.oauth_scopes.is_empty()) {
        return refuse(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
                .to_owned(),
        );
    }
    if !flows.contains(&OAuthFlow::ClientCredentials) {
        return Ok(());
    }
    if flows.len() > 1 {
        return Err(Error::InvalidOAuthFlow(
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        ));
    }
    if !is_confidential {
        return Err(Error::InvalidOAuthFlow(
            "client_credentials flow can not be selected if client does not have a client secret.",
        ));
    }
    Ok(())
}

fn check_scopes(pool: &PoolEntry, scopes: &[String]) -> Result<(), Error> {
    let exists = |scope: &String| {
        let of_server = || pool.resource_servers.iter().any(|server| server.full_scopes().any(|full| full == *scope));
        RESERVED.contains(&scope.as_str()) || scope == REGISTER || of_server()
    };
    let unknown = scopes.iter().find(|scope| !exists(scope));
    unknown.map_or(Ok(()), |scope| Err(Error::ScopeDoesNotExist(format!("Invalid scope requested: {scope}"))))
}

/// Whoever makes clients that people need not allow is a program of an administrator, not a person who signed in.
fn check_register(settings: &ClientSettings) -> Result<(), Error> {
    let has_scope = settings.oauth_scopes.iter().any(|scope| scope == REGISTER);
    if has_scope && settings.registration.is_some() {
        return refuse(format!("A client that registered itself cannot have the scope {REGISTER}."));
    }
    if has_scope && settings.oauth_flows != [OAuthFlow::ClientCredentials] {
        return refuse(format!("The scope {REGISTER} is for clients whose only flow is client_credentials."));
    }
    Ok(())
}

/// Readable and writable attributes exist; nobody writes what only the server knows; who signs up can fill in what
/// is required.
fn check_attributes(pool: &Pool, settings: &ClientSettings) -> Result<(), Error> {
    let reads = settings.read_attributes.iter().flatten();
    if reads.into_iter().any(|name| pool.schema_of(name).is_none()) {
        return refuse("Invalid read attributes specified while creating a client".to_owned());
    }
    let Some(writes) = &settings.write_attributes else { return Ok(()) };
    let is_ours = |name: &str| matches!(name, "sub" | "email_verified" | "phone_number_verified");
    let is_writable =
        |name: &String| pool.schema_of(name).is_some_and(|known| !known.is_developer_only) && !is_ours(name);
    let has_required = pool.required_attributes().all(|required| writes.contains(&required.name));
    if !writes.iter().all(is_writable) || !has_required {
        return refuse("Invalid write attributes specified while creating a client".to_owned());
    }
    Ok(())
}

fn refuse(text: String) -> Result<(), Error> {
    Err(Error::InvalidParameter(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::{Rotation, TimeUnit};

    #[test]
    fn urls_are_absolute_without_fragment_and_https_or_local() {
        for good in [
            "https://app.example/callback",
            "https://app.example/callback?x=1",
            "http://localhost:3000/callback",
            "http://127.0.0.1/callback",
            "http://[::1]:8080/",
            "myapp://callback",
            "com.example.app:/oauth",
        ] {
            assert!(check_url("callbackURLs", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/callback",
            "app.example/callback",
            "http://app.example/callback",
            "http://localhost.example/",
            "https://app.example/#fragment",
            "https://app.example/#",
            r"https:\\app.example\",
            "https:app.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://app.example/a b",
            "https://a;frame-ancestors/",
            "https://a,b.example/",
            "https://*.example/",
        ] {
            assert!(check_url("callbackURLs", bad).is_err(), "{bad}");
        }
        let long = format!("https://app.example/{}", "a".repeat(1024));
        assert!(check_url("callbackURLs", &long).unwrap_err().to_string().ends_with("less than or equal to 1024"));
    }

    #[test]
    fn lifetimes_have_ranges_and_an_order() {
        let validity = |access: i64, refresh: i64| TokenValidity {
            access: Some(access),
            id: Some(access),
            refresh: Some(refresh),
            access_unit: Some(TimeUnit::Minutes),
            id_unit: Some(TimeUnit::Minutes),
            refresh_unit: Some(TimeUnit::Minutes),
        };
        assert!(check_validity(&TokenValidity::default()).is_ok());
        assert!(check_validity(&validity(5, 60)).is_ok());
        for (access, refresh) in [(4, 60), (1441, 10_000), (5, 59), (60, 60), (5, 5_256_001)] {
            assert!(check_validity(&validity(access, refresh)).is_err(), "{access} {refresh}");
        }
    }

    #[test]
    fn flows_do_not_mix() {
        let with = |flows: &[AuthFlow]| ClientSettings {
            explicit_auth_flows: Some(flows.to_vec()),
            ..ClientSettings::default()
        };
        assert!(check_auth_flows(&with(&[AuthFlow::AdminNoSrpAuth, AuthFlow::UserPasswordAuth]), false).is_ok());
        assert!(check_auth_flows(&with(&[AuthFlow::AdminNoSrpAuth, AuthFlow::AllowUserSrpAuth]), false).is_err());
        let rotation = Some(Rotation { is_enabled: true, grace_seconds: 0 });
        let rotating = |flows| ClientSettings { rotation, ..with(flows) };
        assert!(check_auth_flows(&rotating(&[AuthFlow::AllowUserSrpAuth]), false).is_ok());
        assert!(check_auth_flows(&rotating(&[AuthFlow::AllowRefreshTokenAuth]), false).is_err());
        let for_itself = [AuthFlow::AllowClientTokenAuth];
        assert!(check_auth_flows(&with(&for_itself), true).is_ok());
        assert!(check_auth_flows(&with(&for_itself), false).is_err());
        assert!(check_auth_flows(&with(&[for_itself[0], AuthFlow::AllowUserSrpAuth]), true).is_err());
        for exchange in [AuthFlow::AllowTokenExchangeDelegation, AuthFlow::AllowTokenExchangeImpersonation] {
            assert!(check_auth_flows(&with(&[exchange, AuthFlow::AllowUserSrpAuth]), true).is_ok());
            assert!(check_auth_flows(&with(&[exchange]), false).is_err(), "{exchange:?}");
        }
    }

    #[test]
    fn client_credentials_stand_alone_and_need_a_secret() {
        let with = |flows: &[OAuthFlow]| ClientSettings {
            is_oauth_enabled: true,
            oauth_flows: flows.to_vec(),
            oauth_scopes: vec!["api/read".to_owned()],
            ..ClientSettings::default()
        };
        assert!(check_oauth(&with(&[OAuthFlow::ClientCredentials]), true).is_ok());
        assert!(check_oauth(&with(&[OAuthFlow::ClientCredentials]), false).is_err());
        assert!(check_oauth(&with(&[OAuthFlow::ClientCredentials, OAuthFlow::Code]), true).is_err());
        assert!(check_oauth(&with(&[]), false).is_err());
    }
}
