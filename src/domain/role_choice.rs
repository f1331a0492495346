//! Owns which role a login gets in an identity pool: by the token's own roles, by rules over its claims, or the
//! pool's role for everybody. It must not know who asks, nor how the claims were verified.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The claims of a login; a claim with several values has them one by one.
pub type Claims = BTreeMap<String, Vec<String>>;

/// The claim with all roles of a user.
const ROLES: &str = "cognito:roles";
/// The claim with the role of the most important group.
const PREFERRED: &str = "cognito:preferred_role";

/// How roles are chosen for the logins of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleMapping {
    /// From the token or by rules.
    pub method: Method,
    /// Whether whoever gets no role by the method gets the pool's role; refused otherwise.
    pub falls_back: Option<bool>,
}

/// Where a role comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// The claims of a user pool's groups.
    Token,
    /// Rules, the first that matches first.
    Rules(Vec<Rule>),
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The claim.
    pub claim: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: String,
    /// The role of whoever matches.
    pub role: String,
}

/// How a claim is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// One of its values is the text.
    Equals,
    /// One of its values contains the text.
    Contains,
    /// One of its values starts with the text.
    StartsWith,
    /// It is there and none of its values is the text.
    NotEqual,
}

/// Why there is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRole {
    /// The asked role is not one that the login may have.
    NotAllowed,
    /// Neither token nor rules name one role, and the mapping says to refuse then.
    Ambiguous,
    /// The pool has no role for this.
    NotConfigured,
}

impl Rule {
    fn matches(&self, claims: &Claims) -> bool {
        let Some(values) = claims.get(&self.claim) else { return false };
        let is_any = |test: &dyn Fn(&String) -> bool| values.iter().any(test);
        match self.comparison {
            Comparison::Equals => is_any(&|value| *value == self.value),
            Comparison::Contains => is_any(&|value| value.contains(&self.value)),
            Comparison::StartsWith => is_any(&|value| value.starts_with(&self.value)),
            Comparison::NotEqual => !is_any(&|value| *value == self.value),
        }
    }
}

/// The role for `claims`; `asked` is the one that the app wants, `everybodys` the pool's.
///
/// # Errors
/// When there is none.
pub fn choose(
    mapping: Option<&RoleMapping>,
    claims: &Claims,
    asked: Option<&str>,
    everybodys: Option<&str>,
) -> Result<String, NoRole> {
    let Some(mapping) = mapping else {
        return match (asked, everybodys) {
            (None, role) => role.map(ToOwned::to_owned).ok_or(NoRole::NotConfigured),
            (Some(asked), Some(role)) if asked == role => Ok(role.to_owned()),
            _ => Err(NoRole::NotAllowed),
        };
    };
    let candidates = candidates(&mapping.method, claims);
    if let Some(asked) = asked {
        return candidates.contains(&asked).then(|| asked.to_owned()).ok_or(NoRole::NotAllowed);
    }
    let found = match mapping.method {
        Method::Rules(_) => candidates.first().copied(),
        Method::Token => of_token(claims, &candidates),
    };
    match found {
        Some(role) => Ok(role.to_owned()),
        None if mapping.falls_back == Some(true) => everybodys.map(ToOwned::to_owned).ok_or(NoRole::NotConfigured),
        None => Err(NoRole::Ambiguous),
    }
}

fn candidates<'a>(method: &'a Method, claims: &'a Claims) -> Vec<&'a str> {
    match method {
        Method::Token => claims.get(ROLES).into_iter().flatten().map(String::as_str).collect(),
        Method::Rules(rules) => {
            rules.iter().filter(|rule| rule.matches(claims)).map(|rule| rule.role.as_str()).collect()
        }
    }
}

fn of_token<'a>(claims: &'a Claims, candidates: &[&'a str]) -> Option<&'a str> {
    let preferred = claims.get(PREFERRED).and_then(|values| values.first()).map(String::as_str);
    preferred.or(if let [only] = candidates { Some(only) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(pairs: &[(&str, &[&str])]) -> Claims {
        pairs
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect()))
            .collect()
    }

    fn token(falls_back: bool) -> RoleMapping {
        RoleMapping { method: Method::Token, falls_back: Some(falls_back) }
    }

    fn rules(list: &[(&str, Comparison, &str, &str)]) -> RoleMapping {
        let rule = |(claim, comparison, value, role): &(&str, Comparison, &str, &str)| Rule {
            claim: (*claim).to_owned(),
            comparison: *comparison,
            value: (*value).to_owned(),
            role: (*role).to_owned(),
        };
        RoleMapping { method: Method::Rules(list.iter().map(rule).collect()), falls_back: Some(false) }
    }

    #[test]
    fn without_a_mapping_everybody_gets_the_pools_role_and_no_other() {
        let none = claims(&[]);
        assert_eq!(choose(None, &none, None, Some("all")).unwrap(), "all");
        assert_eq!(choose(None, &none, Some("all"), Some("all")).unwrap(), "all");
        assert_eq!(choose(None, &none, Some("admin"), Some("all")), Err(NoRole::NotAllowed));
        assert_eq!(choose(None, &none, None, None), Err(NoRole::NotConfigured));
    }

    #[test]
    fn the_tokens_preferred_role_wins_then_its_only_one() {
        let two = claims(&[("cognito:roles", &["a", "b"]), ("cognito:preferred_role", &["b"])]);
        assert_eq!(choose(Some(&token(false)), &two, None, Some("all")).unwrap(), "b");
        assert_eq!(choose(Some(&token(false)), &two, Some("a"), Some("all")).unwrap(), "a");
        assert_eq!(choose(Some(&token(false)), &two, Some("c"), Some("all")), Err(NoRole::NotAllowed));
        let one = claims(&[("cognito:roles", &["a"])]);
        assert_eq!(choose(Some(&token(false)), &one, None, Some("all")).unwrap(), "a");
    }

    #[test]
    fn an_ambiguous_token_falls_back_or_is_refused_as_the_mapping_says() {
        let tie = claims(&[("cognito:roles", &["a", "b"])]);
        assert_eq!(choose(Some(&token(true)), &tie, None, Some("all")).unwrap(), "all");
        assert_eq!(choose(Some(&token(false)), &tie, None, Some("all")), Err(NoRole::Ambiguous));
        assert_eq!(choose(Some(&token(true)), &claims(&[]), None, None), Err(NoRole::NotConfigured));
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        use Comparison::{Contains, Equals, NotEqual, StartsWith};
        let mapping = rules(&[
            ("department", Equals, "hr", "hr"),
            ("department", StartsWith, "eng", "engineer"),
            ("email", Contains, "@example.com", "staff"),
            ("plan", NotEqual, "free", "paid"),
        ]);
        let choose = |pairs: &[(&str, &[&str])]| choose(Some(&mapping), &claims(pairs), None, Some("all"));
        assert_eq!(choose(&[("department", &["hr"])]).unwrap(), "hr");
        assert_eq!(choose(&[("department", &["engines"]), ("email", &["a@example.com"])]).unwrap(), "engineer");
        assert_eq!(choose(&[("email", &["a@example.com"])]).unwrap(), "staff");
        assert_eq!(choose(&[("plan", &["gold"])]).unwrap(), "paid");
        assert_eq!(choose(&[("plan", &["free"])]), Err(NoRole::Ambiguous));
        assert_eq!(choose(&[]), Err(NoRole::Ambiguous), "a missing claim is not unequal");
    }

    #[test]
    fn a_role_can_be_asked_for_only_if_a_rule_for_it_matches() {
        let mapping = rules(&[("a", Comparison::Equals, "1", "one"), ("a", Comparison::StartsWith, "1", "two")]);
        let one = claims(&[("a", &["1"])]);
        assert_eq!(choose(Some(&mapping), &one, Some("two"), Some("all")).unwrap(), "two");
        assert_eq!(choose(Some(&mapping), &one, Some("all"), Some("all")), Err(NoRole::NotAllowed));
    }
}
