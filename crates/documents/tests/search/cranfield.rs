//! Cranfield: 1,400 abstracts, 225 questions, judged by their authors. The data is not in the repository (nobody says under which licence it may
//! be given on): `DEPUTY_SHARED` or `../shared` has `data/cranfield`.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use deputy_documents::MediaType;

use crate::index::Index;

/// Question, and the documents that answer it.
pub type Judged = (String, HashSet<String>);

/// Documents and questions. None without the data, which is an error where `CI` is set.
pub fn cranfield() -> Option<(Index, Vec<Judged>)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("DEPUTY_SHARED").map_or_else(beside, PathBuf::from).join("data/cranfield");
    let Ok(documents) = std::fs::read_to_string(folder.join("cran.all.1400")) else {
        let missing = format!(
            "CRANFIELD IS NOT HERE: retrieval was NOT measured. It needs {} (set DEPUTY_SHARED)",
            folder.display()
        );
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("{missing}");
        return None;
    };
    let mut index = Index::new();
    for document in records(&documents) {
        let id = document["I"].trim().to_owned();
        let title = document["T"].split_whitespace().collect::<Vec<_>>().join(" ");
        index.add(&id, &title, &document["W"], MediaType::Plain);
    }
    let judgements = std::fs::read_to_string(folder.join("cranqrel")).unwrap();
    let mut relevant: HashMap<usize, HashSet<String>> = HashMap::new();
    for line in judgements.lines() {
        let mut fields = line.split_whitespace();
        let (Some(question), Some(document), Some(grade)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        // 1 to 4 are degrees of relevance, -1 is none.
        if grade.parse::<i32>().unwrap() > 0 {
            relevant.entry(question.parse().unwrap()).or_default().insert(document.to_owned());
        }
    }
    let questions = std::fs::read_to_string(folder.join("cran.qry")).unwrap();
    // Judgements number the questions by their place, not by their own numbers.
    let questions = (1..)
        .zip(records(&questions))
        .map(|(place, question)| (question["W"].clone(), relevant.remove(&place).unwrap_or_default()));
    Some((index, questions.filter(|(_, relevant)| !relevant.is_empty()).collect()))
}

/// `.I 1`, then `.X` and lines, for each field.
fn records(text: &str) -> Vec<HashMap<String, String>> {
    let mut records: Vec<HashMap<String, String>> = Vec::new();
    let mut field = String::new();
    for line in text.lines() {
        if let Some(number) = line.strip_prefix(".I ") {
            records.push(HashMap::from([("I".to_owned(), number.to_owned())]));
        } else if let Some(name) = line.strip_prefix('.').filter(|name| ["T", "A", "B", "W"].contains(name)) {
            name.clone_into(&mut field);
            records.last_mut().unwrap().entry(field.clone()).or_default();
        } else if let Some(record) = records.last_mut() {
            let value = record.entry(field.clone()).or_default();
            value.push_str(line);
            value.push('\n');
        }
    }
    records
}

pub fn recall(found: &[String], relevant: &HashSet<String>, at: usize) -> f64 {
    let hits = found.iter().take(at).filter(|id| relevant.contains(*id)).count();
    hits as f64 / relevant.len() as f64
}

/// A relevant document is worth 1, of whatever degree.
fn ndcg(found: &[String], relevant: &HashSet<String>, at: usize) -> f64 {
    let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let reached: f64 =
        found.iter().take(at).enumerate().filter(|(_, id)| relevant.contains(*id)).map(|(place, _)| gain(place)).sum();
    let ideal: f64 = (0..relevant.len().min(at)).map(gain).sum();
    reached / ideal
}

/// `RG-11`: text search as the library does it, passages and all; a document counts by its best passage.
#[test]
fn rg_11_cranfield_is_answered() {
    let Some((index, questions)) = cranfield() else { return };
    let judged = questions.len() as f64;
    let mut sums = [0.0; 5];
    for (question, relevant) in &questions {
        let found = index.documents(question);
        for (sum, at) in sums.iter_mut().zip([5, 10, 25, 100]) {
            *sum += recall(&found, relevant, at);
        }
        sums[4] += ndcg(&found, relevant, 10);
    }
    let [r5, r10, r25, r100, ndcg10] = sums.map(|sum| sum / judged);
    eprintln!(
        "Cranfield, {} questions, {} passages: R@5 {r5:.3}, R@10 {r10:.3}, R@25 {r25:.3}, R@100 {r100:.3}, nDCG@10 {ndcg10:.3}",
        questions.len(),
        index.len()
    );
    assert_eq!(questions.len(), 225);
    assert!(r25 >= 0.53, "R@25 {r25:.3}");
    assert!(ndcg10 >= 0.37, "nDCG@10 {ndcg10:.3}");
}
