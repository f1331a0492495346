//! Owns the three faces of every fault: the API's exception, the OAuth error code, the HTTP status. One table.
//! It must not know who asks.

use super::*;

/// The three faces of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    /// The API's exception name.
    pub cognito: &'static str,
    /// The OAuth error code.
    pub oauth: &'static str,
    /// The HTTP status on the OAuth face; the API answers 400 or 500 by its protocol.
    pub status: u16,
}

const fn face(cognito: &'static str, oauth: &'static str, status: u16) -> Face {
    Face { cognito, oauth, status }
}

impl Error {
    /// The table: one row per fault.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table: one row per fault")]
    pub const fn face(&self) -> Face {
        match self {
            Self::NotFound(Thing::User | Thing::UserOfClient) => face("UserNotFoundException", "invalid_grant", 400),
            Self::NotFound(_) => face("ResourceNotFoundException", "invalid_client", 400),
            Self::Exists(Taken::Alias(_)) => face("AliasExistsException", "invalid_request", 400),
            Self::Exists(Taken::IdentityProvider) => face("DuplicateProviderException", "invalid_request", 400),
            Self::Exists(Taken::ManagedLoginBranding) => {
                face("ManagedLoginBrandingExistsException", "invalid_request", 400)
            }
            Self::Exists(Taken::Terms) => face("TermsExistsException", "invalid_request", 400),
            Self::Exists(Taken::Device) => face("DeviceKeyExistsException", "invalid_request", 400),
            Self::Exists(Taken::Group) => face("GroupExistsException", "invalid_request", 400),
            Self::Exists(_) => face("UsernameExistsException", "invalid_request", 400),
            Self::NotConfirmed => face("UserNotConfirmedException", "invalid_grant", 400),
            Self::PasswordResetRequired | Self::CompromisedPasswordReset => {
                face("PasswordResetRequiredException", "invalid_grant", 400)
            }
            Self::PreconditionNotMet(_) => face("PreconditionNotMetException", "invalid_request", 400),
            Self::UserImportInProgress => face("UserImportInProgressException", "invalid_request", 400),
            Self::CodeDeliveryFailure => face("CodeDeliveryFailureException", "invalid_request", 400),
            Self::CodeMismatch | Self::WrongCode(_) => face("CodeMismatchException", "invalid_request", 400),
            Self::SoftwareTokenNotFound(_) => face("SoftwareTokenMFANotFoundException", "invalid_request", 400),
            Self::MfaMethodNotFound(_) => face("MFAMethodNotFoundException", "invalid_request", 400),
            Self::EnableSoftwareToken => face("EnableSoftwareTokenMFAException", "invalid_request", 400),
            Self::CodeExpired | Self::SoftwareTokenUsed => face("ExpiredCodeException", "invalid_request", 400),
            Self::WeakPassword(_) | Self::CompromisedPassword => {
                face("InvalidPasswordException", "invalid_request", 400)
            }
            Self::PasswordUsedBefore => face("PasswordHistoryPolicyViolationException", "invalid_request", 400),
            Self::Passkey(fault) => face(passkey_name(*fault), "invalid_request", 400),
            Self::InvalidPoolConfiguration(_) => face("InvalidUserPoolConfigurationException", "invalid_request", 400),
            Self::InvalidParameter(_) | Self::Constraint(_) => {
                face("InvalidParameterException", "invalid_request", 400)
            }
            Self::Validation(_) => face("ValidationException", "invalid_request", 400),
            Self::BadCredentials | Self::PasswordAttemptsExceeded | Self::Disabled | Self::NotAuthorized(_) => {
                face("NotAuthorizedException", "invalid_grant", 400)
            }
            Self::AttemptLimitExceeded | Self::LimitExceeded(_) => {
                face("LimitExceededException", "invalid_request", 429)
            }
            Self::TooManyFailedAttempts => face("TooManyFailedAttemptsException", "invalid_request", 429),
            Self::TooManyRequests => face("TooManyRequestsException", "too_many_requests", 429),
            Self::RefreshTokenReuse => face("RefreshTokenReuseException", "invalid_grant", 400),
            Self::UnsupportedTokenType(_) => face("UnsupportedTokenTypeException", "unsupported_token_type", 400),
            Self::UnsupportedOperation(_) => face("UnsupportedOperationException", "invalid_request", 400),
            Self::Unauthorized(_) => face("UnauthorizedException", "invalid_client", 401),
            Self::UnsupportedUserState(_) => face("UnsupportedUserStateException", "invalid_request", 400),
            Self::ScopeDoesNotExist(_) => face("ScopeDoesNotExistException", "invalid_scope", 400),
            Self::InvalidOAuthFlow(_) => face("InvalidOAuthFlowException", "invalid_request", 400),
            Self::ConcurrentModification => face("ConcurrentModificationException", "invalid_request", 409),
            Self::OperationNotEnabled(_) => face("OperationNotEnabledException", "invalid_request", 400),
            Self::AddOnNotEnabled(_) => face("UserPoolAddOnNotEnabledException", "invalid_request", 400),
            Self::FeatureUnavailableInTier(_) => face("FeatureUnavailableInTierException", "invalid_request", 400),
            Self::ResourceConflict(_) => face("ResourceConflictException", "invalid_request", 400),
            Self::ExternalService(_) => face("ExternalServiceException", "server_error", 400),
            Self::DeveloperUserTaken => face("DeveloperUserAlreadyRegisteredException", "invalid_request", 400),
            Self::IdentityPoolConfiguration => {
                face("InvalidIdentityPoolConfigurationException", "invalid_request", 400)
            }
            Self::TokenService(fault, _) => token_service_face(*fault),
            Self::Signature(fault, _) => face(signature_name(*fault), "invalid_request", 400),
            Self::UnknownOperation => face("UnknownOperationException", "invalid_request", 400),
            Self::Serialization(_) => face("SerializationException", "invalid_request", 400),
            Self::OAuth(fault, _) => face("InvalidParameterException", fault.code(), oauth_status(*fault)),
            Self::Internal(_) => face("InternalErrorException", "server_error", 500),
        }
    }
}

const fn oauth_status(fault: OAuthFault) -> u16 {
    match fault {
        OAuthFault::InvalidToken => 401,
        OAuthFault::InsufficientScope => 403,
        _ => 400,
    }
}

const fn passkey_name(fault: PasskeyFault) -> &'static str {
    match fault {
        PasskeyFault::NotEnabled => "WebAuthnNotEnabledException",
        PasskeyFault::ConfigurationMissing => "WebAuthnConfigurationMissingException",
        PasskeyFault::ChallengeNotFound => "WebAuthnChallengeNotFoundException",
        PasskeyFault::RelyingPartyMismatch => "WebAuthnRelyingPartyMismatchException",
        PasskeyFault::ClientMismatch => "WebAuthnClientMismatchException",
        PasskeyFault::OriginNotAllowed => "WebAuthnOriginNotAllowedException",
        PasskeyFault::CredentialNotSupported => "WebAuthnCredentialNotSupportedException",
    }
}

const fn signature_name(fault: SignatureFault) -> &'static str {
    match fault {
        SignatureFault::MissingAuthenticationToken => "MissingAuthenticationTokenException",
        SignatureFault::IncompleteSignature => "IncompleteSignatureException",
        SignatureFault::UnrecognizedClient => "UnrecognizedClientException",
        SignatureFault::InvalidSignature => "InvalidSignatureException",
        SignatureFault::ExpiredToken => "ExpiredTokenException",
        SignatureFault::AccessDenied => "AccessDeniedException",
    }
}

/// The token service's code and the HTTP status that goes with it.
const fn token_service_face(fault: TokenServiceFault) -> Face {
    let (code, status) = match fault {
        TokenServiceFault::AccessDenied => ("AccessDenied", 403),
        TokenServiceFault::ExpiredToken => ("ExpiredTokenException", 400),
        TokenServiceFault::IdpCommunicationError => ("IDPCommunicationError", 400),
        TokenServiceFault::InvalidAction => ("InvalidAction", 400),
        TokenServiceFault::InvalidIdentityToken => ("InvalidIdentityToken", 400),
        TokenServiceFault::MalformedPolicyDocument => ("MalformedPolicyDocument", 400),
        TokenServiceFault::Validation => ("ValidationError", 400),
    };
    face(code, "invalid_request", status)
}
