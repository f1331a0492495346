//! Owns what can go wrong, grouped by what happened and never by who asks. Which faces a fault shows stands in [`face`].
//! Texts are public and final; causes go to the log.

mod face;

use std::borrow::Cow;
use std::fmt;

use crate::domain::passkey::PasskeyFault;
use crate::domain::password::PasswordFault;

pub use face::Face;

/// A cause for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Something that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A user pool.
    Pool(String),
    /// An app client.
    Client(String),
    /// A user, at sign-in or for an administrator.
    User,
    /// A user, for somebody who came with a client id.
    UserOfClient,
    /// A group.
    Group,
    /// A tracked session.
    Session,
    /// A resource server.
    ResourceServer(String),
    /// An import job.
    ImportJob,
    /// An identity provider.
    IdentityProvider(String),
    /// A secret of an app client.
    ClientSecret,
    /// A branding style of the managed login pages.
    ManagedLoginBranding,
    /// A terms document.
    Terms,
    /// A copy of a pool in another region.
    Replica(String),
    /// A limit that is bought.
    ProvisionedLimit,
    /// An identity pool.
    IdentityPool(String),
    /// An identity of an identity pool.
    Identity(String),
    /// A device of a user.
    Device,
    /// A passkey of a user.
    Passkey,
    /// Something that a user did.
    AuthEvent,
    /// A policy for client ID metadata documents.
    ClientMetadataPolicy,
    /// A recovery of a pool's earlier state.
    PointInTimeRecovery,
}

impl fmt::Display for Thing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pool(id) => write!(formatter, "User pool {id} does not exist."),
            Self::Client(id) => write!(formatter, "User pool client {id} does not exist."),
            Self::User => formatter.write_str("User does not exist."),
            Self::UserOfClient => formatter.write_str("Username/client id combination not found."),
            Self::Group => formatter.write_str("Group not found."),
            Self::Session => formatter.write_str("Session does not exist."),
            Self::IdentityProvider(name) => write!(formatter, "Identity provider {name} does not exist."),
            Self::ImportJob => formatter.write_str("User import job does not exist."),
            Self::ResourceServer(identifier) => write!(formatter, "Resource server {identifier} does not exist."),
            Self::ClientSecret => formatter.write_str("Client secret does not exist."),
            Self::ManagedLoginBranding => formatter.write_str("Managed login branding does not exist."),
            Self::Terms => formatter.write_str("Terms do not exist."),
            Self::Replica(region) => write!(formatter, "The user pool has no replica in {region}."),
            Self::ProvisionedLimit => formatter.write_str("This server has no provisioned limits."),
            Self::IdentityPool(id) => write!(formatter, "IdentityPool '{id}' not found."),
            Self::Identity(id) => write!(formatter, "Identity '{id}' not found."),
            Self::Device => formatter.write_str("Device does not exist."),
            Self::Passkey => formatter.write_str("WebAuthn credential does not exist."),
            Self::AuthEvent => formatter.write_str("Authentication event does not exist."),
            Self::ClientMetadataPolicy => formatter.write_str("CIMD policy does not exist."),
            Self::PointInTimeRecovery => formatter.write_str("Point-in-time recovery does not exist."),
        }
    }
}

/// How many characters of a member's value the refusal of a constraint shows.
const LONGEST_SHOWN: usize = 1024;

/// A name that somebody else already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A user name.
    Username,
    /// A user name that an administrator gives.
    Account,
    /// An e-mail address or phone number that serves as the user name.
    Address(&'static str),
    /// An alias, noticed at confirmation.
    Alias(&'static str),
    /// A group's name.
    Group,
    /// An identity provider's name.
    IdentityProvider,
    /// A client's branding style.
    ManagedLoginBranding,
    /// The name of a client's terms document.
    Terms,
    /// The key of a device.
    Device,
}

impl fmt::Display for Taken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Username => formatter.write_str("User already exists"),
            Self::Account => formatter.write_str("User account already exists"),
            Self::Address(kind) => write!(formatter, "An account with the given {kind} already exists."),
            Self::Alias(kind) => write!(formatter, "An account with the {kind} already exists."),
            Self::Group => formatter.write_str("A group with the name already exists."),
            Self::IdentityProvider => formatter.write_str("The identity provider already exists."),
            Self::ManagedLoginBranding => formatter.write_str("Managed login branding already exists for the client."),
            Self::Terms => formatter.write_str("Terms of that name already exist for the client."),
            Self::Device => formatter.write_str("The device key already exists."),
        }
    }
}

/// An OAuth error code (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8693 §2.2.2, OpenID Connect Core §3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the RFC's own word")]
pub enum OAuthFault {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    LoginRequired,
    InvalidToken,
    InsufficientScope,
    UnsupportedTokenType,
    InvalidTarget,
    InvalidRedirectUri,
    InvalidClientMetadata,
    ConsentRequired,
    AccessDenied,
}

impl OAuthFault {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::ConsentRequired => "consent_required",
            Self::AccessDenied => "access_denied",
        }
    }
}

/// A fault of a signed admin call, with AWS's generic exception names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is AWS's own word")]
pub enum SignatureFault {
    MissingAuthenticationToken,
    IncompleteSignature,
    UnrecognizedClient,
    InvalidSignature,
    ExpiredToken,
    AccessDenied,
}

/// A fault of the token service, with the names of its own API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the token service's own word")]
pub enum TokenServiceFault {
    AccessDenied,
    ExpiredToken,
    IdpCommunicationError,
    InvalidAction,
    InvalidIdentityToken,
    MalformedPolicyDocument,
    Validation,
}

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Error {
    #[error("{0}")]
    NotFound(Thing),
    #[error("{0}")]
    Exists(Taken),
    #[error("Incorrect username or password.")]
    BadCredentials,
    #[error("Password attempts exceeded")]
    PasswordAttemptsExceeded,
    #[error("User is disabled.")]
    Disabled,
    #[error("User is not confirmed.")]
    NotConfirmed,
    #[error("Password reset required for the user")]
    PasswordResetRequired,
    #[error("Invalid verification code provided, please try again.")]
    CodeMismatch,
    #[error("Invalid code provided, please request a code again.")]
    CodeExpired,
    #[error("{0}")]
    PreconditionNotMet(String),
    #[error("A user import job is in progress in this user pool.")]
    UserImportInProgress,
    /// Somebody else was first.
    #[error("The message could not be delivered.")]
    CodeDeliveryFailure,
    #[error("{0}")]
    WrongCode(&'static str),
    #[error("Your software token has already been used once.")]
    SoftwareTokenUsed,
    #[error("{0}")]
    SoftwareTokenNotFound(&'static str),
    #[error("{0}")]
    MfaMethodNotFound(&'static str),
    #[error("Code mismatch")]
    EnableSoftwareToken,
    #[error("Password did not conform with policy: {0}")]
    WeakPassword(#[from] PasswordFault),
    #[error("Provided password cannot be used for security reasons.")]
    CompromisedPassword,
    #[error("Password reset required for user due to security reasons")]
    CompromisedPasswordReset,
    #[error("Password has previously been used")]
    PasswordUsedBefore,
    #[error("{0}")]
    Passkey(#[from] PasskeyFault),
    #[error("{0}")]
    InvalidPoolConfiguration(&'static str),
    #[error("{0}")]
    InvalidParameter(String),
    /// A member breaks a constraint of the API model.
    #[error("{0}")]
    Constraint(String),
    /// The same, as the identity pools API names it.
    #[error("{0}")]
    Validation(String),
    #[error("{0}")]
    NotAuthorized(Cow<'static, str>),
    #[error("Attempt limit exceeded, please try after some time.")]
    AttemptLimitExceeded,
    #[error("Attempt limit exceeded, please try after some time.")]
    TooManyFailedAttempts,
    #[error("Rate exceeded")]
    TooManyRequests,
    #[error("{0}")]
    LimitExceeded(String),
    #[error("Refresh token has been invalidated by rotation")]
    RefreshTokenReuse,
    #[error("{0}")]
    UnsupportedTokenType(&'static str),
    #[error("{0}")]
    UnsupportedOperation(&'static str),
    #[error("{0}")]
    Unauthorized(&'static str),
    #[error("{0}")]
    UnsupportedUserState(String),
    #[error("{0}")]
    ScopeDoesNotExist(String),
    #[error("{0}")]
    InvalidOAuthFlow(&'static str),
    #[error("The resource was changed by somebody else meanwhile. Please try again.")]
    ConcurrentModification,
    #[error("{0}")]
    OperationNotEnabled(&'static str),
    #[error("{0}")]
    AddOnNotEnabled(&'static str),
    #[error("{0}")]
    FeatureUnavailableInTier(Cow<'static, str>),
    #[error("{0}")]
    ResourceConflict(&'static str),
    #[error("{0}")]
    ExternalService(String),
    #[error("This developer user identifier is already registered with Cognito.")]
    DeveloperUserTaken,
    #[error("Invalid identity pool configuration. Check assigned IAM roles for this pool.")]
    IdentityPoolConfiguration,
    #[error("{1}")]
    TokenService(TokenServiceFault, String),
    #[error("{1}")]
    Signature(SignatureFault, String),
    #[error("Unknown operation")]
    UnknownOperation,
    #[error("{0}")]
    Serialization(String),
    #[error("{1}")]
    OAuth(OAuthFault, Cow<'static, str>),
    #[error("Something went wrong on our side. Please try again.")]
    Internal(#[source] Cause),
}

impl Error {
    /// A fault with a cause that only the log shows.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// An OAuth fault with a description.
    #[must_use]
    pub fn oauth(fault: OAuthFault, description: &'static str) -> Self {
        Self::OAuth(fault, Cow::Borrowed(description))
    }

    /// A refusal with Cognito's text.
    #[must_use]
    pub const fn not_authorized(text: &'static str) -> Self {
        Self::NotAuthorized(Cow::Borrowed(text))
    }

    /// A constraint of the API model that a sensitive member breaks.
    #[must_use]
    pub fn constraint(member: &str, rule: &str) -> Self {
        Self::constraints(member, Shown::Nothing, &[rule])
    }

    /// The constraints of the API model that a member breaks.
    #[must_use]
    pub fn constraints<T: fmt::Display>(member: &str, value: Shown<'_>, rules: &[T]) -> Self {
        let one = |rule| format!("Value{value} at '{member}' failed to satisfy constraint: Member must {rule}");
        let all = rules.iter().map(one).collect::<Vec<_>>().join("; ");
        let errors = if rules.len() == 1 { "error" } else { "errors" };
        Self::Constraint(format!("{} validation {errors} detected: {all}", rules.len()))
    }
}

/// A member's value as the refusal of a constraint shows it.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// The member is missing.
    Null,
    /// The value, cut where it is long.
    Value(&'a str),
    /// The member is sensitive.
    Nothing,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str(" null"),
            Self::Value(value) => match value.char_indices().nth(LONGEST_SHOWN) {
                Some((end, _)) => write!(formatter, " '{}...'", &value[..end]),
                None => write!(formatter, " '{value}'"),
            },
            Self::Nothing => Ok(()),
        }
    }
}
