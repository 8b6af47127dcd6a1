import { appLocalDataDir } from "@tauri-apps/api/path";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { Command } from "@tauri-apps/plugin-shell";
import { type GenerationAudio, Sidecar } from "voicebox-sidecar-client";
import { StreamPlayer } from "voicebox-sidecar-client/player";
import { spawnInTauri } from "voicebox-sidecar-client/tauri";
import { Take } from "./take.js";
import { element, listEntries, listOptions, onSubmit } from "./view.js";

const ENGINE = "kokoro";
const SHOWN = 5;

const status = element("status", HTMLOutputElement);
const newName = element("name", HTMLInputElement);
const presets = element("preset", HTMLSelectElement);
const profiles = element("profile", HTMLSelectElement);
const words = element("words", HTMLTextAreaElement);
const progress = element("progress", HTMLProgressElement);
const history = element("history", HTMLOListElement);
const take = new Take();

// At the rate of the takes, so that nothing is resampled; silent until it is resumed in a click.
const audio = new AudioContext({ sampleRate: 24_000 });
const players = new Map<string, StreamPlayer>();
const sidecar = new Sidecar({
  spawn: async () => spawnInTauri(Command.create("voicebox-sidecar", ["--data-dir", await appLocalDataDir()])),
});

sidecar.on("sidecar.ready", ({ version }) => {
  status.value = `sidecar ${version} · ready`;
  void Promise.all([listPresets(), listProfiles(), listHistory()]);
});
sidecar.on("disconnected", ({ reason }) => (status.value = `starting again, since ${reason}`));
sidecar.on("generation.audio", hear);
// The window waits for it; without, the plugin would kill the sidecar when the app ends.
void getCurrentWindow().onCloseRequested(() => sidecar.close());
// What fails is told where the user looks; an app would say it better by `isSidecarError` and its `kind`.
addEventListener("unhandledrejection", ({ reason }) => (status.value = String(reason)));
onSubmit(element("create", HTMLFormElement), create);
onSubmit(element("speak", HTMLFormElement), speak);

async function create(): Promise<void> {
  const voice = { kind: "preset", engine: ENGINE, voice_id: presets.value } as const;
  const { profile } = await sidecar.call("profiles.create", { name: newName.value, voice });
  newName.value = "";
  await listProfiles();
  profiles.value = profile.id;
}

async function speak(): Promise<void> {
  await audio.resume();
  const request = { profile_id: profiles.value, text: words.value, stream: true };
  const { generation, job_id } = await sidecar.call("generation.create", request);
  for await (const { fraction } of sidecar.progress(job_id)) progress.value = fraction;
  const { job } = await sidecar.call("jobs.wait", { job_id });
  if (job.status !== "completed") throw new Error(job.error?.message ?? `The generation was ${job.status}.`);
  progress.value = 1;
  await Promise.all([show(generation.id), listHistory()]);
}

/** Plays a take as it is made. One that a restart has interrupted is sent again, and goes on where it was. */
function hear(piece: GenerationAudio): void {
  const id = piece.generation_id;
  let player = players.get(id);
  if (!player) {
    player = new StreamPlayer(audio);
    players.set(id, player);
    void player.ended.then(() => players.delete(id));
  }
  player.push(piece);
}

async function show(generation_id: string): Promise<void> {
  const { generation } = await sidecar.call("history.get", { generation_id });
  const waveform = await sidecar.call("audio.waveform", { generation_id, buckets: take.columns });
  take.show(generation, waveform, players.get(generation_id));
}

async function listPresets(): Promise<void> {
  const { items } = await sidecar.call("voices.list", { engine: ENGINE });
  listOptions(
    presets,
    items.map(({ voice_id, name, language }) => [voice_id, `${name} · ${language}`]),
  );
}

async function listProfiles(): Promise<void> {
  const { items } = await sidecar.call("profiles.list");
  listOptions(
    profiles,
    items.map(({ id, name }) => [id, name]),
  );
}

async function listHistory(): Promise<void> {
  const { items } = await sidecar.call("history.list", { status: "completed", limit: SHOWN });
  listEntries(
    history,
    items.map(({ id, text, profile_name, duration_s }) => [
      text,
      `${profile_name} · ${(duration_s ?? 0).toFixed(1)} s`,
      () => void show(id),
    ]),
  );
}
