//! Owns the wire shapes of what a pool asks of passwords and how it recovers accounts.

use serde::{Deserialize, Serialize};

use super::mfa::SignInPolicyType;
use super::words::RECOVERY_OPTIONS;
use crate::api::constraints::{check_length, check_range, required, word, word_for};
use crate::domain::password::PasswordPolicy;
use crate::domain::pool::RecoveryMechanism;
use crate::error::Error;

/// Policies of a pool.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserPoolPolicyType {
    /// What is asked of passwords.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_policy: Option<PasswordPolicyType>,
    /// First factors among which people choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_policy: Option<SignInPolicyType>,
}

/// What is asked of passwords.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PasswordPolicyType {
    minimum_length: Option<i64>,
    require_uppercase: Option<bool>,
    require_lowercase: Option<bool>,
    require_numbers: Option<bool>,
    require_symbols: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_history_size: Option<i64>,
    temporary_password_validity_days: Option<i64>,
}

/// Ways to recover an account.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountRecoverySettingType {
    recovery_mechanisms: Option<Vec<RecoveryOptionType>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecoveryOptionType {
    priority: Option<i64>,
    name: Option<String>,
}

/// The policy of a pool; `unused_days` is the older name of the days that a temporary password works.
///
/// # Errors
/// A broken constraint.
pub fn policy_from(given: Option<PasswordPolicyType>, unused_days: Option<i64>) -> Result<PasswordPolicy, Error> {
    let standard = PasswordPolicy::default();
    let place = "policies.passwordPolicy";
    let days = given.as_ref().and_then(|given| given.temporary_password_validity_days);
    check_range(&format!("{place}.temporaryPasswordValidityDays"), days.unwrap_or(0), (0, 365))?;
    check_range("adminCreateUserConfig.unusedAccountValidityDays", unused_days.unwrap_or(0), (0, 365))?;
    let days = days.or(unused_days).and_then(|days| u32::try_from(days).ok()).filter(|days| *days > 0);
    let temporary_password_validity_days = days.unwrap_or(standard.temporary_password_validity_days);
    let Some(given) = given else { return Ok(PasswordPolicy { temporary_password_validity_days, ..standard }) };
    let length = given.minimum_length.unwrap_or_else(|| i64::from(standard.minimum_length));
    check_range(&format!("{place}.minimumLength"), length, (6, 99))?;
    let history = given.password_history_size.unwrap_or(0);
    check_range(&format!("{place}.passwordHistorySize"), history, (0, 24))?;
    Ok(PasswordPolicy {
        minimum_length: u32::try_from(length).unwrap_or(standard.minimum_length),
        require_uppercase: given.require_uppercase.unwrap_or(false),
        require_lowercase: given.require_lowercase.unwrap_or(false),
        require_numbers: given.require_numbers.unwrap_or(false),
        require_symbols: given.require_symbols.unwrap_or(false),
        history_size: u32::try_from(history).unwrap_or(standard.history_size),
        temporary_password_validity_days,
    })
}

/// The ways to recover an account, best first.
///
/// # Errors
/// A broken constraint, or two ways of one priority.
pub fn recovery_from(given: AccountRecoverySettingType) -> Result<Vec<RecoveryMechanism>, Error> {
    let place = "accountRecoverySetting.recoveryMechanisms";
    let options = required(place, given.recovery_mechanisms)?;
    check_length(place, &options.len(), (1, 2))?;
    let mut ranked = Vec::with_capacity(options.len());
    for (index, option) in options.into_iter().enumerate() {
        let place = format!("{place}.{}.member", index + 1);
        let priority = required(&format!("{place}.priority"), option.priority)?;
        check_range(&format!("{place}.priority"), priority, (1, 2))?;
        let name = required(&format!("{place}.name"), option.name)?;
        let mechanism = word(&format!("{place}.name"), &name, RECOVERY_OPTIONS)?;
        let is_double = |(rank, known): &(i64, RecoveryMechanism)| *rank == priority || *known == mechanism;
        if ranked.iter().any(is_double) {
            return Err(Error::InvalidParameter("Account Recovery Setting has conflicting priorities".to_owned()));
        }
        ranked.push((priority, mechanism));
    }
    if ranked.len() > 1 && ranked.iter().any(|(_, mechanism)| *mechanism == RecoveryMechanism::AdminOnly) {
        return Err(Error::InvalidParameter(
            "Account Recovery Setting cannot combine admin_only with another option".to_owned(),
        ));
    }
    ranked.sort_by_key(|(priority, _)| *priority);
    Ok(ranked.into_iter().map(|(_, mechanism)| mechanism).collect())
}

impl From<&PasswordPolicy> for PasswordPolicyType {
    fn from(policy: &PasswordPolicy) -> Self {
        Self {
            minimum_length: Some(policy.minimum_length.into()),
            require_uppercase: Some(policy.require_uppercase),
            require_lowercase: Some(policy.require_lowercase),
            require_numbers: Some(policy.require_numbers),
            require_symbols: Some(policy.require_symbols),
            password_history_size: Some(i64::from(policy.history_size)).filter(|size| *size > 0),
            temporary_password_validity_days: Some(policy.temporary_password_validity_days.into()),
        }
    }
}

impl From<&[RecoveryMechanism]> for AccountRecoverySettingType {
    fn from(mechanisms: &[RecoveryMechanism]) -> Self {
        let options = (1..).zip(mechanisms).map(|(priority, mechanism)| RecoveryOptionType {
            priority: Some(priority),
            name: Some(word_for(*mechanism, RECOVERY_OPTIONS).to_owned()),
        });
        Self { recovery_mechanisms: Some(options.collect()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn a_given_policy_asks_only_for_what_it_names() {
        let read = |policy| policy_from(Some(from_value(policy).unwrap()), None);
        let policy = read(json!({ "MinimumLength": 6, "RequireNumbers": true })).unwrap();
        assert_eq!((policy.minimum_length, policy.require_numbers, policy.require_symbols), (6, true, false));
        assert_eq!(policy.temporary_password_validity_days, 7);
        assert!(read(json!({ "MinimumLength": 5 })).is_err());
        assert!(read(json!({ "MinimumLength": 100 })).is_err());
        assert_eq!(read(json!({ "PasswordHistorySize": 24 })).unwrap().history_size, 24);
        assert!(read(json!({ "PasswordHistorySize": 25 })).is_err());
        assert_eq!(policy_from(None, Some(3)).unwrap().temporary_password_validity_days, 3);
    }

    #[test]
    fn ways_to_recover_are_ordered_by_priority() {
        let read = |mechanisms| recovery_from(from_value(json!({ "RecoveryMechanisms": mechanisms })).unwrap());
        let phone_first = json!([
            { "Priority": 2, "Name": "verified_email" },
            { "Priority": 1, "Name": "verified_phone_number" },
        ]);
        let mechanisms = read(phone_first).unwrap();
        assert_eq!(mechanisms, [RecoveryMechanism::VerifiedPhoneNumber, RecoveryMechanism::VerifiedEmail]);
        assert_eq!(
            to_value(AccountRecoverySettingType::from(mechanisms.as_slice())).unwrap(),
            json!({ "RecoveryMechanisms": [
                { "Priority": 1, "Name": "verified_phone_number" },
                { "Priority": 2, "Name": "verified_email" },
            ] })
        );
        for bad in [
            json!([]),
            json!([{ "Priority": 3, "Name": "verified_email" }]),
            json!([{ "Priority": 1, "Name": "carrier pigeon" }]),
            json!([{ "Priority": 1, "Name": "verified_email" }, { "Priority": 1, "Name": "verified_phone_number" }]),
            json!([{ "Priority": 1, "Name": "verified_email" }, { "Priority": 2, "Name": "admin_only" }]),
        ] {
            assert!(read(bad).is_err());
        }
    }
}
