//! passport-facebook, the usual client of Facebook Login, signs in at the simulated Facebook: it is not merely a mirror
//! of our own client. Its script is `tests/peers/passport-facebook.mjs`.

use serde_json::{Value, json};

use crate::support::program::{Folder, is_full_run, run};
use crate::support::{Program, peer};

/// Nothing listens there.
const REDIRECT: &str = "http://localhost:9/callback";

#[actix_web::test]
async fn passport_signs_in_at_the_simulated_facebook() {
    if !is_full_run() {
        return;
    }
    let folder = Folder::new();
    let (_program, base) = Program::dev_with_providers(&folder.0).await;
    let known = cenote::simulated::provider_settings(&base.parse().unwrap());
    let facebook = known.iter().find(|one| one.name == "Facebook").unwrap();
    let settings = json!({
        "base": format!("{base}/facebook"), "client_id": facebook.details["client_id"],
        "client_secret": facebook.details["client_secret"], "redirect_uri": REDIRECT, "person": "ada@example.com",
    });
    let scripts = peer::scripts().await;
    let mut node = peer::newer_node(&scripts);
    node.arg(scripts.join("passport-facebook.mjs")).arg(settings.to_string());
    let ended = run(node).await;
    assert!(ended.status.success(), "{}{}", ended.output, ended.complaints);
    let learnt: Value = serde_json::from_str(&ended.output).unwrap();
    let profile = &learnt["user"]["profile"];
    assert_eq!((&profile["provider"], &profile["displayName"]), (&json!("facebook"), &json!("Ada Example")));
    assert_eq!(profile["name"], json!({ "familyName": "Example", "givenName": "Ada" }));
    assert_eq!(profile["emails"], json!([{ "value": "ada@example.com" }]));
    assert!(profile["id"].as_str().unwrap().chars().all(|letter| letter.is_ascii_digit()), "{profile}");
    assert!(profile["photos"][0]["value"].is_string(), "{profile}");
    assert_eq!(learnt["again"]["fault"]["name"], "FacebookTokenError", "a code is good once: {learnt}");
    assert_eq!(learnt["stranger"]["fault"]["code"], 1, "Facebook's own number for a wrong secret: {learnt}");
    assert_eq!(learnt["denied"]["failed"]["message"], "Permissions error", "{learnt}");
}
