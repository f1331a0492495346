//! Owns the data that the servers work on: a data folder with a pool, three clients, and any number of users, each with
//! a password, a login name, a refresh token, and what [`belongings`] adds; a few of them with a verifier for SRP. Written
//! through the library, in large transactions.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::auth::credential::{self, PasswordToSet};
use cenote::clock::{Clock, Timestamp};
use cenote::config::PoolConfig;
use cenote::crypto::digest;
use cenote::cx::{Cx, Mode, Outside, new_signing_keys};
use cenote::domain::client::{AuthFlow, ClientSecret, ClientSettings, OAuthFlow, Rotation};
use cenote::domain::ids::{ClientId, PoolId, Sub};
use cenote::domain::pool::{LoginAttribute, Pool, PoolSettings};
use cenote::domain::token_family::{FamilyDetails, Issued, TokenFamily};
use cenote::domain::user::{Credential, User, UserStatus};
use cenote::http::Http;
use cenote::mail::Mail;
use cenote::random::Random;
use cenote::store::clients::ClientRow;
use cenote::store::{self, Database, Db, Store};

use crate::belongings;
use crate::load::CONNECTIONS;
use crate::measure::PASSWORD;
use crate::report::say;

/// The pool's id.
pub const POOL: &str = "us-east-1_Budget001";
/// The client of people's apps: code and refresh, no rotation.
pub const APP: &str = "budgetapp00000000000000000";
/// The same with refresh token rotation.
pub const ROTATING_APP: &str = "budgetrotating000000000000";
/// A client that acts for itself.
pub const MACHINE: &str = "budgetmachine0000000000000";
/// Every client's secret.
pub const SECRET: &str = "budget-secret-budget-secret-budget-secret-budget-se";
/// The clients' callback URL.
pub const CALLBACK: &str = "http://localhost:3000/callback";
/// Refresh tokens of [`ROTATING_APP`] in each pool.
pub const CHAINS: usize = 64;

const MASTER_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const SCOPES: [&str; 4] = ["openid", "email", "profile", "aws.cognito.signin.user.admin"];
/// Accounts that a workload walks through.
const SAMPLE: usize = 2000;
/// Users in one transaction.
const BATCH: usize = 5000;
const YEAR: i64 = 365 * 86_400;

/// A seeded data folder.
pub struct Seeded {
    /// The folder.
    pub folder: PathBuf,
    /// How many users it has.
    pub users: usize,
    /// Some of them, spread evenly.
    pub accounts: Vec<Account>,
    /// Refresh tokens of [`ROTATING_APP`].
    pub chains: Vec<String>,
    /// The `sub` of each user with an SRP verifier of their own, one for every connection.
    pub provers: Vec<String>,
}

/// A user to act as.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name to sign in with.
    pub email: String,
    /// `sub`.
    pub sub: String,
    /// A refresh token of [`APP`].
    pub refresh_token: String,
}

/// Makes a data folder with `users` users.
///
/// # Errors
/// When the folder cannot be written.
pub fn seed_folder(folder: &Path, users: usize) -> Result<Seeded> {
    actix_web::rt::System::new().block_on(seed(folder, users))
}

async fn seed(folder: &Path, users: usize) -> Result<Seeded> {
    fs::create_dir_all(folder)?;
    let file = folder.join("cenote.toml");
    fs::write(&file, config(folder))?;
    let config = PoolConfig::load(Some(&file))?;
    let store = Store::open(Database::Sqlite(&folder.join("cenote.sqlite"))).await?;
    let outside = Outside { clock: Clock::Real, random: Random::Real, http: Http::new()?, mail: Mail::nowhere() };
    let cx = Cx::new(config, Mode::Production, store, (&MASTER_KEY.to_owned().into(), outside));
    let pool = seed_pool(&cx).await?;
    let tokens = ordered_tokens(users);
    seed_users(&cx, &pool, &tokens).await?;
    let chains = seed_chains(&cx, users).await?;
    let provers = seed_provers(&cx, &pool).await?;
    cx.store.close().await;
    let size = users.min(SAMPLE);
    let sample = (0..size).map(|place| place * users / size);
    let accounts = sample.map(|place| account(place, users, &tokens)).collect();
    Ok(Seeded { folder: folder.to_owned(), users, accounts, chains, provers })
}

fn config(folder: &Path) -> String {
    format!(
        "data = {folder:?}\nmaster_key = \"{MASTER_KEY}\"\nlisten = \"127.0.0.1:0\"\n\
         public_url = \"http://localhost:9229\"\n\n[limits]\nattempts_per_second_per_address = 0\n"
    )
}

async fn seed_pool(cx: &Cx) -> Result<Pool> {
    let Some(id) = PoolId::parse(POOL) else { anyhow::bail!("the pool's id is malformed") };
    let now = cx.now();
    let settings = PoolSettings { username_attributes: vec![LoginAttribute::Email], ..PoolSettings::default() };
    let pool = Pool { id: id.clone(), name: "Budget".to_owned(), created_at: now, modified_at: now, settings };
    let keys = new_signing_keys(cx, &id, now).await?;
    let clients = [
        client(cx, APP, ClientSettings::default())?,
        client(cx, ROTATING_APP, ClientSettings { rotation: Some(rotation()), ..ClientSettings::default() })?,
        client(cx, MACHINE, machine())?,
    ];
    let kept = pool.clone();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                store::pools::insert(db, &kept).await?;
                for key in &keys {
                    store::signing_keys::insert(db, &kept.id, key).await?;
                }
                for client in &clients {
                    store::clients::insert(db, client).await?;
                }
                belongings::keep_groups(db, &kept.id, now).await?;
                store::settings::bump(db).await
            })
        })
        .await?;
    Ok(pool)
}

const fn rotation() -> Rotation {
    Rotation { is_enabled: true, grace_seconds: 0 }
}

fn machine() -> ClientSettings {
    ClientSettings {
        oauth_flows: vec![OAuthFlow::ClientCredentials],
        oauth_scopes: vec!["api/read".to_owned(), "api/write".to_owned()],
        ..ClientSettings::default()
    }
}

/// A confidential client; one that says nothing about OAuth serves people's apps.
fn client(cx: &Cx, id: &str, mut settings: ClientSettings) -> Result<ClientRow> {
    let (Some(id), Some(pool_id)) = (ClientId::parse(id), PoolId::parse(POOL)) else { anyhow::bail!("{id}") };
    settings.is_oauth_enabled = true;
    if settings.oauth_flows.is_empty() {
        settings.oauth_flows = vec![OAuthFlow::Code];
        settings.oauth_scopes = SCOPES.map(str::to_owned).to_vec();
    }
    settings.callback_urls = vec![CALLBACK.to_owned()];
    settings.identity_providers = vec!["COGNITO".to_owned()];
    settings.explicit_auth_flows = Some(vec![AuthFlow::AllowUserSrpAuth, AuthFlow::AllowRefreshTokenAuth]);
    let now = cx.now();
    let secret = ClientSecret { value: SECRET.into(), created_at: now };
    let sealed_secrets = cx.seal_client_secrets(&id, &[secret])?;
    Ok(ClientRow { name: id.to_string(), id, pool_id, sealed_secrets, created_at: now, modified_at: now, settings })
}

/// As many refresh tokens as there are users, with their hashes, in the order of the hashes: rows that are written in
/// the order of every index make a large table quickly, and reading it does not depend on how it was made.
fn ordered_tokens(users: usize) -> Vec<(String, String)> {
    let token = |number: usize| URL_SAFE_NO_PAD.encode(digest::sha256(format!("refresh token {number}").as_bytes()));
    let mut tokens: Vec<_> = (0..users).map(token).map(|token| (digest::sha256_base64url(&token), token)).collect();
    tokens.sort_unstable();
    tokens
}

async fn seed_users(cx: &Cx, pool: &Pool, tokens: &[(String, String)]) -> Result<()> {
    let credential = credential(cx, pool).await?;
    let (users, now) = (tokens.len(), cx.now());
    for (batch, tokens) in tokens.chunks(BATCH).enumerate() {
        let first = batch * BATCH;
        let rows: Vec<_> = (first..)
            .zip(tokens)
            .map(|(place, (hash, _))| {
                let user = user(place, users, (&credential, now));
                (family(&user, (APP, place), now), user, hash.clone(), place)
            })
            .collect();
        cx.store.write(move |db| Box::pin(keep(db, rows))).await?;
        let done = first + tokens.len();
        if done.is_multiple_of(100_000) {
            say(&format!("  {done} of {users} users"));
        }
    }
    Ok(())
}

type Rows = Vec<(TokenFamily, User, String, usize)>;

async fn keep(db: &mut Db, rows: Rows) -> Result<(), cenote::error::Error> {
    for (family, user, token_hash, place) in rows {
        store::users::insert(db, &user, user.sub.as_str()).await?;
        let email = user.attribute("email").unwrap_or_default().to_owned();
        store::users::add_login(db, &user, "email", &email).await?;
        belongings::keep(db, &user, place).await?;
        store::families::insert(db, &family, &token_hash).await?;
    }
    Ok(())
}

async fn seed_chains(cx: &Cx, users: usize) -> Result<Vec<String>> {
    let now = cx.now();
    let credential = Credential { password_hash: String::new(), sealed_srp_verifier: None, expires_at: None };
    let chains: Vec<String> = (0..CHAINS).map(|_| cx.random().token()).collect();
    let rows: Vec<_> = (0..CHAINS)
        .map(|place| {
            let user = user(place * users / CHAINS, users, (&credential, now));
            (family(&user, (ROTATING_APP, place), now), digest::sha256_base64url(&chains[place]))
        })
        .collect();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                for (family, hash) in rows {
                    store::families::insert(db, &family, &hash).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(chains)
}

/// Users whose password was set as any user's is, so that they can prove it by SRP.
async fn seed_provers(cx: &Cx, pool: &Pool) -> Result<Vec<String>> {
    let password = String::from_utf8(PASSWORD.to_vec())?.into();
    let mut rows = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        let sub = Sub(format!("ffffffff-0000-4000-8000-{number:012x}"));
        let set = PasswordToSet { pool, sub: &sub, username: sub.as_str(), password: &password, expires_at: None };
        let credential = credential::make(cx, &set).await?;
        let row = user(number, CONNECTIONS, (&credential, cx.now()));
        rows.push(User { username: sub.0.clone(), sub, ..row });
    }
    let names = rows.iter().map(|row| row.sub.0.clone()).collect();
    cx.store
        .write(move |db| {
            Box::pin(async move {
                for row in rows {
                    store::users::insert(db, &row, row.sub.as_str()).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(names)
}

/// The credential that everybody has but those who prove it by SRP: one hash for all, since each would take its time.
async fn credential(cx: &Cx, pool: &Pool) -> Result<Credential> {
    let password = String::from_utf8(PASSWORD.to_vec())?.into();
    let nobody = Sub("00000000-0000-4000-8000-000000000000".to_owned());
    let set = PasswordToSet { pool, sub: &nobody, username: nobody.as_str(), password: &password, expires_at: None };
    Ok(credential::make(cx, &set).await?)
}

fn user(place: usize, users: usize, (credential, now): (&Credential, Timestamp)) -> User {
    let sub = sub(place, users);
    let attributes =
        [("email", email(place)), ("email_verified", "true".to_owned()), ("name", format!("User {place}"))];
    User {
        pool_id: PoolId::parse(POOL).expect("the literal is a pool id"),
        username: sub.clone(),
        sub: Sub(sub),
        status: UserStatus::Confirmed,
        is_enabled: true,
        attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        credential: Some(credential.clone()),
        created_at: now,
        modified_at: now,
        signed_out_at: Timestamp(0),
    }
}

fn family(user: &User, (client, place): (&str, usize), now: Timestamp) -> TokenFamily {
    let kind = if client == APP { 0 } else { 1 };
    TokenFamily {
        id: format!("{place:08x}-0000-4000-8000-{kind:012x}"),
        pool_id: user.pool_id.clone(),
        client_id: ClientId::parse(client).expect("the literals are client ids"),
        sub: user.sub.clone(),
        auth_time: now,
        expires_at: now.plus_seconds(YEAR),
        details: FamilyDetails {
            issued: Issued::OAuth,
            scopes: SCOPES.map(str::to_owned).to_vec(),
            event_id: user.sub.to_string(),
            nonce: None,
            resource: None,
            device: None,
            acr: None,
        },
    }
}

fn account(place: usize, users: usize, tokens: &[(String, String)]) -> Account {
    Account { email: email(place), sub: sub(place, users), refresh_token: tokens[place].1.clone() }
}

fn email(place: usize) -> String {
    format!("user-{place:07}@example.com")
}

/// Spread over the whole range, as random ones would be.
fn sub(place: usize, users: usize) -> String {
    format!("{:08x}-0000-4000-8000-{place:012x}", place * 0xffff_ffff / users)
}
