//! Many sign-ins of one person at once, on one instance and on two that share a database.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::Value;

use super::road::{Place, Returning};
use crate::support::flows::{claims, text};
use crate::support::{Browser, TestApp};

const RACERS: usize = 8;

/// Lets everybody who returns in at once, at the instances in turn; the claims of each ID token.
async fn arrive(place: &Place, instances: [&TestApp; 2], returning: Vec<Returning>) -> Vec<Value> {
    let runs = returning.into_iter().enumerate().map(|(index, Returning { browser, page })| async move {
        let app = instances[index % 2];
        let mut here = Browser::new(app);
        here.cookies = browser.cookies;
        let page = here.open(&page.url.replace(&place.app.base, &app.base)).await;
        let code = page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()));
        let answer = place.setup.exchange(app, &code, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        claims(text(&answer.json(), "id_token"))
    });
    join_all(runs).await
}

async fn all_returning(place: &Place, choices: impl Fn(usize) -> Vec<(&'static str, &'static str)>) -> Vec<Returning> {
    join_all((0..RACERS).map(|racer| {
        let values = choices(racer);
        async move { place.returning("SimulatedOIDC", &values).await }
    }))
    .await
}

fn is_one_user(all: &[Value]) {
    let subs: BTreeSet<_> = all.iter().map(|claims| claims["sub"].as_str().unwrap()).collect();
    assert_eq!(subs.len(), 1, "{all:?}");
    for claims in all {
        assert_eq!(claims["identities"].as_array().unwrap().len(), 1, "{claims}");
        assert_eq!(claims["cognito:groups"].as_array().unwrap().len(), 1, "{claims}");
    }
}

#[actix_web::test]
async fn sign_ins_at_once_by_somebody_new_make_one_user() {
    let place = Place::new().await;
    let returning = all_returning(&place, |_| vec![("person", "ada@example.com")]).await;
    let all = arrive(&place, [&place.app, &place.app], returning).await;
    is_one_user(&all);
    assert_eq!(place.users().await, 1);
}

#[actix_web::test]
async fn they_do_on_two_instances_too() {
    let place = Place::new().await;
    // One address for both, as behind a proxy: the provider sends people back to it.
    let public_url = place.app.cx.config.public_url.clone();
    let other = place.app.second_instance_with(|config| config.public_url = public_url).await;
    let returning = all_returning(&place, |_| vec![("person", "ada@example.com")]).await;
    let all = arrive(&place, [&place.app, &other], returning).await;
    is_one_user(&all);
    assert_eq!(place.users().await, 1);
}

#[actix_web::test]
async fn sign_ins_at_once_that_change_the_same_attributes_all_succeed() {
    let place = Place::new().await;
    let public_url = place.app.cx.config.public_url.clone();
    let other = place.app.second_instance_with(|config| config.public_url = public_url).await;
    for _ in 0..3 {
        let returning = all_returning(&place, |racer| {
            let plain = vec![("person", "ada@example.com")];
            if racer % 2 == 0 { plain } else { [plain, vec![("unverified_email", "1")]].concat() }
        })
        .await;
        is_one_user(&arrive(&place, [&place.app, &other], returning).await);
    }
    assert_eq!(place.users().await, 1);
}
