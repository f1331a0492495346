//! mod_auth_openidc, as Debian packages it: Apache as the relying party of a confidential client with PKCE.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cenote::dev::{DEMO_PASSWORD, DEMO_USER};
use serde_json::json;

use crate::support::program::{Folder, free_port, is_full_run};
use crate::support::{Browser, Program};

/// An Apache with a folder and a port of its own.
struct Apache {
    base: String,
    child: Child,
    folder: Folder,
}

impl Apache {
    async fn start(port: u16, provider: &str) -> Self {
        let folder = Folder::new();
        std::fs::create_dir(folder.join("site")).unwrap();
        std::fs::write(folder.join("site/index.html"), "behind the door").unwrap();
        std::fs::write(folder.join("apache.conf"), configuration(&folder, port, provider)).unwrap();
        let mut command = Command::new("/usr/sbin/apache2");
        command.arg("-f").arg(folder.join("apache.conf")).arg("-DFOREGROUND");
        command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let apache = Self { base: format!("http://localhost:{port}"), child: command.spawn().unwrap(), folder };
        for _ in 0..200 {
            if reqwest::get(format!("{}/open.html", apache.base)).await.is_ok() {
                return apache;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("Apache does not answer: {}", apache.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("error.log")).unwrap_or_default()
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        // Its workers are in its process group.
        let group = format!("-{}", self.child.id());
        drop(Command::new("kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status());
        drop(self.child.wait());
    }
}

fn configuration(folder: &Folder, port: u16, provider: &str) -> String {
    let modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "dir", "headers", "auth_openidc"];
    let modules: String = modules
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    let root = folder.0.display();
    format!(
        "{modules}
ServerRoot {root}
ServerName localhost
PidFile {root}/apache.pid
DefaultRuntimeDir {root}
ErrorLog {root}/error.log
LogLevel warn
Listen 127.0.0.1:{port}
User www-data
Group www-data
DocumentRoot {root}/site
DirectoryIndex index.html
{provider}
OIDCRedirectURI http://localhost:{port}/redirect
OIDCCryptoPassphrase a-passphrase-for-the-cookies-of-this-test
OIDCScope \"openid email profile\"
OIDCPKCEMethod S256
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRemoteUserClaim email
<Location />
  AuthType openid-connect
  Require valid-user
  Header always set X-Email %{{OIDC_CLAIM_email}}e
  Header always set X-Name %{{OIDC_CLAIM_name}}e
</Location>
"
    )
}

#[actix_web::test]
async fn apache_signs_in_with_mod_auth_openidc() {
    if !is_full_run() {
        return;
    }
    let data = Folder::new();
    let program = Program::dev(&data.0).await;
    let pool = program.pool_id().await;
    let port = free_port();
    let client = json!({
        "UserPoolId": pool, "ClientName": "apache", "GenerateSecret": true, "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [format!("http://localhost:{port}/redirect")],
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email", "profile"],
        "AllowedOAuthFlowsUserPoolClient": true,
    });
    let client = program.ok("CreateUserPoolClient", client).await["UserPoolClient"].clone();
    let provider = format!(
        "OIDCProviderMetadataURL {}/{pool}/.well-known/openid-configuration\nOIDCClientID {}\nOIDCClientSecret {}",
        program.base,
        client["ClientId"].as_str().unwrap(),
        client["ClientSecret"].as_str().unwrap(),
    );
    let apache = Apache::start(port, &provider).await;
    let mut browser = Browser::over(&[&apache.base, &program.base]);
    let page = browser.open("/").await;
    assert!(
        page.url.starts_with(&format!("{}/login?", program.base)),
        "{}: {}\n{}",
        page.url,
        page.text(),
        apache.log()
    );
    let form = [("username", DEMO_USER), ("password", DEMO_PASSWORD)];
    let page = browser.submit(&page, "signInSubmitButton", &form).await;
    assert_eq!(page.url, format!("{}/", apache.base), "{}\n{}", page.text(), apache.log());
    assert!(page.says("behind the door"), "{}", page.text());
    assert_eq!(page.answer.header("x-email"), DEMO_USER);
    assert_eq!(page.answer.header("x-name"), "Dana Demo");
}
