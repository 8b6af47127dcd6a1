//! The sidecar whatever becomes of its process: one life after the other, and the page that listens to each.

use std::process::{Command, ExitStatus};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::life::{Heard, Life, Wake};

/// Within which the sidecar promises to end once its stdin has ended; what is left then is killed.
pub const GRACE: Duration = Duration::from_secs(5);
/// How long a killed process may take to be gone.
const KILL: Duration = Duration::from_secs(1);

/// How long to wait before a new process: the first pause, doubled after each life shorter than the longest.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    pub first: Duration,
    pub longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Pauses { first: Duration::from_millis(250), longest: Duration::from_secs(10) }
    }
}

type Listener = Arc<dyn Fn(Heard) + Send + Sync>;
type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// A running process and who listens to it.
struct Current {
    pid: u32,
    /// Dropping it closes stdin; `None` once somebody has hung up.
    to_stdin: Option<Sender<String>>,
    end_by: Option<Instant>,
    /// The line `sidecar.ready`, kept for the first listener. What comes before that listener is news for nobody.
    greeting: Option<String>,
    listener: Option<Listener>,
}

#[derive(Default)]
struct State {
    /// The number of the current process, or of the last one.
    number: u64,
    current: Option<Current>,
    failed_starts: u64,
    last_failure: String,
    last_status: Option<ExitStatus>,
    closing: bool,
    finished: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    wake: Sender<Wake>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hang_up(&self, current: &mut Current) {
        if current.to_stdin.take().is_some() {
            current.end_by = Some(Instant::now() + GRACE);
            // Without a receiver there is no process left to end.
            let _ = self.wake.send(Wake::HungUp);
        }
    }

    fn hear(&self, number: u64, line: String) {
        let mut state = self.lock();
        if state.number != number {
            return;
        }
        let Some(current) = &mut state.current else { return };
        match current.listener.clone() {
            Some(listener) => {
                drop(state);
                listener(Heard::Line(line));
            }
            None => {
                current.greeting.get_or_insert(line);
            }
        }
    }
}

/// The sidecar of an app. Dropping it ends the process, as [`Sidecar::close`] does.
pub struct Sidecar {
    shared: Arc<Shared>,
}

impl Sidecar {
    /// Starts the process that `command` describes, and another one after each of its ends.
    ///
    /// `command` is asked again for each process, and gets `--parent-pid` added; `log` is told each line of stderr and
    /// each end, from other threads.
    pub fn start(
        command: impl Fn() -> Command + Send + 'static,
        log: impl Fn(&str) + Send + Sync + 'static,
        pauses: Pauses,
    ) -> Sidecar {
        let (wake, wakes) = channel();
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), wake });
        let (supervised, log) = (Arc::clone(&shared), Arc::new(log) as Log);
        thread::spawn(move || supervise(&supervised, &wakes, &command, &log, pauses));
        Sidecar { shared }
    }

    /// Gives a process to this listener, for as long as the process lives, and its number for [`Sidecar::send`].
    ///
    /// Waits while none runs. Each listener gets a process of its own, so that no answer to one page, whose ids count
    /// from 1, is ever taken for an answer to the next: a process that another one has used is ended first, and its
    /// queue goes on in the next. The listener is called from another thread, and must return soon.
    ///
    /// # Errors
    /// The reason, if the process cannot be started or everything has been closed.
    pub fn attach(&self, listener: impl Fn(Heard) + Send + Sync + 'static) -> Result<u64, String> {
        let mut state = self.shared.lock();
        let failed_before = state.failed_starts;
        loop {
            if state.closing {
                return Err("it was closed".into());
            }
            if state.failed_starts > failed_before {
                return Err(state.last_failure.clone());
            }
            let number = state.number;
            if let Some(current) = &mut state.current {
                if current.listener.is_some() {
                    self.shared.hang_up(current);
                } else if current.to_stdin.is_some() {
                    let listener: Listener = Arc::new(listener);
                    // Under the lock, so that no later line overtakes it.
                    if let Some(line) = current.greeting.take() {
                        listener(Heard::Line(line));
                    }
                    current.listener = Some(listener);
                    return Ok(number);
                }
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes one line to the process with this number. It returns before the line is written: if that fails, the
    /// process has ended, and the listener is told so.
    ///
    /// # Errors
    /// The reason, if that process is gone, or the line is more than one.
    pub fn send(&self, number: u64, line: String) -> Result<(), String> {
        if line.contains('\n') {
            return Err("a message must be a single line".into());
        }
        let state = self.shared.lock();
        let current = state.current.as_ref().filter(|_| state.number == number);
        let to_stdin = current.and_then(|current| current.to_stdin.as_ref());
        to_stdin.and_then(|lines| lines.send(line).ok()).ok_or_else(|| "the process is gone".into())
    }

    /// The process that runs now.
    pub fn pid(&self) -> Option<u32> {
        self.shared.lock().current.as_ref().map(|current| current.pid)
    }

    /// Ends the process and starts no other; gives how the last one ended. Returns within [`GRACE`] and a second.
    pub fn close(&self) -> Option<ExitStatus> {
        let mut state = self.shared.lock();
        state.closing = true;
        if let Some(current) = &mut state.current {
            self.shared.hang_up(current);
        }
        let _ = self.shared.wake.send(Wake::HungUp);
        self.shared.changed.notify_all();
        let wait = self.shared.changed.wait_timeout_while(state, GRACE + KILL, |state| !state.finished);
        wait.unwrap_or_else(PoisonError::into_inner).0.last_status
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        self.close();
    }
}

fn supervise(shared: &Arc<Shared>, wakes: &Receiver<Wake>, command: &dyn Fn() -> Command, log: &Log, pauses: Pauses) {
    let mut pause = pauses.first;
    while !shared.lock().closing {
        let born = Instant::now();
        let Some(reason) = live_once(shared, wakes, command, log) else { continue };
        if born.elapsed() > pauses.longest {
            pause = pauses.first;
        }
        log(&format!("voicebox-sidecar: {reason}; it is started again in {pause:?}"));
        let until = Instant::now() + pause;
        while !shared.lock().closing && Instant::now() < until {
            // Whatever wakes it belongs to a process that is gone, or asks to close.
            let _ = wakes.recv_timeout(until - Instant::now());
        }
        pause = (pause * 2).min(pauses.longest);
    }
    shared.lock().finished = true;
    shared.changed.notify_all();
}

/// One process from its start to its end; gives the reason of an end that nobody has asked for.
fn live_once(shared: &Arc<Shared>, wakes: &Receiver<Wake>, command: &dyn Fn() -> Command, log: &Log) -> Option<String> {
    // Locked until the process is known, so that its first line finds it.
    let mut state = shared.lock();
    if state.closing {
        return None;
    }
    let number = state.number + 1;
    let (hearing, logging) = (Arc::clone(shared), Arc::clone(log));
    let on_line = move |line| hearing.hear(number, line);
    let started = Life::start(number, command(), shared.wake.clone(), on_line, move |line| logging(line));
    let (life, to_stdin) = match started {
        Ok(started) => started,
        Err(fault) => {
            state.failed_starts += 1;
            state.last_failure = format!("it could not be started ({fault})");
            shared.changed.notify_all();
            return Some(state.last_failure.clone());
        }
    };
    state.number = number;
    let pid = life.pid();
    state.current = Some(Current { pid, to_stdin: Some(to_stdin), end_by: None, greeting: None, listener: None });
    shared.changed.notify_all();
    drop(state);

    let ended = life.wait(wakes, GRACE, || shared.lock().current.as_ref().and_then(|current| current.end_by));
    let mut state = shared.lock();
    let current = state.current.take();
    let reason = match ended {
        Ok((status, fault)) => {
            state.last_status = Some(status);
            fault.map_or_else(|| format!("it ended ({status})"), |fault| format!("{fault} ({status})"))
        }
        Err(fault) => format!("it was lost ({fault})"),
    };
    shared.changed.notify_all();
    drop(state);
    let current = current?;
    if let Some(listener) = current.listener {
        listener(Heard::Ended(reason.clone()));
    }
    current.end_by.is_none().then_some(reason)
}
