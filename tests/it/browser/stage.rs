//! Owns what every journey begins with: the real binary, a browser, and the people of the demo pool.

use std::fs::File;

use serde_json::json;

use super::chromium::Chromium;
use crate::support::Program;
use crate::support::program::{Folder, is_full_run};
use crate::support::setup::PASSWORD;

/// The demo user that `cenote dev` makes.
pub const DEMO: (&str, &str) = (cenote::dev::DEMO_USER, cenote::dev::DEMO_PASSWORD);

/// A running `cenote dev` and a browser.
pub struct Stage {
    /// The browser.
    pub browser: Chromium,
    /// The pool and the demo site.
    pub program: Program,
    _folder: Folder,
    _turn: File,
}

impl Stage {
    /// Everything in place, or nothing where Chromium may not be used.
    pub async fn set() -> Option<Self> {
        Self::with_scripts(true).await
    }

    /// As [`Stage::set`], with JavaScript switched on or off.
    pub async fn with_scripts(has_scripts: bool) -> Option<Self> {
        if !is_full_run() {
            return None;
        }
        let turn = turn();
        let folder = Folder::new();
        let program = Program::dev(&folder.0).await;
        Some(Self::of(program, has_scripts, (folder, turn)).await)
    }

    /// As [`Stage::set`], with the simulated providers.
    pub async fn with_providers() -> Option<Self> {
        if !is_full_run() {
            return None;
        }
        let turn = turn();
        let folder = Folder::new();
        let (program, _) = Program::dev_with_providers(&folder.0).await;
        Some(Self::of(program, true, (folder, turn)).await)
    }

    async fn of(program: Program, has_scripts: bool, (folder, turn): (Folder, File)) -> Self {
        let browser = Chromium::start(has_scripts).await;
        Self { browser, program, _folder: folder, _turn: turn }
    }

    /// Opens the demo site's page `path`.
    pub async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.program.demo)).await;
    }

    /// Goes from the demo site to the sign-in page and sends the form.
    pub async fn sign_in(&self, (email, password): (&str, &str)) {
        self.open("/login").await;
        self.send_sign_in((email, password)).await;
    }

    /// Fills in and sends the sign-in page that is open.
    pub async fn send_sign_in(&self, (email, password): (&str, &str)) {
        self.browser.fill("username", email).await;
        self.browser.fill("password", password).await;
        self.browser.click("[name='signInSubmitButton']").await;
    }

    /// A user made by an administrator, who must choose another password.
    pub async fn invited(&self, email: &str) {
        let attributes = json!([
            { "Name": "email", "Value": email }, { "Name": "email_verified", "Value": "true" },
            { "Name": "name", "Value": "Ines Invited" },
        ]);
        let user = json!({
            "UserPoolId": self.program.pool_id().await, "Username": email, "TemporaryPassword": PASSWORD,
            "MessageAction": "SUPPRESS", "UserAttributes": attributes,
        });
        self.program.ok("AdminCreateUser", user).await;
    }

    /// Nothing on the pages so far was wrong in the eyes of the browser.
    pub async fn is_flawless(&self) {
        self.is_flawless_but_for(&[]).await;
    }

    /// As [`Stage::is_flawless`], but for what names one of these: pages that are not ours, refusals that were meant.
    pub async fn is_flawless_but_for(&self, expected: &[&str]) {
        let mistakes = self.browser.mistakes().await;
        let is_expected = |mistake: &String| expected.iter().any(|one| mistake.contains(one));
        let mistakes: Vec<_> = mistakes.into_iter().filter(|mistake| !is_expected(mistake)).collect();
        assert!(mistakes.is_empty(), "{mistakes:#?}");
    }
}

/// Waits until no other test, in this process or another, has a browser: several at once would only wait for each
/// other. The turn ends when the file is closed.
fn turn() -> File {
    let file = File::create(std::env::temp_dir().join("cenote-browser-tests.lock")).unwrap();
    file.lock().unwrap();
    file
}
