/// Whether something can have this id, also as an object of FGA. What cannot is as unknown as what is not there.
pub fn is_id(text: &str) -> bool {
    const LONGEST: usize = 128;
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_an_object_of_its_own() {
        for id in ["public-doc", "a", "A_1.md", &"x".repeat(128)] {
            assert!(is_id(id), "{id}");
            assert!(format!("doc:{id}").parse::<deputy_fga::tuple::Object>().is_ok());
        }
        for id in ["", "a b", "a#viewer", "*", "a:b", "é", "a/b", "a\n", "'", &"x".repeat(129)] {
            assert!(!is_id(id), "{id}");
        }
    }
}
