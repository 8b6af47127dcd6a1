// What both clients stand on: the sidecar as a child, and its lines.
"use strict";

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");

/** Starts the program that the command line names; gives it, and calls back with every line of it as JSON. */
exports.startSidecar = (onMessage) => {
  const [program, ...args] = process.argv.slice(2);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => onMessage(JSON.parse(line)));
  return child;
};

/** Sends one message as one line. */
exports.send = (child, message) => child.stdin.write(`${JSON.stringify(message)}\n`);

/** Hangs up, waits for the sidecar's end, and prints what was found out. */
exports.finish = (child, report) => {
  child.on("exit", (code) => console.log(JSON.stringify({ ...report, exit_code: code })));
  child.stdin.end();
};
