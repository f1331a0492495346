//! Owns OAuth scopes: parsing a space-separated list (RFC 6749 §3.3) and what each scope lets out.

/// The scope that makes a request an OpenID Connect one.
pub const OPENID: &str = "openid";
/// The scope that lets a token call the user pools API.
pub const ADMIN: &str = "aws.cognito.signin.user.admin";
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

#[cfg(test)]
mod tests {
    use super::*;

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
