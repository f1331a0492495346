//! Owns the structures of a pool's settings that are kept and shown again: the shapes of the API model, and what they
//! must say together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::words::OAUTH_FLOWS;
use crate::api::constraints::{ACR_LEVEL, ACR_VALUE, ARN, SCOPE, STRING, Text, word_list};
use crate::api::shape::{Member, Rule, checked};
use crate::domain::client::OAuthFlow;
use crate::domain::registration::RegistrationSettings;
use crate::domain::threat_protection::Mode;
use crate::error::Error;

/// The structures and their shapes.
pub const ECHOED: [(&str, &Rule); 9] = [
    ("LambdaConfig", &LAMBDA_CONFIG),
    ("UserAttributeUpdateSettings", &UPDATE_SETTINGS),
    ("EmailConfiguration", &EMAIL_CONFIGURATION),
    ("SmsConfiguration", &SMS_CONFIGURATION),
    ("UserPoolAddOns", &ADD_ONS),
    ("DcrConfiguration", &DCR_CONFIGURATION),
    ("KeyConfiguration", &KEY_CONFIGURATION),
    ("IssuerConfiguration", &ISSUER_CONFIGURATION),
    ("AcrConfiguration", &ACR_CONFIGURATION),
];

/// What levels of assurance are called before their numbers, unless the pool says otherwise.
const USUAL_LEVEL: &str = "urn:cognito:loa:";
/// `OptionalArnType`.
static OPTIONAL_ARN: Text = Text::new(
    0,
    2048,
    r"(arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?)?",
);
/// `RegionCodeType`.
static REGION: Text = Text::new(5, 32, r"(?s).*");
/// `EmailAddressType`.
static EMAIL_ADDRESS: Text = Text::new(0, 2048, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
/// `SESConfigurationSet`.
static CONFIGURATION_SET: Text = Text::new(1, 64, "^[a-zA-Z0-9_-]+$");

const AN_ARN: &Rule = &Rule::Text(&ARN);
const A_TEXT: &Rule = &Rule::Text(&STRING);
const A_REGION: &Rule = &Rule::Text(&REGION);
const GRANTS: &Rule = &Rule::List(3, &Rule::Word(&["code", "implicit", "client_credentials"]));

static SMS_CONFIGURATION: Rule = Rule::Structure(&[
    Member::optional("SnsCallerArn", &Rule::Text(&OPTIONAL_ARN)),
    Member::optional("ExternalId", A_TEXT),
    Member::optional("SnsRegion", A_REGION),
    Member::optional("EumsSms", &EUMS_SMS),
]);
static EUMS_SMS: Rule = Rule::Structure(&[
    Member::required("CallerArn", AN_ARN),
    Member::optional("ExternalId", A_TEXT),
    Member::optional("OriginationIdentity", A_TEXT),
    Member::optional("ConfigurationSetName", A_TEXT),
    Member::optional("InEntityId", A_TEXT),
    Member::optional("InTemplateId", A_TEXT),
    Member::optional("Region", A_REGION),
]);
static EMAIL_CONFIGURATION: Rule = Rule::Structure(&[
    Member::optional("SourceArn", AN_ARN),
    Member::optional("ReplyToEmailAddress", &Rule::Text(&EMAIL_ADDRESS)),
    Member::optional("EmailSendingAccount", &Rule::Word(&["COGNITO_DEFAULT", "DEVELOPER"])),
    Member::optional("From", A_TEXT),
    Member::optional("ConfigurationSet", &Rule::Text(&CONFIGURATION_SET)),
]);
static ADD_ONS: Rule = Rule::Structure(&[
    Member::required("AdvancedSecurityMode", &Rule::Word(&["OFF", "AUDIT", "ENFORCED"])),
    Member::optional(
        "AdvancedSecurityAdditionalFlows",
        &Rule::Structure(&[Member::optional("CustomAuthMode", &Rule::Word(&["AUDIT", "ENFORCED"]))]),
    ),
]);
static DCR_CONFIGURATION: Rule = Rule::Structure(&[
    Member::optional("EnableStatus", &Rule::Word(&["Enabled", "Disabled"])),
    Member::optional("OpenDcrEnabled", &Rule::Flag),
    Member::optional("AuthenticatedGrantTypes", GRANTS),
    Member::optional("OpenDcrGrantTypes", GRANTS),
    Member::optional("AllowedScopes", &Rule::List(50, &Rule::Text(&SCOPE))),
]);
static KEY_CONFIGURATION: Rule = Rule::Structure(&[
    Member::optional("KeyType", &Rule::Word(&["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KEY"])),
    Member::optional("KmsKeyArn", AN_ARN),
]);
static ISSUER_CONFIGURATION: Rule = Rule::Structure(&[Member::optional("Type", &Rule::Word(&["ORIGINAL", "UPDATED"]))]);
static ACR_CONFIGURATION: Rule =
    Rule::Map(4, &ACR_LEVEL, &Rule::Structure(&[Member::required("AcrValue", &Rule::Text(&ACR_VALUE))]));
static UPDATE_SETTINGS: Rule = Rule::Structure(&[Member::optional(
    "AttributesRequireVerificationBeforeUpdate",
    &Rule::List(2, &Rule::Word(&["phone_number", "email"])),
)]);
static LAMBDA_CONFIG: Rule = Rule::Structure(&[
    Member::optional("PreSignUp", AN_ARN),
    Member::optional("CustomMessage", AN_ARN),
    Member::optional("PostConfirmation", AN_ARN),
    Member::optional("PreAuthentication", AN_ARN),
    Member::optional("PostAuthentication", AN_ARN),
    Member::optional("DefineAuthChallenge", AN_ARN),
    Member::optional("CreateAuthChallenge", AN_ARN),
    Member::optional("VerifyAuthChallengeResponse", AN_ARN),
    Member::optional("PreTokenGeneration", AN_ARN),
    Member::optional("UserMigration", AN_ARN),
    Member::optional("PreTokenGenerationConfig", &VERSIONED_TOKEN_LAMBDA),
    Member::optional("CustomSMSSender", &VERSIONED_LAMBDA),
    Member::optional("CustomEmailSender", &VERSIONED_LAMBDA),
    Member::optional("KMSKeyID", AN_ARN),
    Member::optional("InboundFederation", &VERSIONED_LAMBDA),
]);
static VERSIONED_LAMBDA: Rule = Rule::Structure(&[
    Member::required("LambdaVersion", &Rule::Word(&["V1_0"])),
    Member::required("LambdaArn", AN_ARN),
]);
static VERSIONED_TOKEN_LAMBDA: Rule = Rule::Structure(&[
    Member::required("LambdaVersion", &Rule::Word(&["V1_0", "V2_0", "V3_0"])),
    Member::required("LambdaArn", AN_ARN),
]);

/// What the structures must say together, and on which plan.
///
/// # Errors
/// Cognito's refusal of the first rule that is broken.
pub fn check_together(parts: &BTreeMap<&'static str, Value>, tier: &str) -> Result<(), Error> {
    let refuse = |text: &str| Err(Error::InvalidParameter(text.to_owned()));
    if let Some(sms) = parts.get("SmsConfiguration") {
        match (sms.get("SnsCallerArn").is_some(), sms.get("EumsSms").is_some()) {
            (true, true) => return refuse("SmsConfiguration can have SnsCallerArn or EumsSms, not both."),
            (false, false) => return refuse("SmsConfiguration needs SnsCallerArn or EumsSms."),
            _ => {}
        }
    }
    if let Some(email) = parts.get("EmailConfiguration") {
        let is_developers = email.get("EmailSendingAccount").and_then(Value::as_str) == Some("DEVELOPER");
        if is_developers && email.get("SourceArn").is_none() {
            return refuse("EmailConfiguration needs SourceArn where EmailSendingAccount is DEVELOPER.");
        }
    }
    let key = parts.get("KeyConfiguration").and_then(|key| key.get("KeyType")).and_then(Value::as_str);
    if key == Some("CUSTOMER_MANAGED_KEY") {
        return refuse("CUSTOMER_MANAGED_KEY is not available on this server, whose master key seals every secret.");
    }
    if threat_protection(parts) != Mode::Off && tier != "PLUS" {
        return Err(unavailable(tier, "Threat protection"));
    }
    if parts.contains_key("DcrConfiguration") && tier == "LITE" {
        return Err(unavailable(tier, "Dynamic client registration"));
    }
    match parts.get("AcrConfiguration").and_then(Value::as_object) {
        Some(levels) if !levels.is_empty() && tier == "LITE" => {
            Err(unavailable(tier, "Custom authentication context class references"))
        }
        Some(levels) => check_level_names(levels),
        None => Ok(()),
    }
}

/// A `SmsConfiguration` that stands by itself, the member `smsMfaConfiguration.smsConfiguration`.
///
/// # Errors
/// As for a pool's own.
pub fn sms_configuration_from(given: Value) -> Result<Value, Error> {
    let sms = checked("smsMfaConfiguration.smsConfiguration", given, &SMS_CONFIGURATION)?;
    check_together(&[("SmsConfiguration", sms.clone())].into(), "PLUS")?;
    Ok(sms)
}

/// No two levels have one name, those that keep their own included.
fn check_level_names(levels: &serde_json::Map<String, Value>) -> Result<(), Error> {
    let name = |number: u32| {
        let custom = levels.get(&format!("Level{number}")).and_then(|level| level.get("AcrValue"));
        custom.and_then(Value::as_str).map_or_else(|| format!("{USUAL_LEVEL}{number}"), str::to_owned)
    };
    if (1..=4).map(name).collect::<BTreeSet<_>>().len() == 4 {
        return Ok(());
    }
    Err(Error::InvalidParameter("The names in AcrConfiguration must differ from each other.".to_owned()))
}

/// The mode of threat protection.
pub fn threat_protection(parts: &BTreeMap<&'static str, Value>) -> Mode {
    let mode = parts.get("UserPoolAddOns").and_then(|add_ons| add_ons.get("AdvancedSecurityMode"));
    match mode.and_then(Value::as_str) {
        Some("AUDIT") => Mode::Audit,
        Some("ENFORCED") => Mode::Enforced,
        _ => Mode::Off,
    }
}

/// What the pool calls levels of assurance, by their usual names.
pub fn level_names(parts: &BTreeMap<&'static str, Value>) -> BTreeMap<String, String> {
    let levels = parts.get("AcrConfiguration").and_then(Value::as_object);
    let pair = |(level, shape): (&String, &Value)| {
        let name = shape.get("AcrValue").and_then(Value::as_str)?;
        Some((format!("{USUAL_LEVEL}{}", level.strip_prefix("Level")?), name.to_owned()))
    };
    levels.into_iter().flatten().filter_map(pair).collect()
}

/// The address that answers to mails go to.
pub fn reply_to(parts: &BTreeMap<&'static str, Value>) -> Option<String> {
    let address = parts.get("EmailConfiguration")?.get("ReplyToEmailAddress")?.as_str()?;
    Some(address.to_owned())
}

/// Whether tokens name the newer form of the issuer.
pub fn has_updated_issuer(parts: &BTreeMap<&'static str, Value>) -> bool {
    let kind = parts.get("IssuerConfiguration").and_then(|issuer| issuer.get("Type"));
    kind.and_then(Value::as_str) == Some("UPDATED")
}

/// How applications register themselves; `None` where they cannot (API model, DcrConfigurationType).
///
/// # Errors
/// A broken constraint.
pub fn registration(parts: &BTreeMap<&'static str, Value>) -> Result<Option<RegistrationSettings>, Error> {
    let Some(given) = parts.get("DcrConfiguration") else { return Ok(None) };
    if given.get("EnableStatus").and_then(Value::as_str) == Some("Disabled") {
        return Ok(None);
    }
    let list = |name: &str| {
        let values = given.get(name)?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())
    };
    let grants = |name: &str, usual: &[OAuthFlow]| match list(name) {
        Some(names) => word_list(name, &names, OAUTH_FLOWS),
        None => Ok(usual.to_vec()),
    };
    let is_open = given.get("OpenDcrEnabled").and_then(Value::as_bool) == Some(true);
    let open_grants = grants("OpenDcrGrantTypes", &[OAuthFlow::Code])?;
    Ok(Some(RegistrationSettings {
        authenticated_grants: grants("AuthenticatedGrantTypes", &[OAuthFlow::Code, OAuthFlow::ClientCredentials])?,
        open_grants: is_open.then_some(open_grants),
        scopes: list("AllowedScopes").unwrap_or_default(),
    }))
}

fn unavailable(tier: &str, feature: &str) -> Error {
    let text = format!("The following features are not available in the {tier} pricing tier configured: {feature}");
    Error::FeatureUnavailableInTier(text.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(name: &'static str, value: Value, tier: &str) -> String {
        check_together(&[(name, value)].into(), tier).err().map(|fault| fault.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for (name, value) in [
            ("SmsConfiguration", json!({ "ExternalId": "x" })),
            ("SmsConfiguration", json!({ "SnsCallerArn": "a", "EumsSms": {} })),
            ("EmailConfiguration", json!({ "EmailSendingAccount": "DEVELOPER" })),
            ("KeyConfiguration", json!({ "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "a" })),
            ("AcrConfiguration", json!({ "Level1": { "AcrValue": "urn:cognito:loa:2" } })),
        ] {
            assert_ne!(refusal(name, value, "PLUS"), "", "{name}");
        }
        for (name, value) in [
            ("SmsConfiguration", json!({ "SnsCallerArn": "a" })),
            ("EmailConfiguration", json!({ "EmailSendingAccount": "DEVELOPER", "SourceArn": "a" })),
            ("KeyConfiguration", json!({ "KeyType": "AWS_OWNED_KEY" })),
            ("AcrConfiguration", json!({ "Level1": { "AcrValue": "low" }, "Level2": { "AcrValue": "high" } })),
        ] {
            assert_eq!(refusal(name, value, "PLUS"), "", "{name}");
        }
    }

    #[test]
    fn what_a_plan_lacks_is_refused() {
        for (name, value, least) in [
            ("UserPoolAddOns", json!({ "AdvancedSecurityMode": "AUDIT" }), "PLUS"),
            ("DcrConfiguration", json!({}), "ESSENTIALS"),
            ("AcrConfiguration", json!({ "Level1": { "AcrValue": "low" } }), "ESSENTIALS"),
        ] {
            let lesser = if least == "PLUS" { "ESSENTIALS" } else { "LITE" };
            assert!(refusal(name, value.clone(), lesser).starts_with("The following features are not available"));
            assert_eq!(refusal(name, value, least), "", "{name}");
        }
        assert_eq!(refusal("UserPoolAddOns", json!({ "AdvancedSecurityMode": "OFF" }), "LITE"), "");
    }
}
