use super::vector::Vector;

/// The keys of the kept vectors that are nearest to that of a question, with their cosine, the nearest first; of equals the one that came
/// first. Vectors of another model are passed over. What comes in is looked at one by one, so that it may be read from a table row by row.
pub fn nearest<K, B: AsRef<[u8]>>(
    question: &Vector,
    kept: impl IntoIterator<Item = (K, B)>,
    most: usize,
) -> Vec<(K, f64)> {
    let mut found: Vec<(K, f64)> = Vec::new();
    for (key, bytes) in kept {
        let Some(cosine) = question.cosine(bytes.as_ref()) else { continue };
        let is_full = found.len() >= most;
        if is_full && found.last().is_none_or(|(_, last)| cosine <= *last) {
            continue;
        }
        let place = found.partition_point(|(_, better)| *better >= cosine);
        found.truncate(most.saturating_sub(1));
        found.insert(place.min(found.len()), (key, cosine));
    }
    found
}
