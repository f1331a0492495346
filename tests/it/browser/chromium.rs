//! Owns a real Chromium behind chromedriver, and what a person does with it. Both end when the test does.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use crate::support::program::{Folder, free_port};

const PATIENCE: Duration = Duration::from_secs(15);

/// A browser with a profile of its own.
pub struct Chromium {
    /// The WebDriver session.
    pub client: Client,
    session: String,
    http: reqwest::Client,
    authenticator: std::sync::Mutex<String>,
    driver: Driver,
}

/// What every message of Chromium's log has in common with a mistake of the pages.
const MISTAKES: [&str; 2] = ["SEVERE", "WARNING"];

/// Chromedriver and everything that it started.
struct Driver {
    child: Child,
    base: String,
    profile: Folder,
}

impl Driver {
    async fn start() -> Self {
        let (port, profile) = (free_port(), Folder::new());
        let mut command = Command::new("/usr/bin/chromedriver");
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let driver = Self { child: command.spawn().unwrap(), base: format!("http://127.0.0.1:{port}"), profile };
        let began = Instant::now();
        while reqwest::get(format!("{}/status", driver.base)).await.is_err() {
            assert!(began.elapsed() < PATIENCE, "chromedriver does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        driver
    }

    /// The processes whose command line names the profile: the browser and its helpers.
    fn browsers(&self) -> Vec<String> {
        let profile = self.profile.0.to_str().unwrap().to_owned();
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let is_ours = |id: &String| {
            let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            id.parse::<u32>().is_ok() && String::from_utf8_lossy(&line).contains(&profile)
        };
        processes.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_ours).collect()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        let browsers = self.browsers();
        if !browsers.is_empty() {
            drop(Command::new("kill").args(["-s", "KILL"]).args(browsers).stderr(Stdio::null()).status());
        }
    }
}

impl Chromium {
    /// A browser whose pages may run scripts, or not.
    pub async fn start(has_scripts: bool) -> Self {
        let driver = Driver::start().await;
        let profile = format!("--user-data-dir={}", driver.profile.0.display());
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,900",
            &profile,
        ];
        let mut options = json!({ "binary": "/usr/bin/chromium", "args": flags });
        if !has_scripts {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let logging = json!({ "browser": "ALL" });
        let wanted =
            json!({ "goog:chromeOptions": options, "goog:loggingPrefs": logging, "acceptInsecureCerts": true });
        let mut builder = ClientBuilder::rustls().unwrap();
        let client = builder.capabilities(serde_json::from_value(wanted).unwrap()).connect(&driver.base).await.unwrap();
        let session = client.session_id().await.unwrap().unwrap();
        let browser = Self {
            client,
            session,
            http: reqwest::Client::builder().build().unwrap(),
            authenticator: Default::default(),
            driver,
        };
        browser.size(1280, 900).await;
        browser
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The address.
    pub async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// The element that `css` names, once it is there.
    pub async fn find(&self, css: &str) -> Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(fault) => panic!("no {css} at {}: {fault}\n{}", self.url().await, self.text().await),
        }
    }

    /// Types into the field `name`.
    pub async fn fill(&self, name: &str, value: &str) {
        let field = self.find(&format!("input[name='{name}']:not([type='hidden'])")).await;
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    /// Clicks the element that `css` names.
    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Clicks the link with this text.
    pub async fn follow(&self, text: &str) {
        self.client.find(Locator::LinkText(text)).await.unwrap().click().await.unwrap();
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// The text that a person reads now.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until a person reads `words`.
    pub async fn sees(&self, words: &str) {
        let began = Instant::now();
        loop {
            let text = self.text().await;
            if text.contains(words) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "no “{words}” at {}:\n{text}", self.url().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Makes the viewport as large as that of a device with so many CSS pixels.
    pub async fn size(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Lets the person prefer dark pages.
    pub async fn prefer_dark(&self) {
        self.prefer(&[("prefers-color-scheme", "dark")]).await;
    }

    /// Gives the person exactly these preferences, by the names that style sheets have for them.
    pub async fn prefer(&self, wishes: &[(&str, &str)]) {
        let features: Vec<_> = wishes.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Runs a script and returns what it returns.
    pub async fn evaluate(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Mistakes of the pages that the console tells of since the last call: errors, policy violations, and warnings.
    pub async fn mistakes(&self) -> Vec<String> {
        let log = self.command("se/log", json!({ "type": "browser" })).await;
        let entries = log.as_array().unwrap().iter();
        let is_mistake = |entry: &&Value| MISTAKES.contains(&entry["level"].as_str().unwrap());
        entries.filter(is_mistake).map(ToString::to_string).collect()
    }

    /// A picture of the viewport, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    /// Gives the browser an authenticator that is part of the machine and whose owner shows a finger at once.
    pub async fn add_authenticator(&self) {
        let wanted = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "isUserConsenting": true,
        });
        let id = self.command("webauthn/authenticator", wanted).await;
        *self.authenticator.lock().unwrap() = id.as_str().unwrap().to_owned();
    }

    /// How many passkeys the authenticator holds.
    pub async fn passkeys(&self) -> usize {
        let id = self.authenticator.lock().unwrap().clone();
        let url = format!("{}/session/{}/webauthn/authenticator/{id}/credentials", self.driver.base, self.session);
        let answer: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        answer["value"].as_array().unwrap_or_else(|| panic!("{answer}")).len()
    }

    /// Runs `navigator.credentials.create` or `get` as a page's own script would; what the browser answers.
    pub async fn ceremony(&self, method: &str, kind: &str, options: &Value) -> Value {
        let script = format!(
            "const [options, done] = arguments;
             const publicKey = PublicKeyCredential.parse{kind}OptionsFromJSON(options);
             navigator.credentials.{method}({{ publicKey }})
                 .then((credential) => done(credential.toJSON()), (fault) => done(String(fault)));"
        );
        let answer = self.client.execute_async(&script, vec![options.clone()]).await.unwrap();
        assert!(answer.is_object(), "{method}: {answer}");
        answer
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        self.command("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await;
    }

    /// A command of chromedriver's own.
    async fn command(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/session/{}/{path}", self.driver.base, self.session);
        let response = self.http.post(url).json(&body).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
        answer["value"].clone()
    }
}
