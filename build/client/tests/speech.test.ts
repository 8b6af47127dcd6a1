import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { folder, startSidecar } from "./support.js";

test("a sentence is spoken, streamed and watched", async (test) => {
  const { sidecar } = startSidecar(test, `${folder(test)}/data`);
  const voice = { kind: "preset", engine: "kokoro", voice_id: "af_heart" } as const;
  const { profile } = await sidecar.call("profiles.create", { name: "Heart", voice });
  const heard: { generation_id: string; samples: number; last: boolean }[] = [];
  sidecar.on("generation.audio", ({ generation_id, data, last }) => {
    heard.push({ generation_id, samples: Buffer.from(data, "base64").length / 2, last });
  });
  const request = { profile_id: profile.id, text: "Good morning.", stream: true };
  const { generation, job_id } = await sidecar.call("generation.create", request);
  const fractions: number[] = [];
  for await (const { fraction } of sidecar.progress(job_id)) fractions.push(fraction);
  assert.ok(fractions.length > 0);
  assert.deepEqual(fractions, [...fractions].sort((a, b) => a - b));

  const { job } = await sidecar.call("jobs.wait", { job_id });
  assert.equal(job.status, "completed");
  const made = (await sidecar.call("history.get", { generation_id: generation.id })).generation;
  assert.ok(made.audio_path !== null && statSync(made.audio_path).size > 44);
  assert.ok(heard.every(({ generation_id }) => generation_id === generation.id));
  assert.ok(heard.reduce((sum, { samples }) => sum + samples, 0) > 12_000);
  assert.equal(heard.at(-1)?.last, true);
  const { minimum } = await sidecar.call("audio.waveform", { generation_id: generation.id, buckets: 50 });
  assert.equal(minimum.length, 50);
});
