//! Owns the caller's address: the connection's own, or what a configured proxy says of it.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;

use crate::cx::Cx;

/// The caller's address. `X-Forwarded-For` is believed only from configured proxies, from the right: the last
/// address that is not one of them.
#[must_use]
pub fn of(cx: &Cx, request: &HttpRequest) -> IpAddr {
    let direct = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let is_proxy = |address: &IpAddr| cx.config.trusted_proxies.contains(address);
    if !is_proxy(&direct) {
        return direct;
    }
    let headers = request.headers().get_all("x-forwarded-for").filter_map(|header| header.to_str().ok());
    let chain: Vec<IpAddr> =
        headers.flat_map(|header| header.split(',')).filter_map(|part| part.trim().parse().ok()).collect();
    chain.into_iter().rev().find(|address| !is_proxy(address)).unwrap_or(direct)
}
