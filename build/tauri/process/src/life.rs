//! One process from its start to its end, with a thread for each of its pipes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// What a listener is told: any number of lines, and then the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line of stdout without its newline: one message of the protocol.
    Line(String),
    /// The process is gone, with what is known of the reason. No line follows.
    Ended(String),
}

/// How often to look whether a process has ended while something else still holds its stdout open.
const LOOK: Duration = Duration::from_secs(1);
/// Between two looks at a process whose stdout has ended, and which will end at once.
const SHORT_LOOK: Duration = Duration::from_millis(10);
/// How long to wait for the last lines of a process that has ended.
const DRAIN: Duration = Duration::from_millis(500);

/// What wakes the thread that watches a life.
pub(crate) enum Wake {
    /// The stdout of the life with this number has ended, for this reason if it was not the process's own doing.
    Silent(u64, Option<String>),
    /// Somebody has hung up, or closes everything.
    HungUp,
}

/// The side of a running process that requests are written to.
pub(crate) struct Life {
    number: u64,
    child: Child,
}

impl Life {
    /// Starts the process; `on_line` and `on_stderr` are called in threads of their own. The lines that the sender
    /// takes are written to stdin, which closes once the sender is dropped.
    pub(crate) fn start(
        number: u64,
        mut command: Command,
        wake: Sender<Wake>,
        on_line: impl Fn(String) + Send + 'static,
        on_stderr: impl Fn(&str) + Send + 'static,
    ) -> io::Result<(Life, Sender<String>)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Should this process be killed while another one holds the pipe open, the sidecar notices by this.
        command.arg("--parent-pid").arg(std::process::id().to_string());
        hide_console(&mut command);
        let mut child = command.spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (to_stdin, lines) = channel();
        thread::spawn(move || write_lines(stdin, lines));
        thread::spawn(move || {
            let fault = read_lines(stdout, on_line).err().map(|fault| format!("its output was unreadable ({fault})"));
            // Nobody listens only if everything has been closed.
            let _ = wake.send(Wake::Silent(number, fault));
        });
        thread::spawn(move || drain(stderr, on_stderr));
        Ok((Life { number, child }, to_stdin))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end, and for what the process wrote before it. `hung_up` gives the moment by which it must have
    /// come, once somebody has hung up; after that the process is killed, as is one that cannot be understood or that
    /// lives on without its stdout. Gives why it had to be killed, too.
    pub(crate) fn wait(
        mut self,
        wakes: &Receiver<Wake>,
        grace: Duration,
        hung_up: impl Fn() -> Option<Instant>,
    ) -> io::Result<(ExitStatus, Option<String>)> {
        let mut silent_by: Option<Instant> = None;
        loop {
            if let Some(status) = self.child.try_wait()? {
                if silent_by.is_none() {
                    self.drained(wakes);
                }
                return Ok((status, None));
            }
            let due = [silent_by, hung_up()].into_iter().flatten().min();
            if due.is_some_and(|due| Instant::now() >= due) {
                return self.kill("it did not end by itself".into());
            }
            let look = if silent_by.is_some() { SHORT_LOOK } else { LOOK };
            let pause = due.map_or(look, |due| look.min(due.saturating_duration_since(Instant::now())));
            match wakes.recv_timeout(pause) {
                Ok(Wake::Silent(number, Some(fault))) if number == self.number => return self.kill(fault),
                Ok(Wake::Silent(number, None)) if number == self.number => silent_by = Some(Instant::now() + grace),
                _ => {}
            }
        }
    }

    fn kill(mut self, why: String) -> io::Result<(ExitStatus, Option<String>)> {
        self.child.kill()?;
        Ok((self.child.wait()?, Some(why)))
    }

    /// The end may be seen before the last line is: waits for that, unless another process holds the pipe open.
    fn drained(&self, wakes: &Receiver<Wake>) {
        let until = Instant::now() + DRAIN;
        while let Ok(wake) = wakes.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if matches!(wake, Wake::Silent(number, _) if number == self.number) {
                return;
            }
        }
    }
}

/// Windows would open a console window for the sidecar, which is a console program; Microsoft calls the flag
/// `CREATE_NO_WINDOW`.
fn hide_console(command: &mut Command) {
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        command.creation_flags(0x0800_0000);
    }
    #[cfg(not(windows))]
    let _ = command;
}

/// In a thread of its own, since a pipe that nobody empties would block whoever sends, and so the app's own end.
fn write_lines(stdin: Option<ChildStdin>, lines: Receiver<String>) {
    let Some(mut stdin) = stdin else { return };
    for line in lines {
        if stdin.write_all(line.as_bytes()).and_then(|()| stdin.write_all(b"\n")).is_err() {
            return; // The process is gone; its end tells everybody who waits for an answer.
        }
    }
}

fn read_lines(stdout: Option<impl Read>, on_line: impl Fn(String)) -> io::Result<()> {
    let Some(stdout) = stdout else { return Ok(()) };
    let mut reader = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.pop() != Some(b'\n') {
            return Ok(()); // Half a line is what a crash leaves.
        }
        on_line(String::from_utf8(line).map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))?);
    }
}

/// Nobody may leave stderr unread: a full pipe would stop the process at its next warning.
fn drain(stderr: Option<impl Read>, on_stderr: impl Fn(&str)) {
    let Some(stderr) = stderr else { return };
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(read) if read > 0) {
        on_stderr(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
}
