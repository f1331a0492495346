//! Owns signing in: the first step and the answers to challenges, for apps and for administrators on their behalf.
//! What a step means is decided by the sign-in engine; here it becomes JSON.

mod context;
mod first;
mod next;
mod output;
mod parameters;

use serde::Deserialize;

use self::first::FirstStep;
use self::next::NextStep;
use self::output::AuthOutput;
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use crate::cx::Cx;
use crate::error::Error;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<InitiateAuth>(),
    Entry::of::<AdminInitiateAuth>(),
    Entry::of::<RespondToAuthChallenge>(),
    Entry::of::<AdminRespondToAuthChallenge>(),
];

/// Whose address is counted: administrators call for many people from one address, which the signature vouches for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    App,
    Administrator,
}

/// An app starts a sign-in.
#[derive(Deserialize)]
struct InitiateAuth {
    #[serde(flatten)]
    step: FirstStep,
}

impl Operation for InitiateAuth {
    const NAME: &'static str = "InitiateAuth";
    const ACCESS: Access = Access::Public;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client(cx, self.step.client_id.take()).await?;
        let visitor = std::mem::take(&mut self.step.context).of_app(&client.client)?;
        visitor.during(self.step.take(cx, caller, (&client, Side::App))).await
    }
}

/// An administrator starts a sign-in for somebody.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminInitiateAuth {
    user_pool_id: Option<String>,
    #[serde(flatten)]
    step: FirstStep,
}

impl Operation for AdminInitiateAuth {
    const NAME: &'static str = "AdminInitiateAuth";
    const ACCESS: Access = Access::Admin;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client_of_pool(cx, self.user_pool_id, self.step.client_id.take()).await?;
        let visitor = std::mem::take(&mut self.step.context).of_administrator()?;
        visitor.during(self.step.take(cx, caller, (&client, Side::Administrator))).await
    }
}

/// An app answers a challenge.
#[derive(Deserialize)]
struct RespondToAuthChallenge {
    #[serde(flatten)]
    step: NextStep,
}

impl Operation for RespondToAuthChallenge {
    const NAME: &'static str = "RespondToAuthChallenge";
    const ACCESS: Access = Access::Public;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client(cx, self.step.client_id.take()).await?;
        cx.count_attempt(caller.address)?;
        let visitor = std::mem::take(&mut self.step.context).of_app(&client.client)?;
        visitor.during(self.step.take(cx, caller, &client)).await
    }
}

/// An administrator answers a challenge for somebody.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminRespondToAuthChallenge {
    user_pool_id: Option<String>,
    #[serde(flatten)]
    step: NextStep,
}

impl Operation for AdminRespondToAuthChallenge {
    const NAME: &'static str = "AdminRespondToAuthChallenge";
    const ACCESS: Access = Access::Admin;
    type Output = AuthOutput;

    async fn run(mut self, cx: &Cx, caller: &Caller) -> Result<Self::Output, Error> {
        let client = named::client_of_pool(cx, self.user_pool_id, self.step.client_id.take()).await?;
        let visitor = std::mem::take(&mut self.step.context).of_administrator()?;
        visitor.during(self.step.take(cx, caller, &client)).await
    }
}
