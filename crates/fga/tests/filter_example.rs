//! The example that puts `FgaFilter` around a retriever (RG-19): what it shows to whom.

#[path = "../examples/filter.rs"]
#[allow(dead_code, reason = "its main is not called")]
mod example;

#[test]
fn everybody_sees_what_they_may_in_the_retrievers_order() {
    let forecast = ["doc:forecast: Orders will double by June.", "doc:forecast: Costs stay as they are."];
    let handbook = "doc:handbook: The office opens at nine.";
    let seen = |user| example::seen_by(user).unwrap_or_default();
    assert_eq!(seen("anne"), [forecast[0], forecast[1], handbook]);
    assert_eq!(seen("bob"), [handbook, "doc:minutes: The board met in May."]);
    assert_eq!(seen("nobody"), [handbook]);
    // Such a user cannot be asked about: nothing is shown, and it is said that it could not be checked.
    assert_eq!(seen("a b"), ["Whether you may do this could not be checked, so it was not done."]);
}
