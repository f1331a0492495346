//! Owns paging: a token is the key of the last item that was given, and one item more than asked is read to know
//! whether there is another page.

use super::constraints::{PAGINATION_KEY, check_range};
use crate::error::Error;

/// The largest page, which is also what comes without a limit (`QueryLimitType`).
const LARGEST: i64 = 60;

/// The size of a page whose member `member` is a `QueryLimitType`: nothing and 0 ask for the largest.
///
/// # Errors
/// A broken constraint.
pub fn page_size(member: &str, limit: Option<i64>) -> Result<i64, Error> {
    let limit = limit.unwrap_or(0);
    check_range(member, limit, (0, LARGEST))?;
    Ok(if limit == 0 { LARGEST } else { limit })
}

/// A page to read.
pub struct Page {
    /// The key after which the page starts; empty for the first.
    pub after: String,
    limit: i64,
}

impl Page {
    /// The page after `next_token`, of at most `limit` items.
    ///
    /// # Errors
    /// A broken constraint of the token.
    pub fn after(next_token: Option<String>, limit: i64) -> Result<Self, Error> {
        Ok(Self { after: PAGINATION_KEY.optional("nextToken", next_token)?.unwrap_or_default(), limit })
    }

    /// The page after a place that a token of another form named.
    pub const fn of(after: String, limit: i64) -> Self {
        Self { after, limit }
    }

    /// Whether an item of that key comes after the last page.
    pub fn is_after(&self, key: &str) -> bool {
        key > self.after.as_str()
    }

    /// How many items to read.
    pub const fn wanted(&self) -> i64 {
        self.limit + 1
    }

    /// The items to give, of those that were read, and the token of the next page if there is one.
    pub fn cut<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next_token = items.last().filter(|_| has_more).map(key);
        (items, next_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_sixty_unless_told_otherwise() {
        for (limit, size) in [(None, 60), (Some(0), 60), (Some(1), 1), (Some(60), 60)] {
            assert_eq!(page_size("limit", limit).unwrap(), size);
        }
        assert!(page_size("limit", Some(61)).is_err() && page_size("limit", Some(-1)).is_err());
    }

    #[test]
    fn a_token_follows_only_where_more_is_left() {
        let page = Page::after(None, 2).unwrap();
        let key = |item: &i32| item.to_string();
        assert_eq!(page.cut(vec![1, 2, 3], key), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(page.cut(vec![1, 2], key), (vec![1, 2], None));
        assert_eq!(page.cut(vec![], key), (vec![], None));
    }
}
