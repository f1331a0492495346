//! Owns the wire shapes of a pool's messages, which Cognito names twice: in a template and, from older days, beside it.

use serde::{Deserialize, Serialize};

use super::words::EMAIL_OPTIONS;
use crate::api::constraints::{
    EMAIL_INVITATION, EMAIL_SUBJECT, EMAIL_VERIFICATION, EMAIL_VERIFICATION_BY_LINK, SMS_INVITATION, SMS_VERIFICATION,
    word, word_for,
};
use crate::domain::pool::Messages;
use crate::error::Error;

/// Messages that verify an address, under their older names.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlainMessages {
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_verification_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verification_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verification_subject: Option<String>,
}

/// Messages that verify an address.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerificationMessageTemplateType {
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_message_by_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_subject_by_link: Option<String>,
    default_email_option: Option<String>,
}

/// Invitations.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageTemplateType {
    #[serde(rename = "SMSMessage", skip_serializing_if = "Option::is_none")]
    sms_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_subject: Option<String>,
}

/// A pool's messages; the template wins over the older members.
///
/// # Errors
/// A broken constraint.
pub fn messages_from(
    plain: PlainMessages,
    template: Option<VerificationMessageTemplateType>,
    invitation: Option<MessageTemplateType>,
) -> Result<Messages, Error> {
    let template = template.unwrap_or_default();
    let invitation = invitation.unwrap_or_default();
    let text = template.sms_message.or(plain.sms_verification_message);
    let body = template.email_message.or(plain.email_verification_message);
    let subject = template.email_subject.or(plain.email_verification_subject);
    let option = template.default_email_option.as_deref();
    let place = "verificationMessageTemplate";
    let confirms_by_link = option.map(|text| word(&format!("{place}.defaultEmailOption"), text, EMAIL_OPTIONS));
    let (link_subject, link_body) = (template.email_subject_by_link, template.email_message_by_link);
    Ok(Messages {
        verification_subject: EMAIL_SUBJECT.optional("emailVerificationSubject", subject)?,
        verification_body: EMAIL_VERIFICATION.optional("emailVerificationMessage", body)?,
        link_subject: EMAIL_SUBJECT.optional(&format!("{place}.emailSubjectByLink"), link_subject)?,
        link_body: EMAIL_VERIFICATION_BY_LINK.optional(&format!("{place}.emailMessageByLink"), link_body)?,
        confirms_by_link: confirms_by_link.transpose()?.unwrap_or(false),
        verification_text_message: SMS_VERIFICATION.optional("smsVerificationMessage", text)?,
        invitation_subject: EMAIL_SUBJECT.optional(&invitation_member("emailSubject"), invitation.email_subject)?,
        invitation_body: EMAIL_INVITATION.optional(&invitation_member("emailMessage"), invitation.email_message)?,
        invitation_text_message: SMS_INVITATION.optional(&invitation_member("sMSMessage"), invitation.sms_message)?,
    })
}

impl From<&Messages> for PlainMessages {
    fn from(messages: &Messages) -> Self {
        Self {
            sms_verification_message: messages.verification_text_message.clone(),
            email_verification_message: messages.verification_body.clone(),
            email_verification_subject: messages.verification_subject.clone(),
        }
    }
}

impl From<&Messages> for VerificationMessageTemplateType {
    fn from(messages: &Messages) -> Self {
        Self {
            sms_message: messages.verification_text_message.clone(),
            email_message: messages.verification_body.clone(),
            email_subject: messages.verification_subject.clone(),
            email_message_by_link: messages.link_body.clone(),
            email_subject_by_link: messages.link_subject.clone(),
            default_email_option: Some(word_for(messages.confirms_by_link, EMAIL_OPTIONS).to_owned()),
        }
    }
}

/// The invitations, where the pool has its own.
pub fn invitation_of(messages: &Messages) -> Option<MessageTemplateType> {
    let template = MessageTemplateType {
        sms_message: messages.invitation_text_message.clone(),
        email_message: messages.invitation_body.clone(),
        email_subject: messages.invitation_subject.clone(),
    };
    let is_own = template.sms_message.is_some() || template.email_message.is_some() || template.email_subject.is_some();
    is_own.then_some(template)
}

fn invitation_member(name: &str) -> String {
    format!("adminCreateUserConfig.inviteMessageTemplate.{name}")
}
