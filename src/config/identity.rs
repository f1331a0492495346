//! Owns the settings of identity pools and of the token service: what stands in IAM where the real ones run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

/// What identity pools are told about other people's providers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityPools {
    /// The issuer of the pools' own tokens; `<public_url>/cognito-identity` unless set.
    pub issuer: Option<Url>,
    /// OpenID Connect providers, as IAM would hold them.
    pub oidc_providers: Vec<OidcProvider>,
    /// SAML providers, as IAM would hold them.
    pub saml_providers: Vec<SamlProvider>,
    /// Where public providers really are, by their login name (`accounts.google.com`, `graph.facebook.com`, …): for
    /// look-alikes.
    pub login_providers: BTreeMap<String, LoginProvider>,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// Its issuer, to the letter.
    pub issuer: String,
    /// The audiences whose tokens are accepted.
    pub client_ids: Vec<String>,
    /// The roles that its tokens may assume at the token service, without an identity pool.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A SAML provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlProvider {
    /// Its ARN, as identity pools name it.
    pub arn: String,
    /// Where its metadata is.
    #[serde(default)]
    pub metadata_url: Option<Url>,
    /// A file with its metadata.
    #[serde(default)]
    pub metadata_file: Option<PathBuf>,
    /// The audience of its assertions.
    #[serde(default = "default_audience")]
    pub audience: String,
    /// The recipient of its assertions.
    #[serde(default = "default_recipient")]
    pub recipient: String,
}

impl SamlProvider {
    /// A provider with the audience and the recipient that Amazon's own sign-in has.
    #[must_use]
    pub fn at(arn: String, metadata_url: Option<Url>) -> Self {
        Self { arn, metadata_url, metadata_file: None, audience: default_audience(), recipient: default_recipient() }
    }
}

/// Where a public provider is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoginProvider {
    /// The issuer of its ID tokens; its keys are found by discovery.
    pub issuer: Option<String>,
    /// Where it says who an access token belongs to.
    pub profile_url: Option<Url>,
    /// Where it says which app an access token was given to.
    pub application_url: Option<Url>,
}

/// Who makes temporary credentials.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenService {
    /// A token service that speaks AssumeRoleWithWebIdentity, AWS's own or an object store's. Absent means that this
    /// server makes the credentials itself.
    pub forward_to: Option<Url>,
}

fn default_audience() -> String {
    "urn:amazon:webservices".to_owned()
}

fn default_recipient() -> String {
    "https://signin.aws.amazon.com/saml".to_owned()
}
