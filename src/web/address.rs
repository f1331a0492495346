//! Owns the caller's address: the connection's own, or what a configured proxy says of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::HttpRequest;

use crate::cx::Cx;

/// The caller's address. `X-Forwarded-For` is believed only from configured proxies, from the right: the last
/// address that is not one of them. What stands left of an entry that is no address proves nothing.
#[must_use]
pub fn of(cx: &Cx, request: &HttpRequest) -> IpAddr {
    let direct = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let is_proxy = |address: &IpAddr| cx.config.trusted_proxies.contains(address);
    if !is_proxy(&direct) {
        return direct;
    }
    let headers = request.headers().get_all("x-forwarded-for").map(|header| header.to_str().unwrap_or_default());
    let chain: Vec<&str> = headers.flat_map(|header| header.split(',')).collect();
    chain.into_iter().rev().map_while(read).find(|address| !is_proxy(address)).unwrap_or(direct)
}

/// An address, which some proxies write with a port or in brackets.
fn read(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_may_carry_a_port_or_brackets() {
        for (entry, address) in [
            ("192.0.2.1", "192.0.2.1"),
            (" 192.0.2.1:4711 ", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
        ] {
            assert_eq!(read(entry), Some(address.parse().unwrap()), "{entry}");
        }
        for entry in ["", "unknown", "192.0.2.1:", "192.0.2.1:x", "192.0.2", "[2001:db8::1", "host.example:80"] {
            assert_eq!(read(entry), None, "{entry}");
        }
    }
}
