//! Owns where the request under way comes from: address and user agent. It is told once, where requests come in, and
//! read where a session or an event is recorded, and where threat protection judges. Outside a request nobody is known.

use std::net::IpAddr;

/// The longest user agent that is kept, in characters (API model, SessionDeviceType).
const LONGEST_DEVICE: usize = 1024;

tokio::task_local! {
    static VISITOR: Visitor;
}

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The address, where there is one.
    pub address: Option<IpAddr>,
    /// What the request says of the device.
    pub device: String,
}

impl Visitor {
    /// Somebody at `address` whose user agent says `device`.
    #[must_use]
    pub fn new(address: IpAddr, device: Option<&str>) -> Self {
        Self::of(Some(address), device)
    }

    /// Somebody whose user agent says `device`, at an address that may not be known.
    #[must_use]
    pub fn of(address: Option<IpAddr>, device: Option<&str>) -> Self {
        let plain = device.unwrap_or_default().chars().filter(|letter| !letter.is_control());
        let device: String = plain.take(LONGEST_DEVICE).collect();
        Self { address, device: if device.is_empty() { "unknown".to_owned() } else { device } }
    }

    /// Who makes the request under way.
    #[must_use]
    pub fn present() -> Self {
        VISITOR.try_with(Clone::clone).unwrap_or_else(|_| Self { address: None, device: "unknown".to_owned() })
    }

    /// Answers a request of this visitor's.
    pub async fn during<F: Future>(self, request: F) -> F::Output {
        VISITOR.scope(self, request).await
    }

    /// The address as text.
    #[must_use]
    pub fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_one_plain_line() {
        let visitor = Visitor::new([192, 0, 2, 1].into(), Some("Browser\r\n1.0"));
        assert_eq!(visitor.device, "Browser1.0");
        assert_eq!(Visitor::new([192, 0, 2, 1].into(), Some(&"x".repeat(3000))).device.len(), 1024);
        assert_eq!(Visitor::present().device, "unknown");
    }
}
