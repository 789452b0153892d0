//! `deputy-offline`: starts the offline world and runs until it is told to stop.

use std::{
    io::{Write, stderr, stdout},
    process::ExitCode,
};

use deputy_offline::{
    options::{Command, Options},
    server,
};

#[tokio::main]
async fn main() -> ExitCode {
    match Options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => print(Options::HELP),
        Ok(Command::Version) => print(concat!("deputy-offline ", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Run(options)) => match server::run(*options).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string()),
        },
        Err(error) => fail(&format!("{error}\nTry `deputy-offline --help`.")),
    }
}

fn print(text: &str) -> ExitCode {
    match writeln!(stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(message: &str) -> ExitCode {
    // Nothing is left to be told when standard error is closed as well.
    let _ = writeln!(stderr(), "deputy-offline: {message}");
    ExitCode::FAILURE
}
