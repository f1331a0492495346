//! Owns where providers take sign-ins, for a page whose form leads there. It must not know the page.

use std::time::Duration;

use futures_util::future::join_all;

use crate::cx::Cx;
use crate::domain::provider::Provider;
use crate::federation;

/// How long a page waits for what a provider publishes; what is not at hand by then is missing.
const PATIENCE: Duration = Duration::from_millis(1500);
/// More providers than a page can name in its policy.
const MOST: usize = 50;

/// The addresses of those providers that can be had.
pub async fn sign_in_addresses(cx: &Cx, providers: &[Provider]) -> Vec<String> {
    let wanted = providers.iter().take(MOST).map(|provider| async move {
        let found = federation::sign_in_address(&cx.outside, &cx.upstream, provider);
        tokio::time::timeout(PATIENCE, found).await.ok()?.ok()
    });
    join_all(wanted).await.into_iter().flatten().collect()
}
