use std::fmt::Write as _;
use std::time::{Duration, Instant};

use deputy_documents::MediaType;

use crate::index::Index;

/// A question over 10,000 passages: the number is printed.
#[test]
fn a_question_over_ten_thousand_passages() {
    let begun = Instant::now();
    let mut index = Index::new();
    let mut state = 7_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Few words are frequent, as in any language.
        let place = (state >> 33) as f64 / f64::from(u32::MAX >> 1);
        (place.powi(4) * 20_000.0) as u64
    };
    let mut document = 0;
    while index.len() < 10_000 {
        let mut text = String::new();
        for _ in 0..3_000 {
            write!(text, "w{} ", word()).unwrap();
        }
        document += 1;
        index.add(&document.to_string(), &format!("w{} w{}", word(), word()), &text, MediaType::Plain);
    }
    let built = begun.elapsed();
    let questions: Vec<String> = (0..40).map(|_| (0..7).map(|_| format!("w{} ", word())).collect()).collect();
    let mut times: Vec<Duration> = Vec::new();
    for question in &questions {
        let asked = Instant::now();
        let found = index.rows(question, 200, 0);
        times.push(asked.elapsed());
        assert_eq!(found.len(), 200, "{question}");
    }
    times.sort();
    eprintln!(
        "{} passages written in {built:.1?}; a question of seven words: median {:.1?}, slowest {:.1?}",
        index.len(),
        times[times.len() / 2],
        times[times.len() - 1]
    );
}
