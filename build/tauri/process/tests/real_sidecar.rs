//! The process of an app, with the real sidecar: `VOICEBOX_TEST_PYTHON` names a Python that has it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use voicebox_sidecar_process::{Heard, Pauses, Sidecar, GRACE};

const PATIENCE: Duration = Duration::from_secs(30);
const PAUSES: Pauses = Pauses { first: Duration::from_millis(20), longest: Duration::from_secs(1) };

/// A folder of a test, gone when the test is; the sidecar's data folder lies in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = env::temp_dir().join(format!("voicebox process {} {name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn python(folder: &Path, before: &str) -> impl Fn() -> Command + Send + 'static {
    let python = env::var_os("VOICEBOX_TEST_PYTHON").expect("VOICEBOX_TEST_PYTHON names a Python that has the sidecar");
    let (folder, program) = (folder.join("data"), format!("{before}\nfrom sidecar.__main__ import main\nmain()"));
    move || {
        let mut command = Command::new(&python);
        command.arg("-c").arg(&program).arg("--data-dir").arg(&folder);
        command
    }
}

fn start(folder: &Folder) -> Sidecar {
    Sidecar::start(python(&folder.0, ""), |line| eprintln!("{line}"), PAUSES)
}

/// A page: what it hears, in order.
struct Page {
    number: u64,
    heard: Receiver<Heard>,
}

impl Page {
    fn new(sidecar: &Sidecar) -> Page {
        let (tell, heard) = channel();
        // A page that is gone hears nothing.
        let number = sidecar.attach(move |news| drop(tell.send(news))).expect("a process");
        Page { number, heard }
    }

    /// The first line that holds this, whatever comes before it.
    fn line(&self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Heard::Line(line)) if line.contains(part) => return line,
                Ok(Heard::Line(_)) => {}
                other => panic!("no line with {part:?}: {other:?}"),
            }
        }
    }

    fn end(&self) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Heard::Ended(reason)) => return reason,
                Ok(Heard::Line(_)) => {}
                Err(fault) => panic!("no end: {fault}"),
            }
        }
    }

    fn ask(&self, sidecar: &Sidecar, id: u32, method: &str, params: &str) -> String {
        let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#);
        sidecar.send(self.number, line).expect("a line sent");
        self.line(&format!(r#""id":{id}}}"#))
    }
}

fn is_gone(pid: u32) -> bool {
    let probed = Command::new("kill").args(["-0", &pid.to_string()]).output().expect("kill");
    !probed.status.success()
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().expect("kill").success());
}

#[test]
fn the_first_line_is_heard_though_the_page_comes_late_and_a_request_is_answered() {
    let folder = Folder::new("ready");
    let sidecar = start(&folder);
    while sidecar.pid().is_none() {
        thread::yield_now();
    }
    let page = Page::new(&sidecar);
    assert!(page.line("").contains(r#""method":"sidecar.ready""#));
    assert!(page.ask(&sidecar, 1, "system.health", "{}").contains(r#""result""#));
}

#[test]
fn closing_ends_it_in_time_with_exit_code_0() {
    let folder = Folder::new("close");
    let sidecar = start(&folder);
    let page = Page::new(&sidecar);
    page.line("sidecar.ready");
    let pid = sidecar.pid().expect("a process");
    let began = Instant::now();
    assert_eq!(sidecar.close().and_then(|status| status.code()), Some(0));
    assert!(began.elapsed() < GRACE);
    assert!(is_gone(pid));
    assert!(page.end().contains("exit status: 0"));
    assert!(sidecar.send(page.number, "{}".into()).is_err());
    assert!(sidecar.attach(|_| {}).is_err());
}

#[test]
fn dropping_it_ends_it() {
    let folder = Folder::new("drop");
    let sidecar = start(&folder);
    let page = Page::new(&sidecar);
    page.line("sidecar.ready");
    let pid = sidecar.pid().expect("a process");
    drop(sidecar);
    assert!(is_gone(pid));
    assert!(page.end().contains("exit status: 0"));
}

#[test]
fn a_process_that_does_not_end_by_itself_is_killed() {
    let command = || {
        let mut command = Command::new("sh");
        command.args(["-c", "echo hello; exec sleep 60"]);
        command
    };
    let sidecar = Sidecar::start(command, |_| {}, PAUSES);
    Page::new(&sidecar).line("hello");
    let pid = sidecar.pid().expect("a process");
    let began = Instant::now();
    let status = sidecar.close().expect("an end");
    assert!(!status.success());
    assert!(is_gone(pid));
    assert!((GRACE..GRACE + Duration::from_secs(1)).contains(&began.elapsed()));
}

#[test]
fn much_on_stderr_holds_nothing_up() {
    let folder = Folder::new("chatty");
    let counted = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&counted);
    let chatty = "import sys, threading\n\
        def chat():\n    while True: sys.stderr.write('x' * 1000 + '\\n')\n\
        threading.Thread(target=chat, daemon=True).start()";
    let log = move |line: &str| {
        counting.fetch_add(line.len(), Ordering::Relaxed);
    };
    let sidecar = Sidecar::start(python(&folder.0, chatty), log, PAUSES);
    let page = Page::new(&sidecar);
    page.line("sidecar.ready");
    for id in 1..=20 {
        assert!(page.ask(&sidecar, id, "system.health", "{}").contains(r#""result""#));
    }
    assert!(counted.load(Ordering::Relaxed) > 1 << 20, "more than any pipe holds has been read");
    assert!(sidecar.close().expect("an end").success());
}

#[test]
fn a_killed_one_is_started_again_and_goes_on_with_its_queue() {
    let folder = Folder::new("killed");
    let sidecar = start(&folder);
    let page = Page::new(&sidecar);
    assert!(page.ask(&sidecar, 1, "profiles.create", r#"{"name":"Ada"}"#).contains("Ada"));
    let bundle = folder.0.join("ada.zip");
    let export = format!(r#"{{"profile_id":"ada","path":"{}"}}"#, bundle.display());
    let queued = page.ask(&sidecar, 2, "profiles.export", &export);
    kill(sidecar.pid().expect("a process"));
    assert!(page.end().contains("signal: 9"));
    let job = queued.split(r#""job_id":""#).nth(1).and_then(|rest| rest.split('"').next()).expect(&queued);

    let again = Page::new(&sidecar);
    assert!(again.number > page.number);
    assert!(sidecar.send(page.number, "{}".into()).is_err(), "an old page reaches no new process");
    let waited = again.ask(&sidecar, 1, "jobs.wait", &format!(r#"{{"job_id":"{job}"}}"#));
    assert!(waited.contains(r#""status":"completed""#), "{waited}");
    assert!(bundle.exists());
}

#[test]
fn each_page_has_a_process_of_its_own() {
    let folder = Folder::new("pages");
    let sidecar = start(&folder);
    let first = Page::new(&sidecar);
    first.line("sidecar.ready");
    let second = Page::new(&sidecar);
    assert!(first.end().contains("exit status: 0"));
    assert!(second.ask(&sidecar, 1, "system.health", "{}").contains(r#""result""#));
    assert!(matches!(first.heard.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::Disconnected)));
}

#[test]
fn a_program_that_is_not_there_is_told_and_tried_again() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&attempts);
    let missing = move || {
        counting.fetch_add(1, Ordering::Relaxed);
        Command::new("/nowhere/voicebox-sidecar")
    };
    let sidecar = Sidecar::start(missing, |_| {}, PAUSES);
    assert!(sidecar.attach(|_| {}).unwrap_err().contains("could not be started"));
    let until = Instant::now() + PATIENCE;
    while attempts.load(Ordering::Relaxed) < 3 && Instant::now() < until {
        thread::yield_now();
    }
    assert!(attempts.load(Ordering::Relaxed) >= 3);
    assert!(sidecar.close().is_none());
}
