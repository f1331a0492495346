//! Owns the table of operations: one request type, one `impl`, one line in a family's table; no macro, no
//! registration at run time. It must not know HTTP.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::domain::identity_pool::RegionalId;
use crate::domain::ids::PoolId;
use crate::error::{Error, Thing};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody; the request itself carries a client id, a token or a code.
    Public,
    /// Anybody with an access token in the request.
    AccessToken,
    /// Administrators: requests signed with a configured key (SigV4).
    Admin,
}

/// What is known of the caller besides the request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The region that the caller named in its credential scope.
    pub named_region: Option<String>,
    /// The caller's address.
    pub address: IpAddr,
}

/// The pool that a request names, whatever else it holds.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PoolNamed {
    user_pool_id: Option<String>,
    identity_pool_id: Option<String>,
}

impl Caller {
    /// The region that the caller speaks to: `us-east-1` if it named none.
    #[must_use]
    pub fn region(&self) -> &str {
        self.named_region.as_deref().unwrap_or("us-east-1")
    }

    /// Each region has its own pools: those of another one do not exist here.
    fn look_for_pool(&self, body: &[u8]) -> Result<(), Error> {
        let (Some(here), Ok(PoolNamed { user_pool_id, identity_pool_id })) = (&self.named_region, parse(body)) else {
            return Ok(());
        };
        let user_pool = user_pool_id.filter(|id| PoolId::parse(id).is_some_and(|pool| pool.region() != here));
        let identity_pool =
            identity_pool_id.filter(|id| RegionalId::parse(id).is_some_and(|pool| pool.region() != here));
        let elsewhere = user_pool.map(Thing::Pool).or(identity_pool.map(Thing::IdentityPool));
        elsewhere.map_or(Ok(()), |pool| Err(Error::NotFound(pool)))
    }
}

/// One operation: the request is the type, the type knows how to run.
pub trait Operation: DeserializeOwned + Send {
    /// The name after the dot of `X-Amz-Target`.
    const NAME: &'static str;
    /// Who may call it.
    const ACCESS: Access;
    /// The answer.
    type Output: Serialize;
    /// Runs it.
    fn run(self, cx: &Cx, caller: &Caller) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// The answer as JSON, in the future.
pub type Reply<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Error>> + Send + 'a>>;

/// A line of the table.
pub struct Entry {
    /// The operation's name.
    pub name: &'static str,
    /// Who may call it.
    pub access: Access,
    call: for<'a> fn(&'a Cx, &'a Caller, &'a [u8]) -> Reply<'a>,
}

impl Entry {
    /// The line for operation `O`.
    #[must_use]
    pub const fn of<O: Operation>() -> Self {
        Self { name: O::NAME, access: O::ACCESS, call: call::<O> }
    }

    /// Parses `body`, runs the operation, writes its answer.
    #[must_use]
    pub fn call<'a>(&self, cx: &'a Cx, caller: &'a Caller, body: &'a [u8]) -> Reply<'a> {
        (self.call)(cx, caller, body)
    }
}

/// A service: what `X-Amz-Target` calls it, what signatures call it, and its operations.
pub struct Service {
    /// The part of `X-Amz-Target` before the dot.
    pub target: &'static str,
    /// The service of a signature's credential scope.
    pub signing_name: &'static str,
    /// Its operations, by family.
    pub families: &'static [&'static [Entry]],
    /// Whether a broken constraint is a `ValidationException`, as with identity pools.
    pub has_validation_exception: bool,
}

impl Service {
    /// The operation of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Entry> {
        self.families.iter().flat_map(|family| family.iter()).find(|entry| entry.name == name)
    }

    /// `fault` as this service names it.
    #[must_use]
    pub fn named(&self, fault: Error) -> Error {
        match fault {
            Error::Constraint(text) if self.has_validation_exception => Error::Validation(text),
            other => other,
        }
    }
}

/// The service and the operation that `X-Amz-Target` names.
#[must_use]
pub fn find_target(target: &str) -> Option<(&'static Service, &'static Entry)> {
    let (service, name) = target.split_once('.')?;
    let service = [&super::USER_POOLS, &super::IDENTITY_POOLS].into_iter().find(|known| known.target == service)?;
    Some((service, service.find(name)?))
}

fn call<'a, O: Operation>(cx: &'a Cx, caller: &'a Caller, body: &'a [u8]) -> Reply<'a> {
    Box::pin(async move {
        let request: O = parse(body)?;
        if O::ACCESS == Access::Admin {
            caller.look_for_pool(body)?;
        }
        let output = request.run(cx, caller).await?;
        serde_json::to_vec(&output).map_err(Error::internal)
    })
}

/// Reads a request. Broken JSON is a serialization fault, and so is a member of the wrong type.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|fault| Error::Serialization(fault.to_string()))
}
