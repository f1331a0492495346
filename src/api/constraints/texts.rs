//! Owns the table of the texts of the API model: how long each may be and what it looks like.

use super::Text;

/// `ArnType`.
pub static ARN: Text = Text::new(
    20,
    2048,
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
);
/// `AttributeNameType`.
pub static ATTRIBUTE_NAME: Text = Text::new(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+");
/// `AttributeValueType`.
pub static ATTRIBUTE_VALUE: Text = Text::sensitive(0, 2048, r"(?s).*");
/// `ManagedLoginBrandingIdType`.
pub static BRANDING_ID: Text =
    Text::new(1, 64, "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$");
/// `TermsIdType`.
pub static TERMS_ID: Text =
    Text::new(1, 64, "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$");
/// `TermsNameType`.
pub static TERMS_NAME: Text = Text::new(1, 64, "^(terms-of-use|privacy-policy)$");
/// `LanguageIdType`.
pub static LANGUAGE: Text = Text::new(
    1,
    64,
    "^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$",
);
/// `LinkUrlType`.
pub static LINK_URL: Text = Text::new(1, 1024, r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$");
/// `ResourceIdType`.
pub static RESOURCE_ID: Text = Text::new(1, 40, r"^[\w\- ]+$");
/// `ClientIdType`.
pub static CLIENT_ID: Text = Text::sensitive(1, 128, r"[\w+]+");
/// `ClientNameType`.
pub static CLIENT_NAME: Text = Text::new(1, 128, r"[\w\s+=,.@-]+");
/// `ClientSecretIdType`.
pub static CLIENT_SECRET_ID: Text = Text::new(1, 128, r"(?s).*");
/// `ClientSecretType`.
pub static CLIENT_SECRET: Text = Text::sensitive(24, 64, r"[\w+]+");
/// `ConfirmationCodeType`.
pub static CONFIRMATION_CODE: Text = Text::new(1, 2048, r"[\S]+");
/// `CustomAttributeNameType`.
pub static CUSTOM_ATTRIBUTE_NAME: Text = Text::new(1, 20, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
/// `DescriptionType`.
pub static DESCRIPTION: Text = Text::new(0, 2048, r"(?s).*");
/// `DomainType`.
pub static DOMAIN: Text = Text::new(1, 63, r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$");
/// `DeviceKeyType`.
pub static DEVICE_KEY: Text = Text::new(1, 55, r"[\w-]+_[0-9a-f-]+");
/// `DeviceNameType`.
pub static DEVICE_NAME: Text = Text::new(1, 1024, r"(?s).*");
/// `EmailInviteMessageType`.
pub static EMAIL_INVITATION: Text = Text::new(6, 20000, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*");
/// `EmailVerificationSubjectType`.
pub static EMAIL_SUBJECT: Text = Text::new(1, 140, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+");
/// `EmailVerificationMessageType`.
pub static EMAIL_VERIFICATION: Text =
    Text::new(6, 20000, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*");
/// `EmailVerificationMessageByLinkType`.
pub static EMAIL_VERIFICATION_BY_LINK: Text = Text::new(
    6,
    20000,
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
);
/// `GroupNameType`.
pub static GROUP_NAME: Text = Text::new(1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
/// `HealthCheckIdType`.
pub static HEALTH_CHECK: Text = Text::new(0, 64, r"(?s).*");
/// `UserImportJobIdType`.
pub static IMPORT_JOB_ID: Text = Text::new(1, 55, r"import-[0-9a-zA-Z-]+");
/// `UserImportJobNameType`.
pub static IMPORT_JOB_NAME: Text = Text::new(1, 128, r"[\w\s+=,.@-]+");
/// `AcrMappingKeyType`.
pub static ACR_LEVEL: Text = Text::new(1, 6, r"Level[1-4]");
/// `AcrValueType`.
pub static ACR_VALUE: Text = Text::new(1, 64, r"[\x21\x23-\x5B\x5D-\x7E]+");
/// `IdpIdentifierType`.
pub static IDP_IDENTIFIER: Text = Text::new(1, 40, r"[\w\s+=.@-]+");
/// `ProviderNameTypeV2`.
pub static PROVIDER_NAME: Text = Text::new(1, 32, r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+");
/// `PaginationKey`.
pub static PAGINATION_KEY: Text = Text::new(1, 131072, r"[\S]+");
/// `PasswordType`.
pub static PASSWORD: Text = Text::sensitive(0, 256, r"^[\S]+.*[\S]+$");
/// `UserPoolIdType`.
pub static POOL_ID: Text = Text::new(1, 55, r"[\w-]+_[0-9a-zA-Z]+");
/// `UserPoolNameType`.
pub static POOL_NAME: Text = Text::new(1, 128, r"[\w\s+=,.@-]+");
/// `RedirectUrlType`.
pub static REDIRECT_URL: Text = Text::new(1, 1024, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
/// `ResourceServerIdentifierType`.
pub static RESOURCE_SERVER_IDENTIFIER: Text = Text::new(1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+");
/// `ResourceServerNameType`.
pub static RESOURCE_SERVER_NAME: Text = Text::new(1, 256, r"[\w\s+=,.@-]+");
/// `S3ArnType`.
pub static S3_ARN: Text =
    Text::new(3, 1024, r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?");
/// `ScopeType`.
pub static SCOPE: Text = Text::new(1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+");
/// `ResourceServerScopeDescriptionType`.
pub static SCOPE_DESCRIPTION: Text = Text::new(1, 256, r"(?s).*");
/// `ResourceServerScopeNameType`.
pub static SCOPE_NAME: Text = Text::new(1, 256, r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+");
/// `SecretHashType`.
pub static SECRET_HASH: Text = Text::sensitive(1, 128, r"[\w+=/]+");
/// `SessionType`.
pub static SESSION: Text = Text::sensitive(20, 4096, r"(?s).*");
/// `SessionIdType`.
pub static SESSION_ID: Text = Text::new(28, 28, r"^(tkn|sso)[a-z0-9]{25}$");
/// `SoftwareTokenMFAUserCodeType`.
pub static SOFTWARE_TOKEN_CODE: Text = Text::sensitive(6, 6, r"[0-9]+");
/// `EmailMfaMessageType`.
pub static EMAIL_MFA_MESSAGE: Text =
    Text::new(6, 20000, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*");
/// `SmsInviteMessageType`.
pub static SMS_INVITATION: Text = Text::new(6, 140, r"(?s).*");
/// `SmsVerificationMessageType`.
pub static SMS_VERIFICATION: Text = Text::new(6, 140, r".*\{####\}.*");
/// `StringType`.
pub static STRING: Text = Text::new(0, 131072, r"(?s).*");
/// `TagKeysType`.
pub static TAG_KEY: Text = Text::new(1, 128, r"(?s).*");
/// `TagValueType`.
pub static TAG_VALUE: Text = Text::new(0, 256, r"(?s).*");
/// `TokenModelType`.
pub static TOKEN: Text = Text::sensitive(1, 131072, r"[A-Za-z0-9-_=.]+");
/// `UserFilterType`.
pub static USER_FILTER: Text = Text::new(0, 256, r"(?s).*");
/// `UsernameType`.
pub static USERNAME: Text = Text::sensitive(1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
