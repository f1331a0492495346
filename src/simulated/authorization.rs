//! Owns the authorization request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1) as each provider wants it, and
//! the address that leads back. It must not know pages.

use url::Url;

use super::kind::Kind;
use super::memory::Challenge;
use super::parameters::Parameters;

/// What Login with Amazon lets an app ask for.
const AMAZON_SCOPES: [&str; 3] = ["profile", "profile:user_id", "postal_code"];

/// How the answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query.
    Query,
    /// In the fragment.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

/// A request that may be answered at its address.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The app.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: Url,
    /// The address exactly as it was given.
    pub redirect_text: String,
    /// What comes back unchanged.
    pub state: Option<String>,
    /// What is asked for.
    pub scope: Vec<String>,
    /// OpenID Connect's `nonce`.
    pub nonce: Option<String>,
    /// PKCE's challenge.
    pub challenge: Option<Challenge>,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// Whether an ID token is asked for along with the code.
    pub has_id_token: bool,
    /// What OpenID Connect's `prompt` says.
    pub prompt: Vec<String>,
    /// Who will probably sign in.
    pub login_hint: Option<String>,
}

/// Why a request is not served.
#[derive(Debug)]
pub enum Refusal {
    /// It cannot be answered at its address; the person is told.
    Page(String),
    /// The app is told.
    Answer(Box<Authorization>, &'static str, String),
}

impl Authorization {
    /// Reads a request to `kind`.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn parse(parameters: &Parameters, kind: Kind) -> Result<Self, Refusal> {
        let client_id = parameters.owned("client_id").ok_or_else(|| page("client_id is missing."))?;
        let redirect_text = parameters.owned("redirect_uri").ok_or_else(|| page("redirect_uri is missing."))?;
        let redirect_uri = Url::parse(&redirect_text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none())
            .ok_or_else(|| page("redirect_uri must be an absolute http or https address without a fragment."))?;
        let mut authorization = Self {
            client_id,
            redirect_uri,
            redirect_text,
            state: parameters.owned("state"),
            scope: parameters.list("scope"),
            nonce: parameters.owned("nonce"),
            challenge: None,
            response_mode: ResponseMode::Query,
            has_id_token: false,
            prompt: parameters.list("prompt"),
            login_hint: parameters.owned("login_hint"),
        };
        let faults = [
            authorization.read_response(parameters, kind),
            authorization.read_challenge(parameters),
            authorization.check_scope(kind),
            authorization.check_prompt(kind),
        ];
        match faults.into_iter().find_map(Result::err) {
            None => Ok(authorization),
            Some((error, description)) => Err(Refusal::Answer(Box::new(authorization), error, description.to_owned())),
        }
    }

    /// The address that takes `parameters` back, the `state` added.
    #[must_use]
    pub fn answer_url(&self, kind: Kind, parameters: &[(&str, String)]) -> String {
        let mut url = self.redirect_uri.clone();
        let state = self.state.iter().map(|state| ("state", state.clone()));
        let pairs: Vec<_> = parameters.iter().cloned().chain(state).collect();
        if self.response_mode == ResponseMode::Fragment {
            let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            url.set_fragment(Some(&text));
        } else {
            url.query_pairs_mut().extend_pairs(pairs);
            if kind == Kind::Facebook {
                // Facebook adds this to every answer.
                url.set_fragment(Some("_=_"));
            }
        }
        url.into()
    }

    fn read_response(&mut self, parameters: &Parameters, kind: Kind) -> Fault {
        let types = parameters.list("response_type");
        let is_default = types.is_empty() && kind == Kind::Facebook;
        let has_code = types.iter().any(|word| word == "code") || is_default;
        self.has_id_token = types.iter().any(|word| word == "id_token");
        let mode = parameters.get("response_mode");
        self.response_mode = match mode {
            Some("form_post") if kind == Kind::Apple => ResponseMode::FormPost,
            Some("fragment") if kind == Kind::Apple => ResponseMode::Fragment,
            None if self.has_id_token && kind == Kind::Apple => ResponseMode::Fragment,
            _ => ResponseMode::Query,
        };
        let known = usize::from(has_code) + usize::from(self.has_id_token);
        if !has_code || (!is_default && types.len() != known) || (self.has_id_token && kind != Kind::Apple) {
            return Err(("unsupported_response_type", "Only the response type code is served."));
        }
        let is_known_mode = match mode {
            None | Some("query") => true,
            Some("form_post" | "fragment") => kind == Kind::Apple,
            Some(_) => false,
        };
        if !is_known_mode || (self.has_id_token && self.response_mode == ResponseMode::Query) {
            return Err(("invalid_request", "Invalid response mode"));
        }
        Ok(())
    }

    fn read_challenge(&mut self, parameters: &Parameters) -> Fault {
        let Some(challenge) = parameters.owned("code_challenge") else { return Ok(()) };
        self.challenge = Some(match parameters.get("code_challenge_method") {
            Some("S256") => Challenge::S256(challenge),
            None | Some("plain") => Challenge::Plain(challenge),
            Some(_) => return Err(("invalid_request", "The code challenge method must be S256 or plain.")),
        });
        Ok(())
    }

    fn check_scope(&self, kind: Kind) -> Fault {
        let has = |scope: &str| self.scope.iter().any(|asked| asked == scope);
        match kind {
            Kind::Oidc if !has("openid") => Err(("invalid_scope", "The scope must hold openid.")),
            Kind::Google if self.scope.is_empty() => Err(("invalid_request", "Missing required parameter: scope")),
            Kind::Amazon if self.scope.is_empty() => {
                Err(("invalid_request", "The request is missing a required parameter: scope"))
            }
            Kind::Amazon if !self.scope.iter().all(|asked| AMAZON_SCOPES.contains(&asked.as_str())) => {
                Err(("invalid_scope", "An unknown scope was requested"))
            }
            Kind::Apple if !self.scope.is_empty() && self.response_mode != ResponseMode::FormPost => {
                Err(("invalid_request", "response_mode must be form_post when name or email scope is requested."))
            }
            _ => Ok(()),
        }
    }

    fn check_prompt(&self, kind: Kind) -> Fault {
        let is_none = self.prompt.iter().any(|word| word == "none");
        if kind.has_prompt() && is_none && self.prompt.len() > 1 {
            return Err(("invalid_request", "prompt=none allows no other prompt."));
        }
        Ok(())
    }
}

type Fault = Result<(), (&'static str, &'static str)>;

fn page(text: &str) -> Refusal {
    Refusal::Page(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, kind: Kind) -> Result<Authorization, Refusal> {
        Authorization::parse(&Parameters::parse(query.as_bytes()).unwrap(), kind)
    }

    fn error(query: &str, kind: Kind) -> String {
        match read(query, kind).unwrap_err() {
            Refusal::Page(text) => text,
            Refusal::Answer(_, error, _) => error.to_owned(),
        }
    }

    const BASE: &str = "client_id=c&redirect_uri=http://localhost:1/cb&response_type=code";

    #[test]
    fn an_address_that_cannot_be_answered_is_a_matter_for_the_page() {
        for uri in ["", "/cb", "javascript:alert(1)", "data:,x", "http://localhost/cb%23x"] {
            let text = error(&format!("client_id=c&response_type=code&redirect_uri={uri}"), Kind::Google);
            assert!(text.contains("redirect_uri"), "{uri}: {text}");
        }
        assert!(error("redirect_uri=http://localhost/cb", Kind::Google).contains("client_id"));
    }

    #[test]
    fn each_provider_has_its_own_rules() {
        assert_eq!(error(BASE, Kind::Google), "invalid_request");
        assert_eq!(error(&format!("{BASE}&scope=email"), Kind::Oidc), "invalid_scope");
        assert_eq!(error(&format!("{BASE}&scope=email"), Kind::Amazon), "invalid_scope");
        assert_eq!(error(&format!("{BASE}&scope=name+email"), Kind::Apple), "invalid_request");
        assert_eq!(error(&format!("{BASE}&scope=openid&prompt=none+login"), Kind::Oidc), "invalid_request");
        assert_eq!(error(&format!("{BASE}+id_token&scope=openid"), Kind::Google), "unsupported_response_type");
        assert_eq!(error(&format!("{BASE}+id_token&response_mode=query"), Kind::Apple), "invalid_request");
        assert!(read(BASE, Kind::Apple).is_ok());
        assert!(read(&format!("{BASE}&scope=name+email&response_mode=form_post"), Kind::Apple).is_ok());
        assert!(read("client_id=c&redirect_uri=http://localhost:1/cb", Kind::Facebook).is_ok());
    }

    #[test]
    fn the_answer_keeps_the_query_of_the_address_and_the_state() {
        let query = "client_id=c&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb%3Fa%3D1&state=x%26y&scope=openid&response_type=code";
        let authorization = read(query, Kind::Google).unwrap();
        let parameters = [("code", "1".to_owned())];
        assert_eq!(authorization.answer_url(Kind::Google, &parameters), "http://localhost:1/cb?a=1&code=1&state=x%26y");
        assert!(authorization.answer_url(Kind::Facebook, &parameters).ends_with("#_=_"));
    }
}
