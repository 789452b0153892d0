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

fn free_ports() -> [u16; 5] {
    let listeners: Vec<TcpListener> = (0..5).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    std::array::from_fn(|index| listeners[index].local_addr().unwrap().port())
}

fn start(ports: [u16; 5]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deputy-offline"));
    let options = ["--tenant-port", "--providers-port", "--model-port", "--control-port", "--fga-port"];
    for (option, port) in options.iter().zip(ports) {
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
    for option in [
        "--tenant-port",
        "--providers-port",
        "--model-port",
        "--control-port",
        "--fga-port",
        "--issuer",
        "--app-base-url",
        "--quiet",
    ] {
        assert!(help.contains(option), "{option}");
    }
    assert!(!Command::new(env!("CARGO_BIN_EXE_deputy-offline")).arg("--nonsense").output().unwrap().status.success());
}

#[test]
fn it_is_ready_within_a_second_serves_all_five_ports_and_stops_on_sigterm() {
    let ports = free_ports();
    let begun = Instant::now();
    let mut program = start(ports);
    let line = ready(&mut program);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(line.contains(&format!("http://localhost:{}/", ports[0])));
    assert!(get(ports[0], "/.well-known/openid-configuration").starts_with("HTTP/1.1 200"));
    assert!(get(ports[3], "/health").starts_with("HTTP/1.1 200"));
    assert!(get(ports[4], "/healthz").contains("SERVING"));
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

fn post(port: u16, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    // A dropped connection may end with an error as well as with nothing.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_fault_can_drop_the_connection_without_an_answer() {
    let ports = free_ports();
    let mut program = start(ports);
    assert!(ready(&mut program).contains(" seed "));
    let fault = r#"{"service":"tenant","path_prefix":"/oauth","drop":true,"times":1}"#;
    assert!(post(ports[3], "/faults", fault).starts_with("HTTP/1.1 200"));
    assert_eq!(post(ports[0], "/oauth/token", ""), "");
    assert!(post(ports[0], "/oauth/token", "").starts_with("HTTP/1.1 400"));
}

/// Addresses of every connection of the process: local and remote, as `/proc` writes them.
#[cfg(target_os = "linux")]
fn remote_addresses(pid: u32) -> Vec<String> {
    let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = fds.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok()?.to_str().map(str::to_owned));
    let inodes: Vec<String> =
        links.filter_map(|link| link.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_owned)).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let rows = std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for row in rows.lines().skip(1) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            if inodes.iter().any(|inode| inode == columns[9]) {
                found.push(columns[2].split_once(':').unwrap().0.to_owned());
            }
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn it_never_connects_to_an_address_that_is_not_loopback() {
    // `any` is the remote side of a listening socket.
    let loopback = ["0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"];
    let any = ["00000000", "00000000000000000000000000000000"];
    let ports = free_ports();
    let mut program = start(ports);
    ready(&mut program);
    let urls =
        r#"{"backchannel_logout_urls":["http://192.0.2.1:81/x","http://192.0.2.1:82/x","http://app.example/x"]}"#;
    let mut stream = TcpStream::connect(("127.0.0.1", ports[3])).unwrap();
    let length = urls.len();
    write!(stream, "PATCH /clients/deputy-offline HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{urls}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let order = r#"{"client_id":"deputy-offline","user_id":"auth0|x","sid":"s"}"#;
    let control = ports[3];
    let asked = std::thread::spawn(move || post(control, "/logout-tokens", order));
    let pid = program.0.id();
    let mut seen = Vec::new();
    while !asked.is_finished() {
        seen.extend(remote_addresses(pid));
        std::thread::sleep(Duration::from_millis(2));
    }
    let answer = asked.join().unwrap();
    assert_eq!(answer.matches("only http addresses of this machine are called").count(), 3, "{answer}");
    // And afterwards, with a connection of ours open, the table is really that of the process.
    let _ours = TcpStream::connect(("127.0.0.1", ports[0])).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    seen.extend(remote_addresses(pid));
    assert!(seen.iter().any(|address| loopback.contains(&address.as_str())), "{seen:?}");
    for address in seen {
        assert!(loopback.contains(&address.as_str()) || any.contains(&address.as_str()), "{address}");
    }
}

#[test]
fn only_one_file_of_the_program_opens_connections() {
    fn sources(directory: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let connects = |path: &&std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        ["TcpStream", "UdpSocket", "TcpSocket", "lookup_host", "ToSocketAddrs"].iter().any(|name| text.contains(name))
    };
    let names: Vec<&str> =
        files.iter().filter(connects).map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["outbound.rs"]);
}
