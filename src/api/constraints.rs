//! Owns the constraints of the API model on single members (lengths, patterns, ranges, sets of words) and Cognito's
//! wording when one is broken. It must not know which operation a member belongs to.

use std::sync::OnceLock;

use regex::Regex;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::Error;

/// A constraint on a text: its length in characters and the pattern that it matches as a whole.
pub struct Text {
    least: usize,
    most: usize,
    pattern: &'static str,
    compiled: OnceLock<Regex>,
}

/// A closed set of words and what each stands for.
pub type Words<T> = &'static [(&'static str, T)];

/// `ArnType`.
pub static ARN: Text = Text::new(
    20,
    2048,
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
);
/// `AttributeNameType`.
pub static ATTRIBUTE_NAME: Text = Text::new(1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+");
/// `AttributeValueType`.
pub static ATTRIBUTE_VALUE: Text = Text::new(0, 2048, r"(?s).*");
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
pub static CLIENT_ID: Text = Text::new(1, 128, r"[\w+]+");
/// `ClientNameType`.
pub static CLIENT_NAME: Text = Text::new(1, 128, r"[\w\s+=,.@-]+");
/// `ClientSecretIdType`.
pub static CLIENT_SECRET_ID: Text = Text::new(1, 128, r"(?s).*");
/// `ClientSecretType`.
pub static CLIENT_SECRET: Text = Text::new(24, 64, r"[\w+]+");
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
pub static PASSWORD: Text = Text::new(0, 256, r"^[\S]+.*[\S]+$");
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
pub static SECRET_HASH: Text = Text::new(1, 128, r"[\w+=/]+");
/// `SessionType`.
pub static SESSION: Text = Text::new(20, 4096, r"(?s).*");
/// `SessionIdType`.
pub static SESSION_ID: Text = Text::new(28, 28, r"^(tkn|sso)[a-z0-9]{25}$");
/// `SoftwareTokenMFAUserCodeType`.
pub static SOFTWARE_TOKEN_CODE: Text = Text::new(6, 6, r"[0-9]+");
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
pub static TOKEN: Text = Text::new(1, 131072, r"[A-Za-z0-9-_=.]+");
/// `UserFilterType`.
pub static USER_FILTER: Text = Text::new(0, 256, r"(?s).*");
/// `UsernameType`.
pub static USERNAME: Text = Text::new(1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");

impl Text {
    /// A constraint.
    pub const fn new(least: usize, most: usize, pattern: &'static str) -> Self {
        Self { least, most, pattern, compiled: OnceLock::new() }
    }

    /// Checks `value`, the member `member`.
    ///
    /// # Errors
    /// Cognito's text for the first broken constraint.
    pub fn check(&self, member: &str, value: &str) -> Result<(), Error> {
        check_length(member, value.chars().count(), (self.least, self.most))?;
        // No database text holds a NUL on PostgreSQL, so no member may have one, whatever its pattern says.
        if !value.contains('\0') && self.compiled.get_or_init(|| compile(self.pattern)).is_match(value) {
            return Ok(());
        }
        Err(Error::constraint(member, &format!("satisfy regular expression pattern: {}", self.pattern)))
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// Cognito's text when it is missing or breaks a constraint.
    pub fn required(&self, member: &str, value: Option<String>) -> Result<String, Error> {
        let value = required(member, value)?;
        self.check(member, &value)?;
        Ok(value)
    }

    /// A member that may be absent.
    ///
    /// # Errors
    /// Cognito's text when it breaks a constraint.
    pub fn optional(&self, member: &str, value: Option<String>) -> Result<Option<String>, Error> {
        value.map(|value| self.check(member, &value).map(|()| value)).transpose()
    }

    /// A secret that must be there.
    ///
    /// # Errors
    /// Cognito's text when it is missing or breaks a constraint.
    pub fn secret(&self, member: &str, value: Option<SecretString>) -> Result<SecretString, Error> {
        let value = required(member, value)?;
        self.check(member, value.expose_secret())?;
        Ok(value)
    }

    /// As [`Self::secret`], where `is_needless` lets it be absent or blank.
    ///
    /// # Errors
    /// As [`Self::secret`].
    pub fn secret_unless(
        &self,
        member: &str,
        (value, is_needless): (Option<SecretString>, bool),
    ) -> Result<Option<SecretString>, Error> {
        let is_blank = value.as_ref().is_none_or(|value| value.expose_secret().is_empty());
        if is_blank && is_needless { Ok(None) } else { self.secret(member, value).map(Some) }
    }
}

/// A member that must be there.
///
/// # Errors
/// Cognito's text when it is missing.
pub fn required<T>(member: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::constraint(member, "not be null"))
}

/// Checks the length of a text or a list.
///
/// # Errors
/// Cognito's text when it is out of range.
pub fn check_length(member: &str, length: usize, (least, most): (usize, usize)) -> Result<(), Error> {
    if length < least {
        return Err(Error::constraint(member, &format!("have length greater than or equal to {least}")));
    }
    if length > most {
        return Err(Error::constraint(member, &format!("have length less than or equal to {most}")));
    }
    Ok(())
}

/// Checks the range of a number.
///
/// # Errors
/// Cognito's text when it is out of range.
pub fn check_range(member: &str, value: i64, (least, most): (i64, i64)) -> Result<(), Error> {
    if value < least {
        return Err(Error::constraint(member, &format!("have value greater than or equal to {least}")));
    }
    if value > most {
        return Err(Error::constraint(member, &format!("have value less than or equal to {most}")));
    }
    Ok(())
}

/// What a word of a closed set stands for.
///
/// # Errors
/// Cognito's text when the word is not of the set.
pub fn word<T: Copy>(member: &str, text: &str, words: Words<T>) -> Result<T, Error> {
    let found = words.iter().find(|(known, _)| *known == text);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| Error::constraint(member, &set_rule(words)))
}

/// What the words of a list stand for.
///
/// # Errors
/// Cognito's text when one is not of the set.
pub fn word_list<T: Copy>(member: &str, texts: &[String], words: Words<T>) -> Result<Vec<T>, Error> {
    let refusal = || Error::constraint(member, &format!("satisfy constraint: [Member must {}]", set_rule(words)));
    texts.iter().map(|text| word(member, text, words).map_err(|_| refusal())).collect()
}

/// The word for `meaning`.
pub fn word_for<T: Copy + PartialEq>(meaning: T, words: Words<T>) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| word)
}

fn set_rule<T>(words: Words<T>) -> String {
    let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    format!("satisfy enum value set: [{}]", names.join(", "))
}

/// The model's patterns match whole texts, and their `\w` and `\s` know ASCII only.
fn compile(pattern: &str) -> Regex {
    let ascii = pattern.replace(r"\w", "0-9A-Za-z_").replace(r"\s", r" \t\n\r\x0B\x0C");
    Regex::new(&format!("^(?:{ascii})$")).expect("the patterns are literals, and a test compiles each")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(result: Result<(), Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn every_pattern_compiles() {
        for text in [
            &ACR_LEVEL,
            &ACR_VALUE,
            &ARN,
            &ATTRIBUTE_NAME,
            &ATTRIBUTE_VALUE,
            &CLIENT_ID,
            &CLIENT_NAME,
            &CLIENT_SECRET,
            &CONFIRMATION_CODE,
            &CUSTOM_ATTRIBUTE_NAME,
            &DESCRIPTION,
            &DOMAIN,
            &DEVICE_KEY,
            &DEVICE_NAME,
            &STRING,
            &EMAIL_INVITATION,
            &EMAIL_SUBJECT,
            &EMAIL_VERIFICATION,
            &EMAIL_VERIFICATION_BY_LINK,
            &GROUP_NAME,
            &IMPORT_JOB_ID,
            &IMPORT_JOB_NAME,
            &PAGINATION_KEY,
            &PASSWORD,
            &POOL_ID,
            &POOL_NAME,
            &REDIRECT_URL,
            &RESOURCE_SERVER_IDENTIFIER,
            &RESOURCE_SERVER_NAME,
            &S3_ARN,
            &SCOPE,
            &SCOPE_DESCRIPTION,
            &SCOPE_NAME,
            &SECRET_HASH,
            &SESSION,
            &SESSION_ID,
            &SOFTWARE_TOKEN_CODE,
            &EMAIL_MFA_MESSAGE,
            &SMS_INVITATION,
            &SMS_VERIFICATION,
            &TAG_KEY,
            &TAG_VALUE,
            &TOKEN,
            &USER_FILTER,
            &USERNAME,
        ] {
            compile(text.pattern);
        }
    }

    #[test]
    fn broken_constraints_have_cognitos_texts() {
        let start = "1 validation error detected: Value at 'username' failed to satisfy constraint: Member must ";
        let cases = [
            (USERNAME.required("username", None).map(drop), "not be null"),
            (USERNAME.check("username", ""), "have length greater than or equal to 1"),
            (USERNAME.check("username", &"a".repeat(129)), "have length less than or equal to 128"),
            (USERNAME.check("username", "a b"), r"satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+"),
            (word("username", "C", &[("A", 1), ("B", 2)]).map(drop), "satisfy enum value set: [A, B]"),
            (check_range("username", 0, (1, 60)), "have value greater than or equal to 1"),
            (check_range("username", 61, (1, 60)), "have value less than or equal to 60"),
            (
                word_list("username", &["C".to_owned()], &[("A", 1)]).map(drop),
                "satisfy constraint: [Member must satisfy enum value set: [A]]",
            ),
        ];
        for (result, rule) in cases {
            assert_eq!(fault(result), format!("{start}{rule}"));
        }
    }

    #[test]
    fn patterns_match_whole_texts() {
        assert!(POOL_ID.check("userPoolId", "us-east-1_AbC").is_ok());
        assert!(POOL_ID.check("userPoolId", "us-east-1_AbC\n").is_err());
        assert!(POOL_NAME.check("poolName", "My pool, no. 1").is_ok());
        assert!(POOL_NAME.check("poolName", "pöol").is_err());
        assert!(USERNAME.check("username", "jäne").is_ok());
        assert!(PASSWORD.check("password", "a b").is_ok());
        assert!(PASSWORD.check("password", " ab").is_err());
        assert!(EMAIL_VERIFICATION.check("message", "Your code: {####}\nBye").is_ok());
        assert!(EMAIL_VERIFICATION.check("message", "Your code").is_err());
    }
}
