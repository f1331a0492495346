//! Owns groups: a name, an optional role, an order.

use crate::clock::Timestamp;
use crate::domain::ids::PoolId;

/// Groups that a pool can have (Cognito's limit).
pub const MOST_GROUPS: i64 = 10_000;
/// Groups that a user can be in (Cognito's limit).
pub const MOST_GROUPS_OF_USER: i64 = 100;

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The pool that it belongs to.
    pub pool_id: PoolId,
    /// Its name, unique in the pool.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Lower numbers win; absent ranks last.
    pub precedence: Option<i64>,
    /// The IAM role that its members may take.
    pub role_arn: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub modified_at: Timestamp,
}

/// What a user's membership of a group means for tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group's name.
    pub group: String,
    /// Lower numbers win; absent ranks last.
    pub precedence: Option<i64>,
    /// The group's role.
    pub role_arn: Option<String>,
}

/// What a token says of a user's groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupClaims {
    /// Names, in order of precedence.
    pub names: Vec<String>,
    /// Roles of the groups that have one, in order of precedence.
    pub roles: Vec<String>,
    /// The role of the group with the lowest precedence; absent when several roles tie for it.
    pub preferred_role: Option<String>,
}

impl GroupClaims {
    /// Orders `groups` by precedence, then name, and picks the preferred role.
    #[must_use]
    pub fn of(mut groups: Vec<Membership>) -> Self {
        groups.sort_by(|one, other| rank(one).cmp(&rank(other)));
        let best = groups.iter().filter(|group| group.role_arn.is_some()).map(precedence).min();
        let mut contenders: Vec<&str> = groups
            .iter()
            .filter(|group| Some(precedence(group)) == best)
            .filter_map(|group| group.role_arn.as_deref())
            .collect();
        contenders.dedup();
        let preferred_role = match contenders.as_slice() {
            [role] => Some((*role).to_owned()),
            _ => None,
        };
        let mut roles: Vec<String> = Vec::new();
        for role in groups.iter().filter_map(|group| group.role_arn.clone()) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        Self { names: groups.into_iter().map(|membership| membership.group).collect(), roles, preferred_role }
    }
}

fn precedence(membership: &Membership) -> i64 {
    membership.precedence.unwrap_or(i64::MAX)
}

fn rank(membership: &Membership) -> (i64, &str) {
    (precedence(membership), &membership.group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, precedence: Option<i64>, role: Option<&str>) -> Membership {
        Membership { group: name.to_owned(), precedence, role_arn: role.map(str::to_owned) }
    }

    #[test]
    fn the_lowest_precedence_gives_the_preferred_role() {
        let claims = GroupClaims::of(vec![
            group("b", Some(2), Some("rb")),
            group("a", Some(1), Some("ra")),
            group("c", None, None),
        ]);
        assert_eq!(claims.names, ["a", "b", "c"]);
        assert_eq!(claims.roles, ["ra", "rb"]);
        assert_eq!(claims.preferred_role.as_deref(), Some("ra"));
    }

    #[test]
    fn two_roles_that_tie_leave_no_preferred_role() {
        let claims = GroupClaims::of(vec![group("a", Some(1), Some("ra")), group("b", Some(1), Some("rb"))]);
        assert_eq!(claims.preferred_role, None);
    }
}
