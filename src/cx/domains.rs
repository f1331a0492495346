//! Owns which pool a host belongs to, and the address at which a pool is reached.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Cx, PoolEntry};
use crate::domain::pool_domain::PoolDomain;
use crate::error::Error;
use crate::store;

/// Every domain by its host: whole, so that the server's own name need not be looked up with each request.
pub type Hosts = HashMap<String, Arc<PoolDomain>>;

/// Domains that one query reads.
const PAGE: i64 = 500;

impl Cx {
    /// The domain that answers at `host`, which may carry a port; `None` for the server's own name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn domain_at(&self, host: &str) -> Result<Option<Arc<PoolDomain>>, Error> {
        let host = without_port(host).trim_end_matches('.').to_ascii_lowercase();
        if host.parse::<std::net::IpAddr>().is_ok() || host == "localhost" || host.is_empty() {
            return Ok(None);
        }
        if let Some(hosts) = self.directory.known_hosts() {
            return Ok(hosts.get(&host).cloned());
        }
        let mut hosts = Hosts::new();
        let mut after = String::new();
        let mut db = self.store.read().await?;
        loop {
            let page = store::domains::list(&mut db, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.host);
            hosts.extend(page.into_iter().map(|domain| (domain.host.clone(), Arc::new(domain))));
        }
        let found = hosts.get(&host).cloned();
        self.directory.keep_hosts(hosts);
        Ok(found)
    }

    /// Whether `host` is the name in the server's public address.
    #[must_use]
    pub fn is_public_host(&self, host: &str) -> bool {
        self.config.public_url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(without_port(host)))
    }

    /// The address at `host`, by the scheme and the port of the server's public address.
    #[must_use]
    pub fn base_at(&self, host: &str) -> String {
        let mut address = self.config.public_url.clone();
        match address.set_host(Some(host)) {
            Ok(()) => address.as_str().trim_end_matches('/').to_owned(),
            Err(_) => self.config.base().to_owned(),
        }
    }

    /// The address at which a pool is reached: its custom domain, or the server's public address.
    #[must_use]
    pub fn base_of(&self, pool: &PoolEntry) -> String {
        let custom = pool.domains.iter().find(|domain| domain.is_custom);
        custom.map_or_else(|| self.config.base().to_owned(), |domain| self.base_at(&domain.host))
    }
}

fn without_port(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split(']').next().map_or(host, |inner| &inner[1..]);
    }
    host.split(':').next().unwrap_or(host)
}
