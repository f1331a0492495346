//! Owns what an administrator sees of a SAML provider beyond what they set, and the operation on our own certificate.
//! It must not know how metadata is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::named;
use super::operation::{Access, Caller, Operation};
use crate::cx::{Cx, PoolEntry};
use crate::domain::provider::{Provider, ProviderType};
use crate::error::Error;
use crate::federation::{FederationFault, saml};

/// What DescribeIdentityProvider adds to a SAML provider's details. It comes from the metadata, so that what a caller
/// sends of it is not kept.
pub const DERIVED: [&str; 3] = ["SSORedirectBindingURI", "SLORedirectBindingURI", "ActiveEncryptionCertificate"];

/// The entity id of a SAML provider, which is not kept before its metadata can be had and names a certificate that is
/// good now; `None` for any other provider.
///
/// # Errors
/// Cognito's refusal.
pub async fn check(cx: &Cx, provider: &Provider) -> Result<Option<String>, Error> {
    if provider.provider_type != ProviderType::Saml {
        return Ok(None);
    }
    let refuse = |fault: FederationFault| Error::InvalidParameter(fault.description);
    let described = saml::described(&cx.outside, &cx.upstream, provider).await.map_err(refuse)?;
    if described.has_current_certificate(cx.now()) {
        return Ok(Some(described.entity_id));
    }
    Err(Error::InvalidParameter("The metadata holds no signing certificate that is valid now".to_owned()))
}

/// The derived details of a provider as its metadata has them now; none where it cannot be had.
pub async fn derived(cx: &Cx, pool: &PoolEntry, provider: &Provider) -> BTreeMap<String, String> {
    let mut details = BTreeMap::new();
    if provider.provider_type != ProviderType::Saml {
        return details;
    }
    let mut add = |name: &str, value: Option<String>| {
        details.extend(value.map(|value| (name.to_owned(), value)));
    };
    if let Ok(described) = saml::described(&cx.outside, &cx.upstream, provider).await {
        add(DERIVED[0], described.sso_redirect);
        add(DERIVED[1], described.slo_redirect);
    }
    add(DERIVED[2], pool.saml_keys.as_ref().map(|keys| keys.certificate.clone()));
    details
}

/// Gives the certificate of the pool as a SAML service provider.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSigningCertificate {
    user_pool_id: Option<String>,
}

/// The answer to [`GetSigningCertificate`].
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CertificateOutput {
    certificate: String,
}

impl Operation for GetSigningCertificate {
    const NAME: &'static str = "GetSigningCertificate";
    const ACCESS: Access = Access::Admin;
    type Output = CertificateOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let pool = named::pool(cx, self.user_pool_id).await?;
        cx.ensure_saml_keys(&pool).await?;
        let pool = cx.pool(&pool.pool.id).await?;
        let keys = pool.saml_keys.as_ref().ok_or_else(|| Error::internal("the pool has no SAML keys"))?;
        Ok(CertificateOutput { certificate: keys.certificate.clone() })
    }
}
