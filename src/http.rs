//! Owns outbound HTTP: one client with time limits, a size cap, and no redirects
//! (an upstream must not steer us to an address of its choice). It must not know what is fetched.

use std::time::Duration;

/// The longest that one outbound exchange may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// An outbound HTTP client.
#[derive(Debug, Clone)]
pub struct Http(reqwest::Client);

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
    Request(#[from] reqwest::Error),
    /// The answer was larger than one mebibyte.
    #[error("the answer is larger than 1 MiB")]
    TooLarge,
}

impl Http {
    /// A client with the limits of this module.
    ///
    /// # Errors
    /// When the TLS backend cannot be set up.
    pub fn new() -> Result<Self, HttpError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .connect_timeout(TIMEOUT)
            .user_agent(concat!("cenote/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// A request builder for `method` and `url`.
    pub fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.0.request(method, url)
    }

    /// Sends a request and reads the whole answer, at most one mebibyte.
    ///
    /// # Errors
    /// When the other side cannot be reached, is too slow, or says too much.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, HttpError> {
        let mut response = request.send().await?;
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
