//! `deputy-agent`: asks a Deputy from the command line (AA-19, UA-24). It logs in by the device flow, sends to `POST /chat`, prints the
//! answer as it comes, shows what needs a browser as a link, and asks for yes or no where Deputy asks.
//!
//! Tokens stay in memory: the next run logs in again.

mod chat;
mod error;
mod login;
mod network;
mod settings;
mod stream;
mod terminal;

use std::process::ExitCode;

use chat::Conversation;
use error::AgentError;
use login::Session;
use network::Network;
use settings::Settings;
use terminal::Terminal;

const HELP: &str = "Usage: deputy-agent [QUESTION]

Without a question it asks for one, and for the next, until the end of the input.

  DEPUTY_URL        where Deputy runs (http://localhost:3000)
  AUTH0_DOMAIN      the tenant, or AUTH0_ISSUER with its whole address
  AUTH0_AUDIENCE    the agent's API
  AGENT_CLIENT_ID   a native application with the grant Device Code, named in Deputy's AUTH0_ALLOWED_CLIENTS

Exit codes: 0 answered, 1 failed, 3 something waits for an answer that the input did not have.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut terminal = Terminal::new();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        terminal.say(HELP);
        return ExitCode::SUCCESS;
    }
    let question = Some(arguments.join(" ")).filter(|question| !question.trim().is_empty());
    match run(&mut terminal, question) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.problem(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(terminal: &mut Terminal, question: Option<String>) -> Result<(), AgentError> {
    let settings = Settings::read(&|name| std::env::var(name).ok())?;
    let network = Network::new();
    let mut session = Session::begin(&network, &settings, terminal)?;
    let mut conversation = Conversation::new(&settings.deputy)?;
    if let Some(question) = question {
        return conversation.ask(&network, &mut session, terminal, &question);
    }
    while let Some(question) = terminal.ask("\n> ") {
        if !question.is_empty() {
            conversation.ask(&network, &mut session, terminal, &question)?;
        }
    }
    Ok(())
}
