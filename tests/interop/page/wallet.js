// A wallet as browser extensions put it into pages, as far as a dapp needs it to sign: an Arweave key that never
// leaves the browser's own cryptography.
//
// The library is given whole items by wallets. (Its browser build cannot verify an Arweave signature that a signer of
// one's own returns, so this is the way that pages go.) Source: ANS-104, sections 1.1, 1.3 and 2.1.

const utf8 = new TextEncoder();

export const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((place, part) => (whole.set(part, place), place + part.length), 0);
  return whole;
}

function littleEndian(number, size) {
  return Uint8Array.from({ length: size }, (_, place) => Number((BigInt(number) >> BigInt(8 * place)) & 255n));
}

// Avro's integers: zig-zag, then seven bits a byte.
function varint(number) {
  const bytes = [];
  let rest = 2 * number;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}

function encodeTags(tags) {
  if (tags.length === 0) return new Uint8Array();
  const text = (value) => joined(varint(utf8.encode(value).length), utf8.encode(value));
  return joined(varint(tags.length), ...tags.flatMap(({ name, value }) => [text(name), text(value)]), varint(0));
}

const sha384 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));

async function deepHash(value) {
  if (!Array.isArray(value)) {
    return sha384(joined(await sha384(utf8.encode(`blob${value.length}`)), await sha384(value)));
  }
  let hash = await sha384(utf8.encode(`list${value.length}`));
  for (const part of value) hash = await sha384(joined(hash, await deepHash(part)));
  return hash;
}

const optional = (bytes) => joined(Uint8Array.of(bytes.length ? 1 : 0), bytes);

export async function newWallet() {
  const algorithm = { name: "RSA-PSS", modulusLength: 4096, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ["sign"]);
  const { n } = await crypto.subtle.exportKey("jwk", publicKey);
  const owner = fromBase64url(n);

  return {
    connect: async () => {},
    getActiveAddress: async () => base64url(await crypto.subtle.digest("SHA-256", owner)),
    getActivePublicKey: async () => n,
    signDataItem: async ({ data, tags = [], target = "", anchor = "" }) => {
      const content = typeof data === "string" ? utf8.encode(data) : data;
      const [to, at, encoded] = [fromBase64url(target), utf8.encode(anchor), encodeTags(tags)];
      const fields = [utf8.encode("dataitem"), utf8.encode("1"), utf8.encode("1"), owner, to, at, encoded, content];
      const pss = { name: "RSA-PSS", saltLength: 32 };
      const signature = new Uint8Array(await crypto.subtle.sign(pss, privateKey, await deepHash(fields)));
      const counts = [littleEndian(tags.length, 8), littleEndian(encoded.length, 8)];
      const parts = [signature, owner, optional(to), optional(at), ...counts, encoded, content];
      return joined(littleEndian(1, 2), ...parts).buffer;
    },
  };
}
