//! Owns the page itself: an account in words and buttons.

use actix_web::HttpResponse;
use url::Url;

use super::factors::PASSKEYS;
use crate::auth::account::{self, Account, Factor};
use crate::domain::device::Device;
use crate::domain::device_name::{self, DeviceName};
use crate::domain::factor::SecondFactor;
use crate::domain::passkey::Passkey;
use crate::domain::provider::{Identity, ProviderType};
use crate::store::sessions::Session;
use crate::web::hosted::opened::Opened;
use crate::web::pages::Link;
use crate::web::pages::account::{AccountPage, Action, Fact, Row, Section};
use crate::web::pages::moment::Moment;
use crate::web::texts::AccountTexts;

/// Ends with the page, and why the last change failed.
pub async fn show(mut opened: Opened, session: &Session, error: Option<String>) -> HttpResponse {
    let account = match account::look(&opened.cx, opened.client(), &session.user).await {
        Err(fault) => return opened.fail(&fault),
        Ok(account) => account,
    };
    let notice = opened.take_flash().map(str::to_owned);
    let sections = [
        password(&opened, &account),
        passkeys(&opened, &account),
        factors(&opened, &account),
        providers(&opened, &account),
        devices(&opened, &account),
    ];
    let mut sections: Vec<Section> = sections.into_iter().flatten().collect();
    sections.push(sessions(&opened, &account, session).await);
    let view = AccountPage {
        layout: opened.layout(),
        user: session.user.display_name().to_owned(),
        back: back(&opened),
        sections,
        notice: notice.filter(|_| error.is_none()),
        error,
    };
    opened.show(&view)
}

/// The link to the app that the person came from: an address of an origin that the client has a callback at.
fn back(opened: &Opened) -> Option<Link> {
    let given = Url::parse(opened.request.parameters.get("return_to")?).ok()?;
    let callbacks = opened.client().client.settings.callback_urls.iter();
    let is_known = callbacks.filter_map(|known| Url::parse(known).ok()).any(|known| known.origin() == given.origin());
    let is_web = matches!(given.scheme(), "http" | "https");
    let link = || Link { label: opened.texts.account.back.to_owned(), href: given.to_string() };
    (is_known && is_web).then(link)
}

fn password(opened: &Opened, account: &Account) -> Option<Section> {
    let texts = &opened.texts.account;
    let (lead, label) = if account.has_password {
        (texts.has_password, opened.texts.change_password)
    } else {
        (texts.no_password, texts.set_password)
    };
    let actions =
        vec![Action { label, about: String::new(), target: opened.href("/account/password"), fields: vec![] }];
    account.can_set_password.then(|| Section {
        id: "password",
        heading: texts.password,
        lead: Some(lead),
        rows: Vec::new(),
        actions,
    })
}

fn passkeys(opened: &Opened, account: &Account) -> Option<Section> {
    let texts = &opened.texts.account;
    let target = || opened.href("/account/passkeys");
    let row = |passkey: &Passkey| Row {
        title: passkey.details.name.clone(),
        badge: None,
        facts: [Some((texts.added, passkey.created_at)), passkey.used_at.map(|at| (texts.last_used, at))]
            .into_iter()
            .flatten()
            .map(|(text, at)| Fact::at(text, Moment::of(at)))
            .collect(),
        actions: vec![Action {
            label: texts.delete,
            about: passkey.details.name.clone(),
            target: target(),
            fields: vec![("delete", passkey.id.clone())],
        }],
    };
    let add = account.can_add_passkey.then(|| Action {
        label: texts.add_passkey,
        about: String::new(),
        target: target(),
        fields: vec![("add", "passkey".to_owned())],
    });
    let is_shown = add.is_some() || !account.passkeys.is_empty();
    is_shown.then(|| Section {
        id: "passkeys",
        heading: texts.passkeys,
        lead: account.passkeys.is_empty().then_some(texts.no_passkeys),
        rows: account.passkeys.iter().map(row).collect(),
        actions: add.into_iter().collect(),
    })
}

fn factors(opened: &Opened, account: &Account) -> Option<Section> {
    let texts = &opened.texts.account;
    (!account.factors.is_empty()).then(|| Section {
        id: "factors",
        heading: texts.factors,
        lead: Some(texts.factors_lead),
        rows: account
            .factors
            .iter()
            .map(|factor| factor_row(opened, factor))
            .chain(passkey_row(opened, account))
            .collect(),
        actions: Vec::new(),
    })
}

fn factor_row(opened: &Opened, factor: &Factor) -> Row {
    let (texts, names) = (&opened.texts.account, &opened.texts.factors);
    let title = match factor.factor {
        SecondFactor::SmsMfa => names.by_sms,
        SecondFactor::SoftwareTokenMfa => names.by_app,
        SecondFactor::EmailOtp => names.by_email,
    };
    let is_app = factor.factor == SecondFactor::SoftwareTokenMfa;
    let button =
        |label, path: &str, fields| Action { label, about: title.to_owned(), target: opened.href(path), fields };
    let change = |label, word: &str| {
        let fields = vec![("factor", factor.factor.name().to_owned()), ("change", word.to_owned())];
        button(label, "/account/factors", fields)
    };
    let set_up = |label| button(label, "/account/app", vec![("start", "app".to_owned())]);
    let actions = [
        (factor.has_means && !factor.is_on).then(|| change(texts.turn_on, "on")),
        (factor.is_on && !factor.is_preferred).then(|| change(texts.prefer, "first")),
        (factor.is_on && !factor.is_needed).then(|| change(texts.turn_off, "off")),
        is_app.then(|| set_up(if factor.has_means { texts.replace } else { texts.set_up })),
    ];
    let facts = [
        factor.means.clone(),
        (!factor.has_means && !is_app).then(|| texts.no_address.to_owned()),
        factor.is_needed.then(|| texts.needed.to_owned()),
    ];
    Row {
        title: title.to_owned(),
        badge: Some(match factor {
            Factor { is_preferred: true, .. } => texts.preferred,
            Factor { is_on: true, .. } => texts.on,
            _ => texts.off,
        }),
        facts: facts.into_iter().flatten().map(Fact::text).collect(),
        actions: actions.into_iter().flatten().collect(),
    }
}

/// Whether a passkey is enough, where that is for the person to say.
fn passkey_row(opened: &Opened, account: &Account) -> Option<Row> {
    let texts = &opened.texts.account;
    let is_on = account.passkey_is_enough?;
    let (badge, label, change) =
        if is_on { (texts.on, texts.turn_off, "off") } else { (texts.off, texts.turn_on, "on") };
    let fields = vec![("factor", PASSKEYS.to_owned()), ("change", change.to_owned())];
    let about = texts.passkeys.to_owned();
    Some(Row {
        title: texts.passkeys.to_owned(),
        badge: Some(badge),
        facts: vec![Fact::text(texts.passkey_is_enough)],
        actions: vec![Action { label, about, target: opened.href("/account/factors"), fields }],
    })
}

fn providers(opened: &Opened, account: &Account) -> Option<Section> {
    let texts = &opened.texts.account;
    let row = |identity: &Identity| {
        let title = match identity.provider_type {
            ProviderType::LoginWithAmazon => "Amazon",
            ProviderType::SignInWithApple => "Apple",
            _ => &identity.provider_name,
        };
        let fields = vec![("provider", identity.provider_name.clone()), ("user", identity.user_id.clone())];
        let about = title.to_owned();
        let unlink = Action { label: texts.unlink, about, target: opened.href("/account/providers"), fields };
        Row {
            title: title.to_owned(),
            badge: None,
            facts: if account.can_unlink { Vec::new() } else { vec![Fact::text(texts.only_way)] },
            actions: if account.can_unlink { vec![unlink] } else { Vec::new() },
        }
    };
    (!account.identities.is_empty()).then(|| Section {
        id: "providers",
        heading: texts.providers,
        lead: None,
        rows: account.identities.iter().map(row).collect(),
        actions: Vec::new(),
    })
}

fn devices(opened: &Opened, account: &Account) -> Option<Section> {
    let texts = &opened.texts.account;
    let row = |device: &Device| {
        let title = device.details.name.clone().unwrap_or_else(|| texts.nameless_device.to_owned());
        Row {
            badge: device.is_remembered.then_some(texts.trusted),
            facts: vec![Fact::at(texts.last_used, Moment::of(device.authenticated_at))],
            actions: vec![Action {
                label: texts.forget,
                about: title.clone(),
                target: opened.href("/account/devices"),
                fields: vec![("device", device.key.clone())],
            }],
            title,
        }
    };
    (!account.devices.is_empty()).then(|| Section {
        id: "devices",
        heading: texts.devices,
        lead: Some(texts.devices_lead),
        rows: account.devices.iter().map(row).collect(),
        actions: Vec::new(),
    })
}

async fn sessions(opened: &Opened, account: &Account, own: &Session) -> Section {
    let texts = &opened.texts.account;
    let end = |label, about: &str, id: &str| Action {
        label,
        about: about.to_owned(),
        target: opened.href("/account/sessions"),
        fields: vec![("session", id.to_owned())],
    };
    let listed = || account.sessions.iter().flatten();
    let mut rows = Vec::new();
    for session in listed() {
        let is_own = own.session_id.as_deref() == Some(session.id.as_str());
        let program = match (&session.family, &session.client_id) {
            (Some(_), Some(client)) => opened.cx.client(client).await.map(|client| client.client.name.clone()).ok(),
            _ => None,
        };
        // An app's server fetches the tokens; the browser that the person signed in with says more.
        let origin = listed().find(|other| session.origin.as_ref() == Some(&other.id)).unwrap_or(session);
        let device = named(&origin.activity.device, texts);
        let title = program
            .map_or_else(|| device.clone(), |program| format!("{program}{}{device}", opened.texts.title_separator));
        let facts = [
            Some(Fact::at(texts.last_used, Moment::of(session.activity.at))),
            origin.activity.address.as_ref().map(|address| Fact::text(format!("{} {address}", texts.address))),
        ];
        rows.push(Row {
            badge: is_own.then_some(texts.this_browser),
            facts: facts.into_iter().flatten().collect(),
            actions: if is_own { Vec::new() } else { vec![end(texts.sign_out, &title, &session.id)] },
            title,
        });
    }
    Section {
        id: "sessions",
        heading: texts.sessions,
        lead: Some(texts.sessions_lead),
        rows,
        actions: vec![end(texts.sign_out_here, "", "here"), end(texts.sign_out_everywhere, "", "everywhere")],
    }
}

/// What people call the device of a user agent.
fn named(user_agent: &str, texts: &AccountTexts) -> String {
    match device_name::of(user_agent) {
        DeviceName::BrowserOn(browser, system) => texts.on_device(browser, system),
        DeviceName::Named(name) => name,
        DeviceName::Unknown => texts.unknown_device.to_owned(),
    }
}
