//! Owns TLS in front of the server: reading the certificate and key, the handshake, and the certificate that a
//! development server makes for itself. Behind it runs the very same application as over plain HTTP.

use std::fs;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Application, StartError, make_folder};
use crate::clock::Timestamp;
use crate::config::Tls;
use crate::crypto::tls_certificate;

/// The longest that a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A certificate of our own is replaced this long before it expires.
const RENEW_SECONDS: i64 = 30 * 86_400;

/// Reads the certificate and the key.
///
/// # Errors
/// One sentence that names the file.
pub fn load(files: &Tls) -> Result<TlsAcceptor, StartError> {
    let refuse = |path: &Path, problem: String| StartError::Other(format!("tls: {}: {problem}", path.display()));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|cause| refuse(&files.certificate, cause.to_string()))?;
    if chain.is_empty() {
        return Err(refuse(&files.certificate, "there is no certificate in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|cause| refuse(&files.key, cause.to_string()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|versions| versions.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|cause| refuse(&files.key, cause.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Where the development certificate of the data folder is; made where there is none, or it expires soon.
///
/// # Errors
/// One sentence that names the file.
pub fn own_certificate(data: &Path, now: Timestamp) -> Result<Tls, StartError> {
    let files = Tls { certificate: data.join("tls-certificate.pem"), key: data.join("tls-key.pem") };
    let expires_at = fs::read(&files.certificate).ok().and_then(|pem| tls_certificate::expires_at(&pem));
    if files.key.exists() && expires_at.is_some_and(|moment| moment > now.seconds() + RENEW_SECONDS) {
        return Ok(files);
    }
    make_folder(data)?;
    let made =
        tls_certificate::for_this_machine(now.seconds()).map_err(|cause| StartError::Other(cause.to_string()))?;
    for (path, content) in [(&files.key, made.key.as_slice()), (&files.certificate, made.certificate.as_slice())] {
        write(path, content).map_err(|cause| StartError::Data(path.clone(), cause))?;
    }
    Ok(files)
}

/// The server behind TLS.
///
/// # Errors
/// When a listener cannot be used.
pub fn serve(application: &Application, listeners: Vec<TcpListener>, acceptor: &TlsAcceptor) -> io::Result<Server> {
    let mut server = Server::build().backlog(super::BACKLOG).shutdown_timeout(super::SHUTDOWN_SECONDS);
    for listener in listeners {
        let (application, acceptor) = (application.clone(), acceptor.clone());
        let stop = server.graceful_shutdown_signal();
        server = server.listen("cenote-tls", listener, move || {
            let (acceptor, stop) = (acceptor.clone(), stop.clone());
            let app = application.app().into_factory().map_err(|fault| fault.error_response());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stop = stop.clone();
                    async move { stop.notified().await }
                })
                .secure()
                .keep_alive(super::KEEP_ALIVE)
                .client_request_timeout(super::REQUEST_TIMEOUT)
                .client_disconnect_timeout(super::DISCONNECT_TIMEOUT)
                .h1(map_config(app, |()| AppConfig::default()));
            let handshake = fn_service(move |stream: TcpStream| handshake(acceptor.clone(), stream));
            handshake.and_then(http)
        })?;
    }
    Ok(server.run())
}

type Accepted = (tokio_rustls::server::TlsStream<TcpStream>, Option<std::net::SocketAddr>);

async fn handshake(acceptor: TlsAcceptor, stream: TcpStream) -> Result<Accepted, DispatchError> {
    let peer = stream.peer_addr().ok();
    let late = |_| DispatchError::Io(io::ErrorKind::TimedOut.into());
    let stream = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await.map_err(late)?;
    Ok((stream.map_err(DispatchError::Io)?, peer))
}

/// Writes a file that only the owner can read.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Err(cause) = fs::remove_file(path)
        && cause.kind() != io::ErrorKind::NotFound
    {
        return Err(cause);
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
