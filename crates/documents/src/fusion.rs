//! One list of what several retrievers found. Their scores cannot be compared, their ranks can.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// The constant of reciprocal rank fusion: the larger, the less the first ranks count before those below.
pub const RANK_CONSTANT: f64 = 60.0;

/// Reciprocal rank fusion: each list gives what it holds at rank r (from 1) 1 / (60 + r), and the sums decide. Of equals the one that an
/// earlier list has comes first; what a list holds twice counts once, at its better rank.
pub fn reciprocal_rank<K: Eq + Hash + Clone>(lists: &[Vec<K>]) -> Vec<(K, f64)> {
    let mut scores: HashMap<&K, f64> = HashMap::new();
    let mut order: Vec<&K> = Vec::new();
    for list in lists {
        let mut seen = HashSet::new();
        let mut rank = RANK_CONSTANT;
        for key in list.iter().filter(|key| seen.insert(*key)) {
            rank += 1.0;
            *scores.entry(key).or_insert_with(|| {
                order.push(key);
                0.0
            }) += 1.0 / rank;
        }
    }
    let mut fused: Vec<(K, f64)> =
        order.into_iter().map(|key| (key.clone(), scores.get(key).copied().unwrap_or_default())).collect();
    fused.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    fused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_found_comes_before_what_one_found_first() {
        let fused = reciprocal_rank(&[vec!["a", "b", "c"], vec!["d", "b", "b", "a"]]);
        let keys: Vec<_> = fused.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["b", "a", "d", "c"]);
        let score = |key: &str| fused.iter().find(|(one, _)| *one == key).unwrap().1;
        assert!((score("a") - (1.0 / 61.0 + 1.0 / 63.0)).abs() < 1e-12);
        assert!((score("b") - (1.0 / 62.0 + 1.0 / 62.0)).abs() < 1e-12);
    }

    #[test]
    fn one_list_keeps_its_order_and_equals_that_of_the_lists() {
        let keys = |lists: &[Vec<u32>]| reciprocal_rank(lists).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(keys(&[vec![3, 1, 2]]), [3, 1, 2]);
        assert_eq!(keys(&[vec![1, 2], vec![3, 4]]), [1, 3, 2, 4]);
        assert_eq!(keys(&[vec![], vec![]]), [0; 0]);
    }
}
