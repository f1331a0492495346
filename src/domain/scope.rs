//! Owns OAuth scopes: parsing a space-separated list (RFC 6749 §3.3) and what each scope lets out.

/// The scope that makes a request an OpenID Connect one.
pub const OPENID: &str = "openid";
/// The scope that lets a token call the user pools API.
pub const ADMIN: &str = "aws.cognito.signin.user.admin";
/// The scope with which a token lets an application register itself. No resource server is needed for it.
pub const REGISTER: &str = "aws.cognito/dcr/register";
/// The scopes that every pool knows.
pub const RESERVED: [&str; 5] = [OPENID, "email", "phone", "profile", ADMIN];

/// The scopes of a space-separated list, in order, each once; `None` when a character is not allowed.
#[must_use]
pub fn parse_list(text: &str) -> Option<Vec<String>> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        let is_token = scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E));
        if !is_token || scope.len() > 256 {
            return None;
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Some(scopes)
}

/// Whether `scopes` hold `name`.
#[must_use]
pub fn contains(scopes: &[String], name: &str) -> bool {
    scopes.iter().any(|scope| scope == name)
}

/// Whether a user attribute may appear in an ID token or user info made under `scopes`: `openid` alone or with
/// `profile` lets everything readable out, `email` and `phone` only theirs (spec: scopes and claims).
#[must_use]
pub fn lets_out(scopes: &[String], attribute: &str) -> bool {
    let narrows = ["email", "phone", "profile"].iter().any(|scope| contains(scopes, scope));
    if contains(scopes, "profile") || !narrows {
        return true;
    }
    match attribute {
        "email" | "email_verified" => contains(scopes, "email"),
        "phone_number" | "phone_number_verified" => contains(scopes, "phone"),
        _ => false,
    }
}

/// The scopes as a person's access token from Amazon Cognito lists them, separated by spaces. Its order is neither that of the request
/// nor of the alphabet but that of a hash set of Java's (seen in tokens), so the order of a hash set of Java's it is
/// here: apps that compare the whole text find what they know.
#[must_use]
pub fn in_token_order(scopes: &[String]) -> String {
    let buckets = (scopes.len() * 4).div_ceil(3).max(16).next_power_of_two();
    let mut ordered: Vec<&str> = scopes.iter().map(String::as_str).collect();
    ordered.sort_by_key(|scope| spread_hash(scope) as usize % buckets);
    ordered.join(" ")
}

/// `String.hashCode` of an ASCII text, its upper half mixed into the lower one as `HashMap` does.
fn spread_hash(text: &str) -> u32 {
    let hash = text.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_list_scopes_as_cognitos_do() {
        let every = RESERVED.map(str::to_owned);
        assert_eq!(in_token_order(&every), "aws.cognito.signin.user.admin phone openid profile email");
        let custom = ["users/read", "openid", ADMIN].map(str::to_owned);
        assert_eq!(in_token_order(&custom), "aws.cognito.signin.user.admin openid users/read");
        let more = (0..11).map(|number| format!("api/{number}")).chain(["phone", OPENID].map(str::to_owned));
        let many = in_token_order(&more.collect::<Vec<_>>());
        assert!(many.find(OPENID) < many.find("phone"), "more than twelve need 32 buckets: {many}");
    }

    fn list(text: &str) -> Vec<String> {
        parse_list(text).unwrap()
    }

    #[test]
    fn scopes_are_split_once_each() {
        assert_eq!(list("openid  email openid"), ["openid", "email"]);
        assert_eq!(parse_list("open\"id"), None);
        assert_eq!(parse_list("é"), None);
    }

    #[test]
    fn narrow_scopes_let_only_their_claims_out() {
        assert!(lets_out(&list("openid"), "custom:x"));
        assert!(lets_out(&list("openid profile email"), "name"));
        assert!(lets_out(&list("openid email"), "email_verified"));
        assert!(!lets_out(&list("openid email"), "name"));
        assert!(!lets_out(&list("openid email"), "phone_number"));
    }
}
