import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, isSidecarError, Sidecar } from "../src/index.js";
import { spawnInNode } from "../src/node.js";
import { argumentsFor, ENVIRONMENT, folder, PYTHON, startSidecar, told, writeWave } from "./support.js";

test("requests, typed errors, a cancelled request and the progress of a job", async (test) => {
  const home = folder(test);
  const { sidecar } = startSidecar(test, `${home}/data`);
  assert.equal((await told(sidecar, "sidecar.ready")).data_dir, `${home}/data`);

  const { profile } = await sidecar.call("profiles.create", { name: "Äda 🎙" });
  assert.equal((await sidecar.call("profiles.get", { profile_id: profile.id })).profile.name, "Äda 🎙");
  assert.equal((await sidecar.call("profiles.list")).total, 1);

  const nobody = sidecar.call("profiles.get", { profile_id: "nobody" });
  const missing: unknown = await nobody.catch((fault: unknown) => fault);
  assert.ok(isSidecarError(missing) && missing.kind === "not_found");
  assert.deepEqual([missing.code, missing.data.resource, missing.data.id], [-32001, "profile", "nobody"]);
  const wrong: unknown = await sidecar.call("profiles.list", { limit: 0 }).catch((fault: unknown) => fault);
  assert.ok(isSidecarError(wrong) && wrong.kind === "invalid_params");
  assert.deepEqual(wrong.data.errors[0]?.loc, ["limit"]);

  const { job_id } = await sidecar.call("history.import_audio", { path: writeWave(`${home}/square.wav`) });
  const abort = new AbortController();
  const waiting = sidecar.call("jobs.wait", { job_id }, { signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting, { kind: "cancelled", code: -32800 });
  const stages: string[] = [];
  for await (const { stage } of sidecar.progress(job_id)) stages.push(stage);
  assert.ok(stages.includes("decoding"));
  assert.equal((await sidecar.call("jobs.wait", { job_id })).job.status, "completed");
});

test("a text with line separators, longer than a pipe's buffer, comes back whole", async (test) => {
  const { sidecar } = startSidecar(test, `${folder(test)}/data`);
  const description = "line\u2028paragraph\u2029ünïcode 🎙 ".repeat(70);
  const created = await sidecar.call("profiles.create", { name: "Ada", description });
  for (let count = 1; count < 60; count++) await sidecar.call("profiles.create", { name: `Ada ${count}`, description });
  const { items } = await sidecar.call("profiles.list", { limit: 200 });
  assert.equal(items.length, 60);
  assert.ok(items.every((profile) => profile.description === created.profile.description));
  assert.equal(created.profile.description, description);
});

test("a killed process fails what was asked of it, and the next one goes on", async (test) => {
  const home = folder(test);
  const { sidecar, kill } = startSidecar(test, `${home}/data`);
  const first = await told(sidecar, "sidecar.ready");
  const path = writeWave(`${home}/square.wav`);
  const jobs = await Promise.all([1, 2, 3].map(() => sidecar.call("history.import_audio", { path })));
  const watching = jobs.map(async ({ job_id }) => {
    for await (const _ of sidecar.progress(job_id));
  });
  const waiting = Promise.allSettled(jobs.map(({ job_id }) => sidecar.call("jobs.wait", { job_id })));
  const [second] = await Promise.all([told(sidecar, "sidecar.ready"), kill()]);
  assert.notEqual(second.pid, first.pid);
  for (const outcome of await waiting) {
    assert.ok(outcome.status === "fulfilled" || outcome.reason.kind === "disconnected");
  }
  await Promise.all(watching);
  for (const { job_id } of jobs) assert.equal((await sidecar.call("jobs.get", { job_id })).job.status, "completed");
});

test("closing ends the process within its time, and so does the end of a refused one", async (test) => {
  const data = `${folder(test)}/data`;
  const first = new Client(spawnInNode(PYTHON, argumentsFor(data), { env: ENVIRONMENT }));
  await first.call("system.health");
  const complaints: string[] = [];
  const onStderr = (text: string) => void complaints.push(text);
  const second = new Client(spawnInNode(PYTHON, argumentsFor(data), { env: ENVIRONMENT, onStderr }));
  await assert.rejects(second.call("system.health"), { kind: "disconnected", message: /exit code 3/ });
  assert.match(complaints.join(""), /another voicebox-sidecar/);
  const reason = new Promise((resolve) => first.on("closed", resolve));
  await first.close();
  assert.deepEqual(await reason, { reason: "it ended with the exit code 0" });
});

test("a process that does not end by itself is killed after the grace time", async () => {
  const deaf = "import time; print('{\"jsonrpc\":\"2.0\",\"method\":\"deaf\"}', flush=True); time.sleep(60)";
  const client = new Client(spawnInNode(PYTHON, ["-c", deaf], { grace_ms: 50 }));
  const call = client.call("system.health");
  await Promise.all([client.close(), assert.rejects(call, { kind: "disconnected", message: /SIGKILL/ })]);
});

test("a program that is not there is said to be missing", async () => {
  const sidecar = new Sidecar({ spawn: () => spawnInNode("/no/such/voicebox-sidecar") });
  await assert.rejects(sidecar.call("system.health"), { kind: "disconnected", message: /ENOENT/ });
  await sidecar.close();
});
