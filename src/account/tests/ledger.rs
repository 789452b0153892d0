use super::*;

fn settle(core: &Core<FakeHost>, chat: &str, call_id: &str, outcome: &str) -> Result<(), Refusal> {
    ask(
        core,
        SettleToolCall {
            chat: chat.to_owned(),
            call_id: call_id.to_owned(),
            tool: "tool".to_owned(),
            effect: Effect::Reads,
            authority: "none".to_owned(),
            outcome: outcome.to_owned(),
            code: outcome.to_owned(),
        },
    )
}

#[test]
fn one_row_for_each_call_and_the_first_word_counts() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let chat = chat(&core);
    obtain(&core, call_for(&chat, "a", None, &[Authority::None]));
    assert!(host.dump().contains(r#""outcome":"started""#));
    settle(&core, &chat, "a", "completed").unwrap();
    settle(&core, &chat, "a", "failed").unwrap();
    let dump = host.dump();
    assert!(dump.contains(r#""outcome":"completed""#) && !dump.contains(r#""outcome":"failed""#));
    assert_eq!(dump.matches(r#""digest":"#).count(), 1);
    assert_eq!(settle(&core, &chat, "a", "sort of").unwrap_err().status, 400);
    assert_eq!(settle(&core, "nope", "a", "completed").unwrap_err().status, 404);
    settle(&core, &chat, "never-obtained", "not_run").unwrap();
}

#[test]
fn a_settled_call_gets_no_authority_again() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let chat = chat(&core);
    for outcome in ["completed", "failed", "unknown"] {
        obtain(&core, call_for(&chat, outcome, None, &[Authority::None]));
        settle(&core, &chat, outcome, outcome).unwrap();
        let again = obtain(&core, call_for(&chat, outcome, None, &[Authority::None]));
        assert_eq!(code_of(&again), "call_already_settled", "{outcome}");
    }
}

#[test]
fn cf_08_only_my_chats_get_authority() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    login(&core, &host);
    let call = call_for("someone-elses", "a", None, &[Authority::Session]);
    assert_eq!(ask(&core, call).unwrap_err().status, 404);
}
