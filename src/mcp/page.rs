use deputy_mcp::protocol::{CacheHint, CacheScope, Page};
use deputy_mcp::server::Fault;

/// Items of a page. Not every client asks for the next one, so that what most see is on the first.
const MOST: usize = 100;
/// What a cursor begins with.
const AFTER: &str = "after:";
/// For how long a list may be kept, milliseconds: roles, documents and settings change it.
const TTL_MS: u64 = 60_000;

/// The page behind `cursor` of the items in the order of their keys. A cursor names the last item of the page before, so that nothing is
/// shown twice or left out when the list changes meanwhile.
///
/// Errors: a cursor that is none of ours.
pub fn page<T>(mut items: Vec<T>, key: impl Fn(&T) -> &String, cursor: Option<&str>) -> Result<Page<T>, Fault> {
    items.sort_by(|one, other| key(one).cmp(key(other)));
    if let Some(cursor) = cursor {
        let after = cursor.strip_prefix(AFTER).filter(|after| !after.is_empty()).ok_or_else(Fault::no_such_page)?;
        items.retain(|item| key(item).as_str() > after);
    }
    let more = items.len() > MOST;
    items.truncate(MOST);
    let next = items.last().filter(|_| more).map(|last| format!("{AFTER}{}", key(last)));
    Ok(Page { items, next, cache: Some(CacheHint { ttl_ms: TTL_MS, cache_scope: CacheScope::Private }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).rev().map(|number| format!("t{number:03}")).collect()
    }

    fn all(items: &[String]) -> Vec<Vec<String>> {
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let page = page(items.to_vec(), |name| name, cursor.as_deref()).unwrap();
            pages.push(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_are_whole_in_order_and_have_an_end() {
        for count in [0, 1, 99, 100, 101, 200, 250] {
            let pages = all(&names(count));
            let mut sorted = names(count);
            sorted.sort();
            assert_eq!(pages.concat(), sorted, "{count}");
            assert_eq!(pages.len(), count.div_ceil(MOST).max(1), "{count}");
        }
    }

    #[test]
    fn what_goes_between_two_pages_loses_nothing_else() {
        let first = page(names(150), |name| name, None).unwrap();
        let left: Vec<String> = names(150).into_iter().filter(|name| name != "t099").collect();
        let second = page(left, |name| name, first.next.as_deref()).unwrap();
        assert_eq!(second.items.first().map(String::as_str), Some("t100"));
    }

    #[test]
    fn a_cursor_that_was_made_up_is_refused() {
        for cursor in ["", "2", "after:", "t001"] {
            assert!(matches!(page(names(3), |name| name, Some(cursor)), Err(Fault::InvalidParams { .. })), "{cursor}");
        }
    }
}
