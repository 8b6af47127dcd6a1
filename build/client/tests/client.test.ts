import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, isSidecarError, Sidecar } from "../src/index.js";
import { Counterpart } from "./support.js";

const PROGRESS = { kind: "generation", completed: 0, total: 1, unit: "chunks", eta_s: null, message: "" };

function connect(): { counterpart: Counterpart; client: Client; warnings: string[] } {
  const counterpart = new Counterpart();
  const warnings: string[] = [];
  return { counterpart, client: new Client(counterpart, { onWarning: (message) => warnings.push(message) }), warnings };
}

/** Lets everything that is due happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("answers find their calls by number, in any order", async () => {
  const { counterpart, client } = connect();
  const first = client.call("profiles.get", { profile_id: "a" });
  const second = client.call("profiles.get", { profile_id: "b" });
  assert.deepEqual(counterpart.sent.map((request) => [request.id, request.params]), [
    [1, { profile_id: "a" }],
    [2, { profile_id: "b" }],
  ]);
  counterpart.say({ id: 2, result: { profile: { name: "B" } } });
  counterpart.say({ id: 1, result: { profile: { name: "A" } } });
  assert.equal((await first).profile.name, "A");
  assert.equal((await second).profile.name, "B");
});

test("an error's kind tells what its data holds", async () => {
  const { counterpart, client } = connect();
  const call = client.call("profiles.get", { profile_id: "nobody" });
  const data = { kind: "not_found", resource: "profile", id: "nobody" };
  counterpart.say({ id: 1, error: { code: -32001, message: "There is no such profile.", data } });
  const fault: unknown = await call.catch((caught: unknown) => caught);
  assert.ok(isSidecarError(fault) && fault.kind === "not_found");
  assert.equal(fault.data.resource, "profile");
  assert.equal(fault.code, -32001);
  assert.equal(fault.message, "There is no such profile.");
});

test("what is heard and is no answer is reported", async () => {
  const { counterpart, client, warnings } = connect();
  counterpart.say("Traceback (most recent call last):");
  counterpart.say("5");
  counterpart.say({ id: 99, result: {} });
  client.on("sidecar.ready", () => {
    throw new Error("a listener's own fault");
  });
  counterpart.tell("sidecar.ready", {});
  assert.deepEqual(warnings, [
    "a line is no JSON",
    "a line is no message",
    "an answer that nobody waits for",
    "a listener of sidecar.ready threw",
  ]);
});

test("every call that is under way fails when the pipe closes, and so does every later one", async () => {
  const { counterpart, client } = connect();
  const calls = [client.call("models.list"), client.call("jobs.wait", { job_id: "a" })];
  counterpart.crash("it was ended by SIGKILL");
  const outcomes = await Promise.allSettled([...calls, client.progress("a").next()]);
  const later = await Promise.allSettled([client.call("models.list"), client.progress("a").next()]);
  for (const outcome of [...outcomes, ...later]) {
    assert.ok(outcome.status === "rejected" && isSidecarError(outcome.reason));
    assert.equal(outcome.reason.kind, "disconnected");
    assert.match(outcome.reason.message, /SIGKILL/);
  }
  assert.ok(client.isClosed);
});

test("a line that cannot be sent fails its call", async () => {
  const { counterpart, client } = connect();
  counterpart.send = () => {
    throw new Error("EPIPE");
  };
  await assert.rejects(client.call("models.list"), { kind: "disconnected", message: /EPIPE/ });
});

test("what the sidecar could not read is refused before it is sent", async () => {
  const counterpart = new Counterpart();
  const client = new Client(counterpart, { max_line_bytes: 200 });
  const cut = client.call("profiles.create", { name: "🎙".slice(0, 1) });
  await assert.rejects(cut, { kind: "invalid_params", message: /name/ });
  const long = client.call("profiles.create", { name: "é".repeat(100) });
  await assert.rejects(long, { kind: "invalid_params", message: /200/ });
  assert.deepEqual(counterpart.sent, []);
  void client.call("profiles.create", { name: "é".repeat(40) });
  assert.equal(counterpart.sent.length, 1);
});

test("what the sidecar could not read nonetheless leaves no call waiting", async () => {
  const { counterpart, client, warnings } = connect();
  const calls = [client.call("models.list"), client.call("engines.list")];
  counterpart.say({ id: null, error: { code: -32700, message: "Too long.", data: { kind: "parse_error" } } });
  for (const call of calls) await assert.rejects(call, { kind: "parse_error" });
  assert.deepEqual(warnings, ["a line of ours could not be read"]);
});

test("an aborted call asks for its cancellation, and ends as the answer says", async () => {
  const { counterpart, client } = connect();
  const abort = new AbortController();
  const call = client.call("jobs.wait", { job_id: "a" }, { signal: abort.signal });
  abort.abort();
  assert.deepEqual(counterpart.sent.at(-1), { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } });
  counterpart.say({ id: 1, error: { code: -32800, message: "Cancelled.", data: { kind: "cancelled" } } });
  await assert.rejects(call, { kind: "cancelled" });
  await assert.rejects(client.call("models.list", {}, { signal: abort.signal }), { kind: "cancelled" });
  assert.equal(counterpart.sent.length, 2);
});

test("progress gives the newest and ends with the job", async () => {
  const { counterpart, client } = connect();
  const fractions: number[] = [];
  const watching = (async () => {
    for await (const { fraction } of client.progress("a")) {
      fractions.push(fraction);
      await settle();
    }
  })();
  await settle();
  counterpart.say({ id: 1, result: { job: { finished_at: null } } });
  for (const fraction of [0.1, 0.2, 0.3]) {
    counterpart.tell("job.progress", { ...PROGRESS, job_id: "a", stage: "speaking", fraction });
    counterpart.tell("job.progress", { ...PROGRESS, job_id: "b", stage: "speaking", fraction: 0.9 });
  }
  await settle();
  counterpart.tell("job.progress", { ...PROGRESS, job_id: "a", stage: "writing", fraction: 0.8 });
  counterpart.tell("job.finished", { job_id: "a", kind: "generation", status: "completed", result: {} });
  await watching;
  assert.deepEqual(fractions, [0.3, 0.8]);
});

test("progress of a job that has ended ends", async () => {
  const { counterpart, client } = connect();
  const watching = client.progress("a").next();
  counterpart.say({ id: 1, result: { job: { finished_at: "2026-01-01T00:00:00Z" } } });
  assert.deepEqual(await watching, { done: true, value: undefined });
});

test("watching can be given up", async () => {
  const { client } = connect();
  const abort = new AbortController();
  const watching = client.progress("a", { signal: abort.signal }).next();
  abort.abort();
  await assert.rejects(watching, { kind: "cancelled" });
});

test("a process that cannot be started is tried again after ever longer pauses", async () => {
  let tries = 0;
  const counterpart = new Counterpart();
  const sidecar = new Sidecar({
    spawn: () => {
      if (++tries <= 4) throw new Error("ENOENT");
      return counterpart;
    },
    pauses: { first_ms: 1, longest_ms: 4 },
  });
  const pauses: number[] = [];
  sidecar.on("disconnected", ({ retry_ms }) => pauses.push(retry_ms));
  const ready = new Promise((resolve) => sidecar.on("sidecar.ready", resolve));
  await assert.rejects(sidecar.call("models.list"), { kind: "disconnected", message: /ENOENT/ });
  counterpart.tell("sidecar.ready", { pid: 5 });
  assert.deepEqual(await ready, { pid: 5 });
  assert.deepEqual(pauses, [1, 2, 4, 4]);
  await sidecar.close();
  await assert.rejects(sidecar.call("models.list"), { kind: "disconnected", message: /closed/ });
});

test("a call that waits for the next process can be cancelled, and ends when the sidecar is closed", async () => {
  const spawn = () => {
    throw new Error("ENOENT");
  };
  const sidecar = new Sidecar({ spawn, pauses: { first_ms: 60_000, longest_ms: 60_000 } });
  await assert.rejects(sidecar.call("models.list"), { kind: "disconnected" });
  const abort = new AbortController();
  const cancelled = sidecar.call("models.list", {}, { signal: abort.signal });
  const closed = sidecar.call("models.list");
  abort.abort();
  await assert.rejects(cancelled, { kind: "cancelled" });
  await Promise.all([sidecar.close(), assert.rejects(closed, { kind: "disconnected" })]);
});
