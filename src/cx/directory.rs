//! Owns the copy in memory of pools, clients, keys and resource servers, so that requests need not read them.
//! A change on this instance empties the copy at once; one on another instance within a second, by the version
//! number in the database. What does not exist is never remembered.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use super::domains::Hosts;
use super::{Cx, IssuerKeys, Keys, Looks, Published, Seal, client_secrets};
use crate::domain::client::{Client, ClientSecret};
use crate::domain::ids::{ClientId, PoolId};
use crate::domain::pool::Pool;
use crate::domain::pool_domain::PoolDomain;
use crate::domain::provider::{Provider, ProviderType};
use crate::domain::resource_server::ResourceServer;
use crate::domain::terms::Terms;
use crate::error::{Error, Thing};
use crate::federation::{SamlKeys, saml};
use crate::store::{self, Db, clients::ClientRow, identity_providers::ProviderRow};

/// A pool with what its requests need.
pub struct PoolEntry {
    /// The pool.
    pub pool: Pool,
    /// Its keys.
    pub keys: Keys,
    /// Its resource servers.
    pub resource_servers: Vec<ResourceServer>,
    /// Its identity providers, by name.
    pub providers: Vec<Provider>,
    /// Its key pair as a SAML service provider, once it has one.
    pub saml_keys: Option<SamlKeys>,
    /// Its domains: the prefix domain, the custom one.
    pub domains: Vec<PoolDomain>,
    /// `iss` of its tokens.
    pub issuer: String,
    /// Its discovery document, once somebody has asked for it.
    pub discovery: OnceLock<Published>,
}

/// A client with its pool.
pub struct ClientEntry {
    /// The client.
    pub client: Client,
    /// Its pool.
    pub pool: Arc<PoolEntry>,
    /// How its pages look.
    pub looks: Looks,
    /// The documents that its sign-up page links to.
    pub terms: Vec<Terms>,
}

impl ClientEntry {
    /// The pool's providers that this client may use, in the client's order.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        let names = self.client.settings.identity_providers.iter();
        names.filter_map(|name| self.pool.providers.iter().find(|provider| provider.name == *name))
    }

    /// Whether SAML providers may start sign-ins to this client: only where nobody else signs in to it. What nobody
    /// asked for can be anybody's, so it must not replace a sign-in of another kind (spec: IdP-initiated).
    #[must_use]
    pub fn takes_unsolicited(&self) -> bool {
        let is_saml = |name: &String| {
            let provider = self.pool.providers.iter().find(|provider| provider.name == *name);
            provider.is_some_and(|provider| provider.provider_type == ProviderType::Saml)
        };
        self.client.settings.identity_providers.iter().all(is_saml)
    }

    /// The pool's id.
    #[must_use]
    pub fn pool_id(&self) -> &PoolId {
        &self.pool.pool.id
    }
}

/// Pools and clients in memory.
#[derive(Default)]
pub struct Directory(RwLock<State>);

#[derive(Default)]
struct State {
    version: i64,
    pools: HashMap<PoolId, Arc<PoolEntry>>,
    clients: HashMap<ClientId, Arc<ClientEntry>>,
    hosts: Option<Arc<Hosts>>,
    issuer_keys: Option<Arc<IssuerKeys>>,
}

impl Directory {
    /// Forgets everything, after a change on this instance.
    pub fn forget(&self) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.pools.clear();
        state.clients.clear();
        state.hosts = None;
        state.issuer_keys = None;
    }

    /// Forgets everything when the database's version is another one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn follow(&self, cx: &Cx) -> Result<(), Error> {
        let version = store::settings::version(&mut *cx.store.read().await?).await?;
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if state.version != version {
            *state = State { version, ..State::default() };
        }
        Ok(())
    }

    fn known_pool(&self, id: &PoolId) -> Option<Arc<PoolEntry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).pools.get(id).cloned()
    }

    fn known_client(&self, id: &ClientId) -> Option<Arc<ClientEntry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clients.get(id).cloned()
    }

    pub(super) fn known_hosts(&self) -> Option<Arc<Hosts>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).hosts.clone()
    }

    pub(super) fn keep_hosts(&self, hosts: Hosts) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).hosts = Some(Arc::new(hosts));
    }

    pub(super) fn known_issuer_keys(&self) -> Option<Arc<IssuerKeys>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).issuer_keys.clone()
    }

    pub(super) fn keep_issuer_keys(&self, keys: &Arc<IssuerKeys>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).issuer_keys = Some(Arc::clone(keys));
    }

    fn keep_pool(&self, entry: &Arc<PoolEntry>) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.pools.insert(entry.pool.id.clone(), Arc::clone(entry));
    }

    fn keep_client(&self, entry: &Arc<ClientEntry>) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.clients.insert(entry.client.id.clone(), Arc::clone(entry));
    }
}

impl Cx {
    /// The pool of that id.
    ///
    /// # Errors
    /// [`Thing::Pool`] when there is none.
    pub async fn pool(&self, id: &PoolId) -> Result<Arc<PoolEntry>, Error> {
        if let Some(entry) = self.directory.known_pool(id) {
            return Ok(entry);
        }
        let mut db = self.store.read().await?;
        let pool = store::pools::by_id(&mut db, id).await?;
        let pool = pool.ok_or_else(|| Error::NotFound(Thing::Pool(id.to_string())))?;
        let rows = store::signing_keys::of_pool(&mut db, id).await?;
        let resource_servers = store::resource_servers::of_pool(&mut db, id).await?;
        let rows_of_providers = store::identity_providers::of_pool(&mut db, id).await?;
        let providers = rows_of_providers.into_iter().map(|row| self.open_provider(row)).collect::<Result<_, _>>()?;
        let saml_keys = store::identity_providers::saml_keys(&mut db, id).await?;
        let saml_keys = saml_keys.map(|row| self.open_saml_keys(id, row)).transpose()?;
        let domains = store::domains::of_pool(&mut db, id).await?;
        let issuer = self.issuer_of(&pool);
        let (keys, discovery) = (Keys::open(self, id, &rows)?, OnceLock::new());
        let entry = PoolEntry { pool, keys, resource_servers, providers, saml_keys, domains, issuer, discovery };
        let entry = Arc::new(entry);
        self.directory.keep_pool(&entry);
        Ok(entry)
    }

    /// The pool of that id as text.
    ///
    /// # Errors
    /// [`Thing::Pool`] when there is none.
    pub async fn pool_named(&self, id: &str) -> Result<Arc<PoolEntry>, Error> {
        let parsed = PoolId::parse(id).ok_or_else(|| Error::NotFound(Thing::Pool(id.to_owned())))?;
        self.pool(&parsed).await
    }

    /// The client of that id as text.
    ///
    /// # Errors
    /// [`Thing::Client`] when there is none.
    pub async fn client(&self, id: &str) -> Result<Arc<ClientEntry>, Error> {
        let unknown = || Error::NotFound(Thing::Client(id.to_owned()));
        let parsed = ClientId::parse(id).ok_or_else(unknown)?;
        if let Some(entry) = self.directory.known_client(&parsed) {
            return Ok(entry);
        }
        let row = store::clients::by_id(&mut *self.store.read().await?, &parsed).await?;
        let client = self.open_client(row.ok_or_else(unknown)?)?;
        let pool = self.pool(&client.pool_id).await?;
        let mut db = self.store.read().await?;
        let looks = self.looks(&mut db, &pool, &client).await?;
        let terms = store::terms::of_client(&mut db, &client.id).await?;
        let entry = Arc::new(ClientEntry { client, pool, looks, terms });
        self.directory.keep_client(&entry);
        Ok(entry)
    }

    /// The client of that id, if it belongs to that pool.
    ///
    /// # Errors
    /// [`Thing::Pool`] or [`Thing::Client`] when there is none.
    pub async fn client_of_pool(&self, pool: &str, client: &str) -> Result<Arc<ClientEntry>, Error> {
        let pool = self.pool_named(pool).await?;
        let entry = self.client(client).await?;
        if *entry.pool_id() == pool.pool.id {
            return Ok(entry);
        }
        Err(Error::NotFound(Thing::Client(client.to_owned())))
    }

    /// Changes what is kept in memory: in the database, with word to every instance, and then here.
    ///
    /// # Errors
    /// The fault of `work`, or of the commit.
    pub async fn change_settings<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        let changed = self.store.write(move |db| {
            Box::pin(async move {
                let value = work(db).await?;
                store::settings::bump(db).await?;
                Ok(value)
            })
        });
        let value = changed.await?;
        self.directory.forget();
        Ok(value)
    }

    /// Seals a client's secrets for the database.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn seal_client_secrets(&self, client: &ClientId, secrets: &[ClientSecret]) -> Result<String, Error> {
        let json = serde_json::to_vec(&client_secrets::kept(secrets)).map_err(Error::internal)?;
        Ok(self.secrets.seal(self.random(), Seal::ClientSecret, (&json, client.as_str())))
    }

    /// Seals a provider's secret for the database.
    #[must_use]
    pub fn seal_provider_secret(&self, pool: &PoolId, name: &str, secret: &SecretString) -> String {
        let context = provider_context(pool, name);
        self.secrets.seal(self.random(), Seal::Provider, (secret.expose_secret().as_bytes(), &context))
    }

    /// Makes the pool's key pair as a SAML service provider, unless it has one; the first one made stays.
    ///
    /// # Errors
    /// When the workers are overloaded or key generation fails.
    pub async fn ensure_saml_keys(&self, pool: &PoolEntry) -> Result<(), Error> {
        if pool.saml_keys.is_some() {
            return Ok(());
        }
        let (random, now, id) = (self.random().clone(), self.now(), pool.pool.id.clone());
        let name = id.to_string();
        let keys = self.passwords.run(move || saml::generate_keys(&random, now, &name)).await?;
        let keys = keys.map_err(|fault| Error::internal(fault.cause))?;
        let plain = keys.private_key.expose_secret().as_bytes();
        let sealed = self.secrets.seal(self.random(), Seal::SigningKey, (plain, &format!("saml/{id}")));
        self.store
            .write(move |db| {
                Box::pin(async move {
                    store::identity_providers::insert_saml_keys(db, &id, (&sealed, &keys.certificate)).await?;
                    store::settings::bump(db).await
                })
            })
            .await?;
        self.directory.forget();
        Ok(())
    }

    /// `iss` of a pool's tokens. Where the server takes Amazon's older form, a pool can have the newer one
    /// (API model, `IssuerConfigurationType`).
    fn issuer_of(&self, pool: &Pool) -> String {
        let base = self.config.issuer_base();
        let place = base.strip_prefix("https://cognito-idp.").filter(|_| pool.settings.has_updated_issuer);
        match place {
            Some(place) => format!("https://issuer-cognito-idp.{place}/{}", pool.id),
            None => format!("{base}/{}", pool.id),
        }
    }

    fn open_provider(&self, row: ProviderRow) -> Result<Provider, Error> {
        let context = provider_context(&row.pool_id, &row.name);
        let opened = row.sealed_secret.map(|sealed| self.open_text(Seal::Provider, &sealed, &context)).transpose()?;
        Ok(Provider {
            pool_id: row.pool_id,
            name: row.name,
            provider_type: row.provider_type,
            details: row.settings.details,
            secret: opened,
            attribute_mapping: row.settings.attribute_mapping,
            acr_mapping: row.settings.acr_mapping,
            identifiers: row.settings.identifiers,
            created_at: row.created_at,
            modified_at: row.modified_at,
        })
    }

    fn open_saml_keys(&self, pool: &PoolId, (sealed, certificate): (String, String)) -> Result<SamlKeys, Error> {
        let private_key = self.open_text(Seal::SigningKey, &sealed, &format!("saml/{pool}"))?;
        Ok(SamlKeys { private_key, certificate })
    }

    fn open_text(&self, kind: Seal, sealed: &str, context: &str) -> Result<SecretString, Error> {
        let opened = self.secrets.open(kind, sealed, context).and_then(|bytes| String::from_utf8(bytes).ok());
        let opened =
            opened.ok_or_else(|| Error::internal("a secret does not open: is the master key the right one?"))?;
        Ok(opened.into())
    }

    /// Opens the secrets of a client as the database keeps it.
    ///
    /// # Errors
    /// When they do not open.
    pub fn open_client(&self, row: ClientRow) -> Result<Client, Error> {
        let opened = self.secrets.open(Seal::ClientSecret, &row.sealed_secrets, row.id.as_str());
        let opened =
            opened.ok_or_else(|| Error::internal("a client secret does not open: is the master key the right one?"))?;
        let secrets = client_secrets::read(&opened, row.created_at)?;
        Ok(Client {
            id: row.id,
            pool_id: row.pool_id,
            name: row.name,
            secrets,
            created_at: row.created_at,
            modified_at: row.modified_at,
            settings: row.settings,
        })
    }
}

fn provider_context(pool: &PoolId, name: &str) -> String {
    format!("{pool}/{name}")
}
