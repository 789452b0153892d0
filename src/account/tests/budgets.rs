use super::*;

const DAY: u64 = 86_400_000;

fn begin(core: &Core<FakeHost>, chat: &str) -> Result<TurnContext, Refusal> {
    ask(core, BeginTurn { chat: chat.to_owned(), session: None, spent: 0, servers_version: 0 })
}

#[test]
fn model_tokens_of_a_day() {
    let host = FakeHost::new();
    let core = account(&host, &[("LIMIT_TOKENS_PER_DAY", "100")]);
    let chat = chat(&core);
    assert!(begin(&core, &chat).is_ok());
    ask(&core, SpendTokens { tokens: 60 }).unwrap();
    assert!(begin(&core, &chat).is_ok());
    ask(&core, SpendTokens { tokens: 60 }).unwrap();
    let refusal = begin(&core, &chat).unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (429, "limit_tokens_per_day"));
    assert!(refusal.message.contains("100"));
    host.pass(DAY);
    assert!(begin(&core, &chat).is_ok());
    ask(&core, SpendTokens { tokens: u64::MAX }).unwrap();
    ask(&core, SpendTokens { tokens: u64::MAX }).unwrap();
    assert!(begin(&core, &chat).is_err(), "absurd reports neither wrap nor fail");
}

#[test]
fn tool_calls_of_a_day_each_counted_once() {
    let host = FakeHost::new();
    let core = account(&host, &[("LIMIT_TOOL_CALLS_PER_DAY", "2")]);
    let chat = chat(&core);
    for call in ["a", "a", "b", "b"] {
        assert!(
            matches!(obtain(&core, call_for(&chat, call, None, &[Authority::None])), Obtained::Granted { .. }),
            "{call}"
        );
    }
    let refused = obtain(&core, call_for(&chat, "c", None, &[Authority::None]));
    assert_eq!(code_of(&refused), "limit_tool_calls_per_day");
    host.pass(DAY);
    assert!(matches!(obtain(&core, call_for(&chat, "d", None, &[Authority::None])), Obtained::Granted { .. }));
}

#[test]
fn s_19_chats_in_all_and_of_a_day() {
    let host = FakeHost::new();
    let core = account(&host, &[("LIMIT_CHATS", "3"), ("LIMIT_CHATS_PER_DAY", "2")]);
    chat(&core);
    chat(&core);
    assert_eq!(ask(&core, CreateChat {}).unwrap_err().code, "limit_chats_per_day");
    host.pass(DAY);
    chat(&core);
    assert_eq!(ask(&core, CreateChat {}).unwrap_err().code, "limit_chats");
}

#[test]
fn schedules_in_all_and_of_a_day() {
    let host = FakeHost::new();
    let core = account(&host, &[("LIMIT_SCHEDULES", "3"), ("LIMIT_SCHEDULES_PER_DAY", "4")]);
    let (one, two) = (chat(&core), chat(&core));
    let index = |chat: &str, count: usize, added| {
        let schedules = (0..count).map(|id| schedule(&format!("{chat}{id}"), 1)).collect();
        ask(&core, IndexSchedules { chat: chat.to_owned(), schedules, added })
    };
    index(&one, 2, true).unwrap();
    index(&two, 1, true).unwrap();
    assert_eq!(index(&two, 2, true).unwrap_err().code, "limit_schedules");
    assert_eq!(ask(&core, ListSchedules {}).unwrap().len(), 3, "nothing changed");
    index(&one, 0, false).unwrap();
    index(&two, 2, true).unwrap();
    index(&two, 2, true).unwrap();
    assert_eq!(index(&two, 2, true).unwrap_err().code, "limit_schedules_per_day");
    index(&two, 1, false).unwrap();
}

#[test]
fn ua_18_a_turn_knows_its_user_and_zone() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let chat = chat(&core);
    let anonymous = begin(&core, &chat).unwrap();
    assert_eq!(anonymous.session, None);
    assert!(anonymous.claims.is_empty());
    let session = login(&core, &host);
    ask(&core, SetTimeZone { time_zone: "Europe/Berlin".into() }).unwrap();
    let refused = ask(&core, SetTimeZone { time_zone: "x\ny".into() }).unwrap_err();
    assert_eq!(refused.code, "time_zone_invalid");
    let turn = begin(&core, &chat).unwrap();
    assert_eq!(turn.session, Some(session));
    assert_eq!(turn.claims["name"], "Ana");
    assert_eq!(turn.time_zone.as_deref(), Some("Europe/Berlin"));
    let ended = BeginTurn { chat, session: Some("ended".into()), spent: 0, servers_version: 0 };
    let other = ask(&core, ended).unwrap();
    assert_eq!(other.session, None, "a turn never slips into another session");
    assert_eq!(begin(&core, "nope").unwrap_err().status, 404);
}
