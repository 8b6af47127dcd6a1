export * from "./client.js";
export { type AnySidecarError, isSidecarError, type Kind, SidecarError } from "./errors.js";
export type * from "./generated.js";
export type { AllEvents, Event, OnWarning } from "./listeners.js";
export type { ProgressOptions } from "./progress.js";
export * from "./sidecar.js";
export { Inbox, type Transport } from "./transport.js";
