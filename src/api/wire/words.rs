//! Owns the closed sets of words of the API model that stand for domain values, in the model's order.

use crate::api::constraints::Words;
use crate::domain::attribute::DataType;
use crate::domain::client::{AuthFlow, OAuthFlow, TimeUnit};
use crate::domain::factor::{FirstFactor, MfaMode};
use crate::domain::passkey::{PasskeyFactor, UserVerification};
use crate::domain::pool::{LoginAttribute, RecoveryMechanism};
use crate::mail::Channel;

/// `AliasAttributeType`.
pub const ALIAS_ATTRIBUTES: Words<LoginAttribute> = &[
    ("phone_number", LoginAttribute::PhoneNumber),
    ("email", LoginAttribute::Email),
    ("preferred_username", LoginAttribute::PreferredUsername),
];
/// `UsernameAttributeType` and `VerifiedAttributeType`.
pub const ADDRESS_ATTRIBUTES: Words<LoginAttribute> =
    &[("phone_number", LoginAttribute::PhoneNumber), ("email", LoginAttribute::Email)];
/// `AttributeDataType`.
pub const DATA_TYPES: Words<DataType> = &[
    ("String", DataType::String),
    ("Number", DataType::Number),
    ("DateTime", DataType::DateTime),
    ("Boolean", DataType::Boolean),
];
/// `DeliveryMediumType`.
pub const DELIVERY_MEDIUMS: Words<Channel> = &[("SMS", Channel::Sms), ("EMAIL", Channel::Email)];
/// `AuthFactorType`, but for the password by SRP, which is no factor of its own.
pub const FIRST_FACTORS: Words<FirstFactor> = &[
    ("PASSWORD", FirstFactor::Password),
    ("EMAIL_OTP", FirstFactor::EmailOtp),
    ("SMS_OTP", FirstFactor::SmsOtp),
    ("WEB_AUTHN", FirstFactor::WebAuthn),
];
/// `UserPoolMfaType`, in the order in which Cognito's own refusal lists it.
pub const MFA_MODES: Words<MfaMode> = &[("OPTIONAL", MfaMode::Optional), ("OFF", MfaMode::Off), ("ON", MfaMode::On)];
/// `UserVerificationType`.
pub const USER_VERIFICATIONS: Words<UserVerification> =
    &[("required", UserVerification::Required), ("preferred", UserVerification::Preferred)];
/// `ClientTypeType`: whether the client registered itself.
pub const CLIENT_TYPES: Words<bool> = &[("REGULAR", false), ("DCR", true)];
/// `WebAuthnFactorConfigurationType`.
pub const PASSKEY_FACTORS: Words<PasskeyFactor> = &[
    ("SINGLE_FACTOR", PasskeyFactor::SingleFactor),
    ("MULTI_FACTOR_WITH_USER_VERIFICATION", PasskeyFactor::MultiFactorWithUserVerification),
];
/// `RecoveryOptionNameType`.
pub const RECOVERY_OPTIONS: Words<RecoveryMechanism> = &[
    ("verified_email", RecoveryMechanism::VerifiedEmail),
    ("verified_phone_number", RecoveryMechanism::VerifiedPhoneNumber),
    ("admin_only", RecoveryMechanism::AdminOnly),
];
/// `ExplicitAuthFlowsType`.
pub const EXPLICIT_AUTH_FLOWS: Words<AuthFlow> = &[
    ("ADMIN_NO_SRP_AUTH", AuthFlow::AdminNoSrpAuth),
    ("CUSTOM_AUTH_FLOW_ONLY", AuthFlow::CustomAuthFlowOnly),
    ("USER_PASSWORD_AUTH", AuthFlow::UserPasswordAuth),
    ("ALLOW_ADMIN_USER_PASSWORD_AUTH", AuthFlow::AllowAdminUserPasswordAuth),
    ("ALLOW_CUSTOM_AUTH", AuthFlow::AllowCustomAuth),
    ("ALLOW_USER_PASSWORD_AUTH", AuthFlow::AllowUserPasswordAuth),
    ("ALLOW_USER_SRP_AUTH", AuthFlow::AllowUserSrpAuth),
    ("ALLOW_REFRESH_TOKEN_AUTH", AuthFlow::AllowRefreshTokenAuth),
    ("ALLOW_USER_AUTH", AuthFlow::AllowUserAuth),
    ("ALLOW_TOKEN_EXCHANGE_DELEGATION", AuthFlow::AllowTokenExchangeDelegation),
    ("ALLOW_TOKEN_EXCHANGE_IMPERSONATION", AuthFlow::AllowTokenExchangeImpersonation),
    ("ALLOW_CLIENT_TOKEN_AUTH", AuthFlow::AllowClientTokenAuth),
];
/// `OAuthFlowType`.
pub const OAUTH_FLOWS: Words<OAuthFlow> = &[
    ("code", OAuthFlow::Code),
    ("implicit", OAuthFlow::Implicit),
    ("client_credentials", OAuthFlow::ClientCredentials),
];
/// `TimeUnitsType`.
pub const TIME_UNITS: Words<TimeUnit> = &[
    ("seconds", TimeUnit::Seconds),
    ("minutes", TimeUnit::Minutes),
    ("hours", TimeUnit::Hours),
    ("days", TimeUnit::Days),
];
/// `FeatureType`: whether it is on.
pub const FEATURE: Words<bool> = &[("ENABLED", true), ("DISABLED", false)];
/// `PreventUserExistenceErrorTypes`: whether unknown users are hidden.
pub const EXISTENCE_ERRORS: Words<bool> = &[("LEGACY", false), ("ENABLED", true)];
/// `DeletionProtectionType`: whether it is on.
pub const DELETION_PROTECTION: Words<bool> = &[("ACTIVE", true), ("INACTIVE", false)];
/// `DefaultEmailOptionType`: whether a link confirms.
pub const EMAIL_OPTIONS: Words<bool> = &[("CONFIRM_WITH_LINK", true), ("CONFIRM_WITH_CODE", false)];
