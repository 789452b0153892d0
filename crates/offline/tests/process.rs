//! The program itself: help, ready line, ports, signals.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers outside of the test functions

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_ports() -> [u16; 4] {
    let listeners: Vec<TcpListener> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    std::array::from_fn(|index| listeners[index].local_addr().unwrap().port())
}

fn start(ports: [u16; 4]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deputy-offline"));
    for (option, port) in ["--tenant-port", "--providers-port", "--model-port", "--control-port"].iter().zip(ports) {
        command.args([(*option).to_owned(), port.to_string()]);
    }
    Program(command.arg("--quiet").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

fn ready(program: &mut Program) -> String {
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("ready: "), "{line}");
    line
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn help_lists_every_option() {
    let output = Command::new(env!("CARGO_BIN_EXE_deputy-offline")).arg("--help").output().unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for option in
        ["--tenant-port", "--providers-port", "--model-port", "--control-port", "--issuer", "--app-base-url", "--quiet"]
    {
        assert!(help.contains(option), "{option}");
    }
    assert!(!Command::new(env!("CARGO_BIN_EXE_deputy-offline")).arg("--nonsense").output().unwrap().status.success());
}

#[test]
fn it_is_ready_within_a_second_serves_all_four_ports_and_stops_on_sigterm() {
    let ports = free_ports();
    let begun = Instant::now();
    let mut program = start(ports);
    let line = ready(&mut program);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(line.contains(&format!("http://localhost:{}/", ports[0])));
    assert!(get(ports[0], "/.well-known/openid-configuration").starts_with("HTTP/1.1 200"));
    assert!(get(ports[3], "/health").starts_with("HTTP/1.1 200"));
    for port in &ports[1..3] {
        assert!(get(*port, "/").starts_with("HTTP/1.1 "), "{port}");
    }
    let pid = program.0.id();
    // An idle connection must not hold it.
    let _idle = TcpStream::connect(("127.0.0.1", ports[0])).unwrap();
    assert!(Command::new("kill").args(["-TERM", &pid.to_string()]).status().unwrap().success());
    let asked = Instant::now();
    let status = program.0.wait().unwrap();
    assert!(status.success() && asked.elapsed() < Duration::from_secs(2), "{status}");
}

#[cfg(target_os = "linux")]
#[test]
fn it_listens_on_loopback_addresses_only_and_stays_small() {
    let ports = free_ports();
    let mut program = start(ports);
    ready(&mut program);
    get(ports[0], "/.well-known/jwks.json");
    for (table, loopback) in [("tcp", vec!["0100007F"]), ("tcp6", vec!["00000000000000000000000001000000"])] {
        let rows = std::fs::read_to_string(format!("/proc/{}/net/{table}", program.0.id())).unwrap_or_default();
        for row in rows.lines().skip(1) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let (address, port) = columns[1].split_once(':').unwrap();
            if columns[3] == "0A" && ports.contains(&u16::from_str_radix(port, 16).unwrap()) {
                assert!(loopback.contains(&address), "{row}");
            }
        }
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.0.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib <= 50 * 1024, "{kib} KiB");
}

#[test]
fn a_port_in_use_is_named_with_the_option_that_moves_it() {
    let ports = free_ports();
    for (index, option) in ["--tenant-port", "--providers-port", "--model-port", "--control-port"].iter().enumerate() {
        let _taken = TcpListener::bind(("127.0.0.1", ports[index])).unwrap();
        let mut program = start(ports);
        assert!(!program.0.wait().unwrap().success());
        let mut message = String::new();
        program.0.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        assert!(message.contains(&format!("port {}", ports[index])) && message.contains(option), "{message}");
        if index == 0 {
            assert!(message.contains("OFFLINE_PORT"), "{message}");
        }
    }
}
