//! Owns the names of roles and of those who assumed one. It must not know which roles there are.

/// A role's ARN taken apart, `arn:aws:iam::123456789012:role/path/name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleArn<'a> {
    partition: &'a str,
    /// The account.
    pub account: &'a str,
    name: &'a str,
}

impl<'a> RoleArn<'a> {
    /// Reads a role's ARN; `None` when it is none.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts[..] else { return None };
        let (path, name) = resource.rsplit_once('/')?;
        let is_role = path == "role" || path.starts_with("role/");
        let is_named = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
        let is_good = is_role
            && !name.is_empty()
            && name.bytes().all(is_named)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && !partition.is_empty();
        is_good.then_some(Self { partition, account, name })
    }

    /// The ARN of whoever assumed the role for a session of that name; the role's path is left out, as AWS does.
    #[must_use]
    pub fn assumed(&self, session: &str) -> String {
        format!("arn:{}:sts::{}:assumed-role/{}/{session}", self.partition, self.account, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assumed_role_has_the_roles_name_without_its_path() {
        let role = RoleArn::parse("arn:aws:iam::123456789012:role/service/Reader").unwrap();
        assert_eq!(role.account, "123456789012");
        assert_eq!(role.assumed("s"), "arn:aws:sts::123456789012:assumed-role/Reader/s");
        let plain = RoleArn::parse("arn:aws-cn:iam::123456789012:role/Reader").unwrap();
        assert_eq!(plain.assumed("s"), "arn:aws-cn:sts::123456789012:assumed-role/Reader/s");
    }

    #[test]
    fn what_is_no_role_is_refused() {
        for text in [
            "",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::12345:role/x",
            "arn:aws:iam:eu-west-1:123456789012:role/x",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:s3:::bucket/role/x",
        ] {
            assert!(RoleArn::parse(text).is_none(), "{text}");
        }
    }
}
