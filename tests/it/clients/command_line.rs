//! The AWS command line, as people type it: pools, clients, groups, users, sign-in, providers, domains.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::record::are_documented;
use super::stage::{pool_alone, text};
use crate::support::program::{Folder, is_full_run};
use crate::support::setup::PASSWORD;

/// `aws` at an endpoint.
struct Shell(String);

impl Shell {
    async fn run(&self, line: &[&str]) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut aws = Command::new(root.join(".run/venv/bin/aws"));
        aws.args(["cognito-idp", "--endpoint-url", &self.0, "--region", "us-east-1", "--output", "json"]).args(line);
        aws.env("AWS_ACCESS_KEY_ID", "any")
            .env("AWS_SECRET_ACCESS_KEY", "any")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        tokio::task::spawn_blocking(move || aws.output().unwrap()).await.unwrap()
    }

    /// A command that goes well; what it prints, null for nothing.
    async fn ok(&self, line: &[&str]) -> Value {
        let ended = self.run(line).await;
        assert!(ended.status.success(), "{line:?}: {}", text(&ended));
        if ended.stdout.is_empty() { Value::Null } else { serde_json::from_slice(&ended.stdout).unwrap() }
    }

    /// A command that is refused with that exception.
    async fn refused(&self, line: &[&str], fault: &str) {
        let ended = self.run(line).await;
        assert!(!ended.status.success() && text(&ended).contains(fault), "{line:?}: {}", text(&ended));
    }
}

#[actix_web::test]
async fn the_aws_command_line_takes_its_main_families() {
    if !is_full_run() {
        return;
    }
    let folder = Folder::new();
    let program = pool_alone(&folder, None).await;
    let shell = Shell(program.base.clone());
    let pool = pools(&shell).await;
    let client = clients(&shell, &pool).await;
    users_and_groups(&shell, &pool).await;
    sign_in(&shell, &pool, &client).await;
    providers_and_domains(&shell, &pool).await;
    shell.ok(&["delete-user-pool-client", "--user-pool-id", &pool, "--client-id", &client]).await;
    shell.ok(&["delete-user-pool", "--user-pool-id", &pool]).await;
    shell.refused(&["describe-user-pool", "--user-pool-id", &pool], "ResourceNotFoundException").await;
    are_documented(&program, "AWS CLI", |_| true).await;
}

async fn pools(shell: &Shell) -> String {
    let line = [
        "create-user-pool",
        "--pool-name",
        "shell",
        "--policies",
        "PasswordPolicy={MinimumLength=10,RequireSymbols=true}",
        "--auto-verified-attributes",
        "email",
        "--username-configuration",
        "CaseSensitive=false",
        "--user-pool-tags",
        "team=blue",
    ];
    let made = shell.ok(&line).await["UserPool"].clone();
    let pool = made["Id"].as_str().unwrap().to_owned();
    let here = ["--user-pool-id", pool.as_str()];
    let shown = shell.ok(&[&["describe-user-pool"], &here[..]].concat()).await["UserPool"].clone();
    assert_eq!(shown["Policies"]["PasswordPolicy"]["MinimumLength"], 10);
    assert_eq!((&shown["UserPoolTags"], &shown["Arn"]), (&json!({ "team": "blue" }), &made["Arn"]));
    let listed = shell.ok(&["list-user-pools", "--max-results", "10"]).await;
    assert_eq!(listed["UserPools"][0]["Name"], "shell");
    shell.ok(&[&["update-user-pool"], &here[..], &["--auto-verified-attributes", "email"]].concat()).await;
    let mfa = ["--mfa-configuration", "OPTIONAL", "--software-token-mfa-configuration", "Enabled=true"];
    let set = shell.ok(&[&["set-user-pool-mfa-config"], &here[..], &mfa].concat()).await;
    assert_eq!(shell.ok(&[&["get-user-pool-mfa-config"], &here[..]].concat()).await, set);
    let arn = made["Arn"].as_str().unwrap();
    shell.ok(&["tag-resource", "--resource-arn", arn, "--tags", "stage=test"]).await;
    let tags = shell.ok(&["list-tags-for-resource", "--resource-arn", arn]).await["Tags"].clone();
    assert_eq!(tags, json!({ "stage": "test" }));
    pool
}

async fn clients(shell: &Shell, pool: &str) -> String {
    let here = ["--user-pool-id", pool];
    let name = ["--client-name", "app"];
    let flows = [
        "--explicit-auth-flows",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    let made = shell.ok(&[&["create-user-pool-client"], &here[..], &name, &flows].concat()).await;
    let client = made["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let this = [&here[..], &["--client-id", &client]].concat();
    let units = ["--access-token-validity", "10", "--token-validity-units", "AccessToken=minutes"];
    shell.ok(&[&["update-user-pool-client"], &this[..], &flows, &units].concat()).await;
    let shown = shell.ok(&[&["describe-user-pool-client"], &this[..]].concat()).await["UserPoolClient"].clone();
    assert_eq!((&shown["AccessTokenValidity"], &shown["ClientName"]), (&json!(10), &json!("app")));
    let listed = shell.ok(&[&["list-user-pool-clients"], &here[..]].concat()).await;
    assert_eq!(listed["UserPoolClients"].as_array().unwrap().len(), 1);
    let scopes = ["--identifier", "notes", "--name", "Notes", "--scopes", "ScopeName=read,ScopeDescription=Read"];
    shell.ok(&[&["create-resource-server"], &here[..], &scopes].concat()).await;
    let servers = shell.ok(&[&["list-resource-servers"], &here[..], &["--max-results", "5"]].concat()).await;
    assert_eq!(servers["ResourceServers"][0]["Scopes"][0]["ScopeName"], "read");
    client
}

async fn users_and_groups(shell: &Shell, pool: &str) {
    let here = ["--user-pool-id", pool];
    let ana = [&here[..], &["--username", "ana"]].concat();
    let attributes = ["--user-attributes", "Name=email,Value=ana@example.com", "Name=email_verified,Value=True"];
    let made =
        shell.ok(&[&["admin-create-user"], &ana[..], &["--message-action", "SUPPRESS"], &attributes].concat()).await;
    assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    shell.ok(&[&["admin-set-user-password"], &ana[..], &["--password", PASSWORD, "--permanent"]].concat()).await;
    let nickname = ["--user-attributes", "Name=nickname,Value=Annie"];
    shell.ok(&[&["admin-update-user-attributes"], &ana[..], &nickname].concat()).await;
    let shown = shell.ok(&[&["admin-get-user"], &ana[..]].concat()).await;
    assert_eq!(shown["UserStatus"], "CONFIRMED");
    let readers = [&here[..], &["--group-name", "readers"]].concat();
    shell.ok(&[&["create-group"], &readers[..], &["--precedence", "3"]].concat()).await;
    shell.ok(&[&["admin-add-user-to-group"], &ana[..], &["--group-name", "readers"]].concat()).await;
    let members = shell.ok(&[&["list-users-in-group"], &readers[..]].concat()).await;
    assert_eq!(members["Users"][0]["Username"], "ana");
    let groups = shell.ok(&[&["admin-list-groups-for-user"], &ana[..]].concat()).await;
    assert_eq!(groups["Groups"][0]["Precedence"], 3);
    let found = shell.ok(&[&["list-users"], &here[..], &["--filter", "email ^= \"ana\""]].concat()).await;
    assert_eq!(found["Users"].as_array().unwrap().len(), 1);
    let unknown = [&["admin-get-user"], &here[..], &["--username", "nobody"]].concat();
    shell.refused(&unknown, "UserNotFoundException").await;
}

async fn sign_in(shell: &Shell, pool: &str, client: &str) {
    let parameters = format!("USERNAME=ana,PASSWORD={PASSWORD}");
    let through = ["--client-id", client];
    let flow = ["--auth-flow", "USER_PASSWORD_AUTH", "--auth-parameters", &parameters];
    let tokens = shell.ok(&[&["initiate-auth"], &through[..], &flow].concat()).await["AuthenticationResult"].clone();
    let token = ["--access-token", tokens["AccessToken"].as_str().unwrap()];
    let own = shell.ok(&[&["get-user"], &token[..]].concat()).await;
    assert_eq!(own["Username"], "ana");
    let flow = ["--auth-flow", "ADMIN_USER_PASSWORD_AUTH", "--auth-parameters", &parameters];
    shell.ok(&[&["admin-initiate-auth", "--user-pool-id", pool], &through[..], &flow].concat()).await;
    // A token may begin with a dash.
    let refresh = format!("--refresh-token={}", tokens["RefreshToken"].as_str().unwrap());
    shell.ok(&[&["get-tokens-from-refresh-token"], &through[..], &[refresh.as_str()]].concat()).await;
    shell.ok(&[&["global-sign-out"], &token[..]].concat()).await;
    shell.refused(&[&["get-user"], &token[..]].concat(), "Access Token has been revoked").await;
    let wrong = ["--auth-flow", "USER_PASSWORD_AUTH", "--auth-parameters", "USERNAME=ana,PASSWORD=Wrong-Horse-1"];
    shell.refused(&[&["initiate-auth"], &through[..], &wrong].concat(), "Incorrect username or password.").await;
    shell.ok(&["admin-delete-user", "--user-pool-id", pool, "--username", "ana"]).await;
}

async fn providers_and_domains(shell: &Shell, pool: &str) {
    let here = ["--user-pool-id", pool];
    let acme = [&here[..], &["--provider-name", "Acme"]].concat();
    let details = "client_id=c,client_secret=s,authorize_scopes=openid,attributes_request_method=GET,\
         oidc_issuer=https://issuer.example,authorize_url=https://issuer.example/a,token_url=https://issuer.example/t,\
         attributes_url=https://issuer.example/u,jwks_uri=https://issuer.example/j";
    let provider = ["--provider-type", "OIDC", "--provider-details", details, "--attribute-mapping", "email=email"];
    shell.ok(&[&["create-identity-provider"], &acme[..], &provider].concat()).await;
    let shown = shell.ok(&[&["describe-identity-provider"], &acme[..]].concat()).await;
    assert_eq!(shown["IdentityProvider"]["AttributeMapping"]["email"], "email");
    let listed = shell.ok(&[&["list-identity-providers"], &here[..]].concat()).await;
    assert_eq!(listed["Providers"][0]["ProviderType"], "OIDC");
    shell.ok(&[&["delete-identity-provider"], &acme[..]].concat()).await;
    let domain = ["--domain", "from-the-shell"];
    shell.ok(&[&["create-user-pool-domain"], &here[..], &domain].concat()).await;
    let shown = shell.ok(&[&["describe-user-pool-domain"], &domain[..]].concat()).await;
    assert_eq!(shown["DomainDescription"]["Status"], "ACTIVE");
    shell.ok(&[&["delete-user-pool-domain"], &here[..], &domain].concat()).await;
}
