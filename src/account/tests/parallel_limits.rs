//! Every limit holds when calls come at the same time: what is counted is counted before anything is waited for (issue 11, X1).

use futures::future::join_all;

use super::approvals::{Tenant, approval, buy, code};
use super::*;

/// X1 and its kind: of twenty calls of one step as many are admitted as may, and not one more.
#[test]
fn x1_tool_calls_of_one_step_do_not_pass_the_days_limit() {
    let host = FakeHost::new();
    let core = account(&host, &[("LIMIT_TOOL_CALLS_PER_DAY", "5")]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let calls = (0..20).map(|at| call_for(&chat, &format!("c{at}"), Some(&session), &[Authority::Session]));
    let asked = calls.map(|call| {
        let body = serde_json::to_string(&call).unwrap();
        let core = &core;
        async move { dispatch(core, ObtainAuthority::NAME, &body).await.unwrap() }
    });
    let answers = block_on(join_all(asked));
    let answers: Vec<Obtained> = answers.iter().map(|reply| serde_json::from_str(reply).unwrap()).collect();
    let granted = answers.iter().filter(|answer| matches!(answer, Obtained::Granted { .. })).count();
    assert_eq!(granted, 5);
    assert!(answers.iter().skip(5).all(|answer| code_of(answer) == "limit_tool_calls_per_day"));
}

#[test]
fn x1_chats_that_are_made_at_once_pass_neither_limit() {
    for (limits, most) in [
        ([("LIMIT_CHATS", "3"), ("LIMIT_CHATS_PER_DAY", "9")], 3),
        ([("LIMIT_CHATS", "9"), ("LIMIT_CHATS_PER_DAY", "2")], 2),
    ] {
        let host = FakeHost::new();
        let core = account(&host, &limits);
        login(&core, &host);
        let made = block_on(join_all((0..10).map(|_| dispatch(&core, CreateChat::NAME, "{}"))));
        assert_eq!(made.iter().filter(|chat| chat.is_ok()).count(), most);
        let list = ask(&core, ListChats { limit: None, before: None, query: None }).unwrap();
        assert_eq!(list.len(), most, "{limits:?}");
    }
}

#[test]
fn x1_questions_that_are_asked_at_once_do_not_pass_the_hours_limit() {
    let host = FakeHost::new();
    let tenant = Tenant::on(&host);
    let core = account(&host, &[("LIMIT_APPROVALS_PER_HOUR", "3")]);
    login(&core, &host);
    let chat = chat(&core);
    let input: Value = json!({"ticker": "GOOGL", "qty": 3});
    let asks: Vec<AskApproval> = (0..10)
        .map(|at| AskApproval {
            call: buy(&chat, &format!("c{at}"), &format!("digest-{at}"), approval()),
            input: input.clone(),
            again: None,
            offset_seconds: 0,
        })
        .collect();
    let answers = block_on(join_all(asks.iter().map(|ask| core.ask_approval(ask))));
    let codes: Vec<String> = answers.into_iter().map(|answer| code(&answer.unwrap()).to_owned()).collect();
    assert_eq!(codes.iter().filter(|code| *code == "pending").count(), 3, "{codes:?}");
    assert_eq!(tenant.asked.get(), 3, "nobody's phone rang more often");
}

#[test]
fn x1_schedules_of_two_chats_at_once_do_not_pass_the_limit() {
    let host = FakeHost::new();
    let core = account(&host, &[("LIMIT_SCHEDULES", "4")]);
    login(&core, &host);
    let chats = [chat(&core), chat(&core)];
    let mut lists: [Vec<ScheduleSummary>; 2] = [Vec::new(), Vec::new()];
    for number in 0..10_u64 {
        let at = usize::from(number % 2 == 1);
        let mut all = lists[at].clone();
        all.push(schedule(&format!("s{number}"), number));
        let index = IndexSchedules { chat: chats[at].clone(), schedules: all.clone(), added: true };
        if ask(&core, index).is_ok() {
            lists[at] = all;
        }
    }
    assert_eq!(lists.iter().map(Vec::len).sum::<usize>(), 4);
    assert_eq!(ask(&core, ListSchedules {}).unwrap().len(), 4);
}
