// Reads and makes ANS-104 items with arbundles: JSON Lines in, JSON Lines out.
//
//   {"verify": raw}                      -> {"valid", "id", "target", "anchor", "tags", "data"}
//   {"verifyBundle": raw}                -> {"valid", "ids"}
//   {"sign": {"type", "key", "data", "target", "anchor", "tags"}} -> {"raw", "id"}
//   {"bundle": {"key", "datas"}}         -> {"raw", "item", "ids"}: a bundle of Arweave items, and the item around it
//
// Bytes are base64url. An error is {"error": text}.
import { createInterface } from "node:readline";
import {
  ArweaveSigner,
  DataItem,
  EthereumSigner,
  SolanaSigner,
  bundleAndSignData,
  createData,
  unbundleData,
} from "arbundles";

const bytes = (text) => Buffer.from(text, "base64url");

async function verify(raw) {
  const item = new DataItem(bytes(raw));
  return {
    valid: await DataItem.verify(item.getRaw()),
    id: item.id,
    target: item.target,
    anchor: item.anchor,
    tags: item.tags,
    data: item.rawData.toString("base64url"),
  };
}

async function verifyBundle(raw) {
  const bundle = unbundleData(bytes(raw));
  return { valid: await bundle.verify(), ids: bundle.items.map((item) => item.id) };
}

async function sign({ type, key, data, target, anchor, tags }) {
  const signer =
    type === 1 ? new ArweaveSigner(key) : type === 2 ? new SolanaSigner(key) : new EthereumSigner(key);
  const item = createData(bytes(data), signer, { target, anchor, tags });
  await item.sign(signer);
  return { raw: item.getRaw().toString("base64url"), id: item.id };
}

async function bundle({ key, datas }) {
  const signer = new ArweaveSigner(key);
  const items = datas.map((data) => createData(bytes(data), signer));
  const made = await bundleAndSignData(items, signer);
  const tags = [
    { name: "Bundle-Format", value: "binary" },
    { name: "Bundle-Version", value: "2.0.0" },
  ];
  const around = createData(made.getRaw(), signer, { tags });
  await around.sign(signer);
  return {
    raw: made.getRaw().toString("base64url"),
    item: around.getRaw().toString("base64url"),
    ids: made.items.map((item) => item.id),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    if (request.verify) answer = await verify(request.verify);
    else if (request.verifyBundle) answer = await verifyBundle(request.verifyBundle);
    else if (request.bundle) answer = await bundle(request.bundle);
    else answer = await sign(request.sign);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
