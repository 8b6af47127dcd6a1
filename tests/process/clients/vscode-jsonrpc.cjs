// vscode-jsonrpc as a client: `node vscode-jsonrpc.cjs PROGRAM ARGUMENT…` talks to a sidecar and reports as JSON.
"use strict";

const rpc = require("vscode-jsonrpc/node");
const { finish, send, startSidecar } = require("./lines.cjs");

/** Lines in the place of LSP's headers, which are only the library's default. */
class LineReader extends rpc.AbstractMessageReader {
  listen(callback) {
    this.callback = callback;
    return rpc.Disposable.create(() => {});
  }
}

class LineWriter extends rpc.AbstractMessageWriter {
  async write(message) {
    send(child, message);
  }

  end() {}
}

const report = {};
const reader = new LineReader();
const child = startSidecar((message) => reader.callback(message));
const connection = rpc.createMessageConnection(reader, new LineWriter());
const ready = new Promise((resolve) => connection.onNotification("sidecar.ready", resolve));
const progress = new Promise((resolve) => connection.onNotification("job.progress", resolve));
connection.listen();

(async () => {
  report.protocol_version = (await ready).protocol_version;
  const { profile } = await connection.sendRequest("profiles.create", { name: "Vi" });
  report.name = profile.name;
  report.total = (await connection.sendRequest("history.stats")).total;
  await connection.sendRequest("profiles.get", { profile_id: "nobody" }).catch(({ code, message, data }) => {
    report.error = { code, message, kind: data.kind };
  });
  const stop = new rpc.CancellationTokenSource();
  const download = connection.sendRequest("models.download", { model: "whisper-tiny.en", wait: true }, stop.token);
  report.progress = (await progress).kind;
  stop.cancel();
  await download.catch(({ code, data }) => {
    report.cancelled = { code, kind: data.kind };
  });
  finish(child, report);
})();
