//! The mails about unusual sign-ins, and the answers to them.

use cenote::mail::Message;
use serde_json::{Value, json};

use super::adaptive_authentication::{BOTH_NEW, NEW_NETWORK, PHONE, known, set_risk, sign_in};
use super::threat_protection::{JANE, events, of_jane};
use crate::support::{Browser, Setup, TestApp};

/// A pool that does this to sign-ins of every level, and writes about it.
async fn notified(mode: &str, word: &str, configuration: Value) -> (TestApp, Setup) {
    let (app, setup) = known(mode, json!({})).await;
    let action = json!({ "Notify": true, "EventAction": word });
    let mut notify = json!({ "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/x@example.com" });
    crate::support::setup::merge(&mut notify, configuration);
    let takeover = json!({
        "NotifyConfiguration": notify,
        "Actions": { "LowAction": action, "MediumAction": action, "HighAction": action },
    });
    set_risk(&app, &setup, json!({ "AccountTakeoverRiskConfiguration": takeover })).await;
    (app, setup)
}

/// The mails to Jane.
fn mails(app: &TestApp) -> Vec<Message> {
    app.messages().into_iter().filter(|message| message.to == JANE).collect()
}

/// The link of a mail that ends so.
fn link(mail: &Message, value: &str) -> String {
    let ends = format!("value={value}");
    let found = mail.text.split(['(', ')', ' ', '\n']).find(|word| word.starts_with("http") && word.ends_with(&ends));
    found.unwrap_or_else(|| panic!("no link in {}", mail.text)).to_owned()
}

#[actix_web::test]
async fn a_refused_sign_in_is_written_about_in_our_words() {
    let (app, setup) = notified("ENFORCED", "BLOCK", json!({})).await;
    sign_in(&app, &setup, BOTH_NEW).await;
    let mails = mails(&app);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "We stopped a sign-in to your account");
    for words in ["Address: 198.51.100.7", "Device: Phone", "Time: 2 Jan 2024, 03:05:06 UTC"] {
        assert!(mails[0].text.contains(words), "{words} in {}", mails[0].text);
    }
}

#[actix_web::test]
async fn the_pools_own_words_are_chosen_by_what_happened() {
    let configuration = json!({
        "ReplyTo": "help@example.com",
        "BlockEmail": { "Subject": "Blocked {username}", "TextBody": "From {ip-address} in {city}, {country}: {event-id}" },
        "MfaEmail": { "Subject": "Asked", "HtmlBody": "<p>{device-name}</p>" },
        "NoActionEmail": { "Subject": "Allowed", "TextBody": "At {login-time}" },
    });
    for (word, subject) in [("BLOCK", "Blocked jane@example.com"), ("MFA_REQUIRED", "Asked"), ("NO_ACTION", "Allowed")]
    {
        let (app, setup) = notified("ENFORCED", word, configuration.clone()).await;
        sign_in(&app, &setup, BOTH_NEW).await;
        let mails = mails(&app);
        assert_eq!(mails.len(), 1, "{word}");
        assert_eq!((mails[0].subject.as_str(), mails[0].reply_to.as_deref()), (subject, Some("help@example.com")));
        let id = events(&app, &setup).await[0]["EventId"].as_str().unwrap().to_owned();
        let text = match word {
            "BLOCK" => format!("From 198.51.100.7 in unknown, unknown: {id}"),
            "MFA_REQUIRED" => "Phone".to_owned(),
            _ => "At 2 Jan 2024, 03:05:06 UTC".to_owned(),
        };
        assert_eq!(mails[0].text.trim(), text);
    }
}

#[actix_web::test]
async fn one_mail_is_written_a_sign_in_and_none_where_nothing_is_enforced() {
    let (app, setup) = notified("ENFORCED", "MFA_IF_CONFIGURED", json!({})).await;
    let asked = sign_in(&app, &setup, NEW_NETWORK).await.json();
    let code = json!({ "USERNAME": JANE, "SMS_MFA_CODE": app.code_for(PHONE) });
    assert_eq!(setup.answer(&app, &asked, code).await.status, 200);
    assert_eq!(mails(&app).len(), 1);
    sign_in(&app, &setup, NEW_NETWORK).await;
    assert_eq!(mails(&app).len(), 1, "it is usual now");
    let (app, setup) = notified("AUDIT", "BLOCK", json!({})).await;
    sign_in(&app, &setup, BOTH_NEW).await;
    assert_eq!(mails(&app).len(), 0);
}

#[actix_web::test]
async fn nobody_is_written_to_at_an_address_that_is_not_proven() {
    let (app, setup) = notified("ENFORCED", "BLOCK", json!({})).await;
    let unproven = json!({ "UserAttributes": [{ "Name": "email_verified", "Value": "false" }] });
    app.ok("AdminUpdateUserAttributes", of_jane(&setup, unproven)).await;
    sign_in(&app, &setup, BOTH_NEW).await;
    assert_eq!(mails(&app).len(), 0);
}

#[actix_web::test]
async fn the_token_of_the_mail_answers_for_its_event_and_no_other_for_a_week() {
    let words = json!({ "BlockEmail": { "Subject": "s", "TextBody": "{feedback-token}" } });
    let (app, setup) = notified("ENFORCED", "BLOCK", words).await;
    sign_in(&app, &setup, BOTH_NEW).await;
    let token = mails(&app)[0].text.trim().to_owned();
    let listed = events(&app, &setup).await;
    let say = |event: &Value, token: &str| {
        of_jane(&setup, json!({ "EventId": event["EventId"], "FeedbackToken": token, "FeedbackValue": "Valid" }))
    };
    let refused = ("NotAuthorizedException", "Invalid feedback token");
    app.refuses("UpdateAuthEventFeedback", say(&listed[1], &token), refused).await;
    let mut of_nobody = say(&listed[0], &token);
    of_nobody["Username"] = "nobody@example.com".into();
    app.refuses("UpdateAuthEventFeedback", of_nobody, refused).await;
    assert_eq!(app.ok("UpdateAuthEventFeedback", say(&listed[0], &token)).await, json!({}));
    let told = &events(&app, &setup).await[0]["EventFeedback"];
    assert_eq!((&told["FeedbackValue"], &told["Provider"]), (&json!("Valid"), &json!("User")));
    assert_eq!(sign_in(&app, &setup, BOTH_NEW).await.status, 200, "it was Jane");
    app.advance(7 * 86_400);
    app.refuses("UpdateAuthEventFeedback", say(&listed[0], &token), refused).await;
}

#[actix_web::test]
async fn a_link_of_the_mail_leads_to_a_page_whose_button_answers() {
    let (app, setup) = notified("ENFORCED", "NO_ACTION", json!({})).await;
    sign_in(&app, &setup, BOTH_NEW).await;
    let mail = mails(&app)[0].clone();
    let mut browser = Browser::new(&app);
    for (value, question, button) in
        [("valid", "Was it you?", "Yes, it was me"), ("invalid", "Was it somebody else?", "It was not me")]
    {
        let page = browser.open(&link(&mail, value)).await;
        assert!(page.says(question) && page.answer.text.contains(button), "{}", page.text());
        let before = events(&app, &setup).await[0]["EventFeedback"]["FeedbackValue"].clone();
        assert_ne!(before, if value == "valid" { "Valid" } else { "Invalid" }, "looking answers nothing");
        let page = browser.submit(&page, "feedbackSubmitButton", &[]).await;
        assert!(page.says("Thank you"), "{}", page.text());
        let said = events(&app, &setup).await[0]["EventFeedback"]["FeedbackValue"].clone();
        assert_eq!(said, if value == "valid" { "Valid" } else { "Invalid" });
    }
    let page = browser.open(&link(&mail, "valid").replace("feedback_token=1", "feedback_token=2")).await;
    let page = browser.submit(&page, "feedbackSubmitButton", &[]).await;
    assert!(page.says("Invalid feedback token"), "{}", page.text());
    let forged = browser.forge(&link(&mail, "valid"), &[("origin", "https://evil.example")], &[]).await;
    assert_eq!(forged.status, 403);
}

#[actix_web::test]
async fn nobody_is_written_to_more_than_five_times_an_hour() {
    let (app, setup) = notified("ENFORCED", "BLOCK", json!({})).await;
    for _ in 0..7 {
        sign_in(&app, &setup, BOTH_NEW).await;
    }
    assert_eq!(mails(&app).len(), 5);
    app.advance(3600);
    sign_in(&app, &setup, BOTH_NEW).await;
    assert_eq!(mails(&app).len(), 6);
}
