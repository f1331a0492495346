//! Owns outbound HTTP: clients with time limits, a size cap, and no redirects (an upstream must not steer us to an
//! address of its choice); the guarded one also keeps out of private networks. It must not know what is fetched.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The longest that one outbound exchange may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// An outbound HTTP client.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    is_guarded: bool,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header fields.
    pub headers: reqwest::header::HeaderMap,
    /// The body, at most one mebibyte.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The request could not be made or the answer not be read.
    #[error("the request failed")]
    Request(#[source] reqwest::Error),
    /// The answer was larger than one mebibyte.
    #[error("the answer is larger than 1 MiB")]
    TooLarge,
    /// A guarded client does not go there; the text says why.
    #[error("refused to connect: {0}")]
    Forbidden(String),
}

impl From<reqwest::Error> for HttpError {
    /// Without the query of the address: some providers take secrets there, and errors end in logs.
    fn from(mut error: reqwest::Error) -> Self {
        if let Some(url) = error.url_mut() {
            url.set_query(None);
        }
        Self::Request(error)
    }
}

impl HttpError {
    /// Whether the other side was too slow.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Request(error) if error.is_timeout())
    }
}

impl Http {
    /// A client with the limits of this module, free to go anywhere.
    ///
    /// # Errors
    /// When the TLS backend cannot be set up.
    pub fn new() -> Result<Self, HttpError> {
        Ok(Self { client: builder(TIMEOUT).build()?, is_guarded: false })
    }

    /// A client with the limits of this module that also trusts the certificates in `pem`.
    ///
    /// # Errors
    /// When they do not parse, or the TLS backend cannot be set up.
    pub fn trusting(pem: &[u8]) -> Result<Self, HttpError> {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)?;
        Ok(Self { client: builder(TIMEOUT).tls_certs_merge(certificates).build()?, is_guarded: false })
    }

    /// A client for addresses that others may have chosen. Outside development it speaks https only, uses no proxy,
    /// and never connects to an address that is not public, whether written out or found in the DNS: the addresses
    /// that pass the filter are the ones connected to, so a name cannot change its mind in between.
    ///
    /// # Errors
    /// When the TLS backend cannot be set up.
    pub fn guarded(is_development: bool) -> Result<Self, HttpError> {
        if is_development {
            return Self::new();
        }
        let client = builder(TIMEOUT).no_proxy().https_only(true).dns_resolver(PublicOnly).build()?;
        Ok(Self { client, is_guarded: true })
    }

    /// A client that gives up sooner, for tests of silence.
    #[cfg(test)]
    #[must_use]
    pub fn impatient(timeout: Duration) -> Self {
        Self { client: builder(timeout).build().expect("the TLS backend is compiled in"), is_guarded: false }
    }

    /// Whether this client may ask `url`, as far as that shows without the DNS.
    ///
    /// # Errors
    /// [`HttpError::Forbidden`].
    pub fn permits(&self, url: &Url) -> Result<(), HttpError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Forbidden(format!("{}: is not a web address", url.scheme())));
        }
        if !self.is_guarded {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err(HttpError::Forbidden("the address is not https".to_owned()));
        }
        let is_public = match url.host() {
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        if is_public { Ok(()) } else { Err(HttpError::Forbidden("the address is not public".to_owned())) }
    }

    /// A request builder for `method` and `url`.
    pub fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and reads the whole answer, at most one mebibyte.
    ///
    /// # Errors
    /// When the other side cannot be reached, may not be reached, is too slow, or says too much.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, HttpError> {
        let request = request.build()?;
        self.permits(request.url())?;
        let mut response = self.client.execute(request).await?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .connect_timeout(timeout)
        .user_agent(concat!("cenote/", env!("CARGO_PKG_VERSION")))
}

/// The system's DNS without the answers that lead into private networks.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::task::spawn_blocking(move || (host, 0).to_socket_addrs()).await??;
            Ok(public(found)?)
        })
    }
}

fn public(found: impl Iterator<Item = SocketAddr>) -> Result<Addrs, HttpError> {
    let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
    if public.is_empty() {
        return Err(HttpError::Forbidden("the name has no public address".to_owned()));
    }
    Ok(Box::new(public.into_iter()))
}

/// Whether an address is one of the open Internet (IANA's special-purpose registries, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || matches!((a, b, c), (0 | 240.., ..) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _));
    !is_special
}

/// Only global unicast, and of the ways to write an IPv4 address inside an IPv6 one only those that lead to a public
/// one: IPv4-mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056).
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inside = |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match (a, b) {
        (0, 0) if [c, d, e, f] == [0, 0, 0, 0xffff] => inside(g, h),
        (0x64, 0xff9b) if [c, d, e, f] == [0, 0, 0, 0] => inside(g, h),
        (0x2002, _) => inside(b, c),
        // Teredo and other protocols' assignments (2001::/23), documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_PUBLIC: &str = "\
        0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.1.2 169.254.169.254 172.16.0.1 172.31.255.255 \
        192.0.0.1 192.168.1.1 192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 \
        ::ffff:10.0.0.1 ::ffff:127.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 fe80::1 fec0::1 fc00::1 fd12:3456::1 ff02::1 \
        2001::1 2001:db8::1 2002:7f00:1:: 2002:c0a8:101::1 3fff::1";
    const PUBLIC: &str = "\
        1.1.1.1 8.8.8.8 100.63.0.1 100.128.0.1 172.15.0.1 172.32.0.1 192.169.0.1 198.20.0.1 223.255.255.255 \
        2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::808:808";

    #[test]
    fn addresses_that_are_not_public_are_known() {
        for text in NOT_PUBLIC.split_whitespace() {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in PUBLIC.split_whitespace() {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn the_guard_knows_private_addresses_however_they_are_written() {
        let http = Http::guarded(false).unwrap();
        for text in [
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://10.1.2.3:8443/",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest/meta-data",
            "https://0/",
            "https://user@192.168.0.1/",
        ] {
            assert!(http.permits(&Url::parse(text).unwrap()).is_err(), "{text}");
        }
        assert!(http.permits(&Url::parse("https://example.com/").unwrap()).is_ok());
        assert!(Http::guarded(true).unwrap().permits(&Url::parse("http://127.0.0.1:9230/").unwrap()).is_ok());
    }

    #[tokio::test]
    async fn the_guard_refuses_to_send_to_a_literal_address_and_to_plain_http() {
        let http = Http::guarded(false).unwrap();
        for url in ["https://127.0.0.1:1/", "http://example.com/"] {
            let refused = http.send(http.request(reqwest::Method::GET, url)).await.unwrap_err();
            assert!(matches!(refused, HttpError::Forbidden(_)), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn the_guard_refuses_a_name_that_leads_to_a_private_address() {
        let http = Http::guarded(false).unwrap();
        let refused = http.send(http.request(reqwest::Method::GET, "https://localhost:1/")).await.unwrap_err();
        assert!(format!("{refused:?}").contains("no public address"), "{refused:?}");
    }

    #[tokio::test]
    async fn an_error_does_not_repeat_the_query() {
        let http = Http::new().unwrap();
        let error = http.send(http.request(reqwest::Method::GET, "http://127.0.0.1:1/path?secret")).await.unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains("/path") && !text.contains("secret"), "{text}");
    }

    #[test]
    fn of_several_addresses_only_the_public_ones_are_used() {
        let found = ["10.0.0.1:0", "1.1.1.1:0", "[::1]:0"].map(|text| text.parse().unwrap());
        let used: Vec<SocketAddr> = public(found.into_iter()).unwrap().collect();
        assert_eq!(used, ["1.1.1.1:0".parse().unwrap()]);
        assert!(public(std::iter::empty()).is_err());
    }
}
