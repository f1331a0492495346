//! Owns `/consent`, where a person decides whether an app that registered itself, for whom nobody vouches, learns who
//! they are (beyond Cognito). Nothing leads to a code or to tokens for such an app but the post of this page.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize;
use super::opened::{self, Opened};
use super::step::Step;
use crate::auth::session;
use crate::cx::Cx;
use crate::domain::registration::destination;
use crate::domain::scope::{self, ADMIN, OPENID, RESERVED};
use crate::error::{Error, OAuthFault};
use crate::oauth::authorize::Who;
use crate::oauth::checks::ResponseType;
use crate::store::sessions::Session;
use crate::web::pages::consent::ConsentPage;

/// Whether the person must be asked before this request goes on.
pub fn is_due(opened: &Opened) -> bool {
    opened.client().client.needs_consent() && opened.request.response_type != ResponseType::Account
}

/// The answer where the person would have to be asked and no page may be shown: the same whether or not somebody is
/// signed in, so that the app does not learn that either.
pub fn unasked(opened: &Opened) -> HttpResponse {
    opened::refused(opened.request.refuse(OAuthFault::InteractionRequired, "The person must be asked first"))
}

/// Goes to the question; somebody who has just signed in is signed in on this browser by then.
pub async fn ask(mut opened: Opened, who: Who) -> HttpResponse {
    let sub = match who {
        Who::Known(session) => session.user.sub,
        Who::Fresh(authenticated) => {
            let sub = authenticated.user.sub.clone();
            match session::begin(&opened.cx, opened.client(), authenticated).await {
                Ok(token) => opened.start_session(&token),
                Err(fault) => return super::login::refuse(opened, ("", &fault)).await,
            }
            sub
        }
    };
    let step = Step::Consent { sub, request: opened.print() };
    opened.leave(&step);
    let location = opened.href("/consent");
    opened.go(&location)
}

/// `GET /consent`.
pub async fn show(cx: Data<Cx>, http: HttpRequest) -> HttpResponse {
    let opened = match opened::open(cx, http).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    match known(&opened).await {
        Ok(Some(session)) => {
            let view = view(&opened, &session);
            opened.show(&view)
        }
        Ok(None) => opened.start_again(),
        Err(fault) => opened.fail(&fault),
    }
}

/// `POST /consent`: with the field `allow`, or without.
pub async fn submit(cx: Data<Cx>, http: HttpRequest, payload: Payload) -> HttpResponse {
    let (mut opened, posted) = match opened::open_post(cx, http, payload).await {
        Err(answer) => return answer,
        Ok(opened) => opened,
    };
    let session = match known(&opened).await {
        Ok(Some(session)) => session,
        Ok(None) => return opened.start_again(),
        Err(fault) => return opened.fail(&fault),
    };
    opened.forget_step();
    if posted.get("allow").is_some() {
        return authorize::issue(opened, Who::Known(session)).await;
    }
    let location = opened.request.denied();
    opened.go(&location)
}

fn view(opened: &Opened, session: &Session) -> ConsentPage {
    let texts = opened.texts.consent;
    let client = &opened.client().client;
    ConsentPage {
        layout: opened.layout(),
        action: opened.href("/consent"),
        heading: texts.heading(&client.name),
        lead: texts.lead(&opened.pool().name),
        user: session.user.display_name().to_owned(),
        destination: destination(&opened.request.redirect_uri),
        scopes: scopes(opened),
        different_user_href: opened.href_with("/login", ("prompt", "login")),
    }
}

/// What the app gets, in words.
fn scopes(opened: &Opened) -> Vec<String> {
    let (texts, asked) = (opened.texts.consent, &opened.request.scopes);
    let has = |name: &str| scope::contains(asked, name);
    // `openid` alone lets as much out as `profile` does.
    let has_everything = has(OPENID) && scope::lets_out(asked, "name");
    let words = [
        (has_everything, texts.profile),
        (has("email") && !has_everything, texts.email),
        (has("phone") && !has_everything, texts.phone),
        (has(ADMIN), texts.account),
    ];
    let words = words.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, word)| word.to_owned());
    let servers = &opened.client().pool.resource_servers;
    let description = |scope: &str| {
        let known = servers.iter().flat_map(|server| server.full_scopes().zip(&server.scopes));
        known.into_iter().find(|(full, _)| full == scope).map(|(_, known)| known.description.clone())
    };
    let others = asked.iter().filter(|scope| !RESERVED.contains(&scope.as_str()));
    let others = others.map(|scope| match description(scope) {
        Some(description) => format!("{description} ({scope})"),
        None => scope.clone(),
    });
    words.chain(others).collect()
}

/// The session of somebody who was sent here for this very request.
async fn known(opened: &Opened) -> Result<Option<Session>, Error> {
    let Some(Step::Consent { sub, request }) = opened.step() else { return Ok(None) };
    opened.session_of((&sub, &request)).await
}
