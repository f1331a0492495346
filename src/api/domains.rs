//! Owns the operations on pool domains.

use serde::{Deserialize, Serialize};

use super::constraints::{ARN, DOMAIN, HEALTH_CHECK, Text, Words, check_length, check_range, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::wire::Empty;
use crate::cx::{Cx, PoolEntry};
use crate::domain::pool_domain::{DomainSettings, PoolDomain, is_custom_name, prefix_host, reserved_word};
use crate::error::Error;
use crate::store;

/// `DomainType`, with the dots of a custom domain.
static ANY_DOMAIN: Text = Text::new(1, 63, r"^[a-z0-9](?:[a-z0-9\-.]{0,61}[a-z0-9])?$");

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateUserPoolDomain>(),
    Entry::of::<DescribeUserPoolDomain>(),
    Entry::of::<UpdateUserPoolDomain>(),
    Entry::of::<DeleteUserPoolDomain>(),
];

const SECURITY_POLICIES: Words<&str> =
    &[("TLS_V1", "TLS_V1"), ("TLS_V1_2_2021", "TLS_V1_2_2021"), ("TLS_V1_3_2025", "TLS_V1_3_2025")];
const MALFORMED: &str = "The domain name contains an invalid character. Domain names can only contain lower-case \
     letters, numbers, and hyphens. Please enter a different name that follows this format: \
     ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$";

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CustomDomainConfigType {
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_policy: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoutingType {
    failover: Option<FailoverType>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FailoverType {
    secondary_region: Option<String>,
    #[serde(rename = "PrimaryRoute53HealthCheckId")]
    primary_health_check: Option<String>,
}

/// Gives a pool a domain.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUserPoolDomain {
    domain: Option<String>,
    user_pool_id: Option<String>,
    managed_login_version: Option<i64>,
    custom_domain_config: Option<CustomDomainConfigType>,
    routing: Option<RoutingType>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DomainOutput {
    managed_login_version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_front_domain: Option<String>,
}

impl Operation for CreateUserPoolDomain {
    const NAME: &'static str = "CreateUserPoolDomain";
    const ACCESS: Access = Access::Admin;
    type Output = DomainOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = required("domain", self.domain)?;
        check_routing(self.routing)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let settings = DomainSettings { managed_login_version: 1, ..DomainSettings::default() };
        let is_custom = self.custom_domain_config.is_some();
        let settings = changed(settings, &pool, (self.managed_login_version, self.custom_domain_config))?;
        let host = if is_custom { custom_host(name)? } else { prefix(&name, pool.pool.id.region())? };
        let domain = PoolDomain { host, pool_id: pool.pool.id.clone(), is_custom, modified_at: cx.now(), settings };
        let kept = domain.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if store::domains::insert(db, &kept).await? {
                    return Ok(());
                }
                let is_taken = store::domains::by_host(db, &kept.host).await?.is_some();
                Err(Error::InvalidParameter(taken(is_taken).to_owned()))
            })
        })
        .await?;
        tracing::info!(pool = %domain.pool_id, host = %domain.host, "domain made");
        Ok(DomainOutput::of(cx, &domain))
    }
}

/// Describes a domain; an unknown one has an empty description.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeUserPoolDomain {
    domain: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeUserPoolDomainOutput {
    domain_description: DomainDescription,
}

#[derive(Serialize)]
#[serde(untagged)]
enum DomainDescription {
    Known(Box<DomainDescriptionType>),
    Unknown {},
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DomainDescriptionType {
    user_pool_id: String,
    #[serde(rename = "AWSAccountId")]
    aws_account_id: String,
    domain: String,
    /// Whoever reads it wants a name; the pages' files are in the program.
    #[serde(rename = "S3Bucket")]
    s3_bucket: String,
    cloud_front_distribution: String,
    version: String,
    status: &'static str,
    custom_domain_config: CustomDomainConfigType,
    managed_login_version: i64,
}

impl Operation for DescribeUserPoolDomain {
    const NAME: &'static str = "DescribeUserPoolDomain";
    const ACCESS: Access = Access::Admin;
    type Output = DescribeUserPoolDomainOutput;

    async fn run(self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let name = ANY_DOMAIN.required("domain", self.domain)?;
        let host = host_of(&name, caller.region());
        let known = store::domains::by_host(&mut *cx.store.read().await?, &host).await?;
        let describe = |domain: PoolDomain| DomainDescription::Known(Box::new(description(cx, &domain)));
        Ok(DescribeUserPoolDomainOutput { domain_description: known.map_or(DomainDescription::Unknown {}, describe) })
    }
}

/// Changes the pages' version or the certificate of a domain.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateUserPoolDomain {
    domain: Option<String>,
    user_pool_id: Option<String>,
    managed_login_version: Option<i64>,
    custom_domain_config: Option<CustomDomainConfigType>,
    routing: Option<RoutingType>,
}

impl Operation for UpdateUserPoolDomain {
    const NAME: &'static str = "UpdateUserPoolDomain";
    const ACCESS: Access = Access::Admin;
    type Output = DomainOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = required("domain", self.domain)?;
        check_routing(self.routing)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let host = host_of(&name, pool.pool.id.region());
        let known = pool.domains.iter().find(|domain| domain.host == host).ok_or_else(unknown)?;
        if !known.is_custom && self.custom_domain_config.is_some() {
            return Err(Error::InvalidParameter("CustomDomainConfig is for custom domains only.".to_owned()));
        }
        let wish = (self.managed_login_version, self.custom_domain_config);
        let settings = changed(known.settings.clone(), &pool, wish)?;
        let domain = PoolDomain { settings, modified_at: cx.now(), ..known.clone() };
        let kept = domain.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::domains::update(db, &kept).await? {
                    return Err(unknown());
                }
                Ok(())
            })
        })
        .await?;
        Ok(DomainOutput::of(cx, &domain))
    }
}

/// Takes a domain away from a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteUserPoolDomain {
    domain: Option<String>,
    user_pool_id: Option<String>,
}

impl Operation for DeleteUserPoolDomain {
    const NAME: &'static str = "DeleteUserPoolDomain";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = required("domain", self.domain)?;
        let pool = named::pool(cx, self.user_pool_id).await?.pool.id.clone();
        let host = host_of(&name, pool.region());
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::domains::delete(db, &host, &pool).await? {
                    return Err(unknown());
                }
                Ok(())
            })
        })
        .await?;
        Ok(Empty {})
    }
}

impl DomainOutput {
    fn of(cx: &Cx, domain: &PoolDomain) -> Self {
        Self {
            managed_login_version: domain.settings.managed_login_version,
            cloud_front_domain: domain.is_custom.then(|| distribution(cx)),
        }
    }
}

/// The name to which a custom domain's DNS record points: this server.
fn distribution(cx: &Cx) -> String {
    cx.config.public_url.host_str().unwrap_or_default().to_owned()
}

fn description(cx: &Cx, domain: &PoolDomain) -> DomainDescriptionType {
    DomainDescriptionType {
        user_pool_id: domain.pool_id.to_string(),
        aws_account_id: cx.config.account_id.clone(),
        domain: domain.name().to_owned(),
        s3_bucket: format!("cenote-{}-assets", domain.pool_id.region()),
        cloud_front_distribution: distribution(cx),
        version: domain.modified_at.digits(),
        status: "ACTIVE",
        custom_domain_config: CustomDomainConfigType {
            certificate_arn: domain.settings.certificate_arn.clone(),
            security_policy: domain.settings.security_policy.clone(),
        },
        managed_login_version: domain.settings.managed_login_version,
    }
}

type Wish = (Option<i64>, Option<CustomDomainConfigType>);

/// The settings with what was asked for; what was not asked for stays.
fn changed(known: DomainSettings, pool: &PoolEntry, (version, custom): Wish) -> Result<DomainSettings, Error> {
    let version = version.unwrap_or(known.managed_login_version);
    check_range("managedLoginVersion", version, (1, 2))?;
    if version == 2 && pool.pool.tier() == "LITE" {
        return Err(Error::FeatureUnavailableInTier(
            "The following features are not available in the LITE pricing tier configured: Managed login".into(),
        ));
    }
    let mut settings = DomainSettings { managed_login_version: version, ..known };
    if let Some(custom) = custom {
        let place = "customDomainConfig";
        settings.certificate_arn = Some(ARN.required(&format!("{place}.certificateArn"), custom.certificate_arn)?);
        let policy = custom.security_policy;
        let policy = policy.map(|text| word(&format!("{place}.securityPolicy"), &text, SECURITY_POLICIES));
        settings.security_policy = policy.transpose()?.map(str::to_owned).or(settings.security_policy);
    }
    Ok(settings)
}

/// Requests are routed between replicas of a pool, which this server has not.
fn check_routing(given: Option<RoutingType>) -> Result<(), Error> {
    let Some(failover) = given.and_then(|routing| routing.failover) else { return Ok(()) };
    let place = "routing.failover";
    let region = required(&format!("{place}.secondaryRegion"), failover.secondary_region)?;
    check_length(&format!("{place}.secondaryRegion"), region.as_str(), (5, 32))?;
    HEALTH_CHECK.required(&format!("{place}.primaryRoute53HealthCheckId"), failover.primary_health_check)?;
    Err(Error::InvalidParameter(format!("The user pool has no replica in {region}.")))
}

fn prefix(name: &str, region: &str) -> Result<String, Error> {
    check_length("domain", name, (1, 63))?;
    DOMAIN.check("domain", name).map_err(|_| Error::InvalidParameter(MALFORMED.to_owned()))?;
    match reserved_word(name) {
        Some(word) => Err(Error::InvalidParameter(format!("Domain cannot contain reserved word: {word}"))),
        None => Ok(prefix_host(name, region)),
    }
}

fn custom_host(name: String) -> Result<String, Error> {
    check_length("domain", name.as_str(), (1, 63))?;
    if is_custom_name(&name) {
        return Ok(name);
    }
    Err(Error::InvalidParameter(format!("Custom domain is not a valid subdomain: {name}")))
}

/// A name with dots is a custom domain, any other a prefix of that region.
fn host_of(name: &str, region: &str) -> String {
    if name.contains('.') { name.to_owned() } else { prefix_host(name, region) }
}

fn unknown() -> Error {
    Error::InvalidParameter("No such domain or user pool exists.".to_owned())
}

const fn taken(is_taken: bool) -> &'static str {
    if is_taken {
        "Domain already associated with another user pool."
    } else {
        "User pool already has a domain configured."
    }
}
