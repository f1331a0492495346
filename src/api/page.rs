//! Owns paging: a token is the key of the last item that was given, and one item more than asked is read to know
//! whether there is another page.

use super::constraints::PAGINATION_KEY;
use crate::error::Error;

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
    fn a_token_follows_only_where_more_is_left() {
        let page = Page::after(None, 2).unwrap();
        let key = |item: &i32| item.to_string();
        assert_eq!(page.cut(vec![1, 2, 3], key), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(page.cut(vec![1, 2], key), (vec![1, 2], None));
        assert_eq!(page.cut(vec![], key), (vec![], None));
    }
}
