import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isSidecarError } from "../src/index.js";
import { folder, startSidecar, told } from "./support.js";

const KILLS = Number(process.env["VOICEBOX_CLIENT_KILLS"] ?? 10);
const SEED = Number(process.env["VOICEBOX_CLIENT_SEED"] ?? 20);
/** Long enough for a fresh process to start, to answer and to begin a job. */
const KILL_WITHIN_MS = 2_500;
const ASK_EACH_MS = 200;
const SETTLE_MS = 1_000;

/** Numbers from 0 to 1 by a linear congruential generator with the constants of Numerical Recipes. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

test(`${KILLS} kills at random moments leave no call waiting and lose no job`, async (test) => {
  const home = folder(test);
  const { sidecar, kill } = startSidecar(test, `${home}/data`);
  const moments = numbers(SEED);
  const acknowledged = new Map<string, string>();
  const outcomes = { answered: 0, disconnected: 0 };
  const underWay = new Set<string>();

  let asks = 0;
  const ask = async (about: string, call: Promise<unknown>) => {
    const what = `${about}, ${++asks}`;
    underWay.add(what);
    try {
      await call;
      outcomes.answered += 1;
    } catch (fault) {
      assert.ok(isSidecarError(fault), String(fault));
      assert.equal(fault.kind, "disconnected", fault.message);
      outcomes.disconnected += 1;
    }
    underWay.delete(what);
  };
  await sidecar.call("profiles.create", { name: "Ada" });
  let exports = 0;
  const queue = async () => {
    const path = `${home}/${++exports}.zip`;
    const { job_id } = await sidecar.call("profiles.export", { profile_id: "ada", path });
    acknowledged.set(job_id, path);
    return job_id;
  };
  const watched: Promise<void>[] = [];
  const queueAndWatch = async () => {
    const job_id = await queue();
    const watch = async () => {
      for await (const { fraction } of sidecar.progress(job_id)) assert.ok(fraction >= 0 && fraction <= 1);
    };
    watched.push(watch());
  };
  const queueAndWait = async () => sidecar.call("jobs.wait", { job_id: await queue() });

  const asked: Promise<void>[] = [];
  for (let kills = 0; kills < KILLS; ) {
    const kill_ms = moments.next().value * KILL_WITHIN_MS;
    for (const stop = Date.now() + kill_ms; ; ) {
      asked.push(ask(`${kills} watch`, queueAndWatch()));
      asked.push(ask(`${kills} wait`, queueAndWait()));
      asked.push(ask(`${kills} health`, sidecar.call("system.health")));
      await sleep(Math.max(0, Math.min(ASK_EACH_MS, stop - Date.now())));
      if (Date.now() >= stop) break;
    }
    const gone = told(sidecar, "disconnected");
    if (!kill()) continue;
    kills += 1;
    await gone;
    await Promise.race([Promise.all(asked.splice(0)), sleep(SETTLE_MS, undefined, { ref: false })]);
    assert.deepEqual([...underWay], [], "these still wait for a process that is dead");
  }
  await Promise.all(watched);
  for (const [job_id, path] of acknowledged) {
    for await (const _ of sidecar.progress(job_id));
    assert.equal((await sidecar.call("jobs.get", { job_id })).job.status, "completed");
    assert.ok(existsSync(path), `${path} is missing`);
  }
  assert.ok(outcomes.disconnected > 0, "no kill hit a call");
  test.diagnostic(`${outcomes.answered} answered, ${outcomes.disconnected} disconnected, ${acknowledged.size} jobs`);
});
