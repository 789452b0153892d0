use std::collections::HashSet;

use deputy_fga::FgaFilter;
use deputy_fga::tuple::TupleKey;
use futures::executor::block_on;

use crate::cranfield::{cranfield, recall};
use crate::quickstart::{Rights, can_view};

/// Numbers that look random and are the same each time.
fn scattered(user: u64, document: u64) -> u64 {
    let mixed = (user * 0x9E37_79B9 + document).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 40
}

/// `RG-01`: with rights at random, a user finds among the documents he may see just what anybody would find among them who may see all.
#[test]
fn rg_01_rights_do_not_cost_recall() {
    const WANTED: usize = 25;
    let Some((index, questions)) = cranfield() else { return };
    // How many of a hundred documents each user may see.
    let users = [("half", 50), ("fifth", 20), ("few", 3)];
    let may = |user: u64, share: u64, document: u64| scattered(user, document) % 100 < share;
    let tuples = (0..).zip(users).flat_map(|(user, (name, share))| {
        let allowed = (1..=1_400).filter(move |document| may(user, share, *document));
        allowed.map(move |document| TupleKey::new(format!("user:{name}"), "viewer", format!("doc:{document}")))
    });
    let rights = Rights::new(tuples);
    for (number, (name, share)) in (0..).zip(users) {
        let is_allowed = |id: &str| may(number, share, id.parse().unwrap());
        let (mut filtered, mut unfiltered, mut asked) = (0.0, 0.0, 0.0);
        for (question, relevant) in questions.iter().step_by(3) {
            let relevant: HashSet<String> = relevant.iter().filter(|id| is_allowed(id)).cloned().collect();
            if relevant.is_empty() {
                continue;
            }
            let filter = FgaFilter { most_candidates: 1_000, ..FgaFilter::new(&rights) };
            let mut retriever = index.retriever(question, 1_000);
            let found = block_on(filter.filter_from(&mut retriever, can_view(name), WANTED)).unwrap();
            assert!(found.unchecked.is_none());
            assert!(found.allowed.iter().all(|candidate| is_allowed(&candidate.document_id)), "nothing that is denied");
            let mut documents: Vec<String> = Vec::new();
            for candidate in found.allowed {
                if !documents.contains(&candidate.document_id) {
                    documents.push(candidate.document_id);
                }
            }
            let all: Vec<String> = index.documents(question).into_iter().filter(|id| is_allowed(id)).collect();
            assert!(all.starts_with(&documents), "{name}: {question}");
            let at = documents.len();
            filtered += recall(&documents, &relevant, at);
            unfiltered += recall(&all, &relevant, at);
            asked += 1.0;
        }
        eprintln!(
            "may see {share} of 100: recall among them {:.3}, unfiltered {:.3}",
            filtered / asked,
            unfiltered / asked
        );
        assert!(asked > 10.0);
        assert_eq!(filtered.to_bits(), unfiltered.to_bits(), "{name}");
    }
}
