/// Where something is to be moved. JSON's null cannot tell "out of its folder" from "stays where it is": here it is a list of none or
/// of one.
pub mod some_or_none {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &Option<Option<String>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().into_iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
        Ok(Vec::<Option<String>>::deserialize(deserializer)?.into_iter().next())
    }
}
