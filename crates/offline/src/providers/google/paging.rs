//! Pages as Google's lists have them: `maxResults` or fewer items, and the token of the next page.

use serde_json::Value;

use super::error::GoogleError;

/// Adds the token of the next page to an answer, where there is one.
pub fn with_next(mut answer: Value, next: Option<String>) -> Value {
    if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
        members.insert("nextPageToken".to_owned(), next.into());
    }
    answer
}

/// The page that `token` stands for, the first without one, and the token of the next.
///
/// # Errors
/// A token that no page has given.
pub fn page<T>(items: Vec<T>, token: Option<&str>, most: usize) -> Result<(Vec<T>, Option<String>), GoogleError> {
    let start = match token.filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => {
            let start = token.strip_prefix("offline-").and_then(|start| start.parse::<usize>().ok());
            start.filter(|start| *start < items.len()).ok_or_else(|| GoogleError::invalid("pageToken", token))?
        }
    };
    let end = start.saturating_add(most);
    let next = (end < items.len()).then(|| format!("offline-{end}"));
    Ok((items.into_iter().skip(start).take(most).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_where_it_was_cut() {
        let list = || vec![1, 2, 3, 4, 5];
        let (first, next) = page(list(), None, 2).unwrap();
        assert_eq!((first, next.as_deref()), (vec![1, 2], Some("offline-2")));
        let (last, next) = page(list(), Some("offline-4"), 2).unwrap();
        assert_eq!((last, next), (vec![5], None));
        for odd in ["offline-5", "offline-x", "2"] {
            assert!(page(list(), Some(odd), 2).is_err(), "{odd}");
        }
        assert_eq!(page(Vec::<u8>::new(), None, 2).unwrap(), (vec![], None));
    }
}
