//! Owns the pool's server as a whole: data folder, master key, database, listeners, background work. Tests build the
//! very same thing with port 0. It must not know the command line.

pub mod tls;

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_service::ServiceFactory;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::web::Data;
use actix_web::{App as ActixApp, HttpServer};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::{ExposeSecret as _, SecretString};

use crate::background;
use crate::config::PoolConfig;
use crate::cx::{CompromisedPasswords, Cx, Mode, Outside, Seal};
use crate::error::Error;
use crate::random::Random;
use crate::store::{self, Database, Store};
use crate::web;

/// How long a client may take to send the head of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a closing connection may take.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a quiet connection stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long requests in flight may take when the server stops.
const SHUTDOWN_SECONDS: u64 = 20;
/// Connections that may wait to be taken.
const BACKLOG: u32 = 2048;

/// Why the server does not start, in one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("{0}: {1}. Choose a folder that can be written with --data or the setting `data`.")]
    Data(PathBuf, io::Error),
    /// No master key.
    #[error("No master key: set CENOTE_MASTER_KEY or the setting master_key_file. Make one with: openssl rand -hex 32")]
    NoMasterKey,
    /// The database was made under another master key.
    #[error("The master key is not the one that this database was made with. Nothing was changed.")]
    WrongMasterKey,
    /// The address is taken.
    #[error("{0} is in use. Stop the other program, or choose another port with --port or the setting `listen`.")]
    InUse(String),
    /// The address cannot be used for another reason.
    #[error("Cannot listen on {0}: {1}.")]
    Listen(String, io::Error),
    /// Development servers stay on this machine.
    #[error(
        "`cenote dev` listens on this machine only, not on {0}: it accepts any admin key. Use `cenote serve` instead."
    )]
    NotLoopback(String),
    /// The database cannot be opened.
    #[error("The database cannot be opened: {0}")]
    Database(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// A server that is ready to run.
pub struct App {
    /// Runs until it is stopped; awaiting it serves.
    pub server: Server,
    /// The first address that it listens on.
    pub address: SocketAddr,
    /// Its context.
    pub cx: Data<Cx>,
}

/// What a server is built from.
pub struct Parts {
    /// Settings.
    pub config: PoolConfig,
    /// Development or production.
    pub mode: Mode,
    /// The outside world.
    pub outside: Outside,
    /// What `/metrics` shows, if anything is recorded.
    pub metrics: Option<PrometheusHandle>,
}

impl App {
    /// Opens everything and binds the address; nothing is answered before [`App::server`] is awaited.
    ///
    /// # Errors
    /// One sentence that says what to change.
    pub async fn build(parts: Parts) -> Result<Self, StartError> {
        let Parts { mut config, mode, outside, metrics } = parts;
        let acceptor = config.tls.as_ref().map(tls::load).transpose()?;
        let (listeners, address) = listen(&config, mode)?;
        if config.public_url.port() == Some(0) {
            config
                .public_url
                .set_port(Some(address.port()))
                .map_err(|()| StartError::Other("bad public_url".to_owned()))?;
        }
        let cx = Data::new(open(config, mode, outside).await?);
        background::start(&cx);
        let application = Application { cx: cx.clone(), metrics: Data::new(metrics) };
        let server = match &acceptor {
            Some(acceptor) => tls::serve(&application, listeners, acceptor),
            None => serve(&application, listeners),
        };
        let server = server.map_err(|cause| StartError::Other(cause.to_string()))?;
        Ok(Self { server, address, cx })
    }
}

/// Opens data folder, master key and database, and nothing to the network.
///
/// # Errors
/// One sentence that says what to change.
pub async fn open(config: PoolConfig, mode: Mode, outside: Outside) -> Result<Cx, StartError> {
    make_folder(&config.data)?;
    let master_key = master_key(&config, mode, &outside.random)?;
    let store = open_store(&config).await?;
    let mut cx = Cx::new(config, mode, store, (&master_key, outside));
    if let Some(file) = &cx.config.threat_protection.compromised_passwords {
        cx.compromised_passwords = CompromisedPasswords::open(file)
            .map_err(|cause| StartError::Other(format!("compromised_passwords, {}: {cause}", file.display())))?;
    }
    check_master_key(&cx).await?;
    Ok(cx)
}

/// What every worker thread runs.
#[derive(Clone)]
pub struct Application {
    cx: Data<Cx>,
    metrics: Data<Option<PrometheusHandle>>,
}

impl Application {
    fn app(
        &self,
    ) -> ActixApp<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse,
            Error = actix_web::Error,
            InitError = (),
        > + use<>,
    > {
        ActixApp::new().app_data(self.cx.clone()).app_data(self.metrics.clone()).configure(web::configure)
    }
}

fn serve(application: &Application, listeners: Vec<TcpListener>) -> io::Result<Server> {
    let application = application.clone();
    let mut server = HttpServer::new(move || application.app())
        .client_request_timeout(REQUEST_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .backlog(BACKLOG);
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

/// Binds the configured address; for `localhost` in development both of its addresses, where the machine has them.
fn listen(config: &PoolConfig, mode: Mode) -> Result<(Vec<TcpListener>, SocketAddr), StartError> {
    let address: SocketAddr = config
        .listen
        .parse()
        .map_err(|_| StartError::Other(format!("listen must be address:port, not {}", config.listen)))?;
    if mode == Mode::Development && !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(config.listen.clone()));
    }
    let first = TcpListener::bind(address).map_err(|cause| match cause.kind() {
        ErrorKind::AddrInUse => StartError::InUse(config.listen.clone()),
        _ => StartError::Listen(config.listen.clone(), cause),
    })?;
    let bound = first.local_addr().map_err(|cause| StartError::Listen(config.listen.clone(), cause))?;
    let mut listeners = vec![first];
    if mode == Mode::Development && bound.is_ipv4() {
        listeners.extend(TcpListener::bind(("::1", bound.port())));
    }
    Ok((listeners, bound))
}

fn make_folder(folder: &Path) -> Result<(), StartError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| StartError::Data(folder.to_owned(), cause))
}

fn master_key(config: &PoolConfig, mode: Mode, random: &Random) -> Result<SecretString, StartError> {
    if let Some(key) = &config.master_key {
        return Ok(key.clone());
    }
    if let Some(file) = &config.master_key_file {
        return read_key(file);
    }
    if mode == Mode::Production {
        return Err(StartError::NoMasterKey);
    }
    let file = config.data.join("master.key");
    if !file.exists() {
        write_key(&file, &random.token()).map_err(|cause| StartError::Data(file.clone(), cause))?;
    }
    read_key(&file)
}

fn write_key(file: &Path, key: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()
}

fn read_key(file: &Path) -> Result<SecretString, StartError> {
    let text = fs::read_to_string(file).map_err(|cause| StartError::Data(file.to_owned(), cause))?;
    let key = text.trim();
    if key.len() < 32 {
        return Err(StartError::Other(format!("{}: a master key needs at least 32 characters", file.display())));
    }
    Ok(key.to_owned().into())
}

async fn open_store(config: &PoolConfig) -> Result<Store, StartError> {
    let opened = match &config.database {
        Some(address) => Store::open(Database::Postgres(address.expose_secret())).await,
        None => {
            let file = config.data.join("cenote.sqlite");
            let made = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&file);
            made.map_err(|cause| StartError::Data(file.clone(), cause))?;
            Store::open(Database::Sqlite(&file)).await
        }
    };
    opened.map_err(|fault| StartError::Database(cause_of(&fault)))
}

/// The first start seals a known word; later ones must be able to open it.
async fn check_master_key(cx: &Cx) -> Result<(), StartError> {
    const FACT: &str = "master_key_check";
    let database = |fault: Error| StartError::Database(cause_of(&fault));
    let mut db = cx.store.read().await.map_err(database)?;
    let known = store::settings::fact(&mut db, FACT).await.map_err(database)?;
    drop(db);
    if let Some(sealed) = known {
        return cx.secrets.open(Seal::Step, &sealed, FACT).map(|_| ()).ok_or(StartError::WrongMasterKey);
    }
    let sealed = cx.secrets.seal(cx.random(), Seal::Step, (b"cenote", FACT));
    cx.store
        .write(move |db| Box::pin(async move { store::settings::set_fact(db, FACT, &sealed).await }))
        .await
        .map_err(database)
}

fn cause_of(fault: &Error) -> String {
    match fault {
        Error::Internal(cause) => cause.to_string(),
        other => other.to_string(),
    }
}
