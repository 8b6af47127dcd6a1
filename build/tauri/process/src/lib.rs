//! One `voicebox-sidecar` process, kept running for as long as the app lives, and the lines to and from it.
//!
//! [`Sidecar`] starts the process, drains both its outputs, starts it again after a crash, and ends it: by closing
//! its stdin, and by force if it has not ended within [`GRACE`]. It knows nothing of Tauri and needs only the standard
//! library, so that it can be tested against the real program; `../src-tauri/src/lib.rs` shows it in an app.

mod life;
mod sidecar;

pub use life::Heard;
pub use sidecar::{Pauses, Sidecar, GRACE};
