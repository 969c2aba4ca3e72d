// An operation as a command for a shell.

import { resolve } from "./docs-schema.js";

const SAFE = ["get", "head"];

function quote(text) {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The examples of a media type, a parameter or a header: {name: value}. */
export function examplesOf(value) {
  if (value.examples) {
    return Object.fromEntries(
      Object.entries(value.examples).map(([name, { value: example }]) => [name, example]));
  }
  return value.example === undefined ? {} : { "": value.example };
}

function address(base, path, parameters) {
  const required = parameters.filter((one) => one.required);
  let filled = path;
  for (const one of required.filter(({ in: where }) => where === "path")) {
    filled = filled.replace(`{${one.name}}`, encodeURIComponent(one.example));
  }
  const query = new URLSearchParams(
    required.filter(({ in: where }) => where === "query").map((one) => [one.name, one.example]));
  return `${base}${filled}${query.size ? `?${query}` : ""}`;
}

/** What proves who asks, by the first way that the operation names. */
function credentials({ security, method, base }) {
  const [way] = security.flatMap((one) => Object.keys(one));
  if (way === "bearer") {
    return [`-H "Authorization: Bearer $token"`];
  }
  if (way) {
    return ["-b cookies.txt", "-c cookies.txt",
      ...(SAFE.includes(method) ? [] : [`-H ${quote(`Origin: ${base}`)}`])];
  }
  return [];
}

/** The command; `operation` is as docs.js makes it, `base` the address of the server. */
export function curl(api, { path, method, value, parameters, server }, origin) {
  const base = server ?? origin;
  const request = resolve(api, value.requestBody);
  const content = request && Object.entries(request.content)[0];
  const sets = JSON.stringify(resolve(api, Object.entries(value.responses)[0][1]).headers ?? {})
    .includes("/Cookies\"");
  const words = [`curl -sS ${quote(address(base, path, parameters))}`];

  if (!SAFE.includes(method)) {
    words[0] = words[0].replace("curl -sS", `curl -sS -X ${method.toUpperCase()}`);
  }
  const proof = credentials({ security: value.security, method, base });
  words.push(...proof);
  if (sets && !proof.includes("-c cookies.txt")) {
    words.push("-c cookies.txt");
  }
  if (content) {
    const [type, media] = content;
    words.push(`-H ${quote(`Content-Type: ${type}`)}`,
      `-d ${quote(JSON.stringify(Object.values(examplesOf(media))[0]))}`);
  } else if (!SAFE.includes(method)) {
    words.push("-d ''");
  }
  return words.join(" \\\n  ");
}
