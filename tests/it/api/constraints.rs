//! Every constraint of the API model, broken once in every request: the answer is a refusal, soon.

use serde_json::{Map, Value, json};

use super::hostile_bodies::{Known, is_ending, prepared, refused_or_done};
use super::model::MODEL;

/// Members that mean nothing here and are not looked at.
const UNREAD: [&str; 5] = ["AnalyticsMetadata", "ClientMetadata", "ContextData", "UserContextData", "ValidationData"];

/// A request that would work but for ids that do not exist, where it would end what others build on.
fn base(known: &Known, operation: &str) -> Map<String, Value> {
    let request = MODEL.request(operation);
    let good = |member: &str, shape: &str| {
        let real = known.real(member).unwrap_or_else(|| MODEL.good(shape));
        if is_ending(operation, member) { MODEL.good(shape) } else { real }
    };
    let needed = request.members.iter().filter(|(name, _)| MODEL.is_required(operation, name));
    needed.map(|(name, shape)| (name.clone(), good(name, shape))).collect()
}

#[actix_web::test]
async fn every_constraint_of_the_model_is_held() {
    let (app, known) = prepared().await;
    let mut accepted = Vec::new();
    for operation in MODEL.operations.keys() {
        let base = base(&known, operation);
        for (member, shape) in &MODEL.request(operation).members {
            let mut breaches = MODEL.breaches(shape);
            if MODEL.is_required(operation, member) {
                breaches.push((" missing".to_owned(), Value::Null));
            }
            for (place, value) in breaches {
                let mut body = base.clone();
                body.insert(member.clone(), value);
                let status = refused_or_done(&app, operation, Value::from(body)).await;
                let status = status.unwrap_or_else(|fault| panic!("{member}{place}: {fault}"));
                if status == 200 && !UNREAD.contains(&member.as_str()) {
                    accepted.push(format!("{operation} {member}{place}"));
                }
            }
        }
    }
    assert!(accepted.is_empty(), "{} accepted:\n{}", accepted.len(), accepted.join("\n"));
}

#[actix_web::test]
async fn members_that_nobody_knows_and_empty_bodies_harm_nothing() {
    let (app, known) = prepared().await;
    for operation in MODEL.operations.keys().filter(|name| *name != "CreateUserPool") {
        for body in ["", "{}", "null", "[]", "{\"a\":"] {
            let answer = app.api_raw(operation, body.to_owned()).await;
            assert!(answer.status == 400 && !answer.fault().is_empty(), "{operation} {body}: {}", answer.text);
        }
        let mut body = base(&known, operation);
        body.insert("Nobody".to_owned(), json!({ "knows": ["it", null, 1.5] }));
        refused_or_done(&app, operation, Value::from(body)).await.unwrap();
    }
}
