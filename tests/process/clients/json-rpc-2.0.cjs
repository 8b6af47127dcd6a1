// json-rpc-2.0 as a client: `node json-rpc-2.0.cjs PROGRAM ARGUMENT…` talks to a sidecar and reports as JSON.
"use strict";

const { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient } = require("json-rpc-2.0");
const { finish, send, startSidecar } = require("./lines.cjs");

const report = { ready: 0 };
const server = new JSONRPCServer();
const peer = new JSONRPCServerAndClient(server, new JSONRPCClient((message) => send(child, message)));
server.addMethod("sidecar.ready", () => {
  report.ready += 1;
});
const child = startSidecar((message) => peer.receiveAndSend(message));

(async () => {
  const { profile } = await peer.request("profiles.create", { name: "Jo" });
  const names = Array.from({ length: 50 }, (_, number) => `Jo ${number}`);
  const copies = await Promise.all(
    names.map((name) => peer.request("profiles.duplicate", { profile_id: profile.id, name })),
  );
  report.in_order = copies.every((copy, number) => copy.profile.name === names[number]);
  const batch = [1, 2].map((id) => ({ jsonrpc: "2.0", id: `b${id}`, method: "history.stats", params: {} }));
  report.batch = (await peer.client.requestAdvanced(batch)).map((answer) => answer.result.total);
  await peer.request("profiles.get", { profile_id: "nobody" }).catch(({ code, message, data }) => {
    report.error = { code, message, kind: data.kind };
  });
  finish(child, report);
})();
