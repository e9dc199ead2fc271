// The official client library in legacy mode: JSON Lines in, JSON Lines out.
//
//   node aoconnect_peer.mjs NODE_URL JWK_FILE
//
//   {"call": name, "args": {...}, "signer": "arweave" | "ed25519" | "ethereum" | "solana" | "whole" | "forged"}
//     -> {"value", "requests"} or {"error", "requests"}
//
// `requests` are what it sent, in order: {"method", "url", "headers", "body"}. Bytes are base64url: a signed item is
// {"id", "raw"}. Nothing but the node is contacted: requests to any other host fail. The library has the address of
// the network's scheduler router built in; it hears from there that the process is not known.
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { ArweaveSigner, EthereumSigner, HexSolanaSigner, createData } from "arbundles";

const [nodeUrl, walletFile] = process.argv.slice(2);
const ROUTER = "https://su-router.ao-testnet.xyz";
const requests = [];
const realFetch = globalThis.fetch;

async function recordingFetch(input, init = {}) {
  const asked = new Request(input, init);
  const body = Buffer.from(await asked.arrayBuffer());
  requests.push({
    method: asked.method,
    url: asked.url,
    headers: Object.fromEntries(asked.headers),
    body: body.toString("base64url"),
  });
  const url = new URL(asked.url);
  if (url.origin === ROUTER) return new Response(null, { status: 404 });
  if (url.origin !== new URL(nodeUrl).origin) throw new Error(`no way to ${url.origin}`);
  return realFetch(input, init);
}

// The library takes both when it is loaded: what finds the scheduler of a process is not told by `connect`.
globalThis.fetch = recordingFetch;
process.env.GRAPHQL_URL = `${nodeUrl}/graphql`;
const { connect, createDataItemSigner, serializeCron } = await import("@permaweb/aoconnect");
const ao = connect({ MODE: "legacy", GATEWAY_URL: nodeUrl, MU_URL: nodeUrl, CU_URL: nodeUrl, noLog: true });

const jwk = JSON.parse(readFileSync(walletFile, "utf8"));
const ed25519 = createPrivateKey({
  // PKCS #8 in front of a seed of 32 bytes. Source: RFC 8410, section 7.
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
});
const ed25519Public = Buffer.from(createPublicKey(ed25519).export({ format: "jwk" }).x, "base64url");
const ethereum = new EthereumSigner("11".repeat(32));
// Another seed; the library reads the 64 bytes of a Solana key, private and public.
const solana = new HexSolanaSigner(base58(Buffer.concat([Buffer.alloc(32, 7), ed25519Public])));

function base58(bytes) {
  const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let text = "";
  for (let rest = BigInt("0x" + bytes.toString("hex")); rest > 0n; rest /= 58n) text = alphabet[rest % 58n] + text;
  return text;
}

// A signer of one's own, as wallets in browsers are: it is given a function that makes the bytes to sign.
function custom(type, publicKey, signBytes) {
  return async (create) => {
    const bytes = await create({ type, publicKey, alg: "custom" });
    const address = createHash("sha256").update(publicKey).digest("base64url");
    return { signature: Buffer.from(await signBytes(Buffer.from(bytes))), address };
  };
}

// A signer that makes the whole item itself; the library does not look at what it gets.
async function whole(create) {
  const { data, tags, target, anchor } = await create({ passthrough: true });
  const signer = new ArweaveSigner(jwk);
  const item = createData(data, signer, { tags, target, anchor });
  await item.sign(signer);
  return { id: item.id, raw: item.getRaw() };
}

const signers = {
  // One for all calls: the library refuses to make more than 100 of a key in a minute.
  arweave: createDataItemSigner(jwk),
  ed25519: custom(2, ed25519Public, (bytes) => sign(null, bytes, ed25519)),
  ethereum: custom(3, ethereum.publicKey, (bytes) => ethereum.sign(bytes)),
  solana: custom(4, solana.publicKey, (bytes) => solana.sign(bytes)),
  whole,
  forged: async (create) => {
    const { id, raw } = await whole(create);
    raw[raw.length - 1] ^= 1;
    return { id, raw };
  },
};

const calls = {
  ...ao,
  serializeCron,
  signMessage: async (args) => {
    const { id, raw } = await ao.signMessage(args);
    return { id, raw: Buffer.from(raw).toString("base64url") };
  },
  sendSignedMessage: ({ id, raw }) => ao.sendSignedMessage({ id, raw: Buffer.from(raw, "base64url") }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, args, signer } = JSON.parse(line);
  requests.length = 0;
  let answer;
  try {
    const value = await calls[call](signer ? { ...args, signer: signers[signer] } : args);
    answer = { value };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify({ ...answer, requests }) + "\n");
}
