//! An app around voicebox-sidecar: Rust owns the process, the page speaks to it through three commands.
//!
//! In `Cargo.toml`: `tauri = { version = "2", features = ["protocol-asset"] }` and
//! `voicebox-sidecar-process = { path = "…/build/tauri/process" }`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, RunEvent, State};
use voicebox_sidecar_process::{Heard, Pauses, Sidecar};

/// Gives the page a process of its own; `line` gets each of its lines, and at last `null`. Waits while none runs.
#[tauri::command]
async fn sidecar_attach(app: AppHandle, line: Channel<Option<String>>) -> Result<u64, String> {
    let sidecar = app.state::<Arc<Sidecar>>().inner().clone();
    let listener = move |heard| {
        // It fails if the page is gone; the process then waits for the next page.
        let _ = line.send(match heard {
            Heard::Line(text) => Some(text),
            Heard::Ended(reason) => {
                log(&reason);
                None
            }
        });
    };
    let attached = tauri::async_runtime::spawn_blocking(move || sidecar.attach(listener));
    attached.await.map_err(|fault| fault.to_string())?
}

#[tauri::command]
fn sidecar_send(sidecar: State<'_, Arc<Sidecar>>, process: u64, line: String) -> Result<(), String> {
    sidecar.send(process, line)
}

/// Ends the process for good. The page calls it before an update is installed; the app's own end needs no call.
#[tauri::command]
async fn sidecar_close(app: AppHandle) -> Result<(), String> {
    let sidecar = app.state::<Arc<Sidecar>>().inner().clone();
    let closed = tauri::async_runtime::spawn_blocking(move || sidecar.close());
    closed.await.map(|_| ()).map_err(|fault| fault.to_string())
}

/// In development the program that `VOICEBOX_SIDECAR` names, such as `.venv/bin/voicebox-sidecar`; in a release the
/// one that was installed with the app.
fn program(app: &AppHandle) -> tauri::Result<PathBuf> {
    if cfg!(debug_assertions) {
        if let Some(program) = std::env::var_os("VOICEBOX_SIDECAR") {
            return Ok(program.into());
        }
    }
    let name = format!("voicebox-sidecar{}", std::env::consts::EXE_SUFFIX);
    Ok(app.path().resource_dir()?.join("sidecar").join(name))
}

fn log(line: &str) {
    eprintln!("{line}");
}

pub fn run() {
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![sidecar_attach, sidecar_send, sidecar_close])
        .setup(|app| {
            let program = program(app.handle())?;
            let library = app.path().app_data_dir()?.join("library");
            let command = move || {
                let mut command = Command::new(&program);
                command.arg("--data-dir").arg(&library);
                command
            };
            app.manage(Arc::new(Sidecar::start(command, log, Pauses::default())));
            Ok(())
        })
        .build(tauri::generate_context!())
        .expect("the app is configured as it should be");
    app.run(|app, event| {
        // The process ends without running destructors, so dropping the state would not be enough.
        if let RunEvent::Exit = event {
            if let Some(sidecar) = app.try_state::<Arc<Sidecar>>() {
                sidecar.close();
            }
        }
    });
}
