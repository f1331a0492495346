//! SimpleSAMLphp, as Debian packages it, under PHP's own server: a real SAML identity provider, which knows the pool by
//! the pool's published metadata.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::browser::stage::Stage;
use crate::support::peer::Peer;
use crate::support::program::{Folder, free_port};

const LIST: &str = "[staff, dev]";

/// The running identity provider.
struct SimpleSaml {
    base: String,
    peer: Peer,
}

impl SimpleSaml {
    async fn start() -> Self {
        let (port, folder) = (free_port(), Folder::new());
        let base = format!("http://127.0.0.1:{port}");
        for name in ["cert", "logs", "metadata", "sessions", "tmp"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        make_key(&folder);
        let root = folder.0.display().to_string();
        std::fs::write(folder.join("config.php"), CONFIGURATION.replace("{root}", &root).replace("{base}", &base))
            .unwrap();
        std::fs::write(folder.join("authsources.php"), PEOPLE).unwrap();
        std::fs::write(folder.join("metadata/saml20-idp-hosted.php"), hosted("")).unwrap();
        let mut command = Command::new("php");
        // Without a cache of compiled files a changed setting counts at once.
        command.args(["-d", "error_reporting=0", "-d", "opcache.enable=0", "-S", &format!("127.0.0.1:{port}"), "-t"]);
        command.arg(installed().join("www"));
        command.env("SIMPLESAMLPHP_CONFIG_DIR", &folder.0).env("PHP_CLI_SERVER_WORKERS", "4");
        let metadata = format!("{base}/saml2/idp/metadata.php");
        Self { peer: Peer::start(command, folder, &metadata).await, base }
    }

    /// Its metadata's address, which is its entity id as well.
    fn metadata(&self) -> String {
        format!("{}/saml2/idp/metadata.php", self.base)
    }

    /// Puts these settings over its own: lines of a PHP array.
    fn set(&self, settings: &str) {
        std::fs::write(self.peer.folder.join("metadata/saml20-idp-hosted.php"), hosted(settings)).unwrap();
    }

    /// Makes it know a service provider by its metadata document.
    fn know(&self, document: &str) {
        std::fs::write(self.peer.folder.join("sp.xml"), document).unwrap();
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.peer.folder.join("logs/log")).unwrap_or_default()
    }
}

/// Where the set-up script unpacked it, or where it is installed.
fn installed() -> PathBuf {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join(".run/simplesamlphp/usr/share/simplesamlphp");
    if unpacked.is_dir() { unpacked } else { PathBuf::from("/usr/share/simplesamlphp") }
}

fn make_key(folder: &Folder) {
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-sha256",
        "-days",
        "2",
        "-subj",
        "/CN=idp.example",
    ]);
    command.arg("-keyout").arg(folder.join("cert/idp.key")).arg("-out").arg(folder.join("cert/idp.pem"));
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

const CONFIGURATION: &str = "<?php
$config = [
    'baseurlpath' => '{base}/', 'certdir' => '{root}/cert/', 'loggingdir' => '{root}/logs/', 'datadir' => '{root}/',
    'tempdir' => '{root}/tmp', 'metadatadir' => '{root}/metadata/', 'timezone' => 'UTC',
    'technicalcontact_name' => 'Nobody', 'technicalcontact_email' => 'nobody@example.org',
    'secretsalt' => 'a salt of this test', 'auth.adminpassword' => 'an administrator of this test',
    'trusted.url.domains' => null, 'showerrors' => true, 'errorreporting' => false,
    'logging.level' => SimpleSAML\\Logger::DEBUG, 'logging.handler' => 'file', 'logging.logfile' => 'log',
    'enable.saml20-idp' => true, 'module.enable' => ['core' => true, 'exampleauth' => true, 'saml' => true],
    'session.phpsession.cookiename' => 'SimpleSAML', 'session.phpsession.savepath' => '{root}/sessions',
    'session.phpsession.httponly' => true, 'session.cookie.secure' => false, 'session.cookie.samesite' => null,
    'language.available' => ['en'], 'language.default' => 'en', 'theme.use' => 'default', 'usenewui' => false,
    'store.type' => 'phpsession', 'production' => false,
    'metadata.sources' => is_file('{root}/sp.xml')
        ? [['type' => 'flatfile'], ['type' => 'xml', 'file' => '{root}/sp.xml']] : [['type' => 'flatfile']],
];
";

const PEOPLE: &str = "<?php
$config = ['people' => ['exampleauth:UserPass',
    'alice:alice-pass' => ['uid' => ['Alice'], 'mail' => ['alice@example.test'], 'givenName' => ['Alice'],
        'sn' => ['Example'], 'cn' => ['Alice Example'], 'groups' => ['staff', 'dev']],
    'bob:bob-pass' => ['uid' => ['Bob'], 'mail' => ['bob@example.test'], 'givenName' => ['Bob'], 'sn' => ['Sample'],
        'cn' => ['Bob Sample'], 'groups' => ['staff']],
]];
";

fn hosted(settings: &str) -> String {
    format!(
        "<?php
$metadata['__DYNAMIC:1__'] = array_replace([
    'host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.pem', 'auth' => 'people',
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'authproc' => [50 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid',
        'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent']],
    'sign.logout' => true,
    'SingleLogoutServiceBinding' => ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'],
], [{settings}]);
"
    )
}

/// A provider in the pool, with these details beside the metadata's address, and the identity provider that knows it.
async fn acquainted(stage: &Stage, more: Value) -> SimpleSaml {
    let idp = SimpleSaml::start().await;
    let mut details = json!({ "MetadataURL": idp.metadata() });
    crate::support::setup::merge(&mut details, more);
    let mapping = json!({
        "email": "mail", "name": "cn", "given_name": "givenName", "family_name": "sn", "profile": "groups",
    });
    stage
        .offer(json!({
            "ProviderName": "Corp", "ProviderType": "SAML", "ProviderDetails": details, "AttributeMapping": mapping,
        }))
        .await;
    let pool = stage.program.pool_id().await;
    let ours = stage.program.get(&format!("{}/saml2/metadata?user_pool_id={pool}", stage.program.base)).await;
    assert_eq!(ours.status, 200, "{}", ours.text);
    idp.know(&ours.text);
    idp
}

async fn sign_in(stage: &Stage, name: &str) {
    stage.browser.fill("username", name).await;
    stage.browser.fill("password", &format!("{name}-pass")).await;
    stage.browser.click("#regularsubmit button, #submit_button").await;
}

const SIGNED: [(&str, &str); 5] = [
    ("the response", "'saml20.sign.response' => true, 'saml20.sign.assertion' => false"),
    ("the assertion", "'saml20.sign.response' => false, 'saml20.sign.assertion' => true"),
    ("both", "'saml20.sign.response' => true, 'saml20.sign.assertion' => true"),
    (
        "both, and the assertion is encrypted",
        "'saml20.sign.response' => true, 'saml20.sign.assertion' => true, 'assertion.encryption' => true",
    ),
    (
        "the encrypted assertion",
        "'saml20.sign.response' => false, 'saml20.sign.assertion' => true, 'assertion.encryption' => true",
    ),
];

#[actix_web::test]
async fn somebody_signs_in_at_a_saml_provider_whatever_it_signs_and_encrypts() {
    let Some(stage) = Stage::set().await else { return };
    let idp = acquainted(&stage, json!({ "RequestSigningAlgorithm": "rsa-sha256" })).await;
    let mut sub = None;
    for (what, settings) in SIGNED {
        idp.set(settings);
        stage.leave_for("Corp").await;
        if sub.is_none() {
            sign_in(&stage, "alice").await;
        }
        let arrived = stage.arrived("Corp", "Alice").await;
        for (name, value) in [
            ("email", "alice@example.test"),
            ("name", "Alice Example"),
            ("given_name", "Alice"),
            ("family_name", "Example"),
            ("profile", LIST),
            ("email_verified", "false"),
        ] {
            assert_eq!(arrived.attributes[name], value, "{name}, {what} signed");
        }
        let identity = &arrived.id["identities"][0];
        assert_eq!(
            (&identity["providerType"], &identity["issuer"]),
            (&json!("SAML"), &json!(idp.metadata())),
            "{what}"
        );
        let this = arrived.id["sub"].as_str().unwrap().to_owned();
        assert_eq!(*sub.get_or_insert_with(|| this.clone()), this, "{what}");
        stage.sign_out().await;
    }
    stage.is_flawless_but_for(&[&idp.base, "/callback?code="]).await;
}

#[actix_web::test]
async fn a_saml_provider_that_signs_nothing_signs_nobody_in() {
    let Some(stage) = Stage::set().await else { return };
    let idp = acquainted(&stage, json!({ "RequestSigningAlgorithm": "rsa-sha256" })).await;
    idp.set("'saml20.sign.response' => false, 'saml20.sign.assertion' => false");
    stage.leave_for("Corp").await;
    sign_in(&stage, "alice").await;
    stage.browser.sees("The sign-in service reported a problem").await;
    stage.browser.follow("Start again").await;
    stage.browser.find("a.provider").await;
    let pool = stage.program.pool_id().await;
    let pool = stage.program.ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
    assert_eq!(pool["UserPool"]["EstimatedNumberOfUsers"], 1, "the demo user alone: {}", idp.log());
}

#[actix_web::test]
async fn a_saml_provider_may_begin_the_sign_in_where_it_is_allowed_to() {
    let Some(stage) = Stage::set().await else { return };
    let idp = acquainted(&stage, json!({ "IDPInit": "true", "RequestSigningAlgorithm": "rsa-sha256" })).await;
    let start = begun_there(&stage, &idp).await;
    only_corp(&stage).await;
    stage.browser.open(&start).await;
    sign_in(&stage, "alice").await;
    // The demo site believes no sign-in that it did not begin (login CSRF): it begins one, which needs no click more.
    stage.browser.sees("This sign-in can't be completed").await;
    stage.browser.follow("Start again").await;
    let arrived = stage.arrived("Corp", "Alice").await;
    assert_eq!(arrived.id["email"], "alice@example.test");
    stage.is_flawless_but_for(&[&idp.base, "/callback?code="]).await;
}

/// Leaves the demo site's client to the provider alone: only then may it begin sign-ins.
async fn only_corp(stage: &Stage) {
    let pool = stage.program.pool_id().await;
    let clients = stage.program.ok("ListUserPoolClients", json!({ "UserPoolId": pool, "MaxResults": 1 })).await;
    let known = json!({ "UserPoolId": pool, "ClientId": clients["UserPoolClients"][0]["ClientId"] });
    let mut client = stage.program.ok("DescribeUserPoolClient", known).await["UserPoolClient"].clone();
    client["SupportedIdentityProviders"] = json!(["Corp"]);
    for name in ["CreationDate", "LastModifiedDate", "ClientSecret"] {
        client.as_object_mut().unwrap().remove(name);
    }
    stage.program.ok("UpdateUserPoolClient", client).await;
}

/// The address at the identity provider that begins a sign-in at the demo site.
async fn begun_there(stage: &Stage, idp: &SimpleSaml) -> String {
    let pool = stage.program.pool_id().await;
    let clients = stage.program.ok("ListUserPoolClients", json!({ "UserPoolId": pool, "MaxResults": 1 })).await;
    let client = clients["UserPoolClients"][0]["ClientId"].as_str().unwrap();
    let query =
        |pairs: &[(&str, &str)]| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let relay_state = query(&[
        ("identity_provider", "Corp"),
        ("client_id", client),
        ("redirect_uri", &format!("{}/callback", stage.program.demo)),
        ("response_type", "code"),
        ("scope", "openid email profile"),
    ]);
    let entity_id = format!("urn:amazon:cognito:sp:{pool}");
    let asked = query(&[("spentityid", entity_id.as_str()), ("RelayState", &relay_state)]);
    format!("{}/saml2/idp/SSOService.php?{asked}", idp.base)
}

#[actix_web::test]
async fn signing_out_at_the_demo_site_signs_out_at_the_saml_provider_too() {
    let Some(stage) = Stage::set().await else { return };
    let idp = acquainted(&stage, json!({ "IDPSignout": "true" })).await;
    stage.leave_for("Corp").await;
    sign_in(&stage, "alice").await;
    let alice = stage.arrived("Corp", "Alice").await.id["sub"].clone();
    stage.sign_out().await;
    assert_eq!(stage.browser.url().await, format!("{}/signed-out", stage.program.demo), "{}", idp.log());
    stage.leave_for("Corp").await;
    // It asks again, and so somebody else can come.
    sign_in(&stage, "bob").await;
    assert_ne!(stage.arrived("Corp", "Bob").await.id["sub"], alice);
    stage.is_flawless_but_for(&[&idp.base]).await;
}

#[actix_web::test]
async fn signing_out_at_the_saml_provider_ends_the_session_here() {
    let Some(stage) = Stage::set().await else { return };
    let idp = acquainted(&stage, json!({ "IDPSignout": "true" })).await;
    stage.leave_for("Corp").await;
    sign_in(&stage, "alice").await;
    stage.browser.sees("Hello, Alice Example").await;
    let end = format!("{}/signed-out", stage.program.demo);
    let relay_state = url::form_urlencoded::byte_serialize(end.as_bytes()).collect::<String>();
    stage.browser.open(&format!("{}/saml2/idp/initSLO.php?RelayState={relay_state}", idp.base)).await;
    stage.browser.sees("You are signed out").await;
    assert_eq!(stage.browser.url().await, end, "the provider believed our answer: {}", idp.log());
    stage.leave_for("Corp").await;
    sign_in(&stage, "bob").await;
    stage.arrived("Corp", "Bob").await;
    stage.is_flawless_but_for(&[&idp.base]).await;
}
