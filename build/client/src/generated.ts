// Written by build/client.py from rpc.discover. Change the models of sidecar/schema, not this file.

/** A part of a file in base64; `next_offset` is null at its end. */
export interface AudioBytes {
  data: string;
  offset: number;
  length: number;
  size_bytes: number;
  next_offset: number | null;
}

/** `audio.convert`: Write a file again in another format. */
export interface AudioConvertParams {
  /** An absolute path on this machine. */
  path: string;
  /** An absolute path on this machine. */
  path_out: string;
  format: "wav" | "flac" | "mp3" | "ogg" | "m4a";
  /** The given file's, if null. A format that knows only some rates takes the nearest, which is told. */
  sample_rate?: number | null;
}

/** What a file says of itself. */
export interface AudioInfo {
  container: string;
  codec: string;
  sample_rate: number;
  channels: number;
  duration_s: number;
  size_bytes: number;
}

/** `audio.probe`: Tell what a file says of itself. */
export interface AudioProbeParams {
  path?: string | null;
  /** The file's bytes in base64. */
  data?: string | null;
}

/** `audio.read`: Read a part of a file as base64. */
export interface AudioReadParams {
  path?: string | null;
  generation_id?: string | null;
  sample_id?: string | null;
  transcription_id?: string | null;
  version_id?: string | null;
  /** Default: 0. */
  offset?: number;
  /** Default: 1048576. */
  length?: number;
}

/** `audio.validate`: Judge a recording as a reference sample: every measure beside its limit. */
export interface AudioValidateParams {
  path?: string | null;
  /** The file's bytes in base64. */
  data?: string | null;
}

/** `audio.waveform`: Give the lowest and highest sample of each column, for drawing. */
export interface AudioWaveformParams {
  path?: string | null;
  generation_id?: string | null;
  sample_id?: string | null;
  transcription_id?: string | null;
  version_id?: string | null;
  /** The file's bytes in base64. */
  data?: string | null;
  /** Default: 1000. */
  buckets?: number;
}

/** The job that writes the backup, and, with `wait`, what is in it. `missing` names the files that the database names and that were not on the disk. */
export interface BackedUp {
  job_id: string;
  path: string;
  size_bytes: number | null;
  files: number | null;
  missing: string[] | null;
}

/** What holds for every item that does not say otherwise. */
export interface BatchDefaults {
  title?: string | null;
  /** An ISO 639-1 code, or auto. Default: "auto". */
  language?: string;
  engine?: string | null;
  model?: string | null;
  seed?: number | null;
  instruct?: string | null;
  sampling?: Sampling;
  /** Default: 1.0. */
  speed?: number;
  chunking?: Chunking;
  /** The setting default_loudness_lufs, if null. */
  loudness_lufs?: number | null;
  /** The profile's default effects, if null. */
  effects?: Effect[] | null;
  /** The setting default_verify, if null. */
  verify?: "off" | "length" | "full" | null;
  /** Speak numbers, dates, money, measures and addresses in words of the language; the text itself stays as it is written. Default: false. */
  normalise?: boolean;
  /** A profile's id, or its name in any case. */
  profile_id?: string | null;
}

/** Why a generation failed. */
export interface BatchError {
  generation_id: string;
  error: ErrorBody;
}

/** A generation of a batch and the job that makes it. */
export interface BatchGeneration {
  id: string;
  job_id: string;
}

/** One generation. What is absent or null is as in the defaults; what is there takes the default's place whole. */
export interface BatchItem {
  title?: string | null;
  /** An ISO 639-1 code, or auto. Default: "auto". */
  language?: string;
  engine?: string | null;
  model?: string | null;
  seed?: number | null;
  instruct?: string | null;
  sampling?: Sampling;
  /** Default: 1.0. */
  speed?: number;
  chunking?: Chunking;
  /** The setting default_loudness_lufs, if null. */
  loudness_lufs?: number | null;
  /** The profile's default effects, if null. */
  effects?: Effect[] | null;
  /** The setting default_verify, if null. */
  verify?: "off" | "length" | "full" | null;
  /** Speak numbers, dates, money, measures and addresses in words of the language; the text itself stays as it is written. Default: false. */
  normalise?: boolean;
  /** A profile's id, or its name in any case. */
  profile_id?: string | null;
  /** 1 to 1,000,000 characters, none of them null; [pause 1.5s] in it is that much silence. */
  text: string;
}

/** How a batch has ended: counts, its generations in order, and the errors of the first hundred that failed. */
export interface BatchResult {
  completed: number;
  failed: number;
  cancelled: number;
  generation_ids: string[];
  errors: BatchError[];
}

/** The generations in the order of the items, the job that watches over them, and, with `wait`, how it ended. */
export interface BatchStarted {
  job_id: string;
  generations: BatchGeneration[];
  result: BatchResult | null;
}

/** `cache.clear`: Empty caches, but for what a render is using; what was in them is made again when it is needed. */
export interface CacheClearParams {
  kinds?: ("voice_prompts" | "previews" | "words" | "waveforms" | "prepared_clips")[] | null;
}

/** What went, and what is left. */
export interface CacheCleared {
  caches: CacheSize[];
  bytes: number;
  freed_files: number;
  freed_bytes: number;
}

/** One cache. A null limit means that a number of files bounds it, not their bytes. */
export interface CacheSize {
  kind: "voice_prompts" | "previews" | "words" | "waveforms" | "prepared_clips";
  files: number;
  bytes: number;
  limit_bytes: number | null;
}

/** Every cache, and the bytes of all. */
export interface CacheStats {
  caches: CacheSize[];
  bytes: number;
}

/** What an engine can do beside speaking. */
export interface Capabilities {
  instruct: boolean;
  streaming: boolean;
  speed: boolean;
  words: boolean;
  batch: boolean;
}

/** What an edit changed, as it is now; `lines` are the ids of lines of the script. All else is as it was. */
export interface Changes {
  clips: Clip[];
  tracks: Track[];
  markers: Marker[];
  lines: string[];
  removed_clips: string[];
  removed_tracks: string[];
  removed_markers: string[];
  duration_s: number;
}

/** The file of one chapter. */
export interface ChapterFile {
  path: string;
  duration_s: number | null;
  sample_rate: number | null;
  channels: number | null;
  size_bytes: number | null;
  loudness_lufs: number | null;
  true_peak_db: number | null;
  peak_db: number | null;
  rms_db: number | null;
  noise_floor_db: number | null;
  gain_db: number | null;
  clipped_samples: number | null;
  stems: string[];
  subtitles: string[];
  checks: RenderCheck[];
  notes: string[];
  title: string;
}

/** One measure of a reference sample beside its limits. */
export interface Check {
  name: string;
  measured: number | null;
  minimum: number | null;
  maximum: number | null;
  unit: string;
  passed: boolean;
  severity: "error" | "warning";
  message: string;
}

/** What was found of one chunk in the best of its tries, and the seed of that. `rate` is in syllables a second without the pauses, `wer` the word error rate against the text, `similarity` the likeness to the speaker of the samples from -1 to 1; each is null where it was not measured. */
export interface ChunkQuality {
  position: number;
  passed: boolean;
  tries: number;
  seed: number;
  rate: number | null;
  wer: number | null;
  similarity: number | null;
  reasons: QualityReason[];
}

/** How a long text is cut: at most `max_chars` a chunk, `pause_s` seconds of silence between two, twice that between paragraphs. */
export interface Chunking {
  max_chars?: number | null;
  /** Default: 0.3. */
  pause_s?: number;
  /** How far the silence round two chunks overlaps where they meet, in seconds: each keeps 0.05 s of its own before and after its speech, or this much if it is more and there is so much. By what they overlap the pause between them is shorter. Speech never overlaps. Default: 0. */
  crossfade_s?: number;
}

/** A piece of sound or silence on a track. `trim_start_s` and `trim_end_s` are cut from what the source plays at the clip's speed. A fade lasts `fade_in_s` from the clip's start; `fade_in_offset_s` is the part of it before that, which a split has left to the clip before. Likewise at the end. */
export interface Clip {
  id: string;
  track_id: string;
  source: ClipSource;
  label: string | null;
  group_id: string | null;
  start_s: number;
  end_s: number;
  duration_s: number;
  trim_start_s: number;
  trim_end_s: number;
  gain_db: number;
  pan: number;
  muted: boolean;
  speed: number;
  effects: Record<string, unknown>[];
  fade_in_s: number;
  fade_in_offset_s: number;
  fade_in_curve: "linear" | "equal_power" | "exponential" | "s_curve";
  fade_out_s: number;
  fade_out_offset_s: number;
  fade_out_curve: "linear" | "equal_power" | "exponential" | "s_curve";
}

/** One clip, and what else has changed. */
export interface ClipResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  clip: Clip;
}

/** What a clip plays. `version_id` is null where the generation's default version is followed; `status` is the generation's, "completed" for what needs no making, and "deleted" if its generation went before it had audio. */
export interface ClipSource {
  kind: "generation" | "file" | "silence";
  generation_id: string | null;
  version_id: string | null;
  name: string;
  audio_path: string | null;
  text: string | null;
  status: "queued" | "running" | "completed" | "failed" | "cancelled" | "deleted";
}

/** Several clips, and what else has changed. */
export interface ClipsResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  clips: Clip[];
}

/** The voice of the profile's samples. */
export interface ClonedVoice {
  /** Default: "cloned". */
  kind?: "cloned";
}

/** The file that was written. */
export interface Converted {
  path: string;
  size_bytes: number;
  duration_s: number;
  sample_rate: number;
}

/** A voice made from a description. */
export interface DesignedVoice {
  kind: "designed";
  instruct: string;
}

/** A device that can run models; `proven` says that it really ran something, else `reason` why it did not. */
export interface Device {
  id: string;
  name: string;
  proven: boolean;
  memory_bytes: number;
  reason: string | null;
}

/** The device that was asked for, the one that is used, and why that is another one. */
export interface DeviceChoice {
  wanted: string;
  chosen: string;
  fallback: string | null;
}

/** A device that models compute on now: its engine process, if one is there, and what that holds. `waiting` calls are queued for it; an idle device takes over what is queued for another. */
export interface DeviceInUse {
  device: string;
  pid: number | null;
  state: "working" | "idle";
  waiting: number;
  models: string[];
}

/** Nothing to tell but that it is done. */
export type Done = Record<string, never>;

/** One page of a project's history, newest first. */
export interface EditList {
  items: PastEdit[];
  total: number;
  next_offset: number | null;
}

/** What an edit has changed. */
export interface EditResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
}

/** One link of a chain. `effects.list` tells the types and their parameters; what is absent has its default. */
export interface Effect {
  type: string;
  params?: Record<string, number>;
}

/** Every type of effect. */
export interface EffectList {
  items: EffectType[];
  total: number;
  next_offset: number | null;
}

/** A number that an effect takes; any from `minimum` to `maximum`, `step` is meant for a slider. */
export interface EffectParameter {
  name: string;
  description: string;
  default: number;
  minimum: number;
  maximum: number;
  step: number;
  unit: string;
}

/** A chain with a name. Those that are built in can neither be changed nor deleted. */
export interface EffectPreset {
  id: string;
  name: string;
  builtin: boolean;
  effects: Record<string, unknown>[];
}

/** What can stand in a chain. */
export interface EffectType {
  type: string;
  name: string;
  description: string;
  parameters: EffectParameter[];
}

/** `effects.presets_create`: Keep a chain under a name. */
export interface EffectsPresetsCreateParams {
  name: string;
  /** A chain, applied in order. A preset is given as its effects, which effects.presets_list tells. */
  effects: Effect[];
}

/** `effects.presets_delete`: Delete a preset of one's own; what was made with it stays. */
export interface EffectsPresetsDeleteParams {
  preset_id: string;
}

/** `effects.presets_update`: Change the name or the chain of a preset of one's own. */
export interface EffectsPresetsUpdateParams {
  preset_id: string;
  name?: string | null;
  effects?: Effect[] | null;
}

/** `effects.preview`: Apply a chain to the first ten seconds of a generation or a file, to listen to. */
export interface EffectsPreviewParams {
  /** A chain, applied in order. A preset is given as its effects, which effects.presets_list tells. */
  effects: Effect[];
  generation_id?: string | null;
  version_id?: string | null;
  path?: string | null;
}

/** The job that makes the new version, and, with `wait`, the version; it is the default one then. */
export interface EffectsStarted {
  version: Version | null;
  generation: Generation;
  job_id: string;
}

/** An engine and what it can do; `voice_kinds` gives the fidelity that each kind of voice comes out with. What a `remote` one is told to speak leaves this machine, with the recordings of cloned voices, for its `hosts`. */
export interface Engine {
  id: string;
  name: string;
  languages: string[];
  voice_kinds: Record<string, string>;
  capabilities: Capabilities;
  sample_rate: number;
  limits: Record<string, unknown>;
  licence: string;
  models: string[];
  remote: boolean;
  hosts: string[];
  available: boolean;
  reason: string | null;
}

/** Whether there is a key, and what keeps it; never the key itself. */
export interface EngineKey {
  engine: string;
  has_key: boolean;
  source: "keyring" | "environment" | null;
}

/** Every engine of this program. */
export interface EngineList {
  items: Engine[];
  total: number;
  next_offset: number | null;
}

/** An engine process that is alive. */
export interface EngineProcessInfo {
  role: string;
  pid: number;
  state: "working" | "idle";
  rss_bytes: number;
}

/** `engines.key`: Tell whether an engine has a key for its servers. */
export interface EnginesKeyParams {
  engine: string;
}

/** `engines.set_key`: Keep the key of an engine's servers in the system's keyring, or forget it. */
export interface EnginesSetKeyParams {
  engine: string;
  key: string | null;
}

/** An error as a job or a row keeps it. */
export interface ErrorBody {
  kind: string;
  message: string;
  data: Record<string, unknown>;
}

/** The job that writes the file, and, with `wait`, what it wrote; `file_count` counts the audio files in it. */
export interface Exported {
  job_id: string;
  path: string;
  size_bytes: number | null;
  duration_s: number | null;
  file_count: number | null;
}

/** A text that was, is being, or will be spoken; its audio is that of its default version. What was imported was not spoken here: its engine is "import", and language, model, seed and fidelity are null. */
export interface Generation {
  id: string;
  profile_id: string | null;
  profile_name: string;
  title: string | null;
  text: string;
  language: string | null;
  engine: string;
  model: string | null;
  seed: number | null;
  settings: Record<string, unknown>;
  status: "queued" | "running" | "completed" | "failed" | "cancelled";
  error: ErrorBody | null;
  audio_path: string | null;
  duration_s: number | null;
  sample_rate: number | null;
  version_count: number;
  favorite: boolean;
  fidelity: "cloned" | "matched" | "preset" | "designed" | null;
  quality: Quality | null;
  timings: Timings | null;
  prompt_cached: boolean | null;
  stop_reason: string | null;
  created_at: string;
  finished_at: string | null;
}

/** `generation.apply_effects`: Make a new version by effects, which becomes the default one; the one that it is made of stays. */
export interface GenerationApplyEffectsParams {
  generation_id: string;
  /** A chain, applied in order. A preset is given as its effects, which effects.presets_list tells. */
  effects: Effect[];
  version_id?: string | null;
  label?: string | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** A piece of a take as it is made; put together in order they are the unprocessed take, sample for sample. `data` is 16-bit little-endian mono in base64. After a restart a take is sent again from its beginning. */
export interface GenerationAudio {
  generation_id: string;
  sequence: number;
  start_s: number;
  sample_rate: number;
  data: string;
  last: boolean;
}

/** `generation.batch`: Speak up to 1,000 texts, given in the call or in a file: a generation and a job each, and one job over all. Everything is checked before anything is queued, and all are queued or none. Cancelling the job over all cancels what has not ended; it fails only if every generation does. */
export interface GenerationBatchParams {
  items?: BatchItem[] | null;
  path?: string | null;
  /** What is one item of a plain text; lines, if null. */
  split?: "lines" | "paragraphs" | null;
  defaults?: BatchDefaults;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `generation.create`: Speak a text in a profile's voice. */
export interface GenerationCreateParams {
  /** A profile's id, or its name in any case. */
  profile_id: string;
  /** 1 to 1,000,000 characters, none of them null; [pause 1.5s] in it is that much silence. */
  text: string;
  title?: string | null;
  /** An ISO 639-1 code, or auto. Default: "auto". */
  language?: string;
  engine?: string | null;
  model?: string | null;
  seed?: number | null;
  instruct?: string | null;
  sampling?: Sampling;
  /** Default: 1.0. */
  speed?: number;
  chunking?: Chunking;
  /** The setting default_loudness_lufs, if null. */
  loudness_lufs?: number | null;
  /** The profile's default effects, if null. */
  effects?: Effect[] | null;
  /** The setting default_verify, if null. */
  verify?: "off" | "length" | "full" | null;
  /** Speak numbers, dates, money, measures and addresses in words of the language; the text itself stays as it is written. Default: false. */
  normalise?: boolean;
  /** Send generation.audio notifications as the take is made. Default: false. */
  stream?: boolean;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `generation.delete_version`: Delete a version and its audio; the newest that is left takes the place of a default one. */
export interface GenerationDeleteVersionParams {
  generation_id: string;
  version_id: string;
  /** When a project's clips play it: leave everything as it is, or leave the audio to the project. Default: "refuse". */
  on_use?: "refuse" | "detach";
}

/** One page of history. */
export interface GenerationList {
  items: Generation[];
  total: number;
  next_offset: number | null;
}

/** `generation.list_versions`: List a generation's versions, oldest first. */
export interface GenerationListVersionsParams {
  generation_id: string;
}

/** `generation.regenerate`: Make another take of the same text; it becomes the default version, the others stay. */
export interface GenerationRegenerateParams {
  generation_id: string;
  seed?: number | null;
  instruct?: string | null;
  sampling?: Sampling;
  speed?: number;
  loudness_lufs?: number | null;
  effects?: Effect[] | null;
  /** How strictly each chunk is checked: by its length, pauses and end, or by what Whisper hears of it too. One that does not pass is spoken again, up to three times; if none will do, the generation fails. */
  verify?: "off" | "length" | "full";
  /** Send generation.audio notifications as the take is made. Default: false. */
  stream?: boolean;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** One generation. */
export interface GenerationResult {
  generation: Generation;
}

/** `generation.retry`: Go on with a failed or cancelled generation at its first unspoken chunk. */
export interface GenerationRetryParams {
  generation_id: string;
  verify?: "off" | "length" | "full" | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `generation.set_default_version`: Choose the version in which a generation is heard. */
export interface GenerationSetDefaultVersionParams {
  generation_id: string;
  version_id: string;
}

/** A generation and the job that makes it. */
export interface GenerationStarted {
  generation: Generation;
  job_id: string;
}

/** A subtitle file's text. */
export interface GenerationSubtitles {
  text: string;
}

/** `generation.subtitles`: Write the words as subtitles. */
export interface GenerationSubtitlesParams {
  generation_id: string;
  format: "srt" | "vtt";
  version_id?: string | null;
}

/** The words of the text itself, in order; one that was not heard has probability 0. */
export interface GenerationWords {
  words: Word[];
}

/** `generation.words`: Tell when each word of the text is said, in any version. */
export interface GenerationWordsParams {
  generation_id: string;
  version_id?: string | null;
}

/** The clips of a new group. */
export interface GroupResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  clips: Clip[];
  group_id: string;
}

/** Whether all is well, from what is known; disk and database as they were at `checked_at`. `status` is "degraded" while the folder cannot be written or the database cannot be read; `database` then says why. `unclaimed` are folders of audio that was set aside at a start because the database, new or an older copy, did not know it; they stay until the user deletes them. */
export interface Health {
  status: "ok" | "degraded";
  uptime_s: number;
  checked_at: string;
  database: string;
  disk_free_bytes: number;
  writable: boolean;
  unclaimed: string[];
  device: string;
  devices: DeviceInUse[];
  engines: EngineProcessInfo[];
  queue_depth: number;
  queue: Record<string, number>;
  resident_models: ResidentModel[];
}

/** `history.delete`: Delete generations and their audio, all of them or none. */
export interface HistoryDeleteParams {
  generation_ids: string[];
  /** When a project's clips play it: leave everything as it is, or leave the audio to the project. Default: "refuse". */
  on_use?: "refuse" | "detach";
}

/** How many generations went. */
export interface HistoryDeleted {
  deleted: number;
}

/** `history.export`: Write a version's audio to a file, or that of several generations to one zip. */
export interface HistoryExportParams {
  /** An absolute path on this machine. */
  path: string;
  generation_id?: string | null;
  generation_ids?: string[] | null;
  version_id?: string | null;
  /** Default: "wav". */
  format?: "wav" | "flac" | "mp3" | "ogg";
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `history.get`: Fetch one generation. */
export interface HistoryGetParams {
  generation_id: string;
}

/** `history.import_audio`: Take a recording into history. */
export interface HistoryImportAudioParams {
  /** An absolute path on this machine. */
  path: string;
  title?: string | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `history.list`: List and search what was spoken, newest first. */
export interface HistoryListParams {
  /** Default: 50. */
  limit?: number;
  /** Default: 0. */
  offset?: number;
  search?: string | null;
  /** A profile's id, or its name in any case. */
  profile_id?: string | null;
  status?: "queued" | "running" | "completed" | "failed" | "cancelled" | null;
  favorite?: boolean | null;
  language?: string | null;
  engine?: string | null;
  since?: string | null;
  until?: string | null;
  /** Default: "-created_at". */
  sort?: "created_at" | "-created_at" | "title" | "-title";
}

/** Counts and sums over the whole history. */
export interface HistoryStats {
  total: number;
  by_status: Record<string, number>;
  by_engine: Record<string, number>;
  favorites: number;
  audio_s: number;
}

/** `history.update`: Name a generation or mark it as a favourite. */
export interface HistoryUpdateParams {
  generation_id: string;
  favorite?: boolean | null;
  title?: string | null;
}

/** What this program and this machine are. */
export interface Info {
  version: string;
  protocol_version: number;
  platform: string;
  python: string;
  versions: Record<string, string>;
  devices: Device[];
  device: DeviceChoice;
  paths: Record<string, unknown>;
}

/** A piece of slow work; `subject` is the id of what it makes, `parent_id` that of the job that it is a part of. */
export interface Job {
  id: string;
  kind: string;
  status: "queued" | "running" | "completed" | "failed" | "cancelled";
  stage: string | null;
  fraction: number | null;
  attempts: number;
  error: ErrorBody | null;
  subject: string | null;
  parent_id: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

/** The end of a job, told once: its result if it completed, its error otherwise. */
export interface JobFinished {
  job_id: string;
  kind: string;
  status: "queued" | "running" | "completed" | "failed" | "cancelled";
  result?: Record<string, unknown> | null;
  error?: ErrorBody | null;
}

/** One page of jobs, newest first. */
export interface JobList {
  items: Job[];
  total: number;
  next_offset: number | null;
}

/** How far a job is: at the start of every stage, then at most ten times a second, at least every two seconds. */
export interface JobProgress {
  job_id: string;
  kind: string;
  stage: string;
  completed: number;
  total: number | null;
  unit: string;
  fraction: number;
  eta_s: number | null;
  message: string;
}

/** One job; `result` is what it made, once it has completed and was asked for by `jobs.wait`. */
export interface JobResult {
  job: Job;
  result: Record<string, unknown> | null;
}

/** `jobs.cancel`: Cancel a job; it has really ended when this answers. */
export interface JobsCancelParams {
  job_id: string;
}

/** `jobs.get`: Fetch one job as it is now. */
export interface JobsGetParams {
  job_id: string;
}

/** `jobs.list`: List jobs, newest first. */
export interface JobsListParams {
  /** Default: 50. */
  limit?: number;
  /** Default: 0. */
  offset?: number;
  status?: "queued" | "running" | "completed" | "failed" | "cancelled" | null;
  kind?: string | null;
  parent_id?: string | null;
}

/** `jobs.wait`: Answer when a job has ended, with what it made. */
export interface JobsWaitParams {
  job_id: string;
  /** A job that has not ended by then is told as busy; ask again. */
  timeout_s?: number | null;
}

/** The project, the job that lays it out, and, with `wait`, how it ended. */
export interface LaidOut {
  project: Project;
  job_id: string;
  result: ScriptOutcome | null;
}

/** The line, null for a new one that is not spoken yet. Either the job that is at work on it, or `changes`, what was changed; with `wait` both. `notes` say what of the directions the voice does not follow. */
export interface LineChanged {
  undo: string | null;
  redo: string | null;
  line: ScriptLine | null;
  job_id: string | null;
  changes: Changes | null;
  notes: string[];
}

/** One page of the lines of a script, in their order. */
export interface LineList {
  items: ScriptLine[];
  total: number;
  next_offset: number | null;
}

/** A moment with a name; a book's chapters begin at markers. */
export interface Marker {
  id: string;
  at_s: number;
  title: string;
}

/** One marker, and what else has changed. */
export interface MarkerResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  marker: Marker;
}

/** What was measured on a sample. Levels in dBFS, loudness in LUFS, ratios from 0 to 1; None: not measurable. */
export interface Metrics {
  rms_db: number | null;
  peak_db: number | null;
  clipping: number;
  snr_db: number | null;
  speech_ratio: number;
  loudness_lufs: number | null;
}

/** A model that this program knows, and how it is on this machine. */
export interface Model {
  id: string;
  engine: string;
  name: string;
  /** Partial: a download has begun and can be gone on with, or damage was found. */
  state: "absent" | "partial" | "installed" | "loaded";
  /** What of it is on the disk now. */
  bytes: number;
  /** What all of its files take. */
  size_bytes: number;
  /** What it takes loaded on a processor, about. */
  memory_bytes: number;
  /** The same by device and type of number, in bytes. */
  memory: Record<string, number>;
  /** Whether this machine's memory takes it; null where a card's is not known. */
  fits: boolean | null;
  /** Whether it is the one to have on this machine for what it is for. */
  recommended: boolean;
  recommended_for: string;
  capabilities: string[];
  licence: string;
  languages: string[];
  /** Where its files come from. */
  source: string;
  /** What a download fetches; null if it can only be installed. */
  repository: string | null;
  revision: string;
  /** The folder that it lies in. */
  path: string | null;
  /** Whether that folder is one that other programs use too. */
  shared: boolean;
}

/** Every model of the catalogue. */
export interface ModelList {
  items: Model[];
  total: number;
  next_offset: number | null;
}

/** A model as it is now, and the job that is at it. */
export interface ModelResult {
  model: Model;
  job_id: string | null;
}

/** `models.delete`: Remove a model from the disk. */
export interface ModelsDeleteParams {
  model: string;
  /** Remove it also where other programs use it, as in the cache of huggingface_hub. Default: false. */
  also_shared?: boolean;
}

/** `models.download`: Fetch a model, or go on with it: what is on the disk is not fetched again. */
export interface ModelsDownloadParams {
  model: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `models.install`: Take a model from a folder or an archive on the disk. */
export interface ModelsInstallParams {
  model: string;
  /** A folder, or a zip or tar archive, that holds the model's files. */
  path: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `models.load`: Load a model ahead of its use. */
export interface ModelsLoadParams {
  model: string;
  device?: string | null;
  /** How long it stays after each use, in seconds: 0 unloads it at once, null keeps it for ever. If left out, what was asked for last holds, else the settings. */
  keep_alive_s?: number | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `models.move`: Move all models to another folder, perhaps on another disk. */
export interface ModelsMoveParams {
  /** An empty folder, or one that does not exist. */
  path: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** The folder that models are in now, and the job that moves them. */
export interface ModelsMoveResult {
  models_dir: string;
  job_id: string;
}

/** `models.unload`: Unload a model that nobody uses, or all; their memory is given back. */
export interface ModelsUnloadParams {
  model?: string | null;
}

/** What was unloaded, and what it cost. */
export interface ModelsUnloaded {
  unloaded: UnloadedModel[];
  freed_bytes: number;
}

/** `models.verify`: Check every byte of a model. */
export interface ModelsVerifyParams {
  model: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** The clip, and in `clips` all that moved: it and its group. */
export interface MovedResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  clips: Clip[];
  clip: Clip;
}

/** An OpenRPC 1.3 document, as https://spec.open-rpc.org describes it. */
export interface OpenRpcDocument {
  openrpc: string;
  [key: string]: unknown;
}

/** An edit of the history. An undone one can be redone, as long as no other edit is made. */
export interface PastEdit {
  number: number;
  label: string;
  undone: boolean;
  created_at: string;
}

/** The job that builds the prompt, and, with `wait`, whether there was one already. */
export interface PrepareResult {
  job_id: string;
  prompt_cached: boolean | null;
}

/** The presets that come with the product, then one's own by name. */
export interface PresetList {
  items: EffectPreset[];
  total: number;
  next_offset: number | null;
}

/** One preset. */
export interface PresetResult {
  preset: EffectPreset;
}

/** A voice that comes with an engine. */
export interface PresetVoice {
  kind: "preset";
  engine: string;
  voice_id: string;
}

/** A file to listen to: it goes when newer previews need its place, and at the next start. */
export interface Preview {
  path: string;
  duration_s: number;
  sample_rate: number;
}

/** A voice and what is known of it. */
export interface Profile {
  id: string;
  name: string;
  description: string | null;
  language: string | null;
  voice: Record<string, unknown>;
  sample_count: number;
  default_engine: string | null;
  default_effects: Record<string, unknown>[];
  avatar_path: string | null;
  created_at: string;
  updated_at: string;
}

/** The job that writes the bundle, and, with `wait`, what it wrote. */
export interface ProfileExported {
  job_id: string;
  path: string;
  size_bytes: number | null;
}

/** The job that takes the bundle in, and, with `wait`, the profile. */
export interface ProfileImported {
  job_id: string;
  profile: Profile | null;
}

/** One page of profiles. */
export interface ProfileList {
  items: Profile[];
  total: number;
  next_offset: number | null;
}

/** One profile; `job_id` is the transcription of its samples, where one was started. */
export interface ProfileResult {
  profile: Profile;
  job_id: string | null;
}

/** `profiles.add_sample`: Add a recording: measured, repaired, trimmed to its best part, transcribed if no text is given. */
export interface ProfilesAddSampleParams {
  profile_id: string;
  path?: string | null;
  /** The file's bytes in base64. */
  data?: string | null;
  text?: string | null;
  start_s?: number | null;
  end_s?: number | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `profiles.clone_design`: Make a cloned profile of a designed voice: it speaks a text once and is cloned from that. */
export interface ProfilesCloneDesignParams {
  profile_id: string;
  text: string;
  name?: string | null;
  seed?: number | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `profiles.create`: Make a profile, with its samples or without; together or not at all. Clone only the voice of somebody who has agreed to that: this program asks nobody, and cannot tell. */
export interface ProfilesCreateParams {
  name: string;
  description?: string | null;
  language?: string | null;
  voice?: ClonedVoice | PresetVoice | DesignedVoice;
  samples?: SampleIn[];
  default_engine?: string | null;
  /** A chain, applied in order. A preset is given as its effects, which effects.presets_list tells. */
  default_effects?: Effect[];
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `profiles.delete`: Delete a profile and its samples; what was spoken with it stays unless asked otherwise. */
export interface ProfilesDeleteParams {
  profile_id: string;
  /** Default: false. */
  delete_generations?: boolean;
  /** When a project's clips play it: leave everything as it is, or leave the audio to the project. Default: "refuse". */
  on_use?: "refuse" | "detach";
}

/** `profiles.duplicate`: Copy a profile with its samples. */
export interface ProfilesDuplicateParams {
  profile_id: string;
  name?: string | null;
}

/** `profiles.export`: Write a profile with all that is in it to one file. */
export interface ProfilesExportParams {
  profile_id: string;
  /** An absolute path on this machine. */
  path: string;
  /** Default: false. */
  include_prompts?: boolean;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `profiles.get`: Fetch a profile by its id or its name. */
export interface ProfilesGetParams {
  profile_id: string;
}

/** `profiles.import`: Take in a profile that was exported, whole or not at all. */
export interface ProfilesImportParams {
  /** An absolute path on this machine. */
  path: string;
  /** Default: "fail". */
  on_conflict?: "fail" | "rename" | "replace";
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `profiles.list`: List profiles. */
export interface ProfilesListParams {
  /** Default: 50. */
  limit?: number;
  /** Default: 0. */
  offset?: number;
  search?: string | null;
  /** Default: "name". */
  sort?: "name" | "-name" | "created_at" | "-created_at" | "updated_at" | "-updated_at";
}

/** `profiles.list_samples`: List a profile's samples in their order. */
export interface ProfilesListSamplesParams {
  profile_id: string;
}

/** `profiles.prepare`: Build and cache the voice prompt ahead of time. */
export interface ProfilesPrepareParams {
  profile_id: string;
  engine?: string | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `profiles.remove_sample`: Remove a sample and its audio. */
export interface ProfilesRemoveSampleParams {
  sample_id: string;
}

/** `profiles.set_avatar`: Give a profile a picture, or take it away with a null path. */
export interface ProfilesSetAvatarParams {
  profile_id: string;
  path: string | null;
}

/** `profiles.update`: Change a profile; fields that are absent stay, null clears. */
export interface ProfilesUpdateParams {
  profile_id: string;
  name?: string | null;
  description?: string | null;
  language?: string | null;
  default_engine?: string | null;
  default_effects?: Effect[] | null;
}

/** `profiles.update_sample`: Change a sample's text or its place in the order. */
export interface ProfilesUpdateSampleParams {
  sample_id: string;
  text?: string | null;
  position?: number | null;
}

/** All of a project. */
export interface Project {
  id: string;
  name: string;
  description: string | null;
  sample_rate: number;
  channels: number;
  duration_s: number;
  created_at: string;
  updated_at: string;
  tracks: TrackWithClips[];
  markers: Marker[];
}

/** The project as it is after an edit. */
export interface ProjectEdited {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  project: Project;
}

/** The job that writes the bundle, and, with `wait`, what it wrote. */
export interface ProjectExported {
  job_id: string;
  path: string;
  size_bytes: number | null;
}

/** The job that takes the bundle in, and, with `wait`, the project. */
export interface ProjectImported {
  job_id: string;
  project: Project | null;
}

/** One page of projects. */
export interface ProjectList {
  items: ProjectSummary[];
  total: number;
  next_offset: number | null;
}

/** A PNG: in base64, or the path that it was written to. */
export interface ProjectPicture {
  path: string | null;
  data: string | null;
  width: number;
  height: number;
}

/** The job that writes the file, and, with `wait`, what it wrote. With `per_chapter`, `files` are what it wrote; then `path` is what their names begin with, and the rest is of all of them together, but for the levels. */
export interface ProjectRendered {
  path: string;
  duration_s: number | null;
  sample_rate: number | null;
  channels: number | null;
  size_bytes: number | null;
  loudness_lufs: number | null;
  true_peak_db: number | null;
  peak_db: number | null;
  rms_db: number | null;
  noise_floor_db: number | null;
  gain_db: number | null;
  clipped_samples: number | null;
  stems: string[];
  subtitles: string[];
  checks: RenderCheck[];
  notes: string[];
  job_id: string;
  files: ChapterFile[];
}

/** One project. */
export interface ProjectResult {
  undo: string | null;
  redo: string | null;
  project: Project;
}

/** The text, or the path that it was written to, and notes on what is heard but has no text. As json it is an object of `words`: `{word, start_s, end_s, probability, speaker, clip_id}` each. */
export interface ProjectSubtitles {
  text: string | null;
  path: string | null;
  notes: string[];
}

/** A project in a list. */
export interface ProjectSummary {
  id: string;
  name: string;
  description: string | null;
  sample_rate: number;
  channels: number;
  duration_s: number;
  created_at: string;
  updated_at: string;
  track_count: number;
  clip_count: number;
}

/** The outlines of tracks: clips where they stand, with their gains and fades, without what is muted. */
export interface ProjectWaveform {
  sample_rate: number;
  start_s: number;
  end_s: number;
  tracks: TrackWaveform[];
}

/** `projects.add_clip`: Put a generation, a recording or silence on a track. */
export interface ProjectsAddClipParams {
  project_id: string;
  track_id: string;
  /** Seconds from the project's beginning. */
  start_s: number;
  generation_id?: string | null;
  path?: string | null;
  silence_s?: number | null;
  version_id?: string | null;
  /** Default: 0.0. */
  trim_start_s?: number;
  /** Default: 0.0. */
  trim_end_s?: number;
  /** In dB; 0 leaves the level as it is. Default: 0.0. */
  gain_db?: number;
  /** -1 is left, 0 the middle, 1 right. Default: 0.0. */
  pan?: number;
  /** Default: false. */
  muted?: boolean;
  /** Default: 1.0. */
  speed?: number;
  /** A chain, applied in order. A preset is given as its effects, which effects.presets_list tells. */
  effects?: Effect[];
  /** Default: 0.0. */
  fade_in_s?: number;
  /** Default: "linear". */
  fade_in_curve?: "linear" | "equal_power" | "exponential" | "s_curve";
  /** Default: 0.0. */
  fade_out_s?: number;
  /** Default: "linear". */
  fade_out_curve?: "linear" | "equal_power" | "exponential" | "s_curve";
  label?: string | null;
}

/** `projects.add_line`: Speak a new line and put it among the others, which make room for it. */
export interface ProjectsAddLineParams {
  project_id: string;
  speaker: string;
  /** 1 to 1,000,000 characters, none of them null; [pause 1.5s] in it is that much silence. */
  text: string;
  /** Null clears it. */
  direction?: string | null;
  /** A profile's id, or its name in any case. That of the speaker's other lines, if null. */
  profile_id?: string | null;
  language?: string | null;
  engine?: string | null;
  model?: string | null;
  seed?: number | null;
  instruct?: string | null;
  sampling?: Sampling | null;
  speed?: number | null;
  loudness_lufs?: number | null;
  effects?: Effect[] | null;
  verify?: "off" | "length" | "full" | null;
  normalise?: boolean | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
  position?: number | null;
  /** As it sounds natural, if null. */
  gap_after_s?: number | null;
}

/** `projects.add_marker`: Name a moment. */
export interface ProjectsAddMarkerParams {
  project_id: string;
  /** Seconds from the project's beginning. */
  at_s: number;
  title: string;
}

/** `projects.add_track`: Add a track. */
export interface ProjectsAddTrackParams {
  project_id: string;
  name?: string | null;
  /** In dB; 0 leaves the level as it is. Default: 0.0. */
  gain_db?: number;
  /** -1 is left, 0 the middle, 1 right. Default: 0.0. */
  pan?: number;
  /** Default: false. */
  muted?: boolean;
  /** Default: false. */
  solo?: boolean;
  /** By how much it is lowered while a track without ducking sounds. Default: 0.0. */
  duck_db?: number;
  position?: number | null;
}

/** `projects.create`: Make an empty project. */
export interface ProjectsCreateParams {
  name: string;
  description?: string | null;
  /** Default: 48000. */
  sample_rate?: 24000 | 44100 | 48000;
  /** Default: 2. */
  channels?: 1 | 2;
}

/** `projects.crossfade_clips`: Fade two clips into each other where they overlap. */
export interface ProjectsCrossfadeClipsParams {
  clip_id: string;
  with_clip_id: string;
  /** Default: "equal_power". */
  curve?: "linear" | "equal_power" | "exponential" | "s_curve";
}

/** `projects.delete`: Delete a project with its history and with the recordings that were copied in; generations stay. */
export interface ProjectsDeleteParams {
  project_id: string;
}

/** `projects.duplicate_clip`: Put a clip down a second time. */
export interface ProjectsDuplicateClipParams {
  clip_id: string;
  start_s?: number | null;
}

/** `projects.duplicate`: Copy a project without its history. */
export interface ProjectsDuplicateParams {
  project_id: string;
  name?: string | null;
}

/** `projects.edits`: List the edits of a project, newest first. */
export interface ProjectsEditsParams {
  project_id: string;
  /** Default: 50. */
  limit?: number;
  /** Default: 0. */
  offset?: number;
}

/** `projects.export`: Write a project with all the audio in it to one file. */
export interface ProjectsExportParams {
  project_id: string;
  /** An absolute path on this machine. */
  path: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `projects.export_timeline`: Write a project's timeline so that an editing program opens it; the sound stays where it is. */
export interface ProjectsExportTimelineParams {
  project_id: string;
  format: "otio" | "edl";
  /** An absolute path on this machine. */
  path: string;
  /** Default: 25. */
  frame_rate?: 24 | 25 | 30;
}

/** `projects.from_script`: Make a project of a script: every line spoken, laid out with natural gaps, a track a speaker, and rendered if that is asked. Everything is checked first: that every speaker has a voice, and that every line can be spoken. Lines that fail later are left out and named in the result; only with a render, which would not be whole, does the job fail. */
export interface ProjectsFromScriptParams {
  name: string;
  title?: string | null;
  /** An ISO 639-1 code, or auto. Default: "auto". */
  language?: string;
  engine?: string | null;
  model?: string | null;
  seed?: number | null;
  instruct?: string | null;
  sampling?: Sampling;
  /** Default: 1.0. */
  speed?: number;
  chunking?: Chunking;
  /** The setting default_loudness_lufs, if null. */
  loudness_lufs?: number | null;
  /** The profile's default effects, if null. */
  effects?: Effect[] | null;
  /** The setting default_verify, if null. */
  verify?: "off" | "length" | "full" | null;
  /** Speak numbers, dates, money, measures and addresses in words of the language; the text itself stays as it is written. Default: false. */
  normalise?: boolean;
  description?: string | null;
  text?: string | null;
  path?: string | null;
  /** auto goes by the ending of the file's name, else by the text's look. Default: "auto". */
  format?: "auto" | "plain" | "markdown" | "fountain" | "csv";
  /** Profiles (ids or names) by the names of speakers. Null: whatever looks like a name is one; empty: nobody speaks but the narrator. */
  speakers?: Record<string, string> | null;
  /** Who speaks what nobody is named for. A profile's id, or its name in any case. */
  narrator?: string | null;
  /** Who speaks for all that have no voice of their own. */
  default_profile?: string | null;
  /** Silence between two speakers; the rest keeps its proportion: 0.3 between lines of one speaker, 0.1 more after a question, 0.6 after a paragraph, 1.5 after a scene, 2.5 after a chapter. Default: 0.5. */
  gap_s?: number;
  /** The narrator says the chapters' titles too. Default: false. */
  speak_headings?: boolean;
  /** In Fountain every scene is a chapter. Default: false. */
  scene_chapters?: boolean;
  /** Default: 48000. */
  sample_rate?: 24000 | 44100 | 48000;
  /** Default: 2. */
  channels?: 1 | 2;
  /** Render the project when it is laid out. */
  render?: RenderSettings | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `projects.get`: Fetch all of a project. */
export interface ProjectsGetParams {
  project_id: string;
}

/** `projects.group_clips`: Have clips move together. */
export interface ProjectsGroupClipsParams {
  clip_ids: string[];
}

/** `projects.import`: Take in a project that was exported, as a new one, whole or not at all. */
export interface ProjectsImportParams {
  /** An absolute path on this machine. */
  path: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `projects.lay_out`: Put the lines of a script's project one after another again, with those that have audio by now. For lines that failed, and for what was moved by hand. */
export interface ProjectsLayOutParams {
  project_id: string;
  /** First try the lines again that failed or were cancelled. Default: false. */
  retry?: boolean;
  render?: RenderSettings | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `projects.list_lines`: The lines of the script that a project was made of. */
export interface ProjectsListLinesParams {
  project_id: string;
  /** Default: 50. */
  limit?: number;
  /** Default: 0. */
  offset?: number;
}

/** `projects.list`: List projects, those changed last first. */
export interface ProjectsListParams {
  /** Default: 50. */
  limit?: number;
  /** Default: 0. */
  offset?: number;
  search?: string | null;
  /** Default: "-updated_at". */
  sort?: "name" | "-name" | "created_at" | "-created_at" | "updated_at" | "-updated_at";
}

/** `projects.move_clip`: Move a clip in time, with its group, or to another track. */
export interface ProjectsMoveClipParams {
  clip_id: string;
  start_s?: number | null;
  track_id?: string | null;
  /** Default: "none". */
  snap?: "none" | "word";
}

/** `projects.picture`: Draw the whole of a project. */
export interface ProjectsPictureParams {
  project_id: string;
  /** Default: 1600. */
  width?: number;
  /** Default: 600. */
  height?: number;
  path?: string | null;
}

/** `projects.redo`: Make edits again that were undone. */
export interface ProjectsRedoParams {
  project_id: string;
  /** Default: 1. */
  steps?: number;
}

/** `projects.remove_clip`: Take a clip away. */
export interface ProjectsRemoveClipParams {
  clip_id: string;
  /** Default: "none". */
  ripple?: "none" | "track" | "all";
}

/** `projects.remove_line`: Take a line out with its clip; what comes after it closes up. */
export interface ProjectsRemoveLineParams {
  line_id: string;
}

/** `projects.remove_marker`: Remove a marker. */
export interface ProjectsRemoveMarkerParams {
  marker_id: string;
}

/** `projects.remove_track`: Remove a track with its clips. */
export interface ProjectsRemoveTrackParams {
  track_id: string;
}

/** `projects.render`: Mix a project into one file, levelled and limited as asked, with stems and subtitles beside it. */
export interface ProjectsRenderParams {
  format: "wav" | "flac" | "mp3" | "ogg" | "opus" | "m4a" | "m4b";
  /** An absolute path on this machine. */
  path: string;
  project_id: string;
  /** podcast: -16 LUFS, -1 dBTP. audiobook: ACX's requirements, each of them checked. */
  preset?: "podcast" | "audiobook" | null;
  loudness_lufs?: number | null;
  /** Higher peaks are turned down; -1 where a loudness is asked for. */
  true_peak_db?: number | null;
  /** The preset's or the project's, if null. A format that knows only some rates takes the nearest, which is told. */
  sample_rate?: number | null;
  channels?: 1 | 2 | null;
  /** Of wav and flac; 16, if null. */
  bit_depth?: 16 | 24 | null;
  /** Of wav and flac with 16 bits; off, if null. */
  dither?: boolean | null;
  /** One file a track, with the gain of the mix, neither limited nor dithered: together they are it. Default: false. */
  stems?: boolean;
  /** True is all of them. Default: false. */
  subtitles?: boolean | ("srt" | "vtt" | "json")[];
  /** Default: 0.0. */
  start_s?: number;
  end_s?: number | null;
  /** The project's markers; in m4b, if null. */
  chapters?: boolean | null;
  /** A file for each of the project's chapters, called like "book.01 Title.mp3". Default: false. */
  per_chapter?: boolean;
  cover_path?: string | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `projects.split_clip`: Cut a clip in two. */
export interface ProjectsSplitClipParams {
  clip_id: string;
  /** Seconds from the project's beginning. */
  at_s: number;
  /** Take the nearest zero crossing of the clip's audio, or the nearest edge of one of its words. Default: "none". */
  snap?: "none" | "zero_crossing" | "word";
}

/** `projects.subtitles`: Write what is said in a project, word by word or as subtitles, with who says it. */
export interface ProjectsSubtitlesParams {
  project_id: string;
  format: "srt" | "vtt" | "json";
  path?: string | null;
}

/** `projects.trim_clip`: Move a clip's edges. */
export interface ProjectsTrimClipParams {
  clip_id: string;
  start_s?: number | null;
  end_s?: number | null;
  /** Take the nearest zero crossing of the clip's audio, or the nearest edge of one of its words. Default: "none". */
  snap?: "none" | "zero_crossing" | "word";
}

/** `projects.undo`: Take back the last edits. */
export interface ProjectsUndoParams {
  project_id: string;
  /** Default: 1. */
  steps?: number;
}

/** `projects.ungroup_clips`: Let the clips of a group go their own ways. */
export interface ProjectsUngroupClipsParams {
  group_id: string;
}

/** `projects.update_clip`: Change a clip. */
export interface ProjectsUpdateClipParams {
  clip_id: string;
  silence_s?: number | null;
  version_id?: string | null;
  start_s?: number | null;
  trim_start_s?: number | null;
  trim_end_s?: number | null;
  gain_db?: number | null;
  pan?: number | null;
  muted?: boolean | null;
  speed?: number | null;
  effects?: Effect[] | null;
  fade_in_s?: number | null;
  fade_in_curve?: "linear" | "equal_power" | "exponential" | "s_curve" | null;
  fade_out_s?: number | null;
  fade_out_curve?: "linear" | "equal_power" | "exponential" | "s_curve" | null;
  label?: string | null;
}

/** `projects.update_line`: Change a line. Only it is spoken again; when it is, what comes after it moves by as much as it has grown. All of it is one edit, which can be undone. */
export interface ProjectsUpdateLineParams {
  line_id: string;
  /** Null clears it. */
  direction?: string | null;
  /** A profile's id, or its name in any case. That of the speaker's other lines, if null. */
  profile_id?: string | null;
  language?: string | null;
  engine?: string | null;
  model?: string | null;
  seed?: number | null;
  instruct?: string | null;
  sampling?: Sampling | null;
  speed?: number | null;
  loudness_lufs?: number | null;
  effects?: Effect[] | null;
  verify?: "off" | "length" | "full" | null;
  normalise?: boolean | null;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
  text?: string | null;
  speaker?: string | null;
  gap_after_s?: number | null;
}

/** `projects.update_marker`: Change a marker. */
export interface ProjectsUpdateMarkerParams {
  marker_id: string;
  at_s?: number | null;
  title?: string | null;
}

/** `projects.update`: Change a project's name, description, sample rate or number of channels; can be undone. */
export interface ProjectsUpdateParams {
  project_id: string;
  name?: string | null;
  description?: string | null;
  sample_rate?: 24000 | 44100 | 48000 | null;
  channels?: 1 | 2 | null;
}

/** `projects.update_track`: Change a track or its place. */
export interface ProjectsUpdateTrackParams {
  track_id: string;
  name?: string | null;
  gain_db?: number | null;
  pan?: number | null;
  muted?: boolean | null;
  solo?: boolean | null;
  duck_db?: number | null;
  position?: number | null;
}

/** `projects.waveform`: Give the outlines of a project's tracks, at any zoom. */
export interface ProjectsWaveformParams {
  project_id: string;
  track_id?: string | null;
  /** Seconds from the project's beginning. Default: 0.0. */
  start_s?: number;
  end_s?: number | null;
  /** Default: 1000. */
  buckets?: number;
}

/** What was found of a take: mean rate and word error rate, least similarity, how many chunks were spoken again. */
export interface Quality {
  /** How strictly each chunk is checked: by its length, pauses and end, or by what Whisper hears of it too. One that does not pass is spoken again, up to three times; if none will do, the generation fails. */
  verify: "off" | "length" | "full";
  passed: boolean;
  retakes: number;
  rate: number | null;
  wer: number | null;
  similarity: number | null;
  chunks: ChunkQuality[];
}

/** One thing that is wrong with a chunk: the check, what was measured, what is allowed, and both in words. */
export interface QualityReason {
  check: string;
  measured: number;
  limit: number;
  message: string;
}

/** The first line: the sidecar takes requests. */
export interface Ready {
  version: string;
  protocol_version: number;
  pid: number;
  data_dir: string;
}

/** One of the preset's requirements, in dB. */
export interface RenderCheck {
  name: string;
  measured: number | null;
  minimum: number | null;
  maximum: number | null;
  passed: boolean;
}

/** How a project is mixed and where the file goes. Beside it lie, named after it, one file for each track that is heard (`stems`) and the subtitles. Where nothing is given the preset decides, else the file is as the project is, and the mix is neither turned nor limited. */
export interface RenderSettings {
  format: "wav" | "flac" | "mp3" | "ogg" | "opus" | "m4a" | "m4b";
  /** An absolute path on this machine. */
  path: string;
  /** podcast: -16 LUFS, -1 dBTP. audiobook: ACX's requirements, each of them checked. */
  preset?: "podcast" | "audiobook" | null;
  loudness_lufs?: number | null;
  /** Higher peaks are turned down; -1 where a loudness is asked for. */
  true_peak_db?: number | null;
  /** The preset's or the project's, if null. A format that knows only some rates takes the nearest, which is told. */
  sample_rate?: number | null;
  channels?: 1 | 2 | null;
  /** Of wav and flac; 16, if null. */
  bit_depth?: 16 | 24 | null;
  /** Of wav and flac with 16 bits; off, if null. */
  dither?: boolean | null;
  /** One file a track, with the gain of the mix, neither limited nor dithered: together they are it. Default: false. */
  stems?: boolean;
  /** True is all of them. Default: false. */
  subtitles?: boolean | ("srt" | "vtt" | "json")[];
  /** Default: 0.0. */
  start_s?: number;
  end_s?: number | null;
  /** The project's markers; in m4b, if null. */
  chapters?: boolean | null;
  /** A file for each of the project's chapters, called like "book.01 Title.mp3". Default: false. */
  per_chapter?: boolean;
  cover_path?: string | null;
}

/** A model that an engine process holds in memory. `fallback` says why it is not on the device asked for. When nobody has used it for its time it is unloaded, in `expires_in_s`; null while it is in use, and if it is kept for ever. */
export interface ResidentModel {
  model: string;
  device: string;
  fallback: string | null;
  memory_bytes: number;
  in_use: boolean;
  last_used_at: string;
  expires_in_s: number | null;
}

/** The job that makes the backup ready, and, with `wait`, what comes of it at the next start. `previous_library` is the folder in which the library that is in use now will be kept from then on. */
export interface Restored {
  job_id: string;
  restart_required: boolean | null;
  previous_library: string | null;
  created_at: string | null;
  files: number | null;
}

/** One recording of a cloned voice, as it is used: repaired, trimmed, mono, 24 kHz. */
export interface Sample {
  id: string;
  profile_id: string;
  position: number;
  text: string | null;
  audio_path: string;
  duration_s: number;
  metrics: Metrics;
  warnings: string[];
  created_at: string;
}

/** A recording to make a voice from; `start_s` and `end_s` choose a part of it. */
export interface SampleIn {
  path?: string | null;
  /** The file's bytes in base64. */
  data?: string | null;
  text?: string | null;
  start_s?: number | null;
  end_s?: number | null;
}

/** A profile's samples in their order. */
export interface SampleList {
  items: Sample[];
  total: number;
  next_offset: number | null;
}

/** One sample; `job_id` is its transcription, where one was started. */
export interface SampleResult {
  sample: Sample;
  job_id: string | null;
}

/** How the next token is drawn, for engines that draw; null means the model's own default. Temperature 0 takes the likeliest token always. The sub-talker is the smaller model that fills in a frame's further codebooks, in engines that have one. */
export interface Sampling {
  temperature?: number | null;
  top_k?: number | null;
  top_p?: number | null;
  repetition_penalty?: number | null;
  subtalker_temperature?: number | null;
  subtalker_top_k?: number | null;
  subtalker_top_p?: number | null;
}

/** A line of the script. `number` is where it stands in the script, counted from 1, `chapter` the title of the chapter that begins with it. Its times are null as long as no clip plays it; `status` is its generation's. */
export interface ScriptLine {
  id: string;
  project_id: string;
  position: number;
  number: number | null;
  speaker: string;
  text: string;
  direction: string | null;
  chapter: string | null;
  profile_id: string | null;
  generation_id: string | null;
  clip_id: string | null;
  gap_after_s: number;
  start_s: number | null;
  end_s: number | null;
  status: "queued" | "running" | "completed" | "failed" | "cancelled" | "deleted";
  error: ErrorBody | null;
}

/** A line that has no audio, and why; null if its generation was deleted. */
export interface ScriptLineError {
  id: string;
  number: number | null;
  speaker: string;
  text: string;
  generation_id: string | null;
  status: string | null;
  error: ErrorBody | null;
}

/** How a script has ended: how many lines are spoken and not, the first hundred of the latter, and the render. */
export interface ScriptOutcome {
  project_id: string;
  spoken: number;
  failed: number;
  errors: ScriptLineError[];
  render: ProjectRendered | null;
}

/** The project, the job that fills it, what the script was read as, what it is good to know, and, with `wait`, how it ended. */
export interface ScriptStarted {
  project: Project;
  job_id: string;
  lines_count: number;
  format: "plain" | "markdown" | "fountain" | "csv";
  notes: string[];
  result: ScriptOutcome | null;
}

/** A stretch of speech. */
export interface Segment {
  start_s: number;
  end_s: number;
  text: string;
}

/** All that a form needs to draw one setting. `source` says where the value in force comes from; one from the environment cannot be changed here. */
export interface SettingInfo {
  name: string;
  type: "boolean" | "integer" | "number" | "string";
  nullable: boolean;
  description: string;
  unit: string | null;
  default: unknown;
  minimum: number | null;
  maximum: number | null;
  choices: string[] | null;
  value: unknown;
  source: "default" | "setting" | "environment";
  /** The environment variable that overrides it. */
  variable: string;
  needs_restart: boolean;
}

/** The settings in force. Each is looked at when it is needed: a change counts from the next request or job on. */
export interface Settings {
  /** What models compute on: auto, cpu, cuda, mps or xpu; a card may be numbered, as in cuda:1. With several, separated by commas, as many calls run at once, each device in a process of its own; all takes every card. cpu:0,cpu:1 are two processes that share the processor's cores. */
  device: string;
  /** Compute on the processor, whatever the device says. */
  force_cpu: boolean;
  /** On a processor, trade exact weights for speed in engines that can do so. */
  int8: boolean;
  /** How long the idle engine process of the models stays, with all that it holds. */
  engine_idle_s: number;
  /** How long a model that nobody uses stays in memory; null: as long as its engine process. */
  keep_alive_s: number | null;
  /** What all loaded models may cost in each memory together; null measures the machine. */
  memory_budget_bytes: number | null;
  /** What cached voice prompts may take on the disk; those used longest ago go first. */
  prompt_cache_bytes: number;
  /** The engine that speaks where neither request nor profile names one and it can do what is asked. */
  default_engine: string | null;
  /** The language, ISO 639-1, where neither request nor profile names one. */
  default_language: string;
  /** How strictly a take is checked where the request does not say. */
  default_verify: "off" | "length" | "full";
  /** The loudness of a take where the request names none; null leaves it as the engine speaks. */
  default_loudness_lufs: number | null;
  /** The vLLM-Omni servers that the engine vllm-omni speaks on, their addresses separated by commas; null turns it off. What it speaks leaves this machine: the texts, and the recordings of cloned voices. Plain http is taken for this machine and for private addresses in numbers, and without a key; else use https. */
  vllm_omni_servers: string | null;
  /** More requests than this a second are refused as busy; null sets no limit. */
  requests_per_second: number | null;
  /** With so many jobs waiting a further one is refused as busy; null sets no limit. */
  queue_limit: number | null;
}

/** `settings.reset`: Put settings back to their defaults. */
export interface SettingsResetParams {
  names?: string[] | null;
}

/** The settings in force, and what is to be known of each. */
export interface SettingsResult {
  settings: Settings;
  schema: SettingInfo[];
}

/** `settings.update`: Change settings, from the next request or job on. */
export interface SettingsUpdateParams {
  /** What models compute on: auto, cpu, cuda, mps or xpu; a card may be numbered, as in cuda:1. With several, separated by commas, as many calls run at once, each device in a process of its own; all takes every card. cpu:0,cpu:1 are two processes that share the processor's cores. */
  device?: string;
  /** Compute on the processor, whatever the device says. */
  force_cpu?: boolean;
  /** On a processor, trade exact weights for speed in engines that can do so. */
  int8?: boolean;
  /** How long the idle engine process of the models stays, with all that it holds. */
  engine_idle_s?: number;
  /** How long a model that nobody uses stays in memory; null: as long as its engine process. */
  keep_alive_s?: number | null;
  /** What all loaded models may cost in each memory together; null measures the machine. */
  memory_budget_bytes?: number | null;
  /** What cached voice prompts may take on the disk; those used longest ago go first. */
  prompt_cache_bytes?: number;
  /** The engine that speaks where neither request nor profile names one and it can do what is asked. */
  default_engine?: string | null;
  /** The language, ISO 639-1, where neither request nor profile names one. */
  default_language?: string;
  /** How strictly a take is checked where the request does not say. */
  default_verify?: "off" | "length" | "full";
  /** The loudness of a take where the request names none; null leaves it as the engine speaks. */
  default_loudness_lufs?: number | null;
  /** The vLLM-Omni servers that the engine vllm-omni speaks on, their addresses separated by commas; null turns it off. What it speaks leaves this machine: the texts, and the recordings of cloned voices. Plain http is taken for this machine and for private addresses in numbers, and without a key; else use https. */
  vllm_omni_servers?: string | null;
  /** More requests than this a second are refused as busy; null sets no limit. */
  requests_per_second?: number | null;
  /** With so many jobs waiting a further one is refused as busy; null sets no limit. */
  queue_limit?: number | null;
}

/** Both parts; `clip` is the left one, which has kept the id. */
export interface SplitResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  clips: Clip[];
  clip: Clip;
}

/** `system.backup`: Write the whole library, as it is at one moment, to one file; work goes on meanwhile. */
export interface SystemBackupParams {
  /** An absolute path on this machine. */
  path: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `system.restore`: Make a backup ready to take the library's place, which it does at the next start. */
export interface SystemRestoreParams {
  /** An absolute path on this machine. */
  path: string;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** The file that was written, and what the format has no place for. */
export interface TimelineExported {
  path: string;
  notes: string[];
}

/** Where the time went, in seconds; `real_time_factor` is compute seconds an audio second. */
export interface Timings {
  queue_s: number | null;
  load_s: number | null;
  compute_s: number | null;
  real_time_factor: number | null;
  first_audio_s: number | null;
}

/** Clips that are mixed together. `duck_db` is by how much it is lowered while a track without ducking sounds. */
export interface Track {
  id: string;
  name: string;
  position: number;
  gain_db: number;
  pan: number;
  muted: boolean;
  solo: boolean;
  duck_db: number;
}

/** One track, and what else has changed. */
export interface TrackResult {
  undo: string | null;
  redo: string | null;
  changes: Changes;
  track: Track;
}

/** The lowest and highest sample of each column, before the track's own gain; 1 is full scale. */
export interface TrackWaveform {
  track_id: string;
  minimum: number[];
  maximum: number[];
}

/** A track and what is on it, in the order of the starts. */
export interface TrackWithClips {
  id: string;
  name: string;
  position: number;
  gain_db: number;
  pan: number;
  muted: boolean;
  solo: boolean;
  duck_db: number;
  clips: Clip[];
}

/** A recording and what is said in it. */
export interface Transcription {
  id: string;
  text: string | null;
  language: string | null;
  model: string;
  duration_s: number | null;
  audio_path: string;
  segments: Segment[];
  words: Word[];
  status: "queued" | "running" | "completed" | "failed" | "cancelled";
  error: ErrorBody | null;
  created_at: string;
}

/** `transcription.create`: Transcribe a recording of any length; the recording is kept. */
export interface TranscriptionCreateParams {
  path?: string | null;
  /** The file's bytes in base64. */
  data?: string | null;
  /** An ISO 639-1 code, or auto. Default: "auto". */
  language?: string;
  model?: string | null;
  /** Default: true. */
  words?: boolean;
  /** Default: true. */
  vad?: boolean;
  /** Answer when the job has ended, with what it made. Default: false. */
  wait?: boolean;
}

/** `transcription.delete`: Delete a transcription and its recording. */
export interface TranscriptionDeleteParams {
  transcription_id: string;
}

/** `transcription.export`: Write a transcription out as text, subtitles or JSON. */
export interface TranscriptionExportParams {
  transcription_id: string;
  format: "txt" | "srt" | "vtt" | "json";
  path?: string | null;
}

/** The text, or the path that it was written to. */
export interface TranscriptionExported {
  text: string | null;
  path: string | null;
}

/** `transcription.get`: Fetch one transcription. */
export interface TranscriptionGetParams {
  transcription_id: string;
}

/** One page of transcriptions, newest first. */
export interface TranscriptionList {
  items: Transcription[];
  total: number;
  next_offset: number | null;
}

/** `transcription.list`: List transcriptions, newest first. */
export interface TranscriptionListParams {
  /** Default: 50. */
  limit?: number;
  /** Default: 0. */
  offset?: number;
  status?: "queued" | "running" | "completed" | "failed" | "cancelled" | null;
  search?: string | null;
}

/** One transcription. */
export interface TranscriptionResult {
  transcription: Transcription;
}

/** A transcription and the job that makes it. */
export interface TranscriptionStarted {
  transcription: Transcription;
  job_id: string;
}

/** A model that was in memory. */
export interface UnloadedModel {
  model: string;
  device: string;
  memory_bytes: number;
}

/** The sums of all, and of each group; there are none unless `group_by` asks for them. */
export interface Usage {
  total: UsageFigures;
  groups: UsageGroup[];
}

/** Sums over takes and transcriptions that came off, whether or not they are still in history. Every take of a generation counts. A real-time factor is compute seconds a second of audio. */
export interface UsageFigures {
  generations: number;
  characters: number;
  audio_s: number;
  compute_s: number;
  real_time_factor: number | null;
  transcriptions: number;
  transcribed_s: number;
  transcription_compute_s: number;
  transcription_real_time_factor: number | null;
}

/** `usage.get`: Tell how much was spoken and heard, and how fast. */
export interface UsageGetParams {
  since?: string | null;
  until?: string | null;
  group_by?: "engine" | "model" | "profile" | "day" | "kind" | null;
}

/** One engine, model, profile (by id, with its last name), day or kind; transcriptions have no profile (null). */
export interface UsageGroup {
  generations: number;
  characters: number;
  audio_s: number;
  compute_s: number;
  real_time_factor: number | null;
  transcriptions: number;
  transcribed_s: number;
  transcription_compute_s: number;
  transcription_real_time_factor: number | null;
  key: string | null;
  name: string | null;
}

/** Whether a recording serves as a reference sample, measure by measure. */
export interface Validation {
  valid: boolean;
  duration_s: number;
  metrics: Metrics;
  checks: Check[];
  message: string | null;
}

/** One way in which a generation can be heard. `source_version_id` is the one that effects were applied to; null for what is no effect's work, and once the source is deleted. */
export interface Version {
  id: string;
  generation_id: string;
  label: string;
  kind: "take" | "effects" | "import";
  source_version_id: string | null;
  seed: number | null;
  settings: Record<string, unknown> | null;
  effects: Record<string, unknown>[];
  audio_path: string;
  duration_s: number;
  sample_rate: number;
  is_default: boolean;
  created_at: string;
}

/** The generation as it is without the version. */
export interface VersionDeleted {
  generation: Generation;
}

/** A generation's versions, oldest first. */
export interface VersionList {
  items: Version[];
  total: number;
  next_offset: number | null;
}

/** A version, and its generation as it is now. */
export interface VersionResult {
  version: Version;
  generation: Generation;
}

/** A voice that comes with an engine. */
export interface Voice {
  engine: string;
  voice_id: string;
  name: string;
  language: string;
  gender: string;
}

/** Preset voices. */
export interface VoiceList {
  items: Voice[];
  total: number;
  next_offset: number | null;
}

/** `voices.list`: List the voices that come with the engines. */
export interface VoicesListParams {
  engine?: string | null;
  language?: string | null;
}

/** The lowest and highest sample of each column, from -1 to 1. */
export interface Waveform {
  sample_rate: number;
  duration_s: number;
  minimum: number[];
  maximum: number[];
}

/** A word and when it is said. */
export interface Word {
  word: string;
  start_s: number;
  end_s: number;
  probability: number;
}

/** Every method: what it takes and what it answers. */
export interface Methods {
  /** Write a file again in another format. */
  "audio.convert": { params: AudioConvertParams; result: Converted };
  /** Tell what a file says of itself. */
  "audio.probe": { params: AudioProbeParams; result: AudioInfo };
  /** Read a part of a file as base64. */
  "audio.read": { params: AudioReadParams; result: AudioBytes };
  /** Judge a recording as a reference sample: every measure beside its limit. */
  "audio.validate": { params: AudioValidateParams; result: Validation };
  /** Give the lowest and highest sample of each column, for drawing. */
  "audio.waveform": { params: AudioWaveformParams; result: Waveform };
  /** Empty caches, but for what a render is using; what was in them is made again when it is needed. */
  "cache.clear": { params: CacheClearParams; result: CacheCleared };
  /** Tell how large each cache is, and how large it may become. */
  "cache.stats": { params: Record<string, never>; result: CacheStats };
  /** Tell every type of effect with its parameters. */
  "effects.list": { params: Record<string, never>; result: EffectList };
  /** Keep a chain under a name. */
  "effects.presets_create": { params: EffectsPresetsCreateParams; result: PresetResult };
  /** Delete a preset of one's own; what was made with it stays. */
  "effects.presets_delete": { params: EffectsPresetsDeleteParams; result: Done };
  /** List the presets: those that come with the product, then one's own. */
  "effects.presets_list": { params: Record<string, never>; result: PresetList };
  /** Change the name or the chain of a preset of one's own. */
  "effects.presets_update": { params: EffectsPresetsUpdateParams; result: PresetResult };
  /** Apply a chain to the first ten seconds of a generation or a file, to listen to. */
  "effects.preview": { params: EffectsPreviewParams; result: Preview };
  /** Tell whether an engine has a key for its servers. */
  "engines.key": { params: EnginesKeyParams; result: EngineKey };
  /** List the engines and what each can do. */
  "engines.list": { params: Record<string, never>; result: EngineList };
  /** Keep the key of an engine's servers in the system's keyring, or forget it. */
  "engines.set_key": { params: EnginesSetKeyParams; result: EngineKey };
  /** Make a new version by effects, which becomes the default one; the one that it is made of stays. */
  "generation.apply_effects": { params: GenerationApplyEffectsParams; result: EffectsStarted };
  /** Speak up to 1,000 texts, given in the call or in a file: a generation and a job each, and one job over all. Everything is checked before anything is queued, and all are queued or none. Cancelling the job over all cancels what has not ended; it fails only if every generation does. */
  "generation.batch": { params: GenerationBatchParams; result: BatchStarted };
  /** Speak a text in a profile's voice. */
  "generation.create": { params: GenerationCreateParams; result: GenerationStarted };
  /** Delete a version and its audio; the newest that is left takes the place of a default one. */
  "generation.delete_version": { params: GenerationDeleteVersionParams; result: VersionDeleted };
  /** List a generation's versions, oldest first. */
  "generation.list_versions": { params: GenerationListVersionsParams; result: VersionList };
  /** Make another take of the same text; it becomes the default version, the others stay. */
  "generation.regenerate": { params: GenerationRegenerateParams; result: GenerationStarted };
  /** Go on with a failed or cancelled generation at its first unspoken chunk. */
  "generation.retry": { params: GenerationRetryParams; result: GenerationStarted };
  /** Choose the version in which a generation is heard. */
  "generation.set_default_version": { params: GenerationSetDefaultVersionParams; result: VersionResult };
  /** Write the words as subtitles. */
  "generation.subtitles": { params: GenerationSubtitlesParams; result: GenerationSubtitles };
  /** Tell when each word of the text is said, in any version. */
  "generation.words": { params: GenerationWordsParams; result: GenerationWords };
  /** Delete generations and their audio, all of them or none. */
  "history.delete": { params: HistoryDeleteParams; result: HistoryDeleted };
  /** Write a version's audio to a file, or that of several generations to one zip. */
  "history.export": { params: HistoryExportParams; result: Exported };
  /** Fetch one generation. */
  "history.get": { params: HistoryGetParams; result: GenerationResult };
  /** Take a recording into history. */
  "history.import_audio": { params: HistoryImportAudioParams; result: GenerationStarted };
  /** List and search what was spoken, newest first. */
  "history.list": { params: HistoryListParams; result: GenerationList };
  /** Count what was spoken. */
  "history.stats": { params: Record<string, never>; result: HistoryStats };
  /** Name a generation or mark it as a favourite. */
  "history.update": { params: HistoryUpdateParams; result: GenerationResult };
  /** Cancel a job; it has really ended when this answers. */
  "jobs.cancel": { params: JobsCancelParams; result: JobResult };
  /** Fetch one job as it is now. */
  "jobs.get": { params: JobsGetParams; result: JobResult };
  /** List jobs, newest first. */
  "jobs.list": { params: JobsListParams; result: JobList };
  /** Answer when a job has ended, with what it made. */
  "jobs.wait": { params: JobsWaitParams; result: JobResult };
  /** Remove a model from the disk. */
  "models.delete": { params: ModelsDeleteParams; result: ModelResult };
  /** Fetch a model, or go on with it: what is on the disk is not fetched again. */
  "models.download": { params: ModelsDownloadParams; result: ModelResult };
  /** Take a model from a folder or an archive on the disk. */
  "models.install": { params: ModelsInstallParams; result: ModelResult };
  /** List the models that this program knows, which are there, and which suit this machine. */
  "models.list": { params: Record<string, never>; result: ModelList };
  /** Load a model ahead of its use. */
  "models.load": { params: ModelsLoadParams; result: ModelResult };
  /** Move all models to another folder, perhaps on another disk. */
  "models.move": { params: ModelsMoveParams; result: ModelsMoveResult };
  /** Unload a model that nobody uses, or all; their memory is given back. */
  "models.unload": { params: ModelsUnloadParams; result: ModelsUnloaded };
  /** Check every byte of a model. */
  "models.verify": { params: ModelsVerifyParams; result: ModelResult };
  /** Add a recording: measured, repaired, trimmed to its best part, transcribed if no text is given. */
  "profiles.add_sample": { params: ProfilesAddSampleParams; result: SampleResult };
  /** Make a cloned profile of a designed voice: it speaks a text once and is cloned from that. */
  "profiles.clone_design": { params: ProfilesCloneDesignParams; result: ProfileResult };
  /** Make a profile, with its samples or without; together or not at all. Clone only the voice of somebody who has agreed to that: this program asks nobody, and cannot tell. */
  "profiles.create": { params: ProfilesCreateParams; result: ProfileResult };
  /** Delete a profile and its samples; what was spoken with it stays unless asked otherwise. */
  "profiles.delete": { params: ProfilesDeleteParams; result: Done };
  /** Copy a profile with its samples. */
  "profiles.duplicate": { params: ProfilesDuplicateParams; result: ProfileResult };
  /** Write a profile with all that is in it to one file. */
  "profiles.export": { params: ProfilesExportParams; result: ProfileExported };
  /** Fetch a profile by its id or its name. */
  "profiles.get": { params: ProfilesGetParams; result: ProfileResult };
  /** Take in a profile that was exported, whole or not at all. */
  "profiles.import": { params: ProfilesImportParams; result: ProfileImported };
  /** List profiles. */
  "profiles.list": { params: ProfilesListParams; result: ProfileList };
  /** List a profile's samples in their order. */
  "profiles.list_samples": { params: ProfilesListSamplesParams; result: SampleList };
  /** Build and cache the voice prompt ahead of time. */
  "profiles.prepare": { params: ProfilesPrepareParams; result: PrepareResult };
  /** Remove a sample and its audio. */
  "profiles.remove_sample": { params: ProfilesRemoveSampleParams; result: Done };
  /** Give a profile a picture, or take it away with a null path. */
  "profiles.set_avatar": { params: ProfilesSetAvatarParams; result: ProfileResult };
  /** Change a profile; fields that are absent stay, null clears. */
  "profiles.update": { params: ProfilesUpdateParams; result: ProfileResult };
  /** Change a sample's text or its place in the order. */
  "profiles.update_sample": { params: ProfilesUpdateSampleParams; result: SampleResult };
  /** Put a generation, a recording or silence on a track. */
  "projects.add_clip": { params: ProjectsAddClipParams; result: ClipResult };
  /** Speak a new line and put it among the others, which make room for it. */
  "projects.add_line": { params: ProjectsAddLineParams; result: LineChanged };
  /** Name a moment. */
  "projects.add_marker": { params: ProjectsAddMarkerParams; result: MarkerResult };
  /** Add a track. */
  "projects.add_track": { params: ProjectsAddTrackParams; result: TrackResult };
  /** Make an empty project. */
  "projects.create": { params: ProjectsCreateParams; result: ProjectResult };
  /** Fade two clips into each other where they overlap. */
  "projects.crossfade_clips": { params: ProjectsCrossfadeClipsParams; result: ClipsResult };
  /** Delete a project with its history and with the recordings that were copied in; generations stay. */
  "projects.delete": { params: ProjectsDeleteParams; result: Done };
  /** Copy a project without its history. */
  "projects.duplicate": { params: ProjectsDuplicateParams; result: ProjectResult };
  /** Put a clip down a second time. */
  "projects.duplicate_clip": { params: ProjectsDuplicateClipParams; result: ClipResult };
  /** List the edits of a project, newest first. */
  "projects.edits": { params: ProjectsEditsParams; result: EditList };
  /** Write a project with all the audio in it to one file. */
  "projects.export": { params: ProjectsExportParams; result: ProjectExported };
  /** Write a project's timeline so that an editing program opens it; the sound stays where it is. */
  "projects.export_timeline": { params: ProjectsExportTimelineParams; result: TimelineExported };
  /** Make a project of a script: every line spoken, laid out with natural gaps, a track a speaker, and rendered if that is asked. Everything is checked first: that every speaker has a voice, and that every line can be spoken. Lines that fail later are left out and named in the result; only with a render, which would not be whole, does the job fail. */
  "projects.from_script": { params: ProjectsFromScriptParams; result: ScriptStarted };
  /** Fetch all of a project. */
  "projects.get": { params: ProjectsGetParams; result: ProjectResult };
  /** Have clips move together. */
  "projects.group_clips": { params: ProjectsGroupClipsParams; result: GroupResult };
  /** Take in a project that was exported, as a new one, whole or not at all. */
  "projects.import": { params: ProjectsImportParams; result: ProjectImported };
  /** Put the lines of a script's project one after another again, with those that have audio by now. For lines that failed, and for what was moved by hand. */
  "projects.lay_out": { params: ProjectsLayOutParams; result: LaidOut };
  /** List projects, those changed last first. */
  "projects.list": { params: ProjectsListParams; result: ProjectList };
  /** The lines of the script that a project was made of. */
  "projects.list_lines": { params: ProjectsListLinesParams; result: LineList };
  /** Move a clip in time, with its group, or to another track. */
  "projects.move_clip": { params: ProjectsMoveClipParams; result: MovedResult };
  /** Draw the whole of a project. */
  "projects.picture": { params: ProjectsPictureParams; result: ProjectPicture };
  /** Make edits again that were undone. */
  "projects.redo": { params: ProjectsRedoParams; result: ProjectEdited };
  /** Take a clip away. */
  "projects.remove_clip": { params: ProjectsRemoveClipParams; result: EditResult };
  /** Take a line out with its clip; what comes after it closes up. */
  "projects.remove_line": { params: ProjectsRemoveLineParams; result: EditResult };
  /** Remove a marker. */
  "projects.remove_marker": { params: ProjectsRemoveMarkerParams; result: EditResult };
  /** Remove a track with its clips. */
  "projects.remove_track": { params: ProjectsRemoveTrackParams; result: EditResult };
  /** Mix a project into one file, levelled and limited as asked, with stems and subtitles beside it. */
  "projects.render": { params: ProjectsRenderParams; result: ProjectRendered };
  /** Cut a clip in two. */
  "projects.split_clip": { params: ProjectsSplitClipParams; result: SplitResult };
  /** Write what is said in a project, word by word or as subtitles, with who says it. */
  "projects.subtitles": { params: ProjectsSubtitlesParams; result: ProjectSubtitles };
  /** Move a clip's edges. */
  "projects.trim_clip": { params: ProjectsTrimClipParams; result: ClipResult };
  /** Take back the last edits. */
  "projects.undo": { params: ProjectsUndoParams; result: ProjectEdited };
  /** Let the clips of a group go their own ways. */
  "projects.ungroup_clips": { params: ProjectsUngroupClipsParams; result: ClipsResult };
  /** Change a project's name, description, sample rate or number of channels; can be undone. */
  "projects.update": { params: ProjectsUpdateParams; result: ProjectEdited };
  /** Change a clip. */
  "projects.update_clip": { params: ProjectsUpdateClipParams; result: ClipResult };
  /** Change a line. Only it is spoken again; when it is, what comes after it moves by as much as it has grown. All of it is one edit, which can be undone. */
  "projects.update_line": { params: ProjectsUpdateLineParams; result: LineChanged };
  /** Change a marker. */
  "projects.update_marker": { params: ProjectsUpdateMarkerParams; result: MarkerResult };
  /** Change a track or its place. */
  "projects.update_track": { params: ProjectsUpdateTrackParams; result: TrackResult };
  /** Give the outlines of a project's tracks, at any zoom. */
  "projects.waveform": { params: ProjectsWaveformParams; result: ProjectWaveform };
  /** Describe every method, type, error and notification as an OpenRPC document. */
  "rpc.discover": { params: Record<string, never>; result: OpenRpcDocument };
  /** Tell every setting in force, with its bounds, its meaning and where its value comes from. */
  "settings.get": { params: Record<string, never>; result: SettingsResult };
  /** Put settings back to their defaults. */
  "settings.reset": { params: SettingsResetParams; result: SettingsResult };
  /** Change settings, from the next request or job on. */
  "settings.update": { params: SettingsUpdateParams; result: SettingsResult };
  /** Write the whole library, as it is at one moment, to one file; work goes on meanwhile. */
  "system.backup": { params: SystemBackupParams; result: BackedUp };
  /** Tell whether all is well, from what is known. */
  "system.health": { params: Record<string, never>; result: Health };
  /** Tell versions, platform, devices and paths. */
  "system.info": { params: Record<string, never>; result: Info };
  /** Make a backup ready to take the library's place, which it does at the next start. */
  "system.restore": { params: SystemRestoreParams; result: Restored };
  /** End the program cleanly; what is at work goes on at the next start. */
  "system.shutdown": { params: Record<string, never>; result: Done };
  /** Transcribe a recording of any length; the recording is kept. */
  "transcription.create": { params: TranscriptionCreateParams; result: TranscriptionStarted };
  /** Delete a transcription and its recording. */
  "transcription.delete": { params: TranscriptionDeleteParams; result: Done };
  /** Write a transcription out as text, subtitles or JSON. */
  "transcription.export": { params: TranscriptionExportParams; result: TranscriptionExported };
  /** Fetch one transcription. */
  "transcription.get": { params: TranscriptionGetParams; result: TranscriptionResult };
  /** List transcriptions, newest first. */
  "transcription.list": { params: TranscriptionListParams; result: TranscriptionList };
  /** Tell how much was spoken and heard, and how fast. */
  "usage.get": { params: UsageGetParams; result: Usage };
  /** List the voices that come with the engines. */
  "voices.list": { params: VoicesListParams; result: VoiceList };
}

/** Every notification that the sidecar sends, with its parameters. */
export interface Events {
  "sidecar.ready": Ready;
  "job.progress": JobProgress;
  "job.finished": JobFinished;
  "generation.audio": GenerationAudio;
}

/** Every kind of error, with its code. */
export interface ErrorKinds {
  /** A line that is no JSON text, or too long. */
  "parse_error": -32700;
  /** JSON that is no request. */
  "invalid_request": -32600;
  /** No such method. */
  "method_not_found": -32601;
  /** Parameters that do not fit; `data.errors` is a list of `{loc, message, type}`. */
  "invalid_params": -32602;
  /** The request, or the job that it waited for, was cancelled. */
  "cancelled": -32800;
  /** `data.resource` and `data.id` name what does not exist. */
  "not_found": -32001;
  /** A name is taken, or a thing is in use. */
  "conflict": -32002;
  /** Audio that cannot be used; `data.reason` names the measure, `data.measured` and `data.limit` the values. */
  "invalid_audio": -32003;
  /** A model that is not installed; `data.model` names it and the message says how to get it. */
  "model_unavailable": -32004;
  /** Something the engine cannot do: said before a job exists, never ignored in silence. */
  "unsupported": -32005;
  /** The queue is full, a rate limit is reached or a job still runs; `data.retry_after_s` says when to try again. */
  "busy": -32006;
  /** The disk is full, permission is denied, or the data folder is gone. */
  "storage": -32007;
  /** The engine process crashed, ran out of memory, hung, or produced no speech. */
  "engine_failed": -32008;
  /** A bug; `data.error_id` is the id under which the log holds the traceback. */
  "internal": -32603;
}
