//! Owns what a person reads when something does not work, and the HTTP status that goes with it.
//! It must not know how the page looks.

use actix_web::http::StatusCode;

use super::pool::PoolFault;

/// Something that ends a request otherwise than hoped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The pool cannot be asked; `retry` is the path to try again.
    Unavailable {
        /// Where the button leads.
        retry: String,
    },
    /// A callback that this browser did not ask for, or asked for too long ago (login CSRF).
    ForeignCallback,
    /// The person, or the identity provider, said no.
    Denied,
    /// The pool reported an error instead of a code.
    Reported {
        /// Its own words, not ours.
        description: String,
    },
    /// Code or tokens did not hold.
    NotTrusted,
    /// The tokens do not fit the cookies.
    TooLarge,
    /// A POST that none of our pages sent.
    Forged,
    /// No such page.
    NotFound,
}

/// What is shown.
pub struct Face {
    /// The HTTP status.
    pub status: StatusCode,
    /// One line.
    pub heading: &'static str,
    /// What happened and what to do, in a sentence or two.
    pub text: String,
    /// Label and address of the way on.
    pub action: (&'static str, String),
}

const START_AGAIN: (&str, &str) = ("Start again", "/login");

impl Fault {
    /// The fault that a person meets when the pool failed at `retry`.
    #[must_use]
    pub fn of_pool(fault: &PoolFault, retry: &str) -> Self {
        match fault {
            PoolFault::Unavailable(_) => Self::Unavailable { retry: retry.to_owned() },
            PoolFault::Refused(_) | PoolFault::Untrusted(_) => Self::NotTrusted,
        }
    }

    /// The page's content.
    #[must_use]
    pub fn face(&self) -> Face {
        let (status, heading, text, action) = match self {
            Self::Unavailable { retry } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The sign-in service can't be reached",
                "It may be restarting or very busy. If you were signed in, you still are. Please try again in a moment.",
                ("Try again", retry.as_str()),
            ),
            Self::ForeignCallback => (
                StatusCode::BAD_REQUEST,
                "This sign-in can't be completed",
                "It was started in another browser, took longer than ten minutes, or has been completed already. \
                 Nobody was signed in by this link.",
                START_AGAIN,
            ),
            Self::Denied => (
                StatusCode::FORBIDDEN,
                "You were not signed in",
                "The sign-in was cancelled or declined. You can try again, or choose another way to sign in.",
                ("Back to the start", "/"),
            ),
            Self::Reported { description } => {
                (StatusCode::BAD_REQUEST, "The sign-in service reported a problem", description.as_str(), START_AGAIN)
            }
            Self::NotTrusted => (
                StatusCode::BAD_GATEWAY,
                "This sign-in can't be completed",
                "This site and the sign-in service did not agree on the answer, so nobody was signed in.",
                START_AGAIN,
            ),
            Self::TooLarge => (
                StatusCode::BAD_GATEWAY,
                "Your tokens are too large",
                "They do not fit into the cookies of a browser. Ask the pool's operator to put fewer claims into them.",
                ("Back to the start", "/"),
            ),
            Self::Forged => (
                StatusCode::FORBIDDEN,
                "That button was too old",
                "For your safety nothing was changed, because this site could not see that the request came from its own page.",
                ("Back to the start", "/"),
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is no such page",
                "The address may be mistyped, or the page has moved.",
                ("Back to the start", "/"),
            ),
        };
        Face { status, heading, text: text.to_owned(), action: (action.0, action.1.to_owned()) }
    }
}
