// Calls functions of the page's modules in Node.js: one JSON line in, one out. Arrays of numbers
// travel as {type, values}.

import { readFileSync } from "node:fs";

const TYPES = { Float32Array, Int16Array, Uint8Array, Uint16Array };

function decode(value) {
  if (value?.type in TYPES) return new TYPES[value.type](value.values);
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]));
}

async function encode(value) {
  if (value instanceof Blob) return encode(new Uint8Array(await value.arrayBuffer()));
  if (ArrayBuffer.isView(value)) return { type: value.constructor.name, values: [...value] };
  if (Array.isArray(value)) return Promise.all(value.map(encode));
  if (value === null || typeof value !== "object") return value;
  const pairs = Object.entries(value).map(async ([key, inner]) => [key, await encode(inner)]);
  return Object.fromEntries(await Promise.all(pairs));
}

const results = [];
for (const { module, name, values } of JSON.parse(readFileSync(0, "utf8"))) {
  const { [name]: called } = await import(module);
  results.push(await encode(await called(...decode(values))));
}
console.log(JSON.stringify(results));
